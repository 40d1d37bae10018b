package rule

import (
	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

func (p parser) pack(n *yaml.Node) *packNode {
	k := &packNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("a pack", "规则包"), p.packKeys(k))
	return k
}

func (p parser) packKeys(k *packNode) []field {
	return []field{
		p.word("pack", &k.name, named("the pack's name", "规则包的名称"), errs.T("the pack's name", "规则包的名称")).must(),
		p.word("version", &k.version, textOf("the pack's version", "规则包的版本"), errs.T("its version, as 1.0.0", "版本，如 1.0.0")),
		p.texts("title", &k.title, errs.T("a title", "标题"), errs.T("the pack's title", "规则包的标题")),
		p.texts("about", &k.about, errs.T("about", "about"), errs.T("what the pack is for and how to read it, in paragraphs", "规则包的用途和读法，可分段")),
		p.word("jurisdiction", &k.jurisdiction, textOf("where its law holds, as IT or CN", "其法律适用之地，如 IT 或 CN"), errs.T("where its law holds, as IT or CN", "其法律适用之地，如 IT 或 CN")),
		part("log", "log", &k.log, p.log, errs.T("how the pack reads a log", "规则包如何读取日志")),
		part("clock", "clock", &k.clock, p.clock, errs.T("how time counts where a rule doesn't say", "规则未写明时如何计算期限")),
		{name: "rules", is: listOf(refTo("rule")), doc: errs.T("a list of rules", "规则列表"), read: func(n *yaml.Node) {
			for _, c := range p.items(n, errs.T("a list of rules", "规则列表")) {
				if r := p.rule(c); r != nil {
					k.rules = append(k.rules, r)
				}
			}
		}},
		{name: "tests", is: listOf(refTo("test")), doc: errs.T("a list of tests", "测试列表"), read: func(n *yaml.Node) {
			for _, c := range p.items(n, errs.T("a list of tests", "测试列表")) {
				if t := p.test(c); t != nil {
					k.tests = append(k.tests, t)
				}
			}
		}},
	}
}

// both reads a text that stands in English and Chinese.
func (p parser) both(n *yaml.Node, what errs.Text) *titleNode {
	t := &titleNode{at: p.spanOf(n)}
	if t.keys = p.fields(n, what, p.bothKeys(t)); t.keys == nil {
		return nil
	}
	return t
}

func (p parser) bothKeys(t *titleNode) []field {
	return []field{
		p.word("en", &t.en, textOf("the text in English", "英文文本"), errs.T("the text in English", "英文文本")),
		p.word("zh", &t.zh, textOf("the text in Chinese", "中文文本"), errs.T("the text in Chinese", "中文文本")),
	}
}

// oneOrBoth reads a text that may stand once for both languages: the citation
// of a statute is the same in both.
func (p parser) oneOrBoth(n *yaml.Node, what errs.Text) *titleNode {
	if n.Kind == yaml.MappingNode {
		return p.both(n, what)
	}
	if s := p.scalar(n, what); s != nil {
		return &titleNode{at: s.at, plain: s}
	}
	return nil
}

func (p parser) log(n *yaml.Node) *logNode {
	l := &logNode{at: p.spanOf(n)}
	l.keys = p.fields(n, errs.T("log", "log"), p.logKeys(l))
	return l
}

func (p parser) logKeys(l *logNode) []field {
	return []field{
		p.word("per", &l.per, textOf("an object type, as case", "对象类型，如 case"), errs.T("the object type that correlates where a rule doesn't say", "规则未写明时据以关联的对象类型")),
		p.word("zone", &l.zone, textOf("a time zone, as Asia/Shanghai", "时区，如 Asia/Shanghai"), errs.T("the time zone of legal days, as Asia/Shanghai", "法定日期所依的时区，如 Asia/Shanghai")),
		p.words("closes", &l.closes, kindType, errs.T("event types that end a case", "结束案件的事件类型")),
		{name: "attributes", is: mapOf(kindAttr.is), doc: errs.T("attributes and their types; those that the vocabulary types may be left out", "属性及其类型；词汇表已写类型的可以省略"), read: func(n *yaml.Node) {
			for _, a := range p.entries(n, errs.T("the attributes and their types", "属性及其类型"), nil) {
				if t := p.scalar(a.value, kindAttr.Text); t != nil {
					l.attributes = append(l.attributes, pair{&scalar{a.key.Value, p.spanOf(a.key), a.key}, t})
				}
			}
		}},
	}
}

func (p parser) test(n *yaml.Node) *testNode {
	t := &testNode{at: p.spanOf(n)}
	if t.keys = p.fields(n, errs.T("a test", "测试"), p.testKeys(t)); t.keys == nil {
		return nil
	}
	return t
}

func (p parser) testKeys(t *testNode) []field {
	return []field{
		p.word("name", &t.name, textOf("the test's name", "测试名称"), errs.T("the test's name, once in a pack", "测试名称，在规则包中唯一")).must(),
		p.word("events", &t.events, wordOf("the events, a line each, after events: |", "事件，写在 events: | 之后，每行一个", ""), errs.T("a line each: time, type, two spaces, key=value …", "每行：时间、类型、两个空格、key=value …")).must(),
		p.word("as_of", &t.asOf, kindTime, errs.T("the instant as of which it is judged; without it that of the last event", "判断截止时刻；不写则为最后事件的时刻")),
		p.word("complete", &t.complete, kindFlag, errs.T("whether nothing comes after the last event", "最后事件之后是否不再有事件")),
		{name: "want", needed: true, is: mapOf(refTo("counts")), doc: errs.T("what is wanted of each rule, by its id", "对各规则的预期，以规则 id 为键"), read: func(n *yaml.Node) {
			for _, w := range p.entries(n, errs.T("want", "want"), nil) {
				t.want = append(t.want, p.want(w))
			}
		}},
	}
}

func (p parser) want(e entry) wantNode {
	w := wantNode{rule: &scalar{e.key.Value, p.spanOf(e.key), e.key}}
	for _, c := range p.entries(e.value, errs.T("what is wanted of the rule", "对该规则的预期"), wantKeys) {
		if v := p.scalar(c.value, kindNumber.Text); v != nil {
			w.counts = append(w.counts, pair{&scalar{c.key.Value, p.spanOf(c.key), c.key}, v})
		}
	}
	return w
}

// wantFields are the keys of what is wanted of a rule.
func wantFields() []field {
	var out []field
	for _, k := range wantKeys {
		if k == "due" {
			out = append(out, field{name: k, is: kindTime.is, doc: errs.T("the deadline of the first activation, worked out by hand", "首次激活的期限届满时刻，须人工推算")})
			continue
		}
		count := numberOf(0, kindNumber.Text)
		out = append(out, field{name: k, is: count.is, doc: errs.Tf("how many are %s", "%s 的数量", k)})
	}
	return out
}
