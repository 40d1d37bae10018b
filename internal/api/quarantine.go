package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/service"
)

type quarantineInput struct {
	Source  string `query:"source" maxLength:"200" doc:"Of this source alone"`
	Waiting string `query:"waiting" enum:"true,false" doc:"true: only what waits (the default); false: what was settled, too"`
	After   int64  `query:"after" minimum:"0" doc:"The next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
	Accept  string `header:"Accept-Language" doc:"The language of reasons: en or zh"`
}

type quarantineOutput struct{ Body quarantineBody }

type quarantineBody struct {
	Items []quarantinedBody `json:"items" nullable:"false" doc:"Oldest first"`
	Next  int64             `json:"next,omitempty" doc:"Give it as after for the next page; missing on the last"`
}

type quarantinedBody struct {
	ID      int64  `json:"id"`
	Source  string `json:"source"`
	At      string `json:"at" doc:"When it first came"`
	Times   int64  `json:"times" doc:"How often it came"`
	Last    string `json:"last,omitempty" doc:"When it last came"`
	Raw     string `json:"raw" doc:"As it was sent; bytes that aren't UTF-8 are replaced"`
	Code    string `json:"code" doc:"Why it can't be taken, for programs"`
	Why     string `json:"why"`
	Done    string `json:"done,omitempty" doc:"When it was settled"`
	Outcome string `json:"outcome,omitempty" doc:"How"`
}

type setAsideInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body reasonBody
}

type reasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why it won't be taken"`
}

func (a *API) addQuarantine() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/quarantine", "list-quarantine", "List the quarantine", "What sources sent that couldn't be taken.", access.QuarantineRead), a.listQuarantine)
	op := a.operation(http.MethodPost, "/api/v1/quarantine/{id}/mend", "mend", "Drive a quarantined event again",
		"The body is the event as it should have been. It counts as its source's, and the answer says what became of it.", access.QuarantineMend)
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}}}
	schemas := a.huma.OpenAPI().Components.Schemas
	a.addHandled(op, map[string]*huma.MediaType{typeJSON: {Schema: eventSchema(schemas)}}, http.StatusOK, schemaOf[outcomeBody](schemas), a.postMend)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/quarantine/{id}/set-aside", "set-aside", "Set a quarantined event aside",
		"It stays in the record with the reason, and is not taken.", access.QuarantineMend), a.setAside)
}

func (a *API) listQuarantine(ctx context.Context, in *quarantineInput) (*quarantineOutput, error) {
	limit := or(in.Limit, 50)
	items, err := a.service.Quarantine(ctx, in.Source, in.Waiting != "false", in.After, limit+1)
	if err != nil {
		return nil, a.problemOf(err)
	}
	names, err := a.sourceNames(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &quarantineOutput{quarantineBody{Items: []quarantinedBody{}}}
	for i, q := range items {
		if i == limit {
			out.Body.Next = items[i-1].ID
			break
		}
		out.Body.Items = append(out.Body.Items, quarantinedBody{ID: q.ID, Source: names[q.Source], At: a.instant(q.At), Times: q.Times, Last: a.instant(q.Last), Raw: string(q.Raw), Code: q.Code,
			Why: errs.T(q.Reason, q.ReasonZH).In(languageOf(in.Accept)), Done: a.instant(q.Done), Outcome: q.Outcome})
	}
	return out, nil
}

func (a *API) sourceNames(ctx context.Context) (map[int64]string, error) {
	list, err := a.service.Sources(ctx)
	names := make(map[int64]string, len(list))
	for i := range list {
		names[list[i].Source.ID] = list[i].Source.Name
	}
	return names, err
}

// postMend reads its body itself: it is read as strictly as any event.
func (a *API) postMend(w http.ResponseWriter, r *http.Request) {
	out, p := a.mend(w, r)
	if p != nil {
		p.write(w, r)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	_ = json.NewEncoder(w).Encode(outcomeOf(&out, languageOf(r.Header.Get("Accept-Language")))) // a caller that is gone is no fault
}

func (a *API) mend(w http.ResponseWriter, r *http.Request) (service.Outcome, *problem) {
	none := service.Outcome{}
	if _, p := a.caller(r, access.QuarantineMend); p != nil {
		return none, p
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return none, nothing()
	}
	if _, p := mediaType(r, typeJSON); p != nil {
		return none, p
	}
	text, p := a.small(w, r)
	if p != nil {
		return none, p
	}
	e, fault := reader{Parser: jsonl.NewParser(a.zone)}.event(text)
	if fault != nil {
		return none, &problem{status: http.StatusUnprocessableEntity, code: "unreadable", what: errs.T(placed(fault, errs.En), placed(fault, errs.Zh)), next: fault.Next}
	}
	out, err := a.service.Mend(r.Context(), id, service.Arrival{Event: e, Raw: text})
	if err != nil {
		return none, a.problemOf(err)
	}
	return out, nil
}

// placed is what is wrong, behind line and column.
func placed(e *errs.Error, lang errs.Lang) string {
	alone := *e
	alone.Next = errs.Text{}
	return alone.In(lang)
}

func (a *API) setAside(ctx context.Context, in *setAsideInput) (*struct{}, error) {
	if err := a.service.SetAside(ctx, in.ID, in.Body.Reason); err != nil {
		return nil, a.problemOf(err)
	}
	return nil, nil
}
