package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/monitor"
	"plumbline/internal/sim/agency"
)

// A score says whether anything differs, from any format that loses nothing.
func TestScoreOfAnotherFormat(t *testing.T) {
	dir, _ := simulated(t, agency.Options{Units: 1, Cases: 200, Days: 300, Seed: 5, Rates: agency.UsualRates()}, "parquet")
	score, err := ScoreAgency(dir, CheckOptions{})
	if err != nil || score.Total.Truth == 0 || score.Total.Missed+score.Total.False > 0 {
		t.Fatalf("%+v, %v", score, err)
	}
	if _, err := ScoreAgency(t.TempDir(), CheckOptions{}); errs.CodeOf(err) != errs.Input {
		t.Errorf("a folder without a log gave %v", err)
	}
}

// A pack that counts in another way than the law is noticed: enough in a
// simulation happens in the last second to tell each way from the others.
func TestScoreNoticesAnotherWayOfCounting(t *testing.T) {
	dir, _ := simulated(t, agency.Options{Units: 2, Cases: 4000, Days: 730, Seed: 1, Rates: agency.UsualRates()}, "jsonl")
	known, err := readTruth(filepath.Join(dir, agencyTruth))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ pack, from, to string }{
		{"cn-criminal-procedure", "version: 1", "version: 1"},
		{"cn-criminal-procedure", "hours: whole", "hours: exact"},
		{"cn-criminal-procedure", "calendar: cn}", "calendar: weekends}"},
		{"cn-criminal-procedure", "months: last-to-last", "months: same-day"},
		{"cn-criminal-procedure", "roll: next-working-day, calendar", "roll: none, calendar"},
		{"cn-criminal-procedure", "clock: {start: excluded, hours", "clock: {start: included, hours"},
		{"profit-and-power", "zone: UTC", "zone: Asia/Shanghai"},
		{"profit-and-power", "clock: {roll: next-working-day}", "clock: {roll: none}"},
	} {
		score := scoreOf(dir, checkedWith(t, dir, changed(t, c.pack, c.from, c.to)), known)
		if differs := score.Total.Missed+score.Total.False > 0; differs != (c.from != c.to) {
			t.Errorf("%s with %q for %q: %+v", c.pack, c.to, c.from, score.Total)
		}
	}
}

// changed is a folder with a pack in which some words stand for others.
func changed(t *testing.T, pack, from, to string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), pack)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pack.yaml", "vocabulary.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "packs", pack, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "pack.yaml" && !strings.Contains(string(text), from) {
			t.Fatalf("%s has no %q", pack, from)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(strings.ReplaceAll(string(text), from, to)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func checkedWith(t *testing.T, dir, pack string) *monitor.Result {
	t.Helper()
	checked, err := Check(CheckOptions{Source: Source{Files: []string{filepath.Join(dir, "events.jsonl")}}, Rules: []string{pack}, Keep: monitor.KeepViolations})
	if err != nil {
		t.Fatal(err)
	}
	return checked.Doc.Result
}
