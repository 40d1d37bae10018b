package clock

import (
	"strings"
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	rome := zone(t, "Europe/Rome")
	for _, c := range []struct {
		text, want string // in UTC, as package time writes it
		isDay      bool
	}{
		{"2026-03-01T09:10:00Z", "2026-03-01T09:10:00Z", false},
		{"2026-03-01t09:10:00z", "2026-03-01T09:10:00Z", false},
		{"2026-03-01 09:10:00+01:00", "2026-03-01T08:10:00Z", false},
		{"2026-03-01T09:10:00-0330", "2026-03-01T12:40:00Z", false},
		{"2026-03-01T09:10:00+08", "2026-03-01T01:10:00Z", false},
		{"2026-03-01T09:10", "2026-03-01T08:10:00Z", false},
		{"2026-03-01T09:10+02:00", "2026-03-01T07:10:00Z", false},
		{"2026-03-01T09:10:05.5", "2026-03-01T08:10:05.5Z", false},
		{"2026-03-01T09:10:05,123+01:00", "2026-03-01T08:10:05.123Z", false},
		{"2026-03-01T09:10:05.123456789Z", "2026-03-01T09:10:05.123456Z", false},
		{"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z", false}, // cut, not rounded
		{"2026-03-01", "2026-02-28T23:00:00Z", true},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", false},
		{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", false},
		{"2024-02-29T24:00Z", "2024-03-01T00:00:00Z", false},
	} {
		got, isDay, err := ParseInstant(c.text, rome)
		if err != nil || isDay != c.isDay || got.Time().Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q is %s, a day %v, %v; want %s", c.text, got.Time().Format(time.RFC3339Nano), isDay, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"": "is not a time", "2026": "is not a time", "2026-3-1": "is not a time", "2026-02-29": "is not a time",
		"2025-02-29T10:00Z": "is not a time", "2026-13-01": "is not a time", "2026-00-10": "is not a time",
		"2026-03-00": "is not a time", "2026-03-01T": "is not a time", "2026-03-01T09": "is not a time",
		"2026-03-01T25:00": "is not a time", "2026-03-01T24:01": "is not a time", "2026-03-01T24:00:00.1": "is not a time",
		"2026-03-01T09:60": "is not a time", "2026-03-01T09:10:60": "is not a time", "2026-03-01T09:10:": "is not a time",
		"2026-03-01T09:10:05.": "is not a time", "2026-03-01T09:10:05.1234567890": "is not a time",
		"2026-03-01T09:10:05+": "is not a time", "2026-03-01T09:10:05+1:00": "is not a time",
		"2026-03-01T09:10:05+24:00": "is not a time", "2026-03-01T09:10:05+01:60": "is not a time",
		"2026-03-01T09:10:05 ": "is not a time", "2026/03/01": "is not a time", "01.03.2026": "is not a time",
		"２０２６-03-01": "is not a time", strings.Repeat("9", 5000): "9…\" is not a time",
	} {
		if _, _, err := ParseInstant(text, rome); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"2026-03-01", "2026-03-01T09:10"} {
		if _, _, err := ParseInstant(text, nil); err == nil || !strings.Contains(err.Error(), "no zone is known") {
			t.Errorf("%q without a zone: %v", text, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]Duration{
		"90s": {90, UnitSecond}, "30m": {30, UnitMinute}, "24h": {24, UnitHour}, "3d": {3, UnitDay}, "2w": {2, UnitWeek},
		"7wd": {7, UnitWorkingDay}, "6mo": {6, UnitMonth}, "1y": {1, UnitYear}, "0d": {0, UnitDay}, "1000y": {1000, UnitYear},
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want || got.String() != text || got.Elapsed() != (want.Unit <= UnitHour) {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "a whole number and a unit", "d": "a whole number and a unit", "-1d": "a whole number and a unit",
		"1.5h": "one of s m h d w wd mo y", "5": "one of s m h d w wd mo y", "1h30m": "one of s m h d w wd mo y",
		"3 d": `did you mean "3d"?`, "90 days": `did you mean "90d"?`, "7工作日": `did you mean "7wd"?`, "2个月": `did you mean "2mo"?`,
		"1M": `did you mean "1m"?`, "24小时": `did you mean "24h"?`, "1001y": "at most 1000y", "99999999999999999999d": "at most 365243d",
	} {
		if _, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]int64{"90s": 90e6, "30m": 1800e6, "24h": 86400e6, "3d": 0} {
		if d, _ := ParseDuration(text); d.Micros() != want {
			t.Errorf("%s is %d µs", text, d.Micros())
		}
	}
}

// Every unit's limit, from the last day that can be written, stays a date.
func TestDurationLimits(t *testing.T) {
	z := zone(t, "UTC")
	for u, unit := range units {
		c, err := New(Duration{unit.max, Unit(u)}, Options{Zone: z})
		if err != nil {
			t.Fatal(err)
		}
		y, _, _ := z.Date(c.Due(at(t, "9999-12-31T23:59Z", nil)).Due).Date()
		if y < 10998 || y > 11002 {
			t.Errorf("%s from 9999 ends in %d", c.Within(), y)
		}
	}
}

// What package time reads as RFC 3339 we read alike; what we read we write
// and read again.
func FuzzParseInstant(f *testing.F) {
	for _, s := range []string{"2026-03-01T09:10:00Z", "2026-03-01 09:10:00.123456789+01:00", "2026-03-01", "2026-03-01T24:00",
		"2026-03-29T02:30", "2026-10-25T02:30", "0000-02-29T00:00:00-23:59", "9999-12-31T23:59:59,9Z"} {
		f.Add(s)
	}
	rome := zone(f, "Europe/Rome")
	f.Fuzz(func(t *testing.T, s string) {
		got, isDay, err := ParseInstant(s, rome)
		fromBytes, sameDay, ok := ParseInstantBytes([]byte(s), rome)
		if ok != (err == nil) || fromBytes != got || sameDay != isDay {
			t.Fatalf("%q: as a string %v %v %v, as bytes %v %v %v", s, got, isDay, err, fromBytes, sameDay, ok)
		}
		want, timeErr := time.Parse(time.RFC3339Nano, s)
		if timeErr == nil && !onlyPackageTime(s) && (err != nil || got != InstantOf(want)) {
			t.Fatalf("%q: %v, %v; package time has %v", s, got.Time(), err, want)
		}
		if err == nil && got >= 0 && got < Instant(fromCivil(9999, 12, 30).start()) {
			if again, _, err := ParseInstant(rome.Format(got), nil); again != got || err != nil {
				t.Fatalf("%q is written %s, which reads %v, %v", s, rome.Format(got), again, err)
			}
		}
	})
}

// onlyPackageTime says whether s, which package time reads, has a fraction of
// more than nine digits, an hour of one digit, or an offset of 24 hours or of
// 60 minutes.
func onlyPackageTime(s string) bool {
	fraction := 0
	if cut := strings.IndexAny(s, ".,"); cut > 0 {
		fraction = strings.IndexAny(s[cut+1:], "Zz+-")
	}
	return fraction > 9 || s[12] == ':' || strings.Contains(s[19:], "24:") || strings.HasSuffix(s, ":60")
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90s", "7wd", "6mo", "1000y", "0d", "1h30m", "3 days", "９d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if again, err := ParseDuration(d.String()); again != d || err != nil || d.check() != nil {
			t.Fatalf("%q is %+v, which reads %+v, %v", s, d, again, err)
		}
	})
}
