package jsonl

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio/table"
)

// event makes an event of the record's fields, each by the part that it plays.
func (m *mapper) event(plan *table.Plan) *problem {
	e := &m.p.e
	for i := range plan.Columns {
		c := &plan.Columns[i]
		switch c.Role {
		case table.Object:
			m.objects(c)
		case table.Attr:
			if v := m.typed(c.Index); v.Kind != event.Absent {
				e.Attrs = append(e.Attrs, event.Attr{Name: c.Name, Value: v})
			}
		case table.ObjectAttr:
		default:
			if pr := m.part(c, len(plan.Header)); pr != nil {
				return pr
			}
		}
	}
	m.ofObjects(plan)
	for i := range m.fields {
		if path := m.fields[i].path; m.opt.Lost != nil && (path == "corrects" || path == "voids") {
			m.opt.Lost.Add(errs.Tf("field %q, which corrects or voids no event where the file is read with --map", "字段 %q（使用 --map 读取时，不作更正或撤销）", path), 1)
		}
	}
	return m.lacks(plan)
}

// part gives the event what a field of one value says.
func (m *mapper) part(c *table.Column, columns int) *problem {
	e := &m.p.e
	text, pr := m.cell(c.Index, c.Header)
	if pr != nil || text == "" && c.Role != table.Time && c.Role != table.Recorded {
		return pr
	}
	switch c.Role {
	case table.Type:
		e.Type = text
	case table.Actor:
		e.Actor = event.Some(text)
	case table.Unit:
		e.Unit = event.Some(text)
	case table.ID:
		e.ID = text
	case table.Seq:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return &problem{what: errs.Tf("field %q: %q is not a place in an order; expected a whole number", "字段 %q：%q 不是顺序号；应为整数", c.Header, clip(text))}
		}
		e.Seq, e.HasSeq = n, true
	case table.Time:
		e.Time, pr = m.moment(c, columns, "time")
	case table.Recorded:
		e.Recorded, pr = m.moment(c, columns, "recorded")
	}
	return pr
}

// moment reads a time, of which a date and a time of day may stand apart.
func (m *mapper) moment(c *table.Column, columns int, part string) (event.Stamp, *problem) {
	cells := make([][]byte, columns)
	for i := range m.fields {
		if vals := m.fields[i].vals; len(vals) == 1 {
			cells[i] = []byte(vals[0].text)
		}
	}
	cell := c.Moment(cells)
	if len(cell) == 0 {
		return event.Stamp{}, nil
	}
	t, day, ok := c.Time.Parse(cell, m.b.Zone())
	switch {
	case !ok:
		return event.Stamp{}, &problem{what: errs.Tf("field %q: %q is not a time; expected one as 2026-03-01T09:10:00+01:00 or 2026-03-01", "字段 %q：%q 不是时间；应如 2026-03-01T09:10:00+01:00 或 2026-03-01", c.Header, clip(string(cell))),
			next: errs.Tf("say how it is written: --map '%[1]s=%[2]s@02.01.2006 15:04', or @unix, @unixms for seconds or milliseconds since 1970", "请指明写法：--map '%[1]s=%[2]s@02.01.2006 15:04'；若为 1970 年以来的秒或毫秒，请用 @unix、@unixms", part, c.Header)}
	case day:
		return event.Stamp{At: t, Kind: event.Day}, nil
	}
	return event.Stamp{At: t, Kind: event.Time}, nil
}

// objects ties the event to as many objects as the field has values; an empty text
// names none.
func (m *mapper) objects(c *table.Column) {
	if c.Index >= len(m.fields) {
		return
	}
	for _, v := range m.fields[c.Index].vals {
		if v.text != "" {
			m.p.object(event.Object{Type: c.Object, ID: v.text, Qualifier: c.Qualifier})
		}
	}
}

// ofObjects gives objects the attributes that fields say of them.
func (m *mapper) ofObjects(plan *table.Plan) {
	e := &m.p.e
	for i := range plan.Columns {
		c := &plan.Columns[i]
		v := m.typed(c.Index)
		if c.Role != table.ObjectAttr || v.Kind == event.Absent {
			continue
		}
		for k := range e.Objects {
			if o := &e.Objects[k]; o.Type == c.Object && o.Qualifier == c.Qualifier {
				o.Attrs = append(o.Attrs, event.Attr{Name: c.Name, Value: v})
			}
		}
	}
}

// typed is what a field says as an attribute.
func (m *mapper) typed(index int) event.Value {
	if index >= len(m.fields) {
		return event.Value{}
	}
	f := &m.fields[index]
	if !f.list {
		if len(f.vals) == 0 {
			return event.Value{}
		}
		return f.vals[0].v
	}
	list := make([]string, len(f.vals))
	for i, v := range f.vals {
		list[i] = strings.Clone(v.text) // the log keeps the list itself
	}
	return event.List(list)
}

// lacks says which part an event must have and the record hasn't.
func (m *mapper) lacks(plan *table.Plan) *problem {
	e := &m.p.e
	missing := func(role table.Role, part, en, zh string) *problem {
		i := slices.IndexFunc(plan.Columns, func(c table.Column) bool { return c.Role == role })
		header := plan.Columns[i].Header // a plan has all three
		pr := &problem{what: errs.Tf("field %[1]q is not there or empty; expected "+en, "字段 %[1]q 不存在或为空；应为"+zh, header)}
		if m.opt.Map[part] != "" && !m.found[part] {
			pr.next = errs.DidYouMean(header, m.seen)
		}
		return pr
	}
	switch {
	case e.Type == "":
		return missing(table.Type, "type", "the event's type", "事件类型")
	case e.Time.Kind == event.Absent:
		return missing(table.Time, "time", "when it happened", "发生时间")
	case len(e.Objects) == 0:
		return missing(table.Object, "case", "the case or object that the event is about", "事件所涉的案件或对象")
	}
	return nil
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
