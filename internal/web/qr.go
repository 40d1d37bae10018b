package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// square draws a square code that a phone's camera reads: dark on light whatever the
// theme, with the quiet edge that readers want.
func square(text, label string) (template.HTML, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("a square code: %w", err)
	}
	const edge = 4
	var path strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			run := 0
			for c.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+edge, y+edge, run, run)
				x += run
			}
		}
	}
	size := c.Size + 2*edge
	return template.HTML(fmt.Sprintf(`<svg class="square" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		size, size, html.EscapeString(label), size, size, &path)), nil
}
