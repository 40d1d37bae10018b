package service

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/clock"
)

const erasePack = testPack + `- id: answered-some-day
  title: {en: Answered some day, zh: 终须答复}
  basis: {text: Art. 4, checked: 2026-11-21, status: verified}
  severity: minor
  when: Asked
  must: {followed_by: Answered}
`

// old is a world with cases that ended three years ago: A was found to be late, B, too,
// and nobody has closed that; in C something is still to be answered; D and E share an
// event, and E goes on; F was corrected last week; G is clean, with a custody that
// belongs to it; officer1 approved too much in G and in H.
func old(t *testing.T) *world {
	w := newWorld(t)
	w.known("more", strings.Replace(erasePack, "version: 1.0.0", "version: 1.1.0", 1))
	if err := w.ActivatePacks(context.Background(), []string{"more"}, 0); err != nil {
		t.Fatal(err)
	}
	w.send("desk", "Detained A 0 id=a1", "Detained B 0 id=b1", "Asked C 0 id=c1", "Moved F 0 id=f1", "Approved G 0 id=g1", "Approved G 0 id=g2", "Approved H 0 id=h1", "Frozen H 0 id=h2")
	shared, custody := w.event("Moved D 0 id=d1"), w.event("Held G 0 id=g3")
	shared.Objects = append(shared.Objects, w.event("x E 0").Objects...)
	custody.Objects[0].Type, custody.Objects[0].ID = "custody", "K"
	both := w.event("Held G 0 id=g4")
	both.Objects = append(both.Objects, custody.Objects...)
	src, _ := w.Authenticate(context.Background(), "desk")
	if _, err := w.Take(context.Background(), src, []Arrival{{Event: shared}, {Event: custody}, {Event: both}}); err != nil {
		t.Fatal(err)
	}
	w.hand.pass(25 * 60)
	w.send("desk", "Told A 0 id=a2")
	w.hand.pass(3 * 365 * 24 * 60)
	w.send("desk", "Moved E 0 id=e1", "Moved F 1 id=f2 corrects=f1")
	w.store.closed = map[string]bool{}
	for id, f := range w.store.findings {
		w.store.closed[id] = f.Case != "B"
	}
	return w
}

