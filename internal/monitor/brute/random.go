package brute

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Random makes up a case of one rule and at most eight events. Its choices crowd together:
// few types, objects, values and instants, and instants at the very edge of deadlines, so that
// every verdict is common. The same state of rng gives the same case.
func Random(rng *rand.Rand) Case { return Traces(rng, 1)[0] }

// Traces makes up n cases of one rule, and so of one pack, each as [Random] makes one.
func Traces(rng *rand.Rand, n int) []Case {
	g := &maker{Rand: rng}
	g.theme = one(g, themes...)
	g.tidy = g.chance(50, "walk", 85) && g.theme != "union"
	g.place()
	r := g.rule()
	g.pack.Rules = []Rule{r}
	g.span = 6
	if r.Within.elapsed() {
		g.span = 2
	}
	g.monthly = r.Within.Unit == "mo" && r.Clock.Months == "last-to-last"
	list := make([]Case, n)
	for i := range list {
		trace := *g
		trace.play(&r)
		list[i] = trace.events()
	}
	return list
}

// themes are what a case is about: nothing in particular, or a corner of the language that
// chance alone would seldom reach.
var themes = []string{
	"", "", "", "", "",
	"walk",        // pauses and extensions that meet
	"union",       // over several objects, and their ends
	"oldest",      // assignments, with clocks that aren't known
	"provisional", // the calendar ends amid the events
	"days",        // days under elapsed durations
	"unsure",      // conditions without value on pauses and extensions
}

// maker makes up one case.
type maker struct {
	*rand.Rand
	theme   string
	marks   int // how many times may still be marked as a day; each doubles the worlds
	pack    Pack
	zone    *time.Location
	anchor  Day      // about which everything happens
	types   []string // that patterns name
	played  []string // that events have, by the parts they play in the rule; repeated ones are likelier
	kase    bool     // whether conditions may speak of `case`
	span    int      // days over which most of it happens
	monthly bool     // the month's last day matters
	tidy    bool     // one case, and nothing absent: what is decided is decided by the clock
}

// one picks an element.
func one[T any](g *maker, from ...T) T { return from[g.IntN(len(from))] }

// often is true with probability percent/100.
func (g *maker) often(percent int) bool { return g.IntN(100) < percent }

// chance is often, with another percentage in cases of a theme.
func (g *maker) chance(percent int, theme string, themed int) bool {
	if g.theme == theme {
		percent = themed
	}
	return g.often(percent)
}

// there says whether something is given: always in a tidy case, else percent of the time.
func (g *maker) there(percent int) bool {
	return g.tidy && g.theme != "oldest" && g.often(98) || g.often(percent)
}

// places are zones with dates on which something happens to their clocks or calendars: an hour
// or half an hour skipped or repeated, also at midnight; a leap day; a new year's holidays.
var places = []struct {
	zone  string
	dates []Day
}{
	{"UTC", []Day{Date(2024, 2, 28), Date(2023, 12, 29), Date(2025, 1, 30)}},
	{"Europe/Rome", []Day{Date(2024, 3, 29), Date(2024, 10, 25), Date(2023, 4, 28)}},
	{"America/Sao_Paulo", []Day{Date(2017, 10, 13), Date(2017, 2, 17)}},
	{"Australia/Lord_Howe", []Day{Date(2024, 4, 5), Date(2024, 10, 4)}},
	{"Asia/Shanghai", []Day{Date(2026, 2, 12), Date(2026, 2, 26)}},
}

// place chooses where and when the case plays, and the pack's own choices.
func (g *maker) place() {
	where := one(g, places...)
	g.anchor = one(g, where.dates...) + Day(g.IntN(3))
	g.types = []string{"A", "B", "C", "D d", "关闭"}
	g.pack = Pack{
		Per: "case", Zone: where.zone,
		Attributes: map[string]Kind{"n": Number, "s": String, "ok": Bool, "t": Time, "due date": Time},
	}
	g.zone = location(where.zone)
	if g.chance(40, "union", 90) {
		g.pack.Closes = []string{one(g, "关闭", "关闭", "B", "D d")}
	}
	if g.chance(40, "provisional", 100) {
		g.pack.Calendar = g.calendar()
	}
	if g.often(25) {
		g.pack.Clock.Roll = one(g, "none", "next-working-day")
		g.pack.Clock.Start = one(g, "excluded", "included", "")
		g.pack.Clock.Hours = one(g, "exact", "whole", "")
		if g.pack.Calendar != nil {
			g.pack.Clock.Calendar = g.pack.Calendar.Name
		}
	}
}

