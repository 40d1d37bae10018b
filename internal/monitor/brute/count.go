package brute

// counts decides a rule about a number in a window, activation by activation, and joins
// consecutive breaches of a key into episodes.
func (j *judge) counts(acts []*activation) []Verdict {
	var verdicts []Verdict
	episode := map[string]string{} // key → id of the running episode's first activation
	for _, a := range acts {
		v := j.agree([]*activation{a}, func(t *trial) []Verdict { return []Verdict{t.count(a)} })[0]
		if v.Verdict != "breached" {
			delete(episode, a.key)
		} else {
			if episode[a.key] == "" {
				episode[a.key] = j.events[a.at].ID
			}
			v.Episode = episode[a.key]
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// count takes the number over every choice of what isn't known. Conditions without value are
// tried both ways here, so both readings give the same.
func (t *trial) count(a *activation) Verdict {
	var sure, maybe []int
	for i := 0; i <= a.at; i++ {
		if !a.trace[i] || !t.effective(t.events[i]) || !typed(t.rule.Count.Of, t.events[i]) || !t.inWindow(a, i) {
			continue
		}
		switch (scene{it: t.events[i], kase: t.caseOf(&activation{at: i, keys: a.keys})}).holds(t.rule.Count.Of.Where) {
		case isTrue:
			sure = append(sure, i)
		case noValue:
			maybe = append(maybe, i)
		}
	}
	var over, within bool
	var number float64
	for subset := range 1 << len(maybe) {
		members := append([]int(nil), sure...)
		for k, i := range maybe {
			if subset>>k&1 == 1 {
				members = append(members, i)
			}
		}
		low, high, known := t.number(members)
		if !known {
			over, within = true, true
			break
		}
		over = over || high > t.rule.Count.AtMost
		within = within || low <= t.rule.Count.AtMost
		number = high
	}
	switch {
	case over && within:
		return Verdict{Verdict: "not_evaluable"}
	case over:
		return Verdict{Verdict: "breached", Number: number}
	}
	return Verdict{Verdict: "met", Number: number}
}

// inWindow says whether event i, not after a, lies in the window that ends with a.
func (t *trial) inWindow(a *activation, i int) bool {
	in := t.rule.Count.In
	if in.elapsed() {
		return t.at(a.at)-in.length() <= t.at(i)
	}
	last, day := localDay(t.events[a.at].Time, t.zone), localDay(t.events[i].Time, t.zone)
	months := func(d Day) int { return d.civil().Year()*12 + int(d.civil().Month()) }
	switch in.Unit {
	case "d":
		return day > last-Day(in.N)
	case "w":
		return day > last-Day(7*in.N)
	case "mo":
		return months(day) > months(last)-in.N
	}
	return day.civil().Year() > last.civil().Year()-in.N
}

// number is the least and the greatest number that the members can come to. A distinct value
// that is missing may be one of those there or a new one; known is false where a sum lacks a
// value, and may then be anything.
func (t *trial) number(members []int) (low, high float64, known bool) {
	c := t.rule.Count
	switch {
	case c.Sum != nil:
		for _, i := range members {
			v := scene{it: t.events[i]}.value(*c.Sum)
			if v.Kind == Absent {
				return 0, 0, false
			}
			high += v.Num
		}
		return high, high, true
	case c.Distinct != nil:
		values, missing := map[Value]bool{}, 0
		for _, i := range members {
			v := scene{it: t.events[i]}.value(*c.Distinct)
			if v.Day = false; v.Kind == Absent {
				missing++
			} else {
				values[v] = true
			}
		}
		low = float64(len(values))
		if missing > 0 {
			low = max(low, 1)
		}
		return low, float64(len(values) + missing), true
	}
	return float64(len(members)), float64(len(members)), true
}
