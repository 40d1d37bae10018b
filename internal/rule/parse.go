package rule

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

// parser reads YAML nodes into the nodes of ast.go. It knows which key goes
// where and what kind of value it has, and nothing of what they mean.
type parser struct{ *source }

// readYAML is the one document of a file, nil where there is none; faults are
// recorded. begins says how such a file begins, for an empty one.
func (s *source) readYAML(src []byte, begins errs.Text) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) != 1 || doc.Content[0].Tag == "!!null") {
		s.fail(span{line: 1, col: 1}, errs.T("the file is empty", "文件是空的"), begins)
		return nil
	}
	if err != nil {
		s.failYAML(err)
		return nil
	}
	switch err := dec.Decode(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		s.failYAML(err)
		return nil
	default:
		s.fail(span{line: max(1, more.Line), col: max(1, more.Column)}, errs.T("a second YAML document begins here; expected one", "此处开始了第二个 YAML 文档；只应有一个"),
			errs.T("put it in a file of its own, without ---", "请放到单独的文件中，去掉 ---"))
		return nil
	}
	return doc.Content[0]
}

// spanOf is where a node stands, as wide as its text on that line.
func (s *source) spanOf(n *yaml.Node) span {
	at := span{line: n.Line, col: n.Column, width: 1}
	if n.Kind == yaml.ScalarNode {
		switch {
		case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
			at.width = utf8.RuneCountInString(n.Value) + 2
		default:
			at.width = max(1, utf8.RuneCountInString(n.Value))
		}
	}
	if n.Line >= 1 && n.Line <= len(s.lines) {
		at.width = max(1, min(at.width, utf8.RuneCountInString(s.lines[n.Line-1])-n.Column+1))
	}
	return at
}

// plainNode refuses what YAML can do and the language doesn't use: anchors and
// aliases, which can swell a small file without end, and tags.
func (p parser) plainNode(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		p.fail(p.spanOf(n), errs.T("anchors (&) and aliases (*) are not part of the language", "规则语言不使用锚点（&）和别名（*）"),
			errs.T("write the value out; a text that begins with & or * wants quotes", "请把值写全；以 & 或 * 开头的文本需加引号"))
		return false
	case n.Style&yaml.TaggedStyle != 0:
		p.fail(p.spanOf(n), errs.Tf("the tag %s is not part of the language", "规则语言不使用标签 %s", n.Tag),
			errs.T("leave it out; a text that begins with ! wants quotes", "请删去；以 ! 开头的文本需加引号"))
		return false
	}
	return true
}

// scalar reads one word; expected says what it is, for the fault.
func (p parser) scalar(n *yaml.Node, expected errs.Text) *scalar {
	if !p.plainNode(n) {
		return nil
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" && n.Style == 0 {
		p.expected(n, expected)
		return nil
	}
	return &scalar{text: n.Value, at: p.spanOf(n), node: n}
}

// list reads a word or a list of words.
func (p parser) list(n *yaml.Node, expected errs.Text) *list {
	l := &list{at: p.spanOf(n)}
	if n.Kind != yaml.SequenceNode {
		if s := p.scalar(n, expected); s != nil {
			l.items = append(l.items, s)
			return l
		}
		return nil
	}
	if !p.plainNode(n) {
		return nil
	}
	l.several = true
	for _, c := range n.Content {
		if s := p.scalar(c, expected); s != nil {
			l.items = append(l.items, s)
		}
	}
	if len(n.Content) == 0 {
		p.expected(n, expected)
		return nil
	}
	return l
}

func (p parser) expected(n *yaml.Node, what errs.Text) {
	p.fail(p.spanOf(n), errs.Text{En: "expected " + what.En, Zh: "此处应为" + spaced(what.Zh)}, errs.Text{})
}

// spaced sets Latin letters off from the Chinese before them.
func spaced(zh string) string {
	if zh != "" && zh[0] < utf8.RuneSelf {
		return " " + zh
	}
	return zh
}

// entry is one key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// entries reads a mapping: what it is of, which keys it may have (nil: any).
// Unknown and repeated keys are faults and left out.
func (p parser) entries(n *yaml.Node, what errs.Text, keys []string) []entry {
	if !p.plainNode(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		next := errs.Text{}
		if keys != nil {
			s := strings.Join(keys, ", ")
			next = errs.Tf("its keys are: %s", "它的键有：%s", s)
		}
		p.fail(p.spanOf(n), errs.Text{En: "expected " + what.En + " as keys and values", Zh: "此处应为" + spaced(what.Zh) + "，写成键和值"}, next)
		return nil
	}
	var out []entry
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && len(p.faults) < 10*maxFaults; i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if !p.plainNode(k) {
			continue
		}
		if k.Kind != yaml.ScalarNode {
			p.expected(k, errs.T("a key", "一个键"))
			continue
		}
		if keys != nil && !contains(keys, k.Value) {
			p.fail(p.spanOf(k), errs.Text{En: "unknown key " + quote(k.Value) + " in " + what.En, Zh: "未知的键 " + quote(k.Value) + "（位于" + spaced(what.Zh) + "）"},
				errs.DidYouMean(k.Value, keys))
			continue
		}
		if line, again := seen[k.Value]; again {
			p.fail(p.spanOf(k), errs.Tf("the key %q stands twice; it was given on line %d already", "键 %q 出现两次；第 %d 行已有", k.Value, line),
				errs.T("keep one of them", "请只保留一个"))
			continue
		}
		seen[k.Value] = k.Line
		out = append(out, entry{k, v})
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
