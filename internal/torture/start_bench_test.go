//go:build linux

package torture

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/event"
	"plumbline/internal/segment"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// startPack has four rules of which every open case has an obligation that runs, and
// three more that correlate otherwise.
const startPack = `pack: start
version: 1.0.0
title: {en: Measured starts, zh: 启动测速}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {amount: number}}
rules:
`

// BenchmarkStart is how long a service takes until it is ready, and what it holds in
// memory then, with 20 million events stored: a million cases, all open, four
// obligations running in each. PLUMBLINE_START_EVENTS says how many else. One start
// folds all of it; then as many events more are stored as there can be before a new image is
// made, and the service is started three times after it was stopped and three times
// after it was killed.
func BenchmarkStart(b *testing.B) {
	events := 20_000_000
	if s := os.Getenv("PLUMBLINE_START_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 100_000 {
			b.Fatalf("PLUMBLINE_START_EVENTS is %q; expected at least 100000", s)
		}
		events = n
	}
	dir := b.TempDir()
	program := filepath.Join(dir, "plumbline")
	if out, err := exec.Command("go", "build", "-o", program, "plumbline/cmd/plumbline").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		config := datadir.Config{Data: filepath.Join(dir, fmt.Sprint(i), "data")}
		fillRecord(b, config, events)
		b.StartTimer()
		s := startMeasured(b, program, config.Data)
		b.ReportMetric(s.ready.Seconds(), "folded-s")
		b.ReportMetric(s.held, "folded-MB")
		b.ReportMetric(s.busy, "folded-cpu-s")
		for written := time.Now(); ; time.Sleep(time.Second) {
			if _, err := os.Stat(filepath.Join(config.Data, "image")); err == nil {
				break
			}
			if time.Since(written) > 5*time.Minute {
				b.Fatal("no image was written in five minutes")
			}
		}
		s.end(b, syscall.SIGKILL)
		store, err := datadir.Open(context.Background(), config)
		if err != nil {
			b.Fatal(err)
		}
		writeSegments(b, store, events, events/41)
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		s = startMeasured(b, program, config.Data)
		for _, how := range []struct {
			name string
			stop syscall.Signal
		}{{"stopped", syscall.SIGTERM}, {"killed", syscall.SIGKILL}} {
			var ready []time.Duration
			var held, own, busy []float64
			for range 3 {
				s.end(b, how.stop)
				s = startMeasured(b, program, config.Data)
				ready, held, own, busy = append(ready, s.ready), append(held, s.held), append(own, s.own), append(busy, s.busy)
			}
			slices.Sort(ready)
			slices.Sort(held)
			slices.Sort(own)
			slices.Sort(busy)
			b.ReportMetric(ready[1].Seconds(), how.name+"-s")
			b.ReportMetric(held[1], how.name+"-MB")
			b.ReportMetric(own[1], how.name+"-own-MB")
			b.ReportMetric(busy[1], how.name+"-cpu-s")
		}
		s.end(b, syscall.SIGTERM)
	}
}

// startCases is one case for so many events.
const startCases = 20

