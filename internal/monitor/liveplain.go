package monitor

import (
	"container/heap"
	"sync/atomic"

	"plumbline/internal/event"
)

// run is the stretch of a batch whose events are to be made rows together: they are
// new, plain, and act on no other. Their ids have rows already.
type run struct {
	events   []event.Event // of the batch
	seen     []arrival
	known    []event.Known
	from, to int
	until    int // events as far as this look plain
	learnt   int // as far as this, the numbers of objects were learnt

	ready atomic.Int32 // of the run's events, how many others may make rows
	begun atomic.Int32 // how many stretches of them somebody makes rows
	ended atomic.Bool  // no more will be ready
}

// begin takes up a batch.
func (p *run) begin(events []event.Event, seen []arrival, known []event.Known) {
	p.events, p.seen, p.known = events, seen, known
	p.from, p.to, p.until, p.learnt = 0, 0, 0, 0
}

// takePlain takes the batch's event after the run into it, and declines where it
// doesn't belong there.
func (v *Live) takePlain(out []Receipt) bool {
	p := &v.plain
	i := p.to
	a, k := &p.seen[i], &p.known[i]
	if a.acts || len(v.waiting) > 0 {
		return false
	}
	var cell *uint32
	if a.own.series != nil {
		cell = a.own.series.cell(a.own.n)
	}
	if cell != nil && *cell != 0 {
		return false
	}
	if cell == nil {
		if _, ok := v.ids.find(v, &a.own); ok {
			return false
		}
	}
	if ok, err := v.b.Plain(&p.events[i], k); !ok || err != nil {
		return false
	}
	if row := uint32(v.l.Rows() + p.to - p.from); cell != nil {
		*cell = row + 1
		a.own.series.events++
	} else {
		v.ids.add(&a.own, row)
	}
	if p.to++; a.early {
		out[i].Outcome = Held
	}
	return true
}

// takeMany goes on with the run that an event has begun, where what follows looks
// like it for long: while one core takes, which must be done in order, the others make
// rows of what it took.
func (v *Live) takeMany(out []Receipt) {
	p := &v.plain
	for p.until = max(p.until, p.to); p.until < len(p.known) && p.known[p.until].IsPlain(); {
		p.until++
	}
	if p.until-p.from < 2*worthCores {
		return
	}
	v.b.OpenPlain(p.known[p.from:p.until])
	p.ready.Store(0)
	p.begun.Store(0)
	p.ended.Store(false)
	v.crew.run(func(core int) {
		if core == 0 {
			for p.to < p.until && v.takePlain(out) {
				if n := p.to - p.from; n%worthCores == 0 {
					p.ready.Store(int32(n))
				}
			}
			p.ready.Store(int32(p.to - p.from))
			p.ended.Store(true)
		}
		v.fillReady()
	})
	v.closeRun()
}

// fillReady makes rows of the run's events, a stretch at a time, as they are ready.
func (v *Live) fillReady() {
	p := &v.plain
	for idle := 0; idle < patience; idle++ {
		ended, begun := p.ended.Load(), p.begun.Load()
		from, ready := int(begun)*worthCores, int(p.ready.Load())
		switch {
		case ended && from >= ready:
			return
		case !ended && from+worthCores > ready || !p.begun.CompareAndSwap(begun, begun+1):
			continue
		}
		v.fillRun(from, min(from+worthCores, ready))
		idle = 0
	}
}

func (v *Live) fillRun(from, to int) {
	p := &v.plain
	v.b.FillPlain(from, p.events[p.from+from:p.from+to], p.known[p.from+from:p.from+to])
}

// fill makes a short run rows of the log.
func (v *Live) fill() {
	p := &v.plain
	if p.from == p.to {
		return
	}
	v.b.OpenPlain(p.known[p.from:p.to])
	v.fillRun(0, p.to-p.from)
	v.closeRun()
}

// closeRun ends the run, whose rows are made.
func (v *Live) closeRun() {
	p := &v.plain
	row := uint32(v.l.Rows())
	v.b.ClosePlain(p.to - p.from)
	if v.types < v.l.Types.Len() {
		v.types = v.l.Types.Len()
		v.sets(func(s *liveSet) { s.fit(false) })
	}
	for i := range p.seen[p.from:p.to] {
		if p.seen[p.from+i].early {
			heap.Push(&v.held, heldRow{v.l, row})
		} else {
			v.fresh = append(v.fresh, row)
		}
		row++
	}
	p.from = p.to
}

// learn notes the numbers of objects that plain events are the first to name.
func (v *Live) learn() {
	p := &v.plain
	for ; p.learnt < p.from; p.learnt++ {
		if k := &p.known[p.learnt]; k.Asked && k.Object != 0 {
			v.objects.learn(&p.events[p.learnt].Objects[0], k.Object)
		}
	}
}
