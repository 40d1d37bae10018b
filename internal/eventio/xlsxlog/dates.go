package xlsxlog

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// dateStyle says what a style makes of a number.
type dateStyle uint8

const (
	noDate dateStyle = iota
	onlyDate
	dateAndTime
)

// readStyles learns which styles show dates.
func (k *book) readStyles(part string) error {
	custom := map[int]string{}
	inXfs := false
	return k.small(part, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil {
				custom[id] = attr(e, "formatCode")
			}
		case "cellXfs":
			inXfs = true
		case "cellStyleXfs", "cellStyles", "dxfs":
			inXfs = false
		case "xf":
			if !inXfs {
				return nil
			}
			id, _ := strconv.Atoi(attr(e, "numFmtId")) // absent: General
			if code, ok := custom[id]; ok {
				k.dates = append(k.dates, styleOf(code))
			} else {
				k.dates = append(k.dates, builtinStyle(id))
			}
		}
		return nil
	})
}

// builtinStyle is what the formats that need no code show (ECMA-376 part 1,
// 18.8.30, those of Chinese and Japanese workbooks among them).
func builtinStyle(id int) dateStyle {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return onlyDate
	case id == 22:
		return dateAndTime
	}
	return noDate // 18 to 21, 32 to 35, 45 to 47, 55, 56: a time of day without a date
}

// styleOf reads a format code: y and d are of dates, h and s of times of day, m
// of the one or the other.
func styleOf(code string) dateStyle {
	code, _, _ = strings.Cut(strings.ToLower(bare(code)), ";")
	if strings.Contains(code, "general") {
		return noDate
	}
	date := strings.ContainsAny(code, "yd")
	clock := strings.ContainsAny(code, "hs")
	switch {
	case date && clock:
		return dateAndTime
	case date || strings.Contains(code, "m") && !clock:
		return onlyDate
	}
	return noDate
}

// bare is a format code without its literal text, colours and conditions.
func bare(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\\', '_', '*':
			i++
		case '"', '[':
			end := byte('"')
			if c == '[' {
				end = ']'
			}
			n := strings.IndexByte(code[i+1:], end)
			if n < 0 {
				return b.String()
			}
			if elapsed := code[i+1 : i+1+n]; c == '[' && strings.Trim(strings.ToLower(elapsed), "hms") == "" {
				b.WriteString("s" + elapsed) // [h]:mm counts hours
			}
			i += n + 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// dateText writes a number of days as the time it stands for, in ISO form; ok
// is false where it is none: a time of day alone, or beyond the year 9999. Of
// the system of 1900 day 60 is the 29th of February that never was: it is
// written so, and refused as a time.
func dateText(serial float64, since int, style dateStyle) (text string, ok bool) {
	const (
		msPerDay = 86_400_000
		last     = 2_958_465 // 9999-12-31
	)
	if !(serial >= 1 || serial >= 0 && since == 1904) || serial > last {
		return "", false
	}
	ms := int64(math.Round(serial * msPerDay))
	days, ms := ms/msPerDay, ms%msPerDay
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case since == 1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 60:
		return "1900-02-29", true
	case days < 60:
		epoch = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(ms) * time.Millisecond)
	switch {
	case style == onlyDate && ms == 0:
		return t.Format("2006-01-02"), true
	case ms%1000 == 0:
		return t.Format("2006-01-02T15:04:05"), true
	}
	return t.Format("2006-01-02T15:04:05.000"), true
}
