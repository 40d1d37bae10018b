package monitor

// broughtNear is for how many events at once the traces are brought near.
const broughtNear = 32

// bringNear reads where each event's trace is, the trace, and its last event, which
// no cache holds, side by side: one after the other each would be waited for.
func (s *liveSet) bringNear(some []keyed) {
	if s.set.over {
		return
	}
	var numbers [broughtNear]uint32
	for i := range some {
		numbers[i] = s.number(some[i].code)
	}
	s.bringTraces(numbers[:len(some)])
}

// bringTraces is bringNear for traces by number + 1.
func (s *liveSet) bringTraces(numbers []uint32) {
	var places [broughtNear]recList
	for i, n := range numbers {
		if n > 0 {
			places[i] = s.traces[n-1].recs
		}
	}
	var seen uint32
	for _, p := range places[:len(numbers)] {
		if p.n > 0 {
			seen += s.recs.blocks[p.at>>blockBits][p.at&(blockRecs-1)+p.n-1].row
		}
	}
	touched(seen)
}

// touched keeps a sum of what was read from being optimised away.
//
//go:noinline
func touched(uint32) {}

// bringFallen is bringNear for traces by number.
func (s *liveSet) bringFallen(some []uint32) {
	var numbers [broughtNear]uint32
	for i, n := range some {
		numbers[i] = n + 1
	}
	s.bringTraces(numbers[:len(some)])
}
