package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/chart"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
	"plumbline/internal/service"
	"plumbline/internal/stats"
	"plumbline/internal/trial"
)

// rulesKnown are the parameters of the catalogue.
var rulesKnown = known{"view": {"all", "accuse", "warn", "broken"}, "pack": nil}

// ruleRow is one line of the catalogue.
type ruleRow struct {
	Title, ID, Link string
	Article, Limit  string
	Severity        string
	Verified        bool
	Doubted         bool // it only warns, since too much was no fault
	Asked, Broken   string
	Any             bool // it was broken in the months that are counted
	Findings        string
}

// packGroup is a pack in force with its rules.
type packGroup struct {
	Title, Name, Version, Since string
	Rows                        []ruleRow
}

type rulesList struct {
	filter
	Tabs   []tab
	Groups []packGroup
	Try    bool
	Judged bool // who asks may see how good alerts are
	Names  []string
}

// current are the versions of packs that judge what is activated now, in order.
func (v *view) current() []service.PackInForce {
	return slices.DeleteFunc(v.p.Judged.InForce(), func(p service.PackInForce) bool { return p.HasTo })
}

// rulesOf are the rules of a version of a pack.
func (v *view) rulesOf(p *service.PackInForce) []*rule.Rule {
	return slices.DeleteFunc(slices.Clone(v.p.Service.Rules()), func(r *rule.Rule) bool { return r.Pack.Name != p.Name || r.Pack.Version != p.Version })
}

