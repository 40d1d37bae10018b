package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you commit it")

// golden compares with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./internal/report -update writes it anew); got:\n%s", path, got)
	}
}

func TestText(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		for _, width := range []int{40, 64, 100, 160} {
			var b bytes.Buffer
			if err := Text(&b, d, TextOptions{Lang: lang, Width: width}); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("text-%s-%d.txt", lang, width), b.Bytes())
		}
	}
}

// A log that ends in the future, one that is judged before it begins, and values
// that were no numbers are told of, with what to mend.
func TestNotesOfTheLog(t *testing.T) {
	d := fixture(t)
	first, last, _ := d.Result.Log.Span()
	asOf, w := d.Result.AsOf, i18n.Words{Lang: errs.En}
	for _, c := range []struct {
		name      string
		now, asOf clock.Instant
		want      string // the first note's beginning, where it is of this
	}{
		{"over", last, last, ""},
		{"yet to come", last - 1, last, "The log's last event is dated"},
		{"yet to come, judged earlier", last - 1, last - 1, ""},
		{"not told when", 0, last, ""},
		{"before the log", last, first - 1, "It was judged as of a time before the log's first event"},
	} {
		d.Now, d.Result.AsOf = c.now, c.asOf
		note := ""
		for _, n := range d.notes(w, nil) {
			if strings.HasPrefix(n, "The log's last event") || strings.HasPrefix(n, "It was judged") {
				note = n
			}
		}
		if !strings.HasPrefix(note, c.want) || (note != "") != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.name, note, c.want)
		}
	}
	d.Result.AsOf = asOf
	d.Result.Log.Attrs = append(d.Result.Log.Attrs, &event.Column{Name: "fee", Declared: event.Number, Mistyped: 2}, &event.Column{Name: "x", Mistyped: 1})
	if got := d.mistyped(w); got != "2 × fee (number), 1 × x" {
		t.Error(got)
	}
}

// No line is wider than the terminal, at any width, and colour changes nothing
// but colour.
func TestTextFits(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		for width := 30; width <= 200; width += 5 {
			var plain, colour bytes.Buffer
			if err := Text(&plain, d, TextOptions{Lang: lang, Width: width}); err != nil {
				t.Fatal(err)
			}
			if err := Text(&colour, d, TextOptions{Lang: lang, Width: width, Color: true}); err != nil {
				t.Fatal(err)
			}
			for n, l := range strings.Split(plain.String(), "\n") {
				if cells(l) > width {
					t.Errorf("%s, width %d, line %d has %d cells: %s", lang, width, n+1, cells(l), l)
				}
			}
			stripped := strings.NewReplacer(bold, "", faint, "", red, "", reset, "").Replace(colour.String())
			trim := func(s string) string {
				lines := strings.Split(s, "\n")
				for i := range lines {
					lines[i] = strings.TrimRight(lines[i], " ")
				}
				return strings.Join(lines, "\n")
			}
			if trim(stripped) != plain.String() {
				t.Errorf("%s, width %d: the text in colour says something else", lang, width)
			}
			if strings.Contains(plain.String(), "\x1b") {
				t.Errorf("%s, width %d: an escape sequence without colour", lang, width)
			}
		}
	}
}

// A name of ten thousand characters is cut in text and HTML, in whatever
// sentence it stands, and whole in what machines read.
func TestLongNames(t *testing.T) {
	src, err := os.ReadFile("testdata/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pack, _, err := rule.Parse("testdata/pack.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	long := func(s string) event.Opt { return event.Some(strings.Repeat(s, 10_000)) }
	b := event.NewBuilder(event.Options{Zone: pack.Log.Zone})
	for i, typ := range []string{"Create Fine", "Send Fine"} {
		e := event.Event{Type: typ, Time: event.Stamp{At: clock.Instant(i) * 100 * 86_400_000_000, Kind: event.Time}, Actor: long("官"), Unit: long("u"),
			Objects: []event.Object{{Type: "case", ID: long("c").Value}}}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, pack.Rules, monitor.Options{Keep: monitor.KeepAll})
	if err != nil {
		t.Fatal(err)
	}
	d := &Doc{Result: res, Explain: Engine(res)}
	has := func(name string, write func(w io.Writer) error) int {
		var out strings.Builder
		if err := write(&out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return max(strings.Count(out.String(), strings.Repeat("c", 100)), strings.Count(out.String(), strings.Repeat("官", 60)))
	}
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		if n := has("text", func(w io.Writer) error { return Text(w, d, TextOptions{Lang: lang, Width: 200}) }); n > 0 {
			t.Errorf("%s: the text has %d whole names", lang, n)
		}
		if n := has("HTML", func(w io.Writer) error { return HTML(w, d, lang) }); n > 0 {
			t.Errorf("%s: the page has %d whole names", lang, n)
		}
		if has("CSV", func(w io.Writer) error { return CSV(w, d.BreachTable(lang)) }) == 0 || has("JSON", func(w io.Writer) error { return BreachesJSONL(w, d, lang) }) == 0 {
			t.Errorf("%s: names are cut in what machines read", lang)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"one two three", 8, "one two|three"},
		{"罚单须在九十日内寄出。", 10, "罚单须在九|十日内寄|出。"},
		{"共 1,234 次，违规 12 次", 12, "共 1,234|次，违规 12|次"},
		{"abcdefghij", 4, "abcd|efgh|ij"},
		{"", 4, ""},
	} {
		if got := strings.Join(wrap(c.in, c.width), "|"); got != c.want {
			t.Errorf("wrap(%q, %d) = %s, want %s", c.in, c.width, got, c.want)
		}
	}
}
