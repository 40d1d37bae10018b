package agency

// How a case comes in: a report or an agency's referral, to the decision whether
// it is filed. filed is when it was, open that it is investigated from there.
func (c *course) intake(t int64) (filed int64, open bool) {
	if c.chance(0.1) {
		return c.referral(t)
	}
	lies := c.breaks("case-moves-within-30-days") // accepted and left lying
	c.report(t, lies)
	accepted := t + 3*hour + c.r.Int64N(3*hour)
	if lies {
		accepted = t + 9*day // whatever was owed for the report has been done
	}
	e := c.add(caseAccepted, accepted, c.onDuty(accepted), c.inCase())
	c.appoint(accepted+600, c.handler)
	if lies {
		return c.leftLying(e)
	}
	if c.chance(0.06) {
		c.competence(accepted + 900)
	}
	c.review(e)
	last := c.until("filing-reviewed-in-time", e)
	switch {
	case c.chance(0.08):
		c.transfer(e, last)
		return 0, false
	case c.chance(0.2):
		refused, ok := c.answer("filing-reviewed-in-time", accepted+hour, last)
		if !ok {
			return 0, false
		}
		return c.refuse(refused, false)
	}
	filed, ok := c.answer("filing-reviewed-in-time", accepted+hour, last)
	if ok && filed > last && c.chance(0.3) && c.quietSince(accepted) { // late for the one rule, in the last hour for the other
		if c.chance(0.5) {
			c.suspend(accepted)
		}
		filed = max(filed, c.until("case-moves-within-30-days", e)-c.r.Int64N(hour))
	}
	if ok {
		c.add(caseFiled, filed, c.head(), c.inCase())
	}
	return filed, ok
}

// appoint: whoever leads the department says who handles the case.
func (c *course) appoint(t int64, who int32) {
	c.add(handlerAppointed, t, c.staff.pick(c.r, c.unit, departmentHead), c.inCase(), text("handler", officerID(who)))
}

// quietSince says that nothing was done since then but putting the file in order.
func (c *course) quietSince(t int64) bool {
	for _, e := range c.events {
		if e.At > t && e.Type != handlerAppointed {
			return false
		}
	}
	return true
}

// leftLying: nothing is done for more than thirty days; a suspension only puts
// them off.
func (c *course) leftLying(accepted *Event) (filed int64, open bool) {
	if c.chance(0.3) {
		c.suspend(accepted.At)
	}
	last := c.until("case-moves-within-30-days", accepted)
	if c.chance(0.4) {
		return 0, false
	}
	filed = c.late(accepted.At, last)
	c.add(caseFiled, filed, c.head(), c.inCase())
	return filed, true
}

func (c *course) suspend(accepted int64) {
	t := accepted + 2*day + c.r.Int64N(10*day)
	c.add(caseSuspended, t, c.handler, c.inCase())
	c.add(caseResumed, t+day+c.r.Int64N(30*day), c.handler, c.inCase())
}

// report: 接报案4, 10; 意见二(一)3; 刑171. Soon says that nothing may be left over.
func (c *course) report(t int64, soon bool) {
	by := c.onDuty(t)
	switch channel := one(c, "in_person", "in_person", "in_person", "phone", "phone", "letter", "email", "fax"); {
	case channel == "in_person":
		e := c.add(reportReceived, t, by, c.inCase(), text("channel", channel))
		if at, ok := c.owed("report-registered-on-the-spot", e, soon); ok {
			c.add(reportRegistered, at, by, c.inCase())
		}
		if c.chance(0.05) {
			c.add(receiptNotGivenNoted, c.inTime(t, days(t, 1)), by, c.inCase())
			return
		}
		if at, ok := c.owed("receipt-given", e, soon); ok {
			c.add(receiptGiven, at, by, c.inCase())
		}
	case channel == "phone":
		c.add(reportReceived, t, by, c.inCase(), text("channel", channel))
		if c.chance(0.5) {
			c.emergency(t, soon)
			return
		}
		c.add(reportRegistered, t+60+c.r.Int64N(2*hour), by, c.inCase())
	default:
		e := c.add(reportReceived, t, by, c.inCase(), text("channel", channel))
		if c.chance(0.08) {
			c.add(reporterUnreachable, c.inTime(t, daysRolled(t, 3)), by, c.inCase())
			c.add(reportRegistered, t+c.r.Int64N(9*day), by, c.inCase())
			return
		}
		if at, ok := c.owed("letter-registered-3d", e, soon); ok {
			c.add(reportRegistered, at, by, c.inCase())
		}
		if at, ok := c.owed("letter-answered-3d", e, soon); ok {
			c.add(reporterContacted, at, by, c.inCase())
		}
	}
}

