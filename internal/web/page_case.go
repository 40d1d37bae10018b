package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/ledger"
	"plumbline/internal/report"
	"plumbline/internal/service"
)

// caseKnown are the parameters of a case's page: which stretch of time, which rows,
// and the day on which it was known as it is shown.
var caseKnown = known{"zoom": {"all", "week", "trouble"}, "show": {"all", "trouble"}, "known": nil, "entered": {"yes"}}

// caseView is what the page of a case shows.
type caseView struct {
	filter
	Case      *service.Case
	Type      string
	Unit      string
	Known     string // the day as of which it is told; "" for now
	KnownAt   string // … in words
	Verdict   caseVerdict
	Zooms     []tab
	Shows     []tab
	EventsN   string
	EventLane template.HTML
	Axis      template.HTML
	Blank     template.HTML
	Rows      []dutyRow
	Hidden    string // how many rows aren't shown; "" for none
	Breaches  []breachView
	Events    []eventView
	MayEnter  bool
}

// caseVerdict is the sentence on top: what is wrong, what will be, what is in order.
type caseVerdict struct {
	Kind, Mark         string // of the note
	Wrong, WrongWhat   string // in bold, and what it is
	AtRisk, AtRiskWhat string
	Rest               string
}

// dutyRow is one obligation in the timeline.
type dutyRow struct {
	Title, Link, Article string
	Part                 string // the object that it is about, where that isn't the case
	Lane                 template.HTML
	Mark, Word           string
	Says                 string
	Number, Finding      string // of the finding
	Anchor               string // of its explanation on this page
	Warns                bool   // it accuses nobody
}

// breachView is one violation, explained.
type breachView struct {
	Anchor          string
	Rule            *ruleView
	Mark, Word      string
	Severity        string
	Warning         bool
	Number, Finding string
	State           ledger.State // "" where who asks doesn't see the finding
	Shown           report.Shown
	ID              string
	Part            string
}

func (p *Pages) caseOf(v *view) (templ.Component, error) {
	c, err := p.Judged.CaseOf(v.r.Context(), v.r.PathValue("type"), v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errNone
	}
	if err := v.must(access.CaseRead, caseThing(c, v.above())); err != nil {
		return nil, err
	}
	f := newFilter(v.r.URL, caseKnown)
	out := &caseView{filter: f, Case: c, Type: v.typeName(c.Type), Unit: v.unit(c.Unit)}
	v.title = c.ID
	out.MayEnter = p.Enter != nil && access.Decide(v.who, access.EventEnter, caseThing(c, v.above())).Allowed
	at, err := v.knownOn(f.get("known"))
	if err != nil {
		out.odd = append(out.odd, "known="+f.get("known"))
	}
	if at != 0 {
		out.Known, out.KnownAt = f.get("known"), v.dueAt(at+1, nil)
	}
	course, err := p.Judged.Course(v.r.Context(), c.Type, c.ID, at)
	if err != nil {
		return nil, err
	}
	if course == nil {
		course = &service.Course{Type: c.Type, ID: c.ID, AsOf: at}
	}
	v.tellCase(out, course)
	if len(course.Events) == 0 {
		out.Verdict.Rest = v.T("case.unknown")
	}
	return casePage(v, out), v.fates(out)
}

// eventProof gives the proof of one event of a case, as it is known now.
func (p *Pages) eventProof(v *view) (templ.Component, error) {
	c, err := p.Judged.CaseOf(v.r.Context(), v.r.PathValue("type"), v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errNone
	}
	if err := v.must(access.CaseRead, caseThing(c, v.above())); err != nil {
		return nil, err
	}
	course, err := p.Judged.Course(v.r.Context(), c.Type, c.ID, 0)
	if err != nil {
		return nil, err
	}
	source, id := v.r.PathValue("source"), v.r.PathValue("event")
	if course == nil || !slices.ContainsFunc(course.Events, func(e event.Event) bool { return e.Source == source && e.ID == id }) {
		return nil, errNone
	}
	text, err := p.Seal.ProveEvent(v.r.Context(), source, id)
	if err != nil {
		return nil, gone(err)
	}
	return nil, raw{"text/plain; charset=utf-8", "event-" + source + "-" + id + ".tlog-proof", text}
}

// knownOn is the end of a day, at which something was known; 0 for now.
func (v *view) knownOn(text string) (clock.Instant, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, v.p.Zone.Location())
	if err != nil {
		return 0, err
	}
	at := clock.InstantOf(t.AddDate(0, 0, 1)) - 1
	if at >= v.now {
		return 0, nil
	}
	return at, nil
}

