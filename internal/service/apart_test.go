package service

import (
	"slices"
	"testing"
)

// Short asks are judged before long ones that waited with them, and by themselves
// only where there are long ones.
func TestShortAsksAreJudgedFirst(t *testing.T) {
	of := func(sizes ...int) (list []*ask) {
		for _, n := range sizes {
			list = append(list, &ask{in: make([]Arrival, n)})
		}
		return list
	}
	sizes := func(list []*ask) (out []int) {
		for _, a := range list {
			out = append(out, len(a.in))
		}
		return out
	}
	for _, c := range []struct{ batch, few, rest []int }{
		{[]int{500, 1, 2}, []int{1, 2}, []int{500}},
		{[]int{1, 500, 64, 65}, []int{1, 64}, []int{500, 65}},
		{[]int{1, 2}, nil, []int{1, 2}},
		{[]int{500}, nil, []int{500}},
	} {
		few, rest := apart(of(c.batch...))
		if !slices.Equal(sizes(few), c.few) || !slices.Equal(sizes(rest), c.rest) {
			t.Errorf("%v: %v before %v", c.batch, sizes(few), sizes(rest))
		}
	}
}
