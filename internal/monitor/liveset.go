package monitor

import (
	"bytes"
	"slices"
	"sort"

	"plumbline/internal/clock"
	"plumbline/internal/hugepage"
)

// longTrace is from how many events on a trace keeps its states.
const longTrace = 48

// keyed is an event on its way into the trace of a key.
type keyed struct {
	code uint32
	step uint64 // of [Live.step]
	rec
}

// rec is an event in a trace, with what a fold needs of it, so that folding a
// short trace reads one stretch of memory.
type rec struct {
	t   clock.Instant
	row uint32
	typ uint16
}

// trace is the events of one key (under `over`, of a cluster of keys).
type trace struct {
	recs recList
	kept uint32 // 1 + the number of its states in liveSet.kept; 0: it was never long
	next clock.Instant
	key  uint32
}

// liveSet judges the traces of one keying whose codes fall to it. Nothing that
// it writes is shared, so that all of them may run at once.
type liveSet struct {
	v      *Live
	set    *keying
	keyer  *keyer
	x      *runner
	shard  uint32
	shards uint32   // how many there are of the keying; codes go round
	index  []uint32 // by code / shards: number of its trace + 1
	traces []trace
	recs   recStore
	kept   [][]state // of long traces, by rule
	totals []Totals  // by rule of the keying
	queue  []keyed
	placed []placed // of a batch's rows, those that concern any rule
	steps  []uint64 // of each

	concerns []int  // by type: 1 where it concerns any rule
	step     uint64 // what is being done, by [Live.step]
	timers   timers
	near     nears
	fallen   []uint32 // traces to look at again, now that T and W moved

	figures map[figureKey]*Counts // nil: not asked for
	months  []monthSpan           // by rule

	keys    map[uint32][]uint32 // over: a row's keys, once they were asked for
	union   unionFind
	keyBuf  []uint32
	scratch []state
	want    []uint8 // by rule: how far short traces are folded
	every   []uint8 // by rule: wholly
	renewed []state // of counts, after a late event
	part    part    // the stretch that it makes be judged again
	spare   *sliding
	was, is verdicts
	changes []told
	gen     uint32
	isDays  bool

	calls     calls
	usesCase  bool
	responses int       // rules with followed_by
	waits     []waiting // traces whose case is being described anew
}

// keptGen marks the states that long traces keep.
const keptGen = ^uint32(0)

// begin starts a trace on the runner, over kept states or over the scratch.
func (s *liveSet) begin(t *trace, kept bool) {
	x := s.x
	x.gen = s.gen
	x.begin(t.key)
	s.gen = x.gen
	if kept {
		x.gen = keptGen
		x.states = s.statesOf(t)
		for i := range x.states {
			x.touched = append(x.touched, uint16(i))
		}
		return
	}
	x.states = s.scratch
}

// statesOf are the states that a long trace keeps, nil if they must be folded
// anew.
func (s *liveSet) statesOf(t *trace) []state {
	if t.kept == 0 {
		return nil
	}
	return s.kept[t.kept-1]
}

// forget lets go the states of a trace that changed elsewhere than at its end.
func (s *liveSet) forget(t *trace) {
	if t.kept != 0 {
		s.kept[t.kept-1] = nil
	}
}

func newLiveSet(v *Live, set *keying, k *keyer, shard, shards int) *liveSet {
	s := &liveSet{v: v, set: set, keyer: k, shard: uint32(shard), shards: uint32(shards), keys: map[uint32][]uint32{}, totals: make([]Totals, len(set.rules))}
	if v.figured {
		s.figures, s.months = map[figureKey]*Counts{}, make([]monthSpan, len(set.rules))
	}
	rules := make([]*bound, len(set.rules))
	for i, r := range set.rules {
		rules[i] = bind(v.l, v.results[r].Rule, i)
	}
	for _, b := range rules {
		s.usesCase = s.usesCase || b.usesCase && b.casePart == 0
		if b.class == classResponse {
			s.responses++
		}
	}
	s.x = newRunner(v.l, s.keyer, rules)
	s.fitConcerns()
	s.scratch = s.x.states
	s.want, s.every = make([]uint8, len(rules)), bytes.Repeat([]byte{wholly}, len(rules))
	s.x.rowKeys = s.keysOf
	s.x.episodeTo = func(b *bound, e Episode) { s.is.episode(b, e) }
	s.calls = calls{was: s.was.take, is: s.is.take,
		unknown: func(b *bound, row uint32) { s.addUnknown(b, row, 1) },
		forget:  func(b *bound, row uint32) { s.addUnknown(b, row, -1) },
		no:      func(*bound, uint32) {}}
	s.x.unknownTo = s.calls.no
	return s
}

