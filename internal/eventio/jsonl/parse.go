package jsonl

import (
	"errors"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// fields are the keys of an event.
var fields = []string{"id", "type", "time", "seq", "recorded", "actor", "unit", "source", "objects", "attributes", "corrects", "voids", "case"}

var objectFields = []string{"type", "id", "qualifier", "attributes"}

// parser turns the JSON of one event after the other into events, whose slices
// it uses again.
type parser struct {
	s     scanner
	zone  *clock.Zone
	wants func(string) bool
	e     event.Event
	seen  map[string]bool // keys of an object with many
}

// parse reads one event, and nothing may stand behind it.
func (p *parser) parse(b []byte) *problem {
	p.s = scanner{b: b}
	p.e = event.Event{Objects: p.e.Objects[:0], Attrs: p.e.Attrs[:0]}
	seen := 0
	if pr := p.s.members(func(key string, at int) *problem {
		i := slices.Index(fields, key)
		if i < 0 {
			return unknownKey(at, key)
		}
		if seen&(1<<i) != 0 {
			return twice(at, key)
		}
		seen |= 1 << i
		if p.s.null() {
			return nil
		}
		return p.field(key)
	}); pr != nil {
		return pr
	}
	if p.s.peek() != 0 {
		return p.s.fail("%s behind the event; expected one event a line", "事件之后还有 %s；应每行一个事件", p.s.found())
	}
	if p.e.Corrects != "" && p.e.Voids != "" {
		return &problem{what: errs.T(`an event that both corrects and voids another; expected one of the two`, "一个事件不能既更正又撤销另一事件；只能二者之一")}
	}
	return nil
}

func unknownKey(at int, key string) *problem {
	key = strings.ToValidUTF8(key[:min(len(key), 60)], "")
	switch {
	case key == "received":
		return &problem{at, errs.T(`"received" is set by the service that takes an event, never by its source`, "“received”由接收服务设置，来源不得填写"),
			errs.T(`remove it; when the event was entered is "recorded"`, "请删除；录入时间应写在“recorded”")}
	case strings.HasPrefix(key, "ocel:") || key == "objectTypes" || key == "eventTypes":
		return &problem{at, errs.Tf("%q is of an OCEL log, not of an event", "%q 属于 OCEL 日志，而不是事件", key),
			errs.T("name the file .jsonocel", "请将文件命名为 .jsonocel")}
	}
	return &problem{at, errs.Tf("unknown key %q", "未知的键 %q", key), errs.DidYouMean(key, fields)}
}

func twice(at int, key string) *problem {
	return &problem{at: at, what: errs.Tf("key %q stands twice in one object; expected once", "同一对象中键 %q 出现两次；应只出现一次", key[:min(len(key), 200)])}
}

// field reads the value of a key of the event.
func (p *parser) field(key string) (pr *problem) {
	e := &p.e
	switch key {
	case "id":
		e.ID, pr = p.name()
	case "type":
		e.Type, pr = p.name()
	case "time":
		e.Time, pr = p.stamp()
	case "seq":
		e.Seq, pr = p.s.integer()
		e.HasSeq = true
	case "recorded":
		e.Recorded, pr = p.stamp()
	case "actor":
		e.Actor.Value, pr = p.text()
		e.Actor.OK = true
	case "unit":
		e.Unit.Value, pr = p.text()
		e.Unit.OK = true
	case "source":
		e.Source, pr = p.name()
	case "corrects":
		e.Corrects, pr = p.name()
		e.Corrects = strings.Clone(e.Corrects)
	case "voids":
		e.Voids, pr = p.name()
		e.Voids = strings.Clone(e.Voids)
	case "case":
		var id string
		id, pr = p.text()
		p.object(event.Object{Type: "case", ID: id})
	case "objects":
		return p.s.elements(p.oneObject)
	case "attributes":
		e.Attrs, pr = p.attributes(e.Attrs)
	}
	return pr
}

func (p *parser) text() (string, *problem) { return p.s.str("a string", "字符串") }

// name reads a string that can't be empty.
func (p *parser) name() (string, *problem) {
	p.s.space()
	at := p.s.i
	text, pr := p.text()
	if pr == nil && text == "" {
		return "", &problem{at: at, what: errs.T("an empty name; expected a text, or null for none", "名称为空；应为文字，没有则写 null")}
	}
	return text, pr
}

func (p *parser) stamp() (event.Stamp, *problem) {
	p.s.space()
	at := p.s.i
	text, pr := p.s.str("a time as a string", "字符串形式的时间")
	if pr != nil {
		return event.Stamp{}, pr
	}
	t, day, err := clock.ParseInstant(text, p.zone)
	if err != nil {
		return event.Stamp{}, &problem{at: at, what: errs.T(err.Error(), "无法读取时间 "+text[:min(len(text), 64)]+"；应如 2026-03-01T09:10:00+01:00（本地时间可省略时差），或仅日期 2026-03-01")}
	}
	if day {
		return event.Stamp{At: t, Kind: event.Day}, nil
	}
	return event.Stamp{At: t, Kind: event.Time}, nil
}

// object adds an object with the room that an earlier event's had.
func (p *parser) object(o event.Object) {
	list := p.e.Objects
	if len(list) < cap(list) {
		o.Attrs = append(list[:len(list)+1][len(list)].Attrs[:0], o.Attrs...)
	}
	p.e.Objects = append(list, o)
}

func (p *parser) oneObject() *problem {
	at := p.s.i
	p.object(event.Object{})
	o := &p.e.Objects[len(p.e.Objects)-1]
	seen, hasID := 0, false
	if pr := p.s.members(func(key string, at int) (pr *problem) {
		i := slices.Index(objectFields, key)
		if i < 0 {
			key = strings.ToValidUTF8(key[:min(len(key), 60)], "")
			return &problem{at, errs.Tf("unknown key %q of an object", "对象中有未知的键 %q", key), errs.DidYouMean(key, objectFields)}
		}
		if seen&(1<<i) != 0 {
			return twice(at, key)
		}
		seen |= 1 << i
		if p.s.null() {
			return nil
		}
		switch key {
		case "type":
			o.Type, pr = p.name()
		case "id":
			o.ID, pr = p.text()
			hasID = true
		case "qualifier":
			o.Qualifier, pr = p.name()
		case "attributes":
			o.Attrs, pr = p.attributes(o.Attrs)
		}
		return pr
	}); pr != nil {
		return pr
	}
	if o.Type == "" || !hasID {
		return &problem{at: at, what: errs.T(`an object without type or id; expected {"type": "case", "id": "A1"}`, "对象缺少 type 或 id；应如 {\"type\": \"case\", \"id\": \"A1\"}")}
	}
	return nil
}

// attributes reads an object of values into list; those that nobody wants are
// checked and passed over.
func (p *parser) attributes(list []event.Attr) ([]event.Attr, *problem) {
	const few = 16
	clear(p.seen)
	n := 0
	var names [few]string
	pr := p.s.members(func(key string, at int) *problem {
		if slices.Contains(names[:min(n, few)], key) || p.seen[key] {
			return twice(at, key)
		}
		if n < few {
			names[n] = key
		} else {
			if p.seen == nil {
				p.seen = map[string]bool{}
			}
			p.seen[key] = true
		}
		n++
		v, pr := p.value()
		if pr == nil && v.Kind != event.Absent && p.wants(key) {
			list = append(list, event.Attr{Name: key, Value: v})
		}
		return pr
	})
	return list, pr
}

func (p *parser) value() (event.Value, *problem) {
	switch c := p.s.peek(); {
	case c == '"':
		text, pr := p.text()
		return event.Str(text), pr
	case c == '-' || c >= '0' && c <= '9':
		f, pr := p.s.number()
		return event.Num(f), pr
	case c == 't' && p.s.word("true"):
		return event.Boolean(true), nil
	case c == 'f' && p.s.word("false"):
		return event.Boolean(false), nil
	case c == 'n' && p.s.word("null"):
		return event.Value{}, nil
	case c == '[':
		list := []string{}
		pr := p.s.elements(func() *problem {
			text, pr := p.s.str("a string in the list", "列表中的字符串")
			list = append(list, strings.Clone(text)) // the log keeps the list itself
			return pr
		})
		return event.List(list), pr
	}
	return event.Value{}, p.s.expected("a string, a number, true, false, null or a list of strings", "字符串、数字、true、false、null 或字符串列表")
}

// refused says in both languages why the log takes no such event.
func refused(err error) *problem {
	zh := err.Error()
	switch {
	case errors.Is(err, event.ErrNoType):
		zh = "事件缺少类型；应为活动名称"
	case errors.Is(err, event.ErrNoTime):
		zh = "事件缺少时间；应为发生时间"
	case errors.Is(err, event.ErrNoObject):
		zh = "事件缺少对象；应有所涉的案件或其他对象"
	}
	return &problem{what: errs.T(err.Error(), zh)}
}
