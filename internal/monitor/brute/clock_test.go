package brute

import (
	"testing"
	"time"
)

func TestLastDays(t *testing.T) {
	run := func(start, end string, d Duration, c counting) {
		t.Helper()
		if c.calendar == nil {
			c.calendar = weekends
		}
		parse := func(s string) Day {
			at, err := time.Parse(time.DateOnly, s)
			if err != nil {
				t.Fatal(err)
			}
			return Date(at.Date())
		}
		if got := c.from(parse(start), d); got != parse(end) {
			t.Errorf("%v from %s: %s, want %s (%+v)", d, start, got, end, c)
		}
	}
	included, lastToLast := counting{included: true}, counting{lastToLast: true}
	both := counting{included: true, lastToLast: true}

	run("2026-03-01", "2026-05-30", Duration{90, "d"}, counting{})
	run("2026-03-01", "2026-05-29", Duration{90, "d"}, included)
	run("2026-03-01", "2026-03-15", Duration{2, "w"}, counting{})
	run("2026-03-01", "2026-03-14", Duration{2, "w"}, included)
	run("2026-03-01", "2026-03-01", Duration{0, "d"}, counting{})

	run("2026-03-06", "2026-03-09", Duration{1, "wd"}, counting{}) // a Friday
	run("2026-03-06", "2026-03-06", Duration{1, "wd"}, included)
	run("2026-03-07", "2026-03-09", Duration{1, "wd"}, included) // a Saturday doesn't count
	run("2026-03-07", "2026-03-10", Duration{2, "wd"}, counting{})

	run("2026-01-31", "2026-02-28", Duration{1, "mo"}, counting{})
	run("2024-01-31", "2024-02-29", Duration{1, "mo"}, counting{})
	run("2024-02-29", "2025-02-28", Duration{1, "y"}, counting{})
	run("2026-03-15", "2026-04-14", Duration{1, "mo"}, included)
	run("2026-03-01", "2026-03-31", Duration{1, "mo"}, included)
	run("2026-01-31", "2026-02-28", Duration{1, "mo"}, included) // no 31st: its last day
	run("2026-11-30", "2027-02-28", Duration{3, "mo"}, included) // nor a 30th
	run("2024-02-29", "2024-03-29", Duration{1, "mo"}, counting{})
	run("2024-02-29", "2024-03-31", Duration{1, "mo"}, lastToLast)
	run("2024-02-28", "2024-03-28", Duration{1, "mo"}, lastToLast) // not its month's last
	run("2026-04-30", "2026-05-31", Duration{1, "mo"}, both)       // whatever start says
	run("2026-04-29", "2026-05-28", Duration{1, "mo"}, both)
	run("2023-02-28", "2024-02-29", Duration{1, "y"}, lastToLast)
}

func TestClockInstants(t *testing.T) {
	check := func(what string, got Instant, zone, want string) {
		t.Helper()
		if shown := show(got, location(zone)); shown != want {
			t.Errorf("%s in %s: %s, want %s", what, zone, shown, want)
		}
	}
	first := func(zone, want string, day Day) {
		t.Helper()
		check("first instant of "+day.String(), firstInstantOf(day, location(zone)), zone, want)
	}
	first("Europe/Rome", "2024-03-31T00:00:00+01:00", Date(2024, 3, 31))
	first("Europe/Rome", "2024-04-01T00:00:00+02:00", Date(2024, 4, 1))
	first("America/Sao_Paulo", "2017-10-15T01:00:00-02:00", Date(2017, 10, 15)) // midnight is skipped
	first("America/Sao_Paulo", "2017-02-19T00:00:00-03:00", Date(2017, 2, 19))  // 23:00 comes twice
	first("America/Havana", "2024-11-03T00:00:00-04:00", Date(2024, 11, 3))     // midnight comes twice
	first("Pacific/Apia", "2011-12-31T00:00:00+14:00", Date(2011, 12, 30))      // no such date

	hour := func(zone, from, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, from)
		if err != nil {
			t.Fatal(err)
		}
		check("full hour after "+from, nextFullHour(at.UnixMicro(), location(zone)), zone, want)
	}
	hour("UTC", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z")
	hour("UTC", "2026-03-01T10:00:01Z", "2026-03-01T11:00:00Z")
	hour("Europe/Rome", "2024-03-31T01:30:00+01:00", "2024-03-31T03:00:00+02:00")
	hour("Europe/Rome", "2024-10-27T02:30:00+02:00", "2024-10-27T02:00:00+01:00")
	// The clock goes from 02:00 back to 01:30, so the next full hour is the second 02:00.
	hour("Australia/Lord_Howe", "2024-04-07T01:45:00+11:00", "2024-04-07T02:00:00+10:30")
	hour("Australia/Lord_Howe", "2024-10-06T01:45:00+10:30", "2024-10-06T03:00:00+11:00")
}

