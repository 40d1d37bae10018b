package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"plumbline/internal/sim/agency"
)

func streamed() agency.Options {
	return agency.Options{Units: 1, Cases: 20, Days: 30, Seed: 2, Rates: agency.UsualRates()}
}

// At a thousand times real time every entry is sent when it is due by the clock,
// never earlier, and the bytes are those of the file.
func TestStreamKeepsToItsSpeed(t *testing.T) {
	var all bytes.Buffer
	n := 0
	if _, err := agencyLines(agency.New(streamed()), &all, &n); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	var got bytes.Buffer
	sends, slept := 0, time.Duration(0)
	s := AgencyStream{Speed: 1000, Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error { now, slept = now.Add(d), slept+d; return nil },
		Send:  func(lines []byte) error { sends++; got.Write(lines); return nil }}
	sent, err := s.Run(context.Background(), streamed())
	if err != nil || sent != n || !bytes.Equal(got.Bytes(), all.Bytes()) {
		t.Fatalf("%d of %d sent, %d of %d bytes, %v", sent, n, got.Len(), all.Len(), err)
	}
	// thirty days and what is entered after them, in thousandths
	if slept < 2000*time.Second || slept > 6000*time.Second || sends < n/2 {
		t.Errorf("slept %v, sent %d times for %d entries", slept, sends, n)
	}
}

func TestStreamStopsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var got bytes.Buffer
	now := time.Unix(0, 0)
	s := AgencyStream{Speed: 1, Now: func() time.Time { return now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			now = now.Add(d)
			if now.Sub(time.Unix(0, 0)) > 5*24*time.Hour {
				cancel()
			}
			return ctx.Err()
		},
		Send: func(lines []byte) error { got.Write(lines); return nil }}
	sent, err := s.Run(ctx, streamed())
	if err != nil || sent == 0 || sent != strings.Count(got.String(), "\n") {
		t.Errorf("%d sent, %d lines, %v", sent, strings.Count(got.String(), "\n"), err)
	}
}

func TestStreamPosts(t *testing.T) {
	lines, answer := 0, http.StatusAccepted
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%v, headers %v", err, r.Header)
		}
		lines += bytes.Count(body, []byte("\n"))
		w.WriteHeader(answer)
		io.WriteString(w, "no room\n")
	}))
	defer service.Close()
	s := AgencyStream{Send: PostTo(service.URL, "secret", service.Client()), Now: time.Now, Sleep: SleepFor}
	sent, err := s.Run(context.Background(), streamed())
	if err != nil || sent == 0 || sent != lines {
		t.Errorf("%d sent, %d received, %v", sent, lines, err)
	}
	answer = http.StatusInsufficientStorage
	if _, err = s.Run(context.Background(), streamed()); err == nil || !strings.Contains(err.Error(), "507") || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a refusal gave %v", err)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := SleepFor(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := SleepFor(context.Background(), 0); err != nil {
		t.Error(err)
	}
}
