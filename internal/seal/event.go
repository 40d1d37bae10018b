package seal

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"plumbline/internal/event"
)

// AppendEvent appends an event as the text that is committed to: JSON with its
// members in one order, no spaces, those left out that say nothing, instants in
// microseconds since 1970. Different events give different texts: what isn't
// UTF-8 stands as {"base64": …}.
func AppendEvent(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"source":`...)
	dst = quote(dst, e.Source)
	dst = member(dst, "id", e.ID)
	dst = member(dst, "type", e.Type)
	dst = stamp(dst, "time", e.Time)
	if e.HasSeq {
		dst = append(dst, `,"seq":`...)
		dst = strconv.AppendInt(dst, e.Seq, 10)
	}
	dst = stamp(dst, "recorded", e.Recorded)
	dst = stamp(dst, "received", e.Received)
	if e.Actor.OK {
		dst = member(dst, "actor", e.Actor.Value)
	}
	if e.Unit.OK {
		dst = member(dst, "unit", e.Unit.Value)
	}
	if e.Corrects != "" {
		dst = member(dst, "corrects", e.Corrects)
	}
	if e.Voids != "" {
		dst = member(dst, "voids", e.Voids)
	}
	if len(e.Objects) > 0 {
		dst = append(dst, `,"objects":[`...)
		for i := range e.Objects {
			dst = object(dst, &e.Objects[i], i > 0)
		}
		dst = append(dst, ']')
	}
	dst = attrs(dst, e.Attrs)
	return append(dst, '}')
}

func object(dst []byte, o *event.Object, more bool) []byte {
	if more {
		dst = append(dst, ',')
	}
	dst = append(dst, `{"type":`...)
	dst = quote(dst, o.Type)
	dst = member(dst, "id", o.ID)
	if o.Qualifier != "" {
		dst = member(dst, "qualifier", o.Qualifier)
	}
	dst = attrs(dst, o.Attrs)
	return append(dst, '}')
}

func attrs(dst []byte, list []event.Attr) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, `,"attrs":[`...)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = quote(dst, list[i].Name)
		dst = value(append(dst, ','), &list[i].Value)
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

func value(dst []byte, v *event.Value) []byte {
	switch v.Kind {
	case event.Number:
		if math.IsNaN(v.Num) || math.IsInf(v.Num, 0) {
			dst = append(dst, `{"number":"`...)
			dst = strconv.AppendFloat(dst, v.Num, 'g', -1, 64)
			return append(dst, `"}`...)
		}
		if n := int64(v.Num); -1e6 < n && n < 1e6 && math.Float64bits(float64(n)) == math.Float64bits(v.Num) {
			return strconv.AppendInt(dst, n, 10) // the same, in a fifth of the time
		}
		return strconv.AppendFloat(dst, v.Num, 'g', -1, 64)
	case event.String:
		return quote(dst, v.Str)
	case event.Bool:
		return strconv.AppendBool(dst, v.Num != 0)
	case event.Time:
		return append(strconv.AppendInt(append(dst, `{"time":`...), int64(v.At), 10), '}')
	case event.Day:
		return append(strconv.AppendInt(append(dst, `{"day":`...), int64(v.At), 10), '}')
	case event.Strings:
		if v.List == nil {
			return append(dst, `{"strings":null}`...)
		}
		dst = append(dst, '[')
		for i, s := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = quote(dst, s)
		}
		return append(dst, ']')
	}
	return append(dst, "null"...)
}

// stamp writes a time, with "_day" behind its name where it is a date alone.
func stamp(dst []byte, name string, s event.Stamp) []byte {
	if s.Kind == event.Absent {
		return dst
	}
	dst = append(append(dst, `,"`...), name...)
	if s.Kind == event.Day {
		dst = append(dst, "_day"...)
	}
	return strconv.AppendInt(append(dst, `":`...), int64(s.At), 10)
}

func member(dst []byte, name, s string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return quote(dst, s)
}

const hexDigits = "0123456789abcdef"

// plainASCII are the bytes that stand for themselves in a string of JSON.
var plainASCII = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

// quote writes a string of JSON in which only what must be is escaped.
func quote(dst []byte, s string) []byte {
	from := 0
	for from < len(s) && plainASCII[s[from]] {
		from++
	}
	if from == len(s) { // as most are
		return append(append(append(dst, '"'), s...), '"')
	}
	if !utf8.ValidString(s) {
		dst = append(dst, `{"base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(s))
		return append(dst, `"}`...)
	}
	dst = append(append(dst, '"'), s[:from]...)
	for i := from; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if c < ' ' {
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, '\\', c)
		}
	}
	return append(append(dst, s[from:]...), '"')
}
