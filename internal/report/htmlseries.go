package report

import (
	"fmt"
	"math"
	"strings"

	"plumbline/internal/chart"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
)

// mostPeriods is how many columns a chart over time has at most: more months
// are shown as quarters, more quarters as years.
const mostPeriods = 72

// period is a month, a quarter or a year of a rule.
type period struct {
	Months        int // 1, 3 or 12
	monitor.Month     // its first month, and the sums of all
}

// fewPerPeriod is how many decided activations a period must have on average
// for its share to mean anything.
const fewPerPeriod = 8

// periodsOf groups months so that there are few enough to draw and enough in
// each to speak of a share; months without an activation between others are
// there and empty.
func periodsOf(months []monitor.Month) []period {
	if len(months) == 0 {
		return nil
	}
	first, last := months[0], months[len(months)-1]
	span := last.Year*12 + last.Month - first.Year*12 - first.Month + 1
	decided := 0
	for _, m := range months {
		decided += m.Met + m.MetLate + m.Breached
	}
	size := 12
	for _, s := range []int{1, 3} {
		if n := (span + s - 1) / s; n <= mostPeriods && decided >= fewPerPeriod*n {
			size = s
			break
		}
	}
	begin := (first.Year*12 + first.Month - 1) / size
	end := (last.Year*12 + last.Month - 1) / size
	out := make([]period, end-begin+1)
	for i := range out {
		at := (begin + i) * size
		out[i] = period{size, monitor.Month{Year: at / 12, Month: at%12 + 1}}
	}
	for _, m := range months {
		p := &out[(m.Year*12+m.Month-1)/size-begin]
		p.Activations += m.Activations
		p.Met += m.Met
		p.MetLate += m.MetLate
		p.Breached += m.Breached
		p.Running += m.Running
		p.Moot += m.Moot
		p.NotEvaluable += m.NotEvaluable
	}
	return out
}

func shares(list []period) []chart.Share {
	out := make([]chart.Share, len(list))
	for i, p := range list {
		out[i] = chart.Share{K: p.Met, N: p.Met + p.MetLate + p.Breached}
	}
	return out
}

// timeLabels are the years under a chart over time, or its months where it is
// short.
func timeLabels(list []period) []chart.Label {
	var out []chart.Label
	n := float64(len(list))
	years := 0
	for i, p := range list {
		at := (float64(i) + .5) / n * 100
		switch {
		case len(list) <= 24 && p.Months == 1:
			if step := (len(list) + 5) / 6; i%step == 0 {
				out = append(out, chart.Label{At: at, Text: fmt.Sprintf("%d-%02d", p.Year, p.Month.Month), Alternate: i/step%2 == 1})
			}
		case p.Month.Month == 1 || i == 0 && list[min(len(list)-1, 12/p.Months-1)].Year == p.Year:
			every := max(1, len(list)*p.Months/12/12+1)
			if years%every == 0 {
				out = append(out, chart.Label{At: at, Text: fmt.Sprint(p.Year), Alternate: years/every%2 == 1})
			}
			years++
		}
	}
	return out
}

// series adds the charts of a rule: the share kept and the violations over
// time, and how late what was late was; and the first two as a table by year.
func (v *view) series(out *ruleView, f ruleFigures, list []period) {
	w := v.w
	if len(list) > 1 && f.Decided > 0 && f.rr.Totals.Violations > 0 {
		by := w.T([]string{1: "chart.by_month", 3: "chart.by_quarter", 12: "chart.by_year"}[list[0].Months])
		labels := timeLabels(list)
		if f.Shared {
			out.Series = append(out.Series, v.shareChart(out.Title, by, shares(list), labels, f.rr.Totals.Running))
		}
		out.Series = append(out.Series, v.violationChart(out.Title, by, list, labels))
		out.Years = years(w, list, f.Shared)
	}
	if len(f.Late.Sorted) > 1 {
		out.Series = append(out.Series, v.lateChart(out.Title, f.Late))
	}
	if len(out.Series)%2 == 1 {
		out.Series[len(out.Series)-1].Wide = true
	}
}

func (v *view) shareChart(title, by string, sh []chart.Share, labels []chart.Label, running int) chartView {
	w := v.w
	lim := chart.LimitsOf(sh)
	out := chartView{Title: w.T("chart.share") + by, Drawing: chart.Shares(w.T("chart.share_of", title), sh, labels),
		Legend: []legendItem{{"s1", w.T("chart.share")}, {"in3", w.T("chart.limits")}, {"ctr", w.T("chart.mean", w.Percent(lim.Mean))}}}
	below := 0
	for _, s := range sh {
		if lim.Below(s) {
			below++
		}
	}
	var help []string
	if below > 0 {
		help = append(help, w.N("chart.below", below))
	}
	if running > 0 {
		help = append(help, w.N("chart.running", running))
	}
	out.Help = strings.Join(help, " · ")
	return out
}

