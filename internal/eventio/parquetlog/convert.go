package parquetlog

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio/table"
)

// This file says what decoded columns mean: the times, names and values that
// go into a batch.

// times are a column of moments. day (nil: none) marks those that are a date
// alone; fault (nil: none) says which can't be read.
type times struct {
	at    []clock.Instant // NoTime where absent
	day   []bool
	fault []string
}

// toTimes reads a column as times; without an offset they are local in z.
func toTimes(c *column, v *vector, z *clock.Zone) times {
	v.spare.at = grown(v.spare.at, v.n)[:v.n]
	t := times{at: v.spare.at}
	if v.dict != nil {
		t.fromText(v, z)
		return t
	}
	nums := t.refuseFar(c, v)
	switch {
	case c.phys == physInt96:
		for i, us := range nums {
			t.at[i] = clock.Instant(us)
		}
	case c.means == date:
		t.day = make([]bool, v.n)
		for i, d := range nums {
			t.at[i], t.day[i] = z.First(clock.Day(d)), true
		}
	default:
		fromTicks(t.at, nums, c, z)
	}
	for i, there := range v.has {
		if !there {
			t.at[i] = event.NoTime
			if t.day != nil {
				t.day[i] = false
			}
		}
	}
	for i, text := range t.fault {
		if text != "" {
			t.at[i] = event.NoTime
		}
	}
	return t
}

// refuseFar marks what lies outside the years 0 to 9999 and gives the numbers
// with 1970 in its place: databases write infinity so, and no event happened
// then. A log that ended there would have let every deadline pass.
func (t *times) refuseFar(c *column, v *vector) []int64 {
	from, to := firstSecond*c.unit, endSecond*c.unit
	switch {
	case c.phys == physInt96:
		from, to = firstSecond*1e6, endSecond*1e6
	case c.means == date:
		from, to = firstSecond/86_400, endSecond/86_400
	case c.unit == 1e9: // reaches from 1677 to 2262
		from, to = math.MinInt64, math.MaxInt64
	}
	nums := v.nums
	for i, n := range v.nums {
		if n >= from && n < to || v.has != nil && !v.has[i] {
			continue
		}
		if t.fault == nil {
			t.fault, nums = make([]string, v.n), slices.Clone(v.nums)
		}
		t.fault[i], nums[i] = strconv.FormatInt(n, 10), 0
	}
	return nums
}

// The years 0 to 9999, in seconds since 1970.
const firstSecond, endSecond = int64(-62_167_219_200), int64(253_402_300_800)

// fromTicks turns milli-, micro- or nanoseconds into instants.
func fromTicks(at []clock.Instant, ticks []int64, c *column, z *clock.Zone) {
	up, down := int64(1), int64(1)
	switch c.unit {
	case 1e3:
		up = 1000
	case 1e9:
		down = 1000
	}
	const far = int64(1) << 62
	for i, n := range ticks {
		if up > 1 {
			n = min(max(n, -far/up), far/up) * up
		} else if down > 1 {
			if n < 0 {
				n -= down - 1
			}
			n /= down
		}
		at[i] = clock.Instant(n)
	}
	if !c.utc {
		var days dayOffsets
		for i, n := range at {
			at[i] = days.instant(int64(n), z)
		}
	}
}

// dayOffsets remembers the offset of local days on which it doesn't change, as
// it does on two days of a year.
type dayOffsets [256]struct {
	day, off int64
	known    bool
}

// instant is when z's clock shows a time, in microseconds that it has counted.
func (m *dayOffsets) instant(shown int64, z *clock.Zone) clock.Instant {
	const usPerDay = 86_400_000_000
	day := shown / usPerDay
	e := &m[uint64(day)%uint64(len(m))]
	if e.known && e.day == day {
		return clock.Instant(shown - e.off)
	}
	local := func(us int64) int64 { return int64(z.Local(1970, 1, 1, 0, 0, 0, int(us))) }
	from, to := day*usPerDay, day*usPerDay+usPerDay
	if shown < 0 {
		from, to = from-usPerDay, to-usPerDay
	}
	if off := from - local(from); off == to-local(to) && off == shown-local(shown) {
		e.day, e.off, e.known = day, off, true
	}
	return clock.Instant(local(shown))
}

