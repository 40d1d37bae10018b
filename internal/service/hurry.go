package service

import (
	"cmp"
	"context"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// hurry says whether the judge has much to do: what is made beside it then gives way,
// since a core that it takes is one that somebody waits for.
type hurry struct {
	taken int // events since the last tick, the judge's
	much  atomic.Bool
	room  uint64 // bytes that may wait to be collected; 0: hurriedRoom
	gc    int    // what the collector's percentage was before
	now   int    // what it is in a hurry
}

const (
	hurried     = 1000 // how many events between two ticks are much
	hurriedGC   = 250
	hurriedRoom = 256 << 20 // bytes
)

// took notes events that were judged.
func (h *hurry) took(events int) {
	if h.taken += events; h.taken >= hurried && !h.much.Load() {
		h.much.Store(true)
		h.gc = debug.SetGCPercent(hurriedGC)
		h.now = hurriedGC
		h.collectLess()
	}
}

// tick begins a new second.
func (h *hurry) tick() {
	if h.much.Load() {
		if h.taken < hurried {
			h.much.Store(false)
			debug.SetGCPercent(h.gc)
		} else {
			h.collectLess()
		}
	}
	h.taken = 0
}

// collectLess has the collector run less often. Most of what is made for an event is
// garbage as soon as it is answered: collected at 100 %, forty megabytes that are kept
// were looked through three times as often as at 250, which took a tenth of all
// processor time. The more is kept, the less there is to win and the more memory it
// takes, so what may wait to be collected is bounded.
func (h *hurry) collectLess() {
	kept := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(kept)
	if to := hurriedPercent(h.gc, kept[0].Value.Uint64(), cmp.Or(h.room, hurriedRoom)); to != h.now {
		debug.SetGCPercent(to)
		h.now = to
	}
}

// hurriedPercent is the collector's percentage in a hurry, where it was another before,
// so many bytes are kept, and there is room for so many more: in steps, and never less
// than before.
func hurriedPercent(before int, kept, most uint64) int {
	const step = 25
	if before < 0 || before >= hurriedGC { // somebody chose none, or less often
		return before
	}
	room := hurriedGC
	if kept > 0 {
		room = int(min(hurriedGC, most*100/kept))
	}
	return max(before, room/step*step)
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