// calendar makes up holidays and make-up days about the anchor. Sometimes it ends amid the
// events.
func (g *maker) calendar() *Calendar {
	c := &Calendar{Name: "local", From: g.anchor - 800, To: g.anchor + 800, Weekend: []time.Weekday{time.Saturday, time.Sunday}}
	if g.chance(40, "provisional", 100) || g.theme == "oldest" {
		c.To = g.anchor + Day(g.IntN(8))
	}
	for d := g.anchor - 4; d < g.anchor+12; d++ {
		switch weekend := !weekends.works(d); {
		case weekend && g.often(25):
			c.Work = append(c.Work, d)
		case !weekend && g.often(15):
			c.Off = append(c.Off, d)
		}
	}
	// A date that the calendar doesn't cover can't be listed in it.
	beyond := func(d Day) bool { return d > c.To }
	c.Off, c.Work = slices.DeleteFunc(c.Off, beyond), slices.DeleteFunc(c.Work, beyond)
	return c
}

// rule makes up a rule.
func (g *maker) rule() Rule {
	r := Rule{ID: "r"}
	forms := 23
	if g.theme != "" {
		forms = 16 // every theme is about clocks or objects
	}
	switch g.IntN(forms) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		r.Form = "followed_by"
	case 8, 9, 10:
		r.Form, r.Never = "followed_by", true
	case 11, 12, 13:
		r.Form = "preceded_by"
	case 14, 15:
		r.Form, r.Never = "preceded_by", true
	case 16:
		r.Form = "hold"
	default:
		r.Form = "count"
	}
	if g.chance(30, "union", 10) {
		r.Per = one(g, []string{"case"}, []string{"case", "actor"}, []string{"person"}, []string{"person/suspect"},
			[]string{"actor"}, []string{"unit"}, []string{"attr.s"}, []string{"case", "person"})
	}
	objects := r.Per == nil || slices.ContainsFunc(r.Per, func(p string) bool { return p == "case" || p == "person" || p == "person/suspect" })
	if r.Form != "count" && objects && g.chance(20, "union", 95) {
		r.Over = one(g, "any", "all", "all", "each")
	}
	g.kase = r.Per == nil || len(r.Per) == 1 && r.Per[0] == "case"
	if g.often(10) {
		from := g.anchor + Day(g.IntN(4))
		r.EffectiveFrom = &from
	}
	if g.often(10) {
		to := g.anchor + Day(1+g.IntN(6))
		if r.EffectiveFrom != nil {
			to = max(to, *r.EffectiveFrom+1)
		}
		r.EffectiveTo = &to
	}
	if r.Form == "count" {
		r.Count = g.count()
		return r
	}
	r.When = g.pattern("A", 15, "it")
	if r.Form == "hold" {
		r.Hold = g.cond(2, "it", "when")
		return r
	}
	r.Other = g.pattern("B", 30, "it", "when")
	r.WhereOutside = g.often(40)
	if g.chance(45, "oldest", 80) {
		p := g.pattern("C", 25, "it", "when")
		r.Unless = &p
	}
	r.Immediately = g.often(10)
	r.Oldest = r.Form == "followed_by" && !r.Never && !r.Immediately && g.chance(20, "oldest", 100)
	clocked := 100 // the other themes are about clocks
	switch g.theme {
	case "":
		clocked = 75
	case "union":
		clocked = 40
	case "oldest":
		clocked = 85
	}
	if g.often(clocked) {
		g.within(&r)
	}
	if r.Form == "followed_by" && !r.Within.none() && g.often(20) {
		r.Warn = one(g, Duration{1, "h"}, Duration{2, "d"}, Duration{30, "m"}, Duration{0, "s"}, Duration{1, "d"})
	}
	return r
}

