package service

import (
	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// TakenAt says by which source, and when, an event was taken; that is 0 where the
// event is known and its receipt isn't.
func (s *Service) TakenAt(source, id string) (number int64, at clock.Instant, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for n, st := range s.sources {
		if st.source.Name == source {
			number, ok = n, true
		}
	}
	if row, found := s.live.Find(source, id); found {
		if l := s.live.Log(); l.Received != nil && l.Received[row] != event.NoTime {
			at = l.Received[row]
		}
	}
	return number, at, ok
}
