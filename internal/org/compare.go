package org

import (
	"cmp"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Kind is what became of a unit or a person between two organisations.
type Kind string

// The kinds. The first two are of units and people alike.
const (
	Added       Kind = "added"
	Ended       Kind = "ended"
	Moved       Kind = "moved"     // of a unit: under another
	Renamed     Kind = "renamed"   // of a unit
	Territory   Kind = "territory" // of a unit: another one
	Succeeded   Kind = "succeeded" // of a unit that ended: by another
	Transferred Kind = "transferred"
	Changed     Kind = "changed" // of a person: post, rank or tenure
)

// Change is what differs of one unit or one person, on the days from From to
// before To: there may be days between on which nothing does.
type Change struct {
	Kind   Kind
	Unit   UnitID   // of a unit
	Person PersonID // of a person
	Was    State
	Is     State
	Span
}

// State is what a unit or a person was on the first day of a change.
type State struct {
	Title  errs.Text // of a unit
	Parent UnitID    // of a unit
	Posts  []Holding // of a person
}

// Stamps says whether events of these days would be stamped otherwise: a name
// alone stamps nothing, nor does who took a unit over.
func (c *Change) Stamps() bool { return c.Kind != Renamed && c.Kind != Succeeded }

// Difference is what differs between two organisations.
type Difference struct {
	Units     []Change // by id
	People    []Change // by id
	Posts     int      // titles of posts that differ
	Declared  int      // conflicts that came; no more is said of them
	Withdrawn int      // conflicts that are no more, or end otherwise than they did

	pairs       []pairChange // sorted
	successions []succession // by unit
}

// pairChange is that two people are in conflict on days on which they weren't, or the
// other way round.
type pairChange struct {
	of        [2]PersonID
	from      clock.Day // the first of those days
	withdrawn bool      // there are days on which they were, and aren't any more
}

// succession is that a unit, ended on a day, is taken over by another than before.
type succession struct {
	unit    UnitID
	from    clock.Day
	was, is UnitID // "" for none
}

// Empty says whether nothing differs.
func (d *Difference) Empty() bool {
	return len(d.Units)+len(d.People)+d.Posts+d.Declared+d.Withdrawn == 0
}

// From is the first day on which something differs: who stands where, who answers for
// what a unit left, who is in conflict with whom; ok is false where only names do.
func (d *Difference) From() (day clock.Day, ok bool) {
	day = never
	for _, list := range [][]Change{d.Units, d.People} {
		for i := range list {
			if list[i].Stamps() {
				day = min(day, list[i].From)
			}
		}
	}
	for _, s := range d.successions {
		day = min(day, s.from)
	}
	for _, p := range d.pairs {
		day = min(day, p.from)
	}
	return day, day != never
}

// Beginning says whether a day is none: the beginning of all.
func Beginning(d clock.Day) bool { return d == always }

// NoEnd is the end of what goes on.
const NoEnd = never

// Unending says whether a day is none: it goes on.
func Unending(d clock.Day) bool { return d == never }

// Frees says whether a person loses a declared conflict by a difference.
func (d *Difference) Frees(p PersonID) bool {
	return slices.ContainsFunc(d.pairs, func(c pairChange) bool { return p != "" && c.withdrawn && slices.Contains(c.of[:], p) })
}

// Withdraws says whether two people are no longer in conflict on some day, past or to
// come, on which they were.
func (d *Difference) Withdraws() bool {
	return slices.ContainsFunc(d.pairs, func(c pairChange) bool { return c.withdrawn })
}

// Compare says what differs; was may be nil, for none.
func Compare(was, is *Organisation) *Difference {
	if was == nil {
		was = &Organisation{}
	}
	d := &Difference{}
	for _, id := range keys(was.units, is.units) {
		a, b := was.units[id], is.units[id]
		c, ok := compareDays(boundaries(spans(a), spans(b)), func(day clock.Day) (Kind, State, State) { return unitChange(was.unitOn(id, day), is.unitOn(id, day)) })
		others := succeeded(id, was, is)
		d.successions = append(d.successions, others...)
		if len(others) > 0 && (!ok || !c.Stamps()) { // who answers counts for more than a name
			last := others[0].from - 1
			_, before, after := unitChange(was.unitOn(id, last), is.unitOn(id, last))
			c, ok = Change{Kind: Succeeded, Was: before, Is: after, Span: Span{others[0].from, never}}, true
		}
		if ok {
			c.Unit = id
			d.Units = append(d.Units, c)
		}
	}
	for _, id := range keys(was.people, is.people) {
		a, b := was.people[id], is.people[id]
		if c, ok := compareDays(boundaries(holdingSpans(a), holdingSpans(b)), func(day clock.Day) (Kind, State, State) { return personChange(on(a, day), on(b, day)) }); ok {
			c.Person = id
			d.People = append(d.People, c)
		}
	}
	for _, id := range keys(was.posts, is.posts) {
		if a, b := was.posts[id], is.posts[id]; a == nil || b == nil || a.Title != b.Title {
			d.Posts++
		}
	}
	d.conflicts(was, is)
	return d
}

func (d *Difference) conflicts(was, is *Organisation) {
	only := func(o *Organisation) (out []Line) {
		for _, l := range o.Lines() {
			if l.Kind == ConflictLine {
				out = append(out, l)
			}
		}
		return out
	}
	ended, added := LineChanges(only(was), only(is))
	d.Declared, d.Withdrawn = len(added), len(ended)
	a, b := was.pairs(), is.pairs()
	var all [][2]PersonID
	for _, pairs := range []map[[2]PersonID][]Span{a, b} {
		for p := range pairs {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y [2]PersonID) int { return slices.Compare(x[:], y[:]) })
	for _, p := range slices.Compact(all) {
		c := pairChange{of: p, from: never}
		for _, day := range boundaries(a[p], b[p]) {
			on := func(s Span) bool { return s.on(day) }
			if before, after := slices.ContainsFunc(a[p], on), slices.ContainsFunc(b[p], on); before != after {
				c.from, c.withdrawn = min(c.from, day), c.withdrawn || before
			}
		}
		if c.from != never {
			d.pairs = append(d.pairs, c)
		}
	}
}

// pairs are the days on which two people are in conflict, of whatever kind.
func (o *Organisation) pairs() map[[2]PersonID][]Span {
	out := map[[2]PersonID][]Span{}
	for a, list := range o.conflicts {
		for _, c := range list {
			if c.A == a { // it stands under both
				out[c.pair()] = append(out[c.pair()], c.Span)
			}
		}
	}
	return out
}

// pair is whom a conflict is of, whichever of the two is named first.
func (c *Conflict) pair() [2]PersonID { return [2]PersonID{min(c.A, c.B), max(c.A, c.B)} }

// succeeded are the days on which a unit that ended on them, before as now, is taken over
// by another.
func succeeded(id UnitID, was, is *Organisation) (out []succession) {
	for _, day := range boundaries(spans(was.units[id]), spans(is.units[id])) {
		if a, b := was.successor(id, day), is.successor(id, day); a != b && was.unitOn(id, day) == nil && is.unitOn(id, day) == nil {
			out = append(out, succession{id, day, a, b})
		}
	}
	return out
}

// left are units of which another answers for what they left: those that are taken over
// by another than before, and those that they had taken over.
func (d *Difference) left(orgs ...*Organisation) map[UnitID]bool {
	out := map[UnitID]bool{}
	for _, s := range d.successions {
		out[s.unit] = true
	}
	for before := -1; before < len(out); {
		before = len(out)
		for _, o := range orgs {
			for id, list := range o.units {
				if before > 0 && slices.ContainsFunc(list, func(u *Unit) bool { return out[u.Successor] }) {
					out[id] = true
				}
			}
		}
	}
	return out
}

// successor is who took a unit over that ended on a day; "" where none did.
func (o *Organisation) successor(id UnitID, day clock.Day) UnitID {
	for _, u := range o.units[id] {
		if u.To == day {
			return u.Successor
		}
	}
	return ""
}

// compareDays looks at each stretch of days between boundaries, and gives the first
// difference with the days from it to the end of the last.
func compareDays(days []clock.Day, at func(clock.Day) (Kind, State, State)) (c Change, ok bool) {
	for i, day := range days {
		kind, was, is := at(day)
		if kind == "" {
			continue
		}
		if !ok {
			c, ok = Change{Kind: kind, Was: was, Is: is, Span: Span{From: day}}, true
		} else if next := (Change{Kind: kind}); !c.Stamps() && next.Stamps() { // what stamps counts for more than a name
			c = Change{Kind: kind, Was: was, Is: is, Span: Span{From: day}}
		}
		c.To = never
		if i+1 < len(days) {
			c.To = days[i+1]
		}
	}
	return c, ok
}

func unitChange(a, b *Unit) (Kind, State, State) {
	state := func(u *Unit) State {
		if u == nil {
			return State{}
		}
		return State{Title: u.Title, Parent: u.Parent}
	}
	kind := Kind("")
	switch {
	case a == nil && b == nil:
	case a == nil:
		kind = Added
	case b == nil:
		kind = Ended
	case a.Parent != b.Parent:
		kind = Moved
	case a.Territory != b.Territory:
		kind = Territory
	case a.Title != b.Title:
		kind = Renamed
	}
	return kind, state(a), state(b)
}

// personChange compares what somebody held on a day.
func personChange(a, b []Holding) (Kind, State, State) {
	kind := Kind("")
	same := func(f func(h Holding) string) bool {
		return slices.EqualFunc(a, b, func(x, y Holding) bool { return f(x) == f(y) })
	}
	switch {
	case len(a) == 0 && len(b) == 0:
	case len(a) == 0:
		kind = Added
	case len(b) == 0:
		kind = Ended
	case !same(func(h Holding) string { return string(h.Unit) }):
		kind = Transferred
	case !same(func(h Holding) string { return string(h.Post) + "\x00" + h.Rank + "\x00" + string(h.As) }):
		kind = Changed
	}
	return kind, State{Posts: a}, State{Posts: b}
}

// on is what somebody held on a day, in an order of its own.
func on(list []*Holding, day clock.Day) []Holding {
	var out []Holding
	for _, h := range list {
		if h.on(day) {
			out = append(out, *h)
		}
	}
	slices.SortFunc(out, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(order(&a), order(&b)), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Post, b.Post))
	})
	return out
}

// boundaries are the days on which one of some spans begins or ends, sorted; the
// beginning of all is one.
func boundaries(lists ...[]Span) []clock.Day {
	days := []clock.Day{always}
	for _, list := range lists {
		for _, s := range list {
			days = append(days, s.From)
			if s.To != never {
				days = append(days, s.To)
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

func holdingSpans(list []*Holding) []Span {
	out := make([]Span, len(list))
	for i, h := range list {
		out[i] = h.Span
	}
	return out
}

// keys are the keys of two maps, sorted.
func keys[K ~string, V any](a, b map[K]V) []K {
	out := make([]K, 0, len(a)+len(b))
	for k := range a {
		out = append(out, k)
	}
	for k := range b {
		out = append(out, k)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
