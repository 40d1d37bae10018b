package clock

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testZones have everything that clocks did: offsets of seconds and half
// hours, changes at midnight and across it, days left out and doubled.
var testZones = []string{
	"UTC", "Europe/Rome", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Pacific/Apia",
	"Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Asia/Kolkata", "Pacific/Kwajalein",
	"Asia/Manila", "America/Juneau", "Africa/Monrovia", "Europe/Dublin", "Africa/Casablanca",
	"Asia/Tehran", "Asia/Beirut", "America/Havana", "Pacific/Chatham", "Antarctica/Troll",
	"Europe/Amsterdam", "Asia/Gaza", "America/Asuncion", "Pacific/Kiritimati", "Asia/Urumqi", "Africa/Cairo",
}

func zone(t testing.TB, name string) *Zone {
	t.Helper()
	z, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at reads a time for a test.
func at(t testing.TB, s string, z *Zone) Instant {
	t.Helper()
	i, _, err := ParseInstant(s, z)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func day(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTableLimits(t *testing.T) {
	if tableFirst != NewDay(1890, time.January, 1) || tableEnd != NewDay(2150, time.January, 1) {
		t.Errorf("the table is %s to %s", tableFirst, tableEnd)
	}
}

// Every day of twelve centuries, against package time.
func TestDaysAgainstTime(t *testing.T) {
	at := time.Date(1400, time.January, 1, 0, 0, 0, 0, time.UTC)
	for d := NewDay(1400, time.January, 1); d < NewDay(2600, time.January, 1); d++ {
		y, m, dom := d.Date()
		if y != at.Year() || m != at.Month() || dom != at.Day() || d.Weekday() != at.Weekday() || fromCivil(y, m, dom) != d {
			t.Fatalf("day %d is %04d-%02d-%02d %s, want %s", d, y, m, dom, d.Weekday(), at.Format("2006-01-02 Mon"))
		}
		if got, err := ParseDay(d.String()); got != d || err != nil {
			t.Fatalf("%s reads back as %d, %v", d, got, err)
		}
		at = at.AddDate(0, 0, 1)
	}
}

func TestNewDayCarriesOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, m, d := rapid.IntRange(-3000, 12000).Draw(t, "y"), rapid.IntRange(-40, 40).Draw(t, "m"), rapid.IntRange(-400, 400).Draw(t, "d")
		want := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400
		if mod(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix(), 86400) != 0 {
			t.Fatal("not a whole day")
		}
		if got := NewDay(y, time.Month(m), d); int64(got) != want {
			t.Fatalf("NewDay(%d, %d, %d) = %d, want %d", y, m, d, got, want)
		}
	})
}

// oracle answers questions about a zone through package time, from what it
// says about the days around.
type oracle struct{ loc *time.Location }

func (o oracle) off(t Instant) int64 {
	_, s := t.Time().In(o.loc).Zone()
	return int64(s) * usPerSecond
}

func (o oracle) shown(t Instant) int64 { return int64(t) + o.off(t) }

// around has the changes of offset within three days of t, and the offsets.
func (o oracle) around(t Instant) (changes []Instant, offs map[int64]bool) {
	offs = map[int64]bool{}
	at := (t - Instant(3*usPerDay)).Time().In(o.loc)
	for {
		offs[o.off(InstantOf(at))] = true
		end := nextChange(at)
		if end.IsZero() || InstantOf(end) > t+Instant(3*usPerDay) {
			return changes, offs
		}
		changes = append(changes, InstantOf(end))
		at = end
	}
}

// nextChange is the end of at's offset. Of a leap year without explicit
// changes package time forgets the last day, and bounds lie a day behind.
func nextChange(at time.Time) time.Time {
	_, end := at.ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		return at.Add(24 * time.Hour)
	}
	return end
}

// earliest is the first of the candidates that fits.
func earliest(candidates []Instant, fits func(Instant) bool) Instant {
	best := Instant(math.MaxInt64)
	for _, c := range candidates {
		if c < best && fits(c) {
			best = c
		}
	}
	return best
}

// first: dates only change at a local midnight or at a change of offset.
func (o oracle) first(d Day) Instant {
	candidates, offs := o.around(Instant(d.start()))
	for off := range offs {
		candidates = append(candidates, Instant(d.start()-off))
	}
	return earliest(candidates, func(t Instant) bool { return o.shown(t) >= d.start() })
}

func (o oracle) local(shown int64) Instant {
	changes, offs := o.around(Instant(shown))
	var candidates []Instant
	for off := range offs {
		candidates = append(candidates, Instant(shown-off))
	}
	t := earliest(candidates, func(t Instant) bool { return o.shown(t) == shown })
	for _, c := range changes {
		if before := o.off(c - 1); t == math.MaxInt64 && shown >= int64(c)+before && shown < o.shown(c) {
			t = Instant(shown - before)
		}
	}
	return t
}

