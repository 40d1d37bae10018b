package table

import (
	"cmp"
	"iter"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// learnRows is how many rows settle a column whose dates raise no question.
const learnRows = 1000

// timed says whether the column holds times.
func (c *Column) timed() bool {
	return c.Role == Time || c.Role == Recorded ||
		(c.Role == Attr || c.Role == ObjectAttr) && (c.Kind == event.Time || c.Kind == event.Day)
}

// Learn looks at the first rows and settles for each column of times whether
// the day or the month comes first. If no row shows it, for the time or the
// time of entry, that is an error which says the layout to write: a guess could
// accuse somebody. (Of an attribute such a value is absent, and counted.)
func (p *Plan) Learn(rows iter.Seq[[][]byte]) error {
	var open []*learning
	for i := range p.Columns {
		if c := &p.Columns[i]; c.timed() && c.Time == (TimeFormat{}) {
			open = append(open, &learning{col: c})
		}
	}
	n := 0
	for cells := range rows {
		n++
		wait := false
		for _, l := range open {
			if l.col.Index < len(cells) && l.col.Time.order == unknownOrder {
				l.see(l.col.Moment(cells))
			}
			wait = wait || l.question != "" && l.col.Time.order == unknownOrder
		}
		if n >= learnRows && !wait {
			break
		}
	}
	for _, l := range open {
		if l.question != "" && l.col.Time.order == unknownOrder && (l.col.Role == Time || l.col.Role == Recorded) {
			return p.askOrder(l)
		}
	}
	return nil
}

// learning is a column whose order isn't known yet, with a cell that can be
// read both ways.
type learning struct {
	col      *Column
	question string
}

// Moment is the cell of a time, with the time of day from its own column.
func (c *Column) Moment(cells [][]byte) []byte {
	if c.clock == 0 || c.clock > len(cells) {
		return cells[c.Index]
	}
	return joined(nil, cells[c.Index], cells[c.clock-1])
}

func (l *learning) see(cell []byte) {
	if len(cell) == 0 {
		return
	}
	s := strings.TrimSpace(string(cell))
	c, ok := parseCivil([]byte(s), unknownOrder)
	if !ok || !c.ambiguous {
		return
	}
	switch {
	case c.a > 12 && c.b >= 1 && c.b <= 12:
		l.col.Time.order = dayFirst
	case c.b > 12 && c.a >= 1 && c.a <= 12:
		l.col.Time.order = monthFirst
	case l.question == "":
		l.question = s
	}
}

func (p *Plan) askOrder(l *learning) error {
	key := cmp.Or(l.col.Name, "time") // of a wide table the event type
	if l.col.Role == Recorded {
		key = "recorded"
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file, Line: 1},
		What: errs.Tf("column %q: %q can be read with the day or with the month first, and no row shows which", "列 %q：%q 既可读作日在前，也可读作月在前，且没有任何一行能说明是哪一种", l.col.Header, l.question),
		Next: errs.Tf("say which: --map '%[1]s=%[2]s@%[3]s' (day first) or --map '%[1]s=%[2]s@%[4]s' (month first)", "请指明：--map '%[1]s=%[2]s@%[3]s'（日在前）或 --map '%[1]s=%[2]s@%[4]s'（月在前）",
			key, l.col.Header, layoutOf(l.question, "2", "1"), layoutOf(l.question, "1", "2"))}
}

// layoutOf writes a cell as a layout, its first two numbers as given.
func layoutOf(cell, first, second string) string {
	parts := []string{first, second, "2006", "15", "04", "05"}
	if half := strings.ToLower(cell); strings.HasSuffix(half, "m") {
		parts[3] = "3"
		cell = cell[:len(cell)-2] + "PM"
	}
	var b strings.Builder
	n, in := 0, false
	for i := range len(cell) {
		digit := cell[i] >= '0' && cell[i] <= '9'
		switch {
		case !digit:
			b.WriteByte(cell[i])
		case !in && n < len(parts):
			b.WriteString(parts[n])
			n++
		}
		in = digit
	}
	return b.String()
}

// looksLikeTime says whether text is a time that [TimeFormat] can read once the order
// of day and month is known.
func looksLikeTime(b []byte, z *clock.Zone) bool {
	if _, _, ok := clock.ParseInstantBytes(b, z); ok {
		return true
	}
	c, ok := parseCivil([]byte(strings.TrimSpace(string(b))), unknownOrder)
	return ok && (c.ambiguous || c.m >= 1 && c.m <= 12 && c.d >= 1 && c.d <= 31 && c.y >= 1000)
}
