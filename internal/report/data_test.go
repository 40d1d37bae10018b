package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/monitor"
	"plumbline/internal/stats"
)

// The names of the JSON document are fixed; what is added comes after them.
func TestJSON(t *testing.T) {
	d := fixture(t)
	var b bytes.Buffer
	if err := JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	order := func(v any) []string {
		var keys []string
		ty := reflect.TypeOf(v)
		for i := range ty.NumField() {
			f := ty.Field(i)
			if f.Anonymous {
				for j := range f.Type.NumField() {
					keys = append(keys, f.Type.Field(j).Tag.Get("json"))
				}
				continue
			}
			keys = append(keys, strings.TrimSuffix(f.Tag.Get("json"), ",omitempty"))
		}
		return keys
	}
	for _, c := range []struct {
		of   any
		want string
	}{
		{Document{}, "log as_of rules elapsed_ms"},
		{Document{}.Log, "events objects first last"},
		{DocumentRule{}, "pack id severity activations met met_late breached running moot not_evaluable when_unknown violations episodes entered_late"},
		{Elapsed{}, "read evaluate total"},
	} {
		want := strings.Fields(c.want)
		if got := order(c.of); !slices.Equal(got[:len(want)], want) {
			t.Errorf("%T begins with %v, want %v", c.of, got, want)
		}
	}
	var got Document
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Log.Events != d.Result.Log.Events() || got.Log.Objects["case"] != 480 || *got.Log.First != "2009-01-01T08:10:00+01:00" || got.AsOf != "2013-05-15T09:30:00+02:00" {
		t.Errorf("the log: %+v as of %s", got.Log, got.AsOf)
	}
	for i, r := range got.Rules {
		rr := d.Result.Rules[i]
		if r.ID != rr.Rule.ID || r.Totals != rr.Totals {
			t.Errorf("%s: %+v, want %+v", r.ID, r.Totals, rr.Totals)
		}
	}
	if dec.More() {
		t.Error("more than one document")
	}
	var none bytes.Buffer
	if err := JSON(&none, empty(t)); err != nil || !strings.Contains(none.String(), `"first": null`) {
		t.Errorf("a log without events: %v\n%s", err, none.String())
	}
}

// Lateness figures are values that occurred, in the unit of the rule's clock.
func TestLateness(t *testing.T) {
	l := lateness{Sorted: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 100}}
	for p, want := range map[float64]int{.5: 5, .9: 9, .01: 1, 1: 100} {
		if got, ok := l.quantile(p); !ok || got.Days != want {
			t.Errorf("quantile %v is %v, want %d days", p, got, want)
		}
	}
	l.Elapsed = true
	if got, _ := l.quantile(.5); got != (clock.Lateness{Micros: 5}) {
		t.Errorf("an elapsed clock gives %+v", got)
	}
	if _, ok := (lateness{}).quantile(.5); ok {
		t.Error("nothing late has a median")
	}
}

// Every violation is one row, with the engine's number, in order.
func TestBreaches(t *testing.T) {
	d := fixture(t)
	want := 0
	for _, rr := range d.Result.Rules {
		want += rr.Totals.Violations
	}
	ids := map[string]bool{}
	for b := range d.Breaches(errs.En) {
		ids[b.ID] = true
		if b.Verdict != "breached" && b.Verdict != "met_late" {
			t.Errorf("a row of verdict %s", b.Verdict)
		}
		if (b.Rule == "appeal-answered") != (b.Status == "warning") {
			t.Errorf("%s is a %s", b.Rule, b.Status)
		}
		if (b.LateDays != nil || b.LateSeconds != nil) != (b.Verdict == "met_late") {
			t.Errorf("%s of %s: lateness %v %v", b.Verdict, b.Key, b.LateDays, b.LateSeconds)
		}
		if b.Rule == "sent-within-90-days" && b.Key == "case:A157" {
			due := time.Date(2010, 7, 16, 22, 0, 0, 0, time.UTC)
			if b.DueText != "2010-07-16 24:00" || !b.Due.Equal(due) || *b.LateDays != 22 || b.DecidingType != "Send Fine" || b.EventID != "Create Fine-157" {
				t.Errorf("case A157: %+v", b)
			}
		}
	}
	if len(ids) != want {
		t.Errorf("%d rows of different numbers, want %d", len(ids), want)
	}
	var lines bytes.Buffer
	if err := BreachesJSONL(&lines, d, errs.Zh); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(lines.String(), "\n"); n != want {
		t.Errorf("%d lines of JSON, want %d", n, want)
	}
}

// A table has a cell for each column, and its CSV reads back.
func TestCSV(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		for _, table := range []Table{d.RuleTable(lang), d.BreachTable(lang), d.MethodTable(lang)} {
			var b bytes.Buffer
			if err := CSV(&b, table); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for row := range table.Rows {
				n++
				if len(row) != len(table.Columns) {
					t.Fatalf("%s: a row of %d cells under %d columns", table.Name, len(row), len(table.Columns))
				}
			}
			if len(rows) != n+1 || rows[0][0] != table.Columns[0].Field {
				t.Errorf("%s: %d rows of CSV for %d, header %v", table.Name, len(rows), n, rows[0])
			}
		}
	}
}