func (o oracle) fullHour(t Instant) Instant {
	candidates, offs := o.around(t)
	for off := range offs {
		for k := int64(-2); k <= 3; k++ {
			shown := int64(t) + off
			candidates = append(candidates, Instant(shown-mod(shown, usPerHour)+k*usPerHour-off))
		}
	}
	for _, c := range candidates {
		for k := int64(1); k <= 2; k++ { // full hours after a change
			shown := o.shown(c)
			candidates = append(candidates, c+Instant(k*usPerHour-mod(shown, usPerHour)))
		}
	}
	return earliest(candidates, func(c Instant) bool { return c > t && mod(o.shown(c), usPerHour) == 0 })
}

// agree compares a zone with the oracle at t and at its date.
func agree(t *testing.T, z *Zone, i Instant) {
	t.Helper()
	o := oracle{z.loc}
	y, m, d := i.Time().In(z.loc).Date()
	if want := NewDay(y, m, d); z.Date(i) != want {
		t.Fatalf("%s: the date of %s is %s, want %s", z.Name(), i.Time(), z.Date(i), want)
	}
	if got := int64(z.Offset(i)) * usPerSecond; got != o.off(i) {
		t.Fatalf("%s: the offset at %s is %d, want %d", z.Name(), i.Time(), got, o.off(i))
	}
	for d := z.Date(i) - 1; d <= z.Date(i)+1; d++ {
		if got, want := z.First(d), o.first(d); got != want {
			t.Fatalf("%s: %s begins at %s, want %s", z.Name(), d, got.Time(), want.Time())
		}
	}
	if got, want := z.Last(z.Date(i)), o.first(z.Date(i)+1)-1; got != want {
		t.Fatalf("%s: %s ends at %s, want %s", z.Name(), z.Date(i), got.Time(), want.Time())
	}
	if got, want := z.local(int64(i)), o.local(int64(i)); got != want {
		t.Fatalf("%s: local %s is %s, want %s", z.Name(), i.Time(), got.Time(), want.Time())
	}
	if got, want := z.nextFullHour(i), o.fullHour(i); got != want {
		t.Fatalf("%s: the full hour after %s is %s, want %s", z.Name(), i.Time(), got.Time(), want.Time())
	}
	text := z.Format(i)
	if got, _, err := ParseInstant(text, nil); got != i || err != nil {
		t.Fatalf("%s: %s is written %s, which reads as %s, %v", z.Name(), i.Time(), text, got.Time(), err)
	}
	if _, s := i.Time().In(z.loc).Zone(); s%60 == 0 {
		if want := i.Time().In(z.loc).Format(time.RFC3339Nano); text != want {
			t.Fatalf("%s: written %s, want %s", z.Name(), text, want)
		}
	}
}

// Around every change of offset of the table, and a little beyond both ends.
func TestZonesAroundChanges(t *testing.T) {
	offsets := []int64{-86400, -3600, -1800, -1, 0, 1, 1799, 3599, 3600, 5400, 7200, 43200, 86400, 100000}
	end := Instant(NewDay(2160, time.January, 1).start())
	for _, name := range testZones {
		z := zone(t, name)
		at := time.Date(1800, time.January, 1, 0, 0, 0, 0, time.UTC).In(z.loc)
		for {
			change := nextChange(at)
			if change.IsZero() || InstantOf(change) > end {
				break
			}
			for _, s := range offsets {
				agree(t, z, InstantOf(change)+Instant(s*usPerSecond))
			}
			agree(t, z, InstantOf(change)-1)
			at = change
			if at.Year() > 2040 { // the rule no longer varies: take every fifth year
				at = at.AddDate(5, 0, 0)
			}
		}
	}
}

func TestZonesAtRandom(t *testing.T) {
	for _, name := range testZones {
		z := zone(t, name)
		rapid.Check(t, func(rt *rapid.T) {
			lo, hi := int64(fromCivil(1, 1, 3).start()), int64(fromCivil(9999, 12, 29).start())
			if rapid.Bool().Draw(rt, "in the table") {
				lo, hi = tableStart-5*usPerDay, tableEnd.start()+5*usPerDay
			}
			agree(t, z, Instant(rapid.Int64Range(lo, hi).Draw(rt, "instant")))
		})
	}
}

// Days that are not what they should be, as the zone database has them.
func TestOddDays(t *testing.T) {
	for _, c := range []struct{ zone, day, first string }{
		{"Europe/Rome", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"Europe/Rome", "2026-03-30", "2026-03-29T22:00:00Z"}, // 23 hours later
		{"Europe/Rome", "2026-10-26", "2026-10-25T23:00:00Z"}, // the day before had 25
		// Midnight left out: the clock goes from 24:00 to 01:00.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		// At midnight back to 23:00: the 17th has 25 hours.
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"},
		// Friday, 30 December 2011 was left out.
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		// At 00:01 back to 23:01 of the day before: the 29th begins twice.
		{"America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"},
	} {
		z := zone(t, c.zone)
		if got := z.First(day(t, c.day)); got != at(t, c.first, nil) {
			t.Errorf("%s: %s begins at %s, want %s", c.zone, c.day, got.Time(), c.first)
		}
	}
	// In St. John's it is the 28th once more.
	if got := zone(t, "America/St_Johns").Date(at(t, "2006-10-29T02:45:00Z", nil)); got != day(t, "2006-10-28") {
		t.Errorf("got %s", got)
	}
}

