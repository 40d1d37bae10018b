// Package yamlfile reads the small YAML files in which an agency says how it is
// set up: its organisation, the databases that are asked, what is compared.
//
// Each of these files is a few mappings and lists of words. A package that reads
// one takes it apart with a [File]: it asks for the keys that a mapping may have
// ([File.Fields]), for the items of a list, for texts in both languages, for
// dates, and says what is wrong where it is wrong ([File.Fail]). Reading goes on
// after a fault, so that whoever mends the file sees all of them at once; the
// first thing to ask at the end is [File.Err]. Every fault has the line, a caret
// under the word, and, for a key that doesn't exist, the one that was meant.
package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

const (
	maxBytes  = 64 << 20 // an organisation of half a million officers
	maxFaults = 100      // where a list of faults stops helping
)

// Node is a part of a file, with its place.
type Node = yaml.Node

// File is a file on its way.
type File struct {
	name   string
	lines  []string
	faults errs.List
}

// Parse reads a file of one mapping; root is nil where there is none, and the
// faults say why. The name is for them.
func Parse(name string, src []byte) (f *File, root *Node) {
	f = &File{name: name}
	whole := func(what, next errs.Text) (*File, *Node) {
		f.faults = append(f.faults, &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, What: what, Next: next})
		return f, nil
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	switch {
	case len(src) > maxBytes:
		return whole(errs.Tf("the file has more than %d MB", "文件超过 %d MB", maxBytes>>20), errs.T("check that this is the file you mean", "请检查文件是否正确"))
	case !utf8.Valid(src):
		return whole(errs.T("the text is not UTF-8", "文本不是 UTF-8 编码"), errs.T("save the file as UTF-8", "请把文件另存为 UTF-8"))
	}
	f.lines = strings.Split(string(src), "\n")
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) != 1 {
		return whole(errs.T("the file is empty", "文件为空"), errs.T("check that this is the file you mean", "请检查文件是否正确"))
	} else if err != nil {
		f.faults = append(f.faults, f.notYAML(err))
		return f, nil
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return whole(errs.T("more than one document in the file (---)", "文件中有多个文档（---）"), errs.T("keep one", "请只保留一个"))
	}
	if n := aliased(doc.Content[0]); n != nil {
		f.Fail(n, errs.T("aliases (*name) are not read here", "此处不支持别名（*名称）"), errs.T("write it out", "请直接写出内容"))
		return f, nil
	}
	return f, doc.Content[0]
}

// aliased finds an alias: a few lines of them can stand for gigabytes.
func aliased(n *Node) *Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if found := aliased(c); found != nil {
			return found
		}
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (f *File) notYAML(err error) *errs.Error {
	said := yamlLine.ReplaceAllString(err.Error(), "")
	e := &errs.Error{Code: errs.Usage, Place: errs.Place{File: f.name}, Err: err, What: errs.Tf("this is not YAML: %s", "不是有效的 YAML：%s", said),
		Next: errs.T("look at the indentation and at quotes around texts with : or #", "请检查缩进，含有 : 或 # 的文字应加引号")}
	if at := yamlLine.FindStringSubmatch(err.Error()); at != nil {
		e.Place.Line, _ = strconv.Atoi(at[1])
	}
	return e
}

