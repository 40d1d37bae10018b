package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/report"
	"plumbline/internal/rule"
	"plumbline/internal/seal"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// hostile is a name as somebody would send it who wants to break a page.
const hostile = `"><script>alert(1)</script><b style="x">` + turned + "\u2066"

// turned turns the direction of what is written behind it.
const turned = "\u202e"

// fake is a service that holds what a test says.
type fake struct {
	policy   *ledger.Policy // read when it is asked for
	zone     *clock.Zone
	rules    []*rule.Rule
	findings []service.Finding
	items    map[string]ledger.Item
	moves    map[string][]ledger.Move
	moved    []ledger.Move
	spells   []ledger.Spell
	reviewed []ledger.Review
	sealed   []seal.Leaf
	keys     []string
	proof    string
	refusal  error // of moves
	barred   error // of the second of several moves; nil: somebody was faster
	asked    *ledger.Query
	views    []ledger.SavedView
	entered  []event.Event
	mapping  string
	next     string
	fault    error
}

func (f *fake) FindingsByID(_ context.Context, ids []string) (out []service.Finding, err error) {
	for _, x := range f.findings {
		if slices.Contains(ids, x.ID) {
			out = append(out, x)
		}
	}
	return out, f.fault
}

func (f *fake) FindingThing(_ context.Context, id string) (*access.Thing, error) {
	for _, x := range f.findings {
		if x.ID == id {
			return &access.Thing{Owners: []string{string(f.items[id].Owner)}, Units: []string{x.Unit}, Above: []string{x.Unit}, Subjects: []string{x.Actor}}, nil
		}
	}
	return nil, f.fault
}

func (f *fake) Above(_ context.Context, units []string) ([]string, error) { return units, f.fault }

func (f *fake) AtRisk(_ context.Context, may func(*service.AtRisk) bool, _ int) ([]service.AtRisk, int) {
	a := service.AtRisk{Pack: f.rules[0].Pack.Name, Rule: f.rules[0].ID, Severity: "major", Case: hostile, Unit: "u1", Actor: hostile, Due: now + clock.Instant(4*hour)}
	if !may(&a) {
		return nil, 0
	}
	return []service.AtRisk{a}, 9
}

func (f *fake) Seal(_ context.Context, _ clock.Instant, leaves ...seal.Leaf) error {
	f.sealed = append(f.sealed, leaves...)
	return f.fault
}

// stamp is the seal over a fake.
type stamp struct{ *fake }

func (s stamp) Status(context.Context) (keeper.Status, error) {
	st := keeper.Status{Origin: "agency.example/" + hostile, Keys: s.keys, Size: 1842907, Signed: 1842900, Problem: errors.New(hostile)}
	if len(s.keys) == 0 { // to be shown, not to be checked by
		st.Witnesses = []keeper.WitnessStatus{{Name: "city", Fresh: true, At: now.Time()}, {Name: hostile, Problem: errors.New(hostile)}}
	}
	return st, s.fault
}

func (stamp) Vouched() bool { return false }

func (s stamp) ProveFinding(_ context.Context, id string) ([]byte, error) {
	if id == "f4" {
		return nil, service.ErrNone
	}
	return []byte(s.proof), s.fault
}

func (s stamp) ProveMove(_ context.Context, id string, number int64) ([]byte, error) {
	if number > 3 {
		return nil, service.ErrNone
	}
	return fmt.Appendf(nil, "move %d of %s", number, id), s.fault
}

func (s stamp) ProveFile(_ context.Context, hash string) ([]byte, error) {
	return []byte("file " + hash), s.fault
}

// books is the ledger over a fake.
type books struct{ *fake }

func (b books) Item(_ context.Context, _ ledger.Who, id string) (*ledger.Detail, error) {
	it, ok := b.items[id]
	if !ok {
		return nil, b.fault
	}
	d := &ledger.Detail{Item: it, Files: []ledger.File{{Hash: strings.Repeat("ab", 32), Name: hostile, Size: 2_400_000}}, Moves: b.moves[id],
		Verifiers: []ledger.Verifier{{Who: ledger.Who{Account: "gu"}}, {Who: ledger.Who{Account: hostile}, Bar: &ledger.Bar{Rule: ledger.BarOwner, Why: errs.T("owns it", "是承办人")}}}}
	for _, k := range ledger.Kinds {
		d.Offers = append(d.Offers, ledger.Offer{Kind: k, Needs: ledger.Forms[k].Needs})
	}
	return d, nil
}