// tellCase puts a case's course into words and rows.
func (v *view) tellCase(out *caseView, c *service.Course) {
	out.EventsN = v.N("case.events", len(c.Events))
	out.Verdict = v.caseVerdict(c)
	t := v.track(c, out.get("zoom"))
	for _, name := range caseKnown["zoom"] {
		out.Zooms = append(out.Zooms, tab{Name: v.T("case.zoom_" + name), Link: out.link("zoom", map[bool]string{false: name}[name == "all"]), Here: name == cmp.Or(out.get("zoom"), "all")})
	}
	show := cmp.Or(out.get("show"), "all")
	if len(c.Duties) > manyDuties && out.get("show") == "" {
		show = "trouble"
	}
	for _, name := range caseKnown["show"] {
		n := len(c.Duties)
		if name == "trouble" {
			n = countOf(c.Duties, troubled)
		}
		out.Shows = append(out.Shows, tab{v.T("case.show_" + name), out.link("show", name), v.Int(n), name == show})
	}
	out.EventLane, out.Axis, out.Blank = t.Events(v.points(c)), t.Axis(report.Ticks(v.p.Zone, t.From, t.To)), t.Row()
	for i := range c.Duties {
		d := &c.Duties[i]
		b := v.breach(c, d, i)
		if b != nil {
			out.Breaches = append(out.Breaches, *b)
		}
		if show == "all" || troubled(d) {
			out.Rows = append(out.Rows, v.dutyRow(c, d, t, b))
		}
	}
	if n := len(c.Duties) - len(out.Rows); n > 0 {
		out.Hidden = v.N("case.hidden", n)
	}
	for i := range c.Events {
		e := &c.Events[i]
		told := v.eventView(e)
		if v.p.Seal != nil {
			told.Proof = out.path + "/events/" + url.PathEscape(e.Source) + "/" + url.PathEscape(e.ID) + "/proof"
		}
		out.Events = append(out.Events, told)
	}
}

// manyDuties is from how many rows on a case first shows those that need looking at.
const manyDuties = 30

// troubled says whether somebody has to look at an obligation.
func troubled(d *service.Duty) bool {
	return d.Why != nil || d.Verdict == "running" || d.Verdict == "not_evaluable"
}

func countOf(list []service.Duty, is func(*service.Duty) bool) (n int) {
	for i := range list {
		if is(&list[i]) {
			n++
		}
	}
	return n
}

// caseVerdict is the sentence on top of a case.
func (v *view) caseVerdict(c *service.Course) caseVerdict {
	var broken, late, warned, risk []string
	rest := 0
	for i := range c.Duties {
		d := &c.Duties[i]
		title := d.Rule.Title.In(v.Lang)
		switch {
		case d.Why != nil && onlyWarns(c, d):
			warned = append(warned, title)
		case d.Verdict == "breached":
			broken = append(broken, title)
		case d.Verdict == "met_late":
			late = append(late, title)
		case d.AtRisk:
			risk = append(risk, v.T("case.risk_one", title, v.dueAt(d.Due, d.Rule.Pack.Log.Zone)))
		default:
			rest++
		}
	}
	out := caseVerdict{Kind: "green", Mark: "met"}
	switch n := len(broken) + len(late); {
	case n > 0:
		out.Kind, out.Mark, out.Wrong = "red", "breach", v.N("case.breaches", n)
		out.WrongWhat = v.some(append(broken, late...)) + v.T("case.stop")
	case len(warned) > 0:
		out.Kind, out.Mark = "amber", "risk"
	case len(risk) > 0:
		out.Kind, out.Mark = "amber", "risk"
	case len(c.Duties) == 0:
		out.Kind, out.Mark = "", "na"
		out.Rest = v.T("case.nothing_asked")
		return out
	}
	if len(warned) > 0 {
		out.WrongWhat += v.N("case.warned", len(warned), v.some(warned)) + v.T("case.stop")
	}
	if len(risk) > 0 {
		out.AtRisk, out.AtRiskWhat = v.N("case.at_risk", len(risk)), v.some(risk)+v.T("case.stop")
	}
	switch {
	case out.Kind == "green":
		out.Rest = v.N("case.all_kept", rest)
	case rest > 0:
		out.Rest = v.N("case.rest", rest)
	}
	return out
}

// some are the first of some texts, each once.
func (v *view) some(list []string) string {
	slices.Sort(list)
	list = slices.Compact(list)
	s := strings.Join(list[:min(3, len(list))], v.T("list.comma"))
	if n := len(list) - 3; n > 0 {
		s += v.N("case.more", n)
	}
	return s
}

