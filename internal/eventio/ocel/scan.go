package ocel

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Limits on what a file may hold, far above what a log needs.
const (
	maxText  = 16 << 20 // bytes of one string, tag or text
	maxDepth = 64       // of nested values
)

// scanner reads JSON value by value. After the first fault everything is the
// end of the file; err says what the fault was.
type scanner struct {
	r    *bufio.Reader
	file string
	line int
	col  int // of the next byte, in bytes
	read int64
	buf  []byte
	err  error
}

func newScanner(r io.Reader, file string) *scanner {
	s := &scanner{r: bufio.NewReaderSize(r, 1<<16), file: file, line: 1, col: 1}
	if bom, _ := s.r.Peek(3); string(bom) == "\xef\xbb\xbf" {
		s.r.Discard(3)
	}
	return s
}

func (s *scanner) place() errs.Place { return errs.Place{File: s.file, Line: s.line, Column: s.col} }

func (s *scanner) fail(code errs.Code, what errs.Text) {
	if s.err == nil {
		s.err = &errs.Error{Code: code, Place: s.place(), What: what,
			Next: errs.T("write the log again as OCEL 2.0 JSON", "请重新导出为 OCEL 2.0 JSON")}
	}
}

func (s *scanner) expected(en, zh string, c byte, eof bool) {
	if eof {
		s.fail(errs.Input, errs.Tf("the file ends early; expected %[1]s", "文件不完整；此处应为%[2]s", en, zh))
		return
	}
	s.fail(errs.Input, errs.Tf("%[1]q stands where %[2]s is expected", "此处为 %[1]q，应为%[3]s", rune(c), en, zh))
}

func (s *scanner) next() (c byte, ok bool) {
	if s.err != nil {
		return 0, false
	}
	c, err := s.r.ReadByte()
	if err != nil {
		if told := (*errs.Error)(nil); s.err == nil && errors.As(err, &told) { // of what unpacks the file
			s.err = told
		} else if err != io.EOF {
			why := errs.System(err)
			s.fail(errs.Input, errs.T("can't be read: "+why.En, "无法读取："+why.Zh))
		}
		return 0, false
	}
	s.read++
	if s.col++; c == '\n' {
		s.line, s.col = s.line+1, 1
	}
	return c, true
}

func (s *scanner) back() {
	if s.err == nil && s.r.UnreadByte() == nil {
		s.read--
		s.col--
	}
}

// peek is the next byte that isn't space, left where it is.
func (s *scanner) peek() (byte, bool) {
	for {
		c, ok := s.next()
		if !ok {
			return 0, false
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			s.back()
			return c, true
		}
	}
}

// take takes a byte that must come next.
func (s *scanner) take(want byte) bool {
	c, ok := s.peek()
	if s.err != nil {
		return false
	}
	if !ok || c != want {
		s.expected(`"`+string(rune(want))+`"`, `"`+string(rune(want))+`"`, c, !ok)
		return false
	}
	s.next()
	return true
}

// more steps to the next element of a list or object that ends with end, first
// being true before the first one.
func (s *scanner) more(end byte, first bool) bool {
	c, ok := s.peek()
	if s.err != nil {
		return false
	}
	switch {
	case ok && c == end:
		s.next()
		return false
	case first && ok:
		return true
	case ok && c == ',':
		s.next()
		if c, ok = s.peek(); ok && c != end {
			return true
		}
	}
	s.expected(`"," or "`+string(rune(end))+`"`, `"," 或 "`+string(rune(end))+`"`, c, !ok)
	return false
}

// object calls f for each key of an object; f reads the value. A null is an
// object without keys. A key that stands twice is a fault.
func (s *scanner) object(f func(key string)) {
	if s.null() || !s.take('{') {
		return
	}
	seen := map[string]bool{}
	for first := true; s.more('}', first); first = false {
		at := s.place()
		key := s.str()
		if s.err == nil && seen[key] {
			s.fail(errs.Input, errs.Tf("key %q stands twice in one object", "同一对象中键 %q 重复", short(key)))
			s.err.(*errs.Error).Place = at
		}
		seen[key] = true
		if !s.take(':') {
			return
		}
		f(key)
	}
}

