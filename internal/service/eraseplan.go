package service

import (
	"context"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// EraseAsk is what is to be erased: cases in which nothing has happened since an
// instant, or one event.
type EraseAsk struct {
	Before clock.Instant
	Event  string // source/id; "": cases
}

// Kept is why cases that are old enough stay, and how many.
type Kept struct {
	Why     string `json:"why"` // KeptOpen …
	Cases   int    `json:"cases"`
	Example string `json:"example"`
}

// Why a case stays though nothing has happened in it for long enough.
const (
	KeptOpen    = "open_finding"       // an item of it isn't closed
	KeptRunning = "running_obligation" // something is still to be done in it
	KeptShared  = "shared"             // one of its events belongs to a case that stays, too
	KeptRecent  = "recent"             // something was corrected or voided in it since
)

// erasePlan is what an erasure takes.
type erasePlan struct {
	ask     EraseAsk
	objects map[objectName]event.ObjectID // of cases that may go, and of what belongs to them: the case
	group   map[event.ObjectID]event.ObjectID
	out     map[event.ObjectID]string // groups that stay, and why
	events  map[eventName]event.ObjectID
	in      map[int64][]eventName // by segment
	oldest  clock.Instant
	newest  clock.Instant
	types   map[string]bool // of cases
	names   map[event.ObjectID]string
	cleared []Finding
}

type objectName struct{ typ, id string }

type eventName struct{ source, id string }

// String is source/id.
func (n eventName) String() string { return n.source + "/" + n.id }

// of is the group of cases, tied by events that belong to several, that a case is in.
func (p *erasePlan) of(o event.ObjectID) event.ObjectID {
	for {
		next, ok := p.group[o]
		if !ok {
			return o
		}
		o = next
	}
}

func (p *erasePlan) join(a, b event.ObjectID) event.ObjectID {
	if a, b = p.of(a), p.of(b); a != b {
		p.group[b] = a
		if why, stays := p.out[b]; stays {
			p.stays(a, why)
		}
	}
	return a
}

func (p *erasePlan) stays(o event.ObjectID, why string) {
	o = p.of(o)
	if _, ok := p.out[o]; !ok {
		p.out[o] = why
	}
}

// goes says whether the case is erased.
func (p *erasePlan) goes(o event.ObjectID) bool {
	_, stays := p.out[p.of(o)]
	return !stays
}

// theEvent is the root of what goes with one event.
const theEvent event.ObjectID = 0

// erasable finds what an erasure takes.
func (s *Service) erasable(ctx context.Context, ask EraseAsk) (*erasePlan, error) {
	p := &erasePlan{ask: ask, objects: map[objectName]event.ObjectID{}, group: map[event.ObjectID]event.ObjectID{}, out: map[event.ObjectID]string{},
		events: map[eventName]event.ObjectID{}, in: map[int64][]eventName{}, names: map[event.ObjectID]string{}}
	if ask.Event == "" {
		s.mu.RLock()
		s.endedCases(p)
		s.mu.RUnlock()
	}
	if err := s.eraseEvents(ctx, p); err != nil {
		return nil, err
	}
	if ask.Event == "" {
		if err := s.stillRunning(p); err != nil {
			return nil, err
		}
	} else if len(p.events) == 0 {
		return nil, &errs.Error{Code: errs.Usage, Err: ErrNone, What: errs.Tf("the record has no event %q", "记录中没有事件 %q", ask.Event),
			Next: errs.T("name it as source/id, as the timeline of its case shows it", "请按“来源/编号”填写，以案件时间线所示为准")}
	}
	return p, s.eraseFindings(ctx, p)
}

// endedCases are the cases in which nothing happened since, with what belongs to each
// alone. s.mu is held.
func (s *Service) endedCases(p *erasePlan) {
	l := s.live.Log()
	p.types = s.caseTypes()
	for o := event.ObjectID(1); int(o) < len(s.objects.head); o++ {
		if s.objects.head[o] == 0 || !p.types[l.Objects.TypeName(o)] || !s.endedBefore(o, p.ask.Before) {
			continue
		}
		p.names[o] = l.Objects.Name(o)
		for _, part := range s.belongings(o) {
			if part != o && !s.endedBefore(part, p.ask.Before) {
				p.stays(o, KeptRecent)
			}
			p.objects[objectName{l.Objects.TypeName(part), l.Objects.Name(part)}] = o
		}
	}
}

// endedBefore says whether all events of an object are earlier.
func (s *Service) endedBefore(o event.ObjectID, before clock.Instant) bool {
	l := s.live.Log()
	for at := s.objects.head[o]; at > 0; at = s.objects.ties[at-1].before {
		if l.Time[s.objects.ties[at-1].row] >= before {
			return false
		}
	}
	return true
}

// belongings are a case with all objects that its events name and that belong to no
// other case: also those of which there are no pages.
func (s *Service) belongings(o event.ObjectID) []event.ObjectID {
	l := s.live.Log()
	parts, seen := []event.ObjectID{o}, map[event.ObjectID]bool{o: true}
	var buf [1]event.Link
	for at := s.objects.head[o]; at > 0; at = s.objects.ties[at-1].before {
		for _, link := range l.Links(s.objects.ties[at-1].row, &buf) {
			if !seen[link.Object] && l.Objects.Type(link.Object) != l.Objects.Type(o) && s.onlyOf(link.Object, o) {
				parts = append(parts, link.Object)
			}
			seen[link.Object] = true
		}
	}
	return parts
}

// naming is an event that corrects or voids another.
type naming struct {
	is, target eventName
	void       bool
	segment    int64
}

// eraseEvents finds the events in the record, those that are corrected or voided with
// what does that: neither may stay alone.
func (s *Service) eraseEvents(ctx context.Context, p *erasePlan) error {
	s.mu.RLock()
	names := s.names()
	s.mu.RUnlock()
	var acts []naming
	there := map[eventName]bool{} // what is corrected or voided
	err := s.store.Segments(ctx, 0, func(seg *Segment) error {
		events, err := decoded(seg, names)
		if err != nil {
			return err
		}
		for i := range events {
			e := &events[i]
			is := eventName{e.Source, e.ID}
			p.takeIn(e, is, seg.Number)
			if target := e.Corrects + e.Voids; target != "" {
				acts = append(acts, naming{is, eventName{e.Source, target}, e.Voids != "", seg.Number})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock() // looking an id up changes what is remembered of the one before
	for _, a := range acts {
		there[a.target] = s.live.Has(a.target.source, a.target.id)
	}
	s.mu.Unlock()
	p.follow(acts, there)
	p.forget()
	return nil
}

// takeIn looks whether an event goes.
func (p *erasePlan) takeIn(e *event.Event, is eventName, segment int64) {
	if p.ask.Event != "" {
		if is.String() == p.ask.Event {
			p.add(is, theEvent, segment, e.Time.At)
		}
		return
	}
	root, found, shared := event.ObjectID(0), false, false
	for i := range e.Objects {
		o, ok := p.objects[objectName{e.Objects[i].Type, e.Objects[i].ID}]
		switch {
		case ok && found:
			root = p.join(root, o)
		case ok:
			root, found = p.of(o), true
		case p.types[e.Objects[i].Type]:
			shared = true
		}
	}
	if !found {
		return
	}
	if shared {
		p.stays(root, KeptShared)
	}
	if e.Time.At >= p.ask.Before {
		p.stays(root, KeptRecent)
	}
	p.add(is, root, segment, e.Time.At)
}

func (p *erasePlan) add(n eventName, root event.ObjectID, segment int64, at clock.Instant) {
	p.events[n] = root
	p.in[segment] = append(p.in[segment], n)
	if at != 0 {
		if p.oldest == 0 || at < p.oldest {
			p.oldest = at
		}
		p.newest = max(p.newest, at)
	}
}

// follow takes corrections and voidings along with what they name; a case that such a
// tie binds to one that stays, stays, too.
func (p *erasePlan) follow(acts []naming, there map[eventName]bool) {
	for again := true; again; {
		again = false
		for _, a := range acts {
			of, is := p.events[a.is]
			to, has := p.events[a.target]
			switch {
			case is && has:
				p.join(to, of)
			case has && (a.void || p.ask.Event != ""):
				p.add(a.is, to, a.segment, 0)
				again = true
			case has:
				p.stays(to, KeptShared)
			case is && there[a.target] && p.ask.Event == "":
				p.stays(of, KeptShared)
			}
		}
	}
}

// runningAtOnce is how many events are judged together to see what still runs.
const runningAtOnce = 20_000

// stillRunning leaves out cases in which something is still to be done.
func (s *Service) stillRunning(p *erasePlan) error {
	byCase := map[event.ObjectID][]event.ObjectID{}
	s.mu.RLock()
	for n, o := range p.objects {
		if p.goes(o) {
			byCase[o] = append(byCase[o], s.live.Log().Objects.Find(n.typ, n.id))
		}
	}
	now, w := s.live.Now(), s.live.W()
	rules := slices.DeleteFunc(slices.Clone(s.rules), func(r *rule.Rule) bool {
		return !slices.ContainsFunc(r.Per, func(k rule.Key) bool { return k.Kind == rule.KeyObject })
	})
	s.mu.RUnlock()
	var events []event.Event
	judge := func() error {
		res, err := s.checkEvents(events, rules, now, w)
		if err != nil {
			return err
		}
		for _, rr := range res.Rules {
			for i := range rr.Judgements {
				if j := &rr.Judgements[i]; j.Verdict == monitor.Running {
					for _, k := range rr.KeyOf(j) {
						if o, ok := p.ofKey(KeyPart{k.Kind, k.ID}); ok {
							p.stays(o, KeptRunning)
						}
					}
				}
			}
		}
		events = events[:0]
		return nil
	}
	for _, parts := range byCase {
		s.mu.RLock()
		events = append(events, s.eventsOf(parts, now)...)
		s.mu.RUnlock()
		if len(events) >= runningAtOnce {
			if err := judge(); err != nil {
				return err
			}
		}
	}
	if err := judge(); err != nil {
		return err
	}
	p.forget()
	return nil
}

// forget takes out events of cases that turned out to stay.
func (p *erasePlan) forget() {
	for n, o := range p.events {
		if !p.goes(o) {
			delete(p.events, n)
		}
	}
}

// ofKey is the case that a part of a finding's key is of, or belongs to.
func (p *erasePlan) ofKey(k KeyPart) (event.ObjectID, bool) {
	typ := k.Kind
	for i := range typ {
		if typ[i] == '/' { // an object by its qualifier
			typ = typ[:i]
			break
		}
	}
	o, ok := p.objects[objectName{typ, k.ID}]
	return o, ok
}

// eraseFindings finds what the register says of the events that go. Of cases only those
// go whose items are all closed.
func (s *Service) eraseFindings(ctx context.Context, p *erasePlan) error {
	type touched struct {
		Finding
		by []event.ObjectID
	}
	var list []touched
	err := s.store.Settled(ctx, func(f *Finding, closed bool) error {
		by := p.touches(f)
		if len(by) == 0 {
			return nil
		}
		if !closed && p.ask.Event == "" {
			for _, o := range by {
				p.stays(o, KeptOpen)
			}
		}
		list = append(list, touched{*f, by})
		return nil
	})
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	p.forget()
	for i := range list {
		if slices.ContainsFunc(list[i].by, p.goes) {
			p.cleared = append(p.cleared, p.clear(list[i].Finding))
		}
	}
	return nil
}

// touches are the cases, or the event, that a finding tells of.
func (p *erasePlan) touches(f *Finding) (by []event.ObjectID) {
	for _, name := range []string{f.Event, f.By, f.Last} {
		source, id := splitName(name)
		if o, ok := p.events[eventName{source, id}]; ok {
			by = append(by, o)
		}
	}
	keys := f.Key
	for typ := range p.types {
		keys = append(slices.Clip(keys), KeyPart{typ, f.Case})
	}
	for _, k := range keys {
		if o, ok := p.ofKey(k); ok {
			by = append(by, o)
		}
	}
	return by
}

// clear is a finding without what it told. Rule, unit, dates, verdict and number stay;
// where one event goes, all but the event's own name.
func (p *erasePlan) clear(f Finding) Finding {
	if p.ask.Event == "" {
		f.Key, f.Case, f.Actor, f.Event, f.By, f.Last = nil, "", "", "", "", ""
		return f
	}
	for _, name := range []*string{&f.Event, &f.By, &f.Last} {
		if source, id := splitName(*name); *name != "" {
			if _, ok := p.events[eventName{source, id}]; ok {
				*name = ""
			}
		}
	}
	return f
}

// cases is how many cases go, and why others stay.
func (p *erasePlan) cases() (n int, kept []Kept) {
	by := map[string]*Kept{}
	for o, name := range p.names {
		why, stays := p.out[p.of(o)]
		if !stays {
			n++
			continue
		}
		k := by[why]
		if k == nil {
			k = &Kept{Why: why}
			by[why] = k
		}
		if k.Cases++; k.Example == "" || name < k.Example {
			k.Example = name
		}
	}
	kept = []Kept{}
	for _, why := range []string{KeptOpen, KeptRunning, KeptShared, KeptRecent} {
		if by[why] != nil {
			kept = append(kept, *by[why])
		}
	}
	return n, kept
}
