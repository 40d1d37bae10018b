package service

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/pack"
	"plumbline/internal/reconcile"
	"plumbline/internal/trial"
)

const testPack = `pack: t
version: 1.0.0
title: {en: T, zh: 测}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {n: number}}
rules:
- id: told-in-a-day
  title: {en: Told within a day, zh: 一日内告知}
  basis: {text: Art. 1, checked: 2026-11-21, status: verified}
  severity: major
  when: Detained
  must: {followed_by: Told, within: 24h}
  warn: 2h
- id: asked-first
  title: {en: Asked first, zh: 先行申请}
  basis: {text: Art. 2, checked: 2026-11-21, status: unverified}
  severity: minor
  when: Frozen
  must: {preceded_by: Approved}
- id: not-too-many
  title: {en: Not too many, zh: 不得过多}
  basis: {text: Art. 3, checked: 2026-11-21, status: verified}
  severity: minor
  count: {of: Approved, per: [actor], in: 24h, at_most: 2}
`

// hand is a clock that tests move.
type hand struct{ at, mono atomic.Int64 }

func (h *hand) now() (clock.Instant, int64) { return clock.Instant(h.at.Load()), h.mono.Load() }

// pass lets time pass as clocks usually do.
func (h *hand) pass(minutes int64) {
	h.at.Add(minutes * 60_000_000)
	h.mono.Add(minutes * 60_000_000)
}

type world struct {
	*Service
	t     *testing.T
	store *memory
	hand  *hand
	zone  *clock.Zone
	packs []*pack.Pack
	named map[string]*pack.Pack

	comparisons []reconcile.Rule
	options     func(*Options) // what a test wants otherwise, nil for nothing
}

// begin is 2026-03-02 00:00 UTC.
const begin = 1_772_409_600_000_000

func newWorld(t *testing.T, sources ...Source) *world {
	t.Helper()
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.FromFiles(map[string]string{"pack.yaml": testPack}, "pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) == 0 {
		sources = []Source{{ID: 1, Name: "desk", Skew: 60_000_000}}
	}
	for i := range sources {
		sources[i].Token = sha256.Sum256([]byte(sources[i].Name))
		sources[i].Created = begin
	}
	w := &world{t: t, store: newMemory(sources...), hand: &hand{}, zone: zone, packs: []*pack.Pack{p}, named: map[string]*pack.Pack{}}
	w.hand.at.Store(begin)
	w.restart()
	return w
}

// restart stops the service, if it runs, and folds it anew from the store.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	opt := Options{Store: w.store, Packs: w.packs, Zone: w.zone, Now: w.hand.now,
		Log:       slog.New(slog.NewTextHandler(io.Discard, nil)),
		LoadPack:  func(name string) ([]*pack.Pack, error) { return []*pack.Pack{w.named[name]}, nil },
		Refused:   func(f string) (string, string, bool) { return "telephone", "电话", f == "phone" },
		Reconcile: w.comparisons}
	if w.options != nil {
		w.options(&opt)
	}
	s, err := Start(context.Background(), opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
	w.t.Cleanup(func() { _ = s.Close(context.Background()) })
}

