package agency

import (
	"strconv"
	"strings"
)

// What looks back, or at several events at once.
var rest = [256]func(*law, int){
	refusalReconsiderationAsked: func(l *law, i int) {
		l.precededWithin("refusal-reconsideration-asked-5d", "custody", i, arrestRefusalReceived, func(t int64) int64 { return daysRolled(t, 5) })
	},
	refusalReviewAsked: func(l *law, i int) {
		l.precededWithin("refusal-review-asked-5d", "custody", i, refusalReconsiderationReceived, func(t int64) int64 { return daysRolled(t, 5) })
	},
	newCountOfCustodySubmitted: func(l *law, i int) {
		l.precededWithin("custody-recomputing-reported-5d", "custody", i, anotherSeriousOffenceFound, func(t int64) int64 { return days(t, 5) })
	},
	referralGapsTold: func(l *law, i int) {
		l.precededWithin("referral-gaps-told-24h", "case", i, referralReceived, func(t int64) int64 { return wholeHours(t, 24) })
	},
	summonsArrived:             (*law).chained,
	compelledAppearanceArrived: (*law).chained,
	admittedToDetentionCentre:  (*law).insideOnly,
	freezingRenewed:            (*law).renewedInTime,
	frozenMoneyTransferred:     (*law).moneyMoved,

	accountFrozen:      func(l *law, i int) { l.acceptedBefore(i); l.cooperation(i); l.frozenOnApproval(i); l.manyInCase(i) },
	propertySeized:     func(l *law, i int) { l.acceptedBefore(i); l.cooperation(i) },
	personArrested:     (*law).cooperation,
	caseWithdrawn:      func(l *law, i int) { l.soldOff(i); l.paidAfter(i) },
	orderApproved:      func(l *law, i int) { l.acceptedBefore(i); l.ownApproval(i); l.unasked(i) },
	orderRequested:     func(l *law, i int) { l.basisAfter(i); l.handles(i, l.events[i].Actor) },
	statementHeard:     func(l *law, i int) { l.basisAfter(i); l.handles(i, l.events[i].Actor) },
	appraisalCompleted: (*law).basisAfter, legalReviewCompleted: (*law).basisAfter,
	handlerAppointed:   func(l *law, i int) { l.handles(i, appointed(l.events[i])) },
	personInterrogated: func(l *law, i int) { l.handles(i, l.events[i].Actor) },
	sentForProsecution: (*law).legalAid,
	witnessHeard:       func(l *law, i int) { l.handles(i, l.events[i].Actor); l.wasHandler(i) },
	weaponIssued:       func(l *law, i int) { l.dutyBefore(i); l.ownDuty(i, dutyOrdered) },
	dutyExtended:       func(l *law, i int) { l.ownDuty(i, weaponIssued) },
	forceReviewed:      (*law).ownReview,
}

// earlier says whether an event before the i-th is as asked.
func (l *law) earlier(i int, is func(x *Event) bool) bool {
	for _, x := range l.events[:i] {
		if is(x) {
			return true
		}
	}
	return false
}

func (l *law) precededWithin(rule, per string, i int, start Type, last func(int64) int64) {
	e := l.events[i]
	if !l.earlier(i, func(x *Event) bool { return x.Type == start && x.about(per, e.object(per)) && e.At <= last(x.At) }) {
		l.found(rule, e.object(per), e, Breached, 0)
	}
}

// chained: 刑200, 80: "不得以连续传唤的形式变相拘禁"; twelve hours between the end of
// one and the next of the same suspect are the pack's measure.
func (l *law) chained(i int) {
	e := l.events[i]
	if l.earlier(i, func(x *Event) bool {
		return (x.Type == summonsEnded || x.Type == compelledAppearanceEnded) && x.text("suspect_no") == e.text("suspect_no") && e.At <= hours(x.At, 12)
	}) {
		l.found("no-summons-back-to-back", e.object("case"), e, Breached, 0)
	}
}

// insideOnly: 刑198(2): once in the centre, interrogated nowhere else, until out.
func (l *law) insideOnly(i int) {
	e := l.events[i]
	for _, x := range l.events[i+1:] {
		switch {
		case !x.about("custody", e.object("custody")):
		case free.has(x.Type):
			return
		case x.Type == personInterrogated && x.text("place") != "detention_centre" && x.text("place") != "home_or_hospital_ill":
			l.found("in-the-centre-once-admitted", e.object("custody"), e, Breached, 0)
			return
		}
	}
}

