package monitor

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/rule"
)

// say puts an explanation into words, in both languages: who, what, when, by
// how much, and what would have sufficed. What there is no record of is not
// said not to have happened.
func (ex *Explainer) say(e *Explanation) {
	for _, s := range e.Steps {
		e.StepTexts = append(e.StepTexts, stepText(s, ex.zone()))
	}
	if e.NearMiss != nil {
		e.NearMiss.Text = ex.nearMiss(e)
	}
	e.Sufficed.Text = ex.sufficed(e)
	e.Sentence = joinTexts(ex.main(e), e.Sufficed.Text)
}

// joinTexts puts sentences one after the other, in the manner of each language.
func joinTexts(list ...errs.Text) errs.Text {
	var en, zh []string
	for _, t := range list {
		if t.En != "" {
			en, zh = append(en, t.En), append(zh, t.Zh)
		}
	}
	return errs.T(strings.Join(en, " "), strings.Join(zh, ""))
}

func (ex *Explainer) time(v Event) string {
	if v.OnDay {
		return ex.zone().Date(v.Time).String()
	}
	return shortTime(ex.zone(), v.Time)
}

// shortTime is a local time to the minute, or to the second where it has one; a
// midnight is its date alone.
func shortTime(z *clock.Zone, t clock.Instant) string {
	if z.First(z.Date(t)) == t {
		return z.Date(t).String()
	}
	s := z.Format(t)
	if len(s) < 19 {
		return s
	}
	if s[17:19] == "00" {
		return s[:10] + " " + s[11:16]
	}
	return s[:10] + " " + s[11:19]
}

// named is an event with its time and, where known, who did it.
func (ex *Explainer) named(v Event) errs.Text {
	name := ex.name(v.Type)
	if v.Actor == "" {
		return pair(errs.Tf("\x00 (%s)", "\x00（%s）", ex.time(v)), name)
	}
	return pair(errs.Tf("\x00 (%s, by %s)", "\x00（%s，%s）", ex.time(v), v.Actor), name)
}

// name is what an event type is called.
func (ex *Explainer) name(typ string) errs.Text { return ex.b.r.Pack.Vocabulary.Event(typ) }

// names joins the names of event types.
func (ex *Explainer) names(types []string) errs.Text {
	var en, zh []string
	for _, t := range types {
		n := ex.name(t)
		en, zh = append(en, n.En), append(zh, n.Zh)
	}
	return errs.T(i18n.Words{Lang: errs.En}.List(en), i18n.Words{Lang: errs.Zh}.List(zh))
}

// until is a deadline as people say it: the end of a day, or a time.
func (ex *Explainer) until(d clock.Deadline) string {
	return i18n.Words{}.Due(ex.zone(), d, ex.b.clk.Elapsed())
}

func (ex *Explainer) typeList(p *rule.Pattern) errs.Text {
	if p.Any {
		return errs.T("any event", "任一事件")
	}
	return ex.names(p.Types)
}

func latenessText(v clock.Lateness) errs.Text {
	return errs.T(i18n.Words{Lang: errs.En}.Lateness(v), i18n.Words{Lang: errs.Zh}.Lateness(v))
}

func durationText(d clock.Duration) errs.Text {
	return errs.T(i18n.Words{Lang: errs.En}.Duration(d), i18n.Words{Lang: errs.Zh}.Duration(d))
}

// main is what happened, measured against what was asked.
func (ex *Explainer) main(e *Explanation) errs.Text {
	r := ex.b.r
	act := ex.named(e.Activation)
	switch e.Verdict {
	case Running:
		if e.HasDue {
			return pair(errs.Tf("%s: running, due by %s.", "%s：进行中，期限至 %s。", "\x00", ex.until(e.Deadline)), act)
		}
		return pair(errs.T("%s: running.", "%s：进行中。"), act)
	case NotEvaluable:
		return pair(errs.T("%s: can't be judged, because what it rests on is not recorded or its readings differ.", "%s：无法判定，所依据的信息未记录，或不同读法结论不一。"), act)
	case Moot:
		return pair(errs.T("%s: no longer asked, because of %s.", "%s：因%s而免除。"), act, ex.named(*e.Other))
	}
	switch r.Form {
	case rule.FollowedBy:
		return ex.mainFollowed(e, act)
	case rule.PrecededBy:
		return ex.mainPreceded(e, act)
	case rule.Hold:
		if e.Verdict == Met {
			return pair(errs.T("%s satisfies what is required of it.", "%s符合要求。"), act)
		}
		return pair(errs.T("%s does not satisfy: %s.", "%s不符合：%s。"), act, r.Hold.Words(r.Pack.Vocabulary))
	}
	n, most := event.FormatNumber(e.Number), event.FormatNumber(r.Window.AtMost)
	return pair(errs.Tf("\x00: the number in \x00 is %s; at most %s is allowed.", "\x00：\x00内为 %s，上限为 %s。", n, most), act, durationText(r.Window.In))
}

