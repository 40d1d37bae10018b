package org

import (
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