// Err is the faults so far, in the order of the file; nil where there are none.
func (f *File) Err() error {
	if len(f.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(f.faults, func(a, b *errs.Error) int { return a.Place.Line - b.Place.Line })
	if n := len(f.faults) - maxFaults; n > 0 {
		return append(f.faults[:maxFaults:maxFaults], &errs.Error{Code: errs.Usage, Place: errs.Place{File: f.name},
			What: errs.Tf("and %d more faults", "另有 %d 处错误", n)})
	}
	return f.faults
}

// Fail says what is wrong at a node.
func (f *File) Fail(n *Node, what, next errs.Text) {
	f.faults = append(f.faults, &errs.Error{Code: errs.Usage, Place: f.Place(n), What: what, Next: next})
}

// Place is where a node stands.
func (f *File) Place(n *Node) errs.Place {
	at := errs.Place{File: f.name, Line: n.Line, Column: n.Column, Width: max(1, utf8.RuneCountInString(n.Value))}
	if n.Line >= 1 && n.Line <= len(f.lines) && len(f.lines[n.Line-1]) <= 400 {
		at.Snippet = strings.TrimSuffix(f.lines[n.Line-1], "\r")
	}
	if n.Kind != yaml.ScalarNode {
		at.Width = 1
	}
	return at
}

// Fields are a mapping's values by key; keys that it may not have, and those
// that stand twice, are faults. A value that was left empty isn't there. What
// names the mapping in faults.
func (f *File) Fields(n *Node, what errs.Text, names ...string) map[string]*Node {
	out := map[string]*Node{}
	if n.Kind != yaml.MappingNode {
		list := strings.Join(names, ", ")
		f.Fail(n, errs.Tf("expected %[1]s: keys and values", "应为%[2]s：键和值", what.En, what.Zh), errs.Tf("the keys are: %s", "可用的键：%s", list))
		return out
	}
	for key, value := range pairs(n) {
		if !slices.Contains(names, key.Value) {
			f.Fail(key, errs.Tf("%[1]s has no key %[3]q", "%[2]s没有键 %[3]q", what.En, what.Zh, key.Value), errs.DidYouMean(key.Value, names))
			continue
		}
		f.once(out, key, value)
	}
	return out
}

// Entries are a mapping's values by keys that the agency chooses.
func (f *File) Entries(n *Node, what errs.Text) (keys []*Node, values map[string]*Node) {
	values = map[string]*Node{}
	if n.Kind != yaml.MappingNode {
		f.Fail(n, errs.Tf("expected %[1]s: names and what they stand for", "应为%[2]s：名称及其内容", what.En, what.Zh), errs.T("write NAME: …", "请写成 名称: …"))
		return nil, values
	}
	for key, value := range pairs(n) {
		if f.once(values, key, value) {
			keys = append(keys, key)
		}
	}
	return keys, values
}

func (f *File) once(out map[string]*Node, key, value *Node) bool {
	if out[key.Value] != nil {
		f.Fail(key, errs.Tf("%q stands twice", "%q 出现两次", key.Value), errs.T("keep one of them", "请只保留一个"))
		return false
	}
	if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
		return false
	}
	out[key.Value] = value
	return true
}

func pairs(n *Node) func(func(key, value *Node) bool) {
	return func(yield func(key, value *Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// Items are the items of a list.
func (f *File) Items(n *Node, what errs.Text) []*Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		f.Fail(n, errs.Tf("expected a list of %[1]s", "应为%[2]s的列表", what.En, what.Zh), errs.T("write each on a line that begins with -", "每项一行，以 - 开头"))
		return nil
	}
	return n.Content
}

// Needed says that a key is missing where it is; owner is the mapping.
func (f *File) Needed(owner *Node, fields map[string]*Node, key string) bool {
	if fields[key] != nil {
		return true
	}
	if owner.Kind == yaml.MappingNode {
		f.Fail(owner, errs.Tf("%s is missing", "缺少 %s", key), errs.Tf("add %s:", "请补上 %s:", key))
	}
	return false
}

// Word is a text of one value; "" where n is nil, and a fault where it is none.
func (f *File) Word(n *Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		f.Fail(n, errs.T("expected a text", "应为文字"), errs.Text{})
		return ""
	}
	return n.Value
}

// Words are one text or a list of them.
func (f *File) Words(n *Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{f.Word(n)}
	}
	var out []string
	for _, item := range f.Items(n, errs.T("texts", "文字")) {
		out = append(out, f.Word(item))
	}
	return out
}

// OneOf is a word out of a few; "" where n is nil, and a fault where it is none
// of them.
func (f *File) OneOf(n *Node, words ...string) string {
	w := f.Word(n)
	if w != "" && !slices.Contains(words, w) {
		f.Fail(n, errs.Tf("expected one of %s", "应为 %s 之一", strings.Join(words, ", ")), errs.DidYouMean(w, words))
		return ""
	}
	return w
}

// Text is a text in both languages: {en: …, zh: …}, or one text that stands for
// both.
func (f *File) Text(n *Node) errs.Text {
	if n == nil {
		return errs.Text{}
	}
	if n.Kind == yaml.ScalarNode {
		w := f.Word(n)
		return errs.T(w, w)
	}
	fields := f.Fields(n, errs.T("a text", "文字"), "en", "zh")
	t := errs.T(f.Word(fields["en"]), f.Word(fields["zh"]))
	switch {
	case t.En == "":
		t.En = t.Zh
	case t.Zh == "":
		t.Zh = t.En
	}
	return t
}
