package clock

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a machine without a zone database must give the same dates
)

// The years for which zones keep a table. Outside, the same questions go to
// package time: slower, and answered alike.
const (
	tableFirst = Day(-29219) // 1890-01-01
	tableEnd   = Day(65744)  // 2150-01-01, the first day after the table
	tableStart = int64(tableFirst) * usPerDay
	tableSpan  = uint64(tableEnd-tableFirst) * uint64(usPerDay)
)

// Zone is a time zone of the IANA database. It doesn't change and may be used
// by many goroutines at once.
type Zone struct {
	name string
	loc  *time.Location
	// periods of one offset each, in order, without a gap, from before
	// tableFirst to beyond tableEnd.
	periods []period
	// index has, for each UTC day of the table, the period at its first
	// instant; changes later on that day are found by walking on.
	index []uint16
	asked *atomic.Bool // set where a time without offset is read; nil: nobody wants to know
}

// Watched is a copy of the zone that remembers whether an instant was made of a
// local time or a day: asked tells. Of a log whose times all have offsets it is
// false after reading, and the log is the same in every zone.
func (z *Zone) Watched() (w *Zone, asked func() bool) {
	c := *z
	c.asked = new(atomic.Bool)
	return &c, c.asked.Load
}

func (z *Zone) note() {
	if z.asked != nil && !z.asked.Load() {
		z.asked.Store(true)
	}
}

// period is a stretch of time with one offset from UTC.
type period struct {
	from, until Instant // until is the first instant after it
	off         int64   // microseconds east of UTC
}

var zones struct {
	sync.Mutex
	byName map[string]*Zone
}

// LoadZone finds a zone by its IANA name, such as "Europe/Rome" or "UTC". The
// name must be exact, capitals included; the error suggests the nearest.
// Zones are kept, so that a second call is cheap and gives the same pointer.
func LoadZone(name string) (*Zone, error) {
	zones.Lock()
	defer zones.Unlock()
	if z := zones.byName[name]; z != nil {
		return z, nil
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q names no time zone; write one of the IANA database, as Asia/Shanghai or UTC", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || !knownZone(name) {
		if near := nearZone(name); near != "" {
			return nil, fmt.Errorf("unknown time zone %q; did you mean %q?", name, near)
		}
		return nil, fmt.Errorf("unknown time zone %q; write a name of the IANA database, as Asia/Shanghai or UTC", name)
	}
	z := &Zone{name: name, loc: loc}
	z.buildTable()
	if zones.byName == nil {
		zones.byName = map[string]*Zone{}
	}
	zones.byName[name] = z
	return z, nil
}

func (z *Zone) buildTable() {
	// Three days more, so that walks which begin in the table end in it.
	end := Instant((tableEnd + 3).start())
	for t := Instant(tableStart); t < end; {
		p := z.lookup(t)
		if n := len(z.periods); n > 0 && z.periods[n-1].off == p.off {
			z.periods[n-1].until = p.until // only its name changed
		} else {
			z.periods = append(z.periods, p)
		}
		t = p.until
	}
	z.index = make([]uint16, tableEnd-tableFirst)
	i := 0
	for d := range z.index {
		t := Instant(tableStart + int64(d)*usPerDay)
		for t >= z.periods[i].until {
			i++
		}
		z.index[d] = uint16(i)
	}
}

// lookup asks package time for the period at t.
func (z *Zone) lookup(t Instant) period {
	t = min(max(t, -maxInstant), maxInstant)
	at := time.UnixMicro(int64(t)).In(z.loc)
	_, off := at.Zone()
	p := period{from: math.MinInt64, until: math.MaxInt64, off: int64(off) * usPerSecond}
	from, until := at.ZoneBounds()
	if !from.IsZero() {
		p.from = InstantOf(from)
	}
	if !until.IsZero() {
		p.until = InstantOf(until)
	}
	if p.until <= t {
		// ZoneBounds takes every year that it extrapolates for one of 365 days:
		// on the last day of a leap year the bound lies behind. Nothing changes
		// on that day, which ends at midnight UTC.
		p.until = Instant((dayOf(int64(t)) + 1).start())
	}
	return p
}

