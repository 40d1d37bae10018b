package sim

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/event"
)

// fingerprint is a hash over all that a log holds.
func fingerprint(t *testing.T, o Options) string {
	t.Helper()
	h := sha256.New()
	enc := json.NewEncoder(h)
	p, err := Fines(o, func(e *event.Event) error { return enc.Encode(e) })
	if err != nil {
		t.Fatal(err)
	}
	if err := enc.Encode(p); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameSeedSameLog(t *testing.T) {
	o := Options{Cases: 2000, Seed: 7, Faults: 5}
	a := fingerprint(t, o)
	if b := fingerprint(t, o); a != b {
		t.Error("the same options gave two logs")
	}
	o.Seed = 8
	if b := fingerprint(t, o); a == b {
		t.Error("another seed gave the same log")
	}
}

// A fine doesn't depend on how many come after it.
func TestShortLogBeginsLong(t *testing.T) {
	short, _ := written(t, Options{Cases: 300, Seed: 4})
	long, _ := written(t, Options{Cases: 900, Seed: 4})
	if a, b := fmt.Sprint(short), fmt.Sprint(long[:300]); a != b {
		t.Errorf("the first 300 fines differ:\n%.300s\n%.300s", a, b)
	}
}

func TestIDs(t *testing.T) {
	var got []string
	_, err := Fines(Options{Cases: 2, Seed: 1}, func(e *event.Event) error {
		got = append(got, e.Objects[0].Type+" "+e.Objects[0].ID+" "+e.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != "case f000001 f000001-1" || got[1] != "case f000001 f000001-2" {
		t.Errorf("ids: %v", got[:2])
	}
}

// Every kind of fault shows as a departure of the rule that it was made for, on
// as many fines as were asked for.
func TestFaultsArePlanted(t *testing.T) {
	const each = 20
	_, without := written(t, Options{Cases: 20000, Seed: 5})
	_, with := written(t, Options{Cases: 20000, Seed: 5, Faults: each})
	before, after := perRule(without), perRule(with)
	for _, x := range []struct {
		rule  string
		kinds int
	}{
		{"penalty-not-before-day-60", 1}, {"penalty-only-after-notification", 1}, {"penalty-not-after-full-payment", 1},
		{"collection-only-after-notification", 1}, {"collection-only-after-the-term", 2}, {"no-collection-of-a-dismissed-fine", 2},
	} {
		// What the shape gives by itself may lie on a fine that a fault replaced.
		if more := after[x.rule] - before[x.rule]; more < x.kinds*each-2 {
			t.Errorf("%s: %d departures more with %d faults", x.rule, more, x.kinds*each)
		}
	}
	for _, rule := range []string{"penalty-only-after-notification", "penalty-not-before-day-60",
		"collection-only-after-notification", "collection-only-after-the-term", "no-collection-of-a-dismissed-fine"} {
		if before[rule] != 0 {
			t.Errorf("%s: %d departures without faults; the real log has none", rule, before[rule])
		}
	}
}

func perRule(p Planted) map[string]int {
	n := map[string]int{}
	for _, d := range p.Departures {
		n[d.Rule]++
	}
	return n
}

func TestRefused(t *testing.T) {
	for _, o := range []Options{{}, {Cases: -1}, {Cases: 10, Faults: -1}, {Cases: 100, Faults: 2}} {
		_, err := Fines(o, func(*event.Event) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "ask for") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	full := errors.New("the disk is full")
	if _, err := Fines(Options{Cases: 1}, func(*event.Event) error { return full }); !errors.Is(err, full) {
		t.Errorf("an error of emit: %v", err)
	}
}

func BenchmarkFines(b *testing.B) {
	events := 0
	for b.Loop() {
		p, err := Fines(Options{Cases: 20000, Seed: 1, Faults: 20}, func(*event.Event) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		events += p.Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