// within gives a rule a duration and a clock.
func (g *maker) within(r *Rule) {
	c := &r.Clock
	if g.often(30) {
		c.Start = one(g, "included", "excluded")
	}
	if g.often(30) {
		c.Roll = one(g, "next-working-day", "next-working-day", "none")
	}
	if g.pack.Calendar != nil && (g.chance(60, "provisional", 100) || g.theme == "oldest") {
		c.Calendar = one(g, g.pack.Calendar.Name, g.pack.Calendar.Name, "weekends")
	}
	r.Within = g.duration(g.chance(40, "days", 90))
	if g.theme == "provisional" && g.often(70) {
		r.Within = Duration{1 + g.IntN(4), "wd"}
	}
	if r.Within.Unit == "h" && g.often(40) || g.often(10) {
		c.Hours = one(g, "whole", "whole", "exact")
	}
	if r.Within.Unit == "mo" && g.often(60) || g.often(10) {
		c.Months = one(g, "last-to-last", "last-to-last", "same-day")
	}
	if r.Form == "followed_by" && (g.chance(20, "days", 50) || g.theme == "oldest" && g.often(40)) {
		c.From = &Term{Var: "when", Field: one(g, "recorded", "recorded", "attr", "attr", "attr", "time"), Attr: one(g, "t", "due date")}
		if c.From.Field != "attr" {
			c.From.Attr = ""
		}
	}
	unknown := 20 // how often a part has a condition
	if g.theme == "unsure" {
		unknown = 60
	}
	if g.chance(40, "walk", 80) || g.theme == "unsure" && g.often(50) {
		c.Paused = &Pause{From: g.pattern("C", unknown, "it", "when"), To: g.pattern("D d", unknown, "it", "when")}
		if g.often(40) {
			c.Paused.Max = g.positive(g.often(40))
		}
	}
	for g.chance(35, "walk", 75) && len(c.Extended) < 2 {
		x := Extension{By: g.pattern(one(g, "C", "D d"), unknown, "it", "when")}
		if c.Paused != nil && g.often(30) {
			x.By = c.Paused.To
		}
		if d := g.positive(r.Within.elapsed()); g.often(50) {
			x.To = d
		} else {
			x.Add = d
		}
		if g.often(30) {
			x.Times = 1 + g.IntN(2)
		}
		c.Extended = append(c.Extended, x)
	}
}

// duration makes up a short one. Calendar durations are at least 1, since `included` asks so.
func (g *maker) duration(elapsed bool) Duration {
	if elapsed {
		return one(g, Duration{1, "h"}, Duration{2, "h"}, Duration{24, "h"}, Duration{24, "h"}, Duration{36, "h"},
			Duration{90, "m"}, Duration{3600, "s"}, Duration{0, "h"}, Duration{48, "h"}, Duration{25, "h"})
	}
	return one(g, Duration{1, "d"}, Duration{1, "d"}, Duration{2, "d"}, Duration{3, "d"}, Duration{5, "d"}, Duration{1, "w"},
		Duration{1, "wd"}, Duration{2, "wd"}, Duration{3, "wd"}, Duration{1, "mo"}, Duration{1, "mo"}, Duration{2, "mo"}, Duration{1, "y"})
}

// positive makes up a duration longer than nothing, as pauses and extensions must be.
func (g *maker) positive(elapsed bool) Duration {
	d := g.duration(elapsed)
	d.N = max(1, d.N)
	return d
}

// pattern makes up a pattern, mostly of one type; percent is how often it has a condition.
func (g *maker) pattern(typ string, percent int, vars ...string) Pattern {
	p := Pattern{Types: []string{typ}}
	switch g.IntN(10) {
	case 0:
		p.Types = []string{typ, one(g, g.types...)}
		slices.Sort(p.Types)
		p.Types = slices.Compact(p.Types)
	case 1:
		p.Types = []string{one(g, g.types...)}
	case 2:
		if g.often(40) {
			p.Types = nil
		}
	}
	if g.often(percent) {
		p.Where = g.cond(2, vars...)
	}
	return p
}

