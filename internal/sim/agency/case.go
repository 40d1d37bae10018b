package agency

import "strconv"

// person is what is known of somebody whom a case turns on.
type person struct {
	no      string // within the case
	minor   bool
	female  bool
	foreign bool // needs an interpreter
	deaf    bool
	nursing bool // pregnant, or nursing an infant
	without bool // a minor without a lawyer
	asked   bool // has been interrogated before
}

// drawCase draws a case that comes in at an instant.
func (w *world) drawCase(no int, begin int64) *course {
	year := strconv.Itoa(2024 + int((dayOf(begin, china)-firstDay)/366))
	c := w.start(uint64(no)+1, "C"+year+"-"+strconv.Itoa(no+1))
	c.county = c.r.IntN(w.opt.Units)
	desks := w.staff.desks[c.county]
	c.unit = desks[c.r.IntN(len(desks))]
	c.handler = w.staff.pick(c.r, c.unit, investigator)
	c.second = w.staff.pick(c.r, c.unit, investigator, c.handler)
	c.slow = w.backlog(dayOf(begin, china))
	filed, open := c.intake(begin)
	if open {
		c.investigate(filed)
	}
	return c
}

// onDuty is a patrol officer of the unit's shift, but none of those named.
func (c *course) onDuty(t int64, but ...int32) int32 {
	return c.staff.onShift(c.r, c.unit, patrol, t, but...)
}

// head is a head of the branch.
func (c *course) head() int32 {
	return c.staff.pick(c.r, c.staff.branch[c.county], countyHeadPost)
}

// investigate draws what is done in a filed case, and how it ends.
func (c *course) investigate(filed int64) {
	if c.chance(0.04) {
		c.transferFiled(filed + c.r.Int64N(20*day))
		return
	}
	t := filed + c.r.Int64N(10*day)
	c.witnesses(t)
	if c.chance(0.25) {
		c.search(t + c.r.Int64N(5*day))
	}
	if c.chance(0.3) {
		c.exhibits(t + c.r.Int64N(10*day))
	}
	if c.chance(0.2) {
		c.freeze(t + c.r.Int64N(10*day))
	}
	if c.chance(0.12) {
		c.children(t + c.r.Int64N(15*day))
	}
	if c.chance(0.1) {
		c.examine(t + c.r.Int64N(15*day))
	}
	if c.chance(0.2) {
		c.complain(t + c.r.Int64N(40*day))
	}
	if c.chance(0.15) {
		c.recuse(t + c.r.Int64N(20*day))
	}
	paid := int64(0)
	if c.chance(0.25) {
		paid = t + c.r.Int64N(20*day)
		c.payment(paid, true)
	}
	end := t + 25*day + c.r.Int64N(60*day)
	sent := false
	if c.chance(0.6) {
		end, sent = c.suspects(t + c.r.Int64N(15*day))
	}
	c.finish(end, sent, paid)
}

// finish ends a case that isn't before the procuratorate yet.
func (c *course) finish(t int64, sent bool, paid int64) {
	if !sent && c.chance(0.4) {
		c.handledAndHeard(t)
	}
	switch {
	case sent:
		c.add(caseClosed, t+hour, c.handler, c.inCase())
	case c.chance(0.45):
		c.withdraw(t, paid)
	case c.chance(0.3):
		c.endForOne(t)
	}
}

