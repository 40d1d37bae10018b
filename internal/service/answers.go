package service

import (
	"errors"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// What the service answers when it can't do what it was asked. Anything else
// that it returns is an errs.Error, whose code says whether the asker or the
// program is at fault.
var (
	// ErrBusy: as much waits to be judged as may; come back in a moment.
	ErrBusy = errors.New("as many events wait to be judged as may")
	// ErrClosing: the service is stopping and takes nothing more.
	ErrClosing = errors.New("the service is stopping")
	// ErrNone: there is no such thing in the record.
	ErrNone = errors.New("there is no such thing in the record")
	// ErrSettled: a quarantined thing was mended or set aside already.
	ErrSettled = errors.New("it was mended or set aside already")
)

// Why the record can't be used. What a Store returns is one of the first four,
// where it is known; ErrUnwritten goes with whatever keeps the service from taking
// anything.
var (
	// ErrAway: the database can't be reached; it is asked again by itself.
	ErrAway = errors.New("the database can't be reached")
	// ErrNoRoom: the disk is full; with room it goes on by itself.
	ErrNoRoom = errors.New("the disk is full")
	// ErrReadOnly: file, folder or disk may not be written.
	ErrReadOnly = errors.New("the record is read-only")
	// ErrDamaged: what is on disk isn't what was written. Nothing more is written.
	ErrDamaged = errors.New("the record is damaged")
	// ErrUnwritten: nothing is taken until the record can be written again.
	ErrUnwritten = errors.New("the record can't be written")
)

// Role says what the holder of a token may do.
type Role string

// The roles. "" is RoleSource.
const (
	RoleSource Role = "source" // send events
	RoleHand   Role = "hand"   // what people enter on pages; its token opens nothing
	RoleReader Role = "reader" // read all that the API shows
	RoleAdmin  Role = "admin"  // read, and mend, set aside, try packs
)

// FindingDetail is a finding with all that explains it.
type FindingDetail struct {
	Finding     Finding
	Notes       []Note        // its history, oldest first
	Explanation any           // as JSON: the form of an explanation in `check --breaches FILE.jsonl`
	Events      []event.Event // of its trace that the explanation names, in the order of events
}

// Timeline is what happened to an object and what had to.
type Timeline struct {
	Type, ID    string
	AsOf        clock.Instant
	Events      []event.Event // in the order of events
	Obligations []Obligation  // in the order of their activating events
}

// Obligation is one activation of a rule.
type Obligation struct {
	Pack, Version, Rule string
	Event               string        // the activating event: source/id
	Time                clock.Instant // of it
	Verdict             string        // met, met_late, breached, running, moot, not_evaluable
	AtRisk              bool          // of running: due within the rule's `warn`
	Due                 clock.Instant // 0 where none
	By                  string        // the deciding event: source/id; "" for none
}

// SourceInfo is a source as a reader sees it; its token's hash is cleared.
type SourceInfo struct {
	Source  Source
	State   SourceState
	Lag     int64 // µs from its last event's time to now; 0 where it sent none
	Waiting int64 // in its quarantine
}

// Gauges are the figures that are watched.
type Gauges struct {
	Queue    int                    // events that wait to be judged
	Segments int64                  // committed batches
	Findings map[FindingState]int64 // how many there are in each state
}
