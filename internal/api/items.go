package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

type itemInput struct {
	ID     string `path:"id" maxLength:"200"`
	Accept string `header:"Accept-Language" doc:"The language of reasons: en or zh"`
}

type itemOutput struct{ Body itemDetailBody }

// itemBody is where an item stands.
type itemBody struct {
	Finding   string `json:"finding"`
	Number    int64  `json:"number"`
	Pack      string `json:"pack,omitempty"`
	Rule      string `json:"rule,omitempty"`
	Severity  string `json:"severity"`
	Unit      string `json:"unit,omitempty" doc:"That the finding concerns"`
	Subject   string `json:"subject,omitempty" doc:"Whom it concerns"`
	Version   int64  `json:"version" doc:"How many moves were made: name it with the next one"`
	State     string `json:"state" enum:"open,assigned,working,claimed,verified,closed,returned,reopened"`
	Owner     string `json:"owner,omitempty"`
	OwnerUnit string `json:"owner_unit,omitempty"`
	Late      bool   `json:"claimed_by_late_entry" doc:"What claims it done is a late entry, and nobody's answer"`
	Verifier  string `json:"verifier,omitempty" doc:"The account that verified"`
	Outcome   string `json:"outcome,omitempty" doc:"Of a claim: proposed; of a closed item: final. withdrawn: the finding isn't one any more"`
	Reason    string `json:"reason,omitempty"`
	Opened    string `json:"opened"`
	FirstDue  string `json:"first_due" doc:"The owner's deadline as it was first set"`
	Due       string `json:"due" doc:"The owner's deadline now"`
	Shifts    int64  `json:"shifts" doc:"How often it was moved"`
	TurnDue   string `json:"turn_due,omitempty" doc:"By when whoever's turn it is should act"`
	Changed   string `json:"changed"`
}

type itemDetailBody struct {
	Item      itemBody       `json:"item"`
	Moves     []madeBody     `json:"moves" nullable:"false" doc:"Oldest first"`
	Shifts    []shiftBody    `json:"shifts" nullable:"false" doc:"How the owner's deadline was moved"`
	Files     []itemFileBody `json:"files" nullable:"false"`
	Links     []linkedBody   `json:"links" nullable:"false" doc:"Findings that belong together with it, as somebody said of either; those that the asker may read"`
	Offers    []offerBody    `json:"offers" nullable:"false" doc:"What may be done from here, and by the asker"`
	Verifiers []verifierBody `json:"verifiers" nullable:"false" doc:"Who may verify, and who may not"`
}

