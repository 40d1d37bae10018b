package service

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/reconcile"
	"plumbline/internal/rule"
)

// EraseTrial is what an erasure would take, and what would read otherwise without it.
type EraseTrial struct {
	Cases    int            `json:"cases"`
	Events   int            `json:"events"`
	Findings int            `json:"findings"` // that would lose what they tell
	First    string         `json:"first,omitempty"`
	Last     string         `json:"last,omitempty"` // when the earliest and the latest of the events happened
	Kept     []Kept         `json:"kept"`
	Names    []string       `json:"names,omitempty"` // where one event is asked for: all that would go
	Changes  []EraseVerdict `json:"changes"`         // in what isn't erased itself; the first of them
	Changed  int            `json:"changed"`         // how many they are
}

// EraseVerdict is a verdict that would be another one for want of what is erased. Its
// finding stays as it was, and none is raised.
type EraseVerdict struct {
	Pack  string `json:"pack"`
	Rule  string `json:"rule"`
	Unit  string `json:"unit,omitempty"`
	Actor string `json:"actor,omitempty"`
	At    string `json:"at"`
	Was   string `json:"was"` // breached, met_late; none
	Is    string `json:"is"`
}

// mostChanges is how many changes of verdicts are told one by one.
const mostChanges = 50

// TryErase says what an erasure would take, and whom it concerns: units and officials
// of whose verdicts some would change.
func (s *Service) TryErase(ctx context.Context, ask EraseAsk) (t EraseTrial, units, officials []string, err error) {
	p, err := s.erasable(ctx, ask)
	if err != nil {
		return t, nil, nil, err
	}
	changes, err := s.withoutErased(ctx, p)
	if err != nil {
		return t, nil, nil, err
	}
	t = s.trialOf(p)
	units, officials = []string{}, []string{}
	add := func(to *[]string, name string) {
		if name != "" && !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(changes)) {
		ch := changes[id]
		if ch.within(p) {
			continue
		}
		if t.Changed++; len(t.Changes) < mostChanges {
			t.Changes = append(t.Changes, ch.told(s.opt.Zone))
		}
		add(&units, ch.unit)
		add(&officials, ch.actor)
	}
	slices.Sort(units)
	slices.Sort(officials)
	return t, units, officials, nil
}

func (s *Service) trialOf(p *erasePlan) EraseTrial {
	t := EraseTrial{Events: len(p.events), Findings: len(p.cleared), Changes: []EraseVerdict{}}
	t.Cases, t.Kept = p.cases()
	if len(p.events) > 0 && p.oldest != 0 {
		t.First, t.Last = s.opt.Zone.Format(p.oldest), s.opt.Zone.Format(p.newest)
	}
	if p.ask.Event != "" {
		for n := range p.events {
			t.Names = append(t.Names, n.String())
		}
		slices.Sort(t.Names)
	}
	return t
}

// stand is what the engine says of one violation.
type stand struct {
	rule        *rule.Rule
	key         []KeyPart
	unit, actor string
	at          clock.Instant
	verdict     monitor.Verdict
	due         clock.Instant
	count       int
	last        string
}

// unlike is a violation with the record and without what is erased; one may be none.
type unlike struct {
	stand // of what there is
	was   monitor.Verdict
	is    monitor.Verdict
}

// within says whether a violation is of something that is erased itself.
func (u *unlike) within(p *erasePlan) bool {
	return slices.ContainsFunc(u.key, func(k KeyPart) bool {
		o, ok := p.ofKey(k)
		return ok && p.goes(o)
	})
}

func (u *unlike) told(z *clock.Zone) EraseVerdict {
	return EraseVerdict{Pack: u.rule.Pack.Name, Rule: u.rule.ID, Unit: u.unit, Actor: u.actor, At: z.Format(u.at), Was: u.was.String(), Is: u.is.String()}
}