// pair puts texts into the places of a text: %s as it stands, or NUL where the
// text was formatted already. In Chinese a space parts the characters from what
// is written in Latin letters or figures.
func pair(t errs.Text, parts ...errs.Text) errs.Text {
	for _, p := range parts {
		t.En, t.Zh = fill(t.En, p.En, false), fill(t.Zh, p.Zh, true)
	}
	return t
}

func fill(s, with string, spaced bool) string {
	at, n := strings.IndexByte(s, 0), 1
	if at < 0 {
		if at, n = strings.Index(s, "%s"), 2; at < 0 {
			return s
		}
	}
	before, after := s[:at], s[at+n:]
	if spaced && with != "" {
		first, _ := utf8.DecodeRuneInString(with)
		last, _ := utf8.DecodeLastRuneInString(with)
		left, _ := utf8.DecodeLastRuneInString(before)
		right, _ := utf8.DecodeRuneInString(after)
		if latin(first) && unicode.Is(unicode.Han, left) {
			with = " " + with
		}
		if latin(last) && unicode.Is(unicode.Han, right) {
			with += " "
		}
	}
	return before + with + after
}

func latin(r rune) bool { return r < unicode.MaxASCII && r > ' ' }

func (ex *Explainer) mainFollowed(e *Explanation, act errs.Text) errs.Text {
	r, other := ex.b.r, ex.typeList(&ex.b.r.Other)
	due := errs.T("", "")
	if e.HasDue && r.Within != nil {
		due = errs.Tf(" by %s", "须于 %s 前", ex.until(e.Deadline))
	}
	switch {
	case e.Verdict == Met && r.Never && ex.narrow():
		return pair(errs.T("%s was not followed by %s as the rule forbids it.", "%s之后无本规则所禁止的%s。"), act, other)
	case e.Verdict == Met && r.Never:
		return pair(errs.T("%s was not followed by %s.", "%s之后无%s。"), act, other)
	case e.Verdict == Met:
		return pair(errs.T("%s was followed by %s in time.", "%s之后按期有%s。"), act, ex.named(*e.Other))
	case e.Verdict == MetLate && r.Within != nil:
		return pair(errs.T("%s required %s%s; it came on %s, %s late.", "%s之后%s%s；实际为%s，逾期%s。"),
			act, enZh(other.En, due.Zh), enZh(due.En, "有"+other.Zh), errs.T(ex.time(*e.Other), ex.time(*e.Other)), latenessText(e.Late))
	case e.Verdict == MetLate:
		return pair(errs.T("%s required %s before the end of the case; it came on %s, after it.", "%s之后须于结案前有%s；实际为%s，已在结案之后。"),
			act, other, errs.T(ex.time(*e.Other), ex.time(*e.Other)))
	case r.Never:
		return pair(errs.T("%s must not be followed by %s; it was, by %s.", "%s之后不得有%s；实际有%s。"), act, other, ex.named(*e.Other))
	case r.Immediately && e.Other != nil:
		return pair(errs.T("%s required %s as the very next event; the next was %s.", "%s之后紧接着须有%s；实际为%s。"), act, other, ex.named(*e.Other))
	}
	asOf := shortTime(ex.zone(), ex.res.AsOf)
	none := errs.Tf("\x00 required \x00\x00; there is no record of it as of %s.", "\x00之后\x00\x00；截至 %s 未见记录。", asOf)
	if r.Other.Where != nil {
		none = errs.Tf("\x00 required \x00\x00; there is no record of one that fits as of %s.", "\x00之后\x00\x00；截至 %s 未见符合的记录。", asOf)
	}
	return pair(none,
		act, enZh(other.En, orMust(due.Zh)), enZh(due.En, "有"+other.Zh))
}

func orMust(zh string) string {
	if zh == "" {
		return "须"
	}
	return zh
}

func enZh(en, zh string) errs.Text { return errs.Text{En: en, Zh: zh} }

