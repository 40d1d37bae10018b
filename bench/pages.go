package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// pageRoles are whose pages are asked for; each has an account of this name.
var pageRoles = []string{"supervisor", "verifier", "auditor"}

// pageMix is what they look at, and how often of a hundred. # is a finding's id, @ a
// case's number.
var pageMix = []struct {
	path string
	of   int
}{
	{"/", 15}, {"/findings", 10}, {"/findings?view=new&sort=newest", 5}, {"/findings?severity=major&view=all", 5}, {"/findings?rule=five1&view=open", 5}, {"/findings/#", 20},
	{"/cases", 5}, {"/cases?number=@", 10}, {"/cases/case/@", 15}, {"/search?q=@", 5}, {"/rules", 3}, {"/units", 2},
}

const benchPassword = "correct horse battery"

// addVisitors adds an account for each role to a record that nobody serves.
func (b *bench) addVisitors(dir string) error {
	password := dir + ".password"
	if err := os.WriteFile(password, []byte(benchPassword+"\n"), 0o600); err != nil {
		return err
	}
	defer os.Remove(password)
	for _, role := range pageRoles {
		if err := b.ours(io.Discard, "account", "add", role, "--data", dir, "--role", role, "--password-file", password); err != nil {
			return err
		}
	}
	return nil
}

// visitor is a browser as far as its requests go: it keeps cookies and unpacks nothing,
// so that what is moved is counted.
type visitor struct {
	url    string
	client *http.Client
}

// visit signs in as a role, and gives the account the password that it has to have of
// its own.
func (s *server) visit(role string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{s.url, &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}}
	const own = "another battery of a horse"
	for _, form := range []struct {
		path   string
		values url.Values
	}{
		{"/signin", url.Values{"name": {role}, "password": {benchPassword}}},
		{"/account/password", url.Values{"old": {benchPassword}, "new": {own}, "again": {own}}},
		{"/signin", url.Values{"name": {role}, "password": {own}}},
	} {
		answer, err := v.client.PostForm(v.url+form.path, form.values)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s as %s: %s %.500s (%w)", form.path, role, answer.Status, text, err)
		}
	}
	return v, nil
}

// get asks for a page or a file and gives how much came; text is what isn't packed.
func (v *visitor) get(path, encoding string) (moved int, text []byte, err error) {
	req, err := http.NewRequest(http.MethodGet, v.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept-Encoding", encoding)
	answer, err := v.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || answer.Request.URL.Path == "/signin" || answer.Request.URL.Path == "/account") {
		err = fmt.Errorf("%s: %s at %s", path, answer.Status, answer.Request.URL)
	}
	return len(text), text, err
}

const packed = "gzip, br"

// pages are asked for by several roles at a rate, as their days mix them.
func (b *bench) pages(s *server, _ string) ([]reached, error) {
	const rate = 50
	var visitors []*visitor
	for _, role := range pageRoles {
		v, err := s.visit(role)
		if err != nil {
			return nil, err
		}
		visitors = append(visitors, v)
	}
	about, err := s.someFindings()
	if err != nil {
		return nil, err
	}
	if err := s.addLongCase(); err != nil {
		return nil, err
	}
	chance := rand.New(rand.NewPCG(1, 2))
	paths := make([]string, rate*b.seconds)
	for i := range paths {
		paths[i] = aPage(chance, about)
	}
	// A first look at each, so that what is worked out once has been.
	began, firsts := time.Now(), map[string]time.Duration{}
	for _, m := range pageMix {
		at := time.Now()
		if _, _, err := visitors[0].get(about.fillIn(m.path, chance), packed); err != nil {
			return nil, err
		}
		firsts[m.path] = time.Since(at)
	}
	warm := time.Since(began)
	var mu sync.Mutex
	took, most := map[string][]time.Duration{}, 0
	over := make(chan struct{})
	time.AfterFunc(time.Duration(len(paths))*time.Second/rate-time.Second/rate/2, func() { close(over) })
	profiled := b.profiling(s)
	cpu := s.cpu()
	all, err := openLoop(time.Second/rate, over, func(i int) error {
		if i >= len(paths) {
			return nil
		}
		at := time.Now()
		moved, _, err := visitors[i%len(visitors)].get(paths[i], packed)
		mu.Lock()
		defer mu.Unlock()
		kind := kindOf(paths[i])
		took[kind], most = append(took[kind], time.Since(at)), max(most, moved)
		return err
	})
	if err != nil {
		return nil, err
	}
	busy := (s.cpu() - cpu) / float64(len(all)) * 1000
	if err := profiled(); err != nil {
		return nil, err
	}
	for _, kind := range slices.Sorted(keysOf(took)) {
		progress("  %-12s %5d times, median %.1f ms, p95 %.1f ms", kind, len(took[kind]), millis(quantile(took[kind], 0.5)), millis(quantile(took[kind], 0.95)))
	}
	for path, d := range firsts {
		if d > 200*time.Millisecond {
			progress("  %s took %.0f ms when it was asked for first", path, millis(d))
		}
	}
	if err := b.eachPage(s, visitors[0], about); err != nil {
		return nil, err
	}
	first, err := visitors[0].firstVisit()
	if err != nil {
		return nil, err
	}
	n, err := s.findings()
	if err != nil {
		return nil, err
	}
	p95 := quantile(all, 0.95)
	return []reached{
		{fmt.Sprintf("pages of %d roles, %d a second for %d s, %s cases, %s findings", len(pageRoles), rate, b.seconds, millions(int(float64(b.stored)/5.654)), millions(n)),
			fmt.Sprintf("median %.1f ms, p95 %.1f ms; %.1f ms of processor a page; all kinds once, after the start: %.1f s", millis(quantile(all, 0.5)), millis(p95), busy, warm.Seconds()), "p95 ≤ 50 ms", p95 <= 50*time.Millisecond},
		{"moved on a first visit: a page with all that it loads", fmt.Sprintf("%.1f KB", float64(first)/1000), "≤ 150 KB", first <= 150_000},
		{"moved by a page after that, at most", fmt.Sprintf("%.1f KB", float64(most)/1000), "≤ 30 KB", most <= 30_000},
	}, nil
}

