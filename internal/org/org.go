package org

import (
	"math"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// UnitID, PostID and PersonID are names of the organisation's own; a person's is
// what events give as their actor.
type (
	UnitID   string
	PostID   string
	PersonID string
)

// Unit is a unit as it stood for some days. One that changed its name, place in
// the tree or territory is several of them, under one id.
type Unit struct {
	ID        UnitID
	Title     errs.Text
	Parent    UnitID // "" at the top
	Territory string // its own; "": that of the unit above
	Successor UnitID // of one that ended: which took over; "" where none did
	Span
	at errs.Place
}

// Post is what an official does.
type Post struct {
	ID    PostID
	Title errs.Text
	at    errs.Place
}

// Tenure says how a person holds a post.
type Tenure string

// The tenures. A person has one primary post at a time, and may act in another's
// or hold others beside.
const (
	Primary Tenure = "primary"
	Acting  Tenure = "acting"
	Second  Tenure = "second"
)

// Holding is a post that a person held in a unit for some days.
type Holding struct {
	Person PersonID
	Unit   UnitID
	Post   PostID
	Rank   string // in the words of the agency; "" where the file doesn't say it
	As     Tenure
	Span
	at errs.Place
}

// Span is a stretch of days: From is the first, To the first that no longer is.
type Span struct{ From, To clock.Day }

const (
	always clock.Day = math.MinInt32
	never  clock.Day = math.MaxInt32
)

// on says whether a day is in the span.
func (s Span) on(d clock.Day) bool { return s.From <= d && d < s.To }

func (s Span) overlaps(o Span) bool { return s.From < o.To && o.From < s.To }

// text is the span in both languages.
func (s Span) text() errs.Text {
	switch {
	case s.From == always && s.To == never:
		return errs.T("always", "始终")
	case s.From == always:
		return errs.Tf("before %s", "%s之前", s.To)
	case s.To == never:
		return errs.Tf("from %s on", "自%s起", s.From)
	}
	return errs.Tf("from %s to before %s", "%s至%s前", s.From, s.To)
}

// Organisation is an organisation that was read and checked. It doesn't change.
type Organisation struct {
	zone      *clock.Zone
	units     map[UnitID][]*Unit // by From
	posts     map[PostID]*Post
	people    map[PersonID][]*Holding  // by From, primary ones first
	conflicts map[PersonID][]*Conflict // under both
	odd       []errs.Error
}

// Odd is what is allowed and probably not meant: days on which somebody held no
// post between two that they held.
func (o *Organisation) Odd() []errs.Error { return o.odd }

// Size is how many units and people there are.
func (o *Organisation) Size() (units, people int) { return len(o.units), len(o.people) }

// Unit is a unit as of an instant, nil where it didn't stand then.
func (o *Organisation) Unit(id UnitID, t clock.Instant) *Unit { return o.unitOn(id, o.zone.Date(t)) }

func (o *Organisation) unitOn(id UnitID, d clock.Day) *Unit {
	for _, u := range o.units[id] {
		if u.on(d) {
			return u
		}
	}
	return nil
}

// Command is a unit and those above it, up to the top, as of an instant; nil where
// the unit didn't stand then.
func (o *Organisation) Command(id UnitID, t clock.Instant) []UnitID {
	var chain []UnitID
	for u := o.Unit(id, t); u != nil; u = o.Unit(u.Parent, t) {
		chain = append(chain, u.ID)
	}
	return chain
}

// Territory is the territory of a unit as of an instant: its own, else that of the
// nearest unit above it that has one; "" where none has.
func (o *Organisation) Territory(id UnitID, t clock.Instant) string {
	for u := o.Unit(id, t); u != nil; u = o.Unit(u.Parent, t) {
		if u.Territory != "" {
			return u.Territory
		}
	}
	return ""
}

// Position is what a person was as of an instant.
type Position struct {
	Unit      UnitID
	Post      PostID
	Rank      string
	As        Tenure
	Territory string
}

// Position is what a person was as of an instant; ok is false where they held no
// post then. Who held several acted in the one whose unit the event names, else in
// the primary one.
func (o *Organisation) Position(p PersonID, t clock.Instant, named UnitID) (at Position, ok bool) {
	day := o.zone.Date(t)
	var best *Holding
	for _, h := range o.people[p] {
		if !h.on(day) {
			continue
		}
		if best == nil || named != "" && h.Unit == named && best.Unit != named {
			best = h
		}
	}
	if best == nil {
		return Position{}, false
	}
	return Position{Unit: best.Unit, Post: best.Post, Rank: o.rank(best, day), As: best.As, Territory: o.Territory(best.Unit, t)}, true
}

// rank is a person's rank, which belongs to them and not to a post: where the
// holding doesn't say it, that of another one of the same day.
func (o *Organisation) rank(h *Holding, day clock.Day) string {
	if h.Rank != "" {
		return h.Rank
	}
	for _, other := range o.people[h.Person] {
		if other.on(day) && other.Rank != "" {
			return other.Rank
		}
	}
	return ""
}

// tenures in the order in which they go before one another.
var tenures = []Tenure{Primary, Acting, Second}

func order(h *Holding) int { return slices.Index(tenures, h.As) }
