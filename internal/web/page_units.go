package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/rule"
	"plumbline/internal/stats"
)

// unitLine is a unit in the tree.
type unitLine struct {
	Title, Link          string
	Depth                int
	Asked, Kept, Crossed string
	Seen                 bool // who asks may read its figures
}

func (p *Pages) units(v *view) (templ.Component, error) {
	v.title = v.T("units.title")
	t := v.tally()
	var all []Unit
	if p.Units != nil {
		all = p.Units(v.now)
	}
	sums := map[string]counts{}
	from := t.counted()
	for k, list := range t.byRule {
		if r := v.newest(k); r == nil || !r.Basis.Verified {
			continue
		}
		for i := range list {
			if f := &list[i]; f.Month >= from && t.may(f.Unit) {
				for _, u := range t.above[f.Unit] {
					c := sums[u]
					c.add(f)
					sums[u] = c
				}
			}
		}
	}
	var out []unitLine
	for _, u := range all {
		c := sums[u.ID]
		line := unitLine{Title: u.Title.In(v.Lang), Link: "/units/" + url.PathEscape(u.ID), Depth: min(u.Depth, 5), Seen: t.may(u.ID), Asked: v.Int(c.Asked), Kept: "—", Crossed: v.Int(c.Late + c.Broken)}
		if s := c.kept(); s.N > 0 {
			line.Kept = v.Percent(s.Of())
		}
		out = append(out, line)
	}
	return unitsPage(v, out), nil
}

// newest is the newest version of a rule; nil where none is in force any more.
func (v *view) newest(k ruleKey) (found *rule.Rule) {
	for _, r := range v.p.Service.Rules() {
		if r.Pack.Name == k.pack && r.ID == k.rule {
			found = r
		}
	}
	return found
}

// unitKnown are the parameters of a unit's page.
var unitKnown = known{"rule": nil}

// unitView is what the page of a unit shows.
type unitView struct {
	ID, Title string
	Above     []found
	Below     []found
	Rule      string // of which the charts are
	RuleLink  string
	Control   template.HTML
	Out       string // months below the limits
	Drawn     bool
	Funnel    template.HTML
	Phi       string
	Mine      string // how the unit stands among its peers
	MineMark  string
	Peers     int
	Figures   []figureRow
	Findings  []findingRow
	FindingsN string
	All       string // the address of all of its findings
	Tables    []monthRow
}

// figureRow is one rule in a unit's table.
type figureRow struct {
	Title, Link, Chart string
	Kept, N, All       string
	Spark              template.HTML
	Mark, Word         string
	Warns              bool
	Here               bool
	reading            string
	key                ruleKey
	n                  int
}

// byWeight are the figures that can be read, and those on which too little rests; the
// one whose charts are shown is among the former.
func (u *unitView) byWeight() (enough, few []figureRow) {
	for _, r := range u.Figures {
		if r.n >= stats.Enough || r.Here {
			enough = append(enough, r)
		} else {
			few = append(few, r)
		}
	}
	return enough, few
}

func unitLink(unit string, k ruleKey) string {
	return "/units/" + url.PathEscape(unit) + "?rule=" + url.QueryEscape(k.pack+"/"+k.rule)
}

func (p *Pages) unitPage(v *view) (templ.Component, error) {
	id := v.r.PathValue("unit")
	t := v.tally()
	me, known := v.unitCalled(id)
	if !known && !t.any(id) || !t.may(id) {
		return nil, errNone
	}
	f := newFilter(v.r.URL, unitKnown)
	out := &unitView{ID: id, Title: cmp.Or(me.Title.In(v.Lang), id), All: "/findings?unit=" + escapeQuery(id)}
	v.title = out.Title
	v.around(out, me, t)
	peers := t.peers(me.Depth)
	if !known {
		peers = append(peers, Unit{ID: id})
	}
	out.Figures = v.figureRows(t, id, peers, f.get("rule"))
	for i := range out.Figures {
		if out.Figures[i].Here {
			v.unitCharts(out, &out.Figures[i], t, peers)
		}
	}
	return unitShown(v, out), v.unitFindings(out, t)
}

// unitCalled is a unit of the organisation as it stands now.
func (v *view) unitCalled(id string) (Unit, bool) {
	if v.p.Units != nil {
		for _, u := range v.p.Units(v.now) {
			if u.ID == id {
				return u, true
			}
		}
	}
	return Unit{ID: id}, false
}

// any says whether anything was ever asked of a unit.
func (t *tally) any(unit string) bool {
	for _, list := range t.byRule {
		for i := range list {
			if list[i].Unit == unit {
				return true
			}
		}
	}
	return false
}

// around are the units above and directly below one.
func (v *view) around(out *unitView, me Unit, t *tally) {
	if v.p.Units == nil {
		return
	}
	all := v.p.Units(v.now)
	for _, u := range all {
		chain := t.above[u.ID]
		switch {
		case u.ID != me.ID && slices.Contains(t.above[me.ID], u.ID):
			out.Above = append(out.Above, found{Text: u.Title.In(v.Lang), Link: "/units/" + url.PathEscape(u.ID)})
		case len(chain) > 1 && chain[len(chain)-2] == me.ID:
			out.Below = append(out.Below, found{Text: u.Title.In(v.Lang), Link: "/units/" + url.PathEscape(u.ID)})
		}
	}
}

