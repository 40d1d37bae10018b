package rule

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

func (r *vocabularyReader) read(root *yaml.Node) {
	v := r.into
	r.fields(root, errs.T("a vocabulary", "词汇表"), r.sections())
	r.known(r.by, keysOf(v.Roles), "roles", errs.T("role", "角色"))
	r.known(r.carries, keysOf(v.Attributes), "attributes", errs.T("attribute", "属性"))
}

// known refuses names that a section hasn't.
func (r *vocabularyReader) known(names []*scalar, all []string, section string, what errs.Text) {
	slices.Sort(all)
	for _, s := range names {
		if slices.Contains(all, s.text) {
			continue
		}
		next := errs.Tf("declare it: %s: {%s: {en: …, zh: …}}", "请声明：%s: {%s: {en: …, zh: …}}", section, s.text)
		if len(all) > 0 {
			next = errs.DidYouMean(s.text, all)
		}
		r.fail(s.at, errs.Text{En: "there is no " + what.En + " " + quote(s.text) + " in this vocabulary", Zh: "本词汇表中没有" + what.Zh + " " + quote(s.text)}, next)
	}
}

// sections are the keys of a vocabulary.
func (r *vocabularyReader) sections() []field {
	return []field{
		r.section("roles", "role", errs.T("whose acts there are", "行为主体"), r.role),
		r.section("events", "event", errs.T("the event types", "事件类型"), r.event),
		r.section("attributes", "attribute", errs.T("the attributes of events and objects", "事件和对象的属性"), r.attribute),
		r.section("objects", "object", errs.T("the object types", "对象类型"), r.object),
	}
}

