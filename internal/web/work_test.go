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
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/reconcile"
)

// views and visits over a fake.

func (f *fake) Views(context.Context, string) ([]ledger.SavedView, error) { return f.views, f.fault }

func (f *fake) SaveView(_ context.Context, v ledger.SavedView) error {
	f.views = append(f.views, v)
	return f.fault
}

func (f *fake) DropView(_ context.Context, account, id string) error {
	f.views = slices.DeleteFunc(f.views, func(v ledger.SavedView) bool { return v.Account == account && v.ID == id })
	return f.fault
}

func (f *fake) Visited(context.Context, string, clock.Instant, int64) (clock.Instant, error) {
	return now - clock.Instant(day), f.fault
}

func (f *fake) Changed(context.Context, clock.Instant, access.For) (ledger.Changes, error) {
	return ledger.Changes{Raised: 3, Moves: map[ledger.Kind]int64{ledger.Claim: 2, ledger.Close: 1}}, f.fault
}

func (f *fake) Flows(context.Context, clock.Instant, access.For) ([]ledger.Flow, error) {
	return []ledger.Flow{{Hour: now - clock.Instant(3*day), Raised: 4}, {Hour: now - clock.Instant(day), Raised: 1, Closed: 2}}, f.fault
}

// A view that names somebody is shared with those who may read whom findings concern.
func TestSharedViewsThatNameSomebody(t *testing.T) {
	for _, c := range []struct {
		role      access.Role
		conflicts []string
		sees      bool
	}{{access.Supervisor, nil, true}, {access.Auditor, nil, true}, {access.Supervisor, []string{"P146"}, false}, {access.Lay, nil, false}, {access.Officer, nil, false}, {access.Head, nil, false}} {
		s := newSite(t, c.role)
		s.who.Conflicts = c.conflicts
		s.views = []ledger.SavedView{{ID: "a", Account: "an", Name: "weekly one", Query: "owner=P146&view=overdue", Shared: true}, {ID: "b", Account: "an", Name: "weekly two", Query: "view=all&verifier=P146", Shared: true},
			{ID: "c", Account: "an", Name: "weekly three", Query: "severity=major", Shared: true}, {ID: "d", Account: "lu", Name: "weekly four", Query: "owner=P7"}}
		page := s.get("/findings", "en").Body.String()
		for name, want := range map[string]bool{"weekly one": c.sees, "weekly two": c.sees, "weekly three": true, "weekly four": true, "P146": c.sees} {
			if strings.Contains(page, name) != want {
				t.Errorf("%s, conflicts %v: the page has %s: %v", c.role, c.conflicts, name, !want)
			}
		}
	}
}

