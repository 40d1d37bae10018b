package table

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
)

// TimeFormat is how a column writes its times. The zero TimeFormat reads ISO
// forms and all others that begin with the year or name the month; whether a
// numeric date begins with the day or the month, [Plan.Learn] finds out from
// the first rows.
type TimeFormat struct {
	order  order
	layout string // as package time writes it; "" without
	zoned  bool   // the layout has an offset
	day    bool   // the layout has a date alone
	unit   int64  // µs of one unit of a number since 1970; 0 without
	serial bool   // days since 1900, as spreadsheets count them
}

type order uint8

const (
	unknownOrder order = iota
	dayFirst
	monthFirst
)

var errLayout = errors.New("not a layout")

// parseLayout reads what follows the @ of a mapping.
func parseLayout(s string) (TimeFormat, error) {
	switch s {
	case "unix":
		return TimeFormat{unit: 1_000_000}, nil
	case "unixms":
		return TimeFormat{unit: 1_000}, nil
	case "excel":
		return TimeFormat{serial: true}, nil
	case "":
		return TimeFormat{}, errLayout
	}
	f := TimeFormat{layout: s}
	show := func(day, hour int, zone *time.Location) string {
		return time.Date(2001, 2, day, hour, 7, 8, 0, zone).Format(s)
	}
	if show(3, 4, time.UTC) == show(14, 4, time.UTC) || strings.Contains(s, "MST") {
		return TimeFormat{}, errLayout // names of zones are not unique
	}
	f.day = show(3, 4, time.UTC) == show(3, 17, time.UTC)
	f.zoned = show(3, 4, time.UTC) != show(3, 4, time.FixedZone("", 3600))
	return f, nil
}

// Parse reads one cell; a date alone is the day's first instant.
func (f *TimeFormat) Parse(b []byte, z *clock.Zone) (t clock.Instant, day, ok bool) {
	if f.free() {
		if t, day, ok = clock.ParseInstantBytes(b, z); ok {
			return t, day, ok
		}
	}
	b = bytes.TrimSpace(b)
	switch {
	case f.unit != 0:
		t, ok = parseUnix(b, f.unit)
		return t, false, ok
	case f.serial:
		return parseSerial(b, z)
	case f.layout != "":
		return f.byLayout(string(b), z)
	}
	if t, day, ok = clock.ParseInstantBytes(b, z); ok {
		return t, day, ok
	}
	c, ok := parseCivil(b, f.order)
	if !ok || c.ambiguous {
		return 0, false, false
	}
	return c.instant(z)
}

// free says whether no layout was given.
func (f *TimeFormat) free() bool { return f.layout == "" && f.unit == 0 && !f.serial }

func (f *TimeFormat) byLayout(s string, z *clock.Zone) (clock.Instant, bool, bool) {
	at, err := time.Parse(f.layout, s)
	if err != nil {
		return 0, false, false
	}
	y, m, d := at.Date()
	switch {
	case f.zoned:
		return clock.InstantOf(at), false, true
	case f.day:
		return z.First(clock.NewDay(y, m, d)), true, true
	}
	return z.Local(y, int(m), d, at.Hour(), at.Minute(), at.Second(), at.Nanosecond()/1000), false, true
}

// parseUnix reads whole or decimal units since 1970, of the years 0 to 9999.
func parseUnix(b []byte, unit int64) (clock.Instant, bool) {
	const from, to = -62_167_219_200_000_000, 253_402_300_800_000_000
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return clock.Instant(n * unit), n >= from/unit && n < to/unit
	}
	f, err := strconv.ParseFloat(string(b), 64)
	us := math.Round(f * float64(unit))
	return clock.Instant(us), err == nil && us >= from && us < to
}

// parseSerial reads days since 1900, a fraction being the time of day to the
// millisecond, of the years that spreadsheets count without the 29th of
// February 1900, which never was.
func parseSerial(b []byte, z *clock.Zone) (t clock.Instant, day, ok bool) {
	const first, end, msPerDay = 61, 2_958_466, 86_400_000 // 1900-03-01, 10000-01-01
	f, err := strconv.ParseFloat(strings.Replace(string(b), ",", ".", 1), 64)
	if err != nil || !(f >= first && f < end) {
		return 0, false, false
	}
	ms := int64(math.Round(f * msPerDay))
	date := clock.NewDay(1899, time.December, 30+int(ms/msPerDay))
	if ms%msPerDay == 0 {
		return z.First(date), true, true
	}
	y, mo, d := date.Date()
	return z.Local(y, int(mo), d, 0, 0, 0, int(ms%msPerDay)*1000), false, true
}

