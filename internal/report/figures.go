package report

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"plumbline/internal/clock"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// logFigures are what a report says of the log.
type logFigures struct {
	Events, Repeated, Waiting, Mistyped int
	Objects                             []objectCount
	First, Last                         clock.Instant
	Any                                 bool // false: no event at all
}

// objectCount is how many objects of a type there are.
type objectCount struct {
	Type string
	N    int
}

func (d *Doc) logFigures() logFigures {
	l := d.Result.Log
	f := logFigures{Events: l.Events(), Repeated: l.Repeated, Waiting: len(l.Waiting)}
	f.First, f.Last, f.Any = l.Span()
	for _, c := range l.Attrs {
		f.Mistyped += c.Mistyped
	}
	for code, n := range l.Objects.CountByType() {
		if code > 0 && n > 0 {
			f.Objects = append(f.Objects, objectCount{l.Objects.Types.Name(uint32(code)), n})
		}
	}
	slices.SortFunc(f.Objects, func(a, b objectCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Type, b.Type))
	})
	return f
}

// ruleFigures are what a report says of a rule.
type ruleFigures struct {
	rr      *monitor.RuleResult
	Decided int
	Shared  bool    // some could have been kept by now, so the share says something
	Kept    float64 // share of Decided; with Shared
	Late    lateness
	Warns   bool // unverified: its violations are warnings
}

// lateness is how late what was done late was done. All values of a rule are
// of one kind, days or µs.
type lateness struct {
	Elapsed bool // µs; else days
	Sorted  []int64
}

// quantile is the smallest value that a share p of all don't exceed, so it is
// one that occurred; ok is false where there are none.
func (l lateness) quantile(p float64) (clock.Lateness, bool) {
	if len(l.Sorted) == 0 {
		return clock.Lateness{}, false
	}
	return l.of(l.Sorted[max(0, int(math.Ceil(p*float64(len(l.Sorted))))-1)]), true
}

func (l lateness) of(v int64) clock.Lateness {
	if l.Elapsed {
		return clock.Lateness{Micros: v}
	}
	return clock.Lateness{Days: int(v)}
}

// lateOf is how late a judgement was met; ok is false for any that isn't met
// late, or whose deadline was the end of its case and no time limit.
func lateOf(res *monitor.Result, r *rule.Rule, j *monitor.Judgement) (late clock.Lateness, ok bool) {
	if j.Verdict != monitor.MetLate || j.By < 0 || !j.HasDue || r.Within == nil {
		return late, false
	}
	return r.Within.Lateness(j.Due, res.Log.Time[j.By]), true
}

func (d *Doc) ruleFigures(rr *monitor.RuleResult) ruleFigures {
	t := rr.Totals
	f := ruleFigures{rr: rr, Decided: t.Met + t.MetLate + t.Breached, Warns: !rr.Rule.Basis.Verified}
	if f.Shared = f.Decided > 0 && !onlyBroken(d.Result, rr); f.Shared {
		f.Kept = float64(t.Met) / float64(f.Decided)
	}
	f.Late.Elapsed = elapsed(rr.Rule)
	f.Late.Sorted = make([]int64, 0, min(t.MetLate, len(rr.Judgements)))
	for i := range rr.Judgements {
		if late, ok := lateOf(d.Result, rr.Rule, &rr.Judgements[i]); ok {
			v := int64(late.Days)
			if f.Late.Elapsed {
				v = late.Micros
			}
			f.Late.Sorted = append(f.Late.Sorted, v)
		}
	}
	slices.Sort(f.Late.Sorted)
	return f
}

// allFigures are the figures of all rules, in their order. There may be millions of
// latenesses to sort, so the rules are shared out among the cores.
func (d *Doc) allFigures() []ruleFigures {
	list := make([]ruleFigures, len(d.Result.Rules))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
				list[i] = d.ruleFigures(d.Result.Rules[i])
			}
		})
	}
	wg.Wait()
	return list
}

// onlyBroken says whether all that is decided of a rule could only have been
// broken: what must not follow within a time is kept when that time is over, so
// where it runs on for all of them a share of 0 % would accuse everybody.
func onlyBroken(res *monitor.Result, rr *monitor.RuleResult) bool {
	if r := rr.Rule; !r.Never || r.Form != rule.FollowedBy || rr.Totals.Met > 0 {
		return false
	}
	runs := false
	for i := range rr.Judgements {
		if j := &rr.Judgements[i]; j.Verdict == monitor.Breached {
			if j.HasDue && j.Due.Due <= res.W {
				return false
			}
			runs = true
		}
	}
	return runs
}

// elapsed says whether a rule's deadlines are instants and not last days.
func elapsed(r *rule.Rule) bool { return r.Within == nil || r.Within.Elapsed() }

// worstFirst are the figures of all rules: those with violations first, by
// severity, then by how many; within that the pack's own order.
func (d *Doc) worstFirst() []ruleFigures {
	list := d.allFigures()
	slices.SortStableFunc(list, func(a, b ruleFigures) int {
		return cmp.Or(
			-compareBool(a.rr.Totals.Violations > 0, b.rr.Totals.Violations > 0),
			-cmp.Compare(a.rr.Rule.Severity, b.rr.Rule.Severity),
			-cmp.Compare(a.rr.Totals.Violations, b.rr.Totals.Violations),
		)
	})
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// sums are the totals over all rules, violations apart from warnings.
type sums struct{ Activations, Met, MetLate, Breached, Running, Moot, NotEvaluable, Violations, Warnings, RulesBroken int }

func sum(list []ruleFigures) sums {
	var s sums
	for _, f := range list {
		t := f.rr.Totals
		s.Activations += t.Activations
		s.Met += t.Met
		s.MetLate += t.MetLate
		s.Breached += t.Breached
		s.Running += t.Running
		s.Moot += t.Moot
		s.NotEvaluable += t.NotEvaluable
		if f.Warns {
			s.Warnings += t.Violations
			continue
		}
		s.Violations += t.Violations
		if t.Violations > 0 {
			s.RulesBroken++
		}
	}
	return s
}
