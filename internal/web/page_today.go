package web

import (
	"github.com/a-h/templ"

	"plumbline/internal/service"
)

// queue is one of the figures on top: how many wait, and where they are.
type queue struct {
	Mark, Word, Link, N, Says string
}

// todayGroup is one queue's beginning.
type todayGroup struct {
	Mark, Word, Link, N string
	Rows                []findingRow
	More                string // how many more there are; "" for none
}

type todayView struct {
	Day     string
	Queues  []queue
	Groups  []todayGroup
	Sources []sourceLine
	Nothing bool
}

// sourceLine is a source on the front page.
type sourceLine struct {
	Mark, Text, Says string
}

// perQueue is how many rows of a queue stand on the front page.
const perQueue = 6

func (p *Pages) today(v *view) (templ.Component, error) {
	v.title = v.T("today.title")
	gauges, err := p.Service.Gauges(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := todayView{Day: v.weekday()}
	accuses := false
	for _, q := range []struct {
		key, mark, link string
		states          []service.FindingState
		severity        []string
		warning         *bool
		sort            string
	}{
		{"grave", "breach", "/findings?severity=critical&severity=major&warning=false&sort=-severity", []service.FindingState{service.Open}, []string{"critical", "major"}, &accuses, "-severity"},
		{"claimed", "claimed", "/findings?view=claimed", []service.FindingState{service.ClaimedMet}, nil, nil, "due"},
		{"newest", "open", "/findings", []service.FindingState{service.Open}, nil, nil, "-raised"},
	} {
		list, err := p.Service.Findings(v.r.Context(), service.FindingQuery{States: q.states, Severity: q.severity, Warning: q.warning, Sort: q.sort, Limit: perQueue})
		if err != nil {
			return nil, err
		}
		g := todayGroup{Mark: q.mark, Word: v.T("today." + q.key), Link: q.link}
		for i := range list.Findings {
			g.Rows = append(g.Rows, v.findingRow(&list.Findings[i]))
		}
		if list.Next != "" {
			g.More = v.T("today.more")
		}
		if len(g.Rows) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	out.Queues = []queue{
		{"open", v.T("state.open"), "/findings", v.Int(int(gauges.Findings[service.Open])), v.T("today.open_says")},
		{"claimed", v.T("state.claimed_met"), "/findings?view=claimed", v.Int(int(gauges.Findings[service.ClaimedMet])), v.T("today.claimed_says")},
		{"withdrawn", v.T("state.withdrawn"), "/findings?view=withdrawn", v.Int(int(gauges.Findings[service.Withdrawn])), v.T("today.withdrawn_says")},
	}
	out.Nothing = len(out.Groups) == 0
	out.Sources, err = p.sourceLines(v)
	return today(v, out), err
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
			out = append(out, sourceLine{"risk", v.T("today.silent", s.Source.Name, v.span(int64(v.now-s.State.Contact))), v.T("today.silent_says", v.span(s.Source.Habit))})
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
