package event

import (
	"math"
	"slices"
	"unsafe"

	"plumbline/internal/clock"
)

// NoTime stands in the Recorded and Received columns where a row has none.
const NoTime clock.Instant = math.MinInt64

// Log is many events as columns. Rows are in order of arrival; the order of
// events is that of [Log.Before]. A column that no event fills is nil. A Log
// that Finish gave out is not written any more and may be read from many
// goroutines.
type Log struct {
	Zone    *clock.Zone // where a time without offset, and a day, are read
	Types   *Dict       // event types
	Strings *Dict       // actors, units, qualifiers and string attributes
	Objects *Objects

	Time     []clock.Instant // µs; of a day its first instant
	Type     []uint16        // code in Types
	Actor    []uint32        // code in Strings, 0 absent
	Unit     []uint32        // code in Strings, 0 absent
	Recorded []clock.Instant // NoTime where absent
	Received []clock.Instant // NoTime where absent
	Seq      []int64         // nil: the row number + 1
	Source   []uint32        // code in Strings; nil: all from Origin
	Origin   string

	OnDay         *Bitmap // rows whose time is a date alone
	RecordedOnDay *Bitmap
	Dead          *Bitmap // rows that don't count: repetitions, corrections' husks, voided events

	Attrs    []*Column // in order of first appearance
	Lists    [][]string
	Waiting  []Waiting // corrections whose event isn't there
	Repeated int       // events that came again with the same content
	Partial  bool      // some attributes were not read: ids from content can't be computed

	single  []ObjectID // one object a row, no qualifier: the classic log
	offsets []uint32   // else row → its links in links
	links   []Link
	idOff   []uint32 // ids as given, in idBytes; empty: from content
	idBytes []byte
	attrs   map[string]int
	sets    objectSets
	alias   map[uint32]uint32 // a correction's row → the row whose id it stands under
}

// Link ties an event to an object; Qualifier is a code in Strings, 0 for none.
type Link struct {
	Object    ObjectID
	Qualifier uint32
}

// Waiting is a correction or voiding whose event the log doesn't have.
type Waiting struct{ ID, Names, Why string }

// objectSet is one attribute of an object, in force from an event's place in
// the order or, for formats that date them apart (row < 0), from an instant.
type objectSet struct {
	row  int32
	at   clock.Instant
	col  int32
	kind Kind
	val  uint64
}

// objectSets are the attributes of objects, by object. Those that an image held
// lie one after the other; an object that got another has a list of its own.
type objectSets struct {
	own   map[ObjectID][]objectSet
	first []uint32 // by object: where its own begin in all
	all   []objectSet
}

func (s *objectSets) of(o ObjectID) []objectSet {
	if list, ok := s.own[o]; ok || int(o)+1 >= len(s.first) {
		return list
	}
	return s.all[s.first[o]:s.first[o+1]:s.first[o+1]]
}

func (s *objectSets) add(o ObjectID, one objectSet) { s.own[o] = append(s.of(o), one) }

// Rows is the number of rows, dead ones included.
func (l *Log) Rows() int { return len(l.Time) }

// Events is the number of events that count.
func (l *Log) Events() int { return len(l.Time) - l.Dead.Count() }

// Attr is the column of an attribute, nil if no event has it.
func (l *Log) Attr(name string) *Column {
	if i, ok := l.attrs[name]; ok {
		return l.Attrs[i]
	}
	return nil
}

// AttrIndex is the number of an attribute in Attrs, −1 if nothing has it.
func (l *Log) AttrIndex(name string) int {
	if i, ok := l.attrs[name]; ok {
		return i
	}
	return -1
}

// Links are the objects of a row. buf is used where the log keeps one object a
// row, so that no call allocates.
func (l *Log) Links(row uint32, buf *[1]Link) []Link {
	if l.offsets == nil {
		buf[0] = Link{Object: l.single[row]}
		return buf[:]
	}
	return l.links[l.offsets[row]:l.offsets[row+1]]
}

// Single is the one object of each row where the log is a classic one (one
// object an event, no qualifiers), else nil.
func (l *Log) Single() []ObjectID {
	if l.offsets != nil {
		return nil
	}
	return l.single
}

// SeqOf is the event's place among those of its instant.
func (l *Log) SeqOf(row uint32) int64 {
	if l.Seq == nil {
		return int64(row) + 1
	}
	return l.Seq[row]
}

// SourceOf is who sent the event.
func (l *Log) SourceOf(row uint32) string {
	if l.Source == nil {
		return l.Origin
	}
	return l.Strings.Name(l.Source[row])
}

// Before is the total order of events: time, then seq, then id bytewise.
func (l *Log) Before(a, b uint32) bool {
	if l.Time[a] != l.Time[b] {
		return l.Time[a] < l.Time[b]
	}
	if l.Seq == nil {
		return a < b
	}
	if l.Seq[a] != l.Seq[b] {
		return l.Seq[a] < l.Seq[b]
	}
	if a == b {
		return false
	}
	ia, ib := l.ID(a), l.ID(b)
	if ia != ib {
		return ia < ib
	}
	return a < b
}

// ID is the event's id: the one it was given, else the one from its content.
func (l *Log) ID(row uint32) string {
	if id := l.GivenID(row); id != "" {
		return id
	}
	e := l.Event(row)
	return ContentID(&e)
}

// GivenID is the id that the event's source gave it, "" if none.
func (l *Log) GivenID(row uint32) string {
	return l.idView(row)
}

