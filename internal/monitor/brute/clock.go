package brute

// walk is the clock of one activation, or of one match before it: the deadline as it stands
// after the events looked at so far, in one reading and one world.
type walk struct {
	*trial
	a       *activation
	clock   Clock
	start   Instant // from which the duration counts
	earned  Instant // before which no pause counts: the later of the starting event and start
	noStart bool    // `from` has no value
	base    Duration
	steps   []step // what has been counted, in order
	used    []int  // how often each extension has counted
	pause   *running

	// unsure: something was compared that can't be, so the verdict is not evaluable.
	unsure bool
}

// step is a completed pause or an addition. A pause has its length for an elapsed clock and its
// dates for a calendar one.
type step struct {
	add      Duration
	length   int64
	from, to Day
}

// running is an open pause. Where max bounds it, end is the instant at which it runs out and
// lastDay the last day that it adds; provisional if the calendar doesn't cover them.
type running struct {
	from        Instant // where its counted part begins
	bounded     bool
	end         Instant
	lastDay     Day
	provisional bool
}

// newWalk starts the clock of activation a at the event in place `from` of the order: a itself,
// or a match before it. Events before that one only open and close pauses.
func (t *trial) newWalk(a *activation, from int) *walk {
	w := &walk{trial: t, a: a, clock: t.clock, base: t.rule.Within, start: t.at(from)}
	w.used = make([]int, len(w.clock.Extended))
	w.earned = w.start
	if w.clock.From != nil {
		if w.start, w.noStart = t.fromTime(a); w.noStart {
			w.unsure = true
			return w
		}
		w.earned = max(w.earned, w.start)
	}
	if w.clock.Paused == nil {
		return w
	}
	for i := 0; i <= from; i++ {
		if i != from && !a.shares[i] {
			continue
		}
		if t.takes(pauseTo, a, i) || t.takes(pauseFrom, a, i) {
			w.expire(t.at(i))
		}
		switch {
		case w.pause != nil && t.takes(pauseTo, a, i):
			w.endPause(i)
		case w.doubtful(t.at(i)) && t.takes(pauseFrom, a, i):
			w.unsure = true // it begins a pause, or falls into one
		case w.pause == nil && t.takes(pauseFrom, a, i):
			w.openPause(i)
		}
	}
	w.expire(t.at(from))
	w.steps = nil // what ended before the start adds nothing
	if w.pause != nil {
		w.pause.from = max(w.pause.from, w.earned)
	}
	return w
}

// openPause opens a pause at event i.
func (w *walk) openPause(i int) {
	p := &running{from: max(w.at(i), w.earned)}
	if limit := w.clock.Paused.Max; !limit.none() {
		p.bounded = true
		if limit.elapsed() {
			p.end = w.at(i) + limit.length()
			p.lastDay = localDay(p.end, w.zone)
		} else {
			c := w.counting()
			c.included = false
			p.lastDay = c.after(localDay(w.at(i), w.zone), limit)
			p.end = firstInstantOf(p.lastDay+1, w.zone)
			p.provisional = c.provisional
		}
	}
	w.pause = p
}

// endPause completes the open pause at event i.
func (w *walk) endPause(i int) { w.complete(w.at(i), localDay(w.at(i), w.zone)) }

func (w *walk) complete(end Instant, lastDay Day) {
	from := w.pause.from
	w.steps = append(w.steps, step{length: max(0, end-from), from: localDay(from, w.zone), to: lastDay})
	w.pause = nil
}

// expire completes the open pause if it has run out by t. One that only the days outside the
// calendar's coverage bound is open inside it, and nobody knows outside.
func (w *walk) expire(t Instant) {
	if p := w.pause; p != nil && p.bounded && !p.provisional && t >= p.end {
		w.complete(p.end, p.lastDay)
	}
}

// meet completes a pause that has run out before event i, if the event has a part in the rule:
// one that has none is compared with nothing.
func (w *walk) meet(i int) {
	part := w.a.shares[i] && (w.takes(match, w.a, i) || w.takes(excuse, w.a, i))
	if w.a.shares[i] && w.clock.Paused != nil {
		part = part || w.takes(pauseFrom, w.a, i) || w.takes(pauseTo, w.a, i)
	}
	for _, x := range w.clock.Extended {
		part = part || w.a.shares[i] && w.takesPattern(extension, x.By, w.a, i)
	}
	if part {
		w.expire(w.at(i))
	}
}

// doubtful says that nobody knows whether the pause is still open at t.
func (w *walk) doubtful(t Instant) bool {
	return w.pause != nil && w.pause.provisional && !w.covered(t)
}

