package agency

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"plumbline/internal/errs"
)

func run(t *testing.T, o Options) (lines []byte, departures []Departure) {
	t.Helper()
	s := New(o)
	departures, err := s.Run(func(e *Entry) error {
		lines = s.AppendJSON(lines, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, departures
}

func small() Options { return Options{Units: 2, Cases: 600, Days: 500, Seed: 4, Rates: UsualRates()} }

func TestSameOptionsGiveTheSameBytes(t *testing.T) {
	first, known := run(t, small())
	again, knownAgain := run(t, small())
	if !bytes.Equal(first, again) || len(known) != len(knownAgain) {
		t.Error("the same options gave another log")
	}
	other := small()
	other.Seed++
	if differs, _ := run(t, other); bytes.Equal(first, differs) {
		t.Error("another seed gave the same log")
	}
}

// Where nothing is planted nothing departs: the law, which doesn't know the plan,
// finds that all was done in time.
func TestWhereNothingIsPlantedNothingDeparts(t *testing.T) {
	for seed := range uint64(4) {
		o := small()
		o.Seed, o.Rates = seed, Rates{}
		if _, departures := run(t, o); len(departures) > 0 {
			t.Errorf("seed %d: %d departures, the first %+v", seed, len(departures), departures[0])
		}
	}
}

// One rule planted alone is broken, and whatever else departs follows from it.
func TestEachRuleIsPlantedAlone(t *testing.T) {
	for _, rules := range Rules() {
		for _, rule := range rules {
			o := small()
			o.Rates = Rates{Rules: map[string]float64{rule: 0.8}}
			_, departures := run(t, o)
			planted := 0
			for _, d := range departures {
				if d.Planned && d.Rule != rule {
					t.Errorf("%s: %s is called planted", rule, d.Rule)
				}
				if d.Planned {
					planted++
				}
			}
			if planted == 0 {
				t.Errorf("%s is never broken", rule)
			}
		}
	}
}

// Entries come in the order of their arrival: some late, some before others that
// were earlier, some twice, wrong, and taken back.
func TestPaper(t *testing.T) {
	s := New(small())
	var last, entered int64
	kinds := map[EntryKind]int{}
	seen := map[string]int{}
	outOfOrder := 0
	if _, err := s.Run(func(e *Entry) error {
		if e.Arrives < last {
			t.Errorf("%s arrives at %s, after one of %s", e.ID(), shown(e.Arrives), shown(last))
		}
		if e.Event.At < entered {
			outOfOrder++
		}
		last, entered = e.Arrives, max(entered, e.Event.At)
		kinds[e.Kind]++
		seen[e.ID()]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	repeated := 0
	for id, n := range seen {
		if n > 2 {
			t.Errorf("%s came %d times", id, n)
		}
		if n == 2 {
			repeated++
		}
	}
	if outOfOrder == 0 || repeated == 0 || kinds[Wrong] == 0 || kinds[Mistaken] == 0 {
		t.Errorf("%d out of order, %d repeated, %v", outOfOrder, repeated, kinds)
	}
	if kinds[Wrong] != kinds[Correction] || kinds[Mistaken] != kinds[Voiding] {
		t.Errorf("entries by kind: %v", kinds)
	}
}

func TestRunStopsAtTheFirstError(t *testing.T) {
	stop, n := errors.New("full"), 0
	_, err := New(small()).Run(func(*Entry) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d entries", err, n)
	}
}

func TestRates(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"", ""},
		{"default: 0\nrules:\n", ""},
		{"default: 0.5\nrules:\n  summons-12h: 1\n", ""},
		{"default: none\n", `f.yaml:1:10: "none" is no share; write a number from 0 to 1, as 0.02`},
		{"default: -1\n", `f.yaml:1:10: "-1" is no share`},
		{"default: .nan\n", `f.yaml:1:10: ".nan" is no share`},
		{"rates: 1\n", `f.yaml:1:1: unknown key "rates"`},
		{"rules: [a]\n", `f.yaml:1:8: rules: expected a share for each rule`},
		{"rules:\n  summons-12: 1\n", `f.yaml:2:3: unknown rule "summons-12"; did you mean "summons-12h"?`},
		{"rules:\n  summons-12h: 1\n  summons-12h: 1\n", `f.yaml:3:3: summons-12h stands twice`},
		{"- a\n", `f.yaml:1:1: expected keys and values`},
		{"a: [\n", `f.yaml: this is no YAML`},
	} {
		_, err := ReadRates("f.yaml", []byte(c.file))
		if got := errs.In(errOrNil(err), errs.En); !strings.HasPrefix(got, c.want) || (c.want == "") != (err == nil) {
			t.Errorf("%q: %q, want %q", c.file, got, c.want)
		}
	}
	usual := UsualRates()
	back, err := ReadRates("faults.yaml", usual.File())
	if err != nil || back.Default != usual.Default {
		t.Fatalf("%v, %v", back, err)
	}
	for _, rules := range Rules() {
		for _, rule := range rules {
			if back.of(rule) != usual.of(rule) {
				t.Errorf("%s is read back as %v", rule, back.of(rule))
			}
		}
	}
}

// errOrNil is an error without text for none.
func errOrNil(err error) error {
	if err == nil {
		return errors.New("")
	}
	return err
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Units: 1, Cases: 1, Days: MaxDays + 1}, {Units: 1, Cases: 0, Days: 100}, {Units: 1001, Cases: 1, Days: 100}} {
		if err := o.Check(); errs.CodeOf(err) != errs.Usage {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := small().Check(); err != nil {
		t.Error(err)
	}
}
