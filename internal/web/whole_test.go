package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"plumbline/internal/access"
	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/identity"
	"plumbline/internal/service"
	"plumbline/internal/web"
)

// whole is a service as it is run, with nothing in it but an account and a source.
type whole struct {
	t          *testing.T
	url, token string
}

const supervisorPassword = "a long first password"

func newWhole(t *testing.T) *whole {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	l, err := net.Listen("tcp", "127.0.0.1:0") // browsers must be told where they are before it listens
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	w := &whole{t: t, url: fmt.Sprintf("http://localhost:%d", port)}
	config := datadir.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: fmt.Sprintf("127.0.0.1:%d", port), LogFormat: "text"}
	const begins clock.Instant = 1_770_000_000_000_000
	must(t, datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: "root", Password: supervisorPassword, Now: begins,
		Settings: service.Settings{Agency: "Agency", Zone: "Europe/Rome", Lang: "en", Packs: []string{"it-traffic-fines"}}}))
	config.SignIn.Origin = w.url
	d, err := datadir.Serve(ctx, config)
	must(t, err)
	hash, err := identity.NewHash(supervisorPassword, "", "")
	must(t, err)
	must(t, d.Store.AddAccount(ctx, identity.Account{Name: "supervisor", Roles: []access.Role{access.Supervisor}, Hash: hash, Handle: "aGFuZGxl", Created: begins}))
	token, kept := datadir.NewToken()
	_, err = d.Store.AddSource(ctx, service.Source{Name: "desk", Token: kept, Created: begins})
	must(t, err)
	w.token = token
	started, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.ServeOptions{Store: d.Store, Config: config, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Started: func(a net.Addr) { started <- a }})
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
		must(t, d.Close())
	})
	select {
	case <-started:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sends hands over events as a source does, and gives what became of the first.
func (w *whole) sends(events string) string {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.url+"/api/v1/events", strings.NewReader(events))
	must(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer resp.Body.Close()
	var said struct{ Outcomes []struct{ Outcome string } }
	must(w.t, json.NewDecoder(resp.Body).Decode(&said))
	if len(said.Outcomes) == 0 {
		w.t.Fatalf("sent: %s", resp.Status)
	}
	return said.Outcomes[0].Outcome
}

// What a source sent and nobody could take is found on its page, mended there, driven
// again, and gone from what waits; the case then has it.
func TestQuarantineIsMendedOnThePage(t *testing.T) {
	w := newWhole(t)
	if got := w.sends(`[{"id": "1", "type": "Create Fine", "time": "2199-01-05T09:00:00Z", "case": "A1"}]`); got != "quarantined" {
		t.Fatalf("an event of the next century: %s", got)
	}
	jar, err := cookiejar.New(nil)
	must(t, err)
	browser := &http.Client{Jar: jar}
	page := func(resp *http.Response, err error) string {
		t.Helper()
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return string(body)
	}
	get := func(path string) string { t.Helper(); return page(browser.Get(w.url + path)) }
	post := func(path string, form url.Values) string { t.Helper(); return page(browser.PostForm(w.url+path, form)) }
	get("/preferences?lang=en&back=/signin")
	post("/signin", url.Values{"name": {"supervisor"}, "password": {supervisorPassword}, "next": {"/"}})

	list := get("/sources")
	if !strings.Contains(list, `href="/sources/desk"`) {
		t.Fatal("the source isn't listed")
	}
	waiting := get("/sources/desk")
	to := regexp.MustCompile(`action="(/sources/desk/quarantine/\d+)"`).FindStringSubmatch(waiting)
	if to == nil || !strings.Contains(waiting, "2199-01-05") {
		t.Fatalf("what waits isn't shown with its form")
	}
	// Mended badly, it stays, and what was typed stays with it.
	still := post(to[1], url.Values{"act": {"mend"}, "raw": {`{"id": "1", "type": "Create Fine", "time": "2198-01-05T09:00:00Z", "case": "A1"}`}})
	if !strings.Contains(still, "2198-01-05") || !strings.Contains(still, to[1]) {
		t.Error("mended badly, it is gone, or so is what was typed")
	}
	done := post(to[1], url.Values{"act": {"mend"}, "raw": {`{"id": "1", "type": "Create Fine", "time": "2026-01-05T09:00:00Z", "case": "A1"}`}})
	if strings.Contains(done, to[1]) {
		t.Error("mended, it still waits")
	}
	if strings.Contains(get("/sources/desk"), to[1]) || !strings.Contains(get("/sources/desk?view=all"), "2199-01-05") {
		t.Error("it waits, or isn't told among all")
	}
	if !strings.Contains(get("/cases/case/A1"), "Create Fine") {
		t.Error("the case doesn't have it")
	}
	if got := w.sends(`[{"id": "1", "type": "Create Fine", "time": "2026-01-05T09:00:00Z", "case": "A1"}]`); got != "repeated" {
		t.Errorf("sent once more as it was mended: %s", got)
	}
}

// A passkey is added on the page of the account with the password, signs in without it,
// and no more once it was taken away. The browser's own authenticator is a pretended one.
func TestPasskeyInABrowser(t *testing.T) {
	chrome := web.NewBrowser(t)
	w := newWhole(t)
	must(t, chromedp.Do(chrome, chromedp.Navigate("about:blank")))
	d := newDay(t, chrome, w.url, "en")
	d.role = "supervisor"
	d.do(chromedp.Navigate("about:blank"), authenticator)
	d.do(chromedp.Navigate(d.url+"/signin"), chromedp.WaitReady("#password"))
	d.fill("#name", "supervisor")
	d.fill("#password", supervisorPassword)
	d.do(chromedp.Submit("#password"), chromedp.WaitReady("nav.nav"), chromedp.Navigate(d.url+"/account"), chromedp.WaitVisible("#key-name"))
	d.fill("#key-name", "this laptop")
	d.fill("#again-key", "not the password")
	d.do(chromedp.Click("form[data-passkey=make] button"), chromedp.WaitVisible("form[data-passkey=make] [data-says]"))
	d.has("the password is wrong")
	ask[string](d, "document.querySelector('#again-key').value = ''")
	d.fill("#again-key", supervisorPassword)
	d.sends(chromedp.Click("form[data-passkey=make] button"))
	d.has("this laptop")
	byKey := func() {
		t.Helper()
		d.signsOut()
		d.do(chromedp.Navigate(d.url+"/signin?next=/rules"), chromedp.WaitVisible("form[data-passkey=signin] button"))
	}
	byKey()
	d.sends(chromedp.Click("form[data-passkey=signin] button"))
	if at := d.at(); at != "/rules" {
		t.Errorf("signed in, at %s", at)
	}
	d.do(chromedp.Navigate(d.url + "/account"))
	d.has("this laptop")
	d.do(chromedp.Click(".keys summary"), chromedp.WaitVisible("[id^='again-drop-']"))
	d.fill("[id^='again-drop-']", supervisorPassword)
	d.sends(chromedp.Click("form[action^='/account/passkeys/'] button"))
	byKey()
	d.do(chromedp.Click("form[data-passkey=signin] button"), chromedp.WaitVisible("form[data-passkey=signin] [data-says]"))
	if at := d.at(); !strings.HasPrefix(at, "/signin") {
		t.Errorf("a key that was taken away leads to %s", at)
	}
}

// authenticator gives a tab a device that knows whom it serves.
func authenticator(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		return chromedp.Void{}, err
	}
	_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	return chromedp.Void{}, err
}
