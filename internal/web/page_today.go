package web

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// queue is one of the figures on top: how many wait, and where they are.
type queue struct {
	Mark, Class, Word, Link, N, Says string
}

// todayGroup is the beginning of one queue.
type todayGroup struct {
	Mark, Class, Word, N, Link string
	Rows                       []todayLine
	More                       string // how many more there are; "" for none
	ids                        []string
}

// todayLine is a finding, or a duty that is at risk, on the ruler.
type todayLine struct {
	Link, Title, Number, Severity, Unit, Owner string
	State                                      ledger.State // "" of a duty
	Warning                                    bool
	Ownerless                                  bool // it waits for somebody to own it
	Strip                                      template.HTML
	Due                                        deadline
}

type todayView struct {
	Day     string
	Queues  []queue
	Head    template.HTML
	Groups  []todayGroup
	Own     []sourceLine // our own lateness
	Sources []sourceLine
	Since   *sinceView
	Trend   *trendView
	Reads   bool // who asks may read findings at all
}

// sourceLine is a short line with a mark.
type sourceLine struct {
	Mark, Text, Says string
}

const (
	perQueue = 6 // rows of a queue on the front page
	ruler    = 6 // days that its ruler goes to either side
)

// todayQueue is one of the queues of the front page.
type todayQueue struct{ name, mark, class, view string }

// todayQueues are the queues of the front page, in the order of what is most urgent.
// What is at risk is no queue of the ledger's: it comes after what is overdue.
var todayQueues = []todayQueue{
	{"mine", "person", "open", "mine"}, {"overdue", "breach", "breach", "overdue"}, {"risk", "risk", "risk", ""}, {"verify", "claimed", "verify", "verify"}, {"new", "open", "open", "new"},
}

// queues are those of who asks; who verifies sees first what waits to be verified.
func (v *view) queues() []todayQueue {
	list := slices.Clone(todayQueues)
	if v.who.Has(access.Verifier) {
		slices.SortStableFunc(list, func(a, b todayQueue) int { return first(a.name == "verify") - first(b.name == "verify") })
	}
	return slices.DeleteFunc(list, func(q todayQueue) bool { return !v.myQueue(q.name) })
}

func (p *Pages) today(v *view) (templ.Component, error) {
	if !v.may(access.FindingRead) && v.may(access.AccountRead) { // who keeps the system running has no queue
		return nil, redirect("/admin")
	}
	if !v.may(access.FindingRead) && p.Identities != nil && v.may(access.IdentityRead) {
		return nil, redirect("/identities")
	}
	v.title = v.T("today.title")
	out := todayView{Day: v.weekday(), Reads: v.may(access.FindingRead)}
	strip := v.strip()
	out.Head = strip.Head([4]string{v.T("today.ruler", "−6"), v.T("today.ruler", "−3"), v.T("today.ruler", "+3"), v.T("today.ruler", "+6")})
	if out.Reads {
		for _, q := range v.queues() {
			add := v.queueOf
			if q.name == "risk" {
				add = v.atRisk
			}
			if err := add(&out, strip, q); err != nil {
				return nil, err
			}
		}
		if err := v.ourselves(&out); err != nil {
			return nil, err
		}
		var err error
		if out.Since, err = v.since(); err != nil {
			return nil, err
		}
		if out.Trend, err = v.trend(); err != nil {
			return nil, err
		}
	}
	var err error
	if v.may(access.SourceRead) {
		out.Sources, err = p.sourceLines(v)
	}
	return today(v, out), err
}

// myQueue says whether a queue is anything that who asks could do something about.
func (v *view) myQueue(name string) bool {
	oversees := v.who.Has(access.Supervisor) || v.who.Has(access.Verifier) || v.who.Has(access.Auditor)
	switch name {
	case "mine":
		return v.who.Person != "" && (v.who.Has(access.Officer) || v.who.Has(access.Head))
	case "new":
		return oversees || v.may(access.ItemAssign)
	case "verify":
		return oversees
	}
	return true
}

