package monitor

import (
	"slices"
	"sort"

	"plumbline/internal/clock"
)

// longTrace is from how many events on a trace keeps its states.
const longTrace = 48

// rec is an event in a trace, with what a fold needs of it, so that folding a
// short trace reads one stretch of memory.
type rec struct {
	t   clock.Instant
	row uint32
	typ uint16
}

// trace is the events of one key (under `over`, of a cluster of keys).
type trace struct {
	recs   []rec
	states []state // of a long trace, by rule
	next   clock.Instant
	key    uint32
}

// liveSet is the live side of one keying.
type liveSet struct {
	v      *Live
	set    *keying
	keyer  *keyer
	x      *runner
	index  []uint32 // by key code: number of its trace + 1
	traces []trace
	timers timers

	keys    map[uint32][]uint32 // over: a row's keys
	union   unionFind
	keyBuf  []uint32
	scratch []state
	was, is verdicts
	changes []Change
	gen     uint32
	isDays  bool

	calls    calls
	usesCase bool
	waits    []waiting // traces whose case is being described anew
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
		x.states = t.states
		for i := range x.states {
			x.touched = append(x.touched, uint16(i))
		}
		return
	}
	x.states = s.scratch
}

func newLiveSet(v *Live, set *keying) *liveSet {
	s := &liveSet{v: v, set: set, keyer: newKeyer(v.l, set.parts), keys: map[uint32][]uint32{}}
	rules := make([]*bound, len(set.rules))
	for i, r := range set.rules {
		rules[i] = bind(v.l, v.results[r].Rule, i)
		v.results[r].keyer = s.keyer
	}
	for _, b := range rules {
		s.usesCase = s.usesCase || b.usesCase && b.casePart == 0
	}
	s.x = newRunner(v.l, s.keyer, rules)
	s.scratch = s.x.states
	s.x.rowKeys = func(row uint32) []uint32 { return s.keys[row] }
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

func (d *verdicts) take(b *bound, j judged) { d.list = append(d.list, ruleJudged{b.index, j}) }

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

func ignore(*bound, judged) {}

// calls are the runner's callbacks, made once.
type calls struct {
	was, is             func(*bound, judged)
	unknown, forget, no func(*bound, uint32)
}

func (s *liveSet) insertAll(rows []uint32) {
	for _, row := range rows {
		s.insert(row)
	}
}

// insert puts a row into the traces of its keys.
func (s *liveSet) insert(row uint32) {
	typ := s.v.l.Type[row]
	if len(s.x.dispatch[typ]) == 0 {
		return
	}
	s.keyBuf = s.keyer.keys(row, s.keyBuf[:0])
	if len(s.keyBuf) == 0 {
		s.keyless(row, 1)
		return
	}
	r := rec{s.v.l.Time[row], row, typ}
	if s.set.over {
		s.insertCluster(r)
		return
	}
	for _, c := range s.keyBuf {
		s.insertInto(s.traceOf(c), r)
	}
}

func (s *liveSet) traceOf(code uint32) *trace {
	if int(code) >= len(s.index) {
		n := max(int(code)+1, 2*len(s.index))
		s.index = append(s.index, make([]uint32, n-len(s.index))...)
	}
	if s.index[code] == 0 {
		s.traces = append(s.traces, trace{key: code})
		s.index[code] = uint32(len(s.traces))
	}
	return &s.traces[s.index[code]-1]
}

// insertInto adds one event to a trace: a step where it is the last, else a
// replay.
func (s *liveSet) insertInto(t *trace, r rec) {
	n := len(t.recs)
	at := n
	for at > 0 && s.before(r, t.recs[at-1]) {
		if at = at - 1; n-at > 16 {
			at = sort.Search(at, func(i int) bool { return s.before(r, t.recs[i]) })
			break
		}
	}
	if len(s.waits) > 0 && s.waiting(s.index[t.key]-1) {
		t.recs, t.states = slices.Insert(t.recs, at, r), nil
		return
	}
	if at == n {
		s.appendTo(t, r)
		return
	}
	if s.onlyCounts(r) && t.states != nil && s.insertCounted(t, r, at) {
		return
	}
	s.replay(t, func() { t.recs = slices.Insert(t.recs, at, r) })
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
	t.recs = append(t.recs, r)
	s.open(roles, &s.is)
	s.store(t)
	s.settle()
	s.schedule(t)
}

func (s *liveSet) addUnknown(b *bound, row uint32, n int) {
	m := s.v.unknown[s.set.rules[b.index]]
	if m[row] += n; m[row] == 0 {
		delete(m, row)
	}
}

// load makes the runner's states those of a trace: kept ones, or folded anew.
func (s *liveSet) load(t *trace) {
	x := s.x
	s.begin(t, t.states != nil)
	if t.states != nil {
		return
	}
	s.quiet()
	for _, r := range t.recs {
		x.event(r.row, r.t, r.typ)
	}
}

// store keeps the states of a trace that has become long, for its next event.
func (s *liveSet) store(t *trace) {
	if t.states != nil || len(t.recs) < longTrace {
		return
	}
	x := s.x
	t.states = make([]state, len(x.rules))
	for _, i := range x.touched {
		t.states[i] = x.states[i]
		x.states[i] = state{}
	}
	for i := range t.states {
		t.states[i].gen = keptGen
	}
	x.states, x.gen = t.states, keptGen // what is asked of the trace next, its deadlines first
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
func (s *liveSet) all(t *trace, d *verdicts, unknown int) {
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
	for _, r := range t.recs {
		x.event(r.row, r.t, r.typ)
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
	t.states = nil
	s.all(t, &s.is, 1)
	s.store(t)
	s.settle()
	s.schedule(t)
}

func (s *liveSet) rebuild(t *trace) {
	if t.states == nil {
		return
	}
	t.states = nil
	s.load(t)
	s.store(t)
}

// remove takes a row out of the traces of its keys.
func (s *liveSet) remove(row uint32) {
	typ := s.v.l.Type[row]
	if len(s.x.dispatch[typ]) == 0 {
		return
	}
	s.keyBuf = s.keyer.keys(row, s.keyBuf[:0])
	if len(s.keyBuf) == 0 {
		s.keyless(row, -1)
		return
	}
	codes := s.keyBuf
	if s.set.over {
		codes = []uint32{s.union.find(codes[0])}
	}
	for _, c := range codes {
		t := s.traceOf(c)
		at := slices.IndexFunc(t.recs, func(r rec) bool { return r.row == row })
		if len(s.waits) > 0 && s.waiting(s.index[t.key]-1) {
			t.recs, t.states = slices.Delete(t.recs, at, at+1), nil
			continue
		}
		s.replay(t, func() { t.recs = slices.Delete(t.recs, at, at+1) })
	}
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
			s.v.results[s.set.rules[b.index]].Totals.Keyless += n
		}
	}
}
