package rule

import (
	celast "cel.dev/cel-go/common/ast"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// place is where a field's value is kept.
type place uint8

const (
	ofEvent  place = iota // an attribute of an event: a column
	ofObject              // an attribute of the case
	ofRow                 // a field that the event itself has
	ofID                  // case.id
)

// fieldRef is a field that an expression names.
type fieldRef struct {
	of   place
	when bool   // of the activating event
	name string // of ofRow: type, time, recorded, actor, unit, id
	attr string // of ofEvent and ofObject
	kind event.Kind
}

// field is the field that e names, ok false if it names none.
func (c *compiler) field(e celast.Expr) (fieldRef, bool) {
	if e.Kind() != celast.SelectKind || e.AsSelect().IsTestOnly() {
		return fieldRef{}, false
	}
	return c.fieldOf(e.AsSelect())
}

func (c *compiler) fieldOf(s celast.SelectExpr) (fieldRef, bool) {
	if isAttrs(s.Operand()) {
		f := fieldRef{attr: s.FieldName(), kind: c.e.kindOf(s.FieldName())}
		switch isVariable(s.Operand().AsSelect().Operand()) {
		case "when":
			f.when = true
		case "case":
			f.of = ofObject
		}
		return f, true
	}
	f := fieldRef{of: ofRow, name: s.FieldName(), kind: event.String}
	switch isVariable(s.Operand()) {
	case "it":
	case "when":
		f.when = true
	case "case":
		f.of = ofID
	default:
		return f, false
	}
	switch f.name {
	case "time", "recorded":
		f.kind = event.Time
	case "attr":
		f.kind = event.Absent
	}
	return f, true
}

// column is an attribute of a log that may be growing: where nothing has it
// yet it is looked for again as soon as the log has got new columns.
type column struct {
	log  *event.Log
	name string
	col  *event.Column
	seen int // columns of the log when it was bound
}

func (c *compiler) column(name string) *column {
	col := c.log.Attr(name)
	if col != nil {
		c.reads.Attrs = append(c.reads.Attrs, col)
	}
	return &column{c.log, name, col, len(c.log.Attrs)}
}

func (c *column) get(row uint32) (uint64, event.Kind) {
	col := c.col
	if col == nil {
		if col = c.late(); col == nil {
			return 0, event.Absent
		}
	}
	return col.Get(row)
}

func (c *column) late() *event.Column {
	if len(c.log.Attrs) == c.seen {
		return nil
	}
	return c.log.Attr(c.name)
}

// raw is the 8 bytes of an attribute of an event or of the case.
func (c *compiler) raw(f fieldRef) func(it, when uint32, obj event.ObjectID) (uint64, event.Kind) {
	if f.of == ofObject {
		l, name := c.log, f.attr
		return func(_, when uint32, obj event.ObjectID) (uint64, event.Kind) {
			i := l.AttrIndex(name)
			if obj == 0 || i < 0 {
				return 0, event.Absent
			}
			return l.ObjectAttr(obj, i, when)
		}
	}
	col, ofWhen := c.column(f.attr), f.when
	return func(it, when uint32, _ event.ObjectID) (uint64, event.Kind) {
		if ofWhen {
			it = when
		}
		return col.get(it)
	}
}

// flag is a bool attribute as a condition.
func (c *compiler) flag(f fieldRef) Test {
	raw := c.raw(f)
	return func(it, when uint32, obj event.ObjectID) clock.Tri {
		v, k := raw(it, when, obj)
		if k != event.Bool {
			return clock.Unknown
		}
		return tri(v != 0)
	}
}

// has says whether a field is there. Of a case that isn't there it has no
// value.
func (c *compiler) has(s celast.SelectExpr) Test {
	f, ok := c.fieldOf(s)
	if !ok {
		return nil
	}
	l, ofWhen := c.log, f.when
	switch {
	case f.of == ofEvent:
		col, want := c.column(f.attr), f.kind
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			if ofWhen {
				it = when
			}
			_, k := col.get(it)
			return tri(sameKind(k, want))
		}
	case f.of == ofObject:
		raw, want := c.raw(f), f.kind
		return func(it, when uint32, obj event.ObjectID) clock.Tri {
			if obj == 0 {
				return clock.Unknown
			}
			_, k := raw(it, when, obj)
			return tri(sameKind(k, want))
		}
	case f.of == ofID:
		return func(_, _ uint32, obj event.ObjectID) clock.Tri {
			if obj == 0 {
				return clock.Unknown
			}
			return clock.Yes
		}
	case f.name == "actor" || f.name == "unit":
		code := c.code(f)
		return func(it, when uint32, _ event.ObjectID) clock.Tri { return tri(code(it, when) != 0) }
	case f.name == "recorded":
		return func(it, when uint32, _ event.ObjectID) clock.Tri {
			if ofWhen {
				it = when
			}
			_, ok := instantAt(l.Recorded, it)
			return tri(ok)
		}
	}
	return func(uint32, uint32, event.ObjectID) clock.Tri { return clock.Yes }
}

// code is the code, in the log's Strings, of a field that has one there: actor,
// unit, a string attribute of an event; 0 is absent. nil for other fields.
func (c *compiler) code(f fieldRef) func(it, when uint32) uint32 {
	l, ofWhen := c.log, f.when
	switch {
	case f.of == ofRow && (f.name == "actor" || f.name == "unit"):
		col := &l.Actor // the log may grow: its column is looked at each time
		if f.name == "unit" {
			col = &l.Unit
		}
		c.reads.Actor, c.reads.Unit = c.reads.Actor || f.name == "actor", c.reads.Unit || f.name == "unit"
		return func(it, when uint32) uint32 {
			if ofWhen {
				it = when
			}
			if codes := *col; int(it) < len(codes) {
				return codes[it]
			}
			return 0
		}
	case f.of == ofEvent && f.kind == event.String:
		col := c.column(f.attr)
		return func(it, when uint32) uint32 {
			if ofWhen {
				it = when
			}
			v, k := col.get(it)
			if k != event.String {
				return 0
			}
			return uint32(v)
		}
	}
	return nil
}
