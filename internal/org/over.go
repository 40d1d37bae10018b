package org

import (
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Draft is an organisation, or a part of one, as a file says it: what kinds of
// lines the file has, and what they say. It is checked once it is put over the
// organisation that there is.
type Draft struct {
	d     *draft
	kinds map[string]bool // that the file has
	file  string          // for faults; of several the first
}

// Over is the organisation that a draft makes of the one that there is (nil: none).
// Kinds of lines that the file doesn't have stay as they are. Without a day the
// file says the whole history. With one it says how things are from that day on:
// what was before stays, what the file still has goes on as it was, what it lacks
// ends on that day.
func (f *Draft) Over(was *Organisation, from clock.Day, hasFrom bool, zone *clock.Zone) (*Organisation, error) {
	out := &draft{}
	if was != nil {
		out = was.draft()
	} else if !f.kinds[UnitLine] {
		return nil, noUnits(f.file)
	}
	f = f.titled(out)
	if !hasFrom {
		f.replace(out)
	} else {
		f.from(out, from)
	}
	return out.check(zone)
}

// titled is the draft with titles in both languages: a list in one language that
// calls a thing as the record does renames nothing.
func (f *Draft) titled(was *draft) *Draft {
	known := map[string]errs.Text{}
	for _, u := range was.units {
		known["unit "+string(u.ID)+" "+u.Title.En], known["unit "+string(u.ID)+" "+u.Title.Zh] = u.Title, u.Title
	}
	for _, p := range was.posts {
		known["post "+string(p.ID)+" "+p.Title.En], known["post "+string(p.ID)+" "+p.Title.Zh] = p.Title, p.Title
	}
	find := func(key string, t errs.Text) errs.Text {
		if both, ok := known[key+" "+t.En]; ok && t.En == t.Zh {
			return both
		}
		return t
	}
	out := &Draft{d: &draft{holdings: f.d.holdings, conflicts: f.d.conflicts}, kinds: f.kinds, file: f.file}
	for _, u := range f.d.units {
		one := *u
		one.Title = find("unit "+string(u.ID), u.Title)
		out.d.units = append(out.d.units, &one)
	}
	for _, p := range f.d.posts {
		one := *p
		one.Title = find("post "+string(p.ID), p.Title)
		out.d.posts = append(out.d.posts, &one)
	}
	return out
}

func noUnits(file string) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("units is missing", "缺少 units（单位）"), Next: errs.T("add the units: without them nobody has a post", "请补上单位，否则无从任职")}
}

// draft is an organisation as lines again.
func (o *Organisation) draft() *draft {
	d := &draft{}
	for _, id := range keys(o.units, nil) {
		d.units = append(d.units, o.units[id]...)
	}
	for _, id := range keys(o.posts, nil) {
		d.posts = append(d.posts, o.posts[id])
	}
	for _, id := range keys(o.people, nil) {
		d.holdings = append(d.holdings, o.people[id]...)
	}
	for _, id := range keys(o.conflicts, nil) {
		for _, c := range o.conflicts[id] {
			if c.A == id {
				d.conflicts = append(d.conflicts, c)
			}
		}
	}
	return d
}

func (f *Draft) replace(d *draft) {
	if f.kinds[UnitLine] {
		d.units = f.d.units
	}
	if f.kinds[PostLine] {
		d.posts = f.d.posts
	}
	if f.kinds[HoldingLine] {
		d.holdings = f.d.holdings
	}
	if f.kinds[ConflictLine] {
		d.conflicts = f.d.conflicts
	}
}

// from puts what a file says from a day on over what there is.
func (f *Draft) from(d *draft, day clock.Day) {
	if f.kinds[UnitLine] {
		d.units = merge(d.units, f.d.units, day, func(a, b *Unit) bool {
			return a.ID == b.ID && a.Title == b.Title && a.Parent == b.Parent && a.Territory == b.Territory
		}, func(u *Unit) *Span { return &u.Span })
	}
	if f.kinds[HoldingLine] {
		d.holdings = merge(d.holdings, f.d.holdings, day, func(a, b *Holding) bool {
			return a.Person == b.Person && a.Unit == b.Unit && a.Post == b.Post && a.As == b.As && a.Rank == b.Rank
		}, func(h *Holding) *Span { return &h.Span })
	}
	if f.kinds[ConflictLine] {
		d.conflicts = merge(d.conflicts, f.d.conflicts, day, func(a, b *Conflict) bool { return a.pair() == b.pair() && a.Kind == b.Kind }, func(c *Conflict) *Span { return &c.Span })
	}
	for _, p := range f.d.posts { // titles have no days; history needs those that nobody holds now
		if i := slices.IndexFunc(d.posts, func(o *Post) bool { return o.ID == p.ID }); i >= 0 {
			d.posts[i] = p
		} else {
			d.posts = append(d.posts, p)
		}
	}
}

// merge is what there was before a day and what a file says from it on. A line that
// says the same on both sides goes on as it was; one of the file that begins later
// begins later.
func merge[T any](was, file []*T, day clock.Day, same func(a, b *T) bool, span func(*T) *Span) []*T {
	var out []*T
	file = slices.DeleteFunc(slices.Clone(file), func(n *T) bool { return span(n).To <= day }) // the record knows better
	taken := make([]bool, len(file))
	for _, old := range was {
		s := *span(old)
		if s.To <= day { // it is history
			out = append(out, old)
			continue
		}
		i := -1
		for k, n := range file {
			begun := s.From <= day && span(n).From <= day
			if !taken[k] && same(old, n) && (begun || s.From == span(n).From) {
				i = k
				break
			}
		}
		if i < 0 {
			if s.From < day {
				out = append(out, ended(old, day, span))
			}
			continue
		}
		taken[i] = true
		kept := *old
		if to := span(file[i]).To; to != never {
			span(&kept).To = to
		}
		out = append(out, &kept)
	}
	for k, n := range file {
		if taken[k] {
			continue
		}
		fresh := *n
		if s := span(&fresh); s.From < day {
			s.From = day
		}
		if s := span(&fresh); s.From < s.To {
			out = append(out, &fresh)
		}
	}
	return out
}

func ended[T any](old *T, day clock.Day, span func(*T) *Span) *T {
	short := *old
	span(&short).To = day
	return &short
}

// ParseDraft reads what [Parse] reads, as a part of an organisation.
func ParseDraft(file string, src []byte) (*Draft, error) {
	d, kinds, err := parse(file, src)
	return &Draft{d, kinds, file}, err
}

// SheetsDraft reads the sheets of a workbook as a part of an organisation; a sheet
// whose name says nothing is known by its columns.
func SheetsDraft(file string, sheets []Sheet) (*Draft, error) {
	d, found := fromSheets(file, sheets)
	kinds := map[string]bool{}
	for name, kind := range map[string]string{"units": UnitLine, "posts": PostLine, "officers": HoldingLine, "conflicts": ConflictLine} {
		kinds[kind] = found[name]
	}
	if len(found) == 0 {
		d.fail(errs.Place{File: file}, errs.T("there is neither a sheet of units, posts or officers nor columns that tell what this is", "未找到单位、岗位、人员工作表，列名也无法识别"),
			errs.T("name the columns as docs/organisation.md says", "请按 docs/organisation.md 命名各列"))
	}
	if len(d.faults) > 0 {
		return nil, d.faults
	}
	return &Draft{d, kinds, file}, nil
}
