package trial_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
	"plumbline/internal/trial"
)

const head = "pack: t\nversion: 1.0.0\ntitle: {en: T, zh: 测}\nlog: {per: case, zone: Asia/Shanghai, closes: [Z], attributes: {n: number, kind: string}}\nrules:\n"

const vocabulary = "events:\n  P: {en: Public's act, zh: 群众的行为, public: true}\n"

func parse(t testing.TB, rules string) *rule.Pack {
	t.Helper()
	vocab, err := rule.ParseVocabulary("vocabulary.yaml", []byte(vocabulary))
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := rule.ParseWith("pack.yaml", []byte(head+rules), nil, vocab)
	if err != nil {
		t.Fatalf("%s\n%s", rules, errs.In(err, errs.En))
	}
	return p
}

func side(t testing.TB, l *event.Log, p *rule.Pack) trial.Side {
	t.Helper()
	res, err := monitor.Check(l, p.Rules, monitor.Options{Keep: monitor.KeepAll, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return trial.Side{Packs: []*rule.Pack{p}, Result: res}
}

func compare(t testing.TB, l *event.Log, old, now *rule.Pack) *trial.Diff {
	t.Helper()
	d, err := trial.Compare(side(t, l, old), side(t, l, now), 2)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// logOf is a log of lines "DAY TYPE CASE OFFICER UNIT KIND"; - is absent.
func logOf(t testing.TB, lines []string) *event.Log {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: zone, Schema: map[string]event.Kind{"n": event.Number, "kind": event.String}})
	for _, line := range lines {
		f := strings.Fields(line)
		var day int
		if _, err := fmt.Sscan(f[0], &day); err != nil {
			t.Fatal(err)
		}
		at, _, err := clock.ParseInstant(fmt.Sprintf("2026-03-%02dT09:00", day), zone)
		if err != nil {
			t.Fatal(err)
		}
		opt := func(s string) event.Opt {
			if s == "-" {
				return event.Opt{}
			}
			return event.Some(s)
		}
		e := event.Event{Type: f[1], Time: event.Stamp{At: at, Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: f[2]}}, Actor: opt(f[3]), Unit: opt(f[4])}
		if f[5] != "-" {
			e.Attrs = []event.Attr{{Name: "kind", Value: event.Str(f[5])}}
		}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bentLog has 40 cases of four officials; 561, who alone works by radio and
// alone orders a note, is late in each of his four.
func bentLog(t testing.TB) *event.Log {
	var lines []string
	for i := range 40 {
		officer, kind, answered := []string{"ann", "bob", "cai"}[i%3], "desk", 2
		if i%10 == 0 {
			officer, kind, answered = "561", "radio", 8
			lines = append(lines, fmt.Sprintf("2 Note c%d 561 north -", i))
		}
		if i%7 == 1 {
			answered = 9
		}
		lines = append(lines, fmt.Sprintf("1 Call c%d %s north %s", i, officer, kind), fmt.Sprintf("%d Answer c%d %s north -", answered, i, officer))
	}
	return logOf(t, lines)
}

const honest = "- id: answered\n  when: Call\n  must: {followed_by: Answer, within: 2d}\n"

// A rule that was bent to protect one official says nothing of him; that the
// violations which vanish are his does.
func TestABentRuleShows(t *testing.T) {
	l := bentLog(t)
	for name, bent := range map[string]string{
		"a condition that fits one official's habit":  "- id: answered\n  when: {event: Call, where: it.attr.kind != \"radio\"}\n  must: {followed_by: Answer, within: 2d}\n",
		"an exception that fits one official's habit": "- id: answered\n  when: Call\n  must: {followed_by: Answer, within: 2d}\n  unless: Note\n",
		"a longer limit for a habit":                  "- id: answered\n  when: Call\n  must: {followed_by: Answer, within: 2d}\n  clock: {extended: [{by: Note, add: 9d}]}\n",
		"two rules in its place":                      "- id: desk\n  when: {event: Call, where: it.attr.kind == \"desk\"}\n  must: {followed_by: Answer, within: 48h}\n- id: phone\n  when: {event: Call, where: it.attr.kind == \"phone\"}\n  must: {followed_by: Answer, within: 47h}\n",
		"another name for it, too":                    "- id: replied\n  when: {event: Call, where: it.attr.kind != \"radio\"}\n  must: {followed_by: Answer, within: 2d}\n",
	} {
		d := compare(t, l, parse(t, honest), parse(t, bent))
		i := slices.IndexFunc(d.Totals.Concentrations, func(c trial.Concentration) bool { return c.Of == trial.Officer })
		if i < 0 {
			t.Errorf("%s: nothing is said", name)
			continue
		}
		c := d.Totals.Concentrations[i]
		if c.Name != "561" || !c.Vanished || c.Count != 4 || c.Activations != 4 || c.ActivationsTotal != 40 || c.Chance > 0.001 {
			t.Errorf("%s: %+v", name, c)
		}
		if first := d.Totals.Officers[0]; first.Name == nil || *first.Name != "561" {
			t.Errorf("%s: %v stands first", name, first)
		}
		if name == "another name for it, too" && d.Rules[0].Status != trial.Renamed {
			t.Errorf("%s: %s", name, d.Rules[0].Status)
		}
		if e := d.Rules[0].Examples; len(d.Rules) == 1 && (len(e) != 2 || !e[0].Vanished || *e[0].Officer != "561" || e[0].Old == nil || !strings.Contains(e[0].Old.En, "days late")) {
			t.Errorf("%s: examples %+v", name, e)
		}
	}
}

// A change that concerns everybody in their parts singles nobody out.
func TestAChangeForAllSinglesNobodyOut(t *testing.T) {
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("1 Call c%d o%d u%d -", i, i%4, i%2), fmt.Sprintf("%d Answer c%d o%d u%d -", 2+i%5, i, i%4, i%2))
	}
	d := compare(t, logOf(t, lines), parse(t, honest), parse(t, strings.Replace(honest, "2d", "9d", 1)))
	if d.Totals.ViolationsVanished != 24 || len(d.Totals.Concentrations) != 0 {
		t.Errorf("%d vanish; %+v", d.Totals.ViolationsVanished, d.Totals.Concentrations)
	}
}

