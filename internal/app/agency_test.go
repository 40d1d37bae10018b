package app

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plumbline/internal/sim/agency"
)

// simulated writes a simulation into a folder of the test.
func simulated(t *testing.T, o agency.Options, format string) (string, AgencyTotals) {
	t.Helper()
	dir := t.TempDir()
	totals, err := SimulateAgency(o, format, func(name string, make func(io.Writer) error) error {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		return make(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, totals
}

// The simulator knows every rule of both packs, and no others.
func TestAgencyKnowsTheRules(t *testing.T) {
	packs, err := Packs(AgencyPacks)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packs {
		var want []string
		for _, r := range p.Rules {
			want = append(want, r.ID)
		}
		slices.Sort(want)
		if got := agency.Rules()[p.Name]; !slices.Equal(got, want) {
			t.Errorf("%s: the simulator knows %v, the pack has %v", p.Name, got, want)
		}
	}
}

// What is found in a simulated agency is what is in it: every rule of both packs
// is broken, every departure is found with its verdict, and nothing else is.
func TestAgencyIsFoundExactly(t *testing.T) {
	dir, totals := simulated(t, agency.Options{Units: 3, Cases: 5000, Days: 730, Seed: 1, Rates: agency.UsualRates()}, "jsonl")
	score, err := ScoreAgency(dir, CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries, %d departures, %d planned", totals.Entries, totals.Departures, totals.Planned)
	for _, r := range score.Rules {
		if r.Truth == 0 || r.Missed+r.False > 0 {
			t.Errorf("%s: %d in the log, %d found, %d missed, %d false", r.Rule, r.Truth, r.Found, r.Missed, r.False)
		}
	}
	for _, d := range score.Examples {
		t.Errorf("  %+v", d)
	}
}
