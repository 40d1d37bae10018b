package org

import (
	"context"
	"sync"
	"sync/atomic"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Store keeps the organisation; package sqldb implements it.
type Store interface {
	// OrgVersion is the number of the last revision, 0 where there is none.
	OrgVersion(ctx context.Context) (int64, error)
	// OrgLines are the lines as of a revision, sorted, with its number; 0 is the last.
	OrgLines(ctx context.Context, version int64) ([]Line, int64, error)
	OrgRevisions(ctx context.Context, limit int) ([]Revision, error) // newest first
	// ReviseOrg writes the next revision; a number that isn't the next is refused.
	ReviseOrg(ctx context.Context, r Revision, ended, added []Line) error
	// OrgNow writes what conditions of lists need of the organisation as it stands.
	OrgNow(ctx context.Context, paths []Path, conflicts []Conflict) error
	// OrgTouched visits the findings of people and units, whatever their days.
	OrgTouched(ctx context.Context, people []PersonID, units []UnitID, visit func(Touch)) error
}

// Keeper keeps the organisation as the record has it. Many goroutines may use it.
type Keeper struct {
	store Store
	zone  *clock.Zone
	clock func() clock.Instant
	now   atomic.Pointer[Organisation] // nil while there is none

	mu      sync.Mutex // of those who look whether it changed
	version int64
	day     clock.Day // for which OrgNow was written
}

// Keep reads the organisation of a record; clock is the one clock of what runs.
func Keep(ctx context.Context, store Store, zone *clock.Zone, clock func() clock.Instant) (*Keeper, error) {
	k := &Keeper{store: store, zone: zone, clock: clock}
	_, err := k.Refresh(ctx)
	return k, err
}

// Now is the organisation as it stands; nil where none is known.
func (k *Keeper) Now() *Organisation { return k.now.Load() }

// Time is now, by the one clock of what runs.
func (k *Keeper) Time() clock.Instant { return k.clock() }

// Refresh takes over what others entered, and what today changes of itself: a
// transfer of today was entered long ago. It says whether the organisation is
// another.
func (k *Keeper) Refresh(ctx context.Context) (changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, err := k.store.OrgVersion(ctx)
	if err != nil || at == 0 {
		return false, err
	}
	today := k.zone.Date(k.clock())
	if changed = at != k.version; changed {
		o, version, err := k.As(ctx, 0)
		if err != nil {
			return false, err
		}
		k.now.Store(o)
		k.version = version
	}
	if !changed && today == k.day {
		return false, nil
	}
	o := k.now.Load()
	if err := k.store.OrgNow(ctx, o.Paths(k.clock()), o.Declared()); err != nil {
		return false, err
	}
	k.day = today
	return changed, nil
}

// As is the organisation as of a revision, with its number; 0 is the last.
func (k *Keeper) As(ctx context.Context, revision int64) (*Organisation, int64, error) {
	lines, at, err := k.store.OrgLines(ctx, revision)
	if err != nil || at == 0 {
		return nil, 0, err
	}
	o, err := FromLines("organisation", lines, k.zone)
	return o, at, err
}

// Revisions are the last revisions, newest first.
func (k *Keeper) Revisions(ctx context.Context, limit int) ([]Revision, error) {
	return k.store.OrgRevisions(ctx, limit)
}

// Author is who enters a change.
type Author struct {
	Account string
	Person  PersonID // "" for none
}

// Plan is what a file would change: the dry run of an import.
type Plan struct {
	Seen    int64 // the revision over which it is
	Is      *Organisation
	Differs *Difference
	First   bool // there was no organisation before
	Past    bool // something counts for days before today
	Touched int64
	Sample  []Touch // the first of the findings that are touched
	Bar     *errs.Error
	ended   []Line
	added   []Line
}

// sample is how many findings a plan names.
const sample = 200

// Plan says what a draft would change, from a day on or as a whole history, whose
// findings it touches, and whether its author may enter it: a change of what was is
// not entered by whom it favours.
func (k *Keeper) Plan(ctx context.Context, who Author, f *Draft, from clock.Day, hasFrom bool) (*Plan, error) {
	was, seen, err := k.As(ctx, 0)
	if err != nil {
		return nil, err
	}
	is, err := f.Over(was, from, hasFrom, k.zone)
	if err != nil {
		return nil, err
	}
	p := &Plan{Seen: seen, Is: is, Differs: Compare(was, is), First: was == nil}
	var old []Line
	if was != nil {
		old = was.Lines()
	}
	p.ended, p.added = LineChanges(old, is.Lines())
	if p.First {
		return p, nil // what was stamped before was stamped by nothing
	}
	first, ok := p.Differs.From()
	p.Past = ok && first < k.zone.Date(k.clock())
	var touchesOwn bool
	if p.Past {
		if touchesOwn, err = k.touched(ctx, p, who.Person); err != nil {
			return nil, err
		}
	}
	if p.Past && (touchesOwn || p.Differs.Concerns(who.Person)) || p.Differs.Frees(who.Person) {
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this changes what was, and concerns you: your own posts or conflicts, or findings on you or that you own", "此变更涉及既往且与您本人有关：您的任职、回避申报，或涉及您、由您承办的问题"),
			Next: errs.T("let somebody enter it whom it doesn't concern", "请由与此无关的人员录入")}
	}
	return p, nil
}

