package report

import (
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

const neverPack = `pack: p
version: 1.0.0
title: {en: P, zh: 包}
jurisdiction: XX
log: {per: case, zone: UTC}
rules:
- id: never-within-ten-days
  title: {en: T, zh: 题}
  basis: {text: Art. 1, checked: 2026-11-21, status: verified}
  severity: minor
  when: A
  never: {followed_by: B, within: 10d}
`

// What must not happen for ten days is kept only once they are over: until then a
// share would be 0 % whatever was done.
func TestAShareOnlyOfWhatCouldBeKept(t *testing.T) {
	p, _, err := rule.Parse("pack.yaml", []byte(neverPack))
	if err != nil {
		t.Fatal(err)
	}
	first := p.Log.Zone.First(clock.NewDay(2026, 3, 2))
	const day = 24 * 3600 * 1_000_000
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone})
	for _, e := range []struct {
		typ, id string
		day     int64
	}{{"A", "1", 0}, {"B", "1", 2}, {"A", "2", 1}} {
		if _, err := b.Add(&event.Event{Type: e.typ, Time: event.Stamp{At: first + clock.Instant(e.day*day), Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: e.id}}}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after int64
		want  string
	}{{3, "–"}, {10, "–"}, {11, "0%"}, {13, "50.0%"}} {
		res, err := monitor.Check(l, p.Rules, monitor.Options{AsOf: first + clock.Instant(c.after*day), HasAsOf: true, Keep: monitor.KeepViolations, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		f := (&Doc{Result: res}).ruleFigures(res.Rules[0])
		if got := kept(i18n.Words{Lang: errs.En}, f); got != c.want {
			t.Errorf("after %d days: kept %s, want %s (%+v)", c.after, got, c.want, res.Rules[0].Totals)
		}
	}
}
