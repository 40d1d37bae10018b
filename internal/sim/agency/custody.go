package agency

// custody draws one custody from the detention to its end.
func (c *course) custody(t int64, p *person, summons Object, main bool) (end int64, sent bool) {
	k := c.new("custody", "K")
	in := c.inCase(k)
	with := in
	if summons.ID != "" {
		with = c.inCase(k, summons)
	}
	detained := c.add(personDetained, t, c.handler, with, c.region()...)
	if end, over := c.soonOver(detained, p, in); over {
		return end, false
	}
	admitted := c.admit(detained, "detained-to-centre-24h", p, in)
	admitted = min(admitted, c.escort(detained, p, in))
	c.family(detained, in, "detained-family-told-24h")
	c.firstQuestions(detained, p, in, admitted)
	if c.chance(0.06) {
		return c.wrong(t, p, in), false
	}
	without := main && p.minor && c.chance(0.6)
	if without {
		without = c.legalAid(t+3*hour+c.r.Int64N(20*hour), p)
	}
	c.extendRequest(detained, in)
	if c.chance(0.3) {
		c.lawyer(t + day + c.r.Int64N(20*day))
	}
	last := c.until("arrest-requested-in-time", detained)
	requested, ok := c.answer("arrest-requested-in-time", t+25*hour, last)
	if ok && requested > last && c.chance(0.3) { // extended when the days were over
		c.add(arrestRequestExtended, c.between(last+1, requested), c.head(), in,
			text("approver", "county_head"), text("ground", "gang"), number("days", 0))
	}
	switch {
	case !ok:
		end = last + day + c.r.Int64N(3*day)
		c.add(custodyEnded, end, c.handler, in)
		return end, false
	case c.chance(0.25): // released, on bail or under surveillance instead
		return c.release(requested, p, in), false
	case main && !without && c.chance(0.05):
		c.sendToProcuratorate(requested, without)
		return requested, true
	}
	p.without = without
	c.questions(requested-c.r.Int64N(day), p, in, admitted)
	c.add(arrestRequested, requested, c.handler, in)
	return c.arrest(requested, p, in, admitted, main)
}

// soonOver draws the custodies that end before anything of them is owed.
func (c *course) soonOver(detained *Event, p *person, in []Object) (end int64, over bool) {
	if c.chance(0.06) { // released within the day, with nothing else owed
		end = detained.At + 3*hour + c.r.Int64N(20*hour)
		c.add(custodyEnded, end, c.handler, in)
		return end, true
	}
	if c.chance(0.015) { // the whole case goes to another organ, and with it what is owed
		c.add(filedCaseTransferred, detained.At+c.r.Int64N(20*hour), c.handler, in, flag("reporter", false))
		return detained.At + 2*day, true
	}
	if p.female && c.chance(0.08) { // pregnant or nursing: no centre takes her
		if !c.breaks("pregnant-or-nursing-not-admitted") {
			refused := detained.At + 2*hour + c.r.Int64N(16*hour)
			c.add(admissionRefused, refused, c.centre(refused), in)
			return c.release(refused+1800, p, in), true
		}
		p.nursing = true
	}
	return 0, false
}

// admit: 刑126 to a centre within 24 hours, 刑154 examined there, 刑328 a minor
// apart. It gives the time of the admission, never if there was none.
func (c *course) admit(e *Event, rule string, p *person, in []Object) int64 {
	at, ok := c.owed(rule, e, false)
	if !ok {
		return never
	}
	health, body := true, true
	if c.breaks("health-checked-on-admission") {
		health = c.chance(0.5)
		body = !health
	}
	attrs := []Attr{flag("health_checked", health), flag("body_checked", body), flag("minor", p.minor),
		flag("safety_checked", c.keeps("safety-checked-on-admission")), flag("sexes_apart", c.keeps("men-and-women-held-apart")),
		text("sex", sexOf(p.female)), flag("pregnant_or_nursing", p.nursing)}
	if p.minor {
		attrs = append(attrs, flag("held_apart", c.keeps("minors-held-apart")))
	}
	c.add(admittedToDetentionCentre, at, c.centre(at), in, attrs...)
	return at
}

func (c *course) centre(t int64) int32 {
	return c.staff.onShift(c.r, c.staff.branch[c.county], centreStaff, t)
}

