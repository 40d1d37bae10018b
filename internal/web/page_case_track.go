package web

import (
	"time"

	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// track is the stretch of time that a case's rows share.
func (v *view) track(c *service.Course, zoom string) chart.Track {
	var from, to clock.Instant
	see := func(t clock.Instant) {
		if from == 0 || t < from {
			from = t
		}
		to = max(to, t)
	}
	for i := range c.Events {
		see(c.Events[i].Time.At)
	}
	first, last := from, to
	for i := range c.Duties {
		if d := &c.Duties[i]; zoom == "trouble" && d.Why != nil {
			first, last = span(first == from && last == to, first, last, d)
		}
	}
	switch {
	case zoom == "week":
		from, to = min(c.AsOf, last)-clock.Instant(7*day), min(c.AsOf, last)+clock.Instant(day)
	case zoom == "trouble" && (first != from || last != to):
		from, to = first-clock.Instant(12*hour), last+clock.Instant(12*hour)
	default:
		reach := to + (to-from)/4 + clock.Instant(2*day)
		for i := range c.Duties {
			switch d := &c.Duties[i]; {
			case d.Why != nil && d.Due != 0: // show that it goes on
				to = max(to, min(c.AsOf, d.Due+(reach-to)/2, reach))
			case d.Due != 0:
				to = max(to, min(d.Due, reach))
			}
		}
		if c.AsOf <= reach {
			to = max(to, c.AsOf)
		}
	}
	margin := max(int64(to-from)*3/100, int64(hour))
	t := chart.Track{From: int64(from) - margin, To: int64(to) + margin, Plumb: int64(c.AsOf)}
	t.HasPlumb = t.Plumb >= t.From && t.Plumb <= t.To
	t.Weekends = v.weekends(t.From, t.To)
	return t
}

// span widens a stretch to a violation, or begins one.
func span(begin bool, first, last clock.Instant, d *service.Duty) (clock.Instant, clock.Instant) {
	from, to := d.Time, max(d.Time, d.Due, d.OtherAt)
	if d.OtherAt != 0 {
		from = min(from, d.OtherAt)
	}
	if begin {
		return from, to
	}
	return min(first, from), max(last, to)
}

// weekends are those of a stretch of time, where it is short enough to see them.
func (v *view) weekends(from, to int64) (out [][2]int64) {
	if to-from > 100*day {
		return nil
	}
	z := v.p.Zone
	for d := z.Date(clock.Instant(from)); z.First(d) < clock.Instant(to); d++ {
		if wd := time.Unix(0, int64(z.First(d))*1000).In(z.Location()).Weekday(); wd == time.Saturday || wd == time.Sunday {
			out = append(out, [2]int64{int64(z.First(d)), int64(z.First(d + 1))})
		}
	}
	return out
}

// points are the events of a case as dots; those that decided a violation have its
// mark.
func (v *view) points(c *service.Course) []chart.Point {
	marked := map[string][2]string{}
	for i := range c.Duties {
		d := &c.Duties[i]
		if d.Why == nil {
			continue
		}
		mark, class := verdictMark(d)
		if d.Verdict == "met_late" {
			marked[d.By] = [2]string{mark, class}
		} else if d.Rule.Form != rule.FollowedBy || d.Rule.Never {
			marked[d.Event] = [2]string{mark, class}
		}
	}
	var out []chart.Point
	for i := range c.Events {
		e := &c.Events[i]
		m := marked[e.Source+"/"+e.ID]
		out = append(out, chart.Point{At: int64(e.Time.At), Label: shortName(v.event(e.Type)), Mark: m[0], Class: m[1]})
	}
	return out
}

// shortName is a name that a lane has room for.
func shortName(s string) string {
	const most = 22
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// verdictMark is the mark of how an obligation stands, and its class in a chart.
func verdictMark(d *service.Duty) (mark, class string) {
	mark = map[string]string{"met": "met", "met_late": "late", "breached": "breach", "running": "run", "moot": "moot", "not_evaluable": "na"}[d.Verdict]
	switch {
	case d.Verdict == "running" && d.AtRisk:
		mark = "risk"
	case d.Verdict == "running" && d.Paused:
		mark = "pause"
	}
	return mark, "st-" + mark
}
