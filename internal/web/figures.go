package web

import (
	"context"
	"slices"
	"sync"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/service"
	"plumbline/internal/stats"
)

// figures are the counts of all rules, units and months, by rule. They are many, so
// pages share them for a while.
type figures struct {
	mu     sync.Mutex
	at     clock.Instant
	byRule map[ruleKey][]service.Figure
	last   clock.Day // the first day of the last month in which anything was asked
}

// ruleKey is a rule of any version of its pack.
type ruleKey struct{ pack, rule string }

// figuresFor is how long figures are shared.
const figuresFor = clock.Instant(30 * 1_000_000)

func (f *figures) get(ctx context.Context, from Judged, now clock.Instant) (map[ruleKey][]service.Figure, clock.Day) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byRule == nil || now-f.at > figuresFor || now < f.at {
		f.byRule, f.at, f.last = map[ruleKey][]service.Figure{}, now, 0
		for _, x := range from.Figures(ctx, func(string) bool { return true }) {
			k := ruleKey{x.Pack, x.Rule}
			f.byRule[k] = append(f.byRule[k], x)
			f.last = max(f.last, x.Month)
		}
	}
	return f.byRule, f.last
}

// counts are figures added up.
type counts struct{ Asked, Met, Late, Broken, Running, Moot, Unknown int }

func (c *counts) add(f *service.Figure) {
	c.Asked += f.Activations
	c.Met += f.Met
	c.Late += f.MetLate
	c.Broken += f.Breached
	c.Running += f.Running
	c.Moot += f.Moot
	c.Unknown += f.NotEvaluable
}

// kept is the share kept of what is decided.
func (c counts) kept() stats.Share { return stats.Share{K: c.Met, N: c.Met + c.Late + c.Broken} }

// tally answers questions of figures, for one request: those of the units that who
// asks may read of.
type tally struct {
	v      *view
	byRule map[ruleKey][]service.Figure
	months []clock.Day // first days, oldest first; the last may be running
	above  map[string][]string
	sees   map[string]bool
}

// monthsShown is how many months charts over time show, and monthsCounted how many
// of them, the last ones, shares rest on.
const (
	monthsShown   = 24
	monthsCounted = 12
)

func (v *view) tally() *tally {
	t := &tally{v: v, above: v.above(), sees: map[string]bool{}}
	var last clock.Day
	t.byRule, last = v.p.figured.get(v.r.Context(), v.p.Judged, v.now)
	if last == 0 {
		last = v.p.Zone.Date(v.now)
	}
	for range monthsShown {
		_, _, d := last.Date()
		last -= clock.Day(d - 1)
		t.months = append(t.months, last)
		last--
	}
	slices.Reverse(t.months)
	return t
}

// counted is from which month on shares are counted.
func (t *tally) counted() clock.Day { return t.months[monthsShown-monthsCounted] }

// may says whether who asks may read of a unit.
func (t *tally) may(unit string) bool {
	yes, ok := t.sees[unit]
	if !ok {
		yes = access.Decide(t.v.who, access.FindingRead, unitThing(unit, t.above)).Allowed
		t.sees[unit] = yes
	}
	return yes
}

// under says whether a unit is another or below it; "" is above all.
func (t *tally) under(unit, top string) bool {
	return top == "" || unit == top || slices.Contains(t.above[unit], top)
}

// byMonth are a rule's figures of a unit and those below it, one for each month that
// is shown.
func (t *tally) byMonth(k ruleKey, top string) []counts {
	out := make([]counts, len(t.months))
	list := t.byRule[k]
	for i := range list {
		f := &list[i]
		if at, ok := slices.BinarySearch(t.months, f.Month); ok && t.under(f.Unit, top) && t.may(f.Unit) {
			out[at].add(f)
		}
	}
	return out
}

// lastYear adds up the months that shares rest on.
func lastYear(months []counts) (all counts) {
	for _, m := range months[len(months)-min(monthsCounted, len(months)):] {
		all.Asked += m.Asked
		all.Met += m.Met
		all.Late += m.Late
		all.Broken += m.Broken
		all.Running += m.Running
		all.Moot += m.Moot
		all.Unknown += m.Unknown
	}
	return all
}

// byUnit are a rule's figures of some units, each with those below it, of the months
// that shares rest on.
func (t *tally) byUnit(k ruleKey, units []Unit) map[string]counts {
	out := map[string]counts{}
	from := t.counted()
	list := t.byRule[k]
	for i := range list {
		f := &list[i]
		if f.Month < from || !t.may(f.Unit) {
			continue
		}
		for _, u := range units {
			if t.under(f.Unit, u.ID) {
				c := out[u.ID]
				c.add(f)
				out[u.ID] = c
			}
		}
	}
	return out
}

// peers are the units at one depth of the tree that who asks may read of.
func (t *tally) peers(depth int) (out []Unit) {
	if t.v.p.Units == nil {
		return nil
	}
	for _, u := range t.v.p.Units(t.v.now) {
		if u.Depth == depth && t.may(u.ID) {
			out = append(out, u)
		}
	}
	return out
}

// level is the first depth at which there are enough units to compare.
func (t *tally) level() int {
	for depth := range 6 {
		if len(t.peers(depth)) >= 3 {
			return depth
		}
	}
	return 0
}
