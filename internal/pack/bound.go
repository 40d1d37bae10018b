package pack

import (
	"fmt"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/rule"
)

// Bound says what a rule keeps for each key and when it lets go (spec §9). An
// event that comes after that is judged from the store.
type Bound struct {
	Keeps     errs.Text
	LetsGo    errs.Text
	Unbounded bool
	Advice    errs.Text // of an unbounded one: what would bound it
}

// BoundOf derives what a rule keeps from its shape.
func BoundOf(r *rule.Rule) Bound {
	switch r.Form {
	case rule.Hold:
		return Bound{Keeps: errs.T("nothing", "不保留任何内容"), LetsGo: errs.T("each event is judged at once", "每个事件当即判定")}
	case rule.Count:
		return boundOfCount(r)
	case rule.PrecededBy:
		return boundOfPrecedence(r)
	}
	return boundOfResponse(r)
}

func boundOfCount(r *rule.Rule) Bound {
	b := Bound{Keeps: tell("the %s of the last %s, and the episode that is open", "最近 %[2]s内的 %[1]s，以及未结束的连续违规", names(r, r.When), long(r.Window.In)),
		LetsGo: tell("each event after %s", "每个事件在 %s后", long(r.Window.In))}
	switch r.Window.Of {
	case rule.CountDistinct:
		b.Keeps = tell("the values of %[3]s in the %[1]s of the last %[2]s, and the episode that is open", "最近 %[2]s内 %[1]s 的 %[3]s 各值，以及未结束的连续违规", names(r, r.When), long(r.Window.In), r.Window.Expr.String())
	case rule.SumOf:
		b.Keeps = tell("the %[3]s of each %[1]s of the last %[2]s, and the episode that is open", "最近 %[2]s内每个 %[1]s 的 %[3]s，以及未结束的连续违规", names(r, r.When), long(r.Window.In), r.Window.Expr.String())
	}
	return b
}

// boundOfPrecedence: what came before is remembered, one event where the latest
// is as good as any other, else all that may still fit.
func boundOfPrecedence(r *rule.Rule) Bound {
	kinds := names(r, r.Other)
	if r.Unless != nil {
		kinds = more(kinds, names(r, *r.Unless))
	}
	clock := r.Within != nil && (r.Paused != nil || len(r.Extended) > 0)
	looksBack := clock || r.Over != rule.Each || reads(r)
	switch {
	case r.Immediately && r.Over == rule.Each:
		return Bound{Keeps: errs.T("the latest event", "最近的一个事件"), LetsGo: errs.T("at the next event; one event is kept", "遇到下一个事件时；只保留一个事件")}
	case !looksBack && r.Within == nil:
		return Bound{Keeps: tell("the latest of each: %s", "以下每种最近的一个：%s", kinds), LetsGo: errs.T("at the next of its kind; one event of each is kept as long as the key is known", "遇到同类下一个事件时；每种始终只保留一个")}
	case !looksBack:
		return Bound{Keeps: tell("the latest of each: %s", "以下每种最近的一个：%s", kinds), LetsGo: tell("at the next of its kind, or %s after it", "遇到同类下一个事件，或其后 %s", long(r.Within.Within()))}
	case r.Within != nil && !clock:
		return Bound{Keeps: tell("every one of: %s", "以下每一个：%s", kinds), LetsGo: tell("%s after it", "其后 %s", long(r.Within.Within()))}
	}
	b := Bound{Keeps: tell("every one of: %s", "以下每一个：%s", kinds), Unbounded: true,
		LetsGo: errs.T("never: whether one fits depends on the event that the rule applies to", "从不：是否相符取决于规则所适用的事件"),
		Advice: errs.T("give it within, so that what is too old can be let go", "请加上 within，以便放弃过旧的事件")}
	if clock {
		b.Advice = errs.T("its pauses and extensions can keep any earlier event in time; drop them if the law allows", "暂停和延长可能使任何较早的事件仍在期限内；若法律允许，请去掉")
	}
	return b
}

// reads says whether a condition on the earlier events depends on the
// activating one.
func reads(r *rule.Rule) bool {
	return r.Other.Where != nil && r.Other.Where.UsesWhen() || r.Unless != nil && r.Unless.Where != nil && r.Unless.Where.UsesWhen()
}

