package monitor

import (
	"strings"

	"plumbline/internal/event"
)

// objectIDs finds objects whose ids end in a number by the number, as eventIDs
// finds events: cases begun one after the other lie beside each other, while each
// look at the log's own table waits for memory. It is a help alone: what it lacks,
// the log has, and then it learns it.
type objectIDs struct {
	series map[seriesName]*series // a source is a type of object; rows are codes − 1
	last   *series                // of the object learnt before
}

// find writes what it has of the events' first objects. Rows are read together, so
// that they are waited for side by side.
func (ix *objectIDs) find(events []event.Event, out []event.Known) {
	var last *series
	var in [broughtNear]*series
	var numbers [broughtNear]uint64
	for len(events) > 0 {
		some := events[:min(len(events), broughtNear)]
		for i := range some {
			if in[i] = nil; len(some[i].Objects) > 0 {
				in[i], numbers[i] = ix.split(&some[i].Objects[0], &last)
			}
		}
		for i := range some {
			if out[i] = (event.Known{}); in[i] != nil {
				out[i].Object = event.ObjectID(in[i].row(numbers[i]))
			}
		}
		events, out = events[len(some):], out[len(some):]
	}
}

// split is the series and the number of an object, nil where it has none.
func (ix *objectIDs) split(o *event.Object, last **series) (*series, uint64) {
	prefix, n, ok := numbered(o.ID)
	if !ok {
		return nil, 0
	}
	if s := *last; s != nil && s.prefix == prefix && s.source == o.Type {
		return s, n
	}
	s := ix.series[seriesName{o.Type, prefix}]
	if s != nil {
		*last = s
	}
	return s, n
}

// learn takes an object that the log was asked for.
func (ix *objectIDs) learn(o *event.Object, id event.ObjectID) {
	prefix, n, ok := numbered(o.ID)
	if !ok {
		return
	}
	s := ix.last
	if s == nil || s.prefix != prefix || s.source != o.Type {
		s = ix.series[seriesName{o.Type, prefix}]
	}
	if s == nil {
		if len(ix.series) == maxSeries {
			return
		}
		if ix.series == nil {
			ix.series = map[seriesName]*series{}
		}
		s = &series{seriesName: seriesName{strings.Clone(o.Type), strings.Clone(prefix)}, first: n / pageRows}
		ix.series[s.seriesName] = s
	}
	if ix.last = s; s.row(n) == 0 {
		s.put(n, uint32(id)-1)
	}
}
