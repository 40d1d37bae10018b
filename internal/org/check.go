package org

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// check makes the organisation of a draft, or says all that is wrong with it.
func (d *draft) check(zone *clock.Zone) (*Organisation, error) {
	o := &Organisation{zone: zone, units: map[UnitID][]*Unit{}, posts: map[PostID]*Post{}, people: map[PersonID][]*Holding{}, conflicts: map[PersonID][]*Conflict{}}
	for _, u := range d.units {
		o.units[u.ID] = append(o.units[u.ID], u)
	}
	for _, p := range d.posts {
		if o.posts[p.ID] != nil {
			d.fail(p.at, errs.Tf("post %q stands twice", "岗位 %q 出现两次", p.ID), errs.T("keep one of them", "请只保留一个"))
		}
		o.posts[p.ID] = p
	}
	for _, h := range d.holdings {
		o.people[h.Person] = append(o.people[h.Person], h)
	}
	d.checkNames()
	d.checkUnits(o)
	if len(d.faults) == 0 {
		d.checkCycles(o)
	}
	d.checkHoldings(o)
	d.checkConflicts(o)
	if len(d.faults) > 0 {
		slices.SortStableFunc(d.faults, func(a, b *errs.Error) int {
			return cmp.Or(cmp.Compare(a.Place.Sheet, b.Place.Sheet), cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Row, b.Place.Row))
		})
		return nil, d.faults
	}
	d.gaps(o)
	return o, nil
}

// checkNames wants names to be of one line: what is sealed of them is set apart by lines.
func (d *draft) checkNames() {
	odd := func(at errs.Place, id string) {
		if !Whole(Line{ID: id}) {
			d.fail(at, errs.Tf("the name %q has a line break in it", "编号 %q 中有换行符", id), errs.T("write it on one line", "请写成一行"))
		}
	}
	for _, u := range d.units {
		odd(u.at, string(u.ID))
	}
	for _, p := range d.posts {
		odd(p.at, string(p.ID))
	}
	for _, h := range d.holdings {
		odd(h.at, string(h.Person))
	}
	for _, c := range d.conflicts {
		odd(c.at, string(c.A+c.B))
	}
}

// checkUnits holds each unit against its other lines and against the one above it.
func (d *draft) checkUnits(o *Organisation) {
	ids := slices.Sorted(maps.Keys(o.units))
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
		list := o.units[id]
		slices.SortStableFunc(list, func(a, b *Unit) int { return cmp.Compare(a.From, b.From) })
		for k := 1; k < len(list); k++ {
			if list[k-1].overlaps(list[k].Span) {
				d.fail(list[k].at, errs.Tf("unit %q stands here for days for which it stands already (line or row %d)", "单位 %q 在同一时期已有记录（第 %d 行）", id, lineOf(list[k-1].at)),
					errs.T("give the earlier one the day on which it ended (to)", "请为较早的一条填写终止日（to）"))
			}
		}
	}
	for _, u := range d.units {
		d.checkSuccessor(o, u, names)
		if u.Parent == "" {
			continue
		}
		above := o.units[u.Parent]
		if above == nil {
			d.fail(u.at, errs.Tf("unit %q is under %q, and there is no such unit", "单位 %q 的上级 %q 不存在", u.ID, u.Parent), errs.DidYouMean(string(u.Parent), names))
		} else if day, open := uncovered(u.Span, spans(above)); open {
			d.fail(u.at, onDay(day, "unit %q is under %q %s, when that one doesn't stand", "单位 %[1]q %[3]s隶属 %[2]q，而该上级当时不存在", u.ID, u.Parent),
				errs.T("set from and to of the two so that the upper one stands as long as the lower", "请调整两者的起止日，使上级存续期覆盖下级"))
		}
	}
}

// checkSuccessor wants who takes over to be another unit, that stands then.
func (d *draft) checkSuccessor(o *Organisation, u *Unit, names []string) {
	switch next := o.units[u.Successor]; {
	case u.Successor == "":
	case u.To == never:
		d.fail(u.at, errs.Tf("unit %q names a successor and hasn't ended", "单位 %q 已填写承接单位，但没有终止日", u.ID), errs.T("give the day on which it ended (to), or leave the successor out", "请填写终止日（to），或去掉承接单位"))
	case next == nil || u.Successor == u.ID:
		d.fail(u.at, errs.Tf("unit %q was taken over by %q, and there is no such other unit", "单位 %q 的承接单位 %q 不存在或就是自身", u.ID, u.Successor), errs.DidYouMean(string(u.Successor), names))
	case o.unitOn(u.Successor, u.To) == nil:
		d.fail(u.at, errs.Tf("unit %[1]q was taken over by %[2]q, which doesn't stand on %[3]s", "单位 %[1]q 的承接单位 %[2]q 于 %[3]s 不存在", u.ID, u.Successor, u.To), errs.T("let the one begin when the other ends", "请使承接单位在该日已经成立"))
	}
}

// checkConflicts wants each to be of two people; one that the organisation doesn't
// know is allowed: a declaration may come before a post.
func (d *draft) checkConflicts(o *Organisation) {
	for _, c := range d.conflicts {
		if c.A == c.B {
			d.fail(c.at, errs.Tf("%q has a conflict with themself", "%q 与本人申报回避", c.A), errs.T("name two people", "请填写两个人"))
			continue
		}
		o.conflicts[c.A] = append(o.conflicts[c.A], c)
		o.conflicts[c.B] = append(o.conflicts[c.B], c)
	}
}