// withoutErased judges the record as it is and without what is to be erased, and gives
// the violations that differ, by their ids.
func (s *Service) withoutErased(ctx context.Context, p *erasePlan) (map[string]*unlike, error) {
	if len(p.events) == 0 {
		return nil, nil
	}
	with, err := s.violations(ctx, func(*event.Event) bool { return false })
	if err != nil {
		return nil, err
	}
	without, err := s.violations(ctx, func(e *event.Event) bool {
		_, goes := p.events[eventName{e.Source, e.ID}]
		return goes
	})
	if err != nil {
		return nil, err
	}
	out := map[string]*unlike{}
	for id, was := range with {
		is, stands := without[id]
		if !stands {
			out[id] = &unlike{was, was.verdict, monitor.None}
		} else if is.verdict != was.verdict || is.due != was.due || is.count != was.count || is.last != was.last {
			out[id] = &unlike{is, was.verdict, is.verdict}
		}
	}
	for id, is := range without {
		if _, stood := with[id]; !stood {
			out[id] = &unlike{is, monitor.None, is.verdict}
		}
	}
	return out, nil
}

// violations is what the rules in force find in the whole record, save some events.
func (s *Service) violations(ctx context.Context, skip func(*event.Event) bool) (map[string]stand, error) {
	s.mu.RLock()
	now, lateness, rules, schema := s.live.Now(), s.live.Now()-s.live.W(), s.rules, s.schema()
	s.mu.RUnlock()
	l, err := s.recordWithout(ctx, 0, schema, skip)
	if err != nil {
		return nil, err
	}
	res, err := monitor.Check(l, rules, monitor.Options{AsOf: now, HasAsOf: true, Lateness: int64(lateness), Keep: monitor.KeepAll})
	if err != nil {
		return nil, err
	}
	out := map[string]stand{}
	for _, rr := range res.Rules {
		episodes := map[uint32]monitor.Episode{}
		for _, e := range rr.Episodes {
			episodes[e.First] = e
		}
		for i := range rr.Judgements {
			j := &rr.Judgements[i]
			e, first := episodes[j.Row]
			if !j.Verdict.Violated() || rr.Rule.Form == rule.Count && (!first || e.Key != j.Key) {
				continue
			}
			st := stand{rule: rr.Rule, at: l.Time[j.Row], verdict: j.Verdict}
			if st.count = e.Count; first {
				st.last = l.ID(e.Last)
			}
			if j.HasDue {
				st.due = j.Due.Due
			}
			key := rr.KeyOf(j)
			for _, k := range key {
				st.key = append(st.key, KeyPart{k.Kind, k.ID})
			}
			if l.Unit != nil {
				st.unit = l.Strings.Name(l.Unit[j.Row])
			}
			if l.Actor != nil {
				st.actor = l.Strings.Name(l.Actor[j.Row])
			}
			out[monitor.BreachID(rr, key, l.ID(j.Row))] = st
		}
	}
	return out, nil
}

// Erase takes cases, or one event, out of the record for good: text and salts go, and
// what can be proven of all else stays. What the register says of them keeps rule,
// unit, dates, outcome and number and tells no more; from then on neither it, nor any
// verdict that would be another one for want of what is gone, follows the engine. The
// judge takes nothing else meanwhile. act says why and by whom.
func (s *Service) Erase(ctx context.Context, what EraseAsk, act Erasure) (*Erasure, error) {
	a := &ask{erase: &erasing{what: what, act: act}}
	if err := s.ask(ctx, a); err != nil {
		return nil, err
	}
	return &a.erase.act, nil
}

// erasing is an erasure on its way through the judge.
type erasing struct {
	what EraseAsk
	act  Erasure
}

// erase does it, on the judge's goroutine.
func (s *Service) erase(ctx context.Context, e *erasing) error {
	if cancel := s.unmake.Load(); cancel != nil {
		(*cancel)() // an image that is being made holds what is to go
	}
	s.making.Lock()
	defer s.making.Unlock()
	p, err := s.erasable(ctx, e.what)
	if err != nil {
		return err
	}
	changes, err := s.withoutErased(ctx, p)
	if err != nil {
		return err
	}
	next, err := s.foldWithout(ctx, p)
	if err != nil {
		return err
	}
	book, gaps, err := s.bookWithout(ctx, next.live.Log())
	if err != nil {
		return err
	}
	c := s.eraseCommit(p, e.act, changes, gaps)
	files, err := s.store.Erase(ctx, c)
	if err != nil {
		return s.unwritten(err) // perhaps it was written and only the answer is missing
	}
	e.act = c.Erasure
	s.mu.Lock()
	s.engine(next)
	s.objects, s.book = next.objects, book
	err = s.loadGone(ctx)
	s.near.open(s)
	s.mu.Unlock()
	if err != nil {
		return s.unwritten(err)
	}
	s.dropImage()
	for _, hash := range files {
		if err := s.opt.DropFile(hash); err != nil {
			s.log.Warn("a file that was erased is still there; the next start removes it", "hash", hash, "error", err)
		}
	}
	s.log.Info("erased", "act", c.Number, "cases", c.Cases, "events", c.Erasure.Events, "findings", c.Cleared)
	return nil
}

