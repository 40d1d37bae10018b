package jsonl

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"plumbline/internal/errs"
)

// scanner reads the JSON of one event. Strings that it gives are views of the
// text where they have no escapes: they hold until the next event is read.
type scanner struct {
	b []byte
	i int
}

// problem is what is wrong at a byte of the event.
type problem struct {
	at         int
	what, next errs.Text
}

func (s *scanner) fail(en, zh string, args ...any) *problem {
	return &problem{at: s.i, what: errs.Tf(en, zh, args...)}
}

// expected says what should stand here and what does.
func (s *scanner) expected(en, zh string) *problem {
	return s.fail("expected %[1]s, found %[3]s", "应为%[2]s，却是 %[3]s", en, zh, s.found())
}

// found is what stands here, for a message.
func (s *scanner) found() string {
	if s.i >= len(s.b) {
		return "…∎"
	}
	end := s.i
	for end < len(s.b) && end < s.i+20 && !strings.ContainsRune(" \t\r\n,]}", rune(s.b[end])) {
		end++
	}
	end = max(end, s.i+1)
	return strings.ToValidUTF8(string(s.b[s.i:end]), "\ufffd")
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

// peek is the next byte that isn't space, 0 at the end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return s.b[s.i]
	}
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// word passes over a literal.
func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	if end := s.i + len(w); end < len(s.b) && isWord(s.b[end]) {
		return false
	}
	s.i += len(w)
	return true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// null passes over null.
func (s *scanner) null() bool { return s.peek() == 'n' && s.word("null") }

// members calls f for each key of the object that comes; f reads the value.
func (s *scanner) members(f func(key string, at int) *problem) *problem {
	if s.peek() != '{' {
		return s.expected("an object {…}", "对象 {…}")
	}
	s.i++
	if s.peek() == '}' {
		s.i++
		return nil
	}
	for {
		s.space()
		at := s.i
		key, p := s.str("a key in quotes", "带引号的键")
		if p != nil {
			return p
		}
		if s.peek() != ':' {
			return s.expected(`":" after the key`, "键之后的“:”")
		}
		s.i++
		if p := f(key, at); p != nil {
			return p
		}
		switch s.peek() {
		case ',':
			s.i++
		case '}':
			s.i++
			return nil
		default:
			return s.expected(`"," or "}"`, "“,”或“}”")
		}
	}
}

// elements calls f for each element of the list that comes.
func (s *scanner) elements(f func() *problem) *problem {
	if s.peek() != '[' {
		return s.expected("a list […]", "列表 […]")
	}
	s.i++
	if s.peek() == ']' {
		s.i++
		return nil
	}
	for {
		s.space()
		if p := f(); p != nil {
			return p
		}
		switch s.peek() {
		case ',':
			s.i++
		case ']':
			s.i++
			return nil
		default:
			return s.expected(`"," or "]"`, "“,”或“]”")
		}
	}
}

// str reads a string; en and zh say what it should be.
func (s *scanner) str(en, zh string) (string, *problem) {
	if s.peek() != '"' {
		return "", s.expected(en, zh)
	}
	s.i++
	from := s.i
	ascii := true
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			text := s.b[from:s.i]
			if !ascii && !utf8.Valid(text) {
				s.i = from
				return "", s.fail("the string isn't valid UTF-8; save the file as UTF-8", "字符串不是有效的 UTF-8；请另存为 UTF-8")
			}
			s.i++
			return unsafe.String(unsafe.SliceData(text), len(text)), nil
		case c == '\\':
			return s.escaped(from)
		case c < ' ':
			return "", s.fail("a control character in a string; expected it escaped, as \\n", "字符串中有控制字符；应写成转义形式，如 \\n")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		s.i++
	}
	s.i = from - 1
	return "", s.fail("a string that never closes", "字符串未闭合")
}

