package service

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
	"plumbline/internal/trial"
)

// TryPacks compares what the packs in force say of the whole record with what
// others would say: by rule, unit and official, so that a rule bent to protect
// somebody shows before it counts.
func (s *Service) TryPacks(ctx context.Context, names []string) (any, error) {
	var now []*pack.Pack
	for _, n := range names {
		p, err := s.opt.LoadPack(n)
		if err != nil {
			return nil, err
		}
		now = append(now, p...)
	}
	s.mu.RLock()
	packs, asOf, lateness := s.plainPacks(), s.live.Now(), s.live.Now()-s.live.W()
	s.mu.RUnlock()
	old, err := s.side(Part(ctx, 0, .5), packs, asOf, lateness)
	if err != nil {
		return nil, err
	}
	is, err := s.side(Part(ctx, .5, 1), now, asOf, lateness)
	if err != nil {
		return nil, err
	}
	return trial.Compare(old, is, 3)
}

// ActivatePacks lets packs judge what is activated from a day on. An older
// version of the same pack judges what was activated before, and its running
// obligations finish under it. The whole record is judged anew: what appears is
// raised, what no longer stands is withdrawn with the reason; a finding keeps the
// version that raised it.
func (s *Service) ActivatePacks(ctx context.Context, names []string, from clock.Instant) error {
	var packs []*pack.Pack
	for _, n := range names {
		p, err := s.opt.LoadPack(n)
		if err != nil {
			return err
		}
		packs = append(packs, p...)
	}
	if err := s.withinAYear(from); err != nil {
		return err
	}
	return s.ask(ctx, &ask{change: func(have []inForce, now clock.Instant) ([]inForce, error) { return withPacks(have, packs, from, now) }})
}

// inForce is a pack with the days on which it judges.
type inForce struct {
	*pack.Pack
	PackInForce
}

// rulesInForce are the rules of packs, each bounded by its pack's days.
func rulesInForce(packs []inForce) []*rule.Rule {
	var out []*rule.Rule
	for _, p := range packs {
		for _, r := range p.Rules {
			one := *r
			if e := &one.Effective; p.HasFrom && (!e.HasFrom || e.From < p.From) {
				e.From, e.HasFrom = p.From, true
			}
			if e := &one.Effective; p.HasTo && (!e.HasTo || e.To > p.To) {
				e.To, e.HasTo = p.To, true
			}
			out = append(out, &one)
		}
	}
	return out
}