// renewedInTime: 刑240: before the term ends, its last day included.
func (l *law) renewedInTime(i int) {
	e := l.events[i]
	if !l.earlier(i, func(x *Event) bool {
		return (x.Type == propertyFrozen || x.Type == freezingRenewed) && x.about("freezing", e.object("freezing")) &&
			e.At <= lastSecond(dayOf(x.number("expires"), china), china)
	}) {
		l.found("freeze-renewed-before-it-lapses", e.object("freezing"), e, Breached, 0)
	}
}

// moneyMoved: 刑237(2): what is frozen isn't transferred; after the last day of the
// term it is frozen no more.
func (l *law) moneyMoved(i int) {
	e := l.events[i]
	same := func(x *Event) bool { return x.about("freezing", e.object("freezing")) }
	frozen := l.earlier(i, func(x *Event) bool {
		return (x.Type == propertyFrozen || x.Type == freezingRenewed) && same(x) && e.At <= lastSecond(dayOf(x.number("expires"), china), china)
	})
	if frozen && !l.earlier(i, func(x *Event) bool { return x.Type == freezingLifted && same(x) }) {
		l.found("frozen-money-stays", e.object("freezing"), e, Breached, 0)
	}
}

// acceptedBefore: the case before the measure, and before an order for it.
func (l *law) acceptedBefore(i int) {
	e := l.events[i]
	if e.Type == orderApproved && e.text("order_kind") != "freezing" && e.text("order_kind") != "seizure" {
		return
	}
	if e.object("case") != "" && !e.yes("urgent") && !l.earlier(i, func(x *Event) bool { return x.Type == caseAccepted }) {
		l.found("case-accepted-before-freeze-or-seizure", e.object("case"), e, Breached, 0)
	}
}

func (l *law) cooperation(i int) {
	e := l.events[i]
	where, home := e.text("territory"), e.text("home_territory")
	if e.object("case") == "" || where == "" || home == "" || where == home {
		return
	}
	if !l.earlier(i, func(x *Event) bool { return x.Type == cooperationAccepted && x.text("territory") == where }) {
		l.found("cooperation-accepted-before-acting-elsewhere", e.object("case")+" "+where, e, Breached, 0)
	}
}

// soldOff: a case withdrawn within thirty days of money.
func (l *law) soldOff(i int) {
	e := l.events[i]
	if l.earlier(i, func(x *Event) bool {
		return (x.Type == moneyReceived || x.Type == fineCollected) && x.object("case") != "" && e.At <= daysUTC(x.At, 30)
	}) {
		l.found("no-withdrawal-soon-after-payment", e.object("case"), e, Breached, 0)
	}
}

// paidAfter: nor is money taken within thirty days of a withdrawal.
func (l *law) paidAfter(i int) {
	e := l.events[i]
	for _, x := range l.events[i+1:] {
		if (x.Type == moneyReceived || x.Type == fineCollected) && x.object("case") != "" && x.At <= daysUTC(e.At, 30) {
			l.found("no-payment-soon-after-withdrawal", e.object("case"), e, Breached, 0)
			return
		}
	}
}

// frozenOnApproval: an account is frozen after a freezing was approved in the
// case; what is urgent has a rule of its own.
func (l *law) frozenOnApproval(i int) {
	e := l.events[i]
	if e.object("case") != "" && !e.yes("urgent") && !l.earlier(i, func(x *Event) bool {
		return x.Type == orderApproved && x.text("order_kind") == "freezing"
	}) {
		l.found("freezing-is-approved-before", e.object("case"), e, Breached, 0)
	}
}

// manyInCase: twenty accounts in one case within 24 hours, whoever approved them.
func (l *law) manyInCase(i int) {
	e := l.events[i]
	sum := accountsOf(e)
	for _, x := range l.events[:i] {
		if x.Type == accountFrozen && x.At >= e.At-24*hour {
			sum += accountsOf(x)
		}
	}
	if e.object("case") != "" && sum > 20 {
		l.found("many-accounts-frozen-in-one-case", e.object("case"), e, Breached, 0)
	}
}

// accountsOf is how many accounts an order or a freezing is for, one if it
// doesn't say.
func accountsOf(e *Event) int64 { return max(1, e.number("accounts")) }