// escort: 刑126(2): held in a centre where they were caught, brought home, and to a
// centre there by the end of the next day, at a time that is given. The journey
// isn't counted elsewhere.
func (c *course) escort(held *Event, p *person, in []Object) (admitted int64) {
	if !c.chance(0.1) {
		return never
	}
	begun := held.At + 2*hour + c.r.Int64N(30*hour)
	c.add(escortBegun, begun, c.handler, in)
	arrived := c.add(escortEnded, begun+3*hour+c.r.Int64N(60*hour), c.handler, in)
	return c.admit(arrived, "centre-after-the-escort", p, in)
}

// wrong: 刑128: released at once, by the end of the next day at the latest.
func (c *course) wrong(t int64, p *person, in []Object) (end int64) {
	found := c.add(detentionFoundWrong, t+25*hour+c.r.Int64N(20*hour), c.handler, in)
	at := c.done("released-when-detention-was-wrong", found.At, days(found.At, 1))
	return c.release(at, p, in)
}

// family: 刑127, 145, 113: told within 24 hours, or put off on a ground that the
// article knows, which stands on the notice; told when the ground has ended.
func (c *course) family(e *Event, in []Object, rule string) {
	if !c.chance(0.1) {
		if at, ok := c.owed(rule, e, false); ok {
			c.add(familyNotified, at, c.handler, in)
		}
		return
	}
	ground, offence := "impossible", "other"
	switch {
	case c.breaks(rule):
		ground = "obstructive"
		if rule != "detained-family-told-24h" { // it excuses after a detention only
			offence = one(c, "state_security", "terrorism", "other")
		}
	case rule == "detained-family-told-24h" && c.chance(0.5):
		ground, offence = "obstructive", one(c, "state_security", "terrorism")
	}
	at := c.inTime(e.At, wholeHours(e.At, 24))
	c.add(familyNoticeDeferred, at, c.handler, in, text("ground", ground), text("offence_kind", offence),
		flag("reason_noted", c.keeps("family-notice-reason-noted")))
	if e.object("custody") == "" {
		return
	}
	ended := c.add(reasonNotToNotifyEnded, at+hour+c.r.Int64N(20*hour), c.handler, in)
	if told, ok := c.owed("family-told-when-the-ground-ends", ended, false); ok {
		c.add(familyNotified, told, c.handler, in)
	}
}

// firstQuestions: 刑128, 144: within 24 hours.
func (c *course) firstQuestions(e *Event, p *person, in []Object, admitted int64) {
	rule := "detained-interrogated-24h"
	if e.Type == personArrested {
		rule = "arrested-interrogated-24h"
	}
	if at, ok := c.owed(rule, e, false); ok {
		c.questions(at, p, in, admitted)
	}
}

// questions are put in the centre once the person is there (刑198(2)).
func (c *course) questions(t int64, p *person, in []Object, admitted int64) {
	place := "case_handling_place"
	if t >= admitted {
		place = "detention_centre"
		switch {
		case c.breaks("in-the-centre-once-admitted"):
			place = one(c, "case_handling_place", "scene_urgent")
		case c.chance(0.04):
			place = "home_or_hospital_ill"
		}
	}
	c.interrogate(t, p, in, place)
}

// extendRequest: 刑129: one to four days, or up to thirty in three kinds of case,
// approved by a head of the county; a psychiatric examination stops the days.
func (c *course) extendRequest(detained *Event, in []Object) {
	t := detained.At
	at := t + 30*hour + c.r.Int64N(24*hour)
	if c.chance(0.2) {
		at = c.until("arrest-requested-in-time", detained) // the last second
		if at >= never {
			return
		}
	}
	switch {
	case c.chance(0.35):
		approver := one(c, "county_head", "county_head", "city_head")
		if c.breaks("arrest-request-extension-approved") {
			approver = "case_department_head"
		}
		ground, n := one(c, "special", "special", "roaming", "repeated", "gang"), 0
		if ground == "special" {
			n = 1 + c.r.IntN(4)
		}
		if c.breaks("arrest-request-extension-ground") {
			ground, n = one(c, "special", "workload"), 5+c.r.IntN(3)
		}
		c.add(arrestRequestExtended, at, c.head(), in, text("approver", approver), text("ground", ground), number("days", n))
	case c.chance(0.05) && !c.escorted(detained):
		c.examination(t+31*hour+c.r.Int64N(20*hour), in)
	}
}

func (c *course) escorted(detained *Event) bool {
	for _, e := range c.events {
		if e.Type == escortBegun && e.about("custody", detained.object("custody")) {
			return true
		}
	}
	return false
}

func (c *course) examination(t int64, in []Object) {
	c.add(psychiatricExaminationBegun, t, c.handler, in)
	c.add(psychiatricExaminationEnded, t+3*day+c.r.Int64N(20*day), c.handler, in)
}

