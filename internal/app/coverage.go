package app

import (
	"cmp"
	"slices"

	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// Act is an event type of a log and what rules do with it.
type Act struct {
	Type      string
	Events    int
	Activates int // rules whose when names it
	Concerns  int // other rules that name it
}

// Coverage is which acts of a log rules judge, and which rules a log activates.
type Coverage struct {
	Acts  []Act        // those that no rule judges first, then by number
	Quiet []*rule.Rule // rules that apply to nothing here
}

// Cover finds out what rules leave alone. Acts of `any` are judged by none: a
// rule that asks for any event says nothing of this one.
func Cover(o CheckOptions) (*Coverage, *Checked, error) {
	o.Keep = monitor.KeepTotals
	checked, err := Check(o)
	if err != nil {
		return nil, nil, err
	}
	l := checked.Read.Log
	counts := make([]int, l.Types.Len()+1)
	for row, t := range l.Type {
		if !l.Dead.Has(uint32(row)) {
			counts[t]++
		}
	}
	out := &Coverage{}
	for i, name := range typesOf(l) {
		a := Act{Type: name, Events: counts[i+1]}
		for _, r := range rulesOf(checked.Packs) {
			switch {
			case slices.Contains(r.When.Types, name):
				a.Activates++
			case slices.ContainsFunc(r.Types(), func(u rule.TypeUse) bool { return u.Name == name }):
				a.Concerns++
			}
		}
		out.Acts = append(out.Acts, a)
	}
	slices.SortFunc(out.Acts, func(a, b Act) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Events, a.Events), cmp.Compare(a.Type, b.Type))
	})
	for _, rr := range checked.Doc.Result.Rules {
		if rr.Totals.Activations == 0 {
			out.Quiet = append(out.Quiet, rr.Rule)
		}
	}
	return out, checked, nil
}

// rank orders acts: named by no rule, named beside others, judged.
func rank(a Act) int {
	switch {
	case a.Activates > 0:
		return 2
	case a.Concerns > 0:
		return 1
	}
	return 0
}
