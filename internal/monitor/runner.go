package monitor

import (
	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// state is what one rule keeps of one trace.
type state struct {
	match, excuse [2]past  // precedence: the latest, by reading
	acts          []act    // open activations, oldest first
	hist          []uint32 // events that activations to come may look back at
	all           []uint32 // of a joint rule: every event that concerns it
	win           *sliding
	gen           uint32 // the trace it belongs to, where states are reused
}

// past is an event that came before, with its time: the log's own column would be
// waited for.
type past struct {
	t   clock.Instant
	row uint32 // + 1; 0: none
}

func (p past) there() clock.Tri {
	if p.row == 0 {
		return clock.No
	}
	return clock.Yes
}

func (st *state) reset(gen uint32) {
	st.match, st.excuse = [2]past{}, [2]past{}
	st.acts, st.hist, st.all = st.acts[:0], st.hist[:0], st.all[:0]
	if w := st.win; w != nil {
		*w = sliding{in: w.in[:0]}
	}
	st.gen = gen
}

// judged is a verdict on its way from a step to whoever collects it.
type judged struct {
	row     uint32
	by      int32
	verdict Verdict
	hasDue  bool
	dl      clock.Deadline
	number  float64
	keys    []uint32 // over: the activation's keys
}

// role is that an event type concerns a rule.
type role struct {
	b    *bound
	rule uint16
	mask uint8
}

// runner folds the events of one trace after another into the rules that share
// a key. It is the one step that batch and live have in common; they differ in
// where traces come from and in who collects.
type runner struct {
	log      *event.Log
	keyer    *keyer
	rules    []*bound
	dispatch [][]role      // by type code
	asOf, w  clock.Instant // T and W
	complete bool

	key     uint32
	objects []event.ObjectID // the `case` object, by index of rule; only of cased
	cased   []uint16         // rules of which a condition reads the case
	states  []state
	touched []uint16
	gen     uint32

	rowKeys func(row uint32) []uint32 // over: the keys of a row
	world   *worldOf
	two     [2]clock.Instant
	out     judged     // the verdict being handed over
	late    *[]uint32  // explaining: events that came too late to count
	shown   *clock.Run // explaining: the clock of the activation showRow
	showRow uint32

	emitTo    func(b *bound, j *judged)
	unknownTo func(b *bound, row uint32)
	episodeTo func(b *bound, e Episode)
}

func newRunner(l *event.Log, k *keyer, rules []*bound) *runner {
	x := &runner{log: l, keyer: k, rules: rules, states: make([]state, len(rules)), objects: make([]event.ObjectID, len(rules)),
		rowKeys: func(uint32) []uint32 { return nil }}
	for i, b := range rules {
		b.index = i
		if b.usesCase {
			x.cased = append(x.cased, uint16(i))
		}
	}
	x.fit()
	return x
}

// fit makes the dispatch table cover every type the log has by now.
func (x *runner) fit() {
	for _, b := range x.rules {
		b.fit()
	}
	for code := len(x.dispatch); code <= x.log.Types.Len(); code++ {
		var roles []role
		for i, b := range x.rules {
			if m := b.masks[code]; m != 0 {
				roles = append(roles, role{b, uint16(i), m})
			}
		}
		x.dispatch = append(x.dispatch, roles)
	}
}

// begin starts the trace of a key.
func (x *runner) begin(key uint32) {
	x.key = key
	x.gen++
	x.touched = x.touched[:0]
	for _, i := range x.cased {
		x.objects[i] = x.keyer.object(key, x.rules[i].casePart)
	}
}

// event folds one event into every rule it concerns.
func (x *runner) event(row uint32, t clock.Instant, typ uint16) {
	roles := x.dispatch[typ]
	for i := range roles {
		ro := &roles[i]
		x.step(ro.b, x.stateOf(ro.rule), row, t, typ, ro.mask)
	}
}

// eventFor folds one event into some rules: as far as each wants its roles.
func (x *runner) eventFor(want []uint8, row uint32, t clock.Instant, typ uint16) {
	for _, ro := range x.dispatch[typ] {
		if mask := ro.mask & want[ro.rule]; mask != 0 {
			x.step(ro.b, x.stateOf(ro.rule), row, t, typ, mask)
		}
	}
}

// stateOf is a rule's state of the trace at hand.
func (x *runner) stateOf(rule uint16) *state {
	st := &x.states[rule]
	if st.gen != x.gen {
		st.reset(x.gen)
		x.touched = append(x.touched, rule)
	}
	return st
}

// step is the one place where an event changes what a rule knows of a trace.
func (x *runner) step(b *bound, st *state, row uint32, t clock.Instant, typ uint16, mask uint8) {
	switch b.class {
	case classResponse:
		if b.alike {
			x.alike(b, st, row, t, mask)
		} else {
			x.response(b, st, row, t, typ, mask)
		}
	case classPrecedence:
		x.precedence(b, st, row, t, typ, mask)
	case classHold:
		x.holds(b, row, t)
	case classCount:
		x.count(b, st, row, t)
	}
}

// end judges what is open as of T and W.
func (x *runner) end() {
	for _, i := range x.touched {
		if st := &x.states[i]; len(st.acts) > 0 || len(st.all) > 0 || st.win != nil { // most have nothing open
			x.endOf(x.rules[i], st)
		}
	}
}

func (x *runner) endOf(b *bound, st *state) {
	if b.joint && len(st.all) > 0 {
		x.settleWorlds(b, st)
	}
	for i := range st.acts {
		a := &st.acts[i]
		if b.alike {
			x.say(b, a, x.openVerdict(b, a, nil), -1)
		} else {
			x.concludeOpen(b, a)
		}
	}
	if st.win != nil {
		st.win.endEpisode(x, b)
	}
}

func (x *runner) holds(b *bound, row uint32, t clock.Instant) {
	switch b.whenHolds(x, row, t) {
	case clock.No:
		return
	case clock.Unknown:
		x.unknown(b, row)
		return
	}
	j := x.about(row)
	if b.r.Over != rule.Each {
		j.keys = x.keysOf(row)
	}
	switch b.hold.eval(row, row, x.obj(b)) {
	case clock.Yes:
		j.verdict = Met
	case clock.No:
		j.verdict = Breached
	default:
		j.verdict = NotEvaluable
	}
	x.emit(b, j)
}

// about begins a verdict on an activation, where it costs no allocation and needn't
// be copied from: who takes it doesn't keep the pointer.
func (x *runner) about(row uint32) *judged {
	j := &x.out
	*j = judged{}
	j.row, j.by = row, -1
	return j
}

// emit hands a verdict over, unless it is only to be counted.
func (x *runner) emit(b *bound, j *judged) {
	if !b.counted(j.verdict) {
		x.emitTo(b, j)
	}
}

func (x *runner) unknown(b *bound, row uint32)      { x.unknownTo(b, row) }
func (x *runner) keysOf(row uint32) []uint32        { return x.rowKeys(row) }
func (x *runner) maskOf(b *bound, row uint32) uint8 { return b.masks[x.log.Type[row]] }
