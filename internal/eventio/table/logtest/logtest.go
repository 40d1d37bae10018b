// Package logtest draws random logs for the tests of readers and writers, and
// compares logs by what they say: the same events, in the same order, with the
// same objects and attributes, whatever their codes and rows.
package logtest

import (
	"cmp"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"unicode"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Shape says what a format can hold, so that what is drawn comes back whole.
type Shape struct {
	Sources    bool // events of several sources
	Manifold   bool // several objects of one type and role in an event
	EmptyTexts bool // texts of no characters
	AnyLists   bool // lists of any texts
	Spaced     bool // names with space around them
}

// Schema is what a pack would declare for the attributes of a drawn log.
var Schema = map[string]event.Kind{"amount": event.Number, "urgent": event.Bool, "deadline": event.Time, "tags": event.Strings}

// Options are those to read a drawn log back with.
func Options(z *clock.Zone) event.Options {
	return event.Options{Zone: z, Schema: Schema, Origin: "here"}
}

var (
	texts = []string{"A", "B1", "Send Fine", "移送审查", "a,b", `say "no"`, "two\nlines", "cr\r\nlf", "tab\tbar|semi;", " spaced ", "=1+1", "-5", "@x",
		"\ufeffmark", "null", "0x1p-2", "1e5", "{}", "[", `\u0041`, "a/b:c%3A", "𝔘", "\u2028", "a long text, longer than sixteen bytes", "\u0001"}
	names = []string{"note", "type", "case_id", "case:x", "attr:y", "object:z", " padded ", "案件编号", "time:timestamp", "a|b"}
	types = []string{"case", "person", "exhibit/part:1%", "件"}
	roles = []string{"", "", "suspect", "a:b/c"}
)

// Draw makes a log and gives the zone it was made in.
func Draw(t *rapid.T, s Shape) (*event.Log, *clock.Zone) {
	z, err := clock.LoadZone(rapid.SampledFrom([]string{"UTC", "Europe/Rome", "Asia/Shanghai"}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(Options(z))
	d := drawer{t, s, z}
	for i := range rapid.IntRange(0, 12).Draw(t, "events") {
		e := d.event(i)
		if _, err := b.Add(&e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l, z
}

type drawer struct {
	t *rapid.T
	s Shape
	z *clock.Zone
}

func (d drawer) one(percent int, what string) bool {
	return rapid.IntRange(0, 99).Draw(d.t, what) < percent
}

func (d drawer) text(what string) string {
	if d.s.EmptyTexts && d.one(10, what+" empty") {
		return ""
	}
	return rapid.SampledFrom(texts).Draw(d.t, what)
}

// name is a text as the format can hold it as a name.
func (d drawer) name(text string) string {
	if d.s.Spaced {
		return text
	}
	return cmp.Or(strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }), "A")
}

func (d drawer) stamp(what string) event.Stamp {
	t := clock.Instant(rapid.Int64Range(1_700_000_000, 1_700_400_000).Draw(d.t, what) * 1_000_000)
	switch rapid.IntRange(0, 3).Draw(d.t, what+" form") {
	case 0:
		return event.Stamp{At: d.z.First(d.z.Date(t)), Kind: event.Day}
	case 1:
		t += clock.Instant(rapid.Int64Range(0, 999_999).Draw(d.t, "fraction"))
	}
	return event.Stamp{At: t, Kind: event.Time}
}

func (d drawer) event(i int) event.Event {
	e := event.Event{Type: d.name(rapid.SampledFrom(texts).Draw(d.t, "type")), Time: d.stamp("time")}
	if d.one(50, "has id") {
		e.ID = d.name(fmt.Sprintf("%s%d", rapid.SampledFrom(texts).Draw(d.t, "id"), i))
	}
	if d.one(20, "has seq") {
		e.Seq, e.HasSeq = rapid.Int64Range(-5, 1<<60).Draw(d.t, "seq"), true
	}
	if d.one(30, "has recorded") {
		e.Recorded = d.stamp("recorded")
	}
	if d.one(50, "has actor") {
		e.Actor = event.Some(d.name(d.text("actor")))
	}
	if d.one(30, "has unit") {
		e.Unit = event.Some(d.name(d.text("unit")))
	}
	if d.s.Sources && d.one(20, "has source") {
		e.Source = rapid.SampledFrom(texts).Draw(d.t, "source")
	}
	e.Objects = d.objects()
	e.Attrs = d.attrs(append([]string{"amount", "urgent", "deadline", "tags"}, names...))
	return e
}

func (d drawer) objects() (list []event.Object) {
	seen := map[string]bool{}
	for i := range rapid.IntRange(1, 3).Draw(d.t, "objects") {
		o := event.Object{Type: rapid.SampledFrom(types).Draw(d.t, "object type"), ID: d.name(d.text("object")), Qualifier: rapid.SampledFrom(roles).Draw(d.t, "role")}
		if i == 0 && d.one(60, "classic") {
			o.Type, o.Qualifier = "case", ""
		}
		key, whole := o.Type+"\x00"+o.Qualifier, o.Type+"\x00"+o.ID
		if seen[whole] || !d.s.Manifold && seen[key] {
			continue
		}
		seen[key], seen[whole] = true, true
		if d.one(30, "object has attributes") {
			o.Attrs = d.attrs([]string{"amount", "deadline", "note", "concept:name", " padded ", "a:b"})
		}
		list = append(list, o)
	}
	return list
}

func (d drawer) attrs(from []string) (list []event.Attr) {
	for _, name := range from {
		if !d.one(25, "has "+name) {
			continue
		}
		v := event.Str(d.text(name))
		switch Schema[name] {
		case event.Number:
			v = event.Num(rapid.SampledFrom([]float64{0, -1, 80, 0.1, 1e300, 5e-324, 1 << 60, 1e21, -1e20}).Draw(d.t, name))
		case event.Bool:
			v = event.Boolean(rapid.Bool().Draw(d.t, name))
		case event.Time:
			s := d.stamp(name)
			v = event.Value{Kind: s.Kind, At: s.At}
		case event.Strings:
			v = event.List(d.list())
		}
		list = append(list, event.Attr{Name: name, Value: v})
	}
	return list
}

func (d drawer) list() []string {
	out := []string{}
	for range rapid.IntRange(0, 3).Draw(d.t, "list") {
		out = append(out, d.text("in list"))
	}
	if !d.s.AnyLists {
		for i, s := range out {
			out[i] = strings.TrimSpace(strings.ReplaceAll(s, ";", ""))
		}
		out = append(out, "end")
	}
	return out
}

// Difference says where two logs don't say the same, "" if they do.
func Difference(a, b *event.Log) string {
	ea, eb := Events(a), Events(b)
	for i := range min(len(ea), len(eb)) {
		if !reflect.DeepEqual(ea[i], eb[i]) {
			return fmt.Sprintf("event %d:\n%#v\n%#v", i+1, ea[i], eb[i])
		}
	}
	if len(ea) != len(eb) {
		return fmt.Sprintf("%d events and %d", len(ea), len(eb))
	}
	return ""
}

// Events are the events of a log in their order, in one form: objects and
// attributes sorted, each attribute once.
func Events(l *event.Log) []event.Event {
	rows, _ := l.InOrder()
	out := make([]event.Event, len(rows))
	for i, r := range rows {
		e := l.Event(r)
		for j := range e.Objects {
			e.Objects[j].Attrs = sorted(e.Objects[j].Attrs)
		}
		sort.SliceStable(e.Objects, func(i, j int) bool {
			x, y := e.Objects[i], e.Objects[j]
			return x.Type+"\x00"+x.ID+"\x00"+x.Qualifier < y.Type+"\x00"+y.ID+"\x00"+y.Qualifier
		})
		e.Attrs = sorted(e.Attrs)
		out[i] = e
	}
	return out
}

func sorted(attrs []event.Attr) []event.Attr {
	last := map[string]event.Value{}
	for _, a := range attrs {
		last[a.Name] = a.Value
	}
	out := []event.Attr{}
	for name, v := range last {
		out = append(out, event.Attr{Name: name, Value: v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
