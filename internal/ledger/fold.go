package ledger

import "slices"

// Begin is where an item stands that nobody has moved yet.
func (a *About) Begin() Standing {
	return Standing{State: Open, Due: a.First, Turn: a.AssignBy, Changed: a.Opened}
}

// Fold is where an item stands after its moves: the one definition of it.
func (a *About) Fold(moves []Move) Standing {
	s := a.Begin()
	for i := range moves {
		s = s.After(&moves[i])
	}
	return s
}

// After is where an item stands after one more move, which was allowed.
func (s Standing) After(m *Move) Standing {
	s.Version, s.Changed = m.Number, m.At
	if m.Due != 0 && m.Due != s.Due {
		s.Due = m.Due
		s.Shifts++
	}
	if m.Turn != 0 {
		s.Turn = m.Turn
	}
	if to := s.leads(m.Kind); to != "" {
		s.State = to
	}
	switch m.Kind {
	case Assign:
		s.Owner, s.OwnerUnit = m.Owner, m.OwnerUnit
	case Decline:
		s.Owner, s.OwnerUnit = "", ""
	case Claim:
		s.Met, s.Claim, s.Outcome, s.Reason = false, m.At, m.Outcome, m.Reason
	case Met:
		s.Met, s.Claim, s.Outcome, s.Reason = true, m.At, "", ""
	case Verify:
		s.Verifier = m.Account
	case Return, Reopen, Stands:
		s.Met, s.Claim, s.Verifier, s.Outcome, s.Reason = false, 0, "", "", ""
	case Close, Withdraw, Exempt:
		s.Outcome, s.Reason, s.Turn = m.Outcome, m.Reason, 0
	}
	return s
}

// leads is the state to which a move leads; "" for the one that it is in.
func (s *Standing) leads(k Kind) State {
	to := Forms[k].To
	switch {
	case (k == Return || k == Stands && s.State == Claimed) && s.Owner == "":
		return Open // nobody to return it to
	case k == Stands && s.State == Claimed:
		return Returned
	}
	return to
}

// Shift is one moving of the owner's deadline.
type Shift struct {
	Move *Move
	Days int64 // by how many; less than 0: brought forward
}

// dueShifts are the movings of the owner's deadline, in their order.
func (a *About) dueShifts(moves []Move) []Shift {
	var out []Shift
	s := a.Begin()
	for i := range moves {
		was := s.Due
		if s = s.After(&moves[i]); s.Due != was {
			out = append(out, Shift{&moves[i], int64(s.Due-was) / microsOfDay})
		}
	}
	return out
}

const microsOfDay = 24 * 3600 * 1_000_000

// files are those that an item has, by its moves.
func files(moves []Move) []File {
	var out []File
	for i := range moves {
		if f := moves[i].File; f != nil && !slices.ContainsFunc(out, func(o File) bool { return o.Hash == f.Hash }) {
			out = append(out, *f)
		}
	}
	return out
}
