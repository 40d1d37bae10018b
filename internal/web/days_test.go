package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/web"
)

// A day of each role in each language, over a whole service that a simulated agency
// has filled: sign in, look at every place and one page below each, act, sign out. On
// no page does the console speak, is anything wider than the window at 360 px, or has
// axe anything to say.
func TestADayOfEachRole(t *testing.T) {
	chrome := web.NewBrowser(t)
	if err := chromedp.Do(chrome, chromedp.Navigate("about:blank")); err != nil { // the days' tabs are its
		t.Fatal(err)
	}
	url, axe, shots, seen := demo(t), web.Axe(t), web.ShotsOf(t), &sync.Map{}
	for _, role := range []struct {
		name string
		act  func(*day)
	}{
		{"supervisor", func(d *day) {
			d.move("/findings?view=new", "assign", "#assign-owner", "P8")
		}},
		{"head", func(d *day) { d.move("/findings", "comment", "#comment-text", d.words) }},
		{"officer", func(d *day) { d.move("/findings", "comment", "#comment-text", d.words) }},
		{"verifier", func(d *day) { d.move("/findings?view=verify", "verify", "#verify-text", d.words) }},
		{"auditor", func(d *day) { d.move("/findings?view=closed", "reopen", "#reopen-text", d.words) }},
		{"lay", (*day).turnsDark},
		{"custodian", (*day).turnsDark},
		{"admin", func(d *day) {
			d.do(chromedp.Navigate(d.url + "/admin/accounts"))
			d.fill("#name", "guest-"+d.lang)
			d.fill("#password", "a long first password")
			d.do(chromedp.Click("input[name=role][value=officer]"))
			d.sends(chromedp.Submit("#password"))
			d.has("guest-" + d.lang)
		}},
	} {
		for _, lang := range []string{"zh", "en"} {
			t.Run(role.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				d := newDay(t, chrome, url, lang)
				d.axe, d.shots, d.role, d.seen = axe, shots, role.name, seen
				d.words = map[string]string{"zh": "已查阅案卷。", "en": "Looked at the file."}[lang]
				said := d.listen()
				d.signsIn()
				d.walks(d.inspects)
				role.act(d)
				d.signsOut()
				for _, m := range said() {
					t.Errorf("the console: %s", m)
				}
			})
		}
	}
	t.Run("without scripts", func(t *testing.T) {
		t.Parallel()
		d := newDay(t, chrome, url, "en")
		d.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return chromedp.Void{}, err
		})
		d.role = "auditor"
		d.signsIn()
		d.walks(func(path string) {
			d.do(chromedp.Navigate(d.url+path), chromedp.WaitReady("main h1"))
			if hidden := ask[[]string](d, unseen); len(hidden) > 0 {
				t.Errorf("%s needs scripts to show %q", path, hidden)
			}
		})
		d.signsOut()
	})
}

// unseen are the parts of a page that wait for a script: panels and tables that are
// there and hidden.
const unseen = `[...document.querySelectorAll('main .panel, main table, main svg:not(.i, .m)')].filter(e => e.closest('[hidden]') && !e.closest('details')).map(e => e.outerHTML.slice(0, 80))`

// demo is the address of a service with two years behind it.
func demo(t *testing.T) string {
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- app.ServeDemo(ctx, app.DemoOptions{Data: filepath.Join(t.TempDir(), "demo"), Listen: "127.0.0.1:0", Speed: 1, Plan: app.DemoPlan{Cases: 400, Seed: 1}, Lang: errs.En, Version: "test",
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Progress: func(int) {}, Over: func() {}, Found: func(app.DemoFinding) {}, Ready: func(r app.DemoReady) { ready <- r.Addr }})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-ready:
		return "http://" + addr.String()
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return ""
	}
}

// day is somebody's day at the pages, in a tab with cookies of its own.
type day struct {
	t                *testing.T
	ctx              context.Context
	url, lang, theme string
	role, words      string
	axe, shots       string
	seen             *sync.Map // what axe has looked at, of what is the same for everybody
	n                int
}

func newDay(t *testing.T, chrome context.Context, url, lang string) *day {
	ctx, stop := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	return &day{t: t, ctx: ctx, url: url, lang: lang, theme: map[string]string{"zh": "light", "en": "dark"}[lang]}
}

func (d *day) do(steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	if err := chromedp.Do(d.ctx, steps...); err != nil {
		d.t.Fatalf("at %s: %v", d.at(), err)
	}
}

func ask[T any](d *day, expression string) T {
	d.t.Helper()
	v, err := chromedp.Run(d.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		d.t.Fatalf("at %s: %v", d.at(), err)
	}
	return v
}

func (d *day) at() string {
	at, _ := chromedp.Run(d.ctx, chromedp.Location())
	return strings.TrimPrefix(at, d.url)
}

// listen gathers what the console says until it is asked; advice, of which forms could
// be better, aside.
func (d *day) listen() (said func() []string) {
	const end = "that was all"
	messages, all := chromedp.Console(d.ctx), make(chan []string, 1)
	go func() {
		var list []string
		for m, err := range messages {
			if err != nil || strings.Contains(m.String(), end) {
				break
			}
			if m.Type != "debug" {
				list = append(list, m.String())
			}
		}
		all <- list
	}()
	return func() []string {
		ask[bool](d, "(console.log('"+end+"'), true)")
		return <-all
	}
}

// fill writes into a field.
func (d *day) fill(field, text string) { d.do(chromedp.SendKeys(field, text)) }

