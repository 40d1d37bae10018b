package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Case is one object of the kind that the packs in force are about, as lists show
// it.
type Case struct {
	Type, ID string
	Unit     string   // of the last event received that names one
	Actors   []string // who acted in it, each once
	Events   int
	First    clock.Instant // the time of its earliest event
	Last     clock.Instant // … of the one received last, by which lists are ordered
	LastType string
	Found    *FoundIn // why a search found it; nil: by its number, or it wasn't searched
	Standing int      // findings in it that are open or claimed met
	Warning  int      // … those of them that only warn
	AtRisk   int      // what can still be done in time and soon no more
}

// FoundIn is the field of one of its events by which a case was found.
type FoundIn struct{ Attribute, Value string }

// CaseQuery selects cases. Empty fields select all. Unit and Actors say together
// whose cases are meant: those of a unit that Unit says yes to, and those in which
// one of Actors acted. May has the last word on each.
type CaseQuery struct {
	Unit   func(unit string) bool
	Actors []string
	May    func(*Case) bool
	In     []string // units
	State  string   // StateStanding, StateRisk; "": any
	Number string   // a part of the number, in whatever case
	Fields bool     // … or of the text of a field that a vocabulary marks as searchable
	After  string
	Limit  int // 1 … 500; 0: 50
}

// The states by which cases are chosen: those with findings that are open or claimed
// met, and those with something at risk.
const (
	StateStanding = "standing"
	StateRisk     = "risk"
)

// CasePage is one page of cases; Next is "" on the last.
type CasePage struct {
	Cases []Case
	Next  string
}

// Cases lists cases, newest activity first.
func (s *Service) Cases(ctx context.Context, q CaseQuery) (CasePage, error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	if err := s.open.know(ctx, s); err != nil {
		return CasePage{}, err
	}
	x := &s.cases
	x.mu.Lock()
	defer x.mu.Unlock()
	x.follow(s)
	s.mu.RLock()
	defer s.mu.RUnlock()
	x.catchUp(s)
	run := caseRun{s: s, x: x, q: &q, risk: s.riskByCase(), units: make([]int8, s.live.Log().Strings.Len()+1)}
	if q.Number != "" {
		return run.numbered()
	}
	return run.page()
}

// riskByCase is how much is at risk in each case.
func (s *Service) riskByCase() map[string]int {
	out := map[string]int{}
	for _, a := range s.near.byID {
		if a.Case != "" {
			out[a.Case]++
		}
	}
	return out
}

// caseRun is one answer to a [CaseQuery].
type caseRun struct {
	s     *Service
	x     *caseIndex
	q     *CaseQuery
	risk  map[string]int
	units []int8    // by code: whether the query is about it; 0: not asked yet
	state objectSet // those in the state that is asked for; nil: any
	acted objectSet // those in which the query's actors acted
}

// page goes through the cases from the newest on, after the cursor.
func (r *caseRun) page() (CasePage, error) {
	after := caseAt{last: 1<<63 - 1}
	if r.q.After != "" {
		if _, err := fmt.Sscanf(r.q.After, "%d.%d", &after.last, &after.object); err != nil {
			return CasePage{}, ErrNone
		}
	}
	r.prepare()
	out, moved := r.from(after)
	for moved {
		out, moved = r.from(after)
	}
	return out, nil
}

// from is the page after a case. Where a case turns out to have moved, since what
// was its newest event no longer counts, it is put into its place and the page is to
// be made again.
func (r *caseRun) from(after caseAt) (out CasePage, moved bool) {
	var end caseAt
	r.x.each(after, func(at caseAt) bool {
		if !r.wanted(at) {
			return true
		}
		if r.x.at(r.s, at.object) != at {
			r.x.move(r.s, at.object)
			moved = true
			return false
		}
		c := r.x.describe(r.s, at)
		if r.q.May != nil && !r.q.May(&c) {
			return true
		}
		if len(out.Cases) == r.q.Limit {
			out.Next = fmt.Sprintf("%d.%d", end.last, end.object)
			return false
		}
		out.Cases, end = append(out.Cases, r.counted(c)), at
		return true
	})
	return out, moved
}

// mostLooked is how many numbers with the same part are looked at.
const mostLooked = 100_000

// numbered are the objects with a part in their numbers: cases before others, those
// that begin with it before those that contain it, the newest objects first.
func (r *caseRun) numbered() (CasePage, error) {
	r.prepare()
	var out CasePage
	var others []Case
	looked, seen := 0, map[event.ObjectID]bool{}
	r.x.numbers.search(strings.ToLower(r.q.Number), func(o event.ObjectID) bool {
		looked++
		is := r.x.types[r.s.live.Log().Objects.TypeName(o)]
		if seen[o] || !is && len(others) == r.q.Limit {
			return looked < mostLooked
		}
		seen[o] = true
		at := r.x.at(r.s, o)
		if at.object == 0 || !r.wanted(at) {
			return looked < mostLooked
		}
		if c := r.x.describe(r.s, at); r.q.May == nil || r.q.May(&c) {
			if is {
				out.Cases = append(out.Cases, r.counted(c))
			} else {
				others = append(others, r.counted(c))
			}
		}
		return len(out.Cases) < r.q.Limit && looked < mostLooked
	})
	out.Cases = append(out.Cases, others[:min(len(others), r.q.Limit-len(out.Cases))]...)
	if r.q.Fields {
		r.fielded(&out, seen)
	}
	return out, nil
}