func (b books) Move(_ context.Context, who ledger.Who, id string, seen int64, kind ledger.Kind, say ledger.Content) (*ledger.Item, error) {
	b.moved = append(b.moved, ledger.Move{Finding: id, Number: seen, Kind: kind, Account: who.Account, Content: say})
	return nil, b.refusal
}

func (b books) MoveAll(_ context.Context, who ledger.Who, items []ledger.Wanted, kind ledger.Kind, say ledger.Content) (out []ledger.Done, err error) {
	for i, w := range items {
		d := ledger.Done{Finding: w.Finding}
		if i > 0 {
			d.Err = b.barred
		}
		if i > 0 && d.Err == nil {
			d.Err = &ledger.Refused{Because: ledger.Faster, Fault: errs.Error{Code: errs.Usage, What: errs.T("somebody was faster", "已有人先行办理")}}
		}
		b.moved = append(b.moved, ledger.Move{Finding: w.Finding, Number: w.Seen, Kind: kind, Account: who.Account, Content: say})
		out = append(out, d)
	}
	return out, nil
}

func (b books) Queue(_ context.Context, q ledger.Query) (ledger.Page, error) {
	*b.asked = q
	var p ledger.Page
	for _, f := range b.findings {
		p.Items = append(p.Items, b.items[f.ID])
	}
	p.Next = b.next
	return p, b.fault
}

func (b books) Count(context.Context, ledger.Query) (map[ledger.State]int64, error) {
	out := map[ledger.State]int64{}
	for _, f := range b.findings {
		out[b.items[f.ID].State]++
	}
	return out, b.fault
}

func (b books) Attach(_ context.Context, who ledger.Who, id string, seen int64, name, text string, from io.Reader) (*ledger.Item, *ledger.File, error) {
	body, err := io.ReadAll(from)
	b.moved = append(b.moved, ledger.Move{Finding: id, Number: seen, Kind: ledger.Attach, Account: who.Account, Content: ledger.Content{Text: text, File: &ledger.File{Name: name, Size: int64(len(body))}}})
	return nil, nil, err
}

func (b books) File(_ context.Context, id, hash string) (*ledger.File, []byte, error) {
	if hash != "ab" {
		return nil, nil, b.fault
	}
	return &ledger.File{Hash: hash, Name: "报告.pdf", Type: "application/pdf"}, []byte("%PDF"), nil
}

func (b books) Quality(context.Context) ([]ledger.Quality, error) {
	r := b.rules[0]
	return []ledger.Quality{{Pack: "gone", Rule: hostile, High: 1},
		{Pack: r.Pack.Name, Rule: r.ID, Closed: 25, NoFault: 12, Share: .48, Low: .3, High: .67, Reasons: map[string]int64{"lawful": 11, hostile: 1}, OnlyWarns: len(b.spells) > 0, Spells: b.spells,
			Reviews: []ledger.Review{{At: now - clock.Instant(9*day), Account: hostile, Text: hostile}}}}, b.fault
}

func (b books) Spells(context.Context) ([]ledger.Spell, error) { return b.spells, b.fault }

func (b books) Review(_ context.Context, who ledger.Who, pack, rule, text string) error {
	b.reviewed = append(b.reviewed, ledger.Review{Pack: pack, Rule: rule, Account: who.Account, Text: text})
	return b.fault
}

func (b books) Links(_ context.Context, id string) (out []ledger.Linked, err error) {
	if id == "f1" {
		out = append(out, ledger.Linked{Finding: "f2", As: "same_cause", Here: true, Move: ledger.Move{Account: hostile, At: now, Content: ledger.Content{Text: hostile}}}, ledger.Linked{Finding: "none", As: "related"})
	}
	return out, b.fault
}

func (b books) Policy() *ledger.Policy {
	if b.policy == nil {
		b.policy = ledger.DefaultPolicy(b.zone)
	}
	return b.policy
}

func (f *fake) Finding(_ context.Context, id string) (*service.FindingDetail, error) {
	for i := range f.findings {
		if f.findings[i].ID == id {
			d := &service.FindingDetail{Finding: f.findings[i], Notes: []service.Note{{At: f.findings[i].Raised, Kind: "raised", Verdict: "breached", Due: f.findings[i].Due},
				{At: f.findings[i].Raised + 1, Kind: "claimed_met", Text: hostile, TextZH: hostile, Entered: f.findings[i].Raised}}}
			if f.findings[i].Kind == "rule" {
				d.Explanation, d.Events = explained(f.zone, f.rules)
			}
			return d, nil
		}
	}
	return nil, f.fault
}

