package org

import (
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/yamlfile"
)

// draft is an organisation as a file says it, before it is checked; its faults and
// places are the file's.
type draft struct {
	units     []*Unit
	posts     []*Post
	holdings  []*Holding
	conflicts []*Conflict
	faults    errs.List
}

func (d *draft) fail(at errs.Place, what, next errs.Text) {
	d.faults = append(d.faults, &errs.Error{Code: errs.Usage, Place: at, What: what, Next: next})
}

// What the parts are called in faults.
var (
	aUnit     = errs.T("a unit", "单位")
	anOffice  = errs.T("an officer's post", "人员任职")
	aConflict = errs.T("a declared conflict", "回避申报")
)

// Parse reads an organisation from YAML; file is its name for errors, zone the
// agency's.
//
//	units:
//	  - {id: bureau, title: {en: City bureau, zh: 市公安局}, territory: city}
//	  - {id: north, title: {en: Northern branch, zh: 北区分局}, parent: bureau, territory: north, from: 2020-01-01}
//	posts:
//	  investigator: {en: Investigator, zh: 侦查员}
//	officers:
//	  - {id: P7, unit: north, post: investigator, rank: 二级警司, from: 2024-03-01, to: 2025-03-01}
//	  - {id: P7, unit: bureau, post: investigator, rank: 一级警司, from: 2025-03-01, as: acting}
//	conflicts:
//	  - {a: P7, b: P12, kind: kinship, from: 2021-05-01}
//
// A unit that ended may name the one that took over what it left open (successor).
// Without from it was always so, without to it still is; to is the first day on
// which it no longer is. The error has every fault with its place.
func Parse(file string, src []byte, zone *clock.Zone) (*Organisation, error) {
	d, kinds, err := parse(file, src)
	if err == nil && !kinds[UnitLine] {
		err = noUnits(file)
	}
	if err != nil {
		return nil, err
	}
	return d.check(zone)
}

// parse reads what a file has, and says which kinds of lines that is.
func parse(file string, src []byte) (*draft, map[string]bool, error) {
	f, root := yamlfile.Parse(file, src)
	if root == nil {
		return nil, nil, f.Err()
	}
	d := &draft{}
	fields := f.Fields(root, errs.T("an organisation", "组织机构"), "units", "posts", "officers", "conflicts")
	for _, n := range f.Items(fields["units"], errs.T("units", "单位")) {
		d.unit(f, n)
	}
	if n := fields["posts"]; n != nil {
		d.readPosts(f, n)
	}
	for _, n := range f.Items(fields["officers"], errs.T("officers in their posts", "任职人员")) {
		d.officer(f, n)
	}
	for _, n := range f.Items(fields["conflicts"], errs.T("declared conflicts", "回避申报")) {
		d.conflict(f, n)
	}
	kinds := map[string]bool{UnitLine: fields["units"] != nil, PostLine: fields["posts"] != nil, HoldingLine: fields["officers"] != nil, ConflictLine: fields["conflicts"] != nil}
	return d, kinds, f.Err()
}

func (d *draft) unit(f *yamlfile.File, n *yamlfile.Node) {
	v := f.Fields(n, aUnit, "id", "title", "parent", "territory", "successor", "from", "to")
	if !f.Needed(n, v, "id") {
		return
	}
	u := &Unit{ID: UnitID(f.Word(v["id"])), Title: f.Text(v["title"]), Parent: UnitID(f.Word(v["parent"])), Territory: f.Word(v["territory"]),
		Successor: UnitID(f.Word(v["successor"])), Span: span(f, v["from"], v["to"]), at: f.Place(v["id"])}
	if u.Title == (errs.Text{}) {
		u.Title = errs.T(string(u.ID), string(u.ID))
	}
	d.units = append(d.units, u)
}

func (d *draft) readPosts(f *yamlfile.File, n *yamlfile.Node) {
	keys, values := f.Entries(n, errs.T("posts", "岗位"))
	for _, key := range keys {
		d.posts = append(d.posts, &Post{ID: PostID(key.Value), Title: f.Text(values[key.Value]), at: f.Place(key)})
	}
}

// officer reads a line of who holds a post. Workload and shift are read past: they
// say how work is planned, and nothing that is judged.
func (d *draft) officer(f *yamlfile.File, n *yamlfile.Node) {
	v := f.Fields(n, anOffice, "id", "unit", "post", "rank", "as", "from", "to", "workload", "shift")
	if !f.Needed(n, v, "id") || !f.Needed(n, v, "unit") || !f.Needed(n, v, "post") {
		return
	}
	h := &Holding{Person: PersonID(f.Word(v["id"])), Unit: UnitID(f.Word(v["unit"])), Post: PostID(f.Word(v["post"])), Rank: f.Word(v["rank"]),
		As: Primary, Span: span(f, v["from"], v["to"]), at: f.Place(v["id"])}
	if as := f.OneOf(v["as"], string(Primary), string(Acting), string(Second)); as != "" {
		h.As = Tenure(as)
	}
	d.holdings = append(d.holdings, h)
}

// conflict reads a line of who declared a conflict with whom.
func (d *draft) conflict(f *yamlfile.File, n *yamlfile.Node) {
	v := f.Fields(n, aConflict, "a", "b", "kind", "from", "to")
	if !f.Needed(n, v, "a") || !f.Needed(n, v, "b") {
		return
	}
	c := &Conflict{A: PersonID(f.Word(v["a"])), B: PersonID(f.Word(v["b"])), Kind: Interest, Span: span(f, v["from"], v["to"]), at: f.Place(v["a"])}
	if kind := f.OneOf(v["kind"], string(Kinship), string(Interest)); kind != "" {
		c.Kind = Relation(kind)
	}
	d.conflicts = append(d.conflicts, c)
}

func span(f *yamlfile.File, from, to *yamlfile.Node) Span {
	s := Span{always, never}
	read := func(n *yamlfile.Node, day *clock.Day) {
		if n == nil {
			return
		}
		v, err := clock.ParseDay(strings.TrimSpace(n.Value))
		if err != nil {
			f.Fail(n, errs.T("expected a day as 2024-03-01", "应为日期，如 2024-03-01"), errs.Text{})
			return
		}
		*day = v
	}
	read(from, &s.From)
	read(to, &s.To)
	if to != nil && s.To <= s.From {
		f.Fail(to, errs.Tf("it ends on %s, not after it begins on %s", "结束日 %s 不晚于开始日 %s", s.To, s.From),
			errs.T("to is the first day on which it no longer holds", "to 为不再有效的第一天"))
	}
	return s
}
