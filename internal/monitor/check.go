package monitor

import (
	"cmp"
	"runtime"
	"slices"
	"sync/atomic"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Check judges every rule over a log in one pass for each way of correlating
// events, its traces shared out among the cores. The same log, rules and
// options give the same result, whatever the number of workers.
func Check(l *event.Log, rules []*rule.Rule, opt Options) (*Result, error) {
	if len(rules) > 1<<16-1 {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("more than 65,535 rules at once", "一次最多 65,535 条规则")}
	}
	res := newResult(l, rules, opt)
	for _, set := range keyings(rules) {
		res.run(set, opt)
	}
	return res, nil
}

func newResult(l *event.Log, rules []*rule.Rule, opt Options) *Result {
	res := &Result{Log: l, AsOf: opt.AsOf, Complete: opt.Complete}
	if !opt.HasAsOf {
		_, res.AsOf, _ = l.Span()
	}
	res.W = res.AsOf - clock.Instant(opt.Lateness)
	for _, r := range rules {
		res.Rules = append(res.Rules, &RuleResult{Rule: r, Causes: map[errs.Text]int{}})
	}
	return res
}

// keying is the rules that correlate events in the same way.
type keying struct {
	parts []rule.Key
	over  bool
	rules []int // indices of the rules given
}

func keyings(rules []*rule.Rule) []*keying {
	var sets []*keying
	for i, r := range rules {
		over := r.Over != rule.Each
		at := slices.IndexFunc(sets, func(k *keying) bool { return k.over == over && slices.Equal(k.parts, r.Per) })
		if at < 0 {
			at = len(sets)
			sets = append(sets, &keying{parts: r.Per, over: over})
		}
		sets[at].rules = append(sets[at].rules, i)
	}
	return sets
}

// run judges the rules of one keying.
func (res *Result) run(set *keying, opt Options) {
	k := newKeyer(res.Log, set.parts)
	collectors := res.collectors(set, k, opt)
	res.judge(set, k, res.group(set, k, collectors), collectors)
}

// collectors are those of a keying, one a worker.
func (res *Result) collectors(set *keying, k *keyer, opt Options) []*collector {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	out := make([]*collector, workers)
	for w := range out { // bound one after the other: binding writes dictionaries
		rules := make([]*bound, len(set.rules))
		for i, r := range set.rules {
			rules[i] = bind(res.Log, res.Rules[r].Rule, i)
		}
		out[w] = newCollector(res, set, opt, newRunner(res.Log, k, rules))
	}
	return out
}

// group puts the events that concern a keying's rules together by key.
func (res *Result) group(set *keying, k *keyer, collectors []*collector) *groups {
	group := groupByKey
	if set.over {
		group = groupTogether
	}
	first := collectors[0]
	return group(res.Log, k, concerned(first.x), res.AsOf, len(collectors), first.keyless)
}

// judge judges the traces of a keying.
func (res *Result) judge(set *keying, k *keyer, g *groups, collectors []*collector) {
	for _, c := range collectors {
		c.x.rowKeys = g.keysOf
	}
	share(g.len(), collectors, g)
	merge(res, set, k, g, collectors)
}

// share hands out groups in blocks to as many goroutines as there are
// collectors.
func share(n int, collectors []*collector, g *groups) {
	const block = 512
	if n <= block {
		collectors = collectors[:1]
	}
	var next atomic.Int64
	parallel(len(collectors), func(w int) {
		c := collectors[w]
		for {
			c.block = int(next.Add(1)) - 1
			from := c.block * block
			if from >= n {
				return
			}
			for i := from; i < min(from+block, n); i++ {
				if (i-from)%aheadTraces == 0 {
					c.ahead.read(g.between(i, min(i+aheadTraces, n)))
				}
				c.trace(g, i)
			}
			c.endBlock()
		}
	})
}

// collector takes the verdicts of one runner.
type collector struct {
	x     *runner
	ahead *ahead
	l     *event.Log
	asOf  clock.Instant
	keep  Keep
	found []found // by index of bound rule
	block int     // of groups, the one at hand
}

// found is what one worker found of one rule.
type found struct {
	totals   Totals
	chunk    []Judgement // the one that is being filled
	cutAt    int         // how much of it is in pieces
	pieces   []piece
	overKeys map[uint32][]uint32 // over: an activation's keys, by row
	episodes []Episode
	unknown  map[uint32]bool // rows counted as when_unknown
	months   map[int]*Month
}

// piece is what a block of groups gave, or a part of it.
type piece struct {
	block int
	list  []Judgement
}

// keep adds a judgement. There may be millions, so a chunk that is full is
// followed by another and never copied into a larger one.
func (f *found) keep(block int, j Judgement) {
	if len(f.chunk) == cap(f.chunk) {
		f.cut(block)
		f.chunk, f.cutAt = make([]Judgement, 0, min(max(16, 2*cap(f.chunk)), 4096)), 0
	}
	f.chunk = append(f.chunk, j)
}

