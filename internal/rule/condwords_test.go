package rule

import (
	"strings"
	"testing"
)

// Each condition in both languages. One that has no plain words stands as it is.
func TestConditionsInWords(t *testing.T) {
	v, err := ParseVocabulary("v.yaml", []byte(`
attributes:
  officers: {en: Interrogators, zh: 讯问人数, type: number}
  minor: {en: Minor, zh: 未成年人, type: bool}
  due_back: {en: Due back, zh: 应交还时间, type: time}
  ground: {en: Ground, zh: 事由, type: string, values: {gang: {en: in a gang, zh: 结伙作案}, roaming: {en: roaming, zh: 流窜作案}, special: {en: special, zh: 特殊情况}}}
events:
  Person detained: {en: Person detained, zh: 执行拘留}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ condition, en, zh string }{
		{`it.attr.officers >= 2`, `“Interrogators” is at least 2`, `“讯问人数”不少于 2`},
		{`it.attr.minor`, `“Minor” is “yes”`, `“未成年人”为“是”`},
		{`!it.attr.minor`, `“Minor” is “no”`, `“未成年人”为“否”`},
		{`!has(it.attr.due_back)`, `“Due back” isn't recorded`, `未记录“应交还时间”`},
		{`it.attr.ground in ["gang", "roaming", "special"]`, `“Ground” is “in a gang”, “roaming” or “special”`, `“事由”为“结伙作案”、“流窜作案”或“特殊情况”`},
		{`!(it.attr.ground in ["gang", "roaming"])`, `“Ground” is neither “in a gang” nor “roaming”`, `“事由”不为“结伙作案”或“流窜作案”`},
		{`it.attr.ground == "gang" || (it.attr.ground == "special" && it.attr.minor)`, `“Ground” is “in a gang” or (“Ground” is “special” and “Minor” is “yes”)`, `“事由”为“结伙作案”，或者（“事由”为“特殊情况”，且“未成年人”为“是”）`},
		{`it.type == "Person detained"`, `its type is “Person detained”`, `事件类型为“执行拘留”`},
		{`it.recorded + duration("2m") >= it.time`, `2 minutes after the time of its entry isn't before its time`, `录入时间之后 2 分钟不早于发生时间`},
		{`it.attr.due_back - it.time <= duration("168h")`, `the time from its time to “Due back” is at most 168 hours`, `自发生时间至“应交还时间”的时间不超过 168 小时`},
		{`has(it.attr.ground) && it.attr.ground.matches("[\\pL\\pN]")`, `“Ground” is recorded and “Ground” isn't empty`, `已记录“事由”，且“事由”不为空`},
		{`it.time < when.time`, `its time is before its time of the act that is judged`, `发生时间早于所判行为的发生时间`},
		{`it.attr.ground.startsWith("x")`, `it.attr.ground.startsWith("x")`, `it.attr.ground.startsWith("x")`},
	} {
		p, _, err := Parse("p.yaml", []byte("pack: p\nversion: 1.0.0\nlog: {zone: UTC, attributes: {officers: number, minor: bool, due_back: time, ground: string}}\nrules:\n- id: r\n  title: {en: t, zh: t}\n  severity: minor\n  when: A\n  must: {followed_by: {event: B, where: '"+c.condition+"'}, within: 1d}\n"))
		if err != nil {
			t.Fatalf("%s: %v", c.condition, err)
		}
		got := p.Rules[0].Other.Where.Words(v)
		if got.En != c.en || got.Zh != c.zh {
			t.Errorf("%s:\n got %s\nwant %s\n got %s\nwant %s", c.condition, got.En, c.en, got.Zh, c.zh)
		}
		if strings.Contains(got.Zh, "  ") {
			t.Errorf("%s: two spaces in %q", c.condition, got.Zh)
		}
	}
}
