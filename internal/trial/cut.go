package trial

import "slices"

// For is the comparison as somebody may have it: without the officials who are hidden
// from them, and without examples that are of such an official or of something that the
// reader may not see. Counts stay. d isn't changed.
func (d *Diff) For(hidden func(official string) bool, sees func(key []KeyPart) bool) *Diff {
	out := *d
	out.Totals = d.Totals.without(hidden)
	out.Rules = slices.Clone(d.Rules)
	for i := range out.Rules {
		r := &out.Rules[i]
		r.Tally = r.Tally.without(hidden)
		r.Examples = slices.DeleteFunc(slices.Clone(r.Examples), func(e Example) bool {
			return e.Officer != nil && hidden(*e.Officer) || !sees(e.Key)
		})
	}
	return &out
}

func (t Tally) without(hidden func(official string) bool) Tally {
	t.Officers = slices.DeleteFunc(slices.Clone(t.Officers), func(g Group) bool { return g.Name != nil && hidden(*g.Name) })
	t.Concentrations = slices.DeleteFunc(slices.Clone(t.Concentrations), func(c Concentration) bool { return c.Of == Officer && hidden(c.Name) })
	return t
}