// joined is a date's cell with its time of day's behind it, in room. A date
// that databases write with a midnight loses that; a time of day may be a
// fraction of a day, as spreadsheets keep it.
func joined(room, date, clock []byte) []byte {
	date, clock = bytes.TrimSpace(date), bytes.TrimSpace(clock)
	if len(date) == 0 || len(clock) == 0 {
		return append(room, date...)
	}
	if i := bytes.IndexAny(date, " T"); i > 0 && bytes.HasPrefix(date[i+1:], []byte("00:00")) && len(bytes.Trim(date[i+1:], "0:.")) == 0 {
		date = date[:i]
	}
	room = append(append(room, date...), ' ')
	if f, err := strconv.ParseFloat(string(clock), 64); err == nil && f >= 0 && f < 1 && bytes.IndexByte(clock, ':') < 0 {
		ms := int64(math.Round(f * 86_400_000))
		return time.UnixMilli(ms).UTC().AppendFormat(room, "15:04:05.000")
	}
	return append(room, clock...)
}

// civil is a date, perhaps with a time of day and an offset, as it is written.
type civil struct {
	y, m, d, h, mi, s, us int
	clocked, zoned        bool
	off                   int // minutes
	a, b                  int // the first two numbers where neither is the year
	ambiguous             bool
}

// instant is the moment that c writes, if there is such a date.
func (c *civil) instant(z *clock.Zone) (t clock.Instant, day, ok bool) {
	date := clock.NewDay(c.y, time.Month(c.m), c.d)
	if y, m, d := date.Date(); y != c.y || int(m) != c.m || d != c.d || c.h > 23 || c.mi > 59 || c.s > 59 {
		return 0, false, false
	}
	switch {
	case !c.clocked:
		return z.First(date), true, true
	case c.zoned:
		at := time.Date(c.y, time.Month(c.m), c.d, c.h, c.mi-c.off, c.s, c.us*1000, time.UTC)
		return clock.InstantOf(at), false, true
	}
	return z.Local(c.y, c.m, c.d, c.h, c.mi, c.s, c.us), false, true
}

// parseCivil reads 2006/1/2 15:04:05, 2.1.2006 15:04, 2-Jan-2006, Jan 2, 2006
// 3:04 PM, 2006年1月2日15时4分, 20060102150405 and their like. A numeric date
// whose first number isn't the year is read by ord; where that is unknown, c
// is ambiguous and has the two numbers.
func parseCivil(b []byte, ord order) (c civil, ok bool) {
	if len(b) > 48 {
		return c, false
	}
	s := scanner{rest: b}
	if c, ok = s.compact(); !ok {
		if c, ok = s.date(ord); !ok {
			return c, false
		}
	}
	s.skip(" ", "T", ",", " ")
	if len(s.rest) == 0 {
		return c, true
	}
	return c, s.clock(&c) && len(s.rest) == 0
}

type scanner struct{ rest []byte }

// skip passes over any of the given separators, in their order, once each.
func (s *scanner) skip(seps ...string) bool {
	n := len(s.rest)
	for _, sep := range seps {
		s.rest = bytes.TrimPrefix(s.rest, []byte(sep))
	}
	return len(s.rest) < n
}