// owed is answer for a limit from an event; soon never leaves anything over.
func (c *course) owed(rule string, e *Event, soon bool) (int64, bool) {
	if soon {
		return e.At + 60 + c.r.Int64N(2*hour), true
	}
	return c.answer(rule, e.At, c.until(rule, e))
}

func (c *course) emergency(t int64, soon bool) {
	handled := t + 1800 + c.r.Int64N(5*hour)
	by := c.onDuty(handled)
	if c.chance(0.3) {
		c.add(reportRegistered, t+60, by, c.inCase())
		c.add(emergencyHandled, handled, by, c.inCase(), flag("registered_before", true))
		return
	}
	e := c.add(emergencyHandled, handled, by, c.inCase(), flag("registered_before", false))
	if at, ok := c.owed("emergency-registered-24h", e, soon); ok {
		c.add(reportRegistered, at, by, c.inCase())
	}
}

// competence: 接报案8(4).
func (c *course) competence(t int64) {
	e := c.add(competenceUnclear, t, c.handler, c.inCase())
	if at, ok := c.owed("competence-settled-3d", e, false); ok {
		c.add(competenceSettled, at, c.handler, c.inCase())
	}
}

// review: 意见二(一)2: more time to check leads or, approved by a county's head,
// for major cases. Without that approval it is none, and nobody relies on it here.
func (c *course) review(e *Event) {
	t := e.At + hour + c.r.Int64N(2*day)
	last := daysRolled(e.At, 3)
	if c.chance(0.2) {
		t = last // the last moment in which there is anything to extend
	}
	switch {
	case c.chance(0.12):
		c.add(filingReviewExtended, t, c.handler, c.inCase(), text("ground", "leads"))
	case c.chance(0.06):
		c.add(filingReviewExtended, t, c.handler, c.inCase(), text("ground", "major"), text("approver", one(c, "county_head", "city_head")))
	case c.chance(0.03):
		c.add(filingReviewExtended, e.At+hour, c.handler, c.inCase(), text("ground", "major"), text("approver", "case_department_head"))
	}
}

// transfer: 刑175.
func (c *course) transfer(e *Event, last int64) {
	if c.breaks("transferred-24h") {
		approved := e.At + hour
		c.approveTransfer(approved)
		if c.chance(0.7) {
			c.add(caseTransferred, c.late(approved, wholeHours(approved, 24)), c.handler, c.inCase())
		}
		return
	}
	done, ok := c.answer("filing-reviewed-in-time", e.At+2*hour, last)
	if !ok {
		return
	}
	approved := max(e.At+hour, done-c.r.Int64N(24*hour))
	if c.chance(nearly) && wholeHours(done, -25) > e.At+hour { // the very last second of the 24 hours
		done = floorDiv(done, hour) * hour
		approved = done - 25*hour
	}
	c.approveTransfer(approved)
	c.add(caseTransferred, done, c.handler, c.inCase())
}

// approveTransfer: 刑175: whoever reported is told, unless they were told before.
func (c *course) approveTransfer(t int64) {
	reporter, before := c.chance(0.8), c.chance(0.2)
	e := c.add(transferApproved, t, c.head(), c.inCase(), flag("reporter", reporter), flag("told_before", before))
	if reporter && !before {
		if told, ok := c.owed("reporter-told-of-transfer", e, false); ok {
			c.add(reporterToldOfTransfer, told, c.handler, c.inCase())
		}
	}
}

