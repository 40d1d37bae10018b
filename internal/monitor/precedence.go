package monitor

import (
	"math"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/rule"
)

// precedence folds one event into a rule with preceded_by. An activation is
// decided at once by what came before it, so the state is only what must be
// remembered: by reading, the latest match and the latest excuse (the latest
// start gives the latest deadline, so no other can do better); or, where that
// isn't enough, the events themselves.
func (x *runner) precedence(b *bound, st *state, row uint32, t clock.Instant, typ uint16, mask uint8) {
	if mask&roleWhen != 0 {
		switch b.whenHolds(x, row, t) {
		case clock.Yes:
			switch {
			case b.once:
				x.lookBackOnce(b, st, row, t)
			case b.history:
				x.lookBack(b, st, row)
			default:
				x.lookAtLatest(b, st, row, t)
			}
		case clock.Unknown:
			x.unknown(b, row)
		}
	}
	if b.history {
		x.keepHistory(b, st, row, mask)
		return
	}
	if mask&(roleOther|roleUnless) == 0 {
		return
	}
	this := past{t, row + 1}
	if b.plain {
		if mask&roleOther != 0 {
			st.match[favourable], st.match[unfavourable] = this, this
		} else {
			st.excuse[favourable], st.excuse[unfavourable] = this, this
		}
		return
	}
	for r, ro := range b.rolesRead(row, row, x.obj(b), mask, typ) {
		switch {
		case ro.match:
			st.match[r] = this
		case ro.unless:
			st.excuse[r] = this
		}
	}
}

// keepHistory remembers an event for activations to come. Where nothing can
// move a deadline, what is too old for this event's time is too old for all.
func (x *runner) keepHistory(b *bound, st *state, row uint32, mask uint8) {
	if b.r.Immediately && b.r.Over == rule.Each && !b.machines {
		st.hist = append(st.hist[:0], row)
		return
	}
	if mask&^roleWhen == 0 {
		return
	}
	st.hist = append(st.hist, row)
	if b.clk == nil || b.machines || b.r.Immediately || len(st.hist) < 64 {
		return
	}
	t, old := x.log.Time[row], 0
	for old < len(st.hist) && b.clk.InTime(b.clk.Due(x.log.Time[st.hist[old]]), t) == clock.No {
		old++
	}
	if old > len(st.hist)/2 {
		st.hist = append(st.hist[:0], st.hist[old:]...)
	}
}

func (x *runner) lookAtLatest(b *bound, st *state, row uint32, t clock.Instant) {
	j := x.about(row)
	if st.match[0] == st.match[1] && st.excuse[0] == st.excuse[1] { // the readings agree
		var found lookup
		found.take(b, st.match[0], st.excuse[0], t)
		if v, _ := found.verdict(b.r.Never); b.counted(v) {
			return
		}
		x.foldLookup(b, j, favourable, found)
		x.emit(b, j)
		return
	}
	for r := range st.match {
		var found lookup
		found.take(b, st.match[r], st.excuse[r], t)
		x.foldLookup(b, j, r, found)
	}
	x.emit(b, j)
}

// lookup is what one reading finds before an activation: whether a match, and
// whether an excuse, fits.
type lookup struct {
	match, excuse     clock.Tri
	matchBy, excuseBy int32 // rows, −1 none
	dl                clock.Deadline
	hasDue            bool
}

// take looks at the latest match and excuse.
func (f *lookup) take(b *bound, match, excuse past, t clock.Instant) {
	f.matchBy, f.excuseBy = int32(match.row)-1, int32(excuse.row)-1
	switch {
	case b.clk == nil:
		f.match, f.excuse = match.there(), excuse.there()
		return
	case match.row != 0:
		f.dl, f.hasDue = b.clk.Due(match.t), true
		f.match = b.clk.InTime(f.dl, t)
	}
	if excuse.row != 0 {
		f.excuse = b.clk.InTime(b.clk.Due(excuse.t), t)
	}
}

// verdict is that of one reading.
func (f *lookup) verdict(never bool) (Verdict, int32) {
	switch {
	case f.excuse == clock.Yes:
		return Moot, f.excuseBy
	case f.excuse == clock.Unknown:
		return NotEvaluable, f.excuseBy
	case f.match == clock.Unknown:
		return NotEvaluable, f.matchBy
	case f.match == clock.Yes && never:
		return Breached, f.matchBy
	case f.match == clock.Yes:
		return Met, f.matchBy
	case never:
		return Met, -1
	}
	return Breached, -1
}

func (x *runner) foldLookup(b *bound, j *judged, reading int, f lookup) {
	v, by := f.verdict(b.r.Never)
	j.verdict = agree(j.verdict, v)
	if reading == favourable {
		j.by, j.dl, j.hasDue = by, f.dl, f.hasDue
	}
}