// fillRecord writes the record as the service would have, without judging it.
func fillRecord(b *testing.B, config datadir.Config, events int) {
	b.Helper()
	ctx := context.Background()
	pack := filepath.Join(filepath.Dir(config.Data), "start")
	if err := os.MkdirAll(pack, 0o700); err != nil {
		b.Fatal(err)
	}
	text := startPack
	for i, body := range []string{
		"when: Open\n  must: {followed_by: Told, within: 87600h}",
		"when: Open\n  must: {followed_by: Heard, within: 87601h}",
		"when: Open\n  must: {followed_by: Decided, within: 87602h}",
		"when: Open\n  must: {followed_by: Closed, within: 87603h}",
		"when: Act\n  must: {preceded_by: Ask}",
		"when: Ask\n  per: [case, actor]\n  never: {followed_by: Approve}",
		"count: {of: Act, per: [actor], in: 24h, at_most: 3000}",
	} {
		text += fmt.Sprintf("- id: r%d\n  title: {en: Rule %d, zh: 规则 %d}\n  basis: {text: an example, checked: 2026-11-21, status: unverified}\n  severity: minor\n  %s\n", i+1, i+1, i+1, body)
	}
	if err := os.WriteFile(filepath.Join(pack, "pack.yaml"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	now := clock.Instant(time.Now().UnixMicro())
	if err := datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: "admin", Password: "correct horse battery", Now: now,
		Settings: service.Settings{Agency: "Bench", Zone: "UTC", Lang: "en", Packs: []string{pack}}}); err != nil {
		b.Fatal(err)
	}
	store, err := datadir.Open(ctx, config)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := store.AddSource(ctx, service.Source{Name: "desk", Created: 1}); err != nil {
		b.Fatal(err)
	}
	writeSegments(b, store, 0, events)
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// writeSegments writes events of the last two years after those that there are: every
// case has its first event, then every case its second, so that the events of a case
// lie far apart. What is written to a record that has some is of its cases.
func writeSegments(b *testing.B, store *sqldb.Store, have, events int) {
	b.Helper()
	types := []string{"Open", "Ask", "Act", "Note", "Ask", "Act", "Note", "Seen", "Note", "Ask", "Act", "Note", "Seen", "Note", "Ask", "Act", "Note", "Note", "Seen", "Note"}
	pos, err := store.Position(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	now := clock.Instant(time.Now().UnixMicro())
	cases := (have + events) / startCases
	if have > 0 {
		cases = have / startCases
	}
	step := (now - max(pos.Now, now-2*365*86_400_000_000)) / clock.Instant(events+1)
	commit := &service.Commit{}
	var batch []event.Event
	number := pos.Segment
	for k := range events {
		i := have + k
		c, at := i%cases, now-clock.Instant(events-k)*step
		e := event.Event{ID: fmt.Sprintf("e%d", i+1), Type: types[min(i/cases, len(types)-1)], Time: event.Stamp{At: at, Kind: event.Time},
			Actor: event.Some(fmt.Sprintf("officer%d", c%2000)), Unit: event.Some(fmt.Sprintf("unit%d", c%200)),
			Objects: []event.Object{{Type: "case", ID: fmt.Sprintf("C%d", c)}}}
		if i%4 == 0 {
			e.Attrs = []event.Attr{{Name: "amount", Value: event.Num(float64(i % 1000))}}
		}
		if batch = append(batch, e); len(batch) < 4096 && k+1 < events {
			continue
		}
		body, err := segment.Encode(nil, batch)
		if err != nil {
			b.Fatal(err)
		}
		number++
		commit.Segments = append(commit.Segments, service.Segment{Number: number, Source: 1, Received: at, Now: at, Events: len(batch), Body: body, List: batch})
		commit.Now, commit.W = at, at
		if batch = nil; len(commit.Segments) < 64 && k+1 < events {
			continue
		}
		if err := store.Commit(context.Background(), commit); err != nil {
			b.Fatal(err)
		}
		commit = &service.Commit{}
	}
}

// measured is a running service: how long it took to be ready, and what it held then.
type measured struct {
	cmd       *exec.Cmd
	ready     time.Duration
	held, own float64 // MB: VmRSS, and what of it isn't pages of files
	busy      float64 // s of processor time until it was ready
}

func startMeasured(b *testing.B, program, data string) *measured {
	b.Helper()
	cmd := command(program, "serve", "--data", data, "--listen", "127.0.0.1:0")
	said, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "http://") {
		b.Log(lines.Text())
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	m := &measured{cmd: cmd, ready: time.Since(began)}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, ticks := range strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))[12:14] {
		n, err := strconv.Atoi(ticks)
		if err != nil {
			b.Fatal(err)
		}
		m.busy += float64(n) / 100
	}
	for line := range strings.Lines(string(status)) {
		var kB float64
		if name, rest, _ := strings.Cut(line, ":"); name == "VmRSS" || name == "RssAnon" {
			if _, err := fmt.Sscan(rest, &kB); err != nil {
				b.Fatal(err)
			}
			if m.own = kB / 1024; name == "VmRSS" {
				m.held = kB / 1024
			}
		}
	}
	return m
}

func (m *measured) end(b *testing.B, how syscall.Signal) {
	b.Helper()
	began := time.Now()
	if err := m.cmd.Process.Signal(how); err != nil {
		b.Fatal(err)
	}
	err := m.cmd.Wait()
	if how == syscall.SIGTERM && (err != nil || time.Since(began) > 5*time.Second) {
		b.Fatalf("it stopped after %v: %v", time.Since(began), err)
	}
}
