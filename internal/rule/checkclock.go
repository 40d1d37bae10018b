package rule

import (
	"strconv"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// packClock checks the words of the pack's clock, which are defaults of its
// rules; what they come to is checked with each rule that uses them.
func (c *checker) packClock(n *clockNode) {
	if n != nil {
		c.clockWords(n)
	}
}

// clockWords reads the words of a clock into options.
func (c *checker) clockWords(n *clockNode) (o clock.Options) {
	o.StartIncluded = c.choice(n.start, "excluded", "included") == 1
	o.Roll = c.choice(n.roll, "none", "next-working-day") == 1
	o.WholeHours = c.choice(n.hours, "exact", "whole") == 1
	o.LastToLast = c.choice(n.months, "same-day", "last-to-last") == 1
	if n.calendar != nil {
		o.Calendar = c.calendar(n.calendar)
	}
	return o
}

// calendar finds a calendar beside the pack or among the built-in ones.
func (c *checker) calendar(s *scalar) *clock.Calendar {
	name := s.text
	if cal, asked := c.calendars[name]; asked && cal != nil {
		return cal
	}
	var cal *clock.Calendar
	var err error
	if c.find != nil {
		cal, err = c.find(name)
	}
	if err != nil {
		c.fail(s.at, errs.Tf("the calendar %q can't be used: %s", "日历 %q 无法使用：%s", name, err), errs.T("mend the calendar's file", "请修正该日历文件"))
		return nil
	}
	if cal == nil {
		cal, _ = clock.Builtin(name)
	}
	if cal == nil {
		next := errs.T("weekends and cn are built in; others lie beside the pack as a YAML file with that name", "内置日历有 weekends 和 cn；其他日历放在规则包旁，为同名 YAML 文件")
		if near := errs.Nearest(name, []string{"weekends", "cn"}); near != "" {
			next = errs.Tf("did you mean %q?", "是否想写 %q？", near)
		}
		c.fail(s.at, errs.Tf("unknown calendar %s", "没有日历 %s", quote(name)), next)
		return nil
	}
	c.calendars[name] = cal
	c.pack.Calendars[name] = cal
	return cal
}

// noClock refuses the parts of a clock in a rule that has none.
func (c *checker) noClock(n *ruleNode) {
	for _, k := range []string{"clock", "warn"} {
		if at, ok := n.keys[k]; ok {
			c.only(at, k, "within")
		}
	}
}

// ruleClock checks within and all that goes with it.
func (c *checker) ruleClock(n *ruleNode, f *formNode) {
	r := c.rule
	if !f.keys.has("within") {
		c.noClock(n)
		return
	}
	within := c.duration(f.within)
	r.Warn = c.duration(n.warn)
	if n.warn != nil && f.keys.has("preceded_by") {
		c.warn(n.keys["warn"], errs.T("warn changes nothing with preceded_by: whether it was kept is known at once", "warn 在 preceded_by 下不起作用：是否遵守当即可知"), errs.T("leave it out", "可以删去"))
	}
	own, defaults := n.clock, c.node.clock
	if own == nil {
		own = &clockNode{}
	}
	if defaults == nil {
		defaults = &clockNode{}
	}
	o := c.clockWords(merged(own, defaults))
	o.Zone = c.pack.Log.Zone
	if within == nil {
		return
	}
	c.idle(own, *within)
	if within.N == 0 && !within.Elapsed() && (within.Unit == clock.UnitWorkingDay || o.StartIncluded) {
		c.fail(f.within.at, errs.Tf("%s would end before it begins", "%s 在开始前就已届满", within),
			errs.Tf("working days, and limits whose first day counts (start: included), begin with 1%s", "工作日以及首日计入的期限（start: included）从 1%s 起", within.Unit))
		return
	}
	k, err := clock.New(*within, o)
	if err != nil {
		c.fail(f.within.at, errs.Tf("%s is no limit: %s", "%s 不成期限：%s", within, err), errs.Text{})
		return
	}
	r.Within = k
	c.from(own, defaults)
	if p := first(own.paused, defaults.paused); p != nil {
		c.paused(p)
	}
	if own.extended == nil {
		own = defaults
	}
	for i, e := range own.extended {
		if i == maxExtensions {
			c.fail(e.at, errs.Tf("more than %d kinds of extension", "延长事由超过 %d 种", maxExtensions), errs.T("list several event types in one by: [A, B]", "可在一个 by: [A, B] 中列出多个事件类型"))
			break
		}
		c.extension(e, o)
	}
}

// merged is a rule's clock with the pack's words where it has none.
func merged(own, defaults *clockNode) *clockNode {
	return &clockNode{start: first(own.start, defaults.start), roll: first(own.roll, defaults.roll), calendar: first(own.calendar, defaults.calendar),
		hours: first(own.hours, defaults.hours), months: first(own.months, defaults.months)}
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// idle warns of the words of a rule's clock that its unit makes no use of.
func (c *checker) idle(n *clockNode, within clock.Duration) {
	u := within.Unit
	for _, w := range []struct {
		key  string
		word *scalar
		used bool
	}{
		{"start", n.start, !within.Elapsed()},
		{"roll", n.roll, !within.Elapsed() && u != clock.UnitWorkingDay},
		{"hours", n.hours, u == clock.UnitHour},
		{"months", n.months, u == clock.UnitMonth || u == clock.UnitYear},
	} {
		if w.word != nil && !w.used {
			c.warn(n.keys[w.key], errs.Tf("%s changes nothing for a limit of %s", "对 %[2]s 的期限，%[1]s 不起作用", w.key, within), errs.T("leave it out", "可以删去"))
		}
	}
}

// maxExtensions is how many kinds of extension the engine counts apart.
const maxExtensions = 8

func (c *checker) from(own, defaults *clockNode) {
	r := c.rule
	s := own.from
	if s != nil && r.Form != FollowedBy {
		c.only(own.keys["from"], "from", "followed_by")
		return
	}
	if s == nil && r.Form == FollowedBy {
		s = defaults.from
	}
	if s != nil {
		r.From = c.expr(s, purposeTime)
	}
}

func (c *checker) paused(n *pauseNode) {
	for _, k := range []string{"from", "to"} {
		c.missing(n.keys, n.at, k, errs.T("a pause has from and to: {from: Appeal, to: Decision}", "中止须有 from 和 to：{from: Appeal, to: Decision}"))
	}
	c.rule.Paused = &Pause{From: c.pattern(n.from, scopeOther), To: c.pattern(n.to, scopeOther), Max: c.duration(n.max)}
}

func (c *checker) extension(n *extensionNode, o clock.Options) {
	r := c.rule
	if n.keys == nil {
		return
	}
	c.missing(n.keys, n.at, "by", errs.T("say which event extends, as {by: Grant, add: 30d}", "请写明由哪个事件延长，如 {by: Grant, add: 30d}"))
	x := Extension{By: c.pattern(n.by, scopeOther), To: c.duration(n.to), Add: c.duration(n.add)}
	if n.keys.has("to") == n.keys.has("add") {
		c.fail(n.at, errs.T("an extension has exactly one of to and add", "延长须有且仅有 to、add 之一"),
			errs.T("to: 60d puts a duration in place of within; add: 30d goes on from the last day", "to: 60d 替换 within；add: 30d 从最后一日续算"))
	}
	for _, s := range []struct {
		word *scalar
		d    *clock.Duration
	}{{n.to, x.To}, {n.add, x.Add}} {
		if s.d == nil {
			continue
		}
		if err := r.Within.CheckExtension(*s.d); err != nil {
			c.fail(s.word.at, errs.Tf("%s can't extend %s", "%s 不能延长 %s", s.d, r.Within.Within()),
				errs.T("elapsed time (s m h) is extended by elapsed time, days (d w wd mo y) by days", "以时分秒（s m h）计的期限以时分秒延长，以日（d w wd mo y）计的以日延长"))
		} else if s.d.N == 0 {
			c.warn(s.word.at, errs.Tf("%s extends nothing", "%s 没有延长任何时间", s.d), errs.T("leave the extension out", "请删去该延长"))
		} else if _, err := clock.New(*s.d, o); err != nil {
			c.fail(s.word.at, errs.Tf("%s is no limit: %s", "%s 不成期限：%s", s.d, err), errs.Text{})
		}
	}
	if n.times != nil {
		times, err := strconv.Atoi(n.times.text)
		if err != nil || times < 1 {
			c.fail(n.times.at, errs.Tf("%s is not a number of times", "%s 不是次数", quote(n.times.text)), errs.T("write a whole number from 1 on, or leave it out for any number", "请写不小于 1 的整数；不限次数则删去"))
		} else {
			x.Times = times
		}
	}
	r.Extended = append(r.Extended, x)
}
