package agency

// taking draws an act of seizing or freezing: in a case that was accepted before,
// on an order, or at once with the approval following within a day. It gives the
// act's event.
func (c *course) taking(t int64, what Type, kind string, more ...Object) *Event {
	act := c.new("act", "X")
	in := c.inCase(append([]Object{act}, more...)...)
	if c.breaks("case-accepted-before-freeze-or-seizure") {
		t = c.firstOf(caseAccepted) - 1 - c.r.Int64N(2*day)
		e := c.add(what, t, c.handler, in, text("case_number", c.id))
		c.place(e, in[:1])
		return c.filmed(e, act)
	}
	if c.chance(0.2) {
		return c.urgent(t, what, kind, in, act)
	}
	if what == propertySeized || !c.breaks("freezing-is-approved-before") {
		c.order(kind, t, what == accountFrozen)
	} else if c.chance(0.3) {
		c.order("other", t, false)
	}
	e := c.add(what, t, c.handler, in)
	c.manyInCase(e)
	switch {
	case c.keeps("freeze-or-seizure-names-a-case"):
		e.Attrs = append(e.Attrs, text("case_number", c.id))
	case c.chance(0.5):
		e.Attrs = append(e.Attrs, text("case_number", " "))
	}
	c.place(e, in[:1])
	return c.filmed(e, act)
}

// manyInCase: at most twenty accounts in a case within a day.
func (c *course) manyInCase(e *Event) {
	switch {
	case e.Type != accountFrozen:
	case c.breaks("many-accounts-frozen-in-one-case"):
		e.Attrs = append(e.Attrs, number("accounts", 21+c.r.IntN(40)))
	case c.chance(nearly):
		e.Attrs = append(e.Attrs, number("accounts", 20))
	}
}

func (c *course) filmed(e *Event, act Object) *Event {
	if e.Type == propertySeized {
		c.film(act, e)
	}
	return e
}

// firstOf is the time of the first event of a type.
func (c *course) firstOf(t Type) int64 {
	first := never
	for _, e := range c.events {
		if e.Type == t {
			first = min(first, e.At)
		}
	}
	return first
}

// urgent: approved within 24 hours, in a case, or given back by then.
func (c *course) urgent(t int64, what Type, kind string, in []Object, act Object) *Event {
	e := c.add(what, t, c.handler, in, flag("urgent", true), text("case_number", c.id))
	c.place(e, in[:1])
	c.filmed(e, act)
	last := hours(t, 24)
	if c.chance(0.1) {
		back := propertyReturned
		if what == accountFrozen {
			back = accountUnfrozen
		}
		c.add(back, c.inTime(t, last), c.handler, c.inCase(act))
		return e
	}
	o := c.inCase(c.new("order", "O"), act)
	at, ok := c.answer("urgent-act-approved-within-24-hours", t+1, last)
	if !ok {
		if c.chance(0.5) { // approved, but in no case
			c.add(orderRequested, t+60, c.handler, o, text("order_kind", kind))
			by := c.head()
			c.approved.note(by, t+2*hour, 1)
			c.add(orderApproved, t+2*hour, by, o, text("order_kind", kind), text("case_number", ""))
		}
		return e
	}
	c.add(orderRequested, t+1, c.handler, o, text("order_kind", kind))
	by := c.head()
	if what == accountFrozen {
		by, _ = c.approver(at)
	}
	c.add(orderApproved, at, by, o, text("order_kind", kind), text("case_number", c.id))
	return e
}

// exhibits are seized and kept by somebody else (刑235(3)); what has nothing to do
// with the case goes back within three days (刑233).
func (c *course) exhibits(t int64) {
	for range 1 + c.r.IntN(2) {
		x := c.new("exhibit", "E")
		e := c.taking(t, propertySeized, "seizure", x)
		in := c.inCase(x)
		c.add(propertyStored, e.At+2*hour, c.staff.pick(c.r, c.staff.branch[c.county], keeper), in,
			flag("keeper_on_case", c.breaks("handlers-keep-no-exhibits")))
		if !c.chance(0.4) {
			continue
		}
		found := c.add(propertyFoundUnrelated, e.At+5*day+c.r.Int64N(40*day), c.handler, in)
		if c.chance(0.08) {
			c.add(one(c, ownerSoughtPublicly, ownerAskedToCollect), c.inTime(found.At, daysRolled(found.At, 3)), c.handler, in)
			continue
		}
		if at, ok := c.owed("unrelated-property-returned-3d", found, false); ok {
			c.add(propertyReturned, at, c.handler, in)
		}
	}
}

// freeze: an account is frozen at the bank; 刑243–245 for how long, 刑240 renewed
// before the term ends, 刑247 lifted within three days if unrelated, 刑237(2) and
// the money stays.
func (c *course) freeze(t int64) {
	f := c.new("freezing", "Z")
	in := c.inCase(f)
	act := c.taking(t, accountFrozen, "freezing")
	t = act.At + 60
	kind := one(c, "money", "money", "money", "securities", "equity")
	expires := c.freezing(propertyFrozen, t, kind, in)
	for c.chance(0.4) {
		last := lastSecond(dayOf(expires, china), china)
		at := c.done("freeze-renewed-before-it-lapses", last-20*day, last)
		expires = c.freezing(freezingRenewed, at, kind, in)
		t = at
	}
	end := t + 10*day + c.r.Int64N(60*day)
	if c.breaks("frozen-money-stays") {
		c.add(frozenMoneyTransferred, end-day, c.handler, in)
	}
	switch {
	case c.chance(0.1): // it has lapsed, and is nobody's to keep in place any more
		c.add(frozenMoneyTransferred, lastSecond(dayOf(expires, china), china)+1, c.handler, in)
	case c.chance(0.4):
		found := c.add(frozenPropertyFoundUnrelated, end, c.handler, in)
		if at, ok := c.owed("unrelated-freeze-lifted-3d", found, false); ok {
			c.add(freezingLifted, at, c.handler, in)
		}
		if at, ok := c.owed("unrelated-freeze-owner-told-3d", found, false); ok {
			c.add(ownerToldOfLifting, at, c.handler, in)
		}
	case c.chance(0.6):
		c.add(freezingLifted, end, c.handler, in)
		if c.chance(0.5) { // afterwards it may go to its owner
			c.add(frozenMoneyTransferred, end+1, c.handler, in)
		}
	}
}

// freezing is one term, whose last day it gives.
func (c *course) freezing(what Type, t int64, kind string, in []Object) (expires int64) {
	approver, major := one(c, "county_head", "city_head"), c.chance(0.3)
	term := map[string]int{"money": 6, "securities": 24, "equity": 6}[kind]
	if kind == "money" && major && approver == "city_head" {
		term = 12
	}
	switch {
	case c.breaks("freeze-term"):
		switch term {
		case 6:
			term = one(c, 7, 12, 24)
			if kind == "money" && term <= 12 {
				major = false
			}
		default:
			term++
		}
	case c.chance(0.3):
		term = max(1, term-c.r.IntN(5))
	}
	expires = startOf(addMonths(dayOf(t, china), term))
	c.add(what, t, c.handler, in, text("property", kind), number("term_months", term), text("approver", approver),
		flag("major_case", major), moment("expires", expires))
	return expires
}
