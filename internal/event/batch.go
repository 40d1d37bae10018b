package event

import (
	"fmt"
	"math"

	"plumbline/internal/clock"
)

// Batch is many rows as columns with dictionaries of their own, made by a
// worker that shares nothing with the others; [Builder.AppendBatch] merges it,
// paying once per distinct value. All slices have Rows elements, or none where
// the column isn't there.
type Batch struct {
	Rows     int
	Time     []clock.Instant
	OnDay    []bool
	Type     Coded
	Objects  []BatchObjects // in the order in which an event lists them
	Actor    Coded
	Unit     Coded
	Recorded []clock.Instant // NoTime where absent
	Seq      []int64         // with HasSeq where only some rows give one
	HasSeq   []bool
	IDs      Coded
	Attrs    []BatchAttr
	// RecordedOnDay marks the rows whose Recorded is a date alone.
	RecordedOnDay []bool
	// ObjectAttrs are attributes that the rows set on their objects.
	ObjectAttrs []BatchObjectAttr
}

// BatchObjectAttr is a column of one attribute of the objects in
// Batch.Objects[Of], in force from each row's place in the order.
type BatchObjectAttr struct {
	Of int
	BatchAttr
}

// Coded is a column of strings: Codes into Dict, 0 absent.
type Coded struct {
	Dict  *Dict
	Codes []uint32
}

// BatchObjects is a column of objects of one type.
type BatchObjects struct {
	Type, Qualifier string
	Coded
}

// BatchAttr is a column of one attribute. Kind is that of all its values: Nums
// for Number (and Bool, 0 or 1), Strings for String, Times for Time and Day (of
// a column of Time, OnDay marks the rows that are a date alone), Lists for
// Strings. Has is nil where every row has a value.
type BatchAttr struct {
	Name     string
	Kind     Kind
	Has      []bool
	Nums     []float64
	Strings  Coded
	Times    []clock.Instant
	OnDay    []bool
	Lists    [][]string
	Mistyped int // values the worker left out because they weren't of the declared type
}

