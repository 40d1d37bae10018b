package brute

import (
	"fmt"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // so that the zones' rules are the same on every machine
)

// judge is one rule of a case: the events that are there, in order, and their keys.
type judge struct {
	asked    *Case
	rule     *Rule
	clock    Clock
	zone     *time.Location
	calendar *Calendar
	events   []*Event
	keys     [][]string // of each event, under the rule's per

	// watch sees every evaluation, in each reading and world; nil if nobody wants to.
	watch func(t *trial, acts []*activation, got []Verdict)
}

// activation is one (event, key), or one event under over any and all.
type activation struct {
	at     int // its event's place in the order
	key    string
	keys   []string
	trace  []bool // which events are in its trace, itself too
	shares []bool // which of them can be its other events
	closed int    // the place of the event that ends its case, -1 if there is none
	kase   *Object
}

// Evaluate answers a case, rule by rule.
func Evaluate(c Case) []Result {
	zone := location(c.Pack.Zone)
	results := make([]Result, len(c.Pack.Rules))
	for i := range c.Pack.Rules {
		results[i] = newJudge(&c, &c.Pack.Rules[i], zone).judge()
	}
	return results
}

// location loads a zone once: reading it from the zone files takes longer than a case does.
func location(name string) *time.Location {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(fmt.Sprintf("zone %q: %v", name, err))
	}
	zones.Store(name, zone)
	return zone
}

var zones sync.Map // name → *time.Location

func newJudge(c *Case, r *Rule, zone *time.Location) *judge {
	j := &judge{asked: c, rule: r, clock: c.Pack.clock(r), zone: zone, calendar: weekends}
	if j.clock.Calendar != weekends.Name {
		j.calendar = c.Pack.Calendar
	}
	for i := range c.Events {
		if c.Events[i].Time <= c.T {
			j.events = append(j.events, &c.Events[i])
		}
	}
	slices.SortFunc(j.events, inOrder)
	for _, e := range j.events {
		j.keys = append(j.keys, keys(e, c.Pack.per(r)))
	}
	return j
}

func (j *judge) judge() Result {
	acts, unknown := j.activations()
	var verdicts []Verdict
	switch {
	case j.rule.Form == "count":
		verdicts = j.counts(acts)
	case j.rule.Oldest:
		verdicts = j.assignments(acts)
	default:
		for _, a := range acts {
			verdicts = append(verdicts, j.agree([]*activation{a}, func(t *trial) []Verdict { return []Verdict{t.verdict(a)} })...)
		}
	}
	for i, a := range acts {
		verdicts[i].Key, verdicts[i].Event = a.key, j.events[a.at].ID
	}
	return Result{Rule: j.rule.ID, Verdicts: verdicts, Totals: total(verdicts, unknown)}
}

// total counts verdicts. A violation is a breach or a match that came late.
func total(verdicts []Verdict, whenUnknown int) Totals {
	t := Totals{Activations: len(verdicts), WhenUnknown: whenUnknown}
	episodes := map[string]bool{}
	for _, v := range verdicts {
		switch v.Verdict {
		case "met":
			t.Met++
		case "met_late":
			t.MetLate++
		case "breached":
			t.Breached++
		case "running":
			t.Running++
		case "moot":
			t.Moot++
		default:
			t.NotEvaluable++
		}
		if v.Episode != "" {
			episodes[v.Key+"\x1e"+v.Episode] = true
		}
	}
	t.Violations = t.Breached + t.MetLate
	t.Episodes = len(episodes)
	return t
}

// when is the pattern that activates.
func (j *judge) when() Pattern {
	if j.rule.Form == "count" {
		return j.rule.Count.Of
	}
	return j.rule.When
}

// effective says whether the rule is in force on the event's local date.
func (j *judge) effective(e *Event) bool {
	day := localDay(e.Time, j.zone)
	return (j.rule.EffectiveFrom == nil || day >= *j.rule.EffectiveFrom) &&
		(j.rule.EffectiveTo == nil || day < *j.rule.EffectiveTo)
}