// list calls f for each element of a list; f reads it. A null is an empty list.
func (s *scanner) list(f func()) {
	if s.null() || !s.take('[') {
		return
	}
	for first := true; s.more(']', first); first = false {
		f()
	}
}

func (s *scanner) null() bool {
	if c, ok := s.peek(); ok && c == 'n' {
		s.word("null")
		return true
	}
	return false
}

func (s *scanner) word(w string) {
	for i := range len(w) {
		c, ok := s.next()
		if !ok || c != w[i] {
			s.expected(w, w, c, !ok)
			return
		}
	}
}

// str reads a string.
func (s *scanner) str() string {
	if !s.take('"') {
		return ""
	}
	s.buf = s.buf[:0]
	for {
		c, ok := s.next()
		switch {
		case !ok:
			s.expected("the end of a string", "字符串的结尾", 0, true)
			return ""
		case c == '"':
			if !utf8.Valid(s.buf) {
				s.fail(errs.Input, errs.T("a string isn't UTF-8", "字符串不是 UTF-8 编码"))
			}
			return string(s.buf)
		case c == '\\':
			s.escape()
		case c < ' ':
			s.fail(errs.Input, errs.Tf("the control character %#02x stands in a string; expected it escaped", "字符串中含有控制字符 %#02x；应转义", c))
			return ""
		default:
			s.buf = append(s.buf, c)
		}
		if len(s.buf) > maxText {
			s.fail(errs.Limit, errs.Tf("a string is longer than %d bytes", "字符串超过 %d 字节", maxText))
			return ""
		}
	}
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (s *scanner) escape() {
	c, ok := s.next()
	if e, known := escapes[c]; known {
		s.buf = append(s.buf, e)
		return
	}
	if !ok || c != 'u' {
		s.expected("an escape such as \\n", "转义符（如 \\n）", c, !ok)
		return
	}
	r := s.hex4()
	if utf16.IsSurrogate(r) {
		if next, _ := s.r.Peek(2); string(next) == `\u` {
			s.next()
			s.next()
			r = utf16.DecodeRune(r, s.hex4())
		} else {
			r = utf8.RuneError
		}
	}
	s.buf = utf8.AppendRune(s.buf, r)
}

func (s *scanner) hex4() rune {
	var r rune
	for range 4 {
		c, ok := s.next()
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			s.expected("four hexadecimal digits", "四位十六进制数字", c, !ok)
			return 0
		}
	}
	return r
}

// scalar reads a string, number or bool as its text and says which it was;
// Absent for null. A list or object is a fault.
func (s *scanner) scalar() (text string, k event.Kind) {
	c, ok := s.peek()
	switch {
	case s.err != nil:
	case ok && c == '"':
		return s.str(), event.String
	case ok && c == 'n':
		s.word("null")
	case ok && c == 't':
		s.word("true")
		return "true", event.Bool
	case ok && c == 'f':
		s.word("false")
		return "false", event.Bool
	case ok && (c == '-' || c >= '0' && c <= '9'):
		return s.number(), event.Number
	default:
		s.expected("a string, number, true, false or null", "字符串、数字、true、false 或 null", c, !ok)
	}
	return "", event.Absent
}

func (s *scanner) number() string {
	s.buf = s.buf[:0]
	for {
		c, ok := s.next()
		if !ok || !(c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E') || len(s.buf) > 400 {
			if ok {
				s.back()
			}
			return string(s.buf)
		}
		s.buf = append(s.buf, c)
	}
}

// skip passes over a value.
func (s *scanner) skip(depth int) {
	if depth > maxDepth {
		s.fail(errs.Limit, errs.Tf("values are nested deeper than %d", "嵌套超过 %d 层", maxDepth))
		return
	}
	switch c, _ := s.peek(); c {
	case '{':
		s.object(func(string) { s.skip(depth + 1) })
	case '[':
		s.list(func() { s.skip(depth + 1) })
	default:
		s.scalar()
	}
}
