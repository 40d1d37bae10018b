package chart

import (
	"html/template"

	"plumbline/internal/errs"
)

// Lane is a stretch of time with what happened in it and what the law gave.
// Times are microseconds; anything outside From..To is clamped to the edge.
type Lane struct {
	Name     string // for those who don't see it
	From, To int64
	Plumb    int64 // the instant of judgement: the vertical line with a bob
	HasPlumb bool
	Events   []Point
	Ticks    []Tick
	Duty     *Duty
}

// Point is one event; Mark is "" for a plain dot.
type Point struct {
	At    int64
	Label string
	Mark  string // breach, late, met …
	Class string // st-breach, st-late …
}

// Tick is a text of the axis.
type Tick struct {
	At    int64
	Label string
}

// Duty is time that the law gives and what became of it. Without HasDone
// nothing happened that would have met it: then the bar runs to Until.
type Duty struct {
	Start, Due int64
	Extended   int64 // where the limit was first due, if something moved it; 0: nothing did
	Done       int64
	HasDone    bool
	Until      int64 // how far an unmet duty is drawn: the instant of judgement
	Pauses     [][2]int64
	Crossed    bool // the line was crossed
	Near       bool // it isn't yet, and soon will be
}

func (l Lane) x(at int64) float64 {
	if l.To <= l.From {
		return 50
	}
	return min(100, max(0, float64(at-l.From)/float64(l.To-l.From)*100))
}

// Draw draws the events, the axis and the duty, one under the other, with the
// plumb line through all.
func (l Lane) Draw() template.HTML {
	const eventsY, axisY = 32, 66
	height := 74
	if l.Duty != nil {
		height = 102
	}
	var d drawing
	d.f(`<svg class="lane" height="%d" role="img" aria-label="%s"><line class="ax" x1="0" x2="100%%" y1="%d" y2="%[3]d"/>`, height, esc(l.Name), eventsY)
	if l.HasPlumb {
		x := num(l.x(l.Plumb))
		d.f(`<line class="plumb" x1="%s%%" x2="%[1]s%%" y1="12" y2="%d"/>`, x, height)
		d.at("bob", l.x(l.Plumb), "7", "bobm", 13)
	}
	l.events(&d, eventsY)
	phone := newRows(300)
	for _, t := range l.Ticks {
		x, class := l.x(t.At), ""
		if !phone.putIn(1, x, t.Label) {
			class = ` class="alt"`
		}
		d.f(`<line class="ax" x1="%s%%" x2="%[1]s%%" y1="%[2]d" y2="%[3]d"/><text%[7]s x="%[1]s%%" y="%[4]d" text-anchor="%[5]s">%[6]s</text>`,
			num(x), eventsY, eventsY+4, axisY, textAnchor(x, t.Label), esc(t.Label), class)
	}
	if l.Duty != nil {
		l.duty(&d, 86)
	}
	d.f(`</svg>`)
	return d.html()
}

// events writes the dots and as many of their labels as fit, above and below
// in turn; what fits on a wide page alone is an alternate. Marked events have
// theirs first, because those are what the lane is about.
func (l Lane) events(d *drawing, y int) {
	wide, phone := newRows(760), newRows(300)
	place := make([]int, len(l.Events))
	alternate := make([]bool, len(l.Events))
	for _, marked := range []bool{true, false} {
		for i, e := range l.Events {
			if (e.Mark != "") != marked || e.Label == "" {
				continue
			}
			place[i] = wide.put(l.x(e.At), e.Label)
			alternate[i] = place[i] != 0 && !phone.putIn(place[i], l.x(e.At), e.Label)
		}
	}
	for i, e := range l.Events {
		x := l.x(e.At)
		if e.Mark == "" {
			d.f(`<circle class="ev" cx="%s%%" cy="%d" r="3.5"/>`, num(x), y)
		} else {
			d.at(e.Mark, x, num(float64(y)), e.Class, 15)
		}
		if place[i] == 0 {
			continue
		}
		at, class := y-11, "lbl-2"
		if place[i] == 2 {
			at = y + 18
		}
		if e.Mark != "" {
			class = "lbl"
		}
		if alternate[i] {
			class += " alt"
		}
		d.f(`<text class="%s" x="%s%%" y="%d" text-anchor="%s">%s</text>`, class, num(x), at, textAnchor(x, e.Label), esc(e.Label))
	}
}

// rows remembers which stretches of the two rows of labels are taken, for a
// plot of a width in pixels.
type rows struct {
	width float64
	taken [3][][2]float64 // 1: above, 2: below
}

func newRows(width float64) *rows { return &rows{width: width} }

// put finds a row for a label at x per cent: 1, 2, or 0 where neither has room.
func (r *rows) put(x float64, label string) int {
	for row := 1; row <= 2; row++ {
		if r.putIn(row, x, label) {
			return row
		}
	}
	return 0
}