// cut ends a piece.
func (f *found) cut(block int) {
	if n := len(f.chunk); n > f.cutAt {
		f.pieces = append(f.pieces, piece{block, f.chunk[f.cutAt:n]})
		f.cutAt = n
	}
}

// endBlock notes which judgements are the block's, so that they can be put
// together in the order of groups whoever found them.
func (c *collector) endBlock() {
	for i := range c.found {
		c.found[i].cut(c.block)
	}
}

func newCollector(res *Result, set *keying, opt Options, x *runner) *collector {
	c := &collector{x: x, ahead: newAhead(x), l: res.Log, asOf: res.AsOf, keep: opt.Keep, found: make([]found, len(set.rules))}
	x.asOf, x.w, x.complete = res.AsOf, res.W, opt.Complete
	x.emitTo, x.unknownTo, x.episodeTo = c.take, c.unknown, c.episode
	for i := range c.found {
		c.found[i].unknown = map[uint32]bool{}
		if opt.Months {
			c.found[i].months = map[int]*Month{}
		}
		// What is only to be counted needn't be told in full.
		if b := x.rules[i]; !opt.Months && res.Log.Recorded == nil && b.r.Warn == nil {
			for v := range b.counts {
				b.counts[v] = !opt.Keep.wants(Verdict(v))
			}
		}
	}
	return c
}

func (c *collector) trace(g *groups, i int) {
	x := c.x
	x.begin(g.key[i])
	for _, r := range g.trace(c.l, i) {
		x.event(r.row, r.t, r.typ)
	}
	x.end()
}

// take counts a verdict and keeps it if it is to be kept.
func (c *collector) take(b *bound, j *judged) {
	f := &c.found[b.index]
	f.totals.add(j.verdict, 1)
	risk := b.atRisk(j, c.asOf)
	if risk {
		f.totals.AtRisk++
	}
	if c.l.Recorded != nil && b.enteredLate(c.l, j) {
		f.totals.EnteredLate++
	}
	if f.months != nil {
		f.month(b, c.l.Time[j.row], j.verdict)
	}
	if !c.keep.wants(j.verdict) {
		return
	}
	f.keep(c.block, Judgement{Row: j.row, By: j.by, Key: KeyID(c.x.key), Verdict: j.verdict,
		AtRisk: risk, HasDue: j.hasDue, Due: j.dl, Number: j.number})
	if j.keys != nil {
		if f.overKeys == nil {
			f.overKeys = map[uint32][]uint32{}
		}
		f.overKeys[j.row] = j.keys
	}
}

// atRisk says whether a running activation is within `warn` of its due at T.
func (b *bound) atRisk(j *judged, asOf clock.Instant) bool {
	return j.verdict == Running && b.r.Warn != nil && j.hasDue && asOf >= b.clk.WarnFrom(j.dl, *b.r.Warn)
}

// enteredLate says whether a verdict rests on an entry made after due: met or
// excused in time by what happened, but written down only afterwards. What must
// precede an act is due by the act.
func (b *bound) enteredLate(l *event.Log, j *judged) bool {
	if j.verdict != Met && j.verdict != Moot || j.by < 0 {
		return false
	}
	at := l.Recorded[j.by]
	switch {
	case at == event.NoTime:
		return false
	case b.class == classPrecedence:
		return at > l.Time[j.row]
	}
	return j.hasDue && b.clk.InTime(j.dl, at) == clock.No
}

// add counts n verdicts more.
func (t *Totals) add(v Verdict, n int) {
	t.Activations += n
	switch v {
	case Met:
		t.Met += n
	case MetLate:
		t.MetLate += n
		t.Violations += n
	case Breached:
		t.Breached += n
		t.Violations += n
	case Running:
		t.Running += n
	case Moot:
		t.Moot += n
	case NotEvaluable:
		t.NotEvaluable += n
	}
}

func (f *found) month(b *bound, t clock.Instant, v Verdict) {
	y, m, _ := b.zone.Date(t).Date()
	k := y*12 + int(m)
	mo := f.months[k]
	if mo == nil {
		mo = &Month{Year: y, Month: int(m)}
		f.months[k] = mo
	}
	mo.add(v)
}

func (mo *Month) add(v Verdict) {
	mo.Activations++
	*[]*int{new(int), &mo.Met, &mo.MetLate, &mo.Breached, &mo.Running, &mo.Moot, &mo.NotEvaluable}[v]++
}

// wants says whether a verdict is one of those to keep.
func (k Keep) wants(v Verdict) bool {
	switch k {
	case KeepAll:
		return true
	case KeepViolations:
		return v.Violated()
	case KeepLate:
		return v == MetLate
	}
	return false
}

