package ledger

import (
	"context"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/org"
)

// Store keeps the ledger; package sqldb implements it.
type Store interface {
	// Item is a finding's item with its moves, oldest first; nil where there is
	// none.
	Item(ctx context.Context, finding string) (*Item, []Move, error)
	// ChangeItem reads an item, lets decide say what follows, and writes the move
	// with its effect and its seal, all in one transaction; where decide fails,
	// nothing. It gives the item as it stands then, nil where there is none.
	ChangeItem(ctx context.Context, finding string, decide func(*Item, []Move) (*Move, error)) (*Item, error)
	// Queue is a page of items by whose turn is due.
	Queue(ctx context.Context, q Query) (Page, error)
	// ItemCounts is how many items are in each state. The figures are kept.
	ItemCounts(ctx context.Context) (map[State]int64, error)
	// CountItems is how many of those that q selects are in each state.
	CountItems(ctx context.Context, q Query) (map[State]int64, error)
	// Outcomes counts by rule, and of no_fault by reason, how items were closed
	// since the rule was last reviewed.
	Outcomes(ctx context.Context) ([]RuleOutcome, error)
	// Review notes that somebody has looked at a rule, and ends its spell of warning.
	Review(ctx context.Context, r Review) error
	// Spells and Reviews are all that there were, oldest first of each rule.
	Spells(ctx context.Context) ([]Spell, error)
	Reviews(ctx context.Context) ([]Review, error)
	// Links are the moves that link a finding with others and undo that, on whichever
	// side they were made, oldest first.
	Links(ctx context.Context, finding string) ([]Move, error)
	// FileOf is a file that one of a finding's moves attached; nil where none did.
	FileOf(ctx context.Context, finding, hash string) (*File, error)
}

// Query selects items. Empty fields select all.
type Query struct {
	States   []State
	Owner    org.PersonID
	Verifier string        // the account that verified
	Findings []string      // only these
	Units    []string      // that the findings concern
	Rules    []string      // that raised them
	Severity []string      // of the findings
	Warning  *bool         // whether they only warn
	Before   clock.Instant // whose turn is due before; 0: whenever
	Filter   string        // a condition in SQL on the findings (f) and items (i) that the caller may read, its arguments as ?
	Args     []any
	For      access.For // who will see them
	Newest   bool       // the last that were raised first, in place of whose turn is due
	After    string     // the Next of the page before, in the same order
	Limit    int        // 1 … 500; 0: 50
}

// Page is one page of items; Next is "" on the last.
type Page struct {
	Items []Item
	Next  string
}

// RuleOutcome is how many items of a rule were closed in one way.
type RuleOutcome struct {
	Pack, Rule string
	Outcome    Outcome
	Reason     string
	Items      int64
}

// Review is that somebody looked at a rule whose findings are closed as no fault
// too often.
type Review struct {
	Pack    string
	Rule    string
	At      clock.Instant
	Account string
	Text    string
}
