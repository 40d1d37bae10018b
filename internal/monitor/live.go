package monitor

import (
	"cmp"
	"container/heap"
	"runtime"
	"slices"
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Live judges rules over events as they arrive. After any sequence of batches,
// repetitions, late and out-of-order events, corrections and ticks its verdicts
// are those of [Check] over the same events as of the same T and W (spec §8).
//
// It keeps every event as a row of a log and, for each way of correlating, the
// rows of each trace in order. A short trace keeps nothing else: the rules are
// folded over it anew when an event arrives, which costs less than the memory
// of their states. A long one keeps its states; an event that comes at its end
// is one step. An event that isn't the last of its trace replays it (for
// counts, the part that its window reaches).
//
// A Live is for one goroutine; where it says so, many may read.
type Live struct {
	l        *event.Log
	b        *event.Builder
	keyings  []*liveKeying
	shards   int // how many sets a keying has
	results  []*RuleResult
	lateness clock.Instant
	now, w   clock.Instant // T; absence is judged at w
	started  bool

	ids         eventIDs
	objects     objectIDs
	corrections map[uint32][]uint32 // original row → its corrections' rows
	stands      map[uint32]int64    // original row → the row in its place; −1 voided
	names       map[uint32]names    // rows that correct or void
	waiting     map[string][]uint32 // id that isn't there yet → rows that name it
	held        heldRows            // events dated after T
	unknownMu   sync.Mutex
	unknown     []map[uint32]int // by rule: rows counted as when unknown, and by how many traces
	sameSaid    func(was, is *event.Event) bool
	fresh       []uint32 // rows taken that have not acted yet
	plain       run
	crew        *crew
	step        uint64 // how many rows were put into traces or taken out, ticks and changes of objects
	types       int    // how many the sets know
	busy        []*liveSet
	seen        []arrival // of the batch at hand
	known       []event.Known
	quiet       bool
	asked       sync.Mutex // what readers share
	figured     bool
}

// names is a correction as it came: what it names, and its own id and seq,
// which its row loses when it stands for another.
type names struct {
	id, source string
	voids      bool
	ownID      string
	seq        int64
}

// LiveOptions configure a Live.
type LiveOptions struct {
	Zone     *clock.Zone           // for ids and days of the log
	Schema   map[string]event.Kind // declared types of attributes
	Origin   string                // the source of events that name none
	Lateness int64                 // µs: W = T − Lateness
	Workers  int                   // 0: as many as there are cores
	Figures  bool                  // counts by unit and month are kept, for [Live.Figures]
	// Same says whether an event that came again says the same; nil: event.Same.
	Same func(was, is *event.Event) bool
}

// Outcome is what became of one event given to [Live.Apply].
type Outcome uint8

// The outcomes. Held is an event dated after T: it is there from the tick that
// reaches it. Waiting is a correction whose event hasn't come.
const (
	Taken Outcome = iota
	Repeated
	Corrected
	Held
	Waiting
	Refused
)

// Receipt is the outcome of one event, with the reason of a refusal.
type Receipt struct {
	Outcome Outcome
	Err     error
}

// ChangeKind says how a violation changed (spec §8), or whether one is near.
type ChangeKind uint8

// The kinds of change.
const (
	Raised    ChangeKind = iota // not violated → violated
	Cured                       // breached → met late
	Withdrawn                   // violated → anything else, or the activation is gone
	Amended                     // still violated; due, lateness or witness changed
	Nearing                     // running, and within the rule's `warn` of its due, which may have moved
	Relieved                    // no longer so, for whatever reason
)

// String is the kind's name in the API.
func (k ChangeKind) String() string {
	return [...]string{"raised", "cured", "withdrawn", "amended", "nearing", "relieved"}[k]
}

// Change is one change of a violation. Of a count rule it concerns an episode.
type Change struct {
	Kind       ChangeKind
	Rule       *rule.Rule
	ID         string // the breach's id
	Key        []KeyPart
	Was, Is    Judgement
	Episode    *Episode // of a count rule
	ReplacedBy string   // of a withdrawn episode: the one it became part of
}

// NewLive starts judging; T is set by the first [Live.Tick].
func NewLive(rules []*rule.Rule, opt LiveOptions) *Live {
	return newLive(event.NewBuilder(logOptions(opt)), rules, opt)
}

func logOptions(opt LiveOptions) event.Options {
	return event.Options{Zone: opt.Zone, Schema: opt.Schema, Origin: opt.Origin}
}

// newLive judges over a log that may have events, without their traces.
func newLive(b *event.Builder, rules []*rule.Rule, opt LiveOptions) *Live {
	v := &Live{l: b.Log(), b: b, lateness: clock.Instant(opt.Lateness), corrections: map[uint32][]uint32{},
		stands: map[uint32]int64{}, names: map[uint32]names{}, waiting: map[string][]uint32{}, figured: opt.Figures}
	v.ids.table.key = newHashKey()
	if v.sameSaid = opt.Same; v.sameSaid == nil {
		v.sameSaid = event.Same
	}
	for _, r := range rules {
		for _, a := range r.Attributes() { // there before conditions are bound to them
			b.Column(a.Name)
		}
		v.results = append(v.results, &RuleResult{Rule: r, Causes: map[errs.Text]int{}})
		v.unknown = append(v.unknown, map[uint32]int{})
	}
	if v.shards = opt.Workers; v.shards <= 0 {
		v.shards = runtime.GOMAXPROCS(0)
	}
	v.crew = newCrew(v.shards)
	for _, k := range keyings(rules) {
		v.keyings = append(v.keyings, newLiveKeying(v, k, v.shards))
	}
	return v
}

// Now is T.
func (v *Live) Now() clock.Instant { return v.now }

// W is the instant as of which absence is judged. It never goes back.
func (v *Live) W() clock.Instant { return v.w }

// SetLateness changes how late events may come (µs): that of the slowest source
// that is heard of. It counts from the next [Live.Tick] on, where W waits for T
// if it became longer.
func (v *Live) SetLateness(µs int64) { v.lateness = clock.Instant(µs) }

// Log is the events so far.
func (v *Live) Log() *event.Log { return v.l }

// Totals are the counts of each rule, as [Check] would give them now.
func (v *Live) Totals() []Totals {
	out := make([]Totals, len(v.results))
	for i := range v.results {
		out[i].WhenUnknown = len(v.unknown[i])
	}
	v.sets(func(s *liveSet) {
		for i, t := range s.totals {
			out[s.set.rules[i]].plus(&t)
		}
	})
	return out
}

// Tick moves T. It never goes back: an earlier instant changes nothing. The
// changes are those of deadlines that passed and of events that were held.
func (v *Live) Tick(now clock.Instant) []Change {
	w := now - v.lateness
	if v.started && (now < v.now || now == v.now && w <= v.w) {
		return nil
	}
	was, wasNow := v.w, v.now
	if !v.started || w > v.w {
		v.w = w
	}
	v.step++
	v.now, v.started = now, true
	v.sets(func(s *liveSet) { s.x.w, s.x.asOf = v.w, now })
	fallen := 0
	v.sets(func(s *liveSet) { fallen += s.fall() })
	v.each(func(s *liveSet) bool { return len(s.fallen) > 0 }, fallen >= worthCores, func(s *liveSet) { s.again(was, wasNow) })
	var rows []uint32
	for len(v.held) > 0 && v.l.Time[v.held[0].row] <= now {
		if row := heap.Pop(&v.held).(heldRow).row; !v.l.Dead.Has(row) { // else it was taken out while it was held
			rows = append(rows, row)
		}
	}
	v.put(rows...)
	v.crew.dismiss()
	return v.collect()
}

// Resume sets T and W to where they stood, for a Live that was given events of
// before anew.
func (v *Live) Resume(now, w clock.Instant) []Change {
	lateness := v.lateness
	v.lateness = now - w
	defer func() { v.lateness = lateness }()
	return v.Tick(now)
}

// Apply takes a batch of events. Each has a receipt; the changes are those of
// the whole batch.
func (v *Live) Apply(events []event.Event) ([]Receipt, []Change) {
	out := make([]Receipt, len(events))
	seen, known := v.look(events)
	v.grow(len(events))
	p := &v.plain
	p.begin(events, seen, known)
	for p.to < len(events) {
		switch i := p.to; {
		case !v.takePlain(out):
			v.fill()
			out[i] = v.take(&events[i], &seen[i], known[i])
			p.from, p.to = i+1, i+1
		case p.from == i:
			v.takeMany(out)
		}
	}
	v.fill()
	v.flush()
	v.learn()
	p.begin(nil, nil, nil)
	v.crew.dismiss()
	return out, v.collect()
}

// grow makes room for n events more, twice as much as there is where it gets
// narrow: what append does by itself copies long columns five times.
func (v *Live) grow(n int) {
	if rows := v.l.Rows(); rows+n > cap(v.l.Time) {
		v.b.Reserve(max(n, rows))
	}
}

func (v *Live) take(e *event.Event, a *arrival, k event.Known) Receipt {
	if row, ok := v.ids.find(v, &a.own); ok {
		if !v.same(row, e) {
			return Receipt{Refused, &event.ConflictError{ID: a.own.id, Source: a.own.source, First: row, Then: uint32(v.l.Rows())}}
		}
		return Receipt{Outcome: Repeated}
	}
	if !a.acts && len(v.waiting) == 0 {
		row, err := v.add(e, a, k)
		switch {
		case err != nil:
			return Receipt{Refused, err}
		case v.hold(row):
			return Receipt{Outcome: Held}
		}
		v.fresh = append(v.fresh, row)
		return Receipt{Outcome: Taken}
	}
	v.flush()
	var out Receipt
	v.changing(v.described(e), func() { out = v.takeSpecial(e, a, k) })
	return out
}

// takeSpecial takes an event that acts on others: a correction, one that a
// correction waits for, one that describes an object.
func (v *Live) takeSpecial(e *event.Event, a *arrival, k event.Known) Receipt {
	own := &a.own
	row, err := v.add(e, a, k)
	if err != nil {
		return Receipt{Refused, err}
	}
	if e.Corrects != "" || e.Voids != "" {
		return Receipt{Outcome: v.correct(row, names{e.Corrects + e.Voids, own.source, e.Voids != "", own.id, v.l.SeqOf(row)})}
	}
	held := v.place(row)
	key := own.source + "\x00" + own.id
	if later := v.waiting[key]; later != nil {
		delete(v.waiting, key)
		for _, c := range later {
			v.replace(row, c)
		}
		return Receipt{Outcome: Corrected}
	}
	if held {
		return Receipt{Outcome: Held}
	}
	return Receipt{Outcome: Taken}
}

// add makes a new event a row of the log.
func (v *Live) add(e *event.Event, a *arrival, k event.Known) (uint32, error) {
	row, err := v.b.AddAs(e, a.own.id, k)
	if err != nil {
		return 0, err
	}
	v.ids.add(&a.own, row)
	if k.Asked {
		var buf [1]event.Link
		v.objects.learn(&e.Objects[0], v.l.Links(row, &buf)[0].Object)
	}
	if a.dated || v.types < v.l.Types.Len() {
		v.types = v.l.Types.Len()
		v.sets(func(s *liveSet) { s.fit(a.dated) })
	}
	return row, nil
}

// flush lets the rows taken since the last flush act: each way of correlating
// on its own, since none sees what another keeps.
func (v *Live) flush() {
	rows := v.fresh
	v.fresh = v.fresh[:0]
	if len(rows) > 0 {
		v.put(rows...)
	}
}

// collect takes the changes of all sets in the order of what brought them, then
// of rules and activations: the number of sets doesn't show.
func (v *Live) collect() []Change {
	var list []*told
	v.sets(func(s *liveSet) {
		for i := range s.changes {
			list = append(list, &s.changes[i])
		}
	})
	slices.SortStableFunc(list, func(a, b *told) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.rule, b.rule), cmp.Compare(a.row, b.row), cmp.Compare(a.key, b.key))
	})
	out := make([]Change, len(list))
	for i, t := range list {
		out[i] = t.Change
	}
	v.sets(func(s *liveSet) {
		clear(s.changes)
		s.changes = s.changes[:0]
	})
	return out
}

