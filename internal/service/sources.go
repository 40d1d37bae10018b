package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
)

// sourceState is a source with what it has done, as the judge keeps it.
type sourceState struct {
	source Source
	SourceState
	dirty   bool          // to be committed
	fell    clock.Instant // from when on it was silent, where it was heard of again just now
	waiting Waiting       // in its quarantine
}

// Authenticate is the source whose token this is. A token that nobody is known
// by may be a new one: the sources are looked at again.
func (s *Service) Authenticate(ctx context.Context, token string) (*Source, bool) {
	key := sha256.Sum256([]byte(token))
	src, ok := s.tokenOf(key)
	if !ok && s.refresh(ctx) == nil {
		src, ok = s.tokenOf(key)
	}
	if !ok || src.Disabled {
		return nil, false
	}
	return src, true
}

func (s *Service) tokenOf(key [32]byte) (*Source, bool) {
	if all := s.byToken.Load(); all != nil {
		src, ok := (*all)[key]
		return src, ok
	}
	return nil, false
}

// loadSources reads the sources and what they have done.
func (s *Service) loadSources(ctx context.Context) error {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return fmt.Errorf("sources: %w", err)
	}
	states, err := s.store.SourceStates(ctx)
	if err != nil {
		return fmt.Errorf("states of sources: %w", err)
	}
	waiting, err := s.store.QuarantineWaiting(ctx)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	s.sources = map[int64]*sourceState{}
	s.setSources(sources)
	for id, st := range s.sources {
		st.waiting = waiting[id]
	}
	for _, st := range states {
		if have := s.sources[st.Source]; have != nil {
			have.SourceState = st
		}
	}
	return nil
}

// setSources takes over who may send.
func (s *Service) setSources(list []Source) {
	all := make(map[[32]byte]*Source, len(list))
	for i := range list {
		src := &list[i]
		all[src.Token] = src
		if have := s.sources[src.ID]; have != nil {
			have.source = *src
			continue
		}
		s.sources[src.ID] = &sourceState{source: *src, SourceState: SourceState{Source: src.ID}}
	}
	s.byToken.Store(&all)
}

// refresh sees sources that were added or changed beside the running service.
func (s *Service) refresh(ctx context.Context) error {
	list, err := s.store.Sources(ctx)
	if err != nil {
		return fmt.Errorf("sources: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(list) == len(*s.byToken.Load()) && !slices.ContainsFunc(list, func(src Source) bool {
		have := s.sources[src.ID]
		return have == nil || !equalSource(&have.source, &src)
	}) {
		return nil
	}
	s.setSources(list)
	return nil
}

func equalSource(a, b *Source) bool {
	return a.Name == b.Name && a.Unit == b.Unit && slices.Equal(a.Types, b.Types) && a.Token == b.Token && a.Skew == b.Skew &&
		a.Lateness == b.Lateness && a.Habit == b.Habit && a.Disabled == b.Disabled && a.Role == b.Role
}

// sends says whether it is a source at all; readers have tokens, too.
func (st *sourceState) sends() bool { return st.source.Role == "" || st.source.Role == RoleSource }

// contact notes that a source was heard of.
func (st *sourceState) contact(now clock.Instant) {
	if st.Silent && st.fell == 0 {
		st.fell = max(st.Contact, st.source.Created)
	}
	st.Contact, st.dirty = now, true
}

// silentAt says whether a source has been silent beyond its habit.
func (st *sourceState) silentAt(now clock.Instant) bool {
	since := max(st.Contact, st.source.Created)
	return st.sends() && st.source.Habit > 0 && !st.source.Disabled && now-since > clock.Instant(st.source.Habit)
}

// lateness is how long W stays behind T: as long as the slowest source that is
// heard of may take. A silent one is left out, else its silence would excuse
// everybody.
func (s *Service) lateness(now clock.Instant) int64 {
	most := int64(0)
	for _, st := range s.sources {
		if st.sends() && !st.source.Disabled && !st.silentAt(now) {
			most = max(most, st.source.Lateness)
		}
	}
	return most
}

// leftOut says whether a silent source might have sent any of the types.
func (s *Service) leftOut(now clock.Instant, types []string) bool {
	for _, st := range s.sources {
		if st.silentAt(now) && (len(st.source.Types) == 0 || len(types) == 0 ||
			slices.ContainsFunc(types, func(t string) bool { return slices.Contains(st.source.Types, t) })) {
			return true
		}
	}
	return false
}

