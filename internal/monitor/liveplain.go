package monitor

import (
	"container/heap"
	"runtime"

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
	some := v.b.AddPlain(p.events[p.from:p.to], p.known[p.from:p.to])
	cores := runtime.GOMAXPROCS(0)
	if n < worthCores*cores {
		cores = 1
	}
	parallel(cores, func(i int) { some(n*i/cores, n*(i+1)/cores) })
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
