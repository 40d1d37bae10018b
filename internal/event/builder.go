package event

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/hugepage"
)

// What an event may not lack (spec §1). Readers wrap these with the place.
var (
	ErrNoType   = errors.New("an event without a type; expected the name of the activity")
	ErrNoTime   = errors.New("an event without a time; expected when it happened")
	ErrNoObject = errors.New("an event without an object; expected a case or another object that it is about")
)

// Options say how a log is read.
type Options struct {
	Zone   *clock.Zone            // for times without offset and for days
	Schema map[string]Kind        // declared types of attributes (packs); others keep their own
	Origin string                 // the source of all events that don't name one
	Want   func(attr string) bool // which attributes to read; nil: all
	Rows   int                    // a guess at the number of rows, to reserve room; 0: none
	Rename *Renaming              // names that the log's get; nil: they stay. Schema and Want go by the new ones
}

// Builder makes a [Log]. It is for one goroutine.
type Builder struct {
	log   *Log
	opt   Options
	base  int // first row of the file being read
	most  limits
	due   promised
	plain plainRows

	// the pending row
	typ                      uint32
	time, recorded, received Stamp
	actor, unit              uint32
	seq                      int64
	hasSeq                   bool
	id                       []byte
	source, corrects, voids  string
	links                    []Link
	vals                     []pending
	objVals                  []pendingObject
	corrections              []correction
}

type pending struct {
	col  int
	kind Kind
	val  uint64
}

type pendingObject struct {
	obj ObjectID
	pending
}

type correction struct {
	row             uint32
	corrects, voids string
}

// NewBuilder starts a log.
func NewBuilder(opt Options) *Builder {
	l := &Log{Zone: opt.Zone, Types: NewDict(), Strings: NewDict(), Objects: newObjects(), Origin: opt.Origin,
		attrs: map[string]int{}, sets: objectSets{own: map[ObjectID][]objectSet{}}, Partial: opt.Want != nil}
	if opt.Rows > 0 {
		l.Time = hugepage.Make[clock.Instant](0, opt.Rows)
		l.Type = hugepage.Make[uint16](0, opt.Rows)
		l.single = hugepage.Make[ObjectID](0, opt.Rows)
	}
	return &Builder{log: l, opt: opt, most: widest}
}

// Log is the log so far, for a reader that keeps adding to it (live). Batch
// readers call Finish.
func (b *Builder) Log() *Log { return b.log }

// Zone is where times without offset are read.
func (b *Builder) Zone() *clock.Zone { return b.opt.Zone }

// Wants says whether the attribute is to be read at all.
func (b *Builder) Wants(attr string) bool {
	attr = b.opt.Rename.attribute(attr)
	return b.opt.Want == nil || b.opt.Want(attr)
}

// Declared is the type that a pack declares for an attribute, Absent if none
// does. Readers that make batches convert by it.
func (b *Builder) Declared(attr string) Kind { return b.opt.Schema[b.opt.Rename.attribute(attr)] }

// Reserve makes room for n rows more, for a reader that learns from its first
// block how long the file will be.
func (b *Builder) Reserve(n int) {
	l := b.log
	var half sync.WaitGroup // what is waited for is memory; two get it sooner
	defer half.Wait()
	half.Go(func() {
		l.Time = hugepage.Grow(l.Time, n)
		l.Type = hugepage.Grow(l.Type, n)
		if l.offsets == nil {
			l.single = hugepage.Grow(l.single, n)
		}
		growColumn(&l.Actor, n)
		growColumn(&l.Unit, n)
	})
	growColumn(&l.Recorded, n)
	growColumn(&l.Received, n)
	growColumn(&l.Seq, n)
	growColumn(&l.Source, n)
	growColumn(&l.idOff, n)
	if rows := len(l.idOff); rows > 1 {
		l.idBytes = hugepage.Grow(l.idBytes, int(int64(len(l.idBytes))*int64(n)/int64(rows-1)))
	}
}

// growColumn makes room in a column that some event fills.
func growColumn[T any](col *[]T, n int) {
	if *col != nil {
		*col = hugepage.Grow(*col, n)
	}
}

// NextFile tells that the rows to come are of another file: positions, which
// stand for seq where none is given, start again.
func (b *Builder) NextFile() {
	if b.log.Rows() > 0 {
		b.needSeq()
	}
	b.base = b.log.Rows()
}

