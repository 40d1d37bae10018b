package chart

import (
	"html/template"
	"math"
	"slices"
)

// Stretched plots are this many units high; each period is slot wide.
const (
	plotUnits = 1000
	slot      = 10
)

// Bar is one period of [Columns]: A stands at the bottom, B on top of it.
type Bar struct{ A, B int }

// Columns draws stacked columns over time, from zero: one column a period,
// however many there are. Format writes the numbers of the axis. Name says what
// the chart shows.
func Columns(name string, list []Bar, labels []Label, format func(int) string) template.HTML {
	const height, top, bottom = 120, 8, 20
	most := 0
	for _, b := range list {
		most = max(most, b.A+b.B)
	}
	plot := float64(height - top - bottom)
	var d drawing
	ceil := d.counts(name, most, height, top, plot, format)
	var a, b drawing
	for i, v := range list {
		low := plotUnits * (1 - float64(v.A)/ceil)
		if v.A > 0 {
			a.column(i, plotUnits, low)
		}
		if v.B > 0 {
			b.column(i, low, low-plotUnits*float64(v.B)/ceil)
		}
	}
	d.f(`<svg y="%d" width="100%%" height="%s" viewBox="0 0 %d %d" preserveAspectRatio="none">`, top, num(plot), max(1, len(list))*slot, plotUnits)
	if a.Len() > 0 {
		d.f(`<path class="b-1" d="%s"/>`, a.String())
	}
	if b.Len() > 0 {
		d.f(`<path class="b-2" d="%s"/>`, b.String())
	}
	d.f(`</svg><line class="ax" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, num(top+plot))
	d.labels(labels, height-4)
	d.f(`</svg></div>`)
	return d.html()
}

// counts opens a chart of numbers from zero to most or a round number above,
// with its axis and a line at each step, and gives the number that the chart's
// height stands for.
func (d *drawing) counts(name string, most, height, top int, plot float64, format func(int) string) (ceil float64) {
	scale := steps(float64(most))
	ceil = scale[len(scale)-1]
	var grid drawing
	var ys []float64
	var texts []string
	for _, v := range scale {
		y := float64(top) + plot - v/ceil*plot
		ys, texts = append(ys, y), append(texts, format(int(v)))
		grid.f(`<line class="gl" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, num(y))
	}
	d.f(`<div class="plot">%s<svg class="lane" height="%d" role="img" aria-label="%s">%s`, axis(height, ys, texts), height, esc(name), grid.String())
	return ceil
}

// column adds a column of period i between two heights.
func (d *drawing) column(i int, from, to float64) {
	d.f("M%d %sh6V%sh-6z", i*slot+2, num(math.Round(from)), num(math.Round(to)))
}

// Share is one period of [Shares]: K of N were kept. A period with N = 0 is a
// gap.
type Share struct{ K, N int }

// Limits are the centre and the 3σ limits of a p-chart, widened by Phi for
// what the periods vary beyond chance (Laney's p′; 1 where they don't).
type Limits struct{ Mean, Phi float64 }

// LimitsOf computes them. Phi is the median moving range of the standardised
// shares over 0.954, never below 1; the median, so that the very period that is
// out of line doesn't hide itself.
func LimitsOf(list []Share) Limits {
	k, n := 0, 0
	for _, s := range list {
		k, n = k+s.K, n+s.N
	}
	if n == 0 {
		return Limits{Phi: 1}
	}
	l := Limits{Mean: float64(k) / float64(n), Phi: 1}
	var ranges []float64
	last := math.NaN()
	for _, s := range list {
		if s.N == 0 || l.sigma(s.N) == 0 {
			continue
		}
		z := (float64(s.K)/float64(s.N) - l.Mean) / l.sigma(s.N)
		if !math.IsNaN(last) {
			ranges = append(ranges, math.Abs(z-last))
		}
		last = z
	}
	if len(ranges) > 0 {
		slices.Sort(ranges)
		l.Phi = max(1, ranges[len(ranges)/2]/0.954)
	}
	return l
}

func (l Limits) sigma(n int) float64 {
	return math.Sqrt(l.Mean*(1-l.Mean)/float64(n)) * max(1, l.Phi)
}

// Below says whether a period's share is lower than chance and the usual
// variation explain.
func (l Limits) Below(s Share) bool {
	return s.N > 0 && float64(s.K)/float64(s.N) < l.Mean-3*l.sigma(s.N)
}

