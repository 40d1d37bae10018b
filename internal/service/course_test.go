package service

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// course is a random life of a service: what was sent, so that it can be sent
// again, and what was answered.
type course struct {
	*world
	r       *rand.Rand
	sent    [][2]string     // source, line with its absolute minute
	kept    map[string]bool // source/id that was acknowledged
	under   []given         // what was handed over and isn't waited for yet
	next    int
	version int
}

// given is what was handed over.
type given struct {
	source  string
	lines   []string
	written Written
}

func newCourse(t *testing.T, seed uint64) *course {
	c := &course{r: rand.New(rand.NewPCG(seed, 11)), kept: map[string]bool{}, version: 1}
	c.world = newWorld(t, Source{ID: 1, Name: "desk", Skew: 3600_000_000, Lateness: 1800_000_000},
		Source{ID: 2, Name: "centre", Skew: 3600_000_000, Lateness: 7200_000_000, Habit: 20 * 3600_000_000})
	return c
}

// minute is how long it is since the beginning.
func (c *course) minute() int64 { return (c.hand.at.Load() - begin) / 60_000_000 }

// line is a new thing to send: an event, a correction, a voiding, of something
// that was sent or never will be.
func (c *course) line(source string) string {
	c.next++
	types := []string{"Detained", "Told", "Frozen", "Approved", "Approved"}
	line := fmt.Sprintf("%s c%d %d id=%d", types[c.r.IntN(5)], c.r.IntN(5), c.minute()-int64(c.r.IntN(3000))+int64(c.r.IntN(2))*50, c.next)
	switch c.r.IntN(8) {
	case 0:
		line += fmt.Sprintf(" corrects=%d", 1+c.r.IntN(c.next+3))
	case 1:
		line += fmt.Sprintf(" voids=%d", 1+c.r.IntN(c.next+3))
	}
	return line
}

// give hands lines over. Their times are minutes from the beginning, so that what is
// sent again says the same.
func (c *course) give(source string, lines []string) error {
	src, ok := c.Authenticate(context.Background(), source)
	if !ok {
		c.t.Fatalf("no source %q", source)
	}
	var in []Arrival
	for _, l := range lines {
		f := strings.Fields(l)
		var at int64
		if _, err := fmt.Sscan(f[2], &at); err != nil {
			c.t.Fatal(err)
		}
		f[2] = fmt.Sprint(c.minute() - at)
		in = append(in, Arrival{Event: c.event(strings.Join(f, " ")), Raw: []byte(l)})
	}
	h, err := c.Hand(context.Background(), src, in, len(in)%2 == 0)
	if err == nil {
		c.under = append(c.under, given{source, lines, h})
	}
	return err
}

// wait waits for all that was handed over, notes what was acknowledged, and gives what
// was not.
func (c *course) wait() (lost []given) {
	for _, g := range c.under {
		if out, err := g.written(context.Background()); err != nil {
			lost = append(lost, g)
		} else if len(lost) > 0 {
			c.t.Error("acknowledged after what came before it was lost")
		} else {
			c.note(g, out)
		}
	}
	c.under = nil
	return lost
}

func (c *course) note(g given, out []Outcome) {
	source, lines := g.source, g.lines
	for i, o := range out {
		switch o.Outcome {
		case "taken", "corrected", "held", "waiting":
			if c.kept[source+"/"+o.ID] {
				c.t.Errorf("%s was taken twice", lines[i])
			}
			c.kept[source+"/"+o.ID] = true
		case "repeated":
			if !c.kept[source+"/"+o.ID] {
				c.t.Errorf("%s is called a repetition and was never taken", lines[i])
			}
		}
	}
}

func (c *course) send() {
	source := []string{"desk", "desk", "centre"}[c.r.IntN(3)]
	var lines []string
	for range 1 + c.r.IntN(5) {
		if len(c.sent) > 0 && c.r.IntN(4) == 0 {
			if was := c.sent[c.r.IntN(len(c.sent))]; was[0] == source {
				lines = append(lines, was[1])
				continue
			}
		}
		lines = append(lines, c.line(source))
	}
	for _, l := range lines {
		c.sent = append(c.sent, [2]string{source, l})
	}
	again := []given{{source: source, lines: lines}}
	if c.r.IntN(6) == 0 { // it may meet what is under way, too
		c.disk(errDisk)
		refused := c.give(source, lines) != nil
		lost := c.wait()
		if !refused && (len(lost) == 0 || !slices.Equal(lost[len(lost)-1].lines, lines)) {
			c.t.Error("acknowledged on a full disk")
		}
		if again = lost; refused {
			again = append(again, given{source: source, lines: lines})
		}
		c.disk(nil)
		time.Sleep(2 * tickEvery) // the judge looks whether it can write again
		synctest.Wait()
	}
	for _, g := range again {
		if err := c.give(g.source, g.lines); err != nil {
			c.t.Fatal(err)
		}
	}
	if len(c.under) > c.r.IntN(4) && len(c.wait()) > 0 {
		c.t.Error("lost, and nothing was amiss")
	}
}

func (c *course) disk(err error) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	c.store.fail = err
}

