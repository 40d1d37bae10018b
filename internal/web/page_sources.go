package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/service"
)

// sourceRow is one source of the list.
type sourceRow struct {
	Title, Name, Unit, Types, Mark, Word, Says string
	Contact, Lag, Habit, Lateness              string
	Taken, Repeated, Corrected, NotTaken       string
	Waiting                                    string // in its quarantine; "" for nothing
	Link                                       string
}

func (p *Pages) sources(v *view) (templ.Component, error) {
	v.title = v.T("sources.title")
	list, err := p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	var out []sourceRow
	for i := range list {
		if r := list[i].Source.Role; r == service.RoleSource || r == service.RoleHand || r == "" {
			out = append(out, v.sourceRow(&list[i]))
		}
	}
	return sources(v, out), nil
}

func (v *view) sourceRow(s *service.SourceInfo) sourceRow {
	row := sourceRow{Title: v.sourceName(s.Source.Name), Name: s.Source.Name, Unit: v.unit(s.Source.Unit), Types: strings.Join(s.Source.Types, v.T("list.comma")),
		Link: "/sources/" + escapePath(s.Source.Name), Contact: "—", Lag: "—", Habit: "—", Lateness: "—",
		Taken: v.Int(int(s.State.Taken)), Repeated: v.Int(int(s.State.Repeated)), Corrected: v.Int(int(s.State.Corrected)), NotTaken: v.Int(int(s.State.Refused + s.State.Quarantined)),
		Mark: "met", Word: v.T("sources.fine")}
	if s.State.Contact != 0 {
		row.Contact = v.at(s.State.Contact)
	}
	if s.State.LastEvent != 0 {
		row.Lag = v.span(s.Lag)
	}
	if s.Source.Habit > 0 {
		row.Habit = v.span(s.Source.Habit)
	}
	if s.Source.Lateness > 0 {
		row.Lateness = v.span(s.Source.Lateness)
	}
	if s.Waiting > 0 {
		row.Waiting = v.Int(int(s.Waiting))
		row.Mark, row.Word = "risk", v.T("sources.waits")
	}
	switch {
	case s.Source.Disabled:
		row.Mark, row.Word, row.Lag = "moot", v.T("sources.disabled"), "—" // nothing is waited for
	case s.State.Silent:
		row.Mark, row.Word = "breach", v.T("sources.silent")
		row.Says = v.T("today.silent_says", row.Habit)
	case holdsBack(s):
		row.Mark, row.Word = "breach", v.T("sources.holds")
		row.Says = v.T("today.holds_says", row.Lateness)
	case s.State.Contact == 0:
		row.Mark, row.Word = "na", v.T("sources.never")
	}
	return row
}

// longLateness is more than any system that sends day by day needs.
const longLateness = int64(31 * 24 * 60 * minute)

// holdsBack says whether a source may still send events that are so old that little is
// found to be missing, in no source: as one does by which a history is loaded. One
// person can add such a source, so everybody who looks is told.
func holdsBack(s *service.SourceInfo) bool {
	sends := s.Source.Role == service.RoleSource || s.Source.Role == ""
	return sends && !s.Source.Disabled && !s.State.Silent && s.Source.Lateness > longLateness
}

// quarantinedRow is one thing that couldn't be taken.
type quarantinedRow struct {
	ID                             int64
	Code, Why, Raw, At, Done, Came string
	Wrong                          string // why it can't be taken as it was mended
}

type sourceView struct {
	Row     sourceRow
	Items   []quarantinedRow
	Next    string
	All     bool // what was settled, too
	Mends   bool // who asks may mend
	Outcome string
}

// perQuarantine is how many things of a quarantine a page shows.
const perQuarantine = 20

func (p *Pages) source(v *view) (templ.Component, error) { return p.sourceWith(v, nil) }

