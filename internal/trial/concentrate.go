package trial

import (
	"cmp"
	"math"
	"slices"
)

// What stands out: half of the change or more, at least two, on a part of the
// activations at most half as large, and rarer than one comparison in twenty
// gives by chance. All of it is told with its figures, so that whoever reads
// can think otherwise.
const (
	fewest      = 2
	rare        = 0.05
	halfOrMore  = 0.5
	timesLarger = 2.0
)

// concentrations finds what stands out among groups of one kind.
func concentrations(of Of, groups []Group) []Concentration {
	var all Counts
	for _, g := range groups {
		all.add(g.Counts)
	}
	var out []Concentration
	for _, g := range groups {
		if g.Name == nil {
			continue
		}
		for _, c := range []Concentration{
			{Vanished: true, Count: g.ViolationsVanished, Total: all.ViolationsVanished, Activations: g.ActivationsOld, ActivationsTotal: all.ActivationsOld,
				Violations: g.ViolationsOld, ViolationsTotal: all.ViolationsOld},
			{Count: g.ViolationsAppeared, Total: all.ViolationsAppeared, Activations: g.ActivationsNew, ActivationsTotal: all.ActivationsNew,
				Violations: g.ViolationsNew, ViolationsTotal: all.ViolationsNew},
		} {
			c.Of, c.Name = of, *g.Name
			c.Chance = chance(c, len(groups))
			if c.standsOut() {
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Concentration) int { return cmp.Compare(a.Chance, b.Chance) })
	return out
}

func (c Concentration) standsOut() bool {
	if c.Count < fewest || c.Chance > rare {
		return false
	}
	part, share := float64(c.Count)/float64(c.Total), float64(c.Activations)/float64(c.ActivationsTotal)
	return part >= halfOrMore && part >= timesLarger*share
}

// chance is how likely it is that, of as many activations drawn at random as
// violations changed, at least Count fall on this group, times the number of
// groups that it might have been (Bonferroni): the upper tail of the
// hypergeometric distribution.
func chance(c Concentration, groups int) float64 {
	if c.Count == 0 {
		return 1
	}
	p := 0.0
	for k := c.Count; k <= min(c.Total, c.Activations); k++ {
		p += math.Exp(choose(c.Activations, k) + choose(c.ActivationsTotal-c.Activations, c.Total-k) - choose(c.ActivationsTotal, c.Total))
	}
	return min(1, p*float64(groups))
}

// choose is the logarithm of the number of ways to take k of n.
func choose(n, k int) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// sorted puts the most concentrated change first, and leaves out groups that no
// change concerns.
func sorted(groups []Group) []Group {
	var all Counts
	for _, g := range groups {
		all.add(g.Counts)
	}
	rank := func(g Group) float64 {
		return min(chance(Concentration{Count: g.ViolationsVanished, Total: all.ViolationsVanished, Activations: g.ActivationsOld, ActivationsTotal: all.ActivationsOld}, 1),
			chance(Concentration{Count: g.ViolationsAppeared, Total: all.ViolationsAppeared, Activations: g.ActivationsNew, ActivationsTotal: all.ActivationsNew}, 1))
	}
	type ranked struct {
		Group
		rank float64
	}
	var list []ranked
	for _, g := range groups {
		if g.changed() {
			list = append(list, ranked{g, rank(g)})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.ViolationsVanished+b.ViolationsAppeared, a.ViolationsVanished+a.ViolationsAppeared),
			cmp.Compare(b.VerdictsChanged+b.ActivationsVanished+b.ActivationsAppeared, a.VerdictsChanged+a.ActivationsVanished+a.ActivationsAppeared), cmp.Compare(nameOf(a.Group), nameOf(b.Group)))
	})
	out := make([]Group, len(list))
	for i, r := range list {
		out[i] = r.Group
	}
	return out
}

func nameOf(g Group) string {
	if g.Name == nil {
		return ""
	}
	return *g.Name
}
