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

// figure adds n to what is counted of a verdict.
func (s *liveSet) figure(b *bound, j *ruleJudged, n int32) {
	day := b.zone.Date(s.v.l.Time[j.row])
	_, _, d := day.Date()
	k := figureKey{rule: uint32(b.index), month: day - clock.Day(d-1)}
	if s.v.l.Unit != nil {
		k.unit = s.v.l.Unit[j.row]
	}
	c := s.figures[k]
	if c.add(j.verdict, n); c == (Counts{}) {
		delete(s.figures, k)
		return
	}
	if s.figures == nil {
		s.figures = map[figureKey]Counts{}
	}
	s.figures[k] = c
}

// Figures are the counts of every rule, unit and month that has any, in no
// order.
func (v *Live) Figures() []Figure {
	var out []Figure
	at := map[figureKey]int{} // of the whole engine, in out
	v.sets(func(s *liveSet) {
		for k, c := range s.figures {
			k.rule = uint32(s.set.rules[k.rule])
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k] = i
				out = append(out, Figure{Rule: v.results[k.rule].Rule, Unit: v.l.Strings.Name(k.unit), Month: k.month})
			}
			out[i].plus(c)
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
