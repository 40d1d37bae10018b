package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// move sends a move's form as somebody who is signed in.
func (s *site) move(id string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{"version": {"3"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/findings/"+id+"/moves", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	return s.do(r)
}

func TestMoves(t *testing.T) {
	s := newSite(t)
	w := s.move("f2", "kind", "verify", "text", " looked at the book ")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/findings/f2#history" {
		t.Fatalf("%d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if m := s.moved[0]; m.Kind != ledger.Verify || m.Finding != "f2" || m.Number != 3 || m.Text != "looked at the book" || m.Account != "lu" {
		t.Errorf("moved %+v", m)
	}
	s.move("f2", "kind", "close", "outcome", "no_fault", "no_fault", "lawful", "reason", "in words")
	if m := s.moved[1]; m.Outcome != ledger.NoFault || m.Reason != "lawful" {
		t.Errorf("no fault is with a reason of the list: %+v", m)
	}
	s.move("f1", "kind", "extend", "until", "2026-12-01", "text", "more to look at")
	if m := s.moved[2]; m.Until != s.zone.First(s.zone.Date(m.Until)) || s.zone.Date(m.Until).String() != "2026-12-02" {
		t.Errorf("a day as deadline is in time itself: until %s", s.zone.Format(m.Until))
	}
}

func TestAMoveThatIsRefusedKeepsWhatWasWritten(t *testing.T) {
	for _, c := range []struct {
		why    ledger.Refused
		status int
	}{
		{ledger.Refused{Because: ledger.Faster, Moves: []ledger.Move{{Kind: ledger.Return, Account: "fang", At: now}}}, http.StatusConflict},
		{ledger.Refused{Because: ledger.NotNow}, http.StatusConflict},
		{ledger.Refused{Because: ledger.Barred, Rule: ledger.BarCommand}, http.StatusForbidden},
		{ledger.Refused{Because: ledger.Lacking, Lacks: []ledger.Need{ledger.NeedText}}, http.StatusUnprocessableEntity},
	} {
		s := newSite(t)
		c.why.Fault = errs.Error{Code: errs.Usage, What: errs.T("refused for a reason", "拒绝")}
		s.refusal = &c.why
		w := s.move("f2", "kind", "verify", "text", "what I had written")
		page := w.Body.String()
		if w.Code != c.status || !strings.Contains(page, "refused for a reason") || !strings.Contains(page, ">what I had written</textarea>") {
			t.Errorf("%d: status %d, want %d", c.why.Because, w.Code, c.status)
		}
		if len(c.why.Moves) > 0 && !strings.Contains(page, "fang returned it") {
			t.Error("who was faster isn't told")
		}
		if len(c.why.Lacks) > 0 && !strings.Contains(page, `class="field bad"`) {
			t.Error("the field isn't marked")
		}
	}
}

func TestMovesThatArentForWhoAsks(t *testing.T) {
	for _, c := range []struct {
		role   access.Role
		kind   string
		status int
	}{
		{access.Auditor, "verify", http.StatusForbidden},
		{access.Auditor, "comment", http.StatusSeeOther},
		{access.Supervisor, "close", http.StatusForbidden},
		{access.Supervisor, "assign", http.StatusSeeOther},
		{access.Administrator, "comment", http.StatusNotFound}, // not even that there is such a finding
		{access.Verifier, "met", http.StatusBadRequest},        // the judge's alone
	} {
		s := newSite(t, c.role)
		if w := s.move("f2", "kind", c.kind, "text", "x"); w.Code != c.status {
			t.Errorf("%s %s: status %d, want %d", c.role, c.kind, w.Code, c.status)
		}
		if moved := len(s.moved) > 0; moved != (c.status == http.StatusSeeOther) {
			t.Errorf("%s %s: moved: %v", c.role, c.kind, moved)
		}
	}
}

func TestFiles(t *testing.T) {
	s := newSite(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"kind": "attach", "version": "3", "text": "the rota"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "rota.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("%PDF-1.7")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/findings/f1/moves", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	if w := s.do(r); w.Code != http.StatusSeeOther || len(s.moved) != 1 || s.moved[0].File.Name != "rota.pdf" || s.moved[0].File.Size != 8 {
		t.Errorf("%d: %+v", w.Code, s.moved)
	}
	w := s.get("/findings/f1/files/ab", "en")
	if h := w.Header(); w.Code != http.StatusOK || h.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename*=") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d: %v", w.Code, h)
	}
	if w := s.get("/findings/f1/files/cd", "en"); w.Code != http.StatusNotFound {
		t.Errorf("a file that there isn't: %d", w.Code)
	}
}

func TestWhoSeesWhom(t *testing.T) {
	s := newSite(t, access.Lay)
	for _, path := range []string{"/findings", "/findings/f1"} {
		page := s.get(path, "en").Body.String()
		if strings.Contains(page, "Cause and measures") || strings.Contains(page, "/cases/") {
			t.Errorf("%s shows a lay supervisor the answer or the case", path)
		}
		_, history, _ := strings.Cut(page, `id="history"`)
		if history, _, _ = strings.Cut(history, "</section>"); strings.Contains(history, "script") || strings.Contains(page, "Who may verify") {
			t.Errorf("%s shows a lay supervisor who did what, in which words, or who may verify", path)
		}
	}
	s = newSite(t, access.Administrator)
	s.who.Person = ""
	if w := s.get("/findings", "en"); w.Code != http.StatusForbidden {
		t.Errorf("the list to an administrator: %d", w.Code)
	}
	s = newSite(t, access.Verifier)
	s.unfit(access.OldPassword)
	if w := s.get("/findings", "en"); w.Header().Get("Location") != "/account" {
		t.Errorf("before the password was changed: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := s.get("/account", "en"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Choose a password of your own first") {
		t.Errorf("%d", w.Code)
	}
}
