package brute

import (
	"math/rand/v2"
	"testing"
)

func TestDistribution(t *testing.T) {
	seen := map[string]int{}
	n := 20000
	for seed := range n {
		c := Random(rand.New(rand.NewPCG(uint64(seed), 1)))
		for _, v := range Evaluate(c)[0].Verdicts {
			r := c.Pack.Rules[0]
			f := r.Form
			if r.Never {
				f = "never " + f
			}
			seen[f+" "+v.Verdict]++
		}
	}
	t.Log(seen)
}
