package agency

// Requests that are received in a case and decided in time: complaints, recusal,
// the lawyer's.

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
		c.add(applicationWithdrawn, c.inTime(t, wholeHours(t, 48)), c.handler, o)
		return
	}
	if at, ok := c.owed("lawyer-meets-48h", e, false); ok {
		c.add(lawyerMetSuspect, at, c.handler, o)
	}
}
