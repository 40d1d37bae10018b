package brute

import "testing"

func TestReadings(t *testing.T) {
	const a = "2026-03-02T09:00 A\n"
	onMatch := func(r *Rule) { r.Other = ifN(r.Other) }
	onUnless := func(r *Rule) { r.Unless = also(ifN(of("C"))) }
	day := follow(1, "d")
	run(t, []example{
		{name: "a match without value", rule: day.with(onMatch), events: a + "2026-03-02T10:00 B", asOf: "2026-03-05", want: "e1 not_evaluable"},
		{name: "another decides", rule: day.with(onMatch), events: a + "2026-03-02T10:00 B\n2026-03-02T11:00 B n=1", asOf: "2026-03-05", want: "e1 met by e2"},
		{name: "late either way", rule: day.with(onMatch), events: a + "2026-03-04T10:00 B\n2026-03-04T11:00 B n=1", want: "e1 met_late by e2"},
		{name: "a late match or none", rule: day.with(onMatch), events: a + "2026-03-04T10:00 B", want: "e1 not_evaluable"},
		{name: "not yet due, a match or not", rule: day.with(onMatch), events: a + "2026-03-02T10:00 B", want: "e1 not_evaluable"},
		{name: "an excuse without value", rule: day.with(onUnless), events: a + "2026-03-02T10:00 C", asOf: "2026-03-05", want: "e1 not_evaluable"},
		{name: "an excuse too late anyway", rule: day.with(onUnless), events: a + "2026-03-04T10:00 C", want: "e1 breached"},
		{name: "never: a match without value", rule: day.with(never).with(onMatch), events: a + "2026-03-02T10:00 B", asOf: "2026-03-05", want: "e1 not_evaluable"},
		{name: "never: another decides", rule: day.with(never).with(onMatch), events: a + "2026-03-02T10:00 B\n2026-03-02T11:00 B n=1", want: "e1 breached by e3"},
		{name: "an extension without value", rule: day.with(func(r *Rule) { r.Clock.Extended = []Extension{{By: ifN(of("X")), Add: Duration{1, "d"}}} }),
			events: a + "2026-03-02T10:00 X\n2026-03-04T10:00 B", want: "e1 not_evaluable"},
		{name: "a pause's end without value", rule: day.with(func(r *Rule) { r.Clock.Paused = &Pause{From: of("P"), To: ifN(of("Q"))} }),
			events: a + "2026-03-02T10:00 P\n2026-03-02T11:00 Q\n2026-03-04T10:00 B", want: "e1 not_evaluable"},
		{name: "preceded by one without value", rule: precede(0, "").with(onMatch), events: "2026-03-01 B\n" + a, want: "e2 not_evaluable"},
		{name: "preceded by another", rule: precede(0, "").with(onMatch), events: "2026-03-01 B\n2026-03-01 B n=1\n" + a, want: "e3 met by e2"},
		{name: "hold", rule: Rule{Form: "hold", When: of("A"), Hold: ifN(of("A")).Where}, events: "2026-03-01 A n=1\n2026-03-01 A n=2\n2026-03-01 A", want: "e1 met; e2 breached; e3 not_evaluable"},
		{name: "case: values in force at a's place", rule: Rule{Form: "hold", When: of("A"), Hold: &Cond{Op: "==", Left: Term{Var: "case", Field: "attr", Attr: "n"}, Right: Term{Const: Num(1)}}},
			events: "2026-03-01 D casen=1\n2026-03-01 A\n2026-03-01 D casen=2\n2026-03-01 A\n2026-03-01 A case=c2", want: "e2 met; e4 breached; e5[c2] not_evaluable"},
	})
}

