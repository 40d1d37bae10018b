package monitor

// onlyCounts says whether all that an event concerns is counts.
func (s *liveSet) onlyCounts(r rec) bool {
	for _, ro := range s.x.dispatch[r.typ] {
		if s.x.rules[ro.rule].class != classCount {
			return false
		}
	}
	return true
}

// insertCounted puts a late event into a long trace of counts by judging again
// only the stretch that its windows reach, with the episodes in it whole. It
// declines where the stretch is most of the trace.
func (s *liveSet) insertCounted(t *trace, r rec, at int) bool {
	s.was.reset()
	s.is.reset()
	roles := s.x.dispatch[r.typ]
	for _, ro := range roles {
		if b := s.x.rules[ro.rule]; b.when.fn != nil || b.days {
			return false
		}
	}
	s.renewed = s.renewed[:0]
	for _, ro := range roles {
		if !s.stretch(s.x.rules[ro.rule], t, r, at) {
			return false
		}
	}
	s.recs.insert(&t.recs, at, r)
	for i, ro := range roles {
		if st := s.renewed[i]; st.win != nil {
			st.gen = keptGen
			kept := &s.statesOf(t)[ro.rule]
			s.keepSpare(kept.win)
			*kept = st
		}
	}
	s.x.key = t.key
	s.settle()
	return true
}

// stretch judges, for one count, what a late event may change: without it and
// with it. What it gives begins and ends at an activation that is no breach and
// that the event doesn't reach, or with the trace; so episodes are whole.
func (s *liveSet) stretch(b *bound, t *trace, r rec, at int) bool {
	recs := s.recs.of(t.recs)
	reached := b.win.position(b, r.t) + b.win.span
	hi := at
	for hi < len(recs) && b.win.position(b, recs[hi].t) <= reached {
		hi++
	}
	s.begin(t, false)
	for margin := 8; ; margin *= 4 {
		from, to := max(0, at-margin), min(len(recs), hi+margin)
		if to-from > len(recs)/2 {
			return false
		}
		p := &s.part
		*p = part{b: b, recs: recs, from: from, to: to, at: at, verdicts: p.verdicts, index: p.index[:0]}
		p.reset()
		s.keepSpare(s.fold(p, nil).win)
		if from > 0 && !p.calmBefore(at) || to < len(recs) && !p.calmFrom(hi) {
			continue
		}
		s.was.list, s.was.episodes = append(s.was.list, p.list...), append(s.was.episodes, p.episodes...)
		p.reset()
		p.index = p.index[:0]
		st := s.fold(p, &r)
		s.is.list, s.is.episodes = append(s.is.list, p.list...), append(s.is.episodes, p.episodes...)
		if to < len(recs) { // what is kept at the trace's end isn't reached
			s.keepSpare(st.win)
			st = state{}
		}
		s.renewed = append(s.renewed, st)
		return true
	}
}

// part is a stretch of a trace that is judged again: recs[from:to], and the late
// event before recs[at].
type part struct {
	b            *bound
	recs         []rec
	from, to, at int
	verdicts
	index []int // of each verdict: which of recs
}

// calmBefore says whether the stretch begins with an activation before `at` that
// is no breach.
func (p *part) calmBefore(at int) bool {
	return len(p.list) > 0 && p.index[0] < at && p.list[0].verdict != Breached
}

// calmFrom says whether it ends with one at `hi` or after it.
func (p *part) calmFrom(hi int) bool {
	n := len(p.list) - 1
	return n >= 0 && p.index[n] >= hi && p.list[n].verdict != Breached
}

// fold judges a stretch, from what its first window reaches back to, and gives
// the state at its end.
func (s *liveSet) fold(p *part, late *rec) state {
	x, b := s.x, p.b
	st := state{win: s.spare}
	s.spare = nil
	st.reset(0)
	warm := p.from
	if p.from < len(p.recs) {
		low := b.win.position(b, p.recs[p.from].t)
		if late != nil && p.from == p.at {
			low = min(low, b.win.position(b, late.t))
		}
		for low -= b.win.span; warm > 0 && b.win.position(b, p.recs[warm-1].t) >= low; {
			warm--
		}
	}
	episodes := x.episodeTo
	defer func() { x.episodeTo = episodes }()
	x.emitTo, x.episodeTo = ignore, func(*bound, Episode) {}
	i := warm
	one := func(r rec) {
		if x.maskOf(b, r.row)&roleWhen != 0 {
			x.count(b, &st, r.row, r.t)
		}
	}
	for ; i < p.from; i++ {
		one(p.recs[i])
	}
	if st.win != nil {
		st.win.open = false // what began before isn't of this stretch
	}
	x.emitTo = func(b *bound, j *judged) {
		p.take(b, j)
		p.index = append(p.index, i)
	}
	x.episodeTo = p.episode
	for ; i <= p.to; i++ {
		if i == p.at && late != nil {
			one(*late)
		}
		if i < p.to {
			one(p.recs[i])
		}
	}
	if st.win != nil && st.win.open {
		p.episode(b, st.win.ep)
	}
	if st.win != nil && len(st.win.in) == 0 { // no event counted
		s.keepSpare(st.win)
		st.win = nil
	}
	return st
}

// keepSpare keeps the memory of a window that is no longer needed for the next.
func (s *liveSet) keepSpare(w *sliding) {
	if w != nil {
		s.spare = w
	}
}
