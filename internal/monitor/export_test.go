package monitor

import (
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// OverGroups puts together what rules need of a log that correlate as the first
// does, and gives what judges one of them over it: what a rule costs where others
// need its events as well.
func OverGroups(l *event.Log, rules []*rule.Rule, opt Options) func(r *rule.Rule) *RuleResult {
	res := newResult(l, rules, opt)
	set := keyings(rules)[0]
	k := newKeyer(l, set.parts)
	g := res.group(set, k, res.collectors(set, k, opt))
	return func(r *rule.Rule) *RuleResult {
		one := newResult(l, []*rule.Rule{r}, Options{AsOf: res.AsOf, HasAsOf: true, Lateness: opt.Lateness, Complete: opt.Complete})
		alone := keyings([]*rule.Rule{r})[0]
		one.judge(alone, k, g, one.collectors(alone, k, opt))
		return one.Rules[0]
	}
}
