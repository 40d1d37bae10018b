package report

import (
	"cmp"
	"maps"
	"slices"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// notes are what a reader must know before relying on the figures: what was
// left out, what could not be judged, and which rules may warn only.
func (d *Doc) notes(w i18n.Words, list []ruleFigures) []string {
	var out []string
	f := d.logFigures()
	if odd := d.OddTime(w.Lang); odd != "" {
		out = append(out, odd)
	}
	for _, n := range []struct {
		key string
		n   int
	}{{"note.set_aside", d.SetAside}, {"note.repeated", f.Repeated}, {"note.waiting", f.Waiting}} {
		if n.n > 0 {
			out = append(out, w.N(n.key, n.n))
		}
	}
	if f.Mistyped > 0 {
		out = append(out, w.N("note.mistyped", f.Mistyped, d.mistyped(w)))
	}
	warns := 0
	for _, r := range list {
		if r.Warns {
			warns++
		}
	}
	if warns > 0 {
		out = append(out, w.N("note.unverified", warns))
	}
	for _, r := range list {
		t, title := r.rr.Totals, r.rr.Rule.Title.In(w.Lang)
		for _, n := range []struct {
			key string
			n   int
		}{{"note.when_unknown", t.WhenUnknown}, {"note.not_evaluable", t.NotEvaluable}, {"note.keyless", t.Keyless}, {"note.entered_late", t.EnteredLate}} {
			if n.n > 0 {
				out = append(out, w.N(n.key, n.n, title))
			}
		}
		causes := slices.SortedFunc(maps.Keys(r.rr.Causes), func(a, b errs.Text) int { return cmp.Compare(a.En, b.En) })
		for _, cause := range causes {
			out = append(out, w.N("note.cause", r.rr.Causes[cause], title, cause.In(w.Lang)))
		}
	}
	for _, l := range d.Lints {
		out = append(out, w.T("note.lint", l.Pos, lintText(w, l)))
	}
	return out
}

// OddTime says what is odd about the time that the log was judged as of, ""
// where nothing is: it is yet to come, since the log's last event is, or it
// lies before the log.
func (d *Doc) OddTime(lang errs.Lang) string {
	w := i18n.Words{Lang: lang}
	switch first, last, any := d.Result.Log.Span(); {
	case any && d.Now != 0 && last > d.Now && d.Result.AsOf == last:
		return w.T("note.ahead", w.Time(d.zone(), last))
	case any && d.Result.AsOf < first:
		return w.T("note.before")
	}
	return ""
}

// mistyped names the attributes whose values were not of their declared type.
func (d *Doc) mistyped(w i18n.Words) string {
	s := ""
	for _, c := range d.Result.Log.Attrs {
		if c.Mistyped == 0 {
			continue
		}
		if s != "" {
			s += w.T("list.comma")
		}
		s += w.Int(c.Mistyped) + " × " + brief(c.Name)
		if c.Declared != event.Absent {
			s += " (" + c.Declared.String() + ")"
		}
	}
	return s
}

// lintText is what is warned of and what to do about it.
func lintText(w i18n.Words, l rule.Warning) string {
	text := l.What.In(w.Lang)
	if next := l.Next.In(w.Lang); next != "" {
		text += w.T("list.semicolon") + next
	}
	return text
}

// verdictKey is the key of a verdict's word. Of a rule without a deadline a
// breach is no lateness: an order, a count or a prohibition was broken.
func verdictKey(v monitor.Verdict) string { return "verdict." + v.String() }

// verdictWord is a verdict with how late it was, or is by now.
func verdictWord(w i18n.Words, res *monitor.Result, ex *monitor.Explanation) string {
	word := w.T(verdictKey(ex.Verdict))
	switch {
	case ex.HasLate:
		return w.T("example.late_by", word, w.Lateness(ex.Late))
	case ex.Verdict == monitor.Breached && ex.HasDue && ex.Rule.Within != nil && ex.Rule.Form == rule.FollowedBy && !ex.Rule.Never:
		return w.T("example.overdue", word, w.Lateness(ex.Rule.Within.Lateness(ex.Deadline, res.W)))
	}
	return word
}

// dueWords is the deadline of an explanation as an instant, "" where it has
// none: what is late by so much was due then.
func dueWords(w i18n.Words, res *monitor.Result, ex *monitor.Explanation) string {
	if !ex.HasDue || ex.Rule.Never || ex.Rule.Within == nil {
		return ""
	}
	return w.T("example.due", w.DueInWords(zoneOf(ex.Rule, res), ex.Deadline, elapsed(ex.Rule)))
}

// keyWords spells a key for a person: case A1, official 561.
func keyWords(w i18n.Words, key []monitor.KeyPart) string {
	s := ""
	for i, p := range key {
		if i > 0 {
			s += w.T("list.comma")
		}
		s += kindWord(w, p.Kind) + " " + brief(p.ID)
	}
	return s
}
