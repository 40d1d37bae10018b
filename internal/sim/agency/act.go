package agency

// place writes where an act is carried out; elsewhere than at home those
// responsible there have accepted to cooperate.
func (c *course) place(e *Event, in []Object) {
	home := c.county
	where := home
	if c.opt.Units > 1 && c.chance(0.2) {
		where = (home + 1 + c.r.IntN(c.opt.Units-1)) % c.opt.Units
	}
	name := territory(c, where)
	if c.breaks("act-says-where-it-took-place") {
		name = one(c, "", " ", "-")
	}
	if name != "" {
		e.Attrs = append(e.Attrs, text("territory", name))
	}
	e.Attrs = append(e.Attrs, text("home_territory", territory(c, home)))
	if where == home || name != territory(c, where) {
		return
	}
	switch {
	case !c.breaks("cooperation-accepted-before-acting-elsewhere"):
		t := e.At - 60 - c.r.Int64N(3*day)
		if c.chance(0.2) {
			t = e.At - 1
		}
		c.add(cooperationAccepted, t, c.head(), in, text("territory", territory(c, where)))
	case c.chance(0.3): // asked and accepted afterwards
		c.add(cooperationAccepted, e.At+1+c.r.Int64N(day), c.head(), in, text("territory", territory(c, where)))
	case c.chance(0.3): // by another territory
		c.add(cooperationAccepted, e.At-day, c.head(), in, text("territory", territory(c, home)))
	}
}

func territory(c *course, county int) string { return c.staff.unit(c.staff.branch[county]).id }

// film files the video of an act: one recording from the beginning to the end of
// all that was done, by the end of the next day. Two minutes either way are the
// clocks'. Events are those of the act, in order.
func (c *course) film(act Object, events ...*Event) {
	first := events[0]
	ended := first.At
	for i, e := range events {
		if i == len(events)-1 || c.chance(0.5) {
			until := e.At + 60 + c.r.Int64N(hour)
			e.Attrs = append(e.Attrs, moment("ended", until))
			ended = max(ended, until)
		}
		ended = max(ended, e.At)
	}
	in := []Object{act}
	if id := first.object("case"); id != "" {
		in = c.inCase(act)
	}
	from, to := first.At-c.r.Int64N(300), ended+c.r.Int64N(300)
	if c.chance(0.2) {
		from, to = first.At+120, ended-120
	}
	last := daysUTC(first.At, 1)
	filed, film := c.inTime(max(ended, to), last), true
	switch {
	case !c.breaks("video-covers-the-act"):
		switch {
		case c.chance(0.04): // the camera failed, and somebody else says so
			c.add(videoFailureConfirmed, c.inTime(ended, last), c.onDuty(first.At, first.Actor, events[len(events)-1].Actor), in)
			film = false
		case c.chance(0.1): // half of it, and then all of it
			c.video(filed-1, in, first.At+hour, to)
		}
	case c.chance(0.25):
		film = false
	case c.chance(0.3):
		film = false
		c.add(videoFailureConfirmed, c.inTime(ended, last), first.Actor, in)
	case c.chance(0.4):
		filed = c.late(ended, last)
	case c.chance(0.5):
		from = first.At + 121 + c.r.Int64N(600)
	default:
		from, to = first.At-600, first.At-200
	}
	if film {
		c.video(max(filed, ended+1), in, from, to)
	}
}

func (c *course) video(t int64, in []Object, from, to int64) {
	c.add(videoFiled, t, c.onDuty(t), in, moment("video_from", from), moment("video_to", to), flag("continuous", c.keeps("video-is-uncut")))
}

// search: 刑223–225: of a place by two with a warrant, or urgent beside an arrest; of
// a woman by a woman.
func (c *course) search(t int64) {
	warrant := c.chance(0.8)
	officers := 2 + c.r.IntN(4)
	urgent := !warrant
	if c.breaks("search-by-two-with-warrant") {
		if c.chance(0.5) {
			officers = 1
		} else {
			warrant, urgent = false, false
		}
	}
	c.add(placeSearched, t, c.handler, c.inCase(), number("officers", officers), flag("warrant", warrant), flag("urgent_with_arrest", urgent))
	if !c.chance(0.7) {
		return
	}
	act := c.new("act", "X")
	female := c.chance(0.4)
	by := sexOf(female)
	if female && c.breaks("women-searched-by-women") {
		by = "male"
	}
	e := c.add(personSearched, t+600, c.handler, c.inCase(act), text("sex", sexOf(female)), text("by_sex", by))
	c.film(act, e)
}

// drawStop draws an act on the street that need not lead to a case: a stop, perhaps a
// search, perhaps force; force is reported and reviewed.
func (w *world) drawStop(no int, t int64) *course {
	c := w.start(1<<40+uint64(no), "N"+itoa(no+1))
	c.county = c.r.IntN(w.opt.Units)
	c.unit = w.staff.desks[c.county][c.r.IntN(stationsPerCounty)]
	act := Object{"act", c.id}
	in := []Object{act}
	by := c.onDuty(t)
	ground := one(c, "形迹可疑", "与通缉人员特征相符", "群众指认", "现场可疑物品")
	if c.breaks("stop-has-a-ground") {
		ground = one(c, "", " ", "　")
	}
	var events []*Event
	if c.chance(0.7) {
		e := c.add(stopMade, t, by, in)
		if ground != "" || c.chance(0.5) {
			e.Attrs = append(e.Attrs, text("ground", ground))
		}
		events = append(events, e)
	}
	if len(events) == 0 || c.chance(0.3) {
		events = append(events, c.add(forceUsed, t+60, by, in))
		if c.chance(0.3) {
			events = append(events, c.add(forceUsed, t+90, c.onDuty(t, by), in))
		}
	}
	c.film(act, events...)
	c.force(in, events)
	return c
}

// force: a report within a day, a review by somebody who had no part in it within
// fourteen.
func (c *course) force(in []Object, events []*Event) {
	var users []int32
	var first, last *Event
	for _, e := range events {
		if e.Type != forceUsed {
			continue
		}
		users = append(users, e.Actor)
		last = e
		if first == nil {
			first = e
		}
	}
	if first == nil {
		return
	}
	if at, ok := c.answer("force-reported-within-24-hours", last.At, hours(first.At, 24)); ok {
		c.add(forceReported, at, first.Actor, in)
	}
	at, ok := c.answer("force-reviewed-within-14-days", last.At+hour, daysUTC(first.At, 14))
	if !ok {
		return
	}
	by := c.staff.pick(c.r, c.unit, departmentHead)
	if c.breaks("force-user-does-not-review") {
		by = one(c, users...)
	}
	c.add(forceReviewed, at, by, in)
}
