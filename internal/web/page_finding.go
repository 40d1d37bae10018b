package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/ledger"
	"plumbline/internal/report"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

func escapePath(s string) string { return url.PathEscape(s) }

// findingView is what the page of a finding shows.
type findingView struct {
	F        *service.Finding
	Item     *ledger.Detail // nil where it has none
	Persons  bool           // who asks may read whom it concerns, and in which case
	Number   string
	Title    string
	Law      deadline // what the law's line was and by how much it was crossed
	Turn     deadline // of whoever's turn it is
	Unit     string
	CaseLink string
	Rule     *ruleView
	Shown    *report.Shown // nil where it stands no longer, or no rule raised it
	History  []historyLine // newest first
	Events   []eventView
	// MoreEvents are those of its trace that aren't shown.
	MoreEvents int
	Steps      []stepView
	Moves      []moveView
	Barred     []barView
	Tried      *tried // a move that was refused
	Answer     *ledger.Move
	Files      []fileView
	Mine       bool // the next step is that of who asks
	Links      []linkView
	MayLink    bool     // who asks may say what belongs together with it
	Erased     string   // when and by whose order it lost what it told; "": it tells
	Revised    []string // changes of the organisation that touch it
	Doubted    bool     // it came in while its rule only warned, since too much was no fault
}

// ruleView is a rule in words, with its law.
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

// eventView is one event that the verdict rests on.
type eventView struct {
	At, Machine, Name, Actor, Unit, Source, Entered string
	Full                                            string // At with the year: for paper
	Deciding                                        bool
	Hand                                            string // by whom and why it was entered by hand; "" where it wasn't
	Proof                                           string // the address of its proof; "" for none
}

func (p *Pages) finding(v *view) (templ.Component, error) { return p.findingWith(v, nil) }

// findingWith is the page of a finding, with a move that was refused.
func (p *Pages) findingWith(v *view, t *tried) (templ.Component, error) {
	out, err := p.tellFinding(v, t)
	if err != nil {
		return nil, err
	}
	return findingPage(v, out), nil
}

// erased says of an act of erasure when and by whom it was; "" of none.
func (v *view) erased(number int64) (string, error) {
	if number == 0 {
		return "", nil
	}
	list, err := v.p.Judged.Erasures(v.r.Context())
	if err != nil {
		return "", err
	}
	for i := range list {
		if e := &list[i]; e.Number == number {
			who := e.By
			if e.Second != "" {
				who += v.T("list.comma") + e.Second
			}
			return v.T("finding.erased_"+e.Kind, v.at(e.At), who), nil
		}
	}
	return "", nil
}

// revised are the changes of the organisation that touch a finding, in words.
func (v *view) revised(finding int64) (out []string, err error) {
	list, err := v.p.Organisation.Touching(v.r.Context(), finding)
	for i := range list {
		r := &list[i]
		out = append(out, v.T("finding.revised_by", v.T("orgs.revision", v.Int(int(r.Number))), v.at(r.At), v.revisedFrom(r)))
	}
	return out, err
}

