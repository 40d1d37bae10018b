package rule

import (
	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

// field is a key that a mapping may have: what its value may be, what it is
// for, and how it is read. The schemas are made of the same fields (grammar.go),
// so that no key can be known to the one and not to the other.
type field struct {
	name   string
	is     *form
	doc    errs.Text
	read   func(n *yaml.Node)
	needed bool // refused where it isn't there; the checker says so in words
}

// must is the field as one that may not be missing.
func (f field) must() field {
	f.needed = true
	return f
}

// fields reads a mapping key by key and gives the places of its keys; nil where
// n is no mapping. A key that was misspelt counts as the one it was meant to be,
// so that it isn't said to be missing as well.
func (p parser) fields(n *yaml.Node, what errs.Text, fields []field) keys {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.Kind != yaml.MappingNode {
		p.entries(n, what, names)
		return nil
	}
	found := keys{}
	for i := 0; i < min(len(n.Content), 20*maxFaults); i += 2 {
		if k := n.Content[i]; !contains(names, k.Value) {
			if meant := errs.Nearest(k.Value, names); meant != "" {
				found[meant] = p.spanOf(k)
			}
		}
	}
	for _, e := range p.entries(n, what, names) {
		for _, f := range fields {
			if f.name == e.key.Value {
				found[f.name] = p.spanOf(e.key)
				f.read(e.value)
			}
		}
	}
	return found
}

// word is a key whose value is one word, read into dst.
func (p parser) word(name string, dst **scalar, k kind, doc errs.Text) field {
	return field{name: name, is: k.is, doc: doc, read: func(n *yaml.Node) { *dst = p.scalar(n, k.Text) }}
}

// words is a key whose value is a word or a list of words.
func (p parser) words(name string, dst **list, k kind, doc errs.Text) field {
	return field{name: name, is: oneOrMore(k), doc: doc, read: func(n *yaml.Node) { *dst = p.list(n, k.Text) }}
}

// texts is a key whose value stands in English and Chinese; what is its word in
// faults.
func (p parser) texts(name string, dst **titleNode, what, doc errs.Text) field {
	return field{name: name, is: refTo("both"), doc: doc, read: func(n *yaml.Node) { *dst = p.both(n, what) }}
}

// events is a key whose value is a pattern.
func (p parser) events(name string, dst **patternNode, doc errs.Text) field {
	return field{name: name, is: refTo("pattern"), doc: doc, read: func(n *yaml.Node) { *dst = p.pattern(n) }}
}

// part is a key whose value is read by a function of its own; its form is the
// definition of that name.
func part[T any](name, definition string, dst *T, read func(*yaml.Node) T, doc errs.Text) field {
	return field{name: name, is: refTo(definition), doc: doc, read: func(n *yaml.Node) { *dst = read(n) }}
}

// items are the elements of a list, each of which is read on its own.
func (p parser) items(n *yaml.Node, what errs.Text) []*yaml.Node {
	if !p.plainNode(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.expected(n, what)
		return nil
	}
	return n.Content
}

var (
	kindDuration = wordOf("a duration, as 90s 24h 30d 7wd 6mo", "时长，如 90s 24h 30d 7wd 6mo", `^[0-9]+(s|m|h|d|w|wd|mo|y)$`)
	kindCond     = textOf("a condition, as it.attr.amount > 80", "条件，如 it.attr.amount > 80")
	kindExpr     = textOf("an expression, as it.attr.amount", "表达式，如 it.attr.amount")
	kindType     = textOf("an event type", "事件类型")
	kindFlag     = kind{errs.T("true or false", "true 或 false"), &form{Type: "boolean"}}
	kindDate     = wordOf("a date, as 2026-03-01", "日期，如 2026-03-01", `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	kindTime     = wordOf("a time, as 2026-03-01T09:10", "时间，如 2026-03-01T09:10", `^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
	kindText     = textOf("a text", "文本")
	kindKey      = textOf("an object type, actor, unit or attr.<name>", "对象类型、actor、unit 或 attr.<名称>")
	kindNumber   = kind{errs.T("a number", "数字"), &form{Type: "number"}}
	kindAttr     = choiceOf(errs.T("a type: number, string, bool, time or strings", "类型：number、string、bool、time 或 strings"), kindNames...)
	kindLevel    = choiceOf(errs.T("info, minor, major or critical", "info、minor、major 或 critical"), severityNames[:]...)
)

// named is a word that can be a name of a pack or a rule.
func named(en, zh string) kind {
	k := wordOf(en, zh, slug.String())
	k.is.MaxLength = maxName
	return k
}
