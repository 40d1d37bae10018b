package rule

import (
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// header is what a pack begins with in these tests; rules follow.
const header = `pack: test
version: 1.0.0
title: {en: Test, zh: 测试}
log:
  per: case
  zone: Europe/Rome
  closes: [Archive]
  attributes: {amount: number, fee: number, paid: bool, served: time, tags: strings, reason: string, plate: string}
`

// ruleHead is what every rule of these tests begins with.
const ruleHead = `- id: r
  title: {en: Rule, zh: 规则}
  basis: {text: art. 1, checked: 2026-11-21, status: verified}
  severity: major
`

// packOf is a pack with one rule; body is what the rule says after its basis.
func packOf(body string) string {
	return header + "rules:\n" + ruleHead + indent(body)
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n  ") + "\n"
}

func mustParse(t testing.TB, src string) *Pack {
	t.Helper()
	p, _, err := Parse("pack.yaml", []byte(src))
	if err != nil {
		t.Fatalf("%s\n%s", src, errs.In(err, errs.En))
	}
	return p
}

// mustCond is a condition on the other event of a rule.
func mustCond(t testing.TB, text string) *Cond {
	t.Helper()
	body := fmt.Sprintf("when: A\nmust:\n  followed_by: B\n  where: %q\n", text)
	return mustParse(t, packOf(body)).Rules[0].Other.Where
}

// logOf is a log of events in the words of a pack's tests.
func logOf(t testing.TB, p *Pack, lines string) *event.Log {
	t.Helper()
	src := header + "rules:\n" + ruleHead + "  per: [case, person]\n  when: A\n  must: {followed_by: B}\ntests:\n- name: log\n  want: {}\n  events: |\n    " +
		strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n"
	q := mustParse(t, src)
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range q.Tests[0].Events {
		if _, err := b.Add(&q.Tests[0].Events[i]); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}