// dutyRow is one obligation in the timeline.
func (v *view) dutyRow(c *service.Course, d *service.Duty, t chart.Track, b *breachView) dutyRow {
	mark, class := verdictMark(d)
	zone := d.Rule.Pack.Log.Zone
	out := dutyRow{Title: d.Rule.Title.In(v.Lang), Link: ruleLink(d.Rule), Article: d.Rule.Basis.Text.In(v.Lang), Part: v.partOf(c, d), Mark: mark, Word: v.T("duty." + mark)}
	if mark == "met" && d.Rule.Within == nil { // nothing had a time to be kept
		out.Word = v.T("duty.met_any")
	}
	if within := d.Rule.Within; within != nil {
		out.Article = v.Duration(within.Within()) + " · " + out.Article
	}
	if d.Bar != nil {
		bar := *d.Bar
		bar.Near = d.AtRisk
		out.Lane = t.Duty(bar)
	} else {
		list := []chart.Point{{At: int64(d.Time), Mark: mark, Class: class}}
		if d.OtherAt != 0 && d.OtherAt != d.Time {
			list = append([]chart.Point{{At: int64(d.OtherAt), Mark: "dot", Class: "q"}}, list...)
		}
		out.Lane = t.Points(list)
	}
	switch {
	case d.AtRisk && d.Due <= c.AsOf: // it isn't late yet: what sources still may send is waited for
		out.Word, out.Says = v.T("due.waits", v.span(int64(c.AsOf-d.Due))), v.T("due.waits_says", v.dueAt(d.Due, zone))
	case d.AtRisk:
		out.Word, out.Says = v.T("due.left", v.span(int64(d.Due-c.AsOf))), v.dueAt(d.Due, zone)
	case d.Verdict == "running" && d.Due != 0:
		out.Says = v.dueAt(d.Due, zone)
	case d.Verdict == "met" && d.OtherAt != 0:
		out.Says = v.at(d.OtherAt)
	case d.Why != nil:
		out.Word = cmp.Or(v.lateWord(d), out.Word)
		out.Anchor, out.Number, out.Finding, out.Warns = b.Anchor, b.Number, b.Finding, b.Warning
	case d.Other != "" && d.Verdict == "moot":
		out.Says = v.event(d.Other)
	}
	return out
}

// lateWord says by how much a duty was missed, "" where that isn't its fault.
func (v *view) lateWord(d *service.Duty) string {
	if d.Why.LateZH == "" {
		return ""
	}
	late := d.Why.LateText
	if v.Lang == "zh" {
		late = d.Why.LateZH
	}
	return v.T("case.late", late)
}

// partOf is the object that an obligation is about, where that isn't the case.
func (v *view) partOf(c *service.Course, d *service.Duty) string {
	for _, k := range d.Key {
		kind, _, _ := strings.Cut(k.Kind, "/")
		if k.ID == c.ID && kind == c.Type || kind == "actor" || kind == "unit" || strings.HasPrefix(kind, "attr.") {
			continue
		}
		return v.typeName(kind) + " " + k.ID
	}
	return ""
}

// onlyWarns says whether a violation accuses nobody: nobody checked its rule against the
// law's text, or too much of what the rule found was no fault when this was found.
func onlyWarns(c *service.Course, d *service.Duty) bool {
	return !d.Rule.Basis.Verified || c.Findings[d.Finding].Warning
}

// breach explains a violation; nil where an obligation is none.
func (v *view) breach(c *service.Course, d *service.Duty, i int) *breachView {
	if d.Why == nil {
		return nil
	}
	mark, _ := verdictMark(d)
	b := &breachView{Anchor: fmt.Sprint("b", i+1), Rule: v.ruleWords(d.Rule), Mark: mark, Word: cmp.Or(v.lateWord(d), v.T("duty."+mark)), Severity: d.Rule.Severity.String(),
		Warning: onlyWarns(c, d), Shown: d.Why.Shown(v.Lang), ID: d.Finding, Part: v.partOf(c, d)}
	if f, ok := c.Findings[d.Finding]; ok {
		b.Number, b.Finding = number(f.Number), f.ID
	}
	return b
}

// fates adds where the findings of a case stand on the ledger, and takes those off
// that aren't for who asks.
func (v *view) fates(out *caseView) error {
	var ids []string
	for i := range out.Breaches {
		if id := out.Breaches[i].Finding; id != "" {
			ids = append(ids, id)
		}
	}
	states := map[string]ledger.State{}
	if len(ids) > 0 && v.may(access.FindingRead) {
		q := v.mine(ledger.Query{Findings: ids, Limit: 500})
		page, err := v.p.Ledger.Queue(v.r.Context(), q)
		if err != nil {
			return err
		}
		for i := range page.Items {
			states[page.Items[i].Finding] = page.Items[i].State
		}
	}
	for i := range out.Breaches {
		b := &out.Breaches[i]
		if s, ok := states[b.Finding]; ok {
			b.State = s
		} else {
			b.Number, b.Finding = "", ""
		}
	}
	for i := range out.Rows {
		if _, ok := states[out.Rows[i].Finding]; !ok {
			out.Rows[i].Number, out.Rows[i].Finding = "", ""
		}
	}
	return nil
}

func swatch(key string) template.HTML { return chart.Swatch(key) }
