package pack

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// Way is how a test was run: by the batch or live, in the order in which it is
// written or shuffled. seq is kept, so that all must say the same.
type Way struct{ Live, Shuffled bool }

// Text is the way in words.
func (w Way) Text() errs.Text {
	t := errs.T("in batch", "批量")
	if w.Live {
		t = errs.T("live", "实时")
	}
	if w.Shuffled {
		t.En, t.Zh = t.En+", shuffled", t.Zh+"、打乱顺序"
	}
	return t
}

// Failure is a count, or a deadline, that a rule gave otherwise than a test
// wants.
type Failure struct {
	Test      rule.Example
	Rule      string
	Pos       rule.Pos
	Way       Way
	What      string // the count's name, or due
	Got, Want string
	Because   []errs.Text // why each activation was judged as it was
}

// Outcome is what came of a pack's tests.
type Outcome struct {
	Tests    int
	Failures []Failure
	Gaps     []Gap
}

// Gap is a rule that no test keeps, or none breaks.
type Gap struct {
	Rule *rule.Rule
	What errs.Text
}

// shuffles is how many orders each test is run in, beside its own.
const shuffles = 3

// Test runs the pack's tests. Those that end the log (complete: true) run in
// batch only, as what goes on has no end. The error is of the engine, not of a
// rule.
func Test(p *Pack) (*Outcome, error) {
	out := &Outcome{Tests: len(p.Tests)}
	kept, broken := map[string]bool{}, map[string]bool{}
	for _, x := range p.Tests {
		for id, w := range x.Want {
			kept[id] = kept[id] || w.Counts["met"]+w.Counts["moot"] > 0
			broken[id] = broken[id] || w.Counts["breached"]+w.Counts["met_late"]+w.Counts["violations"] > 0
		}
		random := rand.New(rand.NewPCG(1, 2)) // the same orders each time, so that a failure comes again
		failed := map[string]bool{}
		for n := range shuffles + 1 {
			events := slices.Clone(x.Events)
			if n > 0 {
				random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			}
			for _, live := range []bool{false, true} {
				if live && x.Complete {
					continue
				}
				found, err := p.run(x, events, Way{live, n > 0})
				if err != nil {
					return nil, err
				}
				for _, f := range found {
					if k := f.Rule + "\x00" + f.What + "\x00" + f.Way.Text().En; !failed[k] {
						failed[k] = true
						out.Failures = append(out.Failures, f)
					}
				}
			}
		}
	}
	for _, r := range p.Rules {
		if !kept[r.ID] {
			out.Gaps = append(out.Gaps, Gap{r, errs.T("no test keeps it", "没有遵守它的测试")})
		}
		if !broken[r.ID] {
			out.Gaps = append(out.Gaps, Gap{r, errs.T("no test breaks it", "没有违反它的测试")})
		}
	}
	return out, nil
}

// endOf is the instant as of which a test is judged.
func endOf(x rule.Example, events []event.Event) clock.Instant {
	if x.HasAsOf {
		return x.AsOf
	}
	return slices.MaxFunc(events, func(a, b event.Event) int { return cmp.Compare(a.Time.At, b.Time.At) }).Time.At
}

func (p *Pack) run(x rule.Example, events []event.Event, way Way) ([]Failure, error) {
	end := endOf(x, events)
	if way.Live {
		return p.compare(x, way, p.live(events, end), nil), nil
	}
	res, err := p.judge(x, events, end)
	if err != nil {
		return nil, err
	}
	totals := make([]monitor.Totals, len(res.Rules))
	for i, rr := range res.Rules {
		totals[i] = rr.Totals
	}
	return p.compare(x, way, totals, res), nil
}

// Judge is what the pack's rules make of a test's events.
func (p *Pack) Judge(x rule.Example) (*monitor.Result, error) {
	return p.judge(x, x.Events, endOf(x, x.Events))
}