// What a member of the public did is counted, and under nobody's name.
func TestThePublicIsNotGrouped(t *testing.T) {
	l := logOf(t, []string{"1 P c1 citizen home -", "1 P c2 citizen home -"})
	d := compare(t, l, parse(t, "- id: a\n  when: P\n  must: {preceded_by: B}\n"), parse(t, "- id: a\n  when: P\n  never: {preceded_by: B}\n"))
	out, err := json.Marshal(d.Totals)
	if err != nil {
		t.Fatal(err)
	}
	if d.Totals.VerdictsChanged != 2 || strings.Contains(string(out), "citizen") || strings.Contains(string(out), `"home"`) {
		t.Errorf("%s", out)
	}
}

func TestWhatBecomesOfRules(t *testing.T) {
	l := bentLog(t)
	old := parse(t, honest+"- id: kept\n  when: Note\n  must: {preceded_by: Call}\n- id: gone\n  when: Call\n  never: {followed_by: Note, within: 3d}\n")
	now := parse(t, strings.Replace(honest, "2d", "3d", 1)+"- id: held\n  severity: major\n  when: Note\n  must: {preceded_by: Call}\n- id: more\n  when: Note\n  must: {followed_by: Answer, within: 1d}\n")
	var got []string
	for _, r := range compare(t, l, old, now).Rules {
		line := fmt.Sprintf("%s %s %s", r.ID, r.Status, r.OldID)
		for _, c := range r.Text {
			line += fmt.Sprintf("; %s: %q %q", c.Field, c.Old, c.New)
		}
		got = append(got, line)
	}
	want := []string{`answered changed ; must.within: "2d" "3d"`, `held renamed kept; id: "kept" "held"; severity: "" "major"`, "more new ", "gone removed "}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What a pack says for all its rules changes verdicts without a rule's text.
func TestWhatAPackSaysForAll(t *testing.T) {
	l := bentLog(t)
	old := parse(t, honest)
	now, _, err := rule.Parse("pack.yaml", []byte(strings.Replace(head, "rules:", "clock: {start: included}\nrules:", 1)+honest))
	if err != nil {
		t.Fatal(err)
	}
	d := compare(t, l, old, now)
	if len(d.Changes) != 1 || d.Changes[0] != (trial.Change{Field: "clock", New: "{start: included}"}) {
		t.Errorf("%+v", d.Changes)
	}
	if d.Same {
		t.Error("nothing is said to change")
	}
}

// drawRules is a few random rules; both versions draw from the same ids.
func drawRules(t *rapid.T, label string) string {
	pick := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	out := ""
	for _, id := range []string{"r1", "r2", "r3"} {
		if pick("in", "in", "in", "out") == "out" {
			continue
		}
		out += "- id: " + id + "\n  per: " + pick("case", "case", "actor", "[case, actor]") + "\n"
		if pick("rule", "rule", "count") == "count" {
			out += "  count: {of: " + pick("A", "[A, P]") + ", in: 3d, at_most: " + pick("0", "1") + "}\n"
			continue
		}
		out += "  when: " + pick("A", "P", "[A, B]", `{event: A, where: it.attr.kind != "x"}`) + "\n"
		out += pick("  must: {followed_by: B, within: 2d}\n", "  must: {followed_by: B, within: 5d}\n", "  must: {preceded_by: B}\n", "  never: {followed_by: B, within: 2d}\n",
			"  must: {followed_by: B, within: 2d}\n  unless: P\n", "  must: {hold: has(it.actor)}\n")
	}
	if out == "" {
		return honest
	}
	return out
}

func drawLog(t *rapid.T) []string {
	pick := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, "event") }
	var out []string
	for range rapid.IntRange(1, 25).Draw(t, "events") {
		out = append(out, strings.Join([]string{pick("1", "2", "3", "4", "5", "8"), pick("A", "B", "P", "Call", "Z"), pick("c1", "c2", "c3"), pick("x", "y", "-"), pick("u", "v", "-"), pick("x", "y", "-")}, " "))
	}
	return out
}

