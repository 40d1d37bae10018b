package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/ledger"
	"plumbline/internal/report"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// fake keeps events in a map, and says what the tests tell it to.
type fake struct {
	mu     sync.Mutex
	events map[string]event.Event
	calls  int           // of Hand
	quiet  bool          // nobody sends single events
	busyAt int           // the call of Hand from which on it is busy; 0: never
	fail   error         // of all calls
	hold   chan struct{} // what big batches wait for; nil: nothing
	held   chan struct{} // told when one waits; may be nil
	query  service.FindingQuery
	asOf   clock.Instant
}

var tokens = map[string]service.Source{
	"send":  {ID: 1, Name: "desk", Role: service.RoleSource},
	"read":  {ID: 2, Name: "chief", Role: service.RoleReader},
	"admin": {ID: 3, Name: "root", Role: service.RoleAdmin},
}

func (f *fake) Authenticate(_ context.Context, token string) (*service.Source, bool) {
	src, ok := tokens[token]
	return &src, ok
}

func (f *fake) Hand(ctx context.Context, src *service.Source, in []service.Arrival, part bool) (service.Written, error) {
	out, err := f.takes(ctx, src, in)
	return func(context.Context) ([]service.Outcome, error) { return out, err }, nil
}

func (f *fake) takes(ctx context.Context, src *service.Source, in []service.Arrival) ([]service.Outcome, error) {
	if f.hold != nil && len(in) > 100 {
		if f.held != nil {
			f.held <- struct{}{}
		}
		select {
		case <-f.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	if f.calls++; f.busyAt > 0 && f.calls >= f.busyAt {
		return nil, service.ErrBusy
	}
	out := make([]service.Outcome, len(in))
	for i := range in {
		out[i] = f.take(src, &in[i])
	}
	return out, nil
}

func (f *fake) take(src *service.Source, in *service.Arrival) service.Outcome {
	if in.Err != nil {
		return service.Outcome{Outcome: "quarantined", Code: "unreadable", Why: in.Err.Error(), WhyZH: "无法读取"}
	}
	e := in.Event
	e.Source = src.Name
	if e.ID == "" {
		e.ID = event.ContentID(&e)
	}
	was, ok := f.events[e.ID]
	switch {
	case !ok:
		if f.events == nil {
			f.events = map[string]event.Event{}
		}
		f.events[e.ID] = e
		return service.Outcome{ID: e.ID, Outcome: "taken"}
	case event.Same(&was, &e):
		return service.Outcome{ID: e.ID, Outcome: "repeated"}
	}
	return service.Outcome{ID: e.ID, Outcome: "refused", Code: "conflict", Why: "other content came under this id", WhyZH: "该编号已有其他内容"}
}

const someTime clock.Instant = 1_772_000_000_000_000

func (f *fake) Findings(_ context.Context, q service.FindingQuery) (service.FindingPage, error) {
	f.query = q
	return service.FindingPage{Findings: []service.Finding{{ID: "f1", Kind: "rule", Severity: "major", State: service.Open, Raised: someTime, Actor: "P1", Case: "A1"}}, Next: "n1"}, f.fail
}

func (f *fake) Finding(_ context.Context, id string) (*service.FindingDetail, error) {
	if id != "f1" {
		return nil, f.fail
	}
	e := event.Event{ID: "e1", Source: "desk", Type: "立案", Time: event.Stamp{At: someTime, Kind: event.Time}, Received: event.Stamp{At: someTime, Kind: event.Time},
		Objects: []event.Object{{Type: "case", ID: "A1"}}, Attrs: []event.Attr{{Name: "amount", Value: event.Num(80)}}}
	return &service.FindingDetail{Finding: service.Finding{ID: "f1", Kind: "rule", State: service.Open, Actor: "P1", Case: "A1"}, Events: []event.Event{e},
		Notes: []service.Note{{At: someTime, Kind: "raised"}}, Explanation: map[string]string{"en": "because", "zh": "因为"}}, f.fail
}

func (f *fake) AtRisk(_ context.Context, may func(*service.AtRisk) bool, limit int) (list []service.AtRisk, all int) {
	for i, unit := range []string{"u1", "u2", "u1"} {
		a := service.AtRisk{ID: "f", Rule: "r", Severity: "major", Unit: unit, Actor: "P1", Case: "A1", Due: someTime + clock.Instant(i)}
		if may(&a) {
			list = append(list, a)
		}
	}
	return list[:min(limit, len(list))], len(list)
}

func (f *fake) Verdicts(_ context.Context, asOf, _ clock.Instant) (*report.Document, error) {
	f.asOf = asOf
	d := &report.Document{Rules: []report.DocumentRule{}}
	d.Log.Objects, d.Log.Files = map[string]int{}, []report.File{}
	return d, f.fail
}

func (f *fake) Timeline(_ context.Context, typ, id string) (*service.Timeline, error) {
	if !strings.HasPrefix(id, "A") {
		return nil, f.fail
	}
	var events []event.Event
	if id == "AP9" {
		events = []event.Event{{Type: "Noted", Actor: event.Some("P8")}, {Type: "Noted", Actor: event.Some("P9")}}
	}
	return &service.Timeline{Type: typ, ID: id, AsOf: someTime, Events: events, Obligations: []service.Obligation{{Rule: "r", Verdict: "running", Time: someTime}}}, f.fail
}

func (f *fake) Sources(context.Context) ([]service.SourceInfo, error) {
	return []service.SourceInfo{{Source: tokens["send"], State: service.SourceState{Contact: someTime}, Lag: 3_000_000, Waiting: 1}}, f.fail
}

func (f *fake) Quarantine(_ context.Context, source string, _ bool, after int64, limit int) ([]service.Quarantined, error) {
	if source != "" && source != "desk" {
		return nil, service.ErrNone
	}
	var out []service.Quarantined
	for id := after + 1; id <= 3 && len(out) < limit; id++ {
		out = append(out, service.Quarantined{ID: id, Source: 1, At: someTime, Raw: []byte("{\xff"), Code: "unreadable", Reason: "broken", ReasonZH: "损坏"})
	}
	return out, f.fail
}

func (f *fake) Mend(_ context.Context, id int64, in service.Arrival) (service.Outcome, error) {
	switch {
	case f.fail != nil:
		return service.Outcome{}, f.fail
	case id > 3:
		return service.Outcome{}, service.ErrNone
	case id == 3:
		return service.Outcome{}, service.ErrSettled
	}
	return service.Outcome{ID: in.Event.ID, Outcome: "taken"}, nil
}

func (f *fake) SetAside(_ context.Context, id int64, _ string) error {
	if id > 3 {
		return service.ErrNone
	}
	return f.fail
}

func (f *fake) Erasures(context.Context) ([]service.Erasure, error) {
	return []service.Erasure{{Number: 1, Kind: service.Retention, At: someTime, Before: someTime - 1, Cases: 2, Events: 30, Cleared: 4, Reason: "ten years", Approval: "a3", By: "boss", Second: "auditor"}}, nil
}

func (f *fake) TryErase(_ context.Context, what service.EraseAsk) (service.EraseTrial, []string, []string, error) {
	if what.Event == "s/none" {
		return service.EraseTrial{}, nil, nil, service.ErrNone
	}
	return service.EraseTrial{Cases: 2, Events: 30, Kept: []service.Kept{{Why: service.KeptOpen, Example: "B7"}}, Changes: []service.EraseVerdict{{Actor: "P9"}, {Actor: "P8"}}, Changed: 2}, nil, nil, nil
}

func (f *fake) TryPacks(_ context.Context, packs []string) (any, error) {
	if packs[0] == "nosuch" {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("no pack nosuch", "没有规则包 nosuch")}
	}
	if packs[0] == "named" {
		return theDiff(), nil
	}
	return map[string]any{"changed": 3}, f.fail
}

// theDiff names P9 and P8 as officials, and a case of each: in AP9, P9 did something,
// though another official's act is the example.
func theDiff() *trial.Diff {
	p8, p9 := "P8", "P9"
	t := trial.Tally{Counts: trial.Counts{ViolationsVanished: 12}, Officers: []trial.Group{{Name: &p8}, {Name: &p9}, {}}, Concentrations: []trial.Concentration{{Of: trial.Officer, Name: p9}, {Of: trial.Unit, Name: "u1"}}}
	of := func(officer *string, id string) trial.Example {
		return trial.Example{Officer: officer, Key: []trial.KeyPart{{Kind: "case", ID: id}}}
	}
	return &trial.Diff{Totals: t, Rules: []trial.Rule{{ID: "r", Tally: t, Examples: []trial.Example{of(&p9, "A1"), of(&p8, "AP9"), of(&p8, "A2"), of(nil, "A3")}}}}
}

func rawDiff() json.RawMessage {
	text, err := json.Marshal(theDiff())
	if err != nil {
		panic(err)
	}
	return text
}

// EventOfficials are P8 of every event, and P9 of s/p9.
func (f *fake) EventOfficials(_ context.Context, name string) ([]string, error) {
	if name == "s/p9" {
		return []string{"P8", "P9"}, f.fail
	}
	return []string{"P8"}, f.fail
}

func (f *fake) Gauges(context.Context) (service.Gauges, error) {
	return service.Gauges{Queue: 7, Segments: 2, Findings: map[service.FindingState]int64{service.Open: 5}}, f.fail
}

func (f *fake) Ready() error { return f.fail }

func (f *fake) Brief() bool { return !f.quiet }

// people are signed in by cookies that say who they are: roles+roles|person|unit|conflict.
type people struct{}

func (people) CookieOf(r *http.Request) string {
	c, err := r.Cookie("plumbline")
	if err != nil {
		return ""
	}
	return c.Value
}

func (people) Session(_ context.Context, cookie string) (*access.Who, error) {
	if cookie == "" || cookie == "nobody" {
		return nil, nil
	}
	part := strings.Split(cookie+"|||", "|")
	w := &access.Who{Account: "of " + cookie, Session: "s", Person: part[1]}
	for r := range strings.SplitSeq(part[0], "+") {
		w.Roles = append(w.Roles, access.Role(r))
	}
	if part[2] != "" {
		w.Units = []string{part[2]}
	}
	if part[3] != "" {
		w.Conflicts = []string{part[3]}
	}
	return w, nil
}

// record knows every finding but none: of P1, in the lake station under the city,
// answered for by lake-head; but ofP9 is of P9.
type record struct{}

func (record) FindingThing(_ context.Context, id string) (*access.Thing, error) {
	t := &access.Thing{Owners: []string{"lake-head"}, Units: []string{"lake"}, Above: []string{"lake", "city"}, Subjects: []string{"P1"}}
	switch id {
	case "none":
		return nil, nil
	case "ofP9":
		t.Subjects = []string{"P9"}
	}
	return t, nil
}

func (record) Above(_ context.Context, units []string) ([]string, error) {
	return append(slices.Clone(units), "city"), nil
}

// proposals are kept in a map; packs change verdicts on nobody.
type proposals struct {
	record
	sync.Mutex
	all map[string]approval.Approval
}

func (p *proposals) AddApproval(_ context.Context, a approval.Approval) error {
	p.Lock()
	defer p.Unlock()
	p.all[a.ID] = a
	return nil
}

func (p *proposals) Approval(_ context.Context, id string) (*approval.Approval, error) {
	p.Lock()
	defer p.Unlock()
	a, ok := p.all[id]
	if !ok {
		return nil, nil
	}
	return &a, nil
}

func (p *proposals) Approvals(context.Context, []string, string, int) (out []approval.Approval, err error) {
	p.Lock()
	defer p.Unlock()
	for _, a := range p.all {
		out = append(out, a)
	}
	return out, nil
}

func (p *proposals) ChangeApproval(_ context.Context, id string, _ clock.Instant, change func(*approval.Approval) error) (*approval.Approval, error) {
	p.Lock()
	defer p.Unlock()
	a, ok := p.all[id]
	if !ok {
		return nil, nil
	}
	if err := change(&a); err != nil {
		return nil, err
	}
	p.all[id] = a
	return &a, nil
}

// f1 is proposed by token/boss.
func newProposals() *approval.Desk {
	changes := approval.Tried{Trial: json.RawMessage(`{"changed":3}`)}
	store := &proposals{all: map[string]approval.Approval{"named": {ID: "named", Kind: approval.Packs, Body: json.RawMessage(`{}`), Trial: rawDiff(), State: approval.Waiting, Proposed: someTime, Proposer: approval.Person{Account: "token/boss"}}, "f1": {ID: "f1", Kind: approval.Packs, Body: json.RawMessage(`{}`), Trial: changes.Trial, State: approval.Waiting, Proposed: someTime, Proposer: approval.Person{Account: "token/boss"}}}}
	kind := func(propose, approve access.Action) approval.Kind {
		return approval.Kind{Propose: propose, Approve: approve,
			Try: func(context.Context, json.RawMessage) (approval.Tried, error) { return changes, nil },
			Do:  func(context.Context, *approval.Approval) error { return nil }}
	}
	return &approval.Desk{Store: store, Now: func() clock.Instant { return someTime }, Kinds: map[string]approval.Kind{
		approval.Packs: kind(access.PackPropose, access.PackApprove), approval.Retire: kind(access.PackPropose, access.PackApprove),
		approval.Exempt: kind(access.ExemptionPropose, access.ExemptionApprove),
		approval.Table:  kind(access.AccessPropose, access.AccessApprove), approval.Key: kind(access.KeyRotate, access.KeyApprove),
		approval.EndExempt: kind(access.ExemptionPropose, access.ExemptionApprove), approval.Erase: kind(access.ErasurePropose, access.ErasureApprove),
		approval.Opening: kind(access.IdentityPropose, access.IdentityApprove), approval.Custodian: kind(access.CustodianPropose, access.CustodianApprove)}}
}

// agreed is one exemption.
type agreed struct{}

func (agreed) Exemptions(context.Context) ([]ledger.Exemption, error) {
	return []ledger.Exemption{{ID: "a1", Unit: "lake", Pack: "p", Rule: "r", From: someTime, To: someTime + 1, Reason: "flood", At: someTime, Findings: 3}}, nil
}

func (agreed) Policies(context.Context, string) ([]approval.Policy, error) {
	return []approval.Policy{{Name: approval.Table, Number: 1, At: someTime, Approval: "a2", Text: "action pack.try: x | y"}}, nil
}

// as is the header of somebody who is signed in.
func as(who string) string { return "Cookie: plumbline=" + who }

func testAPI(t testing.TB, f *fake, limits Limits) *API {
	t.Helper()
	return logging(t, f, limits, io.Discard)
}

func logging(t testing.TB, f *fake, limits Limits, log io.Writer) *API {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(f, Options{Zone: zone, Version: "test", Log: slog.New(slog.NewTextHandler(log, nil)), Limits: limits, Ledger: fakeLedger{}, Organisation: fakeOrganisation{}, People: people{}, Record: record{}, Approvals: newProposals(), Agreed: agreed{}, Tokens: mint{}, Vault: fakeVault{}, Accounts: newFakeAccounts()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask sends a request: METHOD PATH, headers as "Name: value", a body.
func ask(a *API, what string, body string, headers ...string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(what, " ")
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, from)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

const (
	asAll    = "Cookie: plumbline=supervisor+head+officer+verifier+administrator+custodian|lake-head|lake"
	asSender = "Authorization: Bearer send"
	asReader = "Authorization: Bearer read"
	asAdmin  = "Authorization: Bearer admin"
	isJSON   = "Content-Type: application/json"
	isLines  = "Content-Type: application/x-ndjson"
	inZh     = "Accept-Language: zh-CN,zh;q=0.9,en;q=0.5"
)
