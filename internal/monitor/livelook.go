package monitor

import (
	"slices"

	"plumbline/internal/event"
)

// arrival is what can be seen of an event before any of its batch is taken.
type arrival struct {
	own   eventID
	acts  bool // it corrects, voids or describes: it acts on others
	dated bool // one of its times is a date alone
	early bool // it is dated after T
}

// look sees to what needs no order: the codes that the log has for a batch's names,
// and the events' own ids. It is done on all cores, before the events are taken one
// after the other.
func (v *Live) look(events []event.Event) ([]arrival, []event.Known) {
	if cap(v.seen) < len(events) {
		v.seen, v.known = make([]arrival, len(events)), make([]event.Known, len(events))
	}
	seen, known := v.seen[:len(events)], v.known[:len(events)]
	some := func(from, to int) {
		v.objects.find(events[from:to], known[from:to])
		v.l.Know(events[from:to], known[from:to])
		var last *series
		for i := from; i < to; i++ {
			v.arrive(&seen[i], &events[i], known[i].IsPlain(), &last)
		}
	}
	v.crew.stretches(len(events), some)
	return seen, known
}

// arrive notes what can be seen of an event; one that is plain acts on no other.
func (v *Live) arrive(a *arrival, e *event.Event, plain bool, last **series) {
	id, source := e.ID, e.Source
	if id == "" {
		id = event.ContentID(e)
	}
	if source == "" {
		source = v.l.Origin
	}
	v.ids.split(&a.own, source, id, last)
	a.early = !v.started || e.Time.At > v.now
	a.acts = !plain && (e.Corrects != "" || e.Voids != "" || describes(e))
	a.dated = !plain && dated(e)
}

// dated says whether any of an event's times is a date alone.
func dated(e *event.Event) bool {
	day := func(a event.Attr) bool { return a.Value.Kind == event.Day || a.Value.Kind == event.String }
	return e.Time.Kind == event.Day || e.Recorded.Kind == event.Day || slices.ContainsFunc(e.Attrs, day) ||
		slices.ContainsFunc(e.Objects, func(o event.Object) bool { return slices.ContainsFunc(o.Attrs, day) })
}

// describes says whether an event sets attributes of objects.
func describes(e *event.Event) bool {
	for i := range e.Objects {
		if len(e.Objects[i].Attrs) > 0 {
			return true
		}
	}
	return false
}
