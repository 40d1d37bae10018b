package pack_test

import (
	"fmt"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// A built-in pack is one of record: each rule says itself plainly in both
// languages, gives the reason of its severity and, where it may accuse, the
// words that it rests on; its tests show a deadline worked by hand, the edge of
// its limit, and each pause, extension and exception that it has. (That a test
// keeps and one breaks each rule is TestBuiltInPacks's.)
func TestBuiltInPacksAreOfRecord(t *testing.T) {
	for _, name := range pack.BuiltIn() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := pack.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			p := found[0]
			if p.About.En == "" || p.About.Zh == "" || p.About.En == p.About.Zh {
				t.Error("the pack doesn't say in both languages what it is about")
			}
			shown := show(t, p)
			for _, r := range p.Rules {
				for _, gap := range slices.Concat(unsaid(r), untested(r, shown[r.ID])) {
					t.Errorf("%s: %s: %s", r.Pos, r.ID, gap)
				}
			}
			vocabularyOfRecord(t, p)
		})
	}
}

// unsaid is what a rule doesn't tell.
func unsaid(r *rule.Rule) (gaps []string) {
	both := func(key string, v errs.Text) {
		if v.En == "" || v.Zh == "" || v.En == v.Zh {
			gaps = append(gaps, key+" isn't there in both languages")
		}
	}
	both("title", r.Title)
	both("says", r.Says)
	both("severity's reason", r.Reason)
	if r.Basis.Verified && r.Basis.Words == "" {
		gaps = append(gaps, "it is verified and doesn't quote the words that it rests on")
	}
	return gaps
}

// shows is what a pack's tests show of a rule.
type shows struct {
	due, early, late bool // a deadline worked by hand; an act at its edge, in time and not
	excused, paused  bool
	extended         map[string]bool // by "to" or "add" and the duration
	atMost, justOver bool
}

// show goes through every judgement of every test.
func show(t *testing.T, p *pack.Pack) map[string]*shows {
	t.Helper()
	out := map[string]*shows{}
	for _, r := range p.Rules {
		out[r.ID] = &shows{extended: map[string]bool{}}
	}
	for _, x := range p.Tests {
		res, err := p.Judge(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, rr := range res.Rules {
			if want, asked := x.Want[rr.Rule.ID]; asked {
				s := out[rr.Rule.ID]
				s.due = s.due || want.HasDue
				e := monitor.NewExplainer(res, rr)
				for i := range rr.Judgements {
					ex := e.Explain(&rr.Judgements[i])
					s.take(ex)
					if legal(rr.Rule) {
						s.atEdge(ex, res, rr.Trace(res.Log, &rr.Judgements[i]))
					}
				}
			}
		}
	}
	return out
}

// legal says whether a rule's limit is one that somebody has to keep. One of
// years only bounds how far a rule looks.
func legal(r *rule.Rule) bool {
	return r.Within != nil && r.Within.Within().Unit != clock.UnitYear
}

func (s *shows) take(ex *monitor.Explanation) {
	r := ex.Rule
	s.excused = s.excused || ex.Verdict == monitor.Moot
	// While a pause is open there is no deadline, and no steps to one.
	s.paused = s.paused || r.Paused != nil && !ex.HasDue && ex.Verdict != monitor.NotEvaluable && (r.Form == rule.FollowedBy || ex.Other != nil)
	for _, st := range ex.Steps {
		switch st.Kind {
		case clock.StepPause:
			s.paused = true
		case clock.StepExtendTo:
			s.extended["to "+st.D.String()] = true
		case clock.StepExtendAdd:
			s.extended["add "+st.D.String()] = true
		}
	}
	if r.Form == rule.Count {
		most := r.Window.AtMost
		s.atMost = s.atMost || ex.Number <= most && (r.Window.Of == rule.SumOf || ex.Number == most)
		s.justOver = s.justOver || ex.Number > most && ex.Number <= most+1
	}
}

// atEdge looks for acts at the edge of a limit: of what must follow, or of an
// activation after what went before; and for a silence that ends there.
func (s *shows) atEdge(ex *monitor.Explanation, res *monitor.Result, trace []uint32) {
	r, l, act := ex.Rule, res.Log, ex.Activation
	take := func(d clock.Deadline, t clock.Instant) {
		early, late := edge(r, d, t)
		s.early, s.late = s.early || early, s.late || late
	}
	for _, row := range trace {
		at := l.Time[row]
		switch {
		case row == act.Row || !r.Other.Matches(l.Types.Name(uint32(l.Type[row]))):
		case r.Form == rule.PrecededBy && at <= act.Time:
			take(r.Within.Due(at), act.Time)
		case r.Form == rule.FollowedBy && at >= act.Time && ex.HasDue:
			take(ex.Deadline, at)
		}
	}
	if r.Form == rule.FollowedBy && ex.HasDue {
		take(ex.Deadline, res.AsOf)
	}
}

// edge says whether t lies at the very edge of a deadline: within a minute for
// elapsed time, on the last day, or the first too late, for days.
func edge(r *rule.Rule, d clock.Deadline, t clock.Instant) (early, late bool) {
	if r.Within.Elapsed() {
		const minute = clock.Instant(60_000_000)
		return t <= d.Due && d.Due-t <= minute, t > d.Due && t-d.Due <= minute
	}
	day := r.Pack.Log.Zone.Date(t)
	return day == d.LastDay, day == d.LastDay+1
}

// untested is what no test shows of a rule.
func untested(r *rule.Rule, s *shows) (gaps []string) {
	want := func(has, ok bool, what string) {
		if has && !ok {
			gaps = append(gaps, "no test "+what)
		}
	}
	want(legal(r) && r.Form == rule.FollowedBy && !r.Never, s.due, "gives its deadline (due), worked by hand")
	want(legal(r), s.early, "has an act at the last moment in time")
	want(legal(r), s.late, "has an act, or a silence, at the first moment too late")
	want(r.Form == rule.Count, s.atMost, "reaches the number that is allowed")
	want(r.Form == rule.Count, s.justOver, "passes it by one")
	want(r.Unless != nil, s.excused, "shows what excuses (unless)")
	want(r.Paused != nil, s.paused, "shows its pause")
	for _, x := range r.Extended {
		what := "to "
		if x.Add != nil {
			what = "add "
		}
		d := x.To
		if d == nil {
			d = x.Add
		}
		want(true, s.extended[what+d.String()], fmt.Sprintf("shows its extension %s%s", what, d))
	}
	return gaps
}

// vocabularyOfRecord: a vocabulary says whose act each event is and of what
// type each attribute, and names what the rules ask about.
func vocabularyOfRecord(t *testing.T, p *pack.Pack) {
	t.Helper()
	v := p.Vocabulary
	for name, e := range v.Events {
		if e.By == "" {
			t.Errorf("%s: the event %q doesn't say whose act it is (by)", e.Pos, name)
		}
	}
	for name, a := range v.Attributes {
		if _, typed := p.Log.Attributes[name]; !typed {
			t.Errorf("%s: the attribute %q has no type", a.Pos, name)
		}
	}
	for _, r := range p.Rules {
		for _, u := range r.Types() {
			if _, named := v.Events[u.Name]; !named && u.Name != "any" {
				t.Errorf("%s: the vocabulary doesn't name the event %q", u.Pos, u.Name)
			}
		}
		for _, u := range r.Attributes() {
			if _, named := v.Attributes[u.Name]; !named {
				t.Errorf("%s: %s: the vocabulary doesn't name the attribute %q", u.Pos, r.ID, u.Name)
			}
		}
	}
}
