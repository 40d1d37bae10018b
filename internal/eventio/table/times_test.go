package table

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
)

func zone(t interface{ Fatal(...any) }, name string) *clock.Zone {
	z, err := clock.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// What a moment is written as in the forms that people use reads back as it.
func TestParseForms(t *testing.T) {
	z := zone(t, "Europe/Rome")
	for _, c := range []struct {
		layout string
		order  order
	}{
		{"2006-01-02T15:04:05", 0}, {"2006/1/2 15:04:05", 0}, {"2006.01.02 15:04:05", 0}, {"20060102150405", 0}, {"2006年1月2日 15时4分5秒", 0}, {"2006年1月2日15:04:05", 0},
		{"2-Jan-2006 15:04:05", 0}, {"2 January 2006 3:04:05 PM", 0}, {"Jan 2, 2006 15:04:05", 0}, {"2006/1/2 3:04:05pm", 0},
		{"02/01/2006 15:04:05", dayFirst}, {"2.1.2006 15:04:05", dayFirst}, {"1/2/2006 3:04:05 PM", monthFirst}, {"2006/1/2 15:04:05 -07:00", 0}, {"2006/1/2 15:04:05-0700", 0},
	} {
		rapid.Check(t, func(t *rapid.T) {
			at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "at"), 0).In(z.Location())
			local := z.Local(at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), at.Second(), 0)
			if at.Format("-0700") != local.Time().In(z.Location()).Format("-0700") {
				return // shown twice: without an offset it is the first
			}
			text := at.Format(c.layout)
			f := TimeFormat{order: c.order}
			if got, day, ok := f.Parse([]byte(text), z); !ok || day || got != clock.InstantOf(at) {
				t.Fatalf("%q: %v %v %v, want %v", text, got, day, ok, clock.InstantOf(at))
			}
		})
	}
}

func TestNoTimes(t *testing.T) {
	z := zone(t, "UTC")
	for _, s := range []string{"", " ", "2026", "2026-13-01", "2026/2/30", "32-Jan-2026", "1/2/2026", "13/13/2026", "2026/1/2 25:00", "2026/1/2 13:00 PM", "2026/1/2 0:00 AM", "2026/1/2 9",
		"2026/1/2 9:05 +99:00", "2026/1/2x", "1767225600", "99999999", "Jan", "Januar 2, 2026", "2026年", "10:00", "1900-02-29"} {
		var f TimeFormat
		if at, _, ok := f.Parse([]byte(s), z); ok {
			t.Errorf("%q was read as %s", s, z.Format(at))
		}
	}
}

// The memory of the last date changes nothing: also on the days on which a
// clock is changed, and where midnight doesn't exist.
func TestDayCache(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom([]string{"Europe/Rome", "Asia/Shanghai", "America/Sao_Paulo", "Pacific/Apia", "UTC"}).Draw(t, "zone"))
		var c dayCache
		for range 20 {
			day := rapid.SampledFrom([]string{"2026-03-29", "2026-10-25", "2017-10-15", "2018-02-18", "2011-12-30", "2011-12-31", "1986-05-04", "2026-03-01", "2026-02-29", "1000-01-01"}).Draw(t, "day")
			text := day + rapid.SampledFrom([]string{"T", " "}).Draw(t, "sep") + rapid.StringMatching(`(0[0-9]|1[0-9]|2[0-5]):[0-5][0-9]:[0-6][0-9]Z?`).Draw(t, "time")
			want, _, wantOK := clock.ParseInstantBytes([]byte(text), z)
			var got clock.Instant
			if ok := c.parse([]byte(text), z, &got); ok && (!wantOK || got != want) {
				t.Fatalf("%s: %d, want %d %v", text, got, want, wantOK)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026年3月1日 9时5分", "3/4/2026 9:05 PM", "1-Mar-2026", "20260301070509", "2026/3/1 下午7:05", "2026/3/1 7:05:01.123456789 +08:00"} {
		f.Add(s)
	}
	z := zone(f, "Europe/Rome")
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range []order{unknownOrder, dayFirst, monthFirst} {
			tf := TimeFormat{order: o}
			if at, _, ok := tf.Parse([]byte(s), z); ok && (at < -63_000_000_000_000_000 || at > 254_000_000_000_000_000) {
				t.Fatalf("%q is %d", s, at)
			}
		}
		if tf, err := parseLayout(s); err == nil {
			tf.Parse([]byte(s), z)
		}
	})
}