// AppendBatch adds the rows of a batch. A row that lacks type, time or object
// must have been left out (and reported) by whoever made the batch.
func (b *Builder) AppendBatch(w *Batch) error {
	l := b.log
	base := uint32(len(l.Time))
	types := make([]uint16, w.Type.Dict.Len()+1)
	for c := 1; c < len(types); c++ {
		t := l.Types.Code(w.Type.Dict.Name(uint32(c)))
		if t > math.MaxUint16 {
			return ErrTooMany
		}
		types[c] = uint16(t)
	}
	if w.Seq != nil || l.Seq != nil {
		b.needSeq()
	}
	l.Time = append(l.Time, w.Time...)
	for _, c := range w.Type.Codes {
		l.Type = append(l.Type, types[c])
	}
	for r, d := range w.OnDay {
		if d {
			mark(&l.OnDay, base+uint32(r))
		}
	}
	l.Actor = b.appendCoded(l.Actor, w.Actor, base, w.Rows)
	l.Unit = b.appendCoded(l.Unit, w.Unit, base, w.Rows)
	b.appendBatchTimes(w, base)
	b.appendBatchIDs(w, base)
	if l.Source != nil {
		origin := l.Strings.Code(l.Origin)
		for range w.Rows {
			l.Source = append(l.Source, origin)
		}
	}
	objects := b.appendBatchObjects(w)
	for i := range w.Attrs {
		if err := b.appendBatchAttr(&w.Attrs[i], base, w.Rows); err != nil {
			return err
		}
	}
	for i := range w.ObjectAttrs {
		a := &w.ObjectAttrs[i]
		if err := b.appendBatchObjectAttr(a, objects[a.Of], w.Objects[a.Of].Codes, base); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) appendBatchTimes(w *Batch, base uint32) {
	l := b.log
	for r := range w.Rows {
		if l.Seq == nil {
			break
		}
		n := int64(int(base)+r-b.base) + 1
		if w.Seq != nil && (w.HasSeq == nil || w.HasSeq[r]) {
			n = w.Seq[r]
		}
		l.Seq = append(l.Seq, n)
	}
	if w.Recorded == nil && l.Recorded == nil {
		return
	}
	for r := range w.Rows {
		s := Stamp{}
		if w.Recorded != nil && w.Recorded[r] != NoTime {
			s = Stamp{w.Recorded[r], Time}
			if w.RecordedOnDay != nil && w.RecordedOnDay[r] {
				mark(&l.RecordedOnDay, base+uint32(r))
			}
		}
		appendStamp(&l.Recorded, s, base+uint32(r))
	}
}

func (b *Builder) appendBatchIDs(w *Batch, base uint32) {
	l := b.log
	if w.IDs.Codes == nil && l.idOff == nil {
		return
	}
	if l.idOff == nil {
		l.idOff = make([]uint32, base+1, cap(l.Time)+1)
	}
	for r := range w.Rows {
		if w.IDs.Codes != nil {
			l.idBytes = append(l.idBytes, w.IDs.Dict.Name(w.IDs.Codes[r])...)
		}
		l.idOff = append(l.idOff, uint32(len(l.idBytes)))
	}
}

func (b *Builder) appendCoded(col []uint32, w Coded, base uint32, rows int) []uint32 {
	if w.Codes == nil {
		if col != nil {
			col = append(col, make([]uint32, rows)...)
		}
		return col
	}
	if col == nil {
		col = make([]uint32, base, cap(b.log.Time))
	}
	global := b.log.Strings.merge(w.Dict)
	for _, c := range w.Codes {
		col = append(col, global[c])
	}
	return col
}

// appendBatchObjects gives, for each column of objects, the log's codes by the
// batch's.
func (b *Builder) appendBatchObjects(w *Batch) [][]ObjectID {
	l := b.log
	global := make([][]ObjectID, len(w.Objects))
	for i, col := range w.Objects {
		typ := uint16(l.Objects.Types.Code(col.Type))
		global[i] = l.Objects.merge(typ, col.Dict)
	}
	if l.offsets == nil && len(w.Objects) == 1 && w.Objects[0].Qualifier == "" && !hasZero(w.Objects[0].Codes) {
		for _, c := range w.Objects[0].Codes {
			l.single = append(l.single, global[0][c])
		}
		return global
	}
	for r := range w.Rows {
		b.links = b.links[:0]
		for i, col := range w.Objects {
			if c := col.Codes[r]; c != 0 {
				b.Link(global[i][c], col.Qualifier)
			}
		}
		b.appendLinks()
	}
	return global
}

func hasZero(codes []uint32) bool {
	for _, c := range codes {
		if c == 0 {
			return true
		}
	}
	return false
}

func (b *Builder) appendBatchAttr(a *BatchAttr, base uint32, rows int) error {
	ci, global, err := b.batchColumn(a)
	if err != nil {
		return err
	}
	col := b.log.Attrs[ci]
	for r := range rows {
		if v, k := b.batchValue(a, r, global); k != Absent {
			col.set(base+uint32(r), v, k)
		}
	}
	return nil
}

func (b *Builder) appendBatchObjectAttr(a *BatchObjectAttr, objects []ObjectID, codes []uint32, base uint32) error {
	ci, global, err := b.batchColumn(&a.BatchAttr)
	if err != nil {
		return err
	}
	for r, c := range codes {
		if c == 0 {
			continue
		}
		if v, k := b.batchValue(&a.BatchAttr, r, global); k != Absent {
			o := objects[c]
			b.log.sets[o] = append(b.log.sets[o], objectSet{row: int32(base) + int32(r), col: int32(ci), kind: k, val: v})
		}
	}
	return nil
}

// batchColumn finds the log's column for a batch's, and the log's codes of its
// strings.
func (b *Builder) batchColumn(a *BatchAttr) (ci int, global []uint32, err error) {
	ci = b.Column(a.Name)
	col := b.log.Attrs[ci]
	col.Mistyped += a.Mistyped
	if d := col.Declared; d != Absent && a.Kind != d && !(d == Time && a.Kind == Day) {
		return 0, nil, fmt.Errorf("attribute %q: a column of kind %v where %v is declared", a.Name, a.Kind, d)
	}
	if a.Kind == String {
		global = b.log.Strings.merge(a.Strings.Dict)
	}
	return ci, global, nil
}

// batchValue is row r of a batch's column as a column of the log holds it;
// Absent where there is none.
func (b *Builder) batchValue(a *BatchAttr, r int, global []uint32) (uint64, Kind) {
	if a.Has != nil && !a.Has[r] {
		return 0, Absent
	}
	switch a.Kind {
	case Number:
		return math.Float64bits(a.Nums[r]), Number
	case Bool:
		return uint64(a.Nums[r]), Bool
	case String:
		if a.Strings.Codes[r] == 0 {
			return 0, Absent
		}
		return uint64(global[a.Strings.Codes[r]]), String
	case Strings:
		b.log.Lists = append(b.log.Lists, a.Lists[r])
		return uint64(len(b.log.Lists) - 1), Strings
	}
	if a.OnDay != nil && a.OnDay[r] {
		return uint64(a.Times[r]), Day
	}
	return uint64(a.Times[r]), a.Kind
}
