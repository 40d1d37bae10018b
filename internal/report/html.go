package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"plumbline/internal/chart"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
	"plumbline/internal/stats"
)

//go:embed report.tmpl
var reportTemplate string

//go:embed report.css
var reportCSS string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"mark": chart.Mark, "swatch": chart.Swatch, "dates": dates,
	"ruleWith": func(v *view, r ruleView) ruleInView { return ruleInView{v, r} },
}).Parse(reportTemplate))

// ruleInView is a rule together with the page's words.
type ruleInView struct {
	View *view
	Rule ruleView
}

// HTML writes the report as one file: no script, no request to anywhere, its
// style within, allowed by its hash in the file's own content security policy.
// It is well-formed XML too, so that other programs can read it.
func HTML(w io.Writer, d *Doc, lang errs.Lang) error {
	v := newView(d, lang)
	var page strings.Builder
	if err := reportPage.Execute(&page, v); err != nil {
		return fmt.Errorf("writing the HTML report: %w", err)
	}
	// The template escapes what is markup; a mark that turns the direction of
	// writing would still turn around what we say beside a name.
	_, err := io.WriteString(w, errs.VisibleLines(page.String()))
	return err
}

var datePattern = regexp.MustCompile(`\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?`)

// dates keeps a date from breaking at its hyphens.
func dates(s string) template.HTML {
	return template.HTML(datePattern.ReplaceAllString(template.HTMLEscapeString(s), `<span class="d">$0</span>`))
}

// view is what the template shows: texts and drawings, nothing to compute.
type view struct {
	w i18n.Words
	d *Doc

	Lang, CSP   string
	Style       template.CSS
	Symbols     template.HTML
	Title       string
	Facts       []fact
	Headline    string
	Bad         bool // there are violations
	Figures     []figure
	Rules       []ruleView
	Concerned   []concernView
	ConcernNote string
	Reading     []legendItem
	Notes       []string
	Method      []term
	Foot        string
	AsOf        string
}

// fact is a term and its value.
type fact struct{ Term, Value string }

// figure is a number with what it counts.
type figure struct{ Key, N, What, Class string }

// ruleView is one rule: a row of the table and a section.
type ruleView struct {
	Anchor, Title, ID, Version string
	Severity, SeverityMark     string
	Grave, Warns               bool
	Says, Plain                string
	Words, Basis, Checked      string
	Reason                     string
	Clock                      []string
	Cells                      []cellView
	Spark                      template.HTML
	Figures                    []figure
	Outcome                    template.HTML
	Legend                     []legendItem
	Series                     []chartView
	Years                      *yearsView
	Examples                   []exampleView
	Concerns                   []string
	Quiet                      bool // nothing to show but that nothing happened
	QuietText                  string
}

// cellView is one number of the table, with the word of its column for cards.
type cellView struct{ Head, Text, Class string }

type legendItem struct{ Class, Text string }

// chartView is one chart with its heading and legend.
type chartView struct {
	Title, Help string
	Drawing     template.HTML
	Legend      []legendItem
	Wide        bool
}

// yearsView is what the charts show, as a table.
type yearsView struct {
	Heads []string
	Rows  [][]string
}

// concernView is what is said of those concerned by one rule.
type concernView struct {
	Title, Anchor string
	Lines         []string
	TooFew        string
}

// T is a word of the page.
func (v *view) T(key string) string { return v.w.T(key) }

func newView(d *Doc, lang errs.Lang) *view {
	w := i18n.Words{Lang: lang}
	z := d.zone()
	v := &view{w: w, d: d, Lang: map[errs.Lang]string{errs.En: "en", errs.Zh: "zh-CN"}[lang], Style: template.CSS(reportCSS),
		CSP: policy(reportCSS), Symbols: chart.Symbols(), AsOf: w.Time(z, d.Result.AsOf), Method: d.method(w)}
	list := d.worstFirst()
	v.Title = strings.Join(d.packs(lang), w.T("list.semicolon"))
	s := sum(list)
	v.Headline, v.Bad = headline(w, list), s.Violations > 0
	v.facts()
	v.figures(s)
	traces := d.traces(v.chosen(list))
	for i, f := range list {
		v.Rules = append(v.Rules, v.rule(i, f, traces))
	}
	v.concerns(list)
	v.Notes = d.notes(w, list)
	for _, l := range []struct{ class, key string }{{"duty", "law"}, {"done", "done"}, {"run", "not_done"}, {"over", "over"}, {"paused", "paused"}, {"ext", "extended"}} {
		v.Reading = append(v.Reading, legendItem{l.class, w.T("chart." + l.key)})
	}
	v.Foot = w.T("html.foot", v.AsOf, z.Name(), d.Version)
	return v
}

