package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// shown are the addresses of all pages.
var shown = append(recordShown, "/", "/findings", "/findings?view=all&severity=major&unit=u1&rule=fine-sent-90d&warning=false&sort=newest&odd=1", "/findings?view=mine", "/findings?view=closed", "/findings/f1", "/findings/f2",
	"/findings/f3", "/findings/f4", "/findings/f1/links", "/findings/f2/links", "/findings/f1/record", "/findings/f3/record", "/reconciliation", "/account", "/account?done=changed", "/account/second", "/sources", "/sources/desk", "/sources/desk?view=all&done=taken", "/sources/none", "/sources/desk/mapping", "/verify", "/approvals", "/identities", "/organisation", "/organisation?unit=u1", "/organisation?q=p&done=applied", "/organisation/import", "/findings/none", "/none")

var (
	inner  = regexp.MustCompile(`(?s)<(script|style)\b[^>]*>[^<]`)
	tag    = regexp.MustCompile(`(?s)<[^>]*>`)
	law    = regexp.MustCompile(`(?s)<(blockquote|a|span|p|dd|title|td)[^>]* lang="[^"]*".*?</(blockquote|a|span|p|dd|title|td)>`)
	unsaid = regexp.MustCompile(`%!|\bnil\b|<no value>`)
)

func TestEveryPageInBothLanguages(t *testing.T) {
	s := newSite(t)
	for _, path := range shown {
		for _, lang := range []string{"en", "zh"} {
			w := s.get(path, lang)
			want := http.StatusOK
			if strings.HasSuffix(path, "none") {
				want = http.StatusNotFound
			}
			page := w.Body.String()
			if w.Code != want {
				t.Errorf("%s in %s: status %d, want %d", path, lang, w.Code, want)
			}
			if got := w.Header().Get("Content-Security-Policy"); got != policy {
				t.Errorf("%s: the policy is %q", path, got)
			}
			if strings.Contains(page, hostile) || strings.Contains(page, "<script>") || inner.MatchString(page) || strings.Contains(tagsOf(page), " style=") || strings.Contains(tagsOf(page), " on") {
				t.Errorf("%s in %s has a script or a style within, or lets somebody's words be markup", path, lang)
			}
			if strings.ContainsAny(page, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
				t.Errorf("%s in %s lets somebody turn the direction of what stands there", path, lang)
			}
			if m := unsaid.FindString(page); m != "" {
				t.Errorf("%s in %s says %q", path, lang, m)
			}
			if lang == "en" {
				if m := hanIn(page); m != "" {
					t.Errorf("%s in English speaks Chinese: %s", path, m)
				}
			}
		}
	}
}

// tagsOf are the tags of a page alone, with the names of attributes that matter.
func tagsOf(page string) string {
	quoted := regexp.MustCompile(`"[^"]*"`)
	return quoted.ReplaceAllString(strings.Join(tag.FindAllString(page, -1), ""), `""`)
}

// hanIn is Chinese in what a page says in another language, laws and the name of
// the other language aside.
func hanIn(page string) string {
	text := tag.ReplaceAllString(law.ReplaceAllString(page, ""), " ")
	for i, r := range text {
		if unicode.Is(unicode.Han, r) {
			return text[max(0, i-40):min(len(text), i+40)]
		}
	}
	return ""
}

func TestNobodySeesAnythingWithoutSigningIn(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/", "/findings", "/findings/f1"} {
		w := s.do(httptest.NewRequest(http.MethodGet, path, nil))
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/signin?next=") {
			t.Errorf("%s: %d to %q", path, w.Code, to)
		}
	}
}

func TestSignIn(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name, password, code string
		status               int
		says                 string
	}{
		{"lu", "right", "", http.StatusSeeOther, ""},
		{"lu", "wrong", "", http.StatusUnauthorized, "不对"},
		{"two", "right", "", http.StatusUnauthorized, `name="ticket" value="halfway"`},
		{"slow", "right", "", http.StatusTooManyRequests, "不对"},
		{"fault", "right", "", http.StatusInternalServerError, "出错了"},
	} {
		w := s.post("/signin", "name", c.name, "password", c.password, "code", c.code, "next", "/findings?view=all")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s/%s: %d, want %d and %q", c.name, c.password, w.Code, c.status, c.says)
		}
		if let := strings.Contains(w.Header().Get("Set-Cookie"), "let-in"); let != (c.status == http.StatusSeeOther) {
			t.Errorf("%s/%s: let in: %v", c.name, c.password, let)
		}
		if strings.Contains(w.Body.String(), "right") {
			t.Errorf("%s: the password is on the page", c.name)
		}
		if c.status == http.StatusSeeOther && w.Header().Get("Location") != "/findings?view=all" {
			t.Errorf("goes to %q", w.Header().Get("Location"))
		}
	}
	out := s.post("/signout")
	if out.Code != http.StatusSeeOther || !strings.Contains(out.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out: %d, %q", out.Code, out.Header().Get("Set-Cookie"))
	}
}

