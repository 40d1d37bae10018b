package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/identity"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/report"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// hostile is a name as somebody would send it who wants to break a page.
const hostile = `"><script>alert(1)</script><b style="x">`

// fake is a service that holds what a test says.
type fake struct {
	zone     *clock.Zone
	rules    []*rule.Rule
	findings []service.Finding
	asked    service.FindingQuery
	next     string
	fault    error
}

func (f *fake) Findings(_ context.Context, q service.FindingQuery) (service.FindingPage, error) {
	f.asked = q
	return service.FindingPage{Findings: f.findings, Next: f.next}, f.fault
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
		{Source: service.Source{Name: "desk"}, Waiting: 3}, {Source: service.Source{Name: "gates"}}}, f.fault
}

func (f *fake) Gauges(context.Context) (service.Gauges, error) {
	g := service.Gauges{Findings: map[service.FindingState]int64{}}
	for _, x := range f.findings {
		g.Findings[x.State]++
	}
	return g, f.fault
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
	case t.Password != "right":
		return nil, refused(identity.ErrWrong)
	case t.Name == "two" && t.Code == "":
		return nil, refused(identity.ErrCode)
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
}

func newSite(t *testing.T) *site {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	packs, err := pack.Load("it-traffic-fines")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{zone: zone, rules: packs[0].Rules}
	var kinds = []service.Finding{
		{ID: "f1", Kind: "rule", State: service.Open, Severity: "major", Verdict: "met_late", Due: clock.Instant(zone.First(clock.NewDay(2026, 5, 1))), Late: "P12D", Case: hostile, Actor: hostile, Unit: "u1"},
		{ID: "f2", Kind: "source", Key: []service.KeyPart{{Kind: "source", ID: hostile}}, State: service.ClaimedMet, Severity: "info", Due: now - clock.Instant(5*hour)},
		{ID: "f3", Kind: "gap", State: service.Withdrawn, Severity: "critical", ReplacedBy: "f1", Warning: true, Provisional: true, Count: 7},
		{ID: "f4", Kind: "rule", State: service.Open, Severity: "minor", Late: "PT7H3M5S", Due: now},
	}
	for i := range kinds {
		kinds[i].Number, kinds[i].Raised, kinds[i].EventTime = int64(i+1), now-clock.Instant(day), now-clock.Instant(300*day)
		if kinds[i].Kind == "rule" {
			kinds[i].Pack, kinds[i].Rule = f.rules[0].Pack.Name, f.rules[0].ID
		}
	}
	f.findings = kinds
	p, err := New(Options{Service: f, Identity: gate{&access.Who{Account: "lu", Roles: []access.Role{access.Supervisor, access.Auditor}, Session: "s"}}, Zone: zone, Agency: "Agency " + hostile,
		Lang: errs.Zh, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Unit: func(id string, _ clock.Instant) errs.Text { return errs.T("Unit "+id, "单位"+id) }})
	if err != nil {
		t.Fatal(err)
	}
	return &site{f, p.Handler()}
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
