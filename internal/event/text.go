package event

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"plumbline/internal/clock"
)

// split cuts the texts of a list apart: at ";", else, as Chinese writes it, at "；", "、"
// and "，". A comma of ASCII stands within names, too.
func split(s string) (list []string) {
	apart := ";"
	if !strings.Contains(s, apart) {
		apart = "；、，"
	}
	for {
		part, rest := s, ""
		i := strings.IndexAny(s, apart)
		if i >= 0 {
			_, n := utf8.DecodeRuneInString(s[i:])
			part, rest = s[:i], s[i+n:]
		}
		list = append(list, strings.TrimSpace(part))
		if i < 0 {
			return list
		}
		s = rest
	}
}

// ParseText reads text that has no type of its own as a value of kind k: the
// cells of CSV and of wide tables, the lines of a pack's tests. Kind Absent (no
// pack declares it) keeps the string.
func ParseText(k Kind, s string, z *clock.Zone) (Value, bool) {
	switch k {
	case Number:
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		return Num(f), err == nil
	case Bool:
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true":
			return Boolean(true), true
		case "false":
			return Boolean(false), true
		}
		return Value{}, false
	case Time, Day:
		t, day, err := clock.ParseInstant(strings.TrimSpace(s), z)
		return Value{Kind: stamp(t, day).Kind, At: t}, err == nil
	case Strings:
		return List(split(s)), true
	}
	return Str(s), true
}
