package service

import (
	"cmp"
	"context"
	"slices"

	"plumbline/internal/clock"
)

// Figure counts what the rules demanded of a unit in a month, and what became of
// it, by the verdicts as they stand now.
type Figure struct {
	Pack, Rule   string
	Unit         string    // of the activating events; "" for none
	Month        clock.Day // its first day, in the zone of the pack
	Activations  int
	Met          int
	MetLate      int
	Breached     int
	Running      int
	Moot         int
	NotEvaluable int
}

// Figures are those of the units that may says yes to, by pack, rule, unit and
// month. Versions of a pack count together.
func (s *Service) Figures(_ context.Context, may func(unit string) bool) []Figure {
	type place struct {
		pack, rule, unit string
		month            clock.Day
	}
	at := map[place]*Figure{}
	s.mu.RLock()
	for _, f := range s.live.Figures() {
		if !may(f.Unit) {
			continue
		}
		k := place{f.Rule.Pack.Name, f.Rule.ID, f.Unit, f.Month}
		g := at[k]
		if g == nil {
			g = &Figure{Pack: k.pack, Rule: k.rule, Unit: k.unit, Month: k.month}
			at[k] = g
		}
		g.Activations += int(f.Activations)
		g.Met += int(f.Met)
		g.MetLate += int(f.MetLate)
		g.Breached += int(f.Breached)
		g.Running += int(f.Running)
		g.Moot += int(f.Moot)
		g.NotEvaluable += int(f.NotEvaluable)
	}
	s.mu.RUnlock()
	out := make([]Figure, 0, len(at))
	for _, g := range at {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Month, b.Month))
	})
	return out
}
