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
// only what its windows reach. It declines where an episode may change: those
// need the whole trace.
func (s *liveSet) insertCounted(t *trace, r rec, at int) bool {
	x := s.x
	s.was.reset()
	s.is.reset()
	// None begins or ends here: those that a stretch passes by are told already.
	episodes := x.episodeTo
	x.episodeTo = func(*bound, Episode) {}
	defer func() { x.episodeTo = episodes }()
	for _, ro := range x.dispatch[r.typ] {
		b := x.rules[ro.rule]
		if w := s.statesOf(t)[ro.rule].win; w != nil && w.open || b.when.fn != nil || b.days {
			return false
		}
		lo, hi := s.reach(b, t, r, at)
		if hi-lo > int(t.recs.n)/2 {
			return false
		}
		s.part(b, t, lo, at, hi, nil, &s.was)
		s.part(b, t, lo, at, hi, &r, &s.is)
	}
	for _, d := range []*verdicts{&s.was, &s.is} {
		for i := range d.list {
			if d.list[i].verdict == Breached {
				return false
			}
		}
	}
	s.recs.insert(&t.recs, at, r)
	for _, ro := range x.dispatch[r.typ] {
		s.refill(x.rules[ro.rule], t)
	}
	s.x.key = t.key
	s.settle()
	return true
}

// reach is the part of a trace whose windows a late event at `at` touches, with
// a neighbour on each side.
func (s *liveSet) reach(b *bound, t *trace, r rec, at int) (lo, hi int) {
	recs := s.recs.of(t.recs)
	p := b.win.entry(b, s.x, r.row, r.t).pos
	lo, hi = at, at
	for lo > 0 && b.win.position(b, recs[lo-1].t) >= p-b.win.span {
		lo--
	}
	for hi < len(recs) && b.win.position(b, recs[hi].t) <= p+b.win.span {
		hi++
	}
	// the windows of those from `at` on, and of the neighbours, reach further back
	first := max(0, lo-1)
	low := b.win.position(b, recs[first].t) - b.win.span
	for first > 0 && b.win.position(b, recs[first-1].t) >= low {
		first--
	}
	return first, min(hi+1, len(recs))
}

// part judges a stretch of a trace for one count, with or without a late event,
// and takes the verdicts from one before `at` on.
func (s *liveSet) part(b *bound, t *trace, lo, at, hi int, late *rec, d *verdicts) {
	x := s.x
	var st state
	s.begin(t, false)
	fold := func(r rec, take bool) {
		x.emitTo = func(*bound, *judged) {}
		if take {
			x.emitTo = d.take
		}
		if x.maskOf(b, r.row)&roleWhen != 0 {
			x.count(b, &st, r.row, r.t)
		}
	}
	for i, r := range s.recs.of(t.recs)[lo:hi] {
		if lo+i == at && late != nil {
			fold(*late, true)
		}
		fold(r, lo+i >= at-1)
	}
	if at == hi && late != nil {
		fold(*late, true)
	}
}

// refill makes a count's state what it would be had the late event come in
// time.
func (s *liveSet) refill(b *bound, t *trace) {
	x := s.x
	recs := s.recs.of(t.recs)
	last := b.win.position(b, recs[len(recs)-1].t)
	lo := len(recs)
	for lo > 0 && b.win.position(b, recs[lo-1].t) >= last-b.win.span {
		lo--
	}
	s.quiet()
	s.begin(t, false)
	st := state{gen: keptGen}
	for _, r := range recs[lo:] {
		if x.maskOf(b, r.row)&roleWhen != 0 {
			x.count(b, &st, r.row, r.t)
		}
	}
	s.statesOf(t)[b.index] = st
}