func TestLocalTimesTwiceAndNever(t *testing.T) {
	rome, howe := zone(t, "Europe/Rome"), zone(t, "Australia/Lord_Howe")
	for _, c := range []struct {
		z         *Zone
		local, at string
	}{
		{rome, "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"},          // twice: the first
		{rome, "2026-03-29T02:30", "2026-03-29T02:30:00+01:00"},          // never: as before the gap
		{howe, "2026-10-04T02:15", "2026-10-04T02:15:00+10:30"},          // a gap of half an hour
		{howe, "2026-04-05T01:45", "2026-04-05T01:45:00+11:00"},          // back by half an hour
		{rome, "2026-12-31T24:00", "2027-01-01T00:00:00+01:00"},          // the end of the day
		{rome, "2026-07-01 08:00:00.25", "2026-07-01T06:00:00.250000Z"},  // summer
		{rome, "1893-10-31T23:59:59", "1893-10-31T23:09:59Z"},            // Rome's mean time, +00:49:56 …
		{zone(t, "Pacific/Apia"), "2011-12-30", "2011-12-30T10:00:00Z"},  // a date that never was
		{zone(t, "Asia/Shanghai"), "2026-01-01", "2025-12-31T16:00:00Z"}, // a date alone
	} {
		if c.local == "1893-10-31T23:59:59" {
			// … and ten minutes short of Central European Time, which begins that
			// midnight: 23:59:59 less 00:49:56.
			c.at = "1893-10-31T23:10:03Z"
		}
		if got := at(t, c.local, c.z); got != at(t, c.at, nil) {
			t.Errorf("%s: %s is %s, want %s", c.z.Name(), c.local, got.Time(), c.at)
		}
	}
	if got, want := rome.Local(2026, 14, 1, 0, 90, 0, 5), at(t, "2027-02-01T01:30:00.000005+01:00", nil); got != want {
		t.Errorf("carried over: %s, want %s", rome.Format(got), rome.Format(want))
	}
}

func TestLoadZone(t *testing.T) {
	for _, name := range zoneList() {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, b := zone(t, "Europe/Rome"), zone(t, "Europe/Rome"); a != b {
		t.Error("the same name gives two zones")
	}
	for name, want := range map[string]string{
		"Europe/Roma":   `did you mean "Europe/Rome"?`,
		"europe/rome":   `did you mean "Europe/Rome"?`,
		"Shanghai":      `did you mean "Asia/Shanghai"?`,
		"Asia/Shangai":  `did you mean "Asia/Shanghai"?`,
		"New York":      `did you mean "America/New_York"?`,
		"utc":           `did you mean "UTC"?`,
		"":              "names no time zone",
		"Local":         "names no time zone",
		"../etc/passwd": "write a name of the IANA database",
		"中国标准时间":        "write a name of the IANA database",
	} {
		if _, err := LoadZone(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

// Nothing wraps around at the ends of the range.
func TestExtremes(t *testing.T) {
	z := zone(t, "Europe/Rome")
	c, err := New(Duration{1000, UnitYear}, Options{Zone: z, Roll: true})
	if err != nil {
		t.Fatal(err)
	}
	hours, err := New(Duration{8_765_820, UnitHour}, Options{Zone: z, WholeHours: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range []Instant{math.MinInt64, -maxInstant, at(t, "0000-01-01T00:00Z", nil),
		at(t, "9999-12-31T23:59:59.999999Z", nil), maxInstant, math.MaxInt64} {
		for _, c := range []*Clock{c, hours} {
			r := c.Start(start)
			for range 3 {
				before := r.Deadline().Due
				r = r.ExtendAdd(c.Within())
				if r.Deadline().Due < before {
					t.Errorf("%s from %d: extended from %d back to %d", c.Within(), start, before, r.Deadline().Due)
				}
			}
		}
		if got := z.Date(z.local(int64(start))); got < -maxDay-1 || got > maxDay+1 {
			t.Errorf("the date of what the clock shows after %d is %d", start, got)
		}
		if got := z.Date(start); got < -maxDay-1 || got > maxDay+1 {
			t.Errorf("the date of %d is %d", start, got)
		}
	}
	if got := c.Due(at(t, "9999-12-31T12:00Z", nil)).LastDay.String(); got != "10999-12-31" {
		t.Errorf("a thousand years from 9999-12-31 end on %s", got)
	}
}

// A watched zone gives what the zone gives, and tells whether a text needed it.
func TestWatched(t *testing.T) {
	z, err := LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"2026-03-01T09:10:00+08:00": false, "2026-03-01T09:10:00.5Z": false,
		"2026-03-01T09:10:00": true, "2026-03-01": true, "2026-03-29T02:30": true,
	} {
		w, asked := z.Watched()
		got, _, err := ParseInstant(text, w)
		plain, _, _ := ParseInstant(text, z)
		if err != nil || got != plain || asked() != want {
			t.Errorf("%s: %v, %v; asked %v, want %v", text, got, err, asked(), want)
		}
	}
}
