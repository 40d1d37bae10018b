package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
)

func TestAccounts(t *testing.T) {
	s := newSite(t, access.Administrator)
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/admin/accounts", url.Values{"name": {"gu"}, "role": {"verifier"}, "password": {"a long first one"}}, http.StatusSeeOther},
		{"/admin/accounts", url.Values{"name": {"gu"}, "password": {"a long first one"}}, http.StatusUnprocessableEntity},
		{"/admin/accounts/gone", url.Values{"act": {"reset"}, "password": {"another one"}}, http.StatusSeeOther},
		{"/admin/accounts/gone", url.Values{"act": {"disable"}}, http.StatusSeeOther},
		{"/admin/accounts/gone", url.Values{"act": {"change"}, "role": {"verifier", "auditor"}}, http.StatusSeeOther},
		{"/admin/accounts/gone", url.Values{"act": {"change"}}, http.StatusUnprocessableEntity}, // without a role
		{"/admin/accounts/lu", url.Values{"act": {"disable"}}, http.StatusForbidden},            // one's own
		{"/admin/accounts/lu", url.Values{"act": {"change"}, "role": {"auditor"}}, http.StatusForbidden},
	} {
		if w := s.send(c.path, c.form); w.Code != c.status {
			t.Errorf("%s %v: %d, want %d", c.path, c.form, w.Code, c.status)
		}
	}
	if page := s.send("/admin/accounts", url.Values{"name": {"gu"}}).Body.String(); !strings.Contains(page, "lacks something") || !strings.Contains(page, `value="gu"`) {
		t.Error("what was written isn't kept")
	}
	if w := s.get("/admin/accounts/nobody", "en"); w.Code != http.StatusNotFound {
		t.Errorf("an account that isn't there: %d", w.Code)
	}
	if page := s.get("/admin/accounts/lu", "en").Body.String(); strings.Contains(page, `value="disable"`) {
		t.Error("one's own account can be disabled")
	}
}

func TestApprovals(t *testing.T) {
	s := newSite(t, access.Verifier)
	page := s.get("/approvals", "en").Body.String()
	if n := strings.Count(page, `value="approve"`); n != 1 || !strings.Contains(page, "Take back") {
		t.Errorf("%d proposals to approve, want that of somebody else", n)
	}
	for lang, want := range map[string][]string{"en": {"Open the identity sealed for the finding 7c4f", "age1 ql3z", "Ask its holder"}, "zh": {"开启密封身份：问题 7c4f", "请向本人核对公钥"}} {
		for _, w := range want {
			if !strings.Contains(s.get("/approvals", lang).Body.String(), w) {
				t.Errorf("%s: %q is missing", lang, w)
			}
		}
	}
	for _, c := range []struct {
		id, act string
		status  int
	}{{"a1", "approve", http.StatusSeeOther}, {"a1", "refuse", http.StatusSeeOther}, {"none", "approve", http.StatusNotFound}} {
		if w := s.send("/approvals/"+c.id, url.Values{"act": {c.act}, "words": {"looked at it"}}); w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.act, c.id, w.Code, c.status)
		}
	}
	for _, form := range []url.Values{{}, {"words": {"no button"}}, {"act": {"x"}, "words": {"x"}}, {"act": {"approve"}}, {"act": {"approve"}, "words": {" "}}} {
		if w := s.send("/approvals/a1", form); w.Code != http.StatusBadRequest {
			t.Errorf("%v approves: %d", form, w.Code)
		}
	}
	w := newSite(t, access.Supervisor).send("/approvals/a1", url.Values{"act": {"approve"}, "words": {"x"}})
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "You stand in a unit that is concerned") {
		t.Errorf("from within a unit: %d", w.Code)
	}
}
