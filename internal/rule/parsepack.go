package rule

import (
	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

// field is a key that a mapping may have and how its value is read.
type field struct {
	name string
	read func(e entry)
}

// fields reads a mapping key by key and gives the places of its keys; nil where
// n is no mapping. A key that was misspelt counts as the one it was meant to be,
// so that it isn't said to be missing as well.
func (p parser) fields(n *yaml.Node, what errs.Text, fields ...field) keys {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.Kind != yaml.MappingNode {
		p.entries(n, what, names)
		return nil
	}
	found := keys{}
	for i := 0; i < min(len(n.Content), 20*maxFaults); i += 2 {
		if k := n.Content[i]; !contains(names, k.Value) {
			if meant := errs.Nearest(k.Value, names); meant != "" {
				found[meant] = p.spanOf(k)
			}
		}
	}
	for _, e := range p.entries(n, what, names) {
		for _, f := range fields {
			if f.name == e.key.Value {
				found[f.name] = p.spanOf(e.key)
				f.read(e)
			}
		}
	}
	return found
}

// word reads a scalar into dst.
func (p parser) word(name string, dst **scalar, expected errs.Text) field {
	return field{name, func(e entry) { *dst = p.scalar(e.value, expected) }}
}

// pattern reads a pattern into dst.
func (p parser) patternField(name string, dst **patternNode) field {
	return field{name, func(e entry) { *dst = p.pattern(e.value) }}
}

// items are the elements of a list, each of which is read on its own.
func (p parser) items(n *yaml.Node, what errs.Text) []*yaml.Node {
	if !p.plainNode(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.expected(n, what)
		return nil
	}
	return n.Content
}

var (
	wordDuration = errs.T("a duration, as 90s 24h 30d 7wd 6mo", "时长，如 90s 24h 30d 7wd 6mo")
	wordCond     = errs.T("a condition, as it.attr.amount > 80", "条件，如 it.attr.amount > 80")
	wordExpr     = errs.T("an expression, as it.attr.amount", "表达式，如 it.attr.amount")
	wordType     = errs.T("an event type", "事件类型")
	wordFlag     = errs.T("true or false", "true 或 false")
	wordDate     = errs.T("a date, as 2026-03-01", "日期，如 2026-03-01")
	wordTime     = errs.T("a time, as 2026-03-01T09:10", "时间，如 2026-03-01T09:10")
	wordText     = errs.T("a text", "文本")
	wordNumber   = errs.T("a number", "数字")
)

func (p parser) pack(n *yaml.Node) *packNode {
	k := &packNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("a pack", "规则包"),
		p.word("pack", &k.name, errs.T("the pack's name", "规则包的名称")),
		p.word("version", &k.version, errs.T("the pack's version", "规则包的版本")),
		field{"title", func(e entry) { k.title = p.title(e.value) }},
		field{"about", func(e entry) { k.about = p.both(e.value, errs.T("what the pack is for", "规则包说明")) }},
		p.word("jurisdiction", &k.jurisdiction, errs.T("where its law holds, as IT or CN", "其法律适用之地，如 IT 或 CN")),
		field{"log", func(e entry) { k.log = p.log(e.value) }},
		field{"clock", func(e entry) { k.clock = p.clock(e.value) }},
		field{"rules", func(e entry) {
			for _, c := range p.items(e.value, errs.T("a list of rules", "规则列表")) {
				if r := p.rule(c); r != nil {
					k.rules = append(k.rules, r)
				}
			}
		}},
		field{"tests", func(e entry) {
			for _, c := range p.items(e.value, errs.T("a list of tests", "测试列表")) {
				if t := p.test(c); t != nil {
					k.tests = append(k.tests, t)
				}
			}
		}},
	)
	return k
}

func (p parser) title(n *yaml.Node) *titleNode { return p.both(n, errs.T("a title", "标题")) }

