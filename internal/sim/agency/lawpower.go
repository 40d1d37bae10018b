package agency

import (
	"strings"
	"unicode"
)

// The limits of the pack on profit and power, which belongs to no country: days
// of UTC, no holidays.
var powerLimits = []limit{
	{rule: "urgent-act-approved-within-24-hours", per: "act", when: setOf(accountFrozen, propertySeized),
		unasked: func(a *Event) bool { return !a.yes("urgent") }, last: after(hours, 24),
		done: setOf(orderApproved), doneIf: func(_, x *Event) bool { return filled(x, "case_number") },
		excuse: setOf(accountUnfrozen, propertyReturned)},
	{rule: "receipt-for-money-received", per: "payment", when: setOf(moneyReceived, fineCollected), last: after(daysUTC, 1),
		done: setOf(officialReceiptIssued), doneIf: wholeSum},
	{rule: "cash-fine-handed-in-within-2-days", per: "payment", when: setOf(fineCollected), last: after(daysUTCPastWeekend, 2),
		done: setOf(fineHandedIn, fineDeposited), doneIf: wholeSum, excuse: setOf(moneyReturned), unless: wholeSum},
	{rule: "fine-deposited-within-2-days", per: "payment", when: setOf(fineHandedIn, moneyReceived), last: after(daysUTCPastWeekend, 2),
		done: setOf(fineDeposited), doneIf: wholeSum, excuse: setOf(moneyReturned), unless: wholeSum},
	{rule: "case-moves-within-30-days", per: "case", when: setOf(caseAccepted), last: after(daysUTC, 30),
		done: allBut(caseAccepted, handlerAppointed, caseSuspended, caseResumed), moves: suspensions},
	{rule: "weapon-back-by-the-time-set", per: "weapon", when: setOf(weaponIssued, dutyExtended), unasked: hasNo("due_back"),
		last: func(a *Event) int64 { return a.number("due_back") }, done: setOf(weaponReturned),
		excuse: setOf(dutyExtended), unless: func(a, x *Event) bool {
			return x.number("due_back") > 0 && (a.Type == dutyExtended || x.Actor != a.Actor)
		}},
	{rule: "weapon-back-within-24-hours", per: "weapon", when: setOf(weaponIssued),
		unasked: func(a *Event) bool { return a.number("due_back") > 0 }, last: after(hours, 24), done: setOf(weaponReturned),
		excuse: setOf(dutyExtended), unless: func(a, x *Event) bool { return x.number("due_back") > 0 && x.Actor != a.Actor }},
	{rule: "video-covers-the-act", per: "act", when: setOf(stopMade, personSearched, personArrested, propertySeized, forceUsed), last: after(daysUTC, 1),
		done: setOf(videoFiled), doneIf: covers,
		excuse: setOf(videoFailureConfirmed), unless: func(a, x *Event) bool { return x.Actor != a.Actor }},
	{rule: "force-reported-within-24-hours", per: "act", when: setOf(forceUsed), last: after(hours, 24), done: setOf(forceReported)},
	{rule: "force-reviewed-within-14-days", per: "act", when: setOf(forceUsed), last: after(daysUTC, 14),
		done: setOf(forceReviewed), doneIf: func(a, x *Event) bool { return x.Actor != a.Actor }},
}

// filled says whether there is a letter or a figure in a text.
func filled(e *Event, name string) bool {
	return strings.ContainsFunc(e.text(name), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// wholeSum says whether all of the money is accounted for.
func wholeSum(a, x *Event) bool { return x.number("amount") >= a.number("amount") }

func hasNo(name string) func(*Event) bool {
	return func(e *Event) bool {
		_, ok := e.attr(name)
		return !ok
	}
}

func allBut(list ...Type) (s types) {
	not := setOf(list...)
	for t := 1; t < len(typeNames); t++ {
		if !not.has(Type(t)) {
			s = s.and(Type(t))
		}
	}
	return s
}

// covers says whether a video shows an act from its beginning to its end, give
// or take two minutes.
func covers(a, x *Event) bool {
	ended, known := a.attr("ended")
	return x.number("video_from") <= a.At+120 && x.number("video_to")+120 >= a.At && (!known || x.number("video_to")+120 >= ended.Num)
}

// suspensions: while a case is suspended the days don't run, for a year at most,
// which none here lasts.
func suspensions(a *Event) func(*Event, int64) int64 {
	paused, since, open := int64(0), int64(0), false
	return func(x *Event, last int64) int64 {
		switch {
		case x.Type == caseSuspended && !open:
			open, since = true, dayOf(x.At, utc)
			return never
		case x.Type == caseResumed && open:
			open = false
			paused += dayOf(x.At, utc) - since
			return daysUTC(a.At, 30+paused)
		}
		return last
	}
}
