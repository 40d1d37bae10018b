package api

import (
	"context"
	"errors"
	"fmt"
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
	// Policies are those of a name that were put into force, oldest first.
	Policies(ctx context.Context, name string) ([]approval.Policy, error)
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

type keyInput struct{ Body keyBody }

type keyBody struct {
	Step   string `json:"step" enum:"rotate,retire" doc:"rotate: a new key follows, and both sign; retire: the new one alone signs. Each from the next start of the service on"`
	Reason string `json:"reason" minLength:"1" maxLength:"20000" doc:"Why, for whoever approves"`
}

func (a *API) proposeKey(ctx context.Context, in *keyInput) (*approvalOutput, error) {
	return a.propose(ctx, approval.Key, in.Body, in.Body.Reason)
}

// addDoors adds what takes two persons, beside packs.
func (a *API) addDoors() {
	if a.agreed == nil {
		return
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/exemptions", "list-exemptions", "Exemptions of units", "Which units are or were exempt from which rules, and how many findings that closed.", access.ExemptionRead), a.listExemptions)
	huma.Register(a.huma, a.proposing("/api/v1/exemptions", "propose-exemption", "Propose to exempt a unit",
		"The rule goes on judging: what it finds of what begins in that time is in the register, its item closed as exempt.", access.ExemptionPropose), a.proposeExemption)
	huma.Register(a.huma, a.proposing("/api/v1/exemptions/{id}/end", "propose-ending-exemption", "Propose to end an exemption",
		"Before its last day: what begins from then on is no longer exempt. What it closed stays closed, and can be reopened.", access.ExemptionPropose), a.proposeEndExemption)
	huma.Register(a.huma, a.proposing("/api/v1/seal/key", "propose-key", "Propose to rotate the key of the seal",
		"The rotation is sealed, with the word of both keys.", access.KeyRotate), a.proposeKey)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/access", "get-access", "Who may do what", "The table in force, line by line, and as it was written each time that it was changed.", access.AccessRead), a.getAccess)
	huma.Register(a.huma, a.proposing("/api/v1/access", "propose-access", "Propose another table of who may do what",
		"It speaks of the actions that it changes; all others stay as the program has them. What is wrong with it is told by line and column.", access.AccessPropose), a.proposeAccess)
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

type endExemptInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body endExemptBody
}

type endExemptBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"20000" doc:"Why, for whoever approves"`
}

func (a *API) proposeEndExemption(ctx context.Context, in *endExemptInput) (*approvalOutput, error) {
	return a.propose(ctx, approval.EndExempt, map[string]string{"exemption": in.ID}, in.Body.Reason)
}

type accessOutput struct{ Body accessBody }

type accessBody struct {
	Number  int64           `json:"number" doc:"Of the agency's table in force, from 1; 0: the program's own"`
	Actions []accessAction  `json:"actions" nullable:"false" doc:"In the order of the program's table"`
	Tables  []accessVersion `json:"tables" nullable:"false" doc:"As they were put into force, oldest first"`
}

type accessAction struct {
	Action string       `json:"action"`
	Title  string       `json:"title" doc:"In the language asked for"`
	People bool         `json:"people,omitempty" doc:"Machines' tokens are kept out"`
	Lines  []accessLine `json:"lines" nullable:"false"`
}

type accessLine struct {
	Role   string   `json:"role"`
	Over   []string `json:"over" nullable:"false"`
	Unless []string `json:"unless,omitempty" nullable:"false"`
}

type accessVersion struct {
	Number   int64  `json:"number"`
	At       string `json:"at"`
	Approval string `json:"approval" doc:"The proposal that two persons agreed on"`
	Text     string `json:"text"`
}

func (a *API) getAccess(ctx context.Context, in *struct {
	Lang string `header:"Accept-Language"`
}) (*accessOutput, error) {
	list, err := a.agreed.Policies(ctx, approval.Table)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &accessOutput{accessBody{Number: int64(len(list)), Actions: []accessAction{}, Tables: []accessVersion{}}}
	for _, p := range list {
		out.Body.Tables = append(out.Body.Tables, accessVersion{p.Number, a.instant(p.At), p.Approval, p.Text})
	}
	for _, e := range a.policy().Entries() {
		is := accessAction{Action: string(e.Action), Title: e.Action.Title().In(languageOf(in.Lang)), People: e.People, Lines: []accessLine{}}
		for _, l := range e.Lines {
			is.Lines = append(is.Lines, accessLine{string(l.Role), relations(l.Over), relations(l.Unless)})
		}
		out.Body.Actions = append(out.Body.Actions, is)
	}
	return out, nil
}

func relations(list []access.Relation) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = string(r)
	}
	return out
}

type tableInput struct{ Body tableBody }

type tableBody struct {
	Text   string `json:"text" maxLength:"200000" doc:"In the form of the program's own: action NAME: in English | 中文, and below it role: over what unless what. Empty: the program's own again"`
	Reason string `json:"reason" minLength:"1" maxLength:"20000" doc:"Why, for whoever approves"`
}

func (a *API) proposeAccess(ctx context.Context, in *tableInput) (*approvalOutput, error) {
	var wrong errs.List
	if _, err := access.Parse("", in.Body.Text); errors.As(err, &wrong) {
		p := &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("the table can't be put into force", "该权限表不能启用"),
			next: errs.T("mend the places named; docs/access.md says what no table may change", "请修改所列各处；任何权限表都不能改变的内容见 docs/access.md")}
		for _, e := range wrong {
			en, zh := e.What.En, e.What.Zh
			if e.Next != (errs.Text{}) {
				en, zh = en+"; "+e.Next.En, zh+"；"+e.Next.Zh
			}
			p.fields = append(p.fields, field{fmt.Sprintf("body.text:%d:%d", e.Place.Line, e.Place.Column), errs.T(en, zh)})
		}
		return nil, p
	}
	return a.propose(ctx, approval.Table, in.Body, in.Body.Reason)
}
