package report

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// exampleView is one explained violation.
type exampleView struct {
	Key, Word, Due, Mark, Class string
	Why                         string
	said
	Slip       []slipRow
	Lane, Lens template.HTML
	ID         string
}

func (v *view) example(e example, tr traces) exampleView {
	w := v.w
	ex := v.d.Explain(e.rr, e.i)
	mark, class := markOf(ex.Verdict)
	out := exampleView{Key: keyWords(w, ex.Key), Word: verdictWord(w, v.d.Result, ex), Due: dueWords(w, v.d.Result, ex), Mark: mark, Class: class, Why: w.T(e.why),
		said: saidOf(ex, w.Lang), Slip: slip(w, v.d, ex), ID: breachID(e.rr, ex, v.d.eventID(ex.Activation.Row))}
	out.Lane = v.lane(ex, tr)
	out.Lens = v.lens(ex)
	return out
}

// traces are the events of the objects that examples are about, in order.
type traces map[event.ObjectID][]uint32

// traces collects them in one pass over the log.
func (d *Doc) traces(list []example) traces {
	l := d.Result.Log
	out := traces{}
	for _, e := range list {
		var buf [1]event.Link
		for _, k := range l.Links(e.rr.Judgements[e.i].Row, &buf) {
			out[k.Object] = nil
		}
	}
	if len(out) == 0 {
		return out
	}
	for row := range uint32(l.Rows()) {
		if l.Dead.Has(row) || l.Time[row] > d.Result.AsOf {
			continue
		}
		var buf [1]event.Link
		for _, k := range l.Links(row, &buf) {
			if _, ok := out[k.Object]; ok {
				out[k.Object] = append(out[k.Object], row)
			}
		}
	}
	for _, rows := range out {
		slices.SortFunc(rows, func(a, b uint32) int {
			if l.Before(a, b) {
				return -1
			}
			return 1
		})
	}
	return out
}

// mostInLane is how many events a lane shows, those nearest to the activation.
const mostInLane = 40

// lane draws the trace of an example with its duty.
func (v *view) lane(ex *monitor.Explanation, tr traces) template.HTML {
	l, w, z := v.d.Result.Log, v.w, zoneOf(ex.Rule, v.d.Result)
	rows := v.laneRows(ex, tr)
	lane := chart.Lane{Name: w.T("chart.lane", keyWords(w, ex.Key))}
	from, to := l.Time[ex.Activation.Row], l.Time[ex.Activation.Row]
	for _, row := range rows {
		p := chart.Point{At: int64(l.Time[row]), Label: brief(ex.Rule.Pack.Vocabulary.Event(l.Types.Name(uint32(l.Type[row]))).In(w.Lang))}
		switch {
		case row == ex.Activation.Row && ex.Rule.Form != rule.FollowedBy:
			p.Mark, p.Class = markOf(ex.Verdict)
		case row == ex.Activation.Row:
			p.Mark, p.Class = "dot", "q"
		case ex.Other != nil && row == ex.Other.Row && ex.Rule.Form == rule.FollowedBy:
			p.Mark, p.Class = markOf(ex.Verdict)
		}
		lane.Events = append(lane.Events, p)
		from, to = min(from, l.Time[row]), max(to, l.Time[row])
	}
	if duty, ok := Bar(ex, v.d.Result.AsOf); ok {
		lane.Duty = duty
		from, to = min(from, clock.Instant(duty.Start)), max(to, clock.Instant(duty.Due))
		if !duty.HasDone { // show that it goes on, not for how many years
			to = max(to, min(v.d.Result.AsOf, clock.Instant(duty.Due)+(clock.Instant(duty.Due)-from)*6/10))
		}
	}
	if as := v.d.Result.AsOf; as <= to+(to-from)/2 {
		to, lane.Plumb, lane.HasPlumb = max(to, as), int64(as), true
	}
	margin := max(int64(to-from)*3/100, 60_000_000)
	lane.From, lane.To = int64(from)-margin, int64(to)+margin
	lane.Ticks = Ticks(z, lane.From, lane.To)
	return lane.Draw()
}

// laneRows are the events that a lane shows: the trace where the key is one
// object, else those that the explanation names.
func (v *view) laneRows(ex *monitor.Explanation, tr traces) []uint32 {
	l := v.d.Result.Log
	if len(ex.Key) == 1 {
		if rows := tr[l.Objects.Find(ex.Key[0].Kind, ex.Key[0].ID)]; len(rows) > 0 {
			return nearest(rows, ex.Activation.Row)
		}
	}
	rows := []uint32{ex.Activation.Row}
	if ex.Other != nil {
		rows = append(rows, ex.Other.Row)
	}
	if ex.NearMiss != nil {
		rows = append(rows, ex.NearMiss.Event.Row)
	}
	for _, e := range ex.Window {
		rows = append(rows, e.Row)
	}
	slices.SortFunc(rows, func(a, b uint32) int { return cmp.Or(cmp.Compare(l.Time[a], l.Time[b]), cmp.Compare(a, b)) })
	return nearest(slices.Compact(rows), ex.Activation.Row)
}