// unasked: an approval of what nobody asked for.
func (l *law) unasked(i int) {
	e := l.events[i]
	if !l.earlier(i, func(x *Event) bool { return x.Type == orderRequested && x.about("order", e.object("order")) }) {
		l.found("approval-follows-a-request", e.object("order"), e, Breached, 0)
	}
}

// legalAid: 刑320: a minor without a lawyer has legal aid before the case is sent.
func (l *law) legalAid(i int) {
	e := l.events[i]
	if e.yes("minor_without_lawyer") && !l.earlier(i, func(x *Event) bool { return x.Type == legalAidNotified }) {
		l.found("legal-aid-for-minors", e.object("case"), e, Breached, 0)
	}
}

// ownDuty: nobody orders the duty for which they take a weapon, nor extends it.
func (l *law) ownDuty(i int, other Type) {
	e := l.events[i]
	order := e.text("duty_order")
	if order != "" && l.earlier(i, func(x *Event) bool { return x.Type == other && x.Actor == e.Actor && x.text("duty_order") == order }) {
		l.found("nobody-orders-own-armed-duty", order+" "+officerID(e.Actor), e, Breached, 0)
	}
}

// ownApproval: who asks for an order doesn't approve it.
func (l *law) ownApproval(i int) {
	e := l.events[i]
	if l.earlier(i, func(x *Event) bool {
		return x.Type == orderRequested && x.Actor == e.Actor && x.about("order", e.object("order"))
	}) {
		l.found("requester-does-not-approve", e.object("order")+" "+officerID(e.Actor), e, Breached, 0)
	}
}

// basisAfter: the first step of its kind is younger than the decision.
func (l *law) basisAfter(i int) {
	e := l.events[i]
	same := func(x *Event) bool { return x.about("order", e.object("order")) }
	decided := l.earlier(i, func(x *Event) bool { return x.Type == orderApproved && same(x) && x.At < e.At })
	if decided && !l.earlier(i, func(x *Event) bool { return x.Type == e.Type && same(x) }) {
		l.found("decision-not-before-its-basis", e.object("order"), e, Breached, 0)
	}
}

// handles: whoever was heard as a witness doesn't go on to handle the case.
func (l *law) handles(i int, who int32) {
	e := l.events[i]
	if l.earlier(i, func(x *Event) bool { return x.Type == witnessHeard && x.text("witness_officer") == officerID(who) }) {
		l.found("witness-does-not-handle", e.object("case"), e, Breached, 0)
	}
}

// wasHandler: whoever handled the case isn't heard as a witness.
func (l *law) wasHandler(i int) {
	e := l.events[i]
	who := e.text("witness_officer")
	if who != "" && l.earlier(i, func(x *Event) bool {
		switch x.Type {
		case handlerAppointed:
			return x.text("handler") == who
		case personInterrogated, witnessHeard, statementHeard, orderRequested:
			return officerID(x.Actor) == who
		}
		return false
	}) {
		l.found("handler-not-heard-as-witness", e.object("case"), e, Breached, 0)
	}
}

func (l *law) dutyBefore(i int) {
	e := l.events[i]
	order := e.text("duty_order")
	if filled(e, "duty_order") && !l.earlier(i, func(x *Event) bool { return x.Type == dutyOrdered && x.text("duty_order") == order }) {
		l.found("duty-ordered-before-weapon-issued", order, e, Breached, 0)
	}
}

func (l *law) ownReview(i int) {
	e := l.events[i]
	if l.earlier(i, func(x *Event) bool {
		return x.Type == forceUsed && x.Actor == e.Actor && x.about("act", e.object("act"))
	}) {
		l.found("force-user-does-not-review", e.object("act")+" "+officerID(e.Actor), e, Breached, 0)
	}
}

// appointed is the number of the handler whom an appointment names.
func appointed(e *Event) int32 {
	n, _ := strconv.Atoi(strings.TrimPrefix(e.text("handler"), "P"))
	return int32(n)
}

// entered: typed in within 24 hours; what happened at a midnight of UTC may have
// been dated by the day alone, and has 48.
func (l *law) entered(e *Event) {
	allowed := int64(day)
	if (e.At+utc)%day == 0 {
		allowed = 2 * day
	}
	if e.object("case") != "" && e.Entered-e.At > allowed {
		l.found("step-entered-within-24-hours", e.object("case"), e, Breached, 0)
	}
	if e.object("case") != "" && e.Entered+120 < e.At {
		l.found("step-not-entered-before-it-happened", e.object("case"), e, Breached, 0)
	}
}
