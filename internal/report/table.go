package report

import (
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

// Table is rows for a machine (CSV) or a workbook. Name and Title of columns
// are words of the language; Field is the name that never changes.
type Table struct {
	Name    string
	Columns []Column
	Rows    iter.Seq[[]any] // a string, int, float64, time.Time, or nil for nothing
	Filter  bool            // long enough to be filtered
}

// Column is one column; Width is in characters.
type Column struct {
	Field, Title string
	Width        float64
}

// column makes a Column whose title is words' "field.<field>".
func column(w i18n.Words, field string, width float64) Column {
	return Column{field, w.T("field." + field), width}
}

// RuleTable has one row a rule, in the order of the packs.
func (d *Doc) RuleTable(lang errs.Lang) Table {
	w := i18n.Words{Lang: lang}
	t := Table{Name: w.T("sheet.summary"), Filter: true}
	for _, c := range []struct {
		field string
		width float64
	}{{"pack", 20}, {"rule", 26}, {"title", 44}, {"severity", 10}, {"status", 11}, {"article", 30}, {"activations", 12}, {"met", 12}, {"met_late", 12},
		{"breached", 12}, {"running", 12}, {"moot", 12}, {"not_evaluable", 14}, {"when_unknown", 14}, {"violations", 12}, {"episodes", 12},
		{"entered_late", 14}, {"at_risk", 12}, {"keyless", 12}, {"share_kept", 11}, {"late_unit", 10}, {"median_late", 13}, {"p90_late", 13},
		{"says", 44}, {"words", 44}, {"reason", 44}} {
		t.Columns = append(t.Columns, column(w, c.field, c.width))
	}
	t.Rows = func(yield func([]any) bool) {
		for _, f := range d.allFigures() {
			r, rr := documentRule(f), f.rr
			row := []any{r.Pack, r.ID, rr.Rule.Title.In(lang), r.Severity, r.Status, rr.Rule.Basis.Text.In(lang), r.Activations, r.Met, r.MetLate,
				r.Breached, r.Running, r.Moot, r.NotEvaluable, r.WhenUnknown, r.Violations, r.Episodes,
				r.EnteredLate, r.AtRisk, r.Keyless, deref(r.Share), r.LateUnit, deref(r.MedianLate), deref(r.P90Late),
				rr.Rule.Says.In(lang), rr.Rule.Basis.Words, rr.Rule.Reason.In(lang)}
			if !yield(row) {
				return
			}
		}
	}
	return t
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// BreachTable has one row a violation.
func (d *Doc) BreachTable(lang errs.Lang) Table {
	w := i18n.Words{Lang: lang}
	t := Table{Name: w.T("sheet.violations"), Filter: true}
	for _, c := range []struct {
		field string
		width float64
	}{{"id", 34}, {"pack", 20}, {"rule", 26}, {"title", 44}, {"severity", 10}, {"status", 11}, {"verdict", 11}, {"key", 18}, {"event_id", 18}, {"event_type", 24},
		{"event_time", 18}, {"event_actor", 12}, {"event_unit", 12}, {"deciding_id", 18}, {"deciding_type", 24}, {"deciding_time", 18},
		{"due", 18}, {"due_text", 18}, {"late_text", 16}, {"late_seconds", 13}, {"late_days", 10}, {"article", 30}, {"sentence", 90}} {
		t.Columns = append(t.Columns, column(w, c.field, c.width))
	}
	t.Rows = func(yield func([]any) bool) {
		for b := range d.Breaches(lang) {
			row := []any{b.ID, b.Pack, b.Rule, b.Title, b.Severity, b.Status, b.Verdict, b.Key, b.EventID, b.EventType,
				b.EventTime, b.EventActor, b.EventUnit, b.DecidingID, b.DecidingType, deref(b.DecidingTime),
				deref(b.Due), b.DueText, b.LateText, deref(b.LateSeconds), deref(b.LateDays), b.Article, b.Sentence}
			if !yield(row) {
				return
			}
		}
	}
	return t
}

// MethodTable says in two columns what was read, as of when it was judged, and
// what the verdicts mean.
func (d *Doc) MethodTable(lang errs.Lang) Table {
	w := i18n.Words{Lang: lang}
	t := Table{Name: w.T("sheet.method"), Columns: []Column{{"what", w.T("field.what"), 28}, {"value", w.T("field.value"), 110}}}
	t.Rows = func(yield func([]any) bool) {
		for _, m := range d.method(w) {
			if !yield([]any{m.Term, m.Text}) {
				return
			}
		}
	}
	return t
}

// CSV writes a table with the fields' names as its header: RFC 4180, UTF-8,
// times as RFC 3339, nothing for what is absent. A text that a spreadsheet
// would take for a formula gets an apostrophe before it.
func CSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	record := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		record[i] = c.Field
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for row := range t.Rows {
		for i, v := range row {
			record[i] = csvCell(v)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvCell(v any) string {
	switch v := v.(type) {
	case string:
		v = strings.ReplaceAll(v, "\x00", "")
		if v != "" && slices.Contains([]byte("=+-@\t\r"), v[0]) {
			return "'" + v
		}
		return v
	case int:
		return strconv.Itoa(v)
	case int32:
		return strconv.Itoa(int(v))
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return ""
}
