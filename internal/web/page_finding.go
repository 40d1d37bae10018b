package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/report"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

func escapePath(s string) string { return url.PathEscape(s) }

// findingView is what the page of a finding shows.
type findingView struct {
	F         *service.Finding
	Number    string
	Title     string
	State     string
	StateWord string
	Due       deadline
	Unit      string
	CaseLink  string
	Rule      *ruleView
	Shown     *report.Shown // nil where it stands no longer, or no rule raised it
	Notes     []noteView    // newest first
	Events    []eventView
}

// ruleView is a rule beside a finding.
type ruleView struct {
	Rule    *rule.Rule
	Title   string
	Link    string
	Says    string
	Demand  string
	Clock   []string
	Law     string // its operative words, "" where the pack has none
	LawLang string // of the words, where it isn't the page's
	Cite    string
	Checked string
}

// noteView is one line of the history.
type noteView struct {
	Mark, Class, Head, At, Machine, Text, Entered string
}

// eventView is one event that the verdict rests on.
type eventView struct {
	At, Machine, Name, Actor, Unit, Source, Entered string
	Deciding                                        bool
}

func (p *Pages) finding(v *view) (templ.Component, error) {
	d, err := p.Service.Finding(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNone
	}
	f := &d.Finding
	out := findingView{F: f, Number: number(f.Number), Title: v.headline(f), Due: v.happened(f), Unit: v.unit(f.Unit)}
	out.State, out.StateWord = v.stateOf(f)
	if f.Case != "" {
		out.CaseLink = "/cases/case/" + escapePath(f.Case)
	}
	v.title = out.Number + " " + out.Title
	if r := v.ruleOf(f.Pack, f.Rule, f.EventTime); r != nil {
		out.Rule = v.ruleWords(r)
	}
	if ex, ok := d.Explanation.(*service.Explanation); ok && ex != nil && ex.Shown != nil {
		s := ex.Shown(v.Lang)
		out.Shown = &s
	}
	for i := range slices.Backward(d.Notes) {
		out.Notes = append(out.Notes, v.noteView(&d.Notes[i], v.zoneOf(f)))
	}
	for i := range d.Events {
		e := v.eventView(&d.Events[i])
		name := d.Events[i].Source + "/" + d.Events[i].ID
		e.Deciding = name == f.Event || name == f.By
		out.Events = append(out.Events, e)
	}
	return findingPage(v, out), nil
}

// ruleWords is a rule in words, with its law.
func (v *view) ruleWords(r *rule.Rule) *ruleView {
	demand, clock, _ := report.RuleWords(i18n.Words{Lang: v.Lang}, r)
	out := &ruleView{Rule: r, Title: r.Title.In(v.Lang), Link: "/rules/" + escapePath(r.Pack.Name) + "/" + escapePath(r.ID), Says: r.Says.In(v.Lang), Demand: demand,
		Clock: clock, Law: r.Basis.Words, Cite: r.Basis.Text.In(v.Lang)}
	if r.Basis.Checked != 0 {
		out.Checked = v.T("law.checked", v.Day(r.Basis.Checked))
	}
	if hanText(r.Basis.Words) {
		out.LawLang = "zh-CN"
	}
	return out
}

// hanText says whether a text is Chinese.
func hanText(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
}

// noteMarks are the marks of the lines of a history.
var noteMarks = map[string][2]string{"raised": {"breach", "red"}, "amended": {"amended", "q"}, "cured": {"claimed", "violet"}, "claimed_met": {"claimed", "violet"},
	"withdrawn": {"withdrawn", "q"}, "provisional": {"na", "q"}}

func (v *view) noteView(n *service.Note, zone *clock.Zone) noteView {
	m, ok := noteMarks[n.Kind]
	if !ok {
		m = [2]string{"dot", "q"}
	}
	out := noteView{Mark: m[0], Class: m[1], Head: v.T("note." + n.Kind), At: v.at(n.At), Machine: v.machine(n.At), Text: v.text(n.Text, n.TextZH)}
	if n.Due != 0 {
		out.Head = v.T("note.with_due", out.Head, v.dueAt(n.Due, zone))
	}
	if n.Entered != 0 {
		out.Entered = v.T("note.entered", v.at(n.Entered))
	}
	return out
}

func (v *view) eventView(e *event.Event) eventView {
	out := eventView{At: v.at(e.Time.At), Machine: v.machine(e.Time.At), Name: v.event(e.Type), Actor: e.Actor.Value, Unit: v.unit(e.Unit.Value), Source: e.Source}
	if e.Time.Kind == event.Day {
		out.At = v.date(e.Time.At)
	}
	if known := knownAt(e); known-e.Time.At > clock.Instant(12*hour) {
		out.Entered = v.T("event.entered", v.span(int64(known-e.Time.At)))
	}
	return out
}

// knownAt is when an event was entered, as far as its source says.
func knownAt(e *event.Event) clock.Instant {
	if e.Recorded.Kind != event.Absent {
		return e.Recorded.At
	}
	return 0
}