// arrest: the procuratorate's seven days (刑诉91(3)), and what follows its
// decision.
func (c *course) arrest(t int64, p *person, in []Object, admitted int64, main bool) (end int64, sent bool) {
	received := c.add(arrestRequestReceived, t+600+c.r.Int64N(20*hour), 0, in)
	decided, ok := c.owed("procurator-decides-7d", received, false)
	switch {
	case !ok:
		end = days(received.At, 8) + c.r.Int64N(2*day)
		c.add(custodyEnded, end, c.handler, in)
		return end, false
	case c.chance(0.2):
		c.add(arrestRefused, decided, 0, in)
		return c.refused(decided+hour+c.r.Int64N(12*hour), p, in), false
	}
	c.add(arrestApproved, decided, 0, in)
	act := c.new("act", "X")
	with := append(append([]Object{}, in...), act)
	arrested := c.add(personArrested, c.monthEnd(decided+hour+c.r.Int64N(20*hour), 3), c.handler, with, c.region()...)
	c.place(arrested, with[:1])
	c.film(act, arrested)
	admitted = min(admitted, c.escort(arrested, p, in))
	c.firstQuestions(arrested, p, in, admitted)
	c.family(arrested, in, "arrested-family-told-24h")
	return c.term(arrested, p, in, admitted, main)
}

// refused: released at once (刑140), by the end of the next day at the latest;
// reconsideration and review are asked for within five days each (刑141).
func (c *course) refused(t int64, p *person, in []Object) (end int64) {
	e := c.add(arrestRefusalReceived, t, c.handler, in)
	if at, ok := c.owed("released-when-arrest-is-refused", e, false); ok {
		end = c.release(at, p, in)
	}
	if c.chance(0.6) {
		asked := c.done("refusal-reconsideration-asked-5d", t, daysRolled(t, 5))
		c.add(refusalReconsiderationAsked, asked, c.handler, in)
		if c.chance(0.6) {
			answered := asked + 2*day + c.r.Int64N(5*day)
			c.add(refusalReconsiderationReceived, answered, c.handler, in)
			c.add(refusalReviewAsked, c.done("refusal-review-asked-5d", answered, daysRolled(answered, 5)), c.handler, in)
		}
	}
	return max(end, t+2*day)
}

// release ends a custody: free, on bail, or under surveillance.
func (c *course) release(t int64, p *person, in []Object) (end int64) {
	switch {
	case c.chance(0.4):
		c.add(custodyEnded, t, c.handler, in)
		return t + 10*day + c.r.Int64N(60*day)
	case c.chance(0.7):
		return c.bail(t, p, in[1:])
	}
	return c.surveillance(t, p, in[1:])
}

// term: 刑148–150: two months, one more, two more, two again, each asked for seven
// days before the end; 刑151 a new count, 刑152 an unknown identity.
func (c *course) term(running *Event, p *person, in []Object, admitted int64, main bool) (end int64, sent bool) {
	const rule = "custody-within-its-term"
	switch {
	case c.chance(0.01):
		c.add(trialPostponementApproved, running.At+20*day+c.r.Int64N(30*day), 0, in)
		return running.At + 200*day, false
	case c.chance(0.15):
		running = c.countAnew(running, in)
	case c.chance(0.04):
		t := running.At + 3*day + c.r.Int64N(20*day)
		c.add(identityInquiryApproved, t, c.head(), in)
		running = c.add(identityEstablished, t+10*day+c.r.Int64N(60*day), c.handler, in)
	case c.chance(0.05):
		c.examination(running.At+5*day+c.r.Int64N(20*day), in)
	}
	for _, stage := range []string{"first", "second", "third"} {
		if !c.chance(0.35) {
			break
		}
		c.extendCustody(running, in, stage)
	}
	last := c.until(rule, running)
	from := running.At + 10*day
	if e := c.events[len(c.events)-1]; e.Type == custodyExtended {
		from = e.At
	}
	end, ok := c.answer(rule, from, last)
	c.questions(c.between(running.At+2*day, max(running.At+9*day, min(end, last)-day)), p, in, admitted)
	if !ok {
		return last + 60*day, false
	}
	if end <= last && lastOfMonth(dayOf(running.At, china)) && c.chance(0.5) {
		end = last
	}
	if main && c.chance(0.75) {
		c.sendToProcuratorate(end, p.without)
		return end, true
	}
	return c.release(end, p, in), false
}