func (p *Pages) rules(v *view) (templ.Component, error) {
	v.title = v.T("rules.title")
	out := rulesList{filter: newFilter(v.r.URL, rulesKnown), Try: v.may(access.PackTry), Judged: v.may(access.VerdictRead)}
	here := cmp.Or(out.get("view"), "all")
	t := v.tally()
	counts := map[string]int{}
	for _, inForce := range v.current() {
		out.Names = append(out.Names, inForce.Name)
		g := packGroup{Name: inForce.Name, Version: inForce.Version, Since: v.T("rules.since", v.date(inForce.Activated))}
		if inForce.HasFrom {
			g.Since = v.T("rules.from", v.Day(inForce.From))
		}
		for _, r := range v.rulesOf(&inForce) {
			g.Title = r.Pack.Title.In(v.Lang)
			row := v.ruleRow(t, r)
			var err error
			if row.Doubted, err = v.doubted(r.Pack.Name, r.ID); err != nil {
				return nil, err
			}
			warns := !row.Verified || row.Doubted
			for name, is := range map[string]bool{"all": true, "accuse": !warns, "warn": warns, "broken": row.Any} {
				if is {
					counts[name]++
				}
				if is && name == here && (out.get("pack") == "" || out.get("pack") == inForce.Name) {
					g.Rows = append(g.Rows, row)
				}
			}
		}
		if len(g.Rows) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	for _, name := range rulesKnown["view"] {
		out.Tabs = append(out.Tabs, tab{v.T("rules.view_" + name), out.link("view", map[bool]string{false: name}[name == "all"]), v.Int(counts[name]), name == here})
	}
	return rulesPage(v, out), nil
}

func (v *view) ruleRow(t *tally, r *rule.Rule) ruleRow {
	c := lastYear(t.byMonth(ruleKey{r.Pack.Name, r.ID}, ""))
	row := ruleRow{Title: r.Title.In(v.Lang), ID: r.ID, Link: ruleLink(r), Article: r.Basis.Text.In(v.Lang), Severity: r.Severity.String(), Verified: r.Basis.Verified,
		Asked: v.Int(c.Asked), Broken: v.Int(c.Late + c.Broken), Any: c.Late+c.Broken > 0, Findings: "/findings?rule=" + escapeQuery(r.ID)}
	if r.Within != nil {
		row.Limit = v.Duration(r.Within.Within())
	}
	return row
}

// rulePage is what the page of a rule shows.
type ruleDetail struct {
	Words     *ruleView
	Severity  string
	Grave     string
	Source    string // the rule in the language
	Asked     string
	Months    template.HTML
	MonthRows []monthRow
	Running   string // that the last month isn't over
	Funnel    template.HTML
	Phi       string
	Compared  bool
	UnitRows  []unitRow
	Tests     []testRow
	Passed    string
	AllPass   bool
	Bound     pack.Bound
	Versions  []versionRow
	Try       bool
	Findings  string
	Doubted   bool         // it only warns, since too much was no fault
	Quality   *qualityView // nil where who asks may not see it
}

type monthRow struct{ Month, Asked, Kept, Late, Broken, Running string }

// unitRow is a unit's share in a table.
type unitRow struct {
	Title, Link string
	Kept, N     string
	Mark, Word  string
}

type testRow struct {
	Name, Kind, Mark, Word, Want string
	Passed                       bool
}

type versionRow struct {
	Version, From, To, Activated string
	Now                          bool
}

func (p *Pages) rule(v *view) (templ.Component, error) {
	var r *rule.Rule
	for _, one := range v.p.Service.Rules() {
		if one.Pack.Name == v.r.PathValue("pack") && one.ID == v.r.PathValue("rule") {
			r = one // the newest version stands last
		}
	}
	if r == nil {
		return nil, errNone
	}
	v.title = r.Title.In(v.Lang)
	out := &ruleDetail{Words: v.ruleWords(r), Severity: r.Severity.String(), Grave: r.Reason.In(v.Lang), Source: r.String(), Bound: pack.BoundOf(r), Try: v.may(access.PackTry),
		Findings: "/findings?view=all&rule=" + escapeQuery(r.ID)}
	v.ruleFigures(out, r)
	var err error
	if out.Doubted, err = v.doubted(r.Pack.Name, r.ID); err != nil {
		return nil, err
	}
	if out.Quality, err = v.qualityOf(r); err != nil {
		return nil, err
	}
	tests, err := p.Judged.RuleTests(r.Pack.Name, r.Pack.Version, r.ID)
	if err != nil {
		return nil, err
	}
	v.ruleTests(out, tests)
	for _, one := range p.Judged.InForce() {
		if one.Name == r.Pack.Name {
			out.Versions = append(out.Versions, v.versionRow(&one))
		}
	}
	slices.Reverse(out.Versions)
	return rulePage(v, out), nil
}

func (v *view) versionRow(p *service.PackInForce) versionRow {
	row := versionRow{Version: p.Version, From: v.T("rules.always"), Activated: v.at(p.Activated), Now: !p.HasTo}
	if p.HasFrom {
		row.From = v.Day(p.From)
	}
	if p.HasTo {
		row.To = v.Day(p.To)
	}
	return row
}

// ruleFigures are a rule's months and units.
func (v *view) ruleFigures(out *ruleDetail, r *rule.Rule) {
	t := v.tally()
	k := ruleKey{r.Pack.Name, r.ID}
	list := t.byMonth(k, "")
	c := lastYear(list)
	out.Asked = v.N("rule.asked", c.Asked)
	from := len(list) - monthsCounted
	var bars []chart.Bar
	for i, m := range list {
		out.MonthRows = append(out.MonthRows, monthRow{monthText(t.months[i]), v.Int(m.Asked), v.Int(m.Met), v.Int(m.Late), v.Int(m.Broken), v.Int(m.Running)})
		if i >= from {
			bars = append(bars, chart.Bar{A: m.Late, B: m.Broken})
		}
	}
	slices.Reverse(out.MonthRows)
	out.Months = chart.Columns(v.T("rule.months"), bars, monthLabels(t.months[from:]), v.Int)
	if last := t.months[len(t.months)-1]; monthText(last) == v.local(v.now).Format("2006-01") {
		out.Running = v.T("rule.month_runs", monthText(last), v.date(v.now))
	}
	units := t.peers(t.level())
	by := t.byUnit(k, units)
	var f stats.Funnel
	out.Funnel, f = v.funnel(v.T("rule.funnel"), v.T("rule.under"), units, by, "", func(unit string) string { return unitLink(unit, k) })
	out.Phi, out.Compared = phi(f), f.Mean > 0
	for _, u := range units {
		if s := by[u.ID].kept(); s.N > 0 {
			d := read(f, s)
			out.UnitRows = append(out.UnitRows, unitRow{u.Title.In(v.Lang), unitLink(u.ID, k), v.Percent(s.Of()), v.Int(s.N), d.Mark, v.T("reading." + d.Key)})
		}
	}
}

// ruleTests are a rule's tests in words.
func (v *view) ruleTests(out *ruleDetail, tests []service.RuleTest) {
	passed := 0
	for _, x := range tests {
		row := testRow{Name: x.Name, Passed: x.Passed, Mark: "met", Kind: v.T("rule.test_kept")}
		switch {
		case x.Want["breached"]+x.Want["met_late"]+x.Want["violations"] > 0 && x.Want["met"]+x.Want["moot"] > 0:
			row.Mark, row.Kind = "late", v.T("rule.test_edge")
		case x.Want["breached"]+x.Want["met_late"]+x.Want["violations"] > 0:
			row.Mark, row.Kind = "breach", v.T("rule.test_broken")
		case x.Want["met"]+x.Want["moot"] == 0:
			row.Mark, row.Kind = "na", v.T("rule.test_open")
		}
		row.Want = v.wanted(x.Want)
		if x.Passed {
			passed++
		}
		out.Tests = append(out.Tests, row)
	}
	out.AllPass = passed == len(tests)
	out.Passed = v.T("rule.passed", v.Int(passed), v.Int(len(tests)))
}

// wanted are the verdicts that a test wants.
func (v *view) wanted(want map[string]int) string {
	var out []string
	for _, name := range []string{"met", "met_late", "breached", "running", "moot", "not_evaluable"} {
		if n := want[name]; n > 0 {
			out = append(out, v.T("verdict."+name)+" "+v.Int(n))
		}
	}
	return strings.Join(out, v.T("list.comma"))
}

// tryView is what trying packs shows.
type tryView struct {
	Names        []string
	Text         string
	From, Reason string // of a proposal
	Wrong        string
	Diff         *trial.Diff
}

// tryForm is the page on which a change is tried.
func (p *Pages) tryForm(v *view) (templ.Component, error) {
	v.title = v.T("try.title")
	names := v.packNames()
	return tryPage(v, &tryView{Names: names, Text: strings.Join(names, ", ")}), nil
}

func (v *view) packNames() (out []string) {
	for _, p := range v.current() {
		out = append(out, p.Name)
	}
	return out
}

func (p *Pages) tryPacks(v *view) (templ.Component, error) {
	v.title = v.T("try.title")
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("the form could not be read", "表单无法读取"), Err: err}
	}
	out := &tryView{Names: v.packNames(), Text: v.r.PostForm.Get("packs")}
	names := packNames(out.Text)
	if len(names) == 0 {
		out.Wrong, v.status = v.T("try.none"), http.StatusBadRequest
		return tryPage(v, out), nil
	}
	return p.awaited(v, "try.title", access.PackTry, func(ctx context.Context) answer {
		diff, err := p.Judged.TryPacks(ctx, names)
		return func(v *view) (templ.Component, error) {
			out := *out
			switch code := errs.CodeOf(err); {
			case err != nil && (code == errs.Usage || code == errs.Input || code == errs.Rules):
				out.Wrong, v.status = errs.In(err, v.Lang), http.StatusBadRequest
			case err != nil:
				return nil, err
			default:
				cut, err := service.TrialFor(v.r.Context(), v.who.Conflicts, diff, p.Service.Timeline)
				if err != nil {
					return nil, err
				}
				out.Diff, _ = cut.(*trial.Diff)
			}
			return tryPage(v, &out), nil
		}
	})
}

