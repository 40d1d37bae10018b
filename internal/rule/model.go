package rule

import (
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Pack is a checked pack: everything in it is resolved and known to be sound.
type Pack struct {
	File         string
	Name         string
	Version      string
	Title        errs.Text
	About        errs.Text // what it is for and how to read it, in paragraphs; may be empty
	Jurisdiction string
	Log          LogSpec
	Rules        []*Rule
	Tests        []Example
	Calendars    map[string]*clock.Calendar // those that its rules name
	Vocabulary   *Vocabulary                // what its logs speak of, in both languages; may be nil

	named errs.List  // what NamedLiterals gives
	clock *clockNode // as it was written, for ClockText
}

// LogSpec says how a pack reads a log.
type LogSpec struct {
	Per        Key         // what correlates where a rule doesn't say
	Zone       *clock.Zone // for legal days
	Closes     []string    // event types that end a case
	Attributes map[string]event.Kind
}

// KeyKind is what kind of thing correlates events.
type KeyKind uint8

// The kinds of key.
const (
	KeyObject KeyKind = iota // an object type, with a qualifier or without
	KeyActor
	KeyUnit
	KeyAttr
)

// Key is one part of what correlates events into a trace.
type Key struct {
	Kind      KeyKind
	Name      string // object type or attribute
	Qualifier string // "" for any
}

// Over says how an event with several objects activates a rule.
type Over uint8

// One activation per object; or one per event over the union of its objects'
// traces, where another event must share any, or all, of them.
const (
	Each Over = iota
	AnyOf
	AllOf
)

// Form is what a rule asks of the events around its activation.
type Form uint8

// The forms of spec §3 and §7.
const (
	FollowedBy Form = iota
	PrecededBy
	Hold
	Count
)

// Severity says how grave a violation is.
type Severity uint8

// The severities, in rising order.
const (
	Info Severity = iota
	Minor
	Major
	Critical
)

// Rule is one checked rule.
type Rule struct {
	Pack      *Pack
	ID        string
	Title     errs.Text
	Says      errs.Text // the rule in one plain sentence; may be empty
	Basis     Basis
	Severity  Severity
	Reason    errs.Text // why it is that grave; may be empty
	Effective Effective
	Per       []Key
	Over      Over
	When      Pattern // of Count: what is counted (`of`)
	Form      Form
	Never     bool
	Other     Pattern // of FollowedBy and PrecededBy
	Hold      *Cond   // of Hold

	Within      *clock.Clock // nil without `within`
	Immediately bool
	Oldest      bool // discharge: oldest
	Unless      *Pattern
	From        *Expr // where the clock starts; nil: the activating event
	Paused      *Pause
	Extended    []Extension
	Warn        *clock.Duration
	Window      *Window // of Count

	Pos  Pos
	node *ruleNode // as it was written, for String
}

// Closable says whether the end of a case concerns the rule: those keyed by
// the pack's `per` alone (spec §4).
func (r *Rule) Closable() bool {
	return len(r.Per) == 1 && r.Per[0] == r.Pack.Log.Per && len(r.Pack.Log.Closes) > 0
}

// Basis is the law that a rule rests on.
type Basis struct {
	Text     errs.Text // the article; the same in both languages where it is given once
	Words    string    // its operative words, exactly and in its own language; may be empty
	URL      string    // where it is published; may be empty
	Checked  clock.Day
	Verified bool // unverified rules warn, they never accuse
}

// Effective bounds the local date of the activating event; To is exclusive.
type Effective struct {
	From, To       clock.Day
	HasFrom, HasTo bool
}

// Covers says whether day d is within the bounds.
func (e Effective) Covers(d clock.Day) bool {
	return (!e.HasFrom || d >= e.From) && (!e.HasTo || d < e.To)
}

// Pattern is which events are meant.
type Pattern struct {
	Any   bool // every type
	Types []string
	Where *Cond // nil: no condition
	Pos   Pos

	typePos []Pos // where each of Types stands
}

// Pause stops a clock between two events.
type Pause struct {
	From, To Pattern
	Max      *clock.Duration // bounds each pause; nil: no bound
}

// Extension moves a deadline: To puts a duration in place of `within`'s, Add
// goes on from the last day reached. Exactly one of the two is there.
type Extension struct {
	By      Pattern
	To, Add *clock.Duration
	Times   int // how many events may count; 0: all
}

// Aggregate is what a window counts.
type Aggregate uint8

// The number of events, of distinct values, or a sum.
const (
	CountEvents Aggregate = iota
	CountDistinct
	SumOf
)

// Window is a bound on a number over a sliding window (spec §7).
type Window struct {
	Of     Aggregate
	Expr   *Expr // of CountDistinct and SumOf
	In     clock.Duration
	AtMost float64
}

// Pos is a place in a pack's file.
type Pos struct {
	File         string
	Line, Column int
}
