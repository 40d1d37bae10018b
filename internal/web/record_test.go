package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/service"
)

// recordShown are the addresses of the pages of cases, rules and units.
var recordShown = []string{"/cases", "/cases?view=standing&unit=u1&number=A1", "/cases?view=risk&number=zz", "/cases/case/A1", "/cases/case/A1?zoom=week&show=all", "/cases/case/A1?zoom=trouble&known=2025-01-01&show=trouble",
	"/cases/case/" + url.PathEscape(hostile), "/cases/case/none", "/search", "/search?q=A1", "/search?q=" + url.QueryEscape(hostile), "/search?q=zz"}

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
