package clock

import (
	"encoding/binary"
	"slices"
)

// Run is a limit under way: a start, and the pauses and extensions that have
// counted so far. It is a value: each change gives a new Run and leaves the old
// one as it was, and copying is cheap. Make it with [Clock.Start].
type Run struct {
	c      *Clock
	start  Instant
	base   Instant  // start, or the full hour after it
	within Duration // the one in force: the clock's, or that of the last ExtendTo
	reached
	deadline Deadline
	changes  *change // the latest first
}

// reached is how far a limit goes, before any roll: a day, or for elapsed time
// an instant.
type reached struct {
	day         Day
	due         Instant
	provisional bool
}

// change is one pause or extension of a run, linked to the one before it.
type change struct {
	before   *change
	kind     StepKind // StepPause, StepExtendTo or StepExtendAdd
	d        Duration // of an extension
	shorter  bool     // an extension that would have shortened, and didn't count
	pause    pause
	from, to Instant // of a pause
	bounded  bool    // the pause was cut at its maximum
	// uncertain: where the pause ended was counted over days that the calendar
	// doesn't cover.
	uncertain bool
}

// pause is the length of a pause in each of the ways that a limit may need it.
type pause struct {
	micros      int64
	days        int64
	working     int64 // working days after the first date up to and with the last
	provisional bool  // working depends on days that the calendar doesn't cover
}

// Start sets the clock going.
func (c *Clock) Start(at Instant) Run {
	r := Run{c: c, start: at, base: c.begin(at, c.within), within: c.within}
	r.reached = c.limit(r.base, r.within)
	return r.settled()
}

// begin is where a duration from start begins: under whole hours, one in hours
// at the next full hour, any other at once.
func (c *Clock) begin(start Instant, d Duration) Instant {
	if c.opts.WholeHours && d.Unit == UnitHour {
		return c.zone.nextFullHour(start)
	}
	return start
}

// limit is how far d goes from base.
func (c *Clock) limit(base Instant, d Duration) reached {
	if c.elapsed {
		return reached{due: base.add(d.Micros())}
	}
	day, provisional := c.lastDay(c.zone.Date(base), d)
	return reached{day: day, provisional: provisional}
}

func (r Run) settled() Run {
	if r.c.elapsed {
		r.deadline = Deadline{Due: r.due, Provisional: r.provisional}
	} else {
		r.deadline = r.c.settle(r.day, r.provisional)
	}
	return r
}

// Deadline is the deadline as it now stands, rolled.
func (r Run) Deadline() Deadline { return r.deadline }

// ExtendTo puts d in place of the duration, from the same start, and applies
// the pauses and additions that have counted again, in their order. One that
// would shorten the limit changes nothing. The kind of d must be that of the
// clock ([Clock.CheckExtension]).
func (r Run) ExtendTo(d Duration) Run {
	ch := &change{before: r.changes, kind: StepExtendTo, d: d}
	base := r.c.begin(r.start, d)
	at := r.c.limit(base, d)
	for _, old := range r.counted() {
		at = r.c.apply(at, d.Unit, old)
	}
	if ch.shorter = at.day < r.day || at.due < r.due; !ch.shorter {
		r.within, r.base, r.reached = d, base, at
	}
	r.changes = ch
	return r.settled()
}

// Shortens says whether d in place of the duration would end the limit sooner
// than it stands, so that [Run.ExtendTo] would change nothing.
func (r Run) Shortens(d Duration) bool { return r.ExtendTo(d).changes.shorter }

// ExtendAdd goes on for d from the last day reached, before any roll, that day
// not counting; for elapsed time from due.
func (r Run) ExtendAdd(d Duration) Run {
	return r.with(&change{kind: StepExtendAdd, d: d})
}

// Pause adds a pause that has ended: to − from for elapsed time; for d, w, mo
// and y the days between the two dates; for wd the working days after the
// first date up to and with the second. Of a duration put in place by ExtendTo
// the unit decides.
func (r Run) Pause(from, to Instant) Run {
	return r.with(r.c.pauseOf(from, to, r.c.zone.Date(to)))
}

