package web

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
)

// adminShown are the pages of administration.
var adminShown = []string{"/admin", "/admin/accounts", "/admin/accounts?done=added", "/admin/accounts/gone", "/admin/accounts/lu", "/admin/tokens", "/admin/tokens?done=disabled", "/admin/packs", "/admin/seal", "/admin/backups"}

func TestEveryPageOfAdministration(t *testing.T) {
	for name, s := range map[string]*site{"in order": newSite(t, access.Administrator), "worn": newSite(t, access.Administrator), "new": newSite(t, access.Administrator)} {
		switch name {
		case "worn":
			s.pages.Machine = engine{worn: true}
		case "new":
			s.pages.Machine, s.pages.Organisation = engine{empty: true}, &ours{fake: s.fake, zone: s.zone, none: true}
		}
		for _, path := range append(adminShown, "/organisation", "/organisation/import") {
			for _, lang := range []string{"en", "zh"} {
				w := s.get(path, lang)
				page := w.Body.String()
				if w.Code != http.StatusOK {
					t.Errorf("%s, %s in %s: status %d", name, path, lang, w.Code)
				}
				if strings.Contains(page, hostile) || inner.MatchString(page) || strings.Contains(tagsOf(page), " style=") || strings.Contains(tagsOf(page), " on") {
					t.Errorf("%s, %s in %s has a script or a style within, or lets somebody's words be markup", name, path, lang)
				}
				if m := unsaid.FindString(page); m != "" {
					t.Errorf("%s, %s in %s says %q", name, path, lang, m)
				}
				if m := hanIn(strings.ReplaceAll(page, "　", "")); lang == "en" && m != "" {
					t.Errorf("%s, %s in English speaks Chinese: %s", name, path, m)
				}
			}
		}
	}
}

// An administrator keeps the system running and reads nothing of what is found; nobody
// else gets to where accounts are kept.
func TestAnAdministratorReadsNoContent(t *testing.T) {
	s := newSite(t, access.Administrator)
	for path, want := range map[string]int{"/findings/f1": http.StatusNotFound, "/findings/f1/proof": http.StatusNotFound, "/cases": http.StatusForbidden, "/rules/try": http.StatusForbidden,
		"/sources/desk": http.StatusOK, "/organisation": http.StatusOK, "/admin": http.StatusOK} {
		w := s.get(path, "en")
		if w.Code != want || strings.Contains(w.Body.String(), "/quarantine/") {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	for role, may := range map[access.Role]bool{access.Auditor: true, access.Supervisor: false, access.Head: false, access.Officer: false, access.Verifier: false, access.Lay: false, access.Custodian: false} {
		s := newSite(t, role)
		for _, path := range adminShown {
			want := http.StatusForbidden
			if may || strings.HasPrefix(path, "/admin/tokens") && (role == access.Supervisor || role == access.Verifier) {
				want = http.StatusOK
			}
			w := s.get(path, "en")
			if w.Code != want {
				t.Errorf("%s for a %s: %d, want %d", path, role, w.Code, want)
			}
			if strings.Contains(w.Body.String(), `method="post" action="/admin`) {
				t.Errorf("%s offers a %s to change something", path, role)
			}
		}
		for _, path := range []string{"/admin/accounts", "/admin/accounts/gone", "/admin/tokens", "/admin/tokens/desk"} {
			if w := s.send(path, url.Values{"name": {"x"}}); w.Code != http.StatusForbidden {
				t.Errorf("a %s sent a form to %s: %d", role, path, w.Code)
			}
		}
	}
}

func TestTokensAreShownOnce(t *testing.T) {
	s := newSite(t, access.Administrator)
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		says   string
	}{
		{"/admin/tokens", url.Values{"name": {"desk"}, "kind": {"source"}, "types": {"A, B，C"}, "lateness": {"2d"}}, http.StatusOK, "plb_once"},
		{"/admin/tokens", url.Values{"name": {"taken"}, "kind": {"source"}}, http.StatusUnprocessableEntity, `value="taken"`},
		{"/admin/tokens", url.Values{"name": {"x"}, "kind": {"boss"}}, http.StatusUnprocessableEntity, "isn’t said what"},
		{"/admin/tokens", url.Values{"name": {"x"}, "kind": {"source"}, "habit": {"soon"}}, http.StatusUnprocessableEntity, "is not a length of time"},
		{"/admin/tokens/desk", url.Values{"act": {"rotate"}}, http.StatusOK, "plb_another"},
		{"/admin/tokens/desk", url.Values{"act": {"disable"}}, http.StatusSeeOther, ""},
	} {
		w := s.send(c.path, c.form)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %v: %d, want %d and %q", c.path, c.form, w.Code, c.status, c.says)
		}
		if h := w.Header().Get("Cache-Control"); c.status == http.StatusOK && h != "no-store" {
			t.Errorf("a token may be kept: %q", h)
		}
	}
	if strings.Contains(s.get("/admin/tokens", "en").Body.String(), "plb_") {
		t.Error("a token is shown again")
	}
}

// upload sends a file with a form.
func (s *site) upload(path, name, body string, more ...string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(more); i += 2 {
		_ = m.WriteField(more[i], more[i+1]) // into memory
	}
	if name != "" {
		f, _ := m.CreateFormFile("file", name)
		_, _ = f.Write([]byte(body))
	}
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	return s.do(r)
}

