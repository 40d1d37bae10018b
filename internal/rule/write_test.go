package rule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// ruleGen makes rules of every form, with words that YAML finds hard.
type ruleGen struct{ t *rapid.T }

func (g ruleGen) maybe() bool { return rapid.Bool().Draw(g.t, "maybe") }

func (g ruleGen) pick(words ...string) string { return rapid.SampledFrom(words).Draw(g.t, "word") }

func word(s string) *scalar { return &scalar{text: s} }

func (g ruleGen) eventType() *scalar {
	return word(g.pick("A", "Create Fine", "开具罚单", "a: b", "- x", "#no", "'quoted'", `"both`, "yes", "null", "~", "1", "1.0", "2026-03-01", "{x}", "[y]", "tab\there", "*star", "&and", "!bang", "%", "@", "`", "a\\b", "line\nbreak", "<<", "?", "\u200b", "\u0085x"))
}

func (g ruleGen) types() *list {
	if g.maybe() {
		return &list{items: []*scalar{g.eventType()}, several: g.maybe()}
	}
	if rapid.IntRange(0, 4).Draw(g.t, "any") == 0 {
		return &list{items: []*scalar{word("any")}}
	}
	l := &list{several: true}
	for range rapid.IntRange(1, 3).Draw(g.t, "types") {
		l.items = append(l.items, g.eventType())
	}
	return l
}

func (g ruleGen) pattern(own bool) *patternNode {
	p := &patternNode{types: g.types()}
	if g.maybe() {
		conds := []string{`it.attr.amount > 80`, `it.attr.reason == "a: b" && !has(it.actor)`, `it.attr["any: name"] == '#'`, "it.attr.paid\n  || it.attr.amount == 1.5", `it.type in ["A", "B"]`, `case.id != "x"`}
		if !own {
			conds = append(conds, `it.actor != when.actor`, `it.time - when.time > duration("1h")`)
		}
		p.where = word(g.pick(conds...))
	}
	return p
}

func (g ruleGen) clock(r *ruleNode, within string, follows bool) {
	c := &clockNode{}
	if g.maybe() {
		c.start = word(g.pick("excluded", "included"))
	}
	if g.maybe() {
		c.hours = word(g.pick("exact", "whole"))
	}
	if g.maybe() {
		c.months = word(g.pick("same-day", "last-to-last"))
	}
	if g.maybe() {
		c.roll = word(g.pick("none", "next-working-day"))
	}
	if g.maybe() {
		c.calendar = word(g.pick("weekends", "cn"))
	}
	if follows && g.maybe() {
		c.from = word(g.pick("when.attr.served", "when.recorded", `when.time + duration("1h")`))
	}
	unit := "d"
	if strings.HasSuffix(within, "h") {
		unit = "h"
	}
	if g.maybe() {
		c.paused = &pauseNode{from: g.pattern(false), to: g.pattern(false)}
		if g.maybe() {
			c.paused.max = word("10d")
		}
	}
	for range rapid.IntRange(0, 2).Draw(g.t, "extensions") {
		e := &extensionNode{by: g.pattern(false)}
		if g.maybe() {
			e.to = word("9" + unit)
		} else {
			e.add = word("2" + unit)
		}
		if g.maybe() {
			e.times = word("2")
		}
		c.extended = append(c.extended, e)
	}
	r.clock = c
}

func (g ruleGen) both() *titleNode {
	return &titleNode{en: word(g.pick("A sentence.", "A: b", "two\nlines")), zh: word(g.pick("一句话。", "规则：一"))}
}

func (g ruleGen) oneOrBoth() *titleNode {
	if g.maybe() {
		return g.both()
	}
	return &titleNode{plain: word(g.pick("art. 1, comma 2", "《刑事诉讼法》第一百零五条", "a # b: c"))}
}

