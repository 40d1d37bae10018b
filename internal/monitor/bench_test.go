//go:build unix

package monitor_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
	"plumbline/internal/sim/synthetic"
)

// The benchmarks run over the synthetic log of package synthetic, seed 1.
// PLUMBLINE_BENCH_CASES says how many cases; bench/ asks for 2,000,000. Run them
// with -benchtime 1x or 5x: one iteration is a whole log. Nothing here is part
// of a test run. Beside the time by the wall stands processor time (cpu-s), which
// other programs on the machine disturb less.

const benchHead = `pack: bench
version: 1.0.0
title: {en: Measured rules, zh: 测速规则}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {amount: number}}
rules:
`

// benchFive are the rules of the oracles: response, precedence twice, four
// eyes, a count in a window.
var benchFive = []string{
	"when: FreezeRequest\nmust: {followed_by: FreezeApprove, within: 72h}",
	"when: FreezeExecute\nmust: {preceded_by: FreezeApprove}",
	"when: Close\nmust: {preceded_by: [Review, FreezeApprove, Interview]}",
	"when: FreezeApprove\nnever: {preceded_by: FreezeRequest, where: it.actor == when.actor}",
	"count: {of: FreezeApprove, per: [actor], in: 24h, at_most: 3}",
}

// benchMore is on types that a tenth of the events have.
const benchMore = "when: Interview\nmust: {followed_by: EvidenceOut, within: 72h}"