type madeBody struct {
	Number    int64         `json:"number"`
	Kind      string        `json:"kind" doc:"met, stands and withdraw are the judge's"`
	At        string        `json:"at"`
	Account   string        `json:"account,omitempty" doc:"Missing: the judge"`
	Person    string        `json:"person,omitempty"`
	Owner     string        `json:"owner,omitempty"`
	OwnerUnit string        `json:"owner_unit,omitempty"`
	Outcome   string        `json:"outcome,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Cause     string        `json:"cause,omitempty"`
	Measure   string        `json:"measure,omitempty"`
	Evidence  []string      `json:"evidence,omitempty" nullable:"false"`
	NoFiles   string        `json:"no_files,omitempty"`
	Text      string        `json:"text,omitempty"`
	Due       string        `json:"due,omitempty" doc:"The owner's deadline after it, where it was moved"`
	Link      string        `json:"link,omitempty" doc:"Which other finding, where the asker may read it"`
	LinkAs    string        `json:"link_as,omitempty"`
	File      *itemFileBody `json:"file,omitempty"`
}

type shiftBody struct {
	At   string `json:"at"`
	By   string `json:"by,omitempty" doc:"The account; missing: the judge"`
	Kind string `json:"kind"`
	Due  string `json:"due"`
	Days int64  `json:"days"`
	Text string `json:"text,omitempty" doc:"Why"`
}

type itemFileBody struct {
	Hash string `json:"hash" doc:"SHA-256, in hexadecimal"`
	Name string `json:"name"`
	Type string `json:"type" doc:"By its content"`
	Size int64  `json:"size"`
}

type linkedBody struct {
	Finding string `json:"finding"`
	As      string `json:"as" enum:"related,same_cause,duplicate,follows"`
	Here    bool   `json:"here" doc:"It was said of this finding, not of the other"`
	At      string `json:"at"`
	By      string `json:"by" doc:"The account"`
	Text    string `json:"text" doc:"Why"`
}

type offerBody struct {
	Kind  string   `json:"kind"`
	Needs []string `json:"needs" nullable:"false"`
	Bar   *barBody `json:"bar,omitempty" doc:"Why the asker may not"`
}

type barBody struct {
	Rule string `json:"rule" enum:"unknown,owner,subject,conflict,command,unit,maker"`
	Why  string `json:"why"`
}

type verifierBody struct {
	Account string   `json:"account"`
	Person  string   `json:"person,omitempty"`
	Bar     *barBody `json:"bar,omitempty" doc:"Why not; missing: may verify"`
}

type itemsInput struct {
	State    []string `query:"state,explode" nullable:"false" enum:"open,assigned,working,claimed,verified,closed,returned,reopened" maxItems:"8" doc:"In one of these states"`
	Owner    string   `query:"owner" maxLength:"200" doc:"Owned by this person"`
	Unit     []string `query:"unit,explode" nullable:"false" maxItems:"100" doc:"Whose findings concern one of these units"`
	Rule     []string `query:"rule,explode" nullable:"false" maxItems:"100" doc:"Raised by one of these rules"`
	Severity []string `query:"severity,explode" nullable:"false" enum:"info,minor,major,critical" maxItems:"4" doc:"Of one of these severities"`
	Before   string   `query:"before" maxLength:"64" doc:"Whose turn is due before this time (RFC 3339) or date"`
	After    string   `query:"after" maxLength:"100" doc:"The next of the page before"`
	Limit    int      `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type itemsOutput struct{ Body itemsBody }

type itemsBody struct {
	Items  []itemBody       `json:"items" nullable:"false" doc:"By whose turn is due, soonest first"`
	Counts map[string]int64 `json:"counts" doc:"How many items there are in each state"`
	Next   string           `json:"next,omitempty" doc:"Give it as after for the next page; missing on the last"`
}

type qualityOutput struct{ Body qualitiesBody }

type qualitiesBody struct {
	Rules []qualityBody `json:"rules" nullable:"false"`
}

type qualityBody struct {
	Pack      string           `json:"pack"`
	Rule      string           `json:"rule"`
	Closed    int64            `json:"closed" doc:"Findings closed since the last review"`
	NoFault   int64            `json:"no_fault"`
	Share     float64          `json:"share" doc:"Of no fault among what was closed"`
	Reasons   map[string]int64 `json:"reasons" doc:"Of no fault"`
	Outcomes  map[string]int64 `json:"outcomes"`
	Low       float64          `json:"low" doc:"The share lies from here"`
	High      float64          `json:"high" doc:"to here, by 95 in 100"`
	OnlyWarns bool             `json:"only_warns" doc:"The share passed the policy's: what the rule finds only warns until it was reviewed"`
	Reviewed  string           `json:"reviewed,omitempty" doc:"The last time"`
	Spells    []spellBody      `json:"spells" nullable:"false" doc:"When it only warned, oldest first"`
	Reviews   []reviewedBody   `json:"reviews" nullable:"false" doc:"Oldest first"`
}

type spellBody struct {
	From    string `json:"from"`
	After   int64  `json:"after" doc:"The number of the last finding before it"`
	Closed  int64  `json:"closed" doc:"What was closed then"`
	NoFault int64  `json:"no_fault"`
	To      string `json:"to,omitempty" doc:"Missing: it lasts"`
	Last    int64  `json:"last,omitempty" doc:"The number of the last finding in it"`
}

type reviewedBody struct {
	At   string `json:"at"`
	By   string `json:"by" doc:"The account"`
	Text string `json:"text"`
}

type reviewInput struct {
	Pack string `path:"pack" maxLength:"200"`
	Rule string `path:"rule" maxLength:"200"`
	Body reviewBody
}

type reviewBody struct {
	Text string `json:"text" minLength:"1" maxLength:"20000" doc:"What was looked at, and why the rule stays or changes"`
}

func (a *API) addItems() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/findings/{id}/item", "get-item", "A finding on the ledger",
		"Where it stands, every move, how its deadline was moved, its files, what may be done next, and who may verify.", access.FindingPersons), a.getItem)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/items", "list-items", "List items", "Findings on the ledger by whose turn is due.", access.FindingPersons), a.listItems)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/quality", "rule-quality", "Alert quality by rule", "Of what each rule found and was closed, how much was no fault, and why.", access.VerdictRead), a.getQuality)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/quality/{pack}/{rule}/review", "review-rule", "Review a rule", "Somebody looked at a rule whose findings are closed as no fault too often; its share begins anew.", access.RuleReview), a.postReview)
}

