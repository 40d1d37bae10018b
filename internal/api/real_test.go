package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// real is the API over a service with a store on disk.
func real(t *testing.T, log io.Writer) *API {
	t.Helper()
	return realOn(t, filepath.Join(t.TempDir(), "record.db"), log)
}

// realOn is the same with a store of its own.
func realOn(t *testing.T, where string, log io.Writer) *API {
	t.Helper()
	store, err := sqldb.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	for token, src := range tokens {
		src.Token, src.Skew = sha256.Sum256([]byte(token)), 60_000_000
		if _, err := store.AddSource(t.Context(), src); err != nil {
			t.Fatal(err)
		}
	}
	packs, err := pack.Load("it-traffic-fines")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(log, nil))
	began := time.Now()
	s, err := service.Start(t.Context(), service.Options{Store: store, Packs: packs, Zone: zone, Log: logger, Version: "test",
		Now: func() (clock.Instant, int64) {
			now := time.Now()
			return clock.Instant(now.UnixMicro()), now.Sub(began).Microseconds()
		},
		LoadPack: func(name string) ([]*pack.Pack, error) {
			if name != "it-traffic-fines" {
				return nil, &errs.Error{Code: errs.Usage, What: errs.T("no such pack", "没有该规则包")}
			}
			return packs, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil { // the test's own context is over by now
			t.Error(err)
		}
		_ = store.Close()
	})
	a, err := New(s, Options{Zone: zone, Version: "test", Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A fine that was sent too late, from the event to its finding.
func TestFromAnEventToItsFinding(t *testing.T) {
	var log bytes.Buffer
	a := real(t, &log)
	events := `{"id":"c","type":"Create Fine","time":"2025-01-01T09:00:00+01:00","case":"A/1","unit":"south"}` + "\n" +
		`{"id":"s","type":"Send Fine","time":"2025-06-01T09:00:00+02:00","case":"A/1"}`
	if got := said(t, ask(a, "POST /api/v1/events", events, asSender, isLines)); got != "200 c:taken s:taken" {
		t.Fatal(got, log.String())
	}
	if got := said(t, ask(a, "POST /api/v1/events", events, asSender, isLines)); got != "200 c:repeated s:repeated" {
		t.Error(got)
	}
	if got := said(t, ask(a, "POST /api/v1/events", strings.Replace(events, "south", "north", 1), asSender, isLines)); got != "200 c:refused s:repeated" {
		t.Error(got)
	}
	var page findingsBody
	into(t, a, "GET /api/v1/findings?rule=sent-within-90-days&unit=south", &page)
	if len(page.Findings) != 1 || page.Findings[0].Verdict != "met_late" || page.Findings[0].Due != "2025-04-02T00:00:00+02:00" || page.Findings[0].By != "desk/s" {
		t.Fatalf("%+v", page)
	}
	detail := ask(a, "GET /api/v1/findings/"+page.Findings[0].ID, "", asReader).Body.String()
	for _, want := range []string{`"sentence_zh"`, `"steps"`, `"type":"Send Fine"`, `"history":[{`} {
		if !strings.Contains(detail, want) {
			t.Errorf("%s is missing from %s", want, detail)
		}
	}
	var line struct{ Events, Obligations []any }
	into(t, a, "GET /api/v1/objects/case/A%2F1/timeline", &line)
	if len(line.Events) != 2 || len(line.Obligations) == 0 {
		t.Errorf("%+v", line)
	}
	var doc struct {
		Log   struct{ Events int }
		Rules []struct {
			ID                string
			Breached, Running int
		}
	}
	into(t, a, "GET /api/v1/verdicts?as_of=2025-02-01", &doc)
	running := 0
	for _, r := range doc.Rules {
		running += r.Running
	}
	if doc.Log.Events != 2 || running == 0 {
		t.Errorf("%+v", doc)
	}
	into(t, a, "GET /api/v1/verdicts?known_at=2025-02-01", &doc)
	if doc.Log.Events != 0 {
		t.Errorf("known before anything was received: %+v", doc.Log)
	}
}

func into(t *testing.T, a *API, what string, to any) {
	t.Helper()
	w := ask(a, what, "", asReader)
	if err := json.Unmarshal(w.Body.Bytes(), to); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %v %s", what, w.Code, err, w.Body)
	}
}

// Pages of findings, walked in any order, hold each once.
func TestPagesOfFindings(t *testing.T) {
	var log bytes.Buffer
	a := real(t, &log)
	var events strings.Builder
	for i := range 30 {
		fmt.Fprintf(&events, `{"id":"c%d","type":"Create Fine","time":"2025-01-%02dT09:00:00+01:00","case":"A%d"}`+"\n", i, 1+i/3, i)
	}
	first, rest, _ := strings.Cut(events.String(), "\n") // absence is judged from the first event on
	ask(a, "POST /api/v1/events", first, asSender, isLines)
	ask(a, "POST /api/v1/events", rest, asSender, isLines)
	for _, sort := range []string{"raised", "-raised", "changed", "-changed", "due", "-due", "severity", "-severity"} {
		seen := map[string]bool{}
		for after := ""; ; {
			var page findingsBody
			into(t, a, "GET /api/v1/findings?limit=7&sort="+sort+"&after="+after, &page)
			for _, f := range page.Findings {
				if seen[f.ID] {
					t.Fatalf("%s: %s stands twice", sort, f.ID)
				}
				seen[f.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != 90 { // of each fine: not sent within 90 days, not notified within 90 or 100
			t.Errorf("%s: %d findings", sort, len(seen))
		}
	}
}

func TestTheServiceFuzzed(t *testing.T) {
	var log bytes.Buffer
	fuzzed(t, real(t, &log), 60) // what was right among it is tried with the fake
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}
