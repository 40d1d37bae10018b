package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

const calls = `reconcile:
- name: calls-accepted
  title: {en: Calls and cases accepted, zh: 报警与受案}
  left: {source: switch, types: [Call received], where: {kind: [report, tip]}}
  right: {source: desk, types: [Call registered]}
  by: [day, unit]
  tolerance: {absolute: 1, percent: 10%}
  wait: 24h
  from: 2026-01-01
`

func parsed(t *testing.T, text string) []Rule {
	t.Helper()
	rules, err := Parse("reconcile.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestFaults(t *testing.T) {
	change := func(from, to string) string { return strings.Replace(calls, from, to, 1) }
	for _, c := range []struct{ text, want, zh string }{
		{calls, "", ""},
		{change("name: calls-accepted", "name: Calls"), "expected a name of small letters", "小写字母"},
		{change("  wait: 24h\n", ""), "reconcile.yaml:2:3: wait is missing", "缺少 wait"},
		{change("wait: 24h", "wait: a day"), "expected a time as 30m", "应为时长"},
		{change("by: [day, unit]", "by: [unit]"), "by day at least", "至少须按日"},
		{change("by: [day, unit]", "by: [day, case]"), `by: "case"`, "应为 day"},
		{change("percent: 10%", "percent: 200"), "expected a number from 0 to 100", "0 到 100"},
		{change("source: switch, ", ""), "source is missing", "缺少 source"},
		{change("by: [day, unit]", "severity: bad\n  by: [day]"), "expected one of info", "之一"},
		{change("from: 2026-01-01", "from: spring"), "expected a day", "应为日期"},
		{change("types: [Call registered]", "tipes: [x]"), `did you mean "types"?`, "没有键"},
		{calls + strings.TrimPrefix(calls, "reconcile:\n"), `a second comparison "calls-accepted"`, "重复"},
	} {
		_, err := Parse("reconcile.yaml", []byte(c.text))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(errs.In(err, errs.Zh), c.zh) {
			t.Errorf("%v\n%s\nwant %s, %s", err, errs.In(err, errs.Zh), c.want, c.zh)
		}
	}
}

func TestGap(t *testing.T) {
	for _, c := range []struct {
		absolute    int
		percent     float64
		left, right int
		want        bool
	}{
		{0, 0, 5, 5, false}, {0, 0, 5, 4, true}, {0, 0, 4, 5, true}, {0, 0, 0, 0, false},
		{1, 0, 5, 4, false}, {1, 0, 5, 3, true},
		{0, 10, 100, 90, false}, {0, 10, 100, 89, true}, {0, 10, 90, 100, false}, {0, 0.1, 1000, 999, false}, {0, 0.1, 1000, 998, true},
		{5, 10, 20, 15, false}, {5, 10, 100, 90, false}, {5, 10, 100, 89, true}, // the greater of the two allowances
	} {
		r := Rule{Absolute: c.absolute, Percent: c.percent}
		if got := r.Gap(c.left, c.right); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// paper is a log to which lines are added: "source type time unit kind".
type paper struct {
	t    *testing.T
	b    *event.Builder
	book *Book
	zone *clock.Zone
}

func written(t *testing.T, text string) *paper {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &paper{t, event.NewBuilder(event.Options{Zone: zone}), New(parsed(t, text), zone), zone}
}

func (p *paper) at(s string) clock.Instant {
	p.t.Helper()
	at, _, err := clock.ParseInstant(s, p.zone)
	if err != nil {
		p.t.Fatal(err)
	}
	return at
}

func (p *paper) add(line string) uint32 {
	p.t.Helper()
	f := strings.Split(line, "|")
	e := event.Event{Source: f[0], Type: f[1], Time: event.Stamp{At: p.at(f[2]), Kind: event.Time}, Unit: event.Opt{Value: f[3], OK: f[3] != ""}, Objects: []event.Object{{Type: "call", ID: "1"}}}
	if f[4] != "" {
		e.Attrs = []event.Attr{{Name: "kind", Value: event.Str(f[4])}}
	}
	row, err := p.b.Add(&e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.book.Add(p.b.Log(), row)
	return row
}

// step is what is told as of a time.
func (p *paper) step(at string) string {
	p.t.Helper()
	out := []string{}
	for _, c := range p.book.Step(p.at(at), p.at(at)) {
		out = append(out, fmt.Sprintf("%s %s %s %s", [...]string{"raised", "amended", "closed"}[c.Kind], c.Day, c.Unit, c.Text()))
	}
	return strings.Join(out, "; ")
}

// A day is judged once it is over and waited for, by its own zone, and again
// whenever something comes late.
func TestADayIsJudgedOnceItIsWaitedFor(t *testing.T) {
	p := written(t, strings.Replace(calls, "absolute: 1, percent: 10%", "absolute: 1", 1))
	for range 3 {
		p.add("switch|Call received|2026-03-01T23:59:59|north|report")
	}
	p.add("desk|Call registered|2026-03-01T00:00|north|")
	p.add("switch|Call received|2026-03-02T00:00|north|report")
	steps := func(pairs ...string) {
		t.Helper()
		for i := 0; i < len(pairs); i += 2 {
			if got := p.step(pairs[i]); got != pairs[i+1] {
				t.Errorf("at %s: %q, want %q", pairs[i], got, pairs[i+1])
			}
		}
	}
	steps("2026-03-02T12:00", "", "2026-03-02T23:59:59.999999", "", "2026-03-03T00:00", "raised 2026-03-01 north switch 3 : 1 desk", "2026-03-03T01:00", "")
	late := p.add("switch|Call received|2026-03-01T08:00|north|tip")
	steps("2026-03-03T02:00", "amended 2026-03-01 north switch 4 : 1 desk")
	p.add("desk|Call registered|2026-03-01T08:00|north|")
	p.add("desk|Call registered|2026-03-01T08:00|north|")
	steps("2026-03-03T03:00", "closed 2026-03-01 north switch 4 : 3 desk")
	p.book.Take(p.b.Log(), late)
	steps("2026-03-03T04:00", "")
	p.add("desk|Call registered|2026-03-01T08:00|south|")
	p.add("desk|Call registered|2026-03-01T08:00|south|")
	steps("2026-03-03T05:00", "raised 2026-03-01 south switch 0 : 2 desk")
	steps("2026-03-02T00:00", "", "2026-03-09T00:00", "") // a clock that goes back unsays nothing
}

// A source that may be late keeps the days waiting for which it may still send.
func TestASourceThatMayBeLateIsWaitedFor(t *testing.T) {
	p := written(t, calls)
	for range 5 {
		p.add("switch|Call received|2026-03-01T08:00|north|report")
	}
	now := p.at("2026-03-09")
	for w, want := range map[string]int{"2026-03-01T23:59:59": 0, "2026-03-02T00:00": 1} {
		again := New(parsed(t, calls), p.zone)
		again.Recount(p.b.Log())
		if got := len(again.Step(now, p.at(w))); got != want {
			t.Errorf("as of %s: %d gaps, want %d", w, got, want)
		}
	}
}

func TestWhatCounts(t *testing.T) {
	p := written(t, calls)
	for line, want := range map[string]int{
		"switch|Call received|2026-03-01T08:00|u|report": 1, "switch|Call received|2026-03-01T08:00|u|tip": 1, "switch|Call received|2026-03-01T08:00|u|question": 0,
		"switch|Call received|2026-03-01T08:00|u|": 0, "switch|Call ended|2026-03-01T08:00|u|report": 0, "other|Call received|2026-03-01T08:00|u|report": 0,
		"desk|Call registered|2026-03-01T08:00|u|": 1, "switch|Call received|2025-12-31T23:59|u|report": 0,
	} {
		q := written(t, calls)
		q.add(line)
		n := 0
		for _, units := range q.book.rules[0].days {
			for _, c := range units {
				n += c.left + c.right
			}
		}
		if n != want {
			t.Errorf("%s: counted %d times", line, n)
		}
	}
	if !p.book.Concerns("switch") || !p.book.Concerns("desk") || p.book.Concerns("other") || p.book.Rule("calls-accepted") == nil || p.book.Rule("x") != nil {
		t.Error("whom it concerns")
	}
}

// By day alone units don't matter, nor whether there is one.
func TestByDay(t *testing.T) {
	p := written(t, strings.Replace(calls, "[day, unit]", "[day]", 1))
	p.add("switch|Call received|2026-03-01T08:00|north|report")
	p.add("switch|Call received|2026-03-01T08:00||report")
	p.add("desk|Call registered|2026-03-01T08:00|south|")
	p.add("switch|Call received|2026-03-02T08:00|north|report")
	p.add("switch|Call received|2026-03-02T08:00|north|report")
	if got, want := p.step("2026-03-10"), "raised 2026-03-02  switch 2 : 0 desk"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// After a restart a gap that was told isn't told again, and one that was told and
// isn't there any more is closed.
func TestWhatWasToldStaysTold(t *testing.T) {
	p := written(t, calls)
	for range 5 {
		p.add("switch|Call received|2026-03-01T08:00|north|report")
	}
	day := p.zone.Date(p.at("2026-03-01"))
	again := New(parsed(t, calls), p.zone)
	again.Recount(p.b.Log())
	again.Told("calls-accepted", day, "north")
	again.Told("calls-accepted", day, "moon")
	again.Told("gone", day, "north")
	p.book = again
	if got, want := p.step("2026-03-10"), "closed 2026-03-01 moon switch 0 : 0 desk"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.book.Recount(p.b.Log())
	if got := p.step("2026-03-11"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestIDs(t *testing.T) {
	r := &parsed(t, calls)[0]
	var ids []string
	for _, c := range []Change{{Rule: r, Day: 1, Unit: "a"}, {Rule: r, Day: 1, Unit: "b"}, {Rule: r, Day: 2, Unit: "a"}, {Rule: r, Day: 1}} {
		ids = append(ids, c.ID())
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 4 || len(ids[0]) != 32 {
		t.Errorf("%q", ids)
	}
}
