package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

type atRiskInput struct {
	Unit  []string `query:"unit,explode" nullable:"false" maxItems:"100" doc:"Whose activating event was of one of these units"`
	Limit int      `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type atRiskOutput struct{ Body atRiskBody }

type atRiskBody struct {
	All    int             `json:"all" doc:"How many there are, of which these are the soonest due"`
	AtRisk []obligationDue `json:"at_risk" nullable:"false" doc:"The soonest due first"`
}

type obligationDue struct {
	ID        string            `json:"id" doc:"Of the finding that it would become"`
	Pack      string            `json:"pack"`
	Version   string            `json:"version"`
	Rule      string            `json:"rule"`
	Severity  string            `json:"severity"`
	Warning   bool              `json:"warning" doc:"The rule's basis is unverified"`
	Key       []service.KeyPart `json:"key" nullable:"false"`
	Case      string            `json:"case,omitempty"`
	Unit      string            `json:"unit,omitempty"`
	Actor     string            `json:"actor,omitempty"`
	Event     string            `json:"event,omitempty" doc:"The activating event: source/id"`
	EventType string            `json:"event_type"`
	EventTime string            `json:"event_time"`
	Due       string            `json:"due"`
}

func (a *API) addAtRisk() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/at-risk", "list-at-risk", "What is at risk",
		"Obligations that still run and are near their deadline: what can still be done in time.", access.FindingRead), a.listAtRisk)
}

func (a *API) listAtRisk(ctx context.Context, in *atRiskInput) (*atRiskOutput, error) {
	units := map[string]bool{}
	for _, u := range in.Unit {
		units[u] = true
	}
	above := map[string][]string{} // a unit and those above it, looked up once
	var fault *problem
	may := func(o *service.AtRisk, action access.Action) bool {
		if a.record == nil {
			return access.May(whoAsks(ctx), action).Allowed
		}
		up, ok := above[o.Unit]
		if !ok {
			var err error
			if up, err = a.record.Above(ctx, []string{o.Unit}); err != nil {
				fault = a.problemOf(err)
			}
			above[o.Unit] = up
		}
		return access.Decide(whoAsks(ctx), action, &access.Thing{Units: []string{o.Unit}, Above: up, Subjects: []string{o.Actor}}).Allowed
	}
	list, all := a.service.AtRisk(ctx, func(o *service.AtRisk) bool {
		return (len(units) == 0 || units[o.Unit]) && may(o, access.FindingRead)
	}, or(in.Limit, 50))
	out := &atRiskOutput{atRiskBody{All: all, AtRisk: make([]obligationDue, len(list))}}
	for i := range list {
		o := &list[i]
		if !may(o, access.FindingPersons) {
			o.ID, o.Key, o.Case, o.Actor, o.Event = "", nil, "", "", ""
		}
		out.Body.AtRisk[i] = obligationDue{ID: o.ID, Pack: o.Pack, Version: o.Version, Rule: o.Rule, Severity: o.Severity, Warning: o.Warning,
			Key: append([]service.KeyPart{}, o.Key...), Case: o.Case, Unit: o.Unit, Actor: o.Actor, Event: o.Event, EventType: o.EventType,
			EventTime: a.instant(o.EventTime), Due: a.instant(o.Due)}
	}
	if fault != nil {
		return nil, fault
	}
	return out, nil
}