// stop ends the service, if it runs.
func (w *world) stop() {
	w.t.Helper()
	if w.Service == nil {
		return
	}
	if err := w.Close(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// known lets a pack be named.
func (w *world) known(name, text string) {
	w.t.Helper()
	p, err := pack.FromFiles(map[string]string{"pack.yaml": text}, "pack.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	w.named[name] = p
}

// send sends events "TYPE case minutes-ago [id]" as a source.
func (w *world) send(source string, lines ...string) []string {
	w.t.Helper()
	out, err := w.handed(source, lines...)(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, o := range out {
		got = append(got, strings.TrimSpace(o.Outcome+" "+o.Code))
	}
	return got
}

func (w *world) event(line string) event.Event {
	w.t.Helper()
	f := strings.Fields(line)
	var ago int64
	if _, err := fmt.Sscan(f[2], &ago); err != nil {
		w.t.Fatal(err)
	}
	e := event.Event{Type: f[0], Objects: []event.Object{{Type: "case", ID: f[1]}}, Actor: event.Some("officer1"),
		Time: event.Stamp{At: clock.Instant(w.hand.at.Load() - ago*60_000_000), Kind: event.Time}}
	for _, more := range f[3:] {
		k, v, _ := strings.Cut(more, "=")
		switch k {
		case "id":
			e.ID = v
		case "actor":
			e.Actor = event.Some(v)
		case "corrects":
			e.Corrects = v
		case "voids":
			e.Voids = v
		default:
			e.Attrs = append(e.Attrs, event.Attr{Name: k, Value: event.Str(v)})
		}
	}
	return e
}

// tick lets the judge look at the clock without an event.
func (w *world) tick() {
	w.t.Helper()
	src := w.store.sources[0]
	if err := w.ask(context.Background(), &ask{source: &src, also: func(*Commit, clock.Instant) {}}); err != nil {
		w.t.Fatal(err)
	}
}

// findings are "rule state verdict" in order of their numbers.
func (w *world) findings() []string {
	w.t.Helper()
	page, err := w.Findings(context.Background(), FindingQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, f := range page.Findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.Rule, f.State, f.Verdict))
	}
	return out
}

func (w *world) want(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// A deadline passes without any event; what comes in late afterwards claims that
// the duty was met and closes nothing.
func TestAFindingIsRaisedByTheClockAndClaimedMetByALateEntry(t *testing.T) {
	w := newWorld(t)
	w.want("sent", w.send("desk", "Detained A1 0 id=1"), "taken")
	w.hand.pass(24 * 60)
	w.tick()
	w.want("at the last minute", w.findings())
	w.hand.pass(1)
	w.tick()
	w.want("a minute later", w.findings(), "told-in-a-day open breached")
	w.want("sent late", w.send("desk", "Told A1 10 id=2"), "taken")
	w.want("an entry dated in time", w.findings(), "told-in-a-day claimed_met breached")
	page, _ := w.Findings(context.Background(), FindingQuery{})
	d, err := w.Finding(context.Background(), page.Findings[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, n := range d.Notes {
		kinds = append(kinds, n.Kind)
	}
	w.want("history", kinds, "raised", "claimed_met")
	if n := d.Notes[1]; n.By != "desk/2" || n.Entered != clock.Instant(w.hand.at.Load()) {
		t.Errorf("the claim rests on %q entered %v", n.By, n.Entered)
	}
}

// What is within a rule's warn is at risk until it is done or too late, also after
// a restart.
func TestWhatIsAtRisk(t *testing.T) {
	w := newWorld(t)
	risks := func() []string {
		list, all := w.AtRisk(context.Background(), func(a *AtRisk) bool { return a.Unit == "" }, 1)
		out := []string{fmt.Sprint(all)}
		for _, a := range list {
			out = append(out, a.Rule+" "+a.Case+" "+a.Event)
		}
		return out
	}
	w.send("desk", "Detained A1 0 id=1", "Detained A2 60 id=2")
	w.want("at first", risks(), "0")
	w.hand.pass(22*60 - 1)
	w.tick()
	w.want("two hours before the first is due", risks(), "1", "told-in-a-day A2 desk/2")
	w.hand.pass(1)
	w.tick()
	w.want("and before the second", risks(), "2", "told-in-a-day A2 desk/2")
	w.restart()
	w.tick()
	w.want("after a restart", risks(), "2", "told-in-a-day A2 desk/2")
	w.send("desk", "Told A2 0 id=3")
	w.want("one is done", risks(), "1", "told-in-a-day A1 desk/1")
	w.hand.pass(121)
	w.tick()
	w.want("the other is too late", risks(), "0")
	var figures []string
	for _, f := range w.Figures(context.Background(), func(string) bool { return true }) {
		figures = append(figures, fmt.Sprint(f.Rule, " ", f.Month, " ", f.Activations, " ", f.Met, " ", f.Breached))
	}
	w.want("and both are counted", figures, "told-in-a-day 2026-03-01 2 1 1")
	w.want("and found", w.findings(), "told-in-a-day open breached")
}

// What an explanation says of a live finding is what `check` says of the log.
func TestAFindingExplainsItself(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 0 id=1")
	w.hand.pass(26 * 60)
	w.send("desk", "Told A1 0 id=2")
	page, _ := w.Findings(context.Background(), FindingQuery{})
	if len(page.Findings) != 1 {
		t.Fatalf("%d findings", len(page.Findings))
	}
	f := page.Findings[0]
	if f.Case != "A1" || f.Actor != "officer1" || f.Event != "desk/1" || f.Severity != "major" || f.Warning {
		t.Errorf("finding %+v", f)
	}
	d, err := w.Finding(context.Background(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	ex, ok := d.Explanation.(*Explanation)
	if !ok {
		t.Fatalf("no explanation: %+v", d)
	}
	if ex.ID != f.ID || ex.Sentence == "" || ex.SentenceZH == "" || len(ex.Steps) == 0 || ex.Sufficed == nil || len(d.Events) != 2 {
		t.Errorf("explanation %+v", ex)
	}
}

func TestWhatBecomesOfEvents(t *testing.T) {
	w := newWorld(t, Source{ID: 1, Name: "desk", Skew: 60_000_000}, Source{ID: 2, Name: "switch", Types: []string{"Detained"}})
	w.want("first", w.send("desk", "Detained A1 5 id=1"), "taken")
	w.want("again", w.send("desk", "Detained A1 5 id=1"), "repeated")
	w.want("other content", w.send("desk", "Detained A2 5 id=1"), "refused conflict")
	if out, _ := w.Take(context.Background(), &w.store.sources[0], []Arrival{{Event: w.event("Detained A2 5 id=1")}}); !strings.Contains(out[0].Why, `"corrects": "1"`) || !strings.Contains(out[0].WhyZH, "请发送更正") {
		t.Errorf("%+v", out)
	}
	w.want("another source's", w.send("switch", "Detained A1 5 id=1"), "taken")
	w.want("correction", w.send("desk", "Detained A1 4 id=2 corrects=1", "Detained A1 4 id=3 corrects=9"), "corrected", "waiting")
	w.want("ahead", w.send("desk", "Told A1 -1 id=4", "Told A1 -2 id=5"), "held", "quarantined future")
	w.want("not its own", w.send("switch", "Told A1 1 id=6"), "refused not_its_type")
	w.want("of the public", w.send("desk", "Told A1 1 id=7 phone=1"), "refused public")
	items, err := w.Quarantine(context.Background(), "desk", true, 0, 10)
	if err != nil || len(items) != 1 || items[0].Code != "future" {
		t.Fatalf("quarantine %+v, %v", items, err)
	}
	out, err := w.Mend(context.Background(), items[0].ID, Arrival{Event: w.event("Told A1 1 id=5")})
	if err != nil || out.Outcome != "taken" {
		t.Fatalf("mended: %+v, %v", out, err)
	}
	if _, err := w.Mend(context.Background(), items[0].ID, Arrival{}); err != ErrSettled {
		t.Errorf("mended twice: %v", err)
	}
}

// A source that says nothing beyond its habit is a finding, W no longer waits for
// it, and what rests on its silence is provisional.
func TestASilentSource(t *testing.T) {
	const hours = 3600 * 1_000_000
	w := newWorld(t, Source{ID: 1, Name: "desk"}, Source{ID: 2, Name: "centre", Types: []string{"Told"}, Lateness: 12 * hours, Habit: 48 * hours})
	w.send("centre", "Told Z 0 id=0")
	w.send("desk", "Detained A1 0 id=1")
	w.hand.pass(30 * 60)
	w.tick()
	w.want("W waits for the centre", w.findings())
	w.hand.pass(7 * 60)
	w.tick()
	w.want("not for ever", w.findings(), "told-in-a-day open breached")
	w.send("desk", "Detained A2 0 id=2")
	w.hand.pass(12 * 60)
	w.tick()
	w.want("silence", w.findings(), "told-in-a-day open breached", "silence open breached")
	w.hand.pass(13 * 60)
	w.tick()
	page, _ := w.Findings(context.Background(), FindingQuery{})
	if f := page.Findings[len(page.Findings)-1]; f.Case != "A2" || !f.Provisional {
		t.Errorf("finding %+v; expected A2's, provisional", f)
	}
}

// Where the disk is full nothing is taken, and everything goes on once it isn't.
func TestARecordThatCantBeWritten(t *testing.T) { synctest.Test(t, cantBeWritten) }

func cantBeWritten(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 0 id=1")
	w.store.mu.Lock()
	w.store.fail = errDisk
	w.store.mu.Unlock()
	src, _ := w.Authenticate(context.Background(), "desk")
	if _, err := w.Take(context.Background(), src, []Arrival{{Event: w.event("Told A1 0 id=2")}}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Fatalf("taken on a full disk: %v", err)
	}
	if err := w.Ready(); err == nil {
		t.Fatal("ready on a full disk")
	}
	w.store.mu.Lock()
	w.store.fail = nil
	w.store.mu.Unlock()
	time.Sleep(2 * tickEvery) // the judge looks at the clock, and at whether it can write
	synctest.Wait()
	w.want("sent again", w.send("desk", "Told A1 0 id=2"), "taken")
	w.want("and again", w.send("desk", "Told A1 0 id=2"), "repeated")
}

// A page that went bad is told before anybody needs it, and nothing is written over
// it.
func TestAPageThatWentBad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goneBad(t, func(m *memory) { m.damage = fmt.Errorf("page 7: %w", ErrDamaged) })
	})
}

// So is a segment, which a start from an image doesn't read.
func TestASegmentThatWentBad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goneBad(t, func(m *memory) { m.segments[0].Body[9] ^= 1 })
	})
}

func goneBad(t *testing.T, damage func(*memory)) {
	w := newWorld(t)
	w.send("desk", "Detained A1 0 id=1")
	w.store.mu.Lock()
	damage(w.store)
	w.store.mu.Unlock()
	if err := w.Ready(); err != nil {
		t.Fatalf("before anybody looked: %v", err)
	}
	time.Sleep(firstLook + tickEvery)
	synctest.Wait()
	src, _ := w.Authenticate(context.Background(), "desk")
	for range 2 {
		if err := w.Ready(); !errors.Is(err, ErrDamaged) || !errors.Is(err, ErrUnwritten) {
			t.Errorf("afterwards: %v", err)
		}
		if _, err := w.Take(context.Background(), src, []Arrival{{Event: w.event("Told A1 0 id=2")}}); !errors.Is(err, ErrDamaged) {
			t.Errorf("taken: %v", err)
		}
	}
}

// A clock that leaps ahead breaks nothing, and one that goes back loses nothing.
func TestAClockThatLeaps(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Detained A1 0 id=1")
	w.hand.at.Add(400 * 24 * 60 * 60_000_000)
	w.tick()
	w.want("a year ahead", w.findings())
	w.hand.at.Store(begin - 60_000_000)
	w.tick()
	w.want("a minute back", w.findings())
	w.hand.at.Store(begin)
	w.hand.pass(25 * 60)
	w.tick()
	w.want("a day later", w.findings(), "told-in-a-day open breached")
}

// After any course of sending, stopping and starting, verdicts are those of
// `check` over the same events, and findings those of its violations.
func TestTheRecordIsTheBatch(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t)
		types := []string{"Detained", "Told", "Frozen", "Approved"}
		for i := range 40 {
			switch r.IntN(8) {
			case 0:
				w.restart()
			case 1:
				w.hand.pass(int64(r.IntN(2000)))
				w.tick()
			default:
				w.hand.pass(int64(r.IntN(200)))
				w.send("desk", fmt.Sprintf("%s c%d %d id=%d", types[r.IntN(4)], r.IntN(4), r.IntN(4000), i))
			}
		}
		doc, err := w.Verdicts(context.Background(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.mu.RLock()
		totals := w.live.Totals()
		w.mu.RUnlock()
		open := map[string]int{}
		page, _ := w.Findings(context.Background(), FindingQuery{States: []FindingState{Open}})
		for _, f := range page.Findings {
			open[f.Rule]++
		}
		for i, d := range doc.Rules {
			if d.Totals != totals[i] {
				t.Errorf("seed %d, %s: live %+v, batch %+v", seed, d.ID, totals[i], d.Totals)
			}
			want := d.Violations
			if d.ID == "not-too-many" {
				want = d.Episodes
			}
			if d.ID == "told-in-a-day" {
				want = d.Breached // met late is claimed, unless it came late in one
			}
			if open[d.ID] < want {
				t.Errorf("seed %d, %s: %d findings are open, %d violations stand", seed, d.ID, open[d.ID], want)
			}
		}
		if err := w.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// A new version judges from a day on: what the old one said of before stands
// under its version, what no longer stands is withdrawn with the reason, and
// the same after a restart.
func TestActivatingAPack(t *testing.T) {
	w := newWorld(t)
	w.known("longer", strings.NewReplacer("version: 1.0.0", "version: 2.0.0", "within: 24h", "within: 72h").Replace(testPack))
	w.send("desk", "Detained A1 0 id=1")
	w.hand.pass(30 * 60)
	w.send("desk", "Detained A2 0 id=2")
	w.hand.pass(30 * 60) // 60 h after begin: A1 and A2 are over 24 h
	w.tick()
	w.want("under the old", w.findings(), "told-in-a-day open breached", "told-in-a-day open breached")
	ctx := context.Background()
	d, err := w.TryPacks(ctx, []string{"longer"})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.(*trial.Diff).Totals.ViolationsVanished; got != 2 {
		t.Errorf("trying it: %d violations vanish, want 2", got)
	}
	if err := w.ActivatePacks(ctx, []string{"longer"}, begin+24*3600*1_000_000); err != nil {
		t.Fatal(err)
	}
	want := []string{"told-in-a-day open breached", "told-in-a-day withdrawn breached"} // A1 was held on the first day
	w.want("from the second day on", w.findings(), want...)
	w.restart()
	w.want("after a restart", w.findings(), want...)
	w.hand.pass(43 * 60) // A2 is over 72 h
	w.tick()
	w.want("72 hours", w.findings(), "told-in-a-day open breached", "told-in-a-day open breached")
	if err := w.ActivatePacks(ctx, []string{"longer"}, begin); err == nil {
		t.Error("the same version was activated twice")
	}
}

// A source that is added beside the running service may send at once.
func TestANewSource(t *testing.T) {
	w := newWorld(t)
	if _, ok := w.Authenticate(context.Background(), "later"); ok {
		t.Fatal("a token that nobody has opens something")
	}
	w.store.mu.Lock()
	w.store.sources = append(w.store.sources, Source{ID: 2, Name: "later", Token: sha256.Sum256([]byte("later"))})
	w.store.mu.Unlock()
	w.want("the first event", w.send("later", "Detained A1 0 id=1"), "taken")
}

// What was known on a day is judged as of that day, and the future isn't judged.
func TestWhatCouldBeKnown(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.send("desk", "Detained A1 0 id=1")
	w.hand.pass(60)
	known := clock.Instant(w.hand.at.Load())
	w.hand.pass(48 * 60)
	w.send("desk", "Told A1 2820 id=2") // happened an hour after the detention, entered two days later
	for _, c := range []struct {
		asOf, knownAt          clock.Instant
		running, breached, met int
	}{
		{0, known, 1, 0, 0},
		{0, 0, 0, 0, 1},
		{begin + 24*hour + 60_000_000, known + 1, 0, 1, 0},
	} {
		doc, err := w.Verdicts(ctx, c.asOf, c.knownAt)
		if err != nil {
			t.Fatal(err)
		}
		if r := doc.Rules[0]; r.Running != c.running || r.Breached != c.breached || r.Met != c.met {
			t.Errorf("as of %d, known at %d: %+v", c.asOf, c.knownAt, r.Totals)
		}
	}
	if _, err := w.Verdicts(ctx, clock.Instant(w.hand.at.Load())+hour, 0); err == nil {
		t.Error("the future was judged")
	}
	w.known("later", strings.Replace(testPack, "version: 1.0.0", "version: 2.0.0", 1))
	if err := w.ActivatePacks(ctx, []string{"later"}, begin+10_000*24*hour); err == nil {
		t.Error("a pack was activated for a day many years ahead")
	}
}