// tellFinding puts the finding of a request into words, for its page and its record.
func (p *Pages) tellFinding(v *view, t *tried) (*findingView, error) {
	id := v.r.PathValue("id")
	thing, err := v.readable(id)
	if err != nil {
		return nil, err
	}
	d, err := p.Service.Finding(v.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNone
	}
	f := &d.Finding
	out := &findingView{F: f, Number: number(f.Number), Title: v.headline(f), Law: v.happened(f), Unit: v.unit(f.Unit), Tried: t,
		Persons: access.Decide(v.who, access.FindingPersons, thing).Allowed}
	v.title = out.Number + " " + out.Title
	if out.Item, err = p.Ledger.Item(v.r.Context(), v.mover(), id); err != nil {
		return nil, err
	}
	if !out.Persons {
		f.Actor, f.Case = "", ""
	}
	if out.Erased, err = v.erased(f.Erased); err != nil {
		return nil, err
	}
	if out.Revised, err = v.revised(f.Number); err != nil {
		return nil, err
	}
	if f.Case != "" && v.may(access.CaseRead) {
		out.CaseLink = "/cases/case/" + escapePath(f.Case)
	}
	if r := v.ruleOf(f.Pack, f.Rule, f.EventTime); r != nil {
		out.Rule = v.ruleWords(r)
	}
	if f.Warning {
		spells, err := v.ruleSpells()
		if err != nil {
			return nil, err
		}
		out.Doubted = slices.ContainsFunc(spells, func(s ledger.Spell) bool { return s.Holds(f.Pack, f.Rule, f.Number) })
	}
	if out.Persons {
		v.explained(out, d)
	}
	out.History = v.history(d.Notes, v.zoneOf(f), out)
	if out.Item != nil {
		v.onLedger(out, thing)
		if out.Links, err = v.linksOf(id, out.Persons); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// explained adds why the finding stands, and on what.
func (v *view) explained(out *findingView, d *service.FindingDetail) {
	if ex, ok := d.Explanation.(*service.Explanation); ok && ex != nil && ex.Shown != nil {
		s := ex.Shown(v.Lang)
		out.Shown = &s
	}
	from, to := len(d.Events), 0
	deciding := func(e *event.Event) bool {
		name := e.Source + "/" + e.ID
		return name == d.Finding.Event || name == d.Finding.By || name == d.Finding.Last
	}
	for i := range d.Events {
		if deciding(&d.Events[i]) {
			from, to = min(from, i), i+1
		}
	}
	from, to = max(0, from-aroundEvents), min(len(d.Events), max(to, 1)+aroundEvents)
	if to-from > mostEvents || from > to {
		from, to = min(from, to), min(from, to)+mostEvents
	}
	for i := from; i < min(to, len(d.Events)); i++ {
		e := v.eventView(&d.Events[i])
		e.Deciding = deciding(&d.Events[i])
		out.Events = append(out.Events, e)
	}
	out.MoreEvents = len(d.Events) - len(out.Events)
}

// Of the events of a trace a page shows those that decided and some around them.
const (
	aroundEvents = 6
	mostEvents   = 60
)

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

func (v *view) eventView(e *event.Event) eventView {
	out := eventView{At: v.at(e.Time.At), Machine: v.machine(e.Time.At), Name: v.event(e.Type), Actor: e.Actor.Value, Unit: v.unit(e.Unit.Value), Source: e.Source,
		Full: v.full(e.Time.At)[:len("2006-01-02 15:04")]}
	if e.Time.Kind == event.Day {
		out.At, out.Full = v.date(e.Time.At), out.Full[:len("2006-01-02")]
	}
	if e.Source == service.ByHand {
		out.Hand = v.T("enter.mark_says", e.Get(enteredBy).Str, e.Get(enteredWhy).Str)
	}
	if known := e.Recorded.At; e.Recorded.Kind != event.Absent && known-e.Time.At > clock.Instant(12*hour) {
		out.Entered = v.T("event.entered", v.span(int64(known-e.Time.At)))
	}
	return out
}

// historyLine is one line of the history: what the judge said or what somebody did.
type historyLine struct {
	at                                   clock.Instant
	Mark, Class, Head, At, Machine, Text string
	Quote                                bool // Text is in somebody's own words
	Details                              []string
	Proof                                string // the address of its proof; "" for none
}

// noteMarks are the marks of what the judge says.
var noteMarks = map[string][2]string{"raised": {"breach", "red"}, "amended": {"amended", "q"}, "cured": {"claimed", "violet"}, "claimed_met": {"claimed", "violet"},
	"withdrawn": {"withdrawn", "q"}, "ended": {"claimed", "violet"}, "provisional": {"na", "q"}}

// history is what the judge said and what people did, newest first.
func (v *view) history(notes []service.Note, zone *clock.Zone, f *findingView) []historyLine {
	var out []historyLine
	for i := range notes {
		line := v.noteLine(&notes[i], zone)
		if !f.Persons {
			line.Text = ""
		}
		out = append(out, line)
	}
	if f.Item != nil {
		for i := range f.Item.Moves {
			if m := &f.Item.Moves[i]; m.Account != "" { // what the judge did, it noted
				out = append(out, v.moveLine(m, f.Persons))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b historyLine) int { return cmp.Compare(a.at, b.at) })
	slices.Reverse(out)
	return out
}

func (v *view) noteLine(n *service.Note, zone *clock.Zone) historyLine {
	m, ok := noteMarks[n.Kind]
	if !ok {
		m = [2]string{"dot", "q"}
	}
	out := historyLine{at: n.At, Mark: m[0], Class: m[1], Head: v.T("note." + n.Kind), At: v.at(n.At), Machine: v.machine(n.At), Text: errs.T(n.Text, cmp.Or(n.TextZH, n.Text)).In(v.Lang)}
	if n.Due != 0 {
		out.Details = append(out.Details, v.T("note.due", v.dueAt(n.Due, zone)))
	}
	if n.Entered != 0 {
		out.Details = append(out.Details, v.T("note.entered", v.at(n.Entered)))
	}
	return out
}
