package rule

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// lintVocabulary names an official and a case by attributes whose names don't
// say so.
const lintVocabulary = `attributes:
  plate: {en: Plate, zh: 车牌, type: string, public: true}
  witness: {en: Official heard, zh: 作证人员, type: string, names: official}
  file: {en: Number of the file, zh: 卷号, type: number, names: case}
  watch: {en: Officials on watch, zh: 值班人员, type: strings, names: official}
  home: {en: Unit of the handler, zh: 承办人单位, type: string, names: unit}
`

// TestNamedLiterals reads testdata/literals.txt: expressions, each after what
// it is for and whether it may stand in a rule. A refused one says where: the
// word under the caret.
func TestNamedLiterals(t *testing.T) {
	text, err := os.ReadFile("testdata/literals.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		n++
		verdict, rest, _ := strings.Cut(line, " ")
		place, expr, _ := strings.Cut(rest, " ")
		expr, word, _ := strings.Cut(expr, " ! ")
		p := lintPack(t, place, strings.TrimSpace(expr))
		named := p.NamedLiterals()
		switch {
		case verdict == "ok" && named != nil:
			t.Errorf("literals.txt:%d: %s is refused:\n%s", i+1, expr, named.In(errs.En))
		case verdict == "refused" && named == nil:
			t.Errorf("literals.txt:%d: %s gets past", i+1, expr)
		case verdict == "refused" && word != "" && marked(named[0]) != word:
			t.Errorf("literals.txt:%d: %s: the caret is under %q, want %q", i+1, expr, marked(named[0]), word)
		}
	}
	if n < 60 {
		t.Errorf("only %d expressions were read", n)
	}
}

// marked is what stands over the carets of a fault.
func marked(e *errs.Error) string {
	line := []rune(e.Place.Snippet)
	from := e.Place.Column - 1
	return string(line[from:min(len(line), from+max(1, e.Place.Width))])
}

// lintPack is a pack with an expression in one of the places that have one.
func lintPack(t *testing.T, place, expr string) *Pack {
	t.Helper()
	bodies := map[string]string{
		"when":     "when:\n  event: A\n  where: |-\n    EXPR\nmust: {followed_by: B}\n",
		"where":    "when: A\nmust:\n  followed_by: B\n  where: |-\n    EXPR\n",
		"hold":     "when: A\nmust:\n  hold: |-\n    EXPR\n",
		"unless":   "when: A\nmust: {followed_by: B, within: 3d}\nunless:\n  event: C\n  where: |-\n    EXPR\n",
		"paused":   "when: A\nmust: {followed_by: B, within: 3d}\nclock:\n  paused:\n    from: C\n    to:\n      event: D\n      where: |-\n        EXPR\n",
		"extended": "when: A\nmust: {followed_by: B, within: 3d}\nclock:\n  extended:\n  - by:\n      event: C\n      where: |-\n        EXPR\n    add: 2d\n",
		"from":     "when: A\nmust: {followed_by: B, within: 3d}\nclock:\n  from: |-\n    EXPR\n",
		"distinct": "count:\n  of: A\n  per: [actor]\n  distinct: |-\n    EXPR\n  in: 24h\n  at_most: 10\n",
		"sum":      "count:\n  of: A\n  per: [case]\n  sum: |-\n    EXPR\n  in: 24h\n  at_most: 10\n",
		"of":       "count:\n  of:\n    event: A\n    where: |-\n      EXPR\n  per: [actor]\n  in: 24h\n  at_most: 10\n",
	}
	body, ok := bodies[place]
	if !ok {
		t.Fatalf("no place %q", place)
	}
	vocab, err := ParseVocabulary("vocabulary.yaml", []byte(lintVocabulary))
	if err != nil {
		t.Fatal(err)
	}
	src := packOf(strings.ReplaceAll(body, "EXPR", expr))
	p, _, err := ParseWith("pack.yaml", []byte(src), nil, vocab)
	if err != nil {
		t.Fatalf("%s: %s\n%s", place, expr, errs.In(err, errs.En))
	}
	return p
}

