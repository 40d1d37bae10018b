package api

import (
	"context"
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

type activateBody struct {
	Packs []string `json:"packs" nullable:"false" minItems:"1" maxItems:"100" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"Names of packs: all that are to be in force"`
	From  string   `json:"from" maxLength:"64" doc:"They judge activations from this time (RFC 3339) or date on; running obligations finish under the old"`
}

func (a *API) addPacks() {
	op := a.operation(http.MethodPost, "/api/v1/packs/try", "try-packs", "Try packs", "What would change on the history if these packs were in force. Nothing does.", access.PackTry)
	op.Metadata[heavyKey] = true
	huma.Register(a.huma, op, a.tryPacks)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/packs/activate", "activate-packs", "Activate packs", "Try them first. Findings keep the version that raised them.", access.PackPropose), a.activatePacks)
}

func (a *API) tryPacks(ctx context.Context, in *tryInput) (*tryOutput, error) {
	change, err := a.service.TryPacks(ctx, in.Body.Packs)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &tryOutput{change}, nil
}

func (a *API) activatePacks(ctx context.Context, in *activateInput) (*struct{}, error) {
	from, err := a.when("from", in.Body.From)
	if err != nil {
		return nil, err
	}
	if err := a.service.ActivatePacks(ctx, in.Body.Packs, from); err != nil {
		return nil, a.problemOf(err)
	}
	return nil, nil
}
