package org

import (
	"cmp"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Relation is what two people declared of each other, or the agency of them: it
// keeps the one from what concerns the other.
type Relation string

// The relations.
const (
	Kinship  Relation = "kinship"
	Interest Relation = "interest" // any other conflict
)

// Conflict is a declared relation of two people for some days.
type Conflict struct {
	A, B PersonID
	Kind Relation
	Span
	at errs.Place
}

// Posts are all the posts that a person holds as of an instant, the primary one
// first.
func (o *Organisation) Posts(p PersonID, t clock.Instant) []Position {
	day := o.zone.Date(t)
	var out []Position
	for _, h := range o.people[p] {
		if h.on(day) {
			out = append(out, Position{Unit: h.Unit, Post: h.Post, Rank: o.rank(h, day), As: h.As, Territory: o.Territory(h.Unit, t)})
		}
	}
	return out
}

// Conflict says whether two people have a declared relation as of an instant.
func (o *Organisation) Conflict(a, b PersonID, t clock.Instant) bool {
	day := o.zone.Date(t)
	for _, c := range o.conflicts[a] {
		if (c.A == b || c.B == b) && a != b && c.on(day) {
			return true
		}
	}
	return false
}

// Conflicts are those with whom a person has a declared relation as of an instant.
func (o *Organisation) Conflicts(p PersonID, t clock.Instant) []PersonID {
	day := o.zone.Date(t)
	var out []PersonID
	for _, c := range o.conflicts[p] {
		other := c.A
		if other == p {
			other = c.B
		}
		if c.on(day) && other != p {
			out = append(out, other)
		}
	}
	return out
}

// Declared are all declared conflicts, each once, sorted.
func (o *Organisation) Declared() []Conflict {
	var out []Conflict
	for _, c := range o.draft().conflicts {
		out = append(out, *c)
	}
	return out
}

// Path is a unit with one above it, as they stand; each is above itself at depth 0.
type Path struct {
	Unit, Above UnitID
	Depth       int
}

// Paths are the paths of all units as of an instant, sorted: of those that have ended, too,
// by who answers for them.
func (o *Organisation) Paths(t clock.Instant) []Path {
	var out []Path
	for _, id := range keys(o.units, nil) {
		for depth, above := range o.Chain(id, t) {
			out = append(out, Path{id, above, depth})
		}
	}
	return out
}

// Chain is a unit and those that answer for it as of an instant: those above it, or, of one
// that has ended, above who took it over. It is nil where there never was one.
func (o *Organisation) Chain(id UnitID, t clock.Instant) []UnitID {
	if len(o.units[id]) == 0 {
		return nil
	}
	standing := o.Standing(id, t)
	chain := o.Command(standing, t)
	if standing != id {
		chain = append([]UnitID{id}, chain...)
	}
	return chain
}

// Standing is a unit, or, where it has ended, the one that answers for it and stands as of an
// instant: which took it over, else which was above it; "" where none does.
func (o *Organisation) Standing(id UnitID, t clock.Instant) UnitID {
	day := o.zone.Date(t)
	for range o.units { // at most through each once
		if o.unitOn(id, day) != nil {
			return id
		}
		var last *Unit
		for _, u := range o.units[id] { // by days
			if u.To <= day {
				last = u
			}
		}
		if last == nil {
			return ""
		}
		id = cmp.Or(last.Successor, last.Parent)
	}
	return ""
}

// Units are the units that stand as of an instant, by id.
func (o *Organisation) Units(t clock.Instant) []Unit {
	var out []Unit
	for _, id := range keys(o.units, nil) {
		if u := o.Unit(id, t); u != nil {
			out = append(out, *u)
		}
	}
	return out
}

// Holdings are who holds which post as of an instant, by person.
func (o *Organisation) Holdings(t clock.Instant) []Holding {
	day := o.zone.Date(t)
	var out []Holding
	for _, id := range keys(o.people, nil) {
		out = append(out, on(o.people[id], day)...)
	}
	return out
}

// PostTitle is what a post is called; its id where the organisation doesn't say.
func (o *Organisation) PostTitle(id PostID) errs.Text {
	if p := o.posts[id]; p != nil {
		return p.Title
	}
	return errs.T(string(id), string(id))
}
