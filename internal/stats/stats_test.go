package stats

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The figures that Montgomery gives: 347 of 30 samples of 50 cans, and 234 of 2450
// purchase orders in samples of different size.
func TestAPChartIsMontgomerys(t *testing.T) {
	cans := Share{347, 1500}
	near(t, "the mean", cans.Of(), .2313, .00005)
	low, high := Around(cans.Of(), 50, 3, 1)
	near(t, "the lower limit", low, .0524, .0001)
	near(t, "the upper limit", high, .4102, .0001)
	orders := Share{234, 2450}
	for n, want := range map[int][2]float64{100: {.007, .184}, 80: {0, .194}, 110: {.011, .180}, 90: {.002, .189}} {
		low, high := Around(orders.Of(), n, 3, 1)
		near(t, "the lower limit", low, want[0], .0015)
		near(t, "the upper limit", high, want[1], .0015)
	}
}

// Worked by hand: ten peers of a hundred with one far off, which is pulled in to its
// neighbour before the spread is taken.
func TestAFunnelIsWiderWherePeersVary(t *testing.T) {
	z := []float64{-9, -2, -1, -1, 0, 0, 1, 1, 2, 9}
	near(t, "φ", Overdispersion(z), (4*4+4*1)/10., 1e-12) // −9 and 9 count as −2 and 2
	near(t, "φ of few", Overdispersion(z[1:]), 1, 0)
	near(t, "φ of what varies little", Overdispersion(make([]float64, 20)), 1, 0)

	peers := make([]Share, 0, 11)
	for _, k := range []int{80, 90, 90, 90, 90, 90, 90, 90, 90, 100} {
		peers = append(peers, Share{k, 100})
	}
	f := NewFunnel(append(peers, Share{3, 5}))
	near(t, "the mean", f.Mean, 903./1005, 1e-12)
	if f.Read != 10 || f.Phi != 1 {
		t.Errorf("%d are read and φ is %v", f.Read, f.Phi)
	}
	near(t, "z", f.Z(Share{80, 100}), (.8-903./1005)/math.Sqrt(903./1005*(102./1005)/100), 1e-12)
	f.Phi = 4
	low, high := Around(f.Mean, 100, Z998, f.Phi)
	near(t, "half the width", high-f.Mean, min(1-f.Mean, 2*3.09*math.Sqrt(f.Mean*(1-f.Mean)/100)), 1e-12)
	near(t, "the other half", f.Mean-low, 2*3.09*math.Sqrt(f.Mean*(1-f.Mean)/100), 1e-12)
	near(t, "z", f.Z(Share{80, 100}), (.8-903./1005)/math.Sqrt(903./1005*(102./1005)/100)/2, 1e-12)
	for _, s := range []Share{{}, {5, 5}} {
		if g := NewFunnel([]Share{s}); g.Z(s) != 0 {
			t.Errorf("%v among its own is off by %v", s, g.Z(s))
		}
	}
}

// R: binom::binom.confint(x, n, method = "wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		s         Share
		low, high float64
	}{{Share{0, 10}, 0, 0.2775}, {Share{10, 10}, 0.7225, 1}, {Share{8, 20}, 0.2188, 0.6134}, {Share{81, 263}, 0.2553, 0.3662}, {Share{0, 0}, 0, 1}} {
		low, high := Wilson(c.s, Z95)
		near(t, "low", low, c.low, 0.0001)
		near(t, "high", high, c.high, 0.0001)
	}
}
