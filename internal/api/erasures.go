package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

type erasuresOutput struct{ Body erasuresBody }

type erasuresBody struct {
	Erasures []erasureBody `json:"erasures" nullable:"false" doc:"All that there ever were, oldest first"`
}

type erasureBody struct {
	Number   int64  `json:"number"`
	Kind     string `json:"kind" enum:"retention,order" doc:"retention: cases that ended long ago; order: one event"`
	At       string `json:"at"`
	Before   string `json:"before,omitempty" doc:"Nothing had happened in these cases since"`
	Cases    int64  `json:"cases"`
	Events   int64  `json:"events"`
	Findings int64  `json:"findings" doc:"How many lost what they told"`
	Reason   string `json:"reason"`
	Approval string `json:"approval" doc:"The proposal"`
	By       string `json:"by" doc:"The account that proposed it"`
	Second   string `json:"second,omitempty" doc:"The account that approved it; missing where it was done at the console"`
}

type eraseInput struct{ Body eraseBody }

type eraseBody struct {
	Before string `json:"before,omitempty" maxLength:"64" doc:"Cases in which nothing has happened since this time (RFC 3339) or date, and in which nothing is open, go whole"`
	Event  string `json:"event,omitempty" maxLength:"1000" doc:"One event, as source/id, goes with what corrects or voids it"`
	Reason string `json:"reason,omitempty" maxLength:"20000" doc:"On what rule or order it rests; it stays with the act"`
}

type eraseTrialOutput struct{ Body service.EraseTrial }

// addErasures adds what takes something out of the record for good.
func (a *API) addErasures() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/erasures", "list-erasures", "What was erased", "Each act with how much it took, why and by whom; never what.", access.ErasureRead), a.listErasures)
	op := a.operation(http.MethodPost, "/api/v1/erasures/try", "try-erasure", "Try an erasure", "What would go, what stays and why, and which verdicts would read otherwise without it. Nothing is erased.", access.ErasurePropose)
	op.Metadata[heavyKey] = true
	huma.Register(a.huma, op, a.tryErasure)
	if a.approvals == nil {
		return
	}
	huma.Register(a.huma, a.proposing("/api/v1/erasures", "propose-erasure", "Propose an erasure",
		"Text and salts go, for good; what is left is proven as before. Findings keep rule, unit, dates, outcome and number. The same events are refused from then on.", access.ErasurePropose), a.proposeErasure)
}

func (a *API) listErasures(ctx context.Context, _ *struct{}) (*erasuresOutput, error) {
	list, err := a.service.Erasures(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &erasuresOutput{erasuresBody{make([]erasureBody, len(list))}}
	for i := range list {
		out.Body.Erasures[i] = a.erasure(&list[i])
	}
	return out, nil
}

func (a *API) erasure(e *service.Erasure) erasureBody {
	return erasureBody{Number: e.Number, Kind: e.Kind, At: a.instant(e.At), Before: a.instant(e.Before), Cases: e.Cases, Events: e.Events, Findings: e.Cleared,
		Reason: e.Reason, Approval: e.Approval, By: e.By, Second: e.Second}
}

// eraseWhat is what is asked for: exactly one thing.
func (a *API) eraseWhat(b *eraseBody) (what service.EraseAsk, err error) {
	if (b.Before == "") == (b.Event == "") {
		return what, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("give either before or event", "before 与 event 须且只能填写一项")}
	}
	what.Event = b.Event
	what.Before, err = a.when("before", b.Before)
	return what, err
}

func (a *API) tryErasure(ctx context.Context, in *eraseInput) (*eraseTrialOutput, error) {
	what, err := a.eraseWhat(&in.Body)
	if err != nil {
		return nil, err
	}
	if p := a.overEvent(ctx, what.Event); p != nil {
		return nil, p
	}
	trial, _, _, err := a.service.TryErase(ctx, what)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &eraseTrialOutput{trial.For(whoAsks(ctx).Conflicts)}, nil
}

// overEvent refuses an event that a conflict with one of its case's officials hides: it
// is as if it weren't there.
func (a *API) overEvent(ctx context.Context, name string) *problem {
	who := whoAsks(ctx)
	if name == "" || len(who.Conflicts) == 0 {
		return nil
	}
	list, err := a.service.EventOfficials(ctx, name)
	if err != nil {
		return a.problemOf(err)
	}
	if slices.ContainsFunc(list, func(official string) bool { return slices.Contains(who.Conflicts, official) }) {
		return a.refusal(who, access.Decision{Rule: string(access.ErasurePropose) + ": conflict", Hidden: true})
	}
	return nil
}

func (a *API) proposeErasure(ctx context.Context, in *eraseInput) (*approvalOutput, error) {
	what, err := a.eraseWhat(&in.Body)
	if err != nil {
		return nil, err
	}
	if p := a.overEvent(ctx, what.Event); p != nil {
		return nil, p
	}
	if in.Body.Reason == "" {
		return nil, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("a reason is missing: on what rule or order it rests", "缺少理由：请写明依据的规定或命令"), fields: []field{{"body.reason", errs.T("missing", "缺失")}}}
	}
	return a.propose(ctx, approval.Erase, in.Body, in.Body.Reason)
}
