package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// approvalView is a proposal with what became of it.
type approvalView struct {
	ID, Title, Reason, Mark, Word, Proposed, Settled, Words string
	Units                                                   string
	Says                                                    []string // what the second person is told
	Trial                                                   []trialRow
	More                                                    int // rules that would change, too
	Waits, Mine, May                                        bool
}

// trialRow is a rule by which something would change.
type trialRow struct{ Title, Appear, Vanish, Units string }

// mostApprovals is how many proposals the page shows.
const mostApprovals = 50

func (p *Pages) approvals(v *view) (templ.Component, error) {
	v.title = v.T("approvals.title")
	list, err := p.Approvals.List(v.r.Context(), v.who, mostApprovals)
	if err != nil {
		return nil, err
	}
	out := make([]approvalView, len(list))
	for i := range list {
		a := &list[i]
		if a.State == approval.Waiting && len(a.Trial) == 0 { // lists leave it out
			if one, err := p.Approvals.One(v.r.Context(), v.who, a.ID); err == nil && one != nil {
				a = one
			}
		}
		out[i] = p.approvalView(v, a)
	}
	return approvals(v, out), nil
}

var approvalMarks = map[approval.State]string{approval.Waiting: "claimed", approval.Doing: "working", approval.Done: "closed", approval.Failed: "breach", approval.Refused: "returned"}

func (p *Pages) approvalView(v *view, a *approval.Approval) approvalView {
	out := approvalView{ID: a.ID, Title: v.asked(a), Reason: a.Reason, Mark: approvalMarks[a.State], Word: v.T("approvals." + string(a.State)),
		Proposed: v.T("approvals.proposed", a.Proposer.Account, v.at(a.Proposed)), Words: a.Words, Waits: a.State == approval.Waiting || a.State == approval.Doing, Mine: a.Proposer.Account == v.who.Account, May: p.Approvals.May(v.who, a)}
	if a.Settled != 0 && a.Settler.Account != "" {
		out.Settled = v.T("approvals.settled", a.Settler.Account, v.at(a.Settled))
	}
	var units []string
	for _, u := range a.Concerned.Units {
		units = append(units, v.unit(u))
	}
	out.Units = shortList(v, units)
	out.Says = v.says(a)
	var d trial.Diff
	if len(a.Trial) > 0 && (a.Kind == approval.Packs || a.Kind == approval.Retire) && json.Unmarshal(a.Trial, &d) == nil {
		for i := range d.Rules {
			if len(out.Trial) == 8 {
				out.More = len(d.Rules) - len(out.Trial)
				break
			}
			r := &d.Rules[i]
			row := trialRow{Title: v.ruleTitle(r.ID), Appear: v.Int(r.ViolationsAppeared), Vanish: v.Int(r.ViolationsVanished)}
			var names []string
			for _, g := range r.Units {
				if g.Name != nil {
					names = append(names, v.unit(*g.Name))
				}
			}
			row.Units = shortList(v, names)
			out.Trial = append(out.Trial, row)
		}
	}
	return out
}

