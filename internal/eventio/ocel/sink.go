package ocel

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// What an OCEL log says that a log of events has no place for.
var lostRelations = errs.T("relations between objects", "对象之间的关系")

// attr is an attribute as it stands in a file. At is "" where none is given.
type attr struct {
	name, at string
	value    string
	kind     event.Kind // what the file's own form says: of JSON and SQLite; Absent for text
}

type relation struct{ object, qualifier string }

// item is an event or an object as it stands in a file.
type item struct {
	id, typ, at string
	attrs       []attr
	relations   []relation
	place       errs.Place
}

// types are the declared types of attributes, by type of event or object.
type types map[string]map[string]event.Kind

func (t types) declare(typ, name, kind string) {
	if t[typ] == nil {
		t[typ] = map[string]event.Kind{}
	}
	if name != "" {
		t[typ][name] = kindOf(kind)
	}
}

// kindOf is a type of OCEL as a kind; one that the standard doesn't have is a
// string.
func kindOf(typ string) event.Kind {
	switch strings.ToLower(typ) {
	case "integer", "float", "int", "double", "real", "number":
		return event.Number
	case "boolean", "bool":
		return event.Bool
	case "time", "date", "timestamp", "datetime":
		return event.Time
	}
	return event.String
}

// sink puts what the readers of the three forms find into a log. Events wait
// until the objects and types are known, objects until the types are.
type sink struct {
	b       *event.Builder
	opt     eventio.Read
	events  types // declared attributes
	objects types
	known   map[string]event.ObjectID

	typesDone, objectsDone bool
	waitingObjects         []item
	waitingEvents          []item
}

func newSink(b *event.Builder, opt eventio.Read) *sink {
	return &sink{b: b, opt: opt, events: types{}, objects: types{}, known: map[string]event.ObjectID{}}
}

// object takes an object, or holds it until the types are known.
func (s *sink) object(o item) error {
	if !s.typesDone {
		s.waitingObjects = append(s.waitingObjects, o)
		return nil
	}
	return s.putObject(&o)
}

// event takes an event, or holds it until the objects are known.
func (s *sink) event(e item) error {
	if !s.typesDone || !s.objectsDone {
		s.waitingEvents = append(s.waitingEvents, e)
		return nil
	}
	return s.putEvent(&e)
}

