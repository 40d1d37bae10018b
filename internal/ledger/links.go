package ledger

import (
	"context"
	"slices"

	"plumbline/internal/errs"
)

// Linked is a finding that belongs together with another, as somebody said of either.
type Linked struct {
	Finding string // the other one
	As      string // how, one of Links
	Here    bool   // it was said of the one that is asked about, not of the other
	Move    Move   // that said so
}

// linksOf folds what was said of a finding and of others about it, oldest first: of
// each pair the last that was said holds, on whichever side.
func linksOf(finding string, moves []Move) (out []Linked) {
	for i := range moves {
		m := &moves[i]
		other := m.Link
		if m.Finding != finding {
			other = m.Finding
		}
		out = slices.DeleteFunc(out, func(l Linked) bool { return l.Finding == other })
		if m.Kind == Link {
			out = append(out, Linked{other, m.LinkAs, m.Finding == finding, *m})
		}
	}
	return out
}

// Links are the findings that belong together with one, the last that was said so last.
// Who asks may not be allowed to read all of them.
func (l *Ledger) Links(ctx context.Context, finding string) ([]Linked, error) {
	moves, err := l.opt.Store.Links(ctx, finding)
	return linksOf(finding, moves), err
}

// leads looks whether a link leads somewhere, and what is to be undone is there.
func (l *Ledger) leads(ctx context.Context, finding string, kind Kind, say *Content) error {
	if say.Link == "" {
		return nil // what is lacking is told with the rest
	}
	to, _, err := l.opt.Store.Item(ctx, say.Link)
	if err != nil {
		return err
	}
	if to == nil {
		return lacking(NeedLink, errs.Tf("there is no finding %q", "没有问题“%s”", say.Link), errs.Text{})
	}
	if kind == Link {
		return nil
	}
	links, err := l.Links(ctx, finding)
	if err == nil && !slices.ContainsFunc(links, func(x Linked) bool { return x.Finding == say.Link }) {
		return lacking(NeedLinked, errs.T("the two are not linked", "两个问题并未关联"), errs.Text{})
	}
	return err
}
