package jsonl

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// With a mapping a record may have any form. It is read as a row of a table whose
// columns are the paths to its values, "order.lines.sku", and which column plays
// which part is found as for any table (package table): what the mapping names,
// then the common names; all others are attributes. Values keep their types, and a
// list gives as many objects as it has values, or an attribute that is a list.
//
// Records needn't have all the same paths: a plan is made for each set of them.
type mapper struct {
	p     *parser
	b     *event.Builder
	opt   eventio.Read
	plans map[string]*table.Plan
	found map[string]bool // parts whose path some record has
	seen  []string        // paths of the first record, for suggestions

	fields []field
	at     map[string]int // of fields, by path
	path   []byte
	depth  int
}

// field is a path of the record and its values.
type field struct {
	path string
	list bool // within a list, so that there may be any number
	vals []leaf
}

// leaf is one value, as it stands and as it is typed.
type leaf struct {
	text string
	v    event.Value
}

const (
	maxDepth  = 64
	maxPaths  = 1 << 14
	maxShapes = 1 << 12 // plans kept; a hostile file has a new one in each record
)

// newMapper gives nil where nothing is mapped: events are then in their own words.
func newMapper(p *parser, b *event.Builder, opt eventio.Read) (*mapper, error) {
	if len(opt.Map) == 0 {
		return nil, nil
	}
	m := &mapper{p: p, b: b, opt: opt, plans: map[string]*table.Plan{}, found: map[string]bool{}, at: map[string]int{}}
	if _, err := m.plan(); errs.CodeOf(err) == errs.Usage { // of no record: the mapping by itself is wrong
		return nil, err
	}
	m.seen, m.plans = nil, map[string]*table.Plan{}
	clear(m.found)
	return m, nil
}

// parse reads one record into the parser's event.
func (m *mapper) parse(b []byte) *problem {
	p := m.p
	p.s = scanner{b: b}
	p.e = event.Event{Objects: p.e.Objects[:0], Attrs: p.e.Attrs[:0]}
	m.fields, m.path, m.depth = m.fields[:0], m.path[:0], 0
	clear(m.at)
	if pr := m.object(false); pr != nil {
		return pr
	}
	if p.s.peek() != 0 {
		return p.s.fail("%s behind the record; expected one record a line", "记录之后还有 %s；应每行一条记录", p.s.found())
	}
	plan, err := m.plan()
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return &problem{what: e.What, next: e.Next}
	}
	return m.event(plan)
}

func (m *mapper) object(list bool) *problem {
	var keys []string
	var many map[string]bool
	if m.depth++; m.depth > maxDepth {
		return m.p.s.fail("nested more than 64 deep", "嵌套超过 64 层")
	}
	defer func() { m.depth-- }()
	return m.p.s.members(func(key string, at int) *problem {
		if slices.Contains(keys, key) || many[key] {
			return twice(at, key)
		}
		if keys = append(keys, key); len(keys) > 32 {
			if many == nil {
				many = map[string]bool{}
			}
			for _, k := range keys {
				many[k] = true
			}
			keys = keys[:0]
		}
		before := len(m.path)
		if before > 0 {
			m.path = append(m.path, '.')
		}
		m.path = append(m.path, key...)
		pr := m.value(list)
		m.path = m.path[:before]
		return pr
	})
}

func (m *mapper) value(list bool) *problem {
	s := &m.p.s
	switch s.peek() {
	case '{':
		return m.object(list)
	case '[':
		if m.depth++; m.depth > maxDepth {
			return s.fail("nested more than 64 deep", "嵌套超过 64 层")
		}
		defer func() { m.depth-- }()
		if _, pr := m.field(true); pr != nil {
			return pr
		}
		return s.elements(func() *problem { return m.value(true) })
	}
	if s.null() {
		return nil
	}
	l, pr := m.leaf()
	if pr != nil {
		return pr
	}
	f, pr := m.field(list)
	if pr == nil {
		f.vals = append(f.vals, l)
	}
	return pr
}

