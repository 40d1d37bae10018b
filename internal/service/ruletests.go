package service

import (
	"maps"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// RuleTest is one test of a pack, as far as it is about one rule.
type RuleTest struct {
	Name   string
	Events int
	AsOf   clock.Instant
	Want   map[string]int // by the names of counts
	Got    map[string]int // of the same names
	Passed bool
}

// RuleTests runs those of a pack's tests that are about a rule, each in the order in
// which it is written; nothing where there is no such rule. `plumbline rules test` runs
// them live and shuffled besides.
func (s *Service) RuleTests(pack, version, id string) ([]RuleTest, error) {
	s.mu.RLock()
	var r *rule.Rule
	for _, p := range s.packs {
		for _, one := range p.Rules {
			if p.Name == pack && p.Version == version && one.ID == id {
				r = one
			}
		}
	}
	s.mu.RUnlock()
	if r == nil {
		return nil, nil
	}
	var out []RuleTest
	for _, x := range r.Pack.Tests {
		want, ok := x.Want[id]
		if !ok {
			continue
		}
		t, err := runTest(r, &x, want)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func runTest(r *rule.Rule, x *rule.Example, want rule.Want) (RuleTest, error) {
	b := event.NewBuilder(event.Options{Zone: r.Pack.Log.Zone, Schema: r.Pack.Log.Attributes})
	for i := range x.Events {
		if _, err := b.Add(&x.Events[i]); err != nil {
			return RuleTest{}, err
		}
	}
	l, err := b.Finish()
	if err != nil {
		return RuleTest{}, err
	}
	res, err := monitor.Check(l, []*rule.Rule{r}, monitor.Options{AsOf: x.AsOf, HasAsOf: x.HasAsOf, Complete: x.Complete})
	if err != nil {
		return RuleTest{}, err
	}
	t := RuleTest{Name: x.Name, Events: len(x.Events), AsOf: res.AsOf, Want: want.Counts, Got: map[string]int{}}
	n := res.Rules[0].Totals
	for name, v := range map[string]int{"met": n.Met, "met_late": n.MetLate, "breached": n.Breached, "running": n.Running, "moot": n.Moot, "not_evaluable": n.NotEvaluable,
		"when_unknown": n.WhenUnknown, "activations": n.Activations, "violations": n.Violations, "episodes": n.Episodes, "at_risk": n.AtRisk} {
		if _, named := want.Counts[name]; named {
			t.Got[name] = v
		}
	}
	t.Passed = maps.Equal(t.Want, t.Got)
	return t, nil
}
