package monitor

import (
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Explainer says why activations of one rule were judged as they were. It
// folds the trace once more through the engine's own step and looks at what
// the step saw, so that an explanation can't differ from its verdict.
type Explainer struct {
	res *Result
	rr  *RuleResult
	x   *runner
	b   *bound
}

// NewExplainer prepares to explain a rule's judgements. The result must have
// kept judgements.
func NewExplainer(res *Result, rr *RuleResult) *Explainer {
	b := bind(res.Log, rr.Rule, 0)
	x := newRunner(res.Log, rr.keyer, []*bound{b})
	x.asOf, x.w, x.complete = res.AsOf, res.W, res.Complete
	x.rowKeys = rr.groups.keysOf
	x.emitTo = func(*bound, *judged) {}
	x.unknownTo = func(*bound, uint32) {}
	x.episodeTo = func(*bound, Episode) {}
	return &Explainer{res: res, rr: rr, x: x, b: b}
}

// Trace is the events of a judgement's trace that concern any rule judged
// with it, in order.
func (rr *RuleResult) Trace(l *event.Log, j *Judgement) []uint32 {
	i, ok := slices.BinarySearch(rr.groups.key, uint32(j.Key))
	if !ok {
		i = slices.Index(rr.groups.key, uint32(j.Key)) // clusters aren't sorted
	}
	recs := rr.groups.trace(l, i)
	rows := make([]uint32, len(recs))
	for i, r := range recs {
		rows[i] = r.row
	}
	return rows
}

// Explain says why an activation was judged as it was.
func (ex *Explainer) Explain(j *Judgement) *Explanation {
	e := &Explanation{Rule: ex.rr.Rule, Key: ex.rr.KeyOf(j), Verdict: j.Verdict, Activation: ex.event(j.Row),
		HasDue: j.HasDue, Deadline: j.Due, Number: j.Number}
	if j.By >= 0 {
		o := ex.event(uint32(j.By))
		e.Other = &o
	}
	rows := ex.rr.Trace(ex.res.Log, j)
	ex.x.objects[0] = ex.x.keyer.object(uint32(j.Key), ex.b.casePart)
	switch ex.b.r.Form {
	case rule.FollowedBy:
		ex.followed(e, j, rows)
	case rule.PrecededBy:
		ex.preceded(e, j, rows)
	case rule.Hold:
		if j.Verdict == Breached {
			e.Sufficed = Sufficed{Kind: OtherValue}
		}
	case rule.Count:
		ex.counted(e, j, rows)
	}
	if e.Verdict == NotEvaluable {
		e.Missing = ex.missing(j)
	}
	ex.say(e)
	return e
}

// missing are the fields that the rule's conditions and clock read and that
// neither the activating event nor the one that decided has.
func (ex *Explainer) missing(j *Judgement) []string {
	l, r := ex.res.Log, ex.b.r
	absent := func(has func(row uint32) bool) bool {
		return !has(j.Row) && (j.By < 0 || !has(uint32(j.By)))
	}
	var out []string
	for _, a := range r.Attributes() {
		c := l.Attr(a.Name)
		if !a.Object && !slices.Contains(out, a.Name) && absent(func(row uint32) bool {
			if c == nil {
				return false
			}
			_, k := c.Get(row)
			return k != event.Absent
		}) {
			out = append(out, a.Name)
		}
	}
	text := ""
	conditions := []*rule.Cond{r.When.Where, r.Other.Where, r.Hold}
	if r.Unless != nil {
		conditions = append(conditions, r.Unless.Where)
	}
	for _, c := range conditions {
		if c != nil {
			text += c.String() + " "
		}
	}
	if r.From != nil {
		text += r.From.String()
	}
	if strings.Contains(text, ".actor") && absent(func(row uint32) bool { return l.Actor != nil && l.Actor[row] != 0 }) {
		out = append(out, "actor")
	}
	if strings.Contains(text, ".unit") && absent(func(row uint32) bool { return l.Unit != nil && l.Unit[row] != 0 }) {
		out = append(out, "unit")
	}
	if strings.Contains(text, ".recorded") && absent(func(row uint32) bool { return l.Recorded != nil && l.Recorded[row] != event.NoTime }) {
		out = append(out, "recorded")
	}
	return out
}

func (ex *Explainer) event(row uint32) Event {
	l := ex.res.Log
	v := l.Event(row)
	return Event{Row: row, ID: l.GivenID(row), Type: v.Type, Time: v.Time.At, OnDay: v.Time.Kind == event.Day,
		Actor: v.Actor.Value, Unit: v.Unit.Value}
}

// --- followed_by -----------------------------------------------------------

func (ex *Explainer) followed(e *Explanation, j *Judgement, rows []uint32) {
	b, l := ex.b, ex.res.Log
	if b.clk != nil {
		ex.replay(e, j, rows)
	}
	if e.Verdict == MetLate && b.clk != nil {
		e.HasLate, e.Late = true, b.clk.Lateness(e.Deadline, l.Time[j.By])
	}
	at := slices.Index(rows, j.Row)
	if e.Verdict == MetLate && b.clk == nil { // after the end of the case
		if i := ex.closing(rows[at+1:]); i >= 0 {
			days := int(b.zone.Date(l.Time[j.By]) - b.zone.Date(l.Time[rows[at+1+i]]))
			e.HasLate, e.Late = true, clock.Lateness{Days: max(1, days)}
		}
	}
	switch {
	case e.Verdict == MetLate:
		e.NearMiss = &NearMiss{Event: *e.Other, By: e.Late}
		e.Sufficed = Sufficed{Kind: EventEarlier, Types: typesOf(&b.r.Other), Change: e.Late, By: e.Deadline.Due, HasBy: e.HasDue}
	case e.Verdict == Breached && b.r.Never:
		e.Sufficed = Sufficed{Kind: EventNot, Types: []string{e.Other.Type}, By: e.Deadline.Due, HasBy: e.HasDue}
		if b.clk != nil {
			e.NearMiss = ex.margin(e)
		}
	case e.Verdict == Breached:
		e.Sufficed = Sufficed{Kind: EventInTime, Types: typesOf(&b.r.Other), By: e.Deadline.Due, HasBy: e.HasDue}
		if at >= 0 {
			e.NearMiss = ex.unfit(rows[at+1:], j.Row)
		}
	}
}

// replay folds the trace again up to the judgement and takes the clock as it
// stood then: its steps, and what came too late to count.
func (ex *Explainer) replay(e *Explanation, j *Judgement, rows []uint32) {
	x, b, l := ex.x, ex.b, ex.res.Log
	var late []uint32
	done := false
	x.emitTo = func(_ *bound, got *judged) { done = done || got.row == j.Row }
	x.shown = nil
	x.showRow = j.Row
	x.begin(uint32(j.Key))
	for _, row := range rows {
		if row == j.Row {
			x.late = &late
		}
		x.event(row, l.Time[row], l.Type[row])
		if done {
			break
		}
	}
	if !done {
		x.end()
	}
	x.late, x.emitTo = nil, func(*bound, *judged) {}
	run := x.shown
	if run == nil {
		start := l.Time[j.Row]
		if b.from != nil {
			start, _ = b.from(j.Row, false)
		}
		r := b.clk.Start(start)
		run = &r
	}
	e.Steps = run.Steps()
	for _, row := range late {
		e.TooLate = append(e.TooLate, ex.event(row))
	}
}

// closing is the index of the first event that ends the case, −1 if none does.
func (ex *Explainer) closing(rows []uint32) int {
	return slices.IndexFunc(rows, func(r uint32) bool { return ex.x.maskOf(ex.b, r)&roleCloses != 0 })
}

// margin is by how much an event that should not have come in time missed
// being allowed.
func (ex *Explainer) margin(e *Explanation) *NearMiss {
	if !e.HasDue {
		return nil
	}
	late := clock.Lateness{Micros: int64(e.Deadline.Due - e.Other.Time)}
	if !ex.b.clk.Elapsed() {
		late = clock.Lateness{Days: int(e.Deadline.LastDay-ex.b.zone.Date(e.Other.Time)) + 1}
	}
	return &NearMiss{Event: *e.Other, By: late}
}

// unfit is the first event of the right type after the activation that did not
// fit its condition.
func (ex *Explainer) unfit(rows []uint32, when uint32) *NearMiss {
	for _, row := range rows {
		if ex.x.maskOf(ex.b, row)&roleOther != 0 && ex.b.other.eval(row, when, ex.x.objects[0]) != clock.Yes {
			return &NearMiss{Event: ex.event(row)}
		}
	}
	return nil
}

// --- preceded_by -----------------------------------------------------------

func (ex *Explainer) preceded(e *Explanation, j *Judgement, rows []uint32) {
	b, l := ex.b, ex.res.Log
	if b.clk != nil && e.Other != nil {
		e.Steps = b.clk.Start(e.Other.Time).Steps()
	}
	if e.Verdict != Breached {
		return
	}
	if b.r.Never {
		e.Sufficed = Sufficed{Kind: EventNot, Types: []string{e.Other.Type}}
		if b.clk != nil && e.HasDue { // a minimum notice: the act only once it has run
			e.Sufficed.Types = []string{e.Activation.Type}
			e.Sufficed.By, e.Sufficed.HasBy = e.Deadline.Due, true
		}
		return
	}
	e.Sufficed = Sufficed{Kind: EventBefore, Types: typesOf(&b.r.Other), By: e.Activation.Time, HasBy: true}
	at := slices.Index(rows, j.Row)
	for i := at - 1; i >= 0 && b.clk != nil; i-- { // one that came before, but too long before
		row := rows[i]
		if ex.x.maskOf(b, row)&roleOther == 0 || b.other.eval(row, j.Row, ex.x.objects[0]) != clock.Yes {
			continue
		}
		run := b.clk.Start(l.Time[row])
		e.HasDue, e.Deadline, e.Steps = true, run.Deadline(), run.Steps()
		e.HasLate, e.Late = true, b.clk.Lateness(e.Deadline, e.Activation.Time)
		e.NearMiss = &NearMiss{Event: ex.event(row), By: e.Late}
		e.Sufficed = Sufficed{Kind: EventEarlier, Types: []string{e.Activation.Type}, Change: e.Late, By: e.Deadline.Due, HasBy: true}
		return
	}
	for _, row := range rows[at+1:] { // or one that came only afterwards
		if ex.x.maskOf(b, row)&roleOther != 0 && b.other.eval(row, j.Row, ex.x.objects[0]) == clock.Yes {
			e.NearMiss = &NearMiss{Event: ex.event(row), By: clock.Lateness{Micros: int64(l.Time[row] - e.Activation.Time)}}
			return
		}
	}
	e.NearMiss = ex.unfit(rows[:max(at, 0)], j.Row)
}

// --- count -----------------------------------------------------------------

func (ex *Explainer) counted(e *Explanation, j *Judgement, rows []uint32) {
	b, l := ex.b, ex.res.Log
	last := b.win.position(b, l.Time[j.Row])
	for _, row := range rows {
		in := b.win.position(b, l.Time[row]) >= last-b.win.span
		if in && ex.x.maskOf(b, row)&roleWhen != 0 && b.whenHolds(ex.x, row, l.Time[row]) == clock.Yes {
			e.Window = append(e.Window, ex.event(row))
		}
		if row == j.Row {
			break
		}
	}
	if e.Verdict == Breached {
		e.Sufficed = Sufficed{Kind: FewerInWindow, Fewer: e.Number - b.win.atMost}
	}
}

func typesOf(p *rule.Pattern) []string {
	if p.Any {
		return []string{"any"}
	}
	return p.Types
}
