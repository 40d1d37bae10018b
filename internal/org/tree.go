package org

import (
	"cmp"
	"slices"

	"plumbline/internal/clock"
)

// Branch is a unit in its place in the tree.
type Branch struct {
	*Unit
	Depth int // 0 at the top
}

// Tree is the units as of an instant, each below the one above it, those of one
// superior by their ids.
func (o *Organisation) Tree(t clock.Instant) []Branch {
	below := map[UnitID][]*Unit{}
	for id := range o.units {
		if u := o.Unit(id, t); u != nil {
			below[u.Parent] = append(below[u.Parent], u)
		}
	}
	var out []Branch
	var add func(parent UnitID, depth int)
	add = func(parent UnitID, depth int) {
		list := below[parent]
		slices.SortFunc(list, func(a, b *Unit) int { return cmp.Compare(a.ID, b.ID) })
		for _, u := range list {
			out = append(out, Branch{u, depth})
			add(u.ID, depth+1)
		}
	}
	add("", 0)
	return out
}
