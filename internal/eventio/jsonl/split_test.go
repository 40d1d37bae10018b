package jsonl

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// cut is what a Splitter makes of a text: events, "!" before those with a
// fault of their own, and the error at the end.
func cut(r io.Reader, max int, lines bool) (out []string, err error) {
	s := NewSplitter(r, max, lines)
	for {
		text, fault, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, err
		case fault != nil:
			out = append(out, "!"+string(text))
		default:
			out = append(out, string(text))
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, in string
		lines    bool
		want     []string
		err      string // part of the error
	}{
		{"array", ` [ {"a":1} , {"b":"]},{"} ]` + "\n", false, []string{`{"a":1}`, `{"b":"]},{"}`}, ""},
		{"empty array", "[]", false, nil, ""},
		{"byte order mark", "\ufeff[{}]", false, []string{"{}"}, ""},
		{"one over several lines", "{\n\"a\": {\"b\": []}\n}", false, []string{"{\n\"a\": {\"b\": []}\n}"}, ""},
		{"one after the other", "{}\n{}{}", false, []string{"{}", "{}", "{}"}, ""},
		{"lines", "{}\r\n\n  {\"a\":1}\nnonsense\n{}", true, []string{"{}", `  {"a":1}`, "nonsense", "{}"}, ""},
		{"a line that never closes", "{\"a\n{}\n", true, []string{`{"a`, "{}"}, ""},
		{"an array where lines were said", "[{},\n{}]", true, []string{"{}", "{}"}, ""},
		{"no objects", `[1, "x,", [2], null]`, false, []string{"1", `"x,"`, "[2]", "null"}, ""},
		{"quotes escaped", `[{"a":"\\\""},{}]`, false, []string{`{"a":"\\\""}`, "{}"}, ""},
		{"a bracket too many", `{}}{}`, false, []string{"{}", "}", "{}"}, ""},
		{"too long", `[{"a":"` + strings.Repeat("x", 9000) + `"},{"b":2}]`, false, []string{`!{"a":"` + strings.Repeat("x", 4089), `{"b":2}`}, ""},
		{"too long a line", `{"a":"` + strings.Repeat("x", 9000) + "\"}\n{}", true, []string{`!{"a":"` + strings.Repeat("x", 4090), "{}"}, ""},
		{"nothing", " \n", false, nil, "nothing was sent"},
		{"no JSON", "case,type", false, nil, `not JSON: it begins with "cas`},
		{"cut off in the array", `[{"a":1},`, false, []string{`{"a":1}`}, "ends inside the array"},
		{"cut off in an event", `[{"a":1},{"b`, false, []string{`{"a":1}`}, "ends inside an event"},
		{"no comma", `[{} {}]`, false, []string{"{}"}, `expected "," or "]"`},
		{"text behind the array", `[{}] {}`, false, []string{"{}"}, "text after the array"},
		{"two commas", `[{},,{}]`, false, []string{"{}"}, "a comma without an event"},
	} {
		for _, in := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in)), iotest.DataErrReader(strings.NewReader(c.in))} {
			got, err := cut(in, 8000, c.lines)
			for i := range got { // how much of a long one is shown depends on the reads
				if got[i][0] == '!' && c.want != nil && strings.HasPrefix(c.want[i], got[i][:64]) {
					got[i] = c.want[i]
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
		}
	}
}

// What came before a line broke is given out before the break is told.
func TestSplitGivesWhatCameBeforeABreak(t *testing.T) {
	broken := errors.New("the line broke")
	in := iotest.DataErrReader(io.MultiReader(strings.NewReader("[{},{},{"), iotest.ErrReader(broken)))
	got, err := cut(in, 100, false)
	if len(got) != 2 || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
}

// No text keeps a Splitter busy for ever, makes it hold more than an event, or
// depends on how it arrives.
func TestSplitWhatever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"{", "}", "[", "]", ",", "\"", "\\", "\n", " ", "a", "1", `{"a":1}`}), 0, 60).Draw(t, "text"), "")
		lines := rapid.Bool().Draw(t, "lines")
		whole, errWhole := cut(strings.NewReader(text), 16, lines)
		single, errSingle := cut(iotest.OneByteReader(strings.NewReader(text)), 16, lines)
		if len(whole) != len(single) || (errWhole == nil) != (errSingle == nil) {
			t.Fatalf("%q: %q %v at once, %q %v byte by byte", text, whole, errWhole, single, errSingle)
		}
	})
}