// field is the field of the path where the scanner is.
func (m *mapper) field(list bool) (*field, *problem) {
	i, ok := m.at[string(m.path)]
	if !ok {
		if i = len(m.fields); i == maxPaths {
			return nil, m.p.s.fail("a record of more than %d different fields", "一条记录的不同字段超过 %d 个", maxPaths)
		}
		path := string(m.path)
		m.at[path] = i
		if i < cap(m.fields) { // with the room that an earlier record's had
			m.fields = m.fields[:i+1]
			m.fields[i] = field{path: path, vals: m.fields[i].vals[:0]}
		} else {
			m.fields = append(m.fields, field{path: path})
		}
	}
	f := &m.fields[i]
	f.list = f.list || list
	return f, nil
}

// leaf reads a value that is neither object nor list nor null. A whole number that a
// float64 can't hold stays the text that it is.
func (m *mapper) leaf() (leaf, *problem) {
	s := &m.p.s
	switch c := s.peek(); {
	case c == '"':
		text, pr := m.p.text()
		return leaf{text, event.Str(text)}, pr
	case c == 't' && s.word("true"):
		return leaf{"true", event.Boolean(true)}, nil
	case c == 'f' && s.word("false"):
		return leaf{"false", event.Boolean(false)}, nil
	}
	digits, whole, ok := s.digits()
	if !ok {
		return leaf{}, s.expected("a string, a number, true, false, null, an object or a list", "字符串、数字、true、false、null、对象或列表")
	}
	text := string(digits)
	if n, pr := s.number(); pr == nil {
		return leaf{text, event.Num(n)}, nil
	} else if !whole {
		return leaf{}, pr
	}
	s.i += len(digits)
	return leaf{text, event.Str(text)}, nil
}

// plan says which part each path of the record plays. A path that the mapping names
// has a place even where this record lacks it.
func (m *mapper) plan() (*table.Plan, error) {
	var key strings.Builder
	header := make([]string, 0, len(m.fields))
	for i := range m.fields {
		header = append(header, m.fields[i].path)
		key.WriteString(m.fields[i].path)
		key.WriteByte(0)
	}
	if m.seen == nil {
		m.seen = header
	}
	if p := m.plans[key.String()]; p != nil {
		return p, nil
	}
	for part, value := range m.opt.Map {
		lacking := mappedPaths(part, value, header)
		if len(lacking) == 0 {
			m.found[part] = true
		}
		header = append(header, lacking...)
	}
	p, err := table.NewPlan(header, m.opt, m.b)
	if err != nil {
		return nil, err
	}
	if len(m.plans) == maxShapes {
		clear(m.plans)
	}
	m.plans[strings.Clone(key.String())] = p
	return p, nil
}

// mappedPaths are the paths of PATH, PATH@LAYOUT or, of times, DATE+TIME that aren't
// among those there are.
func mappedPaths(part, value string, paths []string) (lacking []string) {
	if value == "" || value == "-" || slices.Contains(paths, value) {
		return nil
	}
	path, _, _ := strings.Cut(value, "@")
	parts := []string{path}
	if date, time, two := strings.Cut(path, "+"); two && (part == "time" || part == "recorded") && !slices.Contains(paths, path) {
		parts = []string{date, time}
	}
	for _, p := range parts {
		if !slices.Contains(paths, p) && !slices.Contains(lacking, p) {
			lacking = append(lacking, p)
		}
	}
	return lacking
}

// finish refuses a mapping of which a part was in no record.
func (m *mapper) finish() error {
	for part, path := range m.opt.Map {
		if path != "" && path != "-" && !m.found[part] {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: m.opt.File},
				What: errs.Tf("--map %s=%s: no record has that field", "--map %s=%s：没有任何记录有该字段", part, path),
				Next: errs.DidYouMean(path, m.seen)}
		}
	}
	return nil
}

// cell is the text of a field that has one value.
func (m *mapper) cell(index int, header string) (string, *problem) {
	if index >= len(m.fields) {
		return "", nil
	}
	f := &m.fields[index]
	if len(f.vals) > 1 {
		return "", &problem{what: errs.Tf("field %[1]q has %[2]s values; expected one", "字段 %[1]q 有 %[2]s 个值；应只有一个", header, strconv.Itoa(len(f.vals)))}
	}
	if len(f.vals) == 0 {
		return "", nil
	}
	return f.vals[0].text, nil
}