// loadPacks reads the packs in force from the record, or puts the first ones
// there.
func (s *Service) loadPacks(ctx context.Context) error {
	kept, err := s.store.Packs(ctx)
	if err != nil {
		return fmt.Errorf("packs in force: %w", err)
	}
	var packs []inForce
	for _, k := range kept {
		p, err := pack.FromFiles(k.Files, k.RulesFile)
		if err != nil {
			return fmt.Errorf("%s %s, as it was put into force: %w", k.Name, k.Version, err)
		}
		packs = append(packs, inForce{p, k})
	}
	if len(kept) == 0 && len(s.opt.Packs) > 0 {
		pos, err := s.store.Position(ctx)
		if err != nil {
			return err
		}
		wall, _ := s.opt.Now()
		c := &Commit{Now: pos.Now, W: pos.W, NextFinding: pos.NextFinding}
		for _, p := range s.opt.Packs {
			f := newInForce(p, wall)
			packs, c.Packs = append(packs, f), append(c.Packs, f.PackInForce)
		}
		if err := s.store.Commit(ctx, c); err != nil {
			return fmt.Errorf("packs in force: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packs, s.rules = packs, rulesInForce(packs)
	return nil
}

// newInForce is a pack as it comes into force.
func newInForce(p *pack.Pack, now clock.Instant) inForce {
	return inForce{p, PackInForce{Name: p.Name, Version: p.Version, RulesFile: filepath.Base(p.File), Files: p.Files, Activated: now}}
}

// withPacks is the packs in force once others are activated from an instant on;
// 0 is all of the record.
func withPacks(have []inForce, packs []*pack.Pack, from, now clock.Instant) ([]inForce, error) {
	out := slices.Clone(have)
	for _, p := range packs {
		next := newInForce(p, now)
		day := p.Log.Zone.Date(from)
		if from != 0 {
			next.From, next.HasFrom = day, true
		}
		for i := range out {
			was := &out[i]
			if was.Name == p.Name && was.Version == p.Version && !maps.Equal(was.Pack.Files, p.Files) {
				return nil, &errs.Error{Code: errs.Usage,
					What: errs.Tf("%s %s was in force with other content; what it raised then must stay readable", "%s %s 曾以不同内容执行；当时发现的问题须能按原内容核对", p.Name, p.Version),
					Next: errs.T("give the new version a number of its own (version:)", "请为新版本设置新的版本号（version:）")}
			}
			if was.Name != p.Name || was.HasTo && was.To <= day && from != 0 {
				continue
			}
			if was.Version == p.Version {
				return nil, &errs.Error{Code: errs.Usage,
					What: errs.Tf("%s %s is in force already; another version has another number", "%s %s 已在执行；不同内容须用不同版本号", p.Name, p.Version),
					Next: errs.T("give the new version a number of its own (version:)", "请为新版本设置新的版本号（version:）")}
			}
			if from == 0 || was.HasFrom && was.From >= day {
				was.To, was.HasTo = was.From, true // never again
				if !was.HasFrom {
					was.From, was.To, was.HasFrom = day, day, true
				}
				continue
			}
			was.To, was.HasTo = day, true
		}
		out = append(out, next)
	}
	return out, nil
}

// activate changes which packs are in force, on the judge's goroutine.
func (s *Service) activate(ctx context.Context, a *ask) error {
	s.mu.RLock()
	now := s.live.Now()
	packs, err := a.change(s.packs, now)
	names, pos := s.names(), s.pos
	sources := make(map[int64]*sourceState, len(s.sources)) // others may come while the record is judged
	for id, st := range s.sources {
		as := *st
		sources[id] = &as
	}
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	next := &Service{opt: s.opt, store: s.store, log: s.log, packs: packs, rules: rulesInForce(packs), pos: pos, sources: sources, gone: s.gone}
	next.live = next.newLive()
	last := map[string]monitor.Change{}
	note := func(changes []monitor.Change) {
		for _, ch := range changes {
			if ch.Kind != monitor.Nearing && ch.Kind != monitor.Relieved {
				last[ch.ID] = ch
			}
		}
	}
	if err := s.store.Segments(ctx, 0, func(seg *Segment) error {
		events, err := decoded(seg, names)
		if err != nil {
			return err
		}
		_, changes := next.live.Apply(events)
		note(changes)
		return nil
	}); err != nil {
		return err
	}
	note(next.live.Resume(max(pos.Now, now), max(pos.W, s.live.W())))
	c := &Commit{Now: now, W: next.live.W(), NextFinding: pos.NextFinding, Packs: []PackInForce{}}
	for _, p := range packs {
		c.Packs = append(c.Packs, p.PackInForce)
	}
	if err := next.refile(ctx, c, last, now); err != nil {
		return err
	}
	if err := s.store.Commit(ctx, c); err != nil {
		return s.unwritten(err) // perhaps it was written and only the answer is missing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packs, s.rules = packs, next.rules
	s.engine(&folded{live: next.live})
	s.objects.follow(s.live.Log())
	s.near.open(s)
	s.book.Recount(s.live.Log())
	s.pos.Now, s.pos.W, s.pos.NextFinding = c.Now, c.W, c.NextFinding
	s.open.follow(c.Findings)
	return nil
}

// refile brings the findings to what the packs in force now say of the record.
func (s *Service) refile(ctx context.Context, c *Commit, last map[string]monitor.Change, now clock.Instant) error {
	have := map[string]bool{}
	for q := (FindingQuery{Kind: "rule", Limit: 500}); ; {
		page, err := s.store.Findings(ctx, q)
		if err != nil {
			return err
		}
		for _, f := range page.Findings {
			have[f.ID] = true
			if s.frozen(f.ID) {
				continue
			}
			ch, ok := last[f.ID]
			stands := ok && ch.Kind != monitor.Withdrawn
			switch {
			case !stands && f.State == Open:
				f.State, f.Changed = Withdrawn, now
				c.Findings = append(c.Findings, f)
				since := s.opt.Zone.Format(now)
				c.Notes = append(c.Notes, Note{Finding: f.ID, At: now, Kind: "withdrawn", Verdict: f.Verdict, Due: f.Due,
					Text: "the rules in force since " + since + " no longer say it", TextZH: "自 " + since + " 起生效的规则不再认定"})
			case stands:
				if g, n := s.restated(f, &ch, now); n.Kind != "" {
					c.Findings, c.Notes = append(c.Findings, g), append(c.Notes, n)
				}
			}
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	ids := slices.Sorted(maps.Keys(last))
	for _, id := range ids {
		ch := last[id]
		if have[id] || ch.Kind == monitor.Withdrawn || s.frozen(id) {
			continue
		}
		c.NextFinding++
		f := s.raise(&ch, c.NextFinding, now)
		n := s.change(&f, &ch, now)
		f.State, n.Kind, n.Text, n.TextZH = Open, "raised", byRules.En, byRules.Zh
		c.Findings, c.Notes = append(c.Findings, f), append(c.Notes, n)
	}
	return nil
}

// byRules is why a finding is there or reads otherwise that no event has changed.
var byRules = errs.T("by rules that came into force", "依新生效的规则")

// restated is a finding as the rules that came into force say it, with the line of
// its history; that is empty where they say the same. What stands again is open
// again: nothing that was claimed before claims to meet it now, but where it was
// met late.
func (s *Service) restated(f Finding, ch *monitor.Change, now clock.Instant) (Finding, Note) {
	g := f
	n := s.change(&g, ch, now)
	g.State, n.Kind, n.Text, n.TextZH = f.State, "amended", byRules.En, byRules.Zh
	if late := ch.Episode == nil && ch.Is.Verdict == monitor.MetLate; f.State == Withdrawn || f.State == ClaimedMet && !late {
		g.State, g.ReplacedBy, n.Kind = Open, "", "raised"
	} else if g.Verdict == f.Verdict && g.Due == f.Due && g.Late == f.Late && g.By == f.By && g.Count == f.Count && g.Last == f.Last {
		return f, Note{}
	}
	return g, n
}

// names are the names of the sources by number.
func (s *Service) names() map[int64]string {
	names := map[int64]string{}
	for id, st := range s.sources {
		names[id] = st.source.Name
	}
	return names
}

// plainPacks are the packs in force that judge what is activated from now on.
func (s *Service) plainPacks() []*pack.Pack {
	var out []*pack.Pack
	for _, p := range s.packs {
		if !p.HasTo {
			out = append(out, p.Pack)
		}
	}
	return out
}

// side judges the whole record by some packs, each reading attributes as it
// declares them.
func (s *Service) side(ctx context.Context, packs []*pack.Pack, asOf, lateness clock.Instant) (trial.Side, error) {
	l, err := s.record(Part(ctx, 0, reading), 0, schemaOf(packs))
	if err != nil {
		return trial.Side{}, err
	}
	Tell(ctx, reading)
	var rules []*rule.Rule
	side := trial.Side{}
	for _, p := range packs {
		rules = append(rules, p.Rules...)
		side.Packs = append(side.Packs, p.Pack)
	}
	side.Result, err = monitor.Check(l, rules, monitor.Options{AsOf: asOf, HasAsOf: true, Lateness: int64(lateness), Keep: monitor.KeepAll})
	return side, err
}

// record is the whole record as a log, as far as it was received by an instant;
// 0 is all of it.
func (s *Service) record(ctx context.Context, knownAt clock.Instant, schema map[string]event.Kind) (*event.Log, error) {
	return s.recordWithout(ctx, knownAt, schema, func(*event.Event) bool { return false })
}

// recordWithout is the same without some events.
func (s *Service) recordWithout(ctx context.Context, knownAt clock.Instant, schema map[string]event.Kind, skip func(*event.Event) bool) (*event.Log, error) {
	s.mu.RLock()
	names, last := s.names(), max(1, s.pos.Segment)
	s.mu.RUnlock()
	b := event.NewBuilder(event.Options{Zone: s.opt.Zone, Schema: schema})
	err := s.store.Segments(ctx, 0, func(seg *Segment) error {
		Tell(ctx, float64(seg.Number)/float64(last))
		if knownAt != 0 && seg.Received > knownAt {
			return errEnough
		}
		events, err := decoded(seg, names)
		if err != nil {
			return err
		}
		for i := range events {
			if skip(&events[i]) {
				continue
			}
			if _, err := b.Add(&events[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && err != errEnough {
		return nil, err
	}
	return b.Finish()
}

// schemaOf is what packs declare of attributes.
func schemaOf(packs []*pack.Pack) map[string]event.Kind {
	out := map[string]event.Kind{}
	for _, p := range packs {
		for name, kind := range p.Log.Attributes {
			out[name] = kind
		}
	}
	return out
}