// keysOf are the keys of a map.
func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// kindOf is a page without what it is about.
func kindOf(path string) string {
	path, query, _ := strings.Cut(path, "?")
	name, _, _ := strings.Cut(query, "=")
	parts := strings.Split(path, "/")
	if len(parts) > 2 {
		return "a " + strings.TrimSuffix(parts[1], "s")
	}
	return strings.TrimSpace(path + " " + name)
}

// aPage is a page by chance.
func aPage(chance *rand.Rand, a about) string {
	n := chance.IntN(100)
	for _, m := range pageMix {
		if n -= m.of; n < 0 {
			return a.fillIn(m.path, chance)
		}
	}
	return "/"
}

// about are findings, and the cases that they are of.
type about struct{ findings, cases []string }

func (a about) fillIn(path string, chance *rand.Rand) string {
	path = strings.ReplaceAll(path, "#", a.findings[chance.IntN(len(a.findings))])
	return strings.ReplaceAll(path, "@", a.cases[chance.IntN(len(a.cases))])
}

// someFindings are the newest, the oldest and the gravest.
func (s *server) someFindings() (out about, err error) {
	token, err := s.token(readerToken)
	if err != nil {
		return out, err
	}
	for _, sort := range []string{"raised", "-raised", "due", "-severity"} {
		_, text, err := s.get("/api/v1/findings?limit=500&sort="+sort, token)
		if err != nil {
			return out, err
		}
		var page struct{ Findings []struct{ ID, Case string } }
		if err := json.Unmarshal(text, &page); err != nil {
			return out, err
		}
		for _, f := range page.Findings {
			if out.findings = append(out.findings, f.ID); f.Case != "" {
				out.cases = append(out.cases, f.Case)
			}
		}
	}
	if len(out.findings) == 0 || len(out.cases) == 0 {
		return out, fmt.Errorf("the record in %s has no findings of cases", filepath.Dir(s.dir))
	}
	return out, nil
}

var loads = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// firstVisit is how much the first page moves with all that it loads; the font that its
// stylesheet names is one of these.
func (v *visitor) firstVisit() (int, error) {
	moved, _, err := v.get("/", packed)
	if err != nil {
		return 0, err
	}
	_, page, err := v.get("/", "identity")
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, m := range loads.FindAllSubmatch(page, -1) {
		file := string(m[1])
		if seen[file] {
			continue
		}
		seen[file] = true
		n, _, err := v.get(file, packed)
		if err != nil {
			return 0, err
		}
		moved += n
		if !strings.HasSuffix(file, ".css") {
			continue
		}
		_, css, err := v.get(file, "identity")
		if err != nil {
			return 0, err
		}
		for _, f := range regexp.MustCompile(`url\("([^"/:]+)"\)`).FindAllSubmatch(css, -1) {
			if font := "/static/" + string(f[1]); !seen[font] {
				seen[font] = true
				n, _, err := v.get(font, packed)
				if err != nil {
					return 0, err
				}
				moved += n
			}
		}
	}
	return moved, nil
}