// Of any two versions over any log: a rule's counts are the sum of its units'
// and of its officials', and the totals those of the rules; a version beside
// itself changes nothing; the other way round is the mirror.
func TestEveryChangeIsCountedOnceEverywhere(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lines, a, b := drawLog(r), drawRules(r, "old"), drawRules(r, "new")
		l := logOf(t, lines)
		old, now := parse(t, a), parse(t, b)
		d, back := compare(t, l, old, now), compare(t, l, now, old)
		var sum trial.Counts
		for _, rule := range append([]trial.Rule{{ID: "totals", Tally: d.Totals}}, d.Rules...) {
			for kind, groups := range map[string][]trial.Group{"units": rule.Units, "officials": rule.Officers} {
				if got, want := changesOf(groups), changesOf([]trial.Group{{Counts: rule.Counts}}); got != want {
					r.Errorf("%s: %s sum to %+v, want %+v", rule.ID, kind, got, want)
				}
			}
			moved := 0
			for _, m := range rule.Verdicts {
				moved += m.Count
			}
			if c := rule.Counts; moved != c.ActivationsAppeared+c.ActivationsVanished+c.VerdictsChanged || c.ViolationsNew-c.ViolationsOld != c.ViolationsAppeared-c.ViolationsVanished ||
				c.ActivationsNew-c.ActivationsOld != c.ActivationsAppeared-c.ActivationsVanished {
				r.Errorf("%s doesn't add up: %+v, %d verdicts moved", rule.ID, c, moved)
			}
			if rule.ID != "totals" {
				sum = plus(sum, changesOf([]trial.Group{{Counts: rule.Counts}}))
			}
		}
		if sum != changesOf([]trial.Group{{Counts: d.Totals.Counts}}) {
			r.Errorf("rules sum to %+v, totals are %+v", sum, d.Totals.Counts)
		}
		if got := mirrored(back.Totals.Counts); got != d.Totals.Counts {
			r.Errorf("mirrored %+v, want %+v", got, d.Totals.Counts)
		}
		if got := moves(back, true); !reflect.DeepEqual(got, moves(d, false)) {
			r.Errorf("mirrored %v, want %v", got, moves(d, false))
		}
		if self := compare(t, l, now, parse(t, b)); !self.Same || self.Totals.ActivationsAppeared+self.Totals.VerdictsChanged > 0 || len(self.Totals.Officers) > 0 {
			r.Errorf("a version beside itself: %+v", self)
		}
	})
}

// changesOf are the changes of groups together, without what merely is there:
// groups that no change concerns aren't listed.
func changesOf(groups []trial.Group) (sum trial.Counts) {
	for _, g := range groups {
		c := g.Counts
		c.ActivationsOld, c.ActivationsNew, c.ViolationsOld, c.ViolationsNew = 0, 0, 0, 0
		sum = plus(sum, c)
	}
	return sum
}

func plus(a, b trial.Counts) trial.Counts {
	a.ActivationsAppeared += b.ActivationsAppeared
	a.ActivationsVanished += b.ActivationsVanished
	a.VerdictsChanged += b.VerdictsChanged
	a.ViolationsAppeared += b.ViolationsAppeared
	a.ViolationsVanished += b.ViolationsVanished
	return a
}

func mirrored(c trial.Counts) trial.Counts {
	c.ActivationsOld, c.ActivationsNew = c.ActivationsNew, c.ActivationsOld
	c.ActivationsAppeared, c.ActivationsVanished = c.ActivationsVanished, c.ActivationsAppeared
	c.ViolationsOld, c.ViolationsNew = c.ViolationsNew, c.ViolationsOld
	c.ViolationsAppeared, c.ViolationsVanished = c.ViolationsVanished, c.ViolationsAppeared
	return c
}

func moves(d *trial.Diff, back bool) map[string]int {
	out := map[string]int{}
	for _, m := range d.Totals.Verdicts {
		if back {
			m.From, m.To = m.To, m.From
		}
		out[m.From+" "+m.To] = m.Count
	}
	return out
}
