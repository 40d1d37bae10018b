package agency

// What the law says of a course, in plain code that is read beside the articles:
// limits that run from one event to another (lawlimit.go), what an event has to
// say of itself (lawhold.go), and the rest, each a function (lawrest.go).

// Verdict is what a rule says of an event: the two that are departures.
type Verdict string

// The verdicts, by the words that a check uses.
const (
	Breached Verdict = "breached"
	MetLate  Verdict = "met_late"
)

// Departure is one way in which the log departs from a rule: the event that the
// rule starts from, and the object whose trace it is.
type Departure struct {
	Rule    string
	Key     string // the object, or several with a space between
	Event   string // its id
	Case    string // "" where there is none
	Unit    int32
	At      int64 // of the event
	Verdict Verdict
	Due     int64 // the last second in time, 0: none
	Planned bool  // drawn on purpose; else it follows from one that was
}

// law judges one course. Events are in order.
type law struct {
	events []*Event
	end    int64 // of the log: nothing later is known
	found  func(rule, key string, at *Event, v Verdict, due int64)
}

// limit is a rule of the form "after this, within that time, that". Both are
// about the same object of kind per.
type limit struct {
	rule    string
	per     string
	when    types
	unasked func(a *Event) bool // the event is none of the rule's
	last    func(a *Event) int64
	done    types
	doneIf  func(a, x *Event) bool
	excuse  types // in time and before it was done
	unless  func(a, x *Event) bool
	// moves says how later events change the last second; it is asked for those
	// that come in time.
	moves func(a *Event) func(x *Event, last int64) int64
	// pauses are the types that begin and end a pause, which may be open already
	// when a happens; it then counts from a.
	pauses types
}

func (l *law) judge() {
	for i, e := range l.events {
		for _, n := range limitsOf[e.Type] {
			l.limit(&limits[n], i)
		}
		for _, n := range holdsOf[e.Type] {
			h := &holds[n]
			if key := e.object(h.per); key != "" && h.broken(e) {
				l.found(h.rule, key, e, Breached, 0)
			}
		}
		if judge := rest[e.Type]; judge != nil {
			judge(l, i)
		}
		l.entered(e)
	}
}

func (l *law) limit(m *limit, i int) {
	a := l.events[i]
	key := a.object(m.per)
	if key == "" || m.unasked != nil && m.unasked(a) {
		return
	}
	last, settled := m.run(a, key, l.events[:i], l.events[i+1:])
	switch {
	case settled == nil && last < l.end:
		l.found(m.rule, key, a, Breached, last)
	case settled != nil && m.done.has(settled.Type) && settled.At > last:
		l.found(m.rule, key, a, MetLate, last)
	}
}

// run follows the events after a to the one that settles or excuses it, and
// gives the last second as it stands then.
func (m *limit) run(a *Event, key string, before, after []*Event) (last int64, settled *Event) {
	last = m.last(a)
	var move func(*Event, int64) int64
	if m.moves != nil {
		move = m.moves(a)
		for _, x := range before {
			if m.pauses.has(x.Type) && x.about(m.per, key) {
				last = move(x, last)
			}
		}
		last = move(a, last)
	}
	for _, x := range after {
		if !x.about(m.per, key) {
			continue
		}
		if m.done.has(x.Type) && (m.doneIf == nil || m.doneIf(a, x)) {
			return last, x
		}
		if x.At > last {
			continue
		}
		if m.excuse.has(x.Type) && (m.unless == nil || m.unless(a, x)) {
			return last, x
		}
		if move != nil {
			last = move(x, last)
		}
	}
	return last, nil
}

// hold is a rule on what an event says of itself.
type hold struct {
	rule   string
	per    string
	when   types
	broken func(e *Event) bool
}

// index lists by event type the numbers of the rules that start from it.
func index(n int, when func(int) types) (by [256][]uint8) {
	for i := range n {
		for t := range typeNames {
			if when(i).has(Type(t)) {
				by[t] = append(by[t], uint8(i))
			}
		}
	}
	return by
}

var (
	limitsOf = index(len(limits), func(i int) types { return limits[i].when })
	holdsOf  = index(len(holds), func(i int) types { return holds[i].when })
)