func (g ruleGen) rule() *ruleNode {
	r := &ruleNode{id: word(g.pick("r", "sent-within-90-days", "1", "a.b_c")),
		title:    &titleNode{en: word(g.pick("Rule", "A: b", "it's #1")), zh: word(g.pick("规则", "规则：一", "“引号”"))},
		basis:    &basisNode{text: g.oneOrBoth(), checked: word("2026-11-21"), status: word(g.pick("verified", "unverified"))},
		severity: &severityNode{level: word(g.pick("info", "minor", "major", "critical"))}}
	if g.maybe() {
		r.says = g.both()
	}
	if g.maybe() {
		r.severity.reason = g.both()
	}
	if g.maybe() {
		r.basis.words = word(g.pick("entro novanta giorni", "受案后，应当在“三日”以内…", "two\nlines\n", "it's: #1"))
	}
	if g.maybe() {
		r.basis.url = word("https://example.org/a?b=c#d")
	}
	if g.maybe() {
		r.effective = &effectiveNode{from: word("2010-08-14")}
		if g.maybe() {
			r.effective.to = word("2011-01-01")
		}
	}
	per := &list{items: []*scalar{word("case")}, several: g.maybe()}
	if g.maybe() {
		per.several = true
		per.items = append(per.items, word(g.pick("actor", "unit", "attr.reason", "person/suspect", "attr.two words")))
	}
	if rapid.IntRange(0, 3).Draw(g.t, "count") == 0 {
		r.count = &countNode{of: g.pattern(true), per: per, in: word(g.pick("24h", "7d", "1mo", "1y")), atMost: word(g.pick("0", "10"))}
		switch rapid.IntRange(0, 2).Draw(g.t, "aggregate") {
		case 1:
			r.count.distinct = word(g.pick("it.actor", "it.attr.reason"))
		case 2:
			r.count.sum, r.count.atMost = word("it.attr.amount * 2"), word("-1.5")
		}
		return r
	}
	r.per, r.when = per, g.pattern(true)
	if g.maybe() {
		r.over = word(g.pick("each", "any", "all"))
	}
	f := &formNode{}
	never := rapid.Bool().Draw(g.t, "never")
	follows := g.maybe()
	switch {
	case !never && rapid.IntRange(0, 3).Draw(g.t, "hold") == 0:
		f.hold = word(`it.attr.amount > 80`)
		r.must = f
		return r
	case follows:
		f.followedBy = g.pattern(false)
	default:
		f.preceded = g.pattern(false)
	}
	if r.must = f; never {
		r.must, r.never = nil, f
	}
	if other := first(f.followedBy, f.preceded); other.where == nil && g.maybe() {
		f.where = word("it.attr.paid")
	}
	if g.maybe() {
		f.immediately = word(g.pick("true", "false"))
	} else if follows && !never && g.maybe() {
		f.discharge = word(g.pick("all", "oldest"))
	}
	if g.maybe() {
		r.unless = g.pattern(false)
	}
	if g.maybe() {
		f.within = word(g.pick("24h", "90d", "6mo", "7wd"))
		g.clock(r, f.within.text, follows)
		if g.maybe() {
			r.warn = word("1d")
		}
	}
	return r
}

// TestRuleString: what String writes parses back to the same rule, and is
// written the same again.
func TestRuleString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := block(ruleGen{t}.rule().yaml())
		one := parseRule(t, text)
		two := parseRule(t, one.String())
		if one.String() != two.String() {
			t.Fatalf("written differently:\n%s\n%s", one, two)
		}
		if a, b := meaning(one), meaning(two); !reflect.DeepEqual(a, b) {
			t.Fatalf("another rule:\n%s\n%v\n%s\n%v", text, a, one, b)
		}
	})
}

func parseRule(t *rapid.T, text string) *Rule {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	src := header + "rules:\n- " + strings.Join(lines, "\n  ") + "\n"
	p, _, err := Parse("pack.yaml", []byte(src))
	if err != nil {
		t.Fatalf("%s\n%s", src, errs.In(err, errs.En))
	}
	return p.Rules[0]
}

