package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

const mixedRules = `pack: mixed
version: 1.0.0
title: {en: Mixed rules, zh: 混合规则}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {amount: number}}
rules:
- {id: a, title: {en: a, zh: 甲}, basis: {text: t, checked: 2026-11-21, status: unverified}, severity: minor, when: A, must: {followed_by: B, within: 72h}}
- {id: b, title: {en: b, zh: 乙}, basis: {text: t, checked: 2026-11-21, status: unverified}, severity: minor, when: B, never: {preceded_by: A, where: it.actor == when.actor}}
- {id: c, title: {en: c, zh: 丙}, basis: {text: t, checked: 2026-11-21, status: unverified}, severity: minor, count: {of: B, per: [actor], in: 24h, at_most: 2}}
- {id: d, title: {en: d, zh: 丁}, basis: {text: t, checked: 2026-11-21, status: unverified}, severity: minor, count: {of: C, per: [unit, case], in: 72h, at_most: 1}}
`

// TestManyAtOnce sends events of every make, most of them plain, in large batches to
// a Live of several sets, and one after the other to a Live of one set: the
// answers, the log and the totals must be the same.
func TestManyAtOnce(t *testing.T) {
	p, _, err := rule.Parse("mixed.yaml", []byte(mixedRules))
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 7))
		stream := mixedEvents(r, 1500, []int{0, 0, 40, 400}[seed%4])
		opt := monitor.LiveOptions{Zone: p.Log.Zone, Schema: p.Log.Attributes, Origin: "one"}
		opt.Workers = 1
		one := monitor.NewLive(p.Rules, opt)
		opt.Workers = 2 + int(seed%3)
		many := monitor.NewLive(p.Rules, opt)
		for len(stream) > 0 {
			now := clock.Instant(r.Int64N(40) * 3600e6)
			one.Tick(now)
			many.Tick(now)
			n := min(1+r.IntN(700), len(stream))
			got, _ := many.Apply(stream[:n])
			for i := range n {
				want, _ := one.Apply(stream[i : i+1])
				if got[i].Outcome != want[0].Outcome || fmt.Sprint(got[i].Err) != fmt.Sprint(want[0].Err) {
					t.Fatalf("seed %d, %+v: %v %v among others, %v %v alone", seed, stream[i], got[i].Outcome, got[i].Err, want[0].Outcome, want[0].Err)
				}
			}
			stream = stream[n:]
		}
		for row := range uint32(one.Log().Rows()) {
			if a, b := one.Log().Event(row), many.Log().Event(row); !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d, row %d: %+v alone, %+v among others", seed, row, a, b)
			}
		}
		now := clock.Instant(1000 * 3600e6)
		one.Tick(now)
		many.Tick(now)
		if a, b := one.Totals(), many.Totals(); !slices.Equal(a, b) || a[2].Activations == 0 || a[3].Activations == 0 {
			t.Fatalf("seed %d:\n%+v alone\n%+v among others", seed, a, b)
		}
	}
}

// mixedEvents are events of which one in `odd` isn't plain; 0: nearly all are.
func mixedEvents(r *rand.Rand, n, odd int) []event.Event {
	var out []event.Event
	for i := range n {
		e := event.Event{ID: fmt.Sprintf("e%d", i), Type: string(rune('A' + r.IntN(4))), Seq: int64(i + 1), HasSeq: r.IntN(9) > 0,
			Time:  event.Stamp{At: clock.Instant(r.Int64N(48) * 3600e6), Kind: event.Time},
			Actor: event.Opt{Value: fmt.Sprint("u", r.IntN(20)), OK: r.IntN(9) > 0},
			Unit:  event.Opt{Value: fmt.Sprint("n", r.IntN(3)), OK: r.IntN(4) > 0}, Objects: []event.Object{{Type: "case", ID: fmt.Sprint("C", r.IntN(200))}}}
		if i > n/3 && r.IntN(5) == 0 {
			e.Recorded = event.Stamp{At: e.Time.At + 1, Kind: event.Time}
		}
		if r.IntN(3) == 0 {
			e.ID = fmt.Sprintf("x%dy", i)
		}
		if r.IntN(60) == 0 {
			e.Objects[0].Type = "person"
		}
		if odd > 0 && r.IntN(odd) == 0 {
			odder(r, &e)
		}
		out = append(out, e)
		if i > 0 && r.IntN(50) == 0 { // an earlier one again, or its id
			again := out[r.IntN(len(out))]
			if r.IntN(2) == 0 {
				again.Actor = event.Some("other")
			}
			out = append(out, again)
		}
	}
	return out
}

// odder makes an event one that isn't plain.
func odder(r *rand.Rand, e *event.Event) {
	switch r.IntN(9) {
	case 0:
		e.Attrs = []event.Attr{{Name: "amount", Value: event.Num(float64(r.IntN(9)))}}
	case 1:
		e.Source = "two"
	case 2:
		e.Corrects = fmt.Sprintf("e%d", r.IntN(1500))
	case 3:
		e.Voids = fmt.Sprintf("e%d", r.IntN(1500))
	case 4:
		e.Type = ""
	case 5:
		e.ID = ""
	case 6:
		e.Objects[0].Attrs = []event.Attr{{Name: "level", Value: event.Num(float64(r.IntN(9)))}}
	case 7:
		e.Received = event.Stamp{At: e.Time.At + 2, Kind: event.Time}
	case 8:
		e.Objects = append(e.Objects, event.Object{Type: "case", ID: fmt.Sprint("C", r.IntN(200))})
	}
}
