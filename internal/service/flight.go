package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// flight is what is written to the record at once: one commit, or several that were
// decided while flights before were under way. The disk takes longer than the engine,
// and neither needs to wait for the other; what waits for the disk waits together.
type flight struct {
	commits    []*Commit
	batch      []*ask
	findings   map[string]Finding // that it writes, as they were decided
	quarantine []Quarantined      // that it writes
	events     int
	few        int           // how many of them are of short asks
	short      bool          // all of them are
	landed     chan struct{} // closed once it is written, or can't be
}

// down says whether it is written, or can't be.
func (f *flight) down() bool {
	select {
	case <-f.landed:
		return true
	default:
		return false
	}
}

// flights are written one after the other, in the order in which they were decided. Who
// sends a single event waits for all of the flight that it goes with and of those
// before: so each is bounded in time, and many events don't join a flight of few.
type flights struct {
	mu      sync.Mutex
	up      *flight   // under way; nil for none
	waiting []*flight // to be written after it, first one first
	failed  bool      // one couldn't be written: nothing is, until the judge has seen it
	pace    float64   // how long an event of many takes to be written, µs
	room    int64     // how long what is written at once may take, µs; 0: batchTime

	over []*flight // the judge's alone: those that it hasn't seen down
}

// full says that no more should go with a flight: writing it takes long enough.
func (fs *flights) full(f *flight) bool {
	room := cmp.Or(fs.room, batchTime)
	return f.events >= 2*maxBatch || float64(f.events)*fs.pace >= float64(room)
}

// keep says how long what is written at once may take from now on, µs.
func (fs *flights) keep(room int64) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.room = room
}

// brief says that what is written at once may not take long now.
func (fs *flights) brief() bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.room == briefTime
}

// crowded gives what the judge should wait for before it decides more: as much waits
// already as is written at once. It is nil where it needn't wait.
func (fs *flights) crowded() <-chan struct{} {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	events := 0
	for _, f := range fs.waiting {
		events += f.events
	}
	if fs.up == nil || len(fs.waiting) == 0 || !fs.full(&flight{events: events}) {
		return nil
	}
	return fs.up.landed
}

// last is the flight that is written last as things stand; nil where none waits.
func (fs *flights) last() *flight {
	if n := len(fs.waiting); n > 0 {
		return fs.waiting[n-1]
	}
	return nil
}

// hasRoom says that a flight of many events takes some that are few, though it is full:
// it hardly takes longer, and they would wait for one more.
func (f *flight) hasRoom(events int) bool { return !f.short && f.few+events <= lines }

// standBy says that what is short needn't wait until there is less to be written.
func (fs *flights) standBy() bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f := fs.last()
	return f != nil && f.hasRoom(1)
}

// add puts a commit behind what waits; ok is false where one before it couldn't be
// written. It gives the flight where nobody writes yet.
func (fs *flights) add(c *Commit, batch []*ask) (first *flight, ok bool) {
	events := 0
	for i := range c.Segments {
		events += c.Segments[i].Events
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.failed {
		return nil, false
	}
	short := events <= lines && !slices.ContainsFunc(batch, func(a *ask) bool { return a.part })
	f := fs.last()
	if f == nil || (fs.full(f) || f.short && !short) && !(short && f.hasRoom(events)) {
		f = &flight{findings: make(map[string]Finding, len(c.Findings)), short: short, landed: make(chan struct{})}
		fs.waiting = append(fs.waiting, f)
		fs.over = append(slices.DeleteFunc(fs.over, (*flight).down), f)
	}
	f.commits, f.batch = append(f.commits, c), append(f.batch, batch...)
	for _, one := range c.Findings {
		f.findings[one.ID] = one
	}
	f.quarantine = append(f.quarantine, c.Quarantine...)
	if f.events += events; short {
		f.few += events
	}
	if fs.up != nil {
		return nil, true
	}
	fs.up, fs.waiting = f, nil
	return f, true
}

// next notes that the flight under way is down, after so long for each of its events,
// and gives the one that follows; nil for none. Where it failed, so does all that rests
// on it, which is given to be told. It is seen down before another can be up: one that
// still seemed under way after a later one had landed would be asked what its findings
// are, which the later one has changed.
func (fs *flights) next(micros int64, failed bool) (f *flight, fallen []*flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	was := fs.up
	if !failed && was.events > lines {
		fs.pace = (fs.pace + float64(micros)/float64(was.events)) / 2
	}
	if failed {
		fs.failed, fallen, fs.waiting = true, fs.waiting, nil
	}
	close(was.landed)
	if fs.up = nil; len(fs.waiting) > 0 {
		fs.up, fs.waiting = fs.waiting[0], fs.waiting[1:]
	}
	return fs.up, fallen
}

// paceNow is how long an event of many takes to be written, µs.
func (fs *flights) paceNow() float64 {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.pace
}

// write has a commit written as soon as may be, and whoever waits for it answered.
func (s *Service) write(c *Commit, batch []*ask) {
	first, ok := s.flights.add(c, batch)
	if !ok {
		err := ErrUnwritten
		if why := s.broken.Load(); why != nil {
			err = *why
		}
		s.answer(batch, err)
		return
	}
	if first != nil {
		go s.fly(first)
	}
}

// fly writes a flight and those that wait after it.
func (s *Service) fly(f *flight) {
	for f != nil {
		_, began := s.opt.Now()
		err := s.store.Commit(context.Background(), f.commits...)
		_, ended := s.opt.Now()
		if err != nil {
			err = s.unusable(err)
		} else {
			for _, c := range f.commits {
				s.open.follow(c.Findings)
			}
		}
		s.answer(f.batch, err)
		var fallen []*flight
		f, fallen = s.flights.next(ended-began, err != nil)
		for _, one := range fallen {
			s.answer(one.batch, err)
			close(one.landed)
		}
	}
}

// landAll waits until all that was decided is written, and says whether the engine and
// the record are one. Where something couldn't be written, the engine is ahead.
func (s *Service) landAll() error {
	for _, f := range s.flights.over {
		<-f.landed
	}
	s.flights.mu.Lock()
	s.flights.over = nil
	if s.flights.failed {
		s.flights.failed, s.ahead = false, true
	}
	s.flights.mu.Unlock()
	if why := s.broken.Load(); s.ahead && why != nil {
		return *why
	}
	return nil
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
	for _, one := range slices.Backward(s.flights.over) {
		if f, is = one.findings[id]; is {
			break
		}
	}
	return f, is
}

// landAllWith waits until all that was decided is written, where some of it puts what is
// asked for into the quarantine, or changes it there: it has no number before.
func (s *Service) landAllWith(asked func(*Quarantined) bool) error {
	for _, f := range s.flights.over {
		if slices.ContainsFunc(f.quarantine, func(q Quarantined) bool { return asked(&q) }) {
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
