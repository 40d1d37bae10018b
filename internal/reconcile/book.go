package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Book keeps the totals of some comparisons. It is for one goroutine.
type Book struct {
	zone  *clock.Zone
	rules []*ledger
}

// ledger is the totals of one rule.
type ledger struct {
	Rule
	days    map[clock.Day]map[string]*cell // by day, then unit; "" where the rule doesn't ask for it
	touched map[place]bool                 // since the last step
	through clock.Day                      // judged up to this day
}

type place struct {
	day  clock.Day
	unit string
}

// cell is both totals of a day and unit, and what was told of them.
type cell struct {
	left, right         int
	told                bool // that there is a gap
	toldLeft, toldRight int
}

const before clock.Day = -1 << 31

// New makes an empty book; zone is the agency's, for its days.
func New(rules []Rule, zone *clock.Zone) *Book {
	b := &Book{zone: zone}
	for _, r := range rules {
		b.rules = append(b.rules, &ledger{Rule: r, days: map[clock.Day]map[string]*cell{}, touched: map[place]bool{}, through: before})
	}
	return b
}

// Concerns says whether events of a source can count at all.
func (b *Book) Concerns(source string) bool {
	return slices.ContainsFunc(b.rules, func(g *ledger) bool { return g.Left.Source == source || g.Right.Source == source })
}

// Rule is the comparison of a name, nil where none is declared.
func (b *Book) Rule(name string) *Rule {
	for _, g := range b.rules {
		if g.Name == name {
			return &g.Rule
		}
	}
	return nil
}

// Add counts an event that stands from now on; Take takes one away that no longer
// does.
func (b *Book) Add(l *event.Log, row uint32) { b.count(l, row, 1) }

// Take is the reverse of Add.
func (b *Book) Take(l *event.Log, row uint32) { b.count(l, row, -1) }

func (b *Book) count(l *event.Log, row uint32, n int) {
	for _, g := range b.rules {
		left, right := g.Left.counts(l, row), g.Right.counts(l, row)
		if !left && !right {
			continue
		}
		at := place{day: b.zone.Date(l.Time[row])}
		if at.day < g.From {
			continue
		}
		if g.ByUnit && l.Unit != nil {
			at.unit = l.Strings.Name(l.Unit[row])
		}
		c := g.at(at)
		if left {
			c.left += n
		}
		if right {
			c.right += n
		}
		g.touched[at] = true
	}
}

// at is the cell of a place, made now where there is none. The unit's name is
// copied: the log's lies among millions of others.
func (g *ledger) at(p place) *cell {
	units := g.days[p.day]
	if units == nil {
		units = map[string]*cell{}
		g.days[p.day] = units
	}
	c := units[p.unit]
	if c == nil {
		c = &cell{}
		units[strings.Clone(p.unit)] = c
	}
	return c
}

// Recount counts all events of a log that stand, in place of what was counted. What
// was told stays told.
func (b *Book) Recount(l *event.Log) {
	for _, g := range b.rules {
		for day, units := range g.days {
			for unit, c := range units {
				c.left, c.right = 0, 0
				g.touched[place{day, unit}] = true
			}
		}
	}
	types := b.types(l)
	for row := range uint32(l.Rows()) {
		if types[l.Type[row]] && !l.Dead.Has(row) {
			b.Add(l, row)
		}
	}
}

// types says of each code of a log's types whether an event of it may count: most
// of a long record needs no second look.
func (b *Book) types(l *event.Log) []bool {
	out := make([]bool, l.Types.Len()+1)
	for _, g := range b.rules {
		for _, s := range []*Side{&g.Left, &g.Right} {
			for code := range out {
				out[code] = out[code] || len(s.Types) == 0 || slices.Contains(s.Types, l.Types.Name(uint32(code)))
			}
		}
	}
	return out
}

