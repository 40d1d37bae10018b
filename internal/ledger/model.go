package ledger

import (
	"plumbline/internal/clock"
	"plumbline/internal/org"
)

// State says where an item stands.
type State string

// The states. A claim is never a closing: it waits for whoever verifies it.
const (
	Open     State = "open"     // nobody owns it
	Assigned State = "assigned" // its owner hasn't taken it
	Working  State = "working"
	Claimed  State = "claimed"  // answered; the verifier's turn
	Verified State = "verified" // to be closed
	Closed   State = "closed"
	Returned State = "returned" // by the verifier; the owner's turn
	Reopened State = "reopened" // to be assigned, or worked on by the owner that it has
)

// States are all of them, in the order of their course.
var States = []State{Open, Assigned, Working, Claimed, Verified, Closed, Returned, Reopened}

// Outcome is with what an item was closed.
type Outcome string

// The outcomes. The last two are the judge's alone: the finding became part of
// another, or no rule says it any more; its unit was exempt, and the reason is the
// exemption.
const (
	Fixed     Outcome = "fixed"    // what was wrong was put right
	Remedied  Outcome = "remedied" // it can't be undone; its harm was made good
	NoFault   Outcome = "no_fault" // with a reason of the policy's list
	Unfixed   Outcome = "unfixed"  // with a reason in words
	Withdrawn Outcome = "withdrawn"
	IsExempt  Outcome = "exempt"
)

// About is what the record says of a finding: the ledger doesn't change it.
type About struct {
	Finding  string
	Number   int64 // of the finding, in order of raising
	Pack     string
	Rule     string
	Severity string
	Warning  bool
	Unit     org.UnitID   // that it concerns; "" for none
	Subject  org.PersonID // whom it concerns; "" for nobody
	Opened   clock.Instant
	AssignBy clock.Instant // by when somebody should own it
	First    clock.Instant // the owner's deadline as it was first set
}

// Standing is where an item stands: the fold of its moves.
type Standing struct {
	Version   int64 // moves so far
	State     State
	Owner     org.PersonID
	OwnerUnit org.UnitID
	Met       bool          // what claims it is the record, by a late entry, and nobody's answer
	Claim     clock.Instant // of the claim that waits or was verified; 0 for none
	Verifier  string        // the account that verified
	Outcome   Outcome       // of a claim: proposed; of a closed item: final
	Reason    string
	Due       clock.Instant // the owner's deadline as it is now
	Shifts    int64         // how often it was moved
	Turn      clock.Instant // the deadline of whoever's turn it is; 0 where it is nobody's
	Changed   clock.Instant
}

// Item is a finding on the ledger.
type Item struct {
	About
	Standing
}

// Who is an account that does something. Its person is what events give as their
// actor; an account of no person stands in a unit.
type Who struct {
	Account string
	Person  org.PersonID
	Unit    org.UnitID
}

// Move is a step of an item: by whom, when, with what. It is kept whole, as JSON,
// and that text is what is sealed.
type Move struct {
	Finding string        `json:"finding"`
	Number  int64         `json:"number"` // of the item's moves, from 1: the version after it
	Kind    Kind          `json:"kind"`
	At      clock.Instant `json:"at"`
	Account string        `json:"account,omitempty"` // "": the judge
	Person  org.PersonID  `json:"person,omitempty"`
	Unit    org.UnitID    `json:"unit,omitempty"` // of an account of no person
	Content
	Due  clock.Instant `json:"due,omitempty"`  // the owner's deadline after it, where it moves that
	Turn clock.Instant `json:"turn,omitempty"` // by when the next step is due, where it hands over the turn
}

// Content is what a move says, in the words of whoever makes it.
type Content struct {
	Owner     org.PersonID  `json:"owner,omitempty"`
	OwnerUnit org.UnitID    `json:"owner_unit,omitempty"`
	Outcome   Outcome       `json:"outcome,omitempty"`
	Reason    string        `json:"reason,omitempty"` // of no_fault: one of the policy's list
	Cause     string        `json:"cause,omitempty"`
	Measure   string        `json:"measure,omitempty"`
	Evidence  []string      `json:"evidence,omitempty"` // hashes of files that the item has
	NoFiles   string        `json:"no_files,omitempty"` // why there is no evidence
	Text      string        `json:"text,omitempty"`
	Until     clock.Instant `json:"until,omitempty"`   // the deadline that is asked for
	Link      string        `json:"link,omitempty"`    // to which other finding, or from which no more
	LinkAs    string        `json:"link_as,omitempty"` // related, same_cause, duplicate, follows
	File      *File         `json:"file,omitempty"`
}

// File is a file of an item.
type File struct {
	Hash string `json:"hash"` // SHA-256, in hexadecimal
	Name string `json:"name"`
	Type string `json:"type"` // by its content
	Size int64  `json:"size"`
}

// Silence takes out of a move what somebody wrote or attached, and says whether there
// was anything. Where it leads stays: who, when, which outcome, by when.
func (m *Move) Silence() bool {
	was := m.Content
	m.Cause, m.Measure, m.Evidence, m.NoFiles, m.Text, m.File = "", "", nil, "", "", nil
	if m.Outcome == Unfixed { // in words; of no_fault it is one of a list
		m.Reason = ""
	}
	return was.Cause != "" || was.Measure != "" || was.Evidence != nil || was.NoFiles != "" || was.Text != "" || was.File != nil || was.Reason != m.Reason
}

// By is who made a move.
func (m *Move) By() Who { return Who{m.Account, m.Person, m.Unit} }
