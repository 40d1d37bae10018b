package chart

import (
	"html/template"
	"maps"
	"slices"
	"strings"
)

// pageMarks are those that pages have beside the marks of reports: where an item
// stands (circles that fill as the work proceeds), and what happened to it.
var pageMarks = []struct{ key, body string }{
	{"extend", `<path d="M2 8h8M7.5 5 10.5 8l-3 3M13.6 3.5v9"` + line + `/>`},
	{"open", `<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.1 2.6"/>`},
	{"assigned", ring + `<circle cx="8" cy="8" r="1.8" fill="currentColor"/>`},
	{"working", ring + `<path d="M8 4.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor"/>`},
	{"claimed", ring + `<path d="M8 4.2a3.8 3.8 0 1 1-3.8 3.8H8z" fill="currentColor"/>`},
	{"verified", ring + `<circle cx="8" cy="8" r="3.6" fill="currentColor"/>`},
	{"closed", `<circle cx="8" cy="8" r="6.8" fill="currentColor"/><path d="M5.2 8.3 7.2 10.2 10.9 6.1"` + inner + `/>`},
	{"returned", ring + `<path d="M10.6 8H5.6M7.4 6 5.4 8l2 2"` + line + `/>`},
	{"reopened", `<path d="M13.6 8A5.6 5.6 0 1 1 11.6 3.7M11.8 1.4v2.7H9.1"` + line + `/>`},
	{"listed", `<path d="M3.2 1.2h1.5v13.6H3.2zM5.4 2.2h8.2l-2.2 3.2 2.2 3.2H5.4z" fill="currentColor"/>`},
	{"seal", `<rect x="1.8" y="1.8" width="12.4" height="12.4" rx="2" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5 8.3 7.2 10.4 11.2 5.8"` + line + `/>`},
	{"added", `<path d="M8 3v10M3 8h10"` + line + `/>`},
	{"cured", `<path d="M3 8.6 6 11.6 9 8M9.5 4.4 13 8l-3.5 3.6"` + line + `/>`},
	{"withdrawn", `<path d="M12.5 12.5 3.5 3.5M6 3.5h7M3 12.5h7"` + line + `/>`},
	{"amended", `<path d="M3 13l.8-3 7-7 2.2 2.2-7 7z"` + line + `/>`},
	{"reply", `<path d="M2.5 3h11v7.5H8l-3 2.7v-2.7H2.5z"` + line + `/>`},
	{"person", `<circle cx="8" cy="5.2" r="2.7" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M2.8 14c.5-3 2.6-4.4 5.2-4.4s4.7 1.4 5.2 4.4"` + line + `/>`},
	{"no", ring + `<path d="M4 12 12 4"` + line + `/>`},
}

const ring = `<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/>`

// icons are drawn with one stroke in a box of 16 by 16; they stand for what a
// link or a button does.
var icons = map[string]string{
	"home": "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z", "folder": "M1.8 4h4.4l1.4 1.6h6.6v7.4H1.8z", "flag": "M3.5 14.5V2M3.5 2.8h8.8l-1.8 2.7 1.8 2.7H3.5",
	"book": "M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13", "rule": "M8 1.5v7M5.8 8.5h4.4L8 14.5zM4 3.5h8",
	"tree": "M6 2h4v3H6zM1.5 11h4v3h-4zM10.5 11h4v3h-4zM8 5v3M3.5 11V8h9v3", "plug": "M5.5 1.8v3M10.5 1.8v3M3.8 4.8h8.4v3a4.2 4.2 0 0 1-8.4 0zM8 12v2.5",
	"check":  "M2.5 8.6 6.2 12.3 13.5 4.2",
	"cog":    "M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 1.8v1.8M8 12.4v1.8M1.8 8h1.8M12.4 8h1.8M3.6 3.6l1.3 1.3M11.1 11.1l1.3 1.3M3.6 12.4l1.3-1.3M11.1 4.9l1.3-1.3",
	"search": "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14", "moon": "M13.5 9.6A6 6 0 1 1 6.4 2.5a4.8 4.8 0 0 0 7.1 7.1z",
	"bell": "M3.5 11.5h9l-1.2-1.8V7a3.3 3.3 0 0 0-6.6 0v2.7zM6.8 13.8h2.4", "down": "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 13.5h11", "filter": "M2 3.5h12M4.5 8h7M6.5 12.5h3",
	"plus": "M8 3v10M3 8h10", "x": "M4 4l8 8M12 4l-8 8", "chev": "M4.5 6.5 8 10l3.5-3.5", "right": "M6.5 4.5 10 8l-3.5 3.5", "up": "M4.5 9.5 8 6l3.5 3.5",
	"star": "M8 1.8 9.9 6l4.6.5-3.4 3.1 1 4.5L8 11.8 3.9 14.1l1-4.5L1.5 6.5 6.1 6z",
	"file": "M4 1.8h5L12.2 5v9.2H4zM9 1.8V5h3.2", "lock": "M3.5 7.5h9v6.5h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
	"print": "M4.5 5.5v-4h7v4M4.5 11h-2V5.5h11V11h-2M4.5 9h7v5.5h-7z", "key": "M5.2 10.8a3 3 0 1 0 0-.01zM7.4 8.6 13.5 2.5M11 5l2 2",
	"menu": "M2.5 4h11M2.5 8h11M2.5 12h11", "people": "M6 7.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.5 13.5c.4-2.6 2.2-3.8 4.5-3.8s4.1 1.2 4.5 3.8M10.5 2.6a2.4 2.4 0 0 1 0 4.4M12 9.9c1.5.5 2.4 1.7 2.6 3.6",
	"out": "M9.5 2.5h4v4M13.5 2.5 8 8M11 9.5v4H2.5V5H7",
}

// Icon is an icon in running text, named as in icons; the word stands beside it.
func Icon(key string) template.HTML {
	return template.HTML(`<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><use href="#i-` + esc(key) + `"/></svg>`)
}

// SymbolsFor are the definitions of the marks and icons that a page refers to,
// and of the hatched bars, so that a page carries those alone.
func SymbolsFor(page string) template.HTML {
	used := map[string]bool{} // m-breach, i-home
	for rest := page; ; {
		_, after, ok := strings.Cut(rest, `href="#`)
		if !ok {
			break
		}
		key, more, _ := strings.Cut(after, `"`)
		used[key], rest = true, more
	}
	var d drawing
	d.f(`<svg class="defs" aria-hidden="true">%s`, hatches)
	for _, list := range [][]struct{ key, body string }{marks, pageMarks} {
		for _, m := range list {
			if used["m-"+m.key] {
				d.f(`<symbol id="m-%s" viewBox="0 0 16 16" overflow="visible">%s</symbol>`, m.key, m.body)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(icons)) {
		if used["i-"+key] {
			d.f(`<symbol id="i-%s" viewBox="0 0 16 16"><path d="%s"/></symbol>`, key, icons[key])
		}
	}
	d.f(`</svg>`)
	return d.html()
}
