package monitor

import (
	"slices"

	"plumbline/internal/rule"
)

// Rows are the events that a rule's verdict on an activation may rest on: those
// of all traces that the activating event belongs to, in their order. They
// include events that concern only other rules correlated alike. Many goroutines
// may ask, while none of them changes anything.
func (v *Live) Rows(r *rule.Rule, row uint32) []uint32 {
	v.asked.Lock() // keys are put together in one place, and clusters found by shortening ways
	defer v.asked.Unlock()
	var out []uint32
	for _, k := range v.keyings {
		if !slices.ContainsFunc(k.set.rules, func(i int) bool { return v.results[i].Rule == r }) {
			continue
		}
		for _, code := range k.keyer.keys(row, nil) {
			s := k.shards[code%uint32(len(k.shards))]
			if k.set.over {
				s = k.shards[0]
				code = s.union.find(code)
			}
			if n := s.number(code); n > 0 {
				for _, r := range s.recs.of(s.traces[n-1].recs) {
					out = append(out, r.row)
				}
			}
		}
	}
	if !slices.Contains(out, row) {
		out = append(out, row)
	}
	v.l.Sort(out)
	return slices.Compact(out)
}

// Quietly does something whose changes need not be told, as they were told
// before: taking events again from a store.
func (v *Live) Quietly(do func()) {
	was := v.quiet
	v.quiet = true
	defer func() { v.quiet = was }()
	do()
}

// Find is the row that stands for an event, by its source and id; false where
// there is none, or it was voided. Many goroutines may ask, while none of them
// changes anything.
func (v *Live) Find(source, id string) (uint32, bool) {
	v.asked.Lock() // the series of the id before is remembered
	defer v.asked.Unlock()
	own := v.ids.of(source, id)
	row, ok := v.ids.find(v, &own)
	if !ok {
		return 0, false
	}
	now := v.standing(row)
	return uint32(max(0, now)), now >= 0
}
