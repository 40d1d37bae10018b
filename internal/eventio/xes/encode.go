package xes

import (
	"strconv"
	"unicode/utf8"

	"plumbline/internal/event"
)

// The names that an attribute can't stand under directly, because they say
// something else there.
var (
	reservedInTrace  = names(keyName, keyAttributes)
	reservedInEvent  = names(keyName, keyTime, keyResource, keyGroup, keyID, keySeq, keyRecorded, keyObjects, keyAttributes)
	reservedInObject = names(keyQualifier, keyAttributes)
)

func names(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range list {
		m[n] = true
	}
	return m
}

// guarded writes attributes, those of a reserved name in plumbline:attributes.
// inside writes what stands in each; it may be nil.
func (x *writer) guarded(reserved map[string]bool, attrs []event.Attr, inside func()) {
	kept := false
	for _, a := range attrs {
		if reserved[a.Name] {
			kept = true
		} else {
			x.attr(a, inside)
		}
	}
	if !kept {
		return
	}
	x.open("container", keyAttributes)
	for _, a := range attrs {
		if reserved[a.Name] {
			x.attr(a, inside)
		}
	}
	x.buf = append(x.buf, "</container>\n"...)
}

// attr writes one attribute.
func (x *writer) attr(a event.Attr, inside func()) {
	v := a.Value
	tag, value, day := "string", "", ""
	switch v.Kind {
	case event.Absent:
		return
	case event.Strings:
		x.open("list", a.Name)
		if inside != nil {
			inside()
		}
		x.buf = append(x.buf, "<values>\n"...)
		for _, s := range v.List {
			x.text("string", "item", s, "")
		}
		x.endList()
		return
	case event.String:
		value = v.Str
	case event.Number:
		if tag = "int"; x.broken[a.Name] {
			tag = "float"
		}
		value = event.FormatNumber(v.Num)
	case event.Bool:
		tag, value = "boolean", strconv.FormatBool(v.Num != 0)
	case event.Time:
		tag, value = "date", x.l.Zone.Format(v.At)
	case event.Day:
		tag, value, day = "date", x.l.Zone.Format(v.At), x.l.Zone.Date(v.At).String()
	}
	if inside == nil {
		x.text(tag, a.Name, value, day)
		return
	}
	x.start(tag, a.Name, value)
	x.buf = append(x.buf, ">\n"...)
	if day != "" {
		x.text("string", keyDay, day, "")
	}
	inside()
	x.end(tag)
}

// stamp writes a time of the event itself.
func (x *writer) stamp(key string, s event.Stamp) {
	switch s.Kind {
	case event.Time:
		x.text("date", key, x.l.Zone.Format(s.At), "")
	case event.Day:
		x.text("date", key, x.l.Zone.Format(s.At), x.l.Zone.Date(s.At).String())
	}
}

// object writes one of the objects in plumbline:objects.
func (x *writer) object(typ, id, qualifier string, attrs func()) {
	x.start("string", typ, id)
	x.buf = append(x.buf, ">\n"...)
	if qualifier != "" {
		x.text("string", keyQualifier, qualifier, "")
	}
	attrs()
	x.end("string")
}

// text writes <tag key="…" value="…"/>, with plumbline:day inside if day isn't
// empty.
func (x *writer) text(tag, key, value, day string) {
	x.start(tag, key, value)
	if day == "" {
		x.buf = append(x.buf, "/>\n"...)
		return
	}
	x.buf = append(x.buf, ">"...)
	x.text("string", keyDay, day, "")
	x.end(tag)
}

func (x *writer) start(tag, key, value string) {
	x.buf = append(append(append(x.buf, '<'), tag...), ` key="`...)
	x.escape(key)
	x.buf = append(x.buf, `" value="`...)
	x.escape(value)
	x.buf = append(x.buf, '"')
}

func (x *writer) end(tag string) {
	x.buf = append(append(append(x.buf, "</"...), tag...), ">\n"...)
}

// open begins a list or container.
func (x *writer) open(tag, key string) {
	x.buf = append(append(append(x.buf, '<'), tag...), ` key="`...)
	x.escape(key)
	x.buf = append(x.buf, "\">\n"...)
}

func (x *writer) list(key string) {
	x.open("list", key)
	x.buf = append(x.buf, "<values>\n"...)
}

func (x *writer) endList() { x.buf = append(x.buf, "</values></list>\n"...) }

// escape writes a value: what XML would read otherwise by number, and what it
// can't hold at all as U+FFFD.
func (x *writer) escape(s string) {
	bad := false
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"':
				x.buf = append(x.buf, "&quot;"...)
			case c == '&':
				x.buf = append(x.buf, "&amp;"...)
			case c == '<':
				x.buf = append(x.buf, "&lt;"...)
			case c == '>':
				x.buf = append(x.buf, "&gt;"...)
			case c == '\t' || c == '\n' || c == '\r':
				x.buf = append(strconv.AppendInt(append(x.buf, "&#"...), int64(c), 10), ';')
			case c < ' ':
				bad = true
				x.buf = utf8.AppendRune(x.buf, utf8.RuneError)
			default:
				x.buf = append(x.buf, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		bad = bad || r == utf8.RuneError && n == 1 || !inXML(r)
		if !inXML(r) {
			r = utf8.RuneError
		}
		x.buf = utf8.AppendRune(x.buf, r)
		i += n
	}
	if bad {
		x.bad++
	}
}
