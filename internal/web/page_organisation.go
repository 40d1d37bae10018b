package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/org"
)

// branchView is a unit in the tree.
type branchView struct {
	Title, ID, Territory, Link string
	Deep                       string // the class that indents it
	People                     string
	Here                       bool
}

// holdingView is who holds a post.
type holdingView struct{ Person, Link, Post, Rank, As, Unit, From, To string }

// revisionView is a change that was entered.
type revisionView struct {
	Number, At, By, Reason, From, What, Touched string
	Past                                        bool
}

// organisationView is what the page of the organisation shows.
type organisationView struct {
	told
	Tree      []branchView
	Size      string
	Of        string // of whom Holdings are: a unit, or what was searched for
	Holdings  []holdingView
	More      int
	Query     string
	Revisions []revisionView
	Changes   bool
}

// mostHoldings is how many holders of posts are listed at once.
const mostHoldings = 200

func (p *Pages) organisation(v *view) (templ.Component, error) {
	v.title = v.T("orgs.title")
	ctx := v.r.Context()
	o, _, err := p.Organisation.As(ctx, 0)
	if err != nil {
		return nil, err
	}
	out := organisationView{told: v.done("applied", v.T("orgs.done_applied")), Changes: v.may(access.OrganisationChange)}
	list, err := p.Organisation.Revisions(ctx, 20)
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Revisions = append(out.Revisions, v.revisionView(&list[i]))
	}
	if o != nil {
		v.tree(&out, o)
	}
	return organisationPage(v, out), nil
}

func (v *view) tree(out *organisationView, o *org.Organisation) {
	at := v.p.Organisation.Time()
	unit := org.UnitID(v.r.URL.Query().Get("unit"))
	out.Query = strings.TrimSpace(v.r.URL.Query().Get("q"))
	people := map[org.UnitID]int{}
	for _, h := range o.Holdings(at) {
		people[h.Unit]++
		wanted := unit != "" && h.Unit == unit || out.Query != "" && strings.Contains(strings.ToLower(string(h.Person)), strings.ToLower(out.Query))
		switch {
		case !wanted:
		case len(out.Holdings) == mostHoldings:
			out.More++
		default:
			out.Holdings = append(out.Holdings, v.holdingView(o, &h))
		}
	}
	for _, b := range o.Tree(at) {
		out.Tree = append(out.Tree, branchView{Title: b.Title.In(v.Lang), ID: string(b.ID), Territory: o.Territory(b.ID, at), Link: "/organisation?unit=" + escapeQuery(string(b.ID)) + "#people",
			Deep: fmt.Sprintf("deep-%d", min(b.Depth, 5)), People: v.Int(people[b.ID]), Here: b.ID == unit})
	}
	switch u := o.Unit(unit, at); {
	case out.Query != "":
		out.Of = v.T("orgs.found", out.Query)
	case u != nil:
		out.Of = u.Title.In(v.Lang)
	}
	units, persons := len(out.Tree), map[org.PersonID]bool{}
	for _, h := range o.Holdings(at) {
		persons[h.Person] = true
	}
	out.Size = v.T("orgs.size", v.Int(units), v.Int(len(persons)))
}

func (v *view) holdingView(o *org.Organisation, h *org.Holding) holdingView {
	return holdingView{Person: string(h.Person), Link: "/organisation?q=" + escapeQuery(string(h.Person)) + "#people", Post: o.PostTitle(h.Post).In(v.Lang), Rank: h.Rank, As: v.T("orgs.as_" + string(h.As)),
		Unit: v.unitOf(o, h.Unit), From: v.dayOr(h.From, v.T("orgs.always")), To: v.dayOr(h.To, v.T("orgs.open"))}
}

func (v *view) unitOf(o *org.Organisation, id org.UnitID) string {
	if u := o.Unit(id, v.p.Organisation.Time()); u != nil {
		return u.Title.In(v.Lang)
	}
	return v.unit(string(id))
}

// dayOr is a day, or what it is called where it is none.
func (v *view) dayOr(d clock.Day, otherwise string) string {
	if org.Beginning(d) || org.Unending(d) {
		return otherwise
	}
	return d.String()
}

func (v *view) revisionView(r *org.Revision) revisionView {
	out := revisionView{Number: v.Int(int(r.Number)), At: v.at(r.At), By: r.Account, Reason: r.Reason, Past: r.Past, What: v.T("orgs.changed", v.Int(int(r.Units)), v.Int(int(r.People)))}
	if out.By == "" {
		out.By = v.T("orgs.by_service")
	}
	out.From = v.revisedFrom(r)
	seen := touchedSeen{any: r.Touched > 0}
	if access.Wide(v.who, access.FindingRead) && len(v.who.Conflicts) == 0 {
		seen.count = int(r.Touched)
	}
	out.Touched = v.touchedSays(seen)
	return out
}

