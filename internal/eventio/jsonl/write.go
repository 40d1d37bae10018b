package jsonl

import (
	"bufio"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Write writes a log, an event a line, in the order of events. Lost counts
// what JSON can't hold: attributes that objects got by no event of theirs,
// corrections that wait for their event, text that isn't UTF-8. Errors are
// those of w.
func Write(w io.Writer, l *event.Log) (eventio.Lost, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	lost := eventio.Lost{}
	lost.Add(errs.T("correction or voiding whose event isn't in the log", "更正或撤销，但日志中没有其所指事件"), len(l.Waiting))
	lost.Add(errs.T("attribute of an object that no event set", "并非由事件设定的对象属性"), undated(l))
	rows, inPlace := l.InOrder()
	enc := encoder{zone: l.Zone, origin: l.Origin, seq: !inPlace}
	for _, r := range rows {
		e := l.Event(r)
		enc.b = enc.b[:0]
		enc.event(&e)
		if _, err := out.Write(enc.b); err != nil {
			return lost, err
		}
	}
	lost.Add(errs.T("text that isn't UTF-8, its bad bytes replaced", "含非 UTF-8 字节的文字，已替换"), enc.badText)
	return lost, out.Flush()
}

// undated counts the attributes of objects that stand apart from events.
func undated(l *event.Log) (n int) {
	for o := range l.Objects.Len() {
		for _, s := range l.ObjectAttrs(event.ObjectID(o + 1)) {
			if s.Row < 0 {
				n++
			}
		}
	}
	return n
}

// encoder appends events to b.
type encoder struct {
	b       []byte
	zone    *clock.Zone
	origin  string
	seq     bool
	badText int
}

func (c *encoder) event(e *event.Event) {
	c.b = append(c.b, '{')
	if e.ID != "" {
		c.field("id", e.ID)
	}
	if e.Type != "" { // a voiding has none
		c.field("type", e.Type)
	}
	c.stamp("time", e.Time)
	if c.seq && e.HasSeq {
		c.key("seq")
		c.b = strconv.AppendInt(c.b, e.Seq, 10)
	}
	c.stamp("recorded", e.Recorded)
	if e.Actor.OK {
		c.field("actor", e.Actor.Value)
	}
	if e.Unit.OK {
		c.field("unit", e.Unit.Value)
	}
	if e.Source != "" && e.Source != c.origin {
		c.field("source", e.Source)
	}
	if e.Corrects != "" {
		c.field("corrects", e.Corrects)
	}
	if e.Voids != "" {
		c.field("voids", e.Voids)
	}
	c.key("objects")
	c.b = append(c.b, '[')
	for i := range e.Objects {
		if i > 0 {
			c.b = append(c.b, ", "...)
		}
		o := &e.Objects[i]
		c.object(o, !slices.ContainsFunc(e.Objects[:i], func(p event.Object) bool { return p.Type == o.Type && p.ID == o.ID }))
	}
	c.b = append(c.b, ']')
	c.attributes(e.Attrs)
	c.b = append(c.b, "}\n"...)
}

// object appends an object; its attributes stand once, with the first of its
// roles.
func (c *encoder) object(o *event.Object, first bool) {
	c.b = append(c.b, '{')
	c.field("type", o.Type)
	c.field("id", o.ID)
	if o.Qualifier != "" {
		c.field("qualifier", o.Qualifier)
	}
	if first {
		c.attributes(o.Attrs)
	}
	c.b = append(c.b, '}')
}

func (c *encoder) attributes(attrs []event.Attr) {
	if len(attrs) == 0 {
		return
	}
	c.key("attributes")
	c.b = append(c.b, '{')
	for i, a := range attrs {
		if slices.ContainsFunc(attrs[i+1:], func(b event.Attr) bool { return b.Name == a.Name }) {
			continue // set twice by one event: the last is in force
		}
		c.key(a.Name)
		c.value(a.Value)
	}
	c.b = append(c.b, '}')
}

func (c *encoder) value(v event.Value) {
	switch v.Kind {
	case event.Number:
		if math.Abs(v.Num) > 1<<53 { // with an exponent: the digits of a whole number would have to be exact
			c.b = strconv.AppendFloat(c.b, v.Num, 'e', -1, 64)
			return
		}
		c.b = append(c.b, v.Text(c.zone)...)
	case event.Bool:
		c.b = append(c.b, v.Text(c.zone)...)
	case event.Strings:
		c.b = append(c.b, '[')
		for i, s := range v.List {
			if i > 0 {
				c.b = append(c.b, ", "...)
			}
			c.str(s)
		}
		c.b = append(c.b, ']')
	default:
		c.str(v.Text(c.zone))
	}
}

func (c *encoder) stamp(key string, s event.Stamp) {
	if s.Kind != event.Absent {
		c.field(key, event.Value{Kind: s.Kind, At: s.At}.Text(c.zone))
	}
}

// key begins a member.
func (c *encoder) key(name string) {
	if c.b[len(c.b)-1] != '{' {
		c.b = append(c.b, ", "...)
	}
	c.str(name)
	c.b = append(c.b, ": "...)
}

func (c *encoder) field(name, value string) {
	c.key(name)
	c.str(value)
}

// str appends a string in quotes.
func (c *encoder) str(s string) {
	const hex = "0123456789abcdef"
	c.b = append(c.b, '"')
	bad := false
	for i := 0; i < len(s); {
		ch := s[i]
		switch {
		case ch >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			bad = bad || r == utf8.RuneError && n == 1
			c.b = utf8.AppendRune(c.b, r)
			i += n
			continue
		case ch == '"' || ch == '\\':
			c.b = append(c.b, '\\', ch)
		case ch == '\n':
			c.b = append(c.b, `\n`...)
		case ch == '\t':
			c.b = append(c.b, `\t`...)
		case ch < ' ' || ch == 0x7f:
			c.b = append(c.b, '\\', 'u', '0', '0', hex[ch>>4], hex[ch&15])
		default:
			c.b = append(c.b, ch)
		}
		i++
	}
	if bad {
		c.badText++
	}
	c.b = append(c.b, '"')
}
