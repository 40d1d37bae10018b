package parquetlog

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// badRow is a row that can't be an event: its number in the row group, from 0.
type badRow struct {
	row  int
	what errs.Text
	raw  string
}

// settings are what assembling needs to know of the log being built.
type settings struct {
	zone     *clock.Zone
	declared func(string) event.Kind
}

// assemble makes a batch of a row group's vectors. Rows that can't be events
// are left out and told.
func (p *plan) assemble(vs []*vector, rows int, s settings) (*event.Batch, []badRow, error) {
	w := &event.Batch{Rows: rows}
	var bad []badRow
	if err := p.core(w, vs, s, &bad); err != nil {
		return nil, nil, err
	}
	if len(bad) > 0 {
		keep := make([]bool, rows)
		for i := range keep {
			keep[i] = true
		}
		for i := range bad {
			bad[i].raw = p.rawRow(vs, bad[i].row, s.zone)
		}
		for _, b := range bad {
			keep[b.row] = false
		}
		for _, v := range vs {
			v.filter(keep)
			v.paged = true // names of the rows left out may be nobody's now
		}
		w = &event.Batch{Rows: rows - len(bad)}
		if err := p.core(w, vs, s, nil); err != nil {
			return nil, nil, err
		}
	}
	return w, bad, p.rest(w, vs, s)
}

// core fills in what no event may lack, and tells which rows lack it.
func (p *plan) core(w *event.Batch, vs []*vector, s settings, bad *[]badRow) error {
	typ, err := p.strings(partType, vs, s)
	if err != nil {
		return err
	}
	w.Type = typ
	if vs[p.columns[p.byPart[partType]-1].vec].paged {
		w.Type = onlyUsed(typ)
	}
	t := p.times(partTime, vs, s)
	w.Time, w.OnDay = t.at, t.day
	var rec times
	if p.byPart[partRecorded] != 0 {
		rec = p.times(partRecorded, vs, s)
		w.Recorded, w.RecordedOnDay = rec.at, rec.day
	}
	w.Objects = w.Objects[:0]
	for i := range p.columns {
		c := &p.columns[i]
		if c.part != partObject {
			continue
		}
		v := vs[c.vec]
		col, err := toStrings(c, v, s.zone)
		if err != nil {
			return at(c, err)
		}
		if v.paged {
			col = onlyUsed(col)
		}
		w.Objects = append(w.Objects, event.BatchObjects{Type: c.objType, Qualifier: c.qualifier, Coded: col, Offsets: v.offs})
	}
	if bad == nil {
		return nil
	}
	empty := codeOf(w.Type.Dict, "")
	for r := range w.Rows {
		switch {
		case w.Type.Codes[r] == 0 || w.Type.Codes[r] == empty:
			p.lacks(bad, r, "type", "事项类型")
		case t.fault != nil && t.fault[r] != "":
			p.unreadable(bad, r, partTime, t.fault[r])
		case t.at[r] == event.NoTime:
			p.lacks(bad, r, "time", "时间")
		case rec.fault != nil && rec.fault[r] != "":
			p.unreadable(bad, r, partRecorded, rec.fault[r])
		case !hasObject(w, r):
			p.lacks(bad, r, "case or other object", "案件或其他对象")
		}
	}
	return nil
}

func (p *plan) lacks(bad *[]badRow, row int, en, zh string) {
	*bad = append(*bad, badRow{row: row, what: errs.Tf("an event without a %[1]s; expected a value in its column", "事件缺少%[2]s；该列应有值", en, zh)})
}

func (p *plan) unreadable(bad *[]badRow, row int, k part, text string) {
	if len(text) > 64 {
		text = text[:64] + "…"
	}
	name := p.columns[p.byPart[k]-1].column
	*bad = append(*bad, badRow{row: row, what: errs.Tf("column %[1]q: %[2]q is not a time; expected 2026-03-01T09:10:00+01:00, the offset left out for local time, or a date",
		"列 %[1]q：%[2]q 不是时间；应为 2026-03-01T09:10:00+08:00（本地时间可省略时区）或日期", name, text)})
}

// codeOf is the code of a name in a batch's dictionary of few, 0 if none.
func codeOf(d *event.Dict, name string) uint32 {
	for c := uint32(1); c <= uint32(d.Len()); c++ {
		if d.Name(c) == name {
			return c
		}
	}
	return 0
}

func hasObject(w *event.Batch, r int) bool {
	for i := range w.Objects {
		o := &w.Objects[i]
		if o.Offsets == nil {
			if o.Codes[r] != 0 {
				return true
			}
			continue
		}
		for _, c := range o.Codes[o.Offsets[r]:o.Offsets[r+1]] {
			if c != 0 {
				return true
			}
		}
	}
	return false
}

