package xes

import (
	"bytes"
	"strconv"
	"strings"
	"unsafe"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// setter takes the value of an attribute to where it belongs.
type setter func(k *key, v event.Value)

// scalar is the value of the attribute that the scanner stands on, absent
// where it has none or where it isn't what the tag says, which is counted. A
// string is good until the next tag.
func (x *reader) scalar(s *scanner, k *key) event.Value {
	if s.value == nil {
		return event.Value{}
	}
	ok := false
	var v event.Value
	switch s.elem {
	case elString, elID:
		return event.Str(unsafe.String(unsafe.SliceData(s.value), len(s.value)))
	case elDate:
		v, ok = x.date(s.value)
	case elInt, elFloat:
		v.Kind = event.Number
		if v.Num, ok = number(s.value); ok && len(s.value) > 15 {
			return x.long(s, v)
		}
	case elBoolean:
		v, ok = boolean(s.value)
	}
	if !ok {
		x.b.Log().Attrs[x.column(k)].Mistyped++
		return event.Value{}
	}
	return v
}

// long looks at a number of many digits: a whole one that a float64 would round stays
// the text that it is, since it is an id as a rule, and is absent where a pack declares
// a number.
func (x *reader) long(s *scanner, v event.Value) event.Value {
	digits := strings.TrimSpace(string(s.value))
	if s.elem != elInt || !eventio.Rounded(v.Num, digits) {
		return v
	}
	return event.Str(digits) // Set counts it where a number is declared
}

func (x *reader) date(b []byte) (event.Value, bool) {
	t, day, ok := clock.ParseInstantBytes(bytes.TrimSpace(b), x.b.Zone())
	if day {
		return event.OnDay(t), ok
	}
	return event.At(t), ok
}

func boolean(b []byte) (event.Value, bool) {
	switch string(bytes.TrimSpace(b)) {
	case "true", "1":
		return event.Boolean(true), true
	case "false", "0":
		return event.Boolean(false), true
	}
	return event.Value{}, false
}

// number reads xs:long and xs:double. What has up to fifteen digits and no
// exponent is one exact division away (both numbers are exact in a float64);
// the rest is strconv's.
func number(b []byte) (float64, bool) {
	const exact = 15
	pow := [exact + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	var n uint64
	point := -1
	for i, c := range digits {
		switch {
		case c-'0' <= 9:
			n = n*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return slowNumber(b)
		}
	}
	seen := len(digits)
	f := float64(n)
	if point >= 0 {
		seen--
		f /= pow[min(exact, len(digits)-1-point)]
	}
	if seen == 0 || seen > exact {
		return slowNumber(b)
	}
	if len(digits) < len(b) {
		f = -f
	}
	return f, true
}

func slowNumber(b []byte) (float64, bool) {
	b = bytes.TrimSpace(b)
	if bytes.ContainsFunc(b, func(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }) {
		return 0, false // strconv reads more than XML Schema does: hexadecimals, names of infinity
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

// attribute reads an attribute and all that stands in it. What is longer lived
// than its tag is copied.
func (x *reader) attribute(s *scanner, k *key, set setter) error {
	if s.elem >= elList {
		return x.list(s, k, set)
	}
	var v event.Value
	if k.wanted {
		v = x.scalar(s, k)
	}
	if s.tok == tokOpen {
		v.Str = strings.Clone(v.Str)
		if err := x.nested(s, k, &v, set); err != nil {
			return err
		}
	}
	if v.Kind != event.Absent {
		set(k, v)
	}
	return nil
}

// nested reads the attributes in an attribute, whose names are parent/child.
// plumbline:day makes the parent's date a day.
func (x *reader) nested(s *scanner, parent *key, v *event.Value, set setter) error {
	return x.children(s, func() error {
		switch string(s.key) {
		case keyDay:
			if d, ok := x.date(s.value); ok && d.Kind == event.Day && (v.Kind == event.Time || v.Kind == event.Day) {
				*v = d
			}
			return x.pass(s)
		case keyFrom:
			return x.inForceFrom(s)
		}
		return x.attribute(s, x.below(parent, s.key), set)
	})
}

// below is the key of an attribute within an attribute.
func (x *reader) below(parent *key, name []byte) *key {
	x.path = append(append(append(x.path[:0], parent.name...), '/'), name...)
	return x.keys.find(x.path)
}

// children calls each for every attribute within the element that the scanner
// stands on; a list's <values> is seen through. It is for each to go past
// what it is called for.
func (x *reader) children(s *scanner, each func() error) error {
	if s.tok != tokOpen {
		return nil
	}
	values := 0
	for {
		if err := s.next(); err != nil {
			return err
		}
		var err error
		switch {
		case s.tok == tokEnd && values == 0:
			return nil
		case s.tok == tokEnd:
			values--
		case s.elem == elValues:
			if s.tok == tokOpen {
				values++
			}
		case s.elem > elContainer:
			if err = x.unknown(s, "attribute"); err == nil {
				err = x.pass(s)
			}
		case s.key == nil:
			err = x.setAside(s, noKey())
		default:
			err = each()
		}
		if err != nil {
			return err
		}
	}
}

func noKey() errs.Text {
	return errs.T("an attribute without a key; expected key=\"…\"", "属性没有 key；应有 key=\"…\"")
}

// list reads a list or container: the values of its children as strings, and
// lists in it as attributes of their own.
func (x *reader) list(s *scanner, k *key, set setter) error {
	items := []string{}
	inner := false
	err := x.children(s, func() error {
		if s.elem >= elList {
			inner = true
			return x.attribute(s, x.below(k, s.key), set)
		}
		if string(s.key) == keyFrom {
			return x.inForceFrom(s)
		}
		if s.value != nil && k.wanted {
			items = append(items, string(s.value))
		}
		if s.tok != tokOpen {
			return nil
		}
		return x.nested(s, x.below(k, s.key), &event.Value{}, set)
	})
	if err != nil {
		return err
	}
	if k.wanted && (len(items) > 0 || !inner) {
		set(k, event.List(items))
	}
	return nil
}

// inForceFrom reads plumbline:from.
func (x *reader) inForceFrom(s *scanner) error {
	if d, ok := x.date(s.value); ok {
		x.from = d.At
	}
	return x.pass(s)
}

// eventPart reads an attribute of the pending event that is more than one.
func (x *reader) eventPart(s *scanner, k *key) error {
	switch {
	case k.part == partObjects && s.elem == elList:
		return x.objects(s, x.tieTo, x.b.SetObject)
	case k.part == partAttributes && s.elem >= elList:
		return x.children(s, func() error { return x.attribute(s, x.keys.find(s.key), x.setEvent) })
	case s.elem >= elList, k.part == partObjects, k.part == partAttributes:
		x.blame(errs.Tf("%q is of another kind than expected", "%q 的类型不符合要求", k.name),
			errs.T("a type, time, actor, unit, id or number is one value, not a list", "类型、时间、经办人、单位、编号都应是单个值，不能是列表"))
		return x.pass(s)
	case s.value == nil:
		return x.pass(s)
	}
	if k.part == partTime || k.part == partRecorded {
		return x.eventTime(s, k)
	}
	switch k.part {
	case partType:
		x.b.Type(s.value)
	case partActor:
		x.b.Actor(s.value)
	case partUnit:
		x.b.Unit(s.value)
	case partID:
		x.b.ID(s.value)
	case partSeq:
		n, err := strconv.ParseInt(strings.TrimSpace(string(s.value)), 10, 64)
		if err != nil {
			x.blame(errs.Tf("%q has %q; expected a whole number", "%q 的值为 %q；应为整数", k.name, clip(s.value)), errs.Text{})
		}
		x.b.Seq(n)
	case partObject:
		x.links = append(x.links, tie{x.b.Object(k.objType, s.value), k.qualifier})
	}
	if s.tok == tokOpen {
		return x.nested(s, k, &event.Value{}, x.setEvent)
	}
	return nil
}

// eventTime reads when the pending event happened or was entered.
func (x *reader) eventTime(s *scanner, k *key) error {
	v, ok := x.date(s.value)
	if !ok {
		x.blame(errs.Tf("%q has %q, which is no time; expected 2026-03-01T09:10:00+01:00", "%q 的值 %q 不是时间；应形如 2026-03-01T09:10:00+01:00", k.name, clip(s.value)),
			errs.T("mend the value, or name another attribute with --map", "请修改该值，或用 --map 指定其他属性"))
	}
	if s.tok == tokOpen {
		if err := x.nested(s, k, &v, x.setEvent); err != nil {
			return err
		}
	}
	if k.part == partTime {
		x.b.Time(v.At, v.Kind == event.Day)
	} else {
		x.b.Recorded(v.At, v.Kind == event.Day)
	}
	return nil
}

// objects reads plumbline:objects: each child an object, its children the
// qualifier and its attributes.
func (x *reader) objects(s *scanner, found func(o event.ObjectID, typ, id, qualifier string), set func(event.ObjectID, int, event.Value)) error {
	return x.children(s, func() error {
		typ, id, qualifier := string(s.key), string(s.value), ""
		if s.elem > elID || typ == "" {
			return x.setAside(s, errs.T("plumbline:objects has something else than objects; expected their type as key and their id as value", "plumbline:objects 中有非对象的内容；应以类型为 key、以编号为 value"))
		}
		if x.b.Log().Objects.Types.Len() > maxTypes {
			return s.limit(s.at, errs.Tf("more than %d types of objects", "对象类型超过 %d 种", maxTypes))
		}
		o := x.b.Object(typ, []byte(id))
		put := func(k *key, v event.Value) { set(o, x.column(k), v) }
		err := x.children(s, func() error {
			switch {
			case s.elem <= elID && string(s.key) == keyQualifier:
				qualifier = string(s.value)
				return x.pass(s)
			case s.elem >= elList && string(s.key) == keyAttributes:
				return x.children(s, func() error { return x.attribute(s, x.keys.find(s.key), put) })
			}
			return x.attribute(s, x.keys.find(s.key), put)
		})
		if err == nil {
			found(o, typ, id, qualifier)
		}
		return err
	})
}

// tieTo ties the pending event to an object.
func (x *reader) tieTo(o event.ObjectID, typ, id, qualifier string) {
	x.links = append(x.links, tie{o, qualifier})
	if typ == x.caseType && id == string(x.trace.name) {
		x.listed = true
	}
}

// datedObjects reads plumbline:objects of the log: attributes in force from an
// instant.
func (x *reader) datedObjects(s *scanner) error {
	return x.objects(s, func(event.ObjectID, string, string, string) {}, func(o event.ObjectID, col int, v event.Value) {
		x.b.SetObjectAt(o, col, v, x.from)
	})
}
