package web

import (
	"context"
	"encoding/json"
	"html"
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
	"plumbline/internal/service"
	"plumbline/internal/stats"
	"plumbline/internal/trial"
)

// recordShown are the addresses of the pages of cases, rules and units.
var recordShown = []string{"/cases", "/cases?view=standing&unit=u1&number=A1", "/cases?view=risk&number=zz", "/cases/case/A1", "/cases/case/A1?zoom=week&show=all", "/cases/case/A1?zoom=trouble&known=2025-01-01&show=trouble",
	"/cases/case/" + url.PathEscape(hostile), "/cases/case/none", "/cases/case/A1/enter", "/cases/case/A1/enter?event=Create+Fine", "/search", "/search?q=A1", "/search?q=" + url.QueryEscape(hostile), "/search?q=zz",
	"/rules", "/rules?view=broken&pack=it-traffic-fines", "/rules?view=warn", "/rules/it-traffic-fines/none", "/rules/it-traffic-fines/notified-within-150-days", "/rules/try", "/quality", "/quality?pack=it-traffic-fines&rule=notified-within-150-days", "/units", "/units/u0", "/units/u1", "/units/none"}

// record is what the fake service says of cases.
type record struct{ *fake }

func (r record) all() []service.Case {
	return []service.Case{
		{Type: "case", ID: "A1", Unit: "u1", Actors: []string{"P7"}, Events: 2, First: now - clock.Instant(40*day), Last: now - clock.Instant(day), LastType: "Send Fine", Standing: 1, AtRisk: 1},
		{Type: "case", ID: hostile, Unit: "u2", Actors: []string{"P8"}, Events: 1, First: now, Last: now, LastType: "Create Fine"},
	}
}

func (r record) Cases(_ context.Context, q service.CaseQuery) (out service.CasePage, err error) {
	for _, c := range r.all() {
		if q.Fields && q.Number == hostile[:5] {
			c.Found, q.Number = &service.FoundIn{Attribute: "amount", Value: hostile}, ""
		}
		mine := q.Unit == nil || q.Unit(c.Unit) || slices.ContainsFunc(q.Actors, func(a string) bool { return slices.Contains(c.Actors, a) })
		if mine && (q.May == nil || q.May(&c)) && strings.Contains(c.ID, q.Number) && (q.State == "" || c.Standing > 0) {
			out.Cases = append(out.Cases, c)
		}
	}
	return out, r.fault
}

func (r record) CaseOf(_ context.Context, typ, id string) (*service.Case, error) {
	for _, c := range r.all() {
		if c.Type == typ && c.ID == id {
			return &c, r.fault
		}
	}
	return nil, r.fault
}

func (r record) Course(_ context.Context, typ, id string, knownAt clock.Instant) (*service.Course, error) {
	c := &service.Course{Type: typ, ID: id, AsOf: now, Findings: map[string]service.Finding{"f1": {ID: "f1", Number: 1}}}
	if knownAt != 0 && knownAt < now-clock.Instant(50*day) {
		return nil, r.fault
	}
	ex, events := explained(r.zone, r.rules)
	for i := range events {
		events[i].Source = "desk"
	}
	c.Events = events
	for i, verdict := range []string{"breached", "running", "met", "moot", "not_evaluable"} {
		d := service.Duty{Rule: r.rules[0], Finding: "f1", Obligation: service.Obligation{Verdict: verdict, Time: events[0].Time.At, Due: now + clock.Instant(i)*clock.Instant(hour), AtRisk: i == 1}}
		if i == 0 {
			d.Why = ex
		}
		c.Duties = append(c.Duties, d)
	}
	return c, r.fault
}

var _ Judged = record{}

// Who heads a unit sees its cases and those below, an officer those in which they
// acted, and a conflict hides one as if it weren't there.
func TestCasesAreThoseThatOneMayRead(t *testing.T) {
	for _, x := range []struct {
		who  access.Who
		sees string
	}{
		{access.Who{Roles: []access.Role{access.Supervisor}}, "A1 " + hostile},
		{access.Who{Roles: []access.Role{access.Supervisor}, Conflicts: []string{"P7"}}, hostile},
		{access.Who{Roles: []access.Role{access.Head}, Units: []string{"u1"}}, "A1"},
		{access.Who{Roles: []access.Role{access.Head}, Units: []string{"top"}}, "A1 " + hostile},
		{access.Who{Roles: []access.Role{access.Officer}, Person: "P8"}, hostile},
		{access.Who{Roles: []access.Role{access.Officer}, Person: "P9"}, ""},
	} {
		x.who.Account, x.who.Session = "a", "s"
		units := func(clock.Instant) []Unit { return []Unit{{ID: "top"}, {ID: "u1", Depth: 1}, {ID: "u2", Depth: 1}} }
		v := &view{p: &Pages{Options: Options{Units: units}}, who: &x.who, now: now}
		list, _ := record{&fake{}}.Cases(context.Background(), v.readableCases(service.CaseQuery{}))
		var got []string
		for _, c := range list.Cases {
			got = append(got, c.ID)
			if !access.Decide(v.who, access.CaseRead, caseThing(&c, v.above())).Allowed {
				t.Errorf("%v: %s is in the list and not to be read", x.who.Roles, c.ID)
			}
		}
		if strings.Join(got, " ") != x.sees {
			t.Errorf("%v of %v sees %q, not %q", x.who.Roles, x.who.Units, got, x.sees)
		}
	}
}