func (p *Pack) judge(x rule.Example, events []event.Event, end clock.Instant) (*monitor.Result, error) {
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range events {
		if _, err := b.Add(&events[i]); err != nil {
			return nil, &errs.Error{Code: errs.Rules, Place: errs.Place{File: x.Pos.File, Line: x.Pos.Line}, Err: err,
				What: errs.Tf("test %q has %v", "测试 %q 的事件无效：%v", x.Name, err)}
		}
	}
	log, err := b.Finish()
	if err != nil {
		return nil, &errs.Error{Code: errs.Rules, Place: errs.Place{File: x.Pos.File, Line: x.Pos.Line}, Err: err,
			What: errs.Tf("test %q: %v", "测试 %q：%v", x.Name, err)}
	}
	return monitor.Check(log, p.Rules, monitor.Options{AsOf: end, HasAsOf: true, Complete: x.Complete, Keep: monitor.KeepAll, Workers: 1})
}

// live sends the events one by one, the clock following them up to end.
func (p *Pack) live(events []event.Event, end clock.Instant) []monitor.Totals {
	v := monitor.NewLive(p.Rules, monitor.LiveOptions{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	for i := range events {
		v.Apply(events[i : i+1])
		v.Tick(min(end, events[i].Time.At))
	}
	v.Tick(end)
	return v.Totals()
}

// compare holds what the rules said against what a test wants. A rule that it
// doesn't name isn't asked; where it names none, none may say anything.
func (p *Pack) compare(x rule.Example, way Way, totals []monitor.Totals, res *monitor.Result) []Failure {
	var out []Failure
	for i, r := range p.Rules {
		want, ok := x.Want[r.ID]
		if !ok && len(x.Want) > 0 {
			continue
		}
		if !ok {
			want.Pos = x.Pos
		}
		fail := func(what, got, wanted string) {
			out = append(out, Failure{Test: x, Rule: r.ID, Pos: want.Pos, Way: way, What: what, Got: got, Want: wanted, Because: because(res, i)})
		}
		for name, got := range countsOf(totals[i]) {
			wanted, named := want.Counts[name]
			if got != wanted && (named || slices.Contains(rule.CountNames(), name)) {
				fail(name, strconv.Itoa(got), strconv.Itoa(wanted))
			}
		}
		if !want.HasDue || res == nil {
			continue
		}
		rr := res.Rules[i]
		switch first := First(res.Log, rr); {
		case first < 0 || !rr.Judgements[first].HasDue:
			fail("due", "–", p.Log.Zone.Format(want.Due))
		case rr.Judgements[first].Due.Due != want.Due:
			fail("due", p.Log.Zone.Format(rr.Judgements[first].Due.Due), p.Log.Zone.Format(want.Due))
		}
	}
	slices.SortFunc(out, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), strings.Compare(a.What, b.What))
	})
	return out
}

// First is the index of the judgement of a rule's first activation in the order
// of events, −1 where it has none. Judgements stand by key, and keys in the
// order in which events came.
func First(log *event.Log, rr *monitor.RuleResult) int {
	first := -1
	for i := range rr.Judgements {
		if first < 0 || log.Before(rr.Judgements[i].Row, rr.Judgements[first].Row) {
			first = i
		}
	}
	return first
}

// because explains what a rule made of a test's events.
func because(res *monitor.Result, i int) []errs.Text {
	if res == nil {
		return nil
	}
	rr := res.Rules[i]
	ex := monitor.NewExplainer(res, rr)
	var out []errs.Text
	for j := range rr.Judgements {
		out = append(out, ex.Explain(&rr.Judgements[j]).Sentence)
	}
	return out
}

// countsOf are a rule's counts by the names that tests have for them.
func countsOf(t monitor.Totals) map[string]int {
	return map[string]int{"met": t.Met, "met_late": t.MetLate, "breached": t.Breached, "running": t.Running, "moot": t.Moot,
		"not_evaluable": t.NotEvaluable, "when_unknown": t.WhenUnknown, "activations": t.Activations, "violations": t.Violations,
		"episodes": t.Episodes, "at_risk": t.AtRisk}
}