// Told lets the book know of a gap that was told before it was made, with the
// totals as they are now. Where no rule of that name is declared it does nothing.
func (b *Book) Told(rule string, day clock.Day, unit string) {
	for _, g := range b.rules {
		if g.Name != rule {
			continue
		}
		p := place{day, unit}
		c := g.at(p)
		c.told, c.toldLeft, c.toldRight = true, c.left, c.right
		g.touched[p] = true
	}
}

// Kind says how a gap changed.
type Kind uint8

// The kinds of change.
const (
	Raised  Kind = iota // there is a gap
	Amended             // the totals changed, and it is still there
	Closed              // it is there no more
)

// Change is one change of a gap.
type Change struct {
	Kind        Kind
	Rule        *Rule
	Day         clock.Day
	Unit        string
	Left, Right int
	Due         clock.Instant // from when on the day is judged
}

// ID names a gap: the first 16 bytes in hex of SHA-256 over the JSON array
// ["gap", rule, day, unit].
func (c *Change) ID() string {
	h := sha256.Sum256(event.CanonicalJSON([]string{"gap", c.Rule.Name, c.Day.String(), c.Unit}))
	return hex.EncodeToString(h[:16])
}

// Text is both totals with the sources' names, which are the same in all languages.
func (c *Change) Text() string {
	return fmt.Sprintf("%s %d : %d %s", c.Rule.Left.Source, c.Left, c.Right, c.Rule.Right.Source)
}

// Step judges, as of an instant, the days that are over and waited for, and gives
// what changed since the last step, by rule, day and unit. Only what was touched,
// and the days that came to be judged, is looked at. What is missing is judged as of
// w, which waits for sources that may be late: their history may be half loaded.
func (b *Book) Step(now, w clock.Instant) []Change {
	var out []Change
	for i := range b.rules {
		g := b.rules[i]
		last := max(g.last(now, w, b.zone), g.through)
		if last > g.through {
			for day, units := range g.days {
				if day <= g.through || day > last {
					continue
				}
				for unit := range units {
					g.touched[place{day, unit}] = true
				}
			}
			g.through = last
		}
		from := len(out)
		for p := range g.touched {
			if p.day <= last {
				out = g.judge(out, p, b.zone)
			}
		}
		clear(g.touched)
		slices.SortFunc(out[from:], func(a, b Change) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Unit, b.Unit)) })
	}
	return out
}

// judge tells of one day and unit what wasn't told before.
func (g *ledger) judge(out []Change, p place, z *clock.Zone) []Change {
	c := g.at(p)
	ch := Change{Rule: &g.Rule, Day: p.day, Unit: p.unit, Left: c.left, Right: c.right, Due: g.after(p.day, z)}
	gap := g.Gap(c.left, c.right)
	switch {
	case gap && !c.told:
		ch.Kind = Raised
	case gap && (c.left != c.toldLeft || c.right != c.toldRight):
		ch.Kind = Amended
	case !gap && c.told:
		ch.Kind = Closed
	default:
		return out
	}
	c.told, c.toldLeft, c.toldRight = gap, c.left, c.right
	return append(out, ch)
}

// Cell is what a comparison counted on one day, of one unit where it asks for units.
type Cell struct {
	Day         clock.Day
	Unit        string
	Left, Right int
	Gap         bool // told as a gap
	Judged      bool // the day is over and was waited for
	ID          string
}

// Table is a comparison with what it counted.
type Table struct {
	Rule  Rule
	Cells []Cell // by unit, then day
}

// Tables are all comparisons with what they counted from a day on.
func (b *Book) Tables(from clock.Day) []Table {
	var out []Table
	for _, g := range b.rules {
		t := Table{Rule: g.Rule}
		for day, units := range g.days {
			if day < from {
				continue
			}
			for unit, c := range units {
				ch := Change{Rule: &g.Rule, Day: day, Unit: unit}
				t.Cells = append(t.Cells, Cell{day, strings.Clone(unit), c.left, c.right, c.told, day <= g.through, ch.ID()})
			}
		}
		slices.SortFunc(t.Cells, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day)) })
		out = append(out, t)
	}
	return out
}
