package monitor

// wholly is a rule's wish to see all that an event is to it.
const wholly = ^uint8(0)

// An event changes nothing for the rules that its type doesn't concern. So a short
// trace, which is folded anew for each of its events, is folded for those rules
// alone; and where the event comes at the end, only for those of which more is said
// by it than follows from itself.

// appendShort adds an event to the end of a short trace.
func (s *liveSet) appendShort(t *trace, r rec) {
	x := s.x
	roles := x.dispatch[r.typ]
	looks, silent, responses := s.wantBefore(roles)
	if silent {
		s.recs.append(&t.recs, r)
		return
	}
	s.begin(t, false)
	if looks {
		s.quiet()
		for _, e := range s.recs.of(t.recs) {
			x.eventFor(s.want, e.row, e.t, e.typ)
		}
	}
	s.was.reset()
	s.is.reset() // episodes that ended before
	if looks {
		s.open(roles, &s.was)
	}
	s.into(&s.is)
	x.unknownTo = s.calls.unknown
	for _, ro := range roles {
		if b := x.rules[ro.rule]; b.class != classPrecedence || ro.mask&roleWhen != 0 { // else for activations to come
			x.step(b, x.stateOf(ro.rule), r.row, r.t, r.typ, ro.mask)
		}
	}
	x.unknownTo = s.calls.no
	s.recs.append(&t.recs, r)
	s.open(roles, &s.is)
	s.wantNothing(roles)
	s.settle()
	s.schedule(t, responses == s.responses)
}

// wantBefore notes what the rules that an event at the end of a trace concerns must
// know of the events before it; whether any must know anything; whether the event
// leaves every verdict as it is, and adds none; and how many rules with followed_by
// know everything.
func (s *liveSet) wantBefore(roles []role) (looks, silent bool, responses int) {
	silent = true
	for _, ro := range roles {
		b := s.x.rules[ro.rule]
		want := uint8(0)
		switch b.class {
		case classPrecedence:
			if ro.mask&roleWhen == 0 {
				continue // it is for activations to come
			}
			want = wholly &^ roleWhen // an activation before says nothing of this one
		case classResponse:
			if ro.mask != roleWhen || b.r.Paused != nil || b.r.Oldest { // else a new activation, which leaves the others as they are
				want = wholly
				responses++
			}
		case classCount:
			want = wholly
		}
		s.want[ro.rule] = want
		looks = looks || want != 0
		silent = false
	}
	return looks, silent, responses
}

func (s *liveSet) wantNothing(roles []role) {
	for _, ro := range roles {
		s.want[ro.rule] = 0
	}
}

// insertShort puts a late event into a short trace, and compares what is said
// before and after by the rules that it concerns.
func (s *liveSet) insertShort(t *trace, r rec, at int) {
	roles := s.x.dispatch[r.typ]
	responses := 0
	for _, ro := range roles {
		s.want[ro.rule] = wholly
		if s.x.rules[ro.rule].class == classResponse {
			responses++
		}
	}
	s.allFor(s.want, t, &s.was, -1)
	s.recs.insert(&t.recs, at, r)
	s.allFor(s.want, t, &s.is, 1)
	s.wantNothing(roles)
	s.settle()
	s.schedule(t, responses == s.responses)
}