func TestPausesAndExtensions(t *testing.T) {
	const a = "2026-03-02T09:00 A\n" // a Monday
	run(t, []example{
		{name: "a pause adds its dates", rule: follow(3, "d").with(paused), events: a + "2026-03-03T23:00 P\n2026-03-04T01:00 Q", want: "e1 running, due 2026-03-07T00:00:00Z"},
		{name: "a pause adds its length", rule: follow(24, "h").with(paused), events: a + "2026-03-02T23:00 P\n2026-03-03T01:00 Q", want: "e1 running, due 2026-03-03T11:00:00Z"},
		{name: "a pause adds its working days", rule: follow(3, "wd").with(paused), events: a + "2026-03-03T23:00 P\n2026-03-05T01:00 Q", want: "e1 running, due 2026-03-10T00:00:00Z"},
		{name: "a weekend's pause adds no working day", rule: follow(5, "wd").with(paused), events: a + "2026-03-06T23:00 P\n2026-03-08T01:00 Q", want: "e1 breached, due 2026-03-10T00:00:00Z", asOf: "2026-03-10"},
		{name: "no due while open", rule: follow(3, "d").with(paused), events: a + "2026-03-03T23:00 P", asOf: "2027-01-01", want: "e1 running"},
		{name: "a match while open", rule: follow(3, "d").with(paused), events: a + "2026-03-03T23:00 P\n2026-06-01 B", want: "e1 met by e3"},
		{name: "unless while open", rule: follow(3, "d").with(paused).with(unlessC), events: a + "2026-03-03T23:00 P\n2026-06-01 C", want: "e1 moot by e3"},
		{name: "P too late", rule: follow(1, "d").with(paused), events: a + "2026-03-04T00:00 P", want: "e1 breached, due 2026-03-04T00:00:00Z"},
		{name: "open at a counts from a", rule: follow(24, "h").with(paused), events: "2026-03-01T09:00 P\n" + a + "2026-03-02T10:00 Q", want: "e2 running, due 2026-03-03T10:00:00Z"},
		{name: "open at a counts from `from` if later", rule: follow(24, "h").with(paused).with(from("recorded", "")),
			events: "2026-03-01T09:00 P\n2026-03-02T09:00 A recorded=2026-03-02T09:30:00Z\n2026-03-02T10:00 Q", want: "e2 running, due 2026-03-03T10:00:00Z"},
		{name: "ended before `from`: nothing", rule: follow(2, "d").with(paused).with(from("recorded", "")),
			events: "2026-03-01T09:00 P\n2026-03-02T09:00 A recorded=2026-03-05T09:30:00Z\n2026-03-03T10:00 Q", want: "e2 running, due 2026-03-08T00:00:00Z"},
		{name: "a closes the pause", rule: follow(24, "h").with(func(r *Rule) { r.Clock.Paused = &Pause{From: of("P"), To: of("A")} }),
			events: "2026-03-01T09:00 P\n" + a, want: "e2 running, due 2026-03-03T09:00:00Z"},
		{name: "a opens the pause", rule: follow(24, "h").with(func(r *Rule) { r.Clock.Paused = &Pause{From: of("A"), To: of("Q")} }),
			events: a + "2026-03-02T10:00 Q", want: "e1 running, due 2026-03-03T10:00:00Z"},
		{name: "what ends a pause begins none", rule: follow(24, "h").with(func(r *Rule) { r.Clock.Paused = &Pause{From: of("P"), To: of("P")} }),
			events: a + "2026-03-02T10:00 P\n2026-03-02T11:00 P", want: "e1 running, due 2026-03-03T10:00:00Z"},
		{name: "max, elapsed", rule: follow(24, "h").with(atMost(2, "h")), events: a + "2026-03-02T10:00 P", want: "e1 breached, due 2026-03-03T11:00:00Z", asOf: "2026-03-04"},
		{name: "max, not run out", rule: follow(24, "h").with(atMost(2, "h")), events: a + "2026-03-02T10:00 P", want: "e1 running", asOf: "2026-03-02T11:59"},
		{name: "max, from its P before a", rule: follow(24, "h").with(atMost(2, "h")), events: "2026-03-02T08:00 P\n" + a, want: "e2 running, due 2026-03-03T10:00:00Z", asOf: "2026-03-03T10:00"},
		{name: "max, a later P begins another", rule: follow(24, "h").with(atMost(1, "h")), events: a + "2026-03-02T10:00 P\n2026-03-02T11:00 P\n2026-03-02T11:30 Q", want: "e1 running, due 2026-03-03T10:30:00Z"},
		{name: "max in days", rule: follow(3, "d").with(atMost(2, "d")), events: a + "2026-03-03T10:00 P", want: "e1 breached, due 2026-03-08T00:00:00Z", asOf: "2026-03-08"},
		{name: "max in days on an elapsed clock", rule: follow(24, "h").with(atMost(1, "d")), events: a + "2026-03-02T20:00 P", want: "e1 running, due 2026-03-04T13:00:00Z", asOf: "2026-03-04"},
		{name: "max in hours on days", rule: follow(3, "d").with(atMost(24, "h")), events: a + "2026-03-03T10:00 P", want: "e1 running, due 2026-03-07T00:00:00Z", asOf: "2026-03-05"},

		{name: "to", rule: follow(3, "d").with(extendedTo(10, "d")), events: a + "2026-03-03 X", want: "e1 running, due 2026-03-13T00:00:00Z"},
		{name: "add", rule: follow(3, "d").with(extendedBy(10, "d")), events: a + "2026-03-03 X", want: "e1 running, due 2026-03-16T00:00:00Z"},
		{name: "each event once", rule: follow(3, "d").with(extendedBy(1, "d")), events: a + "2026-03-03 X\n2026-03-03 X", want: "e1 running, due 2026-03-08T00:00:00Z"},
		{name: "times", rule: follow(3, "d").with(extendedBy(1, "d")).with(func(r *Rule) { r.Clock.Extended[0].Times = 1 }), events: a + "2026-03-03 X\n2026-03-03 X", want: "e1 running, due 2026-03-07T00:00:00Z"},
		{name: "too late to extend", rule: follow(3, "d").with(extendedBy(10, "d")), events: a + "2026-03-06T00:00 X", want: "e1 breached, due 2026-03-06T00:00:00Z"},
		{name: "extended in the extension", rule: follow(1, "d").with(extendedBy(1, "d")), events: a + "2026-03-03T10:00 X\n2026-03-04T10:00 X", want: "e1 running, due 2026-03-06T00:00:00Z"},
		{name: "none shortens", rule: follow(3, "d").with(extendedTo(2, "d")), events: a + "2026-03-03 X", want: "e1 running, due 2026-03-06T00:00:00Z"},
		{name: "what doesn't extend isn't counted", rule: follow(3, "d").with(extendedTo(2, "d")).with(extendedBy(1, "d")).with(func(r *Rule) { r.Clock.Extended[0].Times = 1 }), events: a + "2026-03-03 X", want: "e1 running, due 2026-03-07T00:00:00Z"},
		{name: "to keeps pauses and additions", rule: follow(3, "d").with(paused).with(extendedBy(1, "d")).with(func(r *Rule) {
			r.Clock.Extended = append(r.Clock.Extended, Extension{By: of("Y"), To: Duration{10, "d"}})
		}), events: a + "2026-03-02T10:00 P\n2026-03-03T10:00 Q\n2026-03-03T11:00 X\n2026-03-03T12:00 Y", want: "e1 running, due 2026-03-15T00:00:00Z"},
		{name: "Q and extension in one", rule: follow(1, "d").with(paused).with(func(r *Rule) {
			r.Clock.Extended = []Extension{{By: of("Q"), Add: Duration{1, "d"}}}
		}), events: a + "2026-03-03T10:00 P\n2026-03-10T10:00 Q", want: "e1 running, due 2026-03-12T00:00:00Z"},
		{name: "elapsed add", rule: follow(24, "h").with(extendedBy(90, "m")), events: a + "2026-03-02T10:00 X", want: "e1 running, due 2026-03-03T10:30:00Z"},
		{name: "add goes on before any roll", rule: follow(5, "d").with(func(r *Rule) { r.Clock.Roll = "next-working-day" }).with(extendedBy(3, "d")),
			events: a + "2026-03-09T10:00 X", want: "e1 running, due 2026-03-11T00:00:00Z"}, // reached Sat 7, rolled Mon 9, +3 = Tue 10
		{name: "roll", rule: follow(5, "d").with(clocked(Clock{Roll: "next-working-day"})), events: a + "2026-03-09T23:59 B", want: "e1 met by e2, due 2026-03-10T00:00:00Z"},
		{name: "a wd extension of days rolls not", rule: follow(1, "wd").with(clocked(Clock{Roll: "next-working-day"})).with(extendedBy(5, "d")), events: a + "2026-03-03 X", want: "e1 running, due 2026-03-09T00:00:00Z"},
		{name: "whole hours", rule: follow(24, "h").with(clocked(Clock{Hours: "whole"})), events: a + "2026-03-03T10:00 B", want: "e1 met by e2, due 2026-03-03T10:00:00Z"},
		{name: "whole touches hours alone", rule: follow(60, "m").with(clocked(Clock{Hours: "whole"})), events: a, want: "e1 running, due 2026-03-02T10:00:00Z"},
		{name: "the hour skipped in spring", pack: Pack{Zone: "Europe/Rome"}, rule: follow(24, "h"), events: "2024-03-30T12:00 A\n2024-03-31T13:00 B", want: "e1 met by e2, due 2024-03-31T13:00:00+02:00"},
	})
}