func first(yes bool) int {
	if yes {
		return 0
	}
	return 1
}

// queueOf adds a queue of the ledger: its figure, and its first rows by deadline. What
// stands in a group above isn't shown again.
func (v *view) queueOf(out *todayView, strip chart.Strip, of todayQueue) error {
	name, m, class := of.name, of.mark, of.class
	q := v.viewQuery(of.view)
	counts, err := v.p.Ledger.Count(v.r.Context(), q)
	if err != nil {
		return err
	}
	var above []string
	for _, g := range out.Groups {
		above = append(above, g.ids...)
	}
	q.Limit, q.Newest = perQueue+len(above), name == "new" // those that wait longest stand in what is overdue
	page, err := v.p.Ledger.Queue(v.r.Context(), q)
	if err != nil {
		return err
	}
	all, soonest := len(page.Items), ""
	if all > 0 {
		soonest = v.turn(&page.Items[0]).Rel
	}
	items := slices.DeleteFunc(page.Items, func(i ledger.Item) bool { return slices.Contains(above, i.Finding) })
	repeated := all - len(items)
	items = items[:min(perQueue, len(items))]
	slices.SortStableFunc(items, func(a, b ledger.Item) int { return cmp.Compare(a.Turn, b.Turn) })
	rows, err := v.rows(items)
	if err != nil {
		return err
	}
	link, n := "/findings?view="+of.view, int(sum(counts))
	top := queue{m, class, v.T("today." + name), link, v.Int(n), v.T("today." + name + "_none")}
	switch {
	case n == 0:
	case name == "new":
		if top.Says, err = v.graveNew(q); err != nil {
			return err
		}
	case soonest != "":
		top.Says = v.T("today."+name+"_says", soonest)
	}
	out.Queues = append(out.Queues, top)
	if len(rows) == 0 {
		return nil
	}
	g := todayGroup{Mark: m, Class: class, Word: top.Word, N: top.N, Link: link}
	if more := n - len(rows) - repeated; more > 0 {
		g.More = v.N("today.more", more)
	}
	for _, r := range rows {
		g.ids = append(g.ids, r.ID)
		g.Rows = append(g.Rows, todayLine{Link: "/findings/" + r.ID, Title: r.Title, Number: r.Number, Severity: r.Severity, Unit: r.Unit, Owner: r.Owner, Ownerless: r.Ownerless, State: r.State, Warning: r.Warning,
			Strip: strip.Draw(v.days(r.Turn), stripMark(r.Turn < v.now, m), "st-"+stripMark(r.Turn < v.now, class)), Due: r.Due})
	}
	out.Groups = append(out.Groups, g)
	return nil
}

// stripMark is that of a deadline: once it was crossed, whatever it was.
func stripMark(crossed bool, otherwise string) string {
	if crossed {
		return "breach"
	}
	return otherwise
}

// days is how far something is from now.
func (v *view) days(t clock.Instant) float64 { return float64(t-v.now) / float64(day) }

