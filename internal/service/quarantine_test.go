package service

import (
	"context"
	"fmt"
	"testing"
)

// isolated are "times code outcome" of what lies in the quarantine.
func (w *world) isolated(waiting bool) []string {
	w.t.Helper()
	items, err := w.Quarantine(context.Background(), "", waiting, 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	out := []string{}
	for _, q := range items {
		out = append(out, fmt.Sprintf("%d %s %s", q.Times, q.Code, q.Outcome))
	}
	return out
}

func (w *world) waitsFor(source string) int64 {
	w.t.Helper()
	list, err := w.Sources(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, info := range list {
		if info.Source.Name == source {
			return info.Waiting
		}
	}
	w.t.Fatalf("no source %q", source)
	return 0
}

// The same thing sent again and again waits once, however it is sent, and says how
// often it came; from another source it is another thing.
func TestTheSameThingWaitsOnce(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk"}, Source{ID: 2, Name: "switch"})
	w.want("sent", w.send("desk", "Told A1 -100 id=1"), "quarantined future")
	w.hand.pass(5)
	w.want("twice in one request", w.send("desk", "Told A1 -100 id=1", "Told A2 -100 id=2", "Told A1 -100 id=1"), "quarantined future", "quarantined future", "quarantined future")
	w.restart()
	w.send("switch", "Told A1 -100 id=1")
	w.want("kept", w.isolated(true), "3 future ", "1 future ", "1 future ")
	if n := w.waitsFor("desk"); n != 2 {
		t.Errorf("%d wait", n)
	}
	items, _ := w.Quarantine(context.Background(), "desk", true, 0, 1)
	if q := items[0]; q.At != begin || q.Last != begin+5*60_000_000 {
		t.Errorf("came %d, last %d", q.At, q.Last)
	}

	// What was settled stays settled.
	if err := w.SetAside(context.Background(), 1, "a test"); err != nil {
		t.Fatal(err)
	}
	w.send("desk", "Told A1 -100 id=1")
	w.want("again", w.isolated(false), "4 future set aside: a test", "1 future ", "1 future ")
	if n := w.waitsFor("desk"); n != 1 {
		t.Errorf("%d wait", n)
	}
	if st := w.sources[1].SourceState; st.Quarantined != 2 || st.Repeated != 3 {
		t.Errorf("%+v", st)
	}

	// What can't be taken mended either is no second thing.
	out, err := w.Mend(context.Background(), 2, Arrival{Event: w.event("Told A2 -200 id=2"), Raw: []byte("other")})
	if err != nil || out.Code != "future" {
		t.Errorf("%+v, %v", out, err)
	}
	w.want("mended badly", w.isolated(true), "1 future ", "1 future ")
}

// Where a source's quarantine is full, what can't be taken is refused, so that the
// source keeps it; its good events, and other sources, go on.
func TestAFullQuarantine(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk"}, Source{ID: 2, Name: "switch"})
	for i := range maxThings {
		w.store.quarantine = append(w.store.quarantine, Quarantined{ID: int64(i + 1), Source: 1, Hash: fmt.Sprint(i), Times: 1})
	}
	w.restart()
	w.want("full", w.send("desk", "Told A1 -100 id=1", "Told A2 1 id=2"), "refused quarantine_full", "taken")
	w.want("of another", w.send("switch", "Told A1 -100 id=1"), "quarantined future")
	if err := w.SetAside(context.Background(), 7, "a test"); err != nil {
		t.Fatal(err)
	}
	w.want("with room again", w.send("desk", "Told A1 -100 id=1", "Told A3 -100 id=3"), "quarantined future", "refused quarantine_full")
	if n := w.waitsFor("desk"); n != maxThings {
		t.Errorf("%d wait", n)
	}
}
