package clock

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The sums that the notices' readers published: weekdays of the year less the
// statutory days, 11 in 2024 and 13 since.
func TestChinaWorkingDaysOfTheYear(t *testing.T) {
	cn := calendar(t, "cn")
	for year, want := range map[int]int64{2024: 251, 2025: 248, 2026: 248} {
		first, last := NewDay(year, time.January, 1), NewDay(year, time.December, 31)
		got, provisional := cn.count(first-1, last)
		if got != want || provisional {
			t.Errorf("%d has %d working days (provisional %v), want %d", year, got, provisional, want)
		}
	}
	from, to, bounded := cn.Coverage()
	if from.String() != "2024-01-01" || to.String() != "2026-12-31" || !bounded || cn.Zone() != "Asia/Shanghai" {
		t.Errorf("cn covers %s to %s in %s", from, to, cn.Zone())
	}
	if !strings.Contains(cn.Source(), "国务院办公厅关于2026年部分节假日安排的通知") {
		t.Errorf("the source of cn is %q", cn.Source())
	}
}

func TestChinaDays(t *testing.T) {
	cn, weekends := calendar(t, "cn"), Weekends()
	for _, c := range []struct {
		day          string
		cn, weekends bool
	}{
		{"2024-02-09", true, true},  // 除夕, a Friday: worked in 2024
		{"2024-02-12", false, true}, // 春节, a Monday
		{"2024-02-18", true, false}, // a Sunday made up
		{"2025-01-28", false, true}, // 除夕, statutory since 2025
		{"2025-10-11", true, false}, // a Saturday made up
		{"2026-02-23", false, true}, // the ninth day, a Monday
		{"2026-02-28", true, false}, // a Saturday made up
		{"2026-09-25", false, true}, // 中秋, a Friday
		{"2026-10-08", true, true},  // the day after 国庆
		{"2027-10-01", true, true},  // not covered: by the weekend
		{"2027-10-02", false, false},
	} {
		if got := cn.Working(day(t, c.day)); got != c.cn {
			t.Errorf("cn: %s works %v", c.day, got)
		}
		if got := weekends.Working(day(t, c.day)); got != c.weekends {
			t.Errorf("weekends: %s works %v", c.day, got)
		}
	}
	if cn.Covers(day(t, "2023-12-31")) || !cn.Covers(day(t, "2024-01-01")) || !cn.Covers(day(t, "2026-12-31")) || cn.Covers(day(t, "2027-01-01")) {
		t.Error("cn covers other days than 2024-01-01 to 2026-12-31")
	}
	if !weekends.Covers(-maxDay) || !weekends.Covers(maxDay) || weekends.Name() != "weekends" || cn.Name() != "cn" {
		t.Error("weekends covers all days")
	}
	if _, ok := Builtin("mars"); ok {
		t.Error("a calendar for mars")
	}
}

const gulf = `
name: gulf
source: Official Gazette, no. 7
zone: Asia/Dubai
weekend: [Friday, saturday]
covers: 2026-01-01..2026-03-31
off: [2026-01-01, [2026-02-02 .. 2026-02-12, [2026-03-01]]]
work: [2026-01-02]
`

// Counting and stepping by tables against walking day by day, in and out of
// what is covered.
func TestCountingAgainstWalking(t *testing.T) {
	other, err := ParseCalendar("gulf.yaml", []byte(gulf))
	if err != nil {
		t.Fatal(err)
	}
	calendars := []*Calendar{Weekends(), calendar(t, "cn"), other}
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.SampledFrom(calendars).Draw(rt, "calendar")
		d := Day(rapid.Int32Range(int32(fromCivil(2023, 1, 1)), int32(fromCivil(2027, 12, 31))).Draw(rt, "day"))
		n := rapid.Int64Range(1, 1200).Draw(rt, "n")
		want, uncovered := d, false
		for left := n; left > 0; {
			want++
			uncovered = uncovered || !c.Covers(want)
			if c.Working(want) {
				left--
			}
		}
		if got, provisional := c.after(d, n); got != want || provisional != uncovered {
			rt.Fatalf("%s: %d working days after %s: %s, %v; want %s, %v", c.Name(), n, d, got, provisional, want, uncovered)
		}
		if got, provisional := c.count(d, want); got != n || provisional != uncovered {
			rt.Fatalf("%s: from %s to %s: %d, %v; want %d, %v", c.Name(), d, want, got, provisional, n, uncovered)
		}
		if rolled, _ := c.roll(want); rolled != want {
			rt.Fatalf("%s: the working day %s rolls to %s", c.Name(), want, rolled)
		}
	})
}

