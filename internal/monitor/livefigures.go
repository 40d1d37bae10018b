package monitor

import (
	"plumbline/internal/clock"
	"plumbline/internal/rule"
)

// Figure counts what became of a rule's activations in a unit and a month. It
// is kept, since adding up a long record at each look would take minutes.
type Figure struct {
	Rule  *rule.Rule
	Unit  string    // of the activating events; "" for none
	Month clock.Day // its first day, in the zone of the rule's pack
	Counts
}

// Counts are activations by verdict.
type Counts struct {
	Activations, Met, MetLate, Breached, Running, Moot, NotEvaluable int32
}

func (c *Counts) add(v Verdict, n int32) {
	c.Activations += n
	switch v {
	case Met:
		c.Met += n
	case MetLate:
		c.MetLate += n
	case Breached:
		c.Breached += n
	case Running:
		c.Running += n
	case Moot:
		c.Moot += n
	case NotEvaluable:
		c.NotEvaluable += n
	}
}

// figureKey is a rule of a set, a unit and a month's first day.
type figureKey struct {
	rule, unit uint32
	month      clock.Day
}

// monthSpan is the month that a rule's last activation fell into.
type monthSpan struct {
	from, to clock.Instant // to is exclusive
	first    clock.Day
}

// monthOf is the first day of an activation's month. Most fall into the month of
// the one before.
func (s *liveSet) monthOf(b *bound, t clock.Instant) clock.Day {
	m := &s.months[b.index]
	if t < m.from || t >= m.to {
		m.first = monthBegin(b.zone.Date(t))
		m.from, m.to = b.zone.First(m.first), b.zone.First(monthBegin(m.first+31))
	}
	return m.first
}

func monthBegin(d clock.Day) clock.Day {
	_, _, day := d.Date()
	return d - clock.Day(day-1)
}

// figure adds n to what is counted of a verdict.
func (s *liveSet) figure(b *bound, j *ruleJudged, n int32) {
	k := figureKey{rule: uint32(b.index), month: s.monthOf(b, s.v.l.Time[j.row])}
	if s.v.l.Unit != nil {
		k.unit = s.v.l.Unit[j.row]
	}
	c := s.figures[k]
	if c == nil {
		c = &Counts{}
		s.figures[k] = c
	}
	c.add(j.verdict, n)
}

// Figures are the counts of every rule, unit and month that has any, in no
// order. Many goroutines may ask, while none of them changes anything.
func (v *Live) Figures() []Figure {
	v.asked.Lock()
	defer v.asked.Unlock()
	var out []Figure
	at := map[figureKey]int{} // of the whole engine, in out
	v.sets(func(s *liveSet) {
		for k, c := range s.figures {
			if *c == (Counts{}) {
				continue // all of it was taken back
			}
			k.rule = uint32(s.set.rules[k.rule])
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k] = i
				out = append(out, Figure{Rule: v.results[k.rule].Rule, Unit: v.l.Strings.Name(k.unit), Month: k.month})
			}
			out[i].plus(*c)
		}
	})
	return out
}

func (c *Counts) plus(o Counts) {
	c.Activations += o.Activations
	c.Met += o.Met
	c.MetLate += o.MetLate
	c.Breached += o.Breached
	c.Running += o.Running
	c.Moot += o.Moot
	c.NotEvaluable += o.NotEvaluable
}
