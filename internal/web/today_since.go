package web

import (
	"html/template"

	"plumbline/internal/access"
	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
)

// sinceView is what changed since who asks looked last.
type sinceView struct {
	Since string // when that was; "" where it is their first visit
	Lines []sinceLine
}

// sinceLine is how often something happened, and where it is.
type sinceLine struct{ Mark, Class, Text, Link string }

// trendView is how many findings were open day by day.
type trendView struct {
	Chart template.HTML
	Says  string
}

// visitGap is how long somebody is away before they come anew.
const visitGap = int64(30 * minute)

// sinceKinds are the moves that a visitor is told of, with the view that has what
// they were made of.
var sinceKinds = []struct {
	kind ledger.Kind
	view string
}{{ledger.Assign, "open"}, {ledger.Claim, "verify"}, {ledger.Met, "verify"}, {ledger.Return, "open"}, {ledger.Reply, "open"}, {ledger.Verify, "verify"}, {ledger.Close, "closed"},
	{ledger.Reopen, "open"}, {ledger.Withdraw, "closed"}}

// since says what changed since who asks looked last, and notes that they look now.
func (v *view) since() (*sinceView, error) {
	at, err := v.p.Record.Visited(v.r.Context(), v.who.Account, v.now, visitGap)
	if err != nil || at == 0 {
		return &sinceView{}, err
	}
	out := &sinceView{Since: v.at(at)}
	changes, err := v.p.Record.Changed(v.r.Context(), at, access.For{Who: v.who, Action: access.FindingRead})
	if err != nil {
		return nil, err
	}
	if n := int(changes.Raised); n > 0 {
		out.Lines = append(out.Lines, sinceLine{"open", "open", v.N("since.raised", n), "/findings?sort=newest&view=all"})
	}
	for _, k := range sinceKinds {
		if n := int(changes.Moves[k.kind]); n > 0 {
			mark := moveMarks[k.kind]
			if mark[0] == "" {
				mark = noteMarks[map[ledger.Kind]string{ledger.Met: "claimed_met", ledger.Withdraw: "withdrawn"}[k.kind]]
			}
			out.Lines = append(out.Lines, sinceLine{mark[0], mark[1], v.N("since."+string(k.kind), n), "/findings?sort=newest&view=" + k.view})
		}
	}
	return out, nil
}

// trendDays is over how many days a trend goes.
const trendDays = 28

// trend draws how many findings were open at the end of each of the last days, told
// back from how many are open now.
func (v *view) trend() (*trendView, error) {
	states, err := v.states()
	if err != nil {
		return nil, err
	}
	zone := v.p.Zone
	first := zone.Date(v.now) - trendDays + 1
	flows, err := v.p.Record.Flows(v.r.Context(), zone.First(first), access.For{Who: v.who, Action: access.FindingRead})
	if err != nil {
		return nil, err
	}
	var came, left [trendDays]int
	var cameAll, leftAll int
	for _, f := range flows {
		if i := int(zone.Date(f.Hour) - first); i >= 0 && i < trendDays {
			came[i] += int(f.Raised)
			left[i] += int(f.Closed)
			cameAll, leftAll = cameAll+int(f.Raised), leftAll+int(f.Closed)
		}
	}
	bars := make([]chart.Bar, trendDays)
	open := int(sum(states) - states[ledger.Closed])
	for i := trendDays - 1; i >= 0; i-- {
		bars[i].A = max(0, open)
		open += left[i] - came[i]
	}
	var labels []chart.Label
	for _, i := range []int{3, 10, 17, 24} {
		labels = append(labels, chart.Label{At: (float64(i) + .5) / trendDays * 100, Text: monthDay(first + clock.Day(i))})
	}
	return &trendView{chart.Columns(v.T("trend.name"), bars, labels, v.Int), v.T("trend.says", v.Int(cameAll), v.Int(leftAll))}, nil
}

// monthDay is a day as an axis of days has it.
func monthDay(d clock.Day) string { return d.String()[len("2006-"):] }

// graveNew says how grave what is new is, for the figure on top.
func (v *view) graveNew(q ledger.Query) (string, error) {
	text := ""
	for _, severity := range []string{"critical", "major", "minor", "info"} {
		q.Severity = []string{severity}
		counts, err := v.p.Ledger.Count(v.r.Context(), q)
		if err != nil {
			return "", err
		}
		if n := int(sum(counts)); n > 0 {
			if text != "" {
				text += " · "
			}
			text += v.T("severity."+severity) + " " + v.Int(n)
		}
	}
	return text, nil
}
