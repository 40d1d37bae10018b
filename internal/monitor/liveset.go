package monitor

import (
	"slices"
	"sort"

	"plumbline/internal/clock"
	"plumbline/internal/event"
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

// waiting is a trace whose verdicts are compared once a change is complete.
type waiting struct {
	trace uint32 // number
	was   verdicts
}

// beforeChange notes what is said of the traces of objects that are about to
// be described anew.
func (s *liveSet) beforeChange(objects []event.ObjectID) {
	if !s.usesCase {
		return
	}
	for _, o := range objects {
		code := uint32(o)
		if s.set.over {
			code = s.union.find(code)
		}
		if int(code) >= len(s.index) || s.index[code] == 0 || s.waiting(s.index[code]-1) {
			continue
		}
		w := waiting{trace: s.index[code] - 1}
		s.all(&s.traces[w.trace], &w.was, -1)
		s.waits = append(s.waits, w)
	}
}

func (s *liveSet) waiting(trace uint32) bool {
	return slices.ContainsFunc(s.waits, func(w waiting) bool { return w.trace == trace })
}

// afterChange compares what is said of those traces now.
func (s *liveSet) afterChange() {
	for _, w := range s.waits {
		t := &s.traces[w.trace]
		t.states = nil
		s.was = w.was
		s.all(t, &s.is, 1)
		s.store(t)
		s.settle()
		s.schedule(t)
	}
	s.waits = s.waits[:0]
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

// insertCluster adds an event to the cluster of its keys, which it may join
// from several.
func (s *liveSet) insertCluster(r rec) {
	codes := slices.Clone(s.keyBuf)
	s.keys[r.row] = codes
	var parts []uint32
	for _, c := range codes {
		if root := s.union.find(c); !slices.Contains(parts, root) {
			parts = append(parts, root)
		}
	}
	if len(parts) == 1 {
		s.insertInto(s.traceOf(parts[0]), r)
		return
	}
	s.was.reset()
	var merged []rec
	for _, p := range parts {
		var part verdicts
		t := s.traceOf(p)
		if i := slices.IndexFunc(s.waits, func(w waiting) bool { return w.trace == s.index[p]-1 }); i >= 0 {
			part = s.waits[i].was
			s.waits = slices.Delete(s.waits, i, i+1)
		} else {
			s.all(t, &part, -1)
		}
		s.was.list = append(s.was.list, part.list...)
		merged = append(merged, t.recs...)
		t.recs, t.states = nil, nil
		s.union.join(parts[0], p)
	}
	t := s.traceOf(s.union.find(parts[0]))
	t.recs = append(merged, r)
	slices.SortFunc(t.recs, func(a, b rec) int {
		if s.before(a, b) {
			return -1
		}
		return 1
	})
	s.all(t, &s.is, 1)
	s.store(t)
	s.settle()
	s.schedule(t)
}

// onlyCounts says whether all that an event concerns is counts.
func (s *liveSet) onlyCounts(r rec) bool {
	for _, ro := range s.x.dispatch[r.typ] {
		if s.x.rules[ro.rule].class != classCount {
			return false
		}
	}
	return true
}

// insertCounted puts a late event into a long trace of counts by judging again
// only what its windows reach. It declines where an episode may change: those
// need the whole trace.
func (s *liveSet) insertCounted(t *trace, r rec, at int) bool {
	x := s.x
	s.was.reset()
	s.is.reset()
	// None begins or ends here: those that a stretch passes by are told already.
	episodes := x.episodeTo
	x.episodeTo = func(*bound, Episode) {}
	defer func() { x.episodeTo = episodes }()
	for _, ro := range x.dispatch[r.typ] {
		b := x.rules[ro.rule]
		if w := t.states[ro.rule].win; w != nil && w.open || b.when.fn != nil || b.days {
			return false
		}
		lo, hi := s.reach(b, t, r, at)
		if hi-lo > len(t.recs)/2 {
			return false
		}
		s.part(b, t, lo, at, hi, nil, &s.was)
		s.part(b, t, lo, at, hi, &r, &s.is)
	}
	for _, d := range []*verdicts{&s.was, &s.is} {
		for i := range d.list {
			if d.list[i].verdict == Breached {
				return false
			}
		}
	}
	t.recs = slices.Insert(t.recs, at, r)
	for _, ro := range x.dispatch[r.typ] {
		s.refill(x.rules[ro.rule], t)
	}
	s.x.key = t.key
	s.settle()
	return true
}

// reach is the part of a trace whose windows a late event at `at` touches, with
// a neighbour on each side.
func (s *liveSet) reach(b *bound, t *trace, r rec, at int) (lo, hi int) {
	p := b.win.entry(b, s.x, r.row, r.t).pos
	lo, hi = at, at
	for lo > 0 && b.win.position(b, t.recs[lo-1].t) >= p-b.win.span {
		lo--
	}
	for hi < len(t.recs) && b.win.position(b, t.recs[hi].t) <= p+b.win.span {
		hi++
	}
	// the windows of those from `at` on, and of the neighbours, reach further back
	first := max(0, lo-1)
	low := b.win.position(b, t.recs[first].t) - b.win.span
	for first > 0 && b.win.position(b, t.recs[first-1].t) >= low {
		first--
	}
	return first, min(hi+1, len(t.recs))
}

// part judges a stretch of a trace for one count, with or without a late event,
// and takes the verdicts from one before `at` on.
func (s *liveSet) part(b *bound, t *trace, lo, at, hi int, late *rec, d *verdicts) {
	x := s.x
	var st state
	s.begin(t, false)
	fold := func(r rec, take bool) {
		x.emitTo = func(*bound, judged) {}
		if take {
			x.emitTo = d.take
		}
		if x.maskOf(b, r.row)&roleWhen != 0 {
			x.count(b, &st, r.row, r.t)
		}
	}
	for i := lo; i < hi; i++ {
		if i == at && late != nil {
			fold(*late, true)
		}
		fold(t.recs[i], i >= at-1)
	}
	if at == hi && late != nil {
		fold(*late, true)
	}
}

// refill makes a count's state what it would be had the late event come in
// time.
func (s *liveSet) refill(b *bound, t *trace) {
	x := s.x
	last := b.win.position(b, t.recs[len(t.recs)-1].t)
	lo := len(t.recs)
	for lo > 0 && b.win.position(b, t.recs[lo-1].t) >= last-b.win.span {
		lo--
	}
	s.quiet()
	s.begin(t, false)
	st := state{gen: keptGen}
	for _, r := range t.recs[lo:] {
		if x.maskOf(b, r.row)&roleWhen != 0 {
			x.count(b, &st, r.row, r.t)
		}
	}
	t.states[b.index] = st
}
