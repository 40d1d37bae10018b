package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/sim"
)

// demoing is a demo that runs, asked as a newcomer asks it.
type demoing struct {
	t     *testing.T
	ready DemoReady
	found chan DemoFinding
	stop  context.CancelFunc
	ended chan error
}

func startDemo(t *testing.T, dir string, speed float64, plan DemoPlan) *demoing {
	ctx, stop := context.WithCancel(t.Context())
	d := &demoing{t: t, found: make(chan DemoFinding), stop: stop, ended: make(chan error, 1)}
	ready := make(chan DemoReady, 1)
	go func() {
		d.ended <- ServeDemo(ctx, DemoOptions{Data: dir, Listen: "127.0.0.1:0", Speed: speed, Plan: plan, Lang: errs.En, Version: "test",
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Progress: func(int) {}, Over: func() {},
			Ready: func(r DemoReady) { ready <- r },
			Found: func(f DemoFinding) {
				select {
				case d.found <- f:
				case <-ctx.Done():
				}
			}})
	}()
	select {
	case d.ready = <-ready:
	case err := <-d.ended:
		t.Fatalf("the demo ended: %v", err)
	}
	return d
}

func (d *demoing) end() {
	d.t.Helper()
	d.stop()
	if err := <-d.ended; err != nil {
		d.t.Fatal(err)
	}
}

// get asks the API with the reader's token.
func (d *demoing) get(path string, into any) {
	d.t.Helper()
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/api/v1/%s", d.ready.Addr, path), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.ready.Tokens.Reader)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		d.t.Fatalf("%s: %s %s", path, answer.Status, text)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		d.t.Fatalf("%s: %v", path, err)
	}
}

// signIn signs in on the pages, and looks at the first of them.
func (d *demoing) signIn(name string) {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	browser := http.Client{Jar: jar}
	answer, err := browser.PostForm(fmt.Sprintf("http://%s/signin", d.ready.Addr), url.Values{"name": {name}, "password": {DemoPassword}})
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path == "/signin" {
		d.t.Errorf("signing in as %s: %s at %s", name, answer.Status, answer.Request.URL.Path)
	}
}

// What the demo's service found in its history is what the history's verdicts say;
// the agency's people closed most of it, and left something of every kind. A case can
// be looked at. It goes on finding, and a second run goes on where the first stopped.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "service")
	d := startDemo(t, dir, 1, DemoPlan{Cases: 60, Seed: 1})
	if d.ready.Again || d.ready.Events < 3000 || d.ready.Findings < 100 || d.ready.Case == "" {
		t.Fatalf("%+v", d.ready)
	}
	for _, state := range []ledger.State{ledger.Open, ledger.Assigned, ledger.Claimed, ledger.Closed} {
		items := struct{ Items []any }{}
		if d.get("items?state="+string(state), &items); len(items.Items) == 0 {
			t.Errorf("no item is %s", state)
		}
	}
	verdicts := struct {
		Rules []struct{ Violations, Episodes int }
	}{}
	d.get("verdicts", &verdicts)
	told := 0
	for _, r := range verdicts.Rules {
		told += r.Violations
		if r.Episodes > 0 {
			told += r.Episodes - r.Violations
		}
	}
	if int64(told) != d.ready.Findings {
		t.Errorf("%d findings, and the verdicts tell of %d", d.ready.Findings, told)
	}
	timeline := struct{ Events, Obligations []any }{}
	if d.get("objects/case/"+d.ready.Case+"/timeline", &timeline); len(timeline.Events) == 0 || len(timeline.Obligations) == 0 {
		t.Errorf("the timeline of %s: %d events, %d obligations", d.ready.Case, len(timeline.Events), len(timeline.Obligations))
	}
	for _, name := range []string{"officer", "admin"} { // each costs as much as a password's hash should
		d.signIn(name)
	}
	d.end()

	again := startDemo(t, dir, 100_000, DemoPlan{Cases: 60, Seed: 1})
	if !again.ready.Again || again.ready.Events < d.ready.Events || again.ready.Now < d.ready.Now {
		t.Errorf("it went on from %+v with %+v", d.ready, again.ready)
	}
	if f := <-again.found; f.Raised < again.ready.Now || f.Title.En == "" {
		t.Errorf("what was found while it goes on: %+v", f)
	}
	again.end()
}

// A demo with other options, or a folder of somebody's own, is left alone.
func TestDemoRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "service")
	o := DemoOptions{Data: dir, Plan: DemoPlan{Cases: 20, Seed: 1}, Lang: errs.En}
	if _, err := openDemo(o); err != nil {
		t.Fatal(err)
	}
	o.Plan.Seed = 2
	if _, err := openDemo(o); errs.CodeOf(err) != errs.Usage {
		t.Errorf("another seed: %v", err)
	}
	if err := RemoveDemo(dir); err != nil || there(dir) {
		t.Errorf("removing it: %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openDemo(o); errs.CodeOf(err) != errs.Usage {
		t.Errorf("a folder that isn't empty: %v", err)
	}
	if err := RemoveDemo(dir); errs.CodeOf(err) != errs.Usage || !there(filepath.Join(dir, "own")) {
		t.Errorf("a folder of somebody's own was removed: %v", err)
	}
}

// A log of fines is taken in beside the agency's history.
func TestDemoTakesALogIn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "fines.xes.gz")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	var planted sim.Planted
	if planted, err = Simulate(f, file, 500, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d := startDemo(t, filepath.Join(dir, "service"), 1, DemoPlan{Cases: 20, Seed: 1, Log: file})
	found := struct{ Findings []any }{}
	if d.get("findings?limit=500&pack="+SimulatedPack, &found); len(found.Findings) < len(planted.Departures) {
		t.Errorf("%d findings of %d departures", len(found.Findings), len(planted.Departures))
	}
	d.end()
}
