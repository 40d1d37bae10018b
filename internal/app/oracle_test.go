package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/monitor"
	"plumbline/internal/sim/synthetic"
)

// The tests of this file hold the whole way from a file to verdicts to answers
// that other programs gave, or that were worked out by hand. The rules are in
// testdata/oracle.

// count is what is expected of one rule. violations, where it isn't 0, stands
// for met late and breached together, as other programs count them.
type count struct {
	rule                                                    string
	activations, met, late, breached, running, moot, noEval int
	whenUnknown, violations                                 int
}

func (c count) String() string {
	return fmt.Sprintf("%-28s %d activations: %d met, %d met late, %d breached, %d running, %d moot, %d not evaluable; %d when unknown",
		c.rule, c.activations, c.met, c.late, c.breached, c.running, c.moot, c.noEval, c.whenUnknown)
}

// judge checks a log with a pack of testdata/oracle.
func judge(t *testing.T, pack string, o app.CheckOptions) *monitor.Result {
	t.Helper()
	o.Rules = []string{filepath.Join("testdata", "oracle", pack)}
	c, err := app.Check(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		if w.Pos.Line > 0 && strings.Contains(w.What.En, "event type") {
			t.Errorf("%s:%d: %s", w.Pos.File, w.Pos.Line, w.What.En)
		}
	}
	return c.Doc.Result
}

// expect compares every rule of a result with what is expected of it.
func expect(t *testing.T, res *monitor.Result, want []count) {
	t.Helper()
	if len(res.Rules) != len(want) {
		t.Errorf("%d rules, %d expected", len(res.Rules), len(want))
	}
	for _, r := range res.Rules {
		i := slices.IndexFunc(want, func(c count) bool { return c.rule == r.Rule.ID })
		if i < 0 {
			t.Errorf("nothing is expected of %s", r.Rule.ID)
			continue
		}
		n := r.Totals
		got := count{r.Rule.ID, n.Activations, n.Met, n.MetLate, n.Breached, n.Running, n.Moot, n.NotEvaluable, n.WhenUnknown, 0}
		w := want[i]
		if w.violations > 0 {
			if n.Activations != w.activations || n.Violations != w.violations {
				t.Errorf("%s: %d activations, %d violations; expected %d, %d", w.rule, n.Activations, n.Violations, w.activations, w.violations)
			}
			continue
		}
		if got != w {
			t.Errorf("got\n%v, expected\n%v", got, w)
		}
	}
}

// realLog is a file of $PLUMBLINE_LOGS; "" where that isn't set, and what is
// left out is said. In CI the logs must be there.
func realLog(t *testing.T, names ...string) []string {
	t.Helper()
	dir := os.Getenv("PLUMBLINE_LOGS")
	if dir == "" {
		said := fmt.Sprintf("left out: %s; PLUMBLINE_LOGS names no folder with the real logs (docs/real-logs.md says where to get them)", strings.Join(names, ", "))
		if os.Getenv("CI") == "true" {
			t.Fatal(said)
		}
		t.Log(said)
		return nil
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = filepath.Join(dir, n)
		if _, err := os.Stat(out[i]); err != nil {
			t.Fatalf("%v; docs/real-logs.md says where to get it", err)
		}
	}
	return out
}

// DuckDB gave these counts as SQL; on a log of the same generator MonPoly and
// VeriMon agreed with it on all five. As of the last event no limit of 72 hours
// is still running, so that SQL, which knows no such thing, counts the same.
func TestSyntheticLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "synthetic.csv")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := synthetic.Write(f, 200_000, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	res := judge(t, "synthetic.yaml", app.CheckOptions{Source: app.Source{Files: []string{name}}, Complete: true})
	if n := res.Log.Events(); n != 1_130_406 {
		t.Errorf("%d events", n)
	}
	expect(t, res, []count{
		{rule: "freeze-approved-within-72h", activations: 89_879, violations: 25_477},
		{rule: "freeze-only-after-approval", activations: 87_150, violations: 22_028},
		{rule: "closed-only-after-inquiry", activations: 200_000, violations: 2_128},
		{rule: "four-eyes", activations: 67_770, violations: 792},
		{rule: "approvals-in-a-day", activations: 67_770, violations: 41},
	})
}

// By brute force over every trace (limits, hold), and by a program of a few
// lines (precedence): as of the last event, in Rome. Every notification that is
// followed by a penalty is so after sixty calendar days exactly, which are 1439,
// 1440 or 1441 hours, because of summer time.
func TestFines(t *testing.T) {
	files := realLog(t, "road-traffic-fines.xes.gz")
	if files == nil {
		return
	}
	res := judge(t, "fines.yaml", app.CheckOptions{Source: app.Source{Files: files}})
	if at := res.AsOf.Time().Format("2006-01-02T15:04Z"); at != "2013-06-17T22:00Z" {
		t.Errorf("as of %s", at)
	}
	if n := res.Log.Events(); n != 561_470 {
		t.Errorf("%d events", n)
	}
	const penalties = 79_860
	expect(t, res, []count{
		{rule: "sent-within-90d", activations: 150_370, met: 54_215, late: 49_772, breached: 46_015, running: 368},
		{rule: "sent-within-90d-unless-paid", activations: 150_370, met: 53_796, late: 49_643, breached: 369, moot: 46_562},
		{rule: "penalty-within-60d", activations: penalties, met: penalties},
		{rule: "penalty-within-59d", activations: penalties, breached: penalties},
		{rule: "penalty-within-1438h", activations: penalties, breached: penalties},
		{rule: "penalty-within-1439h", activations: penalties, met: 6_386, breached: penalties - 6_386},
		{rule: "penalty-within-1440h", activations: penalties, met: 62_296, breached: 17_564},
		{rule: "penalty-within-1441h", activations: penalties, met: penalties},
		{rule: "sent-by-somebody", activations: 103_987, noEval: 103_987},
		{rule: "created-by-somebody", activations: 150_370, met: 150_370},
		{rule: "notified-before-judge", activations: 555, met: 555 - 17, breached: 17},
		{rule: "dated-before-sent", activations: 4_141, met: 4_141 - 4, breached: 4},
		{rule: "sent-before-result", activations: 999, met: 999 - 82, breached: 82},
		{rule: "result-before-notice", activations: 896, met: 896 - 2, breached: 2},
		{rule: "sent-before-paid", activations: 77_601, met: 77_601 - 46_966, breached: 46_966},
	})
}

