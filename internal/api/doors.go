package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// Agreed is what two persons agreed on; package sqldb keeps it.
type Agreed interface {
	Exemptions(ctx context.Context) ([]ledger.Exemption, error) // the newest first
}

type exemptionsOutput struct{ Body exemptionsBody }

type exemptionsBody struct {
	Exemptions []exemptionBody `json:"exemptions" nullable:"false" doc:"All that there ever were, the newest first"`
}

type exemptionBody struct {
	ID       string `json:"id" doc:"Of the proposal that two persons agreed on"`
	Unit     string `json:"unit" doc:"It and those below it"`
	Pack     string `json:"pack"`
	Rule     string `json:"rule,omitempty" doc:"Missing: all rules of the pack"`
	From     string `json:"from" doc:"What begins from then on"`
	To       string `json:"to" doc:"What begins before then"`
	Reason   string `json:"reason"`
	At       string `json:"at" doc:"When it was approved; it never reaches further back"`
	Findings int64  `json:"findings" doc:"How many findings it closed: they stand in the register, and nobody had to answer for them"`
}

type exemptInput struct{ Body exemptBody }

type exemptBody struct {
	Unit   string `json:"unit" minLength:"1" maxLength:"200" doc:"It and those below it"`
	Pack   string `json:"pack" minLength:"1" maxLength:"200"`
	Rule   string `json:"rule,omitempty" maxLength:"200" doc:"Missing: all rules of the pack"`
	From   string `json:"from" minLength:"1" maxLength:"64" doc:"RFC 3339 or a date; where it is past when the second person approves, from that moment on"`
	To     string `json:"to" minLength:"1" maxLength:"64" doc:"Until before this time or date, a year later at most"`
	Reason string `json:"reason" minLength:"1" maxLength:"20000" doc:"Why; it stays with the exemption"`
}

// addDoors adds what takes two persons, beside packs.
func (a *API) addDoors() {
	if a.agreed == nil {
		return
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/exemptions", "list-exemptions", "Exemptions of units", "Which units are or were exempt from which rules, and how many findings that closed.", access.ExemptionRead), a.listExemptions)
	huma.Register(a.huma, a.proposing("/api/v1/exemptions", "propose-exemption", "Propose to exempt a unit",
		"The rule goes on judging: what it finds of what begins in that time is in the register, its item closed as exempt.", access.ExemptionPropose), a.proposeExemption)
}

func (a *API) listExemptions(ctx context.Context, _ *struct{}) (*exemptionsOutput, error) {
	list, err := a.agreed.Exemptions(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &exemptionsOutput{exemptionsBody{make([]exemptionBody, len(list))}}
	for i, e := range list {
		out.Body.Exemptions[i] = exemptionBody{ID: e.ID, Unit: string(e.Unit), Pack: e.Pack, Rule: e.Rule, From: a.instant(e.From), To: a.instant(e.To), Reason: e.Reason, At: a.instant(e.At), Findings: e.Findings}
	}
	return out, nil
}

func (a *API) proposeExemption(ctx context.Context, in *exemptInput) (*approvalOutput, error) {
	from, err := a.when("from", in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := a.when("to", in.Body.To)
	if err != nil {
		return nil, err
	}
	if to <= from {
		return nil, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("to isn't after from", "to 须晚于 from"), fields: []field{{"body.to", errs.T("not after from", "不晚于 from")}}}
	}
	return a.propose(ctx, approval.Exempt, in.Body, in.Body.Reason)
}