func TestProvisional(t *testing.T) {
	pack := func(to Day) Pack {
		return Pack{Calendar: &Calendar{Name: "local", From: Date(2025, 1, 1), To: to, Weekend: weekends.Weekend}, Clock: Clock{Calendar: "local"}}
	}
	const a = "2026-03-02T09:00 A\n"
	p := pack(Date(2026, 3, 5))
	run(t, []example{
		{name: "inside the coverage in time", pack: p, rule: follow(5, "wd"), events: a + "2026-03-05T23:59 B", want: "e1 met by e2"},
		{name: "outside not evaluable", pack: p, rule: follow(5, "wd"), events: a + "2026-03-06T00:00 B", want: "e1 not_evaluable"},
		{name: "unless outside not evaluable", pack: p, rule: follow(5, "wd").with(unlessC), events: a + "2026-03-06T00:00 C", want: "e1 not_evaluable"},
		{name: "W inside: running", pack: p, rule: follow(5, "wd"), events: a, asOf: "2026-03-20", w: "2026-03-05T23:00", want: "e1 running"},
		{name: "W outside: not evaluable", pack: p, rule: follow(5, "wd"), events: a, asOf: "2026-03-06", want: "e1 not_evaluable"},
		{name: "days need no calendar", pack: p, rule: follow(5, "d"), events: a, asOf: "2026-03-20", want: "e1 breached"},
		{name: "a roll does", pack: p, rule: follow(5, "d").with(func(r *Rule) { r.Clock.Roll = "next-working-day" }), events: a, asOf: "2026-03-20", want: "e1 not_evaluable"},
		{name: "never: ended without comparing", pack: p, rule: follow(5, "wd").with(never), events: a, asOf: "2026-03-20", complete: true, want: "e1 met"},
		{name: "preceded: one that fits for certain", pack: p, rule: precede(2, "wd").with(paused), events: "2026-03-04 B\n2026-03-04 P\n2026-03-05 Q\n2026-03-05 B\n2026-03-05 P\n2026-03-06 A", want: "e6 met by e4"},
		{name: "preceded: none that does", pack: p, rule: precede(2, "wd"), events: "2026-03-05T10:00 B\n2026-03-06 A", want: "e2 not_evaluable"},
	})
}

