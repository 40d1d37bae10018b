package report

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
)

// Breach is one violation as a flat row: the same in JSON Lines, CSV, Parquet
// and workbooks. Empty strings and nil times are absent. Times are on the
// pack's clock; LateSeconds and LateDays are the two units of a rule's clock,
// one of them nil.
type Breach struct {
	ID         string    `json:"id" parquet:"id"` // as spec §8 defines it; "" where the event has no id
	Pack       string    `json:"pack" parquet:"pack,dict"`
	Rule       string    `json:"rule" parquet:"rule,dict"`
	Title      string    `json:"title" parquet:"title,dict"`
	Severity   string    `json:"severity" parquet:"severity,dict"`
	Status     string    `json:"status" parquet:"status,dict"`   // violation; warning where the basis is unverified
	Verdict    string    `json:"verdict" parquet:"verdict,dict"` // breached or met_late
	Key        string    `json:"key" parquet:"key"`              // case:A1; parts joined by a space
	EventID    string    `json:"event_id" parquet:"event_id"`
	EventType  string    `json:"event_type" parquet:"event_type,dict"`
	EventTime  time.Time `json:"event_time" parquet:"event_time,timestamp(microsecond)"`
	EventActor string    `json:"event_actor,omitempty" parquet:"event_actor,optional,dict"`
	EventUnit  string    `json:"event_unit,omitempty" parquet:"event_unit,optional,dict"`

	DecidingID   string     `json:"deciding_id,omitempty" parquet:"deciding_id,optional"` // the match or the offending event
	DecidingType string     `json:"deciding_type,omitempty" parquet:"deciding_type,optional,dict"`
	DecidingTime *time.Time `json:"deciding_time,omitempty" parquet:"deciding_time,optional,timestamp(microsecond)"`

	Due         *time.Time `json:"due,omitempty" parquet:"due,optional,timestamp(microsecond)"` // of days: the first instant too late
	DueText     string     `json:"due_text,omitempty" parquet:"due_text,optional"`              // of days: 24:00 of the last day
	LateText    string     `json:"late_text,omitempty" parquet:"late_text,optional"`
	LateSeconds *float64   `json:"late_seconds,omitempty" parquet:"late_seconds,optional"`
	LateDays    *int32     `json:"late_days,omitempty" parquet:"late_days,optional"`

	Article  string `json:"article" parquet:"article,dict"`
	Sentence string `json:"sentence" parquet:"sentence"`
}

// Breaches are the violations of all rules, in the order of the rules and of
// the activating events, in one language. Each is explained when it is asked
// for, so that a million of them need the room of one.
func (d *Doc) Breaches(lang errs.Lang) iter.Seq[Breach] {
	return func(yield func(Breach) bool) {
		for _, rr := range d.Result.Rules {
			for i := range rr.Judgements {
				if rr.Judgements[i].Verdict.Violated() && !yield(d.breach(rr, i, lang)) {
					return
				}
			}
		}
	}
}

func (d *Doc) breach(rr *monitor.RuleResult, i int, lang errs.Lang) Breach {
	ex := d.Explain(rr, i)
	event := d.eventID(ex.Activation.Row)
	r, z, w := rr.Rule, zoneOf(rr.Rule, d.Result), i18n.Words{Lang: lang}
	b := Breach{ID: breachID(rr, ex, event), Pack: r.Pack.Name, Rule: r.ID, Title: r.Title.In(lang), Severity: r.Severity.String(),
		Status: status(!r.Basis.Verified), Verdict: ex.Verdict.String(), Key: keyText(ex.Key),
		EventID: event, EventType: ex.Activation.Type, EventTime: local(z, ex.Activation.Time),
		EventActor: ex.Activation.Actor, EventUnit: ex.Activation.Unit,
		Article: r.Basis.Text.In(lang), Sentence: ex.Sentence.In(lang)}
	if ex.Other != nil {
		at := local(z, ex.Other.Time)
		b.DecidingID, b.DecidingType, b.DecidingTime = d.eventID(ex.Other.Row), ex.Other.Type, &at
	}
	if ex.HasDue {
		due := local(z, ex.Deadline.Due)
		b.Due, b.DueText = &due, w.Due(z, ex.Deadline, elapsed(r))
	}
	if ex.HasLate {
		b.LateText = w.Lateness(ex.Late)
		if elapsed(r) {
			s := float64(ex.Late.Micros) / 1e6
			b.LateSeconds = &s
		} else {
			days := int32(ex.Late.Days)
			b.LateDays = &days
		}
	}
	return b
}

// eventID is the id of an event: as its source gave it, else from its content;
// "" where the log was read without some attributes, so that it can't be had.
func (d *Doc) eventID(row uint32) string {
	l := d.Result.Log
	if l.Partial {
		return l.GivenID(row)
	}
	return l.ID(row)
}

// breachID is the number of a breach by its event's id, "" where that has none.
func breachID(rr *monitor.RuleResult, ex *monitor.Explanation, event string) string {
	if event == "" {
		return ""
	}
	return monitor.BreachID(rr, ex.Key, event)
}

// keyText spells a key: case:A1, or its parts joined by spaces.
func keyText(key []monitor.KeyPart) string {
	parts := make([]string, len(key))
	for i, p := range key {
		parts[i] = p.Kind + ":" + p.ID
	}
	return strings.Join(parts, " ")
}

// BreachesJSONL writes one JSON object a line.
func BreachesJSONL(w io.Writer, d *Doc, lang errs.Lang) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for b := range d.Breaches(lang) {
		if err := enc.Encode(b); err != nil {
			return fmt.Errorf("writing violations: %w", err)
		}
	}
	return nil
}