// kindPacks is what proposals of packs are called.
const kindPacks = "packs"

// proposePacks asks a second person to put packs into force.
func (p *Pages) proposePacks(v *view) (templ.Component, error) {
	v.title = v.T("try.title")
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("the form could not be read", "表单无法读取"), Err: err}
	}
	form := v.r.PostForm
	out := &tryView{Names: v.packNames(), Text: form.Get("packs"), From: form.Get("from"), Reason: errs.Said(form.Get("reason"))}
	if out.Reason == "" {
		out.Wrong, v.status = v.T("try.no_reason"), http.StatusBadRequest
		return tryPage(v, out), nil
	}
	body, err := json.Marshal(map[string]any{"packs": packNames(out.Text), "from": out.From})
	if err != nil {
		return nil, err
	}
	who := v.who
	return p.awaited(v, "try.title", access.PackPropose, func(ctx context.Context) answer {
		_, err := p.Approvals.Propose(ctx, who, kindPacks, body, out.Reason)
		return func(v *view) (templ.Component, error) {
			var no *approval.Refusal
			switch {
			case errors.As(err, &no):
				return nil, refusal{no.Decision}
			case err != nil && errs.CodeOf(err) != errs.Internal:
				wrong := *out
				wrong.Wrong, v.status = errs.In(err, v.Lang), http.StatusBadRequest
				return tryPage(v, &wrong), nil
			case err != nil:
				return nil, err
			}
			return nil, redirect("/approvals")
		}
	})
}

// packNames are the names that somebody wrote, with spaces or commas between them.
func packNames(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '，' || r == '、' || r == '\n' || r == '\r' })
}

// groupName is what a unit or an official of a comparison is called.
func (v *view) groupName(of trial.Of, name *string) string {
	switch {
	case name == nil:
		return v.T("try.nobody")
	case of == trial.Unit:
		return v.unit(*name)
	}
	return *name
}

// signed is a difference with its sign.
func (v *view) signed(n int) string {
	switch {
	case n > 0:
		return "+" + v.Int(n)
	case n < 0:
		return "−" + v.Int(-n)
	}
	return "0"
}

// concentration says that a change lies with one unit or official.
func (v *view) concentration(c trial.Concentration) string {
	args := []any{v.Int(c.Count), v.Int(c.Total), v.groupName(c.Of, &c.Name), v.Int(c.Activations), v.Int(c.ActivationsTotal)}
	if c.Vanished {
		return v.T("try.vanishes_with", args...)
	}
	return v.T("try.appears_with", args...)
}

// dotSwatch and lineSwatch are samples for the legend of a funnel.
func dotSwatch() template.HTML {
	return `<svg width="14" height="10" aria-hidden="true"><circle class="pt" cx="7" cy="5" r="4"/></svg>`
}

func lineSwatch(class string) template.HTML {
	return template.HTML(`<svg width="20" height="10" aria-hidden="true"><line class="` + class + `" x2="20" y1="5" y2="5"/></svg>`)
}