// both reads a text that stands in English and Chinese.
func (p parser) both(n *yaml.Node, what errs.Text) *titleNode {
	t := &titleNode{at: p.spanOf(n)}
	if t.keys = p.fields(n, what,
		p.word("en", &t.en, errs.T("the text in English", "英文文本")),
		p.word("zh", &t.zh, errs.T("the text in Chinese", "中文文本"))); t.keys == nil {
		return nil
	}
	return t
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

// severity reads a level, or {level, reason}.
func (p parser) severity(n *yaml.Node) *severityNode {
	s := &severityNode{at: p.spanOf(n)}
	level := errs.T("info, minor, major or critical", "info、minor、major 或 critical")
	if n.Kind != yaml.MappingNode {
		if s.level = p.scalar(n, level); s.level == nil {
			return nil
		}
		return s
	}
	s.keys = p.fields(n, errs.T("severity", "severity"), p.word("level", &s.level, level),
		field{"reason", func(e entry) { s.reason = p.both(e.value, errs.T("a reason", "理由")) }})
	return s
}

func (p parser) log(n *yaml.Node) *logNode {
	l := &logNode{at: p.spanOf(n)}
	l.keys = p.fields(n, errs.T("log", "log"),
		p.word("per", &l.per, errs.T("an object type, as case", "对象类型，如 case")),
		p.word("zone", &l.zone, errs.T("a time zone, as Asia/Shanghai", "时区，如 Asia/Shanghai")),
		field{"closes", func(e entry) { l.closes = p.list(e.value, wordType) }},
		field{"attributes", func(e entry) {
			for _, a := range p.entries(e.value, errs.T("the attributes and their types", "属性及其类型"), nil) {
				if t := p.scalar(a.value, errs.T("a type: number, string, bool, time or strings", "类型：number、string、bool、time 或 strings")); t != nil {
					l.attributes = append(l.attributes, pair{&scalar{a.key.Value, p.spanOf(a.key), a.key}, t})
				}
			}
		}},
	)
	return l
}

func (p parser) clock(n *yaml.Node) *clockNode {
	c := &clockNode{at: p.spanOf(n)}
	c.keys = p.fields(n, errs.T("clock", "clock"),
		p.word("start", &c.start, errs.T("excluded or included", "excluded 或 included")),
		p.word("roll", &c.roll, errs.T("none or next-working-day", "none 或 next-working-day")),
		p.word("calendar", &c.calendar, errs.T("the name of a calendar, as weekends or cn", "日历名称，如 weekends 或 cn")),
		p.word("hours", &c.hours, errs.T("exact or whole", "exact 或 whole")),
		p.word("months", &c.months, errs.T("same-day or last-to-last", "same-day 或 last-to-last")),
		field{"from", func(e entry) { c.from = p.scalar(e.value, wordExpr) }},
		field{"paused", func(e entry) { c.paused = p.pause(e.value) }},
		field{"extended", func(e entry) {
			if e.value.Kind == yaml.MappingNode {
				c.extended = append(c.extended, p.extension(e.value))
				return
			}
			for _, x := range p.items(e.value, errs.T("a list of extensions, as [{by: Grant, add: 30d}]", "延长列表，如 [{by: Grant, add: 30d}]")) {
				c.extended = append(c.extended, p.extension(x))
			}
		}},
	)
	return c
}

func (p parser) pause(n *yaml.Node) *pauseNode {
	k := &pauseNode{at: p.spanOf(n)}
	if k.keys = p.fields(n, errs.T("a pause", "中止"), p.patternField("from", &k.from), p.patternField("to", &k.to),
		p.word("max", &k.max, wordDuration)); k.keys == nil {
		return nil
	}
	return k
}

func (p parser) extension(n *yaml.Node) *extensionNode {
	k := &extensionNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("an extension", "延长"), p.patternField("by", &k.by),
		p.word("to", &k.to, wordDuration), p.word("add", &k.add, wordDuration),
		p.word("times", &k.times, errs.T("a whole number", "整数")))
	return k
}

// pattern reads an event type, a list of types, or {event, where}.
func (p parser) pattern(n *yaml.Node) *patternNode {
	k := &patternNode{at: p.spanOf(n)}
	if n.Kind == yaml.MappingNode {
		k.keys = p.fields(n, errs.T("a pattern", "事件模式"),
			field{"event", func(e entry) { k.types = p.list(e.value, wordType) }},
			p.word("where", &k.where, wordCond))
		if !k.keys.has("event") {
			p.fail(k.at, errs.T("the pattern names no event", "该事件模式没有写明事件"), errs.T("write {event: <type or list>, where: <condition>}", "请写成 {event: <类型或列表>, where: <条件>}"))
		}
		if k.types == nil {
			return nil
		}
		return k
	}
	if k.types = p.list(n, errs.T("an event type, a list of types, or {event: …, where: …}", "事件类型、类型列表或 {event: …, where: …}")); k.types == nil {
		return nil
	}
	return k
}

