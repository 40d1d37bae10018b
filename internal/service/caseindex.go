package service

import (
	"slices"
	"strings"
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
)

// caseIndex keeps the cases in the order of lists. It is made when the first list is
// asked for, and follows the log from then on when one is asked for again: most
// cases lie in a sorted list that is left as it is, those that something happened to
// since lie beside it, until they are many.
type caseIndex struct {
	mu      sync.Mutex // before the service's
	live    *monitor.Live
	types   map[string]bool
	rows    int      // of the log that are in
	sorted  []caseAt // all of them once, some no longer in their place
	moved   objectSet
	fresh   []caseAt // those that moved, sorted
	gone    []caseAt // … and those of which no event counts any more
	numbers numbers
	fields  fields
	acted   map[string]*actedIn
}

// caseAt is where a case stands in the list.
type caseAt struct {
	last   clock.Instant
	object event.ObjectID
	unit   uint32 // code in Strings
}

// mostMoved is how many cases may lie beside the sorted list.
const mostMoved = 4096

// objectSet is a set of objects, a bit each.
type objectSet []uint64

func (b objectSet) has(o event.ObjectID) bool {
	return int(o>>6) < len(b) && b[o>>6]&(1<<(o&63)) != 0
}

func (b *objectSet) add(o event.ObjectID) {
	for int(o>>6) >= len(*b) {
		*b = append(*b, make(objectSet, len(*b)/8+64)...)
	}
	(*b)[o>>6] |= 1 << (o & 63)
}

// atOnce is how many objects are looked at before the judge may go on.
const atOnce = 16_384

// follow takes in what the log has more, up to a little; where that is much, the
// judge goes on meanwhile.
func (x *caseIndex) follow(s *Service) {
	for {
		s.mu.RLock()
		l := s.live.Log()
		if x.live != s.live || x.types == nil {
			x.begin(s)
		}
		x.numbers.follow(s, l, atOnce)
		x.fields.follow(l, 4*atOnce)
		behind := x.numbers.objects < l.Objects.Len() || x.fields.rows < l.Rows()
		anew := x.rows == 0 || l.Rows()-x.rows > 16*mostMoved
		s.mu.RUnlock()
		if !behind && anew {
			anew = !x.rebuild(s)
		}
		if !behind && !anew {
			return
		}
	}
}

// begin forgets everything, for another engine.
func (x *caseIndex) begin(s *Service) {
	x.live, x.types, x.rows = s.live, s.caseTypes(), 0
	x.sorted, x.moved, x.fresh, x.gone, x.numbers, x.acted = nil, nil, nil, nil, numbers{}, map[string]*actedIn{}
	x.fields = fields{names: s.searchable()}
}

// catchUp takes in what came since; the service's lock is held for reading.
func (x *caseIndex) catchUp(s *Service) {
	l := s.live.Log()
	if x.live != s.live { // other rules came into force this very moment
		x.begin(s)
	}
	x.numbers.follow(s, l, l.Objects.Len())
	x.fields.follow(l, l.Rows())
	if l.Rows() == x.rows {
		return
	}
	var buf [1]event.Link
	for ; x.rows < l.Rows(); x.rows++ {
		for _, link := range l.Links(uint32(x.rows), &buf) {
			if o := link.Object; x.types[l.Objects.TypeName(o)] && !x.moved.has(o) {
				x.moved.add(o)
				x.fresh = append(x.fresh, caseAt{object: o})
			}
		}
	}
	x.settle(s)
	if len(x.fresh) > mostMoved {
		x.merge()
	}
}

// move puts a case whose newest event no longer counts into its place.
func (x *caseIndex) move(s *Service, o event.ObjectID) {
	if !x.moved.has(o) {
		x.moved.add(o)
		x.fresh = append(x.fresh, caseAt{object: o})
	}
	x.settle(s)
}

// settle puts those that moved where they stand now.
func (x *caseIndex) settle(s *Service) {
	x.fresh = append(x.fresh, x.gone...)
	x.gone = x.gone[:0]
	x.fresh = slices.DeleteFunc(x.fresh, func(c caseAt) bool {
		gone := x.at(s, c.object).object == 0
		if gone {
			x.gone = append(x.gone, c)
		}
		return gone
	})
	for i := range x.fresh {
		x.fresh[i] = x.at(s, x.fresh[i].object)
	}
	slices.SortFunc(x.fresh, newestFirst)
}

