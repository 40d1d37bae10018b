package monitor

import (
	"cmp"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// KnownAt is the row that stood at a time for the event that a row is of, by what
// had been received by then; false where nothing had, or it was voided.
func (v *Live) KnownAt(row uint32, t clock.Instant) (uint32, bool) {
	if n, is := v.names[row]; is { // a correction: of which event?
		named := v.ids.of(n.source, n.id)
		original, ok := v.ids.find(v, &named)
		if !ok {
			return 0, false
		}
		row = original
	}
	if !v.receivedBy(row, t) {
		return 0, false
	}
	best, found := uint32(0), false
	for _, by := range v.corrections[row] {
		if v.receivedBy(by, t) && (!found || v.before(best, by)) {
			best, found = by, true
		}
	}
	switch {
	case !found:
		return row, true
	case v.names[best].voids:
		return 0, false
	}
	return best, true
}

func (v *Live) receivedBy(row uint32, t clock.Instant) bool {
	return v.l.Received == nil || v.l.Received[row] == event.NoTime || v.l.Received[row] <= t
}

// before says whether one correction gives way to another.
func (v *Live) before(a, b uint32) bool {
	na, nb := v.names[a], v.names[b]
	return cmp.Or(cmp.Compare(na.seq, nb.seq), cmp.Compare(na.ownID, nb.ownID)) < 0
}
