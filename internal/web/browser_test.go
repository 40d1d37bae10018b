package web

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"plumbline/internal/access"
)

// axe-core 4.14.1, which looks for what keeps people out (WCAG 2.2 AA); packed.
//
//go:embed testdata/axe.min.js.gz
var axePacked []byte

// browser is a Chromium of the test's own. In CI its absence fails; on a user's
// machine the test says what it left out.
func browser(t testing.TB) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if at, err := exec.LookPath(name); err == nil && program == "" {
			program = at
		}
	}
	if program == "" {
		const missing = "there is no Chromium; scripts/tools.sh installs it"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip("left out: what a browser shows, as " + missing)
	}
	// Its folder is its own, which it leaves late: a folder of the test would have to be
	// empty at the end. On a busy machine it also takes its time to begin.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.WSURLReadTimeout(5*time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	alone, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(alone)
	t.Cleanup(stop)
	return ctx
}

// axe is axe-core as a script.
func axe(t *testing.T) string {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(axePacked))
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// shotsOf is where pictures of pages are kept: in the folder that PLUMBLINE_SHOTS
// names, else among the test's artefacts where these are kept; "" where nobody wants
// any.
func shotsOf(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PLUMBLINE_SHOTS"); dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
		return t.ArtifactDir()
	}
	return ""
}

// look is what a test asks of a page that is open.
type look struct {
	Over   int      `json:"over"`   // pixels that it is wider than the window
	Broken []string `json:"broken"` // what axe found
}

const looking = `(async () => {
	const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations']});
	return {over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		broken: found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | '))};
})()`

// Every page, with names as somebody would choose them who wants to break it: in this
// language or that, light or dark, on a desk or on a phone. The console stays empty,
// nothing is wider than the window, and axe finds nothing.
func TestEveryPageInABrowser(t *testing.T) {
	s := newSite(t, access.Supervisor, access.Verifier)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	ctx := browser(t)
	axe, shots := axe(t), shotsOf(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Navigate(server.URL + "/signin"))
	messages := chromedp.Console(ctx)
	n := 0
	inspect := func(path, lang, theme string, width int64) {
		t.Helper()
		do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(server.URL+"/preferences?lang="+lang+"&theme="+theme+"&back="+escapeQuery(path)))
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[json.RawMessage]("(() => {"+axe+"; window.axe = axe; return true})()")); err != nil {
			t.Fatal(err)
		}
		l, err := chromedp.Run(ctx, chromedp.Evaluate[look](looking, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		where := fmt.Sprintf("%s in %s, %s, at %d px", path, lang, theme, width)
		if l.Over > 0 {
			t.Errorf("%s is %d px wider than the window", where, l.Over)
		}
		for _, b := range l.Broken {
			t.Errorf("%s: %s", where, b)
		}
		if shots != "" {
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
			if err != nil {
				t.Fatal(err)
			}
			n++
			name := fmt.Sprintf("%03d%s-%s-%s-%d.jpg", n, strings.NewReplacer("/", "-", "?", "-", "&", "-").Replace(path), lang, theme, width)
			if err := os.WriteFile(filepath.Join(shots, name), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Each page once, and each combination of language, theme and width again and
	// again; in the long form every page in every one.
	combinations := []struct {
		lang, theme string
		width       int64
	}{{"zh", "light", 1440}, {"en", "dark", 360}, {"en", "light", 360}, {"zh", "dark", 1440}}
	inspect("/signin", "en", "light", 360)
	inspect("/signin", "zh", "dark", 1440)
	do(chromedp.SendKeys("#name", "lu"), chromedp.SendKeys("#password", "right"), chromedp.Submit("#password"), chromedp.WaitReady(".queue"))
	for i, path := range shown {
		if strings.HasSuffix(path, "none") {
			continue // a page that isn't there is told to the console
		}
		for k, c := range combinations {
			if k == i%len(combinations) || os.Getenv("PLUMBLINE_LONG") != "" {
				inspect(path, c.lang, c.theme, c.width)
			}
		}
	}

	do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/findings/f2"), chromedp.Click("details.move:has(input[value=verify]) > summary"),
		chromedp.SendKeys("#verify-text", "looked at the book"))
	// The page that answers is told from the one that is there by a mark.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.getElementById('history').dataset.stale = '1') === '1'`)); err != nil {
		t.Fatal(err)
	}
	do(chromedp.Click("details.move:has(input[value=verify]) button"), chromedp.WaitReady("#history:not([data-stale])"))
	if len(s.moved) != 1 || s.moved[0].Text != "looked at the book" {
		t.Errorf("the form that was sent made %+v", s.moved)
	}
	do(chromedp.Navigate(server.URL+"/findings"), chromedp.WaitReady("[data-row]"))
	if at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const key = k => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: k, bubbles: true}));
		document.activeElement.blur(); key('j');
		return document.activeElement.className })()`)); err != nil || at != "t" {
		t.Errorf("j goes to %q (%v), not to the first row", at, err)
	}
	do(chromedp.Click(".account > summary"), chromedp.Click("form[action='/signout'] button"), chromedp.WaitReady("#password"))
	const end = "that was all"
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(console.log('"+end+"'), true)")); err != nil {
		t.Fatal(err)
	}
	for m, err := range messages {
		if err != nil || strings.Contains(m.String(), end) {
			break
		}
		if m.Type != "debug" { // advice, of which forms could be better
			t.Errorf("the console: %s", m)
		}
	}
}