// touched counts the findings that a plan touches, and says whether one is on a
// person, or theirs to answer.
func (k *Keeper) touched(ctx context.Context, p *Plan, own PersonID) (mine bool, err error) {
	var people []PersonID
	var units []UnitID
	for i := range p.Differs.People {
		people = append(people, p.Differs.People[i].Person)
	}
	for i := range p.Differs.Units {
		if c := &p.Differs.Units[i]; c.Stamps() {
			units = append(units, c.Unit)
		}
	}
	days := p.Differs.days()
	err = k.store.OrgTouched(ctx, people, units, func(t Touch) {
		if !days.touch(t.Subject, t.Unit, k.zone.Date(t.Time)) {
			return
		}
		p.Touched++
		mine = mine || own != "" && (t.Subject == own || t.Owner == own)
		if len(p.Sample) < sample {
			p.Sample = append(p.Sample, t)
		}
	})
	return mine, err
}

// daysOf are the days of a difference by whom it concerns.
type daysOf struct {
	people map[PersonID]Span
	units  map[UnitID]Span
}

func (d *Difference) days() daysOf {
	out := daysOf{map[PersonID]Span{}, map[UnitID]Span{}}
	for i := range d.People {
		out.people[d.People[i].Person] = d.People[i].Span
	}
	for i := range d.Units {
		if c := &d.Units[i]; c.Stamps() {
			out.units[c.Unit] = c.Span
		}
	}
	return out
}

func (d daysOf) touch(p PersonID, u UnitID, day clock.Day) bool {
	who, ok := d.people[p]
	where, there := d.units[u]
	return ok && who.on(day) || there && where.on(day)
}

// Apply enters a plan as the next revision. Whoever entered another since the plan
// was made is in the way, and whom it favours.
func (k *Keeper) Apply(ctx context.Context, who Author, p *Plan, reason string) (*Revision, error) {
	reason = errs.Said(reason)
	switch {
	case p.Bar != nil:
		return nil, p.Bar
	case p.Differs.Empty():
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("nothing differs from the organisation that there is", "与现有组织机构没有差异"), Next: errs.T("check that this is the file you mean", "请检查文件是否正确")}
	case p.Past && reason == "":
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("this changes days that have passed, and needs a reason", "此变更涉及已过去的日期，须说明理由"), Next: errs.T("say why, and on what paper it rests", "请写明理由及依据")}
	}
	r := &Revision{Number: p.Seen + 1, At: k.clock(), Account: who.Account, Reason: reason, Past: p.Past, Touched: p.Touched,
		Units: int64(len(p.Differs.Units)), People: int64(len(p.Differs.People)), Digest: Digest(p.ended, p.added)}
	if day, ok := p.Differs.From(); ok {
		r.From, r.HasFrom = day, true
	}
	if err := k.store.ReviseOrg(ctx, *r, p.ended, p.added); err != nil {
		return nil, err
	}
	_, err := k.Refresh(ctx)
	return r, err
}
