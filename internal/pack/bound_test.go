package pack_test

import (
	"strings"
	"testing"

	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// What each form of rule keeps, and which are warned of (spec §9).
func TestBounds(t *testing.T) {
	const head = "pack: p\nversion: 1.0.0\ntitle: {en: P, zh: 包}\njurisdiction: IT\nlog: {per: case, zone: Europe/Rome%s}\nrules:\n" +
		"- {id: r, title: {en: R, zh: 规}, basis: {text: x, checked: 2026-01-01, status: unverified}, severity: info, %s}\n"
	for _, c := range []struct {
		rule, log string
		keeps     string
		letsGo    string
		unbounded bool
	}{
		{"when: A, must: {hold: 'it.actor == \"x\"'}", "", "nothing", "at once", false},
		{"when: A, must: {followed_by: B, within: 3d}", "", "each open A with its deadline", "first B, when its deadline passes", false},
		{"when: A, must: {followed_by: B}", "", "each open A", "else never", true},
		{"when: A, must: {followed_by: B}", ", closes: [C]", "each open A", "when the case ends (C)", false},
		{"per: actor, when: A, must: {followed_by: B}", ", closes: [C]", "each open A", "else never", true},
		{"when: A, must: {followed_by: B, immediately: true}", ", closes: [C]", "each open A", "next event of any type", false},
		{"when: A, must: {followed_by: B, within: 3d, discharge: oldest}", "", "settles the oldest", "deadline passes", false},
		{"when: A, must: {followed_by: B, within: 3d}, clock: {paused: {from: P, to: Q}}", "", "the pause that is open (P … Q)", "never while a pause is open", true},
		{"when: A, must: {followed_by: B, within: 3d}, clock: {paused: {from: P, to: Q, max: 9d}}", "", "the pause that is open (P … Q)", "when its deadline passes", false},
		{"when: A, must: {followed_by: B, within: 3d}, clock: {extended: [{by: X, add: 3d}]}", "", "what extended it (X)", "when its deadline passes", false},
		{"when: A, over: any, must: {followed_by: B, within: 3d}", "", "the objects of each", "when its deadline passes", false},
		{"when: A, must: {preceded_by: B}", "", "the latest of each: B", "as long as the key is known", false},
		{"when: A, must: {preceded_by: B, within: 3d}, unless: C", "", "the latest of each: B, C", "3 days after it", false},
		{"when: A, never: {preceded_by: B, where: it.actor == when.actor}", "", "every one of", "depends on the event that the rule applies to", true},
		{"when: A, never: {preceded_by: B, where: it.actor == when.actor, within: 3d}", "", "every one of", "3 days after it", false},
		{"when: A, must: {preceded_by: B, immediately: true}", "", "the latest event", "one event is kept", false},
		{"count: {of: A, per: [actor], in: 24h, at_most: 3}", "", "the A of the last 24 hours", "after 24 hours", false},
		{"count: {distinct: it.unit, of: A, per: [actor], in: 24h, at_most: 3}", "", "the values of it.unit in the A of the last 24 hours", "after 24 hours", false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			src := strings.Replace(strings.Replace(head, "%s", c.log, 1), "%s", c.rule, 1)
			p, _, err := rule.Parse("p.yaml", []byte(src))
			if err != nil {
				t.Fatal(err)
			}
			b := pack.BoundOf(p.Rules[0])
			if !strings.Contains(b.Keeps.En, c.keeps) || !strings.Contains(b.LetsGo.En, c.letsGo) || b.Unbounded != c.unbounded {
				t.Errorf("%+v", b)
			}
			if b.Keeps.Zh == "" || b.LetsGo.Zh == "" || b.Unbounded && (b.Advice.En == "" || b.Advice.Zh == "") {
				t.Errorf("a language is missing: %+v", b)
			}
		})
	}
}
