package report

import (
	"cmp"
	"slices"

	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// example is one judgement chosen to be explained.
type example struct {
	rr  *monitor.RuleResult
	i   int
	why string // key of the words that say why this one: example.median …
}

// kind is what makes two examples alike: they would teach the same.
type kind struct {
	form    rule.Form
	never   bool
	verdict monitor.Verdict
}

func (e example) kind() kind {
	return kind{e.rr.Rule.Form, e.rr.Rule.Never, e.rr.Judgements[e.i].Verdict}
}

// examples chooses up to n violations to explain: of the worst rules first, one
// a rule, different in kind as long as there are different ones.
func (d *Doc) examples(list []ruleFigures, n int) []example {
	var out []example
	taken := map[*monitor.RuleResult]bool{}
	seen := map[kind]bool{}
	for _, distinct := range []bool{true, false} {
		for _, f := range list {
			if len(out) == n || taken[f.rr] {
				continue
			}
			for _, e := range d.ruleExamples(f) {
				if !distinct || !seen[e.kind()] {
					out = append(out, e)
					taken[f.rr], seen[e.kind()] = true, true
					break
				}
			}
		}
	}
	place := map[*monitor.RuleResult]int{}
	for i, f := range list {
		place[f.rr] = i
	}
	slices.SortStableFunc(out, func(a, b example) int { return cmp.Compare(place[a.rr], place[b.rr]) })
	return out
}

// ruleExamples are the violations that show best what is wrong with a rule's
// keeping: the one of typical lateness, and among those never met the one in
// the middle of their order in time.
func (d *Doc) ruleExamples(f ruleFigures) []example {
	var out []example
	if median, ok := f.Late.quantile(.5); ok {
		for i := range f.rr.Judgements {
			if late, ok := lateOf(d.Result, f.rr.Rule, &f.rr.Judgements[i]); ok && late == median {
				out = append(out, example{f.rr, i, "example.median"})
				break
			}
		}
	}
	var breached []int
	for i := range f.rr.Judgements {
		if f.rr.Judgements[i].Verdict == monitor.Breached {
			breached = append(breached, i)
		}
	}
	if len(breached) > 0 {
		out = append(out, example{f.rr, breached[(len(breached)-1)/2], "example.middle"})
	}
	return out
}