// number reads digits.
func (s *scanner) number() (n, digits int) {
	for digits < len(s.rest) && digits < 9 && s.rest[digits] >= '0' && s.rest[digits] <= '9' {
		n = n*10 + int(s.rest[digits]-'0')
		digits++
	}
	s.rest = s.rest[digits:]
	return n, digits
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// month reads an English month, whole or its first three letters.
func (s *scanner) month() int {
	i := 0
	for i < len(s.rest) && s.rest[i]|0x20 >= 'a' && s.rest[i]|0x20 <= 'z' {
		i++
	}
	word := strings.ToLower(string(s.rest[:i]))
	for m, name := range monthNames {
		if word == name || word == name[:3] || word == "sept" && m == 8 {
			s.rest = s.rest[i:]
			return m + 1
		}
	}
	return 0
}

// compact reads 20060102 with 1504 or 150405 behind it.
func (s *scanner) compact() (c civil, ok bool) {
	digits := 0
	for digits < len(s.rest) && s.rest[digits] >= '0' && s.rest[digits] <= '9' {
		digits++
	}
	if digits != 8 && digits != 12 && digits != 14 {
		return c, false
	}
	two := func(i int) int { return int(s.rest[i]-'0')*10 + int(s.rest[i+1]-'0') }
	c = civil{y: two(0)*100 + two(2), m: two(4), d: two(6)}
	if digits > 8 {
		c.clocked, c.h, c.mi = true, two(8), two(10)
	}
	if digits > 12 {
		c.s = two(12)
	}
	s.rest = s.rest[digits:]
	return c, true
}

func (s *scanner) date(ord order) (c civil, ok bool) {
	if c.m = s.month(); c.m > 0 { // Jan 2, 2006
		var n1, n2 int
		s.skip(".", " ")
		c.d, n1 = s.number()
		s.skip(",", " ")
		c.y, n2 = s.number()
		return c, n1 > 0 && n1 <= 2 && n2 == 4
	}
	a, na := s.number()
	if na == 0 || !s.skip(" ", "/", "-", ".", "年", " ") {
		return c, false
	}
	b, nb := s.month(), 0
	named := b > 0
	if !named {
		b, nb = s.number()
	}
	if (!named && (nb == 0 || nb > 2)) || !s.skip(" ", "/", "-", ".", "月", " ") {
		return c, false
	}
	d, nd := s.number()
	s.skip("日")
	switch {
	case na == 4 && nd > 0 && nd <= 2:
		c.y, c.m, c.d = a, b, d
	case na > 2 || nd != 4:
		return c, false
	case named || ord == dayFirst:
		c.y, c.m, c.d = d, b, a
	case ord == monthFirst:
		c.y, c.m, c.d = d, a, b
	default:
		c.y, c.a, c.b, c.ambiguous = d, a, b, true
	}
	return c, true
}

// clock reads the time of day and the offset.
func (s *scanner) clock(c *civil) bool {
	half := s.half()
	n := 0
	c.h, n = s.number()
	c.clocked = true
	if n == 0 || n > 2 || !s.skip(":", "时", "点") {
		return false
	}
	c.mi, n = s.number()
	if n > 2 {
		return false
	}
	if s.skip(":", "分") {
		if c.s, n = s.number(); n > 2 {
			return false
		}
		s.skip("秒")
		if s.skip(".") || s.skip(",") {
			c.us, n = s.number()
			for ; n < 6; n++ {
				c.us *= 10
			}
			for ; n > 6; n-- {
				c.us /= 10
			}
		}
	}
	s.skip(" ")
	if half == 0 {
		half = s.half()
	}
	if half != 0 {
		if c.h < 1 || c.h > 12 {
			return false
		}
		c.h = c.h%12 + half - 1
	}
	return s.offset(c)
}

// half reads AM or PM: 1 is the first half of the day, 13 the second, 0 none.
func (s *scanner) half() int {
	for _, h := range [...]struct {
		word string
		n    int
	}{{"am", 1}, {"pm", 13}, {"上午", 1}, {"下午", 13}} {
		if len(s.rest) >= len(h.word) && strings.EqualFold(string(s.rest[:len(h.word)]), h.word) {
			s.rest = s.rest[len(h.word):]
			s.skip(" ")
			return h.n
		}
	}
	return 0
}

func (s *scanner) offset(c *civil) bool {
	s.skip(" ")
	if len(s.rest) == 0 {
		return true
	}
	c.zoned = true
	if string(s.rest) == "Z" || string(s.rest) == "UTC" {
		s.rest = nil
		return true
	}
	sign := 1
	if s.rest[0] == '-' {
		sign = -1
	} else if s.rest[0] != '+' {
		return false
	}
	s.rest = s.rest[1:]
	h, n := s.number()
	m, nm := 0, 0
	switch {
	case n == 4:
		h, m = h/100, h%100
	case n == 2 && s.skip(":"):
		if m, nm = s.number(); nm != 2 {
			return false
		}
	case n != 2:
		return false
	}
	c.off = sign * (h*60 + m)
	return h < 24 && m < 60
}
