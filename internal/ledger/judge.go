package ledger

import "plumbline/internal/clock"

// Told is what the judge says of a finding.
type Told uint8

// What the judge can say.
const (
	IsStanding  Told = iota // it stands
	IsMet                   // what was missing was entered late
	IsWithdrawn             // it isn't one any more
)

// Judge is the move that follows where the judge says something else of a finding
// than before; ok is false where the item stays as it is: an owner's answer is
// not taken back by a late entry, nor does one open what was closed.
func (s *Standing) Judge(p *Policy, finding string, told Told, at clock.Instant) (m Move, ok bool) {
	m = Move{Finding: finding, Number: s.Version + 1, At: at}
	switch told {
	case IsMet:
		m.Kind = Met
	case IsWithdrawn:
		m.Kind = Withdraw
		m.Outcome = Withdrawn
	default:
		if !s.Met && s.Outcome != Withdrawn {
			return m, false
		}
		m.Kind = Stands
	}
	if !Forms[m.Kind].from(s.State) {
		return m, false
	}
	p.deadlines(s, &m)
	return m, true
}
