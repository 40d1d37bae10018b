package csvlog

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// What is written reads back as the same events.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, z := logtest.Draw(t, logtest.Shape{})
		var out bytes.Buffer
		lost, err := Write(&out, l)
		if err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
		b := event.NewBuilder(logtest.Options(z))
		if err := Read(strings.NewReader(out.String()), b, eventio.Read{File: "log.csv"}); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		back, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if d := logtest.Difference(l, back); d != "" {
			t.Fatalf("%s\n%s", d, out.String())
		}
	})
}

// What a table can't hold is counted, and the rest is there.
func TestLost(t *testing.T) {
	z := mustZone("UTC")
	b := event.NewBuilder(event.Options{Zone: z, Origin: "here"})
	o := func(id string, attrs ...event.Attr) event.Object {
		return event.Object{Type: "case", ID: id, Attrs: attrs}
	}
	for _, e := range []event.Event{
		{Type: "x", Time: event.Stamp{Kind: event.Time}, Objects: []event.Object{o("A"), o("B")}, Source: "there", Actor: event.Some("")},
		{Type: "y", Time: event.Stamp{Kind: event.Time}, Objects: []event.Object{o("A")}, Attrs: []event.Attr{{Name: "l", Value: event.List([]string{"a;b"})}, {Name: "s", Value: event.Str("a\xff")}}},
		{ID: "v", Voids: "nobody"},
	} {
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	b.SetObjectAt(b.Object("case", []byte("A")), b.Column("n"), event.Num(1), 0)
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	lost, err := Write(&out, l)
	if err != nil {
		t.Fatal(err)
	}
	want := "case_id,activity,timestamp,actor,l,s\nA,x,1970-01-01T00:00:00Z,,,\nA,y,1970-01-01T00:00:00Z,,\"a;b\",a\ufffd\n"
	if out.String() != want {
		t.Errorf("%swant\n%s", out.String(), want)
	}
	lines := lost.Lines(errs.En)
	for _, part := range []string{"1 × source", "1 × further object", "1 × empty text", "1 × list", "1 × text that isn't UTF-8", "1 × attribute of an object", "1 × correction"} {
		if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(s, part) }) {
			t.Errorf("%q isn't among %q", part, lines)
		}
	}
	if len(lines) != 7 {
		t.Errorf("%q", lines)
	}
}
