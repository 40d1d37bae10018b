package web

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// pageSize is how many rows a page of a list has.
const pageSize = 50

// findingsKnown are the parameters of the list of findings.
var findingsKnown = known{"view": {"open", "claimed", "withdrawn", "all"}, "severity": {"info", "minor", "major", "critical"}, "kind": {"rule", "source", "gap"},
	"warning": {"true", "false"}, "sort": {"-raised", "raised", "-changed", "due", "-due", "-severity"}, "unit": nil, "rule": nil, "after": nil}

// viewStates are the states of findings that a view shows.
var viewStates = map[string][]service.FindingState{
	"open": {service.Open, service.ClaimedMet}, "claimed": {service.ClaimedMet}, "withdrawn": {service.Withdrawn}, "all": nil}

// findingRow is one line of the list.
type findingRow struct {
	ID, Number, Title, Case, CaseLink string
	Severity, Unit, Actor             string
	State, StateWord                  string
	Due                               deadline
	Raised                            string
	Warning                           bool
}

// tab is a view with how much is in it.
type tab struct {
	Name, Link, N string
	Here          bool
}

// option is one value of a filter's field.
type option struct {
	Value, Text string
	Chosen      bool
}

type findingsList struct {
	filter
	Tabs  []tab
	Chips []chip
	Rows  []findingRow
	Next  string // the address of the next page
	First bool   // this is the first page
	Rules []option
	Any   bool // there is any finding at all
}

func (p *Pages) findings(v *view) (templ.Component, error) {
	v.title = v.T("findings.title")
	f := newFilter(v.r.URL, findingsKnown)
	view := cmp.Or(f.get("view"), "open")
	q := service.FindingQuery{States: viewStates[view], Rules: f.values["rule"], Units: f.values["unit"], Severity: f.values["severity"], Kind: f.get("kind"),
		Sort: cmp.Or(f.get("sort"), "-raised"), After: f.get("after"), Limit: pageSize}
	if w := f.get("warning"); w != "" {
		only := w == "true"
		q.Warning = &only
	}
	list, err := p.Service.Findings(v.r.Context(), q)
	if err != nil {
		return nil, err
	}
	gauges, err := p.Service.Gauges(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := findingsList{filter: f, First: q.After == "", Rules: v.ruleOptions(f.values["rule"])}
	total := int64(0)
	for _, n := range gauges.Findings {
		total += n
	}
	out.Any = total > 0
	counts := map[string]int64{"open": gauges.Findings[service.Open] + gauges.Findings[service.ClaimedMet], "claimed": gauges.Findings[service.ClaimedMet],
		"withdrawn": gauges.Findings[service.Withdrawn], "all": total}
	for _, name := range findingsKnown["view"] {
		out.Tabs = append(out.Tabs, tab{v.T("findings.view_" + name), f.link("view", map[bool]string{false: name}[name == "open"]), v.Int(int(counts[name])), name == view})
	}
	out.Chips = v.findingChips(f)
	for i := range list.Findings {
		out.Rows = append(out.Rows, v.findingRow(&list.Findings[i]))
	}
	if list.Next != "" {
		out.Next = f.link("after", list.Next)
	}
	return findings(v, out), nil
}

func (v *view) findingRow(f *service.Finding) findingRow {
	row := findingRow{ID: f.ID, Number: number(f.Number), Title: v.headline(f), Case: f.Case, Severity: f.Severity, Unit: v.unit(f.Unit), Actor: f.Actor,
		Due: v.happened(f), Raised: v.date(f.Raised), Warning: f.Warning}
	row.State, row.StateWord = v.stateOf(f)
	if f.Case != "" {
		row.CaseLink = "/cases/case/" + escapePath(f.Case)
	}
	return row
}

// stateOf is the mark and the word of where a finding stands.
func (v *view) stateOf(f *service.Finding) (mark, word string) {
	switch f.State {
	case service.ClaimedMet:
		return "claimed", v.T("state.claimed_met")
	case service.Withdrawn:
		return "withdrawn", v.T("state.withdrawn")
	}
	return "open", v.T("state.open")
}

// findingChips are the filters that are set, views and sorting aside.
func (v *view) findingChips(f filter) []chip {
	var out []chip
	for _, name := range []string{"severity", "unit", "rule", "kind", "warning"} {
		for _, value := range f.values[name] {
			text := value
			switch name {
			case "severity":
				text = v.T("severity." + value)
			case "unit":
				text = v.unit(value)
			case "rule":
				text = v.ruleTitle(value)
			case "kind":
				text = v.T("findings.kind_" + value)
			case "warning":
				text = v.T("findings.warning_" + value)
			}
			out = append(out, chip{v.T("findings.by_" + name), text, f.without(name, value)})
		}
	}
	return out
}

// ruleTitle is what a rule of any pack is called.
func (v *view) ruleTitle(id string) string {
	for _, r := range v.p.Service.Rules() {
		if r.ID == id {
			return r.Title.In(v.Lang)
		}
	}
	return id
}

// ruleOptions are the rules in force, by their titles.
func (v *view) ruleOptions(chosen []string) []option {
	var out []option
	for _, r := range v.p.Service.Rules() {
		if !slices.ContainsFunc(out, func(o option) bool { return o.Value == r.ID }) {
			out = append(out, ruleOption(v, r, slices.Contains(chosen, r.ID)))
		}
	}
	slices.SortFunc(out, func(a, b option) int { return cmp.Compare(a.Text, b.Text) })
	return out
}

func ruleOption(v *view, r *rule.Rule, chosen bool) option {
	return option{r.ID, r.Title.In(v.Lang), chosen}
}

// sorted is where a column's heading leads, and which way the list goes by it.
func (f filter) sorted(column string) (link, way string) {
	now := cmp.Or(f.get("sort"), "-raised")
	switch now {
	case column:
		return f.link("sort", "-"+column), "ascending"
	case "-" + column:
		if slices.Contains(findingsKnown["sort"], column) {
			return f.link("sort", column), "descending"
		}
		return f.link("sort", ""), "descending"
	}
	if column == "due" {
		return f.link("sort", column), ""
	}
	return f.link("sort", "-"+column), ""
}
