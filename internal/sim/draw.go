package sim

import (
	"math"
	"math/rand/v2"

	"plumbline/internal/clock"
)

// weights are how often each of several things occurs; only their ratios count.
type weights []int

// pick gives the number of one of them.
func (w weights) pick(r *rand.Rand) int {
	sum := 0
	for _, n := range w {
		sum += n
	}
	x := r.IntN(sum)
	for i, n := range w {
		if x -= n; x < 0 {
			return i
		}
	}
	return len(w) - 1
}

// days draws from a distribution.
func (q *quantiles) days(r *rand.Rand) clock.Day {
	u := r.Float64()
	i := 1
	for i < len(q)-1 && u >= quantileAt[i] {
		i++
	}
	share := (u - quantileAt[i-1]) / (quantileAt[i] - quantileAt[i-1])
	return clock.Day(math.Round(float64(q[i-1]) + share*float64(q[i]-q[i-1])))
}

// table picks among many things in two steps, whatever their weights (the alias
// method: M. D. Vose, 1991).
type table struct {
	keep  []float64
	alias []int
}

func newTable(w []float64) table {
	n := len(w)
	sum := 0.0
	for _, x := range w {
		sum += x
	}
	t := table{make([]float64, n), make([]int, n)}
	var small, large []int
	for i, x := range w {
		if t.keep[i] = x * float64(n) / sum; t.keep[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		t.alias[s] = l
		if t.keep[l] -= 1 - t.keep[s]; t.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // what rounding left over
		t.keep[i] = 1
	}
	return t
}

func (t *table) pick(r *rand.Rand) int {
	i := r.IntN(len(t.keep))
	if r.Float64() < t.keep[i] {
		return i
	}
	return t.alias[i]
}
