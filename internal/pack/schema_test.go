package pack_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"plumbline/internal/clock"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
	"plumbline/packs"
)

// The schemas under schema/ say what the program does: every file of ours
// passes both, and of every way to spoil one, what the schema refuses the
// program refuses, and what the program finds misspelt or misplaced the schema
// refuses.

// compiled are the schemas by name.
func compiled(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out := map[string]*jsonschema.Schema{}
	for name, text := range rule.Schemas() {
		c := jsonschema.NewCompiler()
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
		out[name] = c.MustCompile(name)
	}
	return out
}

// file is a file with the program's reading of its kind.
type file struct {
	name, schema string
	text         []byte
	read         func(src []byte) error
}

func packFile(name string, text []byte, v *rule.Vocabulary) file {
	return file{name, "pack.schema.json", text, func(src []byte) error { _, _, err := rule.ParseWith(name, src, nil, v); return err }}
}

func vocabularyFile(name string, text []byte) file {
	return file{name, "vocabulary.schema.json", text, func(src []byte) error { _, err := rule.ParseVocabulary(name, src); return err }}
}

func calendarFile(name string, text []byte) file {
	return file{name, "calendar.schema.json", text, func(src []byte) error { _, err := clock.ParseCalendar(name, src); return err }}
}

// value is a YAML node as JSON has it, by YAML 1.2: a date is a text.
func value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = value(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		l := []any{}
		for _, c := range n.Content {
			l = append(l, value(c))
		}
		return l
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}

// everything is a pack that has every key there is, so that spoiling it spoils
// each of them.
const everything = `pack: all
version: 1.0.0
title: {en: All, zh: 全部}
about: {en: Everything., zh: 全部。}
jurisdiction: IT
log: {per: case, zone: Europe/Rome, closes: [Archive], attributes: {amount: number, served: time}}
clock: {start: excluded, roll: none, calendar: weekends, hours: exact, months: same-day}
rules:
- id: followed
  title: {en: A, zh: 甲}
  says: {en: A., zh: 甲。}
  basis: {text: {en: art. 1, zh: 第一条}, words: parole, url: https://example.org/1, checked: 2026-11-01, status: verified}
  severity: {level: major, reason: {en: Why., zh: 为何。}}
  effective: {from: 2020-01-01, to: 2030-01-01}
  per: [case, actor]
  over: any
  when: {event: [A, B], where: it.attr.amount > 1}
  must: {followed_by: C, within: 30d, where: it.attr.amount > 1, discharge: oldest}
  unless: D
  clock:
    from: when.attr.served
    paused: {from: E, to: F, max: 10d}
    extended: [{by: G, to: 60d, times: 1}, {by: H, add: 5d}]
  warn: 2d
- id: preceded
  title: {en: A, zh: 甲}
  basis: {text: art. 2, checked: 2026-11-01, status: unverified}
  severity: minor
  when: A
  never: {preceded_by: [B, C], immediately: true}
- id: holds
  title: {en: A, zh: 甲}
  basis: {text: art. 3, checked: 2026-11-01, status: unverified}
  when: A
  must: {hold: it.attr.amount > 1}
- id: counted
  title: {en: A, zh: 甲}
  basis: {text: art. 4, checked: 2026-11-01, status: unverified}
  count: {of: A, per: [actor], in: 24h, at_most: 10, distinct: it.attr.amount}
- id: summed
  title: {en: A, zh: 甲}
  basis: {text: art. 5, checked: 2026-11-01, status: unverified}
  count: {of: A, in: 7d, at_most: 10, sum: it.attr.amount}
tests:
- name: kept
  as_of: 2026-04-01T00:00
  complete: true
  events: |
    2026-03-01T09:10 A  case=1 actor=x amount=2 served=2026-03-01
    2026-03-02T09:10 C  case=1 actor=x amount=2
  want:
    followed: {met: 1, met_late: 0, breached: 0, running: 0, moot: 0, not_evaluable: 0, when_unknown: 0, activations: 1, violations: 0, episodes: 0, at_risk: 0, due: 2026-04-01T00:00}
`

const everyWord = `roles: {police: {en: Police, zh: 公安机关}}
events: {A: {en: An act, zh: 甲, means: {en: It., zh: 它。}, by: police, attributes: [a], public: true}}
attributes: {a: {en: Kind, zh: 种类, type: string, means: {en: It., zh: 它。}, values: {x: {en: X, zh: 叉}}, names: unit, searchable: true, public: false}}
objects: {person: {en: Person, zh: 人员, means: {en: It., zh: 它。}, public: true}}
`

const everyDay = `name: cal
source: [a notice, another]
zone: Europe/Rome
covers: {from: 2026-01-01, to: 2026-12-31}
weekend: [saturday, sunday]
off: [2026-01-01, [2026-05-01..2026-05-03]]
work: [2026-01-03]
`

// whole are files that have every key.
func whole() []file {
	return []file{packFile("every key of a pack", []byte(everything), nil), vocabularyFile("every key of a vocabulary", []byte(everyWord)), calendarFile("every key of a calendar", []byte(everyDay))}
}

