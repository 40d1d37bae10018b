package ledger

import (
	"context"

	"plumbline/internal/access"
	"plumbline/internal/clock"
)

// SavedView is a selection of the list of items that somebody gave a name. It
// opens nothing: who looks through it sees what they may.
type SavedView struct {
	ID      string
	Account string // who made it
	Name    string
	Query   string // what stands behind the question mark of the list's address
	Shared  bool   // everybody sees it
	At      clock.Instant
}

// MaxViews is how many views one account may keep.
const MaxViews = 50

// Changes is what happened on the ledger since somebody looked.
type Changes struct {
	Raised int64          // findings that came onto it
	Moves  map[Kind]int64 // steps of items, by kind
}

// Flow is what came onto the ledger and what left it in one hour.
type Flow struct {
	Hour   clock.Instant // its beginning
	Raised int64
	Closed int64 // less those that were opened again
}

// Desk is what is kept for accounts beside the ledger, and what is counted for
// them; package sqldb implements it.
type Desk interface {
	// Views are those of an account and those that are shared, by name.
	Views(ctx context.Context, account string) ([]SavedView, error)
	SaveView(ctx context.Context, v SavedView) error
	// DropView takes away a view of an account's own; another's stays.
	DropView(ctx context.Context, account, id string) error
	// Visited notes that an account looks now, and says when its visit before this
	// one ended; 0 where there was none. What follows within gap is the same visit.
	Visited(ctx context.Context, account string, now clock.Instant, gap int64) (clock.Instant, error)
	Changed(ctx context.Context, since clock.Instant, f access.For) (Changes, error)
	// Flows are the hours from an instant on in which anything came or left.
	Flows(ctx context.Context, from clock.Instant, f access.For) ([]Flow, error)
}
