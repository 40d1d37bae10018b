package service

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// An event's number is that of its first receipt: what came later is after what
// came before, however much was repeated beside it. So the last of two corrections
// stands.
func TestWhatComesLaterHasAGreaterNumber(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 5 id=1", "Detained A2 5 id=2")
	w.want("repeated, and corrected", w.send("desk", "Detained A1 5 id=1", "Detained A2 5 id=2", "Detained A1 5 id=3 corrects=1 x=first"),
		"repeated", "repeated", "corrected")
	w.want("corrected again", w.send("desk", "Detained A1 5 id=4 corrects=1 x=second"), "corrected")
	row, _ := w.live.Find("desk", "1")
	if got := w.live.Log().SeqOf(row); got != 1 {
		t.Errorf("the original's number became %d", got)
	}
	e := w.live.Log().Event(row)
	if got := e.Get("x").Str; got != "second" {
		t.Errorf("the %s correction stands", got)
	}
}

// What a request puts right itself was never told, so it isn't claimed; what came
// after a deadline is.
func TestARequestIsReadWholeBeforeItAccuses(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Frozen A1 10 id=1", "Approved A1 20 id=2")
	w.want("an approval behind its act", w.findings())
	w.send("desk", "Frozen A2 10 id=3")
	w.send("desk", "Approved A2 20 id=4")
	w.want("an approval that came afterwards", w.findings(), "asked-first claimed_met breached")
	w.send("desk", "Approved B1 50 id=5", "Approved B2 50 id=6", "Approved B3 5000 id=7", "Approved B4 4999 id=8", "Approved B5 4998 id=9", "Approved B6 5001 id=10")
	for _, f := range w.store.findings {
		if f.ReplacedBy != "" {
			t.Errorf("%s became part of %s within one request", f.ID, f.ReplacedBy)
		}
	}
}