// ours are the files that the program carries, and those that a first pack is
// made after.
func ours(t *testing.T) []file {
	t.Helper()
	read := func(fsys fs.FS, name string) []byte {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var out []file
	for _, name := range pack.BuiltIn() {
		words := read(packs.Files, name+"/vocabulary.yaml")
		v, err := rule.ParseVocabulary("vocabulary.yaml", words)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, vocabularyFile(name+"/vocabulary.yaml", words), packFile(name+"/pack.yaml", read(packs.Files, name+"/pack.yaml"), v))
	}
	starter := os.DirFS("../../examples/starter")
	words, err := rule.ParseVocabulary("vocabulary.yaml", read(starter, "vocabulary.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out = append(out, packFile("examples/starter/pack.yaml", read(starter, "pack.yaml"), words))
	calendars := os.DirFS("../clock")
	names, err := fs.Glob(calendars, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no built-in calendar: %v", err)
	}
	for _, name := range names {
		out = append(out, calendarFile(name, read(calendars, name)))
	}
	return out
}

func node(t *testing.T, text []byte) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

func TestSchemasTakeEveryFileOfOurs(t *testing.T) {
	schemas := compiled(t)
	for _, f := range append(whole(), ours(t)...) {
		if err := schemas[f.schema].Validate(value(node(t, f.text))); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		if err := f.read(f.text); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}

// spoil calls then for every way to spoil n: a key that nobody knows, a key
// left out, a word in the place of what has parts and the reverse.
func spoil(n *yaml.Node, path string, then func(what string)) {
	switch n.Kind {
	case yaml.MappingNode:
		whole := n.Content
		n.Content = append(slices.Clone(whole), &yaml.Node{Kind: yaml.ScalarNode, Value: "unknown_key"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "x"})
		then(path + ": an unknown key")
		for i := 0; i+1 < len(whole); i += 2 {
			n.Content = slices.Delete(slices.Clone(whole), i, i+2)
			then(path + ": without " + whole[i].Value)
		}
		n.Content = whole
		for i := 0; i+1 < len(whole); i += 2 {
			spoil(whole[i+1], path+"."+whole[i].Value, then)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			spoil(c, fmt.Sprintf("%s[%d]", path, i), then)
		}
	}
	was := *n
	*n = yaml.Node{Kind: yaml.ScalarNode, Value: "~ no such word ~", Style: yaml.DoubleQuotedStyle}
	then(path + ": a word")
	*n = yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "unknown_key"}, {Kind: yaml.MappingNode}}}
	then(path + ": a mapping")
	*n = yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.SequenceNode}}}
	then(path + ": a list")
	*n = was
}

// ofForm says whether what the program found wrong is one of form, which a
// schema has to find too, and not of meaning.
func ofForm(err error) bool {
	said := err.Error()
	return strings.Contains(said, "unknown key") || strings.Contains(said, ": expected ") || strings.Contains(said, "is missing here")
}

// The files that have every key are spoilt in every way; ours, which are long,
// in some ways spread over them.
func TestSchemasRefuseWhatTheProgramRefuses(t *testing.T) {
	t.Parallel()
	schemas := compiled(t)
	for _, f := range whole() {
		tried, refused := f.spoilt(t, schemas[f.schema], 1)
		t.Logf("%s: %d ways to spoil it, %d refused by both", f.name, tried, refused)
	}
	for _, f := range ours(t) {
		ways := 0
		spoil(node(t, f.text), "", func(string) { ways++ })
		const some = 10 // reading a long pack takes a while
		if tried, refused := f.spoilt(t, schemas[f.schema], ways/some+1); refused == 0 {
			t.Errorf("%s: %d of %d ways to spoil it, none refused", f.name, tried, ways)
		}
	}
}

// spoilt spoils a file in each stride-th way, and holds what the schema says of
// it against what the program says.
func (f file) spoilt(t *testing.T, schema *jsonschema.Schema, stride int) (tried, refused int) {
	t.Helper()
	n, way := node(t, f.text), 0
	spoil(n, "", func(what string) {
		if way++; way%stride != 0 {
			return
		}
		tried++
		src, err := yaml.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		bySchema, byProgram := schema.Validate(value(node(t, src))), f.read(src)
		switch {
		case bySchema != nil && byProgram == nil:
			t.Errorf("%s: the schema refuses %s, the program takes it: %v", f.name, what, bySchema)
		case bySchema == nil && byProgram != nil && ofForm(byProgram):
			t.Errorf("%s: the program refuses %s, the schema takes it: %v", f.name, what, byProgram)
		case bySchema != nil:
			refused++
		}
	})
	return tried, refused
}

// TestSchemasKnowEveryKey: the files above have every key of the schemas, and
// the calendar's schema the keys that package clock names.
func TestSchemasKnowEveryKey(t *testing.T) {
	for _, f := range whole() {
		have := map[string]bool{}
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			for i, c := range n.Content {
				if n.Kind == yaml.MappingNode && i%2 == 0 {
					have[c.Value] = true
				}
				walk(c)
			}
		}
		walk(node(t, f.text))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(rule.Schemas()[f.schema]))
		if err != nil {
			t.Fatal(err)
		}
		var keys func(v any)
		keys = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if p, ok := v["properties"].(map[string]any); ok {
					for name, of := range p {
						if !have[name] {
							t.Errorf("%s lacks the key %q", f.name, name)
						}
						if d, _ := of.(map[string]any)["description"].(string); strings.Count(d, "\n") != 1 {
							t.Errorf("%s: %q is described as %q; want English and Chinese", f.schema, name, d)
						}
					}
				}
				for _, x := range v {
					keys(x)
				}
			case []any:
				for _, x := range v {
					keys(x)
				}
			}
		}
		keys(doc)
	}
	_, err := clock.ParseCalendar("cal.yaml", []byte("unknown_key: x\n"))
	if want := "expected one of name, source, zone, covers, weekend, off, work"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("package clock names other keys than the schema: %v; want %s", err, want)
	}
}

// TestSchemasAreCurrent: what lies under schema/ is what the program gives.
func TestSchemasAreCurrent(t *testing.T) {
	for name, want := range rule.Schemas() {
		if got, err := os.ReadFile(filepath.Join("../../schema", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("schema/%s is not current (%v); run go generate ./...", name, err)
		}
	}
}
