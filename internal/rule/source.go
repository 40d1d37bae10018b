package rule

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

const (
	// maxPackBytes is far more than the statutes of a country need.
	maxPackBytes = 2 << 20
	// maxFaults is where a list of faults stops helping.
	maxFaults = 100
	// maxSnippet is the longest line that is shown under a fault.
	maxSnippet = 400
)

// span is a stretch of one line: line and column from 1, the column and the
// width in characters.
type span struct{ line, col, width int }

// source is the text of one file and what was found wrong in it.
type source struct {
	file   string
	lines  []string
	faults errs.List
	lint   Lint
}

// Warning is something that is allowed and probably not meant.
type Warning struct {
	Pos        Pos
	What, Next errs.Text
	place      errs.Place
}

// In is the warning in a language: place, sentence, advice and, where this
// package gave it, the line with a caret.
func (w Warning) In(l errs.Lang) string {
	e := errs.Error{Code: errs.Rules, Place: w.place, What: w.What, Next: w.Next}
	if e.Place.File == "" {
		e.Place = errs.Place{File: w.Pos.File, Line: w.Pos.Line, Column: w.Pos.Column}
	}
	return e.In(l)
}

// Lint is what a pack is warned of, in the order of the file.
type Lint []Warning

// String is the place as file:line:column.
func (p Pos) String() string {
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

func (s *source) pos(at span) Pos { return Pos{File: s.file, Line: at.line, Column: at.col} }

func (s *source) place(at span) errs.Place {
	p := errs.Place{File: s.file, Line: at.line, Column: at.col, Width: at.width}
	if at.line >= 1 && at.line <= len(s.lines) {
		if line := s.lines[at.line-1]; utf8.RuneCountInString(line) <= maxSnippet {
			p.Snippet = line
		}
	}
	return p
}

// fail records a fault.
func (s *source) fail(at span, what, next errs.Text) {
	s.faults = append(s.faults, &errs.Error{Code: errs.Rules, Place: s.place(at), What: what, Next: next})
}

// warn records a warning.
func (s *source) warn(at span, what, next errs.Text) {
	s.lint = append(s.lint, Warning{Pos: s.pos(at), What: what, Next: next, place: s.place(at)})
}

// result is the faults as an error, in the order of the file, and the
// warnings.
func (s *source) result() (Lint, error) {
	before := func(l1, c1, l2, c2 int) int {
		if l1 != l2 {
			return l1 - l2
		}
		return c1 - c2
	}
	slices.SortStableFunc(s.lint, func(a, b Warning) int {
		return before(a.Pos.Line, a.Pos.Column, b.Pos.Line, b.Pos.Column)
	})
	s.lint = slices.CompactFunc(s.lint, func(a, b Warning) bool { return a.place == b.place && a.What == b.What })
	if len(s.faults) == 0 {
		return s.lint, nil
	}
	slices.SortStableFunc(s.faults, func(a, b *errs.Error) int {
		return before(a.Place.Line, a.Place.Column, b.Place.Line, b.Place.Column)
	})
	// What the pack says for all its rules is checked with each of them.
	s.faults = slices.CompactFunc(s.faults, func(a, b *errs.Error) bool { return a.Place == b.Place && a.What == b.What })
	if n := len(s.faults) - maxFaults; n > 0 {
		s.faults = append(s.faults[:maxFaults], &errs.Error{Code: errs.Rules, Place: errs.Place{File: s.file},
			What: errs.Tf("and %d more faults", "另有 %d 处错误", n)})
	}
	return s.lint, s.faults
}

// newSource takes the text of a file apart. It refuses what is no UTF-8 text
// of reasonable size; the bytes without a byte order mark are given back.
func newSource(file string, src []byte) (*source, []byte) {
	s := &source{file: file}
	if len(src) > maxPackBytes {
		s.fail(span{}, errs.Tf("%d bytes; a file of rules has at most %d", "文件有 %d 字节；规则文件最多 %d 字节", len(src), maxPackBytes),
			errs.T("split it into several files", "请拆成几个文件"))
		return s, nil
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	utf16 := bytes.HasPrefix(src, []byte{0xff, 0xfe}) || bytes.HasPrefix(src, []byte{0xfe, 0xff})
	if utf16 || !utf8.Valid(src) {
		line, col := 1, 1
		for rest := src; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			if r == utf8.RuneError && n == 1 {
				break
			}
			if col++; r == '\n' {
				line, col = line+1, 1
			}
			rest = rest[n:]
		}
		s.fail(span{line: line, col: col}, errs.T("the text is not UTF-8", "文本不是 UTF-8 编码"),
			errs.T("save the file as UTF-8", "请把文件另存为 UTF-8"))
		return s, nil
	}
	s.lines = strings.Split(string(src), "\n")
	for i, l := range s.lines {
		s.lines[i] = strings.TrimSuffix(l, "\r")
	}
	return s, src
}

var yamlFault = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// yamlWords are the reader's commonest complaints in Chinese.
var yamlWords = map[string]string{
	"could not find expected ':'":                            "此处应有 ':'",
	"did not find expected key":                              "此处应有一个键",
	"did not find expected ',' or '}'":                       "此处应有 ',' 或 '}'",
	"did not find expected ',' or ']'":                       "此处应有 ',' 或 ']'",
	"did not find expected '-' indicator":                    "此处应有 '-'",
	"did not find expected node content":                     "此处应有内容",
	"mapping values are not allowed in this context":         "此处不能有“键: 值”",
	"block sequence entries are not allowed in this context": "此处不能有以 '-' 开头的列表项",
	"found unexpected end of stream":                         "文件意外结束，引号可能没有闭合",
	"found character that cannot start any token":            "此字符不能作开头",
	"found unknown escape character":                         "未知的转义字符",
	"control characters are not allowed":                     "不允许控制字符",
}

// ofGrammar are complaints about words in a wrong place. Of them the reader
// names the line above, and that of the list or the keys that it was reading:
// far away, in a long rule.
var ofGrammar = regexp.MustCompile(`^did not find expected (key|',' or|'-' indicator|node content|<)`)

// yamlLine is the line of a fault: of one against the grammar the first up to
// which the file gives that complaint. named is the reader's, 0 where it names
// none.
func (s *source) yamlLine(named int, said string) int {
	if !ofGrammar.MatchString(said) || named >= len(s.lines) {
		return max(1, named)
	}
	return named + 1 + sort.Search(len(s.lines)-named-1, func(i int) bool {
		dec := yaml.NewDecoder(strings.NewReader(strings.Join(s.lines[:named+1+i], "\n") + "\n"))
		var err error
		for err == nil {
			err = dec.Decode(new(yaml.Node))
		}
		return strings.HasSuffix(err.Error(), said)
	})
}

// failYAML records what the YAML reader says, in words of ours where the fault
// is a common one.
func (s *source) failYAML(err error) {
	m := yamlFault.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	line, said := 0, err.Error()
	if m != nil {
		said = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	line = s.yamlLine(line, said)
	// The reader counts from the line where it stopped, which may be the one
	// after; a tab is sought on both.
	for l := max(1, line-1); l <= min(line+1, len(s.lines)); l++ {
		text := s.lines[l-1]
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if i := strings.IndexByte(indent, '\t'); i >= 0 {
			s.fail(span{line: l, col: i + 1}, errs.T("a tab indents this line", "本行用制表符缩进"),
				errs.T("YAML wants spaces", "YAML 只允许用空格缩进"))
			return
		}
	}
	for l := max(1, line-1); l <= min(line, len(s.lines)); l++ {
		if i := strings.IndexRune(s.lines[l-1], '：'); i >= 0 && !strings.Contains(s.lines[l-1], ": ") {
			s.fail(span{line: l, col: utf8.RuneCountInString(s.lines[l-1][:i]) + 1},
				errs.T("a full-width colon separates nothing in YAML", "全角冒号在 YAML 中不起分隔作用"),
				errs.T(`write ": "`, `请写半角冒号加空格 ": "`))
			return
		}
	}
	col := 1
	if line <= len(s.lines) {
		text := s.lines[line-1]
		col += len(text) - len(strings.TrimLeft(text, " "))
	}
	zh := yamlWords[said]
	if zh == "" {
		zh = said
	}
	s.fail(span{line: line, col: col}, errs.Text{En: "this is not YAML: " + said, Zh: "不是有效的 YAML：" + zh},
		errs.T(`check the indentation, the quotes, and that ": " follows each key (a text with ": " or " #" in it wants quotes, and inside { } or [ ] one with any of , [ ] { })`,
			`请检查缩进、引号，以及每个键后是否有 ": "（文本中若含 ": " 或 " #"，或在 { }、[ ] 内含 , [ ] { }，需加引号）`))
}

// quote is a word as messages show it, cut where it is long.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:60]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