// fit follows a log that has grown: new types, new columns, the first day.
func (s *liveSet) fit(day bool) {
	if len(s.x.dispatch) <= s.v.l.Types.Len() {
		s.x.fit()
	}
	s.fitConcerns()
	if day && !s.isDays && hasDays(s.v.l) {
		s.isDays = true
		for _, b := range s.x.rules { // states so far knew one world only
			b.setDays(true)
		}
		for i := range s.traces {
			s.rebuild(&s.traces[i])
		}
	}
}

// verdicts are the judgements of a trace, or of the part of it that an event
// touches, by rule.
type verdicts struct {
	list     []ruleJudged
	episodes []ruleEpisode
}

type ruleJudged struct {
	rule int
	judged
}

type ruleEpisode struct {
	rule int
	Episode
}

func (d *verdicts) reset() { d.list, d.episodes = d.list[:0], d.episodes[:0] }

func (d *verdicts) take(b *bound, j *judged) { d.list = append(d.list, ruleJudged{b.index, *j}) }

func (d *verdicts) episode(b *bound, e Episode) {
	d.episodes = append(d.episodes, ruleEpisode{b.index, e})
}

// into makes the runner's verdicts go to d.
func (s *liveSet) into(d *verdicts) {
	switch d { // the two that every event needs are made once
	case &s.was:
		s.x.emitTo = s.calls.was
	case &s.is:
		s.x.emitTo = s.calls.is
	default:
		s.x.emitTo = d.take
	}
}

func (s *liveSet) quiet() { s.x.emitTo = ignore }

func ignore(*bound, *judged) {}

// calls are the runner's callbacks, made once.
type calls struct {
	was, is             func(*bound, *judged)
	unknown, forget, no func(*bound, uint32)
}

// run puts the events that wait in the queue into their traces.
func (s *liveSet) run() {
	for rest := s.queue; len(rest) > 0; {
		some := rest[:min(len(rest), broughtNear)]
		rest = rest[len(some):]
		s.bringNear(some)
		for _, q := range some {
			s.insert(q)
		}
	}
	s.queue = s.queue[:0]
}

// insert puts an event into the trace of a key.
func (s *liveSet) insert(q keyed) {
	s.step = q.step
	if s.set.over {
		s.keyBuf = s.keyer.keys(q.row, s.keyBuf[:0])
		s.insertCluster(q.rec)
		return
	}
	s.insertInto(s.traceOf(q.code), q.rec)
}

// number is 1 + the number of a key's trace, 0 where it has none.
func (s *liveSet) number(code uint32) uint32 {
	if i := code / s.shards; int(i) < len(s.index) {
		return s.index[i]
	}
	return 0
}

func (s *liveSet) traceOf(code uint32) *trace {
	i := int(code / s.shards)
	if i >= len(s.index) {
		n := max(i+1, 2*len(s.index))
		had := len(s.index)
		s.index = hugepage.Grow(s.index, n-had)[:n]
		clear(s.index[had:]) // an image's room isn't
	}
	if s.index[i] == 0 {
		if len(s.traces) == cap(s.traces) {
			s.traces = hugepage.Grow(s.traces, max(len(s.traces), 16))
		}
		s.traces = append(s.traces, trace{key: code})
		s.index[i] = uint32(len(s.traces))
	}
	return &s.traces[s.index[i]-1]
}

// insertInto adds one event to a trace: a step where it is the last, else a
// replay.
func (s *liveSet) insertInto(t *trace, r rec) {
	recs := s.recs.of(t.recs)
	n := len(recs)
	at := n
	for at > 0 && s.before(r, recs[at-1]) {
		if at = at - 1; n-at > 16 {
			at = sort.Search(at, func(i int) bool { return s.before(r, recs[i]) })
			break
		}
	}
	if len(s.waits) > 0 && s.waiting(t) {
		s.recs.insert(&t.recs, at, r)
		s.forget(t)
		return
	}
	switch short := n+1 < longTrace && s.statesOf(t) == nil; {
	case short && at == n:
		s.appendShort(t, r)
		return
	case short:
		s.insertShort(t, r, at)
		return
	case at == n:
		s.appendTo(t, r)
		return
	}
	if s.onlyCounts(r) && s.statesOf(t) != nil && s.insertCounted(t, r, at) {
		return
	}
	s.replay(t, func() { s.recs.insert(&t.recs, at, r) })
}

func (s *liveSet) before(a, b rec) bool {
	if a.t != b.t {
		return a.t < b.t
	}
	return s.v.l.Before(a.row, b.row)
}

// appendTo steps the rules that an event at the end of its trace concerns.
func (s *liveSet) appendTo(t *trace, r rec) {
	s.load(t)
	s.was.reset()
	s.is.reset()
	x := s.x
	roles := x.dispatch[r.typ]
	s.open(roles, &s.was)
	s.into(&s.is)
	x.unknownTo = s.calls.unknown
	x.event(r.row, r.t, r.typ)
	x.unknownTo = s.calls.no
	s.recs.append(&t.recs, r)
	s.open(roles, &s.is)
	s.store(t)
	s.settle()
	s.schedule(t, true)
}

