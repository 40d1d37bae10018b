package brute

import (
	"fmt"
	"slices"
)

// events makes up the events, and the instants at which the case is judged.
func (g *maker) events() Case {
	c := Case{Pack: g.pack}
	instants := g.instants()
	n := min(8, 2+g.IntN(8))
	if g.chance(10, "days", 100) {
		g.marks = 4
	}
	for i := range n {
		e := Event{ID: fmt.Sprintf("e%d", i+1), Type: one(g, g.played...), Seq: int64(i + 1)}
		if g.often(10) {
			e.Seq = int64(g.IntN(3))
		}
		at := g.time(instants, 30)
		e.Time, e.Day = at.At, at.Day
		if g.there(70) {
			e.Recorded = g.time(instants, 15)
		}
		if g.there(75) {
			e.Actor = one(g, "x", "y")
		}
		if g.there(60) {
			e.Unit = one(g, "u", "v")
		}
		e.Objects = g.objects()
		e.Attributes = g.attributes(instants)
		c.Events = append(c.Events, e)
		if i == n/2 {
			instants = append(instants, g.edges(c)...)
		}
	}
	g.tell(&c)
	g.asOf(&c, append(instants, g.edges(c)...))
	return c
}

// play collects the types that have a part in the rule, the activating ones more than once.
func (g *maker) play(r *Rule) {
	add := func(p Pattern, times int) {
		types := p.Types
		if types == nil {
			types = g.types
		}
		for range times {
			g.played = append(g.played, one(g, types...))
		}
	}
	g.played = append(g.played, one(g, g.types...))
	if r.Form == "count" {
		add(r.Count.Of, 5)
		return
	}
	add(r.When, 3)
	if r.Form != "hold" {
		add(r.Other, 2)
	}
	if r.Unless != nil {
		add(*r.Unless, 1)
	}
	if p := r.Clock.Paused; p != nil {
		add(p.From, 2)
		add(p.To, 2)
	}
	for _, x := range r.Clock.Extended {
		add(x.By, 2)
	}
	if r.Within.none() || r.Never {
		if g.theme == "union" {
			g.played = append(g.played, g.pack.Closes...)
		}
		g.played = append(g.played, g.pack.Closes...)
		g.played = append(g.played, g.pack.Closes...)
	} else if g.often(20) {
		g.played = append(g.played, g.pack.Closes...)
	}
}

// tell sees to it that something can activate, and gives a tidy case's events the order of a
// story: what starts the clock, what pauses, extends or excuses, then what ends it.
func (g *maker) tell(c *Case) {
	r := &c.Pack.Rules[0]
	j := &judge{rule: r}
	if !slices.ContainsFunc(c.Events, func(e Event) bool { return typed(j.when(), &e) }) {
		c.Events[g.IntN(len(c.Events))].Type = one(g, j.when().Types...)
	}
	if !g.tidy || r.Form == "count" || r.Form == "hold" || len(c.Events) < 3 || g.often(40) {
		return
	}
	slices.SortFunc(c.Events, func(a, b Event) int { return inOrder(&a, &b) })
	first, last := r.When, r.Other
	if r.Form == "preceded_by" {
		first, last = last, first
	}
	begin := g.IntN(min(3, len(c.Events)-2))
	set := func(i int, p Pattern) {
		if p.Types != nil {
			c.Events[i].Type = one(g, p.Types...)
		}
	}
	set(begin, first)
	if end := len(c.Events) - 1; g.often(80) {
		set(end, last)
	}
	var between []Pattern
	for _, x := range r.Clock.Extended {
		between = append(between, x.By)
	}
	if p := r.Clock.Paused; p != nil {
		between = append(between, p.From, p.To)
	}
	for i := range c.Events[:len(c.Events)-1] {
		if i != begin && len(between) > 0 && g.often(70) {
			set(i, one(g, between...))
		}
	}
}

// instants are the few at which things happen: whole hours near the anchor, midnights, and
// what lies next to them.
func (g *maker) instants() []Instant {
	var ts []Instant
	for range 2 + g.IntN(4) {
		day := firstInstantOf(g.anchor+Day(g.IntN(g.span)), g.zone)
		if g.often(10) {
			day = firstInstantOf(g.anchor+Day(g.IntN(60)), g.zone)
		}
		if g.monthly && g.often(50) { // the month's last day
			day = firstInstantOf(Date(g.anchor.civil().Year(), g.anchor.civil().Month()+1, 0), g.zone)
		}
		t := day + int64(one(g, 0, 0, 1, 2, 9, 10, 10, 12, 23))*3600*second
		ts = append(ts, t+one(g, 0, 0, 0, 0, -1, 1, -second, second, 1800*second))
	}
	return ts
}