func (a *API) item(it *ledger.Item) itemBody {
	return itemBody{Finding: it.Finding, Number: it.Number, Pack: it.Pack, Rule: it.Rule, Severity: it.Severity, Unit: string(it.Unit), Subject: string(it.Subject),
		Version: it.Version, State: string(it.State), Owner: string(it.Owner), OwnerUnit: string(it.OwnerUnit), Late: it.Met, Verifier: it.Verifier, Outcome: string(it.Outcome), Reason: it.Reason,
		Opened: a.instant(it.Opened), FirstDue: a.instant(it.First), Due: a.instant(it.Due), Shifts: it.Shifts, TurnDue: a.instant(it.Turn), Changed: a.instant(it.Changed)}
}

func fileOf(f *ledger.File) *itemFileBody {
	if f == nil {
		return nil
	}
	return &itemFileBody{f.Hash, f.Name, f.Type, f.Size}
}

func barOf(b *ledger.Bar, lang errs.Lang) *barBody {
	if b == nil {
		return nil
	}
	return &barBody{b.Rule, b.Why.In(lang)}
}

func (a *API) getItem(ctx context.Context, in *itemInput) (*itemOutput, error) {
	if p := a.overFinding(ctx, in.ID, access.FindingPersons); p != nil {
		return nil, p
	}
	d, err := a.ledger.Item(ctx, moverOf(ctx), in.ID)
	switch {
	case err != nil:
		return nil, a.problemOf(err)
	case d == nil:
		return nil, nothing()
	}
	links, err := a.ledger.Links(ctx, in.ID)
	if err != nil {
		return nil, a.problemOf(err)
	}
	lang := languageOf(in.Accept)
	out := itemDetailBody{Links: []linkedBody{}, Item: a.item(&d.Item), Moves: make([]madeBody, len(d.Moves)), Shifts: make([]shiftBody, len(d.Shifts)),
		Files: make([]itemFileBody, len(d.Files)), Offers: make([]offerBody, len(d.Offers)), Verifiers: make([]verifierBody, len(d.Verifiers))}
	for i := range d.Moves {
		if out.Moves[i], err = a.made(ctx, &d.Moves[i]); err != nil {
			return nil, a.problemOf(err)
		}
	}
	for i, s := range d.Shifts {
		out.Shifts[i] = shiftBody{a.instant(s.Move.At), s.Move.Account, string(s.Move.Kind), a.instant(s.Move.Due), s.Days, s.Move.Text}
	}
	for i := range d.Files {
		out.Files[i] = *fileOf(&d.Files[i])
	}
	for _, l := range links {
		reads, err := a.reads(ctx, l.Finding)
		if err != nil {
			return nil, a.problemOf(err)
		}
		if reads {
			out.Links = append(out.Links, linkedBody{l.Finding, l.As, l.Here, a.instant(l.Move.At), l.Move.Account, l.Move.Text})
		}
	}
	for i, o := range d.Offers {
		out.Offers[i] = offerBody{Kind: string(o.Kind), Needs: []string{}, Bar: barOf(o.Bar, lang)}
		for _, n := range o.Needs {
			out.Offers[i].Needs = append(out.Offers[i].Needs, string(n))
		}
	}
	for i, v := range d.Verifiers {
		out.Verifiers[i] = verifierBody{v.Account, string(v.Person), barOf(v.Bar, lang)}
	}
	return &itemOutput{out}, nil
}

