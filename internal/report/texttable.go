package report

import (
	"strings"

	"plumbline/internal/i18n"
	"plumbline/internal/rule"
)

// col is a column of the table by rule.
type col struct {
	head  string
	cell  func(ruleFigures) string
	style func(ruleFigures) string // nil: plain
}

// titleCells is the least room for a rule's title; with less, rules are shown
// as cards.
const titleCells = 26

// table shows every rule, the worst first: with all columns where there is
// room, with the rarer verdicts on a second line where there is less, as cards
// where there is none.
func (p *page) table() {
	p.heading(p.i.T("text.rules"))
	p.text(2, plainText, headline(p.i, p.rules))
	p.line("")
	full := append(p.mainColumns(), p.verdictColumns()...)
	full = append(full, p.lateColumns()...)
	short := append(p.mainColumns(), p.lateColumns()...)
	switch {
	case p.titleRoom(full) >= titleCells:
		p.grid(full, false)
	case p.titleRoom(short) >= titleCells:
		p.grid(short, true)
	default:
		for _, f := range p.rules {
			p.card(f)
		}
	}
}

func (p *page) mainColumns() []col {
	i := p.i
	return []col{
		{i.T("col.violations"), func(f ruleFigures) string { return i.Int(f.rr.Totals.Violations) }, func(f ruleFigures) string {
			if f.rr.Totals.Violations > 0 && !f.Warns {
				return red
			}
			return plainText
		}},
		{i.T("col.kept"), func(f ruleFigures) string { return kept(i, f) }, nil},
		{i.T("col.activations"), func(f ruleFigures) string { return i.Int(f.rr.Totals.Activations) }, nil},
	}
}

func (p *page) verdictColumns() []col {
	i := p.i
	return []col{
		{i.T("col.met_late"), func(f ruleFigures) string { return i.Int(f.rr.Totals.MetLate) }, nil},
		{i.T("col.breached"), func(f ruleFigures) string { return i.Int(f.rr.Totals.Breached) }, nil},
		{i.T("col.running"), func(f ruleFigures) string { return i.Int(f.rr.Totals.Running) }, nil},
		{i.T("col.moot"), func(f ruleFigures) string { return i.Int(f.rr.Totals.Moot) }, nil},
		{i.T("col.not_evaluable"), func(f ruleFigures) string { return i.Int(f.rr.Totals.NotEvaluable) }, nil},
	}
}

func (p *page) lateColumns() []col {
	i := p.i
	return []col{
		{i.T("col.median"), func(f ruleFigures) string { return late(i, f, .5) }, nil},
		{i.T("col.p90"), func(f ruleFigures) string { return late(i, f, .9) }, nil},
	}
}

// kept is the share kept, "–" where there is none.
func kept(i i18n.Words, f ruleFigures) string {
	if !f.Shared {
		return "–"
	}
	return i.Percent(f.Kept)
}

// late is a quantile of the lateness, "–" where nothing was late.
func late(i i18n.Words, f ruleFigures, q float64) string {
	l, ok := f.Late.quantile(q)
	if !ok {
		return "–"
	}
	return i.Lateness(l)
}

func severityWord(i i18n.Words, s rule.Severity) string { return i.T("severity." + s.String()) }

// widths are those of the columns; each head may be on two lines.
func (p *page) widths(cols []col) []int {
	out := make([]int, len(cols))
	for k, c := range cols {
		for _, l := range strings.Split(c.head, "\n") {
			out[k] = max(out[k], cells(l))
		}
		for _, f := range p.rules {
			out[k] = max(out[k], cells(c.cell(f)))
		}
	}
	return out
}

// severityWidth is that of the first column.
func (p *page) severityWidth() int {
	n := cells(p.i.T("col.warns"))
	for s := rule.Info; s <= rule.Critical; s++ {
		n = max(n, cells(severityWord(p.i, s)))
	}
	return n
}

