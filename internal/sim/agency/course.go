package agency

import (
	"math/rand/v2"
	"strconv"
)

// course is one course of events being drawn: a case, or the life of a weapon.
type course struct {
	*world
	r        *rand.Rand
	id       string // of the case; of a weapon's course, the weapon
	objects  int    // named so far
	county   int
	unit     int32   // the station or squad
	handler  int32   // the investigator in charge
	second   int32   // the one beside
	referred bool    // by an administrative agency
	slow     float64 // a backlog makes everything take longer
	events   []*Event
	finished int32     // how many events are in order already
	alone    [1]Object // the case, of the many events that are about nothing else
	earlier  []*Event  // room for until
	later    []*Event
	planned  map[string]bool // the rules broken on purpose
}

// start begins a course; its numbers come from the seed and its own number.
func (w *world) start(no uint64, id string) *course {
	return &course{world: w, r: rand.New(rand.NewPCG(w.opt.Seed, no)), id: id, slow: 1,
		events: make([]*Event, 0, 64), alone: [1]Object{{"case", id}}}
}

// add draws an event. Its entry is drawn later (paper.go).
func (c *course) add(t Type, at int64, by int32, objects []Object, attrs ...Attr) *Event {
	if len(c.room.events) == cap(c.room.events) {
		c.room.events = make([]Event, 0, 64)
	}
	kept := room(&c.room.attrs, len(attrs), 128)
	copy(kept, attrs)
	c.room.events = append(c.room.events, Event{Type: t, At: at, course: c.id, Actor: by, Unit: c.unit, Objects: objects, Attrs: kept})
	e := &c.room.events[len(c.room.events)-1]
	c.events = append(c.events, e)
	return e
}

// rooms are pieces of memory for many events, attributes and objects of a run.
type rooms struct {
	events  []Event
	attrs   []Attr
	objects []Object
}

// room takes n places from a piece, or from a new one.
func room[T any](piece *[]T, n, size int) []T {
	if n == 0 {
		return nil
	}
	if cap(*piece)-len(*piece) < n {
		*piece = make([]T, 0, max(n, size))
	}
	from := len(*piece)
	*piece = (*piece)[:from+n]
	return (*piece)[from : from+n : from+n]
}

// inCase are the objects of an event of the case.
func (c *course) inCase(more ...Object) []Object {
	if len(more) == 0 {
		return c.alone[:1:1]
	}
	out := room(&c.room.objects, 1+len(more), 64)
	out[0] = c.alone[0]
	copy(out[1:], more)
	return out
}

// new names an object of the course.
func (c *course) new(kind, mark string) Object {
	c.objects++
	return Object{kind, c.id + "-" + mark + strconv.Itoa(c.objects)}
}

func (c *course) chance(p float64) bool { return c.r.Float64() < p }

// between is an instant from a to b, both included.
func (c *course) between(a, b int64) int64 {
	if b <= a {
		return a
	}
	return a + c.r.Int64N(b-a+1)
}

func one[T any](c *course, list ...T) T { return list[c.r.IntN(len(list))] }

// breaks says whether a rule is to be broken on this occasion.
func (c *course) breaks(rule string) bool {
	if c.r.Float64() >= c.opt.Rates.of(rule) {
		return false
	}
	if c.planned == nil {
		c.planned = map[string]bool{}
	}
	c.planned[rule] = true
	return true
}

// keeps is breaks the other way round, for what an event says of itself.
func (c *course) keeps(rule string) bool { return !c.breaks(rule) }

// nearly is the share of what is kept in the last moment.
const nearly = 0.1

// answer draws when something owed from one instant to another is done: mostly
// well before, now and then in the last minute, as often as the rates say late
// or not at all (ok false).
func (c *course) answer(rule string, from, last int64) (t int64, ok bool) {
	if c.breaks(rule) {
		if c.chance(0.4) {
			return 0, false
		}
		return c.late(from, last), true
	}
	return c.inTime(from, last), true
}

// done is answer for what has to come sooner or later.
func (c *course) done(rule string, from, last int64) int64 {
	if c.breaks(rule) {
		return c.late(from, last)
	}
	return c.inTime(from, last)
}

func (c *course) inTime(from, last int64) int64 {
	if last <= from {
		return last
	}
	if c.chance(nearly) {
		return max(from+1, last-one(c, int64(0), 0, 1, 59, c.r.Int64N(600)))
	}
	u := c.r.Float64()
	span := float64(last - from)
	t := from + 1 + int64(min(0.98, u*u*c.slow)*span)
	if span > 30*hour {
		if office := c.officeHour(t); office > from && office <= last {
			t = office
		}
	}
	return min(t, last)
}

// monthEnd moves a beginning to the last day of its month, now and then, where
// that is so many days off at most: from there months are counted in another way.
func (c *course) monthEnd(t int64, within int64) int64 {
	for i := range within + 1 {
		if lastOfMonth(dayOf(t, china)+i) && c.chance(0.5) {
			return t + i*day
		}
	}
	return t
}

// late is after the last second: by a second, by minutes, or by as long again.
func (c *course) late(from, last int64) int64 {
	switch {
	case c.chance(0.2):
		return last + 1
	case c.chance(0.3):
		return last + 1 + c.r.Int64N(hour)
	}
	return last + 1 + c.r.Int64N(max(hour, last-from))
}

// officeHour is an hour of a working day near t: that day or the next that
// works.
func (c *course) officeHour(t int64) int64 {
	d := dayOf(t, china)
	second := t + china - d*day
	if works(d) && second >= 8*hour+1800 && second < 18*hour {
		return t
	}
	if !works(d) || second >= 18*hour {
		d = nextWorking(d + 1)
	}
	return startOf(d) + 8*hour + 1800 + c.r.Int64N(9*hour)
}

// until is the last second of a limit as things stand in the course so far.
func (c *course) until(rule string, a *Event) int64 {
	m := &limits[limitNumber[rule]]
	if m.moves == nil {
		return m.last(a)
	}
	key := a.object(m.per)
	c.earlier, c.later = c.earlier[:0], c.later[:0]
	for _, x := range c.events {
		switch {
		case !x.about(m.per, key) || x == a:
		case x.At > a.At:
			c.later = append(c.later, x)
		default:
			c.earlier = append(c.earlier, x)
		}
	}
	inOrder(c.earlier)
	inOrder(c.later)
	last, _ := m.run(a, key, c.earlier, c.later)
	return last
}

var limitNumber = func() map[string]int {
	by := map[string]int{}
	for i := range limits {
		by[limits[i].rule] = i
	}
	return by
}()

// inOrder sorts events by time; they are few, and nearly in order.
func inOrder(events []*Event) {
	for i, e := range events {
		for ; i > 0 && events[i-1].At > e.At; i-- {
			events[i] = events[i-1]
		}
		events[i] = e
	}
}

// sorted puts the events in their order, numbers them, and leaves out what
// happens after the end of the log.
func (c *course) sorted() []*Event {
	kept := c.events[:0]
	for _, e := range c.events {
		if e.At <= c.end {
			kept = append(kept, e)
		}
	}
	inOrder(kept)
	for _, e := range kept {
		c.finished++
		e.Seq = c.finished
	}
	c.events = nil
	return kept
}
