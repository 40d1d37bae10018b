package agency

// What an event has to say of itself.
var holds = []hold{
	{"family-notice-reason-noted", "case", setOf(familyNoticeDeferred), not("reason_noted")},
	{"arrest-request-extension-approved", "case", setOf(arrestRequestExtended), func(e *Event) bool { return !countyHead(e) }},
	{"arrest-request-extension-ground", "case", setOf(arrestRequestExtended), func(e *Event) bool {
		switch e.text("ground") {
		case "roaming", "repeated", "gang":
			return false
		case "special":
			return e.number("days") < 1 || e.number("days") > 4
		}
		return true
	}},
	// 刑148: seven days before the 10th is the 3rd, all of it.
	{"custody-extension-asked-7d-before", "case", setOf(custodyExtensionAsked), func(e *Event) bool {
		return dayOf(e.At, china) > dayOf(e.number("expires"), china)-7
	}},
	{"health-checked-on-admission", "case", setOf(admittedToDetentionCentre), func(e *Event) bool { return !e.yes("health_checked") || !e.yes("body_checked") }},
	{"safety-checked-on-admission", "case", setOf(admittedToDetentionCentre), not("safety_checked")},
	{"pregnant-or-nursing-not-admitted", "case", setOf(admittedToDetentionCentre), func(e *Event) bool {
		return e.text("sex") == "female" && e.yes("pregnant_or_nursing")
	}},
	{"men-and-women-held-apart", "case", setOf(admittedToDetentionCentre), not("sexes_apart")},
	// 刑148 the next higher procuratorate; 149, 150 the province's.
	{"custody-extension-granted-at-the-right-level", "case", setOf(custodyExtended), func(e *Event) bool {
		switch e.text("granted_by") {
		case "province", "supreme":
			return false
		case "next_higher":
			return e.text("stage") != "first"
		}
		return true
	}},
	{"custody-recount-approved", "case", setOf(custodyCountedAnew), func(e *Event) bool { return !countyHead(e) }},
	{"minors-held-apart", "case", setOf(admittedToDetentionCentre), func(e *Event) bool { return e.yes("minor") && !e.yes("held_apart") }},
	{"summons-extension-approved", "case", setOf(summonsExtended, summonsArrived), func(e *Event) bool {
		return (e.Type == summonsExtended || e.yes("beforehand")) && e.text("approver") != "case_department_head" && !countyHead(e)
	}},
	{"compelled-appearance-extension-approved", "case", setOf(compelledAppearanceExtended, compelledAppearanceArrived), func(e *Event) bool {
		return (e.Type == compelledAppearanceExtended || e.yes("beforehand")) && !countyHead(e)
	}},
	{"cooperation-before-crossing-regions", "case", setOf(summonsArrived, compelledAppearanceArrived, personDetained, personArrested), func(e *Event) bool {
		return e.yes("across_regions") && !e.yes("cooperation_papers")
	}},
	{"summons-times-written", "case", setOf(summonsEnded), not("times_written")},
	{"meals-and-rest-recorded", "case", setOf(summonsEnded, compelledAppearanceEnded), not("meals_and_rest_recorded")},
	{"two-interrogators", "case", setOf(personInterrogated), func(e *Event) bool { return e.number("officers") < 2 }},
	{"interrogation-recorded-whole", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("major_case") && !e.yes("recorded_whole") }},
	{"rights-told", "case", setOf(personInterrogated), not("rights_told")},
	{"lawyer-right-told", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("first") && !e.yes("lawyer_right_told") }},
	{"interrogated-in-a-lawful-place", "case", setOf(personInterrogated), func(e *Event) bool {
		switch e.text("place") {
		case "case_handling_place", "detention_centre", "scene_urgent", "home_or_hospital_ill", "home_summoned", "place_of_other_custody":
			return false
		}
		return true
	}},
	{"adult-with-a-minor", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("minor") && !e.yes("adult_present") && !e.yes("absence_recorded") }},
	{"minors-record-read", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("minor") && !e.yes("record_read") }},
	{"interpreter-noted", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("deaf_or_mute") && !e.yes("interpreter_noted") }},
	{"trained-staff-with-minors", "case", setOf(personInterrogated, childQuestioned), func(e *Event) bool {
		return protected(e) && (e.Type == childQuestioned || e.yes("minor")) && !e.yes("trained_staff")
	}},
	{"adult-with-a-child-questioned", "case", setOf(childQuestioned), func(e *Event) bool {
		return protected(e) && !e.yes("adult_present") && !e.yes("absence_recorded")
	}},
	{"child-victim-recorded", "case", setOf(childQuestioned), func(e *Event) bool {
		return protected(e) && e.yes("sexual_or_violent") && !e.yes("filmed")
	}},
	{"girls-questioned-by-women", "case", setOf(childQuestioned), func(e *Event) bool {
		return protected(e) && e.yes("sexual_or_violent") && e.text("sex") == "female" && e.text("by_sex") != "female"
	}},
	{"women-examined-by-women-or-physicians", "case", setOf(bodyExamined), func(e *Event) bool {
		return e.text("sex") == "female" && e.text("by_sex") != "female" && !e.yes("by_physician")
	}},
	{"woman-with-a-girl", "case", setOf(personInterrogated), func(e *Event) bool {
		return e.yes("minor") && e.text("sex") == "female" && !e.yes("woman_present")
	}},
	{"interpreter-present", "case", setOf(personInterrogated), func(e *Event) bool { return e.yes("needs_interpreter") && !e.yes("interpreter_present") }},
	{"search-by-two-with-warrant", "case", setOf(placeSearched), func(e *Event) bool {
		return e.number("officers") < 2 || !e.yes("warrant") && !e.yes("urgent_with_arrest")
	}},
	{"women-searched-by-women", "case", setOf(personSearched), func(e *Event) bool { return e.text("sex") == "female" && e.text("by_sex") != "female" }},
	{"handlers-keep-no-exhibits", "case", setOf(propertyStored), func(e *Event) bool { return e.yes("keeper_on_case") }},
	{"freeze-term", "case", setOf(propertyFrozen, freezingRenewed), freezeTooLong},

	{"freeze-or-seizure-names-a-case", "act", setOf(accountFrozen, propertySeized), func(e *Event) bool { return !e.yes("urgent") && !filled(e, "case_number") }},
	{"act-says-where-it-took-place", "act", setOf(personArrested, propertySeized, accountFrozen), func(e *Event) bool {
		return e.text("home_territory") != "" && !filled(e, "territory")
	}},
	{"weapon-time-set-within-7-days", "weapon", setOf(weaponIssued, dutyExtended), func(e *Event) bool { return e.number("due_back") > e.At+7*day }},
	{"weapon-issue-names-a-duty-order", "weapon", setOf(weaponIssued), func(e *Event) bool { return !filled(e, "duty_order") }},
	{"video-is-uncut", "act", setOf(videoFiled), not("continuous")},
	{"stop-has-a-ground", "act", setOf(stopMade), func(e *Event) bool { return !filled(e, "ground") }},
}

// protected: the law on the protection of minors as it stands since 2024-05-01
// (the amendment of 2024-04-26).
func protected(e *Event) bool { return dayOf(e.At, china) >= protectedFrom }

var protectedFrom = dateNumber("2024-05-01")

func not(name string) func(*Event) bool { return func(e *Event) bool { return !e.yes(name) } }

// freezeTooLong: 刑243 money six months, a year in major cases if a city's head
// approved; 刑244 securities two years; 刑245 equity six months.
func freezeTooLong(e *Event) bool {
	term := e.number("term_months")
	switch e.text("property") {
	case "money":
		major := e.yes("major_case") && (e.text("approver") == "city_head" || e.text("approver") == "province_head")
		return term > 6 && (term > 12 || !major)
	case "securities":
		return term > 24
	}
	return term > 6
}