// made is a move as who asks may have it: which finding it links isn't told where that
// isn't for them.
func (a *API) made(ctx context.Context, m *ledger.Move) (madeBody, error) {
	link := m.Link
	if link != "" {
		reads, err := a.reads(ctx, link)
		if err != nil {
			return madeBody{}, err
		}
		if !reads {
			link = ""
		}
	}
	return madeBody{Number: m.Number, Kind: string(m.Kind), At: a.instant(m.At), Account: m.Account, Person: string(m.Person), Owner: string(m.Owner), OwnerUnit: string(m.OwnerUnit),
		Outcome: string(m.Outcome), Reason: m.Reason, Cause: m.Cause, Measure: m.Measure, Evidence: m.Evidence, NoFiles: m.NoFiles, Text: m.Text, Due: a.instant(m.Due),
		Link: link, LinkAs: m.LinkAs, File: fileOf(m.File)}, nil
}

func (a *API) listItems(ctx context.Context, in *itemsInput) (*itemsOutput, error) {
	before, err := a.when("before", in.Before)
	if err != nil {
		return nil, err
	}
	forWhom := access.For{Who: whoAsks(ctx), Action: access.FindingPersons}
	q := ledger.Query{Owner: org.PersonID(in.Owner), Units: in.Unit, Rules: in.Rule, Severity: in.Severity, Before: before, After: in.After, Limit: in.Limit, For: forWhom}
	for _, s := range in.State {
		q.States = append(q.States, ledger.State(s))
	}
	page, err := a.ledger.Queue(ctx, q)
	if err != nil {
		return nil, a.problemOf(err)
	}
	counts, err := a.ledger.Count(ctx, ledger.Query{For: forWhom})
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &itemsOutput{itemsBody{Items: make([]itemBody, len(page.Items)), Counts: map[string]int64{}, Next: page.Next}}
	for i := range page.Items {
		out.Body.Items[i] = a.item(&page.Items[i])
	}
	for state, n := range counts {
		out.Body.Counts[string(state)] = n
	}
	return out, nil
}

func (a *API) getQuality(ctx context.Context, _ *struct{}) (*qualityOutput, error) {
	list, err := a.ledger.Quality(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &qualityOutput{qualitiesBody{Rules: make([]qualityBody, len(list))}}
	for i, q := range list {
		body := qualityBody{Pack: q.Pack, Rule: q.Rule, Closed: q.Closed, NoFault: q.NoFault, Share: q.Share, Low: q.Low, High: q.High, Reasons: q.Reasons, Outcomes: map[string]int64{}, OnlyWarns: q.OnlyWarns, Reviewed: a.instant(q.Reviewed),
			Spells: make([]spellBody, len(q.Spells)), Reviews: make([]reviewedBody, len(q.Reviews))}
		for k, s := range q.Spells {
			body.Spells[k] = spellBody{a.instant(s.From), s.After, s.Closed, s.NoFault, a.instant(s.To), s.Last}
		}
		for k, r := range q.Reviews {
			body.Reviews[k] = reviewedBody{a.instant(r.At), r.Account, r.Text}
		}
		out.Body.Rules[i] = body
		for o, n := range q.Outcomes {
			out.Body.Rules[i].Outcomes[string(o)] = n
		}
	}
	return out, nil
}

func (a *API) postReview(ctx context.Context, in *reviewInput) (*struct{}, error) {
	if err := a.ledger.Review(ctx, moverOf(ctx), in.Pack, in.Rule, in.Body.Text); err != nil {
		return nil, a.problemOf(err)
	}
	return nil, nil
}
