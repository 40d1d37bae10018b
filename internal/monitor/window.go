package monitor

import (
	"math"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// window is a count bound to a log. Positions are µs under an elapsed window,
// else the number of the local day, month or year; an earlier event is inside iff its
// position is at least that of the later one less span.
type window struct {
	of      rule.Aggregate
	elapsed bool
	months  bool
	years   bool
	span    int64
	atMost  float64
	value   func(it uint32) (uint64, bool)
	number  func(it uint32) (float64, bool)
}

func bindWindow(l *event.Log, r *rule.Rule, b *bound) *window {
	w := &window{of: r.Window.Of, atMost: r.Window.AtMost}
	d := r.Window.In
	switch d.Unit {
	case clock.UnitWeek:
		w.span = 7*d.N - 1
	case clock.UnitDay:
		w.span = d.N - 1
	case clock.UnitMonth:
		w.span, w.months = d.N-1, true
	case clock.UnitYear:
		w.span, w.years = d.N-1, true
	default:
		w.span, w.elapsed = d.Micros(), true
	}
	if r.Window.Expr != nil {
		e := r.Window.Expr.Bind(l)
		w.value, w.number = e.Value, e.Number
		b.failures = append(b.failures, e.Failures)
	}
	return w
}

// entry is an event in a window.
type entry struct {
	pos, last int64 // last: under an elapsed window the last instant of a day, else pos
	row       uint32
	unsure    bool    // `of` has no value
	absent    bool    // the value has none
	val       uint64  // of distinct
	num       float64 // of sum
}

// sliding is the state of a count: the events that may still be inside.
type sliding struct {
	in      []entry
	head    int
	odd     int // how many of them are unsure, absent or a day
	values  map[uint64]int
	sum     float64
	inexact bool // a sum that was not of whole numbers: added up anew each time
	ep      Episode
	open    bool
}

// count folds one event into a count rule.
func (x *runner) count(b *bound, st *state, row uint32, t clock.Instant) {
	of := b.whenHolds(x, row, t)
	if of == clock.No {
		return
	}
	if st.win == nil {
		st.win = &sliding{}
	}
	s, w := st.win, b.win
	e := s.push()
	w.fill(e, b, x, row, t)
	e.unsure = of == clock.Unknown
	s.add(w, e, 1)
	if e.unsure {
		x.unknown(b, row)
		return
	}
	s.evict(w, e.pos-w.span)
	v, n := s.judge(w)
	s.episode(x, b, row, v)
	if !b.counted(v) {
		j := x.about(row)
		j.verdict, j.number = v, n
		x.emitTo(b, j)
	}
}

func (w *window) fill(e *entry, b *bound, x *runner, row uint32, t clock.Instant) {
	e.row = row
	e.pos = w.position(b, t)
	e.last = e.pos
	if w.elapsed && b.days && x.log.OnDay.Has(row) {
		e.last = int64(b.zone.Last(b.zone.Date(t)))
	}
	ok := true
	switch w.of {
	case rule.CountDistinct:
		e.val, ok = w.value(row)
	case rule.SumOf:
		e.num, ok = w.number(row)
	}
	e.absent = !ok
}

// position is where an instant stands for a window.
func (w *window) position(b *bound, t clock.Instant) int64 {
	if w.elapsed {
		return int64(t)
	}
	return w.calendar(b, t)
}

func (w *window) calendar(b *bound, t clock.Instant) int64 {
	switch {
	case w.years:
		y, _, _ := b.zone.Date(t).Date()
		return int64(y)
	case w.months:
		y, m, _ := b.zone.Date(t).Date()
		return int64(y)*12 + int64(m)
	}
	return int64(b.zone.Date(t))
}

func (e *entry) odd() bool { return e.unsure || e.absent || e.pos != e.last }

// push makes room for an event, to be filled where it will lie.
func (s *sliding) push() *entry {
	n := len(s.in)
	if n == cap(s.in) {
		s.in = slices.Grow(s.in, 1)
	}
	s.in = s.in[:n+1]
	e := &s.in[n]
	*e = entry{}
	return e
}

// add keeps the running figures; n is +1 or −1.
func (s *sliding) add(w *window, e *entry, n int) {
	if w.of != rule.CountEvents || e.odd() { // else their number is all there is to keep
		s.addMore(w, e, n)
	}
}

func (s *sliding) addMore(w *window, e *entry, n int) {
	if e.odd() {
		s.odd += n
	}
	if e.unsure || e.absent {
		return
	}
	switch w.of {
	case rule.CountDistinct:
		if s.values == nil {
			s.values = map[uint64]int{}
		}
		k := e.val
		if s.values[k] += n; s.values[k] == 0 {
			delete(s.values, k)
		}
	case rule.SumOf:
		s.sum += float64(n) * e.num
		if e.num != math.Trunc(e.num) || math.Abs(s.sum) > 1<<52 {
			s.inexact = true
		}
	}
}

// evict lets go of what no later event can reach: positions before low. A day
// is kept while its last instant may be inside.
func (s *sliding) evict(w *window, low int64) {
	for s.head < len(s.in) && s.in[s.head].last < low {
		s.add(w, &s.in[s.head], -1)
		s.head++
	}
	if s.head > 32 && s.head*2 > len(s.in) {
		s.in = append(s.in[:0], s.in[s.head:]...)
		s.head = 0
	}
}

// judge says whether the number over the window that ends with the last event
// exceeds its bound.
func (s *sliding) judge(w *window) (Verdict, float64) {
	if s.odd > 0 || w.elapsed && s.in[s.head].pos < s.in[len(s.in)-1].pos-w.span {
		return s.judgeUnsure(w)
	}
	n := float64(len(s.in) - s.head)
	switch {
	case w.of == rule.CountDistinct:
		n = float64(len(s.values))
	case w.of == rule.SumOf && !s.inexact:
		n = s.sum
	case w.of == rule.SumOf:
		n = 0
		for i := s.head; i < len(s.in); i++ {
			n += s.in[i].num
		}
	}
	return w.verdict(n, n), n
}

func (w *window) verdict(least, most float64) Verdict {
	bound := w.atMost
	if w.of == rule.SumOf { // 0.1 + 0.2 must not exceed 0.3: nobody is accused by rounding
		bound += 1e-9 * max(1, math.Abs(bound))
	}
	switch {
	case least > bound:
		return Breached
	case most <= bound:
		return Met
	}
	return NotEvaluable
}

// judgeUnsure bounds the number from both sides, for each instant that the
// last event may have.
func (s *sliding) judgeUnsure(w *window) (Verdict, float64) {
	e := &s.in[len(s.in)-1]
	least, most := s.bounds(w, e.pos)
	v := w.verdict(least, most)
	if e.last != e.pos {
		l, m := s.bounds(w, e.last)
		v = agree(v, w.verdict(l, m))
	}
	return v, least
}

// bounds is the least and the greatest number there can be over the window
// that ends with the last event at `at`.
func (s *sliding) bounds(w *window, at int64) (least, most float64) {
	sure, all := map[uint64]bool{}, map[uint64]bool{}
	sureAbsent, absent := 0, 0
	for i := s.head; i < len(s.in); i++ {
		e := &s.in[i]
		last := i == len(s.in)-1
		if !last && e.last < at-w.span {
			continue
		}
		certain := !e.unsure && (last || e.pos >= at-w.span)
		switch w.of {
		case rule.CountEvents:
			if certain {
				least++
			}
			most++
		case rule.CountDistinct:
			switch k := e.val; {
			case e.absent && certain:
				sureAbsent++
				absent++
			case e.absent:
				absent++
			default:
				all[k] = true
				sure[k] = sure[k] || certain
			}
		case rule.SumOf:
			switch {
			case e.absent:
				return math.Inf(-1), math.Inf(1)
			case certain:
				least, most = least+e.num, most+e.num
			default:
				least, most = least+min(0, e.num), most+max(0, e.num)
			}
		}
	}
	if w.of == rule.CountDistinct {
		for _, certain := range sure {
			if certain {
				least++
			}
		}
		if least == 0 && sureAbsent > 0 {
			least = 1
		}
		most = float64(len(all) + absent)
	}
	return least, most
}

// episode follows the runs of consecutive breached activations.
func (s *sliding) episode(x *runner, b *bound, row uint32, v Verdict) {
	if v != Breached {
		s.endEpisode(x, b)
		return
	}
	if !s.open {
		s.open, s.ep = true, Episode{Key: KeyID(x.key), First: row}
	}
	s.ep.Last = row
	s.ep.Count++
}

func (s *sliding) endEpisode(x *runner, b *bound) {
	if s.open {
		x.episodeTo(b, s.ep)
		s.open = false
	}
}
