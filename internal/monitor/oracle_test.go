package monitor_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/monitor/brute"
	"plumbline/internal/rule"
)

// oracleCases is how many random (rule, trace) pairs a run compares;
// PLUMBLINE_ORACLE_CASES asks for more.
const oracleCases = 100_000

// traces is how many traces each random rule is held against: to read a rule takes
// longer than to judge a few events by it.
const traces = 4

// randomCases is how many random cases a test takes, and from which seed: fewer
// under the race detector (-short), ten times as many in the long form.
func randomCases(t *testing.T, n int) (int, uint64) {
	t.Helper()
	seed := uint64(20260101)
	switch {
	case testing.Short():
		n /= 20
	case os.Getenv("PLUMBLINE_LONG") != "":
		n *= 10
	}
	for name, set := range map[string]func(uint64){
		"PLUMBLINE_ORACLE_CASES": func(v uint64) { n = int(v) },
		"PLUMBLINE_ORACLE_SEED":  func(v uint64) { seed = v },
	} {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%s: expected a whole number", name, text)
		}
		set(v)
	}
	return n, seed
}

// TestAgainstBruteForce holds the engine against an evaluator written from the
// definition's quantifiers alone, over every form, clock and reading.
func TestAgainstBruteForce(t *testing.T) {
	n, base := randomCases(t, oracleCases)
	var next, failed atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := next.Add(traces)
				if i > int64(n) || failed.Load() > 2 {
					return
				}
				cases := brute.Traces(rand.New(rand.NewPCG(base, uint64(i))), traces)
				p, err := parsePack(cases[0])
				if err != nil {
					refusals.Add(traces)
					continue
				}
				for _, c := range cases {
					if d := differenceUnder(p, c); d != "" && failed.Add(1) <= 2 {
						small := brute.Shrink(c, func(c brute.Case) bool { return difference(c) != "" })
						t.Errorf("case %d of %d:\n%s\n%s", i, base, difference(small), small)
					}
				}
			}
		})
	}
	wg.Wait()
	if r := refusals.Load(); r > int64(n/100) {
		t.Errorf("the language refuses %d of %d random rules; expected next to none", r, n)
	}
}

var refusals atomic.Int64

// difference says where engine and brute force differ on a case; "" if nowhere, and
// where the language refuses the rule.
func difference(c brute.Case) string {
	p, err := parsePack(c)
	if err != nil {
		return ""
	}
	return differenceUnder(p, c)
}

func differenceUnder(p *rule.Pack, c brute.Case) string {
	want := brute.Evaluate(c)
	res, err := engineUnder(p, c, 1)
	if err != nil {
		return err.Error()
	}
	for i, w := range want {
		if d := compareRule(res, res.Rules[i], w); d != "" {
			return d
		}
	}
	return ""
}

func engine(c brute.Case, workers int) (*monitor.Result, error) {
	p, err := parsePack(c)
	if err != nil {
		return nil, err
	}
	return engineUnder(p, c, workers)
}

func engineUnder(p *rule.Pack, c brute.Case, workers int) (*monitor.Result, error) {
	l, err := logOf(p, c)
	if err != nil {
		return nil, err
	}
	return monitor.Check(l, p.Rules, monitor.Options{AsOf: clock.Instant(c.T), HasAsOf: true, Lateness: c.T - c.W,
		Complete: c.Complete, Workers: workers, Keep: monitor.KeepAll})
}

func load(c brute.Case) (*rule.Pack, *event.Log, error) {
	p, err := parsePack(c)
	if err != nil {
		return nil, nil, err
	}
	l, err := logOf(p, c)
	return p, l, err
}

