package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/report"
)

type verdictsInput struct {
	AsOf    string `query:"as_of" maxLength:"64" doc:"What was true at this time (RFC 3339) or on this date; now where it isn't said"`
	KnownAt string `query:"known_at" maxLength:"64" doc:"As far as could be known at this time: from events received by then"`
}

type verdictsOutput struct{ Body *report.Document }

func (a *API) addVerdicts() {
	op := a.operation(http.MethodGet, "/api/v1/verdicts", "get-verdicts", "Verdicts by rule",
		"The document of plumbline check --format json: what was true, and what could have been known then.", access.VerdictRead)
	op.Metadata[heavyKey] = true
	huma.Register(a.huma, op, a.getVerdicts)
}

func (a *API) getVerdicts(ctx context.Context, in *verdictsInput) (*verdictsOutput, error) {
	asOf, err := a.when("as_of", in.AsOf)
	if err != nil {
		return nil, err
	}
	knownAt, err := a.when("known_at", in.KnownAt)
	if err != nil {
		return nil, err
	}
	doc, err := a.service.Verdicts(ctx, asOf, knownAt)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &verdictsOutput{doc}, nil
}
