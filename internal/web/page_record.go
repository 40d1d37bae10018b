package web

import (
	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
)

// recordView is the record of a finding as it is filed and signed: all that was found,
// answered, verified and decided, in the order in which it came, on paper.
type recordView struct {
	*findingView
	Moves  []recordMove
	Files  []recordFile
	Reply  []recordMove // of whom it concerns, in their own words
	Sealed *recordSeal  // nil where nothing is sealed
	Signs  []string     // who signs, below
	Limit  string       // the law's, and by how much it was crossed
}

// recordMove is one move with its number.
type recordMove struct {
	N, At, Head, Text string
	Details           []string
}

// recordFile is a file with its whole hash.
type recordFile struct{ Name, Type, Size, Hash string }

// recordSeal is by what the record can be checked.
type recordSeal struct{ Origin, Size, Signed, Root string }

// findingRecord is the record of a finding, to be printed.
func (p *Pages) findingRecord(v *view) (templ.Component, error) {
	f, err := p.tellFinding(v, nil)
	if err != nil {
		return nil, err
	}
	if !f.Persons {
		return nil, refusal{access.May(v.who, access.FindingPersons)}
	}
	if f.Item == nil {
		return nil, errNone
	}
	out := &recordView{findingView: f, Signs: []string{v.T("record.sign_owner"), v.T("record.sign_verifier"), v.T("record.sign_head")}}
	out.Limit = v.full(f.F.EventTime) + " " + f.Law.Rel
	if f.F.Due != 0 {
		out.Limit = v.fullDue(f.F.Due, v.zoneOf(f.F)) + " " + f.Law.Rel
	}
	v.title = v.T("record.title") + " " + f.Number
	for i := range f.Item.Moves {
		m := v.recordMove(&f.Item.Moves[i])
		out.Moves = append(out.Moves, m)
		if f.Item.Moves[i].Kind == ledger.Reply {
			out.Reply = append(out.Reply, m)
		}
	}
	for _, file := range f.Item.Files {
		out.Files = append(out.Files, recordFile{file.Name, file.Type, v.Bytes(file.Size), file.Hash})
	}
	if p.Seal != nil {
		st, err := p.Seal.Status(v.r.Context())
		if err != nil {
			return nil, err
		}
		out.Sealed = &recordSeal{st.Origin, v.Int(int(st.Size)), v.Int(int(st.Signed)), st.Root.String()}
	}
	p.Log.Info("record of a finding shown", "by", "session "+v.who.Session, "finding", f.F.ID)
	return recordPage(v, out), nil
}

func (v *view) recordMove(m *ledger.Move) recordMove {
	if m.Account == "" { // the judge's
		return recordMove{N: v.Int(int(m.Number)), At: v.full(m.At), Head: v.T("record.judge_" + string(m.Kind))}
	}
	line := v.moveLine(m, true)
	return recordMove{N: v.Int(int(m.Number)), At: v.full(m.At), Head: line.Head, Text: line.Text, Details: line.Details}
}