// count notes what the engine made of an event and says whether it is to be
// kept in the record.
func (st *sourceState) count(out *Outcome, e *event.Event, r monitor.Receipt) bool {
	switch r.Outcome {
	case monitor.Repeated:
		st.Repeated++
		out.Outcome = "repeated"
		return false
	case monitor.Refused:
		st.Refused++
		out.Outcome, out.Code, out.Why, out.WhyZH = "refused", "conflict", r.Err.Error(), "无法接收："+errs.In(r.Err, errs.Zh)
		if errors.As(r.Err, new(*event.ConflictError)) {
			out.Why = fmt.Sprintf("another content came before under the id %q; to change what it says, send a correction: an event with an id of its own and \"corrects\": %q", e.ID, e.ID)
			out.WhyZH = fmt.Sprintf("编号 %q 此前已有不同内容；如需更改，请发送更正：使用新的编号，并写明 \"corrects\": %q", e.ID, e.ID)
		}
		return false
	case monitor.Corrected:
		st.Corrected++
		out.Outcome = "corrected"
	case monitor.Waiting:
		out.Outcome = "waiting"
	case monitor.Held:
		out.Outcome = "held"
	default:
		out.Outcome = "taken"
	}
	st.Taken++
	st.dirty = true
	st.LastEvent = max(st.LastEvent, e.Time.At)
	return true
}

// silences raises a finding on a source that fell silent, and ends it when the
// source is heard of again: nobody's entry claims anything there, the silence was
// and is over.
func (s *Service) silences(ctx context.Context, c *Commit, now clock.Instant) error {
	for _, st := range s.ordered() {
		silent := st.silentAt(now)
		if silent == st.Silent {
			continue
		}
		st.Silent, st.dirty = silent, true
		since := max(st.Contact, st.source.Created)
		if !silent {
			if err := s.heardAgain(ctx, c, st, now); err != nil {
				return err
			}
			continue
		}
		f, err := s.silence(ctx, c, st, since, now)
		if err != nil {
			return err
		}
		f.State, f.Changed, f.Due = Open, now, since+clock.Instant(st.source.Habit)
		c.Findings = append(c.Findings, f)
		c.Notes = append(c.Notes, Note{Finding: f.ID, At: now, Kind: "raised", Verdict: f.Verdict, Due: f.Due,
			Text:   "nothing was heard of it for " + i18n.Words{Lang: errs.En}.Span(int64(now-since)),
			TextZH: "已有 " + i18n.Words{Lang: errs.Zh}.Span(int64(now-since)) + " 未收到其消息"})
	}
	return nil
}

// silence is the finding on a source's silence. There may be one already: of a source that
// was shut off while it was silent, and let in again without a word from it.
func (s *Service) silence(ctx context.Context, c *Commit, st *sourceState, since, now clock.Instant) (Finding, error) {
	id := silenceID(st.source.Name, since)
	have, err := s.stored(ctx, []string{id})
	if err != nil {
		return Finding{}, err
	}
	if len(have) > 0 {
		return have[0], nil
	}
	c.NextFinding++
	return Finding{ID: id, Number: c.NextFinding, Kind: "source", Rule: "silence", Severity: "major",
		Verdict: "breached", Key: []KeyPart{{"source", st.source.Name}}, Unit: st.source.Unit, EventTime: since, Raised: now}, nil
}

// heardAgain ends the finding on a source's silence.
func (s *Service) heardAgain(ctx context.Context, c *Commit, st *sourceState, now clock.Instant) error {
	since := cmp.Or(st.fell, max(st.Contact, st.source.Created))
	have, err := s.stored(ctx, []string{silenceID(st.source.Name, since)})
	if err != nil {
		return err
	}
	for _, f := range have {
		n := Note{Finding: f.ID, At: now, Kind: string(Ended), Verdict: f.Verdict, Due: f.Due,
			Text: "silence no longer counts against it", TextZH: "静默不再计入"}
		if st.fell != 0 {
			n.Text, n.TextZH, n.Entered = "it was heard of again", "已恢复发送", st.Contact
		}
		f.State, f.Changed = Ended, now
		c.Findings, c.Notes = append(c.Findings, f), append(c.Notes, n)
	}
	st.fell = 0
	return nil
}

// silenceID names a source's silence by when it was last heard of.
func silenceID(name string, since clock.Instant) string {
	h := sha256.Sum256(fmt.Appendf(nil, `["silence",%q,%d]`, name, since))
	return hex.EncodeToString(h[:16])
}

func (s *Service) ordered() []*sourceState {
	list := make([]*sourceState, 0, len(s.sources))
	for _, st := range s.sources {
		list = append(list, st)
	}
	slices.SortFunc(list, func(a, b *sourceState) int { return cmp.Compare(a.Source, b.Source) })
	return list
}

// Sources are the sources with what they have done.
func (s *Service) Sources(ctx context.Context) ([]SourceInfo, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.live.Now()
	var out []SourceInfo
	for _, st := range s.ordered() {
		info := SourceInfo{Source: st.source, State: st.SourceState, Waiting: st.waiting.Things}
		info.Source.Token = [32]byte{}
		if st.LastEvent > 0 {
			info.Lag = max(0, int64(now-st.LastEvent))
		}
		out = append(out, info)
	}
	return out, nil
}
