package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
)

// send sends a form as somebody who is signed in.
func (s *site) send(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	return s.do(r)
}

func TestSeveralAtOnce(t *testing.T) {
	s := newSite(t)
	form := url.Values{"kind": {"assign"}, "owner": {"P7"}, "item": {"f1:3", "f4:2", "none:1"}, "back": {"/findings?view=new"}}
	w := s.send("/findings/moves", form)
	page := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(page, "1 done") || !strings.Contains(page, "1 not done") || !strings.Contains(page, "somebody was faster") || !strings.Contains(page, `href="/findings?view=new"`) {
		t.Errorf("%d: %s", w.Code, page)
	}
	if len(s.moved) != 2 || s.moved[0].Owner != "P7" || s.moved[1].Number != 2 || s.moved[0].Kind != ledger.Assign {
		t.Errorf("moved %+v", s.moved)
	}
	for what, form := range map[string]url.Values{"no item": {"kind": {"assign"}}, "not of several": {"kind": {"verify"}, "item": {"f1:3"}}, "no version": {"kind": {"comment"}, "item": {"f1"}}} {
		if w := s.send("/findings/moves", form); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	auditor := newSite(t, access.Auditor)
	if w := auditor.send("/findings/moves", form); w.Code != http.StatusOK || len(auditor.moved) != 0 || !strings.Contains(w.Body.String(), "2 not done") {
		t.Errorf("an auditor assigned: %d, %+v", w.Code, auditor.moved)
	}
}

func TestExport(t *testing.T) {
	s := newSite(t)
	w := s.send("/findings/export", url.Values{"format": {"csv"}, "reason": {"the weekly meeting"}, "query": {"view=verify&severity=major"}})
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if w.Code != http.StatusOK || len(lines) != 5 || !strings.HasPrefix(lines[0], "\uFEFFnumber,finding,") || !strings.Contains(w.Header().Get("Content-Disposition"), "findings-2026-11-18-no-witness.csv") {
		t.Errorf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	if q := s.asked; len(q.Severity) != 1 || len(q.States) != 2 {
		t.Errorf("exported %+v", q)
	}
	if len(s.sealed) != 1 || s.sealed[0].Kind != "export" || !strings.Contains(string(s.sealed[0].Body), "the weekly meeting") || !strings.Contains(string(s.sealed[0].Body), `"rows":4`) {
		t.Errorf("sealed %+v", s.sealed)
	}
	if w := s.send("/findings/export", url.Values{"format": {"xlsx"}, "reason": {"x"}}); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Errorf("a workbook: %d", w.Code)
	}
	for what, form := range map[string]url.Values{"no reason": {"format": {"csv"}, "reason": {" "}}, "no format": {"reason": {"x"}, "format": {"pdf"}}} {
		if w := s.send("/findings/export", form); w.Code != http.StatusBadRequest || len(s.sealed) != 2 {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	if w := newSite(t, access.Verifier).send("/findings/export", url.Values{"format": {"csv"}, "reason": {"x"}}); w.Code != http.StatusForbidden {
		t.Errorf("a verifier exported: %d", w.Code)
	}
}
