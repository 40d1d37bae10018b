package web

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/stats"
)

// monthText is a month as an axis has it: 11, or 2026-01 where a year begins.
func monthText(d clock.Day) string { return d.String()[:7] }

// monthLabels are the texts under a chart of months: as many as stand beside each
// other.
func monthLabels(months []clock.Day) (out []chart.Label) {
	every := 3
	for len(months) > 5*every {
		every *= 2
	}
	for i, m := range months {
		if _, month, _ := m.Date(); int(month-1)%min(every, 12) == 0 {
			out = append(out, chart.Label{At: (float64(i) + .5) / float64(len(months)) * 100, Text: monthText(m), Alternate: int(month-1)%min(2*every, 12) != 0})
		}
	}
	return out
}

// reading says what a share is worth.
type reading struct{ Mark, Class, Key string }

// read says how a peer's share stands in a funnel.
func read(f stats.Funnel, s stats.Share) reading {
	switch z := f.Z(s); {
	case s.N < stats.Enough:
		return reading{"na", "na", "few"}
	case z < -stats.Z998:
		return reading{"breach", "breach", "below"}
	case z < -stats.Z95:
		return reading{"risk", "risk", "near"}
	case z > stats.Z998:
		return reading{"met", "met", "above"}
	}
	return reading{"met", "met", "within"}
}

// funnel draws units among their peers.
func (v *view) funnel(name, under string, units []Unit, by map[string]counts, me string, link func(unit string) string) (template.HTML, stats.Funnel) {
	var list []stats.Share
	for _, u := range units {
		if s := by[u.ID].kept(); s.N > 0 {
			list = append(list, s)
		}
	}
	f := stats.NewFunnel(list)
	plot := chart.FunnelPlot{Name: name, Mean: f.Mean, MeanText: v.T("chart.all", v.Percent(f.Mean)), Under: under, Format: v.Int,
		Limits: func(n int) (low95, high95, low998, high998 float64) {
			low95, high95 = stats.Around(f.Mean, n, stats.Z95, f.Phi)
			low998, high998 = stats.Around(f.Mean, n, stats.Z998, f.Phi)
			return
		}}
	few := smallest(units, by)
	for _, u := range units {
		s := by[u.ID].kept()
		if s.N == 0 {
			continue
		}
		title := u.Title.In(v.Lang)
		r := read(f, s)
		spot := chart.Spot{N: s.N, V: s.Of(), Out: r.Key == "below", Me: u.ID == me, Link: link(u.ID),
			Title: v.T("chart.spot", title, v.Percent(s.Of()), v.Int(s.N), v.T("reading."+r.Key))}
		if spot.Out || spot.Me || slices.Contains(few, u.ID) {
			spot.Label = title
		}
		plot.Spots = append(plot.Spots, spot)
	}
	return plot.Draw(), f
}

// smallest are the two units of which the least was asked, where that is too little to
// read: that they swing is to be seen.
func smallest(units []Unit, by map[string]counts) (out []string) {
	list := slices.Clone(units)
	list = slices.DeleteFunc(list, func(u Unit) bool { n := by[u.ID].kept().N; return n == 0 || n >= stats.Enough })
	slices.SortStableFunc(list, func(a, b Unit) int { return cmp.Compare(by[a.ID].kept().N, by[b.ID].kept().N) })
	for _, u := range list[:min(2, len(list))] {
		out = append(out, u.ID)
	}
	return out
}

// control draws a unit's share kept by month with limits of three standard deviations
// around its own mean, and gives the months below them.
func (v *view) control(name string, months []clock.Day, list []counts, link func(month clock.Day) string) (svg template.HTML, out []string, mean float64) {
	var all stats.Share
	for _, c := range list {
		all = all.Plus(c.kept())
	}
	mean = all.Of()
	spots := make([]chart.Spot, len(list))
	for i, c := range list {
		s := c.kept()
		low, high := stats.Around(mean, s.N, 3, 1)
		spots[i] = chart.Spot{N: s.N, V: s.Of(), Low: low, High: high, Out: s.N > 0 && s.Of() < low, Link: link(months[i])}
		say := "reading.in_limits"
		if spots[i].Out {
			say = "reading.out_limits"
			out = append(out, monthText(months[i]))
		}
		spots[i].Title = v.T("chart.spot", monthText(months[i]), v.Percent(s.Of()), v.Int(s.N), v.T(say))
	}
	return chart.Control(name, spots, mean, v.T("chart.own_mean", v.Percent(mean)), monthLabels(months)), out, mean
}

// phi is a measure of overdispersion as people write it.
func phi(f stats.Funnel) string { return fmt.Sprintf("%.1f", f.Phi) }
