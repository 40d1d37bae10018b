package app

import (
	"fmt"
	"io"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/sim"
)

// SimulatedPack is the pack that simulated fines are checked against, and
// whose departures are known.
const SimulatedPack = "it-traffic-fines"

// Simulate writes a log of simulated traffic fines, as file's ending says, and
// gives what is known of its departures. A fault of each kind is planted on one
// fine in 2,500.
func Simulate(w io.Writer, file string, cases int, seed uint64) (sim.Planted, error) {
	zone, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		return sim.Planted{}, fmt.Errorf("simulating: %w", err)
	}
	b := event.NewBuilder(event.Options{Zone: zone})
	planted, err := sim.Fines(sim.Options{Cases: cases, Seed: seed, Faults: cases / 2500}, func(e *event.Event) error {
		_, err := b.Add(e)
		return err
	})
	if err != nil {
		return planted, err
	}
	log, err := b.Finish()
	if err != nil {
		return planted, err
	}
	_, err = WriteLog(w, log, file, "")
	return planted, err
}

// Agreement is how what a check found compares with what was planted.
type Agreement struct {
	Planted, Found, Missed, TooMany int
	Different                       []sim.Departure // some of those missed or too many
}

// Compare holds a check of simulated fines against what was planted: the same
// rules, activating events and verdicts.
func Compare(planted sim.Planted, res *monitor.Result) Agreement {
	type departure struct {
		rule, event string
		verdict     sim.Verdict
	}
	a := Agreement{Planted: len(planted.Departures)}
	open := map[departure]bool{}
	for _, d := range planted.Departures {
		open[departure{d.Rule, d.Event, d.Verdict}] = true
	}
	note := func(d sim.Departure) {
		if len(a.Different) < 10 {
			a.Different = append(a.Different, d)
		}
	}
	for _, rr := range res.Rules {
		for i := range rr.Judgements {
			j := &rr.Judgements[i]
			if !j.Verdict.Violated() {
				continue
			}
			d := departure{rr.Rule.ID, res.Log.GivenID(j.Row), sim.Verdict(j.Verdict.String())}
			if open[d] {
				a.Found++
				delete(open, d)
				continue
			}
			a.TooMany++
			note(sim.Departure{Rule: d.rule, Event: d.event, Verdict: d.verdict, Case: rr.KeyOf(j)[0].ID})
		}
	}
	a.Missed = len(open)
	for _, d := range planted.Departures {
		if open[departure{d.Rule, d.Event, d.Verdict}] {
			note(d)
		}
	}
	return a
}