func TestParseOneEvent(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	p := NewParser(zone)
	for _, c := range []struct{ in, want, missing string }{
		{`{"type":"A","time":"2026-03-01","case":"c"}`, "", ""},
		{`{"voids":"e1"}`, "", ""},
		{`{"time":"2026-03-01","case":"c"}`, "", "without a type"},
		{`{"type":"A","case":"c"}`, "", "without a time"},
		{`{"type":"A","time":"2026-03-01"}`, "", "without an object"},
		{"{\n \"tpye\":\"A\"}", `2:2: unknown key "tpye"`, ""},
		{`{"type":"A","received":"2026-03-01"}`, `1:13: "received" is set by the service`, ""},
		{`[]`, "expected an object", ""},
	} {
		e, fault := p.Parse([]byte(c.in))
		if said := saidBy(fault); (c.want == "") != (said == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", c.in, said, c.want)
		}
		if fault == nil {
			if said := saidBy(Missing(&e)); (c.missing == "") != (said == "") || !strings.Contains(said, c.missing) {
				t.Errorf("%s: %q, want %q", c.in, said, c.missing)
			}
		}
	}
}

func saidBy(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return e.Error()
}

func TestAnAppendedEventIsReadAgain(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`{"id":"e1","type":"立案","time":"2026-03-01T09:10:00+08:00","seq":7,"recorded":"2026-03-02","actor":"","unit":"u","source":"s","objects":[{"type":"case","id":"A","qualifier":"q","attributes":{"n":1.5}}],"attributes":{"b":true,"l":["x","y"],"t":"\n"}}`,
		`{"id":"e2","corrects":"e1","type":"A","time":"2026-03-01T00:00:00.000001Z","case":"A"}`,
		`{"id":"e3","voids":"e1"}`,
	} {
		e, fault := NewParser(zone).Parse([]byte(text))
		if fault != nil {
			t.Fatal(fault)
		}
		line, lost := Append(nil, &e, zone, true)
		again, fault := NewParser(zone).Parse(line)
		if fault != nil || len(lost) > 0 || bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("%s: %v, %v", line, fault, lost)
		}
		if !event.Same(&e, &again) || e.ID != again.ID || e.Seq != again.Seq {
			t.Errorf("%s became %s", text, line)
		}
	}
}

// What a file's reader takes, a Splitter and a Parser take, too, event by event;
// and nothing keeps them busy for ever.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{`[{"id":"e1","type":"A","time":"2026-03-01","case":"c"},{"type":"B","time":"2026-03-01T09:10:00+01:00","case":"c"}]`,
		"{\"voids\":\"e1\"}\n{\"type\":\"A\",\"time\":\"2026-03-01\",\"objects\":[{\"type\":\"case\",\"id\":\"\\\"]\"}]}\r\n", "[]", "[{},", `{"a":"\u00`, "\ufeff[ ]"} {
		f.Add([]byte(s))
	}
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b := event.NewBuilder(event.Options{Zone: zone})
		taken := Read(bytes.NewReader(text), b, eventio.Read{}) == nil
		s, p := NewSplitter(iotest.HalfReader(bytes.NewReader(text)), maxEvent, true), NewParser(zone)
		n, bad := 0, false
		for steps := 0; ; steps++ {
			if steps > len(text)+1 {
				t.Fatalf("%q: more events than bytes", text)
			}
			one, fault, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				bad = true
				break
			}
			e, said := p.Parse(bytes.Clone(one))
			if said == nil {
				said = Missing(&e)
			}
			bad = bad || fault != nil || said != nil
			n++
		}
		if taken && (bad || n != b.Log().Rows()) {
			t.Fatalf("%q: read as %d events, cut into %d, at fault %v", text, b.Log().Rows(), n, bad)
		}
	})
}
