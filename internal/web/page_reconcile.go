package web

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/reconcile"
)

// comparisonView is one declared comparison: units below each other, days beside
// each other.
type comparisonView struct {
	Title, Says string
	Left, Right string // what is counted on either side
	Allowed     string
	Days        []string
	Rows        []comparisonRow
	Gaps        string // how many there are; "" for none
}

// comparisonRow are the days of one unit.
type comparisonRow struct {
	Unit  string
	Cells []comparisonCell
}

// comparisonCell is one day of a unit: both totals and what they mean.
type comparisonCell struct {
	Left, Right string // "" where nothing was counted
	Mark, Word  string // of a gap, or of a day that isn't judged yet
	Link        string // to the finding; "" for none
}

// comparedDays is over how many days the page goes.
const comparedDays = 14

func (p *Pages) reconciliation(v *view) (templ.Component, error) {
	v.title = v.T("reconcile.title")
	last := p.Zone.Date(v.now)
	var out []comparisonView
	for _, t := range p.Service.Comparisons(last - comparedDays + 1) {
		out = append(out, v.comparison(&t, last))
	}
	return reconcilePage(v, out), nil
}

// comparison sets one comparison as a table.
func (v *view) comparison(t *reconcile.Table, last clock.Day) comparisonView {
	r := &t.Rule
	out := comparisonView{Title: cmp.Or(r.Title.In(v.Lang), r.Name), Says: r.Says.In(v.Lang), Left: v.sideOf(&r.Left), Right: v.sideOf(&r.Right),
		Allowed: v.T("reconcile.allowed", v.Int(r.Absolute), v.Percent(r.Percent/100))}
	first := last - comparedDays + 1
	for d := first; d <= last; d++ {
		out.Days = append(out.Days, monthDay(d))
	}
	reads, gaps := v.may(access.FindingRead), 0
	at := map[string]int{}
	for i := range t.Cells {
		c := &t.Cells[i]
		row, ok := at[c.Unit]
		if !ok {
			row = len(out.Rows)
			at[c.Unit] = row
			out.Rows = append(out.Rows, comparisonRow{Unit: cmp.Or(v.unit(c.Unit), v.T("reconcile.all")), Cells: make([]comparisonCell, comparedDays)})
		}
		if c.Day < first || c.Day > last {
			continue
		}
		cell := comparisonCell{Left: v.Int(c.Left), Right: v.Int(c.Right)}
		switch {
		case c.Gap:
			gaps++
			cell.Mark, cell.Word = "breach", v.T("reconcile.gap")
			if reads {
				cell.Link = "/findings/" + escapePath(c.ID)
			}
		case !c.Judged:
			cell.Mark, cell.Word = "run", v.T("reconcile.waits")
		}
		out.Rows[row].Cells[c.Day-first] = cell
	}
	slices.SortStableFunc(out.Rows, func(a, b comparisonRow) int { return cmp.Compare(gapsOf(b), gapsOf(a)) })
	if gaps > 0 {
		out.Gaps = v.N("reconcile.gaps", gaps)
	}
	return out
}

// gapsOf is on how many days of a row there is a gap.
func gapsOf(r comparisonRow) (n int) {
	for _, c := range r.Cells {
		n += 1 - first(c.Mark == "breach")
	}
	return n
}

// sideOf says what is counted on one side.
func (v *view) sideOf(s *reconcile.Side) string {
	text := v.sourceName(s.Source)
	for i, typ := range s.Types {
		text += map[bool]string{true: v.T("reconcile.of"), false: v.T("list.comma")}[i == 0] + v.event(typ)
	}
	return text
}
