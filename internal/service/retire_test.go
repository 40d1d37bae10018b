package service

import (
	"context"
	"strings"
	"testing"

	"plumbline/internal/trial"
)

// What was activated before a pack is retired runs to its end under it; nothing
// after does, also once the service was started anew. The same version may come
// back later.
func TestRetiringAPack(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	w.known("same", testPack)
	w.send("desk", "Detained A1 0 id=1")
	w.hand.pass(25 * 60)
	w.tick()
	w.want("before", w.findings(), "told-in-a-day open breached")
	name := w.InForce()[0].Name
	d, err := w.TryRetire(ctx, []string{name})
	if err != nil {
		t.Fatal(err)
	}
	if diff := d.(*trial.Diff); diff.Totals.ViolationsVanished != 1 || diff.Totals.ViolationsAppeared != 0 {
		t.Errorf("trying it: %+v", diff.Totals.Counts)
	}
	for _, none := range [][]string{{"nosuch"}, {name, name}} {
		if _, err := w.TryRetire(ctx, none); err == nil || !strings.Contains(err.Error(), "isn't in force") {
			t.Errorf("%v: %v", none, err)
		}
	}
	w.send("desk", "Detained A2 0 id=2") // on the second day
	if err := w.RetirePacks(ctx, []string{name}, begin+48*hour); err != nil {
		t.Fatal(err)
	}
	w.hand.pass(25 * 60)
	w.send("desk", "Detained A3 0 id=3") // on the third
	w.hand.pass(30 * 60)
	w.tick()
	want := []string{"told-in-a-day open breached", "told-in-a-day open breached"}
	w.want("A1 and A2, and not A3", w.findings(), want...)
	w.restart()
	w.want("after a restart", w.findings(), want...)
	if err := w.RetirePacks(ctx, []string{name}, begin+48*hour); err == nil {
		t.Error("it was retired twice")
	}
	if err := w.RetirePacks(ctx, []string{name}, begin+10_000*24*hour); err == nil {
		t.Error("it was retired on a day many years ahead")
	}
	if err := w.ActivatePacks(ctx, []string{"same"}, begin+96*hour); err != nil {
		t.Errorf("it can't come back: %v", err)
	}
}