func (v *view) violationChart(title, by string, list []period, labels []chart.Label) chartView {
	w := v.w
	bars := make([]chart.Bar, len(list))
	late, never := 0, 0
	for i, p := range list {
		bars[i] = chart.Bar{A: p.MetLate, B: p.Breached}
		late, never = late+p.MetLate, never+p.Breached
	}
	out := chartView{Title: w.T("chart.violations") + by, Drawing: chart.Columns(w.T("chart.violations_of", title), bars, labels, w.Int)}
	if late > 0 {
		out.Legend = append(out.Legend, legendItem{"b-1", w.T("verdict.met_late")})
	}
	if never > 0 {
		out.Legend = append(out.Legend, legendItem{"b-2", w.T("verdict.breached")})
	}
	return out
}

// years is a series by year, for those who read numbers rather than shapes.
func years(w i18n.Words, list []period, shared bool) *yearsView {
	out := &yearsView{Heads: []string{w.T("chart.year"), w.T("col.activations"), w.T("verdict.met"), w.T("verdict.met_late"), w.T("verdict.breached"), w.T("col.kept")}}
	var sum monitor.Month
	flush := func(year int) {
		share := "–"
		if n := sum.Met + sum.MetLate + sum.Breached; n > 0 && shared {
			share = w.Percent(float64(sum.Met) / float64(n))
		}
		out.Rows = append(out.Rows, []string{fmt.Sprint(year), w.Int(sum.Activations), w.Int(sum.Met), w.Int(sum.MetLate), w.Int(sum.Breached), share})
		sum = monitor.Month{}
	}
	for i, p := range list {
		sum.Activations += p.Activations
		sum.Met += p.Met
		sum.MetLate += p.MetLate
		sum.Breached += p.Breached
		if i+1 == len(list) || list[i+1].Year != p.Year {
			flush(p.Year)
		}
	}
	return out
}

// lateChart is the distribution of lateness; the last column holds whatever is
// later than what fits.
func (v *view) lateChart(title string, l lateness) chartView {
	w := v.w
	unit := int64(1)
	if l.Elapsed {
		unit = 60_000_000 // minutes
	}
	at95 := l.Sorted[max(0, int(math.Ceil(.95*float64(len(l.Sorted))))-1)]
	size, n := binSize(at95/unit+1, l.Elapsed)
	bins := make([]chart.Bin, n+1)
	edge := func(i int) string { return w.Lateness(l.of(int64(i) * size * unit)) }
	first := int64(0)
	if !l.Elapsed {
		first = 1 // the first day late is day 1
	}
	for _, x := range l.Sorted {
		bins[min(int64(n), max(0, (x/unit-first)/size))].N++
	}
	for i := range bins {
		bins[i].Text = w.N("chart.bin", bins[i].N, edge(i), edge(i+1))
		if i == n {
			bins[i].Text = w.N("chart.bin_more", bins[i].N, edge(i))
		}
	}
	rest := bins[n].N > 0
	if !rest {
		bins = bins[:n]
	}
	place := func(x int64) float64 {
		return min(100, (float64(x/unit-first)+.5)/float64(size)/float64(len(bins))*100)
	}
	var labels []chart.Label
	step := max(1, (n+4)/5)
	for i := 0; i < n; i += step {
		if rest && float64(i) > .8*float64(len(bins)) {
			break // there the last label stands
		}
		labels = append(labels, chart.Label{At: float64(i) / float64(len(bins)) * 100, Text: edge(i), Alternate: i/step%2 == 1})
	}
	if rest {
		labels = append(labels, chart.Label{At: 100, Text: w.T("chart.more", edge(n))})
	}
	median, _ := l.quantile(.5)
	p90, _ := l.quantile(.9)
	lines := []chart.Line{{At: place(max(int64(median.Days), median.Micros)), Text: w.T("chart.median", w.Lateness(median))},
		{At: place(max(int64(p90.Days), p90.Micros)), Text: w.T("chart.p90", w.Lateness(p90))}}
	return chartView{Title: w.T("chart.late"), Help: w.N("chart.late_n", len(l.Sorted)), Drawing: chart.Histogram(w.T("chart.late_of", title), bins, labels, lines, w.Int)}
}

// binSize is a round width for about fourteen columns up to a value in days,
// or minutes, and how many columns that makes.
func binSize(top int64, minutes bool) (size int64, n int) {
	sizes := []int64{1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365, 730, 1825, 3650}
	if minutes {
		sizes = []int64{1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 2880, 7200, 14400, 43200, 86400, 259200, 525600, 2628000}
	}
	size = sizes[len(sizes)-1]
	for _, s := range sizes {
		if (top+s-1)/s <= 16 {
			size = s
			break
		}
	}
	return size, int(max(1, (top+size-1)/size))
}
