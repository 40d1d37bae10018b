package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
)

type tryInput struct{ Body packsBody }

type packsBody struct {
	Packs []string `json:"packs" nullable:"false" minItems:"1" maxItems:"100" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"Names of packs: built in, or in the data directory"`
}

type tryOutput struct{ Body any }

type activateInput struct{ Body activateBody }

// KindPacks is the kind of proposal that puts packs into force; its body is {packs,
// from}.
const KindPacks = "packs"

type activateBody struct {
	Packs  []string `json:"packs" nullable:"false" minItems:"1" maxItems:"100" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"Names of packs: all that are to be in force"`
	From   string   `json:"from" maxLength:"64" doc:"They judge activations from this time (RFC 3339) or date on; running obligations finish under the old"`
	Reason string   `json:"reason,omitempty" maxLength:"20000" doc:"Why, for whoever approves"`
}

func (a *API) addPacks() {
	op := a.operation(http.MethodPost, "/api/v1/packs/try", "try-packs", "Try packs", "What would change on the history if these packs were in force. Nothing does.", access.PackTry)
	op.Metadata[heavyKey] = true
	huma.Register(a.huma, op, a.tryPacks)
	if a.approvals == nil {
		return
	}
	op = a.operation(http.MethodPost, "/api/v1/packs/activate", "propose-packs", "Propose packs to be put into force",
		"The answer is the proposal, with what would change. A second person approves it, from outside every unit whose verdicts change; then it is done. Findings keep the version that raised them.", access.PackPropose)
	op.Metadata[heavyKey] = true
	op.DefaultStatus = http.StatusAccepted
	huma.Register(a.huma, op, a.proposePacks)
}

func (a *API) tryPacks(ctx context.Context, in *tryInput) (*tryOutput, error) {
	change, err := a.service.TryPacks(ctx, in.Body.Packs)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &tryOutput{change}, nil
}

func (a *API) proposePacks(ctx context.Context, in *activateInput) (*approvalOutput, error) {
	if _, err := a.when("from", in.Body.From); err != nil {
		return nil, err
	}
	body, err := json.Marshal(in.Body)
	if err != nil {
		return nil, a.problemOf(err)
	}
	made, err := a.approvals.Propose(ctx, whoAsks(ctx), KindPacks, body, in.Body.Reason)
	if err != nil {
		return nil, a.approvalProblem(ctx, err)
	}
	return &approvalOutput{a.approval(made)}, nil
}