// count makes up a count.
func (g *maker) count() *Count {
	c := &Count{Of: g.pattern("A", 30, "it"), AtMost: float64(g.IntN(3))}
	c.In = g.duration(g.often(60))
	if c.In.Unit == "wd" {
		c.In.Unit = "d"
	}
	if len(c.Of.Types) == 1 && g.often(50) {
		c.Of.Types = []string{"A", "B"}
	}
	switch g.IntN(4) {
	case 0:
		c.Distinct = one(g, &Term{Var: "it", Field: "actor"}, &Term{Var: "it", Field: "attr", Attr: "s"}, &Term{Var: "it", Field: "attr", Attr: "n"})
	case 1:
		c.Sum = &Term{Var: "it", Field: "attr", Attr: "n"}
	}
	return c
}

// cond makes up a condition over the variables.
func (g *maker) cond(depth int, vars ...string) *Cond {
	if depth > 0 && g.often(35) {
		switch op := one(g, "and", "or", "not"); op {
		case "not":
			return &Cond{Op: op, Args: []*Cond{g.cond(depth-1, vars...)}}
		default:
			return &Cond{Op: op, Args: []*Cond{g.cond(depth-1, vars...), g.cond(depth-1, vars...)}}
		}
	}
	v := one(g, vars...)
	if g.kase && g.often(8) {
		v = "case"
	}
	attr := func(v, name string) Term { return Term{Var: v, Field: "attr", Attr: name} }
	relation := func() string { return one(g, "==", "!=", "<", "<=", ">", ">=", "==") }
	if v == "case" {
		return one(g,
			&Cond{Op: "==", Left: Term{Var: v, Field: "id"}, Right: Term{Const: Str("c1")}},
			&Cond{Op: relation(), Left: attr(v, "n"), Right: Term{Const: Num(1)}},
			&Cond{Op: "has", Left: attr(v, "s")},
			&Cond{Op: relation(), Left: attr(v, "n"), Right: attr(one(g, vars...), "n")},
		)
	}
	other := one(g, vars...)
	switch g.IntN(12) {
	case 0, 1, 2:
		return &Cond{Op: relation(), Left: attr(v, "n"), Right: Term{Const: Num(one(g, 0, 1, 2, 1.5))}}
	case 3:
		return &Cond{Op: relation(), Left: attr(v, "n"), Right: attr(other, "n")}
	case 4:
		return &Cond{Op: one(g, "==", "!="), Left: attr(v, "s"), Right: Term{Const: Str(one(g, "x", "y", ""))}}
	case 5:
		return &Cond{Op: "in", Left: attr(v, "s"), List: []Value{Str("x"), Str(one(g, "z", ""))}}
	case 6:
		return &Cond{Op: "is", Left: attr(v, "ok")}
	case 7:
		return &Cond{Op: "has", Left: attr(v, one(g, "n", "s", "t", "ok", "due date"))}
	case 8:
		return &Cond{Op: one(g, "==", "!="), Left: Term{Var: v, Field: "actor"}, Right: Term{Var: other, Field: one(g, "actor", "unit")}}
	case 9:
		return &Cond{Op: relation(), Left: Term{Var: v, Field: one(g, "recorded", "time")}, Right: one(g,
			Term{Var: other, Field: "time"}, attr(other, "t"), attr(other, "due date"), Term{Const: At(firstInstantOf(g.anchor+2, g.zone))})}
	case 10:
		return &Cond{Op: "apart", Left: Term{Var: v, Field: one(g, "recorded", "time")}, Right: Term{Var: other, Field: "time"},
			Rel: relation(), Span: one(g, int64(0), 3600, 86400)}
	}
	return &Cond{Op: one(g, "==", "!="), Left: Term{Var: v, Field: one(g, "type", "unit", "id")}, Right: Term{Const: Str(one(g, "A", "u", "e2"))}}
}
