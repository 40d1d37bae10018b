package report

import (
	"math"
	"slices"

	"plumbline/internal/monitor"
	"plumbline/internal/stats"
)

// A share is read only where it rests on enough decided activations, and a
// group is named only where its share of violations lies beyond the 99.8 %
// limit of what chance and the groups' usual variation explain (the funnel of
// D. Spiegelhalter, "Funnel plots for comparing institutional performance",
// Statistics in Medicine 24 (2005)). The number of groups compared makes no
// difference to who is named; their order never says who is worse.
const minExtra = 5 // violations more than the others' share would give

// concern is one actor or unit whose share of violations of a rule is clearly
// above the others'.
type concern struct {
	Name                string
	Violations, Decided int
	Others              float64 // the others' share of violations
}

// concerns are those of one rule and one dimension.
type concerns struct {
	Groups []concern // by name
	TooFew int       // groups with too few activations to say anything
	Read   int       // groups that were compared
}

// concerned compares the groups of a rule's decided activations by a column of
// codes of the activating events (Log.Actor, Log.Unit). ok is false where the
// result doesn't keep all judgements, where no event names anybody, or where
// the rule may warn only: then nobody is named.
func (d *Doc) concerned(f ruleFigures, codes []uint32) (c concerns, ok bool) {
	if f.Warns || codes == nil || len(f.rr.Judgements) != f.rr.Totals.Activations {
		return c, false
	}
	size := d.Result.Log.Strings.Len() + 1
	n, k := make([]int, size), make([]int, size) // by code
	all, violated := 0, 0
	for i := range f.rr.Judgements {
		j := &f.rr.Judgements[i]
		code := codes[j.Row]
		if code == 0 || !(j.Verdict == monitor.Met || j.Verdict.Violated()) {
			continue
		}
		n[code]++
		all++
		if j.Verdict.Violated() {
			k[code]++
			violated++
		}
	}
	scores := map[int]float64{}
	var spread []float64
	for code, have := range n {
		if have < stats.Enough {
			c.TooFew += min(1, have)
			continue
		}
		scores[code] = score(k[code], have, violated-k[code], all-have)
		spread = append(spread, scores[code])
	}
	c.Read = len(spread)
	phi := stats.Overdispersion(spread)
	for code, z := range scores {
		others := float64(violated-k[code]) / float64(max(1, all-n[code]))
		if z/math.Sqrt(phi) > stats.Z998 && float64(k[code])-others*float64(n[code]) >= minExtra {
			c.Groups = append(c.Groups, concern{d.Result.Log.Strings.Name(uint32(code)), k[code], n[code], others})
		}
	}
	slices.SortFunc(c.Groups, func(a, b concern) int { return compareNames(a.Name, b.Name) })
	return c, all > 0
}

// score is how many standard deviations k of n lies above the others' share.
func score(k, n, othersK, othersN int) float64 {
	if othersN == 0 {
		return 0
	}
	p := max(float64(othersK), .5) / float64(othersN) // none at all among the others is still not impossible
	p = min(p, 1-.5/float64(othersN))
	return (float64(k)/float64(n) - p) / math.Sqrt(p*(1-p)/float64(n))
}

// compareNames orders names as a person expects: 9 before 10.
func compareNames(a, b string) int {
	if len(a) != len(b) && digits(a) && digits(b) {
		return len(a) - len(b)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
