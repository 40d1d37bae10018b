package logmap

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Mapping is a mapping file that was read: the names of a log, by what they
// name, with those of a pack's vocabulary.
type Mapping struct {
	File     string
	Pack     string            // for which it was made; may be empty
	Columns  map[string]string // which column plays which part, as --map says it
	Renaming *event.Renaming   // for readers

	lines   []string
	entries map[string][]entry // by section
}

// entry is one name and what it becomes.
type entry struct {
	from, to string
	at       *yaml.Node // of to
}

const (
	sectionEvents     = "events"
	sectionAttributes = "attributes"
	sectionObjects    = "objects"
)

var sections = []string{"pack", "columns", sectionEvents, sectionAttributes, sectionObjects}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// Parse reads a mapping file. The error is an [errs.List] with every fault.
func Parse(file string, src []byte) (*Mapping, error) {
	m := &Mapping{File: file, Columns: map[string]string{}, lines: strings.Split(string(src), "\n"), entries: map[string][]entry{}}
	var faults errs.List
	if !utf8.Valid(src) {
		return nil, errs.List{{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("the text is not UTF-8", "文本不是 UTF-8 编码"), Next: errs.T("save the file as UTF-8", "请把文件另存为 UTF-8")}}
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		e := &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, Err: err, What: errs.Tf("this is not YAML: %s", "不是有效的 YAML：%s", yamlLine.ReplaceAllString(err.Error(), "")),
			Next: errs.T(`write each name as "the log's name": the pack's name`, `每行请写成 "日志中的名称": 规则包中的名称`)}
		if at := yamlLine.FindStringSubmatch(err.Error()); at != nil {
			e.Place.Line, _ = strconv.Atoi(at[1])
		}
		return nil, errs.List{e}
	}
	if len(doc.Content) == 1 {
		faults = m.read(doc.Content[0])
	}
	faults = append(faults, m.twice()...)
	if faults != nil {
		return nil, faults
	}
	m.Renaming = event.NewRenaming(m.names(sectionEvents), m.names(sectionAttributes), m.names(sectionObjects))
	return m, nil
}

func (m *Mapping) read(root *yaml.Node) (faults errs.List) {
	if root.Kind != yaml.MappingNode {
		return errs.List{m.fault(root, errs.T("expected the sections of a mapping", "应为映射文件的各部分"), errs.Tf("they are: %s", "有：%s", strings.Join(sections, ", ")))}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch {
		case !slices.Contains(sections, key.Value):
			faults = append(faults, m.fault(key, errs.Tf("unknown key %q in a mapping", "映射文件中没有键 %q", key.Value), errs.DidYouMean(key.Value, sections)))
		case key.Value == "pack" && value.Kind == yaml.ScalarNode:
			m.Pack = value.Value
		case empty(value):
		case value.Kind != yaml.MappingNode:
			faults = append(faults, m.fault(value, errs.T("expected names of the log with names of the pack", "应为日志中的名称与规则包中的名称"), errs.T(`write "the log's name": the pack's name`, `请写成 "日志中的名称": 规则包中的名称`)))
		default:
			faults = append(faults, m.section(key.Value, value)...)
		}
	}
	return faults
}

func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func (m *Mapping) section(name string, n *yaml.Node) (faults errs.List) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode:
			faults = append(faults, m.fault(value, errs.T("expected one name", "应为一个名称"), errs.Text{}))
			continue
		case seen[key.Value]:
			faults = append(faults, m.fault(key, errs.Tf("%q stands twice", "%q 出现两次", key.Value), errs.T("keep one of them", "请只保留一个")))
			continue
		case empty(value): // not decided yet: the name stays
			continue
		case name == "columns":
			m.Columns[key.Value] = value.Value
		}
		seen[key.Value] = true
		if name != sectionEvents { // an event is no field
			faults = append(faults, m.public(key, value)...)
		}
		m.entries[name] = append(m.entries[name], entry{key.Value, value.Value, value})
	}
	return faults
}

// public refuses fields about members of the public, on either side.
func (m *Mapping) public(key, value *yaml.Node) errs.List {
	for _, n := range []*yaml.Node{key, value} {
		if what, refused := Refused(n.Value, nil); refused {
			return errs.List{m.fault(n, WhyRefused(n.Value, what), errs.T("leave the line out", "请删去这一行"))}
		}
	}
	return nil
}

// twice refuses two attributes that would become one: a row may have both.
func (m *Mapping) twice() (faults errs.List) {
	by := map[string]string{}
	for _, e := range m.entries[sectionAttributes] {
		if first, again := by[e.to]; again {
			faults = append(faults, m.fault(e.at, errs.Tf("%q and %q would both be the attribute %q", "%q 和 %q 都要成为属性 %q", first, e.from, e.to), errs.T("keep one of them", "请只保留一个")))
		}
		by[e.to] = e.from
	}
	return faults
}

func (m *Mapping) names(section string) map[string]string {
	out := map[string]string{}
	for _, e := range m.entries[section] {
		out[e.from] = e.to
	}
	return out
}