// Two who mend the same thing at once drive it once.
func TestTwoMendTheSame(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 -100 id=1")
	src, err := w.sourceOf(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	heard := w.sources[src.ID].Contact
	w.hand.pass(10)
	w.mu.Lock() // the judge waits, so that both find it unsettled
	var both sync.WaitGroup
	var taken, settled int
	var count sync.Mutex
	a := func(id string) *ask {
		k := &ask{source: src, in: []Arrival{{Event: w.event("Detained A1 0 id=" + id)}}, item: 1}
		k.also = func(c *Commit, now clock.Instant) { w.settle(c, k.held, now, k.out[0].Outcome) }
		return k
	}
	for _, id := range []string{"x", "y"} {
		both.Go(func() {
			k := a(id)
			if err := w.ask(context.Background(), k); err != nil {
				t.Error(err)
			}
			count.Lock()
			defer count.Unlock()
			if k.gone {
				settled++
			} else {
				taken++
			}
		})
	}
	w.mu.Unlock()
	both.Wait()
	if taken != 1 || settled != 1 {
		t.Errorf("%d were taken, %d were told that it is settled", taken, settled)
	}
	if w.sources[src.ID].Contact != heard {
		t.Error("mending counts as hearing of the source")
	}
}

// More than a segment holds becomes several, and is still one commit.
func TestMoreThanASegmentHolds(t *testing.T) {
	w := newWorld(t)
	src, _ := w.Authenticate(context.Background(), "desk")
	attrs := make([]event.Attr, 440_000) // each takes memory, and none is worth much on the line
	for i := range attrs {
		attrs[i] = event.Attr{Name: "n", Value: event.Num(1)}
	}
	var in []Arrival
	for i := range 8 {
		e := w.event(fmt.Sprintf("Detained A%d 1 id=%d", i, i))
		e.Attrs = attrs
		in = append(in, Arrival{Event: e})
	}
	out, err := w.Take(context.Background(), src, in)
	if err != nil || len(out) != 8 || out[7].Outcome != "taken" {
		t.Fatalf("%v, %v", out, err)
	}
	if n := len(w.store.segments); n < 2 {
		t.Errorf("%d segments", n)
	}
	w.restart()
	w.want("sent again", w.send("desk", "Told A1 1 id=9"), "taken")
}

// A clock that leapt isn't believed because the disk was full in between.
func TestAFullDiskSetsNoClock(t *testing.T) { synctest.Test(t, fullDiskSetsNoClock) }

func fullDiskSetsNoClock(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 0 id=1")
	w.hand.at.Add(400 * 24 * 60 * 60_000_000)
	w.store.mu.Lock()
	w.store.fail = errDisk
	w.store.mu.Unlock()
	src, _ := w.Authenticate(context.Background(), "desk")
	if _, err := w.Take(context.Background(), src, []Arrival{{Event: w.event("Frozen A1 576000 id=2")}}); err == nil {
		t.Error("taken on a full disk")
	}
	w.store.mu.Lock()
	w.store.fail = nil
	w.store.mu.Unlock()
	time.Sleep(2 * tickEvery)
	synctest.Wait()
	w.tick()
	w.want("nothing was broken by it", w.findings())
	if err := w.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// A source that comes while packs come into force disturbs nothing. (Under the race
// detector, a map that both use shows.)
func TestASourceComesWhilePacksDo(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk", Habit: 1})
	for i := range 200 {
		w.send("desk", fmt.Sprintf("Frozen A%d 1 id=%d", i, i))
	}
	for i := range 5 {
		w.known(fmt.Sprintf("v%d", i), strings.Replace(testPack, "version: 1.0.0", fmt.Sprintf("version: 3.%d.0", i), 1))
	}
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 5 {
			name := fmt.Sprintf("v%d", i)
			if err := w.ActivatePacks(context.Background(), []string{name}, 0); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range int64(300) {
		w.store.mu.Lock()
		w.store.sources = append(w.store.sources, Source{ID: 2 + i, Name: fmt.Sprint("new", i), Token: [32]byte{byte(i), byte(i >> 8), 1}})
		w.store.mu.Unlock()
		w.Authenticate(context.Background(), "nobody's")
	}
	both.Wait()
}

// A source that is shut off while it is silent, and let in again without a word from it, is
// silent as before: the finding is open again, and there is no second one.
func TestASilenceGoesOnWhereTheSourceWasShutOff(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk", Habit: 3600_000_000})
	w.send("desk", "Frozen A1 1 id=1")
	w.hand.pass(120)
	w.tick()
	for _, shut := range []bool{true, false} {
		w.store.mu.Lock()
		w.store.sources[0].Disabled = shut
		w.store.mu.Unlock()
		w.hand.pass(1)
		w.tick()
	}
	var said []string
	for _, n := range w.store.notes {
		said = append(said, n.Kind)
	}
	w.want("histories", said, "raised", "raised", "ended", "raised")
	w.want("findings", w.findings(), "asked-first open breached", "silence open breached")
	if next := w.store.pos.NextFinding; next != 2 {
		t.Errorf("%d findings are numbered, want 2", next)
	}
}

// Who reads of a silence reads when it ended, also after a restart in between.
func TestASilenceEnds(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk", Habit: 3600_000_000})
	w.send("desk", "Frozen A1 1 id=1")
	w.hand.pass(120)
	w.tick()
	w.restart()
	w.hand.pass(60)
	w.send("desk", "Approved A1 400 id=2")
	var said []string
	var state FindingState
	for _, n := range w.store.notes {
		for _, f := range w.store.findings {
			if f.ID == n.Finding && f.Kind == "source" {
				said = append(said, n.Kind+": "+n.Text+" "+n.TextZH)
				state = f.State
			}
		}
	}
	w.want("history", said, "raised: nothing was heard of it for 2 h 00 min 已有 2 小时 00 分 未收到其消息", "ended: it was heard of again 已恢复发送")
	if state != Ended {
		t.Errorf("the finding is %s", state)
	}
	w.hand.pass(120)
	w.tick()
	w.want("the next silence is another", w.findings(), "asked-first claimed_met breached", "silence ended breached", "silence open breached")
}

// A number that was in force stays with its content, also once another version has
// followed it.
func TestANumberStaysWithItsContent(t *testing.T) {
	w := newWorld(t)
	second := strings.NewReplacer("version: 1.0.0", "version: 2.0.0", "within: 24h", "within: 72h").Replace(testPack)
	w.known("second", second)
	w.known("first", testPack)
	w.known("forged", strings.Replace(testPack, "within: 24h", "within: 240h", 1))
	ctx := context.Background()
	day := func(n int64) clock.Instant { return clock.Instant(begin + n*24*3600*1_000_000) }
	if err := w.ActivatePacks(ctx, []string{"second"}, day(1)); err != nil {
		t.Fatal(err)
	}
	if err := w.ActivatePacks(ctx, []string{"forged"}, day(2)); err == nil {
		t.Error("1.0.0 came back with other content")
	}
	if err := w.ActivatePacks(ctx, []string{"first"}, day(2)); err != nil {
		t.Errorf("1.0.0 can't come back as it was: %v", err)
	}
	w.hand.pass(3 * 24 * 60)
	w.send("desk", "Detained A1 1440 id=1") // on the third day
	w.hand.pass(1)
	w.tick()
	page, _ := w.Findings(ctx, FindingQuery{})
	if len(page.Findings) != 1 || page.Findings[0].Version != "1.0.0" {
		t.Fatalf("%+v", page.Findings)
	}
	if d, err := w.Finding(ctx, page.Findings[0].ID); err != nil || d.Explanation == nil {
		t.Errorf("not explained: %v", err)
	}
}
