package csvlog

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// Write writes a log as CSV, a row an event in the order of events, with the
// columns that the log has something for: case_id, activity, timestamp,
// recorded, actor, unit, seq (where the order of the rows isn't enough),
// event_id; object:TYPE[/QUALIFIER] for each further kind of object;
// attributes under their names (attr:NAME where the name alone would play a
// role); case:NAME and object:TYPE[/QUALIFIER]:NAME for attributes of objects,
// filled where an event sets them. Lists are joined with ";". [Read] takes the
// same events back where a pack declares the attributes that aren't strings.
//
// Lost counts what a table can't hold. Errors are those of w.
func Write(w io.Writer, l *event.Log) (eventio.Lost, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	wr := &writer{l: l, lost: eventio.Lost{}}
	rows, inPlace := l.InOrder()
	wr.layout(rows, !inPlace)
	for i, h := range wr.headers {
		wr.cell(i, h)
	}
	for _, r := range rows {
		wr.b = append(wr.b, '\n')
		wr.row(r)
		if len(wr.b) >= 1<<16 {
			if _, err := out.Write(wr.b); err != nil {
				return wr.lost, err
			}
			wr.b = wr.b[:0]
		}
	}
	wr.b = append(wr.b, '\n')
	if _, err := out.Write(wr.b); err != nil {
		return wr.lost, err
	}
	wr.lost.Add(errs.T("correction or voiding whose event isn't in the log", "更正或撤销，但日志中没有其所指事件"), len(l.Waiting))
	return wr.lost, out.Flush()
}

// columns of objects, and of their attributes.
type objectColumn struct{ typ, qualifier string }
type objectAttrColumn struct {
	objectColumn
	name string
}

type writer struct {
	l       *event.Log
	b       []byte
	headers []string
	lost    eventio.Lost

	recorded, actor, unit, seq, id bool
	objects                        []objectColumn
	attrs                          []int // of l.Attrs
	objAttrs                       []objectAttrColumn
	cells                          []string
}