// correct lets a correction or voiding act on its original, or wait for it.
func (v *Live) correct(row uint32, n names) Outcome {
	v.names[row] = n
	v.b.Kill(row) // until it stands for an event
	named := v.ids.of(n.source, n.id)
	original, ok := v.ids.find(v, &named)
	if ok {
		if _, itself := v.names[original]; itself {
			ok = false
		}
	}
	if !ok {
		k := n.source + "\x00" + n.id
		v.waiting[k] = append(v.waiting[k], row)
		return Waiting
	}
	v.replace(original, row)
	return Corrected
}

// replace puts the greatest correction of an event in (seq, id) in its place.
func (v *Live) replace(original, by uint32) {
	list := append(v.corrections[original], by)
	v.corrections[original] = list
	best := slices.MaxFunc(list, func(a, b uint32) int {
		na, nb := v.names[a], v.names[b]
		return cmp.Or(cmp.Compare(na.seq, nb.seq), cmp.Compare(na.ownID, nb.ownID))
	})
	if best != by {
		return
	}
	if now := v.standing(original); now >= 0 {
		v.remove(uint32(now))
	}
	if v.names[by].voids {
		v.stands[original] = -1
		return
	}
	v.stands[original] = int64(by)
	e := v.l.Event(by)
	v.changing(v.described(&e), func() {
		v.b.StandFor(by, original)
		v.place(by)
	})
}

