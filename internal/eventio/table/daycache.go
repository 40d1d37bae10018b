package table

import (
	"encoding/binary"

	"plumbline/internal/clock"
)

// dayCache remembers the last date that was read: neighbouring rows of a log
// have the same, and a date costs more than a time of day. It serves the form
// that most logs have, 2026-03-01T09:10:00, alone or with Z.
type dayCache struct {
	utc, local day
}

// day is a date as it was written, and its first instant.
type day struct {
	head  uint64 // its first eight bytes
	tail  uint16 // and the last two
	valid bool
	start clock.Instant
}

const (
	usPerSecond = 1_000_000
	usPerDay    = 86_400 * usPerSecond
)

// parse reads a time into at; ok is false where it isn't of that form, or has
// a day on which the zone's clock is changed, which says nothing against it.
func (c *dayCache) parse(b []byte, z *clock.Zone, at *clock.Instant) (ok bool) {
	d := &c.local
	switch {
	case len(b) == 20 && b[19] == 'Z':
		d = &c.utc
	case len(b) != 19:
		return false
	}
	if b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return false
	}
	h, okH := two(b[11], b[12])
	m, okM := two(b[14], b[15])
	s, okS := two(b[17], b[18])
	if !okH || !okM || !okS || h > 23 || m > 59 || s > 59 {
		return false
	}
	head, tail := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])
	if head != d.head || tail != d.tail {
		d.learn(b, head, tail, z, d == &c.utc)
	}
	*at = d.start + clock.Instant((h*3600+m*60+s)*usPerSecond)
	return d.valid
}

// learn remembers the date of b, if all its hours are as long as a day's are.
func (d *day) learn(b []byte, head uint64, tail uint16, z *clock.Zone, utc bool) {
	date, err := clock.ParseDay(string(b[:10]))
	*d = day{head: head, tail: tail, valid: err == nil}
	switch {
	case err != nil:
	case utc:
		d.start = clock.Instant(date) * usPerDay
	default:
		d.start = z.First(date)
		first, last := d.start, z.Last(date)
		d.valid = last-first == usPerDay-1 && z.Offset(first) == z.Offset(last) && z.Date(first) == date
	}
}

func two(a, b byte) (int, bool) {
	x, y := int(a)-'0', int(b)-'0'
	return x*10 + y, uint(x) <= 9 && uint(y) <= 9
}