// escaped goes on with a string at its first escape.
func (s *scanner) escaped(from int) (string, *problem) {
	out := append(make([]byte, 0, 2*(s.i-from)+16), s.b[from:s.i]...)
	for s.i < len(s.b) {
		c := s.b[s.i]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				s.i = from
				return "", s.fail("the string isn't valid UTF-8; save the file as UTF-8", "字符串不是有效的 UTF-8；请另存为 UTF-8")
			}
			s.i++
			return string(out), nil
		case c == '\\':
			r, p := s.escape()
			if p != nil {
				return "", p
			}
			out = utf8.AppendRune(out, r)
			continue
		case c < ' ':
			return "", s.fail("a control character in a string; expected it escaped, as \\n", "字符串中有控制字符；应写成转义形式，如 \\n")
		}
		out = append(out, c)
		s.i++
	}
	s.i = from - 1
	return "", s.fail("a string that never closes", "字符串未闭合")
}

const escapes = `"\/bfnrt`

// escape reads \n and its kin, and \u0041 with the second half of a pair.
func (s *scanner) escape() (rune, *problem) {
	if s.i+1 < len(s.b) {
		if k := strings.IndexByte(escapes, s.b[s.i+1]); k >= 0 {
			s.i += 2
			return rune("\"\\/\b\f\n\r\t"[k]), nil
		}
	}
	r, ok := s.hex()
	if ok && utf16.IsSurrogate(r) {
		s.i += 6
		low, okLow := s.hex()
		if s.i -= 6; okLow {
			s.i += 6
			r = utf16.DecodeRune(r, low)
		} else {
			r = utf8.RuneError
		}
		ok = r != utf8.RuneError
	}
	if !ok {
		return 0, s.fail("an escape that isn't JSON; expected \\n, \\\", \\\\ or \\u0041", "不是 JSON 的转义；应如 \\n、\\\"、\\\\ 或 \\u0041")
	}
	s.i += 6
	return r, nil
}

func (s *scanner) hex() (rune, bool) {
	if len(s.b)-s.i < 6 || s.b[s.i] != '\\' || s.b[s.i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.b[s.i+2:s.i+6]), 16, 16)
	return rune(n), err == nil
}

// digits are the bytes of a number by JSON's grammar; whole says that it has
// neither fraction nor exponent.
func (s *scanner) digits() (text []byte, whole, ok bool) {
	i := s.i
	run := func() int {
		from := i
		for i < len(s.b) && s.b[i] >= '0' && s.b[i] <= '9' {
			i++
		}
		return i - from
	}
	if i < len(s.b) && s.b[i] == '-' {
		i++
	}
	first := i
	n := run()
	if n == 0 || n > 1 && s.b[first] == '0' {
		return nil, false, false
	}
	whole = true
	if i < len(s.b) && s.b[i] == '.' {
		i++
		if whole = false; run() == 0 {
			return nil, false, false
		}
	}
	if i < len(s.b) && s.b[i]|0x20 == 'e' {
		i++
		if i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		if whole = false; run() == 0 {
			return nil, false, false
		}
	}
	if i < len(s.b) && isWord(s.b[i]) {
		return nil, false, false
	}
	text = s.b[s.i:i]
	return text, whole, true
}

// number reads a number that a float64 can hold with all its digits.
func (s *scanner) number() (float64, *problem) {
	text, whole, ok := s.digits()
	if !ok {
		return 0, s.expected("a number", "数字")
	}
	if whole && len(text) <= 15 {
		n, neg := int64(0), text[0] == '-'
		for _, c := range text {
			if c != '-' {
				n = n*10 + int64(c-'0')
			}
		}
		if neg && n != 0 {
			n = -n
		}
		s.i += len(text)
		return float64(n), nil
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, s.fail("a number beyond what can be held", "数字超出可表示的范围")
	}
	if whole && strconv.FormatFloat(f, 'f', 0, 64) != string(text) {
		return 0, s.fail("%s is a whole number beyond 2^53 and would lose digits; write it as a string", "%s 是超过 2^53 的整数，会丢失数位；请写成字符串", s.found())
	}
	s.i += len(text)
	return f, nil
}

// integer reads a whole number of 64 bits.
func (s *scanner) integer() (int64, *problem) {
	s.space()
	text, whole, ok := s.digits()
	if !ok || !whole {
		return 0, s.expected("a whole number", "整数")
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, s.fail("a whole number of more than 64 bits", "整数超过 64 位")
	}
	s.i += len(text)
	return n, nil
}
