package agency

import (
	"testing"
	"time"
)

// Deadlines worked by hand from the articles and the printed calendars of 2024 to
// 2026; a limit's last second is in time.
func TestLastSecondOfLimits(t *testing.T) {
	for _, c := range []struct {
		name, start, last string
		count             func(t, n int64) int64
		n                 int64
	}{
		{"the hour of the start isn't counted", "2026-03-02 10:20:00", "2026-03-03 11:00:00", wholeHours, 24},
		{"nor is a full one", "2026-03-02 10:00:00", "2026-03-03 11:00:00", wholeHours, 24},
		{"elapsed hours are counted from the second", "2026-03-02 10:20:05", "2026-03-02 22:20:05", hours, 12},
		{"custody runs into a holiday (Qingming, 4 April)", "2026-04-01 10:20:00", "2026-04-04 23:59:59", days, 3},
		{"other limits run past it: 4 to 6 April are off", "2026-04-01 10:20:00", "2026-04-07 23:59:59", daysRolled, 3},
		{"past a weekend", "2026-03-04 10:00:00", "2026-03-09 23:59:59", daysRolled, 3},
		{"to a Saturday that is made up (9 May 2026)", "2026-05-06 10:00:00", "2026-05-09 23:59:59", daysRolled, 3},
		{"past eight days of 2024's Spring Festival to the Sunday made up", "2024-02-08 10:00:00", "2024-02-18 23:59:59", daysRolled, 3},
		{"past eight days of October 2025", "2025-09-29 10:00:00", "2025-10-09 23:59:59", daysRolled, 2},
		{"a day of UTC begins at eight", "2026-03-02 07:59:59", "2026-03-03 07:59:59", daysUTC, 1},
		{"and ends there", "2026-03-02 08:00:00", "2026-03-04 07:59:59", daysUTC, 1},
		{"a weekend of UTC ends on Monday, whatever the holidays", "2026-04-02 12:00:00", "2026-04-07 07:59:59", daysUTCPastWeekend, 2},
		{"two months", "2026-01-15 10:00:00", "2026-03-15 23:59:59", monthsOf, 2},
		{"to the end of a shorter month", "2025-12-30 10:00:00", "2026-02-28 23:59:59", monthsOf, 2},
		{"from a month's end to a month's end", "2026-02-28 10:00:00", "2026-04-30 23:59:59", monthsOf, 2},
		{"a year on from a leap day", "2024-02-29 10:00:00", "2025-02-28 23:59:59", monthsOf, 12},
	} {
		if got := shown(c.count(second(t, c.start), c.n)); got != c.last {
			t.Errorf("%s: from %s to %s, want %s", c.name, c.start, got, c.last)
		}
	}
}

func monthsOf(t, n int64) int64 { return months(t, int(n)) }

// 国办 counts 251, 248 and 248 working days.
func TestWorkingDaysOfAYear(t *testing.T) {
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		n := 0
		for d := dayOf(at(year, 1, 1, 0), china); d < dayOf(at(year+1, 1, 1, 0), china); d++ {
			if works(d) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
}

func TestTimesAreWrittenAsGoWritesThem(t *testing.T) {
	zone := time.FixedZone("", int(china))
	for _, s := range []int64{0, 1, at(2024, 2, 29, 23) + 3599, at(2026, 12, 31, 0), at(2031, 1, 1, 7) + 61} {
		if got, want := string(appendTime(nil, s)), time.Unix(s, 0).In(zone).Format(time.RFC3339); got != want {
			t.Errorf("%d is written %s, want %s", s, got, want)
		}
	}
}

func second(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, time.FixedZone("", int(china)))
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

func shown(s int64) string {
	return time.Unix(s, 0).In(time.FixedZone("", int(china))).Format(time.DateTime)
}