// titleRoom is what the columns leave for the title.
func (p *page) titleRoom(cols []col) int {
	room := p.width - 2 - p.severityWidth() - 2
	for _, w := range p.widths(cols) {
		room -= w + 2
	}
	return room
}

// grid writes the table. With second, a line under each rule has the verdicts
// that have no column.
func (p *page) grid(cols []col, second bool) {
	widths, title, sev := p.widths(cols), min(64, p.titleRoom(cols)), p.severityWidth()
	p.gridHead(cols, widths, title, sev)
	for _, f := range p.rules {
		name := wrap(f.rr.Rule.Title.In(p.o.Lang), title)
		name = append(name, wrap(f.rr.Rule.ID, title)...)
		titleLines := len(name) - len(wrap(f.rr.Rule.ID, title))
		for k, l := range name {
			left, style := "", faint
			switch {
			case k == 0:
				left = severityWord(p.i, f.rr.Rule.Severity)
			case k == 1 && f.Warns:
				left = p.i.T("col.warns")
			}
			if k < titleLines {
				style = plainText
			}
			line := "  " + pad(left, sev, false) + "  " + p.style(style, pad(l, title, false))
			for c := range cols {
				cell, style := "", plainText
				if k == 0 {
					cell = cols[c].cell(f)
					if cols[c].style != nil {
						style = cols[c].style(f)
					}
				}
				line += "  " + p.style(style, pad(cell, widths[c], true))
			}
			p.line(line)
		}
		if parts := verdictParts(p.i, f); second && len(parts) > 0 {
			p.join(2+sev+2, parts)
		}
	}
}

func (p *page) gridHead(cols []col, widths []int, title, sev int) {
	for k := range 2 {
		line := "  " + pad(headLine(p.i.T("col.severity"), k), sev, false) + "  " + pad(headLine(p.i.T("col.rule"), k), title, false)
		for c := range cols {
			line += "  " + pad(headLine(cols[c].head, k), widths[c], true)
		}
		if strings.TrimSpace(line) != "" {
			p.line(p.style(bold, strings.TrimRight(line, " ")))
		}
	}
	total := 2 + sev + 2 + title
	for _, w := range widths {
		total += w + 2
	}
	p.line("  " + p.style(faint, strings.Repeat("-", total-2)))
}

// headLine is line k of two of a head; a head of one line stands below.
func headLine(head string, k int) string {
	lines := strings.Split(head, "\n")
	if k -= 2 - len(lines); k < 0 {
		return ""
	}
	return lines[k]
}

// verdictParts are the verdicts of a rule that occur, in words.
func verdictParts(i i18n.Words, f ruleFigures) []string {
	t := f.rr.Totals
	var out []string
	for _, v := range []struct {
		key string
		n   int
	}{{"met", t.Met}, {"met_late", t.MetLate}, {"breached", t.Breached}, {"running", t.Running}, {"moot", t.Moot}, {"not_evaluable", t.NotEvaluable}} {
		if v.n > 0 {
			out = append(out, i.T("verdict."+v.key)+" "+i.Int(v.n))
		}
	}
	return out
}

// card shows a rule where the terminal is too narrow for a table.
func (p *page) card(f ruleFigures) {
	i, t := p.i, f.rr.Totals
	head := severityWord(i, f.rr.Rule.Severity)
	if f.Warns {
		head += " · " + i.T("col.warns")
	}
	p.text(2, bold, head+" · "+f.rr.Rule.Title.In(p.o.Lang))
	p.text(4, faint, f.rr.Rule.ID)
	p.join(4, []string{i.T("card.violations", i.Int(t.Violations)), i.T("card.kept", kept(i, f)), i.N("card.activations", t.Activations)})
	if parts := verdictParts(i, f); len(parts) > 0 {
		p.join(4, parts)
	}
	if len(f.Late.Sorted) > 0 {
		p.join(4, []string{i.T("card.late", late(i, f, .5), late(i, f, .9))})
	}
	p.line("")
}
