package brute

// verdict decides one activation in one trial.
func (t *trial) verdict(a *activation) Verdict {
	switch {
	case t.rule.Form == "hold":
		return t.hold(a)
	case t.rule.Form == "preceded_by":
		return t.precededBy(a)
	}
	return t.followedBy(a)
}

func (t *trial) hold(a *activation) Verdict {
	e := t.events[a.at]
	switch (scene{it: e, when: e, kase: a.kase}).holds(t.rule.Hold) {
	case isTrue:
		return Verdict{Verdict: "met"}
	case isFalse:
		return Verdict{Verdict: "breached"}
	}
	return Verdict{Verdict: "not_evaluable"}
}

// followedBy looks at the events after a in order until one decides.
func (t *trial) followedBy(a *activation) Verdict {
	w := t.newWalk(a, a.at)
	for i := a.at + 1; i < len(t.events); i++ {
		if !a.trace[i] {
			continue
		}
		w.meet(i)
		if a.shares[i] {
			if v, decided := w.decide(i); decided {
				return v
			}
		}
		if t.rule.Immediately { // the next event has decided, and it neither matched nor excused
			if t.rule.Never {
				return w.told("met", -1)
			}
			return w.told("breached", -1)
		}
		if a.shares[i] {
			w.act(i)
		}
	}
	return w.atEnd()
}

// decide says whether event i, as a match or as an excuse, decides the activation, and how.
func (w *walk) decide(i int) (Verdict, bool) {
	if w.takes(match, w.a, i) {
		switch inTime := w.inTime(i); {
		case w.rule.Never && inTime:
			return w.told("breached", i), true
		case w.rule.Never: // too late to offend; the next one is later still, or is looked at
			return Verdict{}, false
		case inTime:
			return w.told("met", i), true
		}
		return w.told("met_late", i), true
	}
	if w.takes(excuse, w.a, i) && w.inTime(i) {
		return w.told("moot", i), true
	}
	return Verdict{}, false
}

// atEnd is the verdict where no event decided.
func (w *walk) atEnd() Verdict {
	ended := w.asked.Complete || w.a.closed >= 0 && w.asked.W >= w.events[w.a.closed].Time
	switch {
	case w.rule.Never && ended:
		return w.told("met", -1)
	case !w.passed():
		return w.told("running", -1)
	case w.rule.Never:
		return w.told("met", -1)
	}
	return w.told("breached", -1)
}

// told adds to a verdict the deadline as it stands, the deciding event and its lateness.
func (w *walk) told(verdict string, first int) Verdict {
	v := Verdict{Verdict: verdict}
	if first >= 0 {
		v.First = w.events[first].ID
	}
	if w.unsure {
		v.Verdict = "not_evaluable"
	}
	if w.noStart {
		return v
	}
	if first < 0 {
		w.expire(w.asked.T)
	}
	var d deadline
	switch {
	case w.rule.Within.none() && w.a.closed < 0 || w.pause != nil:
		return v
	case w.rule.Within.none():
		d.due = w.events[w.a.closed].Time
		d.lastDay = localDay(d.due, w.zone)
	default:
		d = w.deadline()
	}
	v.HasDue, v.Due = true, d.due
	switch {
	case verdict == "met_late" && d.elapsed:
		v.Late = w.at(first) - d.due
	case verdict == "met_late":
		v.LateDays = max(1, int(localDay(w.at(first), w.zone)-d.lastDay))
	case verdict == "running":
		v.AtRisk = w.atRisk(d.due)
	}
	return v
}

// atRisk says whether T has come within `warn` of due. Calendar units count back from the date
// of due, and the whole of the day reached is at risk.
func (w *walk) atRisk(due Instant) bool {
	warn := w.rule.Warn
	switch {
	case warn.none():
		return false
	case warn.elapsed():
		return w.asked.T >= due-warn.length()
	}
	day := localDay(due, w.zone)
	switch warn.Unit {
	case "d":
		day -= Day(warn.N)
	case "w":
		day -= Day(7 * warn.N)
	case "wd":
		for n := warn.N; n > 0; {
			if day--; w.calendar.works(day) {
				n--
			}
		}
	case "mo":
		day, _ = day.monthsLater(-warn.N)
	case "y":
		day, _ = day.monthsLater(-12 * warn.N)
	}
	return w.asked.T >= firstInstantOf(day, w.zone)
}