func nearest(rows []uint32, to uint32) []uint32 {
	if len(rows) <= mostInLane {
		return rows
	}
	at := max(0, slices.Index(rows, to))
	from := min(max(0, at-mostInLane/2), len(rows)-mostInLane)
	return rows[from : from+mostInLane]
}

// Bar is the time that the law gave, as of an instant, and what became of it; ok is
// false for rules without a clock.
func Bar(ex *monitor.Explanation, asOf clock.Instant) (*chart.Duty, bool) {
	if !ex.HasDue || len(ex.Steps) == 0 || ex.Rule.Within == nil {
		return nil, false
	}
	u := &chart.Duty{Start: int64(ex.Steps[0].From), Due: int64(ex.Deadline.Due), Until: int64(asOf), Crossed: ex.Verdict.Violated()}
	moved := false
	for _, s := range ex.Steps {
		switch s.Kind {
		case clock.StepPause:
			u.Pauses = append(u.Pauses, [2]int64{int64(s.From), int64(s.To)})
			moved = true
		case clock.StepExtendAdd, clock.StepExtendTo, clock.StepRoll:
			moved = true
		}
	}
	if moved {
		if first := ex.Rule.Within.Due(clock.Instant(u.Start)).Due; int64(first) < u.Due {
			u.Extended = int64(first)
		}
	}
	switch {
	case ex.Rule.Form == rule.PrecededBy:
		u.Done, u.HasDone = int64(ex.Activation.Time), true
	case ex.Other != nil && !ex.Rule.Never:
		u.Done, u.HasDone = int64(ex.Other.Time), true
	case ex.Rule.Never: // time in which the act was barred: nothing to be late for
		u.Until, u.Crossed = u.Start, false
	}
	return u, true
}

// lens is the duty of something met late on its own scale.
func (v *view) lens(ex *monitor.Explanation) template.HTML {
	if ex.Verdict != monitor.MetLate || !ex.HasLate || !ex.HasDue || len(ex.Steps) == 0 || ex.Rule.Within == nil {
		return ""
	}
	w, z := v.w, zoneOf(ex.Rule, v.d.Result)
	start := ex.Steps[0].From
	lens := chart.Lens{Zero: w.Day(z.Date(start)), DueText: w.Due(z, ex.Deadline, ex.Rule.Within.Elapsed()), DoneText: w.T("chart.late_by", w.Lateness(ex.Late))}
	if ex.Rule.Within.Elapsed() {
		lens.Due, lens.Done = float64(ex.Deadline.Due-start), float64(ex.Deadline.Due-start)+float64(ex.Late.Micros)
	} else {
		lens.Due = float64(ex.Deadline.LastDay-z.Date(start)) + 1
		lens.Done = lens.Due + float64(ex.Late.Days)
	}
	lens.Name = w.T("chart.lens", limitText(w, ex.Rule.Within), w.Lateness(ex.Late))
	return lens.Draw()
}

// Ticks are round dates or hours between two times, at most seven.
func Ticks(z *clock.Zone, from, to int64) []chart.Tick {
	const hour = int64(3600_000_000)
	span := to - from
	var out []chart.Tick
	for _, s := range []int64{1, 3, 6, 12} { // hours
		if span/(s*hour) > 6 {
			continue
		}
		at := z.First(z.Date(clock.Instant(from)))
		for t := int64(at); t <= to; t += s * hour {
			if t >= from {
				out = append(out, chart.Tick{At: t, Label: local(z, clock.Instant(t)).Format("01-02 15:04")})
			}
		}
		return out
	}
	first, last := z.Date(clock.Instant(from)), z.Date(clock.Instant(to))
	for _, s := range []clock.Day{1, 2, 5, 10} {
		if (last-first)/s > 6 {
			continue
		}
		for d := first + 1; d <= last; d += s {
			out = append(out, chart.Tick{At: int64(z.First(d)), Label: d.String()[5:]})
		}
		return out
	}
	y, m, _ := first.Date()
	for _, s := range []int{1, 2, 3, 6, 12, 24, 60, 120} {
		if int(last-first)/(s*30) > 6 {
			continue
		}
		for at := (y*12 + int(m) - 1) / s * s; ; at += s {
			d := clock.NewDay(at/12, time.Month(at%12+1), 1)
			label := d.String()[:4]
			if s < 12 {
				label = d.String()[:7]
			}
			if d > last {
				return out
			}
			if d >= first {
				out = append(out, chart.Tick{At: int64(z.First(d)), Label: label})
			}
		}
	}
	return out
}
