package clock

// StepKind says what a [Step] tells.
type StepKind uint8

// The steps by which a deadline came about, in the order in which they are
// told. Of the fields of Step, each kind fills those that it names.
const (
	// StepStart: the clock starts at From, which has the local date Day.
	StepStart StepKind = iota
	// StepWholeHours: the hour of From isn't counted; the limit begins at To,
	// the next full hour of the local clock.
	StepWholeHours
	// StepExcluded: Day, the day of the start, isn't counted.
	StepExcluded
	// StepIncluded: Day, the day of the start, is counted if it can be: under
	// wd only where it is a working day.
	StepIncluded
	// StepLimit: D is the limit; it reaches Day, or for elapsed time Due.
	// Under wd DaysOff are the days passed over (the first 31 of Count).
	StepLimit
	// StepClamped: the month has no day of the number wanted; Day is its last.
	StepClamped
	// StepLastToLast: the start was the last day of its month, so the limit
	// goes to Day, the last day of the month it reaches.
	StepLastToLast
	// StepPause: a pause from From to To adds Count of Unit (microseconds where
	// Unit is UnitSecond, days, or working days); the limit now reaches Day or,
	// for elapsed time, Due. Bounded: it was cut at its maximum, D.
	StepPause
	// StepExtendTo: D takes the place of the limit, from the same start, and
	// reaches Day or Due; DaysOff and Count as under StepLimit. Pauses and
	// additions counted before follow once more, with Again set.
	StepExtendTo
	// StepExtendAdd: D goes on from the last day reached, which doesn't count;
	// the limit now reaches Day or Due.
	StepExtendAdd
	// StepNoEffect: an extension to D would have ended on Day, or at Due, before
	// the limit as it stood, and changed nothing.
	StepNoEffect
	// StepRoll: the last day reached is not a working day. DaysOff are the days
	// passed over (the first 31 of Count); the last day is now Day.
	StepRoll
	// StepProvisional: days were counted that Calendar doesn't cover; it knows
	// those from First to Last.
	StepProvisional
	// StepDue: the limit runs out at Due; for calendar units Day is the last
	// day in time and Due the first instant after it.
	StepDue
)

// maxDaysOff is how many days a step names at most.
const maxDaysOff = 31

// Step is one step of a deadline's explanation: structure that others put into
// words. Which fields count is said at each [StepKind].
type Step struct {
	Kind        StepKind
	From, To    Instant
	Due         Instant
	Day         Day
	First, Last Day
	D           Duration
	Unit        Unit
	Count       int64
	DaysOff     []Day
	Bounded     bool
	Again       bool
	Calendar    *Calendar // StepLimit and StepPause in wd, StepRoll, StepProvisional
}

// Steps tells how the deadline of r came about.
func (r Run) Steps() []Step {
	t := teller{c: r.c, unit: r.c.within.Unit}
	t.begin(r)
	at := r.c.limit(r.c.begin(r.start, r.c.within), r.c.within)
	var all []*change
	for ch := r.changes; ch != nil; ch = ch.before {
		all = append(all, ch)
	}
	for i := len(all) - 1; i >= 0; i-- {
		if ch := all[i]; ch.kind == StepExtendTo {
			at = t.extendTo(r, ch, at)
		} else {
			at = t.change(ch, at, false)
		}
	}
	t.end(r)
	return t.steps
}

// teller collects the steps of one run.
type teller struct {
	c     *Clock
	unit  Unit // of the duration in force
	steps []Step
}

func (t *teller) add(s Step) { t.steps = append(t.steps, s) }

// begin tells the start and the limit itself.
func (t *teller) begin(r Run) {
	c := t.c
	day := c.zone.Date(r.start)
	t.add(Step{Kind: StepStart, From: r.start, Day: day})
	switch {
	case c.elapsed:
		if c.whole {
			t.add(Step{Kind: StepWholeHours, From: r.start, To: c.begin(r.start, c.within)})
		}
		t.add(Step{Kind: StepLimit, D: c.within, Due: c.limit(c.begin(r.start, c.within), c.within).due})
		return
	case c.opts.StartIncluded:
		t.add(Step{Kind: StepIncluded, Day: day})
	default:
		t.add(Step{Kind: StepExcluded, Day: day})
	}
	t.limit(StepLimit, day, c.within)
}

