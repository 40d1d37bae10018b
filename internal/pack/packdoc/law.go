package packdoc

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

// counting says how the pack counts time where a rule doesn't say otherwise.
func (g *page) counting() {
	g.section("How time counts", "期限如何计算")
	log := g.p.Log
	g.f(g.say("- Days are those of %s; the last day of a limit in days ends at 24:00.\n", "- 日期依 %s；按日计的期限至最后一日 24:00 止。\n"), log.Zone.Name())
	g.f(g.say("- Events belong together by %s, where a rule doesn't say otherwise.\n", "- 规则未另写明的，事件按 %s 关联。\n"), "`"+log.Per.String()+"`")
	if len(log.Closes) > 0 {
		var names []string
		for _, t := range log.Closes {
			names = append(names, inline(g.p.Vocabulary.Event(t).In(g.w.Lang)))
		}
		g.f(g.say("- A case ends with %s.\n", "- 案件以%s终结。\n"), g.w.List(names))
	}
	seen := map[string][]string{}
	var order []string
	for _, r := range g.p.Rules {
		if r.Within == nil {
			continue
		}
		how := strings.Join(g.words(r.Within), g.say("; ", "；"))
		if seen[how] == nil {
			order = append(order, how)
		}
		seen[how] = append(seen[how], "`"+r.ID+"`")
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(seen[b]) - len(seen[a]) })
	for _, how := range order {
		g.f(g.say("- %s: %s.\n", "- %s：%s。\n"), upper(how), strings.Join(seen[how], g.say(", ", "、")))
	}
}

// upper is a sentence from the words that it is made of.
func upper(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// words are how a clock counts, the parts that a statute settles.
func (g *page) words(c *clock.Clock) []string {
	o, u := c.Options(), c.Within().Unit
	var out []string
	add := func(en, zh string) { out = append(out, g.say(en, zh)) }
	switch {
	case o.WholeHours && u == clock.UnitHour:
		add("hours, from the next full hour: the hour of the start isn't counted", "按小时计，自下一整点起：开始的时不计算在内")
	case c.Elapsed():
		add("elapsed time, from the instant of the start", "按实际经过的时间计，自开始的时刻起")
	case o.StartIncluded:
		add("the day of the start counts", "开始的日计算在内")
	default:
		add("the day of the start isn't counted", "开始的日不计算在内")
	}
	if o.LastToLast && (u == clock.UnitMonth || u == clock.UnitYear) {
		add("from a month's last day to a month's last day", "月末日起算的，至月末日止")
	}
	calendar := "`" + c.Calendar().Name() + "`"
	switch {
	case u == clock.UnitWorkingDay:
		add("working days of the calendar "+calendar, "按日历 "+calendar+" 的工作日计")
	case c.Elapsed():
	case o.Roll:
		add("a last day that isn't a working day of the calendar "+calendar+" moves to the next one", "最后一日非工作日的，顺延至其后第一个工作日（日历 "+calendar+"）")
	default:
		add("the last day doesn't move for a holiday", "最后一日为节假日的，不顺延")
	}
	return out
}

// rules is the table that is held against the statute.
func (g *page) rules() {
	g.section("The rules", "规则")
	g.f("%s\n\n", g.say("Words in quotation marks are the statute's own. What a rule demands is told from the rule itself; its conditions stand as they are, in the [language](../language.md). An unverified rule warns and never accuses.",
		"引号内为法律原文。“要求”一栏依规则本身生成，其中的条件照规则原样列出，见[规则语言](../language.md)。未核对原文的规则只作提示，不作认定。"))
	g.header(g.say("Rule", "规则"), g.say("Article and its words", "法条及原文"), g.say("Demands", "要求"), g.say("Limit and how it counts", "期限及算法"), g.say("Severity and why; in force; status", "程度及理由；适用时间；状态"))
	for _, r := range g.p.Rules {
		g.row(g.named(r), g.article(r), prose(report.Demand(g.w, r, code)), g.limit(r), cell(g.severity(r), g.effective(r), g.status(r)))
	}
}

func (g *page) named(r *rule.Rule) string {
	return cell(fmt.Sprintf(`<a id="%[1]s"></a>**%[2]s**`, r.ID, inline(r.Title.In(g.w.Lang))), inline(r.Says.In(g.w.Lang)), "`"+r.ID+"`")
}

func (g *page) article(r *rule.Rule) string {
	text := inline(r.Basis.Text.In(g.w.Lang))
	if r.Basis.URL != "" {
		text = "[" + text + "](" + r.Basis.URL + ")"
	}
	words := ""
	if r.Basis.Words != "" {
		words = "“" + inline(r.Basis.Words) + "”"
	}
	return cell(text, words)
}

func (g *page) limit(r *rule.Rule) string {
	if r.Within == nil {
		return g.say("none", "无")
	}
	lines := append([]string{"**" + g.w.Duration(r.Within.Within()) + "**"}, g.words(r.Within)...)
	if r.From != nil {
		lines = append(lines, g.say("from ", "起算：")+prose(code(r.From.String())))
	}
	if p := r.Paused; p != nil {
		s := fmt.Sprintf(g.say("stands still from %s to %s", "自%s至%s中止计算"), prose(report.Events(g.w, r, p.From, code)), prose(report.Events(g.w, r, p.To, code)))
		if p.Max != nil {
			s += fmt.Sprintf(g.say(", %s at most", "，最长 %s"), g.w.Duration(*p.Max))
		}
		lines = append(lines, s)
	}
	for _, x := range r.Extended {
		lines = append(lines, g.extension(r, x))
	}
	return cell(lines...)
}

func (g *page) extension(r *rule.Rule, x rule.Extension) string {
	by := prose(report.Events(g.w, r, x.By, code))
	var s string
	if x.To != nil {
		s = fmt.Sprintf(g.say("extended to %s by %s", "经%[2]s，延长至 %[1]s"), g.w.Duration(*x.To), by)
	} else {
		s = fmt.Sprintf(g.say("extended by %s by %s", "经%[2]s，延长 %[1]s"), g.w.Duration(*x.Add), by)
	}
	switch {
	case x.Times == 1:
		s += g.say(", once", "，以一次为限")
	case x.Times > 1:
		s += fmt.Sprintf(g.say(", %d times at most", "，至多 %d 次"), x.Times)
	}
	return s
}

func (g *page) effective(r *rule.Rule) string {
	e := r.Effective
	switch {
	case e.HasFrom && e.HasTo:
		return fmt.Sprintf(g.say("for events from %s to %s", "适用于 %s 至 %s 的事件"), e.From, e.To-1)
	case e.HasFrom:
		return fmt.Sprintf(g.say("for events from %s on", "适用于 %s 起的事件"), e.From)
	case e.HasTo:
		return fmt.Sprintf(g.say("for events up to %s", "适用于截至 %s 的事件"), e.To-1)
	}
	return g.say("for all events", "适用于全部事件")
}

func (g *page) severity(r *rule.Rule) string {
	return cell("**"+g.w.T("severity."+r.Severity.String())+"**", inline(r.Reason.In(g.w.Lang)))
}

func (g *page) status(r *rule.Rule) string {
	if r.Basis.Verified {
		return fmt.Sprintf(g.say("verified %s", "已核对 %s"), r.Basis.Checked)
	}
	return fmt.Sprintf(g.say("unverified %s", "未核对 %s"), r.Basis.Checked)
}
