package rule

import (
	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

func (p parser) rule(n *yaml.Node) *ruleNode {
	r := &ruleNode{at: p.spanOf(n)}
	if r.keys = p.fields(n, errs.T("a rule", "规则"), p.ruleKeys(r)); r.keys == nil {
		return nil
	}
	return r
}

func (p parser) ruleKeys(r *ruleNode) []field {
	return []field{
		p.word("id", &r.id, named("the rule's id", "规则的 id"), errs.T("the rule's id, as sent-within-90-days", "规则的 id，如 sent-within-90-days")).must(),
		p.texts("title", &r.title, errs.T("a title", "标题"), errs.T("the rule's title: the duty in a few words", "规则的标题：一句话概括义务")),
		p.texts("says", &r.says, errs.T("says", "says"), errs.T("what the rule says, in one plain sentence", "规则要旨，一句通俗的话")),
		part("basis", "basis", &r.basis, p.basis, errs.T("the law that it rests on", "所依据的法律")),
		part("severity", "severity", &r.severity, p.severity, errs.T("how grave a violation is, and why", "违反的严重程度及理由")),
		part("effective", "effective", &r.effective, p.effective, errs.T("on which dates of the activating event it holds", "按激活事件的日期，规则何时有效")),
		p.words("per", &r.per, kindKey, errs.T("what correlates events; without it the pack's per", "据以关联事件的键；不写则用规则包的 per")),
		p.word("over", &r.over, choiceOf(errs.T("each, any or all", "each、any 或 all"), overNames[:]...), errs.T("how an event with several objects activates it", "涉及多个对象的事件如何激活规则")),
		p.events("when", &r.when, errs.T("the event that activates the rule", "激活规则的事件")),
		part("must", "must", &r.must, p.form, errs.T("what must happen", "应当发生什么")),
		part("never", "never", &r.never, p.form, errs.T("what must not happen", "不得发生什么")),
		part("count", "count", &r.count, p.count, errs.T("a bound on a number in a window", "一段时间内数量的上限")),
		p.events("unless", &r.unless, errs.T("the event that excuses", "使规则不再适用的事件")),
		part("clock", "clock", &r.clock, p.clock, errs.T("how its time counts", "期限如何计算")),
		p.word("warn", &r.warn, kindDuration, errs.T("how long before the deadline to warn", "期限届满前多久预警")),
	}
}

func (p parser) basis(n *yaml.Node) *basisNode {
	b := &basisNode{at: p.spanOf(n)}
	if b.keys = p.fields(n, errs.T("a basis", "依据"), p.basisKeys(b)); b.keys == nil {
		return nil
	}
	return b
}

func (p parser) basisKeys(b *basisNode) []field {
	article := errs.T("the article", "法条")
	return []field{
		{name: "text", is: anyOf(kindText.is, refTo("both")), doc: errs.T("the official citation: article and paragraph", "法条的正式名称：条、款、项"), read: func(n *yaml.Node) { b.text = p.oneOrBoth(n, article) }},
		p.word("words", &b.words, textOf("the article's operative words", "法条原文"), errs.T("the article's operative words, exactly and in its own language", "法条中起作用的原文，须与原文一字不差")),
		p.word("url", &b.url, wordOf("an address, as https://…", "网址，如 https://…", webAddress.String()), errs.T("where the text is officially published", "官方公布该文本的网址")),
		p.word("checked", &b.checked, kindDate, errs.T("the date on which somebody read the article", "核对法条的日期")),
		p.word("status", &b.status, choiceOf(errs.T("verified or unverified", "verified 或 unverified"), "verified", "unverified"), errs.T("verified: it may accuse; unverified: it only warns", "verified：可以认定；unverified：只作提示")),
	}
}

// severity reads a level, or {level, reason}.
func (p parser) severity(n *yaml.Node) *severityNode {
	s := &severityNode{at: p.spanOf(n)}
	if n.Kind != yaml.MappingNode {
		if s.level = p.scalar(n, kindLevel.Text); s.level == nil {
			return nil
		}
		return s
	}
	s.keys = p.fields(n, errs.T("severity", "severity"), p.severityKeys(s))
	return s
}

func (p parser) severityKeys(s *severityNode) []field {
	return []field{
		p.word("level", &s.level, kindLevel, errs.T("how grave a violation is", "违反的严重程度")).must(),
		p.texts("reason", &s.reason, errs.T("a reason", "理由"), errs.T("why it is that grave", "定为该程度的理由")),
	}
}

func (p parser) effective(n *yaml.Node) *effectiveNode {
	k := &effectiveNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("effective", "effective"), p.effectiveKeys(k))
	return k
}

func (p parser) effectiveKeys(k *effectiveNode) []field {
	return []field{
		p.word("from", &k.from, kindDate, errs.T("the first day", "生效首日")),
		p.word("to", &k.to, kindDate, errs.T("the first day on which it no longer holds", "不再有效的第一日")),
	}
}

