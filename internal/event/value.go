package event

import (
	"math"
	"strconv"

	"plumbline/internal/clock"
)

// Kind says what a value is. The zero Kind is an absent value.
type Kind uint8

// The kinds of value an attribute can have. Day is a time given as a date
// alone: its instant is the day's first, and under an elapsed duration it is
// tried at its last as well (spec §1).
const (
	Absent Kind = iota
	Number
	String
	Bool
	Time
	Day
	Strings
)

var kindNames = [...]string{"absent", "number", "string", "bool", "time", "time", "strings"}

// String is the name of the kind in a pack: number, string, bool, time or
// strings.
func (k Kind) String() string { return kindNames[k] }

// ParseKind reads the name of a type as a pack declares it.
func ParseKind(s string) (Kind, bool) {
	switch s {
	case "number":
		return Number, true
	case "string":
		return String, true
	case "bool":
		return Bool, true
	case "time":
		return Time, true
	case "strings":
		return Strings, true
	}
	return Absent, false
}

// Value is one value of an attribute. The zero Value is absent.
type Value struct {
	Kind Kind
	Num  float64       // Number; Bool as 0 or 1
	Str  string        // String
	List []string      // Strings
	At   clock.Instant // Time, Day
}

// Num, Str, Boolean, At, OnDay and List make a Value of each kind.
func Num(f float64) Value { return Value{Kind: Number, Num: f} }

// Str makes a string.
func Str(s string) Value { return Value{Kind: String, Str: s} }

// Boolean makes a bool.
func Boolean(b bool) Value {
	if b {
		return Value{Kind: Bool, Num: 1}
	}
	return Value{Kind: Bool}
}

// At makes a time.
func At(t clock.Instant) Value { return Value{Kind: Time, At: t} }

// OnDay makes a time given as a date alone; t is the first instant of that day.
func OnDay(t clock.Instant) Value { return Value{Kind: Day, At: t} }

// List makes a list of strings.
func List(s []string) Value { return Value{Kind: Strings, List: s} }

// Text is the value as a person would write it; times in zone z.
func (v Value) Text(z *clock.Zone) string {
	switch v.Kind {
	case Number:
		return FormatNumber(v.Num)
	case String:
		return v.Str
	case Bool:
		return strconv.FormatBool(v.Num != 0)
	case Time:
		return z.Format(v.At)
	case Day:
		return z.Date(v.At).String()
	case Strings:
		b := []byte{}
		for i, s := range v.List {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, s...)
		}
		return string(b)
	}
	return ""
}

// FormatNumber is the shortest decimal that reads back as f, without an
// exponent where a person would not write one.
func FormatNumber(f float64) string {
	if a := math.Abs(f); a >= 1e21 || (a != 0 && a < 1e-6) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Stamp is a time that may be absent or a date alone.
type Stamp struct {
	At   clock.Instant
	Kind Kind // Absent, Time or Day
}
