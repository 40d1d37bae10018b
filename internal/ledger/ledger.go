package ledger

import (
	"context"
	"io"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// Options configure a Ledger.
type Options struct {
	Store Store
	Org   func() *org.Organisation // as it stands; may give nil
	// Then is the organisation as it was known at an instant, nil where none was; without
	// it only what is known now is asked.
	Then   func(ctx context.Context, at clock.Instant) (*org.Organisation, error)
	Policy *Policy
	Now    func() clock.Instant
	Files  *Files
	// Candidates are the accounts that may be asked to verify, by their roles.
	Candidates func(ctx context.Context) ([]Who, error)
}

// Ledger moves items. Many goroutines may use it.
type Ledger struct{ opt Options }

// New makes a ledger over a store.
func New(o Options) *Ledger { return &Ledger{o} }

// scene is what a decision of this moment rests on.
func (l *Ledger) scene(ctx context.Context) *Scene {
	sc := &Scene{Org: l.opt.Org(), Policy: l.opt.Policy, Now: l.opt.Now()}
	if l.opt.Then != nil {
		sc.Then = func(at clock.Instant) (*org.Organisation, error) { return l.opt.Then(ctx, at) }
	}
	return sc
}

// Policy is by when the agency wants what done.
func (l *Ledger) Policy() *Policy { return l.opt.Policy }

// Detail is an item with all that a page about it shows.
type Detail struct {
	Item
	Moves     []Move // oldest first
	Shifts    []Shift
	Files     []File
	Offers    []Offer    // what the asker may do next
	Verifiers []Verifier // who may verify, and who may not
}

// Offer is a move that somebody may make now, with what it needs; of one that the
// asker may not make, Bar says why.
type Offer struct {
	Kind  Kind
	Needs []Need
	Bar   *Bar
}

// Verifier is an account that could be asked to verify; Bar is nil where it may.
type Verifier struct {
	Who
	Bar *Bar
}

// Item is a finding's item as somebody sees it; nil where there is none.
func (l *Ledger) Item(ctx context.Context, who Who, finding string) (*Detail, error) {
	it, moves, err := l.opt.Store.Item(ctx, finding)
	if err != nil || it == nil {
		return nil, err
	}
	sc := l.scene(ctx)
	d := &Detail{Item: *it, Moves: moves, Shifts: it.dueShifts(moves), Files: files(moves)}
	for _, k := range Kinds {
		if form := Forms[k]; form.from(it.State) && (form.Maker != TheSubject || it.Subject != "") {
			d.Offers = append(d.Offers, Offer{k, form.Needs, sc.mayMove(it, moves, who, form.Maker)})
		}
	}
	if l.opt.Candidates == nil {
		return d, nil
	}
	candidates, err := l.opt.Candidates(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		d.Verifiers = append(d.Verifiers, Verifier{c, sc.Bar(it, moves, c)})
	}
	return d, nil
}

// Move makes a move, or says why not (*[Refused]). seen is the item's version that
// its maker looked at: if somebody moved it since, nothing is done and the moves
// since are told.
func (l *Ledger) Move(ctx context.Context, who Who, finding string, seen int64, kind Kind, say Content) (*Item, error) {
	if kind == Link || kind == Unlink {
		if err := l.leads(ctx, finding, kind, &say); err != nil {
			return nil, err
		}
	}
	sc := l.scene(ctx)
	it, err := l.opt.Store.ChangeItem(ctx, finding, func(it *Item, moves []Move) (*Move, error) {
		if seen != it.Version {
			return nil, faster(it, moves, seen)
		}
		sc.Now = max(sc.Now, it.Changed) // a clock that was set back makes no history that goes back
		return sc.Decide(it, moves, who, kind, say)
	})
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, refuse(NoItem, "", errs.T("there is no such item", "没有该事项"), errs.Text{})
	}
	return it, nil
}

// faster says what was done since an item was looked at.
func faster(it *Item, moves []Move, seen int64) *Refused {
	r := refuse(Faster, "version", errs.Tf("somebody was faster: the item was looked at as version %d and is at %d", "已有人先行办理：查看时为第 %d 版，现为第 %d 版", seen, it.Version),
		errs.T("look at what was done, then send it again", "请查看最新情况后重新提交"))
	if seen >= 0 && seen < int64(len(moves)) {
		r.Moves = moves[seen:]
	}
	return r
}

// Wanted is one of several moves that are asked for at once.
type Wanted struct {
	Finding string
	Seen    int64
}

// Done is what became of one of them.
type Done struct {
	Finding string
	Item    *Item
	Err     error // *Refused, or a fault
}

// MoveAll makes the same move of several items, each by itself: what can't be
// done stops none of the others. A fault of the program stops the rest.
func (l *Ledger) MoveAll(ctx context.Context, who Who, items []Wanted, kind Kind, say Content) ([]Done, error) {
	out := make([]Done, 0, len(items))
	for _, w := range items {
		it, err := l.Move(ctx, who, w.Finding, w.Seen, kind, say)
		if err != nil && errs.CodeOf(err) == errs.Internal {
			return out, err
		}
		out = append(out, Done{w.Finding, it, err})
	}
	return out, nil
}

// Queue is a page of items by whose turn is due.
func (l *Ledger) Queue(ctx context.Context, q Query) (Page, error) { return l.opt.Store.Queue(ctx, q) }

// Counts is how many items are in each state.
func (l *Ledger) Counts(ctx context.Context) (map[State]int64, error) {
	return l.opt.Store.ItemCounts(ctx)
}

// Count is how many of those that q selects are in each state.
func (l *Ledger) Count(ctx context.Context, q Query) (map[State]int64, error) {
	return l.opt.Store.CountItems(ctx, q)
}

// Attach keeps a file beside the record and notes it as a move of the item. The
// file is on disk before the record says so.
func (l *Ledger) Attach(ctx context.Context, who Who, finding string, seen int64, name, text string, from io.Reader) (*Item, *File, error) {
	// What couldn't be noted anyway isn't read first.
	it, moves, err := l.opt.Store.Item(ctx, finding)
	if err != nil {
		return nil, nil, err
	}
	if it == nil {
		return nil, nil, refuse(NoItem, "", errs.T("there is no such item", "没有该事项"), errs.Text{})
	}
	if seen != it.Version {
		return nil, nil, faster(it, moves, seen)
	}
	if _, err := l.scene(ctx).Decide(it, moves, who, Attach, Content{File: &File{}}); err != nil {
		return nil, nil, err
	}
	f, err := l.opt.Files.Keep(name, from)
	if err != nil {
		return nil, nil, err
	}
	it, err = l.Move(ctx, who, finding, seen, Attach, Content{File: f, Text: text})
	return it, f, err
}

// File opens a file of a finding; nil where the finding has none of this hash.
// Its content is held against its hash once more.
func (l *Ledger) File(ctx context.Context, finding, hash string) (*File, []byte, error) {
	f, err := l.opt.Store.FileOf(ctx, finding, hash)
	if err != nil || f == nil {
		return nil, nil, err
	}
	body, err := l.opt.Files.Read(f)
	return f, body, err
}
