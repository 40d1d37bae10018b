package rule

import (
	"math"
	"regexp"
	"strconv"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// webAddress is the address of a page, which reports make a link of.
var webAddress = regexp.MustCompile(`^https?://[^\s/]+\S*$`)

// checkRule checks one rule: first what every rule has, then its form.
func (c *checker) checkRule(n *ruleNode) *Rule {
	r := &Rule{Pack: c.pack, Pos: c.pos(n.at), node: n}
	c.rule = r
	c.missing(n.keys, n.at, "id", errs.T("give the rule an id, as id: sent-within-90-days", "请给规则一个 id，如 id: sent-within-90-days"))
	c.wanted(n.keys, n.at, "title", errs.T("its id stands for it", "以 id 代之"), errs.T("write title: {en: …, zh: …}", "请写 title: {en: …, zh: …}"))
	c.wanted(n.keys, n.at, "basis", errs.T("the rule counts as unverified and only warns", "该规则视为未核实，只作提示"), errs.T("write basis: {text: <article>, checked: <date>, status: verified|unverified}", "请写 basis: {text: <法条>, checked: <日期>, status: verified|unverified}"))
	r.ID = c.name(n.id)
	r.Title = titleOr(c.title(n.title), r.ID)
	r.Says = c.title(n.says)
	c.severity(n.severity)
	r.Over = Over(c.choice(n.over, overNames[:]...))
	c.basis(n.basis)
	c.effective(n.effective)
	c.per(n)
	var forms []string
	for _, k := range []string{"must", "never", "count"} {
		if n.keys.has(k) {
			forms = append(forms, k)
		}
	}
	switch {
	case len(forms) == 0:
		c.fail(n.at, errs.T("the rule asks for nothing: must, never and count are missing", "该规则没有要求：缺少 must、never 或 count"),
			errs.T("write one of them", "请写其中之一"))
	case len(forms) > 1:
		at := n.keys[forms[1]]
		c.fail(at, errs.Tf("%s beside %s; a rule has exactly one of must, never and count", "%[1]s 与 %[2]s 并存；一条规则只能有 must、never、count 之一", forms[1], forms[0]),
			errs.T("make two rules of it", "请拆成两条规则"))
	case forms[0] == "count":
		c.count(n)
	default:
		c.about(n)
	}
	return r
}

func (c *checker) severity(n *severityNode) {
	c.rule.Severity = Minor
	if n == nil {
		return
	}
	if n.keys != nil {
		c.missing(n.keys, n.at, "level", errs.T("write severity: {level: major, reason: {en: …, zh: …}}", "请写 severity: {level: major, reason: {en: …, zh: …}}"))
	}
	if n.level != nil {
		c.rule.Severity = Severity(c.choice(n.level, severityNames[:]...))
	}
	c.rule.Reason = c.title(n.reason)
}

func (c *checker) basis(n *basisNode) {
	if n == nil {
		return
	}
	b := &c.rule.Basis
	for _, k := range []string{"text", "checked", "status"} {
		c.wanted(n.keys, n.at, k, errs.T("without all three nobody can check it", "三者缺一则无从核对"), errs.T("a basis has text, checked (the date somebody read the article) and status", "依据须有 text、checked（核对法条的日期）和 status"))
	}
	b.Text, b.Words = c.title(n.text), c.text(n.words)
	if b.URL = c.text(n.url); n.url != nil && !webAddress.MatchString(b.URL) {
		c.fail(n.url.at, errs.Tf("%s is not an address", "%s 不是网址", quote(b.URL)), errs.T("write it whole, as https://www.normattiva.it/…", "请写全，如 https://www.normattiva.it/…"))
	}
	b.Checked, _ = c.date(n.checked)
	verified := c.choice(n.status, "unverified", "verified") == 1
	b.Verified = verified && n.keys.has("text") && n.keys.has("checked")
}

func (c *checker) effective(n *effectiveNode) {
	if n == nil {
		return
	}
	e := &c.rule.Effective
	e.From, e.HasFrom = c.date(n.from)
	e.To, e.HasTo = c.date(n.to)
	if len(n.keys) == 0 && n.keys != nil {
		c.fail(n.at, errs.T("effective says neither from nor to", "effective 既没有 from 也没有 to"), errs.T("write effective: {from: 2010-08-14}", "请写 effective: {from: 2010-08-14}"))
	}
	if e.HasFrom && e.HasTo && e.From >= e.To {
		c.warn(n.to.at, errs.Tf("to is %s and from is %s: no day lies between", "to 为 %s，from 为 %s：其间没有一天", e.To, e.From),
			errs.T("to is the first day on which the rule no longer holds", "to 是规则不再适用的第一天"))
	}
}

// per is what correlates, and what `over` makes of it.
func (c *checker) per(n *ruleNode) {
	r, l := c.rule, n.per
	if n.count != nil && n.count.per != nil {
		if l != nil {
			c.fail(n.count.keys["per"], errs.T("per stands in the rule and in count", "规则与 count 中都有 per"), errs.T("keep one of them", "请只保留一个"))
		}
		l = n.count.per
	}
	if l == nil {
		r.Per = []Key{c.pack.Log.Per}
	} else {
		for _, s := range l.items {
			k, ok := c.key(s)
			if !ok {
				continue
			}
			for _, have := range r.Per {
				if have == k {
					c.fail(s.at, errs.Tf("%q stands twice in per", "per 中 %q 出现两次", s.text), errs.T("once is enough", "写一次即可"))
				}
			}
			r.Per = append(r.Per, k)
		}
		if len(r.Per) == 0 {
			r.Per = []Key{c.pack.Log.Per}
		}
	}
	object := false
	for _, k := range r.Per {
		object = object || k.Kind == KeyObject
	}
	if n.over != nil && r.Over != Each && !object {
		c.warn(n.keys["over"], errs.T("over changes nothing: an event has one actor, one unit and one value of an attribute", "over 不起作用：一个事件只有一个 actor、一个 unit、一个属性值"), errs.Text{})
	}
}

// pattern checks a pattern; sc says what its condition may speak of.
func (c *checker) pattern(n *patternNode, sc scope) Pattern {
	p := Pattern{}
	if n == nil {
		return p
	}
	p.Pos = c.pos(n.at)
	if n.types != nil {
		c.types(n.types, func(s *scalar) {
			if s.text != "any" {
				p.Types = append(p.Types, s.text)
				p.typePos = append(p.typePos, c.pos(s.at))
				return
			}
			p.Any = true
			if len(n.types.items) > 1 {
				c.fail(s.at, errs.T("any is every type already; the list can't name others", "any 已是所有类型；列表中不能再有其他类型"), errs.T("write any alone, or the types without it", "请只写 any，或去掉 any 只写类型"))
			}
		})
	}
	if n.where != nil {
		p.Where = c.cond(n.where, sc)
	}
	return p
}

// about checks a rule about an event: when, and must or never.
func (c *checker) about(n *ruleNode) {
	r := c.rule
	c.missing(n.keys, n.at, "when", errs.T("say which event activates the rule, as when: Create Fine", "请写明哪个事件激活该规则，如 when: Create Fine"))
	r.When = c.pattern(n.when, scopeOwn)
	f, formKey := n.must, "must"
	if n.never != nil {
		f, formKey, r.Never = n.never, "never", true
	}
	if f == nil || f.keys == nil {
		return
	}
	var asked []string
	for _, k := range []string{"followed_by", "preceded_by", "hold"} {
		if f.keys.has(k) {
			asked = append(asked, k)
		}
	}
	if len(asked) != 1 {
		what := errs.Tf("%s has none of followed_by, preceded_by and hold", "%s 中缺少 followed_by、preceded_by 或 hold", formKey)
		at := f.at
		if len(asked) > 1 {
			at = f.keys[asked[1]]
			what = errs.Tf("%s beside %s", "%s 与 %s 并存", asked[1], asked[0])
		}
		c.fail(at, what, errs.T("write exactly one of them", "请只写其中一个"))
		return
	}
	switch asked[0] {
	case "hold":
		c.hold(n, f)
		return
	case "followed_by":
		r.Form, r.Other = FollowedBy, c.other(f.followedBy, f)
	case "preceded_by":
		r.Form, r.Other = PrecededBy, c.other(f.preceded, f)
	}
	r.Immediately = c.flag(f.immediately)
	r.Oldest = c.choice(f.discharge, "all", "oldest") == 1
	switch at := f.keys["discharge"]; {
	case f.discharge == nil:
	case r.Never || r.Form != FollowedBy:
		c.only(at, "discharge", "must: followed_by")
	case r.Immediately:
		c.fail(at, errs.T("discharge beside immediately: the very next event settles its own activation only", "discharge 与 immediately 并存：紧邻的下一事件只了结自己那一次"), errs.T("leave one of them out", "请去掉其中之一"))
	}
	if n.unless != nil {
		u := c.pattern(n.unless, scopeOther)
		r.Unless = &u
	}
	c.ruleClock(n, f)
}

// only says that a key stands where it has no meaning.
func (c *checker) only(at span, key, with string) {
	c.fail(at, errs.Tf("%s has a meaning only with %s", "%s 只能与 %s 一起使用", key, with), errs.T("leave it out", "请删去"))
}

// other is the pattern of followed_by or preceded_by; its condition may stand
// inside it or beside it.
func (c *checker) other(n *patternNode, f *formNode) Pattern {
	p := c.pattern(n, scopeOther)
	if f.where == nil {
		return p
	}
	if p.Where != nil {
		c.fail(f.keys["where"], errs.T("where stands inside the pattern and beside it", "事件模式内外都有 where"), errs.T("join the two with &&", "请用 && 合并"))
		return p
	}
	p.Where = c.cond(f.where, scopeOther)
	return p
}

// hold checks `must: {hold: …}`, which stands alone.
func (c *checker) hold(n *ruleNode, f *formNode) {
	r := c.rule
	r.Form = Hold
	if r.Never {
		c.fail(f.keys["hold"], errs.T("never has no hold", "never 不能用 hold"), errs.T("write must: {hold: !(…)}", "请写 must: {hold: !(…)}"))
		return
	}
	r.Hold = c.cond(f.hold, scopeOther)
	for _, k := range []string{"within", "where", "immediately", "discharge"} {
		if at, ok := f.keys[k]; ok {
			c.only(at, k, "followed_by / preceded_by")
		}
	}
	if at, ok := n.keys["unless"]; ok {
		c.only(at, "unless", "followed_by / preceded_by")
	}
	c.noClock(n)
	if at, ok := n.keys["over"]; ok && r.Over != Each {
		c.warn(at, errs.T("over changes nothing for hold but the number of activations", "对 hold，over 只影响激活次数"), errs.Text{})
	}
}

// count checks a rule about a number in a window.
func (c *checker) count(n *ruleNode) {
	r, k := c.rule, n.count
	r.Form = Count
	for _, key := range []string{"when", "unless", "over"} {
		if at, ok := n.keys[key]; ok {
			c.only(at, key, "must / never")
		}
	}
	r.Over = Each
	c.noClock(n)
	if k == nil || k.keys == nil {
		return
	}
	for _, key := range []string{"of", "in", "at_most"} {
		c.missing(k.keys, k.at, key, errs.T("a count has of, in and at_most: {of: approve_freeze, per: [actor], in: 24h, at_most: 10}", "count 须有 of、in 和 at_most：{of: approve_freeze, per: [actor], in: 24h, at_most: 10}"))
	}
	w := &Window{}
	r.Window = w
	r.When = c.pattern(k.of, scopeOwn)
	switch {
	case k.distinct != nil && k.sum != nil:
		c.fail(k.keys["sum"], errs.T("sum beside distinct", "sum 与 distinct 并存"), errs.T("write one of them", "请只写其中一个"))
	case k.distinct != nil:
		w.Of, w.Expr = CountDistinct, c.expr(k.distinct, purposeValue)
	case k.sum != nil:
		w.Of, w.Expr = SumOf, c.expr(k.sum, purposeNumber)
	}
	c.window(w, k)
}

func (c *checker) window(w *Window, k *countNode) {
	if d := c.duration(k.in); d != nil {
		w.In = *d
		switch {
		case d.Unit == clock.UnitWorkingDay:
			c.fail(k.in.at, errs.T("a window isn't counted in working days", "窗口不能用工作日计"), errs.T("write d, w, mo or y, or elapsed time", "请用 d、w、mo、y，或 s、m、h"))
		case d.N == 0 && !d.Elapsed():
			c.fail(k.in.at, errs.Tf("%s is no window", "%s 不成窗口", d), errs.Tf("1%s is the event's own", "1%s 即事件当期", d.Unit))
		}
	}
	if k.atMost == nil {
		return
	}
	f, err := strconv.ParseFloat(k.atMost.text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		c.fail(k.atMost.at, errs.Tf("%s is not a number", "%s 不是数字", quote(k.atMost.text)), errs.T("write the greatest number that is allowed, as at_most: 10", "请写允许的最大数，如 at_most: 10"))
		return
	}
	if w.Of != SumOf && (f < 0 || f != math.Trunc(f)) {
		c.fail(k.atMost.at, errs.Tf("%s events can't be; expected a whole number, 0 or more", "不会有 %s 个事件；应为不小于 0 的整数", k.atMost.text), errs.Text{})
	}
	w.AtMost = f
}
