package event

import (
	"fmt"
	"math"

	"plumbline/internal/clock"
	"plumbline/internal/hugepage"
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

// BatchObjects is a column of objects of one type. With Offsets (Rows + 1 of
// them) a row has any number: row r's are Codes[Offsets[r]:Offsets[r+1]].
type BatchObjects struct {
	Type, Qualifier string
	Coded
	Offsets []uint32
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
	Mistyped int         // values the worker left out because they weren't of the declared type
	Others   []BatchAttr // the same attribute's values of other kinds, in rows that have none here
}

// AppendBatch adds the rows of a batch. A row that lacks type, time or object
// must have been left out (and reported) by whoever made the batch. After an
// error the log is of no use.
func (b *Builder) AppendBatch(w *Batch) error {
	l := b.log
	if err := b.room(w.Rows, w.idBytes(), w.links()); err != nil {
		return err
	}
	base := uint32(len(l.Time))
	types := make([]uint16, w.Type.Dict.Len()+1)
	for c := 1; c < len(types); c++ {
		t := l.Types.CodeBytes(b.opt.Rename.typ(stringBytes(w.Type.Dict.Name(uint32(c)))))
		if int(t) > b.most.types {
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
	objects, err := b.appendBatchObjects(w)
	if err != nil {
		return err
	}
	for i := range w.Attrs {
		if err := b.appendBatchAttr(&w.Attrs[i], base, w.Rows); err != nil {
			return err
		}
	}
	for i := range w.ObjectAttrs {
		a := &w.ObjectAttrs[i]
		if err := b.appendBatchObjectAttr(a, objects[a.Of], &w.Objects[a.Of], base); err != nil {
			return err
		}
	}
	return b.room(0, 0, 0) // how many new names there were is known only now
}

// idBytes is how long the ids of all rows are together.
func (w *Batch) idBytes() int {
	n := 0
	for _, c := range w.IDs.Codes {
		n += len(w.IDs.Dict.Name(c))
	}
	return n
}

// links is how many objects the rows name at most.
func (w *Batch) links() int {
	n := 0
	for i := range w.Objects {
		n += len(w.Objects[i].Codes)
	}
	return n
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
		col = hugepage.Make[uint32](int(base), cap(b.log.Time))
	}
	global := b.log.Strings.merge(w.Dict)
	for _, c := range w.Codes {
		col = append(col, global[c])
	}
	return col
}

// appendBatchObjects gives, for each column of objects, the log's codes by the
// batch's.
func (b *Builder) appendBatchObjects(w *Batch) ([][]ObjectID, error) {
	l := b.log
	global := make([][]ObjectID, len(w.Objects))
	for i, col := range w.Objects {
		typ := b.objectType(b.opt.Rename.object(col.Type))
		if typ == 0 {
			return nil, ErrObjectTypes
		}
		global[i] = l.Objects.merge(typ, col.Dict)
	}
	if l.offsets == nil && len(w.Objects) == 1 && w.Objects[0].Qualifier == "" && w.Objects[0].Offsets == nil && !hasZero(w.Objects[0].Codes) {
		for _, c := range w.Objects[0].Codes {
			l.single = append(l.single, global[0][c])
		}
		return global, nil
	}
	for r := range w.Rows {
		b.links = b.links[:0]
		for i := range w.Objects {
			col := &w.Objects[i]
			codes := col.Codes
			if col.Offsets == nil {
				codes = codes[r : r+1]
			} else {
				codes = codes[col.Offsets[r]:col.Offsets[r+1]]
			}
			for _, c := range codes {
				if c != 0 {
					b.Link(global[i][c], col.Qualifier)
				}
			}
		}
		b.appendLinks()
	}
	return global, nil
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
	ci, read, err := b.batchColumn(a)
	if err != nil {
		return err
	}
	col := b.log.Attrs[ci]
	for r := range rows {
		if v, k := read(r); k != Absent {
			col.set(base+uint32(r), v, k)
		}
	}
	return nil
}

func (b *Builder) appendBatchObjectAttr(a *BatchObjectAttr, objects []ObjectID, of *BatchObjects, base uint32) error {
	ci, read, err := b.batchColumn(&a.BatchAttr)
	if err != nil {
		return err
	}
	row := int32(base)
	for i, c := range of.Codes {
		if of.Offsets == nil {
			row = int32(base) + int32(i)
		} else {
			for uint32(i) >= of.Offsets[row-int32(base)+1] {
				row++
			}
		}
		if c == 0 {
			continue
		}
		if v, k := read(i); k != Absent {
			o := objects[c]
			b.log.sets.add(o, objectSet{row: row, col: int32(ci), kind: k, val: v})
		}
	}
	return nil
}

// batchColumn finds the log's column for a batch's, and gives what reads the
// batch's values as the log holds them.
func (b *Builder) batchColumn(a *BatchAttr) (ci int, read func(i int) (uint64, Kind), err error) {
	ci = b.Column(a.Name)
	col := b.log.Attrs[ci]
	col.Mistyped += a.Mistyped
	if d := col.Declared; d != Absent && a.Kind != d && !(d == Time && a.Kind == Day) {
		return 0, nil, fmt.Errorf("attribute %q: a column of kind %v where %v is declared", a.Name, a.Kind, d)
	}
	var global []uint32
	if a.Kind == String {
		global = b.log.Strings.merge(a.Strings.Dict)
	}
	read = func(i int) (uint64, Kind) { return b.batchValue(a, i, global) }
	for j := range a.Others {
		_, other, err := b.batchColumn(&a.Others[j])
		if err != nil {
			return 0, nil, err
		}
		first := read
		read = func(i int) (uint64, Kind) {
			if v, k := first(i); k != Absent {
				return v, k
			}
			return other(i)
		}
	}
	return ci, read, nil
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
