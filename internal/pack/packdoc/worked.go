package packdoc

import (
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// example is one deadline of a test, worked by the engine.
type example struct {
	test *rule.Example
	ex   *monitor.Explanation
	log  *event.Log
	rows []uint32 // the events that share the activation's key, in order
}

// worked shows a deadline for each way in which one of the pack's comes about:
// the unit, what is excluded, and whatever else moved it.
func (g *page) worked() error {
	list, err := g.examples()
	if err != nil || len(list) == 0 {
		return err
	}
	g.section("Deadlines, step by step", "期限推算示例")
	g.f("%s\n", g.say("One for each way in which a deadline of this pack comes about. The events are those of the pack's test; the deadline that the test expects was worked out by hand, from the article and a printed calendar, and the engine came to the same by these steps.",
		"本规则包的期限每有一种推算方式，各举一例。事件取自规则包的测试；测试所列的届满时刻系依法条和印制日历人工推算，引擎按下列步骤得出相同结果。"))
	for _, x := range list {
		g.example(x)
	}
	return nil
}

// examples are the deadlines that tests expect, one of each kind, in the order
// of the file.
func (g *page) examples() ([]example, error) {
	var out []example
	seen := map[string]bool{}
	for i := range g.p.Tests {
		test := &g.p.Tests[i]
		if !expectsDue(test) {
			continue
		}
		res, err := g.p.Judge(*test)
		if err != nil {
			return nil, err
		}
		for _, rr := range res.Rules {
			first := pack.First(res.Log, rr)
			if !test.Want[rr.Rule.ID].HasDue || first < 0 {
				continue
			}
			ex := monitor.NewExplainer(res, rr).Explain(&rr.Judgements[first])
			if k := kind(ex); len(ex.Steps) > 0 && !seen[k] {
				seen[k] = true
				out = append(out, example{test, ex, res.Log, rr.Trace(res.Log, &rr.Judgements[first])})
			}
		}
	}
	return out, nil
}

func expectsDue(x *rule.Example) bool {
	for _, w := range x.Want {
		if w.HasDue {
			return true
		}
	}
	return false
}

// kind is by what steps a deadline came about, not over which days.
func kind(ex *monitor.Explanation) string {
	c := ex.Rule.Within
	o := c.Options()
	var steps []string
	for _, s := range ex.Steps {
		if k := fmt.Sprint(s.Kind); !slices.Contains(steps, k) {
			steps = append(steps, k)
		}
	}
	unit := c.Within().Unit
	if unit < clock.UnitHour || unit == clock.UnitHour && !o.WholeHours {
		unit = clock.UnitSecond // elapsed time is counted alike
	}
	return fmt.Sprint(unit, c.Calendar().Name(), o.Roll && !c.Elapsed(), ex.Rule.Form, ex.Rule.From != nil, steps)
}

func (g *page) example(x example) {
	r := x.ex.Rule
	g.f("\n### %s\n\n", inline(r.Title.In(g.w.Lang)))
	g.f(g.say("%s. Limit: %s. Rule [`%[3]s`](#%[3]s), test “%[4]s”.\n\n", "%s。期限：%s。规则 [`%[3]s`](#%[3]s)，测试“%[4]s”。\n\n"),
		inline(r.Basis.Text.In(g.w.Lang)), g.w.Duration(r.Within.Within()), r.ID, inline(x.test.Name))
	for _, row := range x.rows {
		typ := x.log.Types.Name(uint32(x.log.Type[row]))
		if concerns(r, typ) {
			g.f("- %s %s\n", g.w.Time(g.p.Log.Zone, x.log.Time[row]), inline(g.p.Vocabulary.Event(typ).In(g.w.Lang)))
		}
	}
	g.f("\n")
	for i, t := range x.ex.StepTexts {
		line := inline(t.In(g.w.Lang))
		if i == len(x.ex.StepTexts)-1 {
			line = "**" + line + "**"
		}
		g.f("%d. %s\n", i+1, line)
	}
}

// concerns says whether a rule asks about events of a type.
func concerns(r *rule.Rule, typ string) bool {
	return slices.ContainsFunc(r.Types(), func(u rule.TypeUse) bool { return u.Name == typ }) || r.When.Any || r.Other.Any
}
