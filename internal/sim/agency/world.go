package agency

import (
	"cmp"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"plumbline/internal/errs"
)

// Options say how large an agency is simulated, and for how long.
type Options struct {
	Units int // county branches
	Cases int
	Days  int // from 2024-01-01
	Seed  uint64
	Rates Rates
}

// MaxDays is as far as the calendar of working days reaches, less the days in
// which what was rolled may still fall.
var MaxDays = int(lastDay - firstDay - 15)

// Check says what is wrong with the options. Errors have code errs.Usage.
func (o Options) Check() error {
	wrong := func(what errs.Text) error { return &errs.Error{Code: errs.Usage, What: what} }
	switch {
	case o.Units < 1 || o.Units > 1000:
		return wrong(errs.Tf("--units is from 1 to 1,000 county branches, not %d", "--units 应为 1 至 1,000 个县级分局，而不是 %d", o.Units))
	case o.Cases < 1:
		return wrong(errs.Tf("--cases is 1 or more, not %d", "--cases 至少为 1，而不是 %d", o.Cases))
	case o.Days < 10 || o.Days > MaxDays:
		return wrong(errs.Tf("--days is from 10 to %d, not %d: it begins on 2024-01-01, and no holidays are known after 2026", "--days 应为 10 至 %d，而不是 %d：模拟自 2024-01-01 开始，2026 年以后的节假日尚未公布", MaxDays, o.Days))
	}
	return nil
}

// Begin and End are the first second of the log and its last.
func (o Options) Begin() time.Time { return time.Unix(startOf(firstDay), 0) }

// End is the last second of the log, in which something always happens, so that
// what is judged as of the last event is judged as of the end.
func (o Options) End() time.Time { return time.Unix(startOf(firstDay+int64(o.Days)), 0) }

// world is what all courses share.
type world struct {
	opt        Options
	begin, end int64
	staff      *staff
	approved   approvals
	room       *rooms
}

// Simulation is an agency about to be simulated.
type Simulation struct{ world }

// New prepares a simulation with options that were checked.
func New(o Options) *Simulation {
	return &Simulation{world{opt: o, begin: o.Begin().Unix(), end: o.End().Unix(), staff: newStaff(o)}}
}

// Organisation is the agency as YAML: units and officers.
func (s *Simulation) Organisation() []byte { return s.staff.file() }

// Unit and Officer are the ids in the log of a unit's and an officer's number.
func (s *Simulation) Unit(no int32) string { return s.staff.unit(no).id }

// Officer is the id of an officer's number.
func (s *Simulation) Officer(no int32) string { return officerID(no) }

// backlog is how much longer everything takes: after a long holiday desks are
// full.
func (w *world) backlog(d int64) float64 {
	off := 0
	for i := range int64(10) {
		if !works(d - i) {
			off++
		}
	}
	return 1 + 0.15*float64(max(0, off-4))
}

// lag is how many days before its case begins an event may lie: an order that
// was prepared, an act that no case was accepted for.
const lag = 5

// Run draws everything and hands over the entries in the order in which they
// arrive, then gives what the log departs from. It stops at the first error. Emit
// is called by one other goroutine, so that writing and drawing go on side by side.
func (s *Simulation) Run(emit func(*Entry) error) ([]Departure, error) {
	s.approved, s.room = approvals{}, &rooms{}
	g := &generation{world: &s.world, days: make([][]Entry, s.opt.Days+60), over: -1}
	over := make(chan []Entry, 8) // days of which nothing more can come
	var stop atomic.Bool
	failed := make(chan error, 1)
	go func() {
		var err error
		for entries := range over {
			if err == nil {
				err = handOver(entries, emit)
				stop.Store(err != nil)
			}
		}
		failed <- err
	}()
	g.draw(s, func(entries []Entry) bool { over <- entries; return !stop.Load() })
	close(over)
	if err := <-failed; err != nil {
		return nil, err
	}
	g.manyAccounts()
	slices.SortFunc(g.departures, func(a, b Departure) int {
		if a.At != b.At {
			return cmp.Compare(a.At, b.At)
		}
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Key, b.Key))
	})
	return g.departures, nil
}

// draw draws all courses by the day on which they begin, and gives the entries of
// each day once nothing more can come to it, until it is told to stop.
func (g *generation) draw(s *Simulation, over func([]Entry) bool) {
	g.lastMoment()
	weapon := 0
	for _, desks := range s.staff.desks {
		for _, desk := range desks {
			for range 1 + s.opt.Cases/(1200*s.opt.Units) {
				s.drawWeapon(weapon, desk, g.finish)
				weapon++
			}
		}
	}
	kinds := []struct {
		begins []int64
		draw   func(no int, t int64) *course
		next   int
	}{
		{g.arrivals(s.opt.Cases), s.drawCase, 0},
		{g.arrivals(1 + s.opt.Cases/3), s.drawStop, 0},
		{g.arrivals(1 + s.opt.Cases/10), s.drawCash, 0},
	}
	for d := range len(g.days) {
		until := s.begin + int64(d+1)*day
		for i := range kinds {
			for k := &kinds[i]; k.next < len(k.begins) && k.begins[k.next] < until; k.next++ {
				g.finish(k.draw(k.next, k.begins[k.next]))
			}
		}
		if g.over = d - lag; g.over >= 0 && !over(g.days[g.over]) {
			return
		}
	}
	for _, entries := range g.days[len(g.days)-lag:] {
		if !over(entries) {
			return
		}
	}
}

