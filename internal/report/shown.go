package report

import (
	"html/template"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// Shown is one violation as a page shows it, in one language.
type Shown struct {
	Sentence string // what went wrong
	NearMiss string // what came nearest to it, "" where nothing did
	Sufficed string // the least that would have sufficed, "" where none is known
	Verdict  string // in words
	Due      string // when it ran out, "" where there is no deadline
	Slip     []Line // how it was computed
	Lane     template.HTML
	Lens     template.HTML // the duty on a scale of its own; "" where that shows nothing
	Zone     *clock.Zone   // in which all this is told
}

// Line is one line of a computation: what, why, value. Class is "eq" for the
// line that the sum stands under, "bad" for what crossed it.
type Line slipRow

// Shown shows the i-th judgement of a rule, which must be a violation.
func (d *Doc) Shown(rr *monitor.RuleResult, i int, lang errs.Lang) Shown {
	v := &view{w: i18n.Words{Lang: lang}, d: d}
	e := example{rr: rr, i: i, why: "example.middle"}
	x := v.example(e, d.traces([]example{e}))
	out := Shown{Sentence: x.Sentence, NearMiss: x.NearMiss, Sufficed: x.Sufficed, Verdict: x.Word, Due: x.Due, Lane: x.Lane, Lens: x.Lens, Zone: zoneOf(rr.Rule, d.Result)}
	for _, row := range x.Slip {
		out.Slip = append(out.Slip, Line(row))
	}
	return out
}

// RuleWords is what a page says of a rule beside its law: what it demands, made
// from the rule itself, how its clock runs, and why it is that grave ("" where
// the pack doesn't say).
func RuleWords(w i18n.Words, r *rule.Rule) (demand string, clock []string, grave string) {
	return plain(w, r), clockNotes(w, r), reason(w, r)
}