// Begin forgets the pending row and starts a new one.
func (b *Builder) Begin() {
	b.typ, b.actor, b.unit, b.seq, b.hasSeq = 0, 0, 0, 0, false
	b.time, b.recorded, b.received = Stamp{}, Stamp{}, Stamp{}
	b.id, b.links, b.vals, b.objVals = b.id[:0], b.links[:0], b.vals[:0], b.objVals[:0]
	b.source, b.corrects, b.voids = "", "", ""
}

// Type, Time, Recorded, Actor, Unit, Seq and ID fill the pending row.
func (b *Builder) Type(s []byte) { b.typ = b.log.Types.CodeBytes(b.opt.Rename.typ(s)) }

// Time says when it happened.
func (b *Builder) Time(t clock.Instant, onDay bool) { b.time = stamp(t, onDay) }

// Recorded says when it was entered.
func (b *Builder) Recorded(t clock.Instant, onDay bool) { b.recorded = stamp(t, onDay) }

// Actor names the official.
func (b *Builder) Actor(s []byte) { b.actor = b.log.Strings.CodeBytes(s) }

// Unit names the unit.
func (b *Builder) Unit(s []byte) { b.unit = b.log.Strings.CodeBytes(s) }

// Seq gives the place among events of one instant.
func (b *Builder) Seq(n int64) { b.seq, b.hasSeq = n, true }

// ID gives the event's id.
func (b *Builder) ID(s []byte) { b.id = append(b.id[:0], s...) }

func stamp(t clock.Instant, onDay bool) Stamp {
	if onDay {
		return Stamp{t, Day}
	}
	return Stamp{t, Time}
}

// Object is the code of an object, for Link and SetObject. It is 0 where the log has
// no room for another type of objects, and the row that is tied to it is refused.
func (b *Builder) Object(typ string, id []byte) ObjectID {
	t := b.objectType(b.opt.Rename.object(typ))
	if t == 0 {
		return 0
	}
	return b.log.Objects.ID(t, id)
}

// Link ties the pending row to an object; a repeated tie counts once.
func (b *Builder) Link(o ObjectID, qualifier string) {
	k := Link{Object: o}
	if qualifier != "" {
		k.Qualifier = b.log.Strings.Code(qualifier)
	}
	for _, have := range b.links {
		if have == k {
			return
		}
	}
	b.links = append(b.links, k)
}

// Column is the number of an attribute's column, made now if there is none.
func (b *Builder) Column(name string) int {
	name = b.opt.Rename.attribute(name)
	if i, ok := b.log.attrs[name]; ok {
		return i
	}
	i := len(b.log.Attrs)
	name = strings.Clone(name)
	b.log.Attrs = append(b.log.Attrs, &Column{Name: name, Declared: b.opt.Schema[name]})
	b.log.attrs[name] = i
	return i
}

// Set gives the pending row an attribute, which must be of its declared type,
// else it is absent and counted.
func (b *Builder) Set(col int, v Value) {
	if w, k, ok := b.encode(col, v); ok {
		b.vals = append(b.vals, pending{col, k, w})
	}
}

// SetText gives the pending row an attribute from text that has no type of its
// own (a CSV cell): read as its declared type, else kept as a string.
func (b *Builder) SetText(col int, s []byte) {
	if v, ok := b.FromText(col, s); ok {
		b.Set(col, v)
	}
}

// FromText reads untyped text as the column's declared type; ok is false, and
// the value counted, where it can't be read so.
func (b *Builder) FromText(col int, s []byte) (v Value, ok bool) {
	c := b.log.Attrs[col]
	v, ok = ParseText(c.Declared, string(s), b.opt.Zone)
	if !ok {
		c.Mistyped++
	}
	return v, ok
}

// SetObject gives an object an attribute, in force from the pending row's
// place in the order.
func (b *Builder) SetObject(o ObjectID, col int, v Value) {
	if w, k, ok := b.encode(col, v); ok {
		b.objVals = append(b.objVals, pendingObject{o, pending{col, k, w}})
	}
}

// SetObjectFrom gives an object an attribute, in force from the place of a row
// that is committed already: a trace's attributes are the case's from its
// earliest event on, which only the end of the trace tells.
func (b *Builder) SetObjectFrom(o ObjectID, col int, v Value, row uint32) {
	if w, k, ok := b.encode(col, v); ok {
		b.log.sets.add(o, objectSet{row: int32(row), col: int32(col), kind: k, val: w})
	}
}