// Responses at the end of complete cases, counted by a program of a few lines.
// 46,383 fines were never sent at all.
func TestFinesAtTheEndOfCases(t *testing.T) {
	files := realLog(t, "road-traffic-fines.xes.gz")
	if files == nil {
		return
	}
	res := judge(t, "fines-complete.yaml", app.CheckOptions{Source: app.Source{Files: files}, Complete: true})
	ends := func(rule string, activations, breached int) count {
		return count{rule: rule, activations: activations, met: activations - breached, breached: breached}
	}
	expect(t, res, []count{
		ends("ever-sent", 150_370, 46_383),
		ends("ever-notified", 103_987, 24_127),
		ends("appeal-ever-sent", 4_188, 51),
		ends("appeal-ever-answered", 4_141, 3_224),
		ends("result-ever-notified", 999, 105),
	})
}

// One log in two formats has the same verdicts; the counts are worked out by
// hand from the 42 events.
func TestOneLogInTwoFormats(t *testing.T) {
	files := realLog(t, "running-example.xes", "running-example.csv")
	if files == nil {
		return
	}
	sameVerdicts(t, "running-example.yaml", files, []count{
		// cases 1 and 3: 30 December to 6 January; case 2 to the 5th, the sixth day
		{rule: "decided-within-6d", activations: 6, met: 4, late: 2},
		{rule: "checked-before-decided", activations: 9, met: 4, breached: 5},
		{rule: "other-eyes", activations: 9, met: 9},
		{rule: "next-is-decision", activations: 9, met: 6, breached: 3},
		// every examination costs 400
		{rule: "no-dear-acts", activations: 42, met: 33, breached: 9},
		{rule: "five-acts-a-week", activations: 42, met: 38, breached: 4},
	})
}

// One object-centric log in the three formats of OCEL 2.0 has the same
// verdicts; the counts are worked out by hand from the 13 events.
func TestOneLogInThreeOCELFormats(t *testing.T) {
	files := realLog(t, "pm4py_ocel20_example.jsonocel", "pm4py_ocel20_example.xmlocel", "pm4py_ocel20_example.sqlite")
	if files == nil {
		return
	}
	sameVerdicts(t, "orders.yaml", files, []count{
		// R1: 14 to 30 January, the sixteenth day; R2: 15 days; R3: 26 days
		{rule: "paid-within-16d", activations: 3, met: 2, late: 1},
		// PO1 twice; R3 was entered without an order
		{rule: "order-before-invoice", activations: 2, met: 2, whenUnknown: 1},
		// PO2 was made for R3
		{rule: "no-order-after-invoice", activations: 3, met: 2, breached: 1},
		// PO2 came of no requisition
		{rule: "approved-before-order", activations: 1, met: 1, whenUnknown: 1},
		// Mario, both times
		{rule: "unblocked-by-another", activations: 1, breached: 1},
		{rule: "paid-when-free", activations: 3, met: 3},
		{rule: "union-of-orders", activations: 3, met: 3},
	})
}

// sameVerdicts checks each file, and compares every verdict with those of the
// first.
func sameVerdicts(t *testing.T, pack string, files []string, want []count) {
	t.Helper()
	var first []string
	for i, file := range files {
		res := judge(t, pack, app.CheckOptions{Source: app.Source{Files: []string{file}}, Keep: monitor.KeepAll})
		expect(t, res, want)
		said := verdicts(res)
		if i == 0 {
			first = said
		}
		for n := range max(len(first), len(said)) {
			if n >= len(first) || n >= len(said) || first[n] != said[n] {
				t.Fatalf("%s says from its judgement %d on\n%q, %s\n%q", filepath.Base(file), n, said[n:min(n+2, len(said))], filepath.Base(files[0]), first[n:min(n+2, len(first))])
			}
		}
	}
}

// verdicts writes out every judgement: rule, key, event, verdict, and the
// deadline and the deciding event as the explanation has them.
func verdicts(res *monitor.Result) []string {
	var lines []string
	for _, r := range res.Rules {
		for _, j := range r.Judgements {
			row, other := j.Row, ""
			if j.By >= 0 {
				other = res.Log.Types.Name(uint32(res.Log.Type[j.By])) + " " + res.Log.Time[j.By].Time().UTC().String()
			}
			lines = append(lines, fmt.Sprintf("%s %v %s %v: %v by %q, due %v %+v, %v", r.Rule.ID, r.KeyOf(&j),
				res.Log.Types.Name(uint32(res.Log.Type[row])), res.Log.Time[row].Time().UTC(), j.Verdict, other, j.HasDue, j.Due, j.Number))
		}
	}
	slices.Sort(lines)
	return lines
}