// Shares draws the share kept over time with its limits: a line, a band that is
// wide where numbers are small, and a diamond where a period is below it.
func Shares(name string, list []Share, labels []Label) template.HTML {
	const height, top, bottom = 150, 10, 20
	lim := LimitsOf(list)
	low := floorOf(list)
	plot := float64(height - top - bottom)
	frac := func(v float64) float64 { return 1 - (min(1, max(low, v))-low)/(1-low) }
	unit := func(v float64) string { return num(math.Round(plotUnits * frac(v))) }
	var d, band, curve, signals drawing
	pen := "M"
	for i, s := range list {
		if s.N == 0 {
			pen = "M"
			continue
		}
		v, x := float64(s.K)/float64(s.N), i*slot+slot/2
		curve.f("%s%d %s", pen, x, unit(v))
		if pen == "M" && (i+1 == len(list) || list[i+1].N == 0) {
			curve.f("h1") // a period between two gaps is a dot, not nothing
		}
		pen = "L"
		band.f("M%d %sH%dV%sH%[1]dz", i*slot, unit(lim.Mean+3*lim.sigma(s.N)), (i+1)*slot, unit(lim.Mean-3*lim.sigma(s.N)))
		if lim.Below(s) {
			signals.at("breach", (float64(i)+.5)/float64(len(list))*100, num(top+plot*frac(v)), "st-breach", 12)
		}
	}
	var ys []float64
	var texts []string
	var grid drawing
	for i := range 6 {
		v := low + (1-low)*float64(i)/5
		y := top + plot*frac(v)
		ys, texts = append(ys, y), append(texts, num(v*100)+"%")
		grid.f(`<line class="gl" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, num(y))
	}
	d.f(`<div class="plot">%s<svg class="lane" height="%d" role="img" aria-label="%s">`, axis(height, ys, texts), height, esc(name))
	d.f(`<svg y="%d" width="100%%" height="%s" viewBox="0 0 %d %d" preserveAspectRatio="none"><path class="in3" d="%s"/></svg>%s`,
		top, num(plot), max(1, len(list))*slot, plotUnits, band.String(), grid.String())
	mean := num(top + plot*frac(lim.Mean))
	d.f(`<line class="ctr" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, mean)
	d.f(`<svg y="%d" width="100%%" height="%s" viewBox="0 0 %d %d" preserveAspectRatio="none"><path class="s1" d="%s"/></svg>%s`,
		top, num(plot), max(1, len(list))*slot, plotUnits, curve.String(), signals.String())
	d.labels(labels, height-4)
	d.f(`</svg></div>`)
	return d.html()
}

// floorOf is where the axis of shares begins: as high as no period is cut off.
func floorOf(list []Share) float64 {
	lowest := 1.0
	for _, s := range list {
		if s.N > 0 {
			lowest = min(lowest, float64(s.K)/float64(s.N))
		}
	}
	for _, f := range []float64{.95, .9, .75, .5} {
		if lowest >= f {
			return f
		}
	}
	return 0
}

// Spark draws shares as a line without axes, from 0 to all, for a table.
func Spark(name string, list []Share) template.HTML {
	var d, curve drawing
	pen := "M"
	for i, s := range list {
		if s.N == 0 {
			pen = "M"
			continue
		}
		curve.f("%s%d %s", pen, i*slot, num(math.Round(100*(1-float64(s.K)/float64(s.N)))))
		if pen == "M" && (i+1 == len(list) || list[i+1].N == 0) {
			curve.f("h1")
		}
		pen = "L"
	}
	d.f(`<svg class="lane" height="24" role="img" aria-label="%s"><line class="gl" x1="0" x2="100%%" y1="22.5" y2="22.5"/><svg y="2" width="100%%" height="20" viewBox="0 0 %d 100" preserveAspectRatio="none"><path class="s1" d="%s"/></svg></svg>`,
		esc(name), max(1, (len(list)-1)*slot+1), curve.String())
	return d.html()
}

// Bin is one column of a histogram, and what it stands for.
type Bin struct {
	N    int
	Text string
}

// Line is a vertical line of a histogram at a place in per cent, with a name.
type Line struct {
	At   float64
	Text string
}

// Histogram draws how often each range of values occurs. Labels are those of
// the edges between bins.
func Histogram(name string, bins []Bin, labels []Label, lines []Line, format func(int) string) template.HTML {
	const height, top, bottom = 150, 28, 20
	most := 0
	for _, b := range bins {
		most = max(most, b.N)
	}
	plot := float64(height - top - bottom)
	var d drawing
	ceil := d.counts(name, most, height, top, plot, format)
	w := 100 / float64(max(1, len(bins)))
	for i, b := range bins {
		h := plot * float64(b.N) / ceil
		d.f(`<rect class="b-1" x="%s%%" width="%s%%" y="%s" height="%s"><title>%s</title></rect>`,
			num(float64(i)*w+w*.06), num(w*.88), num(top+plot-h), num(h), esc(b.Text))
	}
	d.f(`<line class="ax" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, num(top+plot))
	for i, l := range lines {
		y := 10 + 13*(i%2)
		side, dx := "start", 4
		if l.At > 60 {
			side, dx = "end", -4
		}
		d.f(`<line class="mid" x1="%s%%" x2="%[1]s%%" y1="%d" y2="%s"/><text class="lbl-2" x="%[1]s%%" dx="%[4]d" y="%[2]d" text-anchor="%[5]s">%[6]s</text>`,
			num(l.At), y, num(top+plot), dx, side, esc(l.Text))
	}
	d.labels(labels, height-4)
	d.f(`</svg></div>`)
	return d.html()
}

// Part is one part of [Stack]: N of the whole, drawn with a class.
type Part struct {
	Class string
	N     int
	Text  string
}

// Stack draws the parts of a whole as one bar.
func Stack(name string, parts []Part) template.HTML {
	whole := 0
	for _, p := range parts {
		whole += p.N
	}
	var d drawing
	d.f(`<svg class="lane" height="14" role="img" aria-label="%s">`, esc(name))
	x := 0.0
	for _, p := range parts {
		if p.N == 0 {
			continue
		}
		w := float64(p.N) / float64(whole) * 100
		d.f(`<rect class="%s" x="%s%%" width="%s%%" y="1" height="12"><title>%s</title></rect>`, p.Class, num(x), num(w), esc(p.Text))
		x += w
	}
	d.f(`</svg>`)
	return d.html()
}