func TestKleene(t *testing.T) {
	none := &Cond{Op: "==", Left: Term{Var: "it", Field: "actor"}, Right: Term{Const: Str("x")}}
	yes := &Cond{Op: "==", Left: Term{Var: "it", Field: "type"}, Right: Term{Const: Str("A")}}
	no := &Cond{Op: "not", Args: []*Cond{yes}}
	op := func(op string, args ...*Cond) *Cond { return &Cond{Op: op, Args: args} }
	for _, x := range []struct {
		c    *Cond
		want kleene
		cel  string
	}{
		{none, noValue, `it.actor == "x"`},
		{op("not", none), noValue, `!(it.actor == "x")`},
		{op("and", none, no), isFalse, `(it.actor == "x") && (!(it.type == "A"))`},
		{op("and", no, none), isFalse, `(!(it.type == "A")) && (it.actor == "x")`},
		{op("and", none, yes), noValue, `(it.actor == "x") && (it.type == "A")`},
		{op("or", none, yes), isTrue, `(it.actor == "x") || (it.type == "A")`},
		{op("or", yes, none), isTrue, `(it.type == "A") || (it.actor == "x")`},
		{op("or", no, none), noValue, `(!(it.type == "A")) || (it.actor == "x")`},
		{&Cond{Op: "has", Left: Term{Var: "it", Field: "attr", Attr: "n"}}, isFalse, `has(it.attr.n)`},
		{&Cond{Op: "has", Left: Term{Var: "it", Field: "attr", Attr: "due date"}}, isFalse, `"due date" in it.attr`},
		{&Cond{Op: "in", Left: Term{Var: "it", Field: "type"}, List: []Value{Str("B"), Str("A")}}, isTrue, `it.type in ["B", "A"]`},
		{&Cond{Op: "in", Left: Term{Var: "it", Field: "unit"}, List: []Value{Str("B")}}, noValue, `it.unit in ["B"]`},
		{&Cond{Op: "apart", Left: Term{Var: "it", Field: "time"}, Right: Term{Var: "it", Field: "time"}, Rel: "<=", Span: 60}, isTrue, `it.time - it.time <= duration("60s")`},
	} {
		if got := (scene{it: &Event{Type: "A"}}).holds(x.c); got != x.want {
			t.Errorf("%s: %v, want %v", x.c, got, x.want)
		}
		if x.c.String() != x.cel {
			t.Errorf("%s, want %s", x.c, x.cel)
		}
	}
}

func TestWhenUnknown(t *testing.T) {
	unknown := func(name string, x example, want int) {
		t.Helper()
		c := x.asked()
		if got := Evaluate(c)[0].Totals.WhenUnknown; got != want {
			t.Errorf("%s: %d unknown, want %d\n%s", name, got, want, c)
		}
	}
	ifOne := follow(1, "d").with(func(r *Rule) { r.When = ifN(r.When) })
	unknown("a condition without value, once per event", example{rule: ifOne, events: "2026-03-01 A case=c1,c2\n2026-03-01 A n=1"}, 1)
	unknown("without a key", example{rule: ifOne, events: "2026-03-01 A n=1 person=p1\n2026-03-01 A person=p1\n2026-03-01 A person=p1 n=2\n2026-03-01 B person=p1"}, 2)
	byActor := follow(1, "d").with(func(r *Rule) { r.Per = []string{"case", "actor"} })
	unknown("without a part of the key", example{rule: byActor, events: "2026-03-01 A\n2026-03-01 A actor=x"}, 1)
	day := Date(2026, 3, 2)
	unknown("outside effective", example{rule: byActor.with(func(r *Rule) { r.EffectiveFrom = &day }), events: "2026-03-01 A\n2026-03-02 A"}, 1)
}

func TestEffective(t *testing.T) {
	from, to := Date(2026, 3, 2), Date(2026, 3, 3)
	rule := follow(9, "d").with(func(r *Rule) { r.EffectiveFrom, r.EffectiveTo = &from, &to })
	run(t, []example{
		{name: "looks at a's local date, `to` excluded", pack: Pack{Zone: "Asia/Shanghai"}, rule: rule,
			events: "2026-03-01T15:59:59Z A\n2026-03-01T16:00:00Z A\n2026-03-02T15:59:59Z A\n2026-03-02T16:00:00Z A\n2026-03-08 B", want: "e2 met by e5; e3 met by e5"},
	})
}

