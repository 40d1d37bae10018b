package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Int is n with its thousands grouped: 1,234,567. Minus is U+2212.
func (w Words) Int(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Number is f as a person writes it: grouped, at most two decimals.
func (w Words) Number(f float64) string {
	if math.Abs(f) >= 1e15 {
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	r := math.Round(f*100) / 100
	whole := w.Int(int(r))
	if r == math.Trunc(r) {
		return whole
	}
	s := strconv.FormatFloat(math.Abs(r), 'f', -1, 64)
	if r < 0 && !strings.HasPrefix(whole, "−") {
		whole = "−" + whole
	}
	return whole + s[strings.IndexByte(s, '.'):]
}

// Percent is a share of one as a percentage with one decimal. Only all is
// 100% and only none is 0%: what rounding would hide is said.
func (w Words) Percent(share float64) string {
	tenths := math.Round(share * 1000)
	switch {
	case share == 1:
		return "100%"
	case share == 0:
		return "0%"
	case tenths >= 1000:
		return ">99.9%"
	case tenths <= 0:
		return "<0.1%"
	}
	return strconv.FormatFloat(tenths/10, 'f', 1, 64) + "%"
}

// Bytes is a size in decimal units: 2.4 MB.
func (w Words) Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, u := float64(n), 0
	for f >= 999.5 && u < len(units)-1 {
		f, u = f/1000, u+1
	}
	if u == 0 || f >= 99.95 {
		return fmt.Sprintf("%.0f %s", f, units[u])
	}
	return fmt.Sprintf("%.1f %s", f, units[u])
}

// Day is a date: 2012-05-31 in both languages, because it stands in columns.
func (w Words) Day(d clock.Day) string { return d.String() }

// Time is an instant on the zone's clock, 2012-05-31 14:05, with seconds only
// where there are any.
func (w Words) Time(z *clock.Zone, t clock.Instant) string {
	at := t.Time().In(z.Location())
	if at.Second() != 0 {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format("2006-01-02 15:04")
}

// At is Time, or the date alone where that is all that is known.
func (w Words) At(z *clock.Zone, t clock.Instant, onDay bool) string {
	if onDay {
		return w.Day(z.Date(t))
	}
	return w.Time(z, t)
}

// Due is when a deadline runs out. Limits that count days end at 24:00 of
// their last day, never at 00:00 of the next.
func (w Words) Due(z *clock.Zone, d clock.Deadline, elapsed bool) string {
	if elapsed {
		return w.Time(z, d.Due)
	}
	return w.Day(d.LastDay) + " 24:00"
}

// DueInWords is Due within a sentence: "24:00 of 14 Nov 2012".
func (w Words) DueInWords(z *clock.Zone, d clock.Deadline, elapsed bool) string {
	day, hour := d.LastDay, "24:00"
	if elapsed {
		at := d.Due.Time().In(z.Location())
		day, hour = z.Date(d.Due), at.Format("15:04")
		if at.Second() != 0 {
			hour = at.Format("15:04:05")
		}
	}
	y, m, dom := day.Date()
	if w.Lang == errs.Zh {
		return fmt.Sprintf("%d 年 %d 月 %d 日 %s", y, int(m), dom, hour)
	}
	return fmt.Sprintf("%s of %d %s %d", hour, dom, time.Month(m).String()[:3], y)
}

// Lateness is by how much something was late: days, or elapsed time in the two
// units that matter at its size.
func (w Words) Lateness(l clock.Lateness) string {
	if l.Micros == 0 {
		return w.N("unit.day", l.Days)
	}
	return w.Span(l.Micros)
}

// Span is a length of time in microseconds: from two days on in days and
// hours, then in hours and minutes, minutes, seconds.
func (w Words) Span(us int64) string {
	sign := ""
	if us < 0 {
		sign, us = "−", -us
	}
	s := us / 1_000_000
	switch {
	case s >= 48*3600:
		return sign + w.T("unit.d_h", w.Int(int(s/86400)), s%86400/3600)
	case s >= 3600:
		return sign + w.T("unit.h_min", s/3600, s%3600/60)
	case s >= 60:
		return sign + w.T("unit.min_s", s/60, s%60)
	case s > 0 || us == 0:
		return sign + w.T("unit.s", s)
	}
	return sign + w.T("unit.under_s")
}

// Millis is how long the program took: 0.8 s, 12.3 s, then as Span.
func (w Words) Millis(ms int64) string {
	if ms >= 60_000 {
		return w.Span(ms * 1000)
	}
	return w.T("unit.s_decimal", strconv.FormatFloat(float64(ms)/1000, 'f', either(ms < 100, 3, 1), 64))
}

func either(cond bool, a, b int) int {
	if cond {
		return a
	}
	return b
}

// Duration is a limit as a rule writes it, in words: 90 days, 7 working days.
func (w Words) Duration(d clock.Duration) string {
	key := [...]string{clock.UnitSecond: "unit.second", clock.UnitMinute: "unit.minute", clock.UnitHour: "unit.hour", clock.UnitDay: "unit.day",
		clock.UnitWeek: "unit.week", clock.UnitWorkingDay: "unit.working_day", clock.UnitMonth: "unit.month", clock.UnitYear: "unit.year"}[d.Unit]
	return w.N(key, int(d.N))
}

// List joins names: a, b or c.
func (w Words) List(names []string) string {
	if len(names) == 0 {
		return ""
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return w.T("list.or", strings.Join(names[:last], w.T("list.comma")), names[last])
}
