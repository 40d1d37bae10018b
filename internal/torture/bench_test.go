//go:build unix

package torture

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/event"
	"plumbline/internal/pack"
	"plumbline/internal/service"
	"plumbline/internal/sim/synthetic"
)

// BenchmarkIngest is durable: events of the synthetic log, judged by the 126
// rules of two packs, of whose types none occur, and by five that do, each batch
// committed to SQLite on disk before it is answered. An iteration is 200,000
// events in batches of 1,000; then single events, one after the other.
func BenchmarkIngest(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s, src := benchService(b)
		events := arrivals(35_000)[:200_000]
		b.StartTimer()
		began := time.Now()
		for batch := range slices.Chunk(events[:199_000], 1000) {
			if _, err := s.Take(context.Background(), src, batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(199_000/time.Since(began).Seconds(), "events/s")
		counts, err := s.Gauges(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		findings := int64(0)
		for _, n := range counts.Findings {
			findings += n
		}
		b.ReportMetric(float64(findings), "findings")
		b.StopTimer()
		var took []time.Duration
		for i := range events[199_000:] {
			began := time.Now()
			if _, err := s.Take(context.Background(), src, events[199_000+i:199_001+i]); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "single-median-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "single-p99-ms")
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

const benchPack = `pack: bench
version: 1.0.0
title: {en: Measured rules, zh: 测速规则}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {amount: number}}
rules:
`

func benchService(b *testing.B) (*service.Service, *service.Source) {
	b.Helper()
	ctx := context.Background()
	config := datadir.Config{Data: b.TempDir()}
	if err := datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: "admin", Password: "correct horse battery", Now: 1,
		Settings: service.Settings{Agency: "Bench", Zone: "UTC", Lang: "en"}}); err != nil {
		b.Fatal(err)
	}
	store, err := datadir.Open(ctx, config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	if _, err := store.AddSource(ctx, service.Source{Name: "desk", Created: 1, Skew: 1 << 60}); err != nil {
		b.Fatal(err)
	}
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		b.Fatal(err)
	}
	text := benchPack
	for i, body := range []string{
		"when: FreezeRequest\n  must: {followed_by: FreezeApprove, within: 72h}",
		"when: FreezeExecute\n  must: {preceded_by: FreezeApprove}",
		"when: Close\n  must: {preceded_by: [Review, FreezeApprove, Interview]}",
		"when: FreezeApprove\n  never: {preceded_by: FreezeRequest, where: it.actor == when.actor}",
		"count: {of: FreezeApprove, per: [actor], in: 24h, at_most: 3}",
	} {
		text += fmt.Sprintf("- id: r%d\n  title: {en: Rule %d, zh: 规则 %d}\n  basis: {text: an example, checked: 2026-11-21, status: unverified}\n  severity: minor\n  %s\n", i+1, i+1, i+1, body)
	}
	p, err := pack.FromFiles(map[string]string{"pack.yaml": text}, "pack.yaml")
	if err != nil {
		b.Fatal(err)
	}
	packs := []*pack.Pack{p}
	for _, name := range []string{"cn-criminal-procedure", "profit-and-power"} {
		more, err := pack.Load(name)
		if err != nil {
			b.Fatal(err)
		}
		packs = append(packs, more...)
	}
	began := time.Now()
	s, err := service.Start(ctx, service.Options{Store: store, Packs: packs, Zone: zone, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() (clock.Instant, int64) {
			return clock.Instant(time.Now().UnixMicro()), time.Since(began).Microseconds()
		}})
	if err != nil {
		b.Fatal(err)
	}
	sources, err := store.Sources(ctx)
	if err != nil {
		b.Fatal(err)
	}
	return s, &sources[0]
}

func arrivals(cases int) []service.Arrival {
	var out []service.Arrival
	for i, e := range synthetic.Events(cases, 1) {
		out = append(out, service.Arrival{Event: event.Event{ID: fmt.Sprintf("e%d", i+1), Type: e.Activity.String(),
			Time: event.Stamp{At: clock.Instant(e.At * 1e6), Kind: event.Time}, Actor: event.Some(fmt.Sprintf("u%d", e.Officer)),
			Objects: []event.Object{{Type: "case", ID: fmt.Sprintf("C%d", e.Case)}}}})
	}
	return out
}
