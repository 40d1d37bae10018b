package ocel

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// What OCEL has no place for.
var (
	lostID    = errs.T("ids that objects of two types share (the type is written before them)", "两类对象共用的 id（写出时前面加上类型）")
	lostPlace = errs.T("changes of objects' attributes that are in force only from among the events of an instant (OCEL dates them with the instant)", "仅自同一时刻的某个事件起生效的对象属性变更（OCEL 只记其时刻）")
)

// beginning is how OCEL dates a value that is in force from the beginning.
const beginning = "1970-01-01T00:00:00Z"

// WriteJSON writes the events of l, in their order, and all its objects as an
// OCEL 2.0 JSON document, with the attributes that the package comment lists.
// Errors are those of w.
func WriteJSON(w io.Writer, l *event.Log) (eventio.Lost, error) {
	rows, inPlace := l.InOrder()
	wr := &writer{out: bufio.NewWriterSize(w, 1<<16), l: l, rows: rows, inPlace: inPlace, lost: eventio.Lost{}}
	wr.lose()
	wr.nameObjects()
	wr.declare()
	wr.raw(`{"objectTypes":`)
	wr.types(wr.objectTypes)
	wr.raw(`,"eventTypes":`)
	wr.types(wr.eventTypes)
	wr.raw(`,"objects":[`)
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		wr.object(o)
	}
	wr.raw("\n]" + `,"events":[`)
	for i, r := range rows {
		wr.event(i, r)
	}
	wr.raw("\n]}\n")
	return wr.lost, wr.out.Flush()
}

// declared are the attributes of a type and the types that OCEL gives them.
type declared map[string]map[string]string

type writer struct {
	out     *bufio.Writer
	l       *event.Log
	rows    []uint32
	inPlace bool
	lost    eventio.Lost
	ids     []string // of objects

	eventTypes, objectTypes declared
	first                   map[string]event.Kind // of an attribute's values, the first by kind
}

func (wr *writer) lose() {
	l := wr.l
	wr.lost.AddFile(l, wr.rows)
	tied := map[int32]bool{} // rows that stand among others of their instant
	for i, r := range wr.rows {
		if i > 0 && l.Time[wr.rows[i-1]] == l.Time[r] {
			tied[int32(r)] = true
		}
	}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		for _, s := range l.ObjectAttrs(o) {
			if s.Row >= 0 && tied[s.Row] {
				wr.lost.Add(lostPlace, 1)
			}
		}
	}
}

// nameObjects gives objects ids that no two share, which OCEL asks for over all
// types.
func (wr *writer) nameObjects() {
	o := wr.l.Objects
	count := map[string]int{}
	for id := event.ObjectID(1); int(id) <= o.Len(); id++ {
		count[o.Name(id)]++
	}
	wr.ids = make([]string, o.Len()+1)
	for id := event.ObjectID(1); int(id) <= o.Len(); id++ {
		wr.ids[id] = o.Name(id)
		if count[o.Name(id)] > 1 {
			wr.ids[id] = o.TypeName(id) + ":" + o.Name(id)
			wr.lost.Add(lostID, 1)
		}
	}
}

// declare finds out which attributes the types of events and objects have.
func (wr *writer) declare() {
	l := wr.l
	wr.eventTypes, wr.objectTypes, wr.first = declared{}, declared{}, map[string]event.Kind{}
	seen := map[string][event.Strings + 1]bool{}
	note := func(name string, k event.Kind) {
		kinds := seen[name]
		kinds[k] = true
		seen[name] = kinds
	}
	for _, c := range l.Attrs {
		for _, k := range kindOrder {
			if c.Kinds(k) {
				note(c.Name, k)
			}
		}
	}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		for _, s := range l.ObjectAttrs(o) {
			note(s.Name, s.Value.Kind)
		}
	}
	for name, kinds := range seen {
		i := slices.IndexFunc(kindOrder, func(k event.Kind) bool { return kinds[k] })
		wr.first[name] = kindOrder[i]
	}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		typ := l.Objects.TypeName(o)
		wr.objectTypes.add(typ, "", "")
		for _, s := range l.ObjectAttrs(o) {
			wr.objectTypes.add(typ, wr.name(s.Name, s.Value.Kind), typeOf(s.Value.Kind))
		}
	}
	for _, r := range wr.rows {
		typ := l.Types.Name(uint32(l.Type[r]))
		wr.eventTypes.add(typ, "", "")
		wr.attrs(r, func(name, _ string, k event.Kind) { wr.eventTypes.add(typ, name, typeOf(k)) })
	}
}

func (d declared) add(typ, name, kind string) {
	if d[typ] == nil {
		d[typ] = map[string]string{}
	}
	if name != "" {
		d[typ][name] = kind
	}
}

var kindOrder = []event.Kind{event.Number, event.String, event.Bool, event.Time, event.Day, event.Strings}

func typeOf(k event.Kind) string {
	switch k {
	case event.Number:
		return "float"
	case event.Bool:
		return "boolean"
	case event.Time, event.Day:
		return "time"
	}
	return "string"
}

