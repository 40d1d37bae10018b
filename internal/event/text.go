package event

import (
	"strconv"
	"strings"

	"plumbline/internal/clock"
)

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
		var list []string
		for part := range strings.SplitSeq(s, ";") {
			list = append(list, strings.TrimSpace(part))
		}
		return List(list), true
	}
	return Str(s), true
}
