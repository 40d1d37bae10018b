package web

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

// pageSize is how many rows a page of a list has.
const pageSize = 50

// findingsKnown are the parameters of the list of findings.
var findingsKnown = known{"view": {"open", "overdue", "new", "mine", "verify", "closed", "all"}, "severity": {"info", "minor", "major", "critical"},
	"warning": {"true", "false"}, "sort": {"newest"}, "unit": nil, "rule": nil, "owner": nil, "verifier": nil, "due": {"over", "today", "week"},
	"state": {"open", "assigned", "working", "returned", "reopened", "claimed", "verified", "closed"}, "after": nil}

// alive are the states of an item that isn't closed; owed those in which its owner
// has to act, or somebody has to name one.
var (
	alive = []ledger.State{ledger.Open, ledger.Assigned, ledger.Working, ledger.Returned, ledger.Reopened, ledger.Claimed, ledger.Verified}
	toAsk = []ledger.State{ledger.Claimed, ledger.Verified}
)

// findingRow is one line of a list of findings.
type findingRow struct {
	ID, Number, Title, Case, CaseLink string
	Severity, Unit, Owner             string
	Ownerless                         bool // it waits for somebody to own it
	State                             ledger.State
	Due                               deadline
	Raised                            string
	Warning                           bool
	Version                           int64
	Turn                              clock.Instant
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
	Tabs   []tab
	Chips  []chip
	Rows   []findingRow
	Next   string // the address of the next page
	First  bool   // this is the first page
	Newest bool   // in order of raising, not of deadlines
	Rules  []option
	Units  []option
	Total  int64         // of all that who asks may read
	Any    bool          // there is any finding at all
	Bulk   []ledger.Kind // what who asks may do to several
	Saved  []savedView
}

// viewQuery selects what a view of the list shows.
func (v *view) viewQuery(name string) ledger.Query {
	q := ledger.Query{States: alive}
	switch name {
	case "overdue":
		q.Before = v.now
	case "new":
		q.States = []ledger.State{ledger.Open}
	case "mine":
		q.Owner = org.PersonID(v.who.Person)
	case "verify":
		q.States = toAsk
	case "closed":
		q.States = []ledger.State{ledger.Closed}
	case "all":
		q.States = nil
	}
	return v.mine(q)
}

func (p *Pages) findings(v *view) (templ.Component, error) {
	v.title = v.T("findings.title")
	f := newFilter(v.r.URL, findingsKnown)
	name := cmp.Or(f.get("view"), "open")
	q := v.listQuery(f)
	page, err := p.Ledger.Queue(v.r.Context(), q)
	if err != nil {
		return nil, err
	}
	out := findingsList{filter: f, First: q.After == "", Newest: q.Newest, Rules: v.ruleOptions(f.values["rule"]), Units: v.unitOptions(f.values["unit"])}
	if out.Rows, err = v.rows(page.Items); err != nil {
		return nil, err
	}
	if out.Tabs, out.Any, err = v.findingTabs(f, name); err != nil {
		return nil, err
	}
	out.Chips, out.Total = v.findingChips(f), sum(v.byState)
	if name != "closed" {
		out.Bulk = v.mayBulk()
	}
	if page.Next != "" {
		out.Next = f.link("after", page.Next)
	}
	out.Saved, err = v.savedViews(f)
	return findings(v, out), err
}

// listQuery selects what the address of the list says.
func (v *view) listQuery(f filter) ledger.Query {
	name := cmp.Or(f.get("view"), "open")
	q := v.viewQuery(name)
	q.Rules, q.Units, q.Severity = f.values["rule"], f.values["unit"], f.values["severity"]
	if q.Owner == "" {
		q.Owner = org.PersonID(f.get("owner"))
	}
	if q.Verifier = f.get("verifier"); q.Verifier != "" || f.get("owner") != "" { // else a list would tell what its lines don't
		q.For.Action = access.FindingPersons
	}
	if states := f.values["state"]; len(states) > 0 {
		q.States = nil
		for _, s := range states {
			q.States = append(q.States, ledger.State(s))
		}
	}
	if by := v.dueBy(f.get("due")); by != 0 && (q.Before == 0 || by < q.Before) {
		q.Before = by
	}
	q.Newest, q.After, q.Limit = f.get("sort") == "newest" || name == "closed", f.get("after"), pageSize
	if w := f.get("warning"); w != "" {
		only := w == "true"
		q.Warning = &only
	}
	return q
}