func TestCount(t *testing.T) {
	count := func(n int, unit string, atMost float64, change ...func(*Count)) Rule {
		c := &Count{Of: of("A"), In: Duration{n, unit}, AtMost: atMost}
		for _, f := range change {
			f(c)
		}
		return Rule{Form: "count", Count: c}
	}
	distinct := func(c *Count) { c.Distinct = &Term{Var: "it", Field: "actor"} }
	sum := func(c *Count) { c.Sum = &Term{Var: "it", Field: "attr", Attr: "n"} }
	unsure := func(c *Count) { c.Of = ifN(c.Of) }
	third := Date(2026, 3, 3)
	run(t, []example{
		{name: "elapsed, the edge counts", rule: count(24, "h", 1), events: "2026-03-01T09:00 A\n2026-03-02T09:00 A\n2026-03-03T09:00:00.000001 A", want: "e1 met; e2 breached, number 2, episode of e2; e3 met"},
		{name: "of one instant the later counts both", rule: count(1, "h", 1), events: "2026-03-01T09:00 A\n2026-03-01T09:00 A", want: "e1 met; e2 breached"},
		{name: "days", rule: count(2, "d", 1), events: "2026-03-01T00:00 A\n2026-03-02T23:00 A\n2026-03-04T00:00 A", want: "e1 met; e2 breached; e3 met"},
		{name: "a week is seven days", rule: count(1, "w", 1), events: "2026-03-01 A\n2026-03-07 A\n2026-03-08 A", want: "e1 met; e2 breached; e3 breached, number 2, episode of e2"},
		{name: "months", rule: count(1, "mo", 1), events: "2026-01-01 A\n2026-01-31 A\n2026-02-01 A", want: "e1 met; e2 breached; e3 met"},
		{name: "years", rule: count(2, "y", 1), events: "2024-12-31 A\n2025-01-01 A\n2027-01-01 A", want: "e1 met; e2 breached; e3 met"},
		{name: "distinct", rule: count(9, "d", 1, distinct), events: "2026-03-01 A actor=x\n2026-03-01 A actor=x\n2026-03-02 A actor=y", want: "e1 met; e2 met; e3 breached"},
		{name: "distinct without value could matter", rule: count(9, "d", 1, distinct), events: "2026-03-01 A actor=x\n2026-03-01 A", want: "e1 met; e2 not_evaluable"},
		{name: "distinct without value can't matter", rule: count(9, "d", 2, distinct), events: "2026-03-01 A actor=x\n2026-03-01 A", want: "e1 met; e2 met"},
		{name: "one without value is one", rule: count(9, "d", 0, distinct), events: "2026-03-01 A", want: "e1 breached"},
		{name: "sum", rule: count(9, "d", 3, sum), events: "2026-03-01 A n=1.5\n2026-03-01 A n=1.5\n2026-03-02 A n=1", want: "e1 met; e2 met; e3 breached"},
		{name: "a sum with a missing value", rule: count(9, "d", 3, sum), events: "2026-03-01 A n=9\n2026-03-01 A", want: "e1 breached; e2 not_evaluable"},
		{name: "of without value could matter", rule: count(9, "d", 1, unsure), events: "2026-03-01 A\n2026-03-01 A n=1", want: "e2 not_evaluable"},
		{name: "of without value can't matter", rule: count(9, "d", 2, unsure), events: "2026-03-01 A\n2026-03-01 A n=1", want: "e2 met"},
		{name: "not evaluable ends an episode", rule: count(1, "d", 1, distinct),
			events: "2026-03-01 A actor=x\n2026-03-01 A actor=y\n2026-03-02 A\n2026-03-02 A\n2026-03-02 A actor=x\n2026-03-02 A actor=y",
			want:   "e1 met; e2 breached, number 2, episode of e2; e3 met; e4 not_evaluable; e5 not_evaluable; e6 breached, number 4, episode of e6"},
		{name: "effective binds both", rule: count(9, "d", 1).with(func(r *Rule) { r.EffectiveFrom = &third }), events: "2026-03-02 A\n2026-03-03 A\n2026-03-04 A", want: "e2 met; e3 breached"},
		{name: "days under an elapsed window", rule: count(24, "h", 1), events: "2026-03-01 A\n2026-03-02T12:00 A", want: "e1 met; e2 not_evaluable"},
	})
}
