package report

import (
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// slipRow is one line of a computation: what, why, value. Class is "eq" for
// the line that the sum stands under, "bad" for what crossed it.
type slipRow struct{ Label, Why, Value, Class string }

// noValue stands where a line has no value.
const noValue = "—"

// slip is how a verdict was computed, as a bill: start, limit, pauses,
// extensions, roll, due; what happened, and by how much it missed. Steps that
// don't apply stand there as "none" and say why.
func slip(w i18n.Words, d *Doc, ex *monitor.Explanation) []slipRow {
	s := &slipper{w: w, d: d, ex: ex, r: ex.Rule, z: zoneOf(ex.Rule, d.Result)}
	switch {
	case s.r.Form == rule.Count:
		s.count()
	case s.r.Form == rule.Hold:
		s.hold()
	case ex.HasDue && len(ex.Steps) > 0:
		s.deadline()
	default:
		s.order()
	}
	return s.rows
}

type slipper struct {
	w    i18n.Words
	d    *Doc
	ex   *monitor.Explanation
	r    *rule.Rule
	z    *clock.Zone
	rows []slipRow
}

func (s *slipper) add(label, why, value, class string) {
	if value == "" {
		value = noValue
	}
	s.rows = append(s.rows, slipRow{s.w.T("slip." + label), why, value, class})
}

func (s *slipper) event(e *monitor.Event) string { return s.w.At(s.z, e.Time, e.OnDay) }

// deadline is the slip of a rule with a clock.
func (s *slipper) deadline() {
	paused, extended, told := false, false, false
	for _, st := range s.ex.Steps {
		paused = paused || st.Kind == clock.StepPause
		extended = extended || st.Kind == clock.StepExtendTo || st.Kind == clock.StepExtendAdd || st.Kind == clock.StepNoEffect
		if !told && (st.Kind == clock.StepRoll || st.Kind == clock.StepDue) {
			s.none(paused, extended, st.Kind == clock.StepRoll)
			told = true
		}
		s.step(st)
	}
	for i := range s.ex.TooLate {
		s.add("too_late", s.name(s.ex.TooLate[i].Type), s.event(&s.ex.TooLate[i]), "")
	}
	s.happened()
	if s.ex.HasLate {
		s.add("late_by", "", s.w.Lateness(s.ex.Late), "bad")
	}
}

// step is the line of one step.
func (s *slipper) step(st clock.Step) {
	w := s.w
	reached := func() string {
		if s.r.Within.Elapsed() {
			return "→ " + w.Time(s.z, st.Due)
		}
		return "→ " + w.Day(st.Day)
	}
	switch st.Kind {
	case clock.StepStart:
		s.add("start", s.startWhy(), w.Time(s.z, st.From), "")
	case clock.StepWholeHours:
		s.add("start_hour", w.T("slip.not_counted"), "→ "+w.Time(s.z, st.To), "")
	case clock.StepExcluded:
		s.add("start_day", w.T("slip.not_counted"), w.Day(st.Day), "")
	case clock.StepIncluded:
		s.add("start_day", w.T("slip.counted_in"), w.Day(st.Day), "")
	case clock.StepLimit:
		s.add("limit", s.limitWhy(st), reached(), "")
	case clock.StepClamped:
		s.add("month_end", w.T("slip.clamped"), w.Day(st.Day), "")
	case clock.StepLastToLast:
		s.add("month_end", w.T("slip.last_to_last"), w.Day(st.Day), "")
	case clock.StepPause:
		s.add("pause", s.pauseWhy(st), reached(), "")
	case clock.StepExtendTo:
		s.add("extension", w.T("slip.extend_to", s.limitWhy(st)), reached(), "")
	case clock.StepExtendAdd:
		s.add("extension", w.T("slip.extend_add", w.Duration(st.D)), reached(), "")
	case clock.StepNoEffect:
		s.add("extension", w.T("slip.no_effect", w.Duration(st.D)), "—", "")
	case clock.StepRoll:
		s.add("roll", w.T("slip.rolled", s.days(st), st.Calendar.Name()), "→ "+w.Day(st.Day), "")
	case clock.StepProvisional:
		s.add("calendar", w.T("slip.provisional", st.Calendar.Name(), w.Day(st.First), w.Day(st.Last)), "", "")
	case clock.StepDue:
		label := "due"
		if s.r.Never {
			label = "until"
		}
		s.add(label, "", w.Due(s.z, s.ex.Deadline, s.r.Within.Elapsed()), "eq")
	}
}

// none adds the steps that the law or the case doesn't have.
func (s *slipper) none(paused, extended, rolled bool) {
	if !paused {
		s.add("pause", s.w.T(either(s.r.Paused == nil, "slip.no_pause_rule", "slip.no_pause")), "", "")
	}
	if !extended {
		s.add("extension", s.w.T(either(len(s.r.Extended) == 0, "slip.no_extension_rule", "slip.no_extension")), "", "")
	}
	if !rolled && !s.r.Within.Elapsed() {
		s.add("roll", s.w.T("slip.no_roll"), "", "")
	}
}

func either(cond bool, a, b string) string {
	if cond {
		return a
	}
	return b
}

// name is what an event type is called.
func (s *slipper) name(typ string) string {
	return brief(s.r.Pack.Vocabulary.Event(typ).In(s.w.Lang))
}

// named lists event types as they are called.
func named(w i18n.Words, r *rule.Rule, types []string) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = r.Pack.Vocabulary.Event(t).In(w.Lang)
	}
	return w.List(names)
}

