package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

type timelineInput struct {
	Type string `path:"type" maxLength:"500"`
	ID   string `path:"id" maxLength:"500"`
}

type timelineOutput struct{ Body timelineBody }

type timelineBody struct {
	Type        string           `json:"type"`
	ID          string           `json:"id"`
	AsOf        string           `json:"as_of"`
	Events      []eventBody      `json:"events" nullable:"false" doc:"In their order"`
	Obligations []obligationBody `json:"obligations" nullable:"false" doc:"What had to happen or never to, in the order of the events that say so"`
}

type obligationBody struct {
	Pack    string `json:"pack"`
	Version string `json:"version"`
	Rule    string `json:"rule"`
	Event   string `json:"event" doc:"The activating event: source/id"`
	Time    string `json:"time"`
	Verdict string `json:"verdict" enum:"met,met_late,breached,running,moot,not_evaluable"`
	AtRisk  bool   `json:"at_risk" doc:"It is running, and due soon"`
	Due     string `json:"due,omitempty"`
	By      string `json:"by,omitempty" doc:"The deciding event: source/id"`
}

func (a *API) addObjects() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/objects/{type}/{id}/timeline", "get-timeline", "An object's timeline",
		"What happened to an object, in order, and what had to. There is no list of objects and no search by them.", access.CaseRead), a.getTimeline)
}

func (a *API) getTimeline(ctx context.Context, in *timelineInput) (*timelineOutput, error) {
	t, err := a.service.Timeline(ctx, in.Type, in.ID)
	switch {
	case err != nil:
		return nil, a.problemOf(err)
	case t == nil:
		return nil, nothing()
	}
	if p := a.overCase(ctx, t); p != nil {
		return nil, p
	}
	out := &timelineOutput{timelineBody{Type: t.Type, ID: t.ID, AsOf: a.instant(t.AsOf), Events: a.events(t.Events), Obligations: make([]obligationBody, len(t.Obligations))}}
	for i, o := range t.Obligations {
		out.Body.Obligations[i] = obligationBody{Pack: o.Pack, Version: o.Version, Rule: o.Rule, Event: o.Event, Time: a.instant(o.Time),
			Verdict: o.Verdict, AtRisk: o.AtRisk, Due: a.instant(o.Due), By: o.By}
	}
	return out, nil
}

// overCase says whether who asks may read a case: it is of the units and officials
// of its events.
func (a *API) overCase(ctx context.Context, t *service.Timeline) *problem {
	if a.record == nil {
		return nil
	}
	thing := &access.Thing{}
	for i := range t.Events {
		if e := &t.Events[i]; e.Unit.OK && !slices.Contains(thing.Units, e.Unit.Value) {
			thing.Units = append(thing.Units, e.Unit.Value)
		}
		if e := &t.Events[i]; e.Actor.OK && !slices.Contains(thing.Owners, e.Actor.Value) {
			thing.Owners = append(thing.Owners, e.Actor.Value)
		}
	}
	var err error
	if thing.Above, err = a.record.Above(ctx, thing.Units); err != nil {
		return a.problemOf(err)
	}
	return a.decide(ctx, access.CaseRead, thing)
}