// rest fills in what an event may lack.
func (p *plan) rest(w *event.Batch, vs []*vector, s settings) (err error) {
	if w.Actor, err = p.strings(partActor, vs, s); err != nil {
		return err
	}
	if w.Unit, err = p.strings(partUnit, vs, s); err != nil {
		return err
	}
	if w.IDs, err = p.strings(partID, vs, s); err != nil {
		return err
	}
	if i := p.byPart[partSeq]; i != 0 {
		v := vs[i-1]
		w.Seq, w.HasSeq = v.nums, v.has
	}
	object := 0
	place := map[int]int{} // column of objects → its place in the batch
	for i := range p.columns {
		if p.columns[i].part == partObject {
			place[i] = object
			object++
		}
	}
	for i := range p.columns {
		c := &p.columns[i]
		if c.part != partAttr && c.part != partObjectAttr {
			continue
		}
		a, err := toAttr(c, vs[c.vec], s.declared(c.attr), s.zone)
		if err != nil {
			return at(c, err)
		}
		if c.part == partAttr {
			w.Attrs = addAttr(w.Attrs, a)
			continue
		}
		if c.maxRep > 0 && !slices.Equal(vs[c.vec].offs, vs[c.of].offs) {
			return at(c, &fault{what: errLists})
		}
		w.ObjectAttrs = addObjectAttr(w.ObjectAttrs, event.BatchObjectAttr{Of: place[c.of], BatchAttr: a})
	}
	return nil
}

// addAttr puts an attribute's column of a further kind with that of the first.
func addAttr(list []event.BatchAttr, a event.BatchAttr) []event.BatchAttr {
	for i := range list {
		if list[i].Name == a.Name {
			list[i].Others = append(list[i].Others, a)
			return list
		}
	}
	return append(list, a)
}

func addObjectAttr(list []event.BatchObjectAttr, a event.BatchObjectAttr) []event.BatchObjectAttr {
	for i := range list {
		if list[i].Name == a.Name && list[i].Of == a.Of {
			list[i].Others = append(list[i].Others, a.BatchAttr)
			return list
		}
	}
	return append(list, a)
}

func (p *plan) strings(k part, vs []*vector, s settings) (event.Coded, error) {
	i := p.byPart[k]
	if i == 0 {
		return event.Coded{}, nil
	}
	c := &p.columns[i-1]
	coded, err := toStrings(c, vs[c.vec], s.zone)
	if err != nil {
		return coded, at(c, err)
	}
	return coded, nil
}

// times reads a part's column and, where there is one, its #day column.
func (p *plan) times(k part, vs []*vector, s settings) times {
	c := &p.columns[p.byPart[k]-1]
	t := toTimes(c, vs[c.vec], s.zone)
	if i := p.days[k]; i != 0 {
		d := toTimes(&p.columns[i-1], vs[i-1], s.zone)
		if t.day == nil {
			t.day = make([]bool, len(t.at))
		}
		for r, at := range t.at {
			if at == event.NoTime {
				t.at[r], t.day[r] = d.at[r], d.day != nil && d.day[r]
			}
		}
	}
	return t
}

// rawRow is a row as text, for the file of rows set aside.
func (p *plan) rawRow(vs []*vector, row int, z *clock.Zone) string {
	var parts []string
	for i := range p.columns {
		c, v := &p.columns[i], vs[i]
		from, to := row, row+1
		if v.offs != nil {
			from, to = int(v.offs[row]), int(v.offs[row+1])
		}
		for k := from; k < to; k++ {
			if v.has != nil && !v.has[k] {
				continue
			}
			var text string
			switch {
			case v.dict != nil:
				text = v.dict.Name(v.codes[k])
			case v.floats != nil:
				text = event.FormatNumber(v.floats[k])
			default:
				text = string(appendNumber(nil, c, v.nums[k], z))
			}
			parts = append(parts, c.column+"="+strconv.Quote(text))
		}
	}
	return strings.Join(parts, " ")
}

// filter keeps some rows.
func (v *vector) filter(keep []bool) {
	values := keep
	if v.offs != nil {
		values = make([]bool, v.n)
		offs := append(make([]uint32, 0, len(v.offs)), 0)
		for r, k := range keep {
			if !k {
				continue
			}
			for i := v.offs[r]; i < v.offs[r+1]; i++ {
				values[i] = true
			}
			offs = append(offs, offs[len(offs)-1]+v.offs[r+1]-v.offs[r])
		}
		v.offs, v.empty = offs, pick(v.empty, keep)
	}
	v.has, v.codes = pick(v.has, values), pick(v.codes, values)
	v.nums, v.floats = pick(v.nums, values), pick(v.floats, values)
	v.n = 0
	for _, k := range values {
		if k {
			v.n++
		}
	}
}

func pick[T any](s []T, keep []bool) []T {
	if s == nil {
		return nil
	}
	out := s[:0]
	for i, k := range keep {
		if k {
			out = append(out, s[i])
		}
	}
	return out
}

// inColumn is a fault with the column that it is in.
type inColumn struct {
	column string
	fault  *fault
}

func (e *inColumn) Error() string { return e.fault.Error() }

func at(c *column, err error) error {
	if f, ok := err.(*fault); ok {
		return &inColumn{c.column, f}
	}
	return err
}
