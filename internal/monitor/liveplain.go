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
	if _, ok := v.ids.find(v, &a.own); ok {
		return false
	}
	asked := k.Asked
	if ok, err := v.b.Plain(&p.events[i], k); !ok || err != nil {
		return false
	}
	v.ids.add(&a.own, uint32(v.l.Rows()+p.to-p.from))
	if asked {
		v.objects.learn(&p.events[i].Objects[0], k.Object)
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
	stretches(n, v.b.AddPlain(p.events[p.from:p.to], p.known[p.from:p.to]))
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

// worthCores is for how many events starting another core pays.
const worthCores = 64

// stretches does something for n events, a stretch of them at a time: on all cores
// where that is worth starting them, each of which goes on with what is left.
func stretches(n int, do func(from, to int)) {
	if n < 2*worthCores {
		do(0, n)
		return
	}
	var next atomic.Int64
	parallel(min(runtime.GOMAXPROCS(0), n/worthCores), func(int) {
		for to := int(next.Add(worthCores)); to < n+worthCores; to = int(next.Add(worthCores)) {
			do(to-worthCores, min(to, n))
		}
	})
}
