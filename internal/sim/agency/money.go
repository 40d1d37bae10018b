package agency

import (
	"slices"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// order draws an order that takes effect at t: asked for, perhaps with what it
// rests on, and approved before.
func (c *course) order(kind string, t int64, accounts bool) {
	o := c.new("order", "O")
	in := c.inCase(o)
	approved := t - 600 - c.r.Int64N(10*hour)
	if accepted := c.firstOf(caseAccepted); approved <= accepted && accepted < t {
		approved = c.between(accepted+1, t-1) // no order comes before its case
	}
	asked := approved - 2*hour - c.r.Int64N(2*day)
	var basis []*Event
	by, n := int32(0), 0
	if accounts {
		by, n = c.approver(approved)
	} else {
		by = c.head()
	}
	if c.breaks("requester-does-not-approve") {
		by = c.handler
	}
	if !c.breaks("approval-follows-a-request") {
		basis = append(basis, c.add(orderRequested, asked, c.handler, in, text("order_kind", kind)))
	} else if c.chance(0.5) { // written afterwards
		c.add(orderRequested, approved+60+c.r.Int64N(day), c.handler, in, text("order_kind", kind))
	}
	var left Type // a step that the order did without
	for _, step := range []Type{statementHeard, appraisalCompleted, legalReviewCompleted} {
		if !c.chance(0.4) {
			left = step
		} else {
			who := c.handler
			if step == legalReviewCompleted {
				who = c.staff.pick(c.r, c.staff.branch[c.county], legalReviewer)
			}
			basis = append(basis, c.add(step, c.between(asked+60, approved), who, in))
		}
	}
	e := c.add(orderApproved, approved, by, in, text("order_kind", kind), text("case_number", c.id))
	if n > 0 {
		e.Attrs = append(e.Attrs, number("accounts", n))
	}
	if accounts {
		c.manyApproved(e)
	}
	if len(basis) == 0 {
		return
	}
	switch step := basis[c.r.IntN(len(basis))]; {
	case c.breaks("decision-not-before-its-basis"):
		step.At = approved + 1 + c.r.Int64N(2*day)
	case c.chance(nearly): // the same kind of step once more: there was one before
		c.add(step.Type, approved+hour, step.Actor, in)
	case left != 0 && c.chance(nearly): // entered behind the approval, but of one instant, which proves no order
		c.add(left, approved, c.handler, in)
	}
}

// approver is who approves that accounts are frozen, and how many; 0 where the
// order won't say. Whoever has approved nearly ten in a day, or thirty in a week,
// leaves the next one to a colleague.
func (c *course) approver(t int64) (by int32, n int) {
	switch {
	case c.chance(0.02):
		n = 8 + c.r.IntN(3)
	case c.chance(0.7):
		n = 1 + c.r.IntN(3)
	}
	by = c.head()
	heads := slices.Concat(c.staff.unit(c.staff.branch[c.county]).officers[countyHeadPost], c.staff.unit(1).officers[cityHead])
	for i := 0; i < len(heads) && !c.approved.free(by, t, max(1, n)); i++ {
		by = heads[i].no
	}
	c.approved.note(by, t, max(1, n))
	return by, n
}

// approvals are the accounts that each approver has frozen, by day.
type approvals map[int32]map[int64]int

func (a approvals) note(by int32, t int64, n int) {
	if a[by] == nil {
		a[by] = map[int64]int{}
	}
	a[by][dayOf(t, utc)] += n
}

// free says whether so many more are within what an approver may, whatever came
// before or comes after on the days around.
func (a approvals) free(by int32, t int64, n int) bool {
	d := dayOf(t, utc)
	near, week := n, n
	for i := int64(-6); i <= 6; i++ {
		week += a[by][d+i]
		if i >= -1 && i <= 1 {
			near += a[by][d+i]
		}
	}
	return near <= 10 && week <= 30
}

// manyApproved: eleven and more by one approver in a day, in one order or in
// several; or nine or ten a day, no day too many and the week too much.
func (c *course) manyApproved(e *Event) {
	switch {
	case c.breaks(manyAccounts):
		if c.chance(0.5) {
			e.set(number("accounts", 11+c.r.IntN(60)))
			return
		}
		e.set(number("accounts", 10))
		c.oneMore(e, e.At+one(c, 24*hour, c.r.Int64N(24*hour)), 1)
	case c.breaks(manyAccountsInAWeek):
		n := 9 + c.r.IntN(2)
		e.set(number("accounts", n))
		for i := range int64(3) {
			c.oneMore(e, e.At+(i+1)*(24*hour+1), n)
		}
	}
}

func (c *course) oneMore(e *Event, t int64, n int) {
	o := c.inCase(c.new("order", "O"))
	c.add(orderRequested, t-hour, c.handler, o, text("order_kind", "freezing"))
	c.add(orderApproved, t, e.Actor, o, text("order_kind", "freezing"), text("case_number", c.id), number("accounts", n))
	c.approved.note(e.Actor, t, n)
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