// fielded adds the cases that have a text in a field that is searched.
func (r *caseRun) fielded(out *CasePage, seen map[event.ObjectID]bool) {
	l, looked := r.s.live.Log(), 0
	var buf [1]event.Link
	r.x.fields.search(l, strings.ToLower(r.q.Number), func(row uint32, in fieldValue) bool {
		for _, link := range l.Links(row, &buf) {
			o := link.Object
			if looked++; seen[o] || !r.x.types[l.Objects.TypeName(o)] {
				continue
			}
			seen[o] = true
			at := r.x.at(r.s, o)
			if at.object == 0 || !r.wanted(at) {
				continue
			}
			if c := r.x.describe(r.s, at); (r.q.May == nil || r.q.May(&c)) && len(out.Cases) < r.q.Limit {
				c.Found = &FoundIn{r.x.fields.names[in.field], strings.Clone(l.Strings.Name(in.code))}
				out.Cases = append(out.Cases, r.counted(c))
			}
		}
		return len(out.Cases) < r.q.Limit && looked < mostLooked
	})
}

// prepare makes the sets of objects by which the query chooses.
func (r *caseRun) prepare() {
	l := r.s.live.Log()
	in := func(id string) {
		for typ := range r.x.types {
			if o := l.Objects.Find(typ, id); o != 0 {
				r.state.add(o)
			}
		}
	}
	switch r.q.State {
	case StateStanding:
		r.state = make(objectSet, l.Objects.Len()/64+1)
		r.s.open.each(in)
	case StateRisk:
		r.state = make(objectSet, l.Objects.Len()/64+1)
		for id := range r.risk {
			in(id)
		}
	}
	if len(r.q.Actors) > 0 {
		r.acted = make(objectSet, l.Objects.Len()/64+1)
		for _, a := range r.q.Actors {
			for _, o := range r.x.actedIn(l, a) {
				r.acted.add(o)
			}
		}
	}
}

// wanted says whether the query is about a case, as far as that is known without
// its events.
func (r *caseRun) wanted(at caseAt) bool {
	if r.state != nil && !r.state.has(at.object) {
		return false
	}
	if len(r.q.In) > 0 && !slices.Contains(r.q.In, r.s.live.Log().Strings.Name(at.unit)) {
		return false
	}
	if r.q.Unit == nil && r.acted == nil || r.acted != nil && r.acted.has(at.object) {
		return true
	}
	if r.q.Unit == nil {
		return false
	}
	if r.units[at.unit] == 0 {
		r.units[at.unit] = -1
		if r.q.Unit(r.s.live.Log().Strings.Name(at.unit)) {
			r.units[at.unit] = 1
		}
	}
	return r.units[at.unit] > 0
}

func (r *caseRun) counted(c Case) Case {
	c.Standing, c.Warning = r.s.open.in(c.ID)
	c.AtRisk = r.risk[c.ID]
	return c
}

// CaseOf is a case with what lists show of it, or any other object of the agency's
// own registers; nil where no event names it or where it is a member of the public
// or something of theirs, as the packs' vocabularies say: of those there is no page.
func (s *Service) CaseOf(ctx context.Context, typ, id string) (*Case, error) {
	if err := s.open.know(ctx, s); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := s.live.Log().Objects.Find(typ, id)
	if o == 0 || !s.registered(typ) {
		return nil, nil
	}
	at := s.cases.at(s, o)
	if at.object == 0 {
		return nil, nil
	}
	c := s.cases.describe(s, at)
	c.Standing, c.Warning = s.open.in(id)
	c.AtRisk = s.riskByCase()[id]
	return &c, nil
}

// registered says whether objects of a type are the agency's own: one of its packs'
// kind of case, or named by a vocabulary that doesn't mark it as the public's.
func (s *Service) registered(typ string) bool {
	own := false
	for _, p := range s.packs {
		if v := p.Vocabulary; v != nil {
			if t, ok := v.Objects[typ]; ok && t.Public {
				return false
			} else if ok {
				own = true
			}
		}
		own = own || p.Log.Per.Kind == rule.KeyObject && p.Log.Per.Name == typ
	}
	return own
}

// caseTypes are the kinds of object that the packs in force are about.
func (s *Service) caseTypes() map[string]bool {
	out := map[string]bool{}
	for _, p := range s.packs {
		if per := p.Log.Per; per.Kind == rule.KeyObject && s.registered(per.Name) {
			out[per.Name] = true
		}
	}
	return out
}

// caseOf is the one case that a row names, "" where it names none or several.
func (s *Service) caseOf(row uint32, per rule.Key) string {
	if per.Kind != rule.KeyObject {
		return ""
	}
	l, only := s.live.Log(), event.ObjectID(0)
	var buf [1]event.Link
	for _, link := range l.Links(row, &buf) {
		if l.Objects.TypeName(link.Object) != per.Name || link.Object == only {
			continue
		}
		if only != 0 {
			return ""
		}
		only = link.Object
	}
	if only == 0 {
		return ""
	}
	return l.Objects.Name(only)
}

// newestFirst is the order of lists of cases.
func newestFirst(a, b caseAt) int {
	return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.object, a.object))
}
