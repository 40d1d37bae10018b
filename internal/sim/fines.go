package sim

import (
	"fmt"
	"strconv"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Options say which log is written.
type Options struct {
	Cases int    // how many fines; at least one
	Seed  uint64 // the same seed gives the same log
	// Faults is how many fines carry each of the faults that the published
	// shape lacks (an increase before its day, a collection without
	// notification …); 0 for none. All together at most one fine in ten.
	Faults int
}

// Verdict is how a duty was broken.
type Verdict string

// The two ways: never done while it could be, or what must not be done was;
// and done after its last day.
const (
	Breached Verdict = "breached"
	MetLate  Verdict = "met_late"
)

// Departure is one broken rule of the pack it-traffic-fines on one fine.
type Departure struct {
	Rule    string
	Case    string
	Event   string // the id of the activating event
	Verdict Verdict
	Last    clock.Day // the last day of the limit that counts from the event or towards it; 0 where there is none to name
}

// Planted is what the writer knows of the log it wrote.
type Planted struct {
	Events     int
	AsOf       clock.Instant // the time of the last event, as of which departures are told
	Departures []Departure   // in the order of cases, within one in the order of the law's articles
}

// Fines writes a log of traffic fines: emit gets its events in the order of
// cases, within a case in the order in which they happened. Times are local
// midnights of Europe/Rome; events of one day lie in the order of the log,
// which the reader's position keeps. The event given to emit is valid until it
// returns; its strings may be kept. An error of emit ends the writing and is
// returned.
func Fines(o Options, emit func(*event.Event) error) (Planted, error) {
	if o.Cases < 1 || o.Faults < 0 || o.Faults*len(faults)*10 > o.Cases {
		return Planted{}, fmt.Errorf("a log of %d fines with %d of each of %d faults can't be made; ask for at least one fine, and at least %d for these faults",
			o.Cases, o.Faults, len(faults), max(1, o.Faults*len(faults)*10))
	}
	m, err := newMaker(o)
	if err != nil {
		return Planted{}, err
	}
	w := writer{maker: m, width: max(6, len(strconv.Itoa(o.Cases)))}
	for n := 1; n <= o.Cases; n++ {
		m.fine(n)
		if err := w.write(n, emit); err != nil {
			return Planted{}, err
		}
	}
	return w.planted(), nil
}

// writer turns fines into events and keeps the departures.
type writer struct {
	*maker
	width  int
	events int
	last   clock.Day
	found  []Departure
	open   []bool // of found: breached only if its last day has passed by the end of the log

	buf     []byte
	ids     []string
	ev      event.Event
	objects [1]event.Object
	attrs   [6]event.Attr
}

func (w *writer) write(n int, emit func(*event.Event) error) error {
	f := &w.f
	name := w.name(n)
	w.ids = w.ids[:0]
	w.objects[0] = event.Object{Type: "case", ID: name}
	for i := range f.steps {
		s := &f.steps[i]
		w.buf = append(append(append(w.buf[:0], name...), '-'), strconv.Itoa(i+1)...)
		w.ids = append(w.ids, string(w.buf))
		w.ev = event.Event{ID: w.ids[i], Type: activity[s.what], Objects: w.objects[:],
			Time:  event.Stamp{At: w.zone.First(s.day), Kind: event.Time},
			Attrs: w.attributes(s), Actor: w.actor(s)}
		if err := emit(&w.ev); err != nil {
			return err
		}
		w.last = max(w.last, s.day)
	}
	w.events += len(f.steps)
	judgeFine(f.steps, f.increased, func(b broken) {
		w.found = append(w.found, Departure{b.rule, name, w.ids[b.at], b.verdict, b.last})
		w.open = append(w.open, b.open)
	})
	return nil
}

// name is the case's: f000001, longer where there are more than 999,999.
func (w *writer) name(n int) string {
	digits := strconv.Itoa(n)
	w.buf = append(w.buf[:0], 'f')
	for i := len(digits); i < w.width; i++ {
		w.buf = append(w.buf, '0')
	}
	return string(append(w.buf, digits...))
}

// actor is the official: the log names one where a fine is made, and a zero
// where it goes to the judge.
func (w *writer) actor(s *step) event.Opt {
	switch s.what {
	case created:
		return event.Some(w.f.officer)
	case judge:
		return event.Some("0")
	}
	return event.Opt{}
}

func (w *writer) attributes(s *step) []event.Attr {
	f, a := &w.f, w.attrs[:0]
	switch s.what {
	case created:
		return append(a, money("amount", f.minimum), money("totalPaymentAmount", 0),
			event.Attr{Name: "article", Value: event.Num(float64(f.article))},
			event.Attr{Name: "points", Value: event.Num(float64(f.points))},
			text("vehicleClass", f.vehicle), text("dismissal", s.code))
	case sent:
		return append(a, money("expense", f.expense))
	case notified:
		a = append(a, text("notificationType", f.notification))
		if f.lastSent != "" {
			a = append(a, text("lastSent", f.lastSent))
		}
		return a
	case increased:
		return append(a, money("amount", f.increased))
	case payment:
		return append(a, money("paymentAmount", s.paid), money("totalPaymentAmount", s.total))
	case fileSent, judge:
		return append(a, text("dismissal", s.code))
	}
	return a
}

func money(name string, cents int) event.Attr {
	return event.Attr{Name: name, Value: event.Num(float64(cents) / 100)}
}

func text(name, value string) event.Attr {
	return event.Attr{Name: name, Value: event.Str(value)}
}

// planted settles what could only be told at the end: a duty not done yet is
// broken if its last day is over at the time of the last event. That time is a
// midnight, so a last day of the day before is just over.
func (w *writer) planted() Planted {
	p := Planted{Events: w.events, AsOf: w.zone.First(w.last)}
	for i, d := range w.found {
		if !w.open[i] || d.Last < w.last {
			p.Departures = append(p.Departures, d)
		}
	}
	return p
}
