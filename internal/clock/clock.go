package clock

import (
	"errors"
	"fmt"
)

// Options is how a statute wants a duration counted.
type Options struct {
	// StartIncluded counts the day of the start (calendar units only).
	StartIncluded bool
	// WholeHours lets a duration in hours begin at the first full hour of the
	// local clock after the start.
	WholeHours bool
	// LastToLast lets months from the last day of a month end on the last day
	// of the month they reach.
	LastToLast bool
	// Roll moves a last day that isn't a working day to the next one (d, w,
	// mo, y only).
	Roll bool
	// Calendar says which days work; nil is Weekends().
	Calendar *Calendar
	// Zone is where days and hours are read; required.
	Zone *Zone
}

// Clock is a duration with its options: it turns a start into a deadline. It
// doesn't change and may be used by many goroutines at once.
type Clock struct {
	within  Duration
	micros  int64 // of an elapsed duration
	elapsed bool
	whole   bool // begins at the next full hour
	roll    bool
	opts    Options
	cal     *Calendar
	zone    *Zone
}

// New makes a clock. It refuses a duration beyond the limits of [Duration],
// and one of nothing where the start is included or working days are counted:
// such a limit would end before it begins.
func New(within Duration, o Options) (*Clock, error) {
	if err := within.check(); err != nil {
		return nil, err
	}
	if o.Zone == nil {
		return nil, errors.New("a clock needs a time zone")
	}
	if o.Calendar == nil {
		o.Calendar = Weekends()
	}
	c := &Clock{within: within, micros: within.Micros(), elapsed: within.Elapsed(),
		opts: o, cal: o.Calendar, zone: o.Zone}
	if within.N == 0 && !c.elapsed {
		if within.Unit == UnitWorkingDay {
			return nil, fmt.Errorf("%s: working days are counted from 1 on; write 1wd or more, or 0d for the day itself", within)
		}
		if o.StartIncluded {
			return nil, fmt.Errorf("%s: with the start included a limit has 1%s or more", within, within.Unit)
		}
	}
	c.whole = o.WholeHours && within.Unit == UnitHour
	c.roll = o.Roll && !c.elapsed && within.Unit != UnitWorkingDay
	return c, nil
}

// Within is the clock's duration.
func (c *Clock) Within() Duration { return c.within }

// Options are what the clock was made with; its calendar is [Clock.Calendar].
func (c *Clock) Options() Options { return c.opts }

// Elapsed says whether the clock counts elapsed time and not days.
func (c *Clock) Elapsed() bool { return c.elapsed }

// CheckExtension refuses a duration that can't extend this clock's: elapsed
// time is extended by elapsed time, days by days.
func (c *Clock) CheckExtension(d Duration) error {
	if err := d.check(); err != nil {
		return err
	}
	if d.Elapsed() != c.elapsed {
		if c.elapsed {
			return fmt.Errorf("%s can't extend %s: elapsed time is extended by s, m or h", d, c.within)
		}
		return fmt.Errorf("%s can't extend %s: days are extended by d, w, wd, mo or y", d, c.within)
	}
	return nil
}

// Deadline is when a limit runs out.
type Deadline struct {
	// Due is, for elapsed time, the last instant in time; for calendar units
	// the first instant that is too late, where the day after LastDay begins.
	Due Instant
	// LastDay is the last day in time, rolled; calendar units only.
	LastDay Day
	// Provisional is true where days had to be judged that the calendar does
	// not cover; they were taken by its weekend alone.
	Provisional bool
}

// Due is the deadline of a start that nothing pauses or extends.
func (c *Clock) Due(start Instant) Deadline {
	if c.elapsed {
		if c.whole {
			start = c.zone.nextFullHour(start)
		}
		return Deadline{Due: start.add(c.micros)}
	}
	return c.settle(c.lastDay(c.zone.Date(start), c.within))
}

// settle rolls the last day reached and finds its end.
func (c *Clock) settle(last Day, provisional bool) Deadline {
	if c.roll {
		rolled, p := c.cal.roll(last)
		last, provisional = rolled, provisional || p
	}
	return Deadline{Due: c.zone.First(last + 1), LastDay: last, Provisional: provisional}
}