// lookBackOnce is lookBack where every event has one time and every start one
// deadline: only conditions can tell the readings apart, so one walk serves both.
func (x *runner) lookBackOnce(b *bound, st *state, row uint32, t clock.Instant) {
	f := [2]lookup{{matchBy: -1, excuseBy: -1}, {matchBy: -1, excuseBy: -1}}
	obj := x.obj(b)
	for i := len(st.hist) - 1; i >= 0; i-- {
		e := st.hist[i]
		mask, typ := roleOther, uint16(0) // no other event is remembered where nothing excuses
		if b.r.Unless != nil {
			typ = x.log.Type[e]
			mask = b.masks[typ] & (roleOther | roleUnless)
		}
		ro := b.rolesOf(e, row, obj, mask, typ)
		if ro == ([2]roles{}) {
			continue
		}
		in, dl := clock.Yes, clock.Deadline{}
		if b.clk != nil {
			dl = b.clk.Due(x.log.Time[e])
			in = b.clk.InTime(dl, t)
		}
		open := false
		for r := range f {
			if f[r].excuse != clock.Yes {
				f[r].consider(ro[r], e, in, dl, b.clk != nil)
			}
			open = open || f[r].excuse != clock.Yes && (b.r.Unless != nil || f[r].match != clock.Yes)
		}
		if !open {
			break
		}
	}
	j := x.about(row)
	for r := range f {
		x.foldLookup(b, j, r, f[r])
	}
	x.emit(b, j)
}

// lookBack judges an activation by walking over the events before it, in each
// reading and each world of days.
func (x *runner) lookBack(b *bound, st *state, row uint32) {
	j := x.about(row)
	var keys []uint32
	if b.r.Over != rule.Each {
		keys = x.keysOf(row)
		j.keys = keys
		x.objects[b.index] = x.soleObject(b, keys)
	}
	days := x.daysAmong(b, st.hist, row)
	if len(days) > maxDays {
		j.verdict = NotEvaluable
		x.emit(b, j)
		return
	}
	for world := range 1 << len(days) {
		for r := range 2 {
			w := worldOf{days: days, bits: world}
			f := x.search(b, st.hist, row, keys, r, w)
			v, by := f.verdict(b.r.Never)
			j.verdict = agree(j.verdict, v)
			if world == 0 && r == favourable {
				j.by, j.dl, j.hasDue = by, f.dl, f.hasDue
			}
		}
	}
	x.emit(b, j)
}

// maxDays bounds the worlds that are tried (2^maxDays).
const maxDays = 12

// worldOf is one choice of first or last instant for each of some days.
type worldOf struct {
	days  []uint32
	froms []uint32 // activations whose `from` names a day, after the days
	bits  int
}

// last says whether the world has the last instant of the day that an
// activation's `from` names.
func (w worldOf) last(row uint32) bool {
	i := slices.Index(w.froms, row)
	return i >= 0 && w.bits&(1<<(len(w.days)+i)) != 0
}

func (w worldOf) time(x *runner, b *bound, row uint32) clock.Instant {
	t := x.log.Time[row]
	for i, d := range w.days {
		if d == row && w.bits&(1<<i) != 0 {
			return b.zone.Last(b.zone.Date(t))
		}
	}
	return t
}

func (x *runner) daysAmong(b *bound, rows []uint32, row uint32) []uint32 {
	if !b.days {
		return nil
	}
	var days []uint32
	for _, r := range append(rows[:len(rows):len(rows)], row) {
		if x.log.OnDay.Has(r) {
			days = append(days, r)
		}
	}
	return days
}

// search looks for a match and an excuse that fit, the latest first.
func (x *runner) search(b *bound, hist []uint32, row uint32, keys []uint32, reading int, w worldOf) lookup {
	f := lookup{matchBy: -1, excuseBy: -1}
	t := w.time(x, b, row)
	for i := len(hist) - 1; i >= 0; i-- {
		e := hist[i]
		related := keys == nil || x.related(keys, e)
		if !related {
			continue
		}
		if keys == nil || x.shares(b, keys, e) {
			x.consider(b, &f, hist, i, row, t, keys, reading, w)
		}
		if b.r.Immediately || f.excuse == clock.Yes {
			break
		}
	}
	return f
}

// consider tries one earlier event as a match or an excuse.
func (x *runner) consider(b *bound, f *lookup, hist []uint32, i int, row uint32, t clock.Instant, keys []uint32, reading int, w worldOf) {
	e := hist[i]
	typ := x.log.Type[e]
	ro := b.rolesOf(e, row, x.obj(b), x.maskOf(b, e)&(roleOther|roleUnless), typ)[reading]
	if !ro.match && !ro.unless {
		return
	}
	in, dl, hasDue := clock.Yes, clock.Deadline{}, false
	if b.clk != nil {
		in, dl, hasDue = x.fits(b, hist, i, row, t, keys, reading, w)
	}
	f.consider(ro, e, in, dl, hasDue)
}