// described are the objects of which an event says something.
func (v *Live) described(e *event.Event) []event.ObjectID {
	var out []event.ObjectID
	for _, o := range e.Objects {
		if len(o.Attrs) == 0 {
			continue
		}
		if id := v.l.Objects.Find(o.Type, o.ID); id != 0 {
			out = append(out, id)
		}
	}
	return out
}

// changing does what changes the attributes of objects: conditions on them may
// then read otherwise, so their traces are judged before and after.
func (v *Live) changing(objects []event.ObjectID, do func()) {
	if len(objects) == 0 {
		do()
		return
	}
	v.sets(func(s *liveSet) { s.beforeChange(objects) })
	do()
	v.step++
	v.sets((*liveSet).afterChange)
}

// standing is the row that stands for an original event, −1 if it is voided.
func (v *Live) standing(original uint32) int64 {
	if row, ok := v.stands[original]; ok {
		return row
	}
	return int64(original)
}

// place puts a row into its traces, or holds it if it is dated after T.
func (v *Live) place(row uint32) (held bool) {
	if v.hold(row) {
		return true
	}
	v.put(row)
	return false
}

// hold keeps back a row that is dated after T.
func (v *Live) hold(row uint32) bool {
	if !v.early(row) {
		return false
	}
	heap.Push(&v.held, heldRow{v.l, row})
	return true
}

// early says whether a row is dated after T.
func (v *Live) early(row uint32) bool { return !v.started || v.l.Time[row] > v.now }

func (v *Live) remove(row uint32) {
	e := v.l.Event(row)
	v.changing(v.described(&e), func() {
		v.b.Kill(row)
		if v.early(row) {
			return // the tick that reaches it passes it over: all are held while a record is folded anew
		}
		for _, k := range v.keyings {
			k.remove(row)
		}
	})
}

// heldRow is an event dated after T; the heap's top is the earliest.
type heldRow struct {
	l   *event.Log
	row uint32
}

type heldRows []heldRow

func (h heldRows) Len() int           { return len(h) }
func (h heldRows) Less(i, j int) bool { return h[i].l.Time[h[i].row] < h[j].l.Time[h[j].row] }
func (h heldRows) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a row (container/heap).
func (h *heldRows) Push(x any) { *h = append(*h, x.(heldRow)) }

// Pop takes the last row (container/heap).
func (h *heldRows) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
