package service

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// hurry says whether the judge has much to do: what is made beside it then gives way,
// since a core that it takes is one that somebody waits for.
type hurry struct {
	taken int // events since the last tick, the judge's
	much  atomic.Bool
	gc    int // what the collector's percentage was before
}

const (
	hurried   = 1000 // how many events between two ticks are much
	hurriedGC = 250
)

// took notes events that were judged.
func (h *hurry) took(events int) {
	if h.taken += events; h.taken >= hurried && !h.much.Load() {
		h.much.Store(true)
		// Most of what is made for an event is garbage as soon as it is answered, and
		// little of the engine has pointers: to collect it half as often costs memory
		// that isn't missed for as long as this lasts.
		if h.gc = debug.SetGCPercent(hurriedGC); h.gc >= hurriedGC || h.gc < 0 { // somebody chose more, or none
			debug.SetGCPercent(h.gc)
		}
	}
}

// tick begins a new second.
func (h *hurry) tick() {
	if h.much.Load() && h.taken < hurried {
		h.much.Store(false)
		debug.SetGCPercent(h.gc)
	}
	h.taken = 0
}

// is says that there is much to do. Beside nobody there never is.
func (h *hurry) is() bool { return h != nil && h.much.Load() }

// giveWay waits for a while where there is much to do. It is called between two pieces
// of work of some milliseconds.
func (h *hurry) giveWay(ctx context.Context) {
	if !h.is() {
		return
	}
	select {
	case <-time.After(stoodAside):
	case <-ctx.Done():
	}
}

// stoodAside is so long that work in pieces takes a fifth of a core.
const stoodAside = 20 * time.Millisecond
