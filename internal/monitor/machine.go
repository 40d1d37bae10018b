package monitor

import (
	"math"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// ticking is a clock under way for one activation in one reading and one world
// of days: the run with what has counted so far, and the pause that is open.
type ticking struct {
	run   clock.Run
	start clock.Instant // a pause before it doesn't count
	open  bool
	from  clock.Instant // the pause's beginning, which `max` bounds
	lost  bool          // where the deadline stands can't be known any more
	count clock.Instant // from when it counts: the start, for one open there
	times [8]uint8      // how often each extension counted, where `times` limits it
}

// expired says whether a pause that began at from has run out by its maximum
// at t. Where its end is counted over days that the calendar doesn't cover, it
// is open inside the coverage, and outside nobody knows.
func (b *bound) expired(from, t clock.Instant) (gone clock.Tri, end clock.Instant, last clock.Day) {
	if b.r.Paused.Max == nil {
		return clock.No, 0, 0
	}
	end, last, provisional := b.clk.PauseEnd(from, *b.r.Paused.Max)
	switch {
	case provisional && b.clk.Calendar().Covers(b.zone.Date(t)):
		return clock.No, end, last
	case provisional:
		return clock.Unknown, end, last
	case t < end:
		return clock.No, end, last
	}
	return clock.Yes, end, last
}

// expire ends a pause that ran out by its maximum before t; it answers false
// where that can't be known.
func (b *bound) expire(k *ticking, t clock.Instant) bool {
	if !k.open {
		return true
	}
	gone, end, last := b.expired(k.from, t)
	if gone != clock.Yes {
		return gone == clock.No
	}
	k.open = false
	if k.count == k.from {
		k.run = k.run.PauseBounded(k.from, end, *b.r.Paused.Max)
		return true
	}
	if !b.clk.Elapsed() {
		end = b.zone.First(last)
	}
	if end > k.count {
		k.run = k.run.Pause(k.count, end)
	}
	return true
}

// inTime says whether t keeps the deadline as it stands; while a pause is open
// there is none.
func (b *bound) inTime(k *ticking, t clock.Instant) clock.Tri {
	switch {
	case k.lost:
		return clock.Unknown
	case k.open:
		return clock.Yes
	}
	return b.clk.InTime(k.run.Deadline(), t)
}

// walk lets one event act on the clock: it ends a pause, extends, or begins a
// pause, if it is in time by the deadline as it stood before it. It answers
// Unknown where that can't be compared, and No where it came too late to count.
func (b *bound) walk(k *ticking, ro roles, t clock.Instant) clock.Tri {
	if !ro.pause && !ro.resume && ro.extend == 0 {
		return clock.Yes
	}
	ro.extend = b.unused(k, ro.extend)
	in := b.inTime(k, t)
	ended := k.open && ro.resume
	if ended {
		if t > k.count {
			k.run = k.run.Pause(k.count, t)
		}
		k.open = false
	}
	opens := ro.pause && !k.open && !ended
	switch {
	case ro.extend == 0 && !opens:
		return clock.Yes
	case in != clock.Yes:
		return in
	}
	b.extendBy(k, ro.extend)
	if opens {
		k.open, k.from, k.count = true, t, max(t, k.start)
	}
	return clock.Yes
}

// unused are the extensions that may count once more.
func (b *bound) unused(k *ticking, which uint32) uint32 {
	for i := range b.extend {
		if n := b.extend[i].times; n > 0 && int(k.times[i]) >= n {
			which &^= 1 << i
		}
	}
	return which
}

func (b *bound) extendBy(k *ticking, which uint32) {
	for i := range b.extend {
		x := &b.extend[i]
		if which&(1<<i) == 0 {
			continue
		}
		if x.isAdd {
			k.run = k.run.ExtendAdd(x.add)
			k.times[i]++
			continue
		}
		if !k.run.Shortens(x.to) {
			k.times[i]++
		}
		k.run = k.run.ExtendTo(x.to)
	}
}

// passed says whether the deadline is over at w; nothing passes while a pause
// is open.
func (b *bound) passed(k ticking, w clock.Instant) clock.Tri {
	if k.lost || !b.expire(&k, w) {
		return clock.Unknown
	}
	if k.open {
		return clock.No
	}
	return b.clk.Passed(k.run.Deadline(), w)
}

// pauseAt is the pause that is open when an activation happens: from an event
// before it, or begun by it.
type pauseAt struct {
	open  bool
	doubt bool // an event acted on it when nobody could know whether it was open
	from  clock.Instant
}

// pausesBefore walks the events before a start, and then the start itself, for
// the pause that is open there. With worlds of days there can be several.
func (x *runner) pausesBefore(b *bound, rows []uint32, start, when uint32, startAt clock.Instant, reading int, keys []uint32) []pauseAt {
	states := []pauseAt{{from: math.MinInt64}}
	for _, row := range rows {
		if keys != nil && !x.shares(b, keys, row) {
			continue
		}
		ro := b.rolesOf(row, when, x.obj(b), x.maskOf(b, row)&(rolePause|roleResume), x.log.Type[row])[reading]
		states = b.pauseStep(states, ro, x.instants(b, row))
	}
	ro := b.rolesOf(start, when, x.obj(b), x.maskOf(b, start)&(rolePause|roleResume), x.log.Type[start])[reading]
	states = b.pauseStep(states, ro, []clock.Instant{startAt})
	for i := range states {
		states[i] = b.pauseNow(states[i], startAt)
	}
	return states
}

// pauseNow is what of a pause is left at t.
func (b *bound) pauseNow(p pauseAt, t clock.Instant) pauseAt {
	if !p.open {
		return p
	}
	if gone, _, _ := b.expired(p.from, t); gone == clock.Yes {
		return pauseAt{from: math.MinInt64, doubt: p.doubt}
	}
	return p
}

func (b *bound) pauseStep(states []pauseAt, ro roles, at []clock.Instant) []pauseAt {
	var next []pauseAt
	for _, s := range states {
		for _, t := range at {
			if n := b.stepPause(s, ro, t); !contains(next, n) {
				next = append(next, n)
			}
		}
	}
	return next
}

// stepPause lets one event end or begin a pause before the clock runs.
func (b *bound) stepPause(p pauseAt, ro roles, t clock.Instant) pauseAt {
	if !ro.pause && !ro.resume {
		return p
	}
	if p.open {
		gone, _, _ := b.expired(p.from, t)
		p.doubt = p.doubt || gone == clock.Unknown && ro.pause
	}
	p = b.pauseNow(p, t)
	switch {
	case p.open && ro.resume:
		p = pauseAt{from: math.MinInt64, doubt: p.doubt}
	case !p.open && ro.pause:
		p = pauseAt{open: true, from: t, doubt: p.doubt}
	}
	if b.r.Paused.Max == nil && !b.days {
		p.from = math.MinInt64 // only a bound, and worlds of days, ask when it began
	}
	return p
}

// instants are the times an event is tried at: one, or for a day under an
// elapsed clock its first and its last instant.
func (x *runner) instants(b *bound, row uint32) []clock.Instant {
	t := x.log.Time[row]
	if x.world != nil {
		x.two[0] = x.world.time(x, b, row)
		return x.two[:1]
	}
	if b.days && x.log.OnDay.Has(row) {
		x.two = [2]clock.Instant{t, b.zone.Last(b.zone.Date(t))}
		return x.two[:]
	}
	x.two[0] = t
	return x.two[:1]
}

// machine is one possible course of one activation: a reading (or both, while
// they agree) in one world of days.
type machine struct {
	ticking
	readings uint8 // bit 1<<reading
	verdict  Verdict
	doubt    bool // not evaluable, however it ends
	by       int32
}

type machineKey struct {
	run      clock.Key
	open     bool
	from     clock.Instant
	count    clock.Instant
	times    [8]uint8
	readings uint8
	verdict  Verdict
	lost     bool
	doubt    bool
}

func (m *machine) key() machineKey {
	return machineKey{m.run.Key(), m.open, m.from, m.count, m.times, m.readings, m.verdict, m.lost, m.doubt}
}

// maxMachines bounds the courses of one activation. Courses that mean the same
// merge, so only logs made to that end reach it; what they rest on is then
// called not evaluable and never a breach.
const maxMachines = 1 << 12

// course is what an activation has beyond its plain form: machines, and under
// `over` its keys.
type course struct {
	ms    []machine
	keys  []uint32 // over: the keys of the activating event
	ended []uint32 // over all: the keys whose traces have ended
	noVal bool     // `from` has no value
}

// startMachines gives an activation its first machines: one, or one for each
// reading, each day's choice and each pause that may be open.
func (x *runner) startMachines(b *bound, st *state, a *act) {
	c := a.more()
	both := []uint8{1<<favourable | 1<<unfavourable}
	if b.r.Paused != nil {
		both = []uint8{1 << favourable, 1 << unfavourable}
	}
	at := append([]clock.Instant(nil), x.instants(b, a.row)...)
	for _, t := range at {
		for _, start := range x.starts(b, a.row, t) {
			for _, readings := range both {
				pauses := []pauseAt{{from: math.MinInt64}}
				if b.r.Paused != nil {
					r := favourable
					if readings == 1<<unfavourable {
						r = unfavourable
					}
					pauses = x.pausesBefore(b, st.hist, a.row, a.row, t, r, c.keys)
				}
				for _, p := range pauses {
					c.add(machine{ticking: ticking{run: b.clk.Start(start), start: max(start, t), open: p.open, from: p.from, count: max(start, t, p.from)}, readings: readings, doubt: p.doubt, by: -1})
				}
			}
		}
	}
}

// starts are the instants the clock may start at: the event's own, or what
// `from` says (tried at both ends of a day).
func (x *runner) starts(b *bound, row uint32, t clock.Instant) []clock.Instant {
	if b.from == nil || b.fromTime {
		return []clock.Instant{t}
	}
	first, ok := b.from(row, false)
	if !ok {
		return nil
	}
	if !b.days {
		return []clock.Instant{first}
	}
	if x.world != nil {
		at, _ := b.from(row, x.world.last(row))
		return []clock.Instant{at}
	}
	if end, _ := b.from(row, true); end != first {
		return []clock.Instant{first, end}
	}
	return []clock.Instant{first}
}

// add puts a machine among the others unless one means the same.
func (c *course) add(m machine) {
	if len(c.ms) > 0 {
		k := m.key()
		for i := range c.ms {
			if c.ms[i].key() == k {
				return
			}
		}
	}
	c.ms = append(c.ms, m)
}

// advance lets an event act on every machine of an activation.
func (x *runner) advance(b *bound, a *act, row uint32, ro [2]roles) {
	c := a.x
	at := append([]clock.Instant(nil), x.instants(b, row)...)
	old := c.ms
	if len(at) == 1 && ro[0] == ro[1] {
		for i := range old {
			x.act(b, &old[i], row, ro[0], at[0])
		}
		return
	}
	c.ms = nil
	for _, m := range old {
		if m.verdict != None {
			c.add(m)
			continue
		}
		for r := range ro {
			bit := uint8(1 << r)
			if m.readings&bit == 0 {
				continue
			}
			readings := bit
			if ro[0] == ro[1] {
				readings = m.readings
				if r == unfavourable && m.readings&1 != 0 {
					continue
				}
			}
			for _, t := range at {
				n := m
				n.readings = readings
				x.act(b, &n, row, ro[r], t)
				c.add(n)
			}
		}
	}
	if len(c.ms) > maxMachines {
		c.ms = []machine{{ticking: c.ms[0].ticking, readings: 3, verdict: NotEvaluable, by: -1}}
	}
}

// act lets an event act on one machine: first as a match or an excuse, then on
// the clock.
func (x *runner) act(b *bound, m *machine, row uint32, ro roles, t clock.Instant) {
	if m.verdict != None || ro == (roles{}) && !b.r.Immediately {
		return
	}
	if !b.expire(&m.ticking, t) {
		m.lost = true
		m.doubt = m.doubt || !b.r.Immediately && (ro.pause || ro.resume || b.unused(&m.ticking, ro.extend) != 0)
	}
	in := clock.No
	if ro.match || ro.unless {
		in = b.inTime(&m.ticking, t)
	}
	if b.r.Oldest && !ro.match && ro.unless && in == clock.Unknown && m.readings == 1<<unfavourable {
		m.doubt = true // it stays to be settled, though nobody will know how
		return
	}
	if m.verdict = b.settle(ro, in); m.verdict == None && b.r.Immediately {
		m.verdict = b.otherNext()
	}
	if m.verdict != None {
		m.by = int32(row)
		return
	}
	switch b.walk(&m.ticking, ro, t) {
	case clock.Unknown:
		m.doubt = m.doubt || !m.lost
	case clock.No:
		if x.late != nil {
			*x.late = append(*x.late, row)
		}
	}
	if m.verdict == None && b.r.Never && !m.open && b.inTime(&m.ticking, x.log.Time[row]) == clock.No && b.passed(m.ticking, x.w) == clock.Yes {
		m.verdict = Met // no later event can be in time
	}
}

// settle is the verdict of an event that is a match or an excuse, None where it
// is neither or doesn't decide.
func (b *bound) settle(ro roles, in clock.Tri) Verdict {
	switch {
	case ro.match && in == clock.Unknown, !ro.match && ro.unless && in == clock.Unknown:
		return NotEvaluable
	case ro.match && !b.r.Never && in == clock.Yes:
		return Met
	case ro.match && !b.r.Never:
		return MetLate
	case ro.match && in == clock.Yes:
		return Breached
	case !ro.match && ro.unless && in == clock.Yes:
		return Moot
	}
	return None
}

// otherNext is the verdict of `immediately` where the next event is another.
func (b *bound) otherNext() Verdict {
	if b.r.Never {
		return Met
	}
	return Breached
}

// agree folds the verdicts of all courses into one: what they agree on, else
// not evaluable.
func agree(v, w Verdict) Verdict {
	if v == None || v == w {
		return w
	}
	return NotEvaluable
}

// obj is the `case` object for the conditions of a rule.
func (x *runner) obj(b *bound) event.ObjectID { return x.objects[b.index] }
