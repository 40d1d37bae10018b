package clock

import (
	"strings"
	"testing"
)

func calendar(t testing.TB, name string) *Calendar {
	t.Helper()
	c, ok := Builtin(name)
	if !ok {
		t.Fatalf("no calendar %s", name)
	}
	return c
}

// newClock makes the clock of a line of a test: a duration and words for its
// options, in the words of the rule language.
func newClock(t testing.TB, within, options string) *Clock {
	t.Helper()
	d, err := ParseDuration(within)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Zone: zone(t, "Asia/Shanghai")}
	for _, word := range strings.Fields(options) {
		switch word {
		case "included":
			o.StartIncluded = true
		case "whole":
			o.WholeHours = true
		case "last-to-last":
			o.LastToLast = true
		case "roll":
			o.Roll = true
		case "cn":
			o.Calendar = calendar(t, "cn")
		default:
			o.Zone = zone(t, word)
		}
	}
	c, err := New(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Worked by hand. For calendar units due is the first instant too late.
func TestDeadlines(t *testing.T) {
	for _, c := range []struct{ within, options, start, due string }{
		// Elapsed time is what the clock on the wall measures, not what it shows.
		{"90s", "", "2026-03-01T10:00:00", "2026-03-01T10:01:30"},
		{"30m", "", "2026-03-01T23:45", "2026-03-02T00:15"},
		{"24h", "", "2026-03-01T10:00", "2026-03-02T10:00"},
		{"0h", "", "2026-03-01T10:00", "2026-03-01T10:00"},
		{"24h", "included roll", "2026-02-13T10:00", "2026-02-14T10:00"}, // neither touches hours
		{"24h", "Europe/Rome", "2026-03-28T12:00", "2026-03-29T13:00"},   // a day of 23 hours
		{"24h", "Europe/Rome", "2026-10-24T12:00", "2026-10-25T11:00"},   // a day of 25 hours

		// 刑事诉讼法 105: the hour of the start isn't counted.
		{"24h", "whole", "2026-03-01T10:00", "2026-03-02T11:00"},
		{"24h", "whole", "2026-03-01T10:00:00.000001", "2026-03-02T11:00"},
		{"24h", "whole", "2026-03-01T10:59:59.999999", "2026-03-02T11:00"},
		{"90m", "whole", "2026-03-01T10:10", "2026-03-01T11:40"}, // not in hours
		// 01:30, then 03:00 summer time is the next full hour; a day on, 03:00.
		{"24h", "whole Europe/Rome", "2026-03-29T01:30", "2026-03-30T03:00"},
		// 02:00 becomes 02:30; the next full hour shown is 03:00.
		{"1h", "whole Australia/Lord_Howe", "2026-10-04T01:30", "2026-10-04T04:00"},
		// Kathmandu is 5:45 ahead: full hours are its own.
		{"1h", "whole Asia/Kathmandu", "2026-03-01T10:10", "2026-03-01T12:00"},

		// 2 March 2026 is a Monday.
		{"0d", "", "2026-03-02T10:00", "2026-03-03T00:00"},             // the day itself
		{"3d", "", "2026-03-02T10:00", "2026-03-06T00:00"},             // 3, 4, 5
		{"3d", "included", "2026-03-02T10:00", "2026-03-05T00:00"},     // 2, 3, 4
		{"3d", "", "2026-03-02T00:00", "2026-03-06T00:00"},             // its hour doesn't matter
		{"3d", "", "2026-03-02T23:59:59.9", "2026-03-06T00:00"},        //
		{"2w", "", "2026-03-02T10:00", "2026-03-17T00:00"},             // Monday the 16th
		{"2w", "included", "2026-03-02T10:00", "2026-03-16T00:00"},     // Sunday the 15th
		{"60d", "", "2024-01-15T10:00", "2024-03-16T00:00"},            // 16 + 29 + 15: the leap day counts
		{"60d", "", "2026-01-15T10:00", "2026-03-17T00:00"},            // 16 + 28 + 16
		{"90d", "Europe/Rome", "2026-03-01T09:10", "2026-05-31T00:00"}, // 30 + 30 + 30: 30 May
		{"1d", "Europe/Rome", "2026-10-24T12:00", "2026-10-26T00:00"},  // all 25 hours of the 25th
		// The 3rd is the last day; on the 4th the clock goes from 24:00 to 01:00.
		{"3d", "America/Sao_Paulo", "2018-10-31T12:00", "2018-11-04T01:00"},
		// The 29th is the last day and the 31st follows it.
		{"1d", "Pacific/Apia", "2011-12-28T12:00", "2011-12-31T00:00"},
		{"2d", "Pacific/Apia", "2011-12-28T12:00", "2011-12-31T00:00"},

		// 3 4 5 6 · 9 10 11; the weekend between doesn't count.
		{"7wd", "", "2026-03-02T10:00", "2026-03-12T00:00"},
		{"7wd", "included", "2026-03-02T10:00", "2026-03-11T00:00"}, // 2 3 4 5 6 · 9 10
		{"5wd", "", "2026-03-07T10:00", "2026-03-14T00:00"},         // Saturday: 9 to 13
		{"5wd", "included", "2026-03-07T10:00", "2026-03-14T00:00"}, // a Saturday can't count
		{"1wd", "included", "2026-03-02T10:00", "2026-03-03T00:00"}, // the day itself
		{"1wd", "roll", "2026-03-06T10:00", "2026-03-10T00:00"},     // Friday: Monday the 9th
		// Friday 13 February: 14 (Saturday, make-up) · 15 to 23 off · 24, 25.
		{"3wd", "cn", "2026-02-13T10:00", "2026-02-26T00:00"},
		// Without the holidays: 16, 17, 18.
		{"3wd", "", "2026-02-13T10:00", "2026-02-19T00:00"},
		// Thursday 8 February 2024: 9 (除夕 works) · 10 to 17 off · 18 (Sunday,
		// make-up) 19 20 21 22 23.
		{"7wd", "cn", "2024-02-08T10:00", "2024-02-24T00:00"},
		// Sunday 28 April 2024 works: 28 29 30 · 1 to 5 May off · 6 7.
		{"5wd", "included cn", "2024-04-28T10:00", "2024-05-08T00:00"},
		// Into the next year: 30, 31 December 2024 · 1 January off · 2, 3, 6.
		{"5wd", "cn", "2024-12-29T10:00", "2025-01-07T00:00"},

		// 20 January + 30 = 19 February, in the Spring Festival; 24 works.
		{"30d", "roll cn", "2026-01-20T10:00", "2026-02-25T00:00"},
		{"30d", "cn", "2026-01-20T10:00", "2026-02-20T00:00"},              // where liberty is at stake
		{"3d", "roll cn", "2026-02-11T10:00", "2026-02-15T00:00"},          // Saturday the 14th works
		{"3d", "roll", "2026-02-11T10:00", "2026-02-17T00:00"},             // to Monday the 16th
		{"1mo", "roll cn", "2026-09-01T10:00", "2026-10-09T00:00"},         // 1 October; the 8th works
		{"1w", "roll cn", "2025-01-21T10:00", "2025-02-06T00:00"},          // 28 January; 5 February works
		{"1y", "roll cn", "2025-05-02T10:00", "2026-05-07T00:00"},          // 2 May; the 6th works
		{"5d", "roll cn", "2025-09-23T10:00", "2025-09-29T00:00"},          // Sunday the 28th works
		{"5d", "roll cn included", "2025-09-23T10:00", "2025-09-29T00:00"}, // Saturday the 27th doesn't

		// The same day of the month, clamped to its end.
		{"1mo", "", "2026-01-15T10:00", "2026-02-16T00:00"},
		{"1mo", "", "2026-01-31T10:00", "2026-03-01T00:00"}, // 28 February
		{"1mo", "", "2024-01-31T10:00", "2024-03-01T00:00"}, // 29 February
		{"1mo", "", "2026-02-28T10:00", "2026-03-29T00:00"}, // 28 March
		{"13mo", "", "2026-11-30T10:00", "2027-12-31T00:00"},
		{"1y", "", "2024-02-29T10:00", "2025-03-01T00:00"}, // 28 February
		{"4y", "", "2024-02-29T10:00", "2028-03-01T00:00"}, // 29 February
		{"0mo", "", "2026-01-31T10:00", "2026-02-01T00:00"},
		// Included: the day before the same-numbered, or the month's last.
		{"1mo", "included", "2026-01-15T10:00", "2026-02-15T00:00"}, // the 14th
		{"1mo", "included", "2026-03-01T10:00", "2026-04-01T00:00"}, // 31 March
		{"1mo", "included", "2026-01-28T10:00", "2026-02-28T00:00"}, // 27 February
		{"1mo", "included", "2026-01-29T10:00", "2026-03-01T00:00"}, // no 29th: 28 February
		{"1y", "included", "2024-02-29T10:00", "2025-03-01T00:00"},  // no 29th: 28 February
		{"1y", "included", "2025-03-01T10:00", "2026-03-01T00:00"},  // 28 February
		// From a month's last day to a month's last day, whatever start says.
		{"1mo", "last-to-last", "2026-02-28T10:00", "2026-04-01T00:00"},          // 31 March
		{"1mo", "last-to-last included", "2026-02-28T10:00", "2026-04-01T00:00"}, // 31 March
		{"1mo", "last-to-last", "2024-02-28T10:00", "2024-03-29T00:00"},          // not its last day
		{"1y", "last-to-last", "2023-02-28T10:00", "2024-03-01T00:00"},           // 29 February
		{"1mo", "last-to-last", "2026-03-31T10:00", "2026-05-01T00:00"},          // 30 April
		{"1mo", "last-to-last included", "2026-03-30T10:00", "2026-04-30T00:00"}, // the day before the 30th
	} {
		clock := newClock(t, c.within, c.options)
		d := clock.Due(at(t, c.start, clock.zone))
		if got, want := clock.zone.Format(d.Due), clock.zone.Format(at(t, c.due, clock.zone)); got != want {
			t.Errorf("%s %s from %s: due %s, want %s", c.within, c.options, c.start, got, want)
		}
		if d.Provisional {
			t.Errorf("%s %s from %s is provisional", c.within, c.options, c.start)
		}
		if !clock.Elapsed() && clock.zone.Date(d.Due-1) != d.LastDay && c.options != "Pacific/Apia" {
			t.Errorf("%s %s from %s: the last day is %s, but due %s", c.within, c.options, c.start, d.LastDay, c.due)
		}
		if run := clock.Start(at(t, c.start, clock.zone)).Deadline(); run != d {
			t.Errorf("%s %s from %s: under way it is %v, plain %v", c.within, c.options, c.start, run, d)
		}
	}
}

// The calendar cn knows 2024 to 2026.
func TestProvisional(t *testing.T) {
	for _, c := range []struct {
		within, options, start, due string
		provisional                 bool
	}{
		// 29 30 31 · Friday 1 January by its weekend alone, 4 to 8, 11.
		{"10wd", "cn", "2026-12-28T10:00", "2027-01-12T00:00", true},
		{"3wd", "cn", "2026-12-28T10:00", "2027-01-01T00:00", false}, // 31 December
		{"30d", "cn", "2026-12-15T10:00", "2027-01-15T00:00", false}, // needs no calendar
		{"30d", "cn roll", "2026-12-15T10:00", "2027-01-15T00:00", true},
		{"1mo", "cn roll", "2026-11-30T10:00", "2026-12-31T00:00", false},
		{"2wd", "cn", "2023-12-28T10:00", "2024-01-03T00:00", true},          // 29 · 2
		{"1wd", "cn", "2023-12-31T10:00", "2024-01-03T00:00", false},         // the start isn't asked
		{"1wd", "cn included", "2023-12-31T10:00", "2024-01-03T00:00", true}, // here it is
		{"3wd", "cn", "2022-12-29T10:00", "2023-01-04T00:00", true},          // 30 · 2, 3
		{"800wd", "cn", "2023-12-29T10:00", "2027-03-17T00:00", true},        // 747 to 2026; 1 January, 50 to 12 March, 15, 16
	} {
		clock := newClock(t, c.within, c.options)
		d := clock.Due(at(t, c.start, clock.zone))
		if got := clock.zone.Format(d.Due); d.Due != at(t, c.due, clock.zone) || d.Provisional != c.provisional {
			t.Errorf("%s %s from %s: due %s, provisional %v; want %s, %v", c.within, c.options, c.start, got, d.Provisional, c.due, c.provisional)
		}
	}
}

func TestComparisons(t *testing.T) {
	hours, days, cn := newClock(t, "24h", ""), newClock(t, "3d", ""), newClock(t, "10wd", "cn")
	for _, c := range []struct {
		name  string
		clock *Clock
		start string
		t     string
		in    Tri
		late  Lateness
	}{
		{"hours: due itself", hours, "2026-03-01T10:00", "2026-03-02T10:00", Yes, Lateness{}},
		{"hours: a microsecond late", hours, "2026-03-01T10:00", "2026-03-02T10:00:00.000001", No, Lateness{Micros: 1}},
		{"days: the last microsecond", days, "2026-03-02T10:00", "2026-03-05T23:59:59.999999", Yes, Lateness{}},
		{"days: midnight is late", days, "2026-03-02T10:00", "2026-03-06T00:00", No, Lateness{Days: 1}},
		{"days: the week after", days, "2026-03-02T10:00", "2026-03-12T08:00", No, Lateness{Days: 7}},
		{"provisional: covered", cn, "2026-12-28T10:00", "2026-12-31T23:59", Yes, Lateness{}},
		{"provisional: not covered", cn, "2026-12-28T10:00", "2027-01-04T08:00", Unknown, Lateness{}},
		{"provisional: long after", cn, "2026-12-28T10:00", "2027-08-01T08:00", Unknown, Lateness{}},
	} {
		d, tm := c.clock.Due(at(t, c.start, c.clock.zone)), at(t, c.t, c.clock.zone)
		if got := c.clock.InTime(d, tm); got != c.in {
			t.Errorf("%s: in time %s, want %s", c.name, got, c.in)
		}
		passed := map[Tri]Tri{Yes: No, No: Yes, Unknown: Unknown}[c.in]
		if got := c.clock.Passed(d, tm); got != passed {
			t.Errorf("%s: passed %s, want %s", c.name, got, passed)
		}
		if c.in == No {
			if got := c.clock.Lateness(d, tm); got != c.late {
				t.Errorf("%s: late %v, want %v", c.name, got, c.late)
			}
		}
	}
}

// Where the clock goes back over midnight, what comes after due may still
// have the last day's date: it is late, by a day at least.
func TestLateOnTheLastDay(t *testing.T) {
	c := newClock(t, "1d", "America/St_Johns")
	d := c.Due(at(t, "2006-10-27T12:00", c.zone))
	again := at(t, "2006-10-29T02:45:00Z", nil) // 23:15 on the 28th, once more
	if c.zone.Date(again) != d.LastDay || c.InTime(d, again) != No {
		t.Fatalf("the last day is %s, %s is in time: %s", d.LastDay, c.zone.Format(again), c.InTime(d, again))
	}
	if got := c.Lateness(d, again); got != (Lateness{Days: 1}) {
		t.Errorf("late %v", got)
	}
}

func TestWarnFrom(t *testing.T) {
	for _, c := range []struct{ within, options, start, warn, want string }{
		{"24h", "", "2026-03-01T10:00", "2h", "2026-03-02T08:00"},
		{"10d", "", "2026-03-02T10:00", "3d", "2026-03-10T00:00"}, // due the 13th, 00:00
		{"10d", "", "2026-03-02T10:00", "12h", "2026-03-12T12:00"},
		{"10d", "", "2026-03-02T10:00", "1w", "2026-03-06T00:00"},
		{"3wd", "cn", "2026-02-13T10:00", "2wd", "2026-02-24T00:00"}, // due the 26th: 25, 24
		{"6mo", "", "2026-01-31T10:00", "1mo", "2026-07-01T00:00"},   // due 1 August
	} {
		clock := newClock(t, c.within, c.options)
		warn, err := ParseDuration(c.warn)
		if err != nil {
			t.Fatal(err)
		}
		got := clock.WarnFrom(clock.Due(at(t, c.start, clock.zone)), warn)
		if got != at(t, c.want, clock.zone) {
			t.Errorf("%s from %s, warned %s before: %s, want %s", c.within, c.start, c.warn, clock.zone.Format(got), c.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	z := zone(t, "UTC")
	for _, c := range []struct {
		d    Duration
		o    Options
		want string
	}{
		{Duration{0, UnitWorkingDay}, Options{Zone: z}, "counted from 1 on"},
		{Duration{0, UnitDay}, Options{Zone: z, StartIncluded: true}, "1d or more"},
		{Duration{0, UnitMonth}, Options{Zone: z, StartIncluded: true}, "1mo or more"},
		{Duration{1, UnitDay}, Options{}, "time zone"},
		{Duration{-1, UnitDay}, Options{Zone: z}, "thousand years"},
		{Duration{1001, UnitYear}, Options{Zone: z}, "thousand years"},
		{Duration{1, UnitYear + 1}, Options{Zone: z}, "one of the units"},
	} {
		if _, err := New(c.d, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d of unit %d: %v, want %s", c.d.N, c.d.Unit, err, c.want)
		}
	}
}

func TestCheckExtension(t *testing.T) {
	hours, days := newClock(t, "24h", ""), newClock(t, "7wd", "")
	for _, c := range []struct {
		clock *Clock
		d     Duration
		want  string
	}{
		{hours, Duration{48, UnitHour}, ""},
		{hours, Duration{90, UnitMinute}, ""},
		{hours, Duration{1, UnitDay}, "extended by s, m or h"},
		{days, Duration{30, UnitDay}, ""},
		{days, Duration{24, UnitHour}, "extended by d, w, wd, mo or y"},
		{days, Duration{1 << 40, UnitDay}, "thousand years"},
	} {
		err := c.clock.CheckExtension(c.d)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s by %s: %v, want %q", c.clock.Within(), c.d, err, c.want)
		}
	}
}

// Deadlines are found for every event of a log: none costs memory.
func TestDueAllocatesNothing(t *testing.T) {
	for _, c := range []struct{ within, options string }{
		{"24h", "whole"}, {"90d", "roll cn"}, {"7wd", "cn"}, {"6mo", "last-to-last"}, {"1y", "included Europe/Rome"},
	} {
		clock := newClock(t, c.within, c.options)
		start := at(t, "2026-03-02T10:00", clock.zone)
		if n := testing.AllocsPerRun(100, func() { sink = clock.Due(start).Due }); n != 0 {
			t.Errorf("%s %s: %v allocations", c.within, c.options, n)
		}
	}
}