// meaning is what a rule says, without the places where it says it.
func meaning(r *Rule) map[string]any {
	m := map[string]any{"id": r.ID, "title": r.Title, "says": r.Says, "basis": r.Basis, "severity": r.Severity, "reason": r.Reason, "effective": r.Effective, "per": r.Per, "over": r.Over,
		"form": r.Form, "never": r.Never, "when": r.When.meaning(), "other": r.Other.meaning(), "immediately": r.Immediately, "oldest": r.Oldest,
		"within": r.Within, "warn": r.Warn}
	if r.Hold != nil {
		m["hold"] = r.Hold.String()
	}
	if r.Unless != nil {
		m["unless"] = r.Unless.meaning()
	}
	if r.From != nil {
		m["from"] = r.From.String()
	}
	if p := r.Paused; p != nil {
		m["paused"] = []any{p.From.meaning(), p.To.meaning(), p.Max}
	}
	for i, e := range r.Extended {
		m[fmt.Sprint("extended", i)] = []any{e.By.meaning(), e.To, e.Add, e.Times}
	}
	if w := r.Window; w != nil {
		m["window"] = []any{w.Of, w.In, w.AtMost}
		if w.Expr != nil {
			m["expr"] = w.Expr.String()
		}
	}
	return m
}

func (p Pattern) meaning() []any {
	m := []any{p.Any, p.Types}
	if p.Where != nil {
		m = append(m, p.Where.String())
	}
	return m
}

// TestPatternString: a pattern is written on one line.
func TestPatternString(t *testing.T) {
	for in, want := range map[string]string{
		"A": "A", "[A, B]": "[A, B]", "any": "any", "{event: [A, B], where: it.attr.amount > 80}": "{event: [A, B], where: it.attr.amount > 80}",
		"{event: 开具罚单, where: it.attr.paid}": "{event: 开具罚单, where: it.attr.paid}",
	} {
		p := mustParse(t, packOf("when: "+in+"\nmust: {followed_by: B}\n"))
		if got := p.Rules[0].When.String(); got != want {
			t.Errorf("%s is written %s; want %s", in, got, want)
		}
	}
}

// TestUses: what a rule names and reads, for warnings and for what need not be
// read from a file.
func TestUses(t *testing.T) {
	p := mustParse(t, packOf(`per: [case, attr.reason]
when: {event: [A, B], where: it.attr.amount > double(case.attr.limit)}
must: {followed_by: C, within: 3d, where: 'it.type != "G" && when.type in ["H"]'}
unless: {event: D, where: has(it.attr.plate) && when.attr.paid}
clock:
  from: when.attr.served
  paused: {from: E, to: F}
  extended: {by: {event: any, where: '"x" in it.attr.tags'}, add: 3d}
`))
	r := p.Rules[0]
	var types, attrs []string
	for _, u := range r.Types() {
		types = append(types, fmt.Sprintf("%s@%d:%d", u.Name, u.Pos.Line, u.Pos.Column))
	}
	if got, want := strings.Join(types, " "), "A@15:18 B@15:21 C@16:23 G@16:57 H@16:78 D@17:19 E@20:20 F@20:27"; got != want {
		t.Errorf("types %s; want %s", got, want)
	}
	for _, a := range r.Attributes() {
		name := a.Name
		if a.Object {
			name = "case." + name
		}
		attrs = append(attrs, name)
	}
	if got, want := strings.Join(attrs, " "), "reason amount case.limit plate paid tags served"; got != want {
		t.Errorf("attributes %s; want %s", got, want)
	}
	if !r.When.Matches("B") || r.When.Matches("C") || !r.Extended[0].By.Matches("Z") {
		t.Error("Matches doesn't go by the pattern's types")
	}
	where := r.When.Where
	if where.UsesWhen() || !where.UsesCase() || !r.Unless.Where.UsesWhen() || where.Pos().Line != 15 {
		t.Error("the variables or the place of a condition are wrong")
	}
	if p.Log.Attributes["amount"] != event.Number {
		t.Error("a declared attribute has lost its type")
	}
}
