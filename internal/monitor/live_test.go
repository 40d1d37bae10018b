package monitor_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/image"
	"plumbline/internal/monitor"
	"plumbline/internal/monitor/brute"
	"plumbline/internal/rule"
)

// TestLiveIsBatch sends random events in random order and batches, with
// repetitions, corrections, voidings, ticks and a restart in the middle, and
// holds the totals and the violations that the changes leave against a batch
// run over the same events.
func TestLiveIsBatch(t *testing.T) {
	n, base := randomCases(t, 8_000)
	var next, failed atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(n) || failed.Load() > 0 {
					return
				}
				c := brute.Random(rand.New(rand.NewPCG(base, uint64(i))))
				if d := liveDifference(c, uint64(i)); d != "" && failed.Add(1) == 1 {
					small := brute.Shrink(c, func(c brute.Case) bool { return liveDifference(c, uint64(i)) != "" })
					t.Errorf("case %d of %d:\n%s\n%s", i, base, liveDifference(small, uint64(i)), small)
				}
			}
		})
	}
	wg.Wait()
}

// liveDifference sends a case's events to a Live and says where it ends up
// elsewhere than batch.
func liveDifference(c brute.Case, seed uint64) string {
	p, err := parsePack(c)
	if err != nil {
		return ""
	}
	rng := rand.New(rand.NewPCG(seed, 99))
	if seed%3 == 0 { // more that comes near its due than a random pack has
		for _, r := range p.Rules {
			if r.Within != nil && r.Form == rule.FollowedBy {
				r.Warn = &clock.Duration{N: 1 + rng.Int64N(6), Unit: clock.UnitDay}
			}
		}
	}
	stream := arrivals(c, rng)
	opt := monitor.LiveOptions{Zone: p.Log.Zone, Schema: p.Log.Attributes, Lateness: c.T - c.W, Figures: true}
	v := monitor.NewLive(p.Rules, opt)
	have := map[string]string{}
	script := []string{}
	follow := func(changes []monitor.Change) string {
		for _, ch := range changes {
			script = append(script, "  "+ch.Kind.String()+" "+ch.ID[:6])
			if d := followChange(have, ch); d != "" {
				return d
			}
		}
		return ""
	}
	now := c.T - int64(rng.IntN(4))*86_400_000_000
	for i := 0; i < len(stream); {
		n := min(1+rng.IntN(3), len(stream)-i)
		if rng.IntN(3) == 0 {
			now = min(c.T, now+int64(rng.IntN(100))*3_600_000_000)
			script = append(script, fmt.Sprintf("tick %d", now))
			if d := follow(v.Tick(clock.Instant(now))); d != "" {
				return d
			}
		}
		for _, e := range stream[i : i+n] {
			script = append(script, fmt.Sprintf("send %s %s corrects=%q voids=%q", e.ID, e.Type, e.Corrects, e.Voids))
		}
		receipts, changes := v.Apply(stream[i : i+n])
		for _, r := range receipts {
			if r.Outcome == monitor.Refused {
				return "refused: " + r.Err.Error()
			}
		}
		if d := follow(changes); d != "" {
			return d + "\n" + strings.Join(script, "\n")
		}
		i += n
		if rng.IntN(10) == 0 {
			if v, err = throughImage(v, p.Rules, opt); err != nil {
				return err.Error()
			}
			script = append(script, "through an image")
		}
	}
	if d := follow(v.Tick(clock.Instant(c.T))); d != "" {
		return d + "\n" + strings.Join(script, "\n")
	}
	d := liveEnd(c, p, stream, v, have)
	if d != "" {
		d += "\n" + strings.Join(script, "\n")
	}
	return d
}

// throughImage is a Live as it comes out of an image of another.
func throughImage(v *monitor.Live, rules []*rule.Rule, opt monitor.LiveOptions) (*monitor.Live, error) {
	var b bytes.Buffer
	w := image.NewWriter(&b)
	v.Save(w)
	if err := w.Finish(); err != nil {
		return nil, err
	}
	im, err := image.Read(b.Bytes())
	if err != nil {
		return nil, err
	}
	return monitor.LoadLive(im, rules, opt)
}

// followChange keeps the violations that the changes so far leave, and refuses
// a change that doesn't fit them.
func followChange(have map[string]string, ch monitor.Change) string {
	switch _, near := have["near "+ch.ID]; ch.Kind {
	case monitor.Nearing:
		have["near "+ch.ID] = fmt.Sprint(ch.Is.Due.Due)
		return ""
	case monitor.Relieved:
		delete(have, "near "+ch.ID)
		if !near {
			return "relieved of what wasn't told: " + ch.ID
		}
		return ""
	}
	_, is := have[ch.ID]
	if (ch.Kind == monitor.Raised) == is {
		return fmt.Sprintf("%s of %s, which was there: %v", ch.Kind, ch.ID, is)
	}
	switch {
	case ch.Kind == monitor.Withdrawn:
		delete(have, ch.ID)
	case ch.Episode != nil:
		have[ch.ID] = fmt.Sprint("episode of ", ch.Episode.Count)
	default:
		have[ch.ID] = fmt.Sprint(ch.Is.Verdict, " ", ch.Is.Due.Due)
	}
	return ""
}

