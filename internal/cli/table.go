package cli

import (
	"strings"

	"charm.land/lipgloss/v2"

	"plumbline/internal/errs"
)

// table prints rows as columns that stand under each other, wide characters
// too. A head may be nil. The last column is wrapped on a terminal.
func (c *call) table(head []string, rows [][]string) error {
	all := rows
	if head != nil {
		all = append([][]string{head}, rows...)
	}
	all = visible(all)
	if len(all) == 0 {
		return nil
	}
	widths := make([]int, len(all[0]))
	for _, r := range all {
		for i, cell := range r {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	indent := 2
	for _, w := range widths[:len(widths)-1] {
		indent += w + 2
	}
	last := 0
	if c.OutTerminal && c.Width > 0 {
		last = max(24, c.Width-indent)
	}
	var b strings.Builder
	for _, r := range all {
		b.WriteString("  ")
		for i, cell := range r[:len(r)-1] {
			pad := strings.Repeat(" ", widths[i]-lipgloss.Width(cell))
			if numeric(cell) {
				b.WriteString(pad + cell + "  ")
			} else {
				b.WriteString(cell + pad + "  ")
			}
		}
		tail := r[len(r)-1]
		if last > 0 {
			tail = strings.ReplaceAll(lipgloss.Wrap(tail, last, ""), "\n", "\n"+strings.Repeat(" ", indent))
		}
		b.WriteString(tail)
		line := strings.TrimRight(b.String(), " ")
		b.Reset()
		if _, err := c.Out.Write([]byte(line + "\n")); err != nil {
			return err
		}
	}
	return nil
}

// visible is the rows as they may be shown: a name with a line break must not
// look like a row.
func visible(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, cell := range r {
			out[i] = append(out[i], errs.Visible(cell))
		}
	}
	return out
}

// numeric says whether a cell is a figure, which stands to the right.
func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789,.%−<>") == ""
}
