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
// alone stamps nothing.
func (c *Change) Stamps() bool { return c.Kind != Renamed && c.Kind != Succeeded }

// Difference is what differs between two organisations.
type Difference struct {
	Units     []Change // by id
	People    []Change // by id
	Posts     int      // titles of posts that differ
	Declared  int      // conflicts that came; no more is said of them
	Withdrawn int      // conflicts that are no more, or end otherwise than they did
	with      []PersonID
}

// Empty says whether nothing differs.
func (d *Difference) Empty() bool {
	return len(d.Units)+len(d.People)+d.Posts+d.Declared+d.Withdrawn == 0
}

// From is the first day on which something differs; ok is false where only names
// and declarations do.
func (d *Difference) From() (day clock.Day, ok bool) {
	day = never
	for _, list := range [][]Change{d.Units, d.People} {
		for i := range list {
			if list[i].Stamps() {
				day = min(day, list[i].From)
			}
		}
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
func (d *Difference) Frees(p PersonID) bool { return p != "" && slices.Contains(d.with, p) }

// Compare says what differs; was may be nil, for none.
func Compare(was, is *Organisation) *Difference {
	if was == nil {
		was = &Organisation{}
	}
	d := &Difference{}
	for _, id := range keys(was.units, is.units) {
		a, b := was.units[id], is.units[id]
		if c, ok := compareDays(boundaries(spans(a), spans(b)), func(day clock.Day) (Kind, State, State) { return unitChange(was.unitOn(id, day), is.unitOn(id, day)) }); ok {
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
	for _, list := range was.conflicts {
		for _, c := range list {
			if len(ended) > 0 && !slices.ContainsFunc(is.conflicts[c.A], func(o *Conflict) bool { return o.pair() == c.pair() && o.From <= c.From && o.To >= c.To }) {
				d.with = append(d.with, c.A, c.B)
			}
		}
	}
}

// pair is whom a conflict is of, whichever of the two is named first.
func (c *Conflict) pair() [2]PersonID { return [2]PersonID{min(c.A, c.B), max(c.A, c.B)} }

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
	case a.Successor != b.Successor:
		kind = Succeeded
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