// SetObjectAt gives an object an attribute, in force from an instant (OCEL).
func (b *Builder) SetObjectAt(o ObjectID, col int, v Value, at clock.Instant) {
	if w, k, ok := b.encode(col, v); ok {
		b.log.sets.add(o, objectSet{row: -1, at: at, col: int32(col), kind: k, val: w})
	}
}

// encode turns a value into a column's 8 bytes, if it is of the declared type.
func (b *Builder) encode(col int, v Value) (uint64, Kind, bool) {
	c := b.log.Attrs[col]
	if c.Declared == Time && v.Kind == String {
		if t, day, err := clock.ParseInstant(v.Str, b.opt.Zone); err == nil {
			v = Value{Kind: stamp(t, day).Kind, At: t}
		}
	}
	if v.Kind == Absent {
		return 0, Absent, false
	}
	if d := c.Declared; d != Absent && d != v.Kind && !(d == Time && v.Kind == Day) {
		c.Mistyped++
		return 0, Absent, false
	}
	switch v.Kind {
	case Number:
		if math.IsNaN(v.Num) || math.IsInf(v.Num, 0) {
			c.Mistyped++
			return 0, Absent, false
		}
		return math.Float64bits(v.Num), Number, true
	case String:
		return uint64(b.log.Strings.Code(v.Str)), String, true
	case Bool:
		return uint64(v.Num), Bool, true
	case Strings:
		b.log.Lists = append(b.log.Lists, v.List)
		return uint64(len(b.log.Lists) - 1), Strings, true
	}
	return uint64(v.At), v.Kind, true
}

// Commit makes the pending row a row of the log. It refuses a row without
// type, time or object and leaves the log as it was.
func (b *Builder) Commit() (uint32, error) {
	l := b.log
	if b.voids != "" && b.typ == 0 { // a voiding needs nothing but its name
		b.typ = l.Types.Code("voided")
	}
	switch {
	case b.typ == 0 || l.Types.Name(b.typ) == "":
		return 0, ErrNoType
	case int(b.typ) > b.most.types:
		return 0, ErrTooMany
	case b.time.Kind == Absent && b.voids == "":
		return 0, ErrNoTime
	case len(b.links) == 0 && b.voids == "":
		return 0, ErrNoObject
	}
	for _, k := range b.links {
		if k.Object == 0 {
			return 0, ErrObjectTypes
		}
	}
	if err := b.room(1, len(b.id), len(b.links)); err != nil {
		return 0, err
	}
	row := uint32(len(l.Time))
	l.Time = append(l.Time, b.time.At)
	l.Type = append(l.Type, uint16(b.typ))
	if b.time.Kind == Day {
		mark(&l.OnDay, row)
	}
	b.appendOptional(row)
	b.appendLinks()
	for _, v := range b.vals {
		l.Attrs[v.col].set(row, v.val, v.kind)
	}
	for _, v := range b.objVals {
		l.sets.add(v.obj, objectSet{row: int32(row), col: int32(v.col), kind: v.kind, val: v.val})
	}
	if b.corrects != "" || b.voids != "" {
		b.corrections = append(b.corrections, correction{row, b.corrects, b.voids})
	}
	return row, nil
}

// appendOptional fills the columns that most logs leave empty: each exists
// from the first row that needs it.
func (b *Builder) appendOptional(row uint32) {
	l := b.log
	appendCode(&l.Actor, b.actor, row)
	appendCode(&l.Unit, b.unit, row)
	appendStamp(&l.Recorded, b.recorded, row)
	appendStamp(&l.Received, b.received, row)
	if b.recorded.Kind == Day {
		mark(&l.RecordedOnDay, row)
	}
	if b.hasSeq && l.Seq == nil {
		b.needSeq()
	}
	if l.Seq != nil {
		if !b.hasSeq {
			b.seq = int64(int(row)-b.base) + 1
		}
		l.Seq = append(l.Seq, b.seq)
	}
	if b.source != "" && b.source != l.Origin || l.Source != nil {
		b.appendSource(row)
	}
	if len(b.id) > 0 && l.idOff == nil {
		l.idOff = make([]uint32, row+1, cap(l.Time)+1)
	}
	if l.idOff != nil {
		l.idBytes = append(l.idBytes, b.id...)
		l.idOff = append(l.idOff, uint32(len(l.idBytes)))
	}
}