// precededBy asks of each event before a whether it matches or excuses, and whether a is in
// time from it. One that does for certain decides; else one that may leaves it open.
func (t *trial) precededBy(a *activation) Verdict {
	matched, excused := isFalse, isFalse
	var matchedBy, excusedBy string
	for i := a.at - 1; i >= 0; i-- {
		if !a.trace[i] {
			continue
		}
		if a.shares[i] {
			if t.takes(match, a, i) {
				better(&matched, &matchedBy, t.fits(a, i), t.events[i].ID)
			} else if t.takes(excuse, a, i) {
				better(&excused, &excusedBy, t.fits(a, i), t.events[i].ID)
			}
		}
		if t.rule.Immediately {
			break
		}
	}
	switch {
	case excused == isTrue:
		return Verdict{Verdict: "moot", First: excusedBy}
	case excused == noValue || matched == noValue:
		return Verdict{Verdict: "not_evaluable"}
	case t.rule.Never == (matched == isTrue):
		return Verdict{Verdict: "breached", First: matchedBy}
	}
	return Verdict{Verdict: "met", First: matchedBy}
}

// better keeps a certain answer, else an uncertain one, else none; the first of its kind.
func better(have *kleene, by *string, got kleene, id string) {
	if got == isTrue && *have != isTrue || got == noValue && *have == isFalse {
		*have, *by = got, id
	}
}

// fits says whether a is in time from the event in place i before it.
func (t *trial) fits(a *activation, i int) kleene {
	if t.rule.Within.none() {
		return isTrue
	}
	w := t.newWalk(a, i)
	for k := i + 1; k < a.at; k++ {
		if a.shares[k] {
			w.meet(k)
			w.act(k)
		}
	}
	w.expire(t.at(a.at))
	inTime := w.inTime(a.at)
	if w.unsure {
		return noValue
	}
	return truth(inTime)
}

// assignments decides `discharge: oldest`: trace by trace, or for the whole rule under over any
// and all, each reading and world does the whole assignment.
func (j *judge) assignments(acts []*activation) []Verdict {
	verdicts := make([]Verdict, len(acts))
	groups := map[string][]int{}
	for i, a := range acts {
		groups[a.key] = append(groups[a.key], i)
	}
	for _, group := range groups {
		var members []*activation
		for _, i := range group {
			members = append(members, acts[i])
		}
		for k, v := range j.agree(members, func(t *trial) []Verdict { return t.assign(members) }) {
			verdicts[group[k]] = v
		}
	}
	return verdicts
}

// assign takes the events in order: each settles the oldest open activation before it that it
// matches, then excuses those open that it excuses, then acts on the clocks of the others.
func (t *trial) assign(acts []*activation) []Verdict {
	verdicts := make([]Verdict, len(acts))
	done := make([]bool, len(acts))
	walks := make([]*walk, len(acts))
	for k, a := range acts {
		walks[k] = t.newWalk(a, a.at)
	}
	for i := range t.events {
		settled := false
		for k, a := range acts {
			if done[k] || i <= a.at || !a.trace[i] {
				continue
			}
			w := walks[k]
			w.meet(i)
			switch {
			case !a.shares[i]:
			case !settled && t.takes(match, a, i):
				settled, done[k] = true, true
				verdicts[k] = w.told(map[bool]string{true: "met", false: "met_late"}[w.inTime(i)], i)
			case t.takes(excuse, a, i) && w.inTime(i):
				done[k] = true
				verdicts[k] = w.told("moot", i)
			default:
				w.act(i)
			}
		}
	}
	for k, w := range walks {
		if !done[k] {
			verdicts[k] = w.atEnd()
		}
	}
	return verdicts
}