func (ex *Explainer) mainPreceded(e *Explanation, act errs.Text) errs.Text {
	r, other := ex.b.r, ex.typeList(&ex.b.r.Other)
	switch {
	case e.Verdict == Met && r.Never && ex.narrow():
		return pair(errs.T("%s was not preceded by %s as the rule forbids it.", "%s之前无本规则所禁止的%s。"), act, other)
	case e.Verdict == Met && r.Never:
		return pair(errs.T("%s was not preceded by %s.", "%s之前无%s。"), act, other)
	case e.Verdict == Met:
		return pair(errs.T("%s was preceded by %s.", "%s之前有%s。"), act, ex.named(*e.Other))
	case r.Never:
		return pair(errs.T("%s must not be preceded by %s; it was, by %s.", "%s之前不得有%s；实际有%s。"), act, other, ex.named(*e.Other))
	}
	if e.HasLate {
		return pair(errs.Tf("\x00 was to follow \x00 within \x00, by %s; it came \x00 late.", "\x00须在\x00之后\x00内（不晚于 %s）；实际逾期\x00。", ex.until(e.Deadline)),
			act, ex.named(e.NearMiss.Event), durationText(r.Within.Within()), latenessText(e.Late))
	}
	head := pair(errs.T("%s required %s before it; there is no record of one that fits.", "%s之前须有%s；未见符合的记录。"), act, other)
	if e.NearMiss == nil {
		return head
	}
	return joinTexts(head, ex.nearMiss(e))
}

// narrow says that the rule means only some events of a type, by a condition,
// its time or its place: others may stand in the trace all the same.
func (ex *Explainer) narrow() bool {
	r := ex.b.r
	return r.Other.Where != nil || r.Within != nil || r.Immediately || r.Over != rule.Each
}

// nearMiss says what came closest.
func (ex *Explainer) nearMiss(e *Explanation) errs.Text {
	n, by := ex.named(e.NearMiss.Event), latenessText(e.NearMiss.By)
	switch {
	case e.Verdict == MetLate:
		return pair(errs.T("%s came %s too late.", "%s晚了%s。"), n, by)
	case e.NearMiss.By == (clock.Lateness{}):
		return pair(errs.T("%s did not fit the condition.", "%s不符合条件。"), n)
	case e.Verdict == Breached && ex.b.r.Never:
		return pair(errs.T("%s came %s too early to be allowed.", "%s早了%s，尚不允许。"), n, by)
	case e.HasLate:
		return pair(errs.T("%s came before, but had run out %s earlier.", "%s在前，但已逾期%s。"), n, by)
	}
	return pair(errs.T("%s came only %s after.", "%s在其后%s才有。"), n, by)
}

// sufficed says the least change that would have met the rule.
func (ex *Explainer) sufficed(e *Explanation) errs.Text {
	types := func() errs.Text { return ex.names(e.Sufficed.Types) }
	by := ""
	switch {
	case e.Sufficed.HasBy && ex.b.clk != nil && e.HasDue && e.Sufficed.By == e.Deadline.Due:
		by = ex.until(e.Deadline)
	case e.Sufficed.HasBy:
		by = shortTime(ex.zone(), e.Sufficed.By)
	}
	switch e.Sufficed.Kind {
	case EventInTime, EventEarlier:
		switch {
		case ex.b.r.Immediately:
			return pair(errs.T("It would have sufficed: %s as the next event.", "只需：紧接着有%s。"), types())
		case by != "":
			return pair(errs.Tf("It would have sufficed: \x00 by %s.", "只需：\x00不晚于 %s。", by), types())
		}
		return pair(errs.T("It would have sufficed: %s before the end of the case.", "只需：结案前有%s。"), types())
	case EventBefore:
		if ex.b.clk != nil {
			return pair(errs.Tf("It would have sufficed: \x00 before %s, not longer before it than \x00.", "只需：\x00先于 %s，且相距不超过\x00。", by), types(), durationText(ex.b.clk.Within()))
		}
		return pair(errs.Tf("It would have sufficed: \x00 before %s.", "只需：\x00先于 %s。", by), types())
	case EventNot:
		if by != "" {
			return pair(errs.Tf("It would have sufficed: \x00 only after %s.", "只需：\x00晚于 %s。", by), types())
		}
		return pair(errs.T("It would have sufficed: no %s there.", "只需：此处无%s。"), types())
	case OtherValue:
		return pair(errs.T("It would have sufficed: %s.", "只需：%s。"), ex.b.r.Hold.Words(ex.b.r.Pack.Vocabulary))
	case FewerInWindow:
		return errs.Tf("It would have sufficed: %s fewer.", "只需：减少 %s。", event.FormatNumber(e.Sufficed.Fewer))
	}
	return errs.Text{}
}

// ShownIn is the zone in which times of a rule are told: its pack's, by whose days
// the law counts. A pack of no place is told in the log's own, save where its days
// make the deadline.
func ShownIn(r *rule.Rule, l *event.Log) *clock.Zone {
	if own := r.Pack.Log.Zone; own != nil && (r.Pack.Jurisdiction != "" || r.Within != nil && !r.Within.Elapsed()) {
		return own
	}
	return l.Zone
}

func (ex *Explainer) zone() *clock.Zone { return ShownIn(ex.b.r, ex.res.Log) }
