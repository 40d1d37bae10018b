package brute

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Instant is a point in time in microseconds since 1970-01-01T00:00:00Z.
type Instant = int64

// Kind says what a [Value] is.
type Kind uint8

// The kinds of values; Absent is the zero value, and is never equal to anything.
const (
	Absent Kind = iota
	Number
	String
	Bool
	Time
)

// Value is an attribute's value, a time or a constant.
type Value struct {
	Kind Kind
	Num  float64
	Str  string
	Bool bool
	At   Instant // of a Time; the day's first instant if Day
	Day  bool    // the time was given as a date alone
}

// Num, Str, Flag and At make values of the four kinds.
func Num(f float64) Value { return Value{Kind: Number, Num: f} }

// Str makes a string.
func Str(s string) Value { return Value{Kind: String, Str: s} }

// Flag makes a bool.
func Flag(b bool) Value { return Value{Kind: Bool, Bool: b} }

// At makes a time.
func At(t Instant) Value { return Value{Kind: Time, At: t} }

// Object is one mention of an object by an event, with what the event says of it.
type Object struct {
	Type, ID, Qualifier string // Qualifier "" is none
	Attributes          map[string]Value
}

// Event is what happened. Empty Actor and Unit are absent; Recorded is a Time or Absent.
type Event struct {
	ID, Type    string
	Time        Instant // the day's first instant if Day
	Day         bool    // the time was given as a date alone
	Seq         int64
	Recorded    Value
	Actor, Unit string
	Objects     []Object
	Attributes  map[string]Value
}

// inOrder compares events by (time, seq, id bytewise): the total order of events.
func inOrder(a, b *Event) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Seq, b.Seq), strings.Compare(a.ID, b.ID))
}

// Pattern is a list of event types (nil is `any`) and a condition (nil is none).
type Pattern struct {
	Types []string
	Where *Cond
}

// Duration is a whole number of a unit: s, m, h (elapsed), d, w, wd, mo, y (calendar).
// The zero Duration is none.
type Duration struct {
	N    int
	Unit string
}

func (d Duration) none() bool { return d.Unit == "" }

func (d Duration) elapsed() bool { return d.Unit == "s" || d.Unit == "m" || d.Unit == "h" }

// length is an elapsed duration in microseconds.
func (d Duration) length() int64 {
	unit := map[string]int64{"s": 1, "m": 60, "h": 3600}[d.Unit]
	return int64(d.N) * unit * second
}

const second = int64(time.Second / time.Microsecond)

// Pause is `paused`: from a From to the next To, for at most Max.
type Pause struct {
	From, To Pattern
	Max      Duration
}

// Extension is one entry of `extended`: To puts a duration in the place of within, Add goes on
// from the last day reached; exactly one is given. Times bounds how many events count, 0 is no
// bound.
type Extension struct {
	By      Pattern
	To, Add Duration
	Times   int
}

// Clock says how a duration is counted. In a rule an empty string means the pack's choice, in
// a pack the language's: start excluded, roll none, calendar weekends, hours exact, months
// same-day. From, Paused and Extended are a rule's alone.
type Clock struct {
	Start, Roll, Calendar, Hours, Months string
	From                                 *Term
	Paused                               *Pause
	Extended                             []Extension
}

// Count is a rule about a number in a window. Distinct and Sum are nil where not given.
type Count struct {
	Of            Pattern
	In            Duration
	AtMost        float64
	Distinct, Sum *Term
}

// Rule is one rule. Form is followed_by, preceded_by, hold or count. Days of EffectiveFrom and
// EffectiveTo are nil where not given.
type Rule struct {
	ID                         string
	Form                       string
	Never                      bool
	When                       Pattern
	Other                      Pattern // of followed_by and preceded_by
	WhereOutside               bool    // writes Other's condition beside the form, not inside the pattern
	Hold                       *Cond
	Within                     Duration
	Clock                      Clock
	Immediately, Oldest        bool
	Unless                     *Pattern
	Over                       string   // "", each, any, all
	Per                        []string // nil is the pack's
	EffectiveFrom, EffectiveTo *Day
	Warn                       Duration
	Count                      *Count
}