// layout finds the columns.
func (w *writer) layout(rows []uint32, seq bool) {
	l := w.l
	w.seq, w.recorded, w.actor, w.unit = seq, l.Recorded != nil, l.Actor != nil, l.Unit != nil
	objects, attrs := map[objectColumn]bool{}, map[objectAttrColumn]bool{}
	w.id = slices.ContainsFunc(rows, func(r uint32) bool { return l.GivenID(r) != "" })
	for _, r := range rows {
		var buf [1]event.Link
		for _, k := range l.Links(r, &buf) {
			objects[objectColumn{l.Objects.TypeName(k.Object), l.Strings.Name(k.Qualifier)}] = true
		}
	}
	w.settings(rows, attrs)
	if len(objects) == 0 {
		objects[classic] = true // a log without events is a header that can be read
	}
	for c := range objects {
		w.objects = append(w.objects, c)
	}
	for c := range attrs {
		w.objAttrs = append(w.objAttrs, c)
	}
	slices.SortFunc(w.objects, compareObjects)
	slices.SortFunc(w.objAttrs, func(a, b objectAttrColumn) int {
		if c := compareObjects(a.objectColumn, b.objectColumn); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	for i, c := range l.Attrs {
		if slices.ContainsFunc(rows, func(r uint32) bool { _, k := c.Get(r); return k != event.Absent }) {
			w.attrs = append(w.attrs, i)
		}
	}
	w.names()
}

// settings finds the attributes that events set on their objects.
func (w *writer) settings(rows []uint32, attrs map[objectAttrColumn]bool) {
	l := w.l
	undated := 0
	sets := map[int32]bool{} // rows
	for o := range l.Objects.Len() {
		for _, s := range l.ObjectAttrs(event.ObjectID(o + 1)) {
			if s.Row < 0 {
				undated++
			} else {
				sets[s.Row] = true
			}
		}
	}
	w.lost.Add(errs.T("attribute of an object that no event set", "并非由事件设定的对象属性"), undated)
	for _, r := range rows {
		if !sets[int32(r)] {
			continue
		}
		e := l.Event(r)
		for i := range e.Objects {
			for _, a := range ownAttrs(&e, i) {
				attrs[objectAttrColumn{objectColumn{e.Objects[i].Type, e.Objects[i].Qualifier}, a.Name}] = true
			}
		}
	}
}

// ownAttrs are the attributes to write beside an object: with the first of its
// roles only.
func ownAttrs(e *event.Event, i int) []event.Attr {
	o := &e.Objects[i]
	if slices.ContainsFunc(e.Objects[:i], func(p event.Object) bool { return p.Type == o.Type && p.ID == o.ID }) {
		return nil
	}
	return o.Attrs
}

var classic = objectColumn{typ: table.CaseType}

// compareObjects puts the case first.
func compareObjects(a, b objectColumn) int {
	if (a == classic) != (b == classic) {
		if a == classic {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.typ, b.typ); c != 0 {
		return c
	}
	return strings.Compare(a.qualifier, b.qualifier)
}

func (w *writer) names() {
	add := func(is bool, h string) {
		if is {
			w.headers = append(w.headers, h)
		}
	}
	rest := w.objects
	if len(rest) > 0 && rest[0] == classic {
		add(true, "case_id")
		rest = rest[1:]
	}
	add(true, "activity")
	add(true, "timestamp")
	add(w.recorded, "recorded")
	add(w.actor, "actor")
	add(w.unit, "unit")
	add(w.seq, "seq")
	add(w.id, "event_id")
	for _, c := range rest {
		add(true, table.ObjectHeader(c.typ, c.qualifier))
	}
	for _, i := range w.attrs {
		add(true, table.AttrHeader(w.l.Attrs[i].Name))
	}
	for _, c := range w.objAttrs {
		add(true, table.ObjectAttrHeader(c.typ, c.qualifier, c.name))
	}
}

// row appends an event.
func (w *writer) row(r uint32) {
	e := w.l.Event(r)
	if e.Source != w.l.Origin {
		w.lost.Add(errs.T("source of an event", "事件来源"), 1)
	}
	ids, attrs := w.place(&e)
	c := w.cells[:0]
	if len(w.objects) > 0 && w.objects[0] == classic {
		c = append(c, ids[0])
		ids = ids[1:]
	}
	w.spaces(&e)
	c = append(c, e.Type, w.stamp(e.Time))
	if w.recorded {
		c = append(c, w.stamp(e.Recorded))
	}
	if w.actor {
		c = append(c, w.text(e.Actor))
	}
	if w.unit {
		c = append(c, w.text(e.Unit))
	}
	if w.seq {
		c = append(c, strconv.FormatInt(e.Seq, 10))
	}
	if w.id {
		c = append(c, e.ID)
	}
	c = append(c, ids...)
	for _, i := range w.attrs {
		v, k := w.l.Attrs[i].Get(r)
		c = append(c, w.value(w.l.Value(v, k)))
	}
	c = append(c, attrs...)
	for i, text := range c {
		w.cell(i, text)
	}
	w.cells = c
}

// spaces counts the names that lose the space around them when they are read.
func (w *writer) spaces(e *event.Event) {
	n := 0
	for _, name := range []string{e.Type, e.ID, e.Actor.Value, e.Unit.Value} {
		if table.Spaced(name) {
			n++
		}
	}
	for _, o := range e.Objects {
		if table.Spaced(o.ID) {
			n++
		}
	}
	w.lost.Add(errs.T("space around a name, which is taken off where a table is read", "名称前后的空格（读取表格时会去掉）"), n)
}

// place puts the event's objects and their attributes into their columns.
func (w *writer) place(e *event.Event) (ids, attrs []string) {
	ids, attrs = make([]string, len(w.objects)), make([]string, len(w.objAttrs))
	taken := make([]bool, len(w.objects))
	for i, o := range e.Objects {
		c := objectColumn{o.Type, o.Qualifier}
		at := slices.Index(w.objects, c)
		if taken[at] || o.ID == "" {
			w.lost.Add(errs.T("further object of one type and role in one event, or one without a name", "同一事件中同类同角色的其余对象，或无名称的对象"), 1)
			continue
		}
		taken[at] = true
		ids[at] = o.ID
		for _, a := range ownAttrs(e, i) {
			attrs[slices.Index(w.objAttrs, objectAttrColumn{c, a.Name})] = w.value(a.Value)
		}
	}
	return ids, attrs
}

func (w *writer) stamp(s event.Stamp) string {
	return event.Value{Kind: s.Kind, At: s.At}.Text(w.l.Zone)
}

var lostEmpty = errs.T("empty text (an empty cell is absent)", "空文字（空单元格即为缺失）")

func (w *writer) text(o event.Opt) string {
	if o.OK && o.Value == "" {
		w.lost.Add(lostEmpty, 1)
	}
	return o.Value
}

func (w *writer) value(v event.Value) string {
	switch v.Kind {
	case event.Strings:
		text := strings.Join(v.List, ";")
		back, _ := event.ParseText(event.Strings, text, w.l.Zone)
		if text == "" || !slices.Equal(back.List, v.List) {
			w.lost.Add(errs.T(`list whose texts hold ";" or begin or end with space`, "列表中的文字含“;”或首尾有空格"), 1)
		}
		return text
	case event.String:
		return w.text(event.Some(v.Str))
	}
	return v.Text(w.l.Zone)
}

// cell appends a cell, in quotes where it needs them.
func (w *writer) cell(i int, s string) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
	if !utf8.ValidString(s) {
		w.lost.Add(errs.T("text that isn't UTF-8, its bad bytes replaced", "含非 UTF-8 字节的文字，已替换"), 1)
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	if !strings.ContainsAny(s, ",;|\t\"\r\n") && s != "" && s[0] != ' ' && !strings.HasPrefix(s, "\ufeff") {
		w.b = append(w.b, s...)
		return
	}
	if s == "" {
		return
	}
	w.b = append(w.b, '"')
	for j := range len(s) {
		if s[j] == '"' {
			w.b = append(w.b, '"')
		}
		w.b = append(w.b, s[j])
	}
	w.b = append(w.b, '"')
}
