package brute

import (
	"slices"
	"time"
)

// Day is a date: days since 1970-01-01.
type Day int

// Date makes a day; a day or month out of range flows over as in [time.Date].
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d Day) civil() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the date as 2006-01-02.
func (d Day) String() string { return d.civil().Format(time.DateOnly) }

// lastOfMonth says whether d is the last day of its month.
func (d Day) lastOfMonth() bool { return (d + 1).civil().Day() == 1 }

// monthsLater is the same-numbered day n months after d; lacks says that the month has no such
// day, and then the day is the month's last.
func (d Day) monthsLater(n int) (day Day, lacks bool) {
	t := d.civil()
	day = Date(t.Year(), t.Month()+time.Month(n), t.Day())
	if end := Date(t.Year(), t.Month()+time.Month(n)+1, 0); day > end {
		return end, true
	}
	return day, false
}

// localDay is the date that a clock in zone shows at t.
func localDay(t Instant, zone *time.Location) Day {
	y, m, d := time.UnixMicro(t).In(zone).Date()
	return Date(y, m, d)
}

// segment is the offset of zone at t, in microseconds, and the instant at which it ends.
func segment(t Instant, zone *time.Location) (offset, end Instant) {
	at := time.UnixMicro(t).In(zone)
	_, seconds := at.Zone()
	if _, until := at.ZoneBounds(); until.IsZero() {
		end = 1 << 62
	} else {
		end = until.UnixMicro()
	}
	return int64(seconds) * second, end
}

// firstInstantOf is the first instant whose local date is d or later. It goes through the
// zone's stretches of constant offset, for a midnight may be skipped or come twice, and a
// whole date may be missing.
func firstInstantOf(d Day, zone *time.Location) Instant {
	midnight := int64(d) * 86400 * second
	for t := midnight - 48*3600*second; ; {
		offset, end := segment(t, zone)
		first := max(midnight-offset, t)
		if first < end {
			return first
		}
		t = end
	}
}

// nextFullHour is the first full hour of the local clock strictly after t.
func nextFullHour(t Instant, zone *time.Location) Instant {
	const hour = 3600 * second
	for t++; ; {
		offset, end := segment(t, zone)
		local := t + offset
		if over := (local%hour + hour) % hour; over != 0 {
			local += hour - over
		}
		if local-offset < end {
			return local - offset
		}
		t = end
	}
}

// Calendar says which days work between From and To, both covered: not those of Off, those of
// Work though they lie on a Weekend. Outside it only Weekend is known.
type Calendar struct {
	Name      string
	From, To  Day
	Weekend   []time.Weekday
	Off, Work []Day
}

// weekends is the default calendar, which covers every day.
var weekends = &Calendar{Name: "weekends", From: -1 << 40, To: 1 << 40, Weekend: []time.Weekday{time.Saturday, time.Sunday}}

func (c *Calendar) covers(d Day) bool { return c.From <= d && d <= c.To }

// works says whether d is a working day.
func (c *Calendar) works(d Day) bool {
	weekday := time.Weekday((int(d)%7 + 7 + 4) % 7) // 1970-01-01 was a Thursday
	if !c.covers(d) {
		return !slices.Contains(c.Weekend, weekday)
	}
	return slices.Contains(c.Work, d) || !slices.Contains(c.Off, d) && !slices.Contains(c.Weekend, weekday)
}

// counting counts days by a calendar and remembers whether it had to look beyond the
// calendar's coverage: what it counted is provisional then.
type counting struct {
	calendar    *Calendar
	included    bool // start: included
	lastToLast  bool // months: last-to-last
	provisional bool
}

func (c *counting) works(d Day) bool {
	c.provisional = c.provisional || !c.calendar.covers(d)
	return c.calendar.works(d)
}

// nthWorkingDay is the nth working day after d; d itself for n = 0.
func (c *counting) nthWorkingDay(d Day, n int) Day {
	for n > 0 {
		if d++; c.works(d) {
			n--
		}
	}
	return d
}

// workingDays counts the working days after from, up to and with to.
func (c *counting) workingDays(from, to Day) int {
	n := 0
	for d := from + 1; d <= to; d++ {
		if c.works(d) {
			n++
		}
	}
	return n
}

// after is the last day of a calendar duration that begins on start, which doesn't count.
func (c *counting) after(start Day, d Duration) Day {
	switch d.Unit {
	case "d":
		return start + Day(d.N)
	case "w":
		return start + Day(7*d.N)
	case "wd":
		return c.nthWorkingDay(start, d.N)
	}
	months := d.N
	if d.Unit == "y" {
		months *= 12
	}
	day, _ := start.monthsLater(months)
	if c.lastToLast && start.lastOfMonth() {
		t := day.civil()
		return Date(t.Year(), t.Month()+1, 0)
	}
	return day
}

// from is the last day of a calendar duration from start, by the clock's choice of whether the
// start counts.
func (c *counting) from(start Day, d Duration) Day {
	if !c.included {
		return c.after(start, d)
	}
	switch d.Unit {
	case "d", "w":
		return c.after(start, d) - 1
	case "wd":
		return c.nthWorkingDay(start-1, d.N)
	}
	if c.lastToLast && start.lastOfMonth() {
		return c.after(start, d)
	}
	months := d.N
	if d.Unit == "y" {
		months *= 12
	}
	day, lacks := start.monthsLater(months)
	if lacks {
		return day
	}
	return day - 1
}

// roll moves a day that isn't a working day to the next one.
func (c *counting) roll(d Day) Day {
	for !c.works(d) {
		d++
	}
	return d
}
