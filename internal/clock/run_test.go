package clock

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// change reads one line of a test: "pause A B", "pause A B max D", "to D",
// "add D".
func changed(t testing.TB, r Run, line string) Run {
	t.Helper()
	words := strings.Fields(line)
	duration := func(s string) Duration {
		d, err := ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	switch z := r.c.zone; {
	case words[0] == "pause" && len(words) == 5:
		return r.PauseBounded(at(t, words[1], z), at(t, words[2], z), duration(words[4]))
	case words[0] == "pause":
		return r.Pause(at(t, words[1], z), at(t, words[2], z))
	case words[0] == "to":
		return r.ExtendTo(duration(words[1]))
	}
	return r.ExtendAdd(duration(words[1]))
}

// Worked by hand; 2 March 2026 is a Monday. After each change, due.
func TestRuns(t *testing.T) {
	for _, c := range []struct {
		within, options, start string
		changes                []string // "what → due"
	}{
		{"30d", "", "2026-03-02T10:00", []string{ // 1 April
			"pause 2026-03-10T23:00 2026-03-15T01:00 → 2026-04-07T00:00", // 5 days by date: the 6th
			"pause 2026-03-20T08:00 2026-03-20T18:00 → 2026-04-07T00:00", // the same date: none
			"add 15d → 2026-04-22T00:00",                                 // 21 April
			"to 60d → 2026-05-22T00:00",                                  // 1 May; again 5 and 15
			"to 20d → 2026-05-22T00:00",                                  // shorter: nothing
			"add 1mo → 2026-06-22T00:00",                                 // 21 May, 21 June
			"add 0d → 2026-06-22T00:00",
		}},
		{"24h", "whole", "2026-03-02T10:20", []string{ // from 11:00
			"pause 2026-03-02T12:00 2026-03-02T12:45 → 2026-03-03T11:45",
			"to 48h → 2026-03-04T11:45", // from 11:00 too
			"add 30m → 2026-03-04T12:15",
			"to 60m → 2026-03-04T12:15",
		}},
		{"7wd", "", "2026-03-02T10:00", []string{ // 3 4 5 6 · 9 10 11
			"pause 2026-03-06T10:00 2026-03-10T10:00 → 2026-03-14T00:00", // 9, 10: two; 12, 13
			"pause 2026-03-14T10:00 2026-03-15T10:00 → 2026-03-14T00:00", // a weekend: none
			"add 1wd → 2026-03-17T00:00",                                 // Monday the 16th
			"add 5d → 2026-03-22T00:00",                                  // Saturday; no roll under wd
			"add 1wd → 2026-03-24T00:00",                                 // Monday the 23rd
		}},
		{"7wd", "cn", "2026-02-09T10:00", []string{ // 10 11 12 13 14 · 24 25
			"pause 2026-02-13T10:00 2026-02-24T10:00 → 2026-02-28T00:00", // 14, 24: two; 26, 27
		}},
		// Roll once, last: the 30th day is Saturday 4 April, rolled to the 6th;
		// the addition goes on from Saturday, to Sunday, rolled to the 6th too.
		{"30d", "roll", "2026-03-05T10:00", []string{
			"add 1d → 2026-04-07T00:00",
			"add 1d → 2026-04-07T00:00", // Monday itself
			"add 1d → 2026-04-08T00:00",
		}},
		// Which comes first matters: 31 January, 28 February, 10 March …
		{"0d", "", "2026-01-31T10:00", []string{
			"add 1mo → 2026-03-01T00:00", "add 10d → 2026-03-11T00:00",
		}},
		// … or 10 February, 10 March.
		{"0d", "", "2026-01-31T10:00", []string{
			"add 10d → 2026-02-11T00:00", "add 1mo → 2026-03-11T00:00",
		}},
		{"1mo", "last-to-last", "2026-01-31T10:00", []string{ // 28 February
			"add 1mo → 2026-04-01T00:00", // the last of March
			"add 1d → 2026-04-02T00:00",
			"add 1mo → 2026-05-02T00:00", // from 1 April: 1 May
		}},
		{"1mo", "included", "2026-03-01T10:00", []string{ // 31 March
			"add 1mo → 2026-05-01T00:00", // 30 April: the day reached doesn't count
			"to 3mo → 2026-07-01T00:00",  // 31 May; again a month: 30 June
		}},
		// The unit in force says what a pause adds: 5 days, 3 of them working.
		{"7d", "", "2026-03-02T10:00", []string{ // the 9th
			"pause 2026-03-05T10:00 2026-03-10T10:00 → 2026-03-15T00:00", // 6 to 10: 5 days
			"to 10wd → 2026-03-20T00:00",                                 // the 16th; 3 working days: 19th
		}},
		// A pause of three days at most: 10 March, then 11 12 13.
		{"30d", "", "2026-03-02T10:00", []string{ // 1 April
			"pause 2026-03-10T10:00 2026-03-13T23:59 max 3d → 2026-04-05T00:00",  // 3
			"pause 2026-03-14T10:00 2026-03-18T00:00 max 3d → 2026-04-08T00:00",  // 3, not 4
			"pause 2026-03-20T10:00 2026-03-30T00:00 max 48h → 2026-04-10T00:00", // to the 22nd: 2
		}},
		{"48h", "", "2026-03-02T10:00", []string{
			"pause 2026-03-02T11:00 2026-03-02T14:00 max 2h → 2026-03-04T12:00",
			"pause 2026-03-02T15:00 2026-03-02T16:00 max 2h → 2026-03-04T13:00",
			// to the end of the day after: 31 hours from 17:00
			"pause 2026-03-02T17:00 2026-03-09T16:00 max 1d → 2026-03-05T20:00",
		}},
		// A maximum of working days: Friday the 6th, then 9 and 10.
		{"7wd", "", "2026-03-02T10:00", []string{ // the 11th
			"pause 2026-03-06T10:00 2026-03-20T10:00 max 2wd → 2026-03-14T00:00",
		}},
	} {
		clock := newClock(t, c.within, c.options)
		r := clock.Start(at(t, c.start, clock.zone))
		for _, line := range c.changes {
			what, due, _ := strings.Cut(line, " → ")
			r = changed(t, r, what)
			if got := clock.zone.Format(r.Deadline().Due); r.Deadline().Due != at(t, due, clock.zone) {
				t.Errorf("%s %s from %s: after %s due %s, want %s", c.within, c.options, c.start, what, got, due)
			}
			tellsItsDeadline(t, r)
		}
	}
}

func TestPauseEnd(t *testing.T) {
	for _, c := range []struct{ options, from, max, end, last string }{
		{"", "2026-03-06T10:00", "24h", "2026-03-07T10:00", "2026-03-07"},
		{"", "2026-03-06T10:00", "0d", "2026-03-07T00:00", "2026-03-06"},
		{"included roll", "2026-03-06T10:00", "2d", "2026-03-09T00:00", "2026-03-08"}, // the plain rule
		{"", "2026-03-06T10:00", "2wd", "2026-03-11T00:00", "2026-03-10"},
		{"", "2026-01-31T10:00", "1mo", "2026-03-01T00:00", "2026-02-28"},
	} {
		clock := newClock(t, "30d", c.options)
		max, err := ParseDuration(c.max)
		if err != nil {
			t.Fatal(err)
		}
		end, last, _ := clock.PauseEnd(at(t, c.from, clock.zone), max)
		if end != at(t, c.end, clock.zone) || last != day(t, c.last) {
			t.Errorf("%s from %s ends %s, %s; want %s, %s", c.max, c.from, clock.zone.Format(end), last, c.end, c.last)
		}
	}
}

// A deadline that hangs on days nobody has published yet says so, whatever
// they came in by.
func TestProvisionalRuns(t *testing.T) {
	for _, c := range []struct {
		within, line string
		want         bool
	}{
		{"30d", "pause 2026-12-20T10:00 2027-01-20T10:00", false}, // days by date
		{"3wd", "pause 2026-12-20T10:00 2027-01-20T10:00", true},
		{"30d", "add 30wd", true},
		{"30d", "pause 2026-12-20T10:00 2027-03-20T10:00 max 30wd", true}, // where did it end?
		{"24h", "pause 2026-12-20T10:00 2027-03-20T10:00 max 30wd", true},
		{"24h", "pause 2026-12-20T10:00 2027-03-20T10:00 max 30d", false},
	} {
		clock := newClock(t, c.within, "cn")
		r := changed(t, clock.Start(at(t, "2026-12-15T10:00", clock.zone)), c.line)
		if got := r.Deadline().Provisional; got != c.want {
			t.Errorf("%s, %s: provisional %v", c.within, c.line, got)
		}
		tellsItsDeadline(t, r)
	}
}

// tellsItsDeadline holds the explanation of r against r.
func tellsItsDeadline(t testing.TB, r Run) {
	t.Helper()
	steps := r.Steps()
	due := steps[len(steps)-1]
	if steps[0].Kind != StepStart || due.Kind != StepDue || due.Due != r.deadline.Due || due.Day != r.deadline.LastDay {
		t.Fatalf("the explanation ends with %v, the deadline is %v", due, r.deadline)
	}
	// Where the last step before the roll arrives is what was reached.
	reached, provisional := Step{}, false
	for _, s := range steps {
		switch s.Kind {
		case StepLimit, StepPause, StepExtendTo, StepExtendAdd:
			reached = s
		case StepProvisional:
			provisional = true
		}
	}
	if reached.Day != r.day || reached.Due != r.due || provisional != r.deadline.Provisional {
		t.Fatalf("the explanation arrives at %v, the run at %v", reached, r.reached)
	}
}

func TestSteps(t *testing.T) {
	clock := newClock(t, "30d", "roll cn")
	r := clock.Start(at(t, "2026-01-10T10:00", clock.zone)) // 9 February
	r = changed(t, r, "pause 2026-01-12T10:00 2026-01-15T10:00 max 2d")
	r = changed(t, r, "to 10d")
	r = changed(t, r, "to 1mo")
	r = changed(t, r, "add 3d")
	var got []string
	for _, s := range r.Steps() {
		got = append(got, fmt.Sprintf("%d %s %s %d %d %v %v", s.Kind, s.Day, s.D, s.Count, len(s.DaysOff), s.Bounded, s.Again))
	}
	want := []string{
		fmt.Sprint(StepStart, " 2026-01-10 0s 0 0 false false"),
		fmt.Sprint(StepExcluded, " 2026-01-10 0s 0 0 false false"),
		fmt.Sprint(StepLimit, " 2026-02-09 30d 0 0 false false"),
		fmt.Sprint(StepPause, " 2026-02-11 2d 2 0 true false"),
		fmt.Sprint(StepNoEffect, " 2026-01-22 10d 0 0 false false"), // 20 January and 2 days
		fmt.Sprint(StepExtendTo, " 2026-02-10 1mo 0 0 false false"),
		fmt.Sprint(StepPause, " 2026-02-12 2d 2 0 true true"),
		fmt.Sprint(StepExtendAdd, " 2026-02-15 3d 0 0 false false"),
		fmt.Sprint(StepRoll, " 2026-02-24 0s 9 9 false false"), // 15 to 23
		fmt.Sprint(StepDue, " 2026-02-24 0s 0 0 false false"),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// slow follows the words of the rule language one day at a time.
type slow struct {
	c     *Clock
	start Instant
}

func (s slow) goOn(d Day, n Duration) Day {
	switch n.Unit {
	case UnitWeek:
		return s.goOn(d, Duration{7 * n.N, UnitDay})
	case UnitYear:
		return s.goOn(d, Duration{12 * n.N, UnitMonth})
	case UnitMonth:
		y, m, dom := d.Date()
		for range n.N {
			if m++; m > 12 {
				y, m = y+1, 1
			}
		}
		to := NewDay(y, m, 1)
		wantsLast := false
		if s.c.opts.LastToLast && (d+1).month() != d.month() {
			wantsLast = true
		}
		for (to+1).month() == to.month() && (wantsLast || to.dom() < dom) {
			to++
		}
		return to
	}
	for left := n.N; left > 0; {
		d++
		if n.Unit == UnitDay || s.c.cal.Working(d) {
			left--
		}
	}
	return d
}

func (d Day) month() int { _, m, _ := d.Date(); return int(m) }
func (d Day) dom() int   { _, _, dom := d.Date(); return dom }

func (s slow) limit(n Duration) Day {
	d := s.c.zone.Date(s.start)
	if !s.c.opts.StartIncluded {
		return s.goOn(d, n)
	}
	switch last := s.goOn(d, n); {
	case n.Unit == UnitWorkingDay:
		return s.goOn(d-1, n)
	case n.Unit < UnitMonth, last.dom() == d.dom() && !(s.c.opts.LastToLast && (d+1).dom() == 1):
		return last - 1
	default:
		return last
	}
}

func (s slow) roll(d Day) Day {
	if s.c.opts.Roll && s.c.within.Unit != UnitWorkingDay {
		for !s.c.cal.Working(d) {
			d++
		}
	}
	return d
}

// Runs of days against a calendar walked day by day; and the copies that a
// run leaves behind stay as they were.
func TestRunsAgainstSlow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		unit := rapid.SampledFrom([]Unit{UnitDay, UnitWeek, UnitWorkingDay, UnitMonth, UnitYear})
		duration := func(label string) Duration {
			u := unit.Draw(rt, label+" unit")
			return Duration{rapid.Int64Range(1, map[Unit]int64{UnitYear: 3, UnitMonth: 14}[u]+20*int64(b2i(u < UnitMonth))+1).Draw(rt, label), u}
		}
		o := Options{Zone: zone(t, rapid.SampledFrom(testZones).Draw(rt, "zone")),
			StartIncluded: rapid.Bool().Draw(rt, "included"), LastToLast: rapid.Bool().Draw(rt, "last-to-last"),
			Roll: rapid.Bool().Draw(rt, "roll")}
		if rapid.Bool().Draw(rt, "cn") {
			o.Calendar = calendar(t, "cn")
		}
		c, err := New(duration("within"), o)
		if err != nil {
			rt.Fatal(err)
		}
		instant := func(label string) Instant {
			return Instant(rapid.Int64Range(int64(fromCivil(2023, 6, 1).start()), int64(fromCivil(2027, 6, 1).start())).Draw(rt, label))
		}
		start := instant("start")
		s, r := slow{c, start}, c.Start(start)
		type shift func(d Day, unit Unit) Day
		var shifts []shift
		within, last := c.within, s.limit(c.within)
		replay := func(n Duration) Day {
			d := s.limit(n)
			for _, f := range shifts {
				d = f(d, n.Unit)
			}
			return d
		}
		var line []Run
		for range rapid.IntRange(0, 5).Draw(rt, "changes") {
			line = append(line, r)
			switch rapid.IntRange(0, 2).Draw(rt, "kind") {
			case 0:
				n := duration("to")
				r = r.ExtendTo(n)
				if d := replay(n); d >= last {
					within, last = n, d
				}
			case 1:
				n := duration("add")
				r = r.ExtendAdd(n)
				shifts = append(shifts, func(d Day, _ Unit) Day { return s.goOn(d, n) })
				last = replay(within)
			case 2:
				from := instant("from")
				to := from + Instant(rapid.Int64Range(0, 40*usPerDay).Draw(rt, "length"))
				r = r.Pause(from, to)
				shifts = append(shifts, func(d Day, unit Unit) Day {
					n := Duration{0, UnitDay}
					if unit == UnitWorkingDay {
						n.Unit = unit
					}
					for p := c.zone.Date(from) + 1; p <= c.zone.Date(to); p++ {
						if n.Unit == UnitDay || c.cal.Working(p) {
							n.N++
						}
					}
					return s.goOn(d, n)
				})
				last = replay(within)
			}
			if got, want := r.Deadline().LastDay, s.roll(last); got != want || r.Deadline().Due != c.zone.First(want+1) {
				rt.Fatalf("%s from %s: the last day is %s, want %s", c.within, c.zone.Format(start), got, want)
			}
			tellsItsDeadline(t, r)
		}
		for i, old := range line {
			if i > 0 && old.changes == r.changes {
				rt.Fatal("a copy changed with its successor")
			}
			tellsItsDeadline(t, old)
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Runs of one key go on alike; what makes a difference later is in the key.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name, within string
		a, b         []string
		same         bool
	}{
		{"one pause or two", "30d", []string{"pause 2026-03-05 2026-03-09"}, []string{"pause 2026-03-04 2026-03-06", "pause 2026-03-10 2026-03-12"}, false}, // 1 and 2 working days
		{"as long, as many working days", "30d", []string{"pause 2026-03-02 2026-03-06"}, []string{"pause 2026-03-09 2026-03-11", "pause 2026-03-11 2026-03-13"}, true},
		{"an extension without effect", "30d", []string{"to 3d"}, nil, true},
		{"a month and a day", "30d", []string{"add 1mo", "add 1d"}, []string{"add 1d", "add 1mo"}, false},
		{"an hour, sixty minutes", "24h", []string{"add 1h"}, []string{"pause 2026-03-03T10:00 2026-03-03T10:30", "add 30m"}, true},
		{"another limit, as far", "24h", []string{"add 1h"}, []string{"to 25h"}, false},
	} {
		clock := newClock(t, c.within, "")
		run := func(lines []string) Run {
			r := clock.Start(at(t, "2026-03-02T10:00", clock.zone))
			for _, line := range lines {
				r = changed(t, r, line)
			}
			return r
		}
		if same := run(c.a).Key() == run(c.b).Key(); same != c.same {
			t.Errorf("%s: equal keys %v", c.name, same)
		}
	}
}
