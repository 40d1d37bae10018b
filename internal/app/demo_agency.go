package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/sim/agency"
)

// demoBatch is how many events of the past are handed over at once.
const demoBatch = 4000

// demoAgency hands a simulated agency's entries to a service in the order of their
// arrival: first, at once, what its systems would export of the past; then each as
// it arrives by the demo's clock.
type demoAgency struct {
	run     *demoRun
	s       *service.Service
	ctx     context.Context
	sim     *agency.Simulation
	live    *service.Source
	begins  int64 // of the live time, seconds
	resumes int64 // what arrived before was sent by an earlier run
	passed  bool  // the past is over

	past   []*agency.Event         // as it was put right by the end of the past
	open   map[string]agency.Entry // wrong or mistaken, and not yet put right: by id
	recent map[string]bool         // ids of the past that may be sent once more
	due    []agency.Entry          // to be sent together
}

// live loads the past where it isn't there yet, and then lets the agency live.
func (r *demoRun) live(ctx context.Context, s *service.Service) error {
	if err := r.knowTitles(); err != nil {
		return err
	}
	o := r.state.Plan.simulated()
	a := &demoAgency{run: r, s: s, ctx: ctx, sim: agency.New(o), begins: int64(r.state.Plan.begins() / 1e6), open: map[string]agency.Entry{}, recent: map[string]bool{}}
	// An entry may have been due and not sent; one that was sent is a repetition.
	a.resumes = int64(r.clock.start/1e6) - 24*3600
	var err error
	if a.live, err = r.source(ctx, demoLive); err != nil {
		return err
	}
	_, err = a.sim.Run(a.entry)
	switch {
	case ctx.Err() != nil: // whoever stopped it knows
		return nil
	case err != nil:
		return err
	}
	if err := a.send(); err != nil {
		return err
	}
	r.Over()
	return nil
}

// source is one of the demo's sources.
func (r *demoRun) source(ctx context.Context, name string) (*service.Source, error) {
	list, err := r.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Name == name {
			return &list[i], nil
		}
	}
	return nil, fmt.Errorf("the demo has no source %q", name)
}

// entry takes one entry, and waits until it has arrived.
func (a *demoAgency) entry(e *agency.Entry) error {
	if err := a.ctx.Err(); err != nil {
		return err
	}
	if e.Arrives < a.begins {
		a.keep(e)
		return nil
	}
	if !a.passed {
		a.passed = true
		if err := a.load(); err != nil {
			return err
		}
	}
	if e.Arrives < a.resumes || e.Kind == agency.Plain && a.recent[e.ID()] {
		return nil
	}
	if wait := a.run.clock.until(clock.Instant(e.Arrives) * 1e6); wait > 0 || len(a.due) >= 1000 {
		if err := a.send(); err != nil {
			return err
		}
		if err := SleepFor(a.ctx, max(0, wait)); err != nil {
			return err
		}
	}
	a.due = append(a.due, *e)
	return nil
}

// keep notes an entry of the past: what was put right then is exported as it
// stands. What will be put right later, or sent once more, is known by its id.
func (a *demoAgency) keep(e *agency.Entry) {
	const longest = 4 * 24 * 3600 // until something is sent once more
	switch e.Kind {
	case agency.Wrong, agency.Mistaken:
		a.open[e.ID()] = *e
		return
	case agency.Voiding:
		delete(a.open, e.Voids())
		return
	case agency.Correction:
		delete(a.open, e.Corrects())
	}
	if !a.run.again {
		a.past = append(a.past, e.Event)
	}
	if e.Kind == agency.Plain && e.Arrives > a.begins-longest {
		a.recent[e.ID()] = true
	}
}

// load hands the past over in the order in which it happened, as the clock runs
// through it, so that each finding is as old as it would be; meanwhile the agency's
// people do with findings what they do. Then its source goes.
func (a *demoAgency) load() error {
	if !a.run.again {
		if err := a.run.loadLog(a.ctx, a.s); err != nil {
			return err
		}
		if err := a.loadDays(); err != nil {
			return err
		}
		a.run.clock.set(a.run.state.Plan.begins())
		// This source last: it says that all is there.
		if err := a.run.letGo(a.ctx, a.s, demoPast, a.live); err != nil {
			return err
		}
		a.past = nil
		a.run.clock.run()
	}
	if a.resumes < a.begins { // else the run before this one sent them
		for _, e := range a.open {
			a.due = append(a.due, e)
		}
		slices.SortFunc(a.due, func(x, y agency.Entry) int {
			return cmp.Or(cmp.Compare(x.Arrives, y.Arrives), cmp.Compare(x.ID(), y.ID()))
		})
	}
	return a.run.ready(a.ctx, a.s)
}

