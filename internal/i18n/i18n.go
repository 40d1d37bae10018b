// Package i18n is what a reader sees that is not a sentence about a fault:
// words of verdicts, severities, columns and headings, and how numbers, dates,
// durations and deadlines are written, in English and Chinese.
//
// Words stand in words.yaml, both languages side by side, so that whoever
// translates sees the other one and nobody needs to read code. [Words.T] looks
// one up, [Words.N] one that counts something. A key that isn't there, or that
// nobody uses, fails a test; so does a text that takes other arguments in one
// language than in the other. Messages of errors are written where the fault is
// found (package errs) and not here.
//
// A report has one language. Names are not translated: those of packs, rules,
// event types, people, and the title of a law.
package i18n

import (
	_ "embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

//go:embed words.yaml
var wordsYAML []byte

// entry is one text: En and Zh, and One where English says it differently of
// one thing.
type entry struct {
	En  string `yaml:"en"`
	One string `yaml:"one"`
	Zh  string `yaml:"zh"`
}

var catalogue = sync.OnceValue(func() map[string]entry { return Read(wordsYAML).texts })

// Catalogue holds the words of one part of the program.
type Catalogue struct{ texts map[string]entry }

// Read reads a file in the form of words.yaml. It panics on one that can't be
// read: the file is part of the program and tested.
func Read(file []byte) *Catalogue {
	var sections map[string]map[string]entry
	if err := yaml.Unmarshal(file, &sections); err != nil {
		panic("i18n: words: " + err.Error())
	}
	all := map[string]entry{}
	for section, texts := range sections {
		for name, e := range texts {
			all[section+"."+name] = e
		}
	}
	return &Catalogue{all}
}

// Shared are the words that all parts have.
func Shared() *Catalogue { return &Catalogue{catalogue()} }

// Texts visits the keys with their texts: English, the English of one, Chinese.
func (c *Catalogue) Texts(visit func(key, en, one, zh string)) {
	for key, e := range c.texts {
		visit(key, e.En, e.One, e.Zh)
	}
}

// Words are the words of one language. Own are those of the part that speaks,
// looked at first; nil where it has none.
type Words struct {
	Lang errs.Lang
	Own  *Catalogue
}

// T is the text of a key ("verdict.met"), with args put into its verbs. It
// panics on a key that the catalogue doesn't have; a test looks for those.
func (w Words) T(key string, args ...any) string {
	e := w.entry(key)
	return w.fill(e, e.En, args)
}

// N is the text of a key that counts n things: n grouped stands for its first
// verb, args for the others.
func (w Words) N(key string, n int, args ...any) string {
	e := w.entry(key)
	en := e.En
	if n == 1 && e.One != "" {
		en = e.One
	}
	return w.fill(e, en, append([]any{w.Int(n)}, args...))
}

func (w Words) entry(key string) entry {
	if w.Own != nil {
		if e, ok := w.Own.texts[key]; ok {
			return e
		}
	}
	e, ok := catalogue()[key]
	if !ok {
		panic("i18n: no text for " + key)
	}
	return e
}

func (w Words) fill(e entry, en string, args []any) string {
	s := en
	if w.Lang == errs.Zh {
		s = e.Zh
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}