// sourceWith is the page of a source, with a thing that couldn't be mended.
func (p *Pages) sourceWith(v *view, wrong *quarantinedRow) (templ.Component, error) {
	name := v.r.PathValue("name")
	list, err := p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := sourceView{All: v.r.URL.Query().Get("view") == "all", Mends: v.may(access.QuarantineMend)}
	found := false
	for i := range list {
		if list[i].Source.Name == name {
			out.Row, found = v.sourceRow(&list[i]), true
		}
	}
	if !found {
		return nil, errNone
	}
	v.title = name
	if said := v.r.URL.Query().Get("done"); said != "" {
		for _, known := range []string{"taken", "corrected", "waiting", "held", "repeated", "aside"} {
			if said == known {
				out.Outcome = v.T("sources.done_" + known)
			}
		}
	}
	if !v.may(access.QuarantineRead) {
		return source(v, out), nil
	}
	after, _ := strconv.ParseInt(v.r.URL.Query().Get("after"), 10, 64) // none: from the beginning
	items, err := p.Service.Quarantine(v.r.Context(), name, !out.All, after, perQuarantine+1)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if i == perQuarantine {
			out.Next = out.Row.Link + "?after=" + strconv.FormatInt(items[i-1].ID, 10)
			if out.All {
				out.Next += "&view=all"
			}
			break
		}
		row := v.quarantinedRow(&items[i])
		if wrong != nil && wrong.ID == row.ID {
			row.Raw, row.Wrong = wrong.Raw, wrong.Wrong
		}
		out.Items = append(out.Items, row)
	}
	return source(v, out), nil
}

func (v *view) quarantinedRow(q *service.Quarantined) quarantinedRow {
	row := quarantinedRow{ID: q.ID, Code: q.Code, Why: errs.T(q.Reason, q.ReasonZH).In(v.Lang), Raw: shownRaw(q.Raw), At: v.at(q.At)}
	if q.Times > 1 {
		row.Came = v.N("sources.came", int(q.Times), v.at(q.Last))
	}
	if q.Done != 0 {
		row.Done = v.T("sources.settled", v.at(q.Done))
	}
	return row
}

// settle mends a thing, or sets it aside.
func (p *Pages) settle(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, errNone
	}
	back := "/sources/" + escapePath(v.r.PathValue("name"))
	if form.Get("act") == "aside" {
		if err := p.Service.SetAside(v.r.Context(), id, strings.TrimSpace(form.Get("reason"))); err != nil {
			return nil, gone(err)
		}
		return nil, redirect(back + "?done=aside")
	}
	text := strings.TrimSpace(form.Get("raw"))
	e, fault := jsonl.NewParser(p.Zone).Parse([]byte(text))
	if fault == nil {
		fault = jsonl.Missing(&e)
	}
	if fault != nil {
		v.status = http.StatusUnprocessableEntity
		return p.sourceWith(v, &quarantinedRow{ID: id, Raw: text, Wrong: fault.In(v.Lang)})
	}
	out, err := p.Service.Mend(v.r.Context(), id, service.Arrival{Event: e, Raw: []byte(text)})
	if err != nil {
		return nil, gone(err)
	}
	if out.Outcome == "quarantined" || out.Outcome == "refused" {
		v.status = http.StatusUnprocessableEntity
		return p.sourceWith(v, &quarantinedRow{ID: id, Raw: text, Wrong: errs.T(out.Why, out.WhyZH).In(v.Lang)})
	}
	return nil, redirect(back + "?done=" + out.Outcome)
}

// gone says in words that somebody else was faster.
func gone(err error) error {
	switch {
	case errors.Is(err, service.ErrNone):
		return errNone
	case errors.Is(err, service.ErrSettled):
		return &errs.Error{Code: errs.Usage, Err: err, What: errs.T("somebody else has settled it already", "已由他人处理")}
	}
	return err
}

// shownRaw is what was sent as a text that can be shown.
func shownRaw(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw), "�")
}

// sourceName is what a source is called: its own name, save of what people enter.
func (v *view) sourceName(name string) string {
	if name == service.ByHand {
		return v.T("enter.mark")
	}
	return name
}
