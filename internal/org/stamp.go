package org

import (
	"plumbline/internal/event"
)

// The attributes that the organisation writes.
const (
	ActorRank      = "actor_rank"
	ActorPost      = "actor_post"
	ActorTerritory = "actor_territory"
	HomeTerritory  = "home_territory" // of the unit that acts
	ClaimedUnit    = "claimed_unit"   // what the source said, where the organisation knows better
)

// Stamp writes into an event the unit, rank, post and territory of its actor as of
// its time. What the source claims about them gives way; a unit that it claims
// stays readable under claimed_unit where it is another. An actor whom the
// organisation doesn't know keeps what the source says, and so does an event
// without a time. The territory of the acting unit is filled in where it is absent.
func (o *Organisation) Stamp(e *event.Event) {
	if e.Time.Kind == event.Absent || e.Type == "" {
		return // a voiding has nothing to be stamped
	}
	e.Attrs = append([]event.Attr(nil), e.Attrs...) // the list is the sender's
	if p, ok := o.position(e); ok {
		set(e, ActorRank, p.Rank)
		set(e, ActorPost, string(p.Post))
		set(e, ActorTerritory, p.Territory)
		claimed := ""
		if e.Unit.OK && e.Unit.Value != string(p.Unit) {
			claimed = e.Unit.Value
		}
		set(e, ClaimedUnit, claimed)
		e.Unit = event.Some(string(p.Unit))
	}
	if e.Unit.OK && e.Get(HomeTerritory).Kind == event.Absent {
		if home := o.Territory(UnitID(e.Unit.Value), e.Time.At); home != "" {
			e.Attrs = append(e.Attrs, event.Attr{Name: HomeTerritory, Value: event.Str(home)})
		}
	}
}

func (o *Organisation) position(e *event.Event) (Position, bool) {
	if !e.Actor.OK {
		return Position{}, false
	}
	return o.Position(PersonID(e.Actor.Value), e.Time.At, UnitID(e.Unit.Value))
}

// set gives an event an attribute in place of what the source said; "" takes it
// away: what the organisation doesn't say of somebody it knows, nobody does.
func set(e *event.Event, name, value string) {
	kept := e.Attrs[:0]
	for _, a := range e.Attrs {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	if e.Attrs = kept; value != "" {
		e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: event.Str(value)})
	}
}