func (t *times) fromText(v *vector, z *clock.Zone) {
	n := v.dict.Len() + 1
	at, day, bad := make([]clock.Instant, n), make([]bool, n), make([]bool, n)
	at[0] = event.NoTime
	anyDay, anyBad := false, false
	var forms table.TimeFormat // those that begin with the year or name the month, as in any table
	for c := 1; c < n; c++ {
		var ok bool
		at[c], day[c], ok = forms.Parse([]byte(v.dict.Name(uint32(c))), z)
		bad[c] = !ok
		anyDay, anyBad = anyDay || day[c], anyBad || !ok
	}
	for i, c := range v.codes {
		t.at[i] = at[c]
	}
	if anyDay {
		t.day = make([]bool, v.n)
		for i, c := range v.codes {
			t.day[i] = day[c]
		}
	}
	if anyBad {
		t.fault = make([]string, v.n)
		for i, c := range v.codes {
			if bad[c] {
				t.fault[i], t.at[i] = v.dict.Name(c), event.NoTime
			}
		}
	}
}

// toStrings reads a column as names, whatever its type.
func toStrings(c *column, v *vector, z *clock.Zone) (event.Coded, error) {
	if v.dict != nil {
		d, err := textDict(c, v.dict)
		return event.Coded{Dict: d, Codes: v.codes}, err
	}
	d := event.NewDict()
	codes := make([]uint32, v.n)
	var buf []byte
	for i := range v.n {
		if v.has != nil && !v.has[i] {
			continue
		}
		if v.floats != nil {
			if f := v.floats[i]; !math.IsNaN(f) {
				codes[i] = d.Code(event.FormatNumber(f))
			}
			continue
		}
		buf = appendNumber(buf[:0], c, v.nums[i], z)
		codes[i] = d.CodeBytes(buf)
	}
	return event.Coded{Dict: d, Codes: codes}, nil
}

// textDict is a dictionary of bytes as text, code by code.
func textDict(c *column, d *event.Dict) (*event.Dict, error) {
	if c.means == uuid || c.means == half || c.means == decimal {
		out := event.NewDict()
		for i := range d.Len() {
			b := []byte(d.Name(uint32(i + 1)))
			if c.means == uuid && len(b) == 16 {
				s := hex.EncodeToString(b)
				out.Code(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
			} else {
				out.Code(event.FormatNumber(fixedNumber(c, b)))
			}
		}
		if out.Len() == d.Len() {
			return out, nil
		}
		return nil, faultf("two of its decimals can't be told apart as numbers", "其中两个 decimal 转为数字后无法区分")
	}
	for i := range d.Len() {
		if s := d.Name(uint32(i + 1)); !ascii(s) && !utf8.ValidString(s) {
			if len(s) > 40 {
				s = s[:40]
			}
			return nil, faultf("%q isn't UTF-8 text", "%q 不是 UTF-8 文本", s)
		}
	}
	return d, nil
}

// ascii sees in a few steps what most ids are.
func ascii(s string) bool {
	if len(s) > 32 {
		return false
	}
	var or byte
	for i := range len(s) {
		or |= s[i]
	}
	return or < utf8.RuneSelf
}

// appendNumber writes a whole number, bool, date or time as text.
func appendNumber(b []byte, c *column, n int64, z *clock.Zone) []byte {
	switch {
	case c.phys == physBool:
		return strconv.AppendBool(b, n != 0)
	case c.means == decimal:
		return append(b, event.FormatNumber(float64(n)/math.Pow10(int(c.scale)))...)
	case c.means == date:
		return append(b, clock.Day(n).String()...)
	case c.means == timestamp, c.phys == physInt96:
		at := []clock.Instant{clock.Instant(n)}
		if c.phys != physInt96 {
			fromTicks(at, []int64{n}, c, z)
		}
		return z.Append(b, at[0])
	case c.means == timeOfDay:
		at := clock.Instant(n * (1e9 / c.unit) / 1e3)
		return append(b, at.Time().Format("15:04:05.999999")...)
	case c.means == unsigned && c.phys == physInt64:
		return strconv.AppendUint(b, uint64(n), 10)
	}
	return strconv.AppendInt(b, n, 10)
}

// fixedNumber is a decimal or a half float of fixed length.
func fixedNumber(c *column, b []byte) float64 {
	if c.means == half && len(b) == 2 {
		h := binary.LittleEndian.Uint16(b)
		sign, exp, frac := 1-2*float64(h>>15), int(h>>10&31), float64(h&1023)
		switch exp {
		case 0:
			return sign * math.Ldexp(frac, -24)
		case 31:
			return math.NaN()
		}
		return sign * math.Ldexp(1024+frac, exp-25)
	}
	x := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	r := new(big.Rat).SetFrac(x, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(max(c.scale, 0), 1000))), nil))
	f, _ := r.Float64()
	return f
}

// kindOf is the kind that the file's type gives an attribute.
func (c *column) kindOf() event.Kind {
	switch {
	case c.maxRep > 0 && c.part == partAttr:
		return event.Strings
	case c.phys == physBytes, c.means == uuid, c.means == timeOfDay:
		return event.String
	case c.phys == physBool:
		return event.Bool
	case c.means == date:
		return event.Day
	case c.means == timestamp, c.phys == physInt96:
		return event.Time
	case c.phys == physFixed && c.means != decimal && c.means != half:
		return event.String
	}
	return event.Number
}

