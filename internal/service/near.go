package service

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// AtRisk is an obligation that still runs and is within its rule's `warn` of being
// due: what can still be done in time.
type AtRisk struct {
	ID        string // of the finding that it would become
	Pack      string
	Version   string
	Rule      string
	Severity  string
	Warning   bool // the rule is unverified
	Key       []KeyPart
	Case      string
	Unit      string // of the activating event
	Actor     string
	Event     string // the activating event: source/id
	EventType string
	EventTime clock.Instant
	Due       clock.Instant
}

// follow keeps what is at risk as the engine tells it, and gives the changes that
// are of violations.
func (x *risks) follow(s *Service, changes []monitor.Change) []monitor.Change {
	return slices.DeleteFunc(changes, func(ch monitor.Change) bool {
		switch ch.Kind {
		case monitor.Nearing:
			x.byID[ch.ID] = s.atRisk(ch.ID, ch.Rule, ch.Key, &ch.Is)
		case monitor.Relieved:
			delete(x.byID, ch.ID)
		default:
			return false
		}
		return true
	})
}

// risks is what is at risk, by the id that a finding of it would have.
type risks struct{ byID map[string]AtRisk }

// open takes what is at risk from an engine that was folded.
func (x *risks) open(s *Service) {
	x.byID = map[string]AtRisk{}
	for _, n := range s.live.Nearing() {
		if s.frozen(n.ID) {
			continue
		}
		x.byID[n.ID] = s.atRisk(n.ID, n.Rule, n.Key, &n.Judgement)
	}
}

func (s *Service) atRisk(id string, r *rule.Rule, key []monitor.KeyPart, j *monitor.Judgement) AtRisk {
	f := s.raise(&monitor.Change{ID: id, Rule: r, Key: key}, 0, 0)
	s.activation(&f, j.Row)
	return AtRisk{ID: id, Pack: f.Pack, Version: f.Version, Rule: f.Rule, Severity: f.Severity, Warning: f.Warning, Key: f.Key, Case: f.Case,
		Unit: f.Unit, Actor: f.Actor, Event: f.Event, EventType: f.EventType, EventTime: f.EventTime, Due: j.Due.Due}
}

// AtRisk lists what still can be done in time and soon no more, the soonest due
// first: those that may says yes to, at most limit of them, and how many they are
// in all.
func (s *Service) AtRisk(_ context.Context, may func(*AtRisk) bool, limit int) (list []AtRisk, all int) {
	s.mu.RLock()
	list = slices.Collect(maps.Values(s.near.byID))
	s.mu.RUnlock()
	list = slices.DeleteFunc(list, func(a AtRisk) bool { return !may(&a) }) // may may read the record
	slices.SortFunc(list, func(a, b AtRisk) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) })
	return slices.Clip(list[:min(limit, len(list))]), len(list)
}