// activate puts another version into force from a day around now.
func (c *course) activate() {
	c.version++
	version := fmt.Sprintf("version: %d.0.0", c.version)
	c.known("next", strings.NewReplacer("version: 1.0.0", version, "within: 24h", fmt.Sprintf("within: %dh", 6+c.r.IntN(60)),
		"at_most: 2", fmt.Sprintf("at_most: %d", 1+c.r.IntN(3))).Replace(testPack))
	from := clock.Instant(0)
	if c.r.IntN(3) > 0 {
		from = c.zone.First(c.zone.Date(clock.Instant(c.hand.at.Load())) - clock.Day(c.r.IntN(3)) + 1)
	}
	if err := c.ActivatePacks(context.Background(), []string{"next"}, from); err != nil {
		c.t.Fatal(err)
	}
}

func (c *course) step() {
	switch c.r.IntN(20) {
	case 0, 1:
		c.restart()
	case 2:
		c.activate()
	case 3, 4, 5:
		c.hand.pass(int64(c.r.IntN(2000)))
		c.tick()
	default:
		c.hand.pass(int64(c.r.IntN(100)))
		c.send()
	}
}

// standing are the violations of a batch check over the record, by their ids.
func (c *course) standing() map[string]monitor.Judgement {
	c.mu.RLock()
	now, w := c.live.Now(), c.live.W()
	c.mu.RUnlock()
	l, err := c.record(context.Background(), 0, c.Schema())
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := monitor.Check(l, c.rules, monitor.Options{AsOf: now, HasAsOf: true, Lateness: int64(now - w), Keep: monitor.KeepAll})
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string]monitor.Judgement{}
	totals := c.live.Totals()
	for i, rr := range res.Rules {
		if rr.Totals != totals[i] {
			c.t.Errorf("%s %s: live %+v, batch %+v", rr.Rule.Pack.Version, rr.Rule.ID, totals[i], rr.Totals)
		}
		for _, e := range rr.Episodes {
			out[monitor.BreachID(rr, rr.KeyOf(&monitor.Judgement{Key: e.Key}), l.ID(e.First))] = monitor.Judgement{Verdict: monitor.Breached}
		}
		for j := range rr.Judgements {
			if jd := &rr.Judgements[j]; jd.Verdict.Violated() && rr.Rule.Form != rule.Count {
				out[monitor.BreachID(rr, rr.KeyOf(jd), l.ID(jd.Row))] = *jd
			}
		}
	}
	return out
}

// compare holds the record against what was acknowledged, and the findings against
// the batch.
func (c *course) compare() {
	names := map[int64]string{1: "desk", 2: "centre"}
	record := map[string]bool{}
	for i := range c.store.segments {
		events, err := decoded(&c.store.segments[i], names)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, e := range events {
			if record[e.Source+"/"+e.ID] {
				c.t.Errorf("%s/%s is in the record twice", e.Source, e.ID)
			}
			record[e.Source+"/"+e.ID] = true
		}
	}
	if len(record) != len(c.kept) {
		c.t.Errorf("%d events in the record, %d were acknowledged", len(record), len(c.kept))
	}
	standing := c.standing()
	for id, f := range c.store.findings {
		j, stands := standing[id]
		delete(standing, id)
		if f.Kind != "rule" {
			continue
		}
		claimed := slices.ContainsFunc(c.store.notes, func(n Note) bool { return n.Finding == id && n.Kind == "claimed_met" })
		switch {
		case f.State == Open && !stands:
			c.t.Errorf("%s of %s is open and doesn't stand", f.Rule, f.Event)
		case stands && f.State == Withdrawn, stands && f.State == ClaimedMet && !(claimed && j.Verdict == monitor.MetLate):
			c.t.Errorf("%s of %s stands as %v and is %s", f.Rule, f.Event, j.Verdict, f.State)
		case stands && (f.Verdict != j.Verdict.String() || j.HasDue && f.Due != j.Due.Due):
			c.t.Errorf("%s of %s stands as %v, due %d; the finding says %s, due %d", f.Rule, f.Event, j.Verdict, j.Due.Due, f.Verdict, f.Due)
		}
	}
	for id, j := range standing {
		c.t.Errorf("no finding of %s, which stands as %v", id, j.Verdict)
	}
}

// courses is how many courses are tried: a tenth of PLUMBLINE_ORACLE_CASES, where
// that asks for fewer or more random cases than usual.
func courses(t *testing.T) uint64 {
	text := os.Getenv("PLUMBLINE_ORACLE_CASES")
	if text == "" {
		return 150
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("PLUMBLINE_ORACLE_CASES=%s: expected a whole number", text)
	}
	return max(1, n/10)
}

// After any course of sends from several sources with repetitions, corrections,
// voidings and events of the future, of ticks, restarts, commits that fail and
// packs that come into force, with images and without, nothing acknowledged is lost or counted twice, the
// verdicts are those of a batch, and every violation that stands is an open
// finding unless somebody's late entry claims that it was met.
func TestAnyCourseIsTheBatch(t *testing.T) {
	for seed := range courses(t) {
		synctest.Test(t, func(t *testing.T) {
			c := newCourse(t, seed)
			c.store.slow = time.Duration(seed%3) * time.Millisecond
			if seed%4 == 0 {
				c.keepImages(filepath.Join(t.TempDir(), "image"), int(1+seed%12))
			}
			for range 40 {
				c.step()
			}
			c.hand.pass(1)
			c.tick()
			if len(c.wait()) > 0 {
				t.Error("lost, and nothing was amiss")
			}
			c.compare()
			if err := c.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
