package rule

import (
	"bytes"
	"encoding/json"
	"strings"

	"plumbline/internal/errs"
)

// form is what a value may be, as JSON Schema says it (draft 2020-12). Each key
// of the language carries one beside the function that reads it, so that what
// an editor is told and what the parser takes stand on one line.
type form struct {
	Schema      string  `json:"$schema,omitempty"`
	ID          string  `json:"$id,omitempty"`
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Ref         string  `json:"$ref,omitempty"`
	Type        any     `json:"type,omitempty"` // a name, or several
	Enum        []any   `json:"enum,omitempty"`
	Pattern     string  `json:"pattern,omitempty"`
	MaxLength   int     `json:"maxLength,omitempty"`
	Minimum     *int    `json:"minimum,omitempty"`
	MinItems    int     `json:"minItems,omitempty"`
	Items       *form   `json:"items,omitempty"`
	AnyOf       []*form `json:"anyOf,omitempty"`
	OneOf       []*form `json:"oneOf,omitempty"`
	Properties  members `json:"properties,omitempty"`
	Required    []any   `json:"required,omitempty"`
	Additional  any     `json:"additionalProperties,omitempty"` // false, or the form of all that aren't named
	Defs        members `json:"$defs,omitempty"`
}

// member is a form with its name; members are written in their order, as the
// page of the language has them.
type member struct {
	name string
	is   *form
}

type members []member

// MarshalJSON writes an object whose keys keep their order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range []any{x.name, x.is} {
			if j > 0 {
				b.WriteByte(':')
			}
			text, err := plainJSON(v)
			if err != nil {
				return nil, err
			}
			b.Write(text)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON is JSON in which < > and & stay what they are: descriptions are
// read by people.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// kind is a kind of word: how the parser calls it, and its form.
type kind struct {
	errs.Text
	is *form
}

// anyWord is what YAML has for a word: 1.0.0, 1 and true are texts here alike.
var anyWord = []any{"string", "number", "boolean"}

func wordOf(en, zh, pattern string) kind {
	return kind{errs.T(en, zh), &form{Type: anyWord, Pattern: pattern}}
}

func textOf(en, zh string) kind { return wordOf(en, zh, `\S`) }

// numberOf is a whole number, least or more.
func numberOf(least int, what errs.Text) kind {
	return kind{what, &form{Type: "integer", Minimum: &least}}
}

func choiceOf(what errs.Text, words ...string) kind {
	f := &form{}
	for _, w := range words {
		f.Enum = append(f.Enum, w)
	}
	return kind{what, f}
}

func refTo(name string) *form { return &form{Ref: "#/$defs/" + name} }

func listOf(f *form) *form { return &form{Type: "array", Items: f} }

func anyOf(f ...*form) *form { return &form{AnyOf: f} }

// oneOrMore is a word or a list of words.
func oneOrMore(k kind) *form { return anyOf(k.is, &form{Type: "array", Items: k.is, MinItems: 1}) }

// mapOf is a mapping of free names.
func mapOf(f *form) *form { return &form{Type: "object", Additional: f} }

// objectOf is a mapping of the keys given and no others.
func objectOf(fields []field) *form {
	f := &form{Type: "object", Additional: false}
	for _, k := range fields {
		is := *k.is
		is.Description = k.doc.En + "\n" + k.doc.Zh
		f.Properties = append(f.Properties, member{k.name, &is})
		if k.needed {
			f.Required = append(f.Required, k.name)
		}
	}
	return f
}

// exactlyOne says that a mapping has one of the keys and no two of them. Words
// after the key are keys that it goes with.
func (f *form) exactlyOne(keys ...string) *form {
	for _, k := range keys {
		one := &form{}
		for name := range strings.FieldsSeq(k) {
			one.Required = append(one.Required, name)
		}
		f.OneOf = append(f.OneOf, one)
	}
	return f
}
