package service

import (
	"context"
	"fmt"
	"slices"
)

// flight is a commit that is being written while the judge decides what comes after
// it: the disk takes longer than the engine, and neither needs to wait for the other.
// One at most is under way, so that commits are written in the order in which they
// were decided, and what can't be written takes at most one more with it.
type flight struct {
	findings   map[string]Finding // that it writes, as they were when it began
	quarantine []Quarantined
	landed     chan struct{}
	err        error
}

// fly has a commit written, and whoever waits for it answered.
func (s *Service) fly(c *Commit, batch []*ask) {
	f := &flight{findings: make(map[string]Finding, len(c.Findings)), quarantine: slices.Clone(c.Quarantine), landed: make(chan struct{})}
	for _, one := range c.Findings {
		f.findings[one.ID] = one
	}
	s.flight = f
	go func() {
		defer close(f.landed)
		if err := s.store.Commit(context.Background(), c); err != nil {
			f.err = s.unusable(err)
		} else {
			s.open.follow(c.Findings)
		}
		s.answer(batch, f.err)
	}()
}

// land waits for the commit that is under way, and says whether it was written. Where
// it wasn't, the engine is ahead of the record. It is the judge's alone, as is flight.
func (s *Service) land() error {
	f := s.flight
	if f == nil {
		return nil
	}
	<-f.landed
	s.flight = nil
	if f.err != nil {
		s.ahead = true
	}
	return f.err
}

// stored are findings as the record has them once what is under way is written.
func (s *Service) stored(ctx context.Context, ids []string) (have []Finding, err error) {
	ask := ids
	if s.flight != nil {
		ask = nil
		for _, id := range ids {
			if f, under := s.flight.findings[id]; under {
				have = append(have, f)
			} else {
				ask = append(ask, id)
			}
		}
	}
	if len(ask) == 0 {
		return have, nil
	}
	more, err := s.store.FindingsByID(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	return append(have, more...), nil
}

// landWith waits for the commit that is under way where it puts something into the
// quarantine, or changes something there, that is asked for: it has no number before.
func (s *Service) landWith(asked func(*Quarantined) bool) error {
	if s.flight == nil || !slices.ContainsFunc(s.flight.quarantine, func(q Quarantined) bool { return asked(&q) }) {
		return nil
	}
	return s.land()
}

// answer tells those who asked what became of it.
func (s *Service) answer(batch []*ask, err error) {
	for _, a := range batch {
		if a.err = err; err != nil {
			a.out = nil
		}
		s.waiting.Add(-int64(len(a.in)))
		a.judge()
		close(a.done)
	}
}
