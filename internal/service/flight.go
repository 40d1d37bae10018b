package service

import (
	"context"
	"fmt"
	"slices"
)

// flight is what is written to the record at once: one commit, or several that were
// decided while the flight before was under way. The disk takes longer than the engine,
// and neither needs to wait for the other; what waits for the disk waits together. One
// flight at most is under way and one is made ready, so that commits are written in the
// order in which they were decided.
type flight struct {
	commits    []*Commit
	batch      []*ask
	findings   map[string]Finding // that it writes, as they were decided
	quarantine []Quarantined      // that it writes
	events     int
	began      int64         // by the clock that never leaps, µs
	micros     int64         // how long it took
	landed     chan struct{} // closed once it is written, or can't be
	err        error
}

// full says that no more should go with what is made ready, where an event of many takes
// so long to be written, µs: who sends a single event waits for all of it.
func (f *flight) full(pace float64) bool {
	return f != nil && (f.events >= 2*maxBatch || float64(f.events)*pace >= batchTime)
}

// down says whether it is written, or can't be.
func (f *flight) down() bool {
	if f == nil {
		return true
	}
	select {
	case <-f.landed:
		return true
	default:
		return false
	}
}

// write has a commit written as soon as may be, and whoever waits for it answered.
func (s *Service) write(c *Commit, batch []*ask) {
	f := s.next
	if f == nil {
		f = &flight{findings: make(map[string]Finding, len(c.Findings)), landed: make(chan struct{})}
		s.next = f
	}
	f.commits, f.batch = append(f.commits, c), append(f.batch, batch...)
	for _, one := range c.Findings {
		f.findings[one.ID] = one
	}
	f.quarantine = append(f.quarantine, c.Quarantine...)
	for i := range c.Segments {
		f.events += c.Segments[i].Events
	}
	if s.flight.down() {
		s.launch()
	}
}

// launch waits for the flight that is under way, and begins the one that was made
// ready. Where the first fails, so does the second, which rests on it.
func (s *Service) launch() {
	err := s.land()
	f := s.next
	if s.next = nil; f == nil {
		return
	}
	if err != nil {
		s.answer(f.batch, err)
		return
	}
	s.flight = f
	_, f.began = s.opt.Now()
	go func() {
		defer close(f.landed)
		if err := s.store.Commit(context.Background(), f.commits...); err != nil {
			f.err = s.unusable(err)
		} else {
			for _, c := range f.commits {
				s.open.follow(c.Findings)
			}
		}
		_, ended := s.opt.Now()
		f.micros = ended - f.began
		s.answer(f.batch, f.err)
	}()
}

// land waits for the flight that is under way, and says whether it was written. Where
// it wasn't, the engine is ahead of the record.
func (s *Service) land() error {
	f := s.flight
	if f == nil {
		return nil
	}
	<-f.landed
	s.flight = nil
	if f.err != nil {
		s.ahead = true
		return f.err
	}
	if f.events > lines {
		s.pace = (s.pace + float64(f.micros)/float64(f.events)) / 2
	}
	return nil
}

// landAll waits until all that was decided is written, and says whether the engine and
// the record are one.
func (s *Service) landAll() error {
	s.launch()
	err := s.land()
	if why := s.broken.Load(); err == nil && s.ahead && why != nil {
		err = *why
	}
	return err
}

// landing tells when what was made ready can be written; never where nothing was.
func (s *Service) landing() <-chan struct{} {
	if s.next == nil {
		return nil
	}
	return s.flight.landed
}

// stored are findings as the record has them once all that was decided is written.
func (s *Service) stored(ctx context.Context, ids []string) (have []Finding, err error) {
	var ask []string
	for _, id := range ids {
		f, under := s.under(id)
		if under {
			have = append(have, f)
		} else {
			ask = append(ask, id)
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

// under is a finding as it is about to be written.
func (s *Service) under(id string) (f Finding, is bool) {
	for _, one := range []*flight{s.next, s.flight} {
		if one != nil && !is {
			f, is = one.findings[id]
		}
	}
	return f, is
}

// landAllWith waits until all that was decided is written, where some of it puts what is
// asked for into the quarantine, or changes it there: it has no number before.
func (s *Service) landAllWith(asked func(*Quarantined) bool) error {
	for _, f := range []*flight{s.next, s.flight} {
		if f != nil && slices.ContainsFunc(f.quarantine, func(q Quarantined) bool { return asked(&q) }) {
			return s.landAll()
		}
	}
	return nil
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
