package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/segment"
)

// memory is a Store in memory, for tests of the judge: what a Commit holds is
// there at once or, where it is told to fail, not at all.
type memory struct {
	mu         sync.Mutex
	pos        Position
	segments   []Segment
	findings   map[string]Finding
	notes      []Note
	sources    []Source
	states     map[int64]SourceState
	quarantine []Quarantined
	packs      []PackInForce
	fail       error
	slow       time.Duration // how long a Commit takes
	damage     error         // what a look at the pages finds
	erasures   []Erasure
	gone       Gone
	closed     map[string]bool // findings whose items are closed
}

func newMemory(sources ...Source) *memory {
	return &memory{findings: map[string]Finding{}, states: map[int64]SourceState{}, sources: sources}
}

func (m *memory) locked() func() {
	m.mu.Lock()
	return m.mu.Unlock
}

func (m *memory) Settings(context.Context) (Settings, error) { return Settings{}, nil }

func (m *memory) Packs(context.Context) ([]PackInForce, error) {
	defer m.locked()()
	return slices.Clone(m.packs), nil
}

func (m *memory) Position(context.Context) (Position, error) {
	defer m.locked()()
	return m.pos, m.fail
}

func (m *memory) Commit(_ context.Context, list ...*Commit) error {
	if m.slow > 0 {
		time.Sleep(m.slow)
	}
	defer m.locked()()
	if err := cmp.Or(m.fail, m.damage); err != nil {
		return err
	}
	for _, c := range list {
		for _, s := range c.Segments {
			if s.Number != int64(len(m.segments))+1 {
				return fmt.Errorf("segment %d after %d", s.Number, len(m.segments))
			}
			m.segments = append(m.segments, s)
		}
		for _, f := range c.Findings {
			m.findings[f.ID] = f
		}
		m.notes = append(m.notes, c.Notes...)
		if c.Packs != nil {
			m.packs = slices.Clone(c.Packs)
		}
		for _, st := range c.States {
			m.states[st.Source] = st
		}
		for _, q := range c.Quarantine {
			if q.ID == 0 {
				q.ID = int64(len(m.quarantine)) + 1
				m.quarantine = append(m.quarantine, q)
				continue
			}
			m.quarantine[q.ID-1] = q
		}
		m.pos = Position{Segment: int64(len(m.segments)), Now: c.Now, W: c.W, NextFinding: c.NextFinding}
	}
	return nil
}