func (m *Mapping) fault(n *yaml.Node, what, next errs.Text) *errs.Error {
	at := errs.Place{File: m.File, Line: n.Line, Column: n.Column, Width: max(1, utf8.RuneCountInString(n.Value))}
	if n.Line >= 1 && n.Line <= len(m.lines) {
		at.Snippet = strings.TrimSuffix(m.lines[n.Line-1], "\r")
	}
	return &errs.Error{Code: errs.Usage, Place: at, What: what, Next: next}
}

// Check holds the mapping against the packs that are to be used: every name to
// which it maps must be one of theirs. The error is an [errs.List].
func (m *Mapping) Check(packs []*rule.Pack) error {
	if len(packs) == 0 {
		return nil
	}
	var faults errs.List
	for _, s := range []struct {
		section string
		what    errs.Text
		known   map[string]bool
	}{
		{sectionEvents, errs.T("event type", "事件类型"), knownEvents(packs)},
		{sectionAttributes, errs.T("attribute", "属性"), knownAttributes(packs)},
		{sectionObjects, errs.T("object type", "对象类型"), knownObjects(packs)},
	} {
		names := slices.Sorted(maps.Keys(s.known))
		for _, e := range m.entries[s.section] {
			if !s.known[e.to] {
				faults = append(faults, m.fault(e.at, errs.Tf("no pack in use knows the %[1]s %[3]q", "所用规则包中没有%[2]s %[3]q", s.what.En, s.what.Zh, e.to), errs.DidYouMean(e.to, names)))
			}
		}
	}
	for _, e := range m.entries[sectionAttributes] {
		if rule.NamesSomebody(nil, e.from) && !slices.ContainsFunc(packs, func(p *rule.Pack) bool { return rule.NamesSomebody(p, e.to) }) {
			faults = append(faults, m.fault(e.at, errs.Tf("the log's %q names somebody, and the attribute %q doesn't: rules could go by a name unseen", "日志中的 %q 指明人员、单位或者案件，而属性 %q 不指明：规则可能借此暗中针对某人", e.from, e.to),
				errs.T("map it onto an attribute that the vocabulary marks with names:, or leave it out", "请对应到词汇表中标有 names: 的属性，或删去这一行")))
		}
	}
	if faults != nil {
		return faults
	}
	return nil
}

// Remarks are what is odd about the mapping once logs were read: names that
// none of them had, with the one that was probably meant. A clash, which makes
// one column of two, is an error.
func (m *Mapping) Remarks(had *event.Log) (warnings []errs.Error, err error) {
	if from, to, ok := m.Renaming.Clash(); ok {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: m.File},
			What: errs.Tf("the log has an attribute %[2]q of its own beside %[1]q, which becomes %[2]q", "日志已有属性 %[2]q，而 %[1]q 也要改为 %[2]q", from, to),
			Next: errs.Tf("leave %q out of the mapping, or out of the log", "请从映射或日志中去掉 %q", from)}
	}
	types, attrs, objects := m.Renaming.Unused()
	var haveTypes, haveObjects []string
	for i := range had.Types.Len() {
		haveTypes = append(haveTypes, had.Types.Name(uint32(i+1)))
	}
	for i := range had.Objects.Types.Len() {
		haveObjects = append(haveObjects, had.Objects.Types.Name(uint32(i+1)))
	}
	say := func(what errs.Text, names, have []string) {
		for _, n := range names {
			next := errs.Text{}
			if near := errs.Nearest(n, have); near != "" {
				next = errs.Tf("did you mean %q?", "是否想写 %q？", near)
			}
			warnings = append(warnings, errs.Error{Code: errs.Usage, Place: errs.Place{File: m.File}, Next: next,
				What: errs.Tf("the log has no %[1]s %[3]q", "日志中没有%[2]s %[3]q", what.En, what.Zh, n)})
		}
	}
	say(errs.T("event type", "事件类型"), types, haveTypes)
	say(errs.T("attribute", "属性"), attrs, nil)
	say(errs.T("object type", "对象类型"), objects, haveObjects)
	return warnings, nil
}

func knownEvents(packs []*rule.Pack) map[string]bool {
	out := map[string]bool{}
	for _, p := range packs {
		if p.Vocabulary != nil {
			for n := range p.Vocabulary.Events {
				out[n] = true
			}
		}
		for _, t := range p.Log.Closes {
			out[t] = true
		}
		for _, r := range p.Rules {
			for _, t := range r.Types() {
				out[t.Name] = true
			}
		}
	}
	return out
}

func knownAttributes(packs []*rule.Pack) map[string]bool {
	out := map[string]bool{}
	for _, p := range packs {
		for n := range p.Log.Attributes {
			out[n] = true
		}
		if p.Vocabulary != nil {
			for n := range p.Vocabulary.Attributes {
				out[n] = true
			}
		}
		for _, r := range p.Rules {
			for _, a := range r.Attributes() {
				out[a.Name] = true
			}
		}
	}
	return out
}

func knownObjects(packs []*rule.Pack) map[string]bool {
	out := map[string]bool{}
	for _, p := range packs {
		out[p.Log.Per.Name] = true
		if p.Vocabulary != nil {
			for n := range p.Vocabulary.Objects {
				out[n] = true
			}
		}
		for _, r := range p.Rules {
			for _, k := range r.Per {
				if k.Kind == rule.KeyObject {
					out[k.Name] = true
				}
			}
		}
	}
	return out
}
