package service

import (
	"context"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/reconcile"
)

// openBook counts anew for reconciliation what was folded, and lets the book know
// what was told. The judge's next step tells the rest. Findings of a comparison that
// is no longer declared stay as they are: a line taken out of a file closes none.
func (s *Service) openBook(ctx context.Context) error {
	var err error
	s.book, err = s.newBook(ctx, s.live.Log())
	return err
}

// newBook is a book of what a log holds, that knows of the gaps that were told.
func (s *Service) newBook(ctx context.Context, l *event.Log) (*reconcile.Book, error) {
	book := reconcile.New(s.opt.Reconcile, s.opt.Zone)
	book.Recount(l)
	for q := (FindingQuery{Kind: "gap", States: []FindingState{Open}, Limit: 500}); ; {
		page, err := s.store.Findings(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("findings of reconciliation: %w", err)
		}
		for _, f := range page.Findings {
			book.Told(f.Rule, s.opt.Zone.Date(f.EventTime), f.Unit)
		}
		if q.After = page.Next; page.Next == "" {
			return book, nil
		}
	}
}

// standing are the events that a batch names, those that it brings, corrects or
// voids, with the rows that stood for them before it was applied.
type standing struct {
	ids  map[string]bool
	rows map[uint32]bool
}

func (s *Service) standing(events []event.Event) *standing {
	if len(events) == 0 || !s.book.Concerns(events[0].Source) {
		return nil
	}
	was := &standing{ids: make(map[string]bool, len(events))}
	for i := range events {
		id := events[i].ID
		if named := events[i].Corrects + events[i].Voids; named != "" {
			id = named
		}
		was.ids[id] = true
	}
	was.rows = s.rowsStanding(events[0].Source, was.ids)
	return was
}

// rowsStanding is a set: a correction can be named itself, and then its row comes
// under its own id and under its original's.
func (s *Service) rowsStanding(source string, ids map[string]bool) map[uint32]bool {
	rows := make(map[uint32]bool, len(ids))
	for id := range ids {
		if row, ok := s.live.Find(source, id); ok && !s.live.Log().Dead.Has(row) {
			rows[row] = true
		}
	}
	return rows
}

// recount counts what stands now in place of what stood.
func (s *Service) recount(source string, was *standing) {
	if was == nil {
		return
	}
	is := s.rowsStanding(source, was.ids)
	for row := range was.rows {
		if !is[row] {
			s.book.Take(s.live.Log(), row)
		}
	}
	for row := range is {
		if !was.rows[row] {
			s.book.Add(s.live.Log(), row)
		}
	}
}

// gaps raises what sources' totals don't agree on, and lets those findings follow
// what comes late. As with rules, nothing that was received afterwards closes one
// by itself.
func (s *Service) gaps(ctx context.Context, c *Commit, now clock.Instant) error {
	changes := slices.DeleteFunc(s.book.Step(now, s.live.W()), func(ch reconcile.Change) bool { return len(s.gone.Findings) > 0 && s.frozen(ch.ID()) })
	if len(changes) == 0 {
		return nil
	}
	ids := make([]string, len(changes))
	for i := range changes {
		ids[i] = changes[i].ID()
	}
	have, err := s.stored(ctx, ids)
	if err != nil {
		return err
	}
	stored := map[string]Finding{}
	for _, f := range have {
		stored[f.ID] = f
	}
	for i := range changes {
		ch := &changes[i]
		f, ok := stored[ids[i]]
		if !ok {
			c.NextFinding++
			f = s.newGap(ch, ids[i], c.NextFinding, now)
		}
		c.Notes = append(c.Notes, s.changeGap(&f, ch, now))
		c.Findings = append(c.Findings, f)
	}
	return nil
}

func (s *Service) newGap(ch *reconcile.Change, id string, number int64, now clock.Instant) Finding {
	f := Finding{ID: id, Number: number, Kind: "gap", Rule: ch.Rule.Name, Severity: ch.Rule.Severity, Verdict: "breached",
		Key: []KeyPart{{"day", ch.Day.String()}}, Unit: ch.Unit, EventTime: s.opt.Zone.First(ch.Day), Due: ch.Due, Raised: now}
	if ch.Rule.ByUnit {
		f.Key = append(f.Key, KeyPart{"unit", ch.Unit})
	}
	return f
}

// changeGap lets a finding follow a change of its gap, and gives the line of its
// history.
func (s *Service) changeGap(f *Finding, ch *reconcile.Change, now clock.Instant) Note {
	n := Note{Finding: f.ID, At: now, Verdict: f.Verdict, Due: f.Due, Text: ch.Text(), TextZH: ch.Text()} // names and figures alone
	f.Changed = now
	switch ch.Kind {
	case reconcile.Raised:
		n.Kind, f.State = "raised", Open
		f.Provisional = s.silentSource(ch.Rule.Left.Source, now) || s.silentSource(ch.Rule.Right.Source, now)
	case reconcile.Amended:
		n.Kind = "amended"
	case reconcile.Closed:
		n.Kind, f.State = "claimed_met", ClaimedMet
		n.Entered = now
	}
	return n
}

func (s *Service) silentSource(name string, now clock.Instant) bool {
	for _, st := range s.sources {
		if st.source.Name == name {
			return st.silentAt(now)
		}
	}
	return false
}

// GapExplanation says in both languages what a comparison is for, and what it
// allows. The totals stand in the finding's history.
type GapExplanation struct {
	Title    Text     `json:"title"`
	Says     Text     `json:"says"`
	Left     GapSide  `json:"left"`
	Right    GapSide  `json:"right"`
	Absolute int      `json:"allowed"`         // by how many the two may differ
	Percent  float64  `json:"allowed_percent"` // or by how much of the larger one
	By       []string `json:"by"`
}

// GapSide is what is counted on one side of a comparison.
type GapSide struct {
	Source string   `json:"source"`
	Types  []string `json:"types,omitempty"`
}

// explainGap says what the comparison behind a gap is, where it is still declared.
func (s *Service) explainGap(d *FindingDetail) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.book.Rule(d.Finding.Rule)
	if r == nil {
		return
	}
	e := &GapExplanation{Title: Text(r.Title), Says: Text(r.Says), Left: GapSide{r.Left.Source, r.Left.Types}, Right: GapSide{r.Right.Source, r.Right.Types},
		Absolute: r.Absolute, Percent: r.Percent}
	for _, k := range d.Finding.Key {
		e.By = append(e.By, k.Kind)
	}
	d.Explanation = e
}

// Comparisons are the declared comparisons of sources with what they counted from a
// day on.
func (s *Service) Comparisons(from clock.Day) []reconcile.Table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.book.Tables(from)
}