// atRisk adds the duties that still run and are near their line: what can still be
// done in time.
func (v *view) atRisk(out *todayView, strip chart.Strip, _ todayQueue) error {
	s := v.seer()
	var fault error
	list, all := v.p.Service.AtRisk(v.r.Context(), func(a *service.AtRisk) bool {
		ok, err := s.may(access.FindingRead, "", a.Unit, a.Actor)
		if err != nil {
			fault = err
		}
		return ok
	}, perQueue)
	if fault != nil {
		return fault
	}
	if _, err := v.ruleSpells(); err != nil {
		return err
	}
	link := ""
	if v.may(access.CaseRead) && all > 0 {
		link = "/cases?view=" + service.StateRisk
	}
	top := queue{"risk", "risk", v.T("today.risk"), link, v.Int(all), v.T("today.risk_none")}
	g := todayGroup{Mark: "risk", Class: "risk", Word: top.Word, N: top.N, Link: link}
	for i := range list {
		a := &list[i]
		line := todayLine{Title: a.Rule, Severity: a.Severity, Unit: v.unit(a.Unit), Warning: a.Warning, Due: v.due(a.Due), Strip: strip.Draw(v.days(a.Due), "risk", "st-risk")}
		if doubted, _ := v.doubted(a.Pack, a.Rule); doubted { // what would come of it only warns
			line.Warning = true
		}
		if a.Due <= v.now { // it isn't late yet: what sources still may send is waited for
			line.Due.Class, line.Due.Rel, line.Due.Abs = "risk", v.T("due.waits", v.span(int64(v.now-a.Due))), v.T("due.waits_says", line.Due.Abs)
		}
		if r := v.ruleOf(a.Pack, a.Rule, a.EventTime); r != nil {
			line.Title = r.Title.In(v.Lang)
		}
		may, err := s.may(access.CaseRead, a.Actor, a.Unit, a.Actor)
		if err != nil {
			return err
		}
		if may && a.Case != "" {
			line.Number, line.Link = a.Case, "/cases/case/"+escapePath(a.Case)
		}
		g.Rows = append(g.Rows, line)
	}
	if len(list) > 0 {
		top.Says = v.T("today.risk_says", g.Rows[0].Due.Rel)
		if more := all - len(list); more > 0 {
			g.More = v.N("today.more", more)
		}
		out.Groups = append(out.Groups, g)
	}
	out.Queues = append(out.Queues, top)
	return nil
}

// strip is the ruler of today, with its weekends.
func (v *view) strip() chart.Strip {
	s := chart.Strip{Days: ruler}
	l := v.local(v.now)
	start := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, l.Location())
	for i := -ruler; i <= ruler; i++ {
		if d := start.AddDate(0, 0, i); d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			s.Weekends = append(s.Weekends, [2]float64{v.days(clock.InstantOf(d)), v.days(clock.InstantOf(d.AddDate(0, 0, 1)))})
		}
	}
	return s
}

// ourselves says whether who oversees is late, too.
func (v *view) ourselves(out *todayView) error {
	if !v.myQueue("verify") {
		return nil // they are watched, and don't watch
	}
	for _, own := range []struct {
		name   string
		states []ledger.State
	}{{"verify", toAsk}, {"assign", []ledger.State{ledger.Open}}} {
		counts, err := v.p.Ledger.Count(v.r.Context(), v.mine(ledger.Query{States: own.states, Before: v.now}))
		if err != nil {
			return err
		}
		line := sourceLine{Mark: "met", Text: v.T("today.own_" + own.name + "_none")}
		if n := int(sum(counts)); n > 0 {
			line = sourceLine{Mark: "breach", Text: v.N("today.own_"+own.name, n)}
		}
		out.Own = append(out.Own, line)
	}
	return nil
}

// weekday is today's date in words.
func (v *view) weekday() string {
	l := v.local(v.now)
	return v.T("today.date", l.Year(), int(l.Month()), l.Day(), v.T("weekday."+[]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[l.Weekday()]))
}

// sourceLines say which sources need looking at, and that the others don't.
func (p *Pages) sourceLines(v *view) ([]sourceLine, error) {
	list, err := p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	var out []sourceLine
	fine := 0
	for _, s := range list {
		switch {
		case s.Source.Disabled || s.Source.Role != service.RoleSource && s.Source.Role != "":
		case s.State.Silent:
			out = append(out, sourceLine{"risk", v.T("today.silent", s.Source.Name, v.span(int64(v.now-max(s.State.Contact, s.Source.Created)))), v.T("today.silent_says", v.span(s.Source.Habit))})
		case holdsBack(&s):
			out = append(out, sourceLine{"breach", v.T("today.holds", s.Source.Name), v.T("today.holds_says", v.span(s.Source.Lateness))})
		case s.Waiting > 0:
			out = append(out, sourceLine{"risk", v.N("today.quarantined", int(s.Waiting), s.Source.Name), v.T("today.quarantined_says")})
		default:
			fine++
		}
	}
	if fine > 0 {
		out = append(out, sourceLine{"met", v.N("today.fine", fine), ""})
	}
	return out, nil
}
