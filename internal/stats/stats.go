// Package stats says whether a share differs from what chance explains: of one unit
// over time, or of a unit among its peers.
//
// Over time it is the p-chart of W. Shewhart as D. Montgomery has it (Introduction to
// Statistical Quality Control, ch. 7): the unit's own mean, and limits of three
// standard deviations by each period's number. Among peers it is the funnel plot of
// D. Spiegelhalter ("Funnel plots for comparing institutional performance",
// Statistics in Medicine 24 (2005) 1185–1202): limits of 95 % and 99.8 % around what
// all have together, widened by how much more the peers vary than chance
// (overdispersion φ, from z-scores whose extremes are pulled in).
//
// Neither makes an order of who is better. Where a share rests on fewer than [Enough]
// decisions nothing is said of it.
package stats

import (
	"math"
	"slices"
)

// Enough is from how many decisions on a share is read at all.
const Enough = 100

// The z-scores of a funnel's limits: 95 % and 99.8 % lie within.
const (
	Z95  = 1.96
	Z998 = 3.09
)

// Share is K of N.
type Share struct{ K, N int }

// Plus is both together.
func (s Share) Plus(o Share) Share { return Share{s.K + o.K, s.N + o.N} }

// Of is the share as a number; 0 of none.
func (s Share) Of() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Sum is what all have together.
func Sum(list []Share) (all Share) {
	for _, s := range list {
		all = all.Plus(s)
	}
	return all
}

// Around are the limits of z standard deviations around a mean for n decisions, φ
// wider in variance than chance; cut at nothing and at all.
func Around(mean float64, n int, z, phi float64) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	d := z * math.Sqrt(phi*mean*(1-mean)/float64(n))
	return max(0, mean-d), min(1, mean+d)
}

// Funnel is what peers are compared by.
type Funnel struct {
	Mean float64 // of all together
	Phi  float64 // 1: they vary as chance has it
	Read int     // peers with enough decisions
}

// NewFunnel makes the funnel of peers. φ rests on those with enough decisions.
func NewFunnel(peers []Share) Funnel {
	f := Funnel{Mean: Sum(peers).Of(), Phi: 1}
	var z []float64
	for _, s := range peers {
		if s.N >= Enough {
			f.Read++
			z = append(z, f.Z(s))
		}
	}
	f.Phi = Overdispersion(z)
	return f
}

// Z is how many standard deviations a share lies above the mean; 0 where all have
// the same.
func (f Funnel) Z(s Share) float64 {
	if s.N == 0 || f.Mean == 0 || f.Mean == 1 {
		return 0
	}
	return (s.Of() - f.Mean) / math.Sqrt(f.Phi*f.Mean*(1-f.Mean)/float64(s.N))
}

const (
	winsor   = 0.1 // of the z-scores at either end, pulled in before their spread is taken
	phiPeers = 10  // peers needed to speak of a usual variation
)

// Overdispersion is how much more z-scores vary than chance: their mean square, the
// tenth at either end pulled in to where the rest begins; 1 at least, and 1 where there
// are too few to say.
func Overdispersion(z []float64) float64 {
	if len(z) < phiPeers {
		return 1
	}
	z = slices.Clone(z)
	slices.Sort(z)
	cut := int(winsor * float64(len(z)))
	low, high := z[cut], z[len(z)-1-cut]
	s := 0.0
	for _, v := range z {
		v = min(high, max(low, v))
		s += v * v
	}
	return max(1, s/float64(len(z)))
}

// Wilson is the interval in which a share lies that was seen in few decisions: E.
// Wilson, "Probable inference, the law of succession, and statistical inference",
// JASA 22 (1927) 209–212. Unlike the mean's own deviations it says something of none
// and of all, too.
func Wilson(s Share, z float64) (low, high float64) {
	if s.N == 0 {
		return 0, 1
	}
	n, p := float64(s.N), s.Of()
	middle, wide := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = (middle-wide)/(1+z*z/n), (middle+wide)/(1+z*z/n)
	switch s.K { // the ends are reached, whatever is lost in rounding
	case 0:
		low = 0
	case s.N:
		high = 1
	}
	return low, high
}
