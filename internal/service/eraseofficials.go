package service

import (
	"context"
	"slices"

	"plumbline/internal/event"
)

// EventOfficials are the officials of an event (source/id), of what corrects or voids it,
// and of the cases that it is of: by a conflict with one of them it isn't there for
// somebody. None where the record has no such event.
func (s *Service) EventOfficials(ctx context.Context, name string) ([]string, error) {
	s.mu.RLock()
	names, types := s.names(), s.caseTypes()
	s.mu.RUnlock()
	var out []string
	var cases []event.Object
	add := func(e *event.Event) {
		if e.Actor.OK && !slices.Contains(out, e.Actor.Value) {
			out = append(out, e.Actor.Value)
		}
	}
	err := s.store.Segments(ctx, 0, func(seg *Segment) error {
		events, err := decoded(seg, names)
		if err != nil {
			return err
		}
		for i := range events {
			e := &events[i]
			if target := e.Corrects + e.Voids; (eventName{e.Source, e.ID}).String() != name && (target == "" || (eventName{e.Source, target}).String() != name) {
				continue
			}
			add(e)
			for _, o := range e.Objects {
				if types[o.Type] {
					cases = append(cases, o)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.live.Log()
	for _, c := range cases {
		if o := l.Objects.Find(c.Type, c.ID); o != 0 {
			for _, row := range s.objects.of(l, o) {
				e := l.Event(row)
				add(&e)
			}
		}
	}
	return out, nil
}
