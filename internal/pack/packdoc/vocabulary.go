package packdoc

import (
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/rule"
)

// vocabulary says what a log has to tell for the pack to judge it.
func (g *page) vocabulary() {
	v := g.p.Vocabulary
	if v == nil || len(v.Events) == 0 {
		return
	}
	g.section("What a log has to tell", "日志须载明的内容")
	g.f("%s\n\n", g.say("Event types by the pack's names, onto which an agency maps its own (`plumbline log map`). *Public*: concerns members of the public; nothing is grouped, counted or filtered by it.",
		"事件类型以规则包的名称列出，各机关把自己系统的名称对应到这里（`plumbline log map`）。“公众”：涉及公众成员，不得据以分组、计数或筛选。"))
	g.header(g.say("Event", "事件"), g.say("Meaning", "含义"), g.say("Whose act", "行为主体"), g.say("Should carry", "应带属性"))
	for _, name := range inOrder(v.Events, func(t rule.EventTerm) rule.Pos { return t.Pos }) {
		t := v.Events[name]
		g.row("`"+name+"`", g.term(t.Term), inline(role(v, t.By, g.w.Lang)), codes(t.Attributes))
	}
	g.attributes(v)
	g.objects(v)
}

func (g *page) attributes(v *rule.Vocabulary) {
	if len(v.Attributes) == 0 {
		return
	}
	g.f("\n")
	g.header(g.say("Attribute", "属性"), g.say("Meaning", "含义"), g.say("Type", "类型"), g.say("Values", "取值"))
	for _, name := range inOrder(v.Attributes, func(t rule.AttributeTerm) rule.Pos { return t.Pos }) {
		t := v.Attributes[name]
		typ := ""
		if k, ok := g.p.Log.Attributes[name]; ok {
			typ = "`" + k.String() + "`"
		}
		var values []string
		for _, x := range t.Values {
			values = append(values, "`"+x.Code+"` "+inline(x.Text.In(g.w.Lang)))
		}
		g.row("`"+name+"`", g.term(t.Term), typ, cell(values...))
	}
}

// objects are what the events are about, and by what they belong together.
func (g *page) objects(v *rule.Vocabulary) {
	if len(v.Objects) == 0 {
		return
	}
	g.f("\n")
	g.header(g.say("Object", "对象"), g.say("Meaning", "含义"))
	for _, name := range inOrder(v.Objects, func(t rule.Term) rule.Pos { return t.Pos }) {
		g.row("`"+name+"`", g.term(v.Objects[name]))
	}
}

// term is what a name is called and means.
func (g *page) term(t rule.Term) string {
	name := inline(t.Text.In(g.w.Lang))
	if t.Public {
		name += g.say(" · *public*", " · *公众*")
	}
	return cell(name, inline(t.Means.In(g.w.Lang)))
}

func codes(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, "`"+n+"`")
	}
	return strings.Join(out, " ")
}

// inOrder are the names of a section in the order of its file.
func inOrder[T any](m map[string]T, at func(T) rule.Pos) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		p, q := at(m[a]), at(m[b])
		if p.Line != q.Line {
			return p.Line - q.Line
		}
		return p.Column - q.Column
	})
	return names
}

// role is whose act an event is.
func role(v *rule.Vocabulary, name string, lang errs.Lang) string {
	if t, ok := v.Roles[name]; ok {
		return t.In(lang)
	}
	return ""
}
