package segment

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/s2"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

const (
	version = 1
	header  = 5 // the version and the checksum

	// MaxMemory bounds what reading a segment back may take, in bytes, and so
	// what may be put into one. A batch of 1,000 ordinary events takes less than
	// one of its thousand parts.
	MaxMemory = 256 << 20
)

// The columns, in the order in which they are written.
const (
	colShape  = iota // source, type, flags
	colTime          // time, recorded, received, each as a difference
	colSeq           // seq as a difference
	colID            // ids, by length
	colIDText        // and their characters
	colWho           // actor, unit, what is corrected, what is voided
	colTie           // objects: type, qualifier, number of attributes
	colObject        // ids of objects
	colName          // attributes: name and form
	colValue         // values that are numbers, times, codes
	colFloat         // numbers that aren't whole, eight bytes each
	columns
)

// The flags of an event.
const (
	hasSeq = 1 << iota
	hasActor
	hasUnit
	hasCorrects
	hasVoids
	timeShift     = 5 // kinds of the three times, two bits each
	recordedShift = 7
	receivedShift = 9
)

// The forms of a value: its kind, and for numbers how it is written.
const (
	formFloat = uint64(event.Number)
	formWhole = uint64(event.Strings) + 1 // a number without a fraction
	formBits  = 3                         // of a form
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// totals are how many of everything a segment has; they are known before
// anything is made, so that a damaged segment is refused and not believed.
type totals struct{ events, objects, attrs, items, words, letters uint64 }

// memory is what the events of a segment take when read back.
func (t totals) memory() uint64 {
	return t.events*uint64(unsafe.Sizeof(event.Event{})) + t.objects*uint64(unsafe.Sizeof(event.Object{})) +
		t.attrs*uint64(unsafe.Sizeof(event.Attr{})) + (t.items+t.words)*uint64(unsafe.Sizeof("")) + t.letters
}

// encoder holds what one call needs; they are used again.
type encoder struct {
	col   [columns][]byte
	words map[string]uint64
	list  []string
	raw   []byte
	n     totals
	last  last
	err   *errs.Error
}

// last is what the differences are taken from.
type last struct{ time, received, seq int64 }

var encoders = sync.Pool{New: func() any { return &encoder{words: map[string]uint64{}} }}

// Encode appends the segment of events to dst. It refuses events that hold what
// is no kind of value, and a batch that would need more than [MaxMemory] to be
// read back: the caller makes several of it.
func Encode(dst []byte, events []event.Event) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer e.release()
	for i := range events {
		if e.event(&events[i]); e.err != nil {
			e.err.Place.Row = i + 1
			return dst, e.err
		}
	}
	e.n.events = uint64(len(events))
	e.n.words = uint64(len(e.list))
	if m := e.n.memory(); m > MaxMemory {
		return dst, &errs.Error{Code: errs.Limit, What: errs.Tf("a batch of %d events that take %d MB; a segment holds at most %d MB", "一批事件 %d 条，占 %d MB；一个数据段最多 %d MB", len(events), m>>20, MaxMemory>>20),
			Next: errs.T("send fewer events at a time", "请减少每批事件数量")}
	}
	raw := e.assemble()
	at := len(dst)
	dst = append(dst, version, 0, 0, 0, 0)
	if need := len(dst) + s2.MaxEncodedLen(len(raw)); cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	block := s2.Encode(dst[len(dst):cap(dst)], raw)
	dst = dst[:len(dst)+len(block)]
	binary.LittleEndian.PutUint32(dst[at+1:], crc32.Checksum(dst[at+header:], castagnoli))
	return dst, nil
}

// release gives the encoder back, unless one huge batch made it huge.
func (e *encoder) release() {
	if cap(e.raw) > 16<<20 || len(e.list) > 1<<20 {
		return
	}
	for i := range e.col {
		e.col[i] = e.col[i][:0]
	}
	clear(e.words)
	clear(e.list)
	e.list, e.raw, e.n, e.last, e.err = e.list[:0], e.raw[:0], totals{}, last{}, nil
	encoders.Put(e)
}

// assemble puts totals, dictionary and columns behind one another.
func (e *encoder) assemble() []byte {
	raw := e.raw[:0]
	for _, n := range []uint64{e.n.events, e.n.objects, e.n.attrs, e.n.items, e.n.words, e.n.letters} {
		raw = binary.AppendUvarint(raw, n)
	}
	for _, w := range e.list {
		raw = binary.AppendUvarint(raw, uint64(len(w)))
	}
	for _, c := range e.col {
		raw = binary.AppendUvarint(raw, uint64(len(c)))
	}
	for _, w := range e.list {
		raw = append(raw, w...)
	}
	for _, c := range e.col {
		raw = append(raw, c...)
	}
	e.raw = raw
	return raw
}

// put appends a number to a column.
func (e *encoder) put(column int, n uint64) {
	e.col[column] = binary.AppendUvarint(e.col[column], n)
}