// name is the name that an attribute's values of a kind are written under.
func (wr *writer) name(name string, k event.Kind) string {
	out := name
	if real, listed := realName(name); real != name || listed || parts[name] != "" || name == "" {
		out = "attribute:" + strings.NewReplacer("%", "%25", "#", "%23").Replace(name)
	}
	first := typeOf(wr.first[name])
	switch {
	case k == event.Strings:
		return out + "#strings"
	case typeOf(k) == first:
		return out
	}
	return out + "#" + typeOf(k)
}

// text is a value as OCEL's JSON holds it: a string, whatever its type.
func (wr *writer) text(v event.Value) string {
	if v.Kind == event.Strings {
		b, err := json.Marshal(v.List)
		if err != nil || v.List == nil {
			return "[]"
		}
		return string(b)
	}
	return v.Text(wr.l.Zone)
}

// attrs calls f for what an event has beside id, type, time and objects.
func (wr *writer) attrs(r uint32, f func(name, value string, k event.Kind)) {
	l := wr.l
	if l.OnDay.Has(r) {
		f("time#day", "true", event.Bool)
	}
	if l.Actor != nil && l.Actor[r] != 0 {
		f("org:resource", l.Strings.Name(l.Actor[r]), event.String)
	}
	if l.Unit != nil && l.Unit[r] != 0 {
		f("org:group", l.Strings.Name(l.Unit[r]), event.String)
	}
	if l.Recorded != nil && l.Recorded[r] != event.NoTime {
		v := event.At(l.Recorded[r])
		if l.RecordedOnDay.Has(r) {
			v.Kind = event.Day
		}
		f("recorded", wr.text(v), event.Time)
	}
	if !wr.inPlace {
		f("seq", strconv.FormatInt(l.SeqOf(r), 10), event.Number)
	}
	for _, c := range l.Attrs {
		if v, k := c.Get(r); k != event.Absent {
			value := l.Value(v, k)
			f(wr.name(c.Name, k), wr.text(value), k)
		}
	}
}

func (wr *writer) raw(s string) { wr.out.WriteString(s) }

// str writes a JSON string.
func (wr *writer) str(s string) {
	b, _ := json.Marshal(s) // of a string it can't fail
	wr.out.Write(b)
}

func (wr *writer) field(before, s string) {
	wr.raw(before)
	wr.str(s)
}

func (wr *writer) types(d declared) {
	wr.raw("[")
	for i, typ := range slices.Sorted(maps.Keys(d)) {
		if i > 0 {
			wr.raw(",")
		}
		wr.field("\n{\"name\":", typ)
		wr.raw(`,"attributes":[`)
		for j, name := range slices.Sorted(maps.Keys(d[typ])) {
			if j > 0 {
				wr.raw(",")
			}
			wr.field(`{"name":`, name)
			wr.field(`,"type":`, d[typ][name])
			wr.raw("}")
		}
		wr.raw("]}")
	}
	wr.raw("]")
}

func (wr *writer) object(o event.ObjectID) {
	if o > 1 {
		wr.raw(",")
	}
	wr.field("\n{\"id\":", wr.ids[o])
	wr.field(`,"type":`, wr.l.Objects.TypeName(o))
	sets := wr.l.ObjectAttrs(o)
	if len(sets) > 0 {
		wr.raw(`,"attributes":[`)
		for i, s := range sets {
			if i > 0 {
				wr.raw(",")
			}
			wr.field(`{"name":`, wr.name(s.Name, s.Value.Kind))
			wr.field(`,"time":`, wr.date(s.At))
			wr.field(`,"value":`, wr.text(s.Value))
			wr.raw("}")
		}
		wr.raw("]")
	}
	wr.raw("}")
}

func (wr *writer) date(t clock.Instant) string {
	if t == event.NoTime {
		return beginning
	}
	return wr.l.Zone.Format(t)
}

func (wr *writer) event(i int, r uint32) {
	l := wr.l
	if i > 0 {
		wr.raw(",")
	}
	wr.field("\n{\"id\":", l.ID(r))
	wr.field(`,"type":`, l.Types.Name(uint32(l.Type[r])))
	wr.field(`,"time":`, l.Zone.Format(l.Time[r]))
	wr.raw(`,"attributes":[`)
	first := true
	wr.attrs(r, func(name, value string, _ event.Kind) {
		if !first {
			wr.raw(",")
		}
		first = false
		wr.field(`{"name":`, name)
		wr.field(`,"value":`, value)
		wr.raw("}")
	})
	wr.raw(`],"relationships":[`)
	var buf [1]event.Link
	for j, k := range l.Links(r, &buf) {
		if j > 0 {
			wr.raw(",")
		}
		wr.field(`{"objectId":`, wr.ids[k.Object])
		wr.field(`,"qualifier":`, l.Strings.Name(k.Qualifier))
		wr.raw("}")
	}
	wr.raw("]}")
}