// liveEnd compares a Live with a batch run over the same stream.
func liveEnd(c brute.Case, p *rule.Pack, stream []event.Event, v *monitor.Live, have map[string]string) string {
	return liveIsBatch(p, stream, v, have, monitor.Options{AsOf: clock.Instant(c.T), HasAsOf: true, Lateness: c.T - c.W, Workers: 1})
}

// liveIsBatch compares totals, and the violations that the changes left, with
// those of a batch run.
func liveIsBatch(p *rule.Pack, stream []event.Event, v *monitor.Live, have map[string]string, opt monitor.Options) string {
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range stream {
		if _, err := b.Add(&stream[i]); err != nil {
			return err.Error()
		}
	}
	l, err := b.Finish()
	if err != nil {
		return err.Error()
	}
	res, err := monitor.Check(l, p.Rules, opt)
	if err != nil {
		return err.Error()
	}
	if d := figuresDiffer(v, l, p.Rules, opt); d != "" {
		return d
	}
	want := map[string]string{}
	for _, n := range v.Nearing() {
		want["near "+n.ID] = fmt.Sprint(n.Due.Due)
	}
	for i, rr := range res.Rules {
		got := v.Totals()[i]
		if got != rr.Totals {
			return fmt.Sprintf("rule %s: live totals %+v\nbatch totals %+v", rr.Rule.ID, got, rr.Totals)
		}
		if rr.Rule.Form == rule.Count {
			for _, e := range rr.Episodes {
				j := monitor.Judgement{Row: e.First, Key: e.Key}
				want[monitor.BreachID(rr, rr.KeyOf(&j), l.ID(e.First))] = fmt.Sprint("episode of ", e.Count)
			}
			continue
		}
		for k := range rr.Judgements {
			j := &rr.Judgements[k]
			want[monitor.BreachID(rr, rr.KeyOf(j), l.ID(j.Row))] = fmt.Sprint(j.Verdict, " ", j.Due.Due)
		}
	}
	if len(want) != len(have) {
		return fmt.Sprintf("violations live %v\nbatch %v", have, want)
	}
	for id, w := range want {
		if have[id] != w {
			return fmt.Sprintf("violation %s: live %q, batch %q", id, have[id], w)
		}
	}
	return ""
}

// figuresDiffer holds the figures that a Live keeps of units and months against
// the judgements of a batch run.
func figuresDiffer(v *monitor.Live, l *event.Log, rules []*rule.Rule, opt monitor.Options) string {
	opt.Keep = monitor.KeepAll
	res, err := monitor.Check(l, rules, opt)
	if err != nil {
		return err.Error()
	}
	name := func(r *rule.Rule, unit string, month clock.Day, v monitor.Verdict) string {
		return fmt.Sprint(r.ID, " ", unit, " ", month, " ", v)
	}
	got, want := map[string]int32{}, map[string]int32{}
	for _, f := range v.Figures() {
		for verdict, n := range map[monitor.Verdict]int32{monitor.Met: f.Met, monitor.MetLate: f.MetLate, monitor.Breached: f.Breached,
			monitor.Running: f.Running, monitor.Moot: f.Moot, monitor.NotEvaluable: f.NotEvaluable} {
			if f.Activations -= n; n != 0 {
				got[name(f.Rule, f.Unit, f.Month, verdict)] += n
			}
		}
		if f.Activations != 0 {
			return fmt.Sprintf("figures of %s: the verdicts don't add up to the activations", f.Rule.ID)
		}
	}
	for _, rr := range res.Rules {
		for _, j := range rr.Judgements {
			unit := ""
			if l.Unit != nil {
				unit = l.Strings.Name(l.Unit[j.Row])
			}
			y, m, _ := rr.Rule.Pack.Log.Zone.Date(l.Time[j.Row]).Date()
			want[name(rr.Rule, unit, clock.NewDay(y, m, 1), j.Verdict)]++
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Sprintf("figures live %v\nbatch %v", got, want)
	}
	return ""
}

// arrivals is a case's events as a source may send them: in any order, some
// twice, some wrong at first and corrected later (or before they came), some
// that were never to be, and voided.
func arrivals(c brute.Case, rng *rand.Rand) []event.Event {
	var out []event.Event
	for i := range c.Events {
		e := eventOf(&c.Events[i])
		switch rng.IntN(6) {
		case 0: // wrong at first
			wrong := e
			if other := eventOf(&c.Events[rng.IntN(len(c.Events))]); rng.IntN(2) == 0 {
				wrong.Time, wrong.Type = other.Time, other.Type
			} else {
				wrong.Objects, wrong.Attrs, wrong.Actor = other.Objects, other.Attrs, other.Actor
			}
			fix := e
			fix.ID, fix.Seq, fix.Corrects = e.ID+"-fix", 1000, e.ID
			out = append(out, wrong, fix)
			if rng.IntN(3) == 0 { // and corrected twice; the greater seq stands
				early := wrong
				early.ID, early.Seq, early.Corrects = e.ID+"-early", 999, e.ID
				out = append(out, early)
			}
		case 1: // something that never was
			ghost := eventOf(&c.Events[rng.IntN(len(c.Events))])
			ghost.ID, ghost.Seq = e.ID+"-ghost", e.Seq+50
			void := ghost
			void.ID, void.Seq, void.Voids = e.ID+"-void", 1001, ghost.ID
			out = append(out, e, ghost, void)
		case 2:
			out = append(out, e, e)
		default:
			out = append(out, e)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return slices.Clip(out)
}
