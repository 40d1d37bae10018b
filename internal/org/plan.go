package org

import (
	"context"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

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
	First   bool    // there was no organisation before
	Past    bool    // something counts for days before today
	Touched []Touch // findings on what was: whoever shows them looks who may read them
	Bar     *errs.Error
	ended   []Line
	added   []Line
}

// Weighs says whether a plan needs a reason and a person who enters it: it changes what
// was, or takes a declared conflict away, of whatever days.
func (p *Plan) Weighs() bool { return p.Past || p.Differs.Withdraws() }

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
	favours := p.Differs.Frees(who.Person)
	if p.Past {
		if err := k.touched(ctx, p, was); err != nil {
			return nil, err
		}
		favours = favours || k.favours(who.Person, was, p)
	}
	if favours {
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this concerns you: it takes away a conflict of your own, or changes what was of you, of somebody with whom you have a declared conflict, of findings on either or theirs to answer, or of a unit in which or over which you serve",
			"此变更与您有关：撤销您本人的回避申报，或追溯变更您本人、与您有回避关系的人员及其涉及、承办的问题，或您任职、领导的单位"),
			Next: errs.T("let somebody enter it who has no conflict with those whom it changes, and serves neither in those units nor above them", "请由与所涉人员无回避关系、且不在所涉单位及其上级单位任职的人员录入")}
	}
	return p, nil
}

// touched finds the findings that a plan touches.
func (k *Keeper) touched(ctx context.Context, p *Plan, was *Organisation) error {
	days := p.Differs.days()
	for unit := range p.Differs.left(was, p.Is) {
		days.units[unit] = Span{always, never}
	}
	return k.store.OrgTouched(ctx, keys(days.people, nil), keys(days.units, nil), func(t Touch) {
		if days.touch(t.Subject, t.Unit, k.zone.Date(t.Time)) {
			p.Touched = append(p.Touched, t)
		}
	})
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

// favours says whether a change of what was concerns its author, somebody close to them,
// or a unit in which or over which they serve, as it was or as it would be.
func (k *Keeper) favours(author PersonID, was *Organisation, p *Plan) bool {
	if author == "" {
		return false
	}
	first, _ := p.Differs.From()
	today := k.zone.Date(k.clock())
	near := map[PersonID]bool{author: true}
	for _, o := range []*Organisation{was, p.Is} {
		for _, c := range o.conflicts[author] {
			if c.overlaps(Span{first, today + 1}) {
				near[c.A], near[c.B] = true, true
			}
		}
	}
	return slices.ContainsFunc(p.Touched, func(t Touch) bool { return near[t.Subject] || near[t.Owner] }) ||
		slices.ContainsFunc(p.Differs.People, func(c Change) bool { return near[c.Person] }) ||
		slices.ContainsFunc(p.Differs.pairs, func(c pairChange) bool { return c.withdrawn && (near[c.of[0]] || near[c.of[1]]) }) ||
		k.commands(author, was, p, today)
}

// stay is a unit on some days.
type stay struct {
	unit UnitID
	Span
}

// stays are the units that a difference changes, and those of the posts that somebody
// had or gets by it.
func (d *Difference) stays(was, is *Organisation) []stay {
	var out []stay
	for i := range d.Units {
		if c := &d.Units[i]; c.Stamps() {
			out = append(out, stay{c.Unit, c.Span})
		}
	}
	for _, s := range d.successions {
		for _, u := range []UnitID{s.unit, s.was, s.is} {
			out = append(out, stay{u, Span{s.from, never}})
		}
	}
	for i := range d.People {
		c := &d.People[i]
		only := func(a, b []*Holding) {
			for _, h := range a {
				if s := (Span{max(h.From, c.From), min(h.To, c.To)}); s.From < s.To && !slices.ContainsFunc(b, h.same) {
					out = append(out, stay{h.Unit, s})
				}
			}
		}
		only(was.people[c.Person], is.people[c.Person])
		only(is.people[c.Person], was.people[c.Person])
	}
	return out
}

// same says whether two holdings say the same, wherever they were read.
func (h *Holding) same(o *Holding) bool {
	a, b := *h, *o
	a.at, b.at = errs.Place{}, errs.Place{}
	return a == b
}

// commands says whether somebody holds a post in a unit that a plan changes or above
// it: today, or on the first of those days that they served there.
func (k *Keeper) commands(author PersonID, was *Organisation, p *Plan, today clock.Day) bool {
	now := k.clock()
	changed := p.Differs.stays(was, p.Is)
	for _, o := range []*Organisation{was, p.Is} {
		for _, h := range o.people[author] {
			for _, s := range changed {
				day := max(h.From, s.From)
				if h.on(today) && o.above(h.Unit, o.Standing(s.unit, now), today) || h.on(day) && s.on(day) && day <= today && o.above(h.Unit, s.unit, day) {
					return true
				}
			}
		}
	}
	return false
}

// above says whether a unit is another one or stands above it on a day.
func (o *Organisation) above(unit, below UnitID, day clock.Day) bool {
	for u := o.unitOn(below, day); u != nil; u = o.unitOn(u.Parent, day) {
		if u.ID == unit {
			return true
		}
	}
	return false
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
	case p.Weighs() && reason == "":
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("this changes days that have passed or takes a declared conflict away, and needs a reason", "此变更涉及已过去的日期或撤销回避申报，须说明理由"), Next: errs.T("say why, and on what paper it rests", "请写明理由及依据")}
	}
	r := &Revision{Number: p.Seen + 1, At: k.clock(), Account: who.Account, Reason: reason, Past: p.Past, Touched: int64(len(p.Touched)),
		Units: int64(len(p.Differs.Units)), People: int64(len(p.Differs.People)), Digest: Digest(p.ended, p.added)}
	if day, ok := p.Differs.From(); ok {
		r.From, r.HasFrom = day, true
	}
	numbers := make([]int64, len(p.Touched))
	for i := range p.Touched {
		numbers[i] = p.Touched[i].Number
	}
	if err := k.store.ReviseOrg(ctx, *r, p.ended, p.added, numbers); err != nil {
		return nil, err
	}
	_, err := k.Refresh(ctx)
	return r, err
}