// extendCustody: 刑148: "在期限届满七日前送请".
func (c *course) extendCustody(running *Event, in []Object, stage string) {
	last := c.until("custody-within-its-term", running)
	lastToAsk := lastSecond(dayOf(last, china)-7, china)
	asked := c.done("custody-extension-asked-7d-before", lastToAsk-20*day, lastToAsk)
	if asked > last-day {
		asked = last - day
	}
	c.add(custodyExtensionAsked, asked, c.handler, in, moment("expires", startOf(dayOf(last, china))), text("stage", stage))
	granted := c.between(asked+hour, last)
	if c.chance(nearly) {
		granted = last
	}
	by := one(c, "province", "supreme")
	if stage == "first" {
		by = one(c, "next_higher", "next_higher", "province")
	}
	if c.breaks("custody-extension-granted-at-the-right-level") {
		by = "same_level"
		if stage != "first" {
			by = one(c, "same_level", "next_higher")
		}
	}
	c.add(custodyExtended, granted, 0, in, text("stage", stage), text("granted_by", by))
}

// countAnew: 刑151: reported within five days of the discovery, and counted from it.
func (c *course) countAnew(running *Event, in []Object) *Event {
	found := running.At + 10*day + c.r.Int64N(30*day)
	c.add(anotherSeriousOffenceFound, found, c.handler, in)
	submitted := c.done("custody-recomputing-reported-5d", found, days(found, 5))
	c.add(newCountOfCustodySubmitted, submitted, c.handler, in)
	approver := "county_head"
	if c.breaks("custody-recount-approved") {
		approver = "case_department_head"
	}
	return c.add(custodyCountedAnew, submitted+hour+c.r.Int64N(day), c.head(), in, text("approver", approver), moment("counted_from", startOf(dayOf(found, china))))
}

// sendToProcuratorate ends every custody and measure of the case.
func (c *course) sendToProcuratorate(t int64, minorAlone bool) {
	objects := c.inCase()
	for _, e := range c.events {
		for _, o := range e.Objects {
			if (o.Kind == "custody" || o.Kind == "measure") && e.At <= t && !has(objects, o) {
				objects = append(objects, o)
			}
		}
	}
	c.add(sentForProsecution, t, c.head(), objects, flag("minor_without_lawyer", minorAlone))
}

func has(list []Object, o Object) bool {
	for _, x := range list {
		if x == o {
			return true
		}
	}
	return false
}

// bail: 刑107(2), twelve months.
func (c *course) bail(t int64, p *person, custody []Object) (end int64) {
	if custody == nil {
		t = c.monthEnd(t, 10)
	}
	m := c.new("measure", "M")
	e := c.add(bailBegun, t, c.handler, c.inCase(append([]Object{m}, custody...)...), text("suspect_no", p.no))
	return c.endMeasure(e, "bail-12-months", m)
}

// surveillance: 刑122(2), six months; 刑113(1) the family of who is kept in a
// designated place is told within 24 hours.
func (c *course) surveillance(t int64, p *person, custody []Object) (end int64) {
	if custody == nil {
		t = c.monthEnd(t, 10)
	}
	m := c.new("measure", "M")
	designated := c.chance(0.4)
	e := c.add(residentialSurveillanceBegun, t, c.handler, c.inCase(append([]Object{m}, custody...)...),
		text("suspect_no", p.no), flag("designated_place", designated))
	if designated {
		c.familyOfDesignated(e, m)
	}
	return c.endMeasure(e, "surveillance-6-months", m)
}

func (c *course) familyOfDesignated(e *Event, m Object) {
	in := c.inCase(m)
	if c.chance(0.1) {
		c.add(familyNoticeDeferred, c.inTime(e.At, wholeHours(e.At, 24)), c.handler, in, text("ground", "impossible"),
			flag("reason_noted", c.keeps("family-notice-reason-noted")))
		return
	}
	if at, ok := c.owed("designated-place-family-told-24h", e, false); ok {
		c.add(familyNotified, at, c.handler, in)
	}
}

func (c *course) endMeasure(e *Event, rule string, m Object) (end int64) {
	at, ok := c.owed(rule, e, false)
	if !ok {
		return e.At + 30*day
	}
	if last := c.until(rule, e); at <= last && lastOfMonth(dayOf(e.At, china)) && c.chance(0.5) {
		at = last // which may be the 31st where it began on a 30th
	}
	c.add(one(c, measureLifted, measureLifted, measureChanged), at, c.handler, c.inCase(m))
	return e.At + 20*day + c.r.Int64N(60*day)
}