func logOf(p *rule.Pack, c brute.Case) (*event.Log, error) {
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range c.Events {
		e := eventOf(&c.Events[i])
		if _, err := b.Add(&e); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

func parsePack(c brute.Case) (*rule.Pack, error) {
	find := func(name string) (*clock.Calendar, error) {
		n, text := c.Pack.CalendarFile()
		if name != strings.TrimSuffix(n, ".yaml") {
			return nil, nil
		}
		return clock.ParseCalendar(name+".yaml", []byte(text))
	}
	p, _, err := rule.ParseWith("pack.yaml", []byte(brute.YAML(c.Pack)), find, nil)
	return p, err
}

func eventOf(e *brute.Event) event.Event {
	out := event.Event{ID: e.ID, Type: e.Type, Time: stampOf(brute.Value{Kind: brute.Time, At: e.Time, Day: e.Day}), Seq: e.Seq, HasSeq: true,
		Recorded: stampOf(e.Recorded), Actor: event.Opt{Value: e.Actor, OK: e.Actor != ""}, Unit: event.Opt{Value: e.Unit, OK: e.Unit != ""},
		Attrs: attrsOf(e.Attributes)}
	for _, o := range e.Objects {
		out.Objects = append(out.Objects, event.Object{Type: o.Type, ID: o.ID, Qualifier: o.Qualifier, Attrs: attrsOf(o.Attributes)})
	}
	return out
}

func stampOf(v brute.Value) event.Stamp {
	switch {
	case v.Kind == brute.Absent:
		return event.Stamp{}
	case v.Day:
		return event.Stamp{At: clock.Instant(v.At), Kind: event.Day}
	}
	return event.Stamp{At: clock.Instant(v.At), Kind: event.Time}
}

func attrsOf(m map[string]brute.Value) []event.Attr {
	var out []event.Attr
	for name, v := range m {
		w := event.Value{}
		switch v.Kind {
		case brute.Number:
			w = event.Num(v.Num)
		case brute.String:
			w = event.Str(v.Str)
		case brute.Bool:
			w = event.Boolean(v.Bool)
		case brute.Time:
			s := stampOf(v)
			w = event.Value{Kind: s.Kind, At: s.At}
		}
		out = append(out, event.Attr{Name: name, Value: w})
	}
	slices.SortFunc(out, func(a, b event.Attr) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func compareRule(res *monitor.Result, got *monitor.RuleResult, want brute.Result) string {
	var g, w []string
	// under immediately the next event decides before any deadline
	shown := got.Rule.Form == rule.FollowedBy && got.Rule.Within != nil && !got.Rule.Immediately
	for i := range got.Judgements {
		j := &got.Judgements[i]
		key := ""
		if got.Rule.Over == rule.Each {
			var parts []string
			for _, p := range got.KeyOf(j) {
				parts = append(parts, p.ID)
			}
			key = strings.Join(parts, "\x1f")
		}
		line := fmt.Sprintf("%s %q %s", res.Log.ID(j.Row), key, j.Verdict)
		if shown && j.Verdict != monitor.NotEvaluable && j.HasDue {
			line += fmt.Sprintf(" due %d", j.Due.Due)
		}
		if j.AtRisk {
			line += " at risk"
		}
		g = append(g, line)
	}
	for _, v := range want.Verdicts {
		line := fmt.Sprintf("%s %q %s", v.Event, v.Key, v.Verdict)
		if shown && v.HasDue {
			line += fmt.Sprintf(" due %d", v.Due)
		}
		if v.AtRisk {
			line += " at risk"
		}
		w = append(w, line)
	}
	slices.Sort(g)
	slices.Sort(w)
	if !slices.Equal(g, w) {
		return fmt.Sprintf("rule %s: the engine says\n  %s\nthe definition\n  %s", want.Rule, strings.Join(g, "\n  "), strings.Join(w, "\n  "))
	}
	a, b := got.Totals, want.Totals
	gt := brute.Totals{Activations: a.Activations, Met: a.Met, MetLate: a.MetLate, Breached: a.Breached, Running: a.Running, Moot: a.Moot,
		NotEvaluable: a.NotEvaluable, WhenUnknown: a.WhenUnknown, Violations: a.Violations, Episodes: a.Episodes}
	if gt != b {
		return fmt.Sprintf("rule %s: totals of the engine %+v, of the definition %+v", want.Rule, gt, b)
	}
	return ""
}