// foldWithout folds the record anew without what goes.
func (s *Service) foldWithout(ctx context.Context, p *erasePlan) (*folded, error) {
	s.mu.RLock()
	names, to := s.names(), s.pos
	to.Now, to.W = max(to.Now, s.live.Now()), max(to.W, s.live.W())
	s.mu.RUnlock()
	f := &folded{live: s.newLive()}
	err := s.store.Segments(ctx, 0, func(seg *Segment) error {
		events, err := decoded(seg, names)
		if err != nil {
			return err
		}
		events = slices.DeleteFunc(events, func(e event.Event) bool {
			_, goes := p.events[eventName{e.Source, e.ID}]
			return goes
		})
		return f.fold(events, seg, to)
	})
	if err == nil {
		f.live.Quietly(func() { f.live.Resume(to.Now, to.W) })
	}
	return f, err
}

// bookWithout counts anew for reconciliation, and gives the gaps that would change.
func (s *Service) bookWithout(ctx context.Context, l *event.Log) (*reconcile.Book, []string, error) {
	book, err := s.newBook(ctx, l)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	changes := book.Step(s.live.Now(), s.live.W())
	for i := range changes {
		ids = append(ids, changes[i].ID())
	}
	return book, ids, nil
}

// eraseCommit is what the Store is to make durable.
func (s *Service) eraseCommit(p *erasePlan, act Erasure, changes map[string]*unlike, gaps []string) *EraseCommit {
	c := &EraseCommit{Erasure: act, Segment: s.pos.Segment, Segments: map[int64]map[string]bool{}, Findings: p.cleared}
	c.Number, c.At, c.Kind, c.Before = int64(len(s.gone.At))+1, s.live.Now(), Retention, p.ask.Before
	if p.ask.Event != "" {
		c.Kind = ByOrder
	}
	n, _ := p.cases()
	c.Cases, c.Erasure.Events, c.Cleared = int64(n), int64(len(p.events)), int64(len(p.cleared))
	for number, list := range p.in {
		for _, is := range list {
			if _, goes := p.events[is]; !goes {
				continue
			}
			if c.Segments[number] == nil {
				c.Segments[number] = map[string]bool{}
			}
			c.Segments[number][is.id] = true
		}
	}
	for is := range p.events {
		c.Names = append(c.Names, eventErased(is.source, is.id))
	}
	for o, root := range p.objects {
		if p.goes(root) {
			c.Names = append(c.Names, objectErased(o.typ, o.id))
		}
	}
	slices.SortFunc(c.Names, func(a, b ErasedName) int { return slices.Compare(a[:], b[:]) })
	frozen := append(gaps, slices.Collect(maps.Keys(changes))...)
	for i := range c.Findings {
		c.Findings[i].Erased = c.Number
		frozen = append(frozen, c.Findings[i].ID)
	}
	slices.Sort(frozen)
	c.Frozen = slices.DeleteFunc(slices.Compact(frozen), s.frozen)
	slices.SortFunc(c.Findings, func(a, b Finding) int { return cmp.Compare(a.Number, b.Number) })
	c.Lines = func(name string) bool {
		source, id := splitName(name)
		_, goes := p.events[eventName{source, id}]
		return goes || p.ask.Event == ""
	}
	return c
}

// dropImage removes the image, which holds what was erased.
func (s *Service) dropImage() {
	if s.opt.Image == "" {
		return
	}
	for _, name := range []string{s.opt.Image, s.opt.Image + imageTemporary} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			s.log.Warn("the image holds what was erased, and can't be removed", "image", name, "error", err)
		}
	}
}
