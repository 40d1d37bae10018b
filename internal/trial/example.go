package trial

import (
	"slices"

	"plumbline/internal/monitor"
)

// exemplify picks and explains examples of a rule's changes: violations that
// vanish, violations that appear, other changes; of whom the change is
// concentrated on first, else in the order of the log.
func exemplify(old, now *monitor.Result, m *matching, pairs []judged, who []Concentration, most int) []Example {
	x := explaining{old: explainer(old, m.old), now: explainer(now, m.now)}
	out := []Example{}
	for _, kind := range []func(p *judged) bool{(*judged).vanished, (*judged).appeared, func(p *judged) bool {
		return !p.vanished() && !p.appeared() && p.from() != p.to()
	}} {
		var found []*judged
		for i := range pairs {
			if kind(&pairs[i]) {
				found = append(found, &pairs[i])
			}
		}
		slices.SortStableFunc(found, func(a, b *judged) int { return rank(a, who) - rank(b, who) })
		for _, p := range found[:min(most, len(found))] {
			out = append(out, x.example(now, p))
		}
	}
	return out
}

// rank is 0 for an activation that a concentration speaks of.
func rank(p *judged, who []Concentration) int {
	for _, c := range who {
		name := p.officer
		if c.Of == Unit {
			name = p.unit
		}
		if name != nil && *name == c.Name && (c.Vanished && p.vanished() || !c.Vanished && p.appeared()) {
			return 0
		}
	}
	return 1
}

type explaining struct{ old, now *monitor.Explainer }

func explainer(res *monitor.Result, rr *monitor.RuleResult) *monitor.Explainer {
	if rr == nil {
		return nil
	}
	return monitor.NewExplainer(res, rr)
}

func (x explaining) example(now *monitor.Result, p *judged) Example {
	l := now.Log
	out := Example{Event: l.GivenID(p.row), Type: l.Types.Name(uint32(l.Type[p.row])), Time: p.rr.Rule.Pack.Log.Zone.Format(l.Time[p.row]),
		Officer: p.officer, Unit: p.unit, From: p.from().String(), To: p.to().String(), Vanished: p.vanished(), Appeared: p.appeared(), Key: []KeyPart{}}
	said := func(ex *monitor.Explainer, j *monitor.Judgement) *Said {
		if j == nil {
			return nil
		}
		s := ex.Explain(j).Sentence
		return &Said{s.En, s.Zh}
	}
	out.Old, out.New = said(x.old, p.old), said(x.now, p.now)
	j := p.now
	if j == nil {
		j = p.old
	}
	for _, k := range p.rr.KeyOf(j) {
		out.Key = append(out.Key, KeyPart{k.Kind, k.ID})
	}
	return out
}
