package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
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
		"What happened to an object, in order, and what had to. There is no list of objects and no search by them.", readers), a.getTimeline)
}

func (a *API) getTimeline(ctx context.Context, in *timelineInput) (*timelineOutput, error) {
	t, err := a.service.Timeline(ctx, in.Type, in.ID)
	switch {
	case err != nil:
		return nil, a.problemOf(err)
	case t == nil:
		return nil, nothing()
	}
	out := &timelineOutput{timelineBody{Type: t.Type, ID: t.ID, AsOf: a.instant(t.AsOf), Events: a.events(t.Events), Obligations: make([]obligationBody, len(t.Obligations))}}
	for i, o := range t.Obligations {
		out.Body.Obligations[i] = obligationBody{Pack: o.Pack, Version: o.Version, Rule: o.Rule, Event: o.Event, Time: a.instant(o.Time),
			Verdict: o.Verdict, AtRisk: o.AtRisk, Due: a.instant(o.Due), By: o.By}
	}
	return out, nil
}