// lastDay is the last day of a limit of d whose start has the date day, not
// rolled.
func (c *Clock) lastDay(day Day, d Duration) (last Day, provisional bool) {
	if !c.opts.StartIncluded {
		return c.goOn(day, d)
	}
	switch d.Unit {
	case UnitWorkingDay:
		return c.goOn(day-1, d) // the start day counts if it works
	case UnitMonth, UnitYear:
		last, found := c.months(day, d)
		if found == sameDay {
			last--
		}
		return last, false
	}
	last, provisional = c.goOn(day, d)
	return last - 1, provisional
}

// goOn is the day that d reaches from day, day itself not counting.
func (c *Clock) goOn(day Day, d Duration) (last Day, provisional bool) {
	switch d.Unit {
	case UnitDay:
		return day.plus(d.N), false
	case UnitWeek:
		return day.plus(7 * d.N), false
	case UnitWorkingDay:
		if d.N == 0 {
			return day, false
		}
		return c.cal.after(day, d.N)
	}
	last, _ = c.months(day, d)
	return last, false
}

// monthEnd says how the day of the month was found that months lead to.
type monthEnd uint8

const (
	sameDay    monthEnd = iota // the day of the same number
	clamped                    // the month has no such day: its last
	lastToLast                 // from a month's last day to a month's last day
)

// months is the day that d, in months or years, leads to from day.
func (c *Clock) months(day Day, d Duration) (Day, monthEnd) {
	n := d.N
	if d.Unit == UnitYear {
		n *= 12
	}
	y0, m0, dom := day.Date()
	y, m := normalMonth(y0, int(m0)-1+int(n))
	if dom < 28 {
		return fromCivil(y, m, dom).plus(0), sameDay // every month has it, and goes on after it
	}
	length := monthDays(y, m)
	switch {
	case c.opts.LastToLast && dom == monthDays(y0, m0):
		return fromCivil(y, m, length).plus(0), lastToLast
	case dom > length:
		return fromCivil(y, m, length).plus(0), clamped
	}
	return fromCivil(y, m, dom).plus(0), sameDay
}

// Tri is a yes or no that may be unknown.
type Tri uint8

// The answers to a comparison with a deadline. Unknown is that with a
// provisional deadline at a time that the calendar doesn't cover either.
const (
	No Tri = iota
	Yes
	Unknown
)

// String is "no", "yes" or "unknown".
func (t Tri) String() string { return [...]string{"no", "yes", "unknown"}[t] }

func tri(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// InTime says whether something done at t keeps the deadline. Under a
// provisional deadline it does wherever the calendar covers t's date.
func (c *Clock) InTime(d Deadline, t Instant) Tri {
	switch {
	case d.Provisional && c.cal.Covers(c.zone.Date(t)):
		return Yes
	case d.Provisional:
		return Unknown
	case c.elapsed:
		return tri(t <= d.Due)
	}
	return tri(t < d.Due)
}

// Passed says whether at w the deadline is over, so that what hasn't been done
// by then is missing.
func (c *Clock) Passed(d Deadline, w Instant) Tri {
	switch in := c.InTime(d, w); in {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// Lateness is by how much a deadline was missed: microseconds of elapsed time,
// or days. The other is 0.
type Lateness struct {
	Micros int64
	Days   int
}

// Lateness is how late t is for a deadline that it missed: for elapsed time
// t − due, for calendar units the days from the last day to t's date, 1 at
// least.
func (c *Clock) Lateness(d Deadline, t Instant) Lateness {
	if c.elapsed {
		return Lateness{Micros: int64(t - d.Due)}
	}
	return Lateness{Days: max(1, int(c.zone.Date(t)-d.LastDay))}
}

// WarnFrom is the instant from which a deadline is near, d before it is due.
// Elapsed time is taken off as it is. Calendar units go back from the date of
// due to the beginning of a day: N days, the N-th working day before it, or
// the day of the same number N months before.
func (c *Clock) WarnFrom(due Deadline, d Duration) Instant {
	if d.Elapsed() {
		return due.Due.add(-d.Micros())
	}
	day := c.zone.Date(due.Due)
	switch d.Unit {
	case UnitDay:
		day = day.plus(-d.N)
	case UnitWeek:
		day = day.plus(-7 * d.N)
	case UnitWorkingDay:
		for n := d.N; n > 0; {
			if day--; c.cal.Working(day) {
				n--
			}
		}
	default:
		day, _ = c.months(day, Duration{N: -d.N, Unit: d.Unit})
	}
	return c.zone.First(day)
}

// Calendar says which days work under the clock.
func (c *Clock) Calendar() *Calendar { return c.cal }
