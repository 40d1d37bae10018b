package service

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/reconcile"
)

const comparison = `reconcile:
- name: calls
  title: {en: Calls, zh: 报警}
  says: {en: Every call is registered., zh: 每一起报警均须登记。}
  left: {source: switch, types: [Call]}
  right: {source: desk, types: [Registered]}
  by: [day, unit]
  wait: 1h
`

// comparing is a world of two sources that are held against each other.
func comparing(t *testing.T, sources ...Source) *world {
	t.Helper()
	if len(sources) == 0 {
		sources = []Source{{ID: 1, Name: "desk"}, {ID: 2, Name: "switch"}}
	}
	w := newWorld(t, sources...)
	w.compares(comparison)
	w.restart()
	return w
}

func (w *world) compares(text string) {
	w.t.Helper()
	rules, err := reconcile.Parse("reconcile.yaml", []byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.comparisons = rules
}

// gapped are "state day unit last-note" of findings of reconciliation.
func (w *world) gapped() []string {
	w.t.Helper()
	page, err := w.Findings(context.Background(), FindingQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	out := []string{}
	for _, f := range page.Findings {
		if f.Kind != "gap" {
			continue
		}
		d, err := w.Finding(context.Background(), f.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		n := d.Notes[len(d.Notes)-1]
		line := fmt.Sprintf("%s %s %s: %s %s", f.State, f.Key[0].ID, f.Unit, n.Kind, n.Text)
		if f.Provisional {
			line += " (provisional)"
		}
		out = append(out, line)
	}
	return out
}

// A call that was never registered shows in the totals. What is entered late
// claims that it is all there, and closes nothing.
func TestAGapIsRaisedAndClaimedMet(t *testing.T) {
	w := comparing(t)
	w.hand.pass(60)
	w.send("switch", "Call c1 0 id=1 ", "Call c2 0 id=2", "Call c3 0 id=3")
	w.send("desk", "Registered c1 0 id=1")
	w.hand.pass(23*60 + 59)
	w.tick()
	w.want("while it is waited for", w.gapped())
	w.hand.pass(1)
	w.tick()
	w.want("afterwards", w.gapped(), "open 2026-03-02 : raised switch 3 : 1 desk")
	w.restart()
	w.tick()
	w.want("after a restart", w.gapped(), "open 2026-03-02 : raised switch 3 : 1 desk")
	w.send("desk", "Registered c2 1400 id=2")
	w.want("one more", w.gapped(), "open 2026-03-02 : amended switch 3 : 2 desk")
	w.send("desk", "Registered c3 1400 id=3")
	w.want("all of them", w.gapped(), "claimed_met 2026-03-02 : claimed_met switch 3 : 3 desk")
	w.send("desk", "Registered c3 1400 id=4 voids=3")
	w.want("and one taken back", w.gapped(), "open 2026-03-02 : raised switch 3 : 2 desk")
	w.send("switch", "Call c3 3000 id=5 corrects=3") // it was of the day before
	w.want("a day that isn't the right one", w.gapped(), "claimed_met 2026-03-02 : claimed_met switch 2 : 2 desk", "open 2026-02-28 : raised switch 1 : 0 desk")
	page, _ := w.Findings(context.Background(), FindingQuery{})
	d, err := w.Finding(context.Background(), page.Findings[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := d.Explanation.(*GapExplanation)
	if !ok || e.Says.Zh != "每一起报警均须登记。" || e.Left.Source != "switch" || !slices.Equal(e.By, []string{"day", "unit"}) {
		t.Errorf("explanation %+v", d.Explanation)
	}
	f := d.Finding
	if f.Rule != "calls" || f.Severity != "major" || f.EventTime != begin || f.Due != begin+25*3600_000_000 {
		t.Errorf("%+v", f)
	}
}

// A gap beside a silent source says that it may not stay.
func TestAGapBesideASilentSourceIsProvisional(t *testing.T) {
	w := comparing(t, Source{ID: 1, Name: "desk", Habit: 3600_000_000}, Source{ID: 2, Name: "switch"})
	w.send("switch", "Call c1 0 id=1")
	w.hand.pass(25 * 60)
	w.tick()
	w.want("found", w.gapped(), "open 2026-03-02 : raised switch 1 : 0 desk (provisional)")
}

// What is declared anew is judged over the whole record; to declare something no
// longer closes nothing.
func TestComparisonsComeAndGo(t *testing.T) {
	w := comparing(t)
	w.send("switch", "Call c1 0 id=1", "Call c2 0 id=2")
	w.send("desk", "Registered c1 0 id=1")
	w.hand.pass(48 * 60)
	w.tick()
	w.want("raised", w.gapped(), "open 2026-03-02 : raised switch 2 : 1 desk")
	w.compares(strings.Replace(comparison, "wait: 1h", "wait: 1h\n  tolerance: {absolute: 1}", 1))
	w.restart()
	w.tick()
	w.want("more is allowed", w.gapped(), "claimed_met 2026-03-02 : claimed_met switch 2 : 1 desk")
	w.compares(comparison)
	w.restart()
	w.tick()
	w.want("and less again", w.gapped(), "open 2026-03-02 : raised switch 2 : 1 desk")
	w.compares(strings.Replace(comparison, "name: calls", "name: other", 1))
	w.restart()
	w.tick()
	w.want("another", w.gapped(), "open 2026-03-02 : raised switch 2 : 1 desk", "open 2026-03-02 : raised switch 2 : 1 desk")
}

// Whatever comes in whatever order, corrected and voided, with restarts and other
// packs in between: the gaps that stand are those of a plain count over what every
// event says in the end.
func TestGapsAreThoseOfAPlainCount(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := comparing(t)
		w.known("longer", strings.NewReplacer("version: 1.0.0", "version: 2.0.0", "within: 24h", "within: 72h").Replace(testPack))
		sent := map[string][]event.Event{} // by source
		for i := range 60 {
			name := []string{"desk", "switch"}[r.IntN(2)]
			e := w.drawn(r, name, i)
			sent[name] = append(sent[name], e)
		}
		for name := range sent {
			r.Shuffle(len(sent[name]), func(i, j int) { sent[name][i], sent[name][j] = sent[name][j], sent[name][i] })
		}
		w.hand.at.Store(begin + 6*day)
		w.hand.mono.Store(6 * day)
		for name, list := range sent {
			for len(list) > 0 {
				n := min(len(list), 1+r.IntN(9))
				w.took(name, list[:n])
				if r.IntN(3) == 0 {
					w.took(name, list[:n]) // again
				}
				list = list[n:]
				switch r.IntN(8) {
				case 0:
					w.restart()
				case 1:
					_ = w.ActivatePacks(context.Background(), []string{"longer"}, begin) // a second time it is refused
				}
			}
		}
		w.tick()
		want := plainGaps(w.zone, sent)
		var got []string
		for _, g := range w.gapped() {
			if strings.HasPrefix(g, "open ") {
				head, _, _ := strings.Cut(g, ":")
				text := g[strings.LastIndex(g, "switch"):]
				got = append(got, strings.TrimPrefix(head, "open ")+": "+text)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d:\n got %q\nwant %q", seed, got, want)
		}
		if err := w.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

const day = 24 * 3600 * 1_000_000

// drawn is an event, a correction or a voiding of one that may or may not come.
func (w *world) drawn(r *rand.Rand, source string, i int) event.Event {
	e := event.Event{ID: fmt.Sprint(i), Type: map[string]string{"desk": "Registered", "switch": "Call"}[source], Seq: int64(i), HasSeq: true,
		Time: event.Stamp{At: begin + clock.Instant(r.Int64N(4*day)), Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: "c"}}}
	if r.IntN(8) == 0 {
		e.Type = "Other"
	}
	if u := r.IntN(3); u > 0 {
		e.Unit = event.Some([]string{"", "north", "south"}[u])
	}
	switch of := fmt.Sprint(r.IntN(60)); {
	case of == e.ID:
	case r.IntN(4) == 0:
		e.Corrects = of
	case r.IntN(8) == 0:
		e.Voids = of
	}
	return e
}

func (w *world) took(source string, events []event.Event) {
	w.t.Helper()
	src, _ := w.Authenticate(context.Background(), source)
	var in []Arrival
	for _, e := range events {
		in = append(in, Arrival{Event: e})
	}
	if _, err := w.Take(context.Background(), src, in); err != nil {
		w.t.Fatal(err)
	}
}

// plainGaps counts what stands: of an original event the greatest of those that
// correct or void it, itself where there is none.
func plainGaps(z *clock.Zone, sent map[string][]event.Event) []string {
	totals := map[string][2]int{}
	for name, list := range sent {
		best := map[string]event.Event{}
		for _, e := range list {
			if of := e.Corrects + e.Voids; of != "" {
				if have, ok := best[of]; !ok || e.Seq > have.Seq {
					best[of] = e
				}
			}
		}
		for _, e := range list {
			if e.Corrects+e.Voids != "" {
				continue
			}
			if other, ok := best[e.ID]; ok {
				e = other
			}
			if e.Voids != "" || e.Type != map[string]string{"desk": "Registered", "switch": "Call"}[name] {
				continue
			}
			key := fmt.Sprintf("%s %s", z.Date(e.Time.At), e.Unit.Value)
			t := totals[key]
			t[map[string]int{"switch": 0, "desk": 1}[name]]++
			totals[key] = t
		}
	}
	var out []string
	for key, t := range totals {
		if t[0] != t[1] {
			out = append(out, fmt.Sprintf("%s: switch %d : %d desk", key, t[0], t[1]))
		}
	}
	slices.Sort(out)
	return out
}
