package agency

import "time"

// Time here is whole seconds since 1970 UTC. China has had one time without
// summer time since 1991, so that its zone is a number; the rules that belong to
// no country count the days of UTC.
const (
	hour = 3600
	day  = 24 * hour

	china = 8 * hour // ahead of UTC
	utc   = 0
)

// never is later than everything.
const never = int64(1) << 60

// at is an instant by the clocks of China.
func at(year int, month time.Month, d, h int) int64 {
	return time.Date(year, month, d, h, 0, 0, 0, time.UTC).Unix() - china
}

// dayOf is the number of the day, since 1970, on which t falls.
func dayOf(t, zone int64) int64 {
	return floorDiv(t+zone, day)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// lastSecond is that of a day.
func lastSecond(d, zone int64) int64 { return (d+1)*day - zone - 1 }

// startOf is the first second of a day in China.
func startOf(d int64) int64 { return d*day - china }

// Days off and make-up working days in mainland China, from the yearly notices
// of the State Council: 国办发明电〔2023〕7号 for 2024, 国办发明电〔2024〕12号 for
// 2025, the notice of 2025-11-04 for 2026. Other Saturdays and Sundays are off,
// other weekdays work. Nothing is known of later years, so that a simulation ends
// before them.
var (
	daysOff = [][2]string{
		{"2024-01-01", "2024-01-01"}, {"2024-02-10", "2024-02-17"}, {"2024-04-04", "2024-04-06"}, {"2024-05-01", "2024-05-05"},
		{"2024-06-10", "2024-06-10"}, {"2024-09-15", "2024-09-17"}, {"2024-10-01", "2024-10-07"},
		{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
		{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
		{"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"},
		{"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"}, {"2026-10-01", "2026-10-07"},
	}
	daysMadeUp = []string{
		"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
		"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
	}
)

// The first day of a simulation is a Monday and a holiday; the calendar ends
// with 2026.
var (
	firstDay = dateNumber("2024-01-01")
	lastDay  = dateNumber("2026-12-31")
)

// workingDay says of each day since 2024-01-01 whether offices are open.
var workingDay = workingDays()

func workingDays() []bool {
	open := make([]bool, lastDay-firstDay+1)
	for i := range open {
		open[i] = !weekend(firstDay + int64(i))
	}
	for _, r := range daysOff {
		for d := dateNumber(r[0]); d <= dateNumber(r[1]); d++ {
			open[d-firstDay] = false
		}
	}
	for _, s := range daysMadeUp {
		open[dateNumber(s)-firstDay] = true
	}
	return open
}

func dateNumber(s string) int64 {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic("agency: " + err.Error()) // a date of the table above
	}
	return t.Unix() / day
}

// works says whether a day is a working day in China; beyond the notices, any
// weekday.
func works(d int64) bool {
	if d < firstDay || d > lastDay {
		return !weekend(d)
	}
	return workingDay[d-firstDay]
}

// weekend: 1970-01-01 was a Thursday.
func weekend(d int64) bool { return (d+3)%7 >= 5 }

// What follows gives the last second that is in time.

// hours: "持续的时间不得超过…小时": from the second of the start.
func hours(t, n int64) int64 { return t + n*hour }

// wholeHours: "期间开始的时…不算在期间以内" (刑诉105): the hour in which it starts
// isn't counted; 10:20 counts from 11:00, and so does 10:00.
func wholeHours(t, n int64) int64 { return (floorDiv(t, hour) + 1 + n) * hour }

// days: the day of the start isn't counted, and no last day moves (在押期间).
func days(t, n int64) int64 { return lastSecond(dayOf(t, china)+n, china) }

// daysRolled: "期间的最后一日为节假日的，以节假日后的第一日为期满日期".
func daysRolled(t, n int64) int64 { return lastSecond(nextWorking(dayOf(t, china)+n), china) }

func nextWorking(d int64) int64 {
	for !works(d) {
		d++
	}
	return d
}

// daysUTC and daysUTCPastWeekend count the days of no country, in which nothing
// but Saturday and Sunday is known to be closed.
func daysUTC(t, n int64) int64 { return lastSecond(dayOf(t, utc)+n, utc) }

func daysUTCPastWeekend(t, n int64) int64 {
	d := dayOf(t, utc) + n
	for weekend(d) {
		d++
	}
	return lastSecond(d, utc)
}

// months: to the same day of a later month, or to its end if it is shorter; from
// a month's last day to a month's last day.
func months(t int64, n int) int64 { return lastSecond(addMonths(dayOf(t, china), n), china) }

// lastOfMonth says whether a day is its month's last.
func lastOfMonth(d int64) bool { return time.Unix((d+1)*day, 0).UTC().Day() == 1 }

func addMonths(d int64, n int) int64 {
	from := time.Unix(d*day, 0).UTC()
	first := time.Date(from.Year(), from.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	end := first.AddDate(0, 1, -1)
	last := from.Day()
	if lastOfMonth(d) || last > end.Day() {
		last = end.Day()
	}
	return first.AddDate(0, 0, last-1).Unix() / day
}

// dates are the days from 2024 to 2029 as text.
var dates = func() []string {
	out := make([]string, 6*365)
	for i := range out {
		out[i] = dateText(firstDay + int64(i))
	}
	return out
}()

func dateText(d int64) string { return time.Unix(d*day, 0).UTC().Format(time.DateOnly) }