func TestDayMarks(t *testing.T) {
	run(t, []example{
		{name: "the day may be its last instant", rule: follow(24, "h"), events: "2026-03-01T12:00 A\n2026-03-02 B", want: "e1 not_evaluable"},
		{name: "either way in time", rule: follow(48, "h"), events: "2026-03-01T12:00 A\n2026-03-02 B", want: "e1 met by e2, due 2026-03-03T12:00:00Z"},
		{name: "either way late", rule: follow(1, "h"), events: "2026-03-01T12:00 A\n2026-03-02 B", want: "e1 met_late by e2, due 2026-03-01T13:00:00Z, late 11h0m0s"},
		{name: "independently", rule: follow(24, "h"), events: "2026-03-01 A\n2026-03-02 B", want: "e1 not_evaluable"},
		{name: "the same day", rule: follow(24, "h"), events: "2026-03-01 A\n2026-03-01 B", want: "e1 met by e2"},
		{name: "calendar days don't mind", rule: follow(1, "d"), events: "2026-03-01 A\n2026-03-02 B", want: "e1 met by e2"},
		{name: "`from` too", rule: follow(24, "h").with(from("recorded", "")), events: "2026-03-01T12:00 A recorded=2026-03-01\n2026-03-02T12:00 B", want: "e1 not_evaluable"},
		{name: "`from` first and last in time", rule: follow(48, "h").with(from("recorded", "")), events: "2026-03-01T12:00 A recorded=2026-03-01\n2026-03-02T12:00 B", want: "e1 met by e2"},
	})
}