// revisedFrom is from which day on a change counts.
func (v *view) revisedFrom(r *org.Revision) string {
	switch {
	case !r.HasFrom:
		return ""
	case org.Beginning(r.From):
		return v.T("orgs.from_start")
	}
	return v.T("orgs.from", r.From.String())
}

// touchedSeen is what somebody may know of the findings that a change touches: whether
// there are any, and how many where that is for them.
type touchedSeen struct {
	any   bool
	count int
}

// touched is what who asks may know of the findings that a plan touches: those that they
// may read; where their role reads none, whether there are any.
func (v *view) touched(p *org.Plan) (out touchedSeen, err error) {
	roles := *v.who
	roles.Person = "" // whom a finding concerns reads it whatever their role
	if !access.May(&roles, access.FindingRead).Allowed {
		return touchedSeen{any: len(p.Touched) > 0}, nil
	}
	s := v.seer()
	for _, t := range p.Touched {
		reads, err := s.may(access.FindingRead, string(t.Owner), string(t.Unit), string(t.Subject))
		if err != nil {
			return out, err
		}
		if reads {
			out.any, out.count = true, out.count+1
		}
	}
	return out, nil
}

func (v *view) touchedSays(t touchedSeen) string {
	switch {
	case t.count > 0:
		return v.N("orgs.touched", t.count)
	case t.any:
		return v.T("orgs.touched_some")
	}
	return ""
}

// changeRow is one unit or person that a file would change.
type changeRow struct{ Mark, Kind, Who, From, To, Was, Is string }

// planView is a file's difference, before it is entered.
type planView struct {
	Ticket, Name          string
	Seen                  int64
	First, Empty, Past    bool
	Weighs                bool // it needs a reason
	From                  string
	Units, People         []changeRow
	MoreUnits, MorePeople int
	Posts, Said           string // what else: titles of posts, declarations
	Touched               string
	Odd                   []string
	Barred, BarredNext    string
}

// mostChanges is how many changes of a file are listed.
const mostChanges = 300

var changeMarks = map[org.Kind]string{org.Added: "added", org.Ended: "closed", org.Moved: "assigned", org.Renamed: "open", org.Territory: "open", org.Succeeded: "closed", org.Transferred: "assigned", org.Changed: "open"}

func (v *view) planView(p *org.Plan, d *drafted) (planView, error) {
	out := planView{Ticket: d.ticket, Name: d.name, Seen: p.Seen, First: p.First, Empty: p.Differs.Empty(), Past: p.Past, Weighs: p.Weighs()}
	if day, ok := p.Differs.From(); ok {
		out.From = v.dayOr(day, v.T("orgs.always"))
	}
	out.Units, out.MoreUnits = v.changeRows(p, p.Differs.Units)
	out.People, out.MorePeople = v.changeRows(p, p.Differs.People)
	if p.Differs.Posts > 0 {
		out.Posts = v.N("orgs.posts", p.Differs.Posts)
	}
	if p.Differs.Declared+p.Differs.Withdrawn > 0 {
		out.Said = v.T("orgs.declared", v.Int(p.Differs.Declared), v.Int(p.Differs.Withdrawn))
	}
	seen, err := v.touched(p)
	out.Touched = v.touchedSays(seen)
	for _, odd := range p.Is.Odd() {
		out.Odd = append(out.Odd, odd.In(v.Lang))
	}
	if p.Bar != nil {
		out.Barred, out.BarredNext = p.Bar.What.In(v.Lang), p.Bar.Next.In(v.Lang)
	}
	return out, err
}

func (v *view) changeRows(p *org.Plan, list []org.Change) (rows []changeRow, more int) {
	for i := range list {
		if len(rows) == mostChanges {
			return rows, len(list) - mostChanges
		}
		c := &list[i]
		row := changeRow{Mark: changeMarks[c.Kind], Kind: v.T("orgs.kind_" + string(c.Kind)), Who: string(c.Unit) + string(c.Person), From: v.dayOr(c.From, v.T("orgs.always")), To: v.dayOr(c.To, v.T("orgs.open")),
			Was: v.stateOf(p, c.Was), Is: v.stateOf(p, c.Is)}
		rows = append(rows, row)
	}
	return rows, 0
}

// stateOf is a unit or a person on the first day of a change, in words.
func (v *view) stateOf(p *org.Plan, s org.State) string {
	var parts []string
	if t := s.Title.In(v.Lang); t != "" {
		parts = append(parts, t)
	}
	if s.Parent != "" {
		parts = append(parts, v.T("orgs.under", v.unitOf(p.Is, s.Parent)))
	}
	for i := range s.Posts {
		h := &s.Posts[i]
		words := []string{v.unitOf(p.Is, h.Unit), p.Is.PostTitle(h.Post).In(v.Lang), h.Rank}
		if h.As != org.Primary {
			words = append(words, v.T("orgs.as_"+string(h.As)))
		}
		parts = append(parts, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
	}
	if len(parts) == 0 {
		return "—"
	}
	return strings.Join(parts, v.T("orgs.and"))
}
