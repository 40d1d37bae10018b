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
log: {per: case, zone: UTC}
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
	for seed := range uint64(400) {
		events := longTrace(rand.New(rand.NewPCG(seed, 1)))
		v := monitor.NewLive(p.Rules, monitor.LiveOptions{Zone: p.Log.Zone})
		v.Tick(events[0].Time.At)
		b := event.NewBuilder(event.Options{Zone: p.Log.Zone})
		for i := range events {
			v.Tick(events[i].Time.At)
			if got, _ := v.Apply(events[i : i+1]); got[0].Outcome != monitor.Taken {
				t.Fatalf("seed %d: %s: outcome %v", seed, events[i].ID, got[0].Outcome)
			}
			if _, err := b.Add(&events[i]); err != nil {
				t.Fatal(err)
			}
		}
		l, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		res, err := monitor.Check(l, p.Rules, monitor.Options{AsOf: v.Now(), HasAsOf: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, live := range v.Totals() {
			if batch := res.Rules[i].Totals; live != batch {
				t.Fatalf("seed %d, %s: live %+v, batch %+v", seed, p.Rules[i].ID, live, batch)
			}
		}
	}
}

// longTrace is one officer's acts in one case, about four a day, as they come
// in.
func longTrace(r *rand.Rand) []event.Event {
	type act struct {
		event.Event
		comes clock.Instant
	}
	const hour = clock.Instant(3600e6)
	var acts []act
	at := clock.Instant(1_767_225_600e6)
	for i := range 50 + r.IntN(40) {
		at += clock.Instant(r.Int64N(12)) * hour
		seq := int64(i + 1)
		a := act{event.Event{ID: "e" + strconv.Itoa(i+1), Type: []string{"A", "A", "B"}[r.IntN(3)], Seq: seq, HasSeq: true,
			Time: event.Stamp{At: at, Kind: event.Time}, Actor: event.Some("u"), Objects: []event.Object{{Type: "case", ID: "c"}}}, at}
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