// rebuild makes the list anew, so many objects at once; what comes meanwhile is left
// to catchUp. It says whether it could: no, where other rules came into force.
func (x *caseIndex) rebuild(s *Service) bool {
	var all []caseAt
	rows, objects := -1, 0
	for o := event.ObjectID(1); rows < 0 || int(o) <= objects; {
		s.mu.RLock()
		l := s.live.Log()
		if s.live != x.live {
			s.mu.RUnlock()
			return false
		}
		if rows < 0 {
			rows, objects = l.Rows(), l.Objects.Len()
		}
		types := make([]bool, l.Objects.Types.Len()+1)
		for t := range types {
			types[t] = t > 0 && x.types[l.Objects.Types.Name(uint32(t))]
		}
		for end := int(o) + atOnce; int(o) <= min(end, objects); o++ {
			if types[l.Objects.Type(o)] {
				if at := x.at(s, o); at.object != 0 {
					all = append(all, at)
				}
			}
		}
		s.mu.RUnlock()
	}
	slices.SortFunc(all, newestFirst)
	x.sorted, x.moved, x.fresh, x.gone, x.rows = all, nil, nil, nil, rows
	return true
}

// merge puts those that moved into the list.
func (x *caseIndex) merge() {
	all := make([]caseAt, 0, len(x.sorted)+len(x.fresh))
	x.each(caseAt{last: 1<<63 - 1}, func(at caseAt) bool {
		all = append(all, at)
		return true
	})
	x.sorted, x.moved, x.fresh, x.gone = all, nil, nil, nil
}

// each visits the cases that come after one, in the order of lists.
func (x *caseIndex) each(after caseAt, visit func(caseAt) bool) {
	i, _ := slices.BinarySearchFunc(x.sorted, after, newestFirst)
	j, _ := slices.BinarySearchFunc(x.fresh, after, newestFirst)
	for i < len(x.sorted) || j < len(x.fresh) {
		var next caseAt
		if j == len(x.fresh) || i < len(x.sorted) && newestFirst(x.sorted[i], x.fresh[j]) < 0 {
			next = x.sorted[i]
			i++
			if x.moved.has(next.object) {
				continue
			}
		} else {
			next = x.fresh[j]
			j++
		}
		if next.last == after.last && next.object == after.object {
			continue
		}
		if !visit(next) {
			return
		}
	}
}

// at is where a case stands: by the event that counts and was received last, and the
// last unit that one names. Its object is 0 where no event counts.
func (x *caseIndex) at(s *Service, o event.ObjectID) caseAt {
	l := s.live.Log()
	var out caseAt
	if int(o) >= len(s.objects.head) {
		return out
	}
	for at := s.objects.head[o]; at > 0; at = s.objects.ties[at-1].before {
		row := s.objects.ties[at-1].row
		if l.Dead.Has(row) {
			continue
		}
		if out.object == 0 {
			out = caseAt{last: l.Time[row], object: o}
		}
		if l.Unit == nil {
			break
		}
		if out.unit = l.Unit[row]; out.unit != 0 {
			break
		}
	}
	return out
}

// describe is what a list shows of a case.
func (x *caseIndex) describe(s *Service, at caseAt) Case {
	l := s.live.Log()
	c := Case{Type: l.Objects.TypeName(at.object), ID: strings.Clone(l.Objects.Name(at.object)), Unit: strings.Clone(l.Strings.Name(at.unit)), Last: at.last}
	var actors []uint32
	for i := s.objects.head[at.object]; i > 0; i = s.objects.ties[i-1].before {
		row := s.objects.ties[i-1].row
		if l.Dead.Has(row) {
			continue
		}
		if c.Events == 0 {
			c.First, c.LastType = l.Time[row], strings.Clone(l.Types.Name(uint32(l.Type[row])))
		}
		c.Events++
		c.First = min(c.First, l.Time[row])
		if l.Actor != nil && l.Actor[row] != 0 && !slices.Contains(actors, l.Actor[row]) {
			actors = append(actors, l.Actor[row])
		}
	}
	for _, a := range actors {
		c.Actors = append(c.Actors, strings.Clone(l.Strings.Name(a)))
	}
	return c
}

// actedIn is in which cases somebody acted, as far as the log was looked at.
type actedIn struct {
	rows    int
	objects []event.ObjectID
}

// mostActors is of how many people that is remembered.
const mostActors = 256

// actedIn finds the cases in which somebody acted.
func (x *caseIndex) actedIn(l *event.Log, actor string) []event.ObjectID {
	code := l.Strings.Find(actor)
	if code == 0 || l.Actor == nil {
		return nil
	}
	a := x.acted[actor]
	if a == nil {
		if len(x.acted) >= mostActors {
			clear(x.acted)
		}
		a = &actedIn{}
		x.acted[actor] = a
	}
	var buf [1]event.Link
	for row, by := range l.Actor[a.rows:] {
		if by != code {
			continue
		}
		for _, link := range l.Links(uint32(a.rows+row), &buf) {
			if x.types[l.Objects.TypeName(link.Object)] {
				a.objects = append(a.objects, link.Object)
			}
		}
	}
	a.rows = len(l.Actor)
	return a.objects
}
