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
// for Number (and Bool, 0 or 1), Strings for String, Times for Time and Day.
// Has is nil where every row has a value.
type BatchAttr struct {
	Name     string
	Kind     Kind
	Has      []bool
	Nums     []float64
	Strings  Coded
	Times    []clock.Instant
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
	b.appendBatchObjects(w)
	for i := range w.Attrs {
		if err := b.appendBatchAttr(&w.Attrs[i], base, w.Rows); err != nil {
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
	global := b.globalCodes(w.Dict)
	for _, c := range w.Codes {
		col = append(col, global[c])
	}
	return col
}

func (b *Builder) globalCodes(d *Dict) []uint32 {
	global := make([]uint32, d.Len()+1)
	for c := 1; c < len(global); c++ {
		global[c] = b.log.Strings.Code(d.Name(uint32(c)))
	}
	return global
}

func (b *Builder) appendBatchObjects(w *Batch) {
	l := b.log
	global := make([][]ObjectID, len(w.Objects))
	for i, col := range w.Objects {
		typ := uint16(l.Objects.Types.Code(col.Type))
		global[i] = make([]ObjectID, col.Dict.Len()+1)
		for c := 1; c < len(global[i]); c++ {
			name := col.Dict.Name(uint32(c))
			global[i][c] = l.Objects.ID(typ, stringBytes(name))
		}
	}
	if l.offsets == nil && len(w.Objects) == 1 && w.Objects[0].Qualifier == "" && !hasZero(w.Objects[0].Codes) {
		for _, c := range w.Objects[0].Codes {
			l.single = append(l.single, global[0][c])
		}
		return
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
	l := b.log
	ci := b.Column(a.Name)
	col := l.Attrs[ci]
	col.Mistyped += a.Mistyped
	if d := col.Declared; d != Absent && a.Kind != d && !(d == Time && a.Kind == Day) {
		return fmt.Errorf("attribute %q: a column of kind %v where %v is declared", a.Name, a.Kind, d)
	}
	var global []uint32
	if a.Kind == String {
		global = b.globalCodes(a.Strings.Dict)
	}
	for r := range rows {
		if a.Has != nil && !a.Has[r] {
			continue
		}
		var v uint64
		switch a.Kind {
		case Number:
			v = math.Float64bits(a.Nums[r])
		case Bool:
			v = uint64(a.Nums[r])
		case String:
			if a.Strings.Codes[r] == 0 {
				continue
			}
			v = uint64(global[a.Strings.Codes[r]])
		default:
			v = uint64(a.Times[r])
		}
		col.set(base+uint32(r), v, a.Kind)
	}
	return nil
}
