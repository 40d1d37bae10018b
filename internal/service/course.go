package service

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

// Course is all that a case's page tells: the events of a case and of what belongs
// to it alone (a custody, an exhibit), and what had to happen.
type Course struct {
	Type, ID string
	AsOf     clock.Instant
	Events   []event.Event      // in the order of events
	Duties   []Duty             // in the order of their activating events
	Findings map[string]Finding // what the register has of them, by id
}

// Duty is one obligation with what a page draws and says of it.
type Duty struct {
	Obligation
	Rule    *rule.Rule
	Key     []KeyPart
	Finding string      // the id of the finding that it is, or would become
	Bar     *chart.Duty // where the law's time lies; nil of a rule without a clock
	Paused  bool        // its time doesn't count now
	Other   string      // the type of the deciding event; "" for none
	OtherAt clock.Instant
	Why     *Explanation // of a violation
}

// largestPart is how many events an object may have to belong to a case.
const largestPart = 500

// Course gives the course of a case as it could be known at an instant (0: as it is
// known now); nil where nothing was known of it.
func (s *Service) Course(ctx context.Context, typ, id string, knownAt clock.Instant) (*Course, error) {
	s.mu.RLock()
	now, lateness := s.live.Now(), s.live.Now()-s.live.W()
	o := s.live.Log().Objects.Find(typ, id)
	if o == 0 || !s.registered(typ) {
		s.mu.RUnlock()
		return nil, nil
	}
	if knownAt == 0 || knownAt > now {
		knownAt = now
	}
	c := &Course{Type: typ, ID: id, AsOf: knownAt}
	parts := s.partsOf(o)
	c.Events = s.eventsOf(parts, knownAt)
	kinds := map[string]bool{}
	for _, part := range parts {
		kinds[s.live.Log().Objects.TypeName(part)] = true
	}
	var rules []*rule.Rule
	for _, r := range s.rules {
		if slices.ContainsFunc(r.Per, func(k rule.Key) bool { return k.Kind == rule.KeyObject && kinds[k.Name] }) {
			rules = append(rules, r)
		}
	}
	s.mu.RUnlock()
	if len(c.Events) == 0 {
		return nil, nil
	}
	res, err := s.checkEvents(c.Events, rules, c.AsOf, c.AsOf-lateness)
	if err != nil {
		return nil, err
	}
	for _, rr := range res.Rules {
		c.duties(res, rr)
	}
	slices.SortStableFunc(c.Duties, func(a, b Duty) int { return cmp.Compare(a.Time, b.Time) })
	return c, s.registerOf(ctx, c)
}

// registerOf fetches what the register has of a course's duties.
func (s *Service) registerOf(ctx context.Context, c *Course) error {
	var ids []string
	for i := range c.Duties {
		if c.Duties[i].Why != nil {
			ids = append(ids, c.Duties[i].Finding)
		}
	}
	list, err := s.store.FindingsByID(ctx, ids)
	c.Findings = map[string]Finding{}
	for _, f := range list {
		c.Findings[f.ID] = f
	}
	return err
}

// partsOf is an object with those that belong to it: objects of the agency's own
// registers that its events name and that are named beside no other object of its
// kind.
func (s *Service) partsOf(o event.ObjectID) []event.ObjectID {
	l := s.live.Log()
	parts := []event.ObjectID{o}
	seen := map[event.ObjectID]bool{o: true}
	var buf [1]event.Link
	for _, row := range s.objects.of(l, o) {
		for _, link := range l.Links(row, &buf) {
			if seen[link.Object] {
				continue
			}
			seen[link.Object] = true
			if l.Objects.Type(link.Object) != l.Objects.Type(o) && s.registered(l.Objects.TypeName(link.Object)) && s.onlyOf(link.Object, o) {
				parts = append(parts, link.Object)
			}
		}
	}
	return parts
}

// onlyOf says whether no event of an object names another object of the kind of one.
func (s *Service) onlyOf(part, of event.ObjectID) bool {
	l := s.live.Log()
	n := 0
	var buf [1]event.Link
	for at := s.objects.head[part]; at > 0; at = s.objects.ties[at-1].before {
		if n++; n > largestPart {
			return false
		}
		for _, link := range l.Links(s.objects.ties[at-1].row, &buf) {
			if link.Object != of && l.Objects.Type(link.Object) == l.Objects.Type(of) {
				return false
			}
		}
	}
	return true
}

// eventsOf are the events of some objects that stood at an instant, in their order.
func (s *Service) eventsOf(parts []event.ObjectID, knownAt clock.Instant) []event.Event {
	l := s.live.Log()
	rows := map[uint32]bool{}
	var buf [1]event.Link
	for _, part := range parts {
		for at := s.objects.head[part]; at > 0; at = s.objects.ties[at-1].before {
			row, ok := s.live.KnownAt(s.objects.ties[at-1].row, knownAt)
			if ok && slices.ContainsFunc(l.Links(row, &buf), func(k event.Link) bool { return slices.Contains(parts, k.Object) }) {
				rows[row] = true
			}
		}
	}
	sorted := slices.Collect(maps.Keys(rows))
	l.Sort(sorted)
	out := make([]event.Event, 0, len(sorted))
	for _, row := range sorted {
		e := l.Event(row)
		e.Corrects, e.Voids = "", "" // it stands for the event
		out = append(out, e)
	}
	return out
}

// duties adds what a rule asks of the case. Of a count that is what was too much
// alone.
func (c *Course) duties(res *monitor.Result, rr *monitor.RuleResult) {
	l := res.Log
	first := map[uint32]monitor.Episode{}
	for _, e := range rr.Episodes {
		first[e.First] = e
	}
	doc := report.Doc{Result: res, Explain: report.Engine(res)}
	for i := range rr.Judgements {
		j := &rr.Judgements[i]
		if _, is := first[j.Row]; rr.Rule.Form == rule.Count && !is {
			continue
		}
		name := func(row uint32) string { return l.SourceOf(row) + "/" + l.ID(row) }
		d := Duty{Rule: rr.Rule, Finding: monitor.BreachID(rr, rr.KeyOf(j), l.ID(j.Row)),
			Obligation: Obligation{Pack: rr.Rule.Pack.Name, Version: rr.Rule.Pack.Version, Rule: rr.Rule.ID, Event: name(j.Row), Time: l.Time[j.Row],
				Verdict: j.Verdict.String(), AtRisk: j.AtRisk}}
		for _, k := range rr.KeyOf(j) {
			d.Key = append(d.Key, KeyPart{k.Kind, k.ID})
		}
		if j.HasDue {
			d.Due = j.Due.Due
		}
		if j.By >= 0 {
			d.By, d.Other, d.OtherAt = name(uint32(j.By)), l.Types.Name(uint32(l.Type[j.By])), l.Time[j.By]
		}
		ex := doc.Explain(rr, i)
		d.Bar, _ = report.Bar(ex, c.AsOf)
		for _, e := range ex.Steps {
			d.Paused = d.Paused || j.Verdict == monitor.Running && e.Kind == clock.StepPause && e.To >= c.AsOf
		}
		if j.Verdict.Violated() {
			d.Why = explained(res, rr, i)
		}
		c.Duties = append(c.Duties, d)
	}
}
