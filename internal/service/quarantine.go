package service

import (
	"context"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Quarantine lists what a source sent that couldn't be taken, oldest first;
// source "" is all.
func (s *Service) Quarantine(ctx context.Context, source string, waiting bool, after int64, limit int) ([]Quarantined, error) {
	id := int64(0)
	if source != "" {
		src := s.SourceNamed(source)
		if src == nil {
			return nil, ErrNone
		}
		id = src.ID
	}
	return s.store.Quarantine(ctx, id, waiting, after, limit)
}

// Mend drives a quarantined thing again as what it should have been. It stays in
// the quarantine, done, with its outcome; it waits on where it can't be taken
// now either.
func (s *Service) Mend(ctx context.Context, id int64, in Arrival) (Outcome, error) {
	item, src, err := s.waitingItem(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	a := &ask{source: src, in: []Arrival{in}, item: id}
	a.also = func(c *Commit, now clock.Instant) {
		switch a.out[0].Outcome {
		case "quarantined": // no second time: it waits already
			c.Quarantine = c.Quarantine[:len(c.Quarantine)-1]
			s.sources[src.ID].Quarantined--
			return
		case "refused":
			return
		}
		item.Done, item.Outcome = now, a.out[0].Outcome
		c.Quarantine = append(c.Quarantine, *item)
	}
	if err := s.ask(ctx, a); err != nil {
		return Outcome{}, err
	}
	if a.gone {
		return Outcome{}, ErrSettled
	}
	return a.out[0], nil
}

// SetAside notes that a quarantined thing won't be taken, and why.
func (s *Service) SetAside(ctx context.Context, id int64, reason string) error {
	if reason == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("a reason is needed to set something aside", "搁置须说明理由"),
			Next: errs.T("say why it won't be taken", "请说明不予接收的原因")}
	}
	item, src, err := s.waitingItem(ctx, id)
	if err != nil {
		return err
	}
	a := &ask{source: src, item: id, also: func(c *Commit, now clock.Instant) {
		item.Done, item.Outcome = now, "set aside: "+reason
		c.Quarantine = append(c.Quarantine, *item)
	}}
	if err := s.ask(ctx, a); err != nil {
		return err
	}
	if a.gone {
		return ErrSettled
	}
	return nil
}

// settled says whether somebody else settled in the meantime, perhaps in the same
// commit, what an ask is about.
func (s *Service) settled(ctx context.Context, c *Commit, a *ask) (bool, error) {
	if a.item == 0 {
		return false, nil
	}
	a.gone = slices.ContainsFunc(c.Quarantine, func(q Quarantined) bool { return q.ID == a.item && q.Done != 0 })
	if a.gone {
		return true, nil
	}
	item, err := s.store.QuarantineItem(ctx, a.item)
	if err != nil {
		return false, fmt.Errorf("quarantine: %w", err)
	}
	a.gone = item == nil || item.Done != 0
	return a.gone, nil
}

// waitingItem is a quarantined thing that is still to be settled, with its
// source.
func (s *Service) waitingItem(ctx context.Context, id int64) (*Quarantined, *Source, error) {
	item, err := s.store.QuarantineItem(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case item == nil:
		return nil, nil, ErrNone
	case item.Done != 0:
		return nil, nil, ErrSettled
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	src := s.sources[item.Source].source
	return item, &src, nil
}

// SourceNamed is the source of a name, nil where there is none: for what this
// machine fetches itself, which needs no token.
func (s *Service) SourceNamed(name string) *Source {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, st := range s.sources {
		if st.source.Name == name {
			src := st.source
			return &src
		}
	}
	return nil
}