// Pack is a set of rules with what they share. Attributes gives each declared attribute's kind.
// Calendar is the one that rules name other than `weekends`, nil if there is none.
type Pack struct {
	Per, Zone  string
	Closes     []string
	Attributes map[string]Kind
	Clock      Clock
	Calendar   *Calendar
	Rules      []Rule
}

// Case is one question: what are the verdicts of Pack on Events as of T, with absence judged
// at W ≤ T; Complete says that the log is whole.
type Case struct {
	Pack     Pack
	Events   []Event
	T, W     Instant
	Complete bool
}

// Verdict is the answer for one activation. Key is the activation's key, its parts joined by
// "\x1f" in the order of `per`, and "" where `over` made one activation of the event. What is
// not evaluable has no due, first, lateness or number.
type Verdict struct {
	Key, Event string
	Verdict    string  // met, met_late, breached, running, moot or not_evaluable
	HasDue     bool    // whether there is a due; never for preceded_by, hold and count
	Due        Instant // first instant after the last day, or the elapsed end
	First      string  // id of the event that met, was late, offended or excused; "" if none
	Late       int64   // of met_late under an elapsed duration: microseconds
	LateDays   int     // of met_late otherwise: days, at least 1
	AtRisk     bool    // running, and T is within `warn` of due
	Number     float64 // of a count: the number taken, where every value is known
	Episode    string  // of a breached count: the id of its episode's first activation
}

// Totals are a rule's figures, named as `check --format json` names them.
type Totals struct {
	Activations  int `json:"activations"`
	Met          int `json:"met"`
	MetLate      int `json:"met_late"`
	Breached     int `json:"breached"`
	Running      int `json:"running"`
	Moot         int `json:"moot"`
	NotEvaluable int `json:"not_evaluable"`
	WhenUnknown  int `json:"when_unknown"`
	Violations   int `json:"violations"`
	Episodes     int `json:"episodes"`
}

// Result is a rule's answer: its verdicts in the order of (event, key), and its totals.
type Result struct {
	Rule     string
	Verdicts []Verdict
	Totals   Totals
}

// clock is the rule's clock with every choice made: the rule's, else the pack's, else the
// language's.
func (p *Pack) clock(r *Rule) Clock {
	c := r.Clock
	c.Start = cmp.Or(c.Start, p.Clock.Start, "excluded")
	c.Roll = cmp.Or(c.Roll, p.Clock.Roll, "none")
	c.Calendar = cmp.Or(c.Calendar, p.Clock.Calendar, "weekends")
	c.Hours = cmp.Or(c.Hours, p.Clock.Hours, "exact")
	c.Months = cmp.Or(c.Months, p.Clock.Months, "same-day")
	return c
}

// per is what correlates the rule's events.
func (p *Pack) per(r *Rule) []string {
	if len(r.Per) > 0 {
		return r.Per
	}
	return []string{p.Per}
}

// keys are the keys that an event has under per: one for each combination of the parts'
// values, none where a part is absent.
func keys(e *Event, per []string) []string {
	all := []string{""}
	for i, part := range per {
		var next []string
		for _, head := range all {
			for _, v := range partValues(e, part) {
				if i > 0 {
					v = head + "\x1f" + v
				}
				next = append(next, v)
			}
		}
		all = next
	}
	return all
}

// partValues are an event's values for one part of per, each once.
func partValues(e *Event, part string) []string {
	var vs []string
	switch {
	case part == "actor":
		vs = append(vs, e.Actor)
	case part == "unit":
		vs = append(vs, e.Unit)
	case strings.HasPrefix(part, "attr."):
		if v := e.Attributes[part[len("attr."):]]; v.Kind == String {
			return []string{v.Str}
		}
		return nil
	default:
		typ, qualifier, qualified := strings.Cut(part, "/")
		for _, o := range e.Objects {
			if o.Type == typ && (!qualified || o.Qualifier == qualifier) && !slices.Contains(vs, o.ID) {
				vs = append(vs, o.ID)
			}
		}
	}
	return slices.DeleteFunc(vs, func(v string) bool { return v == "" })
}
