package brute

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// cases is how many random cases the shares are taken of; dearer tests look at fewer.
const cases = 20_000

func seeded(seed int) Case { return Random(rand.New(rand.NewPCG(uint64(seed), 1))) }

// TestShares holds the generator to hitting each form's every verdict, so that an agreement on
// its cases means something.
func TestShares(t *testing.T) {
	least := map[string]int{ // per mille of a form's verdicts
		"followed_by":       30,
		"never followed_by": 30,
		"preceded_by":       12,
		"never preceded_by": 12,
		"hold":              100,
		"count":             50,
	}
	verdicts := map[string][]string{
		"followed_by":       {"met", "met_late", "breached", "running", "moot", "not_evaluable"},
		"never followed_by": {"met", "breached", "running", "moot", "not_evaluable"},
		"preceded_by":       {"met", "breached", "moot", "not_evaluable"},
		"never preceded_by": {"met", "breached", "moot", "not_evaluable"},
		"hold":              {"met", "breached", "not_evaluable"},
		"count":             {"met", "breached", "not_evaluable"},
	}
	seen, all := map[string]int{}, map[string]int{}
	for seed := range cases {
		c := seeded(seed)
		r := c.Pack.Rules[0]
		form := r.Form
		if r.Never {
			form = "never " + form
		}
		for _, v := range Evaluate(c)[0].Verdicts {
			seen[form+" "+v.Verdict]++
			all[form]++
		}
	}
	for form, names := range verdicts {
		for _, name := range names {
			if share := 1000 * seen[form+" "+name] / max(1, all[form]); share < least[form] {
				t.Errorf("%s: %s is %d ‰ of %d verdicts, want at least %d ‰", form, name, share, all[form], least[form])
			}
			delete(seen, form+" "+name)
		}
	}
	if len(seen) > 0 {
		t.Errorf("verdicts that the form can't have: %v", seen)
	}
}

// TestOptionsMatter holds the generator to making each option of a rule decide something: in
// some share of the cases that have it, dropping it changes an answer.
func TestOptionsMatter(t *testing.T) {
	options := []struct {
		name  string
		least int // per mille of the cases that have it
		drop  func(*Case, *Rule) bool
	}{
		{"unless", 100, func(_ *Case, r *Rule) bool { return drop(&r.Unless) }},
		{"paused", 100, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Paused) }},
		{"max", 60, func(_ *Case, r *Rule) bool { return r.Clock.Paused != nil && drop(&r.Clock.Paused.Max) }},
		{"extended", 70, func(_ *Case, r *Rule) bool { had := r.Clock.Extended != nil; r.Clock.Extended = nil; return had }},
		{"from", 300, func(_ *Case, r *Rule) bool { return drop(&r.Clock.From) }},
		{"immediately", 150, func(_ *Case, r *Rule) bool { return drop(&r.Immediately) }},
		{"oldest", 100, func(_ *Case, r *Rule) bool { return drop(&r.Oldest) }},
		{"over", 150, func(_ *Case, r *Rule) bool { return drop(&r.Over) }},
		{"per", 300, func(_ *Case, r *Rule) bool { had := r.Per != nil; r.Per = nil; return had }},
		{"effective from", 150, func(_ *Case, r *Rule) bool { return drop(&r.EffectiveFrom) }},
		{"effective to", 200, func(_ *Case, r *Rule) bool { return drop(&r.EffectiveTo) }},
		{"warn", 50, func(_ *Case, r *Rule) bool { return drop(&r.Warn) }},
		{"start", 80, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Start) }},
		{"roll", 30, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Roll) }},
		{"calendar", 20, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Calendar) }},
		{"hours", 80, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Hours) }},
		{"months", 15, func(_ *Case, r *Rule) bool { return drop(&r.Clock.Months) }},
		{"within", 300, func(_ *Case, r *Rule) bool { r.Clock, r.Warn = Clock{}, Duration{}; return drop(&r.Within) }},
		{"distinct", 200, func(_ *Case, r *Rule) bool { return r.Count != nil && drop(&r.Count.Distinct) }},
		{"sum", 400, func(_ *Case, r *Rule) bool { return r.Count != nil && drop(&r.Count.Sum) }},
		{"closes", 30, func(c *Case, _ *Rule) bool { had := c.Pack.Closes != nil; c.Pack.Closes = nil; return had }},
		{"complete", 50, func(c *Case, _ *Rule) bool { return drop(&c.Complete) }},
		{"allowed lateness", 30, func(c *Case, _ *Rule) bool { had := c.W != c.T; c.W = c.T; return had }},
		{"a day's mark", 40, func(c *Case, _ *Rule) bool {
			had := false
			for i := range c.Events {
				had = drop(&c.Events[i].Day) || had
			}
			return had
		}},
	}
	had, mattered := make([]int, len(options)), make([]int, len(options))
	for seed := range cases / 2 {
		c := seeded(seed)
		before := Evaluate(c)
		for k, option := range options {
			d := c
			d.Events = append([]Event(nil), c.Events...)
			d.Pack.Rules = []Rule{c.Pack.Rules[0].clone()}
			if !option.drop(&d, &d.Pack.Rules[0]) || !d.valid() {
				continue
			}
			had[k]++
			if !reflect.DeepEqual(Evaluate(d), before) {
				mattered[k]++
			}
		}
	}
	for k, option := range options {
		if share := 1000 * mattered[k] / max(1, had[k]); share < option.least {
			t.Errorf("%s matters in %d ‰ of %d cases, want at least %d ‰", option.name, share, had[k], option.least)
		} else {
			t.Logf("%s matters in %d ‰ of %d cases", option.name, share, had[k])
		}
	}
}