// figureRows are a unit's figures, rule by rule in the order of the packs. The one
// that the charts show is the one that is asked for, else the first below its limits,
// else the one of which the most was asked.
func (v *view) figureRows(t *tally, id string, peers []Unit, asked string) (out []figureRow) {
	seen := map[ruleKey]bool{}
	for _, r := range v.p.Service.Rules() {
		k := ruleKey{r.Pack.Name, r.ID}
		if seen[k] {
			continue
		}
		seen[k] = true
		by := t.byUnit(k, peers)
		s := by[id].kept()
		if s.N == 0 {
			continue
		}
		var list []stats.Share
		for _, u := range peers {
			if x := by[u.ID].kept(); x.N > 0 {
				list = append(list, x)
			}
		}
		f := stats.NewFunnel(list)
		d := read(f, s)
		row := figureRow{Title: r.Title.In(v.Lang), Link: ruleLink(r), Chart: unitLink(id, k), Kept: v.Percent(s.Of()), N: v.Int(s.N), All: v.Percent(f.Mean), Mark: d.Mark, Word: v.T("reading." + d.Key),
			Warns: !r.Basis.Verified, reading: d.Key, key: k, n: s.N}
		var spark []chart.Share
		for _, m := range t.byMonth(k, id)[monthsShown-monthsCounted:] {
			x := m.kept()
			spark = append(spark, chart.Share{K: x.K, N: x.N})
		}
		row.Spark = chart.Spark(v.T("unit.spark", row.Title), spark)
		out = append(out, row)
	}
	best := -1
	for i := range out {
		r := &out[i]
		switch {
		case asked == r.key.pack+"/"+r.key.rule:
			best = i
		case best >= 0 && asked == out[best].key.pack+"/"+out[best].key.rule:
		case best < 0, r.reading == "below" && out[best].reading != "below", r.n > out[best].n && out[best].reading != "below":
			best = i
		}
	}
	if best >= 0 {
		out[best].Here = true
	}
	return out
}

// unitCharts are the two charts of one rule.
func (v *view) unitCharts(out *unitView, row *figureRow, t *tally, peers []Unit) {
	out.Drawn, out.Rule, out.RuleLink = true, row.Title, row.Link
	list := t.byMonth(row.key, out.ID)
	months, list := trimmed(t.months, list)
	var below []string
	out.Control, below, _ = v.control(v.T("unit.control", row.Title), months, list, func(clock.Day) string {
		return "/findings?view=all&unit=" + escapeQuery(out.ID) + "&rule=" + escapeQuery(row.key.rule)
	})
	if len(below) > 0 {
		out.Out = v.T("unit.months_below", shortList(v, below))
	}
	for i, m := range slices.Backward(list) {
		out.Tables = append(out.Tables, monthRow{Month: monthText(months[i]), Asked: v.Int(m.Asked), Kept: v.Int(m.Met), Late: v.Int(m.Late), Broken: v.Int(m.Broken), Running: v.Int(m.Running)})
	}
	by := t.byUnit(row.key, peers)
	var f stats.Funnel
	out.Funnel, f = v.funnel(v.T("unit.funnel", row.Title), v.T("rule.under"), peers, by, out.ID, func(unit string) string { return unitLink(unit, row.key) })
	out.Phi, out.Peers = phi(f), len(peers)
	s := by[out.ID].kept()
	out.MineMark, out.Mine = row.Mark, v.T("chart.spot", out.Title, v.Percent(s.Of()), v.Int(s.N), row.Word)
}

// trimmed are months from the first in which anything was asked.
func trimmed(months []clock.Day, list []counts) ([]clock.Day, []counts) {
	from := slices.IndexFunc(list, func(c counts) bool { return c.Asked > 0 })
	from = min(max(0, from), monthsShown-monthsCounted)
	return months[from:], list[from:]
}

// unitRows is how many findings a unit's page shows.
const unitRows = 8

// unitFindings are those of a unit and those below it that aren't closed.
func (v *view) unitFindings(out *unitView, t *tally) error {
	if !v.may(access.FindingRead) {
		return nil
	}
	q := v.mine(ledger.Query{States: alive, Units: []string{out.ID}, Limit: unitRows})
	for unit := range t.above {
		if unit != out.ID && t.under(unit, out.ID) {
			q.Units = append(q.Units, unit)
		}
	}
	slices.Sort(q.Units[1:])
	page, err := v.p.Ledger.Queue(v.r.Context(), q)
	if err != nil {
		return err
	}
	n, err := v.p.Ledger.Count(v.r.Context(), q)
	if err != nil {
		return err
	}
	out.FindingsN = v.Int(int(sum(n)))
	out.Findings, err = v.rows(page.Items)
	return err
}

// bandSwatch is a sample of the band of a control chart.
func bandSwatch() template.HTML {
	return `<svg width="22" height="10" aria-hidden="true"><rect class="in3" width="22" height="10"/></svg>`
}