func benchRules(b *testing.B, bodies ...string) []*rule.Rule {
	b.Helper()
	var text strings.Builder
	text.WriteString(benchHead)
	for i, body := range bodies {
		fmt.Fprintf(&text, "- id: r%d\n  title: {en: Rule %d, zh: 规则 %d}\n  basis: {text: an example, checked: 2026-11-21, status: unverified}\n  severity: minor\n  %s\n",
			i+1, i+1, i+1, strings.ReplaceAll(body, "\n", "\n  "))
	}
	p, _, err := rule.Parse("bench.yaml", []byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	return p.Rules
}

func benchCases(b *testing.B) int {
	b.Helper()
	s := os.Getenv("PLUMBLINE_BENCH_CASES")
	if s == "" {
		return 200_000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		b.Fatalf("PLUMBLINE_BENCH_CASES is %q; expected how many cases", s)
	}
	return n
}

func benchZone(b *testing.B) *clock.Zone {
	b.Helper()
	z, err := clock.LoadZone("UTC")
	if err != nil {
		b.Fatal(err)
	}
	return z
}

var benchLogs = map[int]*event.Log{}

// benchLog is the synthetic log as a reader would have left it, made once.
func benchLog(b *testing.B) *event.Log {
	b.Helper()
	n := benchCases(b)
	if l := benchLogs[n]; l != nil {
		return l
	}
	bld := event.NewBuilder(event.Options{Zone: benchZone(b), Rows: n * 6})
	var buf []byte
	for _, e := range synthetic.Events(n, 1) {
		bld.Begin()
		bld.Type([]byte(e.Activity.String()))
		bld.Time(clock.Instant(e.At*1e6), false)
		buf = strconv.AppendInt(append(buf[:0], 'u'), int64(e.Officer), 10)
		bld.Actor(buf)
		buf = strconv.AppendInt(append(buf[:0], 'C'), int64(e.Case), 10)
		bld.Link(bld.Object("case", buf), "")
		if _, err := bld.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	l, err := bld.Finish()
	if err != nil {
		b.Fatal(err)
	}
	benchLogs[n] = l
	return l
}

func check(b *testing.B, l *event.Log, rules []*rule.Rule, workers int) *monitor.Result {
	b.Helper()
	res, err := monitor.Check(l, rules, monitor.Options{Complete: true, Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	return res
}

func perSecond(b *testing.B, events int) {
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// processor is the processor time of this process so far, in seconds.
func processor(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// BenchmarkCheck is the engine alone, on a log already read, on all cores: five
// rules; and a count of each officer's acts in 24 hours, of one type and of all.
func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name  string
		rules []string
	}{
		{"five-rules", benchFive},
		{"count-approvals", benchFive[4:]},
		{"count-all", []string{"count: {of: any, per: [actor], in: 24h, at_most: 60}"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			l, rules := benchLog(b), benchRules(b, c.rules...)
			runtime.GC()
			began := processor(b)
			for b.Loop() {
				check(b, l, rules, 0)
			}
			b.ReportMetric((processor(b)-began)/float64(b.N), "cpu-s")
			perSecond(b, l.Events())
		})
	}
}

// BenchmarkStep is one rule of each form on one core: what the form's pass over
// the log costs, for each event that the rule concerns.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name, rule string
		types      []synthetic.Activity
	}{
		{"response", benchFive[0], []synthetic.Activity{synthetic.FreezeRequest, synthetic.FreezeApprove}},
		{"precedence", benchFive[1], []synthetic.Activity{synthetic.FreezeExecute, synthetic.FreezeApprove}},
		{"four-eyes", benchFive[3], []synthetic.Activity{synthetic.FreezeRequest, synthetic.FreezeApprove}},
		{"count", benchFive[4], []synthetic.Activity{synthetic.FreezeApprove}},
		{"hold", "when: Close\nmust:\n  hold: it.actor != \"u7\"", []synthetic.Activity{synthetic.Close}},
	} {
		b.Run(c.name, func(b *testing.B) {
			l, rules := benchLog(b), benchRules(b, c.rule)
			n := 0
			for _, t := range l.Type {
				if slices.ContainsFunc(c.types, func(a synthetic.Activity) bool { return l.Types.Name(uint32(t)) == a.String() }) {
					n++
				}
			}
			for b.Loop() {
				check(b, l, rules, 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/concerned")
		})
	}
}

// BenchmarkOneRuleMore is the difference that a sixth rule makes: the median of
// the differences between runs with and without it, one right after the other,
// each first by turns. The difference is a tenth of a run and less, so it takes
// many. Beside it stands what checking the sixth alone takes: all of it (alone), and
// judging it over traces that are put together for all six already (judged).
// Violations are counted and not listed, as by the command that is measured beside
// it and by the query of the other program.
func BenchmarkOneRuleMore(b *testing.B) {
	l, five, six := benchLog(b), benchRules(b, benchFive...), benchRules(b, append(slices.Clone(benchFive), benchMore)...)
	concerned := 0
	for _, t := range l.Type {
		if name := l.Types.Name(uint32(t)); name == "Interview" || name == "EvidenceOut" {
			concerned++
		}
	}
	if share := float64(concerned) / float64(l.Events()); share < 0.1 {
		b.Fatalf("the rule's types have %.3f of the events; a tenth is wanted", share)
	}
	opt := monitor.Options{Complete: true, Keep: monitor.KeepLate}
	checked := func(rules []*rule.Rule) func() {
		return func() {
			if _, err := monitor.Check(l, rules, opt); err != nil {
				b.Fatal(err)
			}
		}
	}
	over := monitor.OverGroups(l, six, opt)
	works := []func(){checked(five), checked(six), checked(six[5:]), func() { over(six[5]) }}
	var ms, cpu [4][]float64
	var more, moreCPU []float64
	for _, work := range works {
		work()
	}
	for round := 0; b.Loop(); round++ {
		for i := range works {
			which := (round + i) % len(works)
			runtime.GC()
			began, busy := time.Now(), processor(b)
			works[which]()
			ms[which], cpu[which] = append(ms[which], time.Since(began).Seconds()*1000), append(cpu[which], (processor(b)-busy)*1000)
		}
		more, moreCPU = append(more, ms[1][round]-ms[0][round]), append(moreCPU, cpu[1][round]-cpu[0][round])
	}
	b.ReportMetric(median(ms[0]), "five-ms")
	b.ReportMetric(median(cpu[0]), "five-cpu-ms")
	b.ReportMetric(median(more), "more-ms")
	b.ReportMetric(median(moreCPU), "more-cpu-ms")
	b.ReportMetric(median(ms[2]), "alone-ms")
	b.ReportMetric(median(cpu[2]), "alone-cpu-ms")
	b.ReportMetric(median(ms[3]), "judged-ms")
	b.ReportMetric(median(cpu[3]), "judged-cpu-ms")
	violations := check(b, l, six, 0).Rules[5].Totals.Violations
	if n := over(six[5]).Totals.Violations; n != violations {
		b.Fatalf("%d violations over the traces of six rules, %d expected", n, violations)
	}
	b.ReportMetric(float64(violations), "violations")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

// benchArrival is an event and when it reaches the service.
type benchArrival struct {
	event synthetic.Event
	seq   int64 // its place in the order of the log
	at    int64 // Unix seconds
}

// benchArrivals is the synthetic log as it comes in: one event in twenty is entered
// late, by up to three days, after others of its case.
func benchArrivals(cases int) []benchArrival {
	events := synthetic.Events(cases, 1)
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]benchArrival, len(events))
	for i, e := range events {
		out[i] = benchArrival{e, int64(i + 1), e.At}
		if r.IntN(20) == 0 {
			out[i].at += r.Int64N(3 * 86400)
		}
	}
	slices.SortStableFunc(out, func(a, b benchArrival) int { return cmp.Compare(a.at, b.at) })
	return out
}

// benchEvents turns arrivals into events as a source sends them.
func benchEvents(in []benchArrival) []event.Event {
	out := make([]event.Event, len(in))
	objects := make([]event.Object, len(in))
	for i, a := range in {
		e := a.event
		objects[i] = event.Object{Type: "case", ID: "C" + strconv.Itoa(int(e.Case))}
		out[i] = event.Event{ID: "e" + strconv.FormatInt(a.seq, 10), Type: e.Activity.String(), Seq: a.seq, HasSeq: true,
			Time: event.Stamp{At: clock.Instant(e.At * 1e6), Kind: event.Time}, Actor: event.Some("u" + strconv.Itoa(int(e.Officer))),
			Objects: objects[i : i+1 : i+1]}
	}
	return out
}

// BenchmarkLive is the engine live and in memory: batches of 1,000 events with
// ids, one in twenty out of order, the clock moved on before each batch. The
// events are made beforehand, a hundred thousand at a time, outside the measurement. Its
// verdicts must be those of Check.
func BenchmarkLive(b *testing.B) {
	for _, c := range []struct {
		name  string
		rules []string
	}{
		{"five-rules", benchFive},
		{"count-approvals", benchFive[4:]},
		{"count-all", []string{"count: {of: any, per: [actor], in: 24h, at_most: 60}"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			in, rules := benchArrivals(benchCases(b)), benchRules(b, c.rules...)
			var v *monitor.Live
			var changes int
			var busy float64
			for b.Loop() {
				v, changes = monitor.NewLive(rules, monitor.LiveOptions{Zone: benchZone(b)}), 0
				for rest := in; len(rest) > 0; {
					b.StopTimer()
					n := min(100_000, len(rest))
					events := benchEvents(rest[:n])
					runtime.GC()
					began := processor(b)
					b.StartTimer()
					changes += feed(b, v, rest[:n], events)
					busy += processor(b) - began
					rest = rest[n:]
				}
			}
			perSecond(b, len(in))
			b.ReportMetric(busy/float64(b.N), "cpu-s")
			b.ReportMetric(float64(changes), "changes")
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
			sameAsCheck(b, v, rules)
		})
	}
}

// feed gives a Live its events in batches, and returns how many changes it
// told.
func feed(b *testing.B, v *monitor.Live, in []benchArrival, events []event.Event) (changes int) {
	for at := 0; at < len(events); at += 1000 {
		end := min(at+1000, len(events))
		changes += len(v.Tick(clock.Instant(in[end-1].at * 1e6)))
		receipts, told := v.Apply(events[at:end])
		for i := range receipts {
			if receipts[i].Outcome != monitor.Taken {
				b.Fatalf("%s: outcome %v, %v", events[at+i].ID, receipts[i].Outcome, receipts[i].Err)
			}
		}
		changes += len(told)
	}
	return changes
}

func sameAsCheck(b *testing.B, v *monitor.Live, rules []*rule.Rule) {
	b.Helper()
	res, err := monitor.Check(benchLog(b), rules, monitor.Options{AsOf: v.Now(), HasAsOf: true})
	if err != nil {
		b.Fatal(err)
	}
	for i, live := range v.Totals() {
		batch := res.Rules[i].Totals
		if live != batch {
			b.Errorf("%s: live %+v, batch %+v", rules[i].ID, live, batch)
		}
	}
}