func (m *memory) Segments(_ context.Context, after int64, visit func(*Segment) error) error {
	m.mu.Lock()
	list := slices.Clone(m.segments)
	m.mu.Unlock()
	for i := range list[after:] {
		if err := visit(&list[after:][i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Sources(context.Context) ([]Source, error) {
	defer m.locked()()
	return slices.Clone(m.sources), nil
}

func (m *memory) SourceStates(context.Context) ([]SourceState, error) {
	defer m.locked()()
	return slices.Collect(maps.Values(m.states)), nil
}

func (m *memory) Findings(_ context.Context, q FindingQuery) (FindingPage, error) {
	defer m.locked()()
	var out []Finding
	for _, f := range m.findings {
		if (len(q.States) == 0 || slices.Contains(q.States, f.State)) && (q.Kind == "" || q.Kind == f.Kind) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Finding) int { return int(a.Number - b.Number) })
	return FindingPage{Findings: out}, nil
}

func (m *memory) FindingCounts(context.Context) (map[FindingState]int64, error) {
	defer m.locked()()
	out := map[FindingState]int64{}
	for _, f := range m.findings {
		out[f.State]++
	}
	return out, nil
}

func (m *memory) Finding(_ context.Context, id string) (*Finding, []Note, error) {
	defer m.locked()()
	f, ok := m.findings[id]
	if !ok {
		return nil, nil, nil
	}
	var notes []Note
	for _, n := range m.notes {
		if n.Finding == id {
			notes = append(notes, n)
		}
	}
	return &f, notes, nil
}

func (m *memory) FindingsByID(_ context.Context, ids []string) ([]Finding, error) {
	defer m.locked()()
	var out []Finding
	for _, id := range ids {
		if f, ok := m.findings[id]; ok && !slices.ContainsFunc(out, func(g Finding) bool { return g.ID == id }) {
			out = append(out, f)
		}
	}
	return out, nil
}

func (m *memory) Quarantine(_ context.Context, source int64, waiting bool, after int64, limit int) ([]Quarantined, error) {
	defer m.locked()()
	var out []Quarantined
	for _, q := range m.quarantine {
		if (source == 0 || q.Source == source) && (!waiting || q.Done == 0) && q.ID > after && len(out) < limit {
			out = append(out, q)
		}
	}
	return out, nil
}

func (m *memory) QuarantineItem(_ context.Context, id int64) (*Quarantined, error) {
	defer m.locked()()
	if id < 1 || int(id) > len(m.quarantine) {
		return nil, nil
	}
	q := m.quarantine[id-1]
	return &q, nil
}

func (m *memory) CheckPages(context.Context) error {
	defer m.locked()()
	return m.damage
}

func (m *memory) QuarantineByHash(_ context.Context, source int64, hashes []string) ([]Quarantined, error) {
	defer m.locked()()
	var out []Quarantined
	for _, q := range m.quarantine {
		if q.Source == source && slices.Contains(hashes, q.Hash) {
			out = append(out, q)
		}
	}
	return out, nil
}

func (m *memory) QuarantineWaiting(context.Context) (map[int64]Waiting, error) {
	defer m.locked()()
	out := map[int64]Waiting{}
	for _, q := range m.quarantine {
		if q.Done == 0 {
			w := out[q.Source]
			out[q.Source] = Waiting{w.Things + 1, w.Bytes + int64(len(q.Raw))}
		}
	}
	return out, nil
}

var errDisk = errors.New("no space left on device")

var _ Store = (*memory)(nil)

func (m *memory) Erasures(context.Context) ([]Erasure, error) {
	defer m.locked()()
	return slices.Clone(m.erasures), nil
}

func (m *memory) Gone(context.Context) (Gone, error) {
	defer m.locked()()
	g := Gone{Names: maps.Clone(m.gone.Names), Findings: maps.Clone(m.gone.Findings), At: map[int64]clock.Instant{}, Events: m.gone.Events}
	for _, e := range m.erasures {
		g.At[e.Number] = e.At
	}
	return g, nil
}

func (m *memory) ErasedEvents(context.Context, clock.Instant) (int64, error) {
	defer m.locked()()
	return m.gone.Events, nil
}

func (m *memory) Settled(_ context.Context, visit func(*Finding, bool) error) error {
	defer m.locked()()
	for _, f := range m.findings {
		if f.Kind != "rule" {
			continue
		}
		if err := visit(&f, m.closed[f.ID]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Erase(_ context.Context, c *EraseCommit) ([]string, error) {
	defer m.locked()()
	if err := cmp.Or(m.fail, m.damage); err != nil {
		return nil, err
	}
	for number, ids := range c.Segments {
		seg := &m.segments[number-1]
		events, err := segment.Decode(seg.Body)
		if err != nil {
			return nil, err
		}
		events = slices.DeleteFunc(events, func(e event.Event) bool { return ids[e.ID] })
		if seg.Body, err = segment.Encode(nil, events); err != nil {
			return nil, err
		}
	}
	if m.gone.Names == nil {
		m.gone = Gone{Names: map[ErasedName]int64{}, Findings: map[string]int64{}}
	}
	for _, n := range c.Names {
		m.gone.Names[n] = c.Number
	}
	for _, id := range c.Frozen {
		m.gone.Findings[id] = c.Number
	}
	for _, f := range c.Findings {
		m.findings[f.ID] = f
	}
	m.gone.Events += c.Erasure.Events
	m.erasures = append(m.erasures, c.Erasure)
	return nil, nil
}