// edges are instants at and next to the deadlines that would run from the events so far, and
// those that do.
func (g *maker) edges(c Case) []Instant {
	r := &c.Pack.Rules[0]
	c.T = 1 << 60
	j := newJudge(&c, r, g.zone)
	t := &trial{judge: j, favourable: true}
	var ts []Instant
	for i := range j.events {
		var due Instant
		switch {
		case !r.Within.none():
			w := &walk{trial: t, clock: j.clock, base: r.Within, start: j.events[i].Time}
			due = w.deadline().due
		case r.Form == "count" && r.Count.In.elapsed():
			due = j.events[i].Time + r.Count.In.length()
		default:
			continue
		}
		ts = append(ts, due+one(g, 0, 0, 0, -1, 1, -second, second))
	}
	for _, v := range j.judge().Verdicts {
		if v.HasDue {
			ts = append(ts, v.Due+one(g, 0, 0, 0, -1, 1, -second, second))
		}
	}
	return ts
}

// time makes up the value of a time, percent of the time as a day where days are wanted.
func (g *maker) time(instants []Instant, percent int) Value {
	v := At(one(g, instants...))
	if g.marks > 0 && g.often(percent) {
		g.marks--
		v.Day, v.At = true, firstInstantOf(localDay(v.At, g.zone), g.zone)
	}
	return v
}

// objects are those of one event: mostly one case, at times several, persons with qualifiers,
// or no case at all.
func (g *maker) objects() []Object {
	var os []Object
	cases := one(g, 1, 1, 1, 1, 1, 1, 2, 2, 0)
	if g.tidy {
		os = append(os, Object{Type: "case", ID: "c1"})
		cases = 0
	}
	if g.theme == "union" {
		cases = one(g, 1, 1, 2, 2)
	}
	for range cases {
		o := Object{Type: "case", ID: one(g, "c1", "c1", "c2")}
		if g.often(20) {
			o.Qualifier = one(g, "main", "side")
		}
		if g.often(15) {
			o.Attributes = map[string]Value{"n": Num(float64(g.IntN(3)))}
			if g.often(50) {
				o.Attributes["s"] = Str(one(g, "x", "y"))
			}
		}
		os = append(os, o)
	}
	persons := one(g, 0, 0, 1, 1, 2)
	if len(os) == 0 {
		persons = 1
	}
	for range persons {
		os = append(os, Object{Type: "person", ID: one(g, "p1", "p2"), Qualifier: one(g, "suspect", "witness", "")})
	}
	return os
}

// attributes are those of one event, some of them absent; now and then a null says so.
func (g *maker) attributes(instants []Instant) map[string]Value {
	m := map[string]Value{}
	if g.there(75) {
		m["n"] = Num(one(g, 0, 1, 2, 1, 1.5, -1))
	} else if g.often(20) {
		m["n"] = Value{}
	}
	if g.there(70) {
		m["s"] = Str(one(g, "x", "y", "x", "y", ""))
	}
	if g.there(60) {
		m["ok"] = Flag(g.often(50))
	}
	for _, name := range []string{"t", "due date"} {
		if g.there(60) {
			m[name] = g.time(instants, 15)
		}
	}
	return m
}

// asOf chooses T, W and whether the log is complete.
func (g *maker) asOf(c *Case, instants []Instant) {
	last := slices.MaxFunc(c.Events, func(a, b Event) int { return inOrder(&a, &b) }).Time
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		c.T = last
	case 4, 5:
		c.T = one(g, instants...)
	case 6, 7, 8:
		c.T = last + int64(1+g.IntN(72))*3600*second
	default:
		c.T = last + 800*24*3600*second
	}
	if edges := g.edges(*c); len(edges) > 0 && g.often(25) {
		c.T = one(g, edges...)
	}
	c.W = c.T
	if g.often(20) {
		c.W -= one(g, 1, second, 3600*second, 24*3600*second, 72*3600*second)
	}
	c.Complete = g.often(15)
}
