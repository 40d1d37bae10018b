package rule

import (
	"os"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// TestConditions reads testdata/conditions.txt: a log in the lines of a pack's
// tests, then conditions with what they come to for it = the log's last event
// and when = its first. Both the compiled form and the interpreter must say so.
func TestConditions(t *testing.T) {
	text, err := os.ReadFile("testdata/conditions.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	var lines []string
	var l *event.Log
	compiled := 0
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "log"):
			lines, l = nil, nil
		case strings.HasPrefix(line, "  "):
			lines = append(lines, strings.TrimSpace(line))
		default:
			if l == nil {
				l = logOf(t, p, strings.Join(lines, "\n"))
			}
			want, cond, _ := strings.Cut(line, " ")
			cond, failure, fails := strings.Cut(cond, " ! ")
			if checkCondition(t, n+1, l, strings.TrimSpace(cond), want, strings.TrimSpace(failure), fails) {
				compiled++
			}
		}
	}
	if compiled == 0 {
		t.Error("no condition of the file was compiled")
	}
}

func checkCondition(t *testing.T, line int, l *event.Log, text, want, failure string, fails bool) (compiled bool) {
	t.Helper()
	c := mustCond(t, text)
	it, when := uint32(l.Rows()-1), uint32(0)
	obj := l.Objects.Find("case", "A1")
	bound := c.Bind(l)
	if got := bound.Test(it, when, obj); got.String() != want {
		t.Errorf("conditions.txt:%d: %s is %s; want %s", line, text, got, want)
	}
	causes := ""
	for _, f := range bound.Failures() {
		causes += f.Cause.En
	}
	if fails != (causes != "") || causes != failure {
		t.Errorf("conditions.txt:%d: %s failed with %q; want %q", line, text, causes, failure)
	}
	program := newProgram(&c.expression, l, newFailures())
	if got := program.test(it, when, obj); got.String() != want {
		t.Errorf("conditions.txt:%d: %s is %s for the interpreter; want %s", line, text, got, want)
	}
	test, _ := compileCond(&c.expression, l)
	return test != nil
}

// TestGrowingLog binds conditions to a log before it has the words, types and
// attributes that they compare with.
func TestGrowingLog(t *testing.T) {
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	l := b.Log()
	conds := []string{`it.type == "New"`, `it.type in ["New", "Other"]`, `it.attr.reason == "word"`, `it.attr.amount > 3`, `it.actor == "7"`, `it.recorded > it.time`, `has(it.unit)`}
	var tests []*Bound
	for _, c := range conds {
		tests = append(tests, mustCond(t, c).Bind(l))
	}
	add := func(e event.Event) uint32 {
		e.Time.Kind, e.Objects = event.Time, []event.Object{{Type: "case", ID: "A1"}}
		row, err := b.Add(&e)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	old := add(event.Event{Type: "Old"})
	for i, b := range tests {
		if got := b.Test(old, old, 1); got == clock.Yes {
			t.Errorf("%s holds for an event without any of it", conds[i])
		}
	}
	row := add(event.Event{Type: "New", Actor: event.Some("7"), Unit: event.Some("u"), Recorded: event.Stamp{At: 5, Kind: event.Time},
		Attrs: []event.Attr{{Name: "reason", Value: event.Str("word")}, {Name: "amount", Value: event.Num(4)}}})
	for i, b := range tests {
		if got := b.Test(row, row, 1); got != clock.Yes {
			t.Errorf("%s is %s for the new event; want yes", conds[i], got)
		}
	}
}

// TestForeignKinds: a log that was read without the pack's declarations holds
// values of other kinds; they are absent.
func TestForeignKinds(t *testing.T) {
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone})
	e := event.Event{Type: "A", Time: event.Stamp{At: 1, Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: "A1"}},
		Attrs: []event.Attr{{Name: "amount", Value: event.Str("80")}, {Name: "reason", Value: event.Num(1)}, {Name: "served", Value: event.OnDay(0)}, {Name: "paid", Value: event.Num(1)}, {Name: "free", Value: event.Num(3)}}}
	if _, err := b.Add(&e); err != nil {
		t.Fatal(err)
	}
	for cond, want := range map[string]clock.Tri{
		`it.attr.amount > 3`: clock.Unknown, `it.attr.reason == "x"`: clock.Unknown, `it.attr.paid`: clock.Unknown, `it.attr.free == "3"`: clock.Unknown,
		`has(it.attr.amount)`: clock.No, `has(it.attr.served)`: clock.Yes, `it.attr.served < it.time`: clock.Yes,
	} {
		c := mustCond(t, cond)
		if got := c.Bind(b.Log()).Test(0, 0, 1); got != want {
			t.Errorf("%s is %s; want %s", cond, got, want)
		}
		if got := newProgram(&c.expression, b.Log(), newFailures()).test(0, 0, 1); got != want {
			t.Errorf("%s is %s for the interpreter; want %s", cond, got, want)
		}
	}
}
