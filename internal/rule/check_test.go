package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/quick"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// TestPack reads a pack that has everything.
func TestPack(t *testing.T) {
	p := mustParse(t, `pack: all
version: 1.0
title: {en: All, zh: 全部}
jurisdiction: IT
log:
  per: person/suspect
  zone: Europe/Rome
  closes: [Archive, Close]
  attributes: {amount: number}
clock: {start: included, roll: next-working-day, calendar: cn, hours: whole, months: last-to-last}
rules:
- id: response
  title: {en: R, zh: 规}
  basis: {text: art. 1, checked: 2026-11-21, status: verified}
  severity: critical
  effective: {from: 2010-08-14, to: 2011-01-01}
  when: A
  must: {followed_by: [B, C], within: 90d, discharge: oldest}
  unless: {event: any, where: it.attr.amount > 3}
  warn: 7wd
  clock: {start: excluded}
- id: precedence
  title: {en: R, zh: 规}
  basis: {text: art. 1, checked: 2026-11-21, status: unverified}
  per: [case, actor, unit, attr.amount]
  over: all
  when: A
  never: {preceded_by: B, immediately: true}
- id: hold
  title: {en: R, zh: 规}
  basis: {text: art. 1, checked: 2026-11-21, status: verified}
  when: A
  must: {hold: it.attr.amount == when.attr.amount}
- id: window
  title: {en: R, zh: 规}
  basis: {text: art. 1, checked: 2026-11-21, status: verified}
  count: {of: A, per: [actor], in: 1mo, at_most: 2.5, sum: it.attr.amount}
`)
	var got []string
	for _, r := range p.Rules {
		s := fmt.Sprintf("%s %s %s never=%v per=%v over=%s verified=%v immediately=%v oldest=%v closable=%v", r.ID, r.Severity, r.Form, r.Never, r.Per, r.Over, r.Basis.Verified, r.Immediately, r.Oldest, r.Closable())
		if r.Within != nil {
			s += " within=" + r.Within.Within().String()
		}
		if w := r.Window; w != nil {
			s += fmt.Sprint(" window=", w.Of, w.In, w.AtMost)
		}
		got = append(got, s)
	}
	want := []string{
		"response critical followed_by never=false per=[person/suspect] over=each verified=true immediately=false oldest=true closable=true within=90d",
		"precedence minor preceded_by never=true per=[case actor unit attr.amount] over=all verified=false immediately=true oldest=false closable=false",
		"hold minor hold never=false per=[person/suspect] over=each verified=true immediately=false oldest=false closable=true",
		"window minor count never=false per=[actor] over=each verified=true immediately=false oldest=false closable=false window=2 1mo 2.5",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
	if p.Version != "1.0" || p.Jurisdiction != "IT" || p.Title.Zh != "全部" || strings.Join(p.Log.Closes, " ") != "Archive Close" || p.Calendars["cn"] == nil {
		t.Errorf("the pack's own words are wrong: %+v", p)
	}
	// start: excluded is the rule's own, the roll the pack's: 90 days from 1
	// July 2026 end on 29 September, a Tuesday.
	due := p.Rules[0].Within.Due(p.Log.Zone.Local(2026, 7, 1, 9, 0, 0, 0))
	if due.LastDay.String() != "2026-09-29" {
		t.Errorf("the last day is %s; want 2026-09-29", due.LastDay)
	}
	e := p.Rules[0].Effective
	for day, covered := range map[string]bool{"2010-08-13": false, "2010-08-14": true, "2010-12-31": true, "2011-01-01": false} {
		d, _ := clock.ParseDay(day)
		if e.Covers(d) != covered {
			t.Errorf("effective covers %s: %v; want %v", day, !covered, covered)
		}
	}
}

// TestDefaults: what the pack's clock says holds for its rules where they can
// have it.
func TestDefaults(t *testing.T) {
	src := strings.Replace(packOf("when: A\nmust: {preceded_by: B, within: 3d}\n"), "rules:", "clock: {from: when.attr.served, paused: {from: P, to: Q}, extended: [{by: X, add: 2d}]}\nrules:", 1)
	r := mustParse(t, src).Rules[0]
	if r.From != nil || r.Paused == nil || len(r.Extended) != 1 {
		t.Errorf("from %v, paused %v, extended %v; want none, one, one", r.From, r.Paused, r.Extended)
	}
	r = mustParse(t, strings.Replace(src, "preceded_by", "followed_by", 1)).Rules[0]
	if r.From == nil {
		t.Error("the pack's from is not the rule's")
	}
	r = mustParse(t, strings.Replace(src, "{preceded_by: B, within: 3d}", "{followed_by: B}", 1)).Rules[0]
	if r.From != nil || r.Paused != nil || r.Extended != nil || r.Within != nil {
		t.Error("a rule without within has a clock")
	}
}

// TestCalendars: a calendar beside the pack comes before a built-in one of its
// name; what can't be read is said.
func TestCalendars(t *testing.T) {
	src := []byte(packOf("when: A\nmust: {followed_by: B, within: 3wd}\nclock: {calendar: own}\n"))
	own, err := clock.ParseCalendar("own.yaml", []byte("name: own\nsource: a decree\nzone: Europe/Rome\ncovers: {from: 2026-01-01, to: 2026-12-31}\n"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	find := func(name string) (*clock.Calendar, error) {
		asked++
		if name == "own" {
			return own, nil
		}
		return nil, nil
	}
	p, _, err := ParseWith("pack.yaml", src, find, nil)
	if err != nil || p.Calendars["own"] != own || asked != 1 {
		t.Errorf("calendar %v, asked %d times, error %v", p.Calendars, asked, err)
	}
	broken := func(string) (*clock.Calendar, error) { return nil, errors.New("own.yaml:1:1: no days") }
	if _, _, err := ParseWith("pack.yaml", src, broken, nil); err == nil || !strings.Contains(err.Error(), "no days") {
		t.Errorf("a broken calendar gives %v", err)
	}
}

// TestVocabulary: nothing is grouped or counted by what concerns the public.
func TestVocabulary(t *testing.T) {
	v, err := ParseVocabulary("vocabulary.yaml", []byte(`events: {Create Fine: {en: Fine created, zh: 开具罚单}}
attributes: {plate: {en: Number plate, zh: 车牌, public: true}, amount: {en: Amount, zh: 金额}}
objects: {person: {en: Person, zh: 人员, public: true}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if v.Events["Create Fine"].Text != errs.T("Fine created", "开具罚单") {
		t.Errorf("events are %v", v.Events)
	}
	for body, want := range map[string]string{
		"per: attr.plate\nwhen: A\nmust: {followed_by: B}":                        "14:8",
		"per: [case, person/suspect]\nwhen: A\nmust: {followed_by: B}":            "14:15",
		"count: {of: A, in: 1d, at_most: 1, distinct: it.attr.plate}":             "14:56",
		"count: {of: A, in: 1d, at_most: 1, sum: 'size(it.attr[\"plate\"])'}":     "",
		"when: {event: A, where: it.attr.plate == \"x\"}\nmust: {preceded_by: B}": "ok",
		"count: {of: A, in: 1d, at_most: 1, distinct: it.attr.amount}":            "ok",
	} {
		_, _, err := ParseWith("pack.yaml", []byte(packOf(body)), nil, v)
		switch {
		case want == "ok" && err != nil, want != "ok" && (err == nil || !strings.Contains(err.Error(), "concerns members of the public") || !strings.Contains(err.Error(), want)):
			t.Errorf("%s gives %v; want %s", body, err, want)
		}
	}
	if _, err := ParseVocabulary("v.yaml", []byte("attributes: {a: {en: A, publik: true}}")); err == nil || !strings.Contains(err.Error(), `did you mean "public"?`) || !strings.Contains(err.Error(), `"zh" is missing`) {
		t.Errorf("a wrong vocabulary gives %v", err)
	}
}

// TestExamples reads the lines of a pack's tests.
func TestExamples(t *testing.T) {
	p := mustParse(t, strings.Replace(packOf("per: [case, person]\nwhen: A\nmust: {followed_by: B}\n"), "rules:", "rules:", 1)+`tests:
- name: all a line can say
  events: |
    # a comment, then an empty line

    2026-03-01T09:10 Create Fine  case=A1 amount=80.5 reason="two words" plate='it\'s'
    2026-03-01 09:11:12.5 A  id=e7 seq=4 case=A1 person/suspect=p7 object:car/seized=c1 actor=561 unit="north 2" recorded=2026-03-02
    2026-03-02 开具罚单   case=A1  tags="a; b" paid=true served=2026-03-01T10:00+08:00 attr.actor=x case.attr.limit=50 reason=""
  as_of: 2026-07-01
  complete: true
  want:
    r: {met: 1, due: 2026-05-31T00:00, violations: 0}
`)
	x := p.Tests[0]
	z := p.Log.Zone
	if !x.Complete || !x.HasAsOf || z.Format(x.AsOf) != "2026-07-01T00:00:00+02:00" || len(x.Events) != 3 {
		t.Fatalf("the test is %+v", x)
	}
	w := x.Want["r"]
	if w.Counts["met"] != 1 || w.Counts["violations"] != 0 || !w.HasDue || z.Format(w.Due) != "2026-05-31T00:00:00+02:00" {
		t.Errorf("it wants %+v", w)
	}
	var got []string
	for _, e := range x.Events {
		s := fmt.Sprintf("%s #%d %s %s day=%v", e.ID, e.Seq, z.Format(e.Time.At), e.Type, e.Time.Kind == event.Day)
		if e.Actor.OK {
			s += " actor=" + e.Actor.Value + " unit=" + e.Unit.Value + fmt.Sprint(" recorded day=", e.Recorded.Kind == event.Day)
		}
		for _, o := range e.Objects {
			s += fmt.Sprintf(" %s:%s/%s", o.Type, o.ID, o.Qualifier)
			for _, a := range o.Attrs {
				s += fmt.Sprintf("(%s=%s)", a.Name, a.Value.Text(z))
			}
		}
		for _, a := range e.Attrs {
			s += fmt.Sprintf(" %s=%s[%s]", a.Name, a.Value.Kind, a.Value.Text(z))
		}
		got = append(got, s)
	}
	want := []string{
		`t1 #1 2026-03-01T09:10:00+01:00 Create Fine day=false case:A1/ amount=number[80.5] reason=string[two words] plate=string[it's]`,
		`e7 #4 2026-03-01T09:11:12.5+01:00 A day=false actor=561 unit=north 2 recorded day=true case:A1/ person:p7/suspect car:c1/seized`,
		`t3 #3 2026-03-02T00:00:00+01:00 开具罚单 day=true case:A1/(limit=50) tags=strings[a, b] paid=bool[true] served=time[2026-03-01T03:00:00+01:00] actor=string[x] reason=string[]`,
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

// TestNamesOfCounts: the counts of a test are those of a result.
func TestNamesOfCounts(t *testing.T) {
	if len(CountNames()) != 7 || len(derivedNames) != 4 {
		t.Error("a count was added or lost; the pack's tests compare each of them")
	}
}

// TestEncodings: what isn't UTF-8 is refused where it begins.
func TestEncodings(t *testing.T) {
	for src, want := range map[string]string{
		"\xff\xfep\x00a\x00":                          "not UTF-8",
		"pack: p\ntitle: {zh: \xb7\xa3}\n":            "2:13",
		strings.Repeat("# a long file\n", 200_000):    "at most",
		"pack: p\x00\n":                               "control characters",
		strings.Repeat("[", 20_000):                   "",
		"rules: &a [x]\ntests: [*a, *a]\n":            "anchors",
		"rules: " + strings.Repeat("{rules: ", 3_000): "",
	} {
		if _, _, err := Parse("r.yaml", []byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q gives %.300v; want %q", src, err, want)
		}
	}
	if p := mustParse(t, "\ufeff"+packOf("when: A\nmust: {followed_by: B}\n")); p.Name != "test" {
		t.Error("a byte order mark is not passed over")
	}
}

// TestManyFaults: a list of faults has an end.
func TestManyFaults(t *testing.T) {
	_, _, err := Parse("r.yaml", []byte(header+"rules:\n"+strings.Repeat("- {}\n", 200)))
	var list errs.List
	if !errors.As(err, &list) || len(list) != maxFaults+1 || !strings.Contains(list[maxFaults].Error(), "more faults") {
		t.Errorf("%d faults are told", len(list))
	}
}

// TestLocate: each character of a scalar has the place where the file has it.
func TestLocate(t *testing.T) {
	for _, c := range []struct{ yaml, char, want string }{
		{"k: abc超d", "d", "1:8"},
		{`k: "a\"超\u4e2dd"`, "d", "1:15"},
		{"k: 'it''s d'", "d", "1:11"},
		{"k: |\n  ab\n    cd\n", "d", "3:6"},
		{"k: >\n  ab\n  cd\n\n  e\n", "e", "5:3"},
		{"k: ab\n  cd", "d", "2:4"},
		{"k: \"ab\\\n  cd\"", "d", "2:4"},
		{"k: \"ab\n\n  cd\"", "d", "3:4"},
	} {
		s, src := newSource("f", []byte(c.yaml))
		n := s.readYAML(src, errs.Text{}).Content[1]
		v := parser{s}.scalar(n, kindText.Text)
		i := strings.Index(v.text, c.char)
		at := s.locate(v)[len([]rune(v.text[:i]))]
		if got := fmt.Sprintf("%d:%d", at.line, at.col); got != c.want {
			t.Errorf("%q: %s stands at %s; want %s", c.yaml, c.char, got, c.want)
		}
	}
	err := quick.Check(func(text string) bool {
		src := block((&scalar{text: text}).yaml())
		s, b := newSource("f", []byte("k: "+src))
		if b == nil {
			return true
		}
		n := s.readYAML(b, errs.Text{})
		return n == nil || n.Kind == 0 || len(n.Content) != 2 || n.Content[1].Kind != 8 || len(s.locate(&scalar{n.Content[1].Value, s.spanOf(n.Content[1]), n.Content[1]})) == len([]rune(n.Content[1].Value))+1
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

// FuzzParse: no text of rules makes the parser fail in another way than by a
// list of faults, and what it accepts is written and read again.
func FuzzParse(f *testing.F) {
	f.Add(packOf("when: A\nmust: {followed_by: B, within: 3d}\nclock: {paused: {from: P, to: Q}}\n"))
	f.Add(packOf("count: {of: any, in: 1d, at_most: 3, distinct: it.actor}\n"))
	f.Add("pack: [\n")
	f.Fuzz(func(t *testing.T, src string) {
		p, _, err := Parse("f.yaml", []byte(src))
		if err != nil {
			var list errs.List
			if !errors.As(err, &list) || len(list) == 0 || list.In(errs.Zh) == "" {
				t.Fatalf("not a list of faults: %v", err)
			}
			return
		}
		for _, r := range p.Rules {
			if r.String() == "" {
				t.Fatal("a rule is written as nothing")
			}
		}
	})
}

// FuzzCondition: no condition makes the checker or an evaluation fail.
func FuzzCondition(f *testing.F) {
	for _, c := range benchConditions {
		f.Add(c.text)
	}
	f.Add(`it.attr.tags.exists(x, x.matches("a+")) ? it.attr.amount / 0 > 1 : "x" in it.attr`)
	p := mustParse(f, packOf("when: A\nmust: {followed_by: B}\n"))
	l := logOf(f, p, "2026-03-01T09:00 A  case=A1 amount=1 tags=a reason=b\n2026-03-02T09:00 B  case=A1")
	f.Fuzz(func(t *testing.T, text string) {
		s, src := newSource("f", []byte(text))
		if src == nil { // what isn't a file of rules at all gets no further
			return
		}
		s.lines = []string{text}
		c := &checker{source: s, node: &packNode{}, pack: p, warned: map[string]bool{}}
		c.rule = &Rule{Pack: p, Per: []Key{p.Log.Per}}
		cond := c.cond(&scalar{text: text, at: span{1, 1, 1}, node: newMapping(0).node}, scopeOther)
		if (cond == nil) != (len(s.faults) > 0) {
			t.Fatalf("%d faults, condition %v", len(s.faults), cond)
		}
		if cond == nil {
			return
		}
		bound, program := cond.Bind(l), newProgram(&cond.expression, l, newFailures())
		if got, want := bound.Test(1, 0, 1), program.test(1, 0, 1); got != want {
			t.Fatalf("%s: compiled %s, interpreted %s", text, got, want)
		}
	})
}

// TestConcurrently: a bound condition serves many goroutines at once.
func TestConcurrently(t *testing.T) {
	p := mustParse(t, packOf("when: A\nmust: {followed_by: B}\n"))
	l := logOf(t, p, "2026-03-01T09:00 A  case=A1 amount=1 tags=a reason=b\n2026-03-02T09:00 B  case=A1")
	compiled := mustCond(t, `it.attr.amount > 0 || when.type == "A"`).Bind(l)
	interpreted := mustCond(t, `1 / 0 == 1 || it.attr.tags.exists(x, x == "a")`).Bind(l)
	value := mustParse(t, packOf("count: {of: A, in: 1d, at_most: 1, distinct: it.type + it.id}\n")).Rules[0].Window.Expr.Bind(l)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				if compiled.Test(0, 0, 1) != clock.Yes || interpreted.Test(0, 0, 1) != clock.Yes || interpreted.Test(1, 0, 1) != clock.Unknown {
					t.Error("a condition changed its mind")
				}
				a, _ := value.Value(0)
				if b, ok := value.Value(1); !ok || a == b {
					t.Error("two values have one code")
				}
			}
		})
	}
	group.Wait()
	if f := interpreted.Failures(); len(f) != 1 || f[0].Count != 400 {
		t.Errorf("failures are %v; want 400 divisions by zero", f)
	}
}

// TestWhatAPackTells: the plain sentence, the operative words, the reason of
// the severity, and what the pack is about.
func TestWhatAPackTells(t *testing.T) {
	src := strings.Replace(header, "log:", "about:\n  en: |\n    First.\n\n    Second.\n  zh: 说明。\nlog:", 1) + `rules:
- id: r
  title: {en: Rule, zh: 规则}
  says: {en: B follows A., zh: 甲后有乙。}
  basis:
    text: {en: "Criminal Procedure Law, art. 1", zh: 刑事诉讼法第一条}
    words: 甲之后，应当乙
    url: https://example.org/law
    checked: 2026-11-21
    status: verified
  severity: {level: critical, reason: {en: Liberty is at stake., zh: 关乎人身自由。}}
  when: A
  must: {followed_by: B}
- id: plain
  title: {en: Rule, zh: 规则}
  basis: {text: art. 1, checked: 2026-11-21, status: verified}
  severity: info
  when: A
  must: {followed_by: B}
`
	p := mustParse(t, src)
	if want := errs.T("First.\n\nSecond.\n", "说明。"); p.About != want {
		t.Errorf("about is %v; want %v", p.About, want)
	}
	r := p.Rules[0]
	got := []any{r.Says, r.Basis.Text, r.Basis.Words, r.Basis.URL, r.Severity, r.Reason}
	want := []any{errs.T("B follows A.", "甲后有乙。"), errs.T("Criminal Procedure Law, art. 1", "刑事诉讼法第一条"), "甲之后，应当乙",
		"https://example.org/law", Critical, errs.T("Liberty is at stake.", "关乎人身自由。")}
	if !slices.Equal(got, want) {
		t.Errorf("%v; want %v", got, want)
	}
	if q := p.Rules[1]; q.Basis.Text != errs.T("art. 1", "art. 1") || q.Severity != Info || q.Says != (errs.Text{}) || q.Reason != (errs.Text{}) {
		t.Errorf("the short form is read as %v %v %v %v", q.Basis.Text, q.Severity, q.Says, q.Reason)
	}
}

// TestVocabularyTells: whose act an event is, what it carries, types, codes
// and what a value identifies.
func TestVocabularyTells(t *testing.T) {
	const text = `roles: {police: {en: Police, zh: 公安机关}}
events:
  A: {en: An act, zh: 甲, by: police, means: {en: When it is done., zh: 完成之时。}, attributes: [amount, kind], public: true}
attributes:
  amount: {en: Amount, zh: 金额, type: number}
  kind: {en: Kind, zh: 种类, type: string, values: {b: {en: Second, zh: 乙}, a: {en: First, zh: 甲}}}
  officer: {en: Officer, zh: 民警, names: official}
objects: {person: {en: Person, zh: 人员, means: {en: Anybody., zh: 任何人。}, public: true}}
`
	v, err := ParseVocabulary("v.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	a := v.Events["A"]
	if v.Roles["police"] != errs.T("Police", "公安机关") || a.By != "police" || !a.Public || a.Means.En != "When it is done." || !slices.Equal(a.Attributes, []string{"amount", "kind"}) || a.Pos.String() != "v.yaml:3:6" {
		t.Errorf("the roles are %v and the event is %+v", v.Roles, a)
	}
	kind := v.Attributes["kind"]
	if want := []Value{{"b", errs.T("Second", "乙")}, {"a", errs.T("First", "甲")}}; !slices.Equal(kind.Values, want) || v.Attributes["officer"].Names != NamesOfficial || kind.Names != NamesNobody {
		t.Errorf("the values are %v; want %v", kind.Values, want)
	}
	if v.Objects["person"].Means.Zh != "任何人。" {
		t.Errorf("the objects are %v", v.Objects)
	}
	// Its types hold for a pack that doesn't repeat them.
	src := strings.Replace(packOf("when: {event: A, where: it.attr.amount > 1 && it.attr.kind == \"a\"}\nmust: {followed_by: B}"), "attributes: {amount: number, ", "attributes: {", 1)
	p, lint, err := ParseWith("pack.yaml", []byte(src), nil, v)
	if err != nil || len(lint) > 0 || p.Log.Attributes["amount"] != event.Number {
		t.Errorf("%v %v; amount is a %v", err, lint, p.Log.Attributes["amount"])
	}
	_, _, err = ParseWith("pack.yaml", []byte(strings.Replace(src, "{fee: number", "{amount: string, fee: number", 1)), nil, v)
	if want := `pack.yaml:8:24: "amount" is a string here and a number in the vocabulary, at v.yaml:5:38;`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("two types: %v; want %s", err, want)
	}
	for wrong, want := range map[string]string{
		"by: police, means":                         `v.yaml:3:30: there is no role "polcie" in this vocabulary; did you mean "police"?`,
		"attributes: [amount, kind]":                `there is no attribute "amuont" in this vocabulary; did you mean "amount"?`,
		"type: number":                              `"nubmer" is not possible here; did you mean "number"?`,
		"names: official":                           `"offical" is not possible here; did you mean "official"?`,
		"roles: {police: {en: Police, ":             `unknown key "e" in a role`,
		"roles: {police: {en: Police, zh: 公安机关}}\n": `no role "police" in this vocabulary; declare it: roles: {police: {en: …, zh: …}}`,
	} {
		bad := strings.NewReplacer("by: police", "by: polcie", "[amount", "[amuont", "number", "nubmer", "official", "offical", "roles: {police: {en: Police, zh: 公安机关}}\n", "", "en: Police", "e: Police").Replace(wrong)
		if _, err := ParseVocabulary("v.yaml", []byte(strings.Replace(text, wrong, bad, 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", bad, err, want)
		}
	}
}

// Only text that isn't the public's is searched.
func TestSearchableFields(t *testing.T) {
	v, err := ParseVocabulary("v.yaml", []byte("attributes: {b: {en: B, zh: 乙, searchable: true}, a: {en: A, zh: 甲, type: string, searchable: true}, c: {en: C, zh: 丙, searchable: false}, d: {en: D, zh: 丁, public: true}}"))
	if err != nil || !slices.Equal(v.Searchable(), []string{"a", "b"}) || !v.Public("d") || v.Public("a") || v.Public("none") {
		t.Errorf("%v, %v", v.Searchable(), err)
	}
	if none := (*Vocabulary)(nil); none.Searchable() != nil || none.Public("a") {
		t.Error("no vocabulary has fields")
	}
	for text, want := range map[string]string{
		"attributes: {a: {en: A, zh: 甲, public: true, searchable: true}}": "v.yaml:1:58: what concerns members of the public is never searched",
		"attributes: {a: {en: A, zh: 甲, searchable: true, type: time}}":   "only text is searched",
		"attributes: {a: {en: A, zh: 甲, searchable: perhaps}}":            "v.yaml:1:44",
		"objects: {a: {en: A, zh: 甲, searchable: true}}":                  `unknown key "searchable"`,
	} {
		if _, err := ParseVocabulary("v.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v; want %s", text, err, want)
		}
	}
}