func TestSavedViews(t *testing.T) {
	s := newSite(t)
	s.views = []ledger.SavedView{{ID: "other", Account: hostile, Name: hostile, Query: "severity=major&after=9&nonsense=1", Shared: true}}
	w := s.send("/findings/views", url.Values{"query": {"view=overdue&unit=u1&after=12&odd=1"}, "name": {" 本周 "}, "shared": {"1"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/findings?unit=u1&view=overdue" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if v := s.views[1]; v.Name != "本周" || v.Account != "lu" || v.Query != "unit=u1&view=overdue" || !v.Shared || v.ID == "" {
		t.Errorf("saved %+v", v)
	}
	page := s.get("/findings?unit=u1&view=overdue", "en").Body.String()
	for _, want := range []string{`href="/findings?unit=u1&amp;view=overdue" aria-current="true"`, `href="/findings?severity=major"`, "shared by &#34;&gt;&lt;script"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	for what, form := range map[string]url.Values{"no name": {"name": {" "}}, "a long name": {"name": {strings.Repeat("名", 41)}}} {
		if w := s.send("/findings/views", form); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	s.send("/findings/views", url.Values{"drop": {"other"}})
	s.send("/findings/views", url.Values{"drop": {s.views[1].ID}})
	if len(s.views) != 1 || s.views[0].ID != "other" {
		t.Errorf("left %+v", s.views)
	}
	officer := newSite(t, access.Officer)
	if w := officer.send("/findings/views", url.Values{"name": {"x"}, "shared": {"1"}}); w.Code != http.StatusForbidden || len(officer.views) != 0 {
		t.Errorf("an officer shared a view: %d", w.Code)
	}
	if w := officer.send("/findings/views", url.Values{"name": {"x"}}); w.Code != http.StatusSeeOther || len(officer.views) != 1 {
		t.Errorf("an officer saved a view: %d", w.Code)
	}
}

// What a list is narrowed by is what is asked for; by whom, only where one may read
// whom findings concern.
func TestFilters(t *testing.T) {
	s := newSite(t)
	s.get("/findings?state=claimed&state=closed&due=today&severity=major&state=nonsense", "en")
	q := *s.asked
	if !slices.Equal(q.States, []ledger.State{ledger.Claimed, ledger.Closed}) || s.zone.Date(q.Before-1) != s.zone.Date(now) || q.For.Action != access.FindingRead {
		t.Errorf("asked %+v", q)
	}
	s.get("/findings?view=overdue&due=week", "en")
	if s.asked.Before != now {
		t.Errorf("overdue, and due within a week: %v", s.asked.Before)
	}
	for _, path := range []string{"/findings?owner=P7", "/findings?verifier=gu"} {
		s.get(path, "zh")
		if s.asked.For.Action != access.FindingPersons || string(s.asked.Owner)+s.asked.Verifier == "" {
			t.Errorf("%s asked %+v", path, s.asked)
		}
	}
	s.get("/findings?view=mine&owner=P7", "zh")
	if s.asked.Owner != "P1" {
		t.Errorf("of what is mine: %s", s.asked.Owner)
	}
}

// Today says what changed since the last visit and how many were open day by day;
// who is watched sees what is theirs, and no lateness of the watchers.
func TestTodayByRole(t *testing.T) {
	for _, c := range []struct {
		role       access.Role
		has, lacks []string
	}{
		{access.Supervisor, []string{"3 new findings", "2 answered", "1 closed", "5 came, 2 were closed", "To verify", "New, to assign", "Ourselves"}, []string{">Mine<"}},
		{access.Officer, []string{"3 new findings", "Mine"}, []string{"Ourselves", "New, to assign", "To verify"}},
	} {
		page := newSite(t, c.role).get("/", "en").Body.String()
		for _, want := range c.has {
			if !strings.Contains(page, want) {
				t.Errorf("%s isn't told %q", c.role, want)
			}
		}
		for _, not := range c.lacks {
			if strings.Contains(page, not) {
				t.Errorf("%s is told %q", c.role, not)
			}
		}
	}
}

// One person can add a source whose events may come years late, and nothing is found to
// be missing any more: whoever looks at what is found, or at the system, is told.
func TestWhoHoldsJudgementBackIsTold(t *testing.T) {
	for role, paths := range map[access.Role][]string{access.Supervisor: {"/", "/sources"}, access.Administrator: {"/admin", "/sources"}} {
		for _, path := range paths {
			page := newSite(t, role).get(path, "en").Body.String()
			if !strings.Contains(page, "Judgement waits for archive") && !strings.Contains(page, "Holds judgement back") {
				t.Errorf("%s isn't told on %s", role, path)
			}
		}
	}
}

func (f *fake) Comparisons(from clock.Day) []reconcile.Table {
	r := reconcile.Rule{Name: "calls", Title: errs.T("Calls and reports "+hostile, "接警与受理"), Left: reconcile.Side{Source: "switch"}, Right: reconcile.Side{Source: "desk", Types: []string{"Create Fine", hostile}}, Absolute: 1, Percent: 5, ByUnit: true}
	return []reconcile.Table{{Rule: r, Cells: []reconcile.Cell{{Day: from + 1, Unit: "u0", Left: 3, Right: 3, Judged: true}, {Day: from + 2, Unit: hostile, Left: 9, Right: 2, Gap: true, Judged: true, ID: "f3"}, {Day: from + 13, Unit: "u0", Left: 1}}}, {Rule: reconcile.Rule{Name: "none"}}}
}

// Where totals of two sources differ stands first, with its finding for who may read
// findings.
func TestReconciliation(t *testing.T) {
	s := newSite(t)
	page := s.get("/reconciliation", "en").Body.String()
	gap, even := strings.Index(page, `<a href="/findings/f3">9 : 2</a>`), strings.Index(page, "3 : 3")
	if gap < 0 || even < gap || !strings.Contains(page, "1 gap in 14 days") || !strings.Contains(page, "not judged yet") || !strings.Contains(page, "Nothing was counted in 14 days.") {
		t.Errorf("gap at %d, the rest at %d:\n%s", gap, even, page)
	}
	if w := newSite(t, access.Officer).get("/reconciliation", "en"); w.Code != http.StatusForbidden {
		t.Errorf("an officer: %d", w.Code)
	}
}

// The record of a finding has all of it, and is for who may read whom it concerns.
func TestTheRecordOfAFinding(t *testing.T) {
	s := newSite(t)
	page := s.get("/findings/f1/record", "zh").Body.String()
	for _, want := range []string{"执法问题整改销号记录", "F-00001", "SHA-256 " + strings.Repeat("ab", 32), "整改说明", "当事民警申辩", "核查人", "根哈希", "关联问题", `href="/findings/f2"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the record lacks %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("somebody's words are markup")
	}
	if w := newSite(t, access.Lay).get("/findings/f4/record", "zh"); w.Code != http.StatusForbidden {
		t.Errorf("a lay member: %d", w.Code)
	}
	if w := s.get("/findings/none/record", "zh"); w.Code != http.StatusNotFound {
		t.Errorf("of none: %d", w.Code)
	}
}