func TestOnlyADemonstrationShowsItsAccounts(t *testing.T) {
	s := newSite(t)
	page := func() string { return s.do(httptest.NewRequest(http.MethodGet, "/signin", nil)).Body.String() }
	if strings.Contains(page(), "演示账户") {
		t.Error("accounts are shown to everybody")
	}
	s.pages.Demo = &Demo{Accounts: []string{"supervisor"}, Password: "for-all"}
	if p := page(); !strings.Contains(p, "supervisor") || !strings.Contains(p, "for-all") {
		t.Error("the demonstration shows no accounts")
	}
}

func TestAnotherSiteCannotSendForms(t *testing.T) {
	s := newSite(t)
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader("name=lu&password=right"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := s.do(r); w.Code != http.StatusForbidden {
		t.Errorf("status %d", w.Code)
	}
}

// What is refused by a rule is in the log, by that rule.
func TestRefusalsAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t)
	s.pages.Log = slog.New(slog.NewTextHandler(&log, nil))
	s.handler = s.pages.Handler()
	barred := &ledger.Refused{Because: ledger.Barred, Rule: ledger.BarCommand, Fault: errs.Error{Code: errs.Usage, What: errs.T("no", "不可")}}
	s.refusal, s.barred = barred, barred
	for path, c := range map[string]struct {
		form   url.Values
		from   string
		status int
		rule   string
	}{
		"/findings/f1/moves": {url.Values{"kind": {"verify"}, "version": {"3"}, "text": {"x"}}, "same-origin", 403, `rule="ledger: verify: command" by="session s"`},
		"/findings/moves":    {url.Values{"kind": {"comment"}, "item": {"f1:3", "f2:3"}, "text": {"x"}}, "same-origin", 200, `rule="ledger: comment: command" by="session s"`},
		"/findings/f2/moves": {url.Values{}, "cross-site", 403, `rule="sent from another site's page" route="POST /findings/{id}/moves"`},
		"/approvals/a1":      {url.Values{"act": {"approve"}, "words": {"x"}}, "same-origin", 403, `rule="a rule" by="session s"`},
	} {
		log.Reset()
		if path == "/approvals/a1" {
			s.who.Roles = []access.Role{access.Auditor}
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(c.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", c.from)
		r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
		if w := s.do(r); w.Code != c.status || !strings.Contains(log.String(), "msg=refused "+c.rule) {
			t.Errorf("%s: %d, want %d; want %s in\n%s", path, w.Code, c.status, c.rule, log.String())
		}
		s.who.Roles = []access.Role{access.Supervisor, access.Verifier}
	}
}

func TestNextIsOfThisHost(t *testing.T) {
	for to, want := range map[string]string{"/findings?view=all": "/findings?view=all", "": "/", "//evil.example/x": "/", "https://evil.example": "/", "/\\evil.example": "/",
		"findings": "/", "javascript:alert(1)": "/", "/\nSet-Cookie: x": "/", "/\t/evil.example": "/"} {
		if got := local(to); got != want {
			t.Errorf("local(%q) = %q, want %q", to, got, want)
		}
	}
}

func TestFaultsAreNotShown(t *testing.T) {
	s := newSite(t)
	s.fault = errors.New("secret table findings")
	w := s.get("/findings", "en")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "quote the number") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	s.fault = &errs.Error{Code: errs.Input, Place: errs.Place{File: "/secret"}, Err: service.ErrDamaged, What: errs.T("secret", "secret")}
	if w := s.get("/findings", "zh"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "记录已损坏") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	s.fault = &errs.Error{Code: errs.Usage, What: errs.T("that can't be sorted", "不能排序")}
	if w := s.get("/findings?after=x", "zh"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "不能排序") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestTheAddressIsTheView(t *testing.T) {
	s := newSite(t)
	s.next = "-raised:7:7"
	page := s.get("/findings?view=verify&severity=major&severity=critical&unit=u1&rule=x&warning=true&sort=newest&odd=1&severity=awful", "en").Body.String()
	q := s.asked
	if len(q.States) != 2 || q.States[0] != ledger.Claimed || len(q.Severity) != 2 || len(q.Units) != 1 || len(q.Rules) != 1 || q.Warning == nil || !*q.Warning || !q.Newest {
		t.Errorf("asked for %+v", q)
	}
	for _, want := range []string{"odd=1, severity=awful", `href="/findings?rule=x&amp;severity=major&amp;severity=critical&amp;sort=newest&amp;unit=u1&amp;view=verify"`,
		"after=-raised%3A7%3A7", `aria-sort="descending"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	s.findings, s.next = nil, ""
	if page := s.get("/findings", "en").Body.String(); !strings.Contains(page, "No findings yet") {
		t.Error("an empty register doesn't say what would be here")
	}
}

func TestPreferences(t *testing.T) {
	s := newSite(t)
	w := s.do(httptest.NewRequest(http.MethodGet, "/preferences?lang=en&theme=purple&back=%2Ffindings%3Fview%3Dall", nil))
	if w.Header().Get("Location") != "/findings?view=all" || len(w.Result().Cookies()) != 1 || w.Result().Cookies()[0].Value != "en" {
		t.Errorf("%v", w.Header())
	}
	r := httptest.NewRequest(http.MethodGet, "/signin", nil)
	r.Header.Set("Accept-Language", "fr, en;q=0.8, zh;q=0.5")
	r.AddCookie(&http.Cookie{Name: themeCookie, Value: "dark"})
	r.AddCookie(&http.Cookie{Name: densityCookie, Value: "wide"})
	if page := s.do(r).Body.String(); !strings.Contains(page, `lang="en" data-theme="dark"`) || strings.Contains(page, "data-density") {
		t.Error("the page isn't as was chosen")
	}
}

func TestMending(t *testing.T) {
	s := newSite(t)
	send := func(id string, pairs ...string) *httptest.ResponseRecorder {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		r := httptest.NewRequest(http.MethodPost, "/sources/desk/quarantine/"+id, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
		r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
		return s.do(r)
	}
	event := func(typ string) string {
		return `{"type":"` + typ + `","time":"2026-01-01T00:00:00Z","case":"A1"}`
	}
	for _, c := range []struct {
		id, act, text string
		status        int
		says          string
	}{
		{"7", "mend", event("x"), http.StatusSeeOther, ""},
		{"7", "mend", event("future"), http.StatusUnprocessableEntity, "lies ahead"},
		{"7", "mend", `{"type":"x"`, http.StatusUnprocessableEntity, `{&#34;type&#34;:&#34;x&#34;</textarea>`},
		{"7", "mend", event("gone"), http.StatusBadRequest, "settled it already"},
		{"7", "aside", "", http.StatusSeeOther, ""},
		{"9", "aside", "", http.StatusNotFound, ""},
		{"x", "aside", "", http.StatusNotFound, ""},
	} {
		w := send(c.id, "act", c.act, "raw", c.text, "reason", "a test")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s %s: %d, want %d and %q", c.act, c.id, c.text, w.Code, c.status, c.says)
		}
	}
}

func TestAssets(t *testing.T) {
	s := newSite(t)
	page := s.get("/", "en").Body.String()
	for _, m := range regexp.MustCompile(`/static/[a-z.0-9]+`).FindAllString(page, -1) {
		for _, encoding := range []string{"", "gzip", "br, gzip"} {
			r := httptest.NewRequest(http.MethodGet, m, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := s.do(r)
			if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
				t.Errorf("%s: %d %v", m, w.Code, w.Header())
			}
			if encoding != "" && !strings.HasPrefix(encoding, w.Header().Get("Content-Encoding")) {
				t.Errorf("%s packed as %q where the browser takes %q", m, w.Header().Get("Content-Encoding"), encoding)
			}
		}
	}
	if w := s.do(httptest.NewRequest(http.MethodGet, "/static/htmx.min.js", nil)); w.Code != http.StatusNotFound {
		t.Errorf("a file without its hash: %d", w.Code)
	}
}

// What others made is what they published.
func TestVendoredFiles(t *testing.T) {
	for name, want := range map[string]string{
		"htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717", // 2.0.11
		"inter.woff2": "3100e775e8616cd2611beecfa23a4263d7037586789b43f035236a2e6fbd4c62", // @fontsource-variable/inter 5.3.0
	} {
		body, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is %x", name, sum)
		}
	}
}

func TestLateness(t *testing.T) {
	v := &view{}
	v.Own = pageWords()
	for iso, want := range map[string]string{"P1D": "1 day", "P12D": "12 days", "PT7H3M": "7 h 03 min", "PT7H3M5S": "7 h 03 min", "PT26H": "1 d 2 h", "PT3M": "3 min", "PT5S": "0 min", "": "0 min"} {
		if got := v.late(iso); got != want {
			t.Errorf("late(%q) = %q, want %q", iso, got, want)
		}
	}
}

var _ Ledger = (*ledger.Ledger)(nil)
var _ Identity = (*identity.Identity)(nil)
var _ Service = (*service.Service)(nil)
