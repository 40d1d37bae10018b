package monitor_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// longRules are of each form that keeps something of a long trace.
const longRules = `pack: long
version: 1.0.0
title: {en: Long traces, zh: 长轨迹}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {kind: string, n: number}}
rules:
- id: count
  title: {en: A count, zh: 计数}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  count: {of: A, per: [actor], in: 24h, at_most: 3}
- id: days
  title: {en: A count of days, zh: 按日计数}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  count: {of: [A, B], per: [actor], in: 2d, at_most: 4}
- id: kinds
  title: {en: A count of kinds, zh: 按类计数}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  count: {of: [A, B], distinct: it.attr.kind, per: [actor], in: 20h, at_most: 2}
- id: sum
  title: {en: A sum, zh: 合计}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  count: {of: any, sum: it.attr.n, per: [actor], in: 36h, at_most: 20}
- id: response
  title: {en: A response, zh: 应对}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  when: A
  must: {followed_by: B, within: 30h}
- id: oldest
  title: {en: One for each, zh: 逐一应对}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  when: A
  must: {followed_by: B, within: 3d, discharge: oldest}
- id: precedence
  title: {en: A precedence, zh: 前提}
  basis: {text: an example, checked: 2026-11-21, status: unverified}
  severity: minor
  when: B
  never: {preceded_by: A, within: 6h}
`

// TestLongTraces holds live judgement against batch on traces long enough that
// their states are kept, one of whose events in eight comes late.
func TestLongTraces(t *testing.T) {
	p, _, err := rule.Parse("long.yaml", []byte(longRules))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := randomCases(t, 1200)
	for seed := range uint64(min(n/20, 600)) {
		events := longTrace(rand.New(rand.NewPCG(seed, 1)), 50+int(seed*seed%700))
		v := monitor.NewLive(p.Rules, monitor.LiveOptions{Zone: p.Log.Zone, Schema: p.Log.Attributes, Figures: true})
		have := map[string]string{}
		follow := func(changes []monitor.Change) {
			for _, ch := range changes {
				if d := followChange(have, ch); d != "" {
					t.Fatalf("seed %d: %s", seed, d)
				}
			}
		}
		for i := range events {
			follow(v.Tick(events[i].Time.At))
			got, changes := v.Apply(events[i : i+1])
			if got[0].Outcome != monitor.Taken {
				t.Fatalf("seed %d: %s: outcome %v", seed, events[i].ID, got[0].Outcome)
			}
			follow(changes)
		}
		if d := liveIsBatch(p, events, v, have, monitor.Options{AsOf: v.Now(), HasAsOf: true}); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

// longTrace is one officer's acts in one case, about four a day, as they come
// in.
func longTrace(r *rand.Rand, n int) []event.Event {
	type act struct {
		event.Event
		comes clock.Instant
	}
	const hour = clock.Instant(3600e6)
	var acts []act
	at := clock.Instant(1_767_225_600e6)
	for i := range n {
		at += clock.Instant(r.Int64N(12)) * hour
		seq := int64(i + 1)
		a := act{event.Event{ID: "e" + strconv.Itoa(i+1), Type: []string{"A", "A", "B"}[r.IntN(3)], Seq: seq, HasSeq: true,
			Time: event.Stamp{At: at, Kind: event.Time}, Actor: event.Some("u"), Objects: []event.Object{{Type: "case", ID: "c"}},
			Attrs: []event.Attr{{Name: "kind", Value: event.Str(strconv.Itoa(r.IntN(4)))}, {Name: "n", Value: event.Num(float64(r.IntN(9)))}}}, at}
		if i > 0 && r.IntN(8) == 0 {
			a.comes += clock.Instant(r.Int64N(96)) * hour
		}
		acts = append(acts, a)
	}
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Compare(a.comes, b.comes) })
	out := make([]event.Event, len(acts))
	for i, a := range acts {
		out[i] = a.Event
	}
	return out
}
