package chart

import "html/template"

// Track is one row of a timeline that several rows share: the same stretch of time,
// weekends and plumb line through all of them. A row is as high as its text beside
// it, so what it draws stands in its middle.
type Track struct {
	From, To int64 // microseconds
	Plumb    int64 // the instant of judgement
	HasPlumb bool
	Weekends [][2]int64
}

func (t Track) lane() Lane { return Lane{From: t.From, To: t.To} }

// ground opens a row with what stands behind it; close closes it with the plumb line
// before it.
func (t Track) ground(d *drawing) {
	d.f(`<svg class="lane" aria-hidden="true">`)
	l := t.lane()
	for _, w := range t.Weekends {
		if a, b := l.x(w[0]), l.x(w[1]); b > a {
			d.f(`<rect class="wk" x="%s%%" width="%s%%" y="0" height="100%%"/>`, num(a), num(b-a))
		}
	}
}

func (t Track) close(d *drawing, from int) template.HTML {
	if t.HasPlumb {
		d.f(`<line class="plumb" x1="%s%%" x2="%[1]s%%" y1="%d" y2="100%%"/>`, num(t.lane().x(t.Plumb)), from)
	}
	d.f(`</svg>`)
	return d.html()
}

// Row is a row with nothing but what stands behind all.
func (t Track) Row() template.HTML {
	var d drawing
	t.ground(&d)
	return t.close(&d, 0)
}

// Events draws what happened as dots, with as many of their names as fit.
func (t Track) Events(list []Point) template.HTML {
	const y = 30
	var d drawing
	t.ground(&d)
	d.f(`<line class="ax" x1="0" x2="100%%" y1="%d" y2="%[1]d"/>`, y)
	l := t.lane()
	for _, p := range list {
		if p.At >= t.From && p.At <= t.To {
			l.Events = append(l.Events, p)
		}
	}
	l.events(&d, y)
	return t.close(&d, 0)
}

// Axis draws the dates under the events, and the bob of the plumb line.
func (t Track) Axis(ticks []Tick) template.HTML {
	var d drawing
	t.ground(&d)
	l := t.lane()
	for i, k := range ticks {
		x := l.x(k.At)
		if near := l.x(t.Plumb) - x; t.HasPlumb && near > -4 && near < 4 {
			continue
		}
		class := ""
		if i%2 == 1 {
			class = ` class="alt"`
		}
		d.f(`<text x="%s%%" y="15" text-anchor="%s"%s>%s</text>`, num(x), textAnchor(x, k.Label), class, esc(k.Label))
	}
	if t.HasPlumb {
		d.at("bob", l.x(t.Plumb), "10", "bobm", 13)
	}
	return t.close(&d, 16)
}

// Duty draws one obligation; one that lies wholly outside is left out.
func (t Track) Duty(u Duty) template.HTML {
	if max(u.Due, u.Done) < t.From || u.Start > t.To {
		return t.Row()
	}
	var d drawing
	t.ground(&d)
	d.f(`<svg y="50%%" width="100%%" height="1" overflow="visible">`)
	l := t.lane()
	l.Duty = &u
	l.duty(&d, 0)
	d.f(`</svg>`)
	return t.close(&d, 0)
}

// Points draws events that a rule without a clock is about, in its middle.
func (t Track) Points(list []Point) template.HTML {
	var d drawing
	t.ground(&d)
	l := t.lane()
	for _, p := range list {
		if p.At >= t.From && p.At <= t.To {
			d.at(p.Mark, l.x(p.At), "50%", p.Class, 14)
		}
	}
	return t.close(&d, 0)
}
