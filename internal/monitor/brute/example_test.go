package brute

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// example is one sentence of the definition at work. A line of events is a time (a date alone
// marks a day), a type, and fields; ids are e1, e2, … by line, and seq is the line. Without
// object the event is of case c1. Of each wanted verdict the beginning counts:
// "e1 met_late by e2, due …, late …".
type example struct {
	name     string
	pack     Pack // Per and Zone are filled in
	rule     Rule
	events   string
	asOf     string // "" is the last event's time
	w        string // "" is asOf
	complete bool
	want     string // verdicts, parted by "; "
}

func (x example) check(t *testing.T) {
	t.Helper()
	c := x.asked()
	got := Evaluate(c)[0]
	var texts []string
	for _, v := range got.Verdicts {
		id := v.Event
		if v.Key != "c1" && v.Key != "" {
			id += "[" + strings.ReplaceAll(v.Key, "\x1f", "+") + "]"
		}
		texts = append(texts, id+" "+v.text(location(c.Pack.Zone)))
	}
	var want []string
	if x.want != "" {
		want = strings.Split(x.want, "; ")
	}
	ok := len(texts) == len(want)
	for i := range want {
		ok = ok && strings.HasPrefix(texts[i]+",", want[i]+",")
	}
	if !ok {
		t.Errorf("got  %s\nwant %s\n%s", strings.Join(texts, "; "), x.want, c)
	}
}

func (x example) asked() Case {
	c := Case{Pack: x.pack, Complete: x.complete}
	if c.Pack.Per == "" {
		c.Pack.Per = "case"
	}
	if c.Pack.Zone == "" {
		c.Pack.Zone = "UTC"
	}
	x.rule.ID = "r"
	c.Pack.Rules = []Rule{x.rule}
	zone := location(c.Pack.Zone)
	for line := range strings.Lines(x.events) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		e := parseEvent(strings.Fields(line), zone)
		e.Seq = int64(len(c.Events) + 1)
		e.ID = "e" + strconv.Itoa(len(c.Events)+1)
		c.Events = append(c.Events, e)
		c.T = max(c.T, e.Time)
	}
	if x.asOf != "" {
		c.T = parseTime(x.asOf, zone).At
	}
	c.W = c.T
	if x.w != "" {
		c.W = parseTime(x.w, zone).At
	}
	return c
}

func parseTime(s string, zone *time.Location) Value {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return At(t.UnixMicro())
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return At(t.UnixMicro())
		}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return Value{Kind: Time, Day: true, At: firstInstantOf(Date(d.Date()), zone)}
}

func parseEvent(fields []string, zone *time.Location) Event {
	at := parseTime(fields[0], zone)
	e := Event{Time: at.At, Day: at.Day, Type: fields[1], Attributes: map[string]Value{}}
	for _, f := range fields[2:] {
		name, v, ok := strings.Cut(f, "=")
		if !ok {
			panic(fmt.Sprintf("field %q is not name=value", f))
		}
		switch name {
		case "case", "person":
			for id := range strings.SplitSeq(v, ",") {
				id, qualifier, _ := strings.Cut(id, "/")
				e.Objects = append(e.Objects, Object{Type: name, ID: id, Qualifier: qualifier})
			}
		case "actor":
			e.Actor = v
		case "recorded":
			e.Recorded = parseTime(v, zone)
		case "t":
			e.Attributes[name] = parseTime(v, zone)
		case "casen":
			n, _ := strconv.ParseFloat(v, 64)
			e.Objects = append(e.Objects, Object{Type: "case", ID: "c1", Attributes: map[string]Value{"n": Num(n)}})
		case "n":
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				panic(err)
			}
			e.Attributes[name] = Num(n)
		default:
			e.Attributes[name] = Str(v)
		}
	}
	if len(e.Objects) == 0 {
		e.Objects = []Object{{Type: "case", ID: "c1"}}
	}
	return e
}

// A, B, … as patterns; with a condition on n that has no value where n is absent.
func of(types ...string) Pattern { return Pattern{Types: types} }

func also(p Pattern) *Pattern { return &p }

func ifN(p Pattern) Pattern {
	p.Where = &Cond{Op: "==", Left: Term{Var: "it", Field: "attr", Attr: "n"}, Right: Term{Const: Num(1)}}
	return p
}

func follow(n int, unit string) Rule {
	return Rule{Form: "followed_by", When: of("A"), Other: of("B"), Within: Duration{n, unit}}
}

func precede(n int, unit string) Rule {
	r := follow(n, unit)
	r.Form = "preceded_by"
	return r
}

// with changes a rule.
func (r Rule) with(change func(*Rule)) Rule {
	change(&r)
	return r
}

func never(r *Rule)       { r.Never = true }
func immediately(r *Rule) { r.Immediately = true }
func oldest(r *Rule)      { r.Oldest = true }
func unlessC(r *Rule)     { r.Unless = also(of("C")) }
func paused(r *Rule)      { r.Clock.Paused = &Pause{From: of("P"), To: of("Q")} }
func atMost(n int, unit string) func(*Rule) {
	return func(r *Rule) { r.Clock.Paused = &Pause{From: of("P"), To: of("Q"), Max: Duration{n, unit}} }
}
func extendedTo(n int, unit string) func(*Rule) {
	return func(r *Rule) {
		r.Clock.Extended = append(r.Clock.Extended, Extension{By: of("X"), To: Duration{n, unit}})
	}
}
func extendedBy(n int, unit string) func(*Rule) {
	return func(r *Rule) {
		r.Clock.Extended = append(r.Clock.Extended, Extension{By: of("X"), Add: Duration{n, unit}})
	}
}
func clocked(c Clock) func(*Rule) { return func(r *Rule) { r.Clock = c } }
func over(s string) func(*Rule)   { return func(r *Rule) { r.Over = s } }
func from(field, attr string) func(*Rule) {
	return func(r *Rule) { r.Clock.From = &Term{Var: "when", Field: field, Attr: attr} }
}

func run(t *testing.T, examples []example) {
	t.Helper()
	for _, x := range examples {
		t.Run(x.name, func(t *testing.T) { x.check(t) })
	}
}
