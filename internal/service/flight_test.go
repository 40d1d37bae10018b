package service

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// handed gives lines to the judge and doesn't wait until they are written.
func (w *world) handed(source string, lines ...string) Written {
	w.t.Helper()
	src, ok := w.Authenticate(context.Background(), source)
	if !ok {
		w.t.Fatalf("no source %q", source)
	}
	var in []Arrival
	for _, line := range lines {
		in = append(in, Arrival{Event: w.event(line), Raw: []byte(line)})
	}
	h, err := w.Hand(context.Background(), src, in, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// What comes next is judged while the disk writes what came before, and all of it is
// written together after that.
func TestTheNextIsJudgedWhileOneIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.store.slow = 100 * time.Millisecond
		began := time.Now()
		one := w.handed("desk", "Detained A1 3000 id=1")
		two := w.handed("desk", "Detained A2 0 id=2")
		three := w.handed("desk", "Told A2 0 id=3")
		if spent := time.Since(began); spent != 0 {
			t.Errorf("judged after %v, and nothing keeps the judge", spent)
		}
		for i, h := range []Written{one, two, three} {
			if _, err := h(context.Background()); err != nil {
				t.Fatal(err)
			}
			if want := time.Duration(min(i+1, 2)) * w.store.slow; time.Since(began) != want {
				t.Errorf("%d is written after %v, want %v", i+1, time.Since(began), want)
			}
		}
		// A finding that is being written is changed by what comes next: the record
		// then knows it already.
		four := w.handed("desk", "Detained A3 3000 id=4")
		five := w.handed("desk", "Told A3 2000 id=5")
		for _, h := range []Written{four, five} {
			if _, err := h(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		w.want("findings", w.findings(), "told-in-a-day open breached", "told-in-a-day claimed_met breached")
	})
}

// What can't be written takes with it what was judged on top of it, and nothing else:
// both can be sent again.
func TestWhatRestsOnWhatCantBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.send("desk", "Detained A0 0 id=0")
		w.store.slow = 100 * time.Millisecond
		one := w.handed("desk", "Detained A1 3000 id=1")
		two := w.handed("desk", "Detained A2 0 id=2")
		w.store.mu.Lock()
		w.store.fail = errDisk
		w.store.mu.Unlock()
		for i, h := range []Written{one, two} {
			if out, err := h(context.Background()); !errors.Is(err, errDisk) {
				t.Errorf("%d: %v, %v", i+1, out, err)
			}
		}
		w.store.mu.Lock()
		w.store.fail = nil
		w.store.mu.Unlock()
		time.Sleep(2 * tickEvery) // the judge looks whether it can write
		synctest.Wait()
		w.want("sent again", w.send("desk", "Detained A0 0 id=0", "Detained A1 3000 id=1", "Detained A2 0 id=2"), "repeated", "taken", "taken")
		w.want("findings", w.findings(), "told-in-a-day open breached")
	})
}

// Many events don't go with one that waits already: who sent it would wait for all of
// them. One that comes after many goes with them.
func TestManyDontJoinOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.store.slow = 100 * time.Millisecond
		began := time.Now()
		many := make([]string, lines+1)
		for i := range many {
			many[i] = fmt.Sprintf("Told B%d 0 id=many%d", i, i)
		}
		for i, c := range []struct {
			h    Written
			want int // flights
		}{{w.handed("desk", "Told A1 0 id=1"), 1}, {w.handed("desk", "Told A2 0 id=2"), 2}, {w.handed("desk", many...), 3}, {w.handed("desk", "Told A3 0 id=3"), 3}} {
			if _, err := c.h(context.Background()); err != nil {
				t.Fatal(err)
			}
			if want := time.Duration(c.want) * w.store.slow; time.Since(began) != want {
				t.Errorf("%d is written after %v, want %v", i+1, time.Since(began), want)
			}
		}
	})
}

// What is short is judged though as much waits to be written as should, and goes with that.
func TestOneGoesWithManyThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.store.slow = 100 * time.Millisecond
		many := func(name string) []string {
			list := make([]string, lines+1)
			for i := range list {
				list[i] = fmt.Sprintf("Told %s%d 0 id=%s%d", name, i, name, i)
			}
			return list
		}
		written := func(h Written) {
			t.Helper()
			if _, err := h(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		w.flights.mu.Lock()
		w.flights.pace = batchTime // each of them takes as long as a batch may
		w.flights.mu.Unlock()
		began := time.Now()
		up, waits := w.handed("desk", many("B")...), w.handed("desk", many("C")...)
		one := w.handed("desk", "Told D1 0 id=D1")
		if spent := time.Since(began); spent != 0 {
			t.Errorf("judged after %v, while many wait to be written", spent)
		}
		for i, h := range []Written{up, waits, one} {
			written(h)
			if want := time.Duration(min(i+1, 2)) * w.store.slow; time.Since(began) != want {
				t.Errorf("%d is written after %v, want %v", i+1, time.Since(began), want)
			}
		}
	})
}

// A flight is down before the next can be up: what one that has landed says of a finding
// is never taken for how it stands after a later one.
func TestDownBeforeTheNextIsUp(t *testing.T) {
	var fs flights
	s := &Service{}
	for n, state := range []FindingState{Open, ClaimedMet, Open} {
		f, ok := fs.add(&Commit{Findings: []Finding{{ID: "a", State: state}}}, nil)
		if !ok || f == nil {
			t.Fatalf("flight %d isn't the first: %v, %v", n, f, ok)
		}
		if next, _ := fs.next(1, false); next != nil || !f.down() {
			t.Fatalf("flight %d: %v follows, down %v", n, next, f.down())
		}
		s.flights.over = fs.over
		if got, is := s.under("a"); !is || got.State != state {
			t.Errorf("after flight %d it is %q, want %q", n, got.State, state)
		}
	}
	if len(fs.over) != 1 {
		t.Errorf("%d flights are kept, want the last alone", len(fs.over))
	}
}