// pattern reads an event type, a list of types, or {event, where}.
func (p parser) pattern(n *yaml.Node) *patternNode {
	k := &patternNode{at: p.spanOf(n)}
	if n.Kind == yaml.MappingNode {
		k.keys = p.fields(n, errs.T("a pattern", "事件模式"), p.patternKeys(k))
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

func (p parser) patternKeys(k *patternNode) []field {
	return []field{
		p.words("event", &k.types, kindType, errs.T("an event type or a list of types; any is every type", "事件类型或类型列表；any 为所有类型")).must(),
		p.word("where", &k.where, kindCond, errs.T("a condition on the event", "对事件的条件")),
	}
}

func (p parser) form(n *yaml.Node) *formNode {
	f := &formNode{at: p.spanOf(n)}
	f.keys = p.fields(n, errs.T("must or never", "must 或 never"), p.formKeys(f))
	return f
}

func (p parser) formKeys(f *formNode) []field {
	return []field{
		p.events("followed_by", &f.followedBy, errs.T("the event that follows", "其后的事件")),
		p.events("preceded_by", &f.preceded, errs.T("the event that goes before", "其前的事件")),
		p.word("hold", &f.hold, kindCond, errs.T("the condition that the activating event itself satisfies", "激活事件本身应满足的条件")),
		p.word("within", &f.within, kindDuration, errs.T("the time limit", "期限")),
		p.word("where", &f.where, kindCond, errs.T("a condition on the other event", "对另一事件的条件")),
		p.word("immediately", &f.immediately, kindFlag, errs.T("the other event is the very next, or the very previous", "另一事件须紧邻")),
		p.word("discharge", &f.discharge, choiceOf(errs.T("all or oldest", "all 或 oldest"), "all", "oldest"), errs.T("whether one event settles all duties before it or the oldest", "一个事件了结此前全部义务，或只了结最早的一项")),
	}
}

func (p parser) count(n *yaml.Node) *countNode {
	c := &countNode{at: p.spanOf(n)}
	c.keys = p.fields(n, errs.T("count", "count"), p.countKeys(c))
	return c
}

func (p parser) countKeys(c *countNode) []field {
	return []field{
		p.events("of", &c.of, errs.T("the events that are counted", "被计数的事件")).must(),
		p.words("per", &c.per, kindKey, errs.T("by what they are counted apart", "按什么分别计数")),
		p.word("in", &c.in, kindDuration, errs.T("how long the window is", "窗口长度")).must(),
		p.word("at_most", &c.atMost, kindNumber, errs.T("the greatest number that is allowed", "允许的最大数")).must(),
		p.word("distinct", &c.distinct, kindExpr, errs.T("count distinct values of this expression", "计该表达式不同取值的个数")),
		p.word("sum", &c.sum, kindExpr, errs.T("add up this expression", "对该表达式求和")),
	}
}

func (p parser) clock(n *yaml.Node) *clockNode {
	c := &clockNode{at: p.spanOf(n)}
	c.keys = p.fields(n, errs.T("clock", "clock"), p.clockKeys(c))
	return c
}

func (p parser) clockKeys(c *clockNode) []field {
	return []field{
		p.word("start", &c.start, choiceOf(errs.T("excluded or included", "excluded 或 included"), "excluded", "included"), errs.T("whether the day of the start counts", "起算当日是否计入")),
		p.word("roll", &c.roll, choiceOf(errs.T("none or next-working-day", "none 或 next-working-day"), "none", "next-working-day"), errs.T("whether a last day that isn't a working day moves on", "最后一日非工作日时是否顺延")),
		p.word("calendar", &c.calendar, textOf("the name of a calendar, as weekends or cn", "日历名称，如 weekends 或 cn"), errs.T("which days are working days: weekends, cn, or a file beside the pack", "哪些日子是工作日：weekends、cn 或规则包旁的文件")),
		p.word("hours", &c.hours, choiceOf(errs.T("exact or whole", "exact 或 whole"), "exact", "whole"), errs.T("whole: hours begin at the next full hour", "whole：从下一整点起算小时")),
		p.word("months", &c.months, choiceOf(errs.T("same-day or last-to-last", "same-day 或 last-to-last"), "same-day", "last-to-last"), errs.T("last-to-last: from a month's last day to a month's last day", "last-to-last：月末起算的到月末为止")),
		p.word("from", &c.from, kindExpr, errs.T("a time over when from which the clock runs", "期限起算的时间，以 when 表达")),
		part("paused", "pause", &c.paused, p.pause, errs.T("what stops the clock", "期限中止的事由")),
		{name: "extended", is: anyOf(refTo("extension"), listOf(refTo("extension"))), doc: errs.T("what makes the limit longer", "期限延长的事由"), read: func(n *yaml.Node) {
			if n.Kind == yaml.MappingNode {
				c.extended = append(c.extended, p.extension(n))
				return
			}
			for _, x := range p.items(n, errs.T("a list of extensions, as [{by: Grant, add: 30d}]", "延长列表，如 [{by: Grant, add: 30d}]")) {
				c.extended = append(c.extended, p.extension(x))
			}
		}},
	}
}

func (p parser) pause(n *yaml.Node) *pauseNode {
	k := &pauseNode{at: p.spanOf(n)}
	if k.keys = p.fields(n, errs.T("a pause", "中止"), p.pauseKeys(k)); k.keys == nil {
		return nil
	}
	return k
}

func (p parser) pauseKeys(k *pauseNode) []field {
	return []field{
		p.events("from", &k.from, errs.T("the event that begins it", "开始中止的事件")).must(),
		p.events("to", &k.to, errs.T("the event that ends it", "结束中止的事件")).must(),
		p.word("max", &k.max, kindDuration, errs.T("how long it may last", "最长可中止多久")),
	}
}

func (p parser) extension(n *yaml.Node) *extensionNode {
	k := &extensionNode{at: p.spanOf(n)}
	k.keys = p.fields(n, errs.T("an extension", "延长"), p.extensionKeys(k))
	return k
}

func (p parser) extensionKeys(k *extensionNode) []field {
	return []field{
		p.events("by", &k.by, errs.T("the event that grants it", "批准延长的事件")).must(),
		p.word("to", &k.to, kindDuration, errs.T("a duration in the place of within's", "替换 within 的时长")),
		p.word("add", &k.add, kindDuration, errs.T("a duration from the last day on", "从最后一日起续算的时长")),
		p.word("times", &k.times, numberOf(1, errs.T("a whole number", "整数")), errs.T("how often it may count; without it, any number", "最多计几次；不写则不限")),
	}
}