func (f *fake) Timeline(context.Context, string, string) (*service.Timeline, error) {
	return nil, f.fault
}

func (f *fake) Sources(context.Context) ([]service.SourceInfo, error) {
	return []service.SourceInfo{{Source: service.Source{Name: hostile, Habit: int64(5 * minute)}, State: service.SourceState{Silent: true, Contact: now - clock.Instant(42*minute)}},
		{Source: service.Source{Name: "desk"}, Waiting: 3}, {Source: service.Source{Name: "gates"}}, {Source: service.Source{Name: "archive", Lateness: 3650 * 24 * 60 * minute}}}, f.fault
}

func (f *fake) Quarantine(context.Context, string, bool, int64, int) ([]service.Quarantined, error) {
	return []service.Quarantined{{ID: 7, Raw: []byte(`{"type":"x\xff"}` + hostile), Code: "future", Reason: hostile, ReasonZH: hostile, Times: 3, Last: now, At: now}, {ID: 8, Done: now, Raw: []byte(hostile), ReasonZH: "x", Reason: "x"}}, f.fault
}

func (f *fake) Mend(_ context.Context, _ int64, in service.Arrival) (service.Outcome, error) {
	switch in.Event.Type {
	case "gone":
		return service.Outcome{}, service.ErrSettled
	case "future":
		return service.Outcome{Outcome: "quarantined", Why: "lies ahead", WhyZH: "尚未到来"}, nil
	}
	return service.Outcome{Outcome: "taken"}, nil
}

func (f *fake) SetAside(_ context.Context, id int64, _ string) error {
	if id != 7 {
		return service.ErrNone
	}
	return nil
}

func (f *fake) Rules() []*rule.Rule { return f.rules }
func (f *fake) Now() clock.Instant  { return now }

// now is the instant as of which tests judge: 2026-11-18 09:20 in Shanghai.
var now = clock.InstantOf(time.Date(2026, 11, 18, 1, 20, 0, 0, time.UTC))

// explained explains a fine that was sent too late.
func explained(zone *clock.Zone, rules []*rule.Rule) (*service.Explanation, []event.Event) {
	b := event.NewBuilder(event.Options{Zone: zone})
	at := func(d int) event.Stamp {
		return event.Stamp{At: clock.InstantOf(time.Date(2026, 1, d, 9, 0, 0, 0, time.UTC)), Kind: event.Time}
	}
	var list []event.Event
	for i, typ := range []string{"Create Fine", "Send Fine"} {
		e := event.Event{ID: typ, Type: typ, Time: at(1 + i*150), Actor: event.Some(hostile), Objects: []event.Object{{Type: "case", ID: "A1"}}}
		list = append(list, e)
		if _, err := b.Add(&e); err != nil {
			panic(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		panic(err)
	}
	res, err := monitor.Check(l, rules, monitor.Options{AsOf: now, HasAsOf: true, Keep: monitor.KeepAll})
	if err != nil {
		panic(err)
	}
	doc := &report.Doc{Result: res, Explain: report.Engine(res)}
	for _, rr := range res.Rules {
		for i := range rr.Judgements {
			if rr.Judgements[i].Verdict == monitor.MetLate {
				return &service.Explanation{Shown: func(lang errs.Lang) report.Shown { return doc.Shown(rr, i, lang) }}, list
			}
		}
	}
	panic("nothing was late")
}

// gate lets one account in.
type gate struct{ who *access.Who }

func (gate) From(*http.Request) identity.From { return identity.From{} }

func (g gate) SignIn(_ context.Context, t identity.Try) (*identity.Granted, error) {
	refused := func(why error) error {
		return &errs.Error{Code: errs.Usage, Err: why, What: errs.T("refused: "+why.Error(), "不对")}
	}
	switch {
	case t.Name == "slow":
		return nil, refused(identity.ErrWait)
	case t.Ticket != "" && t.Code != "123456":
		return nil, refused(identity.Halfway{Ticket: t.Ticket})
	case t.Ticket == "" && t.Password != "right":
		return nil, refused(identity.ErrWrong)
	case t.Name == "two" && t.Ticket == "":
		return nil, refused(identity.Halfway{Ticket: "halfway"})
	case t.Name == "fault":
		return nil, errors.New("the disk is full")
	}
	return &identity.Granted{Cookie: "let-in"}, nil
}

func (g gate) Session(_ context.Context, cookie string) (*access.Who, error) {
	if cookie != "let-in" {
		return nil, nil
	}
	return g.who, nil
}

func (gate) SignOut(context.Context, string) error { return nil }

func (g gate) Sessions(context.Context, string) ([]identity.Session, error) {
	return []identity.Session{{ID: "s", Address: "10.0.0.1", Agent: hostile, Created: now, Seen: now}, {ID: "t", Address: hostile, Second: true}}, nil
}

func (gate) End(context.Context, string, string) error { return nil }

func (gate) ChangePassword(_ context.Context, _ *access.Who, old, _ string) error {
	if old != "right" {
		return &errs.Error{Code: errs.Usage, Err: identity.ErrWrong, What: errs.T("the old password is wrong", "原密码错误")}
	}
	return nil
}

func (gate) Accounts(context.Context) ([]identity.Account, error) {
	return []identity.Account{{Name: "lu", Roles: []access.Role{access.Supervisor, access.Auditor}, Secret: "x"}, {Name: hostile, Person: hostile, Unit: "u1", Change: true, Created: now}, {Name: "gone", Disabled: true}}, nil
}

func (gate) Add(_ context.Context, a identity.Account, password string) error {
	if len(a.Roles) == 0 || password == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("the account lacks something", "缺少内容")}
	}
	return nil
}

