package monitor

import (
	"cmp"
	"slices"

	"plumbline/internal/rule"
)

// nearKey names an activation of a set. key is 0 under `over`, where an event is
// in one cluster, whose key may change.
type nearKey struct{ rule, row, key uint32 }

// nears are the activations of a set that are at risk: what was told of them,
// and when others will be.
type nears struct {
	told map[nearKey]Judgement
	from timers // of T: when activations come within `warn` of their due
}

// nearing follows what a judgement says of a deadline's nearness. It is called
// with every pair that is compared, so nothing else need know of it.
func (s *liveSet) nearing(rr *RuleResult, b *bound, was, is *ruleJudged) {
	at := was
	if is != nil {
		at = is
	}
	k := nearKey{uint32(b.index), at.row, s.x.key}
	if s.set.over {
		k.key = 0
	}
	told, near := s.near.told[k]
	if is == nil || !b.atRisk(&is.judged, s.v.now) {
		if near {
			delete(s.near.told, k)
			s.totals[b.index].AtRisk--
			s.reportNear(Relieved, rr, b, at, told, is)
		}
		if is != nil && is.verdict == Running && is.hasDue && (was == nil || s.set.over || was.dl != is.dl || was.verdict != Running) {
			s.near.from.add(b.clk.WarnFrom(is.dl, *b.r.Warn), s.number(s.x.key)-1)
		}
		return
	}
	j := s.judgement(&is.judged)
	j.AtRisk = true
	if near && told.Due == j.Due {
		s.near.told[k] = j // its key may be another
		return
	}
	if !near {
		s.totals[b.index].AtRisk++
	}
	if s.near.told == nil {
		s.near.told = map[nearKey]Judgement{}
	}
	s.near.told[k] = j
	s.reportNear(Nearing, rr, b, at, told, is)
}

// reportNear tells a change of nearness; was is what was told of it before.
func (s *liveSet) reportNear(kind ChangeKind, rr *RuleResult, b *bound, at *ruleJudged, was Judgement, is *ruleJudged) {
	if s.v.quiet {
		return
	}
	c := Change{Kind: kind, Rule: rr.Rule, Key: s.keyOf(at), Was: was}
	if is != nil {
		c.Is = s.judgement(&is.judged)
		c.Is.AtRisk = kind == Nearing
	}
	c.ID = BreachID(rr, c.Key, s.v.l.ID(at.row))
	s.changes = append(s.changes, told{c, s.step, s.set.rules[b.index], at.row, s.x.key})
}

// Near is an activation at risk.
type Near struct {
	ID   string // of the breach that it would be
	Rule *rule.Rule
	Key  []KeyPart
	Judgement
}

// Nearing are the activations at risk as of T, the soonest due first.
func (v *Live) Nearing() []Near {
	var out []Near
	v.sets(func(s *liveSet) {
		for k, j := range s.near.told {
			rr := s.v.results[s.set.rules[k.rule]]
			keys := []uint32{uint32(j.Key)}
			if s.set.over {
				keys = s.keysOf(k.row)
			}
			var key []KeyPart
			for _, c := range keys {
				key = append(key, s.keyer.spell(c)...)
			}
			out = append(out, Near{BreachID(rr, key, v.l.ID(j.Row)), rr.Rule, key, j})
		}
	})
	slices.SortFunc(out, func(a, b Near) int { return cmp.Or(cmp.Compare(a.Due.Due, b.Due.Due), cmp.Compare(a.ID, b.ID)) })
	return out
}