// toAttr reads a column as an attribute of the declared type (Absent: none is
// declared). What isn't of that type is absent and counted; a time may stand as
// text.
func toAttr(c *column, v *vector, declared event.Kind, z *clock.Zone) (event.BatchAttr, error) {
	a := event.BatchAttr{Name: c.attr, Kind: c.kindOf(), Has: v.has}
	fits := declared == event.Absent || declared == a.Kind || declared == event.Time && (a.Kind == event.Day || a.Kind == event.String)
	if !fits {
		a.Mistyped, a.Kind, a.Has = v.there(), declared, make([]bool, v.n)
		a.Strings.Dict = event.NewDict()
		return a, nil
	}
	switch a.Kind {
	case event.Strings:
		return listAttr(c, v, a)
	case event.String:
		if declared == event.Time {
			timeAttr(&a, toTimes(c, v, z))
			return a, nil
		}
		s, err := toStrings(c, v, z)
		a.Strings, a.Has = s, nil // a code of 0 says the same
		return a, err
	case event.Time, event.Day:
		timeAttr(&a, toTimes(c, v, z))
	case event.Bool, event.Number:
		numberAttr(&a, c, v)
	}
	return a, nil
}

func timeAttr(a *event.BatchAttr, t times) {
	a.Kind, a.Times, a.OnDay = event.Time, t.at, t.day
	a.Has = make([]bool, len(t.at))
	for i, at := range t.at {
		a.Has[i] = at != event.NoTime
		if t.fault != nil && t.fault[i] != "" {
			a.Mistyped++
		}
	}
}

// numberAttr reads numbers. One that isn't finite, or a whole one with more
// digits than a double has, is absent and counted.
func numberAttr(a *event.BatchAttr, c *column, v *vector) {
	lose := func(i int) {
		if a.Mistyped++; a.Mistyped == 1 {
			a.Has = slices.Clone(v.has)
			if a.Has == nil {
				a.Has = slices.Repeat([]bool{true}, v.n)
			}
		}
		a.Has[i] = false
	}
	a.Nums = v.floats
	if v.floats != nil {
		for i, f := range v.floats {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				lose(i)
			}
		}
		return
	}
	a.Nums = make([]float64, v.n)
	if v.dict != nil {
		for i, code := range v.codes {
			if code != 0 {
				a.Nums[i] = fixedNumber(c, []byte(v.dict.Name(code)))
			}
			if math.IsNaN(a.Nums[i]) {
				lose(i)
			}
		}
		return
	}
	div := 1.0
	if c.means == decimal {
		div = math.Pow10(int(c.scale))
	}
	const exact = 1 << 53
	for i, n := range v.nums {
		switch {
		case c.means != decimal && (n > exact || n < -exact):
			lose(i)
		default:
			a.Nums[i] = float64(n) / div
		}
	}
}

func listAttr(c *column, v *vector, a event.BatchAttr) (event.BatchAttr, error) {
	d, err := textDict(c, v.dict)
	if err != nil {
		return a, err
	}
	rows := len(v.offs) - 1
	a.Lists, a.Has = make([][]string, rows), make([]bool, rows)
	for r := range rows {
		codes := v.codes[v.offs[r]:v.offs[r+1]]
		a.Has[r] = len(codes) > 0 || v.empty[r]
		list := make([]string, 0, len(codes))
		for _, code := range codes {
			if code != 0 {
				list = append(list, d.Name(code))
			}
		}
		a.Lists[r] = list
	}
	return a, nil
}

// there is how many values there are.
func (v *vector) there() int {
	n := 0
	for _, h := range v.has {
		if h {
			n++
		}
	}
	if v.has == nil {
		n = v.n
	}
	return n
}

// onlyUsed drops from a dictionary what no code refers to, so that a log has no
// type and no object that no event has.
func onlyUsed(s event.Coded) event.Coded {
	used := make([]uint32, s.Dict.Len()+1)
	left := s.Dict.Len()
	for _, c := range s.Codes {
		if used[c] == 0 && c != 0 {
			left--
		}
		used[c] = 1
	}
	if left == 0 {
		return s
	}
	d := event.NewDict()
	codes := make([]uint32, len(s.Codes))
	clear(used)
	for i, c := range s.Codes {
		if c != 0 && used[c] == 0 {
			used[c] = d.Code(s.Dict.Name(c))
		}
		codes[i] = used[c]
	}
	return event.Coded{Dict: d, Codes: codes}
}

var errLists = errs.T("the attributes of objects are lists of other lengths than the objects", "对象属性列表与对象列表长度不一致")