// activations finds the rule's activations in the order of (event, key), and how many events
// can't be known to be one: their condition has no value, or a part of their key is absent.
func (j *judge) activations() (acts []*activation, whenUnknown int) {
	for i, e := range j.events {
		if !j.effective(e) || !typed(j.when(), e) {
			continue
		}
		unknown := false
		if len(j.keys[i]) == 0 {
			unknown = scene{it: e}.holds(j.when().Where) != isFalse
		}
		for _, a := range j.candidates(i) {
			switch (scene{it: e, kase: a.kase}).holds(j.when().Where) {
			case isTrue:
				j.place(a)
				acts = append(acts, a)
			case noValue:
				unknown = true
			}
		}
		if unknown {
			whenUnknown++
		}
	}
	return acts, whenUnknown
}

// candidates are the activations that event i would make: one for each key, or one.
func (j *judge) candidates(i int) []*activation {
	ks := j.keys[i]
	if len(ks) == 0 {
		return nil
	}
	var acts []*activation
	if j.rule.Over == "any" || j.rule.Over == "all" {
		acts = append(acts, &activation{at: i, keys: ks})
	} else {
		for _, k := range ks {
			acts = append(acts, &activation{at: i, key: k, keys: []string{k}})
		}
		slices.SortFunc(acts, func(a, b *activation) int { return slices.Compare(a.keys, b.keys) })
	}
	for _, a := range acts {
		a.kase = j.caseOf(a)
	}
	return acts
}

// caseOf is the key's object of the pack's per, with the attributes in force at the
// activation's place; nil where the key isn't that one object.
func (j *judge) caseOf(a *activation) *Object {
	per := j.asked.Pack.Per
	if len(a.keys) != 1 || !slices.Equal(j.asked.Pack.per(j.rule), []string{per}) {
		return nil
	}
	kase := &Object{Type: per, ID: a.keys[0], Attributes: map[string]Value{}}
	for _, e := range j.events[:a.at+1] {
		for _, o := range e.Objects {
			if o.Type == per && o.ID == kase.ID {
				for name, v := range o.Attributes {
					if v.Kind != Absent {
						kase.Attributes[name] = v
					}
				}
			}
		}
	}
	return kase
}

// place finds the activation's trace, and the event that ends its case.
func (j *judge) place(a *activation) {
	a.trace = make([]bool, len(j.events))
	a.shares = make([]bool, len(j.events))
	for i := range j.events {
		common := 0
		for _, k := range a.keys {
			if slices.Contains(j.keys[i], k) {
				common++
			}
		}
		a.trace[i] = common > 0
		a.shares[i] = common > 0 && (j.rule.Over != "all" || common == len(a.keys))
	}
	a.closed = j.closed(a)
}

// closed is the place of the event that ends the activation's case: the first `closes` event
// after it; of several objects the first one's end (any) or the last one's (all). Only rules
// keyed by the pack's per alone know such an end.
func (j *judge) closed(a *activation) int {
	if !slices.Equal(j.asked.Pack.per(j.rule), []string{j.asked.Pack.Per}) {
		return -1
	}
	first, last := -1, -1
	for _, k := range a.keys {
		end := -1
		for i := len(j.events) - 1; i > a.at; i-- {
			if slices.Contains(j.keys[i], k) && slices.Contains(j.asked.Pack.Closes, j.events[i].Type) {
				end = i
			}
		}
		if end < 0 {
			if j.rule.Over == "all" {
				return -1
			}
			continue
		}
		if first < 0 || end < first {
			first = end
		}
		last = max(last, end)
	}
	if j.rule.Over == "all" {
		return last
	}
	return first
}

func typed(p Pattern, e *Event) bool { return p.Types == nil || slices.Contains(p.Types, e.Type) }

// trial is one evaluation: in the favourable or unfavourable reading of conditions without
// value, and in one world, which says of each day-marked time whether it is its last instant.
type trial struct {
	*judge
	favourable bool
	late       map[slot]bool
}

// slot names a time that was given as a day: an event's own, or the one `from` takes from it.
type slot struct {
	event int
	from  bool
}

// at is the instant of event i in this world.
func (t *trial) at(i int) Instant {
	e := t.events[i]
	if e.Day && t.late[slot{i, false}] {
		return lastInstantOf(e.Time, t.zone)
	}
	return e.Time
}