func (s *liveSet) addUnknown(b *bound, row uint32, n int) {
	s.v.unknownMu.Lock()
	defer s.v.unknownMu.Unlock()
	m := s.v.unknown[s.set.rules[b.index]]
	if m[row] += n; m[row] == 0 {
		delete(m, row)
	}
}

// load makes the runner's states those of a trace: kept ones, or folded anew.
func (s *liveSet) load(t *trace) {
	x := s.x
	kept := s.statesOf(t) != nil
	s.begin(t, kept)
	if kept {
		return
	}
	s.quiet()
	for _, r := range s.recs.of(t.recs) {
		x.event(r.row, r.t, r.typ)
	}
}

// store keeps the states of a trace that has become long, for its next event.
func (s *liveSet) store(t *trace) {
	if t.recs.n < longTrace || s.statesOf(t) != nil {
		return
	}
	x := s.x
	states := make([]state, len(x.rules))
	for _, i := range x.touched {
		states[i] = x.states[i]
		x.states[i] = state{}
	}
	for i := range states {
		states[i].gen = keptGen
	}
	if t.kept == 0 {
		s.kept = append(s.kept, nil)
		t.kept = uint32(len(s.kept))
	}
	s.kept[t.kept-1] = states
	x.states, x.gen = states, keptGen // what is asked of the trace next, its deadlines first
}

// open gives the verdicts of what is open, for the rules of the roles.
func (s *liveSet) open(roles []role, d *verdicts) {
	x := s.x
	s.into(d)
	for _, ro := range roles {
		b, st := x.rules[ro.rule], &x.states[ro.rule]
		if st.gen != x.gen {
			continue
		}
		if b.joint && len(st.all) > 0 {
			x.settleWorlds(b, st)
		}
		for i := range st.acts {
			x.concludeOpen(b, &st.acts[i])
		}
		if w := st.win; w != nil && w.open {
			d.episode(b, w.ep)
		}
	}
}

// all gives every verdict of a trace, folded anew from its first event.
func (s *liveSet) all(t *trace, d *verdicts, unknown int) { s.allFor(s.every, t, d, unknown) }

// allFor gives every verdict of some rules on a trace.
func (s *liveSet) allFor(want []uint8, t *trace, d *verdicts, unknown int) {
	x := s.x
	d.reset()
	s.into(d)
	x.unknownTo = s.calls.unknown
	if unknown < 0 {
		x.unknownTo = s.calls.forget
	}
	oldE := x.episodeTo
	x.episodeTo = d.episode
	s.begin(t, false)
	for _, r := range s.recs.of(t.recs) {
		x.eventFor(want, r.row, r.t, r.typ)
	}
	for _, i := range x.touched {
		b, st := x.rules[i], &x.states[i]
		if b.joint && len(st.all) > 0 {
			x.settleWorlds(b, st)
		}
		for a := range st.acts {
			x.concludeOpen(b, &st.acts[a])
		}
		if w := st.win; w != nil && w.open {
			d.episode(b, w.ep)
		}
	}
	x.unknownTo, x.episodeTo = s.calls.no, oldE
}

// replay changes a trace anywhere and compares what it says before and after.
func (s *liveSet) replay(t *trace, change func()) {
	s.all(t, &s.was, -1)
	change()
	s.forget(t)
	s.all(t, &s.is, 1)
	s.store(t)
	s.settle()
	s.schedule(t, true)
}

func (s *liveSet) rebuild(t *trace) {
	if s.statesOf(t) == nil {
		return
	}
	s.forget(t)
	s.load(t)
	s.store(t)
}

// remove takes a row out of the trace of a key.
func (s *liveSet) remove(code, row uint32) {
	t := s.traceOf(code)
	at := slices.IndexFunc(s.recs.of(t.recs), func(r rec) bool { return r.row == row })
	if len(s.waits) > 0 && s.waiting(t) {
		s.recs.remove(&t.recs, at)
		s.forget(t)
		return
	}
	s.replay(t, func() { s.recs.remove(&t.recs, at) })
}

// keyless counts an event that lacks a part of the key, or takes it back.
func (s *liveSet) keyless(row uint32, n int) {
	x := s.x
	for _, ro := range x.dispatch[s.v.l.Type[row]] {
		b := x.rules[ro.rule]
		x.objects[b.index] = 0
		if ro.mask&roleWhen != 0 && b.whenHolds(x, row, s.v.l.Time[row]) != clock.No {
			s.addUnknown(b, row, n)
		}
		if ro.mask&^(roleWhen|roleAny|roleCloses) != 0 {
			s.totals[b.index].Keyless += n
		}
	}
}