// deadline is where the clock ends.
type deadline struct {
	elapsed     bool
	due         Instant
	lastDay     Day // of a calendar clock, rolled
	reached     Day // of a calendar clock, before any roll
	provisional bool
}

// deadline counts the whole clock anew: base from the start, then what has been counted, in
// order, then the roll.
func (w *walk) deadline() deadline {
	if w.base.elapsed() {
		d := deadline{elapsed: true, due: w.start}
		if w.base.Unit == "h" && w.clock.Hours == "whole" {
			d.due = nextFullHour(w.start, w.zone)
		}
		d.due += w.base.length()
		for _, s := range w.steps {
			d.due += s.length + s.add.length()
		}
		return d
	}
	c := w.counting()
	day := c.from(localDay(w.start, w.zone), w.base)
	for _, s := range w.steps {
		switch {
		case !s.add.none():
			day = c.after(day, s.add)
		case s.to <= s.from: // ended before its counted part began
		case w.base.Unit == "wd":
			day = c.nthWorkingDay(day, c.workingDays(s.from, s.to))
		default:
			day += s.to - s.from
		}
	}
	d := deadline{lastDay: day, reached: day}
	if w.clock.Roll == "next-working-day" && w.rule.Within.Unit != "wd" {
		d.lastDay = c.roll(day)
	}
	d.due = firstInstantOf(d.lastDay+1, w.zone)
	d.provisional = c.provisional
	return d
}

// inTime says whether event i is in time by the deadline as it stands.
func (w *walk) inTime(i int) bool {
	if w.rule.Within.none() {
		return w.rule.Never || w.a.closed < 0 || i <= w.a.closed
	}
	if w.noStart {
		return w.favourable
	}
	t := w.at(i)
	if w.doubtful(t) {
		w.unsure = true
		return w.favourable
	}
	if w.pause != nil {
		return true
	}
	d := w.deadline()
	switch {
	case d.provisional && w.covered(t):
		return true
	case d.provisional:
		w.unsure = true
		return w.favourable
	case d.elapsed:
		return t <= d.due
	}
	return t < d.due
}

// passed says whether the deadline has passed at W, so that absence counts.
func (w *walk) passed() bool {
	if w.rule.Within.none() {
		return w.asked.Complete || w.a.closed >= 0 && w.asked.W >= w.events[w.a.closed].Time
	}
	if w.noStart {
		return false
	}
	w.expire(w.asked.W)
	if w.pause != nil {
		w.unsure = w.unsure || w.doubtful(w.asked.W)
		return false
	}
	d := w.deadline()
	switch {
	case d.provisional:
		w.unsure = w.unsure || !w.covered(w.asked.W)
		return false
	case d.elapsed:
		return w.asked.W > d.due
	}
	return w.asked.W >= d.due
}

// act lets event i end a pause, extend the deadline and open a pause, in this order, if it is
// in time by the deadline as it stands when the event comes.
func (w *walk) act(i int) {
	if w.noStart {
		return
	}
	ends := w.pause != nil && w.takes(pauseTo, w.a, i)
	opens := w.clock.Paused != nil && !ends && w.takes(pauseFrom, w.a, i)
	var extends []int
	for k, x := range w.clock.Extended {
		if (x.Times == 0 || w.used[k] < x.Times) && w.takesPattern(extension, x.By, w.a, i) {
			extends = append(extends, k)
		}
	}
	if !ends && !opens && len(extends) == 0 || !w.inTime(i) {
		return
	}
	if ends {
		w.endPause(i)
	}
	for _, k := range extends {
		if w.extend(w.clock.Extended[k]) {
			w.used[k]++
		}
	}
	if opens && w.pause == nil {
		w.openPause(i)
	}
}

// extend applies an extension unless it would shorten.
func (w *walk) extend(x Extension) bool {
	before := w.deadline()
	base, steps := w.base, w.steps
	if x.To.none() {
		w.steps = append(steps[:len(steps):len(steps)], step{add: x.Add})
	} else {
		w.base = x.To
	}
	after := w.deadline()
	if before.elapsed && after.due < before.due || !before.elapsed && after.reached < before.reached {
		w.base, w.steps = base, steps
		return false
	}
	return true
}

// covered says whether t lies in the calendar's coverage.
func (w *walk) covered(t Instant) bool { return w.calendar.covers(localDay(t, w.zone)) }

func (w *walk) counting() *counting {
	return &counting{
		calendar: w.calendar, included: w.clock.Start == "included", lastToLast: w.clock.Months == "last-to-last",
	}
}