func (w *world) told() (out []string) {
	page, err := w.Findings(context.Background(), FindingQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range page.Findings {
		out = append(out, fmt.Sprintf("%d %s %s %s %q %q %d", f.Number, f.Rule, f.State, f.Verdict, f.Case, f.Event, f.Erased))
	}
	return out
}

// Cases that ended long ago go whole, with what belongs to them; what the register says
// of them stays as it is, whatever comes: a start, other rules, the same events again.
func TestRetention(t *testing.T) {
	w, ctx := old(t), context.Background()
	ask := EraseAsk{Before: begin + 2*365*24*hour}
	w.want("before", w.told(), `1 not-too-many open breached "" "desk/h1" 0`, `2 told-in-a-day claimed_met met_late "A" "desk/a1" 0`, `3 told-in-a-day open breached "B" "desk/b1" 0`)
	trial, units, officials, err := w.TryErase(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", trial.Kept), "[{Why:open_finding Cases:1 Example:B} {Why:running_obligation Cases:1 Example:C} {Why:shared Cases:1 Example:D}]"; got != want {
		t.Errorf("kept: %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(trial.Cases, trial.Events, trial.Findings, trial.Changed, units, officials), "3 8 2 1 [] [officer1]"; got != want {
		t.Errorf("the trial: %s, want %s", got, want)
	}
	w.want("the trial changed nothing", w.told(), `1 not-too-many open breached "" "desk/h1" 0`, `2 told-in-a-day claimed_met met_late "A" "desk/a1" 0`, `3 told-in-a-day open breached "B" "desk/b1" 0`)

	done, err := w.Erase(ctx, ask, Erasure{Reason: "kept for two years", By: "a", Second: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if done.Number != 1 || done.Kind != Retention || done.Cases != 3 || done.Events != 8 || done.Cleared != 2 {
		t.Errorf("%+v", done)
	}
	after := []string{`1 not-too-many open breached "" "" 1`, `2 told-in-a-day claimed_met met_late "" "" 1`, `3 told-in-a-day open breached "B" "desk/b1" 0`}
	w.want("after", w.told(), after...)
	all := func(what string) {
		t.Helper()
		w.want(what+": sent again", w.send("desk", "Detained A 0 id=a1", "Told A 0 id=a2", "Approved G 0 id=g1"), "refused erased", "refused erased", "refused erased")
		w.want(what+": what corrects it, or is of its case", w.send("desk", "Told X 0 id=x1 corrects=a2", "Told A 525600 id=a3", "Held K 0 id=k"), "refused erased", "refused erased", "taken")
		w.tick()
		w.want(what, w.told(), after...)
		for _, id := range []string{"A", "G", "H"} {
			if c, _ := w.CaseOf(ctx, "case", id); c != nil {
				t.Errorf("%s: case %s: %+v", what, id, c)
			}
		}
		doc, err := w.Verdicts(ctx, 0, 0)
		if err != nil || doc.Log.Erased != 8 {
			t.Errorf("%s: verdicts don't say what is missing: %+v, %v", what, doc, err)
		}
	}
	all("at once")
	w.restart()
	w.store.sources[0].Types = nil
	w.want("after a start: the same again", w.send("desk", "Detained A 0 id=a1"), "refused erased")
	w.known("next", strings.Replace(erasePack, "version: 1.0.0", "version: 2.0.0", 1))
	if err := w.ActivatePacks(ctx, []string{"next"}, 0); err != nil {
		t.Fatal(err)
	}
	w.want("by other rules", w.told(), after...)

	// What happens in such a case from now on is taken: it begins anew.
	w.want("later", w.send("desk", "Detained A 0 id=a9"), "taken")
	w.hand.pass(25 * 60)
	w.tick()
	w.want("and judged", w.told(), append(after, `4 told-in-a-day open breached "A" "desk/a9" 0`)...)
}

// One event goes with what voids or corrects it, and no verdict changes for want of it.
func TestErasureOfOneEvent(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	w.send("desk", "Detained A 0 id=1", "Told A 0 id=2", "Approved B 0 id=3", "Frozen B 0 id=4", "Detained C 0 id=5", "Noted C 0 id=6 text=unlawful")
	w.send("desk", "Noted C 0 id=7 corrects=6 text=lawful")
	w.hand.pass(30 * 60)
	w.tick()
	before := []string{`1 told-in-a-day open breached "C" "desk/5" 0`}
	w.want("before", w.told(), before...)

	for _, c := range []struct{ event, names, changes string }{
		{"desk/6", "[desk/6 desk/7]", "[]"},
		{"desk/2", "[desk/2]", "[told-in-a-day none breached]"},
		{"desk/3", "[desk/3]", "[asked-first none breached]"},
		{"desk/5", "[desk/5]", "[told-in-a-day breached none]"},
	} {
		trial, _, officials, err := w.TryErase(ctx, EraseAsk{Event: c.event})
		if err != nil {
			t.Fatal(err)
		}
		var changes []string
		for _, ch := range trial.Changes {
			changes = append(changes, ch.Rule+" "+ch.Was+" "+ch.Is)
		}
		if got := fmt.Sprint(trial.Names, " ", changes); got != c.names+" "+c.changes {
			t.Errorf("%s: %s", c.event, got)
		}
		if (len(changes) > 0) != slices.Equal(officials, []string{"officer1"}) {
			t.Errorf("%s: it concerns %v", c.event, officials)
		}
	}
	for name, want := range map[string]string{"desk/2": "[officer1]", "desk/8": "[officer1 P9]", "desk/5": "[officer1]", "desk/none": "[]", "2": "[]"} {
		if name == "desk/8" { // of the case, not of the event
			w.send("desk", "Noted D 0 id=8", "Noted D 0 id=9 actor=P9")
		}
		if got, err := w.EventOfficials(ctx, name); err != nil || fmt.Sprint(got) != want {
			t.Errorf("officials of %s: %v %v, want %s", name, got, err, want)
		}
	}
	for i, name := range []string{"desk/6", "desk/2", "desk/3", "desk/5"} {
		if _, err := w.Erase(ctx, EraseAsk{Event: name}, Erasure{Reason: "unlawful"}); err != nil {
			t.Fatal(err)
		}
		w.want("again", w.send("desk", "Noted C 0 id="+name[5:]), "refused erased")
		if name == "desk/5" {
			before = []string{fmt.Sprintf(`1 told-in-a-day open breached "C" "" %d`, i+1)}
		}
		w.tick()
		w.want(name, w.told(), before...)
		w.restart()
		w.tick()
		w.want(name+" after a start", w.told(), before...)
	}
	for _, none := range []string{"desk/6", "desk/none", "nosuch", ""} {
		ask := EraseAsk{Event: none}
		if none == "" {
			ask.Before = begin // nothing is as old
		}
		trial, _, _, err := w.TryErase(ctx, ask)
		if (err == nil) != (none == "") || trial.Events != 0 {
			t.Errorf("%q: %+v, %v", none, trial, err)
		}
	}
}

// An image that was made before holds what was erased: it goes, also where the program
// ended before that.
func TestErasedFromTheImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ctx := newWorld(t), context.Background()
		file := filepath.Join(t.TempDir(), "image")
		w.keepImages(file, 1)
		holds := func() bool {
			b, err := os.ReadFile(file)
			return err == nil && strings.Contains(string(b), "某甲案")
		}
		w.send("desk", "Detained 某甲案 0 id=1", "Told 某甲案 0 id=2", "Told another 0 id=3")
		time.Sleep(2 * tickEvery) // the image is made beside the judge
		synctest.Wait()
		if !holds() {
			t.Fatal("there is no image of it")
		}
		kept := read(t, file)
		w.hand.pass(10 * 24 * 60)
		w.send("desk", "Told another 0 id=4")
		if _, err := w.Erase(ctx, EraseAsk{Before: clock.Instant(w.hand.at.Load()) - hour}, Erasure{}); err != nil {
			t.Fatal(err)
		}
		if holds() {
			t.Error("the image still holds it")
		}
		w.stop()
		write(t, file, kept)
		w.restart()
		if n := w.Service.live.Log().Rows(); n != 2 || holds() {
			t.Errorf("an image of before was used, or is still there: %d events", n)
		}
		w.stop()
		w.restart()
		if n := w.Service.live.Log().Rows(); n != 2 || holds() {
			t.Errorf("%d events, or it is back", n)
		}
		w.stop()
	})
}
