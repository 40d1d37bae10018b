package agency

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// order draws an order that takes effect at t: asked for, perhaps with what it
// rests on, and approved before.
func (c *course) order(kind string, t int64, accounts bool) {
	o := c.new("order", "O")
	in := c.inCase(o)
	approved := t - 600 - c.r.Int64N(10*hour)
	asked := approved - 2*hour - c.r.Int64N(2*day)
	var basis []*Event
	by := c.head()
	if c.breaks("requester-does-not-approve") {
		by = c.handler
	}
	if !c.breaks("approval-follows-a-request") {
		basis = append(basis, c.add(orderRequested, asked, c.handler, in, text("order_kind", kind)))
	} else if c.chance(0.5) { // written afterwards
		c.add(orderRequested, approved+60+c.r.Int64N(day), c.handler, in, text("order_kind", kind))
	}
	for _, step := range []Type{statementHeard, appraisalCompleted, legalReviewCompleted} {
		if c.chance(0.4) {
			who := c.handler
			if step == legalReviewCompleted {
				who = c.staff.pick(c.r, c.staff.branch[c.county], legalReviewer)
			}
			basis = append(basis, c.add(step, c.between(asked+60, approved), who, in))
		}
	}
	e := c.add(orderApproved, approved, by, in, text("order_kind", kind), text("case_number", c.id))
	if accounts {
		c.accounts(e)
	}
	if len(basis) == 0 {
		return
	}
	switch step := basis[c.r.IntN(len(basis))]; {
	case c.breaks("decision-not-before-its-basis"):
		step.At = approved + 1 + c.r.Int64N(2*day)
	case c.chance(nearly): // the same kind of step once more: there was one before
		c.add(step.Type, approved+hour, step.Actor, in)
	case c.chance(nearly):
		step.At = approved // one instant proves no order
	}
}

// accounts: how many an order covers. Ten by one approver in a day are the most;
// here they are in one order, or in several at once.
func (c *course) accounts(e *Event) {
	switch {
	case c.breaks("many-accounts-frozen-by-one-approver"):
		if c.chance(0.5) {
			e.Attrs = append(e.Attrs, number("accounts", 11+c.r.IntN(60)))
			return
		}
		e.Attrs = append(e.Attrs, number("accounts", 10))
		again := e.At + 24*hour
		if c.chance(0.7) {
			again = e.At + c.r.Int64N(24*hour)
		}
		o := c.inCase(c.new("order", "O"))
		c.add(orderRequested, e.At-hour, c.handler, o, text("order_kind", "freezing"))
		c.add(orderApproved, again, e.Actor, o, text("order_kind", "freezing"), text("case_number", c.id))
	case c.breaks(manyAccountsInAWeek): // nine or ten a day, and no day too many
		n := 9 + c.r.IntN(2)
		e.Attrs = append(e.Attrs, number("accounts", n))
		for i := range int64(3) {
			o := c.inCase(c.new("order", "O"))
			at := e.At + (i+1)*(24*hour+1)
			c.add(orderRequested, at-hour, c.handler, o, text("order_kind", "freezing"))
			c.add(orderApproved, at, e.Actor, o, text("order_kind", "freezing"), text("case_number", c.id), number("accounts", n))
		}
	case c.chance(0.02):
		e.Attrs = append(e.Attrs, number("accounts", 8+c.r.IntN(3)))
	case c.chance(0.7):
		e.Attrs = append(e.Attrs, number("accounts", 1+c.r.IntN(3)))
	}
}

// payment: money has a receipt by the end of the next day; a fine taken in cash is
// with the agency within two days and in the account within two more.
func (c *course) payment(t int64, inCase bool) {
	in := []Object{c.new("payment", "Y")}
	if inCase {
		in = c.inCase(in[0])
	}
	fine := c.chance(0.5)
	what := moneyReceived
	if fine {
		what = fineCollected
	}
	by := c.onDuty(t)
	sum := 50 * (1 + c.r.IntN(400))
	amount := number("amount", sum)
	less := number("amount", sum-50)
	e := c.add(what, t, by, in, amount)
	if at, ok := c.owed("receipt-for-money-received", e, false); ok {
		c.add(officialReceiptIssued, at, by, in, amount)
	} else if c.chance(0.3) {
		c.add(officialReceiptIssued, t+600, by, in, less)
	}
	if !fine {
		c.deposit(e, by, in, amount, less)
		return
	}
	if c.chance(0.05) { // given back in time, so that there is nothing to hand in
		c.add(moneyReturned, c.inTime(t, daysUTCPastWeekend(t, 2)), by, in, amount)
		return
	}
	at, ok := c.owed("cash-fine-handed-in-within-2-days", e, false)
	if !ok {
		return
	}
	if c.chance(0.2) {
		c.add(fineDeposited, at, by, in, amount)
		return
	}
	handed := c.add(fineHandedIn, at, by, in, amount)
	c.deposit(handed, c.staff.pick(c.r, c.staff.branch[c.county], keeper), in, amount, less)
}

// deposit: all of what the agency has is in the account two days later.
func (c *course) deposit(e *Event, by int32, in []Object, amount, less Attr) {
	if at, ok := c.owed("fine-deposited-within-2-days", e, false); ok {
		c.add(fineDeposited, at, by, in, amount)
	} else if c.chance(0.3) {
		c.add(fineDeposited, e.At+hour, by, in, less)
	}
}

// drawCash is a fine taken on the street, in no case.
func (w *world) drawCash(no int, t int64) *course {
	c := w.start(2<<40+uint64(no), "F"+itoa(no+1))
	c.county = c.r.IntN(w.opt.Units)
	c.unit = w.staff.desks[c.county][c.r.IntN(stationsPerCounty)]
	c.payment(t, false)
	return c
}
