package brute

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// kleene is what a condition comes to: false, true, or no value where it touches what is absent.
type kleene uint8

const (
	isFalse kleene = iota
	isTrue
	noValue
)

func truth(b bool) kleene {
	if b {
		return isTrue
	}
	return isFalse
}

// Term is a side of a comparison: a field of a variable, or a constant if Var is "".
type Term struct {
	Var   string // it, when, case
	Field string // type time recorded actor unit id attr
	Attr  string // the attribute's name, of Field attr
	Const Value
}

// Cond is a condition.
//
//	and, or, not  over Args
//	has           Left's attribute is there
//	is            Left, a bool attribute, is true
//	in            Left is one of List
//	apart         Left − Right Rel Span, of two times; Span in seconds
//	==, !=, <, …  Left and Right compare so
type Cond struct {
	Op          string
	Args        []*Cond
	Left, Right Term
	List        []Value
	Rel         string
	Span        int64
}

// scene is what a condition can see: the event tested, the activating event, and the case as
// it stands at the activation's place in the order; nil where there is none.
type scene struct {
	it, when *Event
	kase     *Object
}

// value is what a term comes to.
func (s scene) value(t Term) Value {
	if t.Var == "" {
		return t.Const
	}
	if t.Var == "case" {
		switch {
		case s.kase == nil:
			return Value{}
		case t.Field == "id":
			return Str(s.kase.ID)
		}
		return s.kase.Attributes[t.Attr]
	}
	e := s.it
	if t.Var == "when" {
		e = s.when
	}
	switch t.Field {
	case "type":
		return Str(e.Type)
	case "id":
		return Str(e.ID)
	case "time":
		return Value{Kind: Time, At: e.Time, Day: e.Day}
	case "recorded":
		return e.Recorded
	case "actor":
		return unlessEmpty(e.Actor)
	case "unit":
		return unlessEmpty(e.Unit)
	}
	return e.Attributes[t.Attr]
}

func unlessEmpty(s string) Value {
	if s == "" {
		return Value{}
	}
	return Str(s)
}

// holds evaluates a condition; nil holds.
func (s scene) holds(c *Cond) kleene {
	if c == nil {
		return isTrue
	}
	switch c.Op {
	case "and":
		return s.all(c.Args, isFalse)
	case "or":
		return s.all(c.Args, isTrue)
	case "not":
		switch s.holds(c.Args[0]) {
		case isFalse:
			return isTrue
		case isTrue:
			return isFalse
		}
		return noValue
	case "has":
		if c.Left.Var == "case" && s.kase == nil {
			return noValue
		}
		return truth(s.value(c.Left).Kind != Absent)
	}
	left := s.value(c.Left)
	if left.Kind == Absent {
		return noValue
	}
	switch c.Op {
	case "is":
		return truth(left.Bool)
	case "in":
		for _, v := range c.List {
			if compare(left, v) == 0 {
				return isTrue
			}
		}
		return isFalse
	}
	right := s.value(c.Right)
	if right.Kind == Absent {
		return noValue
	}
	if c.Op == "apart" {
		return truth(related(c.Rel, compare(Num(float64(left.At-right.At)), Num(float64(c.Span*second)))))
	}
	return truth(related(c.Op, compare(left, right)))
}

// all is && (absorbing false) or || (absorbing true): one operand that decides does so whatever
// the others come to, and only then does no value matter.
func (s scene) all(args []*Cond, absorbing kleene) kleene {
	result := isTrue - absorbing
	for _, a := range args {
		switch s.holds(a) {
		case absorbing:
			return absorbing
		case noValue:
			result = noValue
		}
	}
	return result
}

// compare orders two values of one kind.
func compare(a, b Value) int {
	switch a.Kind {
	case Number:
		return sign(a.Num < b.Num, a.Num > b.Num)
	case Time:
		return sign(a.At < b.At, a.At > b.At)
	case Bool:
		return sign(!a.Bool && b.Bool, a.Bool && !b.Bool)
	}
	return strings.Compare(a.Str, b.Str)
}

func sign(less, greater bool) int {
	switch {
	case less:
		return -1
	case greater:
		return 1
	}
	return 0
}

func related(rel string, order int) bool {
	switch rel {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// String is the condition as CEL.
func (c *Cond) String() string {
	switch c.Op {
	case "and", "or":
		op := map[string]string{"and": " && ", "or": " || "}[c.Op]
		parts := make([]string, len(c.Args))
		for i, a := range c.Args {
			parts[i] = "(" + a.String() + ")"
		}
		return strings.Join(parts, op)
	case "not":
		return "!(" + c.Args[0].String() + ")"
	case "has":
		if plainName(c.Left.Attr) {
			return "has(" + c.Left.String() + ")"
		}
		return quote(c.Left.Attr) + " in " + c.Left.Var + ".attr"
	case "is":
		return c.Left.String()
	case "in":
		parts := make([]string, len(c.List))
		for i, v := range c.List {
			parts[i] = v.cel()
		}
		return c.Left.String() + " in [" + strings.Join(parts, ", ") + "]"
	case "apart":
		return c.Left.String() + " - " + c.Right.String() + " " + c.Rel + " duration(\"" + strconv.FormatInt(c.Span, 10) + "s\")"
	}
	return c.Left.String() + " " + c.Op + " " + c.Right.String()
}

// String is the term as CEL.
func (t Term) String() string {
	switch {
	case t.Var == "":
		return t.Const.cel()
	case t.Field != "attr":
		return t.Var + "." + t.Field
	case plainName(t.Attr):
		return t.Var + ".attr." + t.Attr
	}
	return t.Var + ".attr[" + quote(t.Attr) + "]"
}

// cel is a constant as CEL. A whole number is written as an integer, so that literals of both
// kinds are met beside numbers.
func (v Value) cel() string {
	switch v.Kind {
	case Number:
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Bool)
	case Time:
		return "timestamp(" + quote(time.UnixMicro(v.At).UTC().Format("2006-01-02T15:04:05.999999Z")) + ")"
	}
	return quote(v.Str)
}

func plainName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// quote writes a string as JSON does, which CEL and YAML read alike.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
