package vault

import (
	"context"

	"plumbline/internal/access"
	"plumbline/internal/clock"
)

// Custodian is a key that a custodian registered, with a second person's word. In force
// is the last of each account that is a custodian's now.
type Custodian struct {
	Account   string
	Number    int64 // of the account's keys, from 1
	Recipient string
	At        clock.Instant
	Approval  string // the proposal by which it counts
	InForce   bool
}

// Identity is a sealed identity as it lies in the record.
type Identity struct {
	ID       string
	Ref      Ref
	Concerns []string // persons whom it is about, beside those that the entry names: they mustn't know of it
	Key      string
	Body     string
	At       clock.Instant
	Account  string // who sealed it
	// Generation counts how often the key was split; of the newest are the custodians.
	Generation int64
	Custodians []string
}

// Opening is that two persons may fetch their shares, until it is over.
type Opening struct {
	ID       string // the proposal's
	Identity string
	Asker    string // accounts
	Approver string
	From     clock.Instant
	Until    clock.Instant
}

// Reading is that somebody fetched what is sealed, and the own share.
type Reading struct {
	Identity string
	Opening  string
	Account  string
	At       clock.Instant
}

// Detail is a sealed identity with who asked for it and who fetched it.
type Detail struct {
	Identity
	Openings []Opening
	Readings []Reading
}

// Store keeps what is sealed; package sqldb implements it.
type Store interface {
	// Custodians are all keys that ever counted, by account and number.
	Custodians(ctx context.Context) ([]Custodian, error)
	// AddCustodian puts a key behind those of its account; the same approval twice is
	// one.
	AddCustodian(ctx context.Context, c Custodian) error
	AddIdentity(ctx context.Context, i Identity, shares []Share) error
	Identity(ctx context.Context, id string) (*Identity, error) // nil where there is none
	// Identities are those of an entry, or all where ref is the zero one, the newest
	// first, without what is encrypted.
	Identities(ctx context.Context, ref Ref) ([]Identity, error)
	// Shares are those of the newest splitting.
	Shares(ctx context.Context, identity string) ([]Share, error)
	// AddShares keeps another splitting; after is the one that it follows, and must
	// still be the newest.
	AddShares(ctx context.Context, identity string, after int64, shares []Share, account string, at clock.Instant) error
	AddOpening(ctx context.Context, o Opening) error // the same twice is one, as it was first
	Openings(ctx context.Context, identity string) ([]Opening, error)
	AddReading(ctx context.Context, r Reading) error
	Readings(ctx context.Context, identity string) ([]Reading, error)
	// FindingThing is what package access has to know of a finding; nil where there
	// is none.
	FindingThing(ctx context.Context, id string) (*access.Thing, error)
}