// asked is what a proposal asks for, in words.
func (v *view) asked(a *approval.Approval) string {
	var of struct {
		Packs []string `json:"packs"`
		From  string   `json:"from"`
		To    string   `json:"to"`
		Unit  string   `json:"unit"`
		Pack  string   `json:"pack"`
		Rule  string   `json:"rule"`
		Step  string   `json:"step"`

		Before    string `json:"before"`
		Event     string `json:"event"`
		Exemption string `json:"exemption"`
		Register  string `json:"register"`
		Number    string `json:"number"`
		Recipient string `json:"recipient"`
	}
	_ = json.Unmarshal(a.Body, &of) // what another kind asks has none of these
	names := strings.Join(of.Packs, v.T("list.comma"))
	switch {
	case a.Kind == approval.Opening && of.Register == "finding":
		return v.T("approvals.opening_finding", of.Number)
	case a.Kind == approval.Opening:
		return v.T("approvals.opening_report", of.Number)
	case a.Kind == approval.Custodian:
		return v.T("approvals.custodian", a.Proposer.Account)
	case a.Kind == approval.Table:
		return v.T("approvals.access")
	case a.Kind == approval.Key && of.Step == "retire":
		return v.T("approvals.key_retire")
	case a.Kind == approval.Key:
		return v.T("approvals.key_rotate")
	case a.Kind == approval.Erase && of.Event != "":
		return v.T("approvals.erase_event", of.Event)
	case a.Kind == approval.Erase:
		return v.T("approvals.erase_cases", of.Before)
	case a.Kind == approval.EndExempt:
		return v.T("approvals.end_exempt", of.Exemption)
	case a.Kind == approval.Exempt && of.Rule == "":
		return v.T("approvals.exempt_pack", v.unit(of.Unit), of.Pack, of.From, of.To)
	case a.Kind == approval.Exempt:
		return v.T("approvals.exempt", v.unit(of.Unit), v.ruleTitle(of.Rule), of.From, of.To)
	case a.Kind == approval.Retire:
		return v.T("approvals.retire", names, of.From)
	case of.From != "":
		return v.T("approvals.packs_from", names, of.From)
	}
	return v.T("approvals.packs", names)
}

// says is what a second person is told of a proposal, where that is no table.
func (v *view) says(a *approval.Approval) []string {
	switch a.Kind {
	case approval.Table:
		return v.saysTable(a)
	case approval.Erase:
		var t service.EraseTrial
		if json.Unmarshal(a.Trial, &t) != nil {
			return nil
		}
		return []string{v.T("approvals.erase_takes", v.Int(t.Cases), v.Int(t.Events), v.Int(t.Findings)), v.T("approvals.erase_changes", v.Int(t.Changed)), v.T("approvals.erase_says")}
	case approval.Opening:
		return []string{v.T("approvals.opening_says")}
	case approval.Custodian:
		return []string{grouped(a.Pin), v.T("approvals.custodian_says")}
	case approval.Exempt:
	default:
		return nil
	}
	var t struct {
		Found int64 `json:"found"`
		Open  int64 `json:"open"`
	}
	if json.Unmarshal(a.Trial, &t) != nil {
		return nil
	}
	return []string{v.T("approvals.exempt_found", v.Int(int(t.Found)), v.Int(int(t.Open))), v.T("approvals.exempt_says")}
}

// saysTable is what another table of access would change, line by line.
func (v *view) saysTable(a *approval.Approval) (out []string) {
	var list []access.Difference
	if json.Unmarshal(a.Trial, &list) != nil {
		return nil
	}
	for _, d := range list {
		was, is := cmp.Or(d.Was, v.T("approvals.access_none")), cmp.Or(d.Is, v.T("approvals.access_none"))
		out = append(out, v.T("approvals.access_line", d.Action.Title().In(v.Lang), d.Role.Title().In(v.Lang), was, is))
	}
	return out
}

// settleApproval approves a proposal, or refuses it.
func (p *Pages) settleApproval(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	act, ok := map[string]func(context.Context, *access.Who, string, string) (*approval.Approval, error){"approve": p.Approvals.Approve, "refuse": p.Approvals.Refuse}[form.Get("act")]
	if !ok {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("the form doesn't say whether it is approved or refused", "表单未说明批准或不批准")}
	}
	words := errs.Said(form.Get("words"))
	if words == "" {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("say why; the reason is recorded with the decision", "请说明理由，理由将与决定一并记录"), Next: errs.T("go back and write it", "请返回填写")}
	}
	who, id := v.who, v.r.PathValue("id")
	return p.awaited(v, "place.approvals", access.SessionOwn, func(ctx context.Context) answer {
		a, err := act(service.Part(ctx, 0, .5), who, id, words) // to look at it once more, and then to do it
		return func(*view) (templ.Component, error) {
			var no *approval.Refusal
			switch {
			case errors.As(err, &no):
				return nil, refusal{no.Decision}
			case err != nil:
				return nil, err
			case a == nil:
				return nil, errNone
			}
			return nil, redirect("/approvals")
		}
	})
}
