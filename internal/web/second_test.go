package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
)

// Who gave the right password is asked for the code alone, and the password goes into
// no page.
func TestTheSecondStep(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		code   string
		status int
		says   string
	}{
		{"000000", http.StatusUnauthorized, "不对"},
		{"123456", http.StatusSeeOther, ""},
	} {
		w := s.post("/signin", "ticket", "halfway", "name", "two", "code", c.code, "next", "/findings")
		page := w.Body.String()
		if w.Code != c.status || !strings.Contains(page, c.says) || strings.Contains(page, `name="password"`) {
			t.Errorf("%s: %d, want %d and %q", c.code, w.Code, c.status, c.says)
		}
	}
}

func TestTheAgencysOwnSignIn(t *testing.T) {
	s := newSite(t)
	w := s.do(httptest.NewRequest(http.MethodGet, "/signin/oidc?next=%2Ffindings%3Fview%3Dall", nil))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "https://id.example/") || len(w.Result().Cookies()) != 2 {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	back := func(code, next string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/signin/oidc/done?state=x&code="+code, nil)
		r.AddCookie(&http.Cookie{Name: nextCookie, Value: next})
		return s.do(r)
	}
	for _, c := range []struct {
		code, next string
		status     int
		to, says   string
	}{
		{"right", escapeQuery("/findings?view=all"), http.StatusSeeOther, "/findings?view=all", ""},
		{"right", escapeQuery("//evil.example"), http.StatusSeeOther, "/", ""},
		{"right", "%zz", http.StatusSeeOther, "/", ""},
		{"nobody", "", http.StatusUnauthorized, "", "您在本系统没有账户"},
		{"fault", "", http.StatusInternalServerError, "", "出错了"},
	} {
		w := back(c.code, c.next)
		if w.Code != c.status || w.Header().Get("Location") != c.to || !strings.Contains(w.Body.String(), c.says) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d to %q, want %d to %q", c.code, w.Code, w.Header().Get("Location"), c.status, c.to)
		}
	}
}

func TestSettingUpCodesOfAPhone(t *testing.T) {
	s := newSite(t, access.Administrator)
	s.unfit(access.NoSecond)
	if w := s.get("/admin", "en"); w.Header().Get("Location") != "/account" {
		t.Errorf("without a second factor: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if page := s.get("/account", "en").Body.String(); !strings.Contains(page, "Your role wants a second factor") {
		t.Error("what is wanted isn't said")
	}
	page := s.get("/account/second", "en").Body.String()
	_, rest, _ := strings.Cut(page, `name="secret" value="`)
	secret, _, _ := strings.Cut(rest, `"`)
	if len(secret) != 32 || !strings.Contains(page, `<svg class="square"`) {
		t.Fatalf("the page has the secret %q", secret)
	}
	wrong := s.send("/account/second", url.Values{"secret": {secret}, "code": {"1"}, "password": {"right"}})
	if wrong.Code != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body.String(), secret) {
		t.Errorf("a wrong code: %d, or the secret is another", wrong.Code)
	}
	if w := s.send("/account/second", url.Values{"secret": {secret}, "code": {"123456"}, "password": {"other"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "the password is wrong") {
		t.Errorf("with a wrong password: %d", w.Code)
	}
	if w := s.send("/account/second", url.Values{"secret": {secret}, "code": {"123456"}, "password": {"right"}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "AAAA-BBBB-CCCC-DDDD") {
		t.Errorf("%d: no recovery codes", w.Code)
	}
	for _, c := range []struct {
		act, code, password string
		status              int
	}{{"recovery", "123456", "right", http.StatusOK}, {"recovery", "1", "right", http.StatusUnprocessableEntity}, {"recovery", "123456", "", http.StatusUnprocessableEntity},
		{"drop", "123456", "right", http.StatusSeeOther}, {"drop", "1", "right", http.StatusUnprocessableEntity}, {"drop", "123456", "", http.StatusUnprocessableEntity}} {
		if w := s.send("/account/second/change", url.Values{"act": {c.act}, "code": {c.code}, "password": {c.password}}); w.Code != c.status {
			t.Errorf("%s with %s: %d, want %d", c.act, c.code, w.Code, c.status)
		}
	}
	for password, status := range map[string]int{"right": http.StatusSeeOther, "": http.StatusUnprocessableEntity} {
		if w := s.send("/account/passkeys/k1/drop", url.Values{"password": {password}}); w.Code != status {
			t.Errorf("removing a passkey with %q: %d, want %d", password, w.Code, status)
		}
	}
	for lang, says := range map[string]string{"en": "Your password, once more", "zh": "再次输入本账户密码"} {
		if page := s.get("/account", lang).Body.String(); strings.Count(page, says) != 4 { // two passkeys to remove, one to make, the codes
			t.Errorf("%s: it is asked for %d times", lang, strings.Count(page, says))
		}
	}
}
