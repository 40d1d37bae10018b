package event

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"plumbline/internal/clock"
)

// Plain events that become rows together make the log that they make one by one,
// whichever columns the rows before them had.
func TestPlainIsAdd(t *testing.T) {
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		one, many := NewBuilder(Options{Zone: zone, Origin: "one"}), NewBuilder(Options{Zone: zone, Origin: "one"})
		plain := 0
		for n := 0; n < 60; {
			events := make([]Event, 1+r.IntN(20))
			for i := range events {
				events[i] = somePlain(r, n)
				n++
			}
			known := make([]Known, len(events))
			many.Log().Know(events, known)
			from := 0
			flush := func(to int) {
				if from == to {
					return
				}
				many.OpenPlain(known[from:min(to+r.IntN(5), len(known))]) // more were expected
				half := from + r.IntN(to-from+1)
				many.FillPlain(half-from, events[half:to], known[half:to])
				many.FillPlain(0, events[from:half], known[from:half])
				many.ClosePlain(to - from)
			}
			for i := range events {
				if _, err := one.Add(&events[i]); err != nil {
					t.Fatal(err)
				}
				if ok, err := many.Plain(&events[i], &known[i]); err != nil {
					t.Fatal(err)
				} else if ok {
					plain++
					continue
				}
				flush(i)
				if _, err := many.AddAs(&events[i], events[i].ID, known[i]); err != nil {
					t.Fatal(err)
				}
				from = i + 1
			}
			flush(len(events))
		}
		if seed < 10 && plain == 0 {
			t.Fatalf("seed %d: no event was plain", seed)
		}
		a, b := one.Log(), many.Log()
		for row := range uint32(a.Rows()) {
			if x, y := a.Event(row), b.Event(row); !reflect.DeepEqual(x, y) {
				t.Fatalf("seed %d, row %d: %+v one by one, %+v together", seed, row, x, y)
			}
		}
		if !reflect.DeepEqual(a.Strings.names, b.Strings.names) || !reflect.DeepEqual(a.Objects.name.names, b.Objects.name.names) {
			t.Fatalf("seed %d: names have other codes", seed)
		}
	}
}

// somePlain is an event, mostly plain, with more columns the later it comes.
func somePlain(r *rand.Rand, n int) Event {
	e := Event{ID: fmt.Sprint("e", n), Type: string(rune('A' + r.IntN(3))), Time: Stamp{clock.Instant(r.Int64N(99)), Time},
		Objects: []Object{{Type: string(rune('s' + r.IntN(2))), ID: fmt.Sprint("C", r.IntN(9))}}}
	may := func(from int) bool { return n >= from && r.IntN(2) == 0 }
	if may(r.IntN(60)) {
		e.Actor = Some(fmt.Sprint("u", r.IntN(5)))
	}
	if may(10) {
		e.Unit = Some(fmt.Sprint("n", r.IntN(5)))
	}
	if may(20) {
		e.Seq, e.HasSeq = int64(r.IntN(9)), true
	}
	if may(25) {
		e.Recorded = Stamp{clock.Instant(r.Int64N(99)), Time}
	}
	if may(30) {
		e.Received = Stamp{clock.Instant(r.Int64N(99)), Time}
	}
	if may(40) {
		e.Source = "two"
	}
	if r.IntN(70) == 0 {
		e.Attrs = []Attr{{"amount", Num(3)}}
	}
	if r.IntN(200) == 0 {
		e.Objects[0].Qualifier = "main"
	}
	return e
}
