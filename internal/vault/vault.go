package vault

import "plumbline/internal/clock"

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