func (gate) Disable(context.Context, string) error             { return nil }
func (gate) Reset(context.Context, string, string, bool) error { return nil }

// desk is the approvals over a fake.
type desk struct{ *fake }

func (desk) List(context.Context, *access.Who, int) ([]approval.Approval, error) {
	name := "u1"
	diff, err := json.Marshal(trial.Diff{Rules: []trial.Rule{{ID: "fine-sent-90d", Tally: trial.Tally{Counts: trial.Counts{ViolationsVanished: 12}, Units: []trial.Group{{Name: &name}, {}}}}}})
	return []approval.Approval{
		{ID: "a1", Kind: "packs", Body: []byte(`{"packs":["it-traffic-fines"],"from":"2026-12-01"}`), Trial: diff, Concerned: approval.Concerned{Units: []string{"u1", hostile}}, Reason: hostile, State: approval.Waiting, Proposed: now, Proposer: approval.Person{Account: hostile}},
		{ID: "a2", Kind: "packs", Body: []byte(`{}`), State: approval.Waiting, Proposer: approval.Person{Account: "lu"}},
		{ID: "a4", Kind: approval.Opening, Body: []byte(`{"identity":"wanted","register":"finding","number":"7c4f0a1b2c3d4e5f60718293a4b5c6d7"}`), State: approval.Waiting, Proposer: approval.Person{Account: "an"}, Reason: hostile},
		{ID: "a5", Kind: approval.Custodian, Pin: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", State: approval.Waiting, Proposer: approval.Person{Account: hostile}},
		{ID: "a3", Kind: "packs", Body: []byte(`{}`), State: approval.Failed, Settled: now, Settler: approval.Person{Account: hostile}, Words: hostile}}, err
}

func (desk) May(w *access.Who, a *approval.Approval) bool {
	return a.Kind == approval.Packs && a.Proposer.Account != w.Account && access.May(w, access.PackApprove).Allowed
}

func (d desk) One(context.Context, *access.Who, string) (*approval.Approval, error) {
	return nil, d.fault
}

func (desk) Approve(_ context.Context, w *access.Who, id, _ string) (*approval.Approval, error) {
	if !w.Has(access.Verifier) {
		return nil, &approval.Refusal{Decision: access.Decision{Rule: "a rule", Why: errs.T("you stand in a unit that is concerned", "您属于受影响的单位")}}
	}
	if id != "a1" {
		return nil, nil
	}
	return &approval.Approval{ID: id}, nil
}

func (d desk) Refuse(ctx context.Context, w *access.Who, id, words string) (*approval.Approval, error) {
	return d.Approve(ctx, w, id, words)
}

func (gate) Cookie(g *identity.Granted) *http.Cookie {
	return &http.Cookie{Name: "plumbline", Value: g.Cookie}
}

func (gate) CookieOf(r *http.Request) string {
	c, err := r.Cookie("plumbline")
	if err != nil {
		return ""
	}
	return c.Value
}

func (gate) NoCookie() *http.Cookie { return &http.Cookie{Name: "plumbline", MaxAge: -1} }

// site is the pages over a fake.
type site struct {
	*fake
	handler http.Handler
	pages   *Pages
	who     *access.Who
}

// unfit lets whoever asks do nothing but put their account right.
func (s *site) unfit(why access.Unfit) { s.who.Unfit = why }

func newSite(t testing.TB, roles ...access.Role) *site {
	t.Helper()
	if len(roles) == 0 {
		roles = []access.Role{access.Supervisor, access.Verifier}
	}
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	packs, err := pack.Load("it-traffic-fines")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{zone: zone, rules: packs[0].Rules, items: map[string]ledger.Item{}, moves: map[string][]ledger.Move{}, asked: &ledger.Query{}}
	var kinds = []service.Finding{
		{ID: "f1", Kind: "rule", State: service.Open, Severity: "major", Verdict: "met_late", Due: clock.Instant(zone.First(clock.NewDay(2026, 5, 1))), Late: "P12D", Case: hostile, Actor: hostile, Unit: "u1"},
		{ID: "f2", Kind: "source", Key: []service.KeyPart{{Kind: "source", ID: hostile}}, State: service.ClaimedMet, Severity: "info", Due: now - clock.Instant(5*hour)},
		{ID: "f3", Kind: "gap", State: service.Withdrawn, Severity: "critical", ReplacedBy: "f1", Warning: true, Provisional: true, Count: 7, Erased: 1},
		{ID: "f4", Kind: "rule", State: service.Open, Severity: "minor", Late: "PT7H3M5S", Due: now, Erased: 2},
	}
	for i := range kinds {
		kinds[i].Number, kinds[i].Raised, kinds[i].EventTime = int64(i+1), now-clock.Instant(day), now-clock.Instant(300*day)
		if kinds[i].Kind == "rule" {
			kinds[i].Pack, kinds[i].Rule = f.rules[0].Pack.Name, f.rules[0].ID
		}
	}
	f.findings = kinds
	f.onLedger()
	who := &access.Who{Account: "lu", Person: "P1", Roles: roles, Session: "s"}
	p, err := New(Options{Service: f, Record: f, Ledger: books{f}, Seal: stamp{f}, Approvals: desk{f}, Identities: safe{}, Judged: record{f}, Enter: f.enter, Mapper: maps{f}, Identity: gate{who}, Organisation: &ours{fake: f, zone: zone}, Tokens: mint{}, Machine: engine{}, Zone: zone, Agency: "Agency " + hostile,
		Lang: errs.Zh, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Unit: func(id string, _ clock.Instant) errs.Text { return errs.T("Unit "+id, "单位"+id) },
		Units: func(clock.Instant) []Unit {
			return []Unit{{"u0", errs.T("Top", "总队"), 0}, {"u1", errs.T("Branch", "支队"), 1}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	return &site{f, p.Handler(), p, who}
}

// onLedger puts the findings on the ledger, each in another state, with a move of
// every kind by somebody whose name is hostile.
func (f *fake) onLedger() {
	states := []ledger.State{ledger.Open, ledger.Claimed, ledger.Closed, ledger.Returned}
	for i, x := range f.findings {
		it := ledger.Item{About: ledger.About{Finding: x.ID, Number: x.Number, Opened: x.Raised, First: now + clock.Instant(day)},
			Standing: ledger.Standing{Version: 3, State: states[i], Due: now + clock.Instant(9*day), Shifts: 1, Turn: now + clock.Instant(int64(i-1)*2*day), Changed: now, Met: i == 1}}
		if i == 2 {
			it.Turn, it.Outcome, it.Reason = 0, ledger.NoFault, "lawful"
		}
		if i > 0 {
			it.Owner = hostile
		}
		f.items[x.ID] = it
		for n, k := range append(ledger.Kinds, ledger.Met) {
			m := ledger.Move{Finding: x.ID, Number: int64(n + 1), Kind: k, At: now - clock.Instant(int64(20-n)*hour), Account: hostile,
				Content: ledger.Content{Owner: hostile, Text: hostile, Cause: hostile, Measure: hostile, NoFiles: hostile, Outcome: ledger.NoFault, Reason: "lawful"}}
			switch k {
			case ledger.Met:
				m.Account = ""
			case ledger.Link:
				m.Link, m.LinkAs = "f2", "related"
			case ledger.Attach:
				m.File = &ledger.File{Name: hostile}
			case ledger.Extend:
				m.Due = now
			}
			f.moves[x.ID] = append(f.moves[x.ID], m)
		}
	}
}

// get asks for a page in a language as somebody who is signed in.
func (s *site) get(path, lang string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: lang})
	return s.do(r)
}

// post sends a form as somebody who isn't.
func (s *site) post(path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r)
}

func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}
