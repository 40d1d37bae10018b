package service

import (
	"context"
	"errors"
	"fmt"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Settings are what `plumbline setup` decides once for a data directory.
type Settings struct {
	Agency string
	Zone   string   // IANA name: days of the log, times on pages
	Lang   string   // en or zh
	Packs  []string // as given to --pack: built-in names or paths
}

// Source is who may send events. Its token is never kept, only its SHA-256.
type Source struct {
	ID       int64
	Name     string
	Role     Role     // what its token may do; sources send, readers and administrators do the rest
	Unit     string   // stamped on events that name no unit; "" for none
	Types    []string // event types that it may send; empty: any
	Token    [32]byte // SHA-256 of the token
	Skew     int64    // µs that an event may be dated ahead of its receipt
	Lateness int64    // µs: how late its events may come; W waits for them
	Habit    int64    // µs without contact after which it counts as silent; 0: never
	Created  clock.Instant
	Disabled bool
}

// ByHand is the name of the source whose events people enter on pages.
const ByHand = "by-hand"

// SourceState is what a source has done so far.
type SourceState struct {
	Source      int64
	Contact     clock.Instant // last heard of; 0: never
	LastEvent   clock.Instant // greatest time of an event of its
	Taken       int64
	Repeated    int64
	Corrected   int64
	Refused     int64
	Quarantined int64 // in all; how many wait is counted from the quarantine
	Silent      bool  // a finding on its silence is open
}

// Segment is one committed batch of events of one source, in the order in which
// they were taken, encoded (package segment).
type Segment struct {
	Number   int64 // from 1, without gaps: the position
	Source   int64
	Received clock.Instant // of all its events
	Now      clock.Instant // T after it was judged
	Events   int
	Body     []byte
	List     []event.Event // what Body holds, where a commit brings it
}

// Damaged says that the segment isn't what was written, and what to do.
func (g *Segment) Damaged(why error) error {
	what := errs.Tf("%v", "%v", why)
	if e := (*errs.Error)(nil); errors.As(why, &e) {
		what = e.What
	}
	return &errs.Error{Code: errs.Input, Err: fmt.Errorf("%w: %w", ErrDamaged, why),
		What: errs.T(fmt.Sprintf("segment %d of the record: %s", g.Number, what.En), fmt.Sprintf("记录的数据段 %d：%s", g.Number, what.Zh)), Next: UseBackup}
}

// UseBackup is what to do about a record that is damaged.
var UseBackup = errs.T("keep the data directory aside, check the disk, and put the latest backup into an empty one: plumbline restore FILE --data DIR",
	"请保留原数据目录，检查磁盘，并将最近的备份恢复到空目录：plumbline restore 备份文件 --data 目录")

// FindingState says where a finding stands.
type FindingState string

// The states. A finding that somebody's late entry would mend is claimed met
// until a verifier has looked; amended and withdrawn ones by a change of rules
// or of the record's own correction are withdrawn with their reason. A silence
// that is over has ended: it was, and nobody claims otherwise.
const (
	Open       FindingState = "open"
	ClaimedMet FindingState = "claimed_met"
	Withdrawn  FindingState = "withdrawn"
	Ended      FindingState = "ended"
)

// Finding is a breach, or an episode of breaches, that was raised. Its ID is the
// breach's, the same in batch and live.
type Finding struct {
	ID          string
	Number      int64  // in order of raising, from 1
	Kind        string // rule, source (silence), gap (reconciliation)
	Pack        string
	Version     string // of the pack that raised it
	Rule        string
	Severity    string
	Warning     bool // the rule is unverified: it warns and accuses nobody
	State       FindingState
	Verdict     string // breached or met_late, as of the last change
	Key         []KeyPart
	Case        string // the object of the pack's `per`: of the key, else the one of the activating event where the key is another object
	Unit        string // of the activating event
	Actor       string
	Event       string // the activating event: source/id
	EventType   string
	EventTime   clock.Instant
	Due         clock.Instant // 0 where none
	Late        string        // the lateness in words of the machine: "P2D", "PT7H3M"
	By          string        // the deciding event, source/id; "" for none
	Count       int           // of an episode: its activations
	Last        string        // of an episode: its last activating event
	Raised      clock.Instant
	Changed     clock.Instant
	ReplacedBy  string // of a withdrawn episode: the one it became part of
	Provisional bool   // rests on the silence of a source that is left out of W
	Erased      int64  // by which erasure it lost what it told; 0: none
}

// KeyPart is one part of a finding's key.
type KeyPart struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Note is one line of a finding's history.
type Note struct {
	Finding string
	At      clock.Instant
	Kind    string // raised, amended, cured, withdrawn, claimed_met, ended
	Verdict string
	Due     clock.Instant
	By      string        // the event on which it rests: source/id
	Entered clock.Instant // when that was received; 0 where none
	Text    string        // reason, for what no event says; in English
	TextZH  string
}

// Quarantined is something that a source sent and that can't be taken as it is.
type Quarantined struct {
	ID       int64
	Source   int64
	At       clock.Instant
	Raw      []byte // as sent
	Hash     string // of what was sent: the same thing again is counted, not kept again
	Times    int64  // how often it came
	Last     clock.Instant
	Code     string // why: unreadable, future, type, object …
	Reason   string // in English
	ReasonZH string
	Done     clock.Instant // mended and driven again, or set aside; 0: waits
	Outcome  string
}

// Waiting is how much waits in a source's quarantine for somebody to settle it.
type Waiting struct{ Things, Bytes int64 }

// PackInForce is a version of a pack with the days on which its rules judge
// activations. It is kept whole: what raised a finding can always be read.
type PackInForce struct {
	Name, Version string
	RulesFile     string            // which of Files has the rules
	Files         map[string]string // by name
	From, To      clock.Day         // of the local date of the activating event, in the pack's zone; To is exclusive
	HasFrom       bool
	HasTo         bool
	Activated     clock.Instant
}

// Commit is all that one step of the judge decides. The Store makes it durable
// at once or not at all.
type Commit struct {
	Segments    []Segment
	Findings    []Finding // new or changed, whole
	Notes       []Note
	States      []SourceState
	Quarantine  []Quarantined // ID 0: new
	Packs       []PackInForce // all of them, where they changed; nil: as they were
	Now         clock.Instant // T
	W           clock.Instant // the instant as of which absence was judged
	NextFinding int64         // the last Number given

	before   int64         // the last Number given in earlier commits
	isolated map[thing]int // where in Quarantine something stands that came before
}

// Position is where the record stands.
type Position struct {
	Segment     int64         // the last one's number
	Now         clock.Instant // T
	W           clock.Instant
	NextFinding int64 // the last Number given
}

// FindingQuery selects findings. Empty fields select all. Pages go by keyset:
// After is the cursor that the page before gave.
type FindingQuery struct {
	States   []FindingState
	Packs    []string
	Rules    []string
	Units    []string
	Severity []string
	Kind     string
	Warning  *bool
	Since    clock.Instant // Changed at or after
	Sort     string        // raised, changed, due, severity; a leading "-" turns it round
	After    string
	Limit    int        // 1 … 500; 0: 50
	For      access.For // who will see them
}

// FindingPage is one page of findings; Next is "" on the last.
type FindingPage struct {
	Findings []Finding
	Next     string
}

// Store keeps the record. It is implemented by package sqldb, and every
// implementation passes the same contract suite.
type Store interface {
	Settings(ctx context.Context) (Settings, error)
	Position(ctx context.Context) (Position, error)
	Packs(ctx context.Context) ([]PackInForce, error) // in the order in which they came into force
	// Commit writes all of them, in their order, or nothing, and is durable when it
	// returns without error. A Segment whose number isn't the position's next is
	// refused.
	Commit(ctx context.Context, list ...*Commit) error
	// Segments visits the segments after a number, in order, until visit fails.
	Segments(ctx context.Context, after int64, visit func(*Segment) error) error
	Sources(ctx context.Context) ([]Source, error)
	SourceStates(ctx context.Context) ([]SourceState, error)
	Findings(ctx context.Context, q FindingQuery) (FindingPage, error)
	Finding(ctx context.Context, id string) (*Finding, []Note, error) // nil where there is none
	FindingCounts(ctx context.Context) (map[FindingState]int64, error)
	// FindingsByID gives those of the findings that there are.
	FindingsByID(ctx context.Context, ids []string) ([]Finding, error)
	Quarantine(ctx context.Context, source int64, waiting bool, after int64, limit int) ([]Quarantined, error)
	QuarantineItem(ctx context.Context, id int64) (*Quarantined, error) // nil where there is none
	// CheckPages looks whether all that is on disk can be read, as far as the
	// database can tell.
	CheckPages(ctx context.Context) error
	// QuarantineByHash gives those of a source's things, settled or not, that have
	// one of the hashes.
	QuarantineByHash(ctx context.Context, source int64, hashes []string) ([]Quarantined, error)
	// Erasures are all that there ever were, oldest first.
	Erasures(ctx context.Context) ([]Erasure, error)
	// Gone is what is held of what was erased.
	Gone(ctx context.Context) (Gone, error)
	// ErasedEvents is how many events were erased of those received by an instant; 0:
	// of all.
	ErasedEvents(ctx context.Context, received clock.Instant) (int64, error)
	// Settled visits the findings of rules, each with whether its item is closed.
	Settled(ctx context.Context, visit func(f *Finding, closed bool) error) error
	// Erase is durable, and nothing that it takes can be read any more, when it returns
	// without error. It gives the hashes of files that nothing refers to any more.
	Erase(ctx context.Context, c *EraseCommit) (files []string, err error)
	// QuarantineWaiting is what waits in each source's quarantine.
	QuarantineWaiting(ctx context.Context) (map[int64]Waiting, error)
}

// Outcome is what became of one event given to [Service.Take].
type Outcome struct {
	ID      string // its id: the one given, else the one from its content
	Outcome string // taken, repeated, corrected, held, waiting, quarantined, refused
	Code    string // of refused and quarantined: why, for programs
	Why     string // in English
	WhyZH   string
}

// CodeQuarantineFull is the code of what was refused since its source's quarantine
// is full: it can be sent again when somebody has settled what waits.
const CodeQuarantineFull = "quarantine_full"

// Arrival is one thing that a source sent: an event, or what was sent in place
// of one with what is wrong with it.
type Arrival struct {
	Event event.Event
	Raw   []byte // as sent, for the quarantine
	Err   error  // why it can't be read
}
