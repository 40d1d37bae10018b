package clock

import (
	"fmt"
	"time"
)

// text is what times are read from.
type text interface{ ~string | ~[]byte }

// ParseInstant reads a time: RFC 3339 with 'T' or a space between date and
// time, where seconds, fraction (up to nine digits, cut to microseconds) and
// offset (Z, +02:00, +0200, +02) may be left out. Without an offset it is
// local time in z, by the rules of [Zone.Local]; 24:00 is the end of the day. A
// date alone is the first instant of that day in z, and isDay is true. Where
// z is nil a time without offset is an error.
func ParseInstant(s string, z *Zone) (t Instant, isDay bool, err error) {
	t, isDay, ok := parseInstant(s, z)
	if ok {
		return t, isDay, nil
	}
	if z == nil {
		if utc, err := LoadZone("UTC"); err == nil {
			if _, _, ok := parseInstant(s, utc); ok {
				return 0, false, fmt.Errorf("%q has no offset from UTC and no zone is known; add one, as 2026-03-01T09:10:00+01:00, or name the zone", s)
			}
		}
	}
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return 0, false, fmt.Errorf("%q is not a time; write 2026-03-01T09:10:00+01:00, the offset left out for local time, or a date alone, 2026-03-01", s)
}

// ParseInstantBytes is [ParseInstant] for the readers of logs: no allocation,
// and only the news that it can't be read.
func ParseInstantBytes(b []byte, z *Zone) (t Instant, isDay bool, ok bool) {
	return parseInstant(b, z)
}

// parseDay reads the date that s begins with.
func parseDay[T text](s T) (Day, bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y1, ok1 := digits2(s[0], s[1])
	y2, ok2 := digits2(s[2], s[3])
	m, ok3 := digits2(s[5], s[6])
	d, ok4 := digits2(s[8], s[9])
	if !ok1 || !ok2 || !ok3 || !ok4 || m-1 > 11 || d-1 > 30 {
		return 0, false
	}
	y := int(y1*100 + y2)
	if d > 28 && int(d) > monthDays(y, time.Month(m)) {
		return 0, false
	}
	return fromCivil(y, time.Month(m), int(d)), true
}

// digits2 is the number that two digits write.
func digits2(a, b byte) (uint, bool) {
	x, y := uint(a)-'0', uint(b)-'0'
	return x*10 + y, x <= 9 && y <= 9
}

func parseInstant[T text](s T, z *Zone) (t Instant, isDay bool, ok bool) {
	day, ok := parseDay(s)
	if !ok {
		return 0, false, false
	}
	if len(s) == 10 {
		if z == nil {
			return 0, false, false
		}
		return z.First(day), true, true
	}
	if len(s) < 16 || (s[10] != 'T' && s[10] != ' ' && s[10] != 't') || s[13] != ':' {
		return 0, false, false
	}
	h, ok1 := digits2(s[11], s[12])
	m, ok2 := digits2(s[14], s[15])
	if !ok1 || !ok2 || h > 24 || m > 59 {
		return 0, false, false
	}
	shown := day.start() + int64(h*3600+m*60)*usPerSecond
	rest := s[16:]
	var below int64 // seconds and fraction
	if len(rest) > 0 && rest[0] == ':' {
		if below, rest, ok = parseSeconds(rest[1:]); !ok {
			return 0, false, false
		}
	}
	if h == 24 && (m != 0 || below != 0) {
		return 0, false, false
	}
	shown += below
	if len(rest) == 0 {
		if z == nil {
			return 0, false, false
		}
		return z.local(shown), false, true
	}
	off, ok := parseOffset(rest)
	return Instant(shown - off), false, ok
}

// parseSeconds reads "05" or "05.123" and gives microseconds and what follows.
func parseSeconds[T text](s T) (us int64, rest T, ok bool) {
	if len(s) < 2 {
		return 0, s, false
	}
	sec, ok := digits2(s[0], s[1])
	if !ok || sec > 59 {
		return 0, s, false
	}
	us = int64(sec) * usPerSecond
	if len(s) == 2 || (s[2] != '.' && s[2] != ',') {
		return us, s[2:], true
	}
	i, unit := 3, usPerSecond/10
	for ; i < len(s); i++ {
		c := uint(s[i]) - '0'
		if c > 9 {
			break
		}
		us += int64(c) * unit
		unit /= 10 // zero from the seventh digit on
	}
	return us, s[i:], i > 3 && i <= 12
}

// parseOffset reads Z, +02:00, +0200 or +02 into microseconds.
func parseOffset[T text](s T) (us int64, ok bool) {
	if len(s) == 1 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, true
	}
	if s[0] != '+' && s[0] != '-' || len(s) < 3 {
		return 0, false
	}
	h, ok := digits2(s[1], s[2])
	var m uint
	switch {
	case len(s) == 6 && s[3] == ':':
		var okM bool
		m, okM = digits2(s[4], s[5])
		ok = ok && okM
	case len(s) == 5:
		var okM bool
		m, okM = digits2(s[3], s[4])
		ok = ok && okM
	case len(s) != 3:
		return 0, false
	}
	us = int64(h*3600+m*60) * usPerSecond
	if s[0] == '-' {
		us = -us
	}
	return us, ok && h <= 23 && m <= 59
}
