package monitor

import (
	"slices"
)

// liveKeying is the live side of one way of correlating: it finds an event's
// keys and shares their traces out among its sets.
type liveKeying struct {
	v      *Live
	set    *keying
	keyer  *keyer
	shards []*liveSet
	keyBuf []uint32
}

func newLiveKeying(v *Live, set *keying, shards int) *liveKeying {
	if set.over {
		shards = 1 // clusters join across keys
	}
	k := &liveKeying{v: v, set: set, keyer: newKeyer(v.l, set.parts)}
	for _, r := range set.rules {
		v.results[r].keyer = k.keyer
	}
	for i := range shards {
		k.shards = append(k.shards, newLiveSet(v, set, k.keyer, i, shards))
	}
	return k
}

// send queues a row for the traces of its keys, each in the set that has it. A
// row without a key is counted at once.
func (k *liveKeying) send(row uint32, step uint64) {
	typ := k.v.l.Type[row]
	if len(k.shards[0].x.dispatch[typ]) == 0 {
		return
	}
	r := rec{k.v.l.Time[row], row, typ}
	if k.keyBuf = k.keyer.keys(row, k.keyBuf[:0]); len(k.keyBuf) == 0 {
		k.shards[0].keyless(row, 1)
		return
	}
	if k.set.over {
		k.shards[0].queue = append(k.shards[0].queue, keyed{0, step, r})
		return
	}
	for _, c := range k.keyBuf {
		s := k.shards[c%uint32(len(k.shards))]
		s.queue = append(s.queue, keyed{c, step, r})
	}
}

// remove takes a row out of the traces of its keys.
func (k *liveKeying) remove(row uint32) {
	k.v.step++
	if len(k.shards[0].x.dispatch[k.v.l.Type[row]]) == 0 {
		return
	}
	k.keyBuf = k.keyer.keys(row, k.keyBuf[:0])
	if len(k.keyBuf) == 0 {
		k.shards[0].keyless(row, -1)
		return
	}
	if k.set.over {
		s := k.shards[0]
		s.step = k.v.step
		s.remove(s.union.find(k.keyBuf[0]), row)
		return
	}
	for _, c := range k.keyBuf {
		s := k.shards[c%uint32(len(k.shards))]
		s.step = k.v.step
		s.remove(c, row)
	}
}

// each calls do for every set that has something to do, on all cores where that is
// worth asking for them; what else there is to learn of a batch is learnt beside it.
func (v *Live) each(has func(*liveSet) bool, much bool, do func(*liveSet)) {
	list := v.busy[:0]
	for _, k := range v.keyings {
		for _, s := range k.shards {
			if has(s) {
				s.step = v.step
				list = append(list, s)
			}
		}
	}
	v.busy = list
	if !much || len(list) < 2 {
		for _, s := range list {
			do(s)
		}
		return
	}
	v.crew.spread(len(list), v.learn, func(i int) { do(list[i]) })
}

// sets calls do for every set.
func (v *Live) sets(do func(*liveSet)) {
	v.each(func(*liveSet) bool { return true }, false, do)
}

// put lets rows act on the traces of their keys. Of many rows each set picks its
// own, where a key is no more than a look at a column.
func (v *Live) put(rows ...uint32) {
	much, from := len(rows) >= worthCores, v.step+1
	for _, k := range v.keyings {
		if much && picks(k.set, k.keyer) {
			continue
		}
		for i, row := range rows {
			k.send(row, from+uint64(i))
		}
	}
	v.step += uint64(len(rows))
	v.each(func(s *liveSet) bool { return len(s.queue) > 0 || much && s.picks() }, much, func(s *liveSet) {
		if much && s.picks() {
			s.pick(rows, from)
		}
		s.run()
	})
}

func (s *liveSet) picks() bool { return picks(s.set, s.keyer) }

func picks(set *keying, k *keyer) bool { return !set.over && k.sole() }

func (s *liveSet) fitConcerns() {
	for _, roles := range s.x.dispatch[len(s.concerns):] {
		s.concerns = append(s.concerns, min(len(roles), 1))
	}
}

// pick queues those of the rows that are the set's; the first set counts those
// without a key. Nobody can guess which row concerns a rule and is whose, so it asks
// without a branch, and looks for keys only of what concerns one.
func (s *liveSet) pick(rows []uint32, step uint64) {
	types, times := s.v.l.Type, s.v.l.Time
	placed := slices.Grow(s.placed[:0], len(rows))[:len(rows)]
	steps := slices.Grow(s.steps[:0], len(rows))[:len(rows)]
	n := 0
	for i, row := range rows {
		placed[n].row, steps[n] = row, step+uint64(i)
		n += s.concerns[types[row]]
	}
	s.placed, s.steps = placed[:n], steps[:n]
	s.keyer.soleKeys(s.placed)
	queue := slices.Grow(s.queue[:0], n)[:n]
	n = 0
	without := false
	for i, p := range s.placed {
		q := &queue[n]
		q.code, q.step, q.t, q.row, q.typ = p.code, s.steps[i], times[p.row], p.row, types[p.row]
		mine := 1
		if p.code == 0 {
			mine, without = 0, true
		}
		if p.code%s.shards != s.shard {
			mine = 0
		}
		n += mine
	}
	s.queue = queue[:n]
	if !without || s.shard != 0 {
		return
	}
	for _, p := range s.placed {
		if p.code == 0 {
			s.keyless(p.row, 1)
		}
	}
}
