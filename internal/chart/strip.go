package chart

import "html/template"

// Strip is one deadline on a ruler that a list shares: the plumb line is now, in the
// middle; what is overdue is hatched to its left, what is left of the time to its
// right. Beyond the ruler it stands at the edge. It says nothing that its row
// doesn't, so it is hidden from those who don't see it.
type Strip struct {
	Days     float64      // how far the ruler goes to either side
	Weekends [][2]float64 // in days from now
}

func (s Strip) x(days float64) float64 {
	return min(100, max(0, (days+s.Days)/(2*s.Days)*100))
}

func (s Strip) ground(d *drawing) {
	d.f(`<svg class="lane" aria-hidden="true">`)
	for _, w := range s.Weekends {
		if a, b := s.x(w[0]), s.x(w[1]); b > a {
			d.f(`<rect class="wk" x="%s%%" width="%s%%" y="0" height="100%%"/>`, num(a), num(b-a))
		}
	}
	d.f(`<line class="plumb" x1="50%%" x2="50%%" y1="0" y2="100%%"/>`)
}

// Draw draws a deadline that many days from now, with a mark of a class.
func (s Strip) Draw(days float64, mark, class string) template.HTML {
	var d drawing
	s.ground(&d)
	x := s.x(days)
	if days < 0 {
		d.f(`<rect class="over" x="%s%%" width="%s%%" y="50%%" height="6" transform="translate(0 -3)"/>`, num(x), num(50-x))
	} else {
		d.f(`<rect class="duty" x="50%%" width="%s%%" y="50%%" height="5" transform="translate(0 -2.5)"/>`, num(max(.1, x-50)))
	}
	d.at(mark, x, "50%", class, 13)
	d.f(`</svg>`)
	return d.html()
}

// Head draws the ruler's texts above the rows, from its left end to its right.
func (s Strip) Head(texts [4]string) template.HTML {
	var d drawing
	s.ground(&d)
	for i, t := range texts {
		x := []float64{0, 25, 75, 100}[i]
		side := [...]string{"start", "middle", "middle", "end"}[i]
		d.f(`<text x="%s%%" y="15" text-anchor="%s">%s</text>`, num(x), side, esc(t))
	}
	d.at("bob", 50, "7", "", 12)
	d.f(`</svg>`)
	return d.html()
}
