package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/event"
	"plumbline/internal/service"
)

// enter is the judge over a fake: it refuses what has "refused" as its reason.
func (f *fake) enter(_ context.Context, e event.Event) (service.Outcome, error) {
	if e.Get(enteredWhy).Str == "refused" {
		return service.Outcome{Outcome: "quarantined", Why: "lies ahead", WhyZH: "尚未到来"}, f.fault
	}
	f.entered = append(f.entered, e)
	return service.Outcome{Outcome: "taken"}, f.fault
}

// A step is chosen from the vocabularies, says what such a step should carry, and
// becomes an event of whoever entered it.
func TestAStepIsEnteredByHand(t *testing.T) {
	s := newSite(t)
	if page := s.get("/cases/case/A1/enter", "zh").Body.String(); !strings.Contains(page, `<option value="Send Fine">寄出罚单</option>`) || !strings.Contains(page, `<optgroup label="开具罚单的机关">`) {
		t.Errorf("the choice of steps:\n%s", page)
	}
	page := s.get("/cases/case/A1/enter?event=Insert+Fine+Notification", "en").Body.String()
	id := regexp.MustCompile(`name="id" value="(\w+)"`).FindStringSubmatch(page)
	if id == nil || !strings.Contains(page, `name="attr.notificationType"`) || !strings.Contains(page, `value="2026-11-18T09:20"`) {
		t.Fatalf("the form:\n%s", page)
	}
	form := func(pairs ...string) url.Values {
		out := url.Values{"id": {id[1]}, "event": {"Insert Fine Notification"}, "when": {"2026-11-10T08:30"}, "reason": {"the post's list came on paper"}, "attr.lastSent": {"P"}}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	if w := s.send("/cases/case/A1/enter", form()); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cases/case/A1?entered=yes#timeline" {
		t.Errorf("%d %s\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if len(s.entered) != 1 {
		t.Fatalf("entered %+v", s.entered)
	}
	e := s.entered[0]
	if e.ID != id[1] || e.Actor.Value != "P1" || e.Recorded.At != now || e.Source != "" || s.zone.Format(e.Time.At)[:16] != "2026-11-10T08:30" || e.Objects[0].ID != "A1" ||
		e.Get(enteredBy).Str != "lu" || e.Get(enteredWhy).Str != "the post's list came on paper" || e.Get("lastSent").Str != "P" {
		t.Errorf("entered %+v", e)
	}
	for what, wrong := range map[string]url.Values{"no reason": form("reason", " "), "ahead": form("when", "2026-11-19T08:30"), "no time": form("when", "soon"), "a day alone": form("when", "2026-11-10"),
		"no such step": form("event", "Nonsense"), "no id": form("id", ""), "no number": form("event", "Create Fine", "attr.amount", hostile), "what the judge refuses": form("reason", "refused")} {
		w := s.send("/cases/case/A1/enter", wrong)
		if w.Code != http.StatusUnprocessableEntity || what == "what the judge refuses" && !strings.Contains(w.Body.String(), "lies ahead") {
			t.Errorf("%s: %d", what, w.Code)
		}
		if what == "ahead" && !strings.Contains(w.Body.String(), "the post&#39;s list came on paper") {
			t.Error("what was written is lost")
		}
	}
	if len(s.entered) != 1 {
		t.Errorf("entered %+v", s.entered)
	}
	if page := s.get("/cases/case/A1?entered=yes", "en").Body.String(); !strings.Contains(page, "The step was entered.") || strings.Contains(page, "zoom=week&amp;entered") {
		t.Error("what was done isn't told, or for ever")
	}
}

func TestWhoEntersSteps(t *testing.T) {
	for _, c := range []struct {
		who    access.Who
		status int
	}{
		{access.Who{Roles: []access.Role{access.Supervisor}, Person: "P1"}, http.StatusSeeOther}, {access.Who{Roles: []access.Role{access.Officer}, Person: "P7"}, http.StatusSeeOther},
		{access.Who{Roles: []access.Role{access.Officer}, Person: "P1"}, http.StatusNotFound}, {access.Who{Roles: []access.Role{access.Auditor}, Person: "P1"}, http.StatusForbidden},
		{access.Who{Roles: []access.Role{access.Head}, Person: "P1", Units: []string{"u1"}}, http.StatusSeeOther}, {access.Who{Roles: []access.Role{access.Supervisor}, Person: "P1", Conflicts: []string{"P7"}}, http.StatusNotFound},
		{access.Who{Roles: []access.Role{access.Supervisor}}, http.StatusUnprocessableEntity},
	} {
		s := newSite(t)
		c.who.Account, c.who.Session = "a", "s"
		*s.who = c.who
		w := s.send("/cases/case/A1/enter", url.Values{"id": {strings.Repeat("A", 26)}, "event": {"Send Fine"}, "when": {"2026-11-10T08:30"}, "reason": {"x"}})
		if w.Code != c.status || (len(s.entered) > 0) != (c.status == http.StatusSeeOther) {
			t.Errorf("%v %s: %d, not %d", c.who.Roles, c.who.Person, w.Code, c.status)
		}
		if link := strings.Contains(s.get("/cases/case/A1", "en").Body.String(), `/enter"`); link != (c.status == http.StatusSeeOther || c.who.Person == "") {
			t.Errorf("%v %s is offered it: %v", c.who.Roles, c.who.Person, link)
		}
	}
}
