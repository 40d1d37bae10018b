package agency

// suspects draws what is done with the suspects of a case, and when it is over;
// sent says that the case went to the procuratorate then.
func (c *course) suspects(t int64) (end int64, sent bool) {
	first := c.newPerson("1")
	t, held := c.summons(t, first)
	if c.chance(0.15) { // a second suspect, summoned soon after the first
		second := c.newPerson("2")
		t2 := t + hour + c.r.Int64N(8*hour)
		t2, held2 := c.summons(t2, second)
		c.afterwards(t2, second, held2, false)
	}
	return c.afterwards(t, first, held, true)
}

func (c *course) newPerson(no string) *person {
	return &person{no: no, minor: c.chance(0.1), female: c.chance(0.25), foreign: c.chance(0.06), deaf: c.chance(0.05)}
}

// afterwards is what follows the first questioning: custody, bail, surveillance,
// or nothing. main says that the case ends with it.
func (c *course) afterwards(t int64, p *person, summons Object, main bool) (end int64, sent bool) {
	switch {
	case summons.ID != "" || c.chance(0.5):
		return c.custody(t, p, summons, main)
	case c.chance(0.6):
		end = c.bail(t+hour, p, nil)
	case c.chance(0.5):
		end = c.surveillance(t+hour, p, nil)
	default:
		return t + 10*day + c.r.Int64N(60*day), false
	}
	return end, false
}

// summons draws one or two summons or compelled appearances. It gives the time
// after them, and the summons that goes over into custody, if one does.
func (c *course) summons(t int64, p *person) (after int64, into Object) {
	end, into := c.oneSummons(t, p, c.chance(0.3))
	if into.ID != "" || end == 0 {
		return max(t, end), into
	}
	if !c.chance(0.3) {
		return end, into
	}
	again := end + 12*hour + 1 + c.r.Int64N(5*day)
	switch {
	case c.breaks("no-summons-back-to-back"):
		again = end + 60 + c.r.Int64N(12*hour-60)
		if c.chance(0.2) {
			again = end + 12*hour
		}
	case c.chance(0.3):
		again = end + 12*hour + 1
	}
	second, into := c.oneSummons(again, p, c.chance(0.3))
	return max(again, second), into
}

// oneSummons: 刑200 and 80: twelve hours; twenty-four if approved, by the head of the
// department for a summons, by a head of the county for a compelled appearance. end
// is 0 where nobody ended it.
func (c *course) oneSummons(t int64, p *person, compelled bool) (end int64, into Object) {
	kind := summonsKinds[0]
	if compelled {
		kind = summonsKinds[1]
	}
	s := c.new("summons", "S")
	objects := c.inCase(s)
	arrived := c.add(kind.arrived, t, c.handler, objects, append(c.region(), text("suspect_no", p.no))...)
	place := "case_handling_place"
	if !compelled && c.chance(0.1) {
		place = "home_summoned"
	}
	c.interrogate(t+900+c.r.Int64N(2*hour), p, c.inCase(), place)
	c.prolong(arrived, kind, objects)
	last := min(hours(t, 24), c.untilOr(kind.twelve, arrived, hours(t, 24)))
	from := t + 3*hour
	if e := c.events[len(c.events)-1]; e.Type == kind.extended {
		from = e.At
	}
	switch {
	case c.breaks(kind.dayLong):
		end = c.late(from, hours(t, 24))
		if c.chance(0.2) {
			return 0, into
		}
	case c.breaks(kind.twelve):
		end = c.late(from, last)
		if c.chance(0.3) && !approvedBefore(arrived) { // approved when the time was up
			c.add(kind.extended, c.between(last+1, end), c.handler, objects, text("approver", "county_head"))
		}
	case c.chance(0.25) && p.no == "1":
		return max(from, last-c.r.Int64N(6*hour)), s // a measure takes over
	case c.chance(0.1):
		end = last - c.r.Int64N(max(1, min(3*hour, last-from)))
		c.add(otherMeasureDecided, end, c.handler, objects)
		end++
	default:
		end = c.inTime(from, last)
	}
	attrs := []Attr{text("suspect_no", p.no), flag("meals_and_rest_recorded", c.keeps("meals-and-rest-recorded"))}
	if !compelled {
		attrs = append(attrs, flag("times_written", c.keeps("summons-times-written")))
	}
	c.add(kind.ended, end, c.handler, objects, attrs...)
	return end, into
}

