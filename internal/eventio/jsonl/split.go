package jsonl

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"plumbline/internal/errs"
)

// Splitter cuts a stream into the texts of its events without reading them: an
// array, an event a line, or one value after the other. It holds one event and
// what it has read beyond it, and goes on behind what is broken as far as it
// can tell where the next event begins.
type Splitter struct {
	r    io.Reader
	max  int  // bytes of an event
	line bool // a line is an event, unless the stream is an array
	buf  []byte
	from int // of buf: where what is not used yet begins
	eof  bool
	fail error // of r, told once what came before it is used
	kind byte  // '[', 'l' (lines) or 'v' (values); 0 before the first byte
	any  bool  // an element of the array was there
	over bool  // nothing more comes
}

// NewSplitter splits r into events of at most max bytes. With lines, an event
// ends with its line even if that leaves it broken.
func NewSplitter(r io.Reader, max int, lines bool) *Splitter {
	return &Splitter{r: r, max: max, line: lines}
}

// Buffered is how many bytes are read and not yet given out.
func (s *Splitter) Buffered() int { return len(s.buf) - s.from }

// Next is the text of the next event, valid until the next call. A fault
// concerns that event alone, and text is then its beginning. err is io.EOF
// after a whole stream, an error of package errs where the stream is no events
// or ends early, else the reader's.
func (s *Splitter) Next() (text []byte, fault *errs.Error, err error) {
	if s.kind == 0 {
		if err := s.begin(); err != nil {
			return nil, nil, err
		}
	}
	if s.over {
		return nil, nil, io.EOF
	}
	switch s.kind {
	case '[':
		return s.element()
	case 'l':
		return s.nextLine()
	}
	if c, err := s.peek(); c == 0 {
		s.over = true
		return nil, nil, ended(err)
	}
	return s.value()
}

