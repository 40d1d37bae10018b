package monitor

import (
	"container/heap"
	"runtime"
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
}

// takePlain takes event i of the batch into the run, and declines where it doesn't
// belong there.
func (v *Live) takePlain(i int, out *Receipt) bool {
	p := &v.plain
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
		out.Outcome = Held
	}
	return true
}

// fill makes the run rows of the log, on all cores where it is long.
func (v *Live) fill() {
	p := &v.plain
	n := p.to - p.from
	if n == 0 {
		return
	}
	base := uint32(v.l.Rows())
	stretches(n, v.learn, v.b.AddPlain(p.events[p.from:p.to], p.known[p.from:p.to]))
	if v.types < v.l.Types.Len() {
		v.types = v.l.Types.Len()
		v.sets(func(s *liveSet) { s.fit(false) })
	}
	for i := range p.seen[p.from:p.to] {
		row := base + uint32(i)
		if p.seen[p.from+i].early {
			heap.Push(&v.held, heldRow{v.l, row})
			continue
		}
		v.fresh = append(v.fresh, row)
	}
	p.from = p.to
}

// learn notes the numbers of objects that the run is the first to name.
func (v *Live) learn() {
	p := &v.plain
	for i := p.from; i < p.to; i++ {
		if p.known[i].Asked {
			v.objects.learn(&p.events[i].Objects[0], p.known[i].Object)
		}
	}
}

// worthCores is for how many events starting another core pays.
const worthCores = 64

// stretches does something for n events, a stretch of them at a time, on all cores
// where that is worth starting them. What one core must do alone is done beside it.
func stretches(n int, alone func(), do func(from, to int)) {
	if n < 2*worthCores {
		alone()
		do(0, n)
		return
	}
	spread((n+worthCores-1)/worthCores, alone, func(i int) { do(i*worthCores, min((i+1)*worthCores, n)) })
}

// spread does do(0) … do(n−1) on all cores. Each begins with its own part, the same
// one every time, of which its cache may hold something, and then goes on with what
// the others haven't begun.
func spread(n int, alone func(), do func(i int)) {
	taken := make([]atomic.Bool, n)
	cores := min(n, runtime.GOMAXPROCS(0))
	parallel(cores, func(core int) {
		if core == 0 {
			alone()
		}
		for other := range cores {
			for i := (core + other) % cores; i < n; i += cores {
				if !taken[i].Swap(true) {
					do(i)
				}
			}
		}
	})
}
