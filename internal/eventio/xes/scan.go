package xes

import (
	"bytes"
	"unicode/utf8"

	"plumbline/internal/errs"
)

// Limits of what a log may ask for. No real log comes near them.
const (
	maxToken = 16 << 20 // bytes of one tag, comment or run of text
	maxDepth = 128      // elements inside each other
	maxAttrs = 64       // XML attributes of one element
	maxNames = 1 << 16  // different names of attributes
	maxTypes = 1 << 12  // types of objects
	maxHold  = 64 << 10 // bytes of an event kept to be set aside
)

// elem is an element by its local name.
type elem uint8

// The elements of XES. Up to elID they are attributes with a value.
const (
	elString elem = iota
	elDate
	elInt
	elFloat
	elBoolean
	elID
	elList
	elContainer
	elValues
	elEvent
	elTrace
	elLog
	elPassed // global, classifier, extension: they say nothing about an event
	elOther
)

func elemOf(local []byte) elem {
	switch string(local) {
	case "string":
		return elString
	case "date":
		return elDate
	case "int":
		return elInt
	case "float":
		return elFloat
	case "boolean":
		return elBoolean
	case "id":
		return elID
	case "list":
		return elList
	case "container":
		return elContainer
	case "values":
		return elValues
	case "event":
		return elEvent
	case "trace":
		return elTrace
	case "log":
		return elLog
	case "global", "classifier", "extension":
		return elPassed
	}
	return elOther
}

// token is what the scanner stands on.
type token uint8

const (
	tokEnd   token = iota // </x>
	tokOpen               // <x …>
	tokEmpty              // <x …/>: no end follows
	tokEOF                // after the root
)

// xmlAttr is an attribute of a tag; both slices are good until the next tag.
type xmlAttr struct{ name, value []byte }

// scanner cuts XML into tags. It accepts the documents that encoding/xml
// accepts in its strict mode, save what scan_fuzz_test.go lists. Text is
// checked and passed over: XES keeps everything in attributes.
type scanner struct {
	feed    *feed // nil for a piece in memory
	file    string
	w       []byte // the window
	pos     int    // the next byte to look at
	at      int    // where the present tag begins
	hold    int    // where what must stay in the window begins; −1 nothing
	line    int    // line breaks before counted
	counted int    // a place in the window
	from    int    // line of the hold where it had to be let go
	slid    bool   // the window doesn't begin where the file does
	gap     int    // white space in a row before the window
	most    int    // bytes that a token may have: maxToken

	tok        token
	elem       elem
	name       []byte
	key, value []byte    // the attributes that matter in XES; nil where absent
	attrs      []xmlAttr // all of them, save after usual

	scratch []byte // values that had entities in them
	names   []byte // the names of the open elements
	depth   []int  // where each of them begins in names
	rooted  bool
}

// next goes to the next tag.
func (s *scanner) next() error {
	if s.tok == tokEOF {
		return nil
	}
	for {
		i, w := s.pos, s.w
		for i < len(w) && (w[i] == ' ' || w[i] == '\n' || w[i] == '\t' || w[i] == '\r') {
			i++
		}
		if i == len(w) {
			if s.gap += i - s.pos; s.gap > s.most {
				return s.tooLong()
			}
			s.pos = i
			more, err := s.more()
			if err != nil {
				return err
			}
			if !more {
				return s.end()
			}
			continue
		}
		s.pos, s.gap = i, 0
		var got step
		var err error
		if w[i] == '<' {
			if s.at = i; s.usual(w) {
				return nil
			}
			got, err = s.markup(w)
		} else {
			got, err = s.text(w)
		}
		switch {
		case err != nil:
			return err
		case got == stepTag:
			return nil
		case got == stepMore:
			more, err := s.more()
			if err != nil {
				return err
			}
			if !more {
				return s.cut()
			}
		}
	}
}

// step is what an attempt on the window came to.
type step uint8

const (
	stepTag  step = iota // a tag
	stepPast             // something that says nothing, passed over
	stepMore             // the window ends within it
)

func (s *scanner) markup(w []byte) (step, error) {
	if s.pos+1 == len(w) {
		return stepMore, nil
	}
	switch w[s.pos+1] {
	case '/':
		return s.endTag(w)
	case '!':
		return s.bang(w)
	case '?':
		return s.instruction(w)
	}
	return s.startTag(w)
}

// nameByte marks the ASCII bytes of a name; from 0x80 on all are taken.
var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 ||
			c == '_' || c == ':' || c == '-' || c == '.'
	}
	return t
}()

// scanName is where the name that begins at i ends.
func scanName(w []byte, i int) int {
	for i < len(w) && nameByte[w[i]] {
		i++
	}
	return i
}

func scanSpace(w []byte, i int) int {
	for i < len(w) && (w[i] == ' ' || w[i] == '\n' || w[i] == '\t' || w[i] == '\r') {
		i++
	}
	return i
}

// startTag reads any start tag. It starts over when the window ends within it.
func (s *scanner) startTag(w []byte) (step, error) {
	start := s.pos + 1
	i := scanName(w, start)
	if i == len(w) {
		return stepMore, nil
	}
	name := w[start:i]
	s.attrs, s.scratch = s.attrs[:0], s.scratch[:0]
	s.key, s.value = nil, nil
	for {
		i = scanSpace(w, i)
		if i == len(w) {
			return stepMore, nil
		}
		switch w[i] {
		case '>':
			s.tok = tokOpen
			i++
			return stepTag, s.open(name, i)
		case '/':
			if i+1 == len(w) {
				return stepMore, nil
			}
			if w[i+1] != '>' {
				return 0, s.fail(i+1, errs.T("expected > after the / that ends a tag", "标签结尾的 / 之后应为 >"))
			}
			s.tok = tokEmpty
			return stepTag, s.open(name, i+2)
		}
		var got step
		var err error
		if i, got, err = s.attribute(w, i); got != stepPast || err != nil {
			return got, err
		}
	}
}