// policy allows nothing but the page's own style.
func policy(style string) string {
	h := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'; base-uri 'none'; form-action 'none'"
}

func (v *view) facts() {
	d, w, z, f := v.d, v.w, v.d.zone(), v.d.logFigures()
	var names []string
	for _, file := range d.Files {
		names = append(names, filepath.Base(file.Name)) // where it lay is nobody's business to whom the page is mailed
	}
	v.Facts = append(v.Facts, fact{w.T("html.log"), strings.Join(names, w.T("list.comma"))})
	if f.Any {
		v.Facts = append(v.Facts, fact{w.T("html.span"), w.T("log.span", w.Time(z, f.First), w.Time(z, f.Last), z.Name())})
	}
	counts := w.N("log.events", f.Events)
	for _, o := range f.Objects {
		counts += w.T("list.comma") + objects(w, o)
	}
	v.Facts = append(v.Facts, fact{w.T("html.size"), counts},
		fact{w.T("html.set_aside"), strings.Join(leftOut(w, d, f), w.T("list.comma"))})
}

func (v *view) figures(s sums) {
	w := v.w
	decided := s.Met + s.MetLate + s.Breached
	keptShare := "–"
	if decided > 0 {
		keptShare = w.Percent(float64(s.Met) / float64(decided))
	}
	v.Figures = []figure{
		{"violations", w.Int(s.Violations), w.T("html.f_violations"), either(s.Violations > 0, "red", "")},
		{"warnings", w.Int(s.Warnings), w.T("html.f_warnings"), ""},
		{"kept", keptShare, w.T("html.f_kept", w.Int(decided)), ""},
		{"activations", w.Int(s.Activations), w.T("html.f_activations"), ""},
		{"running", w.Int(s.Running), w.T("html.f_running"), ""},
		{"not_evaluable", w.Int(s.NotEvaluable), w.T("html.f_not_evaluable"), ""},
	}
}

// chosen are the judgements that the page explains, two a rule at most.
func (v *view) chosen(list []ruleFigures) []example {
	var out []example
	for _, f := range list {
		out = append(out, v.d.ruleExamples(f)...)
	}
	return out
}

func (v *view) rule(i int, f ruleFigures, traces traces) ruleView {
	w, r, t := v.w, f.rr.Rule, f.rr.Totals
	out := ruleView{Anchor: "r" + strconv.Itoa(i+1), Title: r.Title.In(w.Lang), ID: r.Pack.Name + " / " + r.ID, Version: r.Pack.Version,
		Severity: severityWord(w, r.Severity), SeverityMark: "s" + strconv.Itoa(int(r.Severity)+1), Grave: r.Severity >= rule.Major, Warns: f.Warns,
		Says: r.Says.In(w.Lang), Words: r.Basis.Words, Basis: r.Basis.Text.In(w.Lang), Reason: reason(w, r), Checked: w.T("html.checked", w.Day(r.Basis.Checked)), Plain: plain(w, r), Clock: clockNotes(w, r)}
	if f.Warns {
		out.Checked = w.T("html.unchecked")
	}
	periods := periodsOf(f.rr.Months)
	out.Cells = v.cells(f)
	if len(periods) > 2 {
		out.Spark = chart.Spark(w.T("chart.share_of", out.Title), shares(periods))
	}
	if t.Activations == 0 {
		out.Quiet, out.QuietText = true, w.T("html.never_activated")
		return out
	}
	out.Figures = v.ruleNumbers(f)
	out.Outcome, out.Legend = v.outcome(f)
	v.series(&out, f, periods)
	for _, e := range v.d.ruleExamples(f) {
		out.Examples = append(out.Examples, v.example(e, traces))
	}
	return out
}

// reason is why a rule is as grave as it is, "" where its pack doesn't say.
func reason(w i18n.Words, r *rule.Rule) string {
	if why := r.Reason.In(w.Lang); why != "" {
		return w.T("html.reason", severityWord(w, r.Severity), why)
	}
	return ""
}