// generation is one run.
type generation struct {
	*world
	days       [][]Entry // by the day of their arrival
	over       int       // the last day that was handed over
	approvals  []approval
	departures []Departure
}

// finish puts a course in order, types it in and judges it.
func (g *generation) finish(c *course) {
	events := c.sorted()
	g.enter(c, events)
	l := law{events: events, end: g.end, found: func(rule, key string, e *Event, v Verdict, due int64) {
		g.departures = append(g.departures, Departure{Rule: rule, Key: key, Event: e.eventID(), Case: e.object("case"), Unit: e.Unit,
			At: e.At, Verdict: v, Due: due, Planned: c.planned[rule]})
	}}
	l.judge()
	for _, e := range events {
		if e.Type == orderApproved && e.text("order_kind") == "freezing" {
			g.approve(e, c)
		}
	}
}

// lastMoment is a duty ordered in the log's last second, for the next day.
func (g *generation) lastMoment() {
	c := g.start(4<<40, "END")
	c.unit = 1
	c.add(dutyOrdered, g.end, g.staff.pick(c.r, 1, cityHead), []Object{{"duty", "END-D1"}}, text("duty_order", "END-D1"))
	g.finish(c)
}

// arrivals spreads so many beginnings over the days: fewer on days off, more on
// the working day after them, and by day rather than by night.
func (g *generation) arrivals(n int) []int64 {
	c := g.start(5<<40+uint64(n), "")
	sums := make([]float64, g.opt.Days)
	sum := 0.0
	for d := range sums {
		if d > lag {
			sum += g.busy(firstDay + int64(d))
		}
		sums[d] = sum
	}
	out := make([]int64, n)
	for i := range out {
		d := sort.SearchFloat64s(sums, (float64(i)+c.r.Float64())/float64(n)*sum)
		at := startOf(firstDay+int64(min(d, len(sums)-1))) + c.r.Int64N(day)
		if c.chance(0.6) {
			at = startOf(dayOf(at, china)) + 8*hour + c.r.Int64N(11*hour)
		}
		out[i] = at
	}
	slices.Sort(out)
	return out
}

func (g *generation) busy(d int64) float64 {
	switch {
	case !works(d):
		return 0.7
	case !works(d - 1):
		return 1.4
	}
	return 1
}

// approval is an order to freeze accounts. Who approves too many within a day
// shows only across all cases.
type approval struct {
	by, seq, unit int32
	at, accounts  int64
	id, of        string
	planned       bool
	weekly        bool
}

const (
	manyAccounts        = "many-accounts-frozen-by-one-approver"
	manyAccountsInAWeek = "many-accounts-frozen-by-one-approver-in-a-week"
)

func (g *generation) approve(e *Event, c *course) {
	g.approvals = append(g.approvals, approval{e.Actor, e.Seq, e.Unit, e.At, accountsOf(e), e.eventID(), e.object("case"), c.planned[manyAccounts], c.planned[manyAccountsInAWeek]})
}

// manyAccounts: more than ten accounts by one approver within any 24 hours, or
// than thirty on seven days.
func (g *generation) manyAccounts() {
	all := g.approvals
	slices.SortFunc(all, func(a, b approval) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq), cmp.Compare(a.id, b.id))
	})
	g.within(all, manyAccounts, 10, func(a approval) int64 { return a.at - 24*hour })
	g.within(all, manyAccountsInAWeek, 30, func(a approval) int64 { return (dayOf(a.at, utc) - 6) * day })
}

// within finds the approvals with more accounts than allowed by one approver
// since an instant.
func (g *generation) within(all []approval, rule string, allowed int64, since func(approval) int64) {
	sum, first := int64(0), 0
	for i, a := range all {
		if i > 0 && all[i-1].by != a.by {
			sum, first = 0, i
		}
		sum += a.accounts
		for from := since(a); all[first].at < from; first++ {
			sum -= all[first].accounts
		}
		if sum > allowed {
			g.departures = append(g.departures, Departure{Rule: rule, Key: officerID(a.by), Event: a.id, Case: a.of, Unit: a.unit,
				At: a.at, Verdict: Breached, Planned: a.planned && rule == manyAccounts || a.weekly && rule == manyAccountsInAWeek})
		}
	}
}
