package monitor

import (
	"sync"
	"sync/atomic"
)

// crew is the cores that a batch is worked on with. Another core begins 70 µs after
// it is asked to, as long as a piece of a batch takes in all; so those that came stay
// for the pieces that follow, and nobody waits for one that hasn't come. Between two
// pieces they look out for the next one: only so long, as their core may be wanted
// by others.
type crew struct {
	open  sync.RWMutex // held by the caller between two pieces; whoever helps reads under it
	do    func(core int)
	piece atomic.Uint64 // the number of the piece at hand
	rest  atomic.Bool   // there are no more pieces
	here  []atomic.Bool // by core: asked to come, and not gone
	taken []atomic.Bool // of the things to be done
}

// patience is how often a core looks whether there is more to do before it goes: for
// some 10 µs.
const patience = 1 << 13

func newCrew(cores int) *crew {
	c := &crew{here: make([]atomic.Bool, cores)}
	c.open.Lock()
	return c
}

// run does a piece of work: it calls do with 0, and with the numbers of the other
// cores on those, if they come before it is done. Each shares out by itself what it
// does among those that call it.
func (c *crew) run(do func(core int)) {
	c.do = do
	c.rest.Store(false)
	c.piece.Add(1)
	c.open.Unlock()
	for core := 1; core < len(c.here); core++ {
		if !c.here[core].Swap(true) {
			go c.help(core)
		}
	}
	defer c.done() // also where it panics, and somebody goes on
	do(0)
}

// done waits for those who help with the piece at hand; it won't be long.
func (c *crew) done() {
	for range patience / 16 { // each is as long as 16 looks
		if c.open.TryLock() {
			return
		}
	}
	c.open.Lock()
}

// dismiss lets the other cores go.
func (c *crew) dismiss() { c.rest.Store(true) }

func (c *crew) help(core int) {
	defer c.here[core].Store(false)
	seen := uint64(0)
	for idle := 0; idle < patience && !c.rest.Load(); idle++ {
		if c.piece.Load() == seen || !c.open.TryRLock() {
			continue
		}
		seen = c.piece.Load()
		c.do(core)
		c.open.RUnlock()
		idle = 0
	}
}

// worthCores is for how many events another core pays.
const worthCores = 64

// stretches does something for n events, a stretch of them at a time, on all cores
// where that is worth asking for them.
func (c *crew) stretches(n int, do func(from, to int)) {
	if n < 2*worthCores {
		do(0, n)
		return
	}
	c.spread((n+worthCores-1)/worthCores, func() {}, func(i int) { do(i*worthCores, min((i+1)*worthCores, n)) })
}

// spread does do(0) … do(n−1) on all cores, and alone on one. Each begins with its own
// part, the same one every time, of which its cache may hold something, and then goes
// on with what the others haven't begun.
func (c *crew) spread(n int, alone func(), do func(i int)) {
	if n > len(c.taken) {
		c.taken = make([]atomic.Bool, n)
	}
	for i := range n {
		c.taken[i].Store(false)
	}
	cores := len(c.here)
	c.run(func(core int) {
		if core == 0 {
			alone()
		}
		for other := range cores {
			for i := (core + other) % cores; i < n; i += cores {
				if !c.taken[i].Swap(true) {
					do(i)
				}
			}
		}
	})
}