// A case says what is wrong first, and is told as it was known on a day.
func TestACaseIsTold(t *testing.T) {
	s := newSite(t)
	page := s.get("/cases/case/A1", "en").Body.String()
	for _, want := range []string{"1 breach:", "1 at risk:", "The other 3 obligations", `id="b1"`, `href="#b1"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the case doesn't say %q:\n%s", want, page)
		}
	}
	if page := s.get("/cases/case/A1?known=2020-01-01", "en").Body.String(); !strings.Contains(page, "As it was known until 2020-01-01 24:00.") || !strings.Contains(page, "Nothing was known") {
		t.Errorf("of before it was known: %s", page)
	}
	if page := s.get("/cases/case/A1?known=soon", "en").Body.String(); !strings.Contains(page, "known=soon") {
		t.Error("a day that is none is not said to be left out")
	}
}

// A finding's number leads to it, a part of a case's number to the case.
func TestSearch(t *testing.T) {
	s := newSite(t)
	for text, want := range map[string]string{"A1": "/cases/case/A1", "A": "least", "zz": "Nothing is called", "fine": "/rules/"} {
		if page := s.get("/search?q="+url.QueryEscape(text), "en").Body.String(); !strings.Contains(page, want) {
			t.Errorf("%q doesn't find %q: %s", text, want, page)
		}
	}
	if w := s.get("/search?q=f-1", "en"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/findings/") {
		t.Errorf("a finding's number answers %d %q", w.Code, w.Header().Get("Location"))
	}
}

func (r record) Figures(_ context.Context, may func(string) bool) (out []service.Figure) {
	for i, one := range r.rules[:2] {
		for n, unit := range []string{"u0", "u1", "u2", "u3", ""} {
			for m := range 14 {
				f := service.Figure{Pack: one.Pack.Name, Rule: one.ID, Unit: unit, Month: clock.NewDay(2025, time.Month(10+m), 1), Activations: 60, Met: 57 - i, MetLate: 2, Breached: 1}
				if n == 1 && m == 12 {
					f.Met, f.Breached = 30, 28
				}
				if may(unit) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

func (r record) InForce() []service.PackInForce {
	p := r.rules[0].Pack
	return []service.PackInForce{{Name: p.Name, Version: "0.9", Activated: now, HasTo: true, To: clock.NewDay(2026, 1, 1)}, {Name: p.Name, Version: p.Version, Activated: now, HasFrom: true, From: clock.NewDay(2026, 1, 1)}}
}

func (r record) RuleTests(_, _, _ string) ([]service.RuleTest, error) {
	return []service.RuleTest{{Name: hostile, Want: map[string]int{"met": 1, "breached": 1}, Passed: true}, {Name: "b", Want: map[string]int{"met_late": 2}}, {Name: "c", Want: map[string]int{"running": 1}, Passed: true}, {Name: "d", Want: map[string]int{"moot": 1}, Passed: true}}, r.fault
}

func (r record) Erasures(context.Context) ([]service.Erasure, error) {
	return []service.Erasure{{Number: 1, Kind: service.Retention, At: now, By: hostile, Second: "b"}, {Number: 2, Kind: service.ByOrder, At: now, By: "a"}}, r.fault
}

func (r record) TryPacks(_ context.Context, names []string) (any, error) {
	if names[0] == "none" {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("there is no such pack", "没有这个规则包")}
	}
	unit, officer := "u1", hostile
	c := trial.Counts{ViolationsOld: 3, ViolationsNew: 4, ViolationsAppeared: 2, ViolationsVanished: 1}
	d := &trial.Diff{Totals: trial.Tally{Counts: c, Units: []trial.Group{{Name: &unit, Counts: c}, {Counts: c}}, Officers: []trial.Group{{Name: &officer, Counts: c}},
		Concentrations: []trial.Concentration{{Of: trial.Officer, Name: officer, Vanished: true, Count: 1, Total: 1}, {Of: trial.Unit, Name: unit, Count: 1, Total: 2}}}}
	for _, s := range []trial.Status{trial.Same, trial.Changed, trial.Renamed, trial.New, trial.Removed} {
		d.Rules = append(d.Rules, trial.Rule{Pack: "p", ID: r.rules[0].ID, Status: s, Text: []trial.Change{{Field: "when", Old: hostile, New: "b"}}, Tally: d.Totals})
	}
	return d, r.fault
}

// A unit that lies below the limits is marked and named, one with few is not read.
func TestAUnitAmongItsPeers(t *testing.T) {
	s := newSite(t)
	rule := s.rules[0]
	page := s.get("/units/u1?rule="+url.QueryEscape(rule.Pack.Name+"/"+rule.ID), "en").Body.String()
	for _, want := range []string{"Below the limits: 2026-10.", "own mean"} {
		if !strings.Contains(page, want) {
			t.Errorf("the unit doesn't say %q", want)
		}
	}
	var none []stats.Share
	if f := stats.NewFunnel(none); read(f, stats.Share{K: 1, N: 99}).Key != "few" {
		t.Error("99 are read")
	}
	f := stats.Funnel{Mean: .9, Phi: 1}
	for _, x := range []struct {
		k    int
		want string
	}{{900, "within"}, {875, "near"}, {865, "below"}, {935, "above"}} {
		if got := read(f, stats.Share{K: x.k, N: 1000}).Key; got != x.want {
			t.Errorf("%d of 1000 is %s, not %s", x.k, got, x.want)
		}
	}
}

// A search says by which field it found a case, in the pack's words.
func TestASearchNamesTheField(t *testing.T) {
	s := newSite(t)
	at := "/search?q=" + url.QueryEscape(hostile[:5])
	shown := strings.NewReplacer("\u202e", "\ufffd", "\u2066", "\ufffd").Replace(html.EscapeString(hostile)) // marks of direction turn nothing here
	for lang, want := range map[string]string{"en": "Amount of the fine: " + shown, "zh": "罚款金额：" + shown} {
		if page := s.get(at, lang).Body.String(); !strings.Contains(page, want) {
			t.Errorf("%s: no %q in %s", lang, want, page)
		}
	}
}

// Trying says what would change and for whom, or why it can't be tried.
func TestAChangeIsTried(t *testing.T) {
	s := newSite(t)
	for text, want := range map[string]string{"a, b": "2 breaches would appear and 1 would vanish.", "none": "there is no such pack", " ": "Name at least one pack."} {
		if page := s.sent("/rules/try", url.Values{"packs": {text}}).Body.String(); !strings.Contains(page, want) {
			t.Errorf("%q doesn't say %q: %s", text, want, page)
		}
	}
}

func (s stamp) ProveEvent(_ context.Context, _, id string) ([]byte, error) {
	if id == "none" {
		return nil, service.ErrNone
	}
	return []byte(s.proof), s.fault
}

func (d desk) Propose(_ context.Context, w *access.Who, kind string, body json.RawMessage, reason string) (*approval.Approval, error) {
	if strings.Contains(string(body), "none") {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("there is no such pack", "没有这个规则包")}
	}
	return &approval.Approval{Kind: kind, Body: body, Reason: reason}, d.fault
}

// sent is a form as somebody who is signed in sends it.
func (s *site) sent(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	return s.do(r)
}

// A second person is asked with a reason, and what can't be proposed says why.
func TestPacksAreProposed(t *testing.T) {
	s := newSite(t)
	if w := s.sent("/rules/propose", url.Values{"packs": {"a, b"}, "reason": {"the law changed"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/approvals" {
		t.Errorf("a proposal answers %d: %s", w.Code, w.Body)
	}
	for want, form := range map[string]url.Values{"Say why": {"packs": {"a"}}, "no such pack": {"packs": {"none"}, "reason": {"so"}}} {
		if w := s.sent("/rules/propose", form); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%v answers %d: %s", form, w.Code, w.Body)
		}
	}
}

// An event of a case is proven to who may read the case.
func TestAnEventIsProven(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]int{"/cases/case/A1/events/desk/Send%20Fine/proof": http.StatusOK, "/cases/case/A1/events/desk/other/proof": http.StatusNotFound, "/cases/case/none/events/desk/x/proof": http.StatusNotFound} {
		if w := s.get(path, "en"); w.Code != want {
			t.Errorf("%s answers %d: %s", path, w.Code, w.Body)
		}
	}
}
