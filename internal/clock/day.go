package clock

import (
	"fmt"
	"time"
)

// Instant is a moment: microseconds since 1970-01-01T00:00:00Z. It is meant
// for the years 0000 to 9999; sums that leave ±270,000 years stop there
// instead of wrapping around.
type Instant int64

// Day is a local date without a zone: civil days since 1970-01-01 in the
// proleptic Gregorian calendar. Negative days are earlier.
type Day int32

const (
	usPerSecond = int64(1_000_000)
	usPerHour   = 3600 * usPerSecond
	usPerDay    = 86400 * usPerSecond

	// maxDay bounds days in both directions, so that a day in microseconds
	// still fits an Instant (1e8 × 8.64e10 < 2⁶³).
	maxDay     = 100_000_000
	maxInstant = Instant(maxDay * usPerDay)

	// eras of 400 years that lift every Day above zero, so that unsigned
	// division floors.
	eraBias = 14700
	eraDays = 146097
	// days from 0000-03-01 to 1970-01-01.
	epochDays = 719468
)

// InstantOf is t to the microsecond, the rest cut off.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is t as a time.Time in UTC.
func (t Instant) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// add is t + us, held within the range of Instant.
func (t Instant) add(us int64) Instant {
	sum := int64(t) + us
	if (us > 0 && sum < int64(t)) || sum > int64(maxInstant) {
		return maxInstant
	}
	if (us < 0 && sum > int64(t)) || sum < -int64(maxInstant) {
		return -maxInstant
	}
	return Instant(sum)
}

// NewDay is the date of year y, month m, day d. Values outside their usual
// range carry over, as in time.Date: October 32 is November 1, month 13 is
// January of the next year.
func NewDay(y int, m time.Month, d int) Day {
	y, m = normalMonth(y, int(m)-1)
	return fromCivil(y, m, d)
}

// normalMonth brings m0, months counted from zero, into the year.
func normalMonth(y, m0 int) (int, time.Month) {
	y += m0 / 12
	if m0 %= 12; m0 < 0 {
		m0 += 12
		y--
	}
	return y, time.Month(m0 + 1)
}

// fromCivil is the day number of a date whose month is 1 to 12; the
// arithmetic is that of H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms": years begin in March, so that the leap day is the last.
func fromCivil(y int, m time.Month, d int) Day {
	mp := uint64(m) + 9 // March = 12
	if m > 2 {
		mp -= 12
	} else {
		y--
	}
	shifted := uint64(y + eraBias*400)
	era := shifted / 400
	yoe := shifted % 400
	doe := yoe*365 + yoe/4 - yoe/100 + (153*mp+2)/5
	return Day(int64(era*eraDays+doe) + int64(d) - 1 - epochDays - eraBias*eraDays)
}

// Date is the year, month and day of the month of d.
func (d Day) Date() (y int, m time.Month, day int) {
	z := uint64(int64(d) + epochDays + eraBias*eraDays)
	era := z / eraDays
	doe := z % eraDays
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y = int(yoe) + int(era)*400 - eraBias*400
	m = time.Month(mp + 3)
	if mp >= 10 {
		m = time.Month(mp - 9)
		y++
	}
	return y, m, int(doy-(153*mp+2)/5) + 1
}

// Weekday is the day of the week of d.
func (d Day) Weekday() time.Weekday { return time.Weekday(weekday(d)) }

// weekday counts from Sunday = 0; 1970-01-01 was a Thursday.
func weekday(d Day) uint64 { return uint64(int64(d)+4+7*(1<<30)) % 7 }

// String is d as "2006-01-02".
func (d Day) String() string { return string(d.append(make([]byte, 0, 10))) }

func (d Day) append(b []byte) []byte {
	y, m, day := d.Date()
	if y < 0 || y > 9999 {
		return fmt.Appendf(b, "%05d-%02d-%02d", y, int(m), day)
	}
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10),
		'-', byte('0'+m/10), byte('0'+m%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// ParseDay reads a date written "2006-01-02", of the years 0000 to 9999.
func ParseDay(s string) (Day, error) {
	d, ok := parseDay([]byte(s))
	if !ok || len(s) != 10 {
		return 0, fmt.Errorf("%q is not a date; write year-month-day with two-digit months and days, as 2026-05-31", s)
	}
	return d, nil
}

// monthDays is the number of days of a month.
func monthDays(y int, m time.Month) int {
	switch m {
	case time.February:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// plus is d + n days, held within maxDay.
func (d Day) plus(n int64) Day {
	return Day(min(max(int64(d)+min(max(n, -2*maxDay), 2*maxDay), -maxDay), maxDay))
}

// start is the instant that d would begin at in UTC.
func (d Day) start() int64 { return int64(d) * usPerDay }

// dayOf is the date of local microseconds.
func dayOf(local int64) Day {
	const bias = uint64(maxDay+1000) * uint64(usPerDay)
	return Day(int64((uint64(local)+bias)/uint64(usPerDay)) - maxDay - 1000)
}
