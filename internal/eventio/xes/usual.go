package xes

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// usual takes <string key="…" value="…"/>, of which nearly all of a log
// consists, or <event>, if that is what the window goes on with; else it is
// false and nothing has changed. All it does startTag does too.
func (s *scanner) usual(w []byte) bool {
	const value = ` value="`
	start := s.pos + 1
	e, n := usualElem(w[start:])
	if len(s.depth) == 0 || len(s.depth) == maxDepth {
		return false
	}
	if n == 0 {
		return s.bareEvent(w, start)
	}
	name := w[start : start+n]
	i := start + n + len(` key="`)
	end, plain := scanValue(w, i, '"')
	if !plain || end+1+len(value) > len(w) || string(w[end+1:end+1+len(value)]) != value {
		return false
	}
	k, v := w[i:end], end+1+len(value)
	end, plain = scanValue(w, v, '"')
	if !plain || end+2 >= len(w) {
		return false
	}
	switch {
	case w[end+1] == '/' && w[end+2] == '>':
		s.tok, s.pos = tokEmpty, end+3
	case w[end+1] == '>':
		s.depth = append(s.depth, len(s.names))
		s.names = append(s.names, name...)
		s.tok, s.pos = tokOpen, end+2
	default:
		return false
	}
	s.elem, s.name, s.key, s.value, s.attrs = e, name, k, w[v:end], s.attrs[:0]
	return true
}

// bareEvent takes <event>, as usual does.
func (s *scanner) bareEvent(w []byte, start int) bool {
	const tag = "event>"
	end := start + len(tag)
	if end > len(w) || string(w[start:end]) != tag {
		return false
	}
	s.depth = append(s.depth, len(s.names))
	s.names = append(s.names, "event"...)
	s.tok, s.elem, s.name, s.pos = tokOpen, elEvent, w[start:end-1], end
	s.key, s.value, s.attrs = nil, nil, s.attrs[:0]
	return true
}

// usualElem is the element of an attribute whose tag goes on with its key, and
// the length of its name; 0 if w doesn't begin with one.
func usualElem(w []byte) (elem, int) {
	const longest = len(`boolean key="`)
	if len(w) < longest {
		return 0, 0
	}
	switch {
	case string(w[:12]) == `string key="`:
		return elString, 6
	case string(w[:10]) == `date key="`:
		return elDate, 4
	case string(w[:9]) == `int key="`:
		return elInt, 3
	case string(w[:11]) == `float key="`:
		return elFloat, 5
	case string(w[:13]) == `boolean key="`:
		return elBoolean, 7
	case string(w[:8]) == `id key="`:
		return elID, 2
	}
	return 0, 0
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanValue is where the quote that ends a value stands, −1 if not in the
// window. plain says that the value stands for itself: no entities, white
// space other than blanks, control characters, < or bytes beyond ASCII. It
// looks at eight bytes at a time; of the marks that the borrow of a
// subtraction can set by mistake none is lower than a true one.
func scanValue(w []byte, i int, quote byte) (end int, plain bool) {
	q := uint64(quote) * ones
	for ; i+8 <= len(w); i += 8 {
		x := binary.LittleEndian.Uint64(w[i:])
		xq, xa, xl := x^q, x^('&'*ones), x^('<'*ones)
		m := (xq-ones)&^xq | (xa-ones)&^xa | (xl-ones)&^xl | (x-' '*ones)&^x | x
		if m &= highs; m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			if w[i] == quote {
				return i, true
			}
			return closing(w, i, quote), false
		}
	}
	for ; i < len(w); i++ {
		switch c := w[i]; {
		case c == quote:
			return i, true
		case c < ' ' || c >= 0x80 || c == '&' || c == '<':
			return closing(w, i, quote), false
		}
	}
	return -1, false
}

func closing(w []byte, i int, quote byte) int {
	if k := bytes.IndexByte(w[i:], quote); k >= 0 {
		return i + k
	}
	return -1
}