func (l *Log) idView(row uint32) string {
	if l.idOff == nil {
		return ""
	}
	if original, ok := l.alias[row]; ok {
		row = original
	}
	a, z := l.idOff[row], l.idOff[row+1]
	if a == z {
		return ""
	}
	return unsafe.String(&l.idBytes[a], z-a)
}

// First and Last are the times of the earliest and latest events; ok is false
// for a log without events.
func (l *Log) Span() (first, last clock.Instant, ok bool) {
	if l.Dead == nil && len(l.Time) > 0 {
		return slices.Min(l.Time), slices.Max(l.Time), true
	}
	for r, t := range l.Time {
		if l.Dead.Has(uint32(r)) {
			continue
		}
		if !ok || t < first {
			first = t
		}
		if !ok || t > last {
			last = t
		}
		ok = true
	}
	return first, last, ok
}

// Event is one row as a value, with its id only where the source gave one.
func (l *Log) Event(row uint32) Event {
	e := Event{
		Source: l.SourceOf(row), ID: l.GivenID(row), Type: l.Types.Name(uint32(l.Type[row])),
		Time: Stamp{l.Time[row], Time}, Seq: l.SeqOf(row), HasSeq: true,
	}
	if l.OnDay.Has(row) {
		e.Time.Kind = Day
	}
	if l.Recorded != nil && l.Recorded[row] != NoTime {
		e.Recorded = Stamp{l.Recorded[row], Time}
		if l.RecordedOnDay.Has(row) {
			e.Recorded.Kind = Day
		}
	}
	if l.Received != nil && l.Received[row] != NoTime {
		e.Received = Stamp{l.Received[row], Time}
	}
	e.Actor, e.Unit = l.opt(l.Actor, row), l.opt(l.Unit, row)
	var buf [1]Link
	for _, k := range l.Links(row, &buf) {
		o := Object{Type: l.Objects.TypeName(k.Object), ID: l.Objects.Name(k.Object), Qualifier: l.Strings.Name(k.Qualifier)}
		for _, s := range l.sets.of(k.Object) {
			if s.row == int32(row) {
				o.Attrs = append(o.Attrs, Attr{l.Attrs[s.col].Name, l.Value(s.val, s.kind)})
			}
		}
		e.Objects = append(e.Objects, o)
	}
	for _, c := range l.Attrs {
		if v, k := c.Get(row); k != Absent {
			e.Attrs = append(e.Attrs, Attr{c.Name, l.Value(v, k)})
		}
	}
	return e
}

func (l *Log) opt(col []uint32, row uint32) Opt {
	if col == nil || col[row] == 0 {
		return Opt{}
	}
	return Some(l.Strings.Name(col[row]))
}

// Value decodes a column's 8 bytes.
func (l *Log) Value(v uint64, k Kind) Value {
	switch k {
	case Number:
		return Num(math.Float64frombits(v))
	case String:
		return Str(l.Strings.Name(uint32(v)))
	case Bool:
		return Boolean(v != 0)
	case Time, Day:
		return Value{Kind: k, At: clock.Instant(v)}
	case Strings:
		return List(l.Lists[v])
	}
	return Value{}
}

// ObjectAttr is an attribute of an object with the value in force at row's
// place in the order (the row's own setting included); Absent if none is.
func (l *Log) ObjectAttr(obj ObjectID, col int, row uint32) (uint64, Kind) {
	best := -1
	list := l.sets.of(obj)
	for i := range list {
		s := &list[i]
		if int(s.col) != col || !l.setBy(s, row) {
			continue
		}
		if best < 0 || l.setLater(&list[best], s) {
			best = i
		}
	}
	if best < 0 {
		return 0, Absent
	}
	return list[best].val, list[best].kind
}

// setBy says whether the setting is in force at row's place.
func (l *Log) setBy(s *objectSet, row uint32) bool {
	if s.row < 0 {
		return s.at <= l.Time[row]
	}
	r := uint32(s.row)
	return !l.Dead.Has(r) && (r == row || l.Before(r, row))
}

// setLater says whether b comes at or after a. A setting dated apart stands
// before the events of its instant.
func (l *Log) setLater(a, b *objectSet) bool {
	ta, tb := a.at, b.at
	if a.row >= 0 {
		ta = l.Time[a.row]
	}
	if b.row >= 0 {
		tb = l.Time[b.row]
	}
	switch {
	case ta != tb:
		return ta < tb
	case b.row < 0:
		return a.row < 0
	case a.row < 0:
		return true
	}
	return !l.Before(uint32(b.row), uint32(a.row))
}

// ObjectAttrs lists every attribute set on an object, oldest first, for the
// writers and for pages: the name, the value, and the row that set it (−1: the
// instant At).
func (l *Log) ObjectAttrs(obj ObjectID) []ObjectSetting {
	var out []ObjectSetting
	for _, s := range l.sets.of(obj) {
		if s.row >= 0 && l.Dead.Has(uint32(s.row)) {
			continue
		}
		o := ObjectSetting{Name: l.Attrs[s.col].Name, Value: l.Value(s.val, s.kind), Row: s.row, At: s.at}
		if s.row >= 0 {
			o.At = l.Time[s.row]
		}
		out = append(out, o)
	}
	return out
}

// ObjectSetting is one attribute of an object and when it came into force.
type ObjectSetting struct {
	Name  string
	Value Value
	Row   int32 // −1 where no event set it
	At    clock.Instant
}