// finish takes what waited.
func (s *sink) finish() error {
	s.typesDone = true
	for i := range s.waitingObjects {
		if err := s.putObject(&s.waitingObjects[i]); err != nil {
			return err
		}
	}
	s.objectsDone = true
	for i := range s.waitingEvents {
		if err := s.putEvent(&s.waitingEvents[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) putObject(o *item) error {
	if o.id == "" || o.typ == "" {
		return s.bad(o, errs.T("an object without id or type; expected both", "对象缺少 id 或类型；两者均应有"))
	}
	if _, twice := s.known[o.id]; twice {
		return s.bad(o, errs.Tf("object %q stands twice; expected one for each id", "对象 %q 重复；每个 id 应只有一个对象", o.id))
	}
	id := s.b.Object(o.typ, []byte(o.id))
	s.known[o.id] = id
	if s.opt.Lost != nil {
		s.opt.Lost.Add(lostRelations, len(o.relations))
	}
	for _, a := range o.attrs {
		if err := s.setObject(o, id, a); err != nil {
			return err
		}
	}
	return nil
}

// setObject sets an attribute of an object, in force from its date.
func (s *sink) setObject(o *item, id event.ObjectID, a attr) error {
	name, listed := realName(a.name)
	if !s.b.Wants(name) {
		return nil
	}
	at, err := s.since(a.at)
	if err != nil {
		return s.bad(o, errs.Tf("attribute %q of object %q: time %q can't be read; expected 2026-03-01T09:10:00+01:00", "对象 %[2]q 的属性 %[1]q：无法读取时间 %[3]q；应为 2026-03-01T09:10:00+08:00", a.name, o.id, short(a.at)))
	}
	if v := s.value(a, s.objects[o.typ], listed); v.Kind != event.Absent {
		s.b.SetObjectAt(id, s.b.Column(name), v, at)
	}
	return nil
}

// since is from when a value of an object is in force: from the beginning where
// it isn't dated or is dated with the first day that computers count from,
// whatever the zone it was written in.
func (s *sink) since(text string) (clock.Instant, error) {
	if text == "" {
		return event.NoTime, nil
	}
	at, _, err := clock.ParseInstant(text, s.b.Zone())
	const day = 86_400_000_000
	if at >= -day && at <= day {
		at = event.NoTime
	}
	return at, err
}

// value reads an attribute as the file declares it; what can't be read so stays
// the text that it is.
func (s *sink) value(a attr, declared map[string]event.Kind, listed bool) event.Value {
	if listed {
		var list []string
		if json.Unmarshal([]byte(a.value), &list) == nil {
			return event.List(list)
		}
		return event.Str(a.value)
	}
	k, ok := declared[a.name]
	if a.kind != event.Absent && a.kind != event.String && (!ok || k == event.String) {
		k = a.kind // a number that JSON writes as one is one, whatever is declared
	}
	switch k {
	case event.Number:
		if f, err := strconv.ParseFloat(strings.TrimSpace(a.value), 64); err == nil {
			return event.Num(f)
		}
	case event.Bool:
		switch strings.ToLower(strings.TrimSpace(a.value)) {
		case "true", "1":
			return event.Boolean(true)
		case "false", "0":
			return event.Boolean(false)
		}
	case event.Time:
		if t, day, err := clock.ParseInstant(strings.TrimSpace(a.value), s.b.Zone()); err == nil {
			if day {
				return event.OnDay(t)
			}
			return event.At(t)
		}
	}
	return event.Str(a.value)
}

func (s *sink) putEvent(e *item) error {
	s.b.Begin()
	s.b.Type([]byte(e.typ))
	s.b.ID([]byte(e.id))
	if e.at != "" {
		t, day, err := clock.ParseInstant(e.at, s.b.Zone())
		if err != nil {
			return s.bad(e, errs.Tf("event %q: time %q can't be read; expected 2026-03-01T09:10:00+01:00", "事件 %q：无法读取时间 %q；应为 2026-03-01T09:10:00+08:00", e.id, short(e.at)))
		}
		for _, a := range e.attrs {
			day = day || a.name == "time#day" && a.value == "true"
		}
		s.b.Time(t, day)
	}
	for _, r := range e.relations {
		o, ok := s.known[r.object]
		if !ok {
			return s.bad(e, errs.Tf("event %q names object %q, which the log doesn't have; expected it among the objects", "事件 %q 引用了对象 %q，而日志中没有该对象", e.id, r.object))
		}
		s.b.Link(o, r.qualifier)
	}
	for _, a := range e.attrs {
		if err := s.setEvent(e, a); err != nil {
			return err
		}
	}
	if _, err := s.b.Commit(); err != nil {
		return s.bad(e, lacks(e.id, err))
	}
	return nil
}

func lacks(id string, err error) errs.Text {
	switch {
	case errors.Is(err, event.ErrNoType):
		return errs.Tf("event %q has no type; expected the name of the activity", "事件 %q 缺少类型", id)
	case errors.Is(err, event.ErrNoTime):
		return errs.Tf("event %q has no time; expected when it happened", "事件 %q 缺少时间", id)
	case errors.Is(err, event.ErrNoObject):
		return errs.Tf("event %q names no object; expected one at least that it is about", "事件 %q 未关联任何对象；至少应有一个", id)
	}
	return errs.Tf("event %q: %v", "事件 %q：%v", id, err)
}

// setEvent sets an attribute, or the part of an event that is kept as one.
func (s *sink) setEvent(e *item, a attr) error {
	switch s.role(a.name) {
	case "actor":
		s.b.Actor([]byte(a.value))
		return nil
	case "unit":
		s.b.Unit([]byte(a.value))
		return nil
	case "recorded":
		t, day, err := clock.ParseInstant(a.value, s.b.Zone())
		if err != nil {
			return s.bad(e, errs.Tf("event %q: %s %q is not a time; expected 2026-03-01T09:10:00+01:00", "事件 %q：%s %q 不是时间；应为 2026-03-01T09:10:00+08:00", e.id, a.name, short(a.value)))
		}
		s.b.Recorded(t, day)
		return nil
	case "seq":
		n, err := strconv.ParseInt(a.value, 10, 64)
		if err != nil {
			return s.bad(e, errs.Tf("event %q: %s %q is not a whole number", "事件 %q：%s %q 不是整数", e.id, a.name, short(a.value)))
		}
		s.b.Seq(n)
		return nil
	case "day":
		return nil
	}
	name, listed := realName(a.name)
	if !s.b.Wants(name) {
		return nil
	}
	if v := s.value(a, s.events[e.typ], listed); v.Kind != event.Absent {
		s.b.Set(s.b.Column(name), v)
	}
	return nil
}

// parts are the names under which parts of an event stand among its attributes.
var parts = map[string]string{"org:resource": "actor", "org:group": "unit", "recorded": "recorded", "seq": "seq", "time#day": "day"}

// role is the part that an attribute plays: as mapped, else by its name.
func (s *sink) role(name string) string {
	for _, role := range []string{"actor", "unit", "recorded", "seq"} {
		if s.opt.Map[role] == name {
			return role
		}
	}
	if role := parts[name]; s.opt.Map[role] == "" {
		return role
	}
	return ""
}

// realName undoes what the writer does to names.
func realName(name string) (real string, listed bool) {
	if i := strings.LastIndexByte(name, '#'); i >= 0 {
		switch name[i+1:] {
		case "string", "boolean", "time":
			name = name[:i]
		case "strings":
			name, listed = name[:i], true
		}
	}
	if rest, ok := strings.CutPrefix(name, "attribute:"); ok {
		name = strings.NewReplacer("%25", "%", "%23", "#").Replace(rest)
	}
	return name, listed
}

// bad sets an item aside, or ends reading.
func (s *sink) bad(i *item, what errs.Text) error {
	e := &errs.Error{Code: errs.Input, Place: i.place, What: what, Next: errs.T("correct it, or set it aside with --skip-bad", "请更正，或用 --skip-bad 搁置")}
	return s.opt.Bad.Add(e, "id="+i.id+" type="+i.typ+" time="+i.at)
}

func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