// refuse: not filed; who complained is told (刑178(2)), may apply (刑179, 181), and
// the procuratorate may ask and order (刑182).
func (c *course) refuse(t int64, agency bool) (filed int64, open bool) {
	complainant := !agency && c.chance(0.6)
	c.add(filingRefused, t, c.head(), c.inCase(), flag("complainant", complainant))
	if complainant {
		if at, ok := c.answer("not-filed-notice-3d", t, daysRolled(t, 3)); ok {
			c.add(noticeOfRefusedFilingServed, at, c.handler, c.inCase())
			t = max(t, at)
		}
	}
	t += day + c.r.Int64N(6*day)
	switch {
	case agency && c.chance(0.6):
		c.apply(t, "agency-reconsideration-3d", agencyReconsiderationReceived, reconsiderationDecided)
	case complainant && c.chance(0.5):
		decided, ok := c.apply(t, "not-filed-reconsidered-30d", reconsiderationReceived, reconsiderationDecided)
		if ok && c.chance(0.6) {
			c.apply(decided+day+c.r.Int64N(6*day), "not-filed-reviewed-30d", reviewReceived, reviewDecided)
		}
	}
	if !c.chance(0.3) {
		return 0, false
	}
	t += c.r.Int64N(20 * day)
	asked := c.add(reasonsAskedByProcuratorate, t, c.handler, c.inCase())
	if c.chance(0.1) {
		c.add(demandWithdrawnByProcuratorate, c.inTime(t, daysRolled(t, 7)), 0, c.inCase())
		return 0, false
	}
	if at, ok := c.owed("not-filing-explained-7d", asked, false); ok {
		c.add(reasonsGivenToProcuratorate, at, c.handler, c.inCase())
	}
	if !c.chance(0.5) {
		return 0, false
	}
	ordered := c.add(filingOrderedByProcuratorate, t+15*day+c.r.Int64N(5*day), c.handler, c.inCase())
	filed, open = c.owed("filed-on-order-15d", ordered, false)
	if open {
		c.add(caseFiled, filed, c.head(), c.inCase())
	}
	return filed, open
}

// apply: an application is received and decided, perhaps with more time (刑179(3),
// if the applicant was told in writing), or withdrawn.
func (c *course) apply(t int64, rule string, received, decided Type) (int64, bool) {
	o := c.inCase(c.new("application", "A"))
	e := c.add(received, t, c.handler, o)
	if c.chance(0.06) {
		c.add(one(c, applicationWithdrawn, applicationLapsed), c.inTime(t, c.until(rule, e)), c.handler, o)
		return 0, false
	}
	if rule != "agency-reconsideration-3d" && c.chance(0.25) {
		at := t + c.r.Int64N(29*day)
		if c.chance(0.2) {
			at = c.until(rule, e)
		}
		c.add(applicationExtended, at, c.handler, o, flag("applicant_told", c.chance(0.8)))
	}
	last := c.until(rule, e)
	at, ok := c.answer(rule, t, last)
	if ok {
		c.add(decided, at, c.head(), o)
	}
	if ok && at > last && rule != "agency-reconsideration-3d" && c.chance(0.3) { // extended when the days were over
		c.add(applicationExtended, c.between(last+1, at), c.handler, o, flag("applicant_told", true))
	}
	return at, ok
}

// referral: 刑180: an administrative agency's case is looked at within three days;
// while the agency mends its file, for three days at most, they rest.
func (c *course) referral(t int64) (filed int64, open bool) {
	e := c.add(referralReceived, t, c.handler, c.inCase())
	if c.chance(0.4) {
		told := c.done("referral-gaps-told-24h", t, wholeHours(t, 24))
		c.add(referralGapsTold, told, c.handler, c.inCase())
		if c.chance(0.8) {
			c.add(referralGapsFilled, told+hour+c.r.Int64N(5*day), c.handler, c.inCase())
		}
	}
	decided, ok := c.owed("referral-reviewed-3d", e, false)
	if !ok {
		return 0, false
	}
	if c.chance(0.15) {
		c.add(referralSentElsewhere, decided, c.handler, c.inCase())
		return 0, false
	}
	if c.chance(0.2) { // looked at, and decided a little later
		c.add(referralReviewed, decided, c.handler, c.inCase())
		decided += 2*hour + c.r.Int64N(10*hour)
	}
	c.referred = true
	c.add(caseAccepted, c.between(max(t, decided-20*hour), decided-1), c.handler, c.inCase())
	if c.chance(0.3) {
		return c.refuse(decided, true)
	}
	c.add(caseFiled, decided, c.head(), c.inCase())
	return decided, true
}