func (z *Zone) at(t Instant) period {
	if u := uint64(int64(t) - tableStart); u < tableSpan {
		i := z.index[u/uint64(usPerDay)]
		for t >= z.periods[i].until {
			i++
		}
		return z.periods[i]
	}
	return z.lookup(t)
}

// Name is the name that the zone was loaded by.
func (z *Zone) Name() string { return z.name }

// Location is the zone as package time knows it.
func (z *Zone) Location() *time.Location { return z.loc }

// Offset is the number of seconds that local time is ahead of UTC at t.
func (z *Zone) Offset(t Instant) int { return int(z.at(t).off / usPerSecond) }

// Date is the local date of t.
func (z *Zone) Date(t Instant) Day {
	t = min(max(t, -maxInstant), maxInstant)
	return dayOf(int64(t) + z.at(t).off)
}

// First is the first instant whose local date is d or later. Where midnight
// doesn't exist it is the end of the gap; where the day was left out, the
// beginning of the day after; where it comes twice, the first.
func (z *Zone) First(d Day) Instant {
	z.note()
	d = d.plus(0)
	// No zone was ever 24 hours ahead, so a day before it is not yet d.
	p := z.at(Instant((d - 1).start()))
	for {
		t := max(Instant(d.start()-p.off), p.from)
		if t < p.until {
			return t
		}
		p = z.at(p.until)
	}
}

// Last is the last instant before the day after d begins: First(d+1) less a
// microsecond.
func (z *Zone) Last(d Day) Instant { return z.First(d+1) - 1 }

// Local is the instant at which the zone's clock shows a time. One that is
// shown twice is the first; one that is never shown is read with the offset
// before the gap. Values outside their range carry over, as in time.Date.
func (z *Zone) Local(y, mo, d, h, mi, s, us int) Instant {
	return z.local(NewDay(y, time.Month(mo), d).start() +
		int64(h)*usPerHour + int64(mi)*60*usPerSecond + int64(s)*usPerSecond + int64(us))
}

// local is Local for microseconds that the zone's clock has counted.
func (z *Zone) local(shown int64) Instant {
	z.note()
	shown = min(max(shown, -int64(maxInstant)+3*usPerDay), int64(maxInstant)-3*usPerDay) // where every walk ends
	p := z.at(Instant(shown - usPerDay))
	for {
		t := Instant(shown - p.off)
		if t < p.until {
			return t
		}
		next := z.at(p.until)
		if Instant(shown-next.off) < next.from {
			return t // in the gap between the two
		}
		p = next
	}
}

// nextFullHour is the first instant after t at which the zone's clock shows a
// full hour.
func (z *Zone) nextFullHour(t Instant) Instant {
	p := z.at(t)
	t++ // strictly after
	for {
		shown := int64(max(t, p.from)) + p.off
		full := shown - mod(shown, usPerHour)
		if full < shown {
			full += usPerHour
		}
		if next := Instant(full - p.off); next < p.until {
			return next
		}
		p = z.at(p.until)
	}
}

// mod is the remainder of x by n, never negative.
func mod(x, n int64) int64 {
	if x %= n; x < 0 {
		x += n
	}
	return x
}

// Format is t as RFC 3339 with the zone's offset, and a fraction only where
// there is one: 2026-03-01T09:10:00+01:00. An offset with seconds, as local
// mean times have, is cut to minutes, and the time shown goes with it: the
// text always reads back as t.
func (z *Zone) Format(t Instant) string { return string(z.Append(make([]byte, 0, 32), t)) }

// Append appends Format(t) to b.
func (z *Zone) Append(b []byte, t Instant) []byte {
	t = min(max(t, -maxInstant), maxInstant)
	minutes := int(z.at(t).off / (60 * usPerSecond))
	local := int64(t) + int64(minutes)*60*usPerSecond
	b = append(dayOf(local).append(b), 'T')
	us := mod(local, usPerDay)
	s := int(us / usPerSecond)
	b = two(append(two(append(two(b, s/3600), ':'), s/60%60), ':'), s%60)
	if frac := int(us % usPerSecond); frac != 0 {
		b = append(b, '.')
		for unit := 100_000; frac > 0; unit /= 10 {
			b = append(b, byte('0'+frac/unit))
			frac %= unit
		}
	}
	if minutes == 0 {
		return append(b, 'Z')
	}
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return two(append(two(append(b, sign), minutes/60), ':'), minutes%60)
}

func two(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