// boundOfResponse: an activation is kept until it is decided.
func boundOfResponse(r *rule.Rule) Bound {
	b := Bound{Keeps: tell("each open %s with its deadline", "每个未结的 %s 及其期限", names(r, r.When))}
	if r.Within == nil {
		b.Keeps = tell("each open %s", "每个未结的 %s", names(r, r.When))
	}
	if r.Paused != nil {
		b.Keeps = more(b.Keeps, tell("the pause that is open (%s … %s)", "未结束的暂停（%s … %s）", names(r, r.Paused.From), names(r, r.Paused.To)))
	}
	if len(r.Extended) > 0 {
		by := names(r, r.Extended[0].By)
		for _, e := range r.Extended[1:] {
			by = more(by, names(r, e.By))
		}
		b.Keeps = more(b.Keeps, tell("what extended it (%s)", "延长它的事件（%s）", by))
	}
	if r.Oldest {
		b.Keeps = more(b.Keeps, errs.T("in order, as each match settles the oldest", "按顺序排列，每个相符事件了结最早的一个"))
	}
	if r.Over != rule.Each {
		b.Keeps = more(b.Keeps, errs.T("the objects of each", "各自的对象"))
	}
	first := tell("at the first %s", "遇到第一个 %s 时", names(r, r.Other))
	if r.Immediately {
		b.LetsGo = errs.T("at the next event of any type", "遇到下一个任何类型的事件时")
		first = b.LetsGo
	}
	closes := r.Closable() && len(r.Pack.Log.Closes) > 0
	switch {
	case r.Paused != nil && r.Paused.Max == nil:
		b.LetsGo = more(first, errs.T("when its deadline passes; never while a pause is open", "或期限届满时；暂停未结束时从不"))
		b.Unbounded = !closes
		b.Advice = errs.T("bound each pause: paused: {…, max: 30d}", "请限定每次暂停：paused: {…, max: 30d}")
	case r.Within != nil:
		b.LetsGo = more(first, errs.T("when its deadline passes", "或期限届满时"))
	case closes:
		b.LetsGo = more(first, tell("when the case ends (%s)", "或案件结束时（%s）", typeNames(r, r.Pack.Log.Closes)))
	default:
		b.LetsGo = more(first, errs.T("else never", "否则从不"))
		b.Unbounded = true
		b.Advice = errs.T("give it within, or say in log: closes: which events end a case", "请加上 within，或在 log 中用 closes 写明哪些事件结束案件")
		if len(r.Per) != 1 || r.Per[0] != r.Pack.Log.Per {
			b.Advice = errs.T("give it within: what ends a case doesn't end this key", "请加上 within：案件结束并不结束此键")
		}
	}
	return b
}

// names are the event types of a pattern, its condition aside, as the rule's pack calls
// them.
func names(r *rule.Rule, p rule.Pattern) errs.Text {
	if p.Any {
		return errs.T("event of any type", "任何类型的事件")
	}
	return typeNames(r, p.Types)
}

func typeNames(r *rule.Rule, types []string) errs.Text {
	var en, zh []string
	for _, typ := range types {
		name := r.Pack.Vocabulary.Event(typ)
		en, zh = append(en, name.En), append(zh, name.Zh)
	}
	return errs.T(strings.Join(en, ", "), strings.Join(zh, "、"))
}

// long is a length of time.
func long(d clock.Duration) errs.Text {
	return errs.T(i18n.Words{Lang: errs.En}.Duration(d), i18n.Words{Lang: errs.Zh}.Duration(d))
}

// tell is a text that takes names in both languages, and what is the same in both.
func tell(en, zh string, args ...any) errs.Text {
	inEn, inZh := make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		inEn[i], inZh[i] = a, a
		if t, ok := a.(errs.Text); ok {
			inEn[i], inZh[i] = t.En, t.Zh
		}
	}
	return errs.T(fmt.Sprintf(en, inEn...), fmt.Sprintf(zh, inZh...))
}

// more joins two parts of a list.
func more(a, b errs.Text) errs.Text { return errs.T(a.En+", "+b.En, a.Zh+"，"+b.Zh) }