// onDay is a sentence about two names and a day.
func onDay(d clock.Day, en, zh string, a, b any) errs.Text {
	day := errs.Tf("on %s", "于 %s ", d)
	if d == always {
		day = errs.T("from the beginning", "自始")
	}
	return errs.T(fmt.Sprintf(en, a, b, day.En), fmt.Sprintf(zh, a, b, day.Zh))
}

func lineOf(p errs.Place) int { return max(p.Line, p.Row) }

func spans(units []*Unit) []Span {
	out := make([]Span, len(units))
	for i, u := range units {
		out[i] = u.Span
	}
	return out
}

// uncovered is the first day of a span on which none of some others, sorted by
// their beginning, is.
func uncovered(s Span, by []Span) (clock.Day, bool) {
	day := s.From
	for _, b := range by {
		if b.on(day) {
			day = b.To
		}
		if day >= s.To {
			return 0, false
		}
	}
	return day, true
}

// checkCycles looks at the tree on every day on which it changed.
func (d *draft) checkCycles(o *Organisation) {
	days := map[clock.Day]bool{always: true}
	for _, u := range d.units {
		days[u.From] = true
	}
	told := map[UnitID]bool{}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		done := map[UnitID]bool{}
		for _, u := range d.units {
			d.climb(o, u, day, done, told)
		}
	}
}

// climb goes up from a unit until it reaches the top, one that was seen to reach
// it, or itself.
func (d *draft) climb(o *Organisation, from *Unit, day clock.Day, done, told map[UnitID]bool) {
	path := map[UnitID]bool{}
	for u := from; u != nil && u.on(day) && !done[u.ID]; u = o.unitOn(u.Parent, day) {
		if path[u.ID] {
			if !told[u.ID] {
				d.fail(u.at, errs.Tf("unit %q is under itself", "单位 %q 隶属于自身", u.ID), errs.T("follow its parents upward and mend the one that leads back", "请沿上级逐一核对，更正绕回的一处"))
			}
			for id := range path {
				told[id] = true
			}
			break
		}
		path[u.ID] = true
	}
	maps.Copy(done, path)
}

// checkHoldings holds who had which post against units, posts and each other.
func (d *draft) checkHoldings(o *Organisation) {
	units, posts := text(o.units), text(o.posts)
	for _, h := range d.holdings {
		above := o.units[h.Unit]
		if above == nil {
			d.fail(h.at, errs.Tf("%q has a post in %q, and there is no such unit", "%q 任职的单位 %q 不存在", h.Person, h.Unit), errs.DidYouMean(string(h.Unit), units))
		} else if day, open := uncovered(h.Span, spans(above)); open {
			d.fail(h.at, onDay(day, "%q has a post in %q %s, when that unit doesn't stand", "%[1]q %[3]s任职于 %[2]q，而该单位当时不存在", h.Person, h.Unit),
				errs.T("set from and to so that the unit stands as long as the post is held", "请调整起止日，使单位存续期覆盖任职期"))
		}
		if o.posts[h.Post] == nil {
			d.fail(h.at, errs.Tf("%q has the post %q, and there is no such post", "%q 的岗位 %q 不存在", h.Person, h.Post), errs.DidYouMean(string(h.Post), posts))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(o.people)) {
		list := o.people[p]
		slices.SortStableFunc(list, func(a, b *Holding) int { return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.From, b.From)) })
		for i := 1; i < len(list) && list[i].As == Primary; i++ {
			if a, b := list[i-1], list[i]; a.overlaps(b.Span) {
				d.fail(b.at, errs.Tf("%[1]q has two primary posts at once: in %[2]q %[3]s, and in %[5]q %[6]s", "%[1]q 同时有两个主职：%[2]q（%[4]s）和 %[5]q（%[7]s）", p, a.Unit, a.text().En, a.text().Zh, b.Unit, b.text().En, b.text().Zh),
					errs.T("end the first (to), or say as: acting or as: second", "请为前一职务填写终止日（to），或注明 as: acting（代理）、as: second（兼任）"))
			}
		}
	}
}

func text[K ~string, V any](m map[K]V) []string {
	out := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, string(k))
	}
	return out
}

// gaps warns of days between two primary posts on which somebody has none at all:
// an event of theirs then keeps what its source claims.
func (d *draft) gaps(o *Organisation) {
	for _, p := range slices.Sorted(maps.Keys(o.people)) {
		list := o.people[p]
		var held []Span
		for _, h := range list {
			held = append(held, h.Span)
		}
		slices.SortFunc(held, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
		for i := 1; i < len(list) && list[i].As == Primary; i++ {
			between := Span{list[i-1].To, list[i].From}
			if between.From >= between.To {
				continue
			}
			if day, open := uncovered(between, held); open {
				o.odd = append(o.odd, errs.Error{Code: errs.Usage, Place: list[i].at,
					What: errs.Tf("%q holds no post on %s, between two that they hold", "%q 在 %s 没有任何职务，而前后均有任职", p, day),
					Next: errs.T("if they were transferred, let the one begin on the day on which the other ends", "如属调动，请使后一职务始于前一职务终止之日")})
			}
		}
	}
}