// begin finds what the stream is by its first character.
func (s *Splitter) begin() error {
	for !s.eof && s.Buffered() < 3 {
		if err := s.more(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(s.buf[s.from:], []byte("\ufeff")) {
		s.from += 3
	}
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == 0:
		return broken("nothing was sent; expected events", "内容为空；应有事件")
	case c == '[':
		s.kind = '['
		s.from++
	case s.line:
		s.kind = 'l'
	case c == '{':
		s.kind = 'v'
	default:
		first := strings.ToValidUTF8(string(s.buf[s.from:min(len(s.buf), s.from+12)]), "\ufffd")
		e := broken("", "")
		e.What = errs.Tf("not JSON: it begins with %q; expected { or [", "不是 JSON：开头是 %q；应为 { 或 [", first)
		return e
	}
	return nil
}

// more reads behind buf, which grows only while one event fills it.
func (s *Splitter) more() error {
	if s.from > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.from:])]
		s.from = 0
	}
	if len(s.buf) == cap(s.buf) {
		bigger := make([]byte, len(s.buf), max(4096, 2*cap(s.buf)))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	for range 100 {
		if s.fail != nil {
			return s.fail
		}
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if errors.Is(err, io.EOF) {
			s.eof = true
			return nil
		}
		if s.fail = err; n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// peek is the next byte that isn't space, 0 at the end.
func (s *Splitter) peek() (byte, error) {
	for {
		for ; s.from < len(s.buf); s.from++ {
			switch s.buf[s.from] {
			case ' ', '\t', '\r', '\n':
				continue
			}
			return s.buf[s.from], nil
		}
		if s.eof {
			return 0, nil
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

func ended(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// element is the next of the array.
func (s *Splitter) element() ([]byte, *errs.Error, error) {
	c, err := s.peek()
	if err == nil && c == ',' && s.any {
		s.from++
		c, err = s.peek()
	} else if err == nil && s.any && c != ']' && c != 0 {
		return nil, nil, broken(`expected "," or "]" after an event of the array`, "数组中的事件之后应为“,”或“]”")
	}
	switch {
	case err != nil:
		return nil, nil, err
	case c == 0:
		return nil, nil, cutOff("the text ends inside the array", "内容在数组中途结束")
	case c == ']':
		s.from++
		if c, err := s.peek(); c != 0 || err != nil {
			if err != nil {
				return nil, nil, err
			}
			return nil, nil, broken("text after the array of events; expected its end", "事件数组之后还有内容；应到此结束")
		}
		s.over = true
		return nil, nil, io.EOF
	case c == ',':
		return nil, nil, broken("a comma without an event before it", "逗号之前缺少事件")
	}
	s.any = true
	return s.value()
}

// value is what begins here: to the bracket that closes it, or to where
// something that is no object ends.
func (s *Splitter) value() ([]byte, *errs.Error, error) {
	depth, quoted, escaped, long := 0, false, false, 0
	for i := s.from; ; {
		for ; i < len(s.buf); i++ {
			c := s.buf[i]
			switch {
			case escaped:
				escaped = false
			case quoted && c == '\\':
				escaped = true
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return s.give(i+1, long)
				}
				if depth < 0 {
					return s.give(i, long)
				}
			case depth == 0 && (c == ',' || c == '\n') && i > s.from:
				return s.give(i, long)
			}
		}
		if s.eof {
			if depth == 0 && !quoted && s.kind == 'v' {
				return s.give(len(s.buf), long)
			}
			return s.buf[s.from:], nil, cutOff("the text ends inside an event", "内容在事件中途结束")
		}
		if s.Buffered() > max(s.max, kept) { // it is passed over; only its beginning is kept
			long += len(s.buf) - s.from - kept
			s.buf = s.buf[:s.from+kept]
		}
		i = len(s.buf) - s.from // more moves what is kept to the front
		if err := s.more(); err != nil {
			return s.buf[s.from:], nil, err
		}
	}
}

// kept is how much is shown of an event that is too long.
const kept = 4096

// give gives out the bytes of buf before end. long says how many were let go.
func (s *Splitter) give(end, long int) ([]byte, *errs.Error, error) {
	text := s.buf[s.from:end]
	s.from = end
	if len(text) == 0 { // a bracket that closes nothing: past it, or it would be found again
		s.from++
		return s.buf[end:s.from], nil, nil
	}
	return s.sized(text, long)
}

func (s *Splitter) sized(text []byte, long int) ([]byte, *errs.Error, error) {
	if long == 0 && len(text) <= s.max {
		return text, nil, nil
	}
	return text[:min(len(text), kept)], &errs.Error{Code: errs.Limit,
		What: errs.Tf("an event of %d bytes; at most %d are taken", "一个事件有 %d 字节；最多接受 %d 字节", len(text)+long, s.max),
		Next: errs.T("send what belongs to it as events of their own", "请把其内容拆成多个事件发送")}, nil
}

// nextLine is the next line that isn't empty.
func (s *Splitter) nextLine() ([]byte, *errs.Error, error) {
	long, looked := 0, 0
	for {
		if n := bytes.IndexByte(s.buf[s.from+looked:], '\n'); n >= 0 {
			text := s.buf[s.from : s.from+looked+n]
			s.from += looked + n + 1
			if looked = 0; len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			return s.sized(bytes.TrimRight(text, "\r"), long)
		}
		if s.eof {
			s.over = true
			text := bytes.TrimSpace(s.buf[s.from:])
			if s.from = len(s.buf); len(text) == 0 {
				return nil, nil, io.EOF
			}
			return s.sized(text, long)
		}
		if s.Buffered() > max(s.max, kept) {
			long += len(s.buf) - s.from - kept
			s.buf = s.buf[:s.from+kept]
		}
		looked = len(s.buf) - s.from
		if err := s.more(); err != nil {
			return s.buf[s.from:], nil, err
		}
	}
}

func broken(en, zh string) *errs.Error {
	return &errs.Error{Code: errs.Input, What: errs.T(en, zh), Next: errs.T("write the events as one JSON array, or one a line", "请把事件写成一个 JSON 数组，或每行一个")}
}

// cutOff is the error for a stream that ends in the middle.
func cutOff(en, zh string) *errs.Error {
	return &errs.Error{Code: errs.Input, What: errs.T(en, zh), Next: errs.T("check that it is complete", "请检查内容是否完整")}
}
