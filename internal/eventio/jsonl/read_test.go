package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func read(t testing.TB, r io.Reader, bad *eventio.Bad) (*event.Log, error) {
	t.Helper()
	z, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(logtest.Options(z))
	if err := Read(r, b, eventio.Read{File: "log.jsonl", Bad: bad}); err != nil {
		return nil, err
	}
	return b.Finish()
}

// The example of the definition, read field by field.
func TestEvent(t *testing.T) {
	in := `{"id": "e1", "type": "Create Fine", "time": "2012-01-01T00:00:00+01:00", "recorded": "2012-01-02", "actor": "561", "unit": "traffic", "seq": -3, "source": "county",
 "objects": [{"type": "case", "id": "A1", "attributes": {"amount": 8e1}}, {"type": "person", "id": "p7", "qualifier": "suspect"}],
 "attributes": {"amount": 80, "urgent": true, "note": "l\u00e0 \ud83d\ude00\n\"\\\/", "tags": ["a", ""], "deadline": "2012-03-01", "gone": null}}`
	for _, text := range []string{strings.ReplaceAll(in, "\n", ""), "[" + in + "]", "\ufeff [\n" + in + "\n]\n"} {
		l, err := read(t, strings.NewReader(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		e := l.Event(0)
		at, _, _ := clock.ParseInstant("2012-01-01T00:00:00+01:00", nil)
		if e.ID != "e1" || e.Type != "Create Fine" || e.Time != (event.Stamp{At: at, Kind: event.Time}) || e.Recorded != (event.Stamp{At: l.Zone.First(clock.NewDay(2012, 1, 2)), Kind: event.Day}) ||
			e.Actor != event.Some("561") || e.Unit != event.Some("traffic") || e.Seq != -3 || e.Source != "county" {
			t.Errorf("%+v", e)
		}
		if fmt.Sprint(e.Objects) != "[{case A1  [{amount {number 80  [] 0}}]} {person p7 suspect []}]" {
			t.Errorf("%v", e.Objects)
		}
		for name, want := range map[string]event.Value{"amount": event.Num(80), "urgent": event.Boolean(true), "note": event.Str("là 😀\n\"\\/"),
			"tags": event.List([]string{"a", ""}), "deadline": event.OnDay(l.Zone.First(clock.NewDay(2012, 3, 1))), "gone": {}} {
			if got := e.Get(name); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}

func TestShortAndCorrections(t *testing.T) {
	in := `
{"case": "A1", "type": "x", "time": "2026-03-01T09:10"}

{"id": "e2", "case": "A1", "type": "y", "time": "2026-03-02", "actor": null, "objects": null}
{"id": "c1", "corrects": "e2", "case": "A1", "type": "z", "time": "2026-03-03", "actor": ""}
{"id": "v1", "voids": "e9"}`
	l, err := read(t, strings.NewReader(in), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range logtest.Events(l) {
		got = append(got, fmt.Sprintf("%s %s %s %v %s:%s", e.ID, e.Type, l.Zone.Date(e.Time.At), e.Actor, e.Objects[0].Type, e.Objects[0].ID))
	}
	want := " x 2026-03-01 { false} case:A1|e2 z 2026-03-03 { true} case:A1"
	if strings.Join(got, "|") != want || len(l.Waiting) != 1 {
		t.Errorf("%s, want %s; waiting %v", strings.Join(got, "|"), want, l.Waiting)
	}
}

// Every refusal has line and column, and says what was expected.
func TestRefused(t *testing.T) {
	const ok = `{"case": "A", "type": "x", "time": "2026-03-01"}`
	deep := strings.Repeat("[", 1_000_000)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", []string{"log.jsonl:1: ", "empty"}},
		{"not JSON", "<log>", []string{"log.jsonl:1", "expected { or ["}},
		{"a second line that breaks off", ok + "\n{\"case\": \"A\"", []string{"log.jsonl:2:13: ", `expected "," or "}"`, "ends too early"}},
		{"an event on several lines", "{\n\"case\": \"A\"}", []string{"log.jsonl:1:2: ", "each event on one line"}},
		{"an unknown key", `{"案": 1, "tpye": "x"}`, []string{"log.jsonl:1:2", `unknown key "案"`}},
		{"a misspelt key", `{"case": "案", "tpye": "x"}`, []string{"log.jsonl:1:15", `did you mean "type"?`}},
		{"a key twice", `{"case": "A", "type": "x", "type": "y", "time": "2026-03-01"}`, []string{"log.jsonl:1:28", "twice"}},
		{"an attribute twice", `{"case": "A", "type": "x", "attributes": {"a": 1, "a": 2}}`, []string{":1:51", "twice"}},
		{"an unknown key of an object", `{"objects": [{"typ": "case"}]}`, []string{":1:15", `did you mean "type"?`}},
		{"an object without id", `{"objects": [{"type": "case"}]}`, []string{":1:14", "without type or id"}},
		{"received", `{"received": "2026-03-01"}`, []string{":1:2", "set by the service", `"recorded"`}},
		{"no type", `{"case": "A", "time": "2026-03-01"}`, []string{":1:1", "without a type"}},
		{"no time", `{"case": "A", "type": "x"}`, []string{":1:1", "without a time"}},
		{"no object", `{"type": "x", "time": "2026-03-01"}`, []string{":1:1", "without an object"}},
		{"a bad time", `{"case": "A", "type": "x", "time": "tomorrow"}`, []string{":1:36", "tomorrow", "2026-03-01T09:10:00+01:00"}},
		{"a number for a time", `{"time": 17}`, []string{":1:10", "a time as a string", "17"}},
		{"a number for an actor", `{"actor": 561}`, []string{":1:11", "expected a string"}},
		{"an empty id", `{"id": ""}`, []string{":1:8", "empty name"}},
		{"digits that would be lost", `{"attributes": {"n": 9007199254740993}}`, []string{":1:22", "2^53"}},
		{"a number too great", `{"attributes": {"n": 1e999}}`, []string{":1:22", "beyond"}},
		{"no number", `{"attributes": {"n": 01}}`, []string{":1:22"}},
		{"a nested value", `{"attributes": {"n": {"m": 1}}}`, []string{":1:22", "a list of strings"}},
		{"a list of numbers", `{"attributes": {"n": [1]}}`, []string{":1:23", "a string in the list"}},
		{"a fractional seq", `{"seq": 1.5}`, []string{":1:9", "whole number"}},
		{"half a pair", `{"id": "\ud83dx"}`, []string{":1:9", "escape"}},
		{"a raw control character", "{\"id\": \"a\tb\"}", []string{":1:10", "control character"}},
		{"bad UTF-8", "{\"id\": \"\xff\"}", []string{":1:9", "UTF-8"}},
		{"both", `{"id": "a", "corrects": "b", "voids": "c"}`, []string{"corrects and voids"}},
		{"two on a line", ok + ok, []string{":1:49", "one event a line"}},
		{"a comma too many", "[" + ok + ",]", []string{":1:51", "an object"}},
		{"an array cut off", "[" + ok + ",", []string{"ends inside the array"}},
		{"an event of an array cut off", "[" + ok + `, {"a": "}`, []string{"ends inside an event"}},
		{"no comma", "[" + ok + "\n" + ok + "]", []string{":2", `expected "," or "]"`}},
		{"more after the array", "[" + ok + "]\n[]", []string{":2", "after the array"}},
		{"an OCEL log", `{"objectTypes": []}`, []string{"OCEL", ".jsonocel"}},
		{"a million lists", `{"attributes": {"n": ` + deep, []string{":1:23", "a string in the list"}},
		{"a million lists in an array", "[" + deep, []string{"ends inside an event"}},
	} {
		_, err := read(t, strings.NewReader(c.in), nil)
		logtest.Refused(t, c.name, err, errs.Input, c.want...)
	}
}

func TestBombs(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"a string without end": logtest.Endless(`{"id": "`, "xxxx"), "lists without end": logtest.Endless(`[`, "["), "an array's event without end": logtest.Endless(`[{"id": "`, "x"),
		"members without end": logtest.Endless(`{"attributes": {`, `"a": 1, `),
	} {
		if _, err := read(t, in, nil); errs.CodeOf(err) != errs.Limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadLinesAreSetAside(t *testing.T) {
	const ok = `{"case": "A", "type": "x", "time": "2026-03-01"}`
	for _, in := range []string{ok + "\n{\"type\": \"y\"}\n{oops\n" + ok, "[" + ok + ",\n{\"type\": \"y\"},\n{oops}\n," + ok + "]"} {
		bad := &eventio.Bad{Allowed: 2}
		l, err := read(t, strings.NewReader(in), bad)
		if err != nil {
			t.Fatal(err)
		}
		if l.Rows() != 2 || len(bad.Rows) != 2 || bad.Rows[0].Err.Place.Line != 2 || bad.Rows[1].Err.Place.Line != 3 || !strings.HasPrefix(bad.Rows[1].Raw, "{oops") {
			t.Errorf("%d rows, %+v", l.Rows(), bad.Rows)
		}
		if _, err := read(t, strings.NewReader(in), &eventio.Bad{Allowed: 1}); err == nil {
			t.Error("one more than allowed was read")
		}
	}
}

// An event is found whole wherever the reads of the file cut it.
func TestCuts(t *testing.T) {
	in := `[{"case": "案A\"]}", "type": "x\\", "time": "2026-03-01", "attributes": {"tags": ["[", "}"]}} , {"case": "B", "type": "y", "time": "2026-03-02"}]`
	for _, text := range []string{in, strings.ReplaceAll(in[1:len(in)-1], " , ", "\n")} {
		l, err := read(t, oneByte{strings.NewReader(text)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := read(t, strings.NewReader(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := logtest.Difference(l, whole); d != "" || l.Rows() != 2 {
			t.Errorf("%d rows; %s", l.Rows(), d)
		}
	}
}

type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

// What our scanner takes is JSON to encoding/json as well.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"case": "A1", "type": "x", "time": "2026-03-01T09:10"}`, `[{"id": "e1", "seq": 1, "objects": [{"type": "case", "id": "A", "attributes": {"a": [], "b": -1.5e3}}]}]`,
		`{"voids": "e1"}`, `{"id": "\ud83d\ude00\u0000"}`, "[", `{"a": [[[`, `{"id": "a", "type": "b", "time": "2026-03-01", "case": "x", "attributes": {"n": 1152921504606846976}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := read(t, bytes.NewReader(in), nil)
		if err != nil {
			return
		}
		text := bytes.TrimPrefix(in, []byte("\ufeff"))
		if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("[")) {
			if !json.Valid(text) {
				t.Fatalf("not JSON, but read: %q", in)
			}
		} else {
			for _, line := range bytes.Split(text, []byte("\n")) {
				if len(bytes.TrimSpace(line)) > 0 && !json.Valid(line) {
					t.Fatalf("not JSON, but read: %q", line)
				}
			}
		}
		var out bytes.Buffer
		if _, err := Write(&out, l); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	line := `{"id": "e1", "type": "Create Fine", "time": "2012-01-01T00:00:00+01:00", "recorded": "2012-01-02T08:30:00+01:00", "actor": "561", "unit": "traffic", "objects": [{"type": "case", "id": "A1"}, {"type": "person", "id": "p7", "qualifier": "suspect"}], "attributes": {"amount": 80}}` + "\n"
	var in bytes.Buffer
	const n = 20_000
	for i := range n {
		in.WriteString(strings.Replace(line, "e1", fmt.Sprint("e", i), 1))
	}
	b.SetBytes(int64(in.Len()))
	for b.Loop() {
		if _, err := read(b, bytes.NewReader(in.Bytes()), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// Types of objects have codes of 16 bits: one more than there are is refused, so
// that none is taken for another.
func TestMoreTypesOfObjectsThanThereIsRoomFor(t *testing.T) {
	var b strings.Builder
	for i := range 65_537 {
		fmt.Fprintf(&b, `{"type": "A", "time": "2026-01-01T00:00:00Z", "objects": [{"type": "t%d", "id": "1"}]}`+"\n", i)
		if i == 65_534 {
			if l, err := read(t, strings.NewReader(b.String()), nil); err != nil || l.Objects.Types.Len() != 65_535 {
				t.Fatal(err)
			}
		}
	}
	_, err := read(t, strings.NewReader(b.String()), &eventio.Bad{})
	if err == nil || !strings.HasPrefix(err.Error(), "log.jsonl:65536: more than 65,535 types of objects; ") {
		t.Fatalf("got %v", err)
	}
}
