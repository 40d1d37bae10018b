package jsonl

import (
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func readMapped(t testing.TB, text string, opt eventio.Read) (*event.Log, error) {
	t.Helper()
	opt.File = "dump.jsonl"
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome"), Schema: logtest.Schema})
	if err := Read(strings.NewReader(text), b, opt); err != nil {
		return nil, err
	}
	return b.Finish()
}

// Records of any form: paths with dots, lists, numbers as ids, times apart or in
// seconds, records that lack what others have.
func TestMapped(t *testing.T) {
	lost := eventio.Lost{}
	_, err := readMapped(t, `{"doc": {"no": 20260100000000000017, "lines": [{"sku": "a"}, {"sku": "b"}]}, "act": "Create Fine", "at": {"day": "03.02.2026", "hour": "09:10"}, "by": {"name": "561"}, "amount": 80, "tags": ["x", 2], "gone": null, "deep": [[1], {"er": true}], "case:points": 3, "voids": "e1"}
{"at": {"day": "4.2.2026"}, "act": "Send Fine", "doc": {"no": "20260100000000000017"}, "big": 9007199254740993, "amount": "eighty"}`,
		eventio.Read{Lost: lost, Map: eventio.Mapping{"case": "doc.no", "type": "act", "time": "at.day+at.hour@02.01.2006 15:04", "actor": "by.name", "object.sku": "doc.lines.sku"}})
	if err == nil || !strings.Contains(err.Error(), `"4.2.2026" is not a time`) || !strings.HasPrefix(err.Error(), "dump.jsonl:2:") {
		t.Fatalf("a layout that doesn't fit: %v", err)
	}
	l, err := readMapped(t, `{"doc": {"no": 20260100000000000017, "lines": [{"sku": "a"}, {"sku": "b"}]}, "act": "Create Fine", "at": 1770106200, "by": {"name": "561"}, "amount": 80, "tags": ["x", 2], "gone": null, "deep": [[1], {"er": true}], "case:points": 3, "voids": "e1"}
{"at": "1770192600", "act": "Send Fine", "doc": {"no": "20260100000000000017"}, "big": 9007199254740993, "amount": "eighty"}`,
		eventio.Read{Lost: lost, Map: eventio.Mapping{"case": "doc.no", "type": "act", "time": "at@unix", "actor": "by.name", "object.sku": "doc.lines.sku"}})
	if err != nil {
		t.Fatal(err)
	}
	e, f := l.Event(0), l.Event(1)
	if got := fmt.Sprint(e.Objects); got != `[{case 20260100000000000017  [{points {number 3  [] 0}}]} {sku a  []} {sku b  []}]` {
		t.Error(got)
	}
	if e.Actor != event.Some("561") || f.Actor.OK || l.Zone.Format(e.Time.At) != "2026-02-03T09:10:00+01:00" || l.Zone.Format(f.Time.At) != "2026-02-04T09:10:00+01:00" {
		t.Errorf("%+v %+v", e, f)
	}
	for name, want := range map[string]event.Value{"amount": event.Num(80), "tags": event.List([]string{"x", "2"}), "deep": event.List([]string{"1"}),
		"deep.er": event.List([]string{"true"}), "gone": {}, "by.name": {}, "voids": event.Str("e1")} {
		if got := e.Get(name); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if fmt.Sprint(f.Get("big")) != fmt.Sprint(event.Str("9007199254740993")) || f.Get("amount").Kind != event.Absent || l.Attr("amount").Mistyped != 1 {
		t.Errorf("%+v", f)
	}
	if lines := lost.Lines(errs.En); len(lines) != 1 || !strings.Contains(lines[0], `field "voids", which corrects or voids no event`) {
		t.Errorf("%q", lines)
	}
}

// What isn't mapped goes by the common names, as in any table.
func TestMappedCommonNames(t *testing.T) {
	l, err := readMapped(t, `[{"案号": "A1", "activity": "立案", "timestamp": "2026-01-01", "办案人": "张", "event_id": "e1"}]`, eventio.Read{Map: eventio.Mapping{"actor": "-"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := l.Event(0); e.Type != "立案" || e.ID != "e1" || e.Actor.OK || e.Get("办案人").Str != "张" {
		t.Errorf("%+v", e)
	}
}

func TestMappedRefused(t *testing.T) {
	ok := `{"k": "A1", "a": "x", "t": "2026-01-01"}` + "\n"
	usual := eventio.Mapping{"case": "k", "type": "a", "time": "t"}
	with := func(part, path string) eventio.Mapping {
		m := eventio.Mapping{part: path}
		for k, v := range usual {
			if k != part {
				m[k] = v
			}
		}
		return m
	}
	for _, c := range []struct {
		name, text string
		m          eventio.Mapping
		code       errs.Code
		parts      []string
	}{
		{"an unknown part", ok, with("colour", "k"), errs.Usage, []string{`unknown part "colour"`}},
		{"a path that no record has", ok, with("actor", "b"), errs.Usage, []string{"--map actor=b: no record has that field"}},
		{"a misspelt path", strings.ReplaceAll(ok, `"k"`, `"case_ref"`), with("case", "case_reff"), errs.Input, []string{`field "case_reff" is not there`, `did you mean "case_ref"?`}},
		{"no such part at all", ok, eventio.Mapping{"case": "k", "type": "a"}, errs.Input, []string{"dump.jsonl:1", "no column is recognised as the time"}},
		{"two of one", `{"k": "A1", "a": ["x", "y"], "t": "2026-01-01"}`, usual, errs.Input, []string{`field "a" has 2 values; expected one`}},
		{"an empty case", ok + `{"k": "", "a": "x", "t": "2026-01-01"}`, usual, errs.Input, []string{"dump.jsonl:2", `field "k" is not there or empty`}},
		{"a key twice", `{"k": "A1", "k": "A2", "a": "x", "t": "2026-01-01"}`, usual, errs.Input, []string{`"k" stands twice`}},
		{"a million lists", `{"k": ` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `}`, usual, errs.Input, []string{"nested more than 64 deep"}},
		{"a number as a time", `{"k": "A1", "a": "x", "t": 1770106200}`, usual, errs.Input, []string{`"1770106200" is not a time`, "@unix"}},
		{"too many fields", `{"k": "A1"` + manyFields(20_000) + `}`, usual, errs.Input, []string{"more than 16384 different fields"}},
	} {
		_, err := readMapped(t, c.text, eventio.Read{Map: c.m})
		logtest.Refused(t, c.name, err, c.code, c.parts...)
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `, "f%d": 1`, i)
	}
	return b.String()
}