// withdraw: 刑189(1) suspect, victim and the organ that sent the case are told within
// three days; and not soon after
// money came in.
func (c *course) withdraw(t, paid int64) {
	if paid > 0 {
		free := daysUTC(paid, 30) + 1
		switch {
		case c.breaks("no-withdrawal-soon-after-payment"):
			t = c.between(paid+hour, free-1)
			if c.chance(0.3) {
				t = free - 1
			}
		case c.chance(0.3):
			t = free
		default:
			t = max(t, free+c.r.Int64N(20*day))
		}
	}
	c.order("withdrawal", t, false)
	suspect, victim := c.chance(0.85), c.chance(0.6)
	c.add(caseWithdrawn, t, c.head(), c.inCase(), flag("suspect_to_tell", suspect), flag("victim", victim), flag("referred", c.referred))
	for _, tell := range []struct {
		asked bool
		rule  string
		told  Type
	}{
		{suspect, "withdrawal-told-3d", withdrawalTold},
		{victim, "withdrawal-told-to-victim-3d", victimToldOfWithdrawal},
		{c.referred, "withdrawal-told-to-referrer-3d", referringOrganToldOfWithdrawal},
	} {
		if !tell.asked {
			continue
		}
		if told, ok := c.answer(tell.rule, t, daysRolled(t, 3)); ok {
			c.add(tell.told, told, c.handler, c.inCase())
		}
	}
	c.paidAfterwards(t)
}

// paidAfterwards: nothing is owed in a case that was withdrawn; after thirty days
// nobody asks.
func (c *course) paidAfterwards(t int64) {
	switch {
	case c.breaks("no-payment-soon-after-withdrawal"):
		at := t + hour + c.r.Int64N(29*day)
		if c.chance(0.2) {
			at = daysUTC(t, 30)
		}
		c.payment(at, true)
	case c.chance(0.05):
		c.payment(daysUTC(t, 30)+1, true)
	}
}

// endForOne: 刑189(2): of several suspects one is told that the inquiry into
// them is over.
func (c *course) endForOne(t int64) {
	for _, no := range []string{"1", "2"}[:1+c.r.IntN(2)] {
		known := c.chance(0.9)
		c.add(investigationOfSuspectEnded, t, c.head(), c.inCase(), text("suspect_no", no), flag("suspect_to_tell", known))
		if !known {
			continue
		}
		if told, ok := c.answer("end-of-investigation-told-3d", t, daysRolled(t, 3)); ok {
			c.add(endOfInvestigationTold, told, c.handler, c.inCase(), text("suspect_no", no))
		}
	}
}

// transferFiled: 刑184.
func (c *course) transferFiled(t int64) {
	reporter, before := c.chance(0.8), c.chance(0.1)
	c.add(filedCaseTransferred, t, c.handler, c.inCase(), flag("reporter", reporter), flag("told_before", before))
	if !reporter || before {
		return
	}
	if told, ok := c.answer("transfer-after-filing-told-3d", t, daysRolled(t, 3)); ok {
		c.add(reporterToldOfTransfer, told, c.handler, c.inCase())
	}
}

// witnesses are heard; now and then one is an officer, who was there on patrol.
func (c *course) witnesses(t int64) {
	if c.chance(0.25) && c.breaks("witness-does-not-handle") {
		third := c.staff.pick(c.r, c.unit, investigator, c.handler, c.second)
		c.add(witnessHeard, t, c.handler, c.inCase(), text("witness_officer", officerID(third)))
		if c.chance(0.3) {
			c.appoint(t+2*hour+c.r.Int64N(5*day), third)
		} else {
			c.add(witnessHeard, t+2*hour+c.r.Int64N(5*day), third, c.inCase())
		}
		return
	}
	for range c.r.IntN(3) {
		t += c.r.Int64N(2 * day)
		e := c.add(witnessHeard, t, one(c, c.handler, c.second), c.inCase())
		if c.chance(0.2) {
			e.Attrs = append(e.Attrs, text("witness_officer", officerID(c.onDuty(t))))
		}
	}
}

// handledAndHeard: at the end of a case its handler is heard in it; near misses
// are officers who never handled it.
func (c *course) handledAndHeard(t int64) {
	who := c.onDuty(t)
	if c.breaks("handler-not-heard-as-witness") {
		c.add(witnessHeard, t-2*day, c.handler, c.inCase())
		who = c.handler
	}
	c.add(witnessHeard, t-day, c.second, c.inCase(), text("witness_officer", officerID(who)))
}