func TestSeedReproduces(t *testing.T) {
	for seed := range 200 {
		if a, b := seeded(seed), seeded(seed); a.String() != b.String() {
			t.Fatalf("seed %d made two cases:\n%s\n%s", seed, a, b)
		}
	}
}

// TestAlwaysOne: every activation has exactly one verdict, and the totals say the same.
func TestAlwaysOne(t *testing.T) {
	for seed := range cases / 4 {
		c := seeded(seed)
		got := Evaluate(c)[0]
		sum := got.Totals.Met + got.Totals.MetLate + got.Totals.Breached + got.Totals.Running + got.Totals.Moot + got.Totals.NotEvaluable
		seen := map[string]bool{}
		for _, v := range got.Verdicts {
			seen[v.Key+"\x1e"+v.Event] = true
		}
		if sum != got.Totals.Activations || len(seen) != sum {
			t.Fatalf("%d activations, %d verdicts, %d in the totals\n%s", len(seen), len(got.Verdicts), sum, c)
		}
	}
}

// TestOrderOfInput: verdicts follow the events' order, not the order they are given in.
func TestOrderOfInput(t *testing.T) {
	for seed := range 2000 {
		c := seeded(seed)
		d := c
		d.Events = append([]Event(nil), c.Events...)
		rand.New(rand.NewPCG(uint64(seed), 2)).Shuffle(len(d.Events), func(i, k int) { d.Events[i], d.Events[k] = d.Events[k], d.Events[i] })
		if a, b := Evaluate(c), Evaluate(d); !reflect.DeepEqual(a, b) {
			t.Fatalf("shuffled: %+v\n%s", b, c)
		}
	}
}

// TestShrink: what is left of a case is what its verdict needs, and it still loads.
func TestShrink(t *testing.T) {
	late := func(c Case) bool { return Evaluate(c)[0].Totals.MetLate > 0 }
	found := 0
	for seed := range 2000 {
		c := seeded(seed)
		if !late(c) {
			continue
		}
		found++
		small := Shrink(c, late)
		if !small.valid() || !late(small) || len(small.Events) > 3 {
			t.Fatalf("shrunk to\n%s", small)
		}
		if r := small.Pack.Rules[0]; r.Unless != nil || r.Warn != (Duration{}) || r.Clock.Paused != nil {
			t.Fatalf("an option that has no part was left:\n%s", small)
		}
	}
	if found < 20 {
		t.Errorf("%d cases were late, want at least 20", found)
	}
}

func ExampleCase_String() {
	c := example{rule: follow(1, "d"), events: "2026-03-01T09:00 A\n2026-03-03T08:00 B"}.asked()
	_, answer, _ := strings.Cut(c.String(), "── verdicts")
	fmt.Println(answer)
	// Output:
	// of rule r: {Activations:1 Met:0 MetLate:1 Breached:0 Running:0 Moot:0 NotEvaluable:0 WhenUnknown:0 Violations:1 Episodes:0}
	// e1 [c1]: met_late by e2, due 2026-03-03T00:00:00Z, late 1 days
	//     favourably: met_late by e2, due 2026-03-03T00:00:00Z, late 1 days
	//     unfavourably: met_late by e2, due 2026-03-03T00:00:00Z, late 1 days
}