// cells are the numbers of a rule in the table.
func (v *view) cells(f ruleFigures) []cellView {
	w, t := v.w, f.rr.Totals
	bad := ""
	if t.Violations > 0 && !f.Warns {
		bad = "red b"
	}
	cells := []cellView{
		{w.T("col.violations"), w.Int(t.Violations), bad},
		{w.T("col.kept"), kept(w, f), "b"},
		{w.T("col.activations"), w.Int(t.Activations), ""},
		{w.T("verdict.met_late"), w.Int(t.MetLate), ""},
		{w.T("col.breached"), w.Int(t.Breached), ""},
		{w.T("col.running"), w.Int(t.Running), ""},
		{w.T("col.moot"), w.Int(t.Moot), ""},
		{w.T("verdict.not_evaluable"), w.Int(t.NotEvaluable), ""},
		{w.T("html.median"), late(w, f, .5), ""},
		{w.T("html.p90"), late(w, f, .9), ""},
	}
	for i := range cells {
		if cells[i].Text == "0" || cells[i].Text == "–" {
			cells[i].Class = "zero"
		}
	}
	return cells
}

// ruleNumbers are the figures at the head of a rule's section.
func (v *view) ruleNumbers(f ruleFigures) []figure {
	w, t := v.w, f.rr.Totals
	what := "html.f_rule_violations"
	if f.Warns {
		what = "html.f_rule_warnings"
	}
	out := []figure{{"violations", w.Int(t.Violations), w.T(what), either(t.Violations > 0 && !f.Warns, "red", "")},
		{"kept", kept(w, f), w.T("html.f_kept", w.Int(f.Decided)), ""}}
	if len(f.Late.Sorted) > 0 {
		out = append(out, figure{"median", late(w, f, .5), w.T("html.f_median"), ""}, figure{"p90", late(w, f, .9), w.T("html.f_p90"), ""})
	}
	if t.Episodes > 0 {
		out = append(out, figure{"episodes", w.Int(t.Episodes), w.T("html.f_episodes"), ""})
	}
	if t.AtRisk > 0 {
		out = append(out, figure{"at_risk", w.Int(t.AtRisk), w.T("html.f_at_risk"), ""})
	}
	if t.EnteredLate > 0 {
		out = append(out, figure{"entered_late", w.Int(t.EnteredLate), w.T("html.f_entered_late"), ""})
	}
	return out
}

// outcome is how a rule's activations ended, as one bar with its legend.
func (v *view) outcome(f ruleFigures) (template.HTML, []legendItem) {
	w, t := v.w, f.rr.Totals
	var parts []chart.Part
	var legend []legendItem
	for _, p := range []struct {
		class, key string
		n          int
	}{{"b-2", "met", t.Met}, {"over", "met_late", t.MetLate}, {"b-3", "breached", t.Breached}, {"dutyfill", "running", t.Running}, {"in-moot", "moot", t.Moot}, {"paused", "not_evaluable", t.NotEvaluable}} {
		if p.n == 0 {
			continue
		}
		text := w.T("verdict."+p.key) + " " + w.Int(p.n)
		parts = append(parts, chart.Part{Class: p.class, N: p.n, Text: text})
		legend = append(legend, legendItem{p.class, text})
	}
	return chart.Stack(w.T("chart.outcome"), parts), legend
}

// concerns says who is clearly above the others, rule by rule.
func (v *view) concerns(list []ruleFigures) {
	compared := false
	for i, f := range list {
		if f.rr.Totals.Violations == 0 {
			continue
		}
		cv := concernView{Title: f.rr.Rule.Title.In(v.w.Lang), Anchor: v.Rules[i].Anchor}
		for _, dim := range v.d.dimensions() {
			c, ok := v.d.concerned(f, dim.codes)
			compared = compared || ok
			for _, g := range c.Groups {
				cv.Lines = append(cv.Lines, concernText(v.w, dim.key, g))
			}
			if len(c.Groups) > 0 && c.TooFew > 0 {
				cv.TooFew = v.w.N("concern.too_few_"+dim.key, c.TooFew, v.w.Int(stats.Enough))
			}
		}
		if len(cv.Lines) > 0 {
			v.Concerned = append(v.Concerned, cv)
			v.Rules[i].Concerns = cv.Lines
		}
	}
	switch {
	case len(v.Concerned) > 0:
		v.ConcernNote = v.w.T("concern.prompt")
	case compared:
		v.ConcernNote = v.w.T("concern.nobody")
	default:
		v.ConcernNote = v.w.T("concern.not_compared")
	}
}

// markOf is the mark and the class of a verdict.
func markOf(verdict monitor.Verdict) (mark, class string) {
	switch verdict {
	case monitor.MetLate:
		return "late", "st-late"
	case monitor.Breached:
		return "breach", "st-breach"
	case monitor.Met:
		return "met", "st-met"
	case monitor.Running:
		return "run", "st-run"
	case monitor.Moot:
		return "moot", "st-moot"
	}
	return "na", "st-na"
}
