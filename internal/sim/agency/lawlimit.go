package agency

import "slices"

// The limits of criminal procedure (刑事诉讼法, 刑诉; 公安机关办理刑事案件程序规定,
// 刑; 公安机关接报案与立案工作规定, 接报案). Where somebody is held nothing rolls.

// free ends what is owed to somebody in custody: released, on bail, under
// surveillance.
var free = setOf(custodyEnded, bailBegun, residentialSurveillanceBegun)

func (s types) and(list ...Type) types {
	o := setOf(list...)
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

// gone is free, or in the hands of another organ.
var gone = free.and(filedCaseTransferred)

// What stops the days: journeys, and examinations too where the days are those of
// a period of the case.
var (
	escorts  = setOf(escortBegun, escortEnded)
	absences = escorts.and(psychiatricExaminationBegun, psychiatricExaminationEnded)
)

// after gives the common ways of counting as functions of the event.
func after(count func(t, n int64) int64, n int64) func(*Event) int64 {
	return func(a *Event) int64 { return count(a.At, n) }
}

func afterMonths(n int) func(*Event) int64 {
	return func(a *Event) int64 { return months(a.At, n) }
}

var limits = slices.Concat(custodyLimits, summonsLimits, intakeLimits, requestLimits, propertyLimits, powerLimits)

var custodyLimits = []limit{
	{rule: "detained-to-centre-24h", per: "custody", when: setOf(personDetained), last: after(wholeHours, 24),
		done: setOf(admittedToDetentionCentre), excuse: gone.and(admissionRefused)},
	{rule: "detained-family-told-24h", per: "custody", when: setOf(personDetained), last: after(wholeHours, 24),
		done: setOf(familyNotified), excuse: gone.and(familyNoticeDeferred), unless: mayStaySilent, moves: journeys, pauses: escorts},
	{rule: "detained-interrogated-24h", per: "custody", when: setOf(personDetained), last: after(wholeHours, 24),
		done: setOf(personInterrogated), excuse: gone, moves: journeys, pauses: escorts},
	{rule: "centre-after-the-escort", per: "custody", when: setOf(escortEnded), last: after(days, 1),
		done: setOf(admittedToDetentionCentre), excuse: gone.and(admissionRefused)},
	{rule: "released-when-detention-was-wrong", per: "custody", when: setOf(detentionFoundWrong), last: after(days, 1), done: free},
	{rule: "family-told-when-the-ground-ends", per: "custody", when: setOf(reasonNotToNotifyEnded), last: after(wholeHours, 24),
		done: setOf(familyNotified), excuse: free},
	{rule: "arrest-requested-in-time", per: "custody", when: setOf(personDetained), last: after(days, 3),
		done: setOf(arrestRequested), excuse: gone.and(sentForProsecution), moves: arrestRequestMoves, pauses: absences},
	{rule: "procurator-decides-7d", per: "custody", when: setOf(arrestRequestReceived), last: after(days, 7),
		done: setOf(arrestApproved, arrestRefused), excuse: free},
	{rule: "released-when-arrest-is-refused", per: "custody", when: setOf(arrestRefusalReceived), last: after(days, 1), done: free},
	{rule: "arrested-interrogated-24h", per: "custody", when: setOf(personArrested), last: after(wholeHours, 24),
		done: setOf(personInterrogated), excuse: gone, moves: journeys, pauses: escorts},
	{rule: "arrested-family-told-24h", per: "custody", when: setOf(personArrested), last: after(wholeHours, 24),
		done: setOf(familyNotified), excuse: gone.and(familyNoticeDeferred), moves: journeys, pauses: escorts,
		unless: func(_, x *Event) bool { return x.Type != familyNoticeDeferred || x.text("ground") == "impossible" }},
	{rule: "custody-within-its-term", per: "custody", when: setOf(personArrested, custodyCountedAnew, identityEstablished), last: custodyTerm,
		done: free.and(sentForProsecution), excuse: setOf(custodyCountedAnew, identityInquiryApproved, filedCaseTransferred, trialPostponementApproved), moves: custodyMoves, pauses: absences},
	{rule: "bail-12-months", per: "measure", when: setOf(bailBegun), last: afterMonths(12),
		done: setOf(measureLifted, measureChanged, sentForProsecution), excuse: setOf(filedCaseTransferred)},
	{rule: "surveillance-6-months", per: "measure", when: setOf(residentialSurveillanceBegun), last: afterMonths(6),
		done: setOf(measureLifted, measureChanged, sentForProsecution), excuse: setOf(filedCaseTransferred)},
	{rule: "designated-place-family-told-24h", per: "measure", when: setOf(residentialSurveillanceBegun),
		unasked: func(a *Event) bool { return !a.yes("designated_place") }, last: after(wholeHours, 24),
		done: setOf(familyNotified), excuse: setOf(familyNoticeDeferred, measureLifted, measureChanged, filedCaseTransferred),
		unless: func(_, x *Event) bool { return x.Type != familyNoticeDeferred || x.text("ground") == "impossible" }},
}

// mayStaySilent: 刑127: notice is impossible, or it would obstruct the inquiry
// into one of two kinds of offence.
func mayStaySilent(_, x *Event) bool {
	if x.Type != familyNoticeDeferred || x.text("ground") == "impossible" {
		return true
	}
	kind := x.text("offence_kind")
	return x.text("ground") == "obstructive" && (kind == "state_security" || kind == "terrorism")
}

// arrestRequestMoves: 刑129: one to four days more in special circumstances, up
// to thirty for roaming, repeated and joint offences, in place of the three; a
// psychiatric examination (刑257) and an escort (刑诉105) stop the days.
func arrestRequestMoves(a *Event) func(*Event, int64) int64 {
	length, paused, since, open := int64(3), int64(0), int64(0), false
	return func(x *Event, last int64) int64 {
		switch x.Type {
		case psychiatricExaminationBegun, escortBegun: // neither lasts a year here, where it would end
			if !open {
				open, since = true, dayOf(max(x.At, a.At), china)
				return never
			}
		case psychiatricExaminationEnded, escortEnded:
			if open {
				open = false
				paused += max(0, dayOf(x.At, china)-since)
				return days(a.At, length+paused)
			}
		case arrestRequestExtended:
			switch x.text("ground") {
			case "special":
				if n := x.number("days"); n >= 1 && n <= 4 {
					length = max(length, 3+n)
				}
			case "roaming", "repeated", "gang":
				length = 30
			}
			if !open {
				return days(a.At, length+paused)
			}
		}
		return last
	}
}

// journeys: 刑诉105(3): travel time isn't counted, by the second here, as the limit
// is in hours; fifteen days of it at most, which no journey here takes.
func journeys(a *Event) func(*Event, int64) int64 {
	before, since, open := int64(0), int64(0), false
	return func(x *Event, last int64) int64 {
		switch {
		case x.Type == escortBegun && !open:
			open, before, since = true, last, max(x.At, a.At)
			return never
		case x.Type == escortEnded && open:
			open = false
			return before + max(0, x.At-since)
		}
		return last
	}
}

// custodyTerm: 刑148: two months from the arrest, from the discovery of another
// serious offence (刑151), from the day the identity is known (刑152).
func custodyTerm(a *Event) int64 { return months(custodyFrom(a), 2) }

func custodyFrom(a *Event) int64 {
	if c, ok := a.attr("counted_from"); ok {
		return c.Num
	}
	return a.At
}

// custodyMoves: 刑148 one month more, 149 two, 150 two again; an examination
// isn't counted.
func custodyMoves(a *Event) func(*Event, int64) int64 {
	longer := map[string]int{"first": 1, "second": 2, "third": 2}
	used := map[string]bool{}
	from := custodyFrom(a)
	var before, since int64
	open := false
	return func(x *Event, last int64) int64 {
		switch {
		case (x.Type == psychiatricExaminationBegun || x.Type == escortBegun) && !open:
			open, before, since = true, last, dayOf(max(x.At, from), china)
			return never
		case (x.Type == psychiatricExaminationEnded || x.Type == escortEnded) && open:
			open = false
			return lastSecond(dayOf(before, china)+max(0, dayOf(x.At, china)-since), china)
		case x.Type == custodyExtended && !open && !used[x.text("stage")] && longer[x.text("stage")] > 0:
			used[x.text("stage")] = true
			return lastSecond(addMonths(dayOf(last, china), longer[x.text("stage")]), china)
		}
		return last
	}
}

var measures = setOf(personDetained, personArrested, bailBegun, residentialSurveillanceBegun, otherMeasureDecided)

var summonsLimits = []limit{
	{rule: "summons-12h", per: "summons", when: setOf(summonsArrived), unasked: approvedBefore, last: after(hours, 12),
		done: setOf(summonsEnded), excuse: measures, moves: doubledBy(summonsExtended)},
	{rule: "summons-24h", per: "summons", when: setOf(summonsArrived), last: after(hours, 24),
		done: setOf(summonsEnded), excuse: measures},
	{rule: "compelled-appearance-12h", per: "summons", when: setOf(compelledAppearanceArrived), unasked: approvedBefore, last: after(hours, 12),
		done: setOf(compelledAppearanceEnded), excuse: measures, moves: doubledBy(compelledAppearanceExtended)},
	{rule: "compelled-appearance-24h", per: "summons", when: setOf(compelledAppearanceArrived), last: after(hours, 24),
		done: setOf(compelledAppearanceEnded), excuse: measures},
}

func approvedBefore(a *Event) bool { return a.yes("beforehand") }

// doubledBy: 刑200, 80: twelve hours, twenty-four with an approval.
func doubledBy(extended Type) func(*Event) func(*Event, int64) int64 {
	return func(a *Event) func(*Event, int64) int64 {
		return func(x *Event, last int64) int64 {
			if x.Type == extended {
				return hours(a.At, 24)
			}
			return last
		}
	}
}

func isChannel(e *Event, list ...string) bool { return slices.Contains(list, e.text("channel")) }

func notInPerson(a *Event) bool { return !isChannel(a, "in_person") }
func notWritten(a *Event) bool  { return !isChannel(a, "letter", "email", "fax") }

var intakeLimits = []limit{
	{rule: "report-registered-on-the-spot", per: "case", when: setOf(reportReceived), unasked: notInPerson, last: after(days, 1), done: setOf(reportRegistered)},
	{rule: "receipt-given", per: "case", when: setOf(reportReceived), unasked: notInPerson, last: after(days, 1),
		done: setOf(receiptGiven), excuse: setOf(receiptNotGivenNoted)},
	{rule: "emergency-registered-24h", per: "case", when: setOf(emergencyHandled), unasked: func(a *Event) bool { return a.yes("registered_before") },
		last: after(wholeHours, 24), done: setOf(reportRegistered)},
	{rule: "letter-registered-3d", per: "case", when: setOf(reportReceived), unasked: notWritten, last: after(daysRolled, 3),
		done: setOf(reportRegistered), excuse: setOf(reporterUnreachable)},
	{rule: "letter-answered-3d", per: "case", when: setOf(reportReceived), unasked: notWritten, last: after(daysRolled, 3),
		done: setOf(reporterContacted), excuse: setOf(reporterUnreachable)},
	{rule: "competence-settled-3d", per: "case", when: setOf(competenceUnclear), last: after(daysRolled, 3),
		done: setOf(competenceSettled, caseFiled, caseTransferred)},
	{rule: "filing-reviewed-in-time", per: "case", when: setOf(caseAccepted), last: after(daysRolled, 3),
		done: setOf(caseFiled, filingRefused, caseTransferred), moves: filingReviewMoves},
	{rule: "transferred-24h", per: "case", when: setOf(transferApproved), last: after(wholeHours, 24), done: setOf(caseTransferred)},
	{rule: "transfer-after-filing-told-3d", per: "case", when: setOf(filedCaseTransferred), unasked: nobodyToTell,
		last: after(daysRolled, 3), done: setOf(reporterToldOfTransfer)},
	{rule: "reporter-told-of-transfer", per: "case", when: setOf(transferApproved), unasked: nobodyToTell,
		last: after(wholeHours, 24), done: setOf(reporterToldOfTransfer)},
	{rule: "not-filed-notice-3d", per: "case", when: setOf(filingRefused), unasked: func(a *Event) bool { return !a.yes("complainant") },
		last: after(daysRolled, 3), done: setOf(noticeOfRefusedFilingServed)},
	{rule: "referral-reviewed-3d", per: "case", when: setOf(referralReceived), last: after(daysRolled, 3),
		done: setOf(referralReviewed, caseFiled, filingRefused, caseTransferred, referralSentElsewhere), moves: referralMoves},
	{rule: "not-filing-explained-7d", per: "case", when: setOf(reasonsAskedByProcuratorate), last: after(daysRolled, 7),
		done: setOf(reasonsGivenToProcuratorate, caseFiled), excuse: setOf(demandWithdrawnByProcuratorate, caseTransferred)},
	{rule: "filed-on-order-15d", per: "case", when: setOf(filingOrderedByProcuratorate), last: after(daysRolled, 15),
		done: setOf(caseFiled), excuse: setOf(demandWithdrawnByProcuratorate, caseTransferred)},
	{rule: "withdrawal-told-3d", per: "case", when: setOf(caseWithdrawn), unasked: not("suspect_to_tell"), last: after(daysRolled, 3), done: setOf(withdrawalTold)},
	{rule: "withdrawal-told-to-victim-3d", per: "case", when: setOf(caseWithdrawn), unasked: not("victim"), last: after(daysRolled, 3), done: setOf(victimToldOfWithdrawal)},
	{rule: "withdrawal-told-to-referrer-3d", per: "case", when: setOf(caseWithdrawn), unasked: not("referred"), last: after(daysRolled, 3), done: setOf(referringOrganToldOfWithdrawal)},
	{rule: "legal-aid-for-minors-3d", per: "case", when: setOf(minorFoundWithoutALawyer), last: after(daysRolled, 3),
		done: setOf(legalAidNotified), doneIf: sameSuspect, excuse: setOf(lawyerEngaged), unless: sameSuspect},
	{rule: "end-of-investigation-told-3d", per: "case", when: setOf(investigationOfSuspectEnded), unasked: not("suspect_to_tell"), last: after(daysRolled, 3),
		done: setOf(endOfInvestigationTold), doneIf: sameSuspect},
}

func sameSuspect(a, x *Event) bool { return a.text("suspect_no") == x.text("suspect_no") }

// nobodyToTell: no reporter, or one who was told before.
func nobodyToTell(a *Event) bool { return !a.yes("reporter") || a.yes("told_before") }

func countyHead(e *Event) bool {
	return slices.Contains([]string{"county_head", "city_head", "province_head"}, e.text("approver"))
}

// filingReviewMoves: 意见二(一)2: seven days to check leads, thirty for major
// cases with an approval, in place of the three.
func filingReviewMoves(a *Event) func(*Event, int64) int64 {
	length := int64(3)
	return func(x *Event, last int64) int64 {
		switch {
		case x.Type != filingReviewExtended:
			return last
		case x.text("ground") == "leads":
			length = max(length, 7)
		case x.text("ground") == "major" && countyHead(x):
			length = 30
		}
		return daysRolled(a.At, length)
	}
}

// referralMoves: 刑180: while the agency mends its file, for three days at most.
func referralMoves(a *Event) func(*Event, int64) int64 {
	paused, since, open := int64(0), int64(0), false
	return func(x *Event, last int64) int64 {
		switch {
		case x.Type == referralGapsTold && !open:
			open, since = true, dayOf(x.At, china)
			// it runs on after three days, whether or not the gaps are filled
			return daysRolled(a.At, 3+paused+3)
		case x.Type == referralGapsFilled && open:
			open = false
			paused += min(3, dayOf(x.At, china)-since)
			return daysRolled(a.At, 3+paused)
		}
		return last
	}
}

var requestLimits = []limit{
	{rule: "not-filed-reconsidered-30d", per: "application", when: setOf(reconsiderationReceived), last: after(daysRolled, 30),
		done: setOf(reconsiderationDecided), excuse: setOf(applicationWithdrawn, applicationLapsed), moves: thirtyMore},
	{rule: "not-filed-reviewed-30d", per: "application", when: setOf(reviewReceived), last: after(daysRolled, 30),
		done: setOf(reviewDecided), excuse: setOf(applicationWithdrawn, applicationLapsed), moves: thirtyMore},
	{rule: "agency-reconsideration-3d", per: "application", when: setOf(agencyReconsiderationReceived), last: after(daysRolled, 3),
		done: setOf(reconsiderationDecided), excuse: setOf(applicationWithdrawn, applicationLapsed)},
	{rule: "lawyer-meets-48h", per: "application", when: setOf(lawyerMeetingAsked), last: after(wholeHours, 48),
		unasked: func(a *Event) bool { return a.text("offence_kind") != "other" },
		done:    setOf(lawyerMetSuspect), excuse: setOf(applicationWithdrawn, applicationLapsed)},
	{rule: "lawyer-permission-3d", per: "application", when: setOf(lawyerPermissionAsked), last: after(daysRolled, 3),
		done: setOf(lawyerPermissionDecided), excuse: setOf(applicationWithdrawn, applicationLapsed)},
	{rule: "recusal-decided-2d", per: "application", when: setOf(recusalAsked), last: after(daysRolled, 2),
		done: setOf(recusalDecided), excuse: setOf(applicationWithdrawn, applicationLapsed), moves: recusalMoves},
	{rule: "complaint-answered-30d", per: "application", when: setOf(complaintReceived), last: after(daysRolled, 30),
		done: setOf(complaintAnswered), excuse: setOf(applicationWithdrawn, applicationLapsed)},
}

// thirtyMore: 刑179(3): thirty days more, once, if the applicant was told in
// writing. They follow the thirtieth day, wherever a holiday would have moved it.
func thirtyMore(a *Event) func(*Event, int64) int64 {
	return func(x *Event, last int64) int64 {
		if x.Type == applicationExtended && x.yes("applicant_told") {
			return daysRolled(a.At, 60)
		}
		return last
	}
}

// recusalMoves: 刑36(1): five days in place of two, approved by a head.
func recusalMoves(a *Event) func(*Event, int64) int64 {
	return func(x *Event, last int64) int64 {
		if x.Type == recusalTimeExtended && countyHead(x) {
			return daysRolled(a.At, 5)
		}
		return last
	}
}

var propertyLimits = []limit{
	{rule: "unrelated-property-returned-3d", per: "exhibit", when: setOf(propertyFoundUnrelated), last: after(daysRolled, 3),
		done: setOf(propertyReturned), excuse: setOf(ownerSoughtPublicly, ownerAskedToCollect)},
	{rule: "unrelated-freeze-lifted-3d", per: "freezing", when: setOf(frozenPropertyFoundUnrelated), last: after(daysRolled, 3),
		done: setOf(freezingLifted)},
	{rule: "unrelated-freeze-owner-told-3d", per: "freezing", when: setOf(frozenPropertyFoundUnrelated), last: after(daysRolled, 3),
		done: setOf(ownerToldOfLifting)},
}
