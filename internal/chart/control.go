package chart

import (
	"html/template"
	"math"
)

// Spot is one share in a chart of shares: a period of a control chart, or a peer of a
// funnel. It is a link, and what it says to those who don't see it is its title.
type Spot struct {
	N         int
	V         float64
	Low, High float64 // of its limits, in a control chart
	Out       bool    // below them
	Me        bool    // the one that the page is about
	Title     string
	Label     string // beside it in a funnel; "" for none
	Link      string
}

// shares is a plot whose height stands for a range of shares.
type shares struct {
	low         float64
	height, top int
	plot        float64
}

func newShares(height, top, bottom int, lowest float64) shares {
	s := shares{height: height, top: top, plot: float64(height - top - bottom)}
	for _, f := range []float64{.9, .8, .6, .5, 0} {
		if s.low = f; lowest >= f {
			break
		}
	}
	return s
}

func (s shares) frac(v float64) float64 { return 1 - (min(1, max(s.low, v))-s.low)/(1-s.low) }
func (s shares) y(v float64) float64    { return float64(s.top) + s.plot*s.frac(v) }

// open begins the drawing with the axis and a line at each fifth.
func (s shares) open(d *drawing, name string) {
	var grid drawing
	var ys []float64
	var texts []string
	const lines = 5
	for i := range lines + 1 {
		v := s.low + (1-s.low)*float64(i)/lines
		ys, texts = append(ys, s.y(v)), append(texts, num(v*100)+"%")
		grid.f(`<line class="gl" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, num(s.y(v)))
	}
	d.f(`<div class="plot">%s<svg class="lane" height="%d" role="group" aria-label="%s">%s`, axis(s.height, ys, texts), s.height, esc(name), grid.String())
}

// center draws the mean with its name, above the line or below it, left or right, where
// the fewest of the points lie; their x are in percent.
func (s shares) center(d *drawing, mean float64, text string, points []point) {
	const width, height = 30, 18 // about what the name takes, in percent and in pixels
	y := s.y(mean)
	side, at, fewest := "start", 0.0, -1
	for _, place := range []struct {
		side string
		base float64 // of the letters
	}{{"start", y - 5}, {"start", y + 14}, {"end", y - 5}, {"end", y + 14}, {"start", float64(s.top) + s.plot - 5}, {"end", float64(s.top) + s.plot - 5}} {
		if place.base < float64(s.top)+11 || place.base > float64(s.top)+s.plot {
			continue
		}
		n := 0
		for _, p := range points {
			across := p.x < width
			if place.side == "end" {
				across = p.x > 100-width
			}
			if py := s.y(p.share); across && py < place.base+4 && py > place.base-height {
				n++
			}
		}
		if fewest < 0 || n < fewest {
			side, at, fewest = place.side, place.base, n
		}
	}
	x := ".5"
	if side == "end" {
		x = "99.5"
	}
	d.f(`<line class="ctr" x1="0" x2="100%%" y1="%s" y2="%[1]s"/><text class="lbl-2 halo" x="%s%%" y="%s" text-anchor="%s">%s</text>`, num(y), x, num(at), side, esc(text))
}

// point is where a share lies across, in percent.
type point struct{ x, share float64 }

// labelAt is where a name stands beside its spot, in pixels from it.
type labelAt struct {
	side   string // how the text is anchored
	dx, dy float64
}

// places finds for each spot that has a name where it lies on the fewest other spots and
// names, in a narrow chart and in a wide one alike: the drawing stretches, letters don't.
func (s shares) places(spots []Spot, at []point) []labelAt {
	type box struct{ left, right, top, bottom float64 }
	widths := [...]float64{300, 440, 620}
	taken := [len(widths)][]box{}
	out := make([]labelAt, len(spots))
	for i, p := range spots {
		if p.Label == "" {
			continue
		}
		wide, fewest := textWidth(p.Label), -1
		var boxes [len(widths)]box
		for _, place := range []labelAt{{"start", 11, 4}, {"end", -11, 4}, {"middle", 0, -11}, {"middle", 0, 19}, {"end", 0, -11}, {"start", 0, -11}, {"end", 0, 19}, {"start", 0, 19}} {
			lies, worst := [len(widths)]box{}, 0
			for k, w := range widths {
				x, y := at[i].x/100*w+place.dx, s.y(p.V)+place.dy
				b := box{x, x + wide, y - 10, y + 3}
				switch place.side {
				case "end":
					b.left, b.right = x-wide, x
				case "middle":
					b.left, b.right = x-wide/2, x+wide/2
				}
				lies[k] = b
				if b.left < 0 || b.right > w || b.top < 0 || b.bottom > float64(s.top)+s.plot {
					worst += 10 // cut off is worse than on something
				}
				for j, q := range at {
					if qx, qy := q.x/100*w, s.y(q.share); j != i && qx > b.left-5 && qx < b.right+5 && qy > b.top-4 && qy < b.bottom+4 {
						worst++
					}
				}
				for _, t := range taken[k] {
					if t.left < b.right && b.left < t.right && t.top < b.bottom && b.top < t.bottom {
						worst += 2
					}
				}
			}
			if fewest < 0 || worst < fewest {
				out[i], boxes, fewest = place, lies, worst
			}
		}
		for k := range widths {
			taken[k] = append(taken[k], boxes[k])
		}
	}
	return out
}

// spot draws one share, its name where label says. Only those that signal are stops of
// the tab key.
func (s shares) spot(d *drawing, p Spot, x float64, label labelAt) {
	stop := ` tabindex="-1"`
	if p.Out {
		stop = ""
	}
	d.f(`<a href="%s"%s><title>%s</title>`, esc(p.Link), stop, esc(p.Title))
	switch {
	case p.Out:
		d.at("breach", x, num(s.y(p.V)), "st-breach", 14)
	case p.Me:
		d.f(`<circle class="pt-me" cx="%s%%" cy="%s" r="6"/>`, num(x), num(s.y(p.V)))
	default:
		d.f(`<circle class="pt" cx="%s%%" cy="%s" r="4"/>`, num(x), num(s.y(p.V)))
	}
	if p.Label != "" {
		class := "halo"
		if p.Out {
			class = "lbl-r halo"
		} else if p.Me {
			class = "lbl halo"
		}
		d.f(`<text class="%s" x="%s%%" dx="%s" y="%s" text-anchor="%s">%s</text>`, class, num(x), num(label.dx), num(s.y(p.V)+label.dy), label.side, esc(p.Label))
	}
	d.f(`</a>`)
}

// Control draws shares over time, each in the band of its own limits, which are wide
// where there were few; a period with none is a gap. Below its limits it is a diamond.
func Control(name string, list []Spot, mean float64, meanText string, labels []Label) template.HTML {
	lowest := mean
	for _, p := range list {
		if p.N > 0 {
			lowest = min(lowest, p.V)
		}
	}
	s := newShares(210, 10, 24, lowest)
	var d, curve drawing
	s.open(&d, name)
	w := 100 / float64(max(1, len(list)))
	pen := "M"
	for i, p := range list {
		if p.N == 0 {
			pen = "M"
			continue
		}
		d.f(`<rect class="in3" x="%s%%" width="%s%%" y="%s" height="%s"/>`, num(float64(i)*w), num(w+.05), num(s.y(p.High)), num(s.y(p.Low)-s.y(p.High)))
		curve.f("%s%d %s", pen, i*slot+slot/2, num(math.Round(plotUnits*s.frac(p.V))))
		pen = "L"
	}
	points := make([]point, 0, 4*len(list))
	for i, p := range list {
		if p.N == 0 {
			continue
		}
		points = append(points, point{(float64(i) + .5) * w, p.V})
		if i > 0 && list[i-1].N > 0 { // and the line that leads there
			for k := range 3 {
				part := float64(k+1) / 4
				points = append(points, point{(float64(i) - .5 + part) * w, list[i-1].V + (p.V-list[i-1].V)*part})
			}
		}
	}
	s.center(&d, mean, meanText, points)
	d.f(`<svg y="%d" width="100%%" height="%s" viewBox="0 0 %d %d" preserveAspectRatio="none"><path class="s1" d="%s"/></svg>`,
		s.top, num(s.plot), max(1, len(list))*slot, plotUnits, curve.String())
	for i, p := range list {
		if p.N > 0 {
			s.spot(&d, p, (float64(i)+.5)*w, labelAt{})
		}
	}
	d.labels(labels, s.height-4)
	d.f(`</svg></div>`)
	return d.html()
}

// FunnelPlot is shares of peers against how much each rests on.
type FunnelPlot struct {
	Name     string
	Spots    []Spot
	Mean     float64
	MeanText string
	Under    string // what the numbers below count
	// Limits are those of a number: of 95 % and of 99.8 %.
	Limits func(n int) (low95, high95, low998, high998 float64)
	Format func(int) string
}

// Draw draws it. Units below the limits, the one that the page is about and those
// that have a label are named.
func (f FunnelPlot) Draw() template.HTML {
	most, lowest := 0, f.Mean
	for _, p := range f.Spots {
		most, lowest = max(most, p.N), min(lowest, p.V)
	}
	scale := steps(float64(most) * 1.02)
	top := scale[len(scale)-1]
	s := newShares(260, 10, 38, max(0, lowest-.01))
	var d drawing
	s.open(&d, f.Name)
	f.curves(&d, s, top)
	points := make([]point, len(f.Spots))
	for i, p := range f.Spots {
		points[i] = point{float64(p.N) / top * 100, p.V}
	}
	s.center(&d, f.Mean, f.MeanText, points)
	labels := s.places(f.Spots, points)
	for i, v := range scale {
		side := "middle"
		if i == 0 {
			side = "start"
		} else if i == len(scale)-1 {
			side = "end"
		}
		d.f(`<text x="%s%%" y="%s" text-anchor="%s">%s</text>`, num(v/top*100), num(float64(s.top)+s.plot+16), side, esc(f.Format(int(v))))
	}
	for i, p := range f.Spots {
		if !p.Out && !p.Me {
			s.spot(&d, p, points[i].x, labels[i])
		}
	}
	for i, p := range f.Spots { // on top
		if p.Out || p.Me {
			s.spot(&d, p, points[i].x, labels[i])
		}
	}
	d.f(`<text x="100%%" y="%d" text-anchor="end">%s</text></svg></div>`, s.height-4, esc(f.Under))
	return d.html()
}

// curves draws the funnel itself.
func (f FunnelPlot) curves(d *drawing, s shares, top float64) {
	const points = 60
	var edges [4][]string // low and high of 95 %, low and high of 99.8 %
	for i := range points {
		part := float64(i) / (points - 1)
		n := max(1, top*part*part)
		l95, h95, l998, h998 := f.Limits(int(math.Round(n)))
		for k, v := range []float64{l95, h95, l998, h998} {
			edges[k] = append(edges[k], num(n/top*plotUnits)+" "+num(math.Round(plotUnits*s.frac(v))))
		}
	}
	d.f(`<svg y="%d" width="100%%" height="%s" viewBox="0 0 %d %[3]d" preserveAspectRatio="none">`, s.top, num(s.plot), plotUnits)
	for _, band := range []struct {
		class    string
		low, top []string
	}{{"in3", edges[2], edges[3]}, {"in2", edges[0], edges[1]}} {
		d.f(`<path class="%s" d="M%s`, band.class, band.top[0])
		for _, p := range band.top[1:] {
			d.f("L%s", p)
		}
		for i := range band.low {
			d.f("L%s", band.low[len(band.low)-1-i])
		}
		d.f(`z"/>`)
	}
	for k, class := range []string{"lim2", "lim2", "lim3", "lim3"} {
		d.f(`<path class="%s" d="M%s`, class, edges[k][0])
		for _, p := range edges[k][1:] {
			d.f("L%s", p)
		}
		d.f(`"/>`)
	}
	d.f(`</svg>`)
}
