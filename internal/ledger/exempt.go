package ledger

import (
	"plumbline/internal/clock"
	"plumbline/internal/org"
)

// Exemption frees a unit, and those below it, from a rule for a while. It changes no
// verdict: the rule goes on judging, and what it finds of what began in that time
// stands in the register. Nobody has to answer for it: its item is closed as exempt
// from the first moment, names the exemption, and can be reopened like any other.
type Exemption struct {
	ID     string // of the proposal that two persons agreed on
	Unit   org.UnitID
	Pack   string
	Rule   string // "": all of the pack
	From   clock.Instant
	To     clock.Instant
	Reason string
	At     clock.Instant // when it was approved: it never reaches further back
	// Findings are how many items were closed by it so far.
	Findings int64
}

// Exempted is the move that closes a new item under an exemption.
func (s *Standing) Exempted(finding, exemption string, at clock.Instant) Move {
	m := Move{Finding: finding, Number: s.Version + 1, Kind: Exempt, At: at}
	m.Outcome, m.Reason = IsExempt, exemption
	return m
}
