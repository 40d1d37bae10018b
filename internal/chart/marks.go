package chart

import (
	"fmt"
	"html/template"
	"strings"
)

// The marks: circles say where an item stands, points how its deadline stands,
// bars how grave. Each is drawn in a box of 16 by 16 and takes the colour of
// the text around it.
const (
	diamond = `M8 1 15 8 8 15 1 8Z`
	line    = ` fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"`
	inner   = ` fill="none" stroke="var(--surface)" stroke-width="1.8" stroke-linecap="round"`
)

var marks = []struct{ key, body string }{
	{"run", `<rect x="2.5" y="2.5" width="11" height="11" rx="1" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 5.5V8.2L10 9.6"` + line + `/>`},
	{"risk", `<path d="M8 1.6 15.4 14.4H.6Z" fill="currentColor"/><path d="M8 6v4M8 12v.4"` + inner + `/>`},
	{"breach", `<path d="` + diamond + `" fill="currentColor"/><path d="M8 4.7v4M8 11v.3"` + inner + `/>`},
	{"late", `<path d="` + diamond + `" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M5.3 8.2 7.3 10.1 10.8 6.2"` + line + `/>`},
	{"met", `<path d="M2.5 8.6 6.2 12.3 13.5 4.2"` + line + `/>`},
	{"moot", `<path d="M3.5 8h9"` + line + `/>`},
	{"na", `<path d="M5.6 5.6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.8M8 12.4v.2"` + line + `/>`},
	{"pause", `<path d="M4 3h2.8v10H4zM9.2 3H12v10H9.2z" fill="currentColor"/>`},
	{"dot", `<circle cx="8" cy="8" r="3.2" fill="currentColor"/>`},
	{"bob", `<path d="M4.5 4.5h7L8 14zM7.3 0h1.4v5H7.3z" fill="currentColor"/>`},
	{"s1", bars(1)}, {"s2", bars(2)}, {"s3", bars(3)}, {"s4", bars(4)},
}

func bars(n int) string {
	var b strings.Builder
	for i := range 4 {
		faint := ` opacity=".22"`
		if i < n {
			faint = ""
		}
		fmt.Fprintf(&b, `<rect x="%s" y="%d" width="2.7" height="%d" rx=".5" fill="currentColor"%s/>`, num(1+float64(i)*3.7), 11-i*3, 4+i*3, faint)
	}
	return b.String()
}

// hatches are the patterns of bars that are late or paused.
const hatches = `<defs>` +
	`<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="var(--surface)"/><path d="M0 0v5" stroke="var(--slate-mark)" stroke-width="2"/></pattern>` +
	`<pattern id="hatch-red" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="5" height="5" fill="var(--red-soft)"/><path d="M0 0v5" stroke="var(--red-mark)" stroke-width="2.2"/></pattern></defs>`

// Symbols are the definitions that marks and hatched bars refer to; a page has
// them once.
func Symbols() template.HTML {
	var d drawing
	d.f(`<svg class="defs" aria-hidden="true">%s`, hatches)
	for _, m := range marks {
		d.f(`<symbol id="m-%s" viewBox="0 0 16 16" overflow="visible">%s</symbol>`, m.key, m.body)
	}
	d.f(`</svg>`)
	return d.html()
}

// Mark is a mark in running text: run risk breach late met moot na pause dot
// bob, s1 to s4. The word stands beside it; the mark alone says nothing to
// those who don't see it.
func Mark(key string) template.HTML {
	return template.HTML(`<svg class="m" viewBox="0 0 16 16" aria-hidden="true"><use href="#m-` + esc(key) + `"/></svg>`)
}

// at is a mark inside a plot, centred on a point: per cent across, pixels or
// per cent down.
func (d *drawing) at(key string, x float64, y, class string, size float64) {
	d.f(`<svg x="%s%%" y="%s" width="1" height="1" overflow="visible" class="%s"><use href="#m-%s" x="%s" y="%[5]s" width="%[6]s" height="%[6]s"/></svg>`,
		num(x), y, class, key, num(-size/2), num(size))
}

// Swatch is the sample of a class of bars in a legend: dutyfill, duty, done,
// over, paused, ext, late, b-1, b-2 …
func Swatch(class string) template.HTML {
	switch class {
	case "duty":
		return `<svg width="22" height="10" aria-hidden="true"><rect class="dutyfill" width="22" height="9" y=".5"/><rect class="duty" x=".6" y=".6" width="20.8" height="8.8"/></svg>`
	case "done", "run":
		return template.HTML(`<svg width="22" height="10" aria-hidden="true"><rect class="` + class + `" width="22" height="5" y="2.5"/></svg>`)
	case "ext":
		return `<svg width="22" height="10" aria-hidden="true"><rect class="ext" x=".6" y=".6" width="20.8" height="8.8"/></svg>`
	case "s1", "ctr":
		return template.HTML(`<svg width="22" height="10" aria-hidden="true"><path class="` + class + `" d="M0 5h22"/></svg>`)
	case "over", "paused", "in3":
		return template.HTML(`<svg width="22" height="10" aria-hidden="true"><rect class="` + class + `" width="22" height="9" y=".5"/></svg>`)
	}
	return template.HTML(`<svg width="10" height="10" aria-hidden="true"><rect class="` + esc(class) + `" width="10" height="10"/></svg>`)
}
