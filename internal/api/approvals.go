package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// Approvals is where one person proposes and another approves; package approval
// implements it. A refusal is an *approval.Refusal.
type Approvals interface {
	Propose(ctx context.Context, w *access.Who, kind string, body json.RawMessage, reason string) (*approval.Approval, error)
	List(ctx context.Context, w *access.Who, limit int) ([]approval.Approval, error)
	One(ctx context.Context, w *access.Who, id string) (*approval.Approval, error)            // nil where there is none
	Approve(ctx context.Context, w *access.Who, id, words string) (*approval.Approval, error) // nil where there is none
	Refuse(ctx context.Context, w *access.Who, id, words string) (*approval.Approval, error)  // nil where there is none
}

type approvalsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type approvalsOutput struct{ Body approvalsBody }

type approvalsBody struct {
	Approvals []approvalBody `json:"approvals" nullable:"false" doc:"The newest first"`
}

type approvalOutput struct{ Body approvalBody }

type approvalBody struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind" enum:"packs,retire,exempt,access,key,erase,end_exempt,opening,custodian" doc:"packs: to be put into force; retire: packs; exempt: a unit, for a while; end_exempt: that, before its last day; access: another table of who may do what; key: of the seal; erase: cases whose time is over, or one event; opening: of a sealed identity; custodian: a key that gets shares of those"`
	Asked    any      `json:"asked" doc:"What is to be done"`
	Trial    any      `json:"trial,omitempty" doc:"What would change, of packs as try-packs says it; not in lists"`
	Units    []string `json:"units" nullable:"false" doc:"Whose verdicts would change: nobody of them approves, nor anybody above or below"`
	Reason   string   `json:"reason,omitempty"`
	State    string   `json:"state" enum:"waiting,doing,done,failed,refused"`
	Proposed string   `json:"proposed"`
	Proposer string   `json:"proposer" doc:"The account"`
	Settled  string   `json:"settled,omitempty"`
	Settler  string   `json:"settler,omitempty" doc:"The account that approved or refused"`
	Words    string   `json:"words,omitempty" doc:"Why; of a failed one, what went wrong"`
}

type oneApprovalInput struct {
	ID string `path:"id" maxLength:"100"`
}

type settleInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body settleBody
}

type settleBody struct {
	Words string `json:"words" minLength:"1" maxLength:"20000" doc:"Why"`
}

func (a *API) addApprovals() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/approvals", "list-approvals", "List proposals", "What waits for a second person, and what became of the rest.", access.ApprovalRead), a.listApprovals)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/approvals/{id}", "get-approval", "One proposal", "With what would change.", access.ApprovalRead), a.getApproval)
	op := a.operation(http.MethodPost, "/api/v1/approvals/{id}/approve", "approve", "Approve a proposal",
		"By a second person who may approve that kind, and stands outside every unit whose verdicts change. It is done before the answer comes.", access.ApprovalRead)
	op.Metadata[heavyKey] = true
	huma.Register(a.huma, op, a.approve)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/approvals/{id}/refuse", "refuse", "Refuse a proposal", "By who may approve; by who proposed it: to take it back.", access.ApprovalRead), a.refuse)
}

func (a *API) approval(p *approval.Approval) approvalBody {
	return approvalBody{ID: p.ID, Kind: p.Kind, Asked: p.Body, Trial: p.Trial, Units: append([]string{}, p.Concerned.Units...), Reason: p.Reason, State: string(p.State),
		Proposed: a.instant(p.Proposed), Proposer: p.Proposer.Account, Settled: a.instant(p.Settled), Settler: p.Settler.Account, Words: p.Words}
}

// propose keeps a proposal of somebody who may make it.
func (a *API) propose(ctx context.Context, kind string, asked any, reason string) (*approvalOutput, error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, a.problemOf(err)
	}
	made, err := a.approvals.Propose(ctx, whoAsks(ctx), kind, body, reason)
	if err != nil {
		return nil, a.approvalProblem(ctx, err)
	}
	return a.shown(ctx, made)
}

// shown is a proposal with what would change, as who asks may have that.
func (a *API) shown(ctx context.Context, p *approval.Approval) (*approvalOutput, error) {
	cut := *p
	var err error
	if cut.Trial, err = service.RawTrialFor(ctx, whoAsks(ctx).Conflicts, p.Trial, a.service.Timeline); err != nil {
		return nil, a.problemOf(err)
	}
	return &approvalOutput{a.approval(&cut)}, nil
}

// proposing is an operation whose answer is a proposal.
func (a *API) proposing(path, id, summary, text string, may access.Action) huma.Operation {
	op := a.operation(http.MethodPost, path, id, summary, text+" The answer is the proposal; a second person approves it, then it is done.", may)
	op.Metadata[heavyKey] = true
	op.DefaultStatus = http.StatusAccepted
	return op
}

// approvalProblem is what went wrong with a proposal; a refusal is in the log.
func (a *API) approvalProblem(ctx context.Context, err error) *problem {
	if no := (*approval.Refusal)(nil); errors.As(err, &no) {
		return a.refusal(whoAsks(ctx), no.Decision)
	}
	if e := (*errs.Error)(nil); errors.Is(err, approval.ErrSettled) && errors.As(err, &e) {
		return &problem{status: http.StatusConflict, code: "settled", what: e.What, next: errs.T("read it again", "请重新查看")}
	}
	return a.problemOf(err)
}

func (a *API) listApprovals(ctx context.Context, in *approvalsInput) (*approvalsOutput, error) {
	list, err := a.approvals.List(ctx, whoAsks(ctx), or(in.Limit, 50))
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &approvalsOutput{approvalsBody{make([]approvalBody, len(list))}}
	for i := range list {
		out.Body.Approvals[i] = a.approval(&list[i])
		out.Body.Approvals[i].Trial = nil
	}
	return out, nil
}

func (a *API) getApproval(ctx context.Context, in *oneApprovalInput) (*approvalOutput, error) {
	return a.settledAs(ctx, func() (*approval.Approval, error) { return a.approvals.One(ctx, whoAsks(ctx), in.ID) })
}

func (a *API) approve(ctx context.Context, in *settleInput) (*approvalOutput, error) {
	return a.settledAs(ctx, func() (*approval.Approval, error) {
		return a.approvals.Approve(ctx, whoAsks(ctx), in.ID, in.Body.Words)
	})
}

func (a *API) refuse(ctx context.Context, in *settleInput) (*approvalOutput, error) {
	return a.settledAs(ctx, func() (*approval.Approval, error) {
		return a.approvals.Refuse(ctx, whoAsks(ctx), in.ID, in.Body.Words)
	})
}

func (a *API) settledAs(ctx context.Context, settle func() (*approval.Approval, error)) (*approvalOutput, error) {
	p, err := settle()
	switch {
	case err != nil:
		return nil, a.approvalProblem(ctx, err)
	case p == nil:
		return nil, nothing()
	}
	return a.shown(ctx, p)
}
