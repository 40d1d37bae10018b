package rule

import "go.yaml.in/yaml/v3"

// locate is the place in the file of each character of a scalar's text, and
// one more for its end. The text isn't what the file has: YAML takes quotes,
// escapes, indentation and folded line ends away. Here the two are gone through
// side by side.
func (s *source) locate(v *scalar) []span {
	l := &locator{src: s, line: v.at.line, col: v.at.col}
	switch style := v.node.Style; {
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		l.line, l.col = l.line+1, 1
	case style&yaml.DoubleQuotedStyle != 0:
		l.col++
		l.quote = '"'
	case style&yaml.SingleQuotedStyle != 0:
		l.col++
		l.quote = '\''
	}
	text := []rune(v.text)
	out := make([]span, 0, len(text)+1)
	for _, r := range text {
		out = append(out, l.next(r))
	}
	return append(out, l.here())
}

// locator goes through the raw text of a scalar.
type locator struct {
	src       *source
	line, col int
	quote     rune
	raw       []rune // the line being read
	rawLine   int
}

func (l *locator) here() span { return span{line: l.line, col: l.col, width: 1} }

// peek is the raw character at hand; '\n' at a line's end, 0 at the file's.
func (l *locator) peek() rune {
	if l.line > len(l.src.lines) {
		return 0
	}
	if l.rawLine != l.line {
		l.raw, l.rawLine = []rune(l.src.lines[l.line-1]), l.line
	}
	if l.col-1 >= len(l.raw) {
		return '\n'
	}
	return l.raw[l.col-1]
}

func (l *locator) step() {
	if l.peek() == '\n' {
		l.line, l.col = l.line+1, 1
	} else {
		l.col++
	}
}

// next is the place of the character r, which comes next in the text.
func (l *locator) next(r rune) span {
	if r == ' ' || r == '\n' || r == '\t' {
		at := l.here()
		if c := l.peek(); c == ' ' || c == '\n' || c == '\t' {
			l.step()
		} else if c == '\\' && l.quote == '"' {
			l.escape()
		}
		return at
	}
	for c := l.peek(); c == ' ' || c == '\n' || c == '\t'; c = l.peek() {
		l.step()
	}
	at := l.here()
	switch c := l.peek(); {
	case c == '\\' && l.quote == '"':
		l.step()
		if l.peek() == '\n' { // an escaped line end stands for nothing
			return l.next(r)
		}
		l.col--
		l.escape()
	case c == '\'' && l.quote == '\'':
		l.col += 2
	case c != 0:
		l.step()
	}
	return at
}

// escape passes over one escape sequence of a double-quoted text.
func (l *locator) escape() {
	l.step()
	n := 1
	switch l.peek() {
	case 'x':
		n = 3
	case 'u':
		n = 5
	case 'U':
		n = 9
	}
	l.col += n
}