// attribute reads name="value" at i and gives the place after it.
func (s *scanner) attribute(w []byte, i int) (int, step, error) {
	nameEnd := scanName(w, i)
	eq := scanSpace(w, nameEnd)
	if eq == len(w) {
		return i, stepMore, nil
	}
	name := w[i:nameEnd]
	if !goodName(name) {
		return i, 0, s.fail(i, errs.T("expected an attribute's name, > or />", "此处应为属性名、> 或 />"))
	}
	if w[eq] != '=' {
		return i, 0, s.fail(eq, errs.Tf("expected = after the attribute %s", "属性 %s 之后应为 =", clip(name)))
	}
	q := scanSpace(w, eq+1)
	if q == len(w) {
		return i, stepMore, nil
	}
	quote := w[q]
	if quote != '"' && quote != '\'' {
		return i, 0, s.fail(q, errs.Tf("expected the value of %s in quotes", "%s 的值应加引号", clip(name)))
	}
	end, plain := scanValue(w, q+1, quote)
	if end < 0 {
		return i, stepMore, nil
	}
	value := w[q+1 : end]
	if !plain {
		var err error
		if value, err = s.decode(value, q+1, true); err != nil {
			return i, 0, err
		}
	}
	for k := range s.attrs {
		if string(s.attrs[k].name) == string(name) {
			return i, 0, s.fail(i, errs.Tf("the attribute %s stands twice in one element", "同一元素中属性 %s 出现两次", clip(name)))
		}
	}
	switch string(name) {
	case "key":
		s.key = value
	case "value":
		s.value = value
	}
	if len(s.attrs) == maxAttrs {
		return i, 0, s.limit(i, errs.Tf("one element has more than %d XML attributes", "一个元素的 XML 属性超过 %d 个", maxAttrs))
	}
	s.attrs = append(s.attrs, xmlAttr{name, value})
	return end + 1, stepPast, nil
}

// open takes a start tag in; its end is at after.
func (s *scanner) open(name []byte, after int) error {
	e := elemOf(name)
	if e == elOther {
		local, ok := localName(name)
		if !ok {
			return s.fail(s.pos+1, errs.T("expected the name of an element after <", "< 之后应为元素名"))
		}
		e = elemOf(local)
	}
	if len(s.depth) == 0 {
		if s.rooted {
			return s.fail(s.pos, errs.T("an element after the end of the document; expected one <log>", "文档结束之后又有元素；应只有一个 <log>"))
		}
		s.rooted = true
	}
	s.name, s.elem = name, e
	if s.tok == tokOpen {
		if len(s.depth) == maxDepth {
			return s.limit(s.pos, errs.Tf("more than %d elements inside each other", "元素嵌套超过 %d 层", maxDepth))
		}
		s.depth = append(s.depth, len(s.names))
		s.names = append(s.names, name...)
	}
	s.pos = after
	return nil
}

// localName is a name without its prefix. As in encoding/xml, a colon at an
// end is part of the name and two are none.
func localName(name []byte) (local []byte, ok bool) {
	if !goodName(name) {
		return nil, false
	}
	colon := bytes.IndexByte(name, ':')
	if colon <= 0 || colon == len(name)-1 {
		return name, true
	}
	return name[colon+1:], true
}

func goodName(name []byte) bool {
	return len(name) > 0 && !notFirst(name[0]) && utf8.Valid(name) && bytes.IndexByte(name, ':') == bytes.LastIndexByte(name, ':')
}

// notFirst says that a name can't begin with c.
func notFirst(c byte) bool { return c >= '0' && c <= '9' || c == '-' || c == '.' }

func (s *scanner) endTag(w []byte) (step, error) {
	start := s.pos + 2
	if n := len(s.depth); n > 0 { // nearly always it is the one that is due
		top := s.depth[n-1]
		if i := start + len(s.names) - top; i < len(w) && w[i] == '>' && string(w[start:i]) == string(s.names[top:]) {
			s.depth, s.names = s.depth[:n-1], s.names[:top]
			s.tok, s.pos = tokEnd, i+1
			return stepTag, nil
		}
	}
	i := scanName(w, start)
	gt := scanSpace(w, i)
	if gt == len(w) {
		return stepMore, nil
	}
	name := w[start:i]
	if !goodName(name) {
		return 0, s.fail(start, errs.T("expected the name of an element after </", "</ 之后应为元素名"))
	}
	if w[gt] != '>' {
		return 0, s.fail(gt, errs.Tf("expected > after </%s", "</%s 之后应为 >", clip(name)))
	}
	if len(s.depth) == 0 {
		return 0, s.fail(s.pos, errs.Tf("</%s> ends an element that never began", "</%s> 没有对应的开始标签", clip(name)))
	}
	top := s.depth[len(s.depth)-1]
	if open := s.names[top:]; string(open) != string(name) {
		return 0, s.fail(s.pos, errs.Tf("</%[2]s> where <%[1]s> is open; expected </%[1]s>", "<%[1]s> 尚未结束却遇到 </%[2]s>；应为 </%[1]s>", clip(open), clip(name)))
	}
	s.depth, s.names = s.depth[:len(s.depth)-1], s.names[:top]
	s.tok, s.pos = tokEnd, gt+1
	return stepTag, nil
}