func TestCSVCells(t *testing.T) {
	for v, want := range map[any]string{"=1+1": "'=1+1", "@x": "'@x", "-5": "'-5", "\x00=1": "'=1", "plain": "plain", "": "", 12: "12", 0.25: "0.25", int32(3): "3", nil: ""} {
		if got := csvCell(v); got != want {
			t.Errorf("csvCell(%#v) = %q, want %q", v, got, want)
		}
	}
}

// Only a share clearly above the others' is named, by name, and never under a
// rule that may only warn or where the numbers are small.
func TestConcerned(t *testing.T) {
	d := fixture(t)
	for _, f := range d.worstFirst() {
		units, ok := d.concerned(f, d.Result.Log.Unit)
		switch f.rr.Rule.ID {
		case "sent-within-90-days":
			if !ok || len(units.Groups) != 1 || units.Groups[0].Name != "south" {
				t.Errorf("%s: units %+v, want south alone", f.rr.Rule.ID, units)
			}
		case "appeal-answered", "few-stops-a-day":
			if ok || len(units.Groups) > 0 {
				t.Errorf("%s may only warn, yet names %+v", f.rr.Rule.ID, units.Groups)
			}
		case "no-collection-after-payment":
			if len(units.Groups) > 0 {
				t.Errorf("%s has 20 activations, yet names %+v", f.rr.Rule.ID, units.Groups)
			}
		}
	}
	d.Result.Rules[0].Judgements = d.Result.Rules[0].Judgements[1:]
	if _, ok := d.concerned(d.ruleFigures(d.Result.Rules[0]), d.Result.Log.Unit); ok {
		t.Error("compared without all judgements")
	}
}

// Groups that differ by chance are never named, however many there are.
func TestScores(t *testing.T) {
	if z := score(30, 100, 300, 1000); z != 0 {
		t.Errorf("the same share scores %v", z)
	}
	if z := score(60, 100, 300, 1000); z < 6 || z > 7 {
		t.Errorf("60%% of 100 against 30%% scores %v, want about 6.5", z)
	}
	if phi := stats.Overdispersion([]float64{-9, -3, 3, 9, -3, 3, -3, 3, -3, 3, 3, -3}); phi < 8 {
		t.Errorf("groups that vary three times as much as chance have φ %v, want about 9", phi)
	}
	if phi := stats.Overdispersion([]float64{5, -5}); phi != 1 {
		t.Errorf("two groups have φ %v", phi)
	}
	names := []string{"10", "9", "100", "a", "B"}
	slices.SortFunc(names, compareNames)
	if got := strings.Join(names, " "); got != "9 10 100 B a" {
		t.Errorf("names in order: %s", got)
	}
}

// Examples are of the worst rules, one each, and not three of a kind.
func TestExamples(t *testing.T) {
	d := fixture(t)
	list := d.examples(d.worstFirst(), 3)
	var ids []string
	kinds := map[kind]bool{}
	for _, e := range list {
		ids = append(ids, e.rr.Rule.ID)
		kinds[e.kind()] = true
	}
	if got := strings.Join(ids, " "); got != "appeal-answered no-collection-after-payment sent-within-90-days" {
		t.Errorf("examples of %s", got)
	}
	if len(kinds) != 3 {
		t.Errorf("%d kinds among three examples", len(kinds))
	}
	if e := list[0]; e.rr.Judgements[e.i].Verdict != monitor.MetLate {
		t.Errorf("the first example is %s, want one of typical lateness", e.rr.Judgements[e.i].Verdict)
	}
	if n := len(d.examples(d.worstFirst(), 99)); n != 5 {
		t.Errorf("%d examples of five broken rules", n)
	}
}

// Months are grouped so that a chart has few enough columns and each of them
// enough cases, and nothing is lost.
func TestPeriods(t *testing.T) {
	months := func(n, each int) []monitor.Month {
		var out []monitor.Month
		for i := range n {
			if i%7 != 3 { // months without an activation aren't in the result
				out = append(out, monitor.Month{Year: 2000 + i/12, Month: i%12 + 1, Activations: each + 1, Met: each, Moot: 1})
			}
		}
		return out
	}
	for _, c := range []struct{ months, each, size, periods int }{
		{24, 100, 1, 24}, {72, 100, 1, 72}, {73, 100, 3, 25}, {216, 100, 3, 72}, {300, 100, 12, 25}, {24, 5, 3, 8}, {24, 1, 12, 2},
	} {
		list := periodsOf(months(c.months, c.each))
		if list[0].Months != c.size || len(list) != c.periods {
			t.Errorf("%d months of %d: %d periods of %d months, want %d of %d", c.months, c.each, len(list), list[0].Months, c.periods, c.size)
		}
		met, want := 0, 0
		for _, p := range list {
			met += p.Met
		}
		for _, m := range months(c.months, c.each) {
			want += m.Met
		}
		if met != want {
			t.Errorf("%d months of %d: %d met, want %d", c.months, c.each, met, want)
		}
	}
}
