package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/service"
)

type tryInput struct{ Body packsBody }

type packsBody struct {
	Packs []string `json:"packs" nullable:"false" minItems:"1" maxItems:"100" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"Names of packs: built in, or in the data directory"`
}

type tryOutput struct{ Body any }

type activateInput struct{ Body activateBody }

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
	huma.Register(a.huma, a.proposing("/api/v1/packs/activate", "propose-packs", "Propose packs to be put into force",
		"With what would change on the record. Findings keep the version that raised them.", access.PackPropose), a.proposePacks)
	huma.Register(a.huma, a.proposing("/api/v1/packs/retire", "propose-retiring", "Propose packs to be retired",
		"With what the record would no longer say without them. From a day on they judge nothing that is activated; what runs then finishes under them, and their findings stay.", access.PackPropose), a.proposeRetiring)
}

func (a *API) tryPacks(ctx context.Context, in *tryInput) (*tryOutput, error) {
	change, err := a.service.TryPacks(ctx, in.Body.Packs)
	if err != nil {
		return nil, a.problemOf(err)
	}
	if change, err = service.TrialFor(ctx, whoAsks(ctx).Conflicts, change, a.service.Timeline); err != nil {
		return nil, a.problemOf(err)
	}
	return &tryOutput{change}, nil
}

func (a *API) proposePacks(ctx context.Context, in *activateInput) (*approvalOutput, error) {
	if _, err := a.when("from", in.Body.From); err != nil {
		return nil, err
	}
	return a.propose(ctx, approval.Packs, in.Body, in.Body.Reason)
}

type retireInput struct{ Body retireBody }

type retireBody struct {
	Packs  []string `json:"packs" nullable:"false" minItems:"1" maxItems:"100" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"Names of packs in force"`
	From   string   `json:"from" minLength:"1" maxLength:"64" doc:"They judge nothing that is activated from this day on (RFC 3339 or a date)"`
	Reason string   `json:"reason" minLength:"1" maxLength:"20000" doc:"Why, for whoever approves"`
}

func (a *API) proposeRetiring(ctx context.Context, in *retireInput) (*approvalOutput, error) {
	if _, err := a.when("from", in.Body.From); err != nil {
		return nil, err
	}
	return a.propose(ctx, approval.Retire, in.Body, in.Body.Reason)
}
