package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

type findingsInput struct {
	State    []string `query:"state,explode" nullable:"false" enum:"open,claimed_met,withdrawn,ended" maxItems:"4" doc:"In one of these states"`
	Pack     []string `query:"pack,explode" nullable:"false" maxItems:"100" doc:"Of one of these packs"`
	Rule     []string `query:"rule,explode" nullable:"false" maxItems:"100" doc:"Of one of these rules"`
	Unit     []string `query:"unit,explode" nullable:"false" maxItems:"100" doc:"Whose activating event was of one of these units"`
	Severity []string `query:"severity,explode" nullable:"false" enum:"info,minor,major,critical" maxItems:"4" doc:"Of one of these severities"`
	Kind     string   `query:"kind" enum:"rule,source,gap" doc:"Raised by a rule, by the silence of a source, by a gap between two sources"`
	Warning  string   `query:"warning" enum:"true,false" doc:"Only warnings, or only what isn't one"`
	Since    string   `query:"since" maxLength:"64" doc:"Changed at or after this time (RFC 3339) or date"`
	Sort     string   `query:"sort" enum:"raised,-raised,changed,-changed,due,-due,severity,-severity" doc:"In which order; - turns it round"`
	After    string   `query:"after" maxLength:"500" doc:"The next of the page before"`
	Limit    int      `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type findingsOutput struct{ Body findingsBody }

type findingsBody struct {
	Findings []findingBody `json:"findings" nullable:"false"`
	Next     string        `json:"next,omitempty" doc:"Give it as after for the next page; missing on the last"`
}

type findingBody struct {
	ID          string            `json:"id" doc:"The breach's id, the same that check gives"`
	Number      int64             `json:"number" doc:"In order of raising"`
	Kind        string            `json:"kind" enum:"rule,source,gap"`
	Pack        string            `json:"pack,omitempty"`
	Version     string            `json:"version,omitempty" doc:"Of the pack that raised it"`
	Rule        string            `json:"rule,omitempty"`
	Severity    string            `json:"severity"`
	Warning     bool              `json:"warning" doc:"The rule's basis is unverified: it warns and accuses nobody"`
	State       string            `json:"state" enum:"open,claimed_met,withdrawn,ended"`
	Verdict     string            `json:"verdict,omitempty"`
	Key         []service.KeyPart `json:"key" nullable:"false"`
	Case        string            `json:"case,omitempty"`
	Unit        string            `json:"unit,omitempty"`
	Actor       string            `json:"actor,omitempty"`
	Event       string            `json:"event,omitempty" doc:"The activating event: source/id"`
	EventType   string            `json:"event_type,omitempty"`
	EventTime   string            `json:"event_time,omitempty"`
	Due         string            `json:"due,omitempty"`
	Late        string            `json:"late,omitempty" doc:"ISO 8601: P2D, PT7H3M"`
	By          string            `json:"by,omitempty" doc:"The deciding event: source/id"`
	Count       int               `json:"count,omitempty" doc:"Of an episode: its activations"`
	Last        string            `json:"last,omitempty" doc:"Of an episode: its last activating event"`
	Raised      string            `json:"raised,omitempty"`
	Changed     string            `json:"changed,omitempty"`
	ReplacedBy  string            `json:"replaced_by,omitempty" doc:"Of a withdrawn episode: the one that it became part of"`
	Provisional bool              `json:"provisional" doc:"It rests on the silence of a source"`
	Erased      int64             `json:"erased,omitempty" doc:"By which act of list-erasures it lost what it told of its events"`
}

type findingInput struct {
	ID string `path:"id" maxLength:"200"`
}

type findingOutput struct{ Body findingDetailBody }

type findingDetailBody struct {
	Finding     findingBody   `json:"finding"`
	History     []noteBody    `json:"history" nullable:"false" doc:"Oldest first"`
	Explanation any           `json:"explanation,omitempty" doc:"How the verdict and its deadline came about, in both languages"`
	Events      []eventBody   `json:"events" nullable:"false" doc:"Those that it rests on, in their order"`
	Revisions   []revisedBody `json:"revisions" nullable:"false" doc:"Changes of the organisation, of list-revisions, that made its days otherwise after they had passed; oldest first"`
}

// revisedBody is a change of the organisation that touches a finding.
type revisedBody struct {
	Number int64  `json:"number"`
	At     string `json:"at" doc:"When it was entered"`
	From   string `json:"from,omitempty" doc:"The first day that is otherwise; missing: from the beginning"`
}

type noteBody struct {
	At      string `json:"at"`
	Kind    string `json:"kind" doc:"raised, amended, withdrawn, claimed_met, ended"`
	Verdict string `json:"verdict,omitempty"`
	Due     string `json:"due,omitempty"`
	By      string `json:"by,omitempty" doc:"The event on which it rests: source/id"`
	Entered string `json:"entered,omitempty" doc:"When that event was received"`
	Text    string `json:"text,omitempty" doc:"Why, where no event says it"`
	TextZH  string `json:"text_zh,omitempty" doc:"The same in Chinese"`
}

func (a *API) addFindings() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/findings", "list-findings", "List findings", "A page of findings. Each filter takes several values; those of one are alternatives.", access.FindingRead), a.listFindings)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/findings/{id}", "get-finding", "One finding", "A finding with its history, its explanation and its events.", access.FindingRead), a.getFinding)
}

func (a *API) listFindings(ctx context.Context, in *findingsInput) (*findingsOutput, error) {
	since, err := a.when("since", in.Since)
	if err != nil {
		return nil, err
	}
	q := service.FindingQuery{Packs: in.Pack, Rules: in.Rule, Units: in.Unit, Severity: in.Severity, Kind: in.Kind, Since: since, Sort: in.Sort, After: in.After, Limit: in.Limit, For: access.For{Who: whoAsks(ctx), Action: access.FindingRead}}
	for _, s := range in.State {
		q.States = append(q.States, service.FindingState(s))
	}
	if in.Warning != "" {
		only := in.Warning == "true"
		q.Warning = &only
	}
	page, err := a.service.Findings(ctx, q)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &findingsOutput{findingsBody{Findings: make([]findingBody, len(page.Findings)), Next: page.Next}}
	for i := range page.Findings {
		f := &page.Findings[i]
		if shown, p := a.showsPersons(ctx, f.ID); p != nil {
			return nil, p
		} else if !shown {
			withoutPersons(f)
		}
		out.Body.Findings[i] = a.finding(f)
	}
	return out, nil
}

func (a *API) finding(f *service.Finding) findingBody {
	return findingBody{ID: f.ID, Number: f.Number, Kind: f.Kind, Pack: f.Pack, Version: f.Version, Rule: f.Rule, Severity: f.Severity, Warning: f.Warning,
		State: string(f.State), Verdict: f.Verdict, Key: append([]service.KeyPart{}, f.Key...), Case: f.Case, Unit: f.Unit, Actor: f.Actor,
		Event: f.Event, EventType: f.EventType, EventTime: a.instant(f.EventTime), Due: a.instant(f.Due), Late: f.Late, By: f.By, Count: f.Count, Last: f.Last,
		Raised: a.instant(f.Raised), Changed: a.instant(f.Changed), ReplacedBy: f.ReplacedBy, Provisional: f.Provisional, Erased: f.Erased}
}

func (a *API) getFinding(ctx context.Context, in *findingInput) (*findingOutput, error) {
	if p := a.overFinding(ctx, in.ID, access.FindingRead); p != nil {
		return nil, p
	}
	d, err := a.service.Finding(ctx, in.ID)
	switch {
	case err != nil:
		return nil, a.problemOf(err)
	case d == nil:
		return nil, nothing()
	}
	if shown, p := a.showsPersons(ctx, in.ID); p != nil {
		return nil, p
	} else if !shown {
		withoutPersons(&d.Finding)
		d.Explanation, d.Events = nil, nil
		for i := range d.Notes {
			d.Notes[i].By, d.Notes[i].Text, d.Notes[i].TextZH = "", "", ""
		}
	}
	out := &findingOutput{findingDetailBody{Finding: a.finding(&d.Finding), History: make([]noteBody, len(d.Notes)), Explanation: d.Explanation, Events: a.events(d.Events)}}
	for i, n := range d.Notes {
		out.Body.History[i] = noteBody{At: a.instant(n.At), Kind: n.Kind, Verdict: n.Verdict, Due: a.instant(n.Due), By: n.By, Entered: a.instant(n.Entered), Text: n.Text, TextZH: n.TextZH}
	}
	if out.Body.Revisions, err = a.revised(ctx, d.Finding.Number); err != nil {
		return nil, a.problemOf(err)
	}
	return out, nil
}

// revised are the changes of the organisation that touch a finding.
func (a *API) revised(ctx context.Context, number int64) ([]revisedBody, error) {
	out := []revisedBody{}
	if a.organisation == nil {
		return out, nil
	}
	list, err := a.organisation.Touching(ctx, number)
	for i := range list {
		out = append(out, revisedBody{Number: list[i].Number, At: a.instant(list[i].At), From: dayText(list[i].From)})
	}
	return out, err
}

// showsPersons says whether who asks may know whom a finding that they may read
// concerns, and in which case.
func (a *API) showsPersons(ctx context.Context, id string) (bool, *problem) {
	who := whoAsks(ctx)
	alike := access.Wide(who, access.FindingPersons) == access.Wide(who, access.FindingRead)
	if a.record == nil || alike && len(who.Conflicts) == 0 { // a conflict may bar one of two roles, and not the other
		return access.May(who, access.FindingPersons).Allowed, nil // over the same, as the table has it
	}
	t, err := a.record.FindingThing(ctx, id)
	if err != nil {
		return false, a.problemOf(err)
	}
	return t != nil && access.Decide(who, access.FindingPersons, t).Allowed, nil
}

// withoutPersons takes out of a finding whom it concerns and in which case.
func withoutPersons(f *service.Finding) {
	f.Key, f.Case, f.Actor, f.Event, f.By, f.Last = nil, "", "", "", "", ""
}