func (c *collector) unknown(b *bound, row uint32) { c.found[b.index].unknown[row] = true }

func (c *collector) episode(b *bound, e Episode) {
	f := &c.found[b.index]
	f.totals.Episodes++
	if c.keep != KeepTotals {
		f.episodes = append(f.episodes, e)
	}
}

// keyless takes an event that lacks a part of the key: one that would activate
// a rule is counted as when unknown, one that would be the other event is left
// out and counted.
func (c *collector) keyless(row uint32) {
	x := c.x
	for _, ro := range x.dispatch[c.l.Type[row]] {
		b := x.rules[ro.rule]
		x.objects[b.index] = 0
		if ro.mask&roleWhen != 0 && b.whenHolds(x, row, c.l.Time[row]) != clock.No {
			x.unknown(b, row)
		}
		if ro.mask&^(roleWhen|roleAny|roleCloses) != 0 {
			c.found[b.index].totals.Keyless++
		}
	}
}

// merge puts together what the workers found, in an order that doesn't depend
// on them.
func merge(res *Result, set *keying, k *keyer, g *groups, cs []*collector) {
	lists := allTogether(cs, len(set.rules))
	for i, at := range set.rules {
		rr := res.Rules[at]
		rr.keyer, rr.groups, rr.Judgements = k, g, lists[i]
		unknown := map[uint32]bool{}
		months := map[int]*Month{}
		for _, c := range cs {
			f := &c.found[i]
			rr.Totals.plus(&f.totals)
			for v, n := range c.x.rules[i].tally {
				rr.Totals.add(Verdict(v), n)
			}
			rr.Episodes = append(rr.Episodes, f.episodes...)
			for row, keys := range f.overKeys {
				if rr.overKeys == nil {
					rr.overKeys = map[uint32][]uint32{}
				}
				rr.overKeys[row] = keys
			}
			for row := range f.unknown {
				unknown[row] = true
			}
			for m, mo := range f.months {
				if have := months[m]; have != nil {
					have.plus(mo)
				} else {
					months[m] = mo
				}
			}
			for _, failures := range c.x.rules[i].failures {
				for _, failed := range failures() {
					rr.Causes[failed.Cause] += int(failed.Count)
				}
			}
		}
		rr.Totals.WhenUnknown = len(unknown)
		rr.order(res.Log)
		for _, mo := range months {
			rr.Months = append(rr.Months, *mo)
		}
		slices.SortFunc(rr.Months, func(a, b Month) int { return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month)) })
	}
}

// allTogether is together for every rule.
func allTogether(cs []*collector, rules int) [][]Judgement {
	out := make([][]Judgement, rules)
	workers := min(len(cs), rules)
	parallel(workers, func(w int) {
		for i := w; i < rules; i += workers {
			out[i] = together(cs, i)
		}
	})
	return out
}

// together puts a rule's judgements in the order of their groups.
func together(cs []*collector, i int) []Judgement {
	var pieces []piece
	for _, c := range cs {
		pieces = append(pieces, c.found[i].pieces...)
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.block, b.block) })
	n := 0
	for _, p := range pieces {
		n += len(p.list)
	}
	out := make([]Judgement, 0, n)
	for _, p := range pieces {
		out = append(out, p.list...)
	}
	return out
}

// order sorts episodes by their first activation, then by key.
func (rr *RuleResult) order(l *event.Log) {
	slices.SortFunc(rr.Episodes, func(a, b Episode) int {
		switch {
		case a.First == b.First:
			return cmp.Compare(a.Key, b.Key)
		case l.Before(a.First, b.First):
			return -1
		}
		return 1
	})
}

func (t *Totals) plus(o *Totals) {
	t.Activations += o.Activations
	t.Met += o.Met
	t.MetLate += o.MetLate
	t.Breached += o.Breached
	t.Running += o.Running
	t.Moot += o.Moot
	t.NotEvaluable += o.NotEvaluable
	t.Violations += o.Violations
	t.Episodes += o.Episodes
	t.EnteredLate += o.EnteredLate
	t.AtRisk += o.AtRisk
	t.Keyless += o.Keyless
}

func (mo *Month) plus(o *Month) {
	mo.Activations += o.Activations
	mo.Met += o.Met
	mo.MetLate += o.MetLate
	mo.Breached += o.Breached
	mo.Running += o.Running
	mo.Moot += o.Moot
	mo.NotEvaluable += o.NotEvaluable
}

// KeyOf spells the key of a judgement: its parts; under `over` those of all
// objects of the activating event.
func (rr *RuleResult) KeyOf(j *Judgement) []KeyPart {
	keys, ok := rr.overKeys[j.Row]
	if !ok {
		return rr.keyer.spell(uint32(j.Key))
	}
	var out []KeyPart
	for _, k := range keys {
		out = append(out, rr.keyer.spell(k)...)
	}
	return out
}
