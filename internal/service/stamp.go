package service

import (
	"slices"

	"plumbline/internal/event"
)

// stamp writes into a new event what its source doesn't say or may not say: unit,
// rank, post and territory of the actor as the organisation has them as of the
// event's time, else the unit for which the source was registered. An event that
// came before isn't stamped, but held as it was sent against what is kept.
func (s *Service) stamp(e *event.Event, src *Source) {
	if s.opt.Stamp != nil {
		s.opt.Stamp(e)
	}
	if !e.Unit.OK && src.Unit != "" {
		e.Unit = event.Some(src.Unit)
	}
}

// The attributes that a stamp writes (package org). What a source says of them
// isn't kept where the organisation knows better, and so is no content by which an
// event and its repetition could differ.
const (
	claimedUnit   = "claimed_unit"
	homeTerritory = "home_territory"
)

var stamped = []string{"actor_rank", "actor_post", "actor_territory", claimedUnit}

// sameAsSent says whether an event as it is sent again says what the kept one said
// when it was sent, whatever the organisation or the source's registration made of
// it in between. What was left out and filled in contradicts nothing.
func sameAsSent(was, is *event.Event) bool {
	a, b := asSent(was), asSent(is)
	if !b.Unit.OK {
		a.Unit = event.Opt{}
	}
	if is.Get(homeTerritory).Kind == event.Absent {
		a.Attrs = slices.DeleteFunc(a.Attrs, func(x event.Attr) bool { return x.Name == homeTerritory })
	}
	return event.Same(&a, &b)
}

// asSent is an event without what a stamp writes, and with the unit that its
// source named.
func asSent(e *event.Event) event.Event {
	out := *e
	if c := e.Get(claimedUnit); c.Kind == event.String {
		out.Unit = event.Some(c.Str)
	}
	out.Attrs = slices.DeleteFunc(slices.Clone(e.Attrs), func(a event.Attr) bool { return slices.Contains(stamped, a.Name) })
	return out
}