func (b *Builder) appendSource(row uint32) {
	l := b.log
	if l.Source == nil {
		l.Source = make([]uint32, row)
		origin := l.Strings.Code(l.Origin)
		for i := range l.Source {
			l.Source[i] = origin
		}
	}
	l.Source = append(l.Source, b.sourceCode(b.source))
}

func (b *Builder) needSeq() {
	l := b.log
	if l.Seq != nil {
		return
	}
	l.Seq = make([]int64, len(l.Time)-boolInt(b.rowOpen()), cap(l.Time))
	for i := range l.Seq {
		l.Seq[i] = int64(i-b.base) + 1
	}
}

// rowOpen says whether the last row is still being appended: its Time is
// there, its object isn't.
func (b *Builder) rowOpen() bool { return len(b.log.Time) > b.committed() }

func (b *Builder) committed() int {
	if b.log.offsets != nil {
		return len(b.log.offsets) - 1
	}
	return len(b.log.single)
}

func boolInt(v bool) int {
	if v {
		return 1
	}
	return 0
}

func (b *Builder) appendLinks() {
	l := b.log
	if l.offsets == nil {
		if len(b.links) == 1 && b.links[0].Qualifier == 0 {
			l.single = append(l.single, b.links[0].Object)
			return
		}
		l.spread()
	}
	l.links = append(l.links, b.links...)
	l.offsets = append(l.offsets, uint32(len(l.links)))
}

// spread turns one object a row into lists of objects.
func (l *Log) spread() {
	l.offsets = make([]uint32, len(l.single)+1, cap(l.single)+1)
	l.links = make([]Link, len(l.single), 2*cap(l.single))
	for i, o := range l.single {
		l.links[i] = Link{Object: o}
		l.offsets[i+1] = uint32(i + 1)
	}
	l.single = nil
}

func appendCode(col *[]uint32, v uint32, row uint32) {
	if v != 0 && *col == nil {
		*col = make([]uint32, row)
	}
	if *col != nil {
		*col = append(*col, v)
	}
}

func appendStamp(col *[]clock.Instant, s Stamp, row uint32) {
	if s.Kind != Absent && *col == nil {
		*col = make([]clock.Instant, row)
		for i := range *col {
			(*col)[i] = NoTime
		}
	}
	if *col == nil {
		return
	}
	*col = append(*col, s.orNoTime())
}

func mark(m **Bitmap, row uint32) {
	if *m == nil {
		*m = &Bitmap{}
	}
	(*m).add(row)
}

// Add appends one event given as a value.
func (b *Builder) Add(e *Event) (uint32, error) { return b.AddAs(e, e.ID, Known{}) }

// AddAs is Add with another id than the event was given, and with what is
// known of its names.
func (b *Builder) AddAs(e *Event, id string, k Known) (uint32, error) {
	b.Begin()
	if b.typ = k.typ; b.typ == 0 && e.Type != "" {
		b.Type(stringBytes(e.Type))
	}
	b.time, b.recorded, b.received = e.Time, e.Recorded, e.Received
	b.actor, b.unit = k.actor, k.unit
	if e.Actor.OK && b.actor == 0 {
		b.actor = b.log.Strings.Code(e.Actor.Value)
	}
	if e.Unit.OK && b.unit == 0 {
		b.unit = b.log.Strings.Code(e.Unit.Value)
	}
	b.seq, b.hasSeq = e.Seq, e.HasSeq
	b.id = append(b.id, id...)
	b.source, b.corrects, b.voids = e.Source, e.Corrects, e.Voids
	if b.corrects != "" && b.voids != "" {
		return 0, fmt.Errorf("event %q both corrects %q and voids %q; expected one of the two", e.ID, b.corrects, b.voids)
	}
	for i, o := range e.Objects {
		id := k.Object
		switch {
		case i > 0 || id == 0 && (k.kind == 0 || b.opt.Rename != nil):
			id = b.Object(o.Type, stringBytes(o.ID))
		case id == 0: // new, or named earlier in the same batch
			id = b.log.Objects.code(k.hash, k.kind, stringBytes(o.ID))
		}
		b.Link(id, o.Qualifier)
		for _, a := range o.Attrs {
			if b.Wants(a.Name) {
				b.SetObject(id, b.Column(a.Name), a.Value)
			}
		}
	}
	for _, a := range e.Attrs {
		if b.Wants(a.Name) {
			b.Set(b.Column(a.Name), a.Value)
		}
	}
	return b.Commit()
}
