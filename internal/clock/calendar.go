package clock

import (
	_ "embed"
	"sync"
	"time"
)

// Calendar knows which days are working days. It doesn't change and may be
// used by many goroutines at once.
//
// Outside the dates that it covers it counts by its weekend alone, and what it
// says there is provisional.
type Calendar struct {
	name, source, zone string

	bounded  bool // false: covers every day
	from, to Day  // both covered
	// rank[i] is the number of working days in [from, from+i).
	rank []int32
	// nth has the working days in [from, to], in order.
	nth []Day

	week week
}

// week is the working days of a week that has no holidays, so laid out that
// they can be counted without a loop. Its weeks begin on Thursday, as
// 1970-01-01 was one.
type week struct {
	per    int64    // working days in a week, 1 to 7
	before [8]int64 // before[r]: working days among the first r days of a week
	pos    [7]int64 // pos[k]: the place in the week of its working day k
}

// weekBias is a number of weeks that lifts every day above zero.
const weekBias = 2 * maxDay / 7

func newWeek(weekend [7]bool) week {
	var w week
	for r := range int64(7) {
		w.before[r+1] = w.before[r]
		if !weekend[Day(r).Weekday()] {
			w.pos[w.per] = r
			w.per++
			w.before[r+1]++
		}
	}
	return w
}

// upTo is the number of working days up to and with d, from a fixed origin.
func (w *week) upTo(d Day) int64 {
	e := int64(d) + 7*weekBias
	return e/7*w.per + w.before[e%7+1]
}

// working is the day with which upTo first reaches k.
func (w *week) working(k int64) Day {
	k--
	return Day(k/w.per*7 + w.pos[k%w.per] - 7*weekBias)
}

func (w *week) works(d Day) bool {
	r := (int64(d) + 7*weekBias) % 7
	return w.before[r+1] > w.before[r]
}

//go:embed cn.yaml
var cnYAML []byte

var (
	weekends = sync.OnceValue(func() *Calendar {
		var off [7]bool
		off[time.Saturday], off[time.Sunday] = true, true
		return &Calendar{name: "weekends", week: newWeek(off)}
	})
	cn = sync.OnceValue(func() *Calendar {
		c, err := ParseCalendar("cn.yaml", cnYAML)
		if err != nil {
			panic(err) // the file is part of the program and tested
		}
		return c
	})
)

// Weekends is the default calendar: every day works but Saturday and Sunday,
// and it covers all days.
func Weekends() *Calendar { return weekends() }

// Builtin finds a calendar that comes with the program: "weekends", and "cn",
// mainland China with its holidays and make-up days.
func Builtin(name string) (*Calendar, bool) {
	switch name {
	case "weekends":
		return weekends(), true
	case "cn":
		return cn(), true
	}
	return nil, false
}

// Name is the name that rules find the calendar by.
func (c *Calendar) Name() string { return c.name }

// Source says where the calendar's days come from; empty for "weekends".
func (c *Calendar) Source() string { return c.source }

// Zone is the IANA name of the zone whose dates the calendar lists; empty for
// "weekends", which hold anywhere.
func (c *Calendar) Zone() string { return c.zone }

// Coverage is the first and the last day that the calendar covers; ok is false
// where it covers all days.
func (c *Calendar) Coverage() (from, to Day, ok bool) { return c.from, c.to, c.bounded }

// Covers says whether the calendar knows about d.
func (c *Calendar) Covers(d Day) bool { return !c.bounded || (d >= c.from && d <= c.to) }

// Working says whether d is a working day, by the weekend alone where the
// calendar doesn't cover d.
func (c *Calendar) Working(d Day) bool {
	if c.bounded && d >= c.from && d <= c.to {
		return c.rank[d-c.from+1] > c.rank[d-c.from]
	}
	return c.week.works(d)
}

// after is the n-th working day after d (n ≥ 1). It is provisional where one
// of the days after d, up to and with the one found, isn't covered.
func (c *Calendar) after(d Day, n int64) (day Day, provisional bool) {
	if !c.bounded {
		return c.week.working(c.week.upTo(d) + n).plus(0), false
	}
	if d+1 < c.from {
		provisional = true
		before := c.week.upTo(c.from-1) - c.week.upTo(d)
		if n <= before {
			return c.week.working(c.week.upTo(d) + n), true
		}
		n -= before
		d = c.from - 1
	}
	if d < c.to {
		k := int64(c.rank[d+1-c.from]) + n
		if k <= int64(len(c.nth)) {
			return c.nth[k-1], provisional
		}
		n = k - int64(len(c.nth))
		d = c.to
	}
	return c.week.working(c.week.upTo(d) + n).plus(0), true
}

// count is the number of working days after d up to and with e, and whether
// one of those days isn't covered.
func (c *Calendar) count(d, e Day) (n int64, provisional bool) {
	if e <= d {
		return 0, false
	}
	if !c.bounded {
		return c.week.upTo(e) - c.week.upTo(d), false
	}
	provisional = d+1 < c.from || e > c.to
	if last := min(e, c.from-1); d < last {
		n += c.week.upTo(last) - c.week.upTo(d)
		d = last
	}
	if last := min(e, c.to); d < last {
		n += int64(c.rank[last+1-c.from] - c.rank[d+1-c.from])
		d = last
	}
	if d < e {
		n += c.week.upTo(e) - c.week.upTo(d)
	}
	return n, provisional
}

// roll is d if it is a working day, else the next one.
func (c *Calendar) roll(d Day) (day Day, provisional bool) { return c.after(d-1, 1) }
