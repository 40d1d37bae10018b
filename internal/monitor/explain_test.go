package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/monitor/brute"
	"plumbline/internal/rule"
)

// TestExplanations asks of every violation of random cases that its witness be
// what it is called, by a check that knows nothing of the engine, and that what
// is said to have sufficed would have: the change is made and the case judged
// again by brute force.
func TestExplanations(t *testing.T) {
	seen := map[string]int{}
	n, seed := randomCases(t, 3000)
	for i := range uint64(n) {
		c := brute.Random(rand.New(rand.NewPCG(seed+77, i)))
		p, l, err := load(c)
		if err != nil {
			continue
		}
		res, err := engine(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		_ = p
		for _, rr := range res.Rules {
			ex := monitor.NewExplainer(res, rr)
			for k := range rr.Judgements {
				j := &rr.Judgements[k]
				e := ex.Explain(j)
				if d := wording(e); d != "" {
					t.Fatalf("case %d: %s\n%s", i, d, c)
				}
				if !j.Verdict.Violated() {
					continue
				}
				if d := witness(c, rr.Rule, e, l.ID); d != "" {
					t.Fatalf("case %d: %s: %s\n%s", i, e.Sentence.En, d, c)
				}
				if did := suffices(t, c, rr, e, l.ID); did != "" {
					seen[did]++
				}
			}
		}
	}
	for _, kind := range []monitor.SufficedKind{monitor.EventInTime, monitor.EventEarlier, monitor.EventBefore, monitor.EventNot} {
		if seen[string(kind)] < n/600 {
			t.Errorf("%s was tried %d times only; the random cases no longer lead there", kind, seen[string(kind)])
		}
	}
}

// wording says what is wrong with an explanation's sentences.
func wording(e *monitor.Explanation) string {
	texts := append([]errs.Text{e.Sentence}, e.StepTexts...)
	for _, s := range texts {
		if s.En == "" || s.Zh == "" || strings.ContainsAny(s.En+s.Zh, "\x00") || strings.Contains(s.En+s.Zh, "%!") || strings.Contains(s.En+s.Zh, "%s") {
			return fmt.Sprintf("bad wording: %q", s)
		}
	}
	if e.Verdict.Violated() && e.Sufficed.Text.En == "" {
		return "a violation that doesn't say what would have sufficed: " + e.Sentence.En
	}
	return ""
}

// witness re-checks what a violation names, from the events alone.
func witness(c brute.Case, r *rule.Rule, e *monitor.Explanation, id func(uint32) string) string {
	at := eventBy(c, id(e.Activation.Row))
	if at == nil || !means(&r.When, at.Type) {
		return "the activating event is not one that `when` means"
	}
	if e.Other == nil {
		if e.Verdict == monitor.MetLate || r.Never && r.Form != rule.Count {
			return "no event that came late or should not have come"
		}
		return ""
	}
	o := eventBy(c, id(e.Other.Row))
	after := o.Time > at.Time || o.Time == at.Time && (o.Seq > at.Seq || o.Seq == at.Seq && o.ID > at.ID)
	switch {
	case !r.Immediately && !means(&r.Other, o.Type):
		return "the other event is of another type"
	case r.Form == rule.FollowedBy && !after:
		return "the other event isn't after the activation"
	case r.Form == rule.PrecededBy && after:
		return "the other event isn't before the activation"
	case o.Time > c.T:
		return "the other event is after T"
	case e.HasLate && r.Form == rule.FollowedBy && !o.Day && o.Time < int64(e.Deadline.Due):
		return "met late, and before due"
	}
	return ""
}

func eventBy(c brute.Case, id string) *brute.Event {
	for i := range c.Events {
		if c.Events[i].ID == id {
			return &c.Events[i]
		}
	}
	return nil
}

func means(p *rule.Pattern, typ string) bool { return p.Any || slices.Contains(p.Types, typ) }

// suffices makes the change that is said to have sufficed, where it is a plain
// one, and fails if the violation stands all the same. It answers what it did.
func suffices(t *testing.T, c brute.Case, rr *monitor.RuleResult, e *monitor.Explanation, id func(uint32) string) string {
	r := rr.Rule
	if r.Oldest || r.Over != rule.Each || e.Activation.OnDay || len(rr.Judgements) > 3 {
		return ""
	}
	at := eventBy(c, id(e.Activation.Row))
	changed := c
	changed.Events = slices.Clone(c.Events)
	by := int64(e.Sufficed.By)
	if r.Within != nil && !r.Within.Elapsed() {
		by-- // due itself is too late
	}
	switch e.Sufficed.Kind {
	case monitor.EventInTime, monitor.EventBefore:
		if !e.Sufficed.HasBy || r.Other.Where != nil || r.Other.Any || by <= at.Time && r.Form == rule.FollowedBy || r.Immediately || by > c.T || r.Within != nil && r.Within.Within().N == 0 {
			return ""
		}
		add := *at
		add.ID, add.Seq, add.Type, add.Time, add.Day = "added", 500, e.Sufficed.Types[0], by, false
		if r.Form == rule.PrecededBy { // just before it, at the same instant
			add.Seq, add.Time = at.Seq-1, at.Time
		}
		add.Recorded = brute.Value{}
		changed.Events = append(changed.Events, add)
	case monitor.EventEarlier:
		if !e.Sufficed.HasBy || r.Form != rule.FollowedBy || r.Other.Where != nil || e.Other.OnDay || by <= at.Time {
			return ""
		}
		moved := slices.IndexFunc(changed.Events, func(v brute.Event) bool { return v.ID == id(e.Other.Row) })
		changed.Events[moved].Time = by
	case monitor.EventNot:
		if r.Immediately {
			return ""
		}
		changed.Events = slices.DeleteFunc(changed.Events, func(v brute.Event) bool { return v.ID == id(e.Other.Row) })
	default:
		return ""
	}
	var key []string
	for _, p := range e.Key {
		key = append(key, p.ID)
	}
	for _, v := range brute.Evaluate(changed)[0].Verdicts {
		if v.Event == at.ID && v.Key == strings.Join(key, "\x1f") && (v.Verdict == "breached" || v.Verdict == "met_late") {
			if e.Sufficed.Kind == monitor.EventNot && v.First != id(e.Other.Row) {
				continue // another one offends now
			}
			t.Errorf("%s\nyet with that done it is still %s\n%s\nchanged:\n%s", e.Sentence.En, v.Verdict, c, changed)
		}
	}
	return string(e.Sufficed.Kind)
}

// TestRoundingAccusesNobody: decimals that add up to the bound don't exceed it.
func TestRoundingAccusesNobody(t *testing.T) {
	p, _, err := rule.Parse("sum.yaml", []byte(`pack: sum
log: {per: case, zone: UTC, attributes: {n: number}}
rules:
- id: sum
  count: {of: A, sum: it.attr.n, in: 1h, at_most: 0.3}
`))
	if err != nil {
		t.Fatal(err)
	}
	events := []brute.Event{
		{ID: "1", Type: "A", Time: 1, Seq: 1, Objects: []brute.Object{{Type: "case", ID: "c"}}, Attributes: map[string]brute.Value{"n": brute.Num(0.1)}},
		{ID: "2", Type: "A", Time: 2, Seq: 2, Objects: []brute.Object{{Type: "case", ID: "c"}}, Attributes: map[string]brute.Value{"n": brute.Num(0.2)}},
	}
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range events {
		e := eventOf(&events[i])
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, p.Rules, monitor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Rules[0].Totals; got.Met != 2 || got.Breached != 0 {
		t.Errorf("0.1 + 0.2 against 0.3: %+v", got)
	}
}

// TestMissingIsNamed: what can't be judged says which field isn't recorded.
func TestMissingIsNamed(t *testing.T) {
	p, _, err := rule.Parse("missing.yaml", []byte(`pack: missing
log: {per: case, zone: UTC, attributes: {n: number, m: number}}
rules:
- id: both
  when: A
  must: {hold: 'it.attr.n > 1 && it.attr.m > 1 && it.actor == "x"'}
`))
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	e := event.Event{ID: "1", Type: "A", Time: event.Stamp{At: 1, Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: "c"}},
		Attrs: []event.Attr{{Name: "n", Value: event.Num(2)}}}
	if _, err := b.Add(&e); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, p.Rules, monitor.Options{Keep: monitor.KeepAll})
	if err != nil {
		t.Fatal(err)
	}
	got := monitor.NewExplainer(res, res.Rules[0]).Explain(&res.Rules[0].Judgements[0]).Missing
	if !slices.Equal(got, []string{"m", "actor"}) {
		t.Errorf("missing %v, want [m actor]", got)
	}
}
