package clock

import (
	"encoding/binary"
	"fmt"
	"time"
	"unsafe"
)

// ParseInstant reads a time: RFC 3339 with 'T' or a space between date and
// time, where seconds, fraction (up to nine digits, cut to microseconds) and
// offset (Z, +02:00, +0200, +02) may be left out. Without an offset it is
// local time in z, by the rules of [Zone.Local]; 24:00 is the end of the day. A
// date alone is the first instant of that day in z, and isDay is true. Where
// z is nil a time without offset is an error.
func ParseInstant(s string, z *Zone) (t Instant, isDay bool, err error) {
	t, isDay, ok := ParseInstantBytes(bytesOf(s), z)
	if ok {
		return t, isDay, nil
	}
	if z == nil {
		if utc, err := LoadZone("UTC"); err == nil {
			if _, _, ok := ParseInstantBytes(bytesOf(s), utc); ok {
				return 0, false, fmt.Errorf("%q has no offset from UTC and no zone is known; add one, as 2026-03-01T09:10:00+01:00, or name the zone", s)
			}
		}
	}
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return 0, false, fmt.Errorf("%q is not a time; write 2026-03-01T09:10:00+01:00, the offset left out for local time, or a date alone, 2026-03-01", s)
}

// bytesOf is s, not copied; it is only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Times are read eight bytes at once. XOR with the shape leaves digits as their
// values and what stands between them as 0; adding the carry then sets the
// high bit of each byte that is neither.
const (
	shapeYearMonth = 0x2d30302d30303030 // "0000-00-"
	carryYearMonth = 0x7f76767f76767676
	shapeDayHour   = 0x30303a3030003030 // "00?00:00", the ? looked at by itself
	carryDayHour   = 0x76767f76767f7676
	anySeparator   = 0x0000000000ff0000
	highBits       = 0x8080808080808080
)

// pairs makes of each byte ten times itself plus its right neighbour, so that
// the first of two digits becomes the number they write.
func pairs(digits uint64) uint64 { return digits*10 + digits>>8 }

// ParseInstantBytes is [ParseInstant] for the readers of logs: no allocation,
// and only the news that it can't be read.
func ParseInstantBytes(b []byte, z *Zone) (t Instant, isDay bool, ok bool) {
	if len(b) < 16 {
		if day, ok := parseDay(b); ok && len(b) == 10 && z != nil {
			return z.First(day), true, true
		}
		return 0, false, false
	}
	v := binary.LittleEndian.Uint64(b) ^ shapeYearMonth
	w := (binary.LittleEndian.Uint64(b[8:]) ^ shapeDayHour) &^ anySeparator
	if (v|(v+carryYearMonth)|w|(w+carryDayHour))&highBits != 0 || (b[10] != 'T' && b[10] != ' ' && b[10] != 't') {
		return 0, false, false
	}
	v, w = pairs(v), pairs(w)
	day, ok := date(uint(v&0xff)*100+uint(v>>16&0xff), uint(v>>40&0xff), uint(w&0xff))
	h, m := w>>24&0xff, w>>48&0xff
	if !ok || h > 24 || m > 59 {
		return 0, false, false
	}
	shown := day.start() + int64(h*3600+m*60)*usPerSecond
	rest := b[16:]
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
	if !ok {
		return 0, false, false
	}
	return Instant(shown - off), false, true
}

// parseDay reads the date that b begins with.
func parseDay(b []byte) (Day, bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	y1, ok1 := digits2(b[0], b[1])
	y2, ok2 := digits2(b[2], b[3])
	m, ok3 := digits2(b[5], b[6])
	d, ok4 := digits2(b[8], b[9])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, false
	}
	return date(y1*100+y2, m, d)
}

// date is the day of a date, if there is such a day.
func date(y, m, d uint) (Day, bool) {
	if m-1 > 11 || d-1 > 30 || (d > 28 && int(d) > monthDays(int(y), time.Month(m))) {
		return 0, false
	}
	return fromCivil(int(y), time.Month(m), int(d)), true
}

// digits2 is the number that two digits write.
func digits2(a, b byte) (uint, bool) {
	x, y := uint(a)-'0', uint(b)-'0'
	return x*10 + y, x <= 9 && y <= 9
}

// parseSeconds reads "05" or "05.123" and gives microseconds and what follows.
func parseSeconds(s []byte) (us int64, rest []byte, ok bool) {
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
func parseOffset(s []byte) (us int64, ok bool) {
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