// An attribute that one rule compares with the actor names an official in all
// rules of the pack, and so does what is compared with that.
func TestWhatIsComparedWithAnIdentityIsOne(t *testing.T) {
	rules := ""
	for id, cond := range map[string]string{"a": "it.attr.signed == when.actor", "b": "it.attr.countersigned != when.attr.signed", "c": `it.attr.countersigned == "561"`} {
		rules += "- id: " + id + "\n  when: A\n  must:\n    followed_by: B\n    where: '" + cond + "'\n"
	}
	p := mustParse(t, header+"rules:\n"+rules)
	named := p.NamedLiterals()
	if len(named) != 1 || !strings.Contains(named.In(errs.En), "it.attr.countersigned") || marked(named[0]) != `"561"` {
		t.Errorf("%v", named)
	}
	if p := mustParse(t, header+"rules:\n- id: c\n  when: A\n  must:\n    followed_by: B\n    where: 'it.attr.countersigned == \"561\"'\n"); p.NamedLiterals() != nil {
		t.Error("an attribute that nothing says names anybody is refused")
	}
}

// The message says where, what and what to do, in both languages.
func TestNamedLiteralsInWords(t *testing.T) {
	named := lintPack(t, "where", `it.unit == when.unit && it.actor != "561"`).NamedLiterals()
	if len(named) != 1 {
		t.Fatalf("%d faults, want 1", len(named))
	}
	for lang, words := range map[errs.Lang][]string{
		errs.En: {"pack.yaml:18:43: a rule may not single out an official: it.actor", "decision of two persons"},
		errs.Zh: {"规则不得针对或者豁免某个办案人员：it.actor", "由两人决定并在系统中留痕"},
	} {
		for _, w := range words {
			if got := named.In(lang); !strings.Contains(got, w) {
				t.Errorf("%s\nlacks %s", got, w)
			}
		}
	}
}

// What is let through can't tell people apart by what they are called: give
// every official, unit, case and event another name, and every verdict stays.
func TestWhatIsLetThroughSinglesNobodyOut(t *testing.T) {
	vocab, err := ParseVocabulary("vocabulary.yaml", []byte(`attributes:
  reason: {en: R, zh: 甲, names: official}
  free text: {en: F, zh: 乙, names: unit}
  plate: {en: P, zh: 丙, names: case}
  tags: {en: T, zh: 丁, names: official}
`))
	if err != nil {
		t.Fatal(err)
	}
	through, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := conditionGen{t}.cond(2)
		src := packOf("when: A\nmust:\n  followed_by: B\n  where: '" + strings.ReplaceAll(text, "'", "''") + "'\n")
		p, _, err := ParseWith("pack.yaml", []byte(src), nil, vocab)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if p.NamedLiterals() != nil {
			refused++
			return
		}
		through++
		l := drawLog(t, p)
		as, other := renamedLog(t, p, l, func(s string) string { return s }), renamedLog(t, p, l, func(s string) string {
			if s == "" {
				return s
			}
			return "z" + s // in the same order
		})
		c := p.Rules[0].Other.Where
		a, b := c.Bind(as), c.Bind(other)
		for it := range uint32(l.Rows()) {
			for when := range uint32(l.Rows()) {
				for obj := range event.ObjectID(l.Objects.Len() + 1) {
					if x, y := a.Test(it, when, obj), b.Test(it, when, obj); x != y {
						t.Fatalf("%s is %s, and %s under other names (it %v, when %v)", text, x, y, as.Event(it), as.Event(when))
					}
				}
			}
		}
	})
	if through < 3 || refused < 3 {
		t.Errorf("%d conditions let through, %d refused: too few to say anything", through, refused)
	}
}

// renamedLog is a log with other names in everything that names somebody.
func renamedLog(t *rapid.T, p *Pack, l *event.Log, name func(string) string) *event.Log {
	b := event.NewBuilder(event.Options{Zone: p.Log.Zone, Schema: p.Log.Attributes})
	attrs := func(list []event.Attr) {
		for i, a := range list {
			switch a.Value.Kind {
			case event.String:
				list[i].Value = event.Str(name(a.Value.Str))
			case event.Strings:
				var out []string
				for _, s := range a.Value.List {
					out = append(out, name(s))
				}
				list[i].Value = event.List(out)
			}
		}
	}
	for row := range uint32(l.Rows()) {
		e := l.Event(row)
		e.ID = name(fmt.Sprintf("e%d", row))
		if e.Actor.OK {
			e.Actor = event.Some(name(e.Actor.Value))
		}
		if e.Unit.OK {
			e.Unit = event.Some(name(e.Unit.Value))
		}
		attrs(e.Attrs)
		for i := range e.Objects {
			e.Objects[i].ID = name(e.Objects[i].ID)
			attrs(e.Objects[i].Attrs)
		}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Log()
}
