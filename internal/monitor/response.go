package monitor

import (
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// act is an open activation of followed_by. The two verdicts are those of the
// two readings; None is undecided.
type act struct {
	row    uint32
	doubt  uint8 // bit 1<<reading: not evaluable, however it ends
	closed int32 // the first `closes` event after it, +1; 0: none
	dl     clock.Deadline
	v      [2]Verdict
	by     [2]int32
	x      *course // pauses, extensions, worlds of days, `over`; nil where plain
}

func (a *act) more() *course {
	if a.x == nil {
		a.x = &course{}
	}
	return a.x
}

// response folds one event into a rule with followed_by: first what it does to
// the open activations, then whether it is one.
func (x *runner) response(b *bound, st *state, row uint32, t clock.Instant, typ uint16, mask uint8) {
	if b.joint {
		st.all = append(st.all, row)
		if mask&roleWhen != 0 && b.whenHolds(x, row, t) == clock.Unknown {
			x.unknown(b, row)
		}
		return
	}
	if len(st.acts) > 0 && mask&^roleWhen != 0 {
		if b.r.Oldest {
			x.settleOldest(b, st, row, typ, mask)
		} else {
			x.settleAll(b, st, row, t, typ, mask)
		}
	}
	if mask&roleWhen != 0 {
		x.activate(b, st, row, t)
	}
	if mask&(rolePause|roleResume) != 0 {
		st.remember(b, x, row, mask, typ)
	}
}

// remember keeps an event that may begin or end a pause for activations to
// come, and lets go of all before a certain end.
func (st *state) remember(b *bound, x *runner, row uint32, mask uint8, typ uint16) {
	bound := b.r.Paused.Max // one in working days may leave a doubt that no end removes
	if !b.pause.usesWhen && !b.resume.usesWhen && b.r.Over == rule.Each && (bound == nil || bound.Unit != clock.UnitWorkingDay) {
		ro := b.rolesOf(row, row, x.obj(b), mask&(rolePause|roleResume), typ)
		if mask&rolePause == 0 && ro[0].resume && ro[1].resume {
			st.hist = st.hist[:0]
			return
		}
	}
	st.hist = append(st.hist, row)
}

// open adds an open activation. It is filled where it will lie: what is put
// together elsewhere and copied is waited for.
func (st *state) open(row uint32) *act {
	n := len(st.acts)
	if n == cap(st.acts) {
		st.acts = slices.Grow(st.acts, 1)
	}
	st.acts = st.acts[:n+1]
	a := &st.acts[n]
	*a = act{row: row, by: [2]int32{-1, -1}}
	return a
}

func (x *runner) activate(b *bound, st *state, row uint32, t clock.Instant) {
	if b.direct {
		st.open(row).dl = b.clk.Due(t)
		return
	}
	switch b.whenHolds(x, row, t) {
	case clock.No:
		return
	case clock.Unknown:
		x.unknown(b, row)
		return
	}
	a := st.open(row)
	if b.r.Over != rule.Each {
		a.more().keys = x.keysOf(row)
	}
	switch {
	case b.clk == nil:
	case b.machines:
		if x.startMachines(b, st, a); len(a.x.ms) == 0 {
			a.x.noVal = true
		}
	case b.from != nil:
		start, ok := b.from(row, false)
		if !ok {
			a.more().noVal = true
			break
		}
		a.dl = b.clk.Due(start)
	default:
		a.dl = b.clk.Due(t)
	}
	if a.x != nil && a.x.noVal && !b.r.Oldest { // the clock has no start: nothing can be said
		j := x.about(row)
		j.verdict, j.keys = NotEvaluable, a.x.keys
		x.emit(b, j)
		st.acts = st.acts[:len(st.acts)-1] // under oldest it stays: an event may settle it, and then no other
	}
}

// whenHolds says whether an event that fits `when` by its type activates the
// rule.
func (b *bound) whenHolds(x *runner, row uint32, t clock.Instant) clock.Tri {
	if b.always {
		return clock.Yes
	}
	return b.whenRead(x, row, t)
}

func (b *bound) whenRead(x *runner, row uint32, t clock.Instant) clock.Tri {
	if e := &b.r.Effective; (e.HasFrom || e.HasTo) && !e.Covers(b.zone.Date(t)) {
		return clock.No
	}
	if b.r.Over != rule.Each {
		x.objects[b.index] = x.soleObject(b, x.keysOf(row))
	}
	return b.when.eval(row, row, x.obj(b))
}

// settleAll lets an event act on every open activation.
func (x *runner) settleAll(b *bound, st *state, row uint32, t clock.Instant, typ uint16, mask uint8) {
	cached := !b.other.usesWhen && !b.unless.usesWhen && !b.machines
	var ro [2]roles
	if cached {
		ro = b.rolesOf(row, row, x.obj(b), mask, typ)
		if ro == ([2]roles{}) && mask&(roleAny|roleCloses) == 0 {
			return
		}
	}
	keep := st.acts[:0]
	for i := range st.acts {
		a := &st.acts[i]
		if b.r.Over != rule.Each {
			x.objectFor(b, a)
			if !x.concerns(b, a, row) {
				keep = append(keep, *a)
				continue
			}
		}
		if !cached || b.r.Over != rule.Each {
			ro = x.rolesFor(b, a, row, mask, typ)
		}
		x.apply(b, a, row, t, ro, mask)
		if !x.decided(b, a, t) {
			keep = append(keep, *a)
		}
	}
	st.acts = keep
}

// alike is response where an event is the same to all open activations, and each of
// them is open in both readings: it is a row and a deadline.
func (x *runner) alike(b *bound, st *state, row uint32, t clock.Instant, mask uint8) {
	if len(st.acts) > 0 {
		switch {
		case b.settling && mask&roleOther != 0:
			for i := range st.acts {
				a := &st.acts[i]
				x.say(b, a, b.settle(roles{match: true}, b.clk.InTime(a.dl, t)), int32(row))
			}
			st.acts = st.acts[:0]
		case mask&^roleWhen != 0:
			x.settleAlike(b, st, row, t, mask)
		}
	}
	if mask&roleWhen != 0 {
		x.activate(b, st, row, t)
	}
}

// settleAlike lets an event act on activations that it may leave open.
func (x *runner) settleAlike(b *bound, st *state, row uint32, t clock.Instant, mask uint8) {
	ro := roles{match: mask&roleOther != 0, unless: mask&roleUnless != 0}
	n := 0
	for i := range st.acts {
		a := &st.acts[i]
		v, by := None, int32(row)
		if ro.match || ro.unless {
			v = b.settle(ro, b.plainInTime(a, t))
		}
		if v == None && b.r.Never && x.unbreakable(b, a, t) {
			v, by = Met, -1
		}
		if v != None {
			x.say(b, a, v, by)
			continue
		}
		if mask&roleCloses != 0 && a.closed == 0 {
			a.closed = int32(row) + 1
		}
		if n != i {
			st.acts[n] = *a
		}
		n++
	}
	st.acts = st.acts[:n]
}

// say emits the verdict on an activation of which both readings say the same.
func (x *runner) say(b *bound, a *act, v Verdict, by int32) {
	if b.counted(v) {
		return
	}
	j := x.about(a.row)
	j.by, j.verdict, j.dl, j.hasDue = by, v, a.dl, b.clk != nil
	b.unwitnessed(j)
	x.emitTo(b, j)
}

// unbreakable says whether no event from t on can be in time.
func (x *runner) unbreakable(b *bound, a *act, t clock.Instant) bool {
	return b.clk != nil && b.clk.InTime(a.dl, t) == clock.No && b.clk.Passed(a.dl, x.w) == clock.Yes
}

// rolesFor is what an event is to one activation: nothing, under `over: all`,
// if it shares only some of its objects, though it may still be the next one.
func (x *runner) rolesFor(b *bound, a *act, row uint32, mask uint8, typ uint16) [2]roles {
	if a.x != nil && a.x.keys != nil && !x.shares(b, a.x.keys, row) {
		return [2]roles{}
	}
	return b.rolesOf(row, a.row, x.obj(b), mask, typ)
}

// apply lets an event act on one activation.
func (x *runner) apply(b *bound, a *act, row uint32, t clock.Instant, ro [2]roles, mask uint8) {
	if a.x != nil && a.x.ms != nil {
		x.advance(b, a, row, ro)
	} else {
		x.applyPlain(b, a, row, t, ro)
	}
	if mask&roleCloses != 0 && a.closed == 0 && x.ends(b, a, row) {
		a.closed = int32(row) + 1
	}
}

func (x *runner) applyPlain(b *bound, a *act, row uint32, t clock.Instant, ro [2]roles) {
	for r := range ro {
		if a.v[r] != None {
			continue
		}
		if ro[r].match || ro[r].unless {
			in := b.plainInTime(a, t)
			if b.r.Oldest && !ro[r].match && in == clock.Unknown && r == unfavourable {
				a.doubt |= 1 << r // it stays to be settled, though nobody will know how
				continue
			}
			a.v[r] = b.settle(ro[r], in)
		}
		if a.v[r] == None && b.r.Immediately {
			a.v[r] = b.otherNext()
		}
		if a.v[r] != None {
			a.by[r] = int32(row)
		}
	}
}

// plainInTime says whether t keeps an activation's one deadline; without
// `within` that is the end of its case, which binds `must` only.
func (b *bound) plainInTime(a *act, t clock.Instant) clock.Tri {
	switch {
	case a.x != nil && a.x.noVal:
		return clock.Unknown
	case b.clk != nil:
		return b.clk.InTime(a.dl, t)
	case a.closed != 0 && !b.r.Never:
		return clock.No
	}
	return clock.Yes
}

// decided emits an activation that nothing can change any more, and says so.
func (x *runner) decided(b *bound, a *act, t clock.Instant) bool {
	if a.x != nil && a.x.ms != nil {
		for i := range a.x.ms {
			if a.x.ms[i].verdict == None {
				return false
			}
		}
		x.conclude(b, a)
		return true
	}
	if b.r.Never && x.unbreakable(b, a, t) {
		for r := range a.v {
			if a.v[r] == None {
				a.v[r] = Met
			}
		}
	}
	if a.v[0] == None || a.v[1] == None {
		return false
	}
	x.conclude(b, a)
	return true
}

// settleOldest lets an event settle, in each reading, the oldest activation
// that it matches, and excuse others.
func (x *runner) settleOldest(b *bound, st *state, row uint32, typ uint16, mask uint8) {
	var done [2]bool
	t := x.log.Time[row]
	keep := st.acts[:0]
	for i := range st.acts {
		a := &st.acts[i]
		if b.r.Over != rule.Each {
			x.objectFor(b, a)
			if !x.concerns(b, a, row) {
				keep = append(keep, *a)
				continue
			}
		}
		ro := x.rolesFor(b, a, row, mask, typ)
		for r := range ro {
			if done[r] || !a.openIn(r) {
				ro[r].match = false
			}
			done[r] = done[r] || ro[r].match
		}
		x.apply(b, a, row, t, ro, mask)
		if !x.decided(b, a, t) {
			keep = append(keep, *a)
		}
	}
	st.acts = keep
}

// openIn says whether a reading has not decided the activation yet.
func (a *act) openIn(r int) bool {
	if a.x == nil || a.x.ms == nil {
		return a.v[r] == None
	}
	for i := range a.x.ms {
		if m := &a.x.ms[i]; m.readings&(1<<r) != 0 && m.verdict == None {
			return true
		}
	}
	return false
}

// conclude emits the verdict of an activation as things stand at T and W.
func (x *runner) conclude(b *bound, a *act) {
	if a.x == nil && a.doubt == 0 && a.v[0] == a.v[1] { // the readings agree, as they mostly do
		v := a.v[0]
		if v == None {
			v = x.openVerdict(b, a, nil)
		}
		x.say(b, a, v, a.by[favourable])
		return
	}
	j := x.about(a.row)
	j.dl, j.hasDue = a.dl, b.clk != nil
	if a.x != nil {
		j.keys = a.x.keys
	}
	if a.x != nil && a.x.ms != nil {
		for i := range a.x.ms {
			m := &a.x.ms[i]
			v := m.verdict
			switch {
			case m.doubt:
				v = NotEvaluable
			case v == None:
				v = x.openVerdict(b, a, &m.ticking)
			}
			j.verdict = agree(j.verdict, v)
			if i == 0 || m.readings&1 != 0 && a.x.ms[0].readings&1 == 0 {
				x.showMachine(b, j, m)
			}
		}
	} else {
		for r, v := range a.v {
			switch {
			case a.doubt&(1<<r) != 0 || a.x != nil && a.x.noVal:
				v = NotEvaluable
			case v == None:
				v = x.openVerdict(b, a, nil)
			}
			j.verdict = agree(j.verdict, v)
			if r == favourable {
				j.by = a.by[r]
			}
		}
	}
	b.unwitnessed(j)
	x.emit(b, j)
}

// unwitnessed takes the deciding event from a breach that is one for want of an
// event.
func (b *bound) unwitnessed(j *judged) {
	if j.verdict == Breached && !b.r.Never && !b.r.Immediately {
		j.by = -1
	}
}

// showMachine takes the deadline and the deciding event of a course.
func (x *runner) showMachine(b *bound, j *judged, m *machine) {
	k := m.ticking
	if m.verdict == None {
		b.expire(&k, x.asOf)
	}
	j.by, j.dl, j.hasDue = m.by, k.run.Deadline(), !k.open
	if x.late != nil && j.row == x.showRow {
		x.shown = &k.run
	}
}

// concludeOpen emits an activation that is open at the end of its trace.
func (x *runner) concludeOpen(b *bound, a *act) {
	if b.r.Over != rule.Each {
		x.objectFor(b, a)
	}
	x.conclude(b, a)
}

// openVerdict is the verdict of an activation that no event decided.
func (x *runner) openVerdict(b *bound, a *act, k *ticking) Verdict {
	ended := x.complete || a.closed != 0 && x.log.Time[a.closed-1] <= x.w
	if b.clk == nil || b.r.Never && ended {
		switch {
		case !ended:
			return Running
		case b.r.Never:
			return Met
		}
		return Breached
	}
	p := clock.No
	if k != nil {
		p = b.passed(*k, x.w)
	} else {
		p = b.clk.Passed(a.dl, x.w)
	}
	switch {
	case p == clock.Unknown:
		return NotEvaluable
	case p == clock.No:
		return Running
	case b.r.Never:
		return Met
	}
	return Breached
}

// --- several objects -------------------------------------------------------

// shares says whether an event shares any, or all, of an activation's keys.
func (x *runner) shares(b *bound, keys []uint32, row uint32) bool {
	theirs := x.keysOf(row)
	for _, k := range keys {
		has := contains(theirs, k)
		if has && b.r.Over == rule.AnyOf {
			return true
		}
		if !has && b.r.Over == rule.AllOf {
			return false
		}
	}
	return b.r.Over == rule.AllOf
}

// concerns says whether an event is in the union of an activation's traces.
func (x *runner) concerns(b *bound, a *act, row uint32) bool {
	theirs := x.keysOf(row)
	for _, k := range a.x.keys {
		if contains(theirs, k) {
			return true
		}
	}
	return false
}

// ends says whether a `closes` event ends the activation's case: under
// `over: all` once every one of its objects has been closed.
func (x *runner) ends(b *bound, a *act, row uint32) bool {
	if b.r.Over != rule.AllOf {
		return true
	}
	for _, k := range x.keysOf(row) {
		if contains(a.x.keys, k) && !contains(a.x.ended, k) {
			a.x.ended = append(a.x.ended, k)
		}
	}
	return len(a.x.ended) == len(a.x.keys)
}

// objectFor sets the `case` object for an activation over several objects:
// there is one only where it has one.
func (x *runner) objectFor(b *bound, a *act) { x.objects[b.index] = x.soleObject(b, a.x.keys) }

func (x *runner) soleObject(b *bound, keys []uint32) event.ObjectID {
	if len(keys) != 1 {
		return 0
	}
	return x.keyer.object(keys[0], b.casePart)
}
