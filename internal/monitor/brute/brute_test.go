package brute

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestDistribution(t *testing.T) {
	seen := map[string]int{}
	had, mattered := make([]int, len(ruleChanges)), make([]int, len(ruleChanges))
	n := 20000
	empty := 0
	for seed := range n {
		c := Random(rand.New(rand.NewPCG(uint64(seed), 1)))
		got := Evaluate(c)
		if len(got[0].Verdicts) == 0 {
			empty++
		}
		for _, v := range got[0].Verdicts {
			r := c.Pack.Rules[0]
			f := r.Form
			if r.Never {
				f = "never " + f
			}
			seen[f+" "+v.Verdict]++
		}
		for k, change := range ruleChanges {
			d := c
			r := c.Pack.Rules[0].clone()
			if !change(&r) {
				continue
			}
			d.Pack.Rules = []Rule{r}
			had[k]++
			if !reflect.DeepEqual(Evaluate(d)[0].Verdicts, got[0].Verdicts) {
				mattered[k]++
			}
		}
	}
	t.Log(empty, seen)
	t.Log(had)
	t.Log(mattered)
}