func keysOf[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// section reads one section of a vocabulary, name by name.
func (r *vocabularyReader) section(name, definition string, doc errs.Text, read func(name string, n *yaml.Node)) field {
	return field{name: name, is: mapOf(refTo(definition)), doc: doc, read: func(n *yaml.Node) {
		for _, t := range r.entries(n, errs.T("names", "名称"), nil) {
			read(t.key.Value, t.value)
		}
	}}
}

// termNode is what a name is called, as it is read.
type termNode struct {
	en, zh *scalar
	Term
}

// nameKeys are the keys that every name has.
func (r *vocabularyReader) nameKeys(t *termNode) []field {
	return []field{
		r.word("en", &t.en, textOf("the name in English", "英文名称"), errs.T("the name in English", "英文名称")).must(),
		r.word("zh", &t.zh, textOf("the name in Chinese", "中文名称"), errs.T("the name in Chinese", "中文名称")).must(),
	}
}

// termKeys are those of a name that may want explaining.
func (r *vocabularyReader) termKeys(t *termNode) []field {
	means := errs.T("what it means", "含义")
	return append(r.nameKeys(t),
		field{name: "means", is: refTo("both"), doc: errs.T("what it means, where the name doesn't say", "名称不足以说明时的含义"), read: func(n *yaml.Node) { t.Means = r.meaning(n, means) }},
		field{name: "public", is: kindFlag.is, doc: errs.T("whether it concerns members of the public: nothing is grouped, counted or filtered by it", "是否涉及公众成员：不得据以分组、计数或筛选"),
			read: func(n *yaml.Node) { t.Public = r.check.flag(r.scalar(n, kindFlag.Text)) }})
}

func (r *vocabularyReader) meaning(n *yaml.Node, what errs.Text) errs.Text {
	t := r.both(n, what)
	if t == nil {
		return errs.Text{}
	}
	return r.inBoth(t.keys, t.at, t.en, t.zh)
}

// inBoth is a text of which neither language may be missing here: names are
// what a report is read by.
func (r *vocabularyReader) inBoth(k keys, at span, en, zh *scalar) errs.Text {
	for _, l := range []string{"en", "zh"} {
		r.check.missing(k, at, l, errs.T("a name stands in English (en) and Chinese (zh)", "名称须有英文（en）和中文（zh）"))
	}
	return errs.Text{En: r.check.text(en), Zh: r.check.text(zh)}
}

// term reads a name by its keys; false where it is none.
func (r *vocabularyReader) term(n *yaml.Node, what errs.Text, t *termNode, fields []field) bool {
	at := r.spanOf(n)
	k := r.fields(n, what, fields)
	if k == nil {
		return false
	}
	t.Pos, t.Text = r.pos(at), r.inBoth(k, at, t.en, t.zh)
	return true
}

func (r *vocabularyReader) role(name string, n *yaml.Node) {
	var t termNode
	if r.term(n, errs.T("a role", "角色"), &t, r.nameKeys(&t)) {
		r.into.Roles[name] = t.Text
	}
}

func (r *vocabularyReader) object(name string, n *yaml.Node) {
	var t termNode
	if r.term(n, errs.T("an object type", "对象类型"), &t, r.termKeys(&t)) {
		r.into.Objects[name] = t.Term
	}
}

func (r *vocabularyReader) event(name string, n *yaml.Node) {
	var t termNode
	var e eventNode
	if !r.term(n, errs.T("an event type", "事件类型"), &t, r.eventKeys(&t, &e)) {
		return
	}
	x := EventTerm{Term: t.Term}
	if e.by != nil {
		x.By = e.by.text
		r.by = append(r.by, e.by)
	}
	if e.attributes != nil {
		for _, s := range e.attributes.items {
			x.Attributes = append(x.Attributes, s.text)
		}
		r.carries = append(r.carries, e.attributes.items...)
	}
	r.into.Events[name] = x
}

// eventNode is what an event type has beside its name.
type eventNode struct {
	by         *scalar
	attributes *list
}

func (r *vocabularyReader) eventKeys(t *termNode, e *eventNode) []field {
	return append(r.termKeys(t),
		r.word("by", &e.by, textOf("the role whose act it is", "行为主体的角色"), errs.T("the role whose act it is", "行为主体的角色")),
		r.words("attributes", &e.attributes, textOf("an attribute", "属性"), errs.T("the attributes that such an event should carry", "此类事件应带的属性")))
}

func (r *vocabularyReader) attribute(name string, n *yaml.Node) {
	var t termNode
	var a attributeNode
	if r.term(n, errs.T("an attribute", "属性"), &t, r.attributeKeys(&t, &a)) {
		a.Term = t.Term
		r.searched(&a)
		r.into.Attributes[name] = a.AttributeTerm
	}
}

// attributeNode is an attribute as it is read.
type attributeNode struct {
	AttributeTerm
	searchedAt span
}

func (r *vocabularyReader) attributeKeys(t *termNode, a *attributeNode) []field {
	return append(r.termKeys(t),
		field{name: "type", is: kindAttr.is, doc: errs.T("the type of its values", "取值的类型"), read: func(n *yaml.Node) { r.kind(&a.AttributeTerm, n) }},
		field{name: "values", is: mapOf(refTo("value")), doc: errs.T("the coded values that it may have, and what they are called", "可能的代码值及其名称"), read: func(n *yaml.Node) { r.values(&a.AttributeTerm, n) }},
		field{name: "names", is: kindNaming.is, doc: errs.T("that its value identifies an official, a unit or a case", "其值标识某名民警、某个单位或某起案件"), read: func(n *yaml.Node) {
			if s := r.scalar(n, kindNaming.Text); s != nil {
				r.check.choice(s, namingNames...)
				a.Names = Naming(slices.Index(namingNames, s.text) + 1)
			}
		}},
		field{name: "searchable", is: kindFlag.is, doc: errs.T("whether cases are found by it: a number or a title, never a narrative, never what concerns the public", "是否可据以检索案件：编号或标题，不得为叙述内容，不得涉及公众成员"), read: func(n *yaml.Node) {
			if a.Searchable = r.check.flag(r.scalar(n, kindFlag.Text)); a.Searchable {
				a.searchedAt = r.spanOf(n)
			}
		}})
}

// searched refuses marks on what nobody is to search, or can't.
func (r *vocabularyReader) searched(a *attributeNode) {
	switch {
	case !a.Searchable:
	case a.Public:
		r.fail(a.searchedAt, errs.T("what concerns members of the public is never searched", "涉及公众成员的内容不得检索"), errs.T("take searchable away", "请删去 searchable"))
	case a.Kind != event.Absent && a.Kind != event.String:
		r.fail(a.searchedAt, errs.T("only text is searched", "只能检索文本"), errs.T("take searchable away, or give type: string", "请删去 searchable，或设 type: string"))
	}
}

var kindNaming = choiceOf(errs.T("official, unit or case", "official、unit 或 case"), namingNames...)

func (r *vocabularyReader) values(a *AttributeTerm, n *yaml.Node) {
	for _, c := range r.entries(n, errs.T("the coded values", "代码值"), nil) {
		var t termNode
		if r.term(c.value, errs.T("a coded value", "代码值"), &t, r.nameKeys(&t)) {
			a.Values = append(a.Values, Value{c.key.Value, t.Text})
		}
	}
}

func (r *vocabularyReader) kind(a *AttributeTerm, n *yaml.Node) {
	s := r.scalar(n, kindAttr.Text)
	if s == nil {
		return
	}
	k, ok := event.ParseKind(s.text)
	if !ok {
		r.check.choice(s, kindNames...)
		return
	}
	a.Kind, a.KindPos = k, r.pos(s.at)
}
