package agency

// Requests that are received in a case and decided in time: complaints, recusal,
// the lawyer's; and legal aid, which nobody has to ask for.

// complain: 刑196(2).
func (c *course) complain(t int64) {
	o := c.inCase(c.new("application", "A"))
	e := c.add(complaintReceived, t, c.handler, o)
	if at, ok := c.owed("complaint-answered-30d", e, false); ok {
		c.add(complaintAnswered, at, c.head(), o)
	}
}

// recuse: 刑36(1): two days, five if a head of the county approved; a lower post's
// approval gives no more time.
func (c *course) recuse(t int64) {
	o := c.inCase(c.new("application", "A"))
	e := c.add(recusalAsked, t, c.handler, o)
	if c.chance(0.3) {
		c.add(recusalTimeExtended, c.inTime(t, daysRolled(t, 2)), c.handler, o,
			text("approver", one(c, "county_head", "county_head", "county_head", "case_department_head")))
	}
	if at, ok := c.owed("recusal-decided-2d", e, false); ok {
		c.add(recusalDecided, at, c.head(), o)
	}
}

// lawyer: 刑53(1) the meeting within 48 hours; 刑52(3) in two kinds of case a
// permission before it, decided within three days.
func (c *course) lawyer(t int64) {
	o := c.inCase(c.new("application", "A"))
	if c.chance(0.3) {
		e := c.add(lawyerPermissionAsked, t, c.handler, o)
		if at, ok := c.owed("lawyer-permission-3d", e, false); ok {
			c.add(lawyerPermissionDecided, at, c.head(), o)
		}
		meeting := c.inCase(c.new("application", "A"))
		c.add(lawyerMeetingAsked, t+5*day, c.handler, meeting, text("offence_kind", one(c, "state_security", "terrorism")))
		c.add(lawyerMetSuspect, t+9*day, c.handler, meeting)
		return
	}
	e := c.add(lawyerMeetingAsked, t, c.handler, o, text("offence_kind", "other"))
	if c.chance(0.05) {
		c.add(one(c, applicationWithdrawn, applicationLapsed), c.inTime(t, wholeHours(t, 48)), c.handler, o)
		return
	}
	if at, ok := c.owed("lawyer-meets-48h", e, false); ok {
		c.add(lawyerMetSuspect, at, c.handler, o)
	}
}

// legalAid: 刑320: for a minor without a lawyer legal aid is notified, soon (three
// days are the pack's), and before the case is sent; who engages a lawyer needs
// none. It says whether the minor has no lawyer.
func (c *course) legalAid(t int64, p *person) (without bool) {
	c.add(minorFoundWithoutALawyer, t, c.handler, c.inCase(), text("suspect_no", p.no))
	if c.chance(0.15) {
		c.add(lawyerEngaged, c.inTime(t, daysRolled(t, 3)), c.handler, c.inCase(), text("suspect_no", p.no))
		return false
	}
	switch {
	case c.breaks("legal-aid-for-minors"):
	case c.breaks("legal-aid-for-minors-3d"):
		c.add(legalAidNotified, c.late(t, daysRolled(t, 3)), c.handler, c.inCase(), text("suspect_no", p.no))
	default:
		c.add(legalAidNotified, c.inTime(t, daysRolled(t, 3)), c.handler, c.inCase(), text("suspect_no", p.no))
	}
	return true
}

// children: victims and witnesses who are minors (未成年人保护法101, 110, 112).
func (c *course) children(t int64) {
	for range 1 + c.r.IntN(2) {
		t += c.r.Int64N(2 * day)
		harm, girl := c.chance(0.5), c.chance(0.5)
		present, noted := c.adult("adult-with-a-child-questioned")
		attrs := []Attr{flag("sexual_or_violent", harm), text("sex", sexOf(girl)), flag("adult_present", present), flag("absence_recorded", noted),
			flag("trained_staff", c.keeps("trained-staff-with-minors"))}
		by := one(c, "female", "male")
		if harm {
			attrs = append(attrs, flag("filmed", c.keeps("child-victim-recorded")))
			if girl {
				by = sexOf(c.keeps("girls-questioned-by-women"))
			}
		}
		c.add(childQuestioned, t, c.second, c.inCase(), append(attrs, text("by_sex", by))...)
	}
}

// examine: 刑217(3).
func (c *course) examine(t int64) {
	woman := c.chance(0.5)
	by, physician := one(c, "female", "male"), c.chance(0.5)
	if woman && by == "male" && !physician {
		physician = true
	}
	if woman && c.breaks("women-examined-by-women-or-physicians") {
		by, physician = "male", false
	}
	c.add(bodyExamined, t, c.second, c.inCase(), text("sex", sexOf(woman)), text("by_sex", by), flag("by_physician", physician))
}