// dueBy is before when a filter of deadlines has something due; 0 for none.
func (v *view) dueBy(name string) clock.Instant {
	switch name {
	case "over":
		return v.now
	case "today":
		return v.p.Zone.First(v.p.Zone.Date(v.now) + 1)
	case "week":
		return v.p.Zone.First(v.p.Zone.Date(v.now) + 8)
	}
	return 0
}

// findingTabs are the views with how much is in them; any says whether there is
// anything at all.
func (v *view) findingTabs(f filter, here string) (tabs []tab, any bool, err error) {
	states, err := v.states()
	if err != nil {
		return nil, false, err
	}
	for _, name := range findingsKnown["view"] {
		var n int64
		switch q := v.viewQuery(name); {
		case name == "mine" && v.who.Person == "":
			continue
		case name == "overdue" || name == "mine":
			counts, err := v.p.Ledger.Count(v.r.Context(), q)
			if err != nil {
				return nil, false, err
			}
			n = sum(counts)
		default:
			for s, k := range states {
				if len(q.States) == 0 || slices.Contains(q.States, s) {
					n += k
				}
			}
		}
		tabs = append(tabs, tab{v.T("findings.view_" + name), f.link("view", map[bool]string{false: name}[name == "open"], "sort", ""), v.Int(int(n)), name == here})
	}
	return tabs, sum(states) > 0, nil
}

// states is how many items that who asks may read are in each state.
func (v *view) states() (map[ledger.State]int64, error) {
	if v.byState == nil {
		var err error
		if v.byState, err = v.p.Ledger.Count(v.r.Context(), v.mine(ledger.Query{})); err != nil {
			return nil, err
		}
	}
	return v.byState, nil
}

func sum(counts map[ledger.State]int64) (n int64) {
	for _, k := range counts {
		n += k
	}
	return n
}

// rows are items as lines of a list.
func (v *view) rows(items []ledger.Item) ([]findingRow, error) {
	list, err := v.entries(items)
	if err != nil {
		return nil, err
	}
	out := make([]findingRow, len(list))
	for i := range list {
		out[i] = v.findingRow(&list[i])
	}
	return out, nil
}

func (v *view) findingRow(e *entry) findingRow {
	row := findingRow{Ownerless: e.Item.Owner == "" && (e.Item.State == ledger.Open || e.Item.State == ledger.Reopened), ID: e.ID, Number: number(e.Number), Title: v.headline(&e.Finding), Severity: e.Severity, Unit: v.unit(e.Unit), Owner: string(e.Item.Owner),
		State: e.Item.State, Raised: v.date(e.Raised), Warning: e.Warning, Version: e.Item.Version, Turn: e.Item.Turn, Due: v.turn(&e.Item)}
	if e.Persons && e.Case != "" {
		row.Case, row.CaseLink = e.Case, "/cases/case/"+escapePath(e.Case)
	}
	if !e.Persons {
		row.Owner = ""
	}
	return row
}

// turn is the deadline of whoever's turn it is; of a closed item, how it was closed.
func (v *view) turn(it *ledger.Item) deadline {
	if it.Turn == 0 {
		d := deadline{Class: "run", Abs: v.date(it.Changed), At: v.machine(it.Changed)}
		if it.Outcome != "" {
			d.Rel = v.T("outcome." + string(it.Outcome))
		}
		return d
	}
	return v.due(it.Turn)
}

// findingChips are the filters that are set, views and sorting aside.
func (v *view) findingChips(f filter) []chip {
	var out []chip
	for _, name := range []string{"severity", "state", "due", "unit", "rule", "owner", "verifier", "warning"} {
		for _, value := range f.values[name] {
			text := value
			switch name {
			case "severity":
				text = v.T("severity." + value)
			case "state":
				text = v.T("state." + value)
			case "due":
				text = v.T("due.by_" + value)
			case "unit":
				text = v.unit(value)
			case "rule":
				text = v.ruleTitle(value)
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
			out = append(out, option{r.ID, r.Title.In(v.Lang), slices.Contains(chosen, r.ID)})
		}
	}
	slices.SortFunc(out, func(a, b option) int { return cmp.Compare(a.Text, b.Text) })
	return out
}

// unitOptions are the units that the organisation has, in its order.
func (v *view) unitOptions(chosen []string) []option {
	if v.p.Units == nil {
		return nil
	}
	var out []option
	for _, u := range v.p.Units(v.now) {
		indent := ""
		for range u.Depth {
			indent += "　"
		}
		out = append(out, option{u.ID, indent + u.Title.In(v.Lang), slices.Contains(chosen, u.ID)})
	}
	return out
}
