package xes

import (
	"io"
	"math"
	"slices"
	"strconv"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Write writes a log as XES (IEEE 1849-2016): a trace per case or, where no
// event is about a case, per object of the type that most events are about.
// See [WriteBy].
func Write(w io.Writer, l *event.Log) (eventio.Lost, error) {
	n := make([]int, l.Objects.Types.Len()+1)
	var buf [1]event.Link
	for r := range uint32(l.Rows()) {
		for _, k := range l.Links(r, &buf) {
			n[l.Objects.Type(k.Object)]++
		}
	}
	if c := l.Objects.Types.Find("case"); c != 0 && n[c] > 0 {
		return WriteBy(w, l, "case")
	}
	most := 0
	for c := range n {
		if n[c] > n[most] {
			most = c
		}
	}
	return WriteBy(w, l, l.Objects.Types.Name(uint32(most)))
}

// WriteBy writes a log with a trace per object of type per. Every event is
// written once, in the trace of the first such object that it names; its other
// objects, and all that XES has no word for, stand under keys of our own (see
// the package comment), so that [Read] gives the same events. plumbline:seq is
// left out where the position in the file says the same.
//
// Lost counts what is not in the file: times of receipt, sources, corrections
// that wait for their event, objects that no event is about, and characters
// that XML can't hold (replaced by U+FFFD). Errors are those of w.
func WriteBy(w io.Writer, l *event.Log, per string) (eventio.Lost, error) {
	x := &writer{w: w, l: l, per: per, perType: uint16(l.Objects.Types.Find(per)), lost: eventio.Lost{}}
	x.arrange()
	x.head()
	for _, t := range x.traces {
		x.trace(t)
	}
	for _, r := range x.loose {
		e := l.Event(r)
		x.event(&e, nil, 0)
	}
	x.buf = append(x.buf, "</log>\n"...)
	x.flush()
	x.count()
	return x.lost, x.err
}

type writer struct {
	w       io.Writer
	l       *event.Log
	per     string
	perType uint16
	lost    eventio.Lost
	err     error
	buf     []byte

	traces [][]uint32 // rows in the order of events
	loose  []uint32   // rows of no trace
	seq    bool       // positions don't say it
	broken map[string]bool
	bad    int // texts with characters that XML can't hold
	about  []bool
	naming int // objects without a type
}

// arrange sorts the rows into traces and finds out what need not be written.
func (x *writer) arrange() {
	l := x.l
	rows := make([][]uint32, l.Objects.Len()+1)
	x.about = make([]bool, l.Objects.Len()+1)
	var buf [1]event.Link
	for r := range uint32(l.Rows()) {
		if l.Dead.Has(r) {
			continue
		}
		in := event.ObjectID(0)
		for _, k := range l.Links(r, &buf) {
			x.about[k.Object] = true
			if in == 0 && x.perType != 0 && l.Objects.Type(k.Object) == x.perType && l.Objects.Name(k.Object) != "" {
				in = k.Object
			}
		}
		rows[in] = append(rows[in], r)
	}
	place := int64(0)
	for o, list := range rows {
		l.Sort(list)
		if o > 0 && len(list) > 0 {
			x.traces = append(x.traces, list)
			place = x.inPlace(list, place)
		}
	}
	x.loose = rows[0]
	x.inPlace(x.loose, place)
	x.findBroken()
}

// inPlace sees whether positions after place say what seq says.
func (x *writer) inPlace(rows []uint32, place int64) int64 {
	for _, r := range rows {
		place++
		x.seq = x.seq || x.l.SeqOf(r) != place
	}
	return place
}

// findBroken finds the attributes of which some number isn't whole, so that one
// attribute is of one XES type throughout.
func (x *writer) findBroken() {
	x.broken = map[string]bool{}
	see := func(name string, v event.Value) {
		if v.Kind == event.Number && (v.Num != math.Trunc(v.Num) || math.Abs(v.Num) >= 1<<53) {
			x.broken[name] = true
		}
	}
	for _, c := range x.l.Attrs {
		if !c.Kinds(event.Number) {
			continue
		}
		for r := range uint32(x.l.Rows()) {
			if v, k := c.Get(r); k == event.Number {
				see(c.Name, x.l.Value(v, k))
			}
		}
	}
	for o := 1; o <= x.l.Objects.Len(); o++ {
		for _, s := range x.l.ObjectAttrs(event.ObjectID(o)) {
			see(s.Name, s.Value)
		}
	}
}

// head writes what stands before the traces.
func (x *writer) head() {
	x.buf = append(x.buf, `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
`...)
	x.extension("Concept", "concept")
	x.extension("Time", "time")
	if x.l.Actor != nil || x.l.Unit != nil {
		x.extension("Organizational", "org")
	}
	if x.l.Attr("lifecycle:transition") != nil {
		x.extension("Lifecycle", "lifecycle")
	}
	x.extension("Identity", "identity")
	x.buf = append(x.buf, `<extension name="Plumbline" prefix="plumbline" uri="urn:plumbline:xes"/>
<global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>
<global scope="event"><string key="concept:name" value="UNKNOWN"/><date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
<classifier name="Activity" keys="concept:name"/>
`...)
	if x.per != "case" && len(x.traces) > 0 {
		x.text("string", keyPer, x.per, "")
	}
	x.dated()
}

func (x *writer) extension(name, prefix string) {
	x.buf = append(x.buf, `<extension name="`+name+`" prefix="`+prefix+`" uri="http://www.xes-standard.org/`+prefix+`.xesext"/>`+"\n"...)
}

// dated writes the attributes of objects that an instant brings into force.
func (x *writer) dated() {
	open := false
	for o := event.ObjectID(1); int(o) <= x.l.Objects.Len(); o++ {
		var settings []event.ObjectSetting
		for _, s := range x.l.ObjectAttrs(o) {
			if s.Row < 0 {
				settings = append(settings, s)
			}
		}
		if len(settings) == 0 {
			continue
		}
		x.about[o] = true
		if !open {
			open = true
			x.list(keyObjects)
		}
		x.object(x.l.Objects.TypeName(o), x.l.Objects.Name(o), "", func() {
			for _, s := range settings {
				x.guarded(reservedInObject, []event.Attr{{Name: s.Name, Value: s.Value}}, func() {
					x.text("date", keyFrom, x.l.Zone.Format(s.At), "")
				})
			}
		})
	}
	if open {
		x.endList()
	}
}

// trace writes the events of one object.
func (x *writer) trace(rows []uint32) {
	e := x.l.Event(rows[0])
	own := x.own(&e)
	x.buf = append(x.buf, "<trace>\n"...)
	x.text("string", keyName, own.ID, "")
	// Of two events at one place the reader couldn't tell which is the earliest.
	tied := len(rows) > 1 && x.l.Time[rows[0]] == x.l.Time[rows[1]] && x.l.SeqOf(rows[0]) == x.l.SeqOf(rows[1])
	if !tied {
		x.guarded(reservedInTrace, lastOf(own.Attrs), nil)
	}
	for i, r := range rows {
		e := x.l.Event(r)
		own := x.own(&e)
		if i == 0 && !tied {
			x.event(&e, own, len(own.Attrs))
		} else {
			x.event(&e, own, 0)
		}
	}
	x.buf = append(x.buf, "</trace>\n"...)
}

// own is the object of an event in whose trace it stands.
func (x *writer) own(e *event.Event) *event.Object {
	for i := range e.Objects {
		if o := &e.Objects[i]; o.Type == x.per && o.ID != "" {
			return o
		}
	}
	return nil
}

// event writes an event of the trace of own (nil: of none), of whose
// attributes the trace has said the first `said`, which is all or none.
func (x *writer) event(e *event.Event, own *event.Object, said int) {
	x.buf = append(x.buf, "<event>\n"...)
	x.text("string", keyName, e.Type, "")
	x.stamp(keyTime, e.Time)
	if e.Actor.OK {
		x.text("string", keyResource, e.Actor.Value, "")
	}
	if e.Unit.OK {
		x.text("string", keyGroup, e.Unit.Value, "")
	}
	if e.ID != "" {
		x.text("id", keyID, e.ID, "")
	}
	if x.seq {
		x.text("int", keySeq, strconv.FormatInt(e.Seq, 10), "")
	}
	x.stamp(keyRecorded, e.Recorded)
	x.guarded(reservedInEvent, e.Attrs, nil)
	x.objects(e, own, said)
	x.buf = append(x.buf, "</event>\n"...)
	if len(x.buf) > 1<<16 {
		x.flush()
	}
}

// objects writes what the trace alone doesn't say of an event's objects.
func (x *writer) objects(e *event.Event, own *event.Object, said int) {
	rest := e.Objects
	if own != nil && own == &rest[0] && own.Qualifier == "" && len(own.Attrs) == said &&
		!slices.ContainsFunc(rest[1:], func(o event.Object) bool { return o.Type == own.Type && o.ID == own.ID }) {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return
	}
	x.list(keyObjects)
	for i, o := range rest {
		if o.Type == "" {
			x.naming++
			continue
		}
		again := slices.ContainsFunc(rest[:i], func(p event.Object) bool { return p.Type == o.Type && p.ID == o.ID })
		isOwn := own != nil && o.Type == own.Type && o.ID == own.ID
		x.object(o.Type, o.ID, o.Qualifier, func() {
			if !again && !(isOwn && said > 0) {
				x.guarded(reservedInObject, lastOf(o.Attrs), nil)
			}
		})
	}
	x.endList()
}

// lastOf leaves of the values that one event gives an attribute the last.
func lastOf(attrs []event.Attr) []event.Attr {
	var out []event.Attr
	for i, a := range attrs {
		if !slices.ContainsFunc(attrs[i+1:], func(b event.Attr) bool { return b.Name == a.Name }) {
			out = append(out, a)
		}
	}
	return out
}

// count says what the file doesn't hold.
func (x *writer) count() {
	l := x.l
	received, sources, unnamed := 0, 0, 0
	for r := range uint32(l.Rows()) {
		if l.Dead.Has(r) {
			continue
		}
		if l.Received != nil && l.Received[r] != event.NoTime {
			received++
		}
		if l.SourceOf(r) != l.Origin {
			sources++
		}
	}
	for _, a := range x.about[1:] {
		if !a {
			unnamed++
		}
	}
	x.lost.Add(errs.T("time at which the service took an event", "系统接收事件的时间"), received)
	x.lost.Add(errs.T("source of an event, where there are several", "事件的来源（多来源时）"), sources)
	x.lost.Add(errs.T("correction or voiding whose event isn't in the log", "更正或撤销，但日志中没有其所指事件"), len(l.Waiting))
	x.lost.Add(errs.T("object that no event is about", "没有任何事件涉及的对象"), unnamed)
	x.lost.Add(errs.T("object without a type", "没有类型的对象"), x.naming)
	x.lost.Add(errs.T("text with characters that XML can't hold, replaced by U+FFFD", "含 XML 不允许字符的文字，已替换为 U+FFFD"), x.bad)
}

func (x *writer) flush() {
	if x.err == nil {
		_, x.err = x.w.Write(x.buf)
	}
	x.buf = x.buf[:0]
}
