package monitor

import (
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Verdict is what a rule says of one activation (spec §4). Every activation
// has exactly one.
type Verdict uint8

// The verdicts. None is that of an activation not decided yet, inside the
// engine only.
const (
	None Verdict = iota
	Met
	MetLate
	Breached
	Running
	Moot
	NotEvaluable
)

var verdictNames = [...]string{"none", "met", "met_late", "breached", "running", "moot", "not_evaluable"}

// String is the verdict's name in the API.
func (v Verdict) String() string { return verdictNames[v] }

// Violated says whether the verdict is a violation: breached or met late.
func (v Verdict) Violated() bool { return v == Breached || v == MetLate }

// Options say as of when a log is judged, and how.
type Options struct {
	AsOf     clock.Instant // T; with HasAsOf, else the last event's time
	HasAsOf  bool
	Lateness int64 // µs: absence is judged at W = T − Lateness
	Complete bool  // the log's end ends every case
	Workers  int   // 0: as many as there are cores
	Keep     Keep  // which judgements to keep, beside the totals
	Months   bool  // count activations by month of their date (for reports)
}

// Keep says which judgements a result holds.
type Keep uint8

// What to keep: violations, nothing but the totals, only what was met late (for
// typical lateness), everything.
const (
	KeepViolations Keep = iota
	KeepTotals
	KeepLate
	KeepAll
)

// Totals are the counts of one rule, named as in the JSON of `check`.
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
	EnteredLate  int `json:"entered_late"`
	AtRisk       int `json:"at_risk"`
	Keyless      int `json:"keyless"` // other events left out because a part of the rule's key is absent
}

// Result is what a run over a log found.
type Result struct {
	Log      *event.Log
	AsOf     clock.Instant // T
	W        clock.Instant // absence is judged at W
	Complete bool          // the log's end ended every case
	Rules    []*RuleResult // in the order of the rules given
}

// RuleResult is what one rule found. Judgements are in the order of their
// traces (that of their keys' first appearance in the log), then of events.
type RuleResult struct {
	Rule       *rule.Rule
	Totals     Totals
	Judgements []Judgement
	Episodes   []Episode         // of Count
	Months     []Month           // in order; with Options.Months
	Causes     map[errs.Text]int // evaluations that failed for a reason other than absence

	keyer    *keyer
	groups   *groups
	overKeys map[uint32][]uint32 // over: the keys of an activation, by row
}

// Judgement is the verdict on one activation.
type Judgement struct {
	Row     uint32 // the activating event
	By      int32  // the event that decided it: the match, the offending or the excusing one; −1: none
	Key     KeyID
	Verdict Verdict
	AtRisk  bool
	HasDue  bool
	Due     clock.Deadline
	Number  float64 // of Count: the number in the window
}

// KeyID names a trace within a [RuleResult]; [RuleResult.KeyOf] spells out that
// of a judgement.
type KeyID uint32

// Episode is a maximal run of consecutive breached activations of a key, named
// after its first.
type Episode struct {
	Key         KeyID
	First, Last uint32 // rows
	Count       int
}

// Month counts the activations of a calendar month (in the pack's zone).
type Month struct {
	Year, Month                                                      int
	Activations, Met, MetLate, Breached, Running, Moot, NotEvaluable int
}

// KeyPart is one part of the key of a trace: what kind of thing, and which.
type KeyPart struct {
	Kind string // an object type, "actor", "unit" or "attr.<name>"
	ID   string
}

// Explanation says why an activation was judged as it was: structure for
// programs, and a sentence in both languages.
type Explanation struct {
	Rule       *rule.Rule
	Key        []KeyPart
	Verdict    Verdict
	Activation Event
	Other      *Event // the match, the offending or the excusing event
	HasDue     bool
	Deadline   clock.Deadline
	Steps      []clock.Step // how the deadline was computed
	HasLate    bool
	Late       clock.Lateness
	NearMiss   *NearMiss   // what came closest to meeting it
	Sufficed   Sufficed    // the least change that would have met it
	TooLate    []Event     // pauses and extensions that came too late to count
	Missing    []string    // of not evaluable: the fields without a value
	Number     float64     // of Count
	Window     []Event     // of Count: the events counted
	Sentence   errs.Text   // all of it in words
	StepTexts  []errs.Text // the Steps in words, one each
}

// Event is one event as an explanation shows it.
type Event struct {
	Row   uint32
	ID    string
	Type  string
	Time  clock.Instant
	OnDay bool
	Actor string
	Unit  string
}

// NearMiss is an event that almost met the rule, and by how much it missed.
type NearMiss struct {
	Event Event
	By    clock.Lateness
	Text  errs.Text
}

// SufficedKind is the kind of change that would have met a rule.
type SufficedKind string

// The least changes there are: an event in time, an event earlier, one event
// before the activation, an event not having happened (or later than a time),
// a value, fewer events in a window.
const (
	EventInTime   SufficedKind = "event_in_time"
	EventEarlier  SufficedKind = "event_earlier"
	EventBefore   SufficedKind = "event_before"
	EventNot      SufficedKind = "event_not"
	OtherValue    SufficedKind = "other_value"
	FewerInWindow SufficedKind = "fewer_in_window"
)

// Sufficed is the least change that would have met a rule.
type Sufficed struct {
	Kind   SufficedKind
	Types  []string // the event types that would have done
	By     clock.Instant
	HasBy  bool
	Change clock.Lateness // how much earlier
	Fewer  float64        // how many fewer, or how much less
	Text   errs.Text
}
