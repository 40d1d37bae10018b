package report

import (
	"fmt"
	"os"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// fixture is a check of 480 made-up fines over four years whose figures are
// known: what goes wrong goes wrong by the case's number.
func fixture(t *testing.T) *Doc {
	t.Helper()
	src, err := os.ReadFile("testdata/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pack, lint, err := rule.Parse("testdata/pack.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	l := fines(t, pack.Log.Zone)
	res, err := monitor.Check(l, pack.Rules, monitor.Options{Keep: monitor.KeepAll, Months: true, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return &Doc{Result: res, Explain: explainer(res), Lints: lint, SetAside: 2, Version: "0.1.0",
		Files:   []File{{"fines.csv", 48213, "9f3c1d7e5a0b4c2d8e6f1a3b5c7d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f809"}},
		Elapsed: Elapsed{Read: 820, Evaluate: 64, Total: 901}}
}

// empty is a check of a log without an event.
func empty(t *testing.T) *Doc {
	t.Helper()
	src, err := os.ReadFile("testdata/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pack, _, err := rule.Parse("testdata/pack.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	l, err := event.NewBuilder(event.Options{Zone: pack.Log.Zone}).Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, pack.Rules, monitor.Options{Keep: monitor.KeepAll, Months: true, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return &Doc{Result: res, Explain: Engine(res), Version: "0.1.0"}
}

func fines(t *testing.T, z *clock.Zone) *event.Log {
	b := event.NewBuilder(event.Options{Zone: z, Schema: map[string]event.Kind{"amount": event.Number}})
	add := func(n int, typ string, at clock.Instant, actor, unit string, attrs ...event.Attr) {
		e := event.Event{Type: typ, Time: event.Stamp{At: at, Kind: event.Time}, ID: fmt.Sprintf("%s-%d", typ, n),
			Objects: []event.Object{{Type: "case", ID: fmt.Sprintf("A%d", n)}}, Attrs: attrs}
		if actor != "" {
			e.Actor, e.Unit = event.Some(actor), event.Some(unit)
		}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 480 {
		start := z.Local(2009, 1, 1+n*3, 8+n%9, 10, 0, 0)
		day := func(d, h int) clock.Instant { return z.Local(2009, 1, 1+n*3+d, h, 30, 0, 0) }
		actor, unit := fmt.Sprint(550+n%4), []string{"north", "south"}[n%2]
		amount := []event.Attr{{Name: "amount", Value: event.Num(float64(33 + n%40))}}
		if n%60 == 7 {
			amount = nil
		}
		add(n, "Create Fine", start, actor, unit, amount...)
		add(n, "Stop", day(0, 18), actor, unit)
		if n%11 != 3 {
			add(n, "Tell", day(0, 18)+clock.Instant(int64(1+n%30)*3600_000_000), actor, unit)
		}
		switch {
		case n%10 == 9:
			add(n, "Payment", day(20, 9), "", "")
		case n%4 == 1 && n%3 != 0: // one official of unit south is late
			add(n, "Send Fine", day(90+n%45, 10), "", "")
		case n%16 == 2: // never sent
		default:
			add(n, "Send Fine", day(30+n%55, 10), "", "")
		}
		if n%24 == 9 {
			add(n, "Collect", day(200, 9), "", "")
		}
		if n%12 == 4 {
			appeal(add, n, day)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func appeal(add func(int, string, clock.Instant, string, string, ...event.Attr), n int, day func(d, h int) clock.Instant) {
	add(n, "Appeal", day(100, 11), "", "")
	if n%36 == 4 {
		add(n, "Ask File", day(105, 9), "", "")
		add(n, "Get File", day(112, 15), "", "")
	}
	add(n, "Answer", day(120+n%33, 16), "", "")
}

func explainer(res *monitor.Result) Explainer {
	return func(rr *monitor.RuleResult, i int) *monitor.Explanation { return explain(res, rr, i) }
}

// explain stands for the engine's own explanations with sentences that say
// little, so that a report's test doesn't hang on their wording.
func explain(res *monitor.Result, rr *monitor.RuleResult, i int) *monitor.Explanation {
	j, r, l := &rr.Judgements[i], rr.Rule, res.Log
	ev := func(row uint32) monitor.Event {
		e := l.Event(row)
		return monitor.Event{Row: row, ID: e.ID, Type: e.Type, Time: e.Time.At, Actor: e.Actor.Value, Unit: e.Unit.Value}
	}
	ex := &monitor.Explanation{Rule: r, Key: rr.KeyOf(j), Verdict: j.Verdict, Activation: ev(j.Row), HasDue: j.HasDue, Deadline: j.Due, Number: j.Number}
	if j.By >= 0 {
		other := ev(uint32(j.By))
		ex.Other = &other
	}
	if r.Within != nil {
		run := r.Within.Start(ex.Activation.Time)
		if n := caseNumber(ex.Key); r.ID == "appeal-answered" && n%36 == 4 {
			z := r.Pack.Log.Zone
			run = run.Pause(z.Local(2009, 1, 1+n*3+105, 9, 30, 0, 0), z.Local(2009, 1, 1+n*3+112, 15, 30, 0, 0))
		}
		ex.Steps, ex.Deadline, ex.HasDue = run.Steps(), run.Deadline(), true
	}
	ex.Late, ex.HasLate = lateOf(res, r, j)
	ex.Sentence = errs.Tf("%s is held against the rule.", "%s 与规则对照。", ex.Activation.Type)
	ex.Sufficed = monitor.Sufficed{Kind: monitor.EventInTime, Text: errs.T("the event, in time", "该事件按期发生")}
	if ex.HasLate {
		ex.NearMiss = &monitor.NearMiss{Event: *ex.Other, By: ex.Late, Text: errs.Tf("%s, too late", "%s，已晚", ex.Other.Type)}
	}
	return ex
}

func caseNumber(key []monitor.KeyPart) (n int) {
	if len(key) > 0 {
		fmt.Sscanf(key[0].ID, "A%d", &n)
	}
	return n
}
