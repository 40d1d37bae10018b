package web

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

const (
	minute = int64(60_000_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// local is an instant on the agency's clock.
func (v *view) local(t clock.Instant) time.Time { return t.Time().In(v.p.Zone.Location()) }

// at is when something happened: 11-18 09:20, with the year where it isn't this one.
func (v *view) at(t clock.Instant) string {
	l := v.local(t)
	if l.Year() != v.local(v.now).Year() {
		return l.Format("2006-01-02 15:04")
	}
	return l.Format("01-02 15:04")
}

// date is the day of it.
func (v *view) date(t clock.Instant) string { return v.at(t)[:len(v.at(t))-6] }

// machine is an instant as the datetime attribute has it.
func (v *view) machine(t clock.Instant) string { return v.local(t).Format(time.RFC3339) }

// dueAt is when a deadline runs out. What ends with a day ends at 24:00 of it; a
// day is one of the zone in which the days were counted, nil for the agency's.
func (v *view) dueAt(t clock.Instant, zone *clock.Zone) string {
	l, end := v.endOf(t, zone)
	now := v.local(v.now)
	switch {
	case l.YearDay() == now.YearDay() && l.Year() == now.Year():
		return v.T("due.today", end)
	case l.Year() != now.Year():
		return l.Format("2006-01-02 ") + end
	}
	return l.Format("01-02 ") + end
}

// endOf is the day of a deadline, and when in it.
func (v *view) endOf(t clock.Instant, zone *clock.Zone) (day time.Time, end string) {
	l := v.local(t)
	if zone != nil && zone.First(zone.Date(t)) == t {
		l = t.Time().In(zone.Location())
	}
	if l.Hour() == 0 && l.Minute() == 0 && l.Second() == 0 {
		return l.Add(-time.Minute), "24:00"
	}
	return l, l.Format("15:04")
}

// fullDue is when a deadline runs out, with the year: for paper, on which today is
// soon another day.
func (v *view) fullDue(t clock.Instant, zone *clock.Zone) string {
	l, end := v.endOf(t, zone)
	return l.Format("2006-01-02 ") + end
}

// span is a length of time as precise as its size asks for: days and hours, under
// a day hours and minutes, under an hour minutes.
func (v *view) span(us int64) string {
	if us < 0 {
		us = -us
	}
	switch {
	case us >= 100*day:
		return v.N("unit.day", int(us/day))
	case us >= day && us%day < hour:
		return v.N("unit.day", int(us/day))
	case us >= day:
		return v.T("span.d_h", us/day, us%day/hour)
	case us >= hour:
		return v.T("span.h_min", us/hour, us%hour/minute)
	}
	return v.T("span.min", us/minute)
}

// deadline is a deadline in two lines: how far it is, and when.
type deadline struct {
	Class    string // over, risk, run
	Rel, Abs string
	At       string // for machines
}

// due is a deadline that still binds: overdue, near, or running.
func (v *view) due(t clock.Instant) deadline {
	d := deadline{Class: "run", Abs: v.dueAt(t, nil), At: v.machine(t)}
	switch left := int64(t - v.now); {
	case left < 0:
		d.Class, d.Rel = "over", v.T("due.over", v.span(left))
	case left < 3*day:
		d.Class, d.Rel = "risk", v.T("due.left", v.span(left))
	default:
		d.Rel = v.T("due.left", v.span(left))
	}
	return d
}

// number is a finding's number as people write it.
func number(n int64) string { return fmt.Sprintf("F-%05d", n) }

// ruleOf is the rule by which a finding was raised; nil where it is no longer in
// force.
func (v *view) ruleOf(pack, id string, at clock.Instant) *rule.Rule {
	var found *rule.Rule
	for _, r := range v.p.Service.Rules() {
		if r.ID == id && r.Pack.Name == pack {
			found = r
			if r.Effective.Covers(r.Pack.Log.Zone.Date(at)) {
				break
			}
		}
	}
	return found
}

// headline is what a finding is called.
func (v *view) headline(f *service.Finding) string {
	switch f.Kind {
	case "source":
		if len(f.Key) > 0 {
			return v.T("finding.silence", f.Key[0].ID)
		}
	case "gap":
		return v.T("finding.gap", f.Rule)
	}
	if r := v.ruleOf(f.Pack, f.Rule, f.EventTime); r != nil {
		return r.Title.In(v.Lang)
	}
	return f.Rule
}

// happened is what the line was crossed by, as a deadline is set: when it ran out
// and by how much it was missed.
func (v *view) happened(f *service.Finding) deadline {
	zone := v.zoneOf(f)
	switch {
	case f.Due == 0:
		return deadline{Class: "over", Rel: v.T("finding.broken"), Abs: v.at(f.EventTime), At: v.machine(f.EventTime)}
	case f.Late != "":
		return deadline{Class: "over", Rel: v.T("finding.late", v.late(f.Late)), Abs: v.dueAt(f.Due, zone), At: v.machine(f.Due)}
	}
	return deadline{Class: "over", Rel: v.T("due.over", v.span(int64(v.now-f.Due))), Abs: v.dueAt(f.Due, zone), At: v.machine(f.Due)}
}

// zoneOf is the zone in which a finding's days were counted; nil where none is known.
func (v *view) zoneOf(f *service.Finding) *clock.Zone {
	if r := v.ruleOf(f.Pack, f.Rule, f.EventTime); r != nil {
		return r.Pack.Log.Zone
	}
	return nil
}

// late is a lateness of the record (P2D, PT7H3M) in words.
func (v *view) late(iso string) string {
	var d, h, m int64
	var s float64
	if _, err := fmt.Sscanf(iso, "P%dD", &d); err == nil {
		return v.N("unit.day", int(d))
	}
	rest := iso[min(2, len(iso)):]
	for _, part := range []struct {
		unit string
		to   *int64
	}{{"H", &h}, {"M", &m}} {
		var n int64
		var unit rune
		if _, err := fmt.Sscanf(rest, "%d%c", &n, &unit); err == nil && string(unit) == part.unit {
			*part.to = n
			rest = rest[len(fmt.Sprint(n))+1:]
		}
	}
	_, _ = fmt.Sscanf(rest, "%gS", &s) // none where it has no seconds
	return v.span(h*hour + m*minute + int64(s*1e6))
}

// event is what a type of event is called.
func (v *view) event(typ string) string {
	var asked *rule.Vocabulary // a pack's rules stand side by side
	for _, r := range v.p.Service.Rules() {
		if r.Pack.Vocabulary == asked {
			continue
		}
		asked = r.Pack.Vocabulary
		if name := asked.Event(typ).In(v.Lang); name != "" && name != typ {
			return name
		}
	}
	return typ
}

// full is when something happened, with the year and the second: for paper.
func (v *view) full(t clock.Instant) string { return v.local(t).Format("2006-01-02 15:04:05") }

// sentence begins a text as sentences begin.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