func (r *rows) putIn(row int, x float64, label string) bool {
	w, mid := textWidth(label)+10, x/100*r.width
	from, to := mid-w/2, mid+w/2
	switch textAnchor(x, label) {
	case "start":
		from, to = mid, mid+w
	case "end":
		from, to = mid-w, mid
	}
	if from < -8 || to > r.width+8 {
		return false
	}
	for _, t := range r.taken[row] {
		if from < t[1] && to > t[0] {
			return false
		}
	}
	r.taken[row] = append(r.taken[row], [2]float64{from, to})
	return true
}

// textWidth is about how wide a text of 12 px is.
func textWidth(s string) float64 {
	w := 0.0
	for _, c := range s {
		if errs.Wide(c) {
			w += 12
		} else {
			w += 6.4
		}
	}
	return w
}

// box draws a bar between two times, centred on y.
func (l Lane) box(d *drawing, class string, from, to int64, y, h float64) {
	a, b := l.x(from), l.x(to)
	if b-a < .15 {
		b = a + .15
	}
	d.f(`<rect class="%s" x="%s%%" width="%s%%" y="%s" height="%s"/>`, class, num(a), num(b-a), num(y-h/2), num(h))
}

// duty draws the law's time as an outline, what was done in it filled, and what
// went beyond it hatched.
func (l Lane) duty(d *drawing, y float64) {
	u := l.Duty
	first := u.Due
	if u.Extended != 0 {
		first = u.Extended
	}
	l.box(d, "dutyfill", u.Start, first, y, 11)
	end := u.Until
	if u.HasDone {
		end = u.Done
	}
	class := "run"
	switch {
	case u.HasDone:
		class = "done"
	case u.Near:
		class = "soon"
	}
	l.box(d, class, u.Start, min(end, u.Due), y, 5)
	for _, p := range u.Pauses {
		l.box(d, "paused", p[0], p[1], y, 11)
	}
	l.box(d, "duty", u.Start, first, y, 11)
	if u.Extended != 0 {
		l.box(d, "ext", first, u.Due, y, 11)
	}
	bar := ""
	if u.Crossed {
		bar = " r"
		if end > u.Due {
			l.box(d, "over", u.Due, end, y, 11)
		}
	}
	if u.Near {
		bar = " a"
	}
	if u.Due > l.To { // it goes on
		d.f(`<svg x="100%%" y="%s" width="1" height="1" overflow="visible"><path class="duebar%s" d="M-7-6-1 0-7 6" fill="none"/></svg>`, num(y), bar)
	} else {
		d.f(`<line class="duebar%s" x1="%s%%" x2="%[2]s%%" y1="%s" y2="%s"/>`, bar, num(l.x(u.Due)), num(y-10), num(y+10))
	}
	switch {
	case u.Near:
		d.at("risk", l.x(u.Due), num(y), "st-risk", 14)
	case u.Crossed && u.HasDone:
		d.at("late", l.x(u.Done), num(y), "st-late", 15)
	case u.Crossed:
		d.at("breach", l.x(u.Due), num(y), "st-breach", 15)
	}
}

// Lens is one duty on its own scale: nothing, the limit, and what happened.
// Where it happened within the limit, Done is not beyond Due.
type Lens struct {
	Name      string
	Due, Done float64 // in the same unit from the start; Done 0: nothing yet
	Zero      string  // the texts under the start, the limit, and what happened
	DueText   string
	DoneText  string
}

// Draw draws it.
func (l Lens) Draw() template.HTML {
	top := max(l.Due, l.Done) * 1.12
	if top <= 0 {
		top = 1
	}
	due, done := l.Due/top*100, l.Done/top*100
	var d drawing
	d.f(`<svg class="lane" height="56" role="img" aria-label="%s"><rect class="dutyfill" x="0" width="%s%%" y="22" height="11"/>`, esc(l.Name), num(due))
	if l.Done > 0 {
		d.f(`<rect class="done" x="0" width="%s%%" y="25" height="5"/>`, num(min(due, done)))
	}
	d.f(`<rect class="duty" x="0" width="%s%%" y="22" height="11"/>`, num(due))
	if done > due {
		d.f(`<rect class="over" x="%s%%" width="%s%%" y="22" height="11"/>`, num(due), num(done-due))
	}
	d.f(`<line class="duebar r" x1="%s%%" x2="%[1]s%%" y1="16" y2="39"/>`, num(due))
	if due > 2*textWidth(l.DueText)/3 { // else the two would overlap on a phone
		d.f(`<text x="0" y="53">%s</text>`, esc(l.Zero))
	}
	d.f(`<text class="lbl-2" x="%s%%" y="53" text-anchor="%s">%s</text>`, num(due), textAnchor(due, l.DueText), esc(l.DueText))
	if l.Done > 0 {
		d.at("late", done, "27.5", "st-late", 15)
		d.f(`<text class="lbl-r" x="%s%%" y="12" text-anchor="%s">%s</text>`, num(done), textAnchor(done, l.DoneText), esc(l.DoneText))
	}
	d.f(`</svg>`)
	return d.html()
}

// textAnchor keeps a text inside a plot that may be as narrow as 300 px.
func textAnchor(x float64, s string) string {
	half := textWidth(s) / 2 / 3 // per cent of 300 px
	switch {
	case x-half < 0:
		return "start"
	case x+half > 100:
		return "end"
	}
	return "middle"
}