func lastInstantOf(t Instant, zone *time.Location) Instant {
	return firstInstantOf(localDay(t, zone)+1, zone) - 1
}

// fromTime is the instant that `from` names in this world, or that it has no value.
func (t *trial) fromTime(a *activation) (at Instant, none bool) {
	if t.clock.From.Field == "time" {
		return t.at(a.at), false
	}
	v := scene{when: t.events[a.at], kase: a.kase}.value(*t.clock.From)
	switch {
	case v.Kind == Absent:
		return 0, true
	case v.Day && t.late[slot{a.at, true}]:
		return lastInstantOf(v.At, t.zone), false
	}
	return v.At, false
}

// role is the part an event may play for an activation.
type role uint8

const (
	match role = iota
	excuse
	extension
	pauseFrom
	pauseTo
)

// takes says whether this reading takes event i to play a role for a.
func (t *trial) takes(as role, a *activation, i int) bool {
	switch as {
	case match:
		return t.takesPattern(as, t.rule.Other, a, i)
	case excuse:
		return t.rule.Unless != nil && t.takesPattern(as, *t.rule.Unless, a, i)
	case pauseFrom:
		return t.takesPattern(as, t.clock.Paused.From, a, i)
	}
	return t.takesPattern(as, t.clock.Paused.To, a, i)
}

func (t *trial) takesPattern(as role, p Pattern, a *activation, i int) bool {
	if !typed(p, t.events[i]) {
		return false
	}
	switch (scene{it: t.events[i], when: t.events[a.at], kase: a.kase}).holds(p.Where) {
	case isTrue:
		return true
	case isFalse:
		return false
	}
	taken := as != pauseTo // favourably, for must
	if t.rule.Never {
		taken = as == excuse || as == pauseTo
	}
	return taken == t.favourable
}

// agree evaluates in both readings and all worlds, and keeps the verdict of an activation if
// all agree; what else is told of it is the favourable reading's, with days at their first
// instant.
func (j *judge) agree(acts []*activation, evaluate func(*trial) []Verdict) []Verdict {
	var verdicts []Verdict
	for _, world := range j.worlds(acts) {
		for _, favourable := range []bool{true, false} {
			t := &trial{judge: j, favourable: favourable, late: world}
			got := evaluate(t)
			if j.watch != nil {
				j.watch(t, acts, got)
			}
			if verdicts == nil {
				verdicts = got
				continue
			}
			for i := range got {
				if got[i].Verdict != verdicts[i].Verdict {
					verdicts[i].Verdict = "not_evaluable"
				}
			}
		}
	}
	for i, v := range verdicts {
		if v.Verdict == "not_evaluable" {
			verdicts[i] = Verdict{Verdict: v.Verdict}
		}
	}
	return verdicts
}

// worlds are all combinations of first and last instants of the days that count for some
// activation under an elapsed duration; the first world has first instants alone.
func (j *judge) worlds(acts []*activation) []map[slot]bool {
	worlds := []map[slot]bool{nil}
	paused := j.clock.Paused != nil && j.clock.Paused.Max.elapsed()
	counted := j.rule.Form == "count" && j.rule.Count.In.elapsed()
	if !j.rule.Within.elapsed() && !paused && !counted {
		return worlds
	}
	for i, e := range j.events {
		if e.Day && slices.ContainsFunc(acts, func(a *activation) bool { return a.trace[i] }) {
			worlds = double(worlds, slot{i, false})
		}
	}
	if j.clock.From != nil {
		for i, a := range acts {
			v := scene{when: j.events[a.at]}.value(*j.clock.From)
			seen := slices.ContainsFunc(acts[:i], func(b *activation) bool { return b.at == a.at })
			if v.Kind == Time && v.Day && !seen && j.clock.From.Field != "time" {
				worlds = double(worlds, slot{a.at, true})
			}
		}
	}
	return worlds
}

// double adds to each world one in which the day of s is at its last instant.
func double(worlds []map[slot]bool, s slot) []map[slot]bool {
	for _, w := range worlds {
		next := map[slot]bool{s: true}
		for k := range w {
			next[k] = true
		}
		worlds = append(worlds, next)
	}
	return worlds
}
