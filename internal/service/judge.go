package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/segment"
)

// fold reads the record into a fresh engine: what was committed, and nothing
// else, happened.
func (s *Service) fold(ctx context.Context) error {
	_, began := s.opt.Now()
	pos, err := s.store.Position(ctx)
	if err != nil {
		return fmt.Errorf("position: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadSources(ctx); err != nil {
		return err
	}
	if err := s.loadGone(ctx); err != nil {
		return err
	}
	s.pos = pos
	f := s.fromImage(ctx, pos)
	if f == nil {
		f = &folded{live: s.newLive()}
	}
	s.engine(f)
	if err := s.advance(ctx, f, pos, s.names()); err != nil {
		return err
	}
	s.objects = f.objects
	_, ended := s.opt.Now()
	s.log.Info("the record is folded", "events", s.live.Log().Rows(), "from_image", s.imaged.events, "ms", (ended-began)/1000)
	s.near.open(s)
	if err := s.openBook(ctx); err != nil {
		return err
	}
	if s.clock.log != nil { // a clock that leapt is no more to be believed than before
		s.clock.at = max(s.clock.at, pos.Now)
		return nil
	}
	wall, mono := s.opt.Now()
	s.clock = steady{at: max(wall, pos.Now), mono: mono, log: s.log}
	if pos.Now > wall+hour {
		s.log.Warn("the clock of this machine is behind the record; time stands still until it has caught up",
			"record", s.opt.Zone.Format(pos.Now), "clock", s.opt.Zone.Format(wall))
	}
	return nil
}

// engine puts an engine in the place of the one of before, whose memory is given
// back.
func (s *Service) engine(f *folded) {
	if s.file != nil {
		s.file.Leave()
	}
	s.live, s.objects, s.file = f.live, f.objects, f.file
	s.anew, s.imaged = f.file == nil, imaged{}
	if !s.anew {
		s.imaged = imaged{f.live.Log().Rows(), f.segment}
	}
}

// decoded are a segment's events as they were given to the engine.
func decoded(seg *Segment, names map[int64]string) ([]event.Event, error) {
	events, err := segment.Decode(seg.Body)
	if err != nil {
		return nil, seg.Damaged(err)
	}
	name, ok := names[seg.Source]
	if !ok {
		return nil, fmt.Errorf("segment %d is of source %d, which isn't there", seg.Number, seg.Source)
	}
	for i := range events {
		events[i].Source = name
		events[i].Received = event.Stamp{At: seg.Received, Kind: event.Time}
	}
	return events, nil
}

// judge is the one goroutine that decides anything.
func (s *Service) judge(images context.Context) {
	defer close(s.done)
	s.keepFolded(images)
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	var q queue
	for closing := false; ; {
		if q.empty() {
			select {
			case a := <-s.asks:
				q.add(a)
			case <-ticker.C:
				s.hurry.tick()
			case <-s.stop:
				closing = true
			}
		} else {
			select {
			case <-ticker.C:
				s.hurry.tick()
			default:
			}
		}
		batch := s.uncrowded(&q)
		if batch == nil {
			q.gather(s.asks) // late, so that what is short and came meanwhile goes first
			if closing && q.empty() {
				_ = s.landAll() // whoever waits for it is told
				return
			}
			batch = q.next()
		}
		_, began := s.opt.Now()
		s.step(batch)
		_, ended := s.opt.Now()
		s.flights.keep(q.took(batch, began, ended, s.flights.paceNow()))
		if !closing {
			s.keepFolded(images)
			s.wantImage()
		}
	}
}

// uncrowded waits until more may be decided, and gives what is short and comes meanwhile,
// where that can go with what waits already.
func (s *Service) uncrowded(q *queue) []*ask {
	for wait := s.flights.crowded(); wait != nil; wait = s.flights.crowded() {
		asks := s.asks
		if q.gather(asks); q.change != nil {
			asks = nil // what comes after a change isn't decided before it
		}
		if s.flights.standBy() {
			if batch := q.few(); batch != nil {
				return batch
			}
		}
		select {
		case <-wait:
		case a := <-asks:
			q.add(a)
		}
	}
	return nil
}

// step judges a batch, or lets the clock move where there is none, and commits
// what follows.
func (s *Service) step(batch []*ask) {
	err := s.Ready()
	if err == ErrClosing {
		err = nil // what waits is still taken
	}
	if err != nil {
		_ = s.landAll() // that is what can't be written
		err = s.mend(err)
	}
	for _, a := range batch {
		s.hurry.took(len(a.in))
	}
	switch alone := len(batch) == 1 && batch[0].alone(); {
	case err != nil:
	case !alone:
		if err = s.take(batch); err == nil {
			return // they are answered once it is written
		}
	default:
		if err = s.landAll(); err == nil && batch[0].change != nil {
			err = s.activate(context.Background(), batch[0])
		} else if err == nil {
			err = s.erase(context.Background(), batch[0].erase)
		}
	}
	s.answer(batch, err)
}

// mend tries to go on after a commit that failed: the engine is ahead of the
// record then, or behind it where only the answer was lost, and is folded anew. That
// it can be written is tried first: folding a long record keeps readers waiting.
func (s *Service) mend(was error) error {
	if errors.Is(was, ErrDamaged) { // that it can be written doesn't make it whole
		return was
	}
	ctx := context.Background()
	pos, err := s.store.Position(ctx)
	steps := []func(context.Context) error{func(ctx context.Context) error {
		return s.store.Commit(ctx, &Commit{Now: pos.Now, W: pos.W, NextFinding: pos.NextFinding})
	}}
	if s.ahead {
		steps = append(steps, s.loadPacks, s.fold)
	}
	for _, next := range steps {
		if err == nil {
			err = next(ctx)
		}
	}
	if err != nil {
		if err = fmt.Errorf("%w: %w", ErrUnwritten, err); err.Error() != was.Error() {
			s.broken.Store(&err)
			s.log.Error("the record still can't be written", "error", err)
		}
		return err
	}
	s.ahead = false
	s.broken.Store(nil)
	s.log.Info("the record can be written again")
	return nil
}

// take decides a batch while what was decided before is written, and has what follows
// written after that. Without an error those who asked are answered then.
func (s *Service) take(batch []*ask) error {
	ctx := context.Background()
	if err := s.refresh(ctx); err != nil {
		return s.unusable(err)
	}
	s.mu.Lock()
	c, err := s.decide(ctx, batch)
	if err == nil && c != nil {
		s.pos.Segment += int64(len(c.Segments))
		s.pos.Now, s.pos.W, s.pos.NextFinding = c.Now, c.W, c.NextFinding
	}
	s.mu.Unlock()
	if err != nil {
		return s.unwritten(err)
	}
	for _, a := range batch {
		a.judge()
	}
	if c != nil {
		s.write(c, batch)
	}
	return nil
}

// unwritten notes that the engine may not say what the record says.
func (s *Service) unwritten(err error) error {
	s.ahead = true
	return s.unusable(err)
}

// unusable notes that nothing can be taken until the record can be used again.
func (s *Service) unusable(err error) error {
	err = fmt.Errorf("%w: %w", ErrUnwritten, err)
	s.broken.Store(&err)
	s.log.Error("nothing is taken until the record can be written again", "error", err)
	return err
}

// decide does to the engine what a batch asks for and gives what is to be
// committed; nil where nothing is.
func (s *Service) decide(ctx context.Context, batch []*ask) (*Commit, error) {
	now := s.clock.now(s.opt.Now())
	c := &Commit{Now: now, NextFinding: s.pos.NextFinding, before: s.pos.NextFinding}
	if s.live.SetLateness(s.lateness(now)); s.pos.Segment == 0 && len(batch) == 0 {
		s.live.SetLateness(int64(now)) // before the first event W stays where a history needs it that is loaded first
	}
	changes := s.live.Tick(now)
	for i := 0; i < len(batch); {
		source := batch[i].source
		var taken []event.Event
		for ; i < len(batch) && batch[i].source.ID == source.ID; i++ {
			if settled, err := s.settled(ctx, c, batch[i]); err != nil {
				return nil, err
			} else if settled {
				continue
			}
			events, told, err := s.intake(ctx, c, batch[i], now)
			if err != nil {
				return nil, err
			}
			if batch[i].also != nil {
				batch[i].also(c, now)
			}
			if changes = append(changes, told...); len(taken) == 0 {
				taken = events
			} else {
				taken = append(taken, events...)
			}
		}
		if len(taken) == 0 {
			continue
		}
		if err := c.segments(s.pos.Segment, source.ID, now, taken); err != nil {
			return nil, err
		}
	}
	s.objects.follow(s.live.Log())
	c.W = s.live.W()
	if err := s.follow(ctx, c, changes, now); err != nil {
		return nil, err
	}
	if err := s.silences(ctx, c, now); err != nil {
		return nil, err
	}
	if err := s.gaps(ctx, c, now); err != nil {
		return nil, err
	}
	for _, st := range s.sources {
		if st.dirty {
			c.States = append(c.States, st.SourceState)
			st.dirty = false
		}
	}
	slices.SortFunc(c.States, func(a, b SourceState) int { return int(a.Source - b.Source) })
	if len(batch) == 0 && len(c.Quarantine) == 0 && len(c.Findings) == 0 && len(c.States) == 0 && now-s.pos.Now < tickKept {
		return nil, nil
	}
	return c, nil
}

// segments adds events of a source as one segment, or as several where they are more
// than one can hold; before is the number of the last that is committed.
func (c *Commit) segments(before, source int64, now clock.Instant, events []event.Event) error {
	body, err := segment.Encode(nil, events)
	if fault := (*errs.Error)(nil); errors.As(err, &fault) && fault.Code == errs.Limit && len(events) > 1 {
		half := len(events) / 2
		if err := c.segments(before, source, now, events[:half]); err != nil {
			return err
		}
		return c.segments(before, source, now, events[half:])
	}
	if err != nil {
		return err
	}
	c.Segments = append(c.Segments, Segment{Number: before + int64(len(c.Segments)) + 1, Source: source, Received: now, Now: now, Events: len(events), Body: body, List: events})
	return nil
}

const (
	hour     = clock.Instant(3600 * 1_000_000)
	tickKept = clock.Instant(60 * 1_000_000) // a tick that changes nothing is committed once a minute
)
