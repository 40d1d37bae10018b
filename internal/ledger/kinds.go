package ledger

// Kind is a kind of move.
type Kind string

// The kinds. The last four are the judge's.
const (
	Assign   Kind = "assign"
	Accept   Kind = "accept"
	Decline  Kind = "decline" // the owner hands it back
	Claim    Kind = "claim"
	Return   Kind = "return" // what was claimed doesn't hold
	Verify   Kind = "verify"
	Close    Kind = "close"
	Reopen   Kind = "reopen"
	Extend   Kind = "extend"
	Comment  Kind = "comment"
	Reply    Kind = "reply"
	Link     Kind = "link"
	Unlink   Kind = "unlink"
	Attach   Kind = "attach"
	Met      Kind = "met"      // what was missing was entered late
	Stands   Kind = "stands"   // what was entered late is gone again
	Withdraw Kind = "withdraw" // the finding is withdrawn
	Exempt   Kind = "exempt"   // the unit was exempt from the rule
)

// Maker says who may make a move, besides what roles allow.
type Maker string

// The makers.
const (
	Anybody     Maker = "anybody"     // whom the finding doesn't concern, without a conflict
	TheOwner    Maker = "owner"       // of the item
	NotTheOwner Maker = "not_owner"   // anybody but the owner
	Independent Maker = "independent" // who may verify: see [Scene.Bar]
	TheSubject  Maker = "subject"     // whom the finding concerns
	Everybody   Maker = "everybody"   // the subject and the owner, too
	TheJudge    Maker = "judge"
)

// Need is something that a move must say.
type Need string

// The needs.
const (
	NeedOwner    Need = "owner"    // a person who holds a post
	NeedText     Need = "text"     // why, or what was looked at
	NeedCause    Need = "cause"    // why it came to be
	NeedMeasure  Need = "measure"  // what was done about it
	NeedEvidence Need = "evidence" // files of the item, or why there are none
	NeedOutcome  Need = "outcome"
	NeedReason   Need = "reason" // of no_fault: of the list; of unfixed: in words
	NeedUntil    Need = "until"  // a deadline that lies ahead
	NeedLink     Need = "link"
	NeedLinked   Need = "linked" // a finding to which there is a link
	NeedFile     Need = "file"
)

// Form is what a kind of move demands and where it leads.
type Form struct {
	From  []State // "" in To: it stays where it is
	To    State
	Maker Maker
	Needs []Need
}

var (
	alive   = []State{Open, Assigned, Working, Claimed, Verified, Returned, Reopened}
	undone  = []State{Open, Assigned, Working, Returned, Reopened}
	owned   = []State{Assigned, Working, Returned, Reopened}
	claimed = []State{Claimed, Verified}
)

// Forms are the criteria of all moves. An answer may come without the item having
// been taken first: who answers has taken it.
var Forms = map[Kind]Form{
	Assign:   {From: undone, To: Assigned, Maker: Anybody, Needs: []Need{NeedOwner}},
	Accept:   {From: []State{Assigned, Returned, Reopened}, To: Working, Maker: TheOwner},
	Decline:  {From: owned, To: Open, Maker: TheOwner, Needs: []Need{NeedText}},
	Claim:    {From: owned, To: Claimed, Maker: TheOwner, Needs: []Need{NeedOutcome, NeedReason, NeedCause, NeedMeasure, NeedEvidence}},
	Return:   {From: claimed, To: Returned, Maker: NotTheOwner, Needs: []Need{NeedText}},
	Verify:   {From: []State{Claimed}, To: Verified, Maker: Independent, Needs: []Need{NeedText}},
	Close:    {From: []State{Verified}, To: Closed, Maker: Independent, Needs: []Need{NeedOutcome, NeedReason}},
	Reopen:   {From: []State{Closed}, To: Reopened, Maker: Anybody, Needs: []Need{NeedText}},
	Extend:   {From: undone, Maker: NotTheOwner, Needs: []Need{NeedUntil, NeedText}},
	Comment:  {From: alive, Maker: Everybody, Needs: []Need{NeedText}},
	Reply:    {From: States, Maker: TheSubject, Needs: []Need{NeedText}},
	Link:     {From: alive, Maker: Anybody, Needs: []Need{NeedLink, NeedText}},
	Unlink:   {From: alive, Maker: Anybody, Needs: []Need{NeedLinked, NeedText}},
	Attach:   {From: alive, Maker: Everybody, Needs: []Need{NeedFile}},
	Met:      {From: undone, To: Claimed, Maker: TheJudge},
	Stands:   {From: []State{Claimed, Verified, Closed}, To: Reopened, Maker: TheJudge},
	Withdraw: {From: alive, To: Closed, Maker: TheJudge},
	Exempt:   {From: []State{Open}, To: Closed, Maker: TheJudge},
}

// Kinds are the moves that people make, in the order in which they are offered.
var Kinds = []Kind{Assign, Accept, Decline, Claim, Return, Verify, Close, Reopen, Extend, Comment, Reply, Link, Unlink, Attach}

// Links are how two findings can belong together: by what officials did and how it came
// about, never by which member of the public occurs in both.
var Links = []string{"related", "same_cause", "duplicate", "follows"}