func (p parser) rule(n *yaml.Node) *ruleNode {
	r := &ruleNode{at: p.spanOf(n)}
	if r.keys = p.fields(n, errs.T("a rule", "规则"),
		p.word("id", &r.id, errs.T("the rule's id", "规则的 id")),
		field{"title", func(e entry) { r.title = p.title(e.value) }},
		field{"says", func(e entry) { r.says = p.both(e.value, errs.T("what the rule says", "规则要旨")) }},
		field{"basis", func(e entry) { r.basis = p.basis(e.value) }},
		field{"severity", func(e entry) { r.severity = p.severity(e.value) }},
		field{"effective", func(e entry) { r.effective = p.effective(e.value) }},
		field{"per", func(e entry) { r.per = p.list(e.value, wordKey) }},
		field{"over", func(e entry) {
			r.over = p.scalar(e.value, errs.T("each, any or all", "each、any 或 all"))
		}},
		p.patternField("when", &r.when),
		field{"must", func(e entry) { r.must = p.form(e.value) }},
		field{"never", func(e entry) { r.never = p.form(e.value) }},
		field{"count", func(e entry) { r.count = p.count(e.value) }},
		field{"unless", func(e entry) { r.unless = p.pattern(e.value) }},
		field{"clock", func(e entry) { r.clock = p.clock(e.value) }},
		field{"warn", func(e entry) { r.warn = p.scalar(e.value, wordDuration) }},
	); r.keys == nil {
		return nil
	}
	return r
}

var wordKey = errs.T("an object type, actor, unit or attr.<name>", "对象类型、actor、unit 或 attr.<名称>")

func (p parser) basis(n *yaml.Node) *basisNode {
	b := &basisNode{at: p.spanOf(n)}
	if b.keys = p.fields(n, errs.T("a basis", "依据"),
		field{"text", func(e entry) { b.text = p.oneOrBoth(e.value, errs.T("the article", "法条")) }},
		p.word("words", &b.words, errs.T("the article's operative words", "法条原文")),
		p.word("url", &b.url, errs.T("an address, as https://…", "网址，如 https://…")),
		p.word("checked", &b.checked, wordDate),
		p.word("status", &b.status, errs.T("verified or unverified", "verified 或 unverified"))); b.keys == nil {
		return nil
	}
	return b
}

func (p parser) effective(n *yaml.Node) *effectiveNode {
	k := &effectiveNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("effective", "effective"), p.word("from", &k.from, wordDate), p.word("to", &k.to, wordDate))
	return k
}

func (p parser) form(n *yaml.Node) *formNode {
	f := &formNode{at: p.spanOf(n)}
	f.keys = p.fields(n, errs.T("must or never", "must 或 never"),
		p.patternField("followed_by", &f.followedBy),
		p.patternField("preceded_by", &f.preceded),
		p.word("hold", &f.hold, wordCond),
		p.word("within", &f.within, wordDuration),
		field{"where", func(e entry) { f.where = p.scalar(e.value, wordCond) }},
		field{"immediately", func(e entry) { f.immediately = p.scalar(e.value, wordFlag) }},
		field{"discharge", func(e entry) {
			f.discharge = p.scalar(e.value, errs.T("all or oldest", "all 或 oldest"))
		}},
	)
	return f
}

func (p parser) count(n *yaml.Node) *countNode {
	c := &countNode{at: p.spanOf(n)}
	c.keys = p.fields(n, errs.T("count", "count"),
		p.patternField("of", &c.of),
		field{"per", func(e entry) { c.per = p.list(e.value, wordKey) }},
		p.word("in", &c.in, wordDuration),
		p.word("at_most", &c.atMost, wordNumber),
		p.word("distinct", &c.distinct, wordExpr),
		p.word("sum", &c.sum, wordExpr),
	)
	return c
}

func (p parser) test(n *yaml.Node) *testNode {
	t := &testNode{at: p.spanOf(n)}
	if t.keys = p.fields(n, errs.T("a test", "测试"),
		p.word("name", &t.name, errs.T("the test's name", "测试名称")),
		p.word("events", &t.events, errs.T("the events, a line each, after events: |", "事件，写在 events: | 之后，每行一个")),
		p.word("as_of", &t.asOf, wordTime),
		p.word("complete", &t.complete, wordFlag),
		field{"want", func(e entry) {
			for _, w := range p.entries(e.value, errs.T("want", "want"), nil) {
				t.want = append(t.want, p.want(w))
			}
		}},
	); t.keys == nil {
		return nil
	}
	return t
}

func (p parser) want(e entry) wantNode {
	w := wantNode{rule: &scalar{e.key.Value, p.spanOf(e.key), e.key}}
	for _, c := range p.entries(e.value, errs.T("what is wanted of the rule", "对该规则的预期"), wantKeys) {
		if v := p.scalar(c.value, wordNumber); v != nil {
			w.counts = append(w.counts, pair{&scalar{c.key.Value, p.spanOf(c.key), c.key}, v})
		}
	}
	return w
}
