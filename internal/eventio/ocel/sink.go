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

// Attr is an attribute as it stands in a file. At is "" where none is given.
type Attr struct {
	Name, At string
	Value    string
	Kind     event.Kind // what the file's own form says: of JSON and SQLite; Absent for text
}

// Relation names an object that an event or object is about, and in what role.
type Relation struct{ Object, Qualifier string }

// Item is an event or an object as it stands in a file.
type Item struct {
	ID, Type, At string
	Attrs        []Attr
	Relations    []Relation
	Place        errs.Place
}

// Types are the declared types of attributes, by type of event or object.
type Types map[string]map[string]event.Kind

// Declare notes that attributes of this name, of events or objects of type typ,
// are of a kind, in the words of OCEL.
func (t Types) Declare(typ, name, kind string) {
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

// Sink puts what the readers of the three forms find into a log. Events wait
// until the objects and types are known, objects until the types are.
type Sink struct {
	b       *event.Builder
	opt     eventio.Read
	Events  Types // declared attributes
	Objects Types
	known   map[string]event.ObjectID

	TypesDone, ObjectsDone bool // nothing more of them comes: what waits for them needn't
	waitingObjects         []Item
	waitingEvents          []Item

	loose      []string  // objects that the pending event names and the file hasn't
	firstLoose errs.Text // what is said of all such ties
}

// NewSink makes a sink that fills b.
func NewSink(b *event.Builder, opt eventio.Read) *Sink {
	return &Sink{b: b, opt: opt, Events: Types{}, Objects: Types{}, known: map[string]event.ObjectID{}}
}

// Object takes an object, or holds it until the types are known.
func (s *Sink) Object(o Item) error {
	if !s.TypesDone {
		s.waitingObjects = append(s.waitingObjects, o)
		return nil
	}
	return s.putObject(&o)
}

// Event takes an event, or holds it until the objects are known.
func (s *Sink) Event(e Item) error {
	if !s.TypesDone || !s.ObjectsDone {
		s.waitingEvents = append(s.waitingEvents, e)
		return nil
	}
	return s.putEvent(&e)
}

// Finish takes what waited.
func (s *Sink) Finish() error {
	s.TypesDone = true
	for i := range s.waitingObjects {
		if err := s.putObject(&s.waitingObjects[i]); err != nil {
			return err
		}
	}
	s.ObjectsDone = true
	for i := range s.waitingEvents {
		if err := s.putEvent(&s.waitingEvents[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) putObject(o *Item) error {
	if o.ID == "" || o.Type == "" {
		return s.Bad(o, errs.T("an object without id or type; expected both", "对象缺少 id 或类型；两者均应有"))
	}
	if _, twice := s.known[o.ID]; twice {
		return s.Bad(o, errs.Tf("object %q stands twice; expected one for each id", "对象 %q 重复；每个 id 应只有一个对象", o.ID))
	}
	id := s.b.Object(o.Type, []byte(o.ID))
	s.known[o.ID] = id
	s.LoseRelations(len(o.Relations))
	for _, a := range o.Attrs {
		if err := s.SetObject(o, id, a); err != nil {
			return err
		}
	}
	return nil
}

// LoseRelations counts relations between objects.
func (s *Sink) LoseRelations(n int) {
	if s.opt.Lost != nil {
		s.opt.Lost.Add(lostRelations, n)
	}
}

// Known is the object of an id, once it was put.
func (s *Sink) Known(id string) (o event.ObjectID, ok bool) {
	o, ok = s.known[id]
	return o, ok
}

// SetObject sets an attribute of object id of a log, in force from its date. It
// stands in the file with o.
func (s *Sink) SetObject(o *Item, id event.ObjectID, a Attr) error {
	name, listed := realName(a.Name)
	if !s.b.Wants(name) {
		return nil
	}
	at, err := s.since(a.At)
	if err != nil {
		return s.Bad(o, errs.Tf("attribute %q of object %q: time %q can't be read; expected 2026-03-01T09:10:00+01:00", "对象 %[2]q 的属性 %[1]q：无法读取时间 %[3]q；应为 2026-03-01T09:10:00+08:00", a.Name, o.ID, short(a.At)))
	}
	if v := s.value(a, s.Objects[o.Type], listed); v.Kind != event.Absent {
		s.b.SetObjectAt(id, s.b.Column(name), v, at)
	}
	return nil
}

// since is from when a value of an object is in force: from the beginning where
// it isn't dated or is dated with the first day that computers count from,
// whatever the zone it was written in.
func (s *Sink) since(text string) (clock.Instant, error) {
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
func (s *Sink) value(a Attr, declared map[string]event.Kind, listed bool) event.Value {
	if listed {
		var list []string
		if json.Unmarshal([]byte(a.Value), &list) == nil {
			return event.List(list)
		}
		return event.Str(a.Value)
	}
	k, ok := declared[a.Name]
	if a.Kind != event.Absent && a.Kind != event.String && (!ok || k == event.String) {
		k = a.Kind // a number that JSON writes as one is one, whatever is declared
	}
	switch k {
	case event.Number:
		if f, err := strconv.ParseFloat(strings.TrimSpace(a.Value), 64); err == nil {
			if eventio.Rounded(f, strings.TrimSpace(a.Value)) {
				return event.Str(strings.TrimSpace(a.Value)) // an id as a rule: two would become one
			}
			return event.Num(f)
		}
	case event.Bool:
		switch strings.ToLower(strings.TrimSpace(a.Value)) {
		case "true", "1":
			return event.Boolean(true)
		case "false", "0":
			return event.Boolean(false)
		}
	case event.Time:
		if t, day, err := clock.ParseInstant(strings.TrimSpace(a.Value), s.b.Zone()); err == nil {
			if day {
				return event.OnDay(t)
			}
			return event.At(t)
		}
	}
	return event.Str(a.Value)
}

func (s *Sink) putEvent(e *Item) error {
	s.b.Begin()
	s.loose = s.loose[:0]
	s.b.Type([]byte(e.Type))
	s.b.ID([]byte(e.ID))
	if e.At != "" {
		t, day, err := clock.ParseInstant(e.At, s.b.Zone())
		if err != nil {
			return s.Bad(e, errs.Tf("event %q: time %q can't be read; expected 2026-03-01T09:10:00+01:00", "事件 %q：无法读取时间 %q；应为 2026-03-01T09:10:00+08:00", e.ID, short(e.At)))
		}
		for _, a := range e.Attrs {
			day = day || a.Name == "time#day" && a.Value == "true"
		}
		s.b.Time(t, day)
	}
	tied := false
	for _, r := range e.Relations {
		o, ok := s.known[r.Object]
		if !ok {
			s.loose = append(s.loose, r.Object)
			continue
		}
		tied = true
		s.b.Link(o, r.Qualifier)
	}
	if len(s.loose) > 0 && !tied {
		return s.Bad(e, errs.Tf("event %q names object %q, which the log doesn't have; expected it among the objects", "事件 %q 引用了对象 %q，而日志中没有该对象", e.ID, s.loose[0]))
	}
	s.loosen(e)
	for _, a := range e.Attrs {
		if err := s.setEvent(e, a); err != nil {
			return err
		}
	}
	if _, err := s.b.Commit(); err != nil {
		if full := event.Full(err, errs.Place{File: s.opt.File}); full != nil {
			return full
		}
		return s.Bad(e, lacks(e.ID, err))
	}
	return nil
}

// loosen counts what an event names and nobody knows. A part of a log has such ties
// everywhere; an event with another object still counts for that one, since without
// it somebody would be blamed for an act that stands in the file.
func (s *Sink) loosen(e *Item) {
	if n := len(s.loose); n > 0 && s.opt.Lost != nil {
		if s.firstLoose == (errs.Text{}) {
			s.firstLoose = errs.Tf("tie of an event to an object that the file doesn't have (the first: event %q, object %q)",
				"事件与文件中没有的对象之间的关联（首个：事件 %q，对象 %q）", e.ID, s.loose[0])
		}
		s.opt.Lost.Add(s.firstLoose, n)
	}
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
func (s *Sink) setEvent(e *Item, a Attr) error {
	switch s.role(a.Name) {
	case "actor":
		s.b.Actor([]byte(a.Value))
		return nil
	case "unit":
		s.b.Unit([]byte(a.Value))
		return nil
	case "recorded":
		t, day, err := clock.ParseInstant(a.Value, s.b.Zone())
		if err != nil {
			return s.Bad(e, errs.Tf("event %q: %s %q is not a time; expected 2026-03-01T09:10:00+01:00", "事件 %q：%s %q 不是时间；应为 2026-03-01T09:10:00+08:00", e.ID, a.Name, short(a.Value)))
		}
		s.b.Recorded(t, day)
		return nil
	case "seq":
		n, err := strconv.ParseInt(a.Value, 10, 64)
		if err != nil {
			return s.Bad(e, errs.Tf("event %q: %s %q is not a whole number", "事件 %q：%s %q 不是整数", e.ID, a.Name, short(a.Value)))
		}
		s.b.Seq(n)
		return nil
	case "day":
		return nil
	}
	name, listed := realName(a.Name)
	if !s.b.Wants(name) {
		return nil
	}
	if v := s.value(a, s.Events[e.Type], listed); v.Kind != event.Absent {
		s.b.Set(s.b.Column(name), v)
	}
	return nil
}

// parts are the names under which parts of an event stand among its attributes.
var parts = map[string]string{"org:resource": "actor", "org:group": "unit", "recorded": "recorded", "seq": "seq", "time#day": "day"}

// role is the part that an attribute plays: as mapped, else by its name.
func (s *Sink) role(name string) string {
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

// Bad sets an item aside, or ends reading.
func (s *Sink) Bad(i *Item, what errs.Text) error {
	e := &errs.Error{Code: errs.Input, Place: i.Place, What: what, Next: errs.T("correct it, or set it aside with --skip-bad", "请更正，或用 --skip-bad 搁置")}
	return s.opt.Bad.Add(e, "id="+i.ID+" type="+i.Type+" time="+i.At)
}

func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
