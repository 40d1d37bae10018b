package agency

// drawWeapon draws the life of one weapon: out for a duty that was ordered, and
// back by the time set or within a day. Each time out is finished before the next.
func (w *world) drawWeapon(no int, desk int32, finish func(*course)) {
	c := w.start(3<<40+uint64(no), "W"+itoa(no+1))
	c.unit = desk
	c.county = w.staff.unit(desk).county
	in := []Object{{"weapon", c.id}}
	armourer := func(t int64) int32 { return c.onDuty(t) }
	for t := w.begin + day + c.r.Int64N(3*day); t < w.end; t += day + c.r.Int64N(6*day) {
		t = c.duty(t, in, armourer)
		finish(c)
		if t == 0 {
			return // it never came back
		}
	}
}

// extender is who may say that a duty takes longer: not whoever holds the weapon.
func (c *course) extender(t int64, by int32) int32 {
	if c.breaks("nobody-orders-own-armed-duty") {
		return by
	}
	return c.onDuty(t, by)
}

// duty is one time out; it gives when the weapon was back, 0: never.
func (c *course) duty(t int64, in []Object, armourer func(int64) int32) int64 {
	by := c.onDuty(t)
	duty := c.new("duty", "D")
	var attrs, named []Attr
	switch {
	case c.breaks("weapon-issue-names-a-duty-order"):
		if c.chance(0.5) {
			attrs = append(attrs, text("duty_order", " "))
		}
	default:
		ordered := t - 1 - c.r.Int64N(12*hour)
		exists := true
		if c.breaks("duty-ordered-before-weapon-issued") {
			ordered = t + 1 + c.r.Int64N(day)
			exists = c.chance(0.7)
		}
		if exists {
			who := c.staff.pick(c.r, c.unit, departmentHead)
			if c.breaks("nobody-orders-own-armed-duty") {
				who = by
			}
			c.add(dutyOrdered, ordered, who, []Object{duty}, text("duty_order", duty.ID))
		}
		named = []Attr{text("duty_order", duty.ID)}
		attrs = append(attrs, named...)
	}
	rule, last := "weapon-back-within-24-hours", hours(t, 24)
	if c.chance(0.7) {
		rule, last = "weapon-back-by-the-time-set", t+8*hour+c.r.Int64N(6*hour)
		switch {
		case c.breaks("weapon-time-set-within-7-days"):
			last = t + 7*day + 1 + c.r.Int64N(5*day)
		case c.chance(0.03):
			last = t + 7*day
		}
		attrs = append(attrs, moment("due_back", last))
	}
	c.add(weaponIssued, t, by, in, attrs...)
	from := t + hour
	if c.chance(0.15) { // longer, said by somebody else before the time is up
		at := c.inTime(t+hour, last)
		rule, last = "weapon-back-by-the-time-set", min(last+hour+c.r.Int64N(8*hour), at+7*day)
		c.add(dutyExtended, at, c.extender(at, by), []Object{in[0], duty}, append(named, moment("due_back", last))...)
		from = at
	}
	back, ok := c.answer(rule, from, last)
	if !ok && c.chance(0.7) { // most are found, days later
		back, ok = last+day+c.r.Int64N(20*day), true
	}
	if !ok {
		return 0
	}
	c.add(weaponReturned, back, armourer(back), in)
	return back
}
