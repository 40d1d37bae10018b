package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// A source's quarantine is a list for people. Beyond these nobody mends it one by
// one any more, and a source gone wrong must not fill the disk.
const (
	maxThings = 100_000
	maxBytes  = 256 << 20
)

// thing is what a source sent that can't be taken, by its content.
type thing struct {
	source int64
	hash   string
}

// hashOf names what was sent; what nobody has the bytes of, by what is wrong with it.
func hashOf(in *Arrival, out *Outcome) string {
	text := in.Raw
	if len(text) == 0 {
		text = []byte(out.Code + "\x00" + out.Why)
	}
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:16])
}

// isolate puts what can't be taken, by its places in the ask, into the quarantine,
// or counts that it came again. Where the quarantine is full it is refused, and the
// source told so: it keeps what it sent.
func (s *Service) isolate(ctx context.Context, c *Commit, a *ask, unfit []int, now clock.Instant) error {
	st := s.sources[a.source.ID]
	var hashes []string
	for _, i := range unfit {
		if a.out[i].Outcome == "quarantined" && a.item == 0 { // what is mended waits there already
			hashes = append(hashes, hashOf(&a.in[i], &a.out[i]))
			continue
		}
		if a.out[i].Outcome == "refused" {
			st.Refused++
		}
		hashes = append(hashes, "")
	}
	if err := s.sentBefore(ctx, c, st.Source, hashes); err != nil {
		return err
	}
	for k, i := range unfit {
		if hashes[k] != "" {
			st.isolate(c, &a.in[i], &a.out[i], hashes[k], now)
		}
	}
	return nil
}

// sentBefore brings into a commit what a source's quarantine holds of some hashes.
func (s *Service) sentBefore(ctx context.Context, c *Commit, source int64, hashes []string) error {
	var ask []string
	for _, h := range hashes {
		if _, ok := c.isolated[thing{source, h}]; !ok && h != "" {
			ask = append(ask, h)
		}
	}
	slices.Sort(ask)
	ask = slices.Compact(ask)
	if len(ask) == 0 {
		return nil
	}
	if err := s.landAllWith(func(q *Quarantined) bool { return q.Source == source && slices.Contains(ask, q.Hash) }); err != nil {
		return err
	}
	have, err := s.store.QuarantineByHash(ctx, source, ask)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	for _, q := range have {
		c.bring(q)
	}
	return nil
}

// bring adds what lies in the quarantine, or is to, to a commit.
func (c *Commit) bring(q Quarantined) {
	if c.isolated == nil {
		c.isolated = map[thing]int{}
	}
	c.isolated[thing{q.Source, q.Hash}] = len(c.Quarantine)
	c.Quarantine = append(c.Quarantine, q)
}

// isolate puts one thing into the quarantine. What was settled already and comes
// again stays settled.
func (st *sourceState) isolate(c *Commit, in *Arrival, out *Outcome, hash string, now clock.Instant) {
	if i, ok := c.isolated[thing{st.Source, hash}]; ok {
		q := &c.Quarantine[i]
		q.Times, q.Last = q.Times+1, now
		st.Repeated++
		return
	}
	if st.waiting.Things >= maxThings || st.waiting.Bytes+int64(len(in.Raw)) > maxBytes {
		st.Refused++
		out.Outcome, out.Code = "refused", CodeQuarantineFull
		out.Why = "it can't be taken, and as much waits in this source's quarantine as may: " + out.Why
		out.WhyZH = "无法接收，且该来源的隔离区已满：" + out.WhyZH
		return
	}
	st.Quarantined++
	st.waiting.Things, st.waiting.Bytes = st.waiting.Things+1, st.waiting.Bytes+int64(len(in.Raw))
	c.bring(Quarantined{Source: st.Source, At: now, Raw: in.Raw, Hash: hash, Times: 1, Last: now, Code: out.Code, Reason: out.Why, ReasonZH: out.WhyZH})
}

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
	src, err := s.sourceOf(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	a := &ask{source: src, in: []Arrival{in}, item: id}
	a.also = func(c *Commit, now clock.Instant) {
		if out := a.out[0].Outcome; out != "quarantined" && out != "refused" { // else it waits on
			s.settle(c, a.held, now, out)
		}
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
	if reason = errs.Said(reason); reason == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("a reason is needed to set something aside", "搁置须说明理由"),
			Next: errs.T("say why it won't be taken", "请说明不予接收的原因")}
	}
	src, err := s.sourceOf(ctx, id)
	if err != nil {
		return err
	}
	a := &ask{source: src, item: id}
	a.also = func(c *Commit, now clock.Instant) {
		s.settle(c, a.held, now, "set aside: "+reason)
	}
	if err := s.ask(ctx, a); err != nil {
		return err
	}
	if a.gone {
		return ErrSettled
	}
	return nil
}

// settle takes a thing out of what waits. It may have come again in the same commit.
func (s *Service) settle(c *Commit, item *Quarantined, now clock.Instant, outcome string) {
	i := slices.IndexFunc(c.Quarantine, func(q Quarantined) bool { return q.ID == item.ID })
	if i < 0 {
		i = len(c.Quarantine)
		c.bring(*item)
	}
	c.Quarantine[i].Done, c.Quarantine[i].Outcome = now, outcome
	w := &s.sources[item.Source].waiting
	w.Things, w.Bytes = w.Things-1, w.Bytes-int64(len(item.Raw))
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
	err := s.landAllWith(func(q *Quarantined) bool { return q.ID == a.item })
	if err != nil {
		return false, err
	}
	if a.held, err = s.store.QuarantineItem(ctx, a.item); err != nil {
		return false, fmt.Errorf("quarantine: %w", err)
	}
	a.gone = a.held == nil || a.held.Done != 0
	return a.gone, nil
}

// sourceOf is the source of a quarantined thing that is still to be settled.
func (s *Service) sourceOf(ctx context.Context, id int64) (*Source, error) {
	item, err := s.store.QuarantineItem(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case item == nil:
		return nil, ErrNone
	case item.Done != 0:
		return nil, ErrSettled
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	src := s.sources[item.Source].source
	return &src, nil
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