// sends does what sends a form or follows a link, and waits for the page that answers:
// it is told from the one that is there by a mark.
func (d *day) sends(step chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	ask[string](d, "document.body.dataset.stale = 'stale'")
	d.do(step, chromedp.WaitReady("body:not([data-stale]) h1"))
}

// has looks whether the page says something.
func (d *day) has(text string) {
	d.t.Helper()
	if page := ask[string](d, "document.body.innerText"); !strings.Contains(page, text) {
		d.t.Errorf("%s doesn't say %q", d.at(), text)
	}
}

func (d *day) signsIn() {
	d.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(d.url+"/preferences?lang="+d.lang+"&theme="+d.theme+"&back=/signin"))
	d.fill("#name", d.role)
	d.fill("#password", app.DemoPassword)
	d.do(chromedp.Submit("#password"), chromedp.WaitReady("nav.nav"))
}

func (d *day) signsOut() {
	d.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(d.url+"/account"), chromedp.Click(".account > summary"), chromedp.Click("form[action='/signout'] button"), chromedp.WaitReady("#password"))
}

// walks visits one's account, the places of the rail, and the first page to which each
// place leads.
func (d *day) walks(visit func(path string)) {
	d.t.Helper()
	places := ask[[]string](d, `[...document.querySelectorAll('nav.nav > a')].map(a => a.getAttribute('href'))`)
	if len(places) < 3 {
		d.t.Fatalf("%s has no more places than %q", d.role, places)
	}
	visit("/account")
	for _, path := range places {
		visit(path)
		below := ask[[]string](d, fmt.Sprintf(`[...document.querySelectorAll('main a')].map(a => a.getAttribute('href')).filter(h => h.startsWith(%q) && !h.includes('?') && !h.endsWith('/proof'))`, strings.TrimSuffix(path, "/")+"/"))
		if path != "/" && len(below) > 0 {
			visit(below[0])
		}
	}
}

// alike says whether a page is the same for everybody and was looked at already in this
// language: axe hears of it once, and one picture is enough.
func (d *day) alike(path string) bool {
	place, below, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch place {
	case "rules", "units", "cases", "sources", "verify", "account":
		_, seen := d.seen.LoadOrStore(fmt.Sprint(d.lang, place, below != ""), true)
		return seen
	}
	return false
}

// inspects looks at a page on a phone and on a desk.
func (d *day) inspects(path string) {
	d.t.Helper()
	widths := []int64{360, 1440}
	if d.n++; d.n%2 == 0 {
		widths = []int64{1440, 360}
	}
	seen := d.alike(path)
	for i, width := range widths {
		d.do(chromedp.EmulateViewport(width, 900))
		if i == 0 {
			d.do(chromedp.Navigate(d.url+path), chromedp.WaitReady("main h1"))
			if !seen {
				d.hears(path, width)
			}
		}
		if over := ask[int](d, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
			d.t.Errorf("%s is %d px wider than a window of %d px", path, over, width)
		}
		if d.shots != "" && i > 0 && !seen { // a phone and a desk by turns
			d.shoot(path, width)
		}
	}
}

// hears asks axe what it has to say of a page.
func (d *day) hears(path string, width int64) {
	d.t.Helper()
	ask[bool](d, "(() => {"+d.axe+"; window.axe = axe; return true})()")
	for _, broken := range ask[web.Look](d, web.Looking).Broken {
		d.t.Errorf("%s at %d px: %s", path, width, broken)
	}
}

func (d *day) shoot(path string, width int64) {
	d.t.Helper()
	picture, err := chromedp.Run(d.ctx, chromedp.FullScreenshot(90))
	if err != nil {
		d.t.Fatal(err)
	}
	name := fmt.Sprintf("%s-%s-%02d%s-%s-%d.jpg", d.role, d.lang, d.n, strings.NewReplacer("/", "-", "?", "-", "&", "-").Replace(path), d.theme, width)
	if err := os.WriteFile(filepath.Join(d.shots, name), picture, 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// move makes a move of one item of a list that offers it. Others do so at the same
// time: where one was quicker, the next item is taken.
func (d *day) move(list, kind, field, text string) {
	d.t.Helper()
	d.do(chromedp.Navigate(d.url+list), chromedp.WaitReady("main h1"))
	items := ask[[]string](d, `[...new Set([...document.querySelectorAll('main [data-row] a')].map(a => a.getAttribute('href')).filter(h => h.startsWith('/findings/')))]`)
	if d.lang == "en" {
		slices.Reverse(items)
	}
	var turns []string
	for _, item := range items {
		d.do(chromedp.Navigate(d.url+item), chromedp.WaitReady("#history"))
		form := "details.move:has(input[value=" + kind + "])"
		if !ask[bool](d, "document.querySelector('"+form+"') !== null") {
			continue
		}
		before := ask[int](d, "document.querySelectorAll('#history li').length")
		d.do(chromedp.Click(form + " > summary"))
		d.fill(field, text)
		d.sends(chromedp.Click(form + " button[type=submit]"))
		if ask[int](d, "document.querySelectorAll('#history li').length") > before {
			return
		}
		turns = append(turns, ask[string](d, "document.querySelector('main').innerText"))
	}
	d.t.Errorf("nothing of %d in %s can be moved by %s: %q", len(items), list, kind, turns)
}

// turnsDark is what those may do who only look.
func (d *day) turnsDark() {
	d.t.Helper()
	was := ask[string](d, "document.documentElement.dataset.theme")
	d.do(chromedp.Click(".tools [data-act=theme]"))
	if is := ask[string](d, "document.documentElement.dataset.theme"); is == was {
		d.t.Errorf("the theme stays %s", is)
	}
}