// A file's difference is shown, then entered as it was shown: not after somebody else
// entered another, not without the reason that the past wants, not by another account.
func TestImportOfTheOrganisation(t *testing.T) {
	s := newSite(t, access.Administrator)
	other := strings.Replace(chart1, "- {id: P1, unit: u1", "- {id: P2, unit: u0, post: chief}\n  - {id: P1, unit: u0", 1)
	for name, c := range map[string]struct {
		w    *httptest.ResponseRecorder
		says string
	}{
		"no file":    {s.upload("/organisation/import", "", ""), "no file was chosen"},
		"no day":     {s.upload("/organisation/import", "x.yaml", other, "from", "soon"), "is not a day"},
		"not a file": {s.upload("/organisation/import", "x.yaml", "units: 7"), "units"},
	} {
		if c.w.Code != http.StatusUnprocessableEntity || !strings.Contains(c.w.Body.String(), c.says) {
			t.Errorf("%s: %d", name, c.w.Code)
		}
	}
	if same := s.upload("/organisation/import", "x.yaml", chart1).Body.String(); !strings.Contains(same, "Nothing differs") {
		t.Error("a file that says the same")
	}
	ticket := func() string {
		t.Helper()
		page := s.upload("/organisation/import", "x.yaml", other).Body.String()
		for _, want := range []string{"P2", "Comes", "Is transferred", "counts for days that have passed", "Findings lie on days"} {
			if !strings.Contains(page, want) {
				t.Errorf("the difference doesn't say %q", want)
			}
		}
		if strings.Contains(page, hostile) {
			t.Error("somebody's words are markup")
		}
		_, rest, _ := strings.Cut(page, `name="ticket" value="`)
		out, _, _ := strings.Cut(rest, `"`)
		return out
	}
	apply := func(ticket, seen, reason string) int {
		return s.send("/organisation/apply", url.Values{"ticket": {ticket}, "seen": {seen}, "reason": {reason}}).Code
	}
	first := ticket()
	for what, c := range map[string]struct {
		got, want int
	}{
		"without a reason":   {apply(first, "0", ""), http.StatusUnprocessableEntity},
		"over another state": {apply(first, "9", "order 17"), http.StatusConflict},
		"without a preview":  {apply("none", "0", "order 17"), http.StatusUnprocessableEntity},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", what, c.got, c.want)
		}
	}
	s.who.Account = "another"
	if got := apply(first, "0", "order 17"); got != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's file: %d", got)
	}
	s.who.Account = "lu"
	if got := apply(first, "0", "order 17"); got != http.StatusSeeOther {
		t.Errorf("as it was shown: %d", got)
	}
	if got := apply(first, "0", "order 17"); got != http.StatusConflict {
		t.Errorf("once more: %d", got)
	}
	s.who.Account = "barred"
	if page := s.upload("/organisation/import", "x.yaml", other).Body.String(); !strings.Contains(page, "this concerns you") || strings.Contains(page, "/organisation/apply") {
		t.Error("whom it favours may enter it")
	}
	var log bytes.Buffer
	s.pages.Log = slog.New(slog.NewTextHandler(&log, nil))
	s.handler = s.pages.Handler()
	kept := s.pages.drafts.list
	if got := apply(kept[len(kept)-1].ticket, "1", "order 17"); got != http.StatusForbidden || !strings.Contains(log.String(), `msg=refused rule="organisation: favour"`) {
		t.Errorf("whom it favours enters it without a button: %d\n%s", got, log.String())
	}
	for range mostDrafts + 1 {
		s.who.Account = "lu"
		ticket()
	}
	if n := len(s.pages.drafts.list); n != mostDrafts {
		t.Errorf("%d files are kept", n)
	}
	if w := newSite(t, access.Head).upload("/organisation/import", "x.yaml", other); w.Code != http.StatusForbidden {
		t.Errorf("a head imports: %d", w.Code)
	}
}

// Of the findings that a change touches everybody is told as many as they may read, before
// it is entered and in the list; whose role reads none, only that there are any. A finding
// tells which changes touch it.
func TestWhoSeesWhatAChangeTouches(t *testing.T) {
	const some, other = "Findings lie on days that are otherwise", "officers:\n  - {id: P1, unit: u0, post: chief}\n"
	for _, c := range []struct {
		role             access.Role
		conflict         string
		preview, history string
	}{
		{access.Supervisor, "", "3 findings lie", "7 findings lie"},
		{access.Supervisor, "P2", "2 findings lie", some},
		{access.Administrator, "", some, some},
	} {
		s := newSite(t, c.role)
		if c.conflict != "" {
			s.who.Conflicts = []string{c.conflict}
		}
		for what, q := range map[string]struct{ page, want string }{
			"preview": {s.upload("/organisation/import", "x.yaml", other).Body.String(), c.preview},
			"history": {s.get("/organisation", "en").Body.String(), c.history},
		} {
			if !strings.Contains(q.page, q.want) || strings.Contains(q.page, " findings lie") != strings.Contains(q.want, " findings lie") {
				t.Errorf("%s %s, the %s doesn't say %q alone", c.role, c.conflict, what, q.want)
			}
		}
	}
	s := newSite(t)
	page := s.get("/findings/f1", "en").Body.String()
	for _, want := range []string{`<a href="/organisation#revisions">The organisation was changed afterwards`, "Change 2, entered", ", from 2026-03-01 on", "Change 4, entered"} {
		if !strings.Contains(page, want) {
			t.Errorf("the finding doesn't say %q", want)
		}
	}
	if strings.Contains(s.get("/findings/f2", "en").Body.String(), "changed afterwards") {
		t.Error("a finding that nothing touches")
	}
}

// Taking a conflict away asks for a reason, whatever its days.
func TestAWithdrawalAsksForAReason(t *testing.T) {
	s := newSite(t, access.Supervisor)
	s.pages.Organisation = &ours{fake: s.fake, zone: s.zone, conflicts: "conflicts: [{a: P1, b: P2}]\n"}
	page := s.upload("/organisation/import", "x.yaml", "conflicts: []\n").Body.String()
	for _, want := range []string{"takes a declared conflict away", `maxlength="2000" required`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
}
