package event

import (
	"errors"
	"fmt"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// What no longer fits is refused before anything is mixed up, whichever way it
// comes: what the log has stays as it was, and an event that fits is still taken.
func TestFull(t *testing.T) {
	two := made("e5", "B", "c5", 5)
	two.Objects = append(two.Objects, Object{Type: "case", ID: "c6"})
	for _, c := range []struct {
		name  string
		lower func(*limits)
		over  Event
		fits  Event
		want  error
	}{
		{"ids", func(m *limits) { m.ids = 10 }, made("e5-long", "B", "c5", 5), made("e5", "B", "c5", 5), ErrIDs},
		{"events", func(m *limits) { m.rows = 4 }, made("e5", "B", "c5", 5), Event{}, ErrRows},
		{"objects of events", func(m *limits) { m.links = 5 }, two, made("e5", "B", "c5", 5), ErrLinks},
		{"types", func(m *limits) { m.types = 2 }, made("e5", "C", "c5", 5), made("e5", "B", "c5", 5), ErrTooMany},
		{"types of objects", func(m *limits) { m.objectTypes = 1 },
			Event{ID: "e5", Type: "B", Time: two.Time, Objects: []Object{{Type: "person", ID: "p"}}}, made("e5", "B", "c5", 5), ErrObjectTypes},
		{"names", func(m *limits) { m.names = 4 }, made("e5", "B", "c5", 5), Event{}, ErrNames},
	} {
		ways := map[string]func(b *Builder, e ...Event) error{"one by one": addEach, "together": addPlain, "as a batch": addBatch}
		for way, add := range ways {
			if c.name == "names" && way != "one by one" {
				continue // a batch, and what is looked up before, may add a few
			}
			if len(c.over.Objects) > 1 && way == "as a batch" {
				continue // addBatch makes rows of one object
			}
			t.Run(c.name+", "+way, func(t *testing.T) {
				b := NewBuilder(Options{Zone: zone(t)})
				c.lower(&b.most)
				for i := range 4 {
					e := made(fmt.Sprintf("e%d", i), "AB"[i%2:i%2+1], fmt.Sprint("c", i), int64(i))
					if err := add(b, e); err != nil {
						t.Fatal(err)
					}
				}
				rows := b.Log().Rows()
				if err := add(b, c.over); !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				at := errs.Place{File: "log.csv", Row: 7}
				if e := Full(add(b, c.over), at); e == nil || e.Code != errs.Limit || e.Place != at || e.Next.Zh == "" {
					t.Fatalf("got %+v", e)
				}
				if way == "as a batch" {
					return // reading ends there
				}
				if b.Log().Rows() != rows {
					t.Fatalf("%d rows, want %d", b.Log().Rows(), rows)
				}
				if c.fits.ID == "" {
					return
				}
				if err := add(b, c.fits); err != nil {
					t.Fatal(err)
				}
				if got := b.Log().ID(uint32(rows)); got != "e5" {
					t.Fatalf("id %q, want e5", got)
				}
			})
		}
	}
}

// Events that are to be made rows together count before they are rows.
func TestFullBeforeRowsAreMade(t *testing.T) {
	b := NewBuilder(Options{Zone: zone(t)})
	b.most.ids = 5
	events := []Event{made("e1", "A", "c", 1), made("e2", "A", "c", 2), made("e3", "A", "c", 3)}
	known := make([]Known, 3)
	b.Log().Know(events, known)
	for i, want := range []error{nil, nil, ErrIDs} {
		if ok, err := b.Plain(&events[i], &known[i]); !ok || !errors.Is(err, want) {
			t.Fatalf("event %d: %v, %v; want %v", i, ok, err, want)
		}
	}
	b.OpenPlain(known)
	b.FillPlain(0, events[:2], known[:2])
	b.ClosePlain(2)
	if got := b.Log().ID(1); got != "e2" {
		t.Fatalf("id %q, want e2", got)
	}
}

func addEach(b *Builder, events ...Event) error {
	for i := range events {
		if _, err := b.Add(&events[i]); err != nil {
			return err
		}
	}
	return nil
}

func addPlain(b *Builder, events ...Event) error {
	known := make([]Known, len(events))
	b.Log().Know(events, known)
	for i := range events {
		ok, err := b.Plain(&events[i], &known[i])
		if !ok {
			_, err = b.AddAs(&events[i], events[i].ID, known[i])
			return err
		}
		if err != nil {
			return err
		}
	}
	b.OpenPlain(known)
	b.FillPlain(0, events, known)
	b.ClosePlain(len(events))
	return nil
}

func addBatch(b *Builder, events ...Event) error {
	w := &Batch{Rows: len(events), Time: make([]clock.Instant, len(events)), Type: Coded{Dict: NewDict()}, IDs: Coded{Dict: NewDict()}}
	object := BatchObjects{Type: events[0].Objects[0].Type, Coded: Coded{Dict: NewDict()}}
	for i, e := range events {
		w.Time[i] = e.Time.At
		w.Type.Codes = append(w.Type.Codes, w.Type.Dict.Code(e.Type))
		w.IDs.Codes = append(w.IDs.Codes, w.IDs.Dict.Code(e.ID))
		object.Codes = append(object.Codes, object.Dict.Code(e.Objects[0].ID))
	}
	w.Objects = []BatchObjects{object}
	return b.AppendBatch(w)
}