// PauseEnd is when a pause that lasts max at most runs out: it is open at t as
// long as t < end. A max in calendar units ends with lastDay, N after the date
// of from, which doesn't count; it isn't rolled. For an elapsed max lastDay is
// the date of end. Provisional means that lastDay was counted over days that
// the calendar doesn't cover.
func (c *Clock) PauseEnd(from Instant, max Duration) (end Instant, lastDay Day, provisional bool) {
	if max.Elapsed() {
		end = from.add(max.Micros())
		return end, c.zone.Date(end), false
	}
	lastDay, provisional = c.goOn(c.zone.Date(from), max)
	return c.zone.First(lastDay + 1), lastDay, provisional
}

// PauseBounded adds a pause that lasts max at most. Where max ran out at or
// before to, its length is max: up to lastDay of [Clock.PauseEnd] for a clock
// that counts days, up to end for one of elapsed time.
func (r Run) PauseBounded(from, to Instant, max Duration) Run {
	end, lastDay, provisional := r.c.PauseEnd(from, max)
	if to < end {
		return r.Pause(from, to)
	}
	ch := r.c.pauseOf(from, end, lastDay)
	ch.bounded, ch.d, ch.uncertain = true, max, provisional
	return r.with(ch)
}

func (c *Clock) pauseOf(from, to Instant, last Day) *change {
	ch := &change{kind: StepPause, from: from, to: to}
	first := c.zone.Date(from)
	ch.pause.micros = max(0, int64(to-from))
	ch.pause.days = max(0, int64(last-first))
	if !c.elapsed {
		ch.pause.working, ch.pause.provisional = c.cal.count(first, last)
	}
	return ch
}

func (r Run) with(ch *change) Run {
	ch.before = r.changes
	r.changes = ch
	r.reached = r.c.apply(r.reached, r.within.Unit, ch)
	return r.settled()
}

// apply is how far a limit goes once a pause or an addition has counted; unit
// is that of the duration in force.
func (c *Clock) apply(at reached, unit Unit, ch *change) reached {
	switch {
	case ch.kind == StepExtendAdd && c.elapsed:
		at.due = at.due.add(ch.d.Micros())
	case ch.kind == StepExtendAdd:
		day, provisional := c.goOn(at.day, ch.d)
		at.day, at.provisional = day, at.provisional || provisional
	case c.elapsed:
		at.due = at.due.add(ch.pause.micros)
	case unit != UnitWorkingDay:
		at.day = at.day.plus(ch.pause.days)
	default:
		day, provisional := c.goOn(at.day, Duration{N: ch.pause.working, Unit: UnitWorkingDay})
		at.day = day
		at.provisional = at.provisional || provisional || ch.pause.provisional
	}
	at.provisional = at.provisional || ch.uncertain
	return at
}

// counted is the pauses and additions of the run, in order.
func (r Run) counted() []*change {
	var list []*change
	for ch := r.changes; ch != nil; ch = ch.before {
		if ch.kind != StepExtendTo {
			list = append(list, ch)
		}
	}
	slices.Reverse(list)
	return list
}

// Key stands for what a run means: two runs of equal keys have the same
// deadline, and go on having it whatever is done to both.
type Key struct {
	clock       *Clock
	base        Instant
	within      Duration
	provisional bool
	extra       int64  // elapsed time: all pauses and additions, in microseconds
	shifts      string // days: pauses and additions in their order, packed
}

// Key is what r means, without how it came about.
func (r Run) Key() Key {
	k := Key{clock: r.c, base: r.base, within: r.within, provisional: r.provisional}
	if r.c.elapsed {
		k.within = Duration{N: r.within.Micros() / usPerSecond, Unit: UnitSecond}
		k.extra = int64(r.due-r.base) - r.within.Micros()
		return k
	}
	var packed []byte
	var sum pause // pauses in a row count as one
	for _, ch := range r.counted() {
		if ch.kind == StepPause {
			sum.days += ch.pause.days
			sum.working += ch.pause.working
			sum.provisional = sum.provisional || ch.pause.provisional || ch.uncertain
			continue
		}
		packed, sum = sum.pack(packed), pause{}
		packed = binary.AppendVarint(append(packed, byte(ch.d.Unit)), ch.d.N)
	}
	k.shifts = string(sum.pack(packed))
	return k
}

// pack appends p's days, working days and provisional, if there are any, so
// that different pauses differ.
func (p pause) pack(b []byte) []byte {
	if p == (pause{}) {
		return b
	}
	const mark = 0xfe // no unit; odd where provisional
	first := byte(mark)
	if p.provisional {
		first++
	}
	return binary.AppendVarint(binary.AppendVarint(append(b, first), p.days), p.working)
}
