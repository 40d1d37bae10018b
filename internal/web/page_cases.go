package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// casesKnown are the parameters of the list of cases.
var casesKnown = known{"view": {"all", service.StateStanding, service.StateRisk}, "unit": nil, "number": nil, "after": nil}

// caseRow is one line of the list of cases.
type caseRow struct {
	ID, Type, Link          string
	Unit                    string
	Last, LastMachine       string
	LastName, First         string
	Events                  string
	Breaches, Warns, AtRisk int    // Warns are apart: they accuse nobody
	Found                   string // the field by which a search found it, where it wasn't the number
}

type casesList struct {
	filter
	Tabs  []tab
	Chips []chip
	Units []option
	Rows  []caseRow
	Next  string
	First bool
}

func (p *Pages) cases(v *view) (templ.Component, error) {
	v.title = v.T("cases.title")
	f := newFilter(v.r.URL, casesKnown)
	here := cmp.Or(f.get("view"), "all")
	q := service.CaseQuery{In: f.values["unit"], Number: strings.TrimSpace(f.get("number")), After: f.get("after"), Limit: pageSize}
	if here != "all" {
		q.State = here
	}
	list, err := p.Judged.Cases(v.r.Context(), v.readableCases(q))
	if err != nil {
		return nil, gone(err)
	}
	out := casesList{filter: f, First: q.After == "", Units: v.unitOptions(f.values["unit"])}
	for _, name := range casesKnown["view"] {
		out.Tabs = append(out.Tabs, tab{Name: v.T("cases.view_" + name), Link: f.link("view", map[bool]string{false: name}[name == "all"]), Here: name == here})
	}
	for _, u := range f.values["unit"] {
		out.Chips = append(out.Chips, chip{v.T("findings.by_unit"), v.unit(u), f.without("unit", u)})
	}
	if q.Number != "" {
		out.Chips = append(out.Chips, chip{v.T("cases.by_number"), q.Number, f.without("number", f.get("number"))})
	}
	for i := range list.Cases {
		out.Rows = append(out.Rows, v.caseRow(&list.Cases[i]))
	}
	if list.Next != "" {
		out.Next = f.link("after", list.Next)
	}
	return casesPage(v, out), nil
}

// caseLink is the address of a case's page.
func caseLink(typ, id string) string {
	return "/cases/" + url.PathEscape(typ) + "/" + url.PathEscape(id)
}

func (v *view) caseRow(c *service.Case) caseRow {
	found := ""
	if c.Found != nil {
		found = v.T("search.field", v.attribute(c.Found.Attribute), c.Found.Value)
	}
	return caseRow{Found: found, ID: c.ID, Type: v.typeName(c.Type), Link: caseLink(c.Type, c.ID), Unit: v.unit(c.Unit), Last: v.at(c.Last), LastMachine: v.machine(c.Last),
		LastName: v.event(c.LastType), First: v.date(c.First), Events: v.Int(c.Events),
		Breaches: c.Standing - c.Warning, Warns: c.Warning, AtRisk: c.AtRisk}
}

// attribute is what the packs in force call an attribute.
func (v *view) attribute(name string) string {
	for _, r := range v.p.Service.Rules() {
		if w := r.Pack.Vocabulary; w != nil {
			if t, ok := w.Attributes[name]; ok {
				return t.Text.In(v.Lang)
			}
		}
	}
	return name
}

// searched is what a search found.
type searched struct {
	Text  string
	Short bool // too short to look for
	Cases []caseRow
	More  string // the address of all cases that were found
	Rules []found
	Units []found
}

// found is one thing that a search found.
type found struct{ Text, Says, Link string }

// perKind is how many of each kind a search shows.
const perKind = 12

// search looks for numbers of cases and other registered objects, for the fields that
// a vocabulary marks, and for titles of rules and units. It reads no narrative and nothing of the public.
func (p *Pages) search(v *view) (templ.Component, error) {
	v.title = v.T("search.title")
	out := searched{Text: strings.TrimSpace(v.r.URL.Query().Get("q"))}
	if utf8.RuneCountInString(out.Text) < 2 {
		out.Short = true
		return searchPage(v, out), nil
	}
	if n := findingNumber(out.Text); n > 0 && v.may(access.FindingRead) {
		q := v.mine(ledger.Query{Filter: "f.number = ?", Args: []any{n}, Limit: 1})
		page, err := p.Ledger.Queue(v.r.Context(), q)
		if err != nil {
			return nil, err
		}
		if len(page.Items) > 0 {
			return nil, redirect("/findings/" + page.Items[0].Finding)
		}
	}
	if v.may(access.CaseRead) {
		list, err := p.Judged.Cases(v.r.Context(), v.readableCases(service.CaseQuery{Number: out.Text, Fields: true, Limit: perKind + 1}))
		if err != nil {
			return nil, err
		}
		for i := range list.Cases[:min(perKind, len(list.Cases))] {
			out.Cases = append(out.Cases, v.caseRow(&list.Cases[i]))
		}
		if len(list.Cases) > perKind && list.Cases[perKind].Found == nil { // numbers come first
			out.More = "/cases?number=" + url.QueryEscape(out.Text)
		}
	}
	out.Rules = v.rulesCalled(out.Text)
	if v.may(access.OrganisationRead) {
		out.Units = v.unitsCalled(out.Text)
	}
	return searchPage(v, out), nil
}

// called says whether one of some texts contains another, in whatever case.
func called(text string, names ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), text) })
}

func (v *view) rulesCalled(text string) (out []found) {
	seen := map[string]bool{}
	for _, r := range v.p.Service.Rules() {
		if link := ruleLink(r); !seen[link] && called(text, r.ID, r.Title.En, r.Title.Zh, r.Basis.Text.En, r.Basis.Text.Zh) && len(out) < perKind {
			seen[link] = true
			out = append(out, found{r.Title.In(v.Lang), r.Basis.Text.In(v.Lang), link})
		}
	}
	return out
}

func ruleLink(r *rule.Rule) string {
	return "/rules/" + url.PathEscape(r.Pack.Name) + "/" + url.PathEscape(r.ID)
}

func (v *view) unitsCalled(text string) (out []found) {
	if v.p.Units == nil {
		return nil
	}
	for _, u := range v.p.Units(v.now) {
		if called(text, u.ID, u.Title.En, u.Title.Zh) && len(out) < perKind {
			out = append(out, found{u.Title.In(v.Lang), u.ID, "/units/" + url.PathEscape(u.ID)})
		}
	}
	return out
}

// findingNumber is the number of a finding that somebody wrote, as F-00012; 0 of
// anything else.
func findingNumber(text string) int64 {
	digits, ok := strings.CutPrefix(strings.ToUpper(text), "F-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil {
		return 0
	}
	return n
}