// limit tells how far d goes from day, the day of the start.
func (t *teller) limit(kind StepKind, day Day, d Duration) {
	c := t.c
	last, _ := c.lastDay(day, d)
	s := Step{Kind: kind, D: d, Day: last}
	if d.Unit == UnitWorkingDay {
		if c.opts.StartIncluded {
			day--
		}
		s.DaysOff, s.Count = t.daysOff(day, last)
		s.Calendar = c.cal
	}
	t.add(s)
	t.monthEnd(day, last, d)
}

// monthEnd tells why a limit in months ends on last, where that isn't plain.
func (t *teller) monthEnd(day, last Day, d Duration) {
	if d.Unit != UnitMonth && d.Unit != UnitYear {
		return
	}
	switch _, how := t.c.months(day, d); how {
	case clamped:
		t.add(Step{Kind: StepClamped, Day: last})
	case lastToLast:
		t.add(Step{Kind: StepLastToLast, Day: last})
	}
}

// daysOff is the days after from, up to and with to, that don't work: the
// first of them, and how many there are.
func (t *teller) daysOff(from, to Day) (days []Day, count int64) {
	working, _ := t.c.cal.count(from, to)
	count = int64(to-from) - working
	for d := from + 1; d <= to && len(days) < maxDaysOff && int64(len(days)) < count; d++ {
		if !t.c.cal.Working(d) {
			days = append(days, d)
		}
	}
	return days, count
}

// change tells a pause or an addition, and gives how far the limit then goes.
func (t *teller) change(ch *change, at reached, again bool) reached {
	next := t.c.apply(at, t.unit, ch)
	s := Step{Kind: ch.kind, From: ch.from, To: ch.to, D: ch.d, Bounded: ch.bounded,
		Day: next.day, Due: next.due, Again: again}
	if ch.kind == StepPause {
		switch {
		case t.c.elapsed:
			s.Unit, s.Count = UnitSecond, ch.pause.micros
		case t.unit == UnitWorkingDay:
			s.Unit, s.Count, s.Calendar = UnitWorkingDay, ch.pause.working, t.c.cal
		default:
			s.Unit, s.Count = UnitDay, ch.pause.days
		}
	}
	t.add(s)
	if ch.kind == StepExtendAdd {
		t.monthEnd(at.day, next.day, ch.d)
	}
	return next
}

// extendTo tells a limit put in place of another.
func (t *teller) extendTo(r Run, ch *change, at reached) reached {
	next := t.c.limit(t.c.begin(r.start, ch.d), ch.d)
	if ch.shorter {
		for _, old := range (Run{changes: ch.before}).counted() {
			next = t.c.apply(next, ch.d.Unit, old)
		}
		t.add(Step{Kind: StepNoEffect, D: ch.d, Day: next.day, Due: next.due})
		return at
	}
	t.unit = ch.d.Unit
	if t.c.elapsed {
		t.add(Step{Kind: StepExtendTo, D: ch.d, Due: next.due})
	} else {
		t.limit(StepExtendTo, t.c.zone.Date(r.start), ch.d)
	}
	for _, old := range (Run{changes: ch.before}).counted() {
		next = t.change(old, next, true)
	}
	return next
}

// end tells the roll, what is provisional, and the deadline.
func (t *teller) end(r Run) {
	d := r.deadline
	if t.c.roll && d.LastDay != r.day {
		s := Step{Kind: StepRoll, Day: d.LastDay, Calendar: t.c.cal}
		s.DaysOff, s.Count = t.daysOff(r.day-1, d.LastDay)
		t.add(s)
	}
	if d.Provisional {
		from, to, _ := t.c.cal.Coverage()
		t.add(Step{Kind: StepProvisional, Calendar: t.c.cal, First: from, Last: to})
	}
	t.add(Step{Kind: StepDue, Due: d.Due, Day: d.LastDay})
}