// loadDays hands over day by day what happened.
func (a *demoAgency) loadDays() error {
	slices.SortStableFunc(a.past, func(x, y *agency.Event) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Seq, y.Seq))
	})
	office, err := a.run.openOffice()
	if err != nil {
		return err
	}
	return a.run.load(a.ctx, a.s, demoPast, func(add func(service.Arrival) error, flush func() error) error {
		today := clock.Day(0)
		for _, e := range a.past {
			if day := a.run.zone.Date(clock.Instant(min(e.At, a.begins)) * 1e6); day != today {
				if err := flush(); err != nil {
					return err
				}
				if err := office.work(a.ctx, a.s, day); err != nil {
					return err
				}
				today = day
			}
			a.run.clock.set(clock.Instant(min(e.At, a.begins)) * 1e6) // what is dated ahead is taken, too
			if err := add(service.Arrival{Event: *agencyEvent(a.sim, &agency.Entry{Event: e})}); err != nil {
				return err
			}
		}
		return nil
	})
}

// send hands over what is due, and tells what was found.
func (a *demoAgency) send() error {
	if len(a.due) == 0 {
		return nil
	}
	list := make([]service.Arrival, len(a.due))
	for i := range a.due {
		list[i].Event = *agencyEvent(a.sim, &a.due[i])
	}
	a.due = a.due[:0]
	if _, err := a.run.take(a.ctx, a.s, a.live, list); err != nil {
		return err
	}
	return a.run.tell(a.ctx, a.s)
}

// take hands events over, again where the service has as much to do as it may.
func (r *demoRun) take(ctx context.Context, s *service.Service, src *service.Source, list []service.Arrival) ([]service.Outcome, error) {
	for {
		out, err := s.Take(ctx, src, list)
		if !errors.Is(err, service.ErrBusy) {
			return out, err
		}
		if err := SleepFor(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// load hands over all events that from gives, in batches that end where one is full
// and where from says so.
func (r *demoRun) load(ctx context.Context, s *service.Service, name string, from func(add func(service.Arrival) error, flush func() error) error) error {
	src, err := r.source(ctx, name)
	if err != nil {
		return err
	}
	var list []service.Arrival
	flush := func() error {
		if len(list) == 0 {
			return nil
		}
		if _, err := r.take(ctx, s, src, list); err != nil {
			return err
		}
		r.Progress(len(list))
		list = nil // the service may still hold it
		return nil
	}
	err = from(func(in service.Arrival) error {
		if list = append(list, in); len(list) < demoBatch {
			return nil
		}
		return flush()
	}, flush)
	return errors.Join(err, flush())
}

// loadLog takes a real log in, where there is one, read as its pack wants it.
func (r *demoRun) loadLog(ctx context.Context, s *service.Service) error {
	file := r.state.Plan.Log
	if file == "" {
		return nil
	}
	packs, err := Packs([]string{SimulatedPack})
	if err != nil {
		return err
	}
	live, err := r.source(ctx, demoLive)
	if err != nil {
		return err
	}
	err = r.load(ctx, s, demoLog, func(add func(service.Arrival) error, _ func() error) error {
		return Arrivals(file, packs[0].Log.Zone, s.Schema(), func(in service.Arrival, _ errs.Place) error { return add(in) })
	})
	return errors.Join(err, r.letGo(ctx, s, demoLog, live))
}

// letGo lets a source of the past go, and waits until what it left undone has been
// judged.
func (r *demoRun) letGo(ctx context.Context, s *service.Service, name string, live *service.Source) error {
	if err := r.store.Disable(ctx, name); err != nil {
		return err
	}
	_, err := r.take(ctx, s, live, nil)
	return err
}

// knowTitles learns what rules are called.
func (r *demoRun) knowTitles() error {
	packs, err := Packs(append([]string{SimulatedPack}, AgencyPacks...))
	if err != nil {
		return err
	}
	r.titles = map[[2]string]errs.Text{}
	for _, p := range packs {
		for _, rule := range p.Rules {
			r.titles[[2]string{p.Name, rule.ID}] = rule.Title
		}
	}
	return nil
}

// tell tells the findings that are new.
func (r *demoRun) tell(ctx context.Context, s *service.Service) error {
	page, err := s.Findings(ctx, service.FindingQuery{Sort: "-raised", Limit: 20})
	if err != nil {
		return err
	}
	for _, f := range slices.Backward(page.Findings) {
		if f.Number > r.told {
			r.told = f.Number
			r.Found(DemoFinding{f, r.titles[[2]string{f.Pack, f.Rule}]})
		}
	}
	return nil
}
