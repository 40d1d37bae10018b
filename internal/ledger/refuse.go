package ledger

import "plumbline/internal/errs"

// Refused says that a move wasn't made, and why. It is told in both languages as
// every fault is; faces read Because and Rule.
type Refused struct {
	Fault   errs.Error
	Because Reason
	Rule    string // of Barred: which invariant; of Lacking: what is missing
	Lacks   []Need // of Lacking: all that is missing
	Moves   []Move // of Faster: what was done since
}

// Error is the English sentence.
func (r *Refused) Error() string { return r.Fault.Error() }

// Unwrap gives the fault, for [errs.In].
func (r *Refused) Unwrap() error { return &r.Fault }

// Reason is why a move wasn't made.
type Reason uint8

// The reasons.
const (
	NoItem  Reason = iota // there is none
	Faster                // somebody moved it since it was looked at
	NotNow                // not from this state
	Barred                // not by this account
	Lacking               // something that the move must say is missing or can't be
)

func refuse(because Reason, rule string, what, next errs.Text) *Refused {
	return &Refused{Fault: errs.Error{Code: errs.Usage, What: what, Next: next}, Because: because, Rule: rule}
}

func lacking(need Need, what, next errs.Text) *Refused {
	r := refuse(Lacking, string(need), what, next)
	r.Lacks = []Need{need}
	return r
}
