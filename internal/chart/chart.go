// Package chart draws the charts of pages and reports on the server, as SVG
// that needs no script, no style attribute and no font of its own.
//
// x and widths are per cent, y is pixels, so that a chart fills whatever width
// it gets and its text keeps its size; what must be one shape (a curve, a
// hundred columns) is a path in a nested viewBox that is stretched, with
// strokes that don't scale. Facts are filled, law is drawn: what happened is a
// filled shape, what the law gives is an outline. Colours come from classes of
// the design system's stylesheet (.duty, .over, .b-1 …), so a chart follows
// light, dark and print. Axis labels of y stand in a small drawing beside the
// plot, because a fixed margin inside a stretched one is not to be had.
//
// Every chart has a name for those who don't see it; its numbers stand in a
// table beside it, which is the caller's part.
package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// drawing collects SVG. Its methods write numbers as short as they can be.
type drawing struct{ strings.Builder }

func (d *drawing) f(format string, args ...any) { fmt.Fprintf(&d.Builder, format, args...) }

func (d *drawing) html() template.HTML {
	return template.HTML(d.String()) // every text in it went through esc
}

// num is v with at most two decimals.
func num(v float64) string {
	s := strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// esc makes a text safe within an element or an attribute.
func esc(s string) string { return template.HTMLEscapeString(s) }

// Label is a text at a place of an axis, in per cent. Alternate ones drop out
// on a phone.
type Label struct {
	At        float64
	Text      string
	Alternate bool
}

// labels writes the texts under a plot. They are centred: on the left there is
// the room of the axis.
func (d *drawing) labels(list []Label, y int) {
	for _, l := range list {
		class := ""
		if l.Alternate {
			class = ` class="alt"`
		}
		d.f(`<text x="%s%%" y="%d" text-anchor="%s"%s>%s</text>`, num(l.At), y, seriesAnchor(l.At), class, esc(l.Text))
	}
}

func seriesAnchor(x float64) string {
	switch {
	case x == 0:
		return "start"
	case x > 96:
		return "end"
	}
	return "middle"
}

// axis is the drawing beside a plot: a text at each of the heights.
func axis(height int, at []float64, texts []string) string {
	var d drawing
	d.f(`<svg class="yax" width="44" height="%d" aria-hidden="true">`, height)
	for i, y := range at {
		d.f(`<text x="38" y="%s" text-anchor="end">%s</text>`, num(y+4), esc(texts[i]))
	}
	d.f(`</svg>`)
	return d.String()
}

// steps are round values from 0 to at least top, four or five of them.
func steps(top float64) []float64 {
	if top <= 0 {
		top = 1
	}
	raw := top / 4
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	step := mag * 10
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*mag {
			step = m * mag
			break
		}
	}
	if step < 1 {
		step = 1
	}
	var out []float64
	for v := 0.0; ; v += step {
		out = append(out, v)
		if v >= top {
			return out
		}
	}
}
