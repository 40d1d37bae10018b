package service

import (
	"context"
	"sync/atomic"
	"time"
)

// hurry says whether the judge has much to do: what is made beside it then gives way,
// since a core that it takes is one that somebody waits for.
type hurry struct {
	taken int // events since the last tick, the judge's
	much  atomic.Bool
}

// hurried is how many events between two ticks are much.
const hurried = 1000

// took notes events that were judged.
func (h *hurry) took(events int) {
	if h.taken += events; h.taken >= hurried {
		h.much.Store(true)
	}
}

// tick begins a new second.
func (h *hurry) tick() {
	h.much.Store(h.taken >= hurried)
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

// stoodAside is so long that work in pieces takes a third of a core.
const stoodAside = 15 * time.Millisecond