// prolong draws the approval of more than twelve hours: before the arrival, during
// the twelve, or none.
func (c *course) prolong(arrived *Event, kind summonsKind, objects []Object) {
	t := arrived.At
	approver := one(c, kind.approvers...)
	if c.chance(0.12) {
		if c.breaks(kind.approved) {
			approver = one(c, kind.unfit...)
		}
		arrived.Attrs = append(arrived.Attrs, flag("beforehand", true), text("approver", approver))
	} else if c.chance(0.25) {
		if c.breaks(kind.approved) {
			approver = one(c, kind.unfit...)
		}
		at := t + 6*hour + c.r.Int64N(6*hour)
		if c.chance(0.3) {
			at = t + 12*hour // in the last second of the twelve hours
		}
		c.add(kind.extended, at, c.handler, objects, text("approver", approver))
	}
}

// region says whether a measure crosses a county's line; then there are papers of
// cooperation (公通字〔2020〕6号).
func (c *course) region() []Attr {
	if !c.chance(0.1) {
		return []Attr{flag("across_regions", false)}
	}
	return []Attr{flag("across_regions", true), flag("cooperation_papers", c.keeps("cooperation-before-crossing-regions"))}
}

// untilOr is until for a limit that may not concern the event.
func (c *course) untilOr(rule string, e *Event, otherwise int64) int64 {
	if approvedBefore(e) {
		return otherwise
	}
	return c.until(rule, e)
}

type summonsKind struct {
	arrived, extended, ended  Type
	twelve, dayLong, approved string
	approvers, unfit          []string
}

var summonsKinds = [2]summonsKind{
	{summonsArrived, summonsExtended, summonsEnded, "summons-12h", "summons-24h", "summons-extension-approved",
		[]string{"case_department_head", "case_department_head", "county_head"}, []string{"investigator"}},
	{compelledAppearanceArrived, compelledAppearanceExtended, compelledAppearanceEnded,
		"compelled-appearance-12h", "compelled-appearance-24h", "compelled-appearance-extension-approved",
		[]string{"county_head", "city_head"}, []string{"case_department_head"}},
}

// interrogate: who is there, what is told, where: 刑198, 202–204, 208, 323, 324, 43.
func (c *course) interrogate(t int64, p *person, objects []Object, place string) *Event {
	major := c.chance(0.2)
	attrs := make([]Attr, 0, 20)
	two := 2 + c.r.IntN(2)
	if c.breaks("two-interrogators") {
		two = 1
	}
	if c.breaks("interrogated-in-a-lawful-place") {
		place = "other"
	}
	attrs = append(attrs, text("suspect_no", p.no), number("officers", two), text("place", place),
		flag("rights_told", c.keeps("rights-told")), flag("first", !p.asked), flag("major_case", major), flag("minor", p.minor),
		flag("deaf_or_mute", p.deaf), flag("needs_interpreter", p.deaf || p.foreign), text("sex", sexOf(p.female)))
	if major {
		attrs = append(attrs, flag("recorded_whole", c.keeps("interrogation-recorded-whole")))
	}
	if !p.asked {
		attrs = append(attrs, flag("lawyer_right_told", c.keeps("lawyer-right-told")))
	}
	if p.minor {
		present, noted := c.adult("adult-with-a-minor")
		attrs = append(attrs, flag("adult_present", present), flag("absence_recorded", noted),
			flag("record_read", c.keeps("minors-record-read")), flag("trained_staff", c.keeps("trained-staff-with-minors")))
		if p.female {
			attrs = append(attrs, flag("woman_present", c.keeps("woman-with-a-girl")))
		}
	}
	if p.deaf {
		attrs = append(attrs, flag("interpreter_noted", c.keeps("interpreter-noted")))
	}
	if p.foreign || p.deaf {
		attrs = append(attrs, flag("interpreter_present", c.keeps("interpreter-present")))
	}
	p.asked = true
	return c.add(personInterrogated, t, one(c, c.handler, c.handler, c.second), objects, attrs...)
}

// adult says whether a guardian or another adult is with a minor, or else that
// all were called in vain and the record says so.
func (c *course) adult(rule string) (present, noted bool) {
	switch {
	case c.breaks(rule):
		return false, false
	case c.chance(0.1):
		return false, true
	}
	return true, false
}

func sexOf(female bool) string {
	if female {
		return "female"
	}
	return "male"
}