// consider takes an event that is a match or an excuse if it does better than
// those before.
func (f *lookup) consider(ro roles, e uint32, in clock.Tri, dl clock.Deadline, hasDue bool) {
	if !ro.match && !ro.unless || in == clock.No && !(ro.match && f.matchBy < 0) {
		return
	}
	better := func(have clock.Tri) bool { return have == clock.No || have == clock.Unknown && in == clock.Yes }
	switch {
	case ro.match && better(f.match):
		f.match, f.matchBy, f.dl, f.hasDue = in, int32(e), dl, hasDue
	case !ro.match && better(f.excuse):
		f.excuse, f.excuseBy = in, int32(e)
	}
}

// fits says whether an activation is in time from an earlier event, with the
// pauses and extensions between the two, and what the deadline then is: none
// while a pause is open.
func (x *runner) fits(b *bound, hist []uint32, i int, row uint32, t clock.Instant, keys []uint32, reading int, w worldOf) (clock.Tri, clock.Deadline, bool) {
	e := hist[i]
	start := w.time(x, b, e)
	k := ticking{run: b.clk.Start(start), start: start}
	if b.r.Paused != nil {
		p := pauseAt{from: math.MinInt64}
		for _, h := range hist[:i] {
			if keys == nil || x.shares(b, keys, h) {
				p = x.pauseBy(b, p, h, row, reading, w)
			}
		}
		if p = b.pauseNow(x.pauseBy(b, p, e, row, reading, w), start); p.doubt {
			return clock.Unknown, k.run.Deadline(), false
		}
		k.open, k.from, k.count = p.open, p.from, max(start, p.from)
	}
	for _, h := range hist[i+1:] {
		if keys != nil && !x.shares(b, keys, h) {
			continue
		}
		mask := x.maskOf(b, h) & (rolePause | roleResume | roleExtend)
		if mask == 0 {
			continue
		}
		at := w.time(x, b, h)
		ro := b.rolesOf(h, row, x.obj(b), mask, x.log.Type[h])[reading]
		if ro == (roles{}) {
			continue
		}
		if !b.expire(&k, at) || b.walk(&k, ro, at) == clock.Unknown {
			return clock.Unknown, k.run.Deadline(), false
		}
	}
	if !b.expire(&k, t) {
		return clock.Unknown, k.run.Deadline(), false
	}
	return b.inTime(&k, t), k.run.Deadline(), !k.open
}

func (x *runner) pauseBy(b *bound, p pauseAt, row, when uint32, reading int, w worldOf) pauseAt {
	mask := x.maskOf(b, row) & (rolePause | roleResume)
	if mask == 0 {
		return p
	}
	ro := b.rolesOf(row, when, x.obj(b), mask, x.log.Type[row])[reading]
	return b.stepPause(p, ro, w.time(x, b, row))
}

func (x *runner) related(keys []uint32, row uint32) bool {
	theirs := x.keysOf(row)
	for _, k := range keys {
		if contains(theirs, k) {
			return true
		}
	}
	return false
}

// fromDays are the activations whose `from` names a day.
func (x *runner) fromDays(b *bound, rows []uint32) []uint32 {
	var out []uint32
	for _, r := range rows {
		if b.from == nil || b.fromTime || x.maskOf(b, r)&roleWhen == 0 {
			continue
		}
		first, ok := b.from(r, false)
		if last, _ := b.from(r, true); ok && last != first {
			out = append(out, r)
		}
	}
	return out
}

// settleWorlds judges a rule with `discharge: oldest` on a log with days: which
// event settles which activation can differ from world to world, so the whole
// trace is folded once for each.
func (x *runner) settleWorlds(b *bound, st *state) {
	rows := st.all
	days := x.daysAmong(b, rows[:len(rows)-1], rows[len(rows)-1])
	froms := x.fromDays(b, rows)
	choices := len(days) + len(froms)
	seen := map[uint32]*judged{}
	var order []uint32
	emit, unknown := x.emitTo, x.unknownTo
	x.unknownTo = func(*bound, uint32) {} // said when the event came
	plain := *b
	plain.joint, plain.counts = false, [NotEvaluable + 1]bool{} // no world's verdict counts alone
	x.emitTo = func(_ *bound, j *judged) {
		have, ok := seen[j.row]
		if !ok {
			first := *j
			seen[j.row] = &first
			order = append(order, j.row)
			return
		}
		have.verdict = agree(have.verdict, j.verdict)
	}
	worlds := 1 << min(choices, maxDays)
	for w := range worlds {
		x.world = &worldOf{days, froms, w}
		inner := state{}
		for _, r := range rows {
			x.response(&plain, &inner, r, x.log.Time[r], x.log.Type[r], x.maskOf(b, r))
		}
		for i := range inner.acts {
			x.concludeOpen(&plain, &inner.acts[i])
		}
	}
	x.world, x.emitTo, x.unknownTo = nil, emit, unknown
	for _, r := range order {
		if choices > maxDays {
			seen[r].verdict = NotEvaluable
		}
		x.emit(b, seen[r])
	}
}