// startWhy names what the clock starts at.
func (s *slipper) startWhy() string {
	if s.r.From != nil {
		return s.w.T("slip.from", s.r.From.String())
	}
	switch {
	case s.r.Form != rule.PrecededBy:
		return s.name(s.ex.Activation.Type)
	case s.ex.Other != nil:
		return s.name(s.ex.Other.Type)
	case s.ex.NearMiss != nil:
		return s.name(s.ex.NearMiss.Event.Type)
	}
	return named(s.w, s.r, s.r.Other.Types)
}

func (s *slipper) limitWhy(st clock.Step) string {
	text := s.w.Duration(st.D)
	if st.D.Unit == clock.UnitWorkingDay && st.Count > 0 {
		text += s.w.N("slip.days_off", int(st.Count), st.Calendar.Name())
	}
	return text
}

func (s *slipper) pauseWhy(st clock.Step) string {
	w := s.w
	length := w.Span(st.Count)
	switch st.Unit {
	case clock.UnitDay:
		length = w.N("unit.day", int(st.Count))
	case clock.UnitWorkingDay:
		length = w.N("unit.working_day", int(st.Count))
	}
	text := w.T("slip.paused", w.Time(s.z, st.From), w.Time(s.z, st.To), length)
	if st.Bounded {
		text += w.T("slip.bounded", w.Duration(st.D))
	}
	return text
}

// days lists days off; beyond three it says how many there are.
func (s *slipper) days(st clock.Step) string {
	var names []string
	for _, d := range st.DaysOff {
		names = append(names, s.w.Day(d))
	}
	if len(names) > 3 {
		return s.w.N("slip.days_from_to", int(st.Count), names[0], s.w.Day(st.Day-1))
	}
	return strings.Join(names, s.w.T("list.comma"))
}

// happened is the line of the event that decided, or of its absence.
func (s *slipper) happened() {
	switch {
	case s.r.Form == rule.PrecededBy && s.ex.HasDue:
		s.add("act", s.name(s.ex.Activation.Type), s.event(&s.ex.Activation), "")
	case s.ex.Other != nil:
		s.add("happened", s.name(s.ex.Other.Type), s.event(s.ex.Other), badIf(s.r.Never && s.ex.Verdict == monitor.Breached))
	case s.ex.Verdict == monitor.Breached:
		s.add("happened", s.w.T("slip.no_record", s.w.Time(s.z, s.d.Result.W)), "", "bad")
	}
}

func badIf(cond bool) string {
	if cond {
		return "bad"
	}
	return ""
}

// order is the slip of a rule about order alone, without a clock: the act, what
// the rule asks for or forbids, what was found.
func (s *slipper) order() {
	s.add("act", s.name(s.ex.Activation.Type), s.event(&s.ex.Activation), "")
	types := named(s.w, s.r, s.r.Other.Types)
	if s.r.Other.Any {
		types = s.w.T("plain.any")
	}
	label := map[bool]map[bool]string{
		true:  {true: "barred_before", false: "needed_before"},
		false: {true: "barred_after", false: "needed_after"},
	}[s.r.Form == rule.PrecededBy][s.r.Never]
	s.add(label, types, "", "")
	s.due()
	bad := badIf(s.ex.Verdict == monitor.Breached)
	switch {
	case s.ex.Other != nil:
		s.add("found", s.name(s.ex.Other.Type), s.event(s.ex.Other), bad)
	default:
		s.add("found", s.w.T("slip.nothing"), "", bad)
	}
	if n := s.ex.NearMiss; n != nil {
		s.add("near_miss", s.name(n.Event.Type), s.event(&n.Event), "")
	}
	if s.ex.HasLate {
		s.add("late_by", "", s.w.Lateness(s.ex.Late), "bad")
	}
}

// due is the deadline of a duty without `within`: the end of the case.
func (s *slipper) due() {
	if s.r.Form != rule.FollowedBy || s.r.Never || !s.r.Closable() {
		return
	}
	at := ""
	if s.ex.Sufficed.HasBy {
		at = s.w.Time(s.z, s.ex.Sufficed.By)
	}
	s.add("due", s.w.T("slip.case_end"), at, "eq")
}

// hold is the slip of a condition on the act itself.
func (s *slipper) hold() {
	s.add("act", s.name(s.ex.Activation.Type), s.event(&s.ex.Activation), "")
	s.add("condition", s.r.Hold.Words(s.r.Pack.Vocabulary).In(s.w.Lang), "", "")
	word := "slip.not_satisfied"
	switch s.ex.Verdict {
	case monitor.Met:
		word = "slip.satisfied"
	case monitor.NotEvaluable:
		word = "slip.unknown"
	}
	s.add("result", strings.Join(s.ex.Missing, s.w.T("list.comma")), s.w.T(word), badIf(s.ex.Verdict == monitor.Breached))
}

// count is the slip of a number in a window.
func (s *slipper) count() {
	win := s.r.Window
	s.add("act", s.name(s.ex.Activation.Type), s.event(&s.ex.Activation), "")
	s.add("window", s.w.T("slip.window_back"), s.w.Duration(win.In), "")
	s.add("at_most", "", s.w.Number(win.AtMost), "eq")
	s.add("counted", "", s.w.Number(s.ex.Number), "")
	if s.ex.Number > win.AtMost {
		s.add("over_by", "", s.w.Number(s.ex.Number-win.AtMost), "bad")
	}
}