func TestParseCalendar(t *testing.T) {
	c, err := ParseCalendar("gulf.yaml", []byte(gulf))
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[string]bool{
		"2026-01-01": false, "2026-01-02": true, "2026-01-03": false, "2026-01-04": true, // a Sunday
		"2026-02-01": true, "2026-02-02": false, "2026-02-12": false, "2026-03-01": false,
		"2026-04-03": false, "2026-04-05": true, // outside: by its own weekend
	} {
		if got := c.Working(day(t, d)); got != want {
			t.Errorf("%s works %v", d, got)
		}
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	const head = "name: x\nsource: y\nzone: UTC\n" // three lines
	const covers = head + "covers: {from: 2026-01-01, to: 2026-12-31}\n"
	for _, c := range []struct{ file, want string }{
		{"", "f.yaml:1:1: the file is empty"},
		{"- a\n", "f.yaml:1:1: expected keys and values"},
		{"name: x\n", "f.yaml:1:1: source is missing"},
		{head, "f.yaml:1:1: covers is missing"},
		{"name: [x\n", "f.yaml:1:1: did not find expected"},
		{covers + "hollidays: []\n", `f.yaml:5:1: unknown key "hollidays"; expected one of name, source`},
		{covers + "weekends: []\n", `f.yaml:5:1: unknown key "weekends"; did you mean "weekend"?`},
		{covers + "name: y\n", "f.yaml:5:1: name is there twice"},
		{"name: \nsource: y\nzone: UTC\ncovers: 2026-01-01..2026-12-31\n", "f.yaml:1:6: expected a text"},
		{"name: x\nsource: []\nzone: UTC\ncovers: 2026-01-01..2026-12-31\n", "f.yaml:2:9: source is empty"},
		{"name: x\nsource: y\nzone: Europe/Roma\ncovers: 2026-01-01..2026-12-31\n", `f.yaml:3:7: unknown time zone "Europe/Roma"; did you mean "Europe/Rome"?`},
		{head + "covers: 2026-12-31..2026-01-01\n", "f.yaml:4:9: the range ends on 2026-01-01, before it begins"},
		{head + "covers: {from: 2026-12-31, to: 2026-01-01}\n", "f.yaml:4:9: covers ends on 2026-01-01, before it begins"},
		{head + "covers: {from: 2026-12-31}\n", "f.yaml:4:9: covers has a from and a to"},
		{head + "covers: {from: 2026-01-01..2026-01-02, to: 2026-12-31}\n", "f.yaml:4:9: from and to are one date each"},
		{head + "covers: {from: 2026-01-01, til: 2026-12-31}\n", `f.yaml:4:28: unknown key "til"`},
		{head + "covers: 0001-01-01..9999-12-31\n", "at most 400 years"},
		{head + "covers: 2026\n", "f.yaml:4:9: \"2026\" is not a date"},
		{covers + "weekend: saturday\n", "f.yaml:5:10: weekend is a list of days"},
		{covers + "weekend: [satruday]\n", `f.yaml:5:11: unknown day of the week "satruday"; did you mean "saturday"?`},
		{covers + "weekend: [sunday, monday, tuesday, wednesday, thursday, friday, saturday]\n", "no working day is left"},
		{covers + "off: 2026-01-01\n", "f.yaml:5:6: expected a list of dates"},
		{covers + "off:\n  - 2026-02-30\n", `f.yaml:6:5: "2026-02-30" is not a date`},
		{covers + "off:\n  - {a: b}\n", "f.yaml:6:5: expected a date"},
		{covers + "off:\n  - 2026-12-30..2027-01-02\n", "f.yaml:6:5: 2026-12-30..2027-01-02 is outside covers"},
		{covers + "off: [2026-01-03]\nwork: [2026-01-03]\n", "f.yaml:6:8: 2026-01-03 is under off and under work"},
		{covers + "work: [2026-01-05]\n", "f.yaml:5:8: 2026-01-05 is a Monday and a working day already"},
		{covers + "off: &a [2026-01-05]\nwork: *a\n", "f.yaml:6:7: expected a list of dates"},
		{covers + "---\nname: z\n", "f.yaml:5:1: a second document"},
		{strings.Repeat("#", maxCalendarBytes+1), "at most 1048576 are read"},
	} {
		_, err := ParseCalendar("f.yaml", []byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200s\n%v, want %s", c.file, err, c.want)
		}
	}
}

func FuzzParseCalendar(f *testing.F) {
	f.Add([]byte(gulf))
	f.Add(cnYAML)
	f.Add([]byte("name: x\nsource: [y]\nzone: UTC\ncovers: {from: 2026-01-01, to: 2026-12-31}\noff: [[[2026-01-01]]]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCalendar("f.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml") {
				t.Fatalf("no place in %v", err)
			}
			return
		}
		from, to, ok := c.Coverage()
		if !ok || from > to || int(to-from)+2 != len(c.rank) || c.Name() == "" || c.Source() == "" {
			t.Fatalf("%+v", c)
		}
		if d, _ := c.roll(from); d < from || !c.Working(d) {
			t.Fatalf("%s rolls to %s", from, d)
		}
	})
}