// diff appends a difference, which wraps round where it must.
func (e *encoder) diff(column int, now int64, before *int64) {
	e.col[column] = binary.AppendVarint(e.col[column], now-*before)
	*before = now
}

// word is the number of a string in the dictionary.
func (e *encoder) word(s string) uint64 {
	n, ok := e.words[s]
	if !ok {
		n = uint64(len(e.list))
		e.words[s] = n
		e.list = append(e.list, s)
		e.n.letters += uint64(len(s))
	}
	return n
}

// event writes one event: flags for what it has, then that alone, in the order in which
// decode.go reads it.
func (e *encoder) event(v *event.Event) {
	flags := uint64(0)
	if v.HasSeq {
		flags |= hasSeq
	}
	if v.Actor.OK {
		flags |= hasActor
	}
	if v.Unit.OK {
		flags |= hasUnit
	}
	if v.Corrects != "" {
		flags |= hasCorrects
	}
	if v.Voids != "" {
		flags |= hasVoids
	}
	flags |= e.stampKind(v.Time)<<timeShift | e.stampKind(v.Recorded)<<recordedShift | e.stampKind(v.Received)<<receivedShift
	e.put(colShape, e.word(v.Source))
	e.put(colShape, e.word(v.Type))
	e.put(colShape, flags)
	e.stamp(v.Time, &e.last.time)
	happened := e.last.time
	e.stamp(v.Recorded, &happened)
	e.stamp(v.Received, &e.last.received)
	e.diff(colSeq, v.Seq, &e.last.seq)
	e.put(colID, uint64(len(v.ID)))
	e.col[colIDText] = append(e.col[colIDText], v.ID...)
	e.n.letters += uint64(len(v.ID))
	if v.Actor.OK {
		e.put(colWho, e.word(v.Actor.Value))
	}
	if v.Unit.OK {
		e.put(colWho, e.word(v.Unit.Value))
	}
	if v.Corrects != "" {
		e.put(colWho, e.word(v.Corrects))
	}
	if v.Voids != "" {
		e.put(colWho, e.word(v.Voids))
	}
	e.put(colTie, uint64(len(v.Objects)))
	e.n.objects += uint64(len(v.Objects))
	for i := range v.Objects {
		o := &v.Objects[i]
		e.put(colTie, e.word(o.Type))
		e.put(colTie, e.word(o.Qualifier))
		e.put(colObject, e.word(o.ID))
		e.attrs(o.Attrs)
	}
	e.attrs(v.Attrs)
}

// stampKind is the two bits of a time's kind.
func (e *encoder) stampKind(s event.Stamp) uint64 {
	switch s.Kind {
	case event.Absent:
		return 0
	case event.Time:
		return 1
	case event.Day:
		return 2
	}
	e.fault(s.Kind)
	return 0
}

func (e *encoder) stamp(s event.Stamp, before *int64) {
	if s.Kind != event.Absent {
		e.diff(colTime, int64(s.At), before)
	}
}

func (e *encoder) fault(k event.Kind) {
	e.err = &errs.Error{Code: errs.Internal, What: errs.Tf("a value of kind %d, which no segment can hold", "值的类型 %d 无法写入数据段", uint8(k))}
}

func (e *encoder) attrs(list []event.Attr) {
	e.put(colTie, uint64(len(list)))
	e.n.attrs += uint64(len(list))
	for i := range list {
		e.attr(list[i].Name, &list[i].Value)
	}
}

func (e *encoder) attr(name string, v *event.Value) {
	form := uint64(v.Kind)
	switch v.Kind {
	case event.Absent:
	case event.Number:
		if whole := int64(v.Num); math.Abs(v.Num) < 1<<53 && math.Float64bits(float64(whole)) == math.Float64bits(v.Num) {
			form = formWhole
			e.col[colValue] = binary.AppendVarint(e.col[colValue], whole)
		} else {
			e.col[colFloat] = binary.LittleEndian.AppendUint64(e.col[colFloat], math.Float64bits(v.Num))
		}
	case event.String:
		e.put(colValue, e.word(v.Str))
	case event.Bool:
		bit := uint64(0)
		if v.Num != 0 {
			bit = 1
		}
		e.put(colValue, bit)
	case event.Time, event.Day:
		e.col[colValue] = binary.AppendVarint(e.col[colValue], int64(v.At))
	case event.Strings:
		e.strings(v.List)
	default:
		e.fault(v.Kind)
		return
	}
	e.put(colName, e.word(name)<<formBits|form)
}

// strings writes a list; one of nothing is not the same as none.
func (e *encoder) strings(list []string) {
	if list == nil {
		e.put(colValue, 0)
		return
	}
	e.put(colValue, uint64(len(list))+1)
	e.n.items += uint64(len(list))
	for _, s := range list {
		e.put(colValue, e.word(s))
	}
}
