package csvlog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	lows  = 0x7f7f7f7f7f7f7f7f
	highs = 0x8080808080808080
	ones  = 0x0101010101010101
)

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// splitter cuts records into cells.
type splitter struct {
	delim   byte
	width   int      // how many cells a record has
	cells   [][]byte // at least width
	scratch []byte   // quoted cells without their quotes; cells are views of it, so it must not move
}

// room makes the splitter ready for records of a block of n bytes.
func (s *splitter) room(n int) {
	if cap(s.scratch) < n {
		s.scratch = make([]byte, 0, n)
	}
}

// plain cuts a line that has no quote, eight bytes at a time: buf begins with
// the line, has n bytes of it, and may be read 8 bytes beyond. It says how many
// cells there are; those beyond the width are counted only if they aren't
// empty.
func (s *splitter) plain(buf []byte, n int) int {
	pattern := ones * uint64(s.delim)
	cells := s.cells[:s.width]
	start, k := 0, 0
	for i := 0; i < n; i += 8 {
		x := load(buf[i:]) ^ pattern
		m := ^((x&lows + lows) | x | lows) // the high bit of each byte that is the delimiter
		if left := n - i; left < 8 {
			m &= 1<<(left*8) - 1
		}
		for ; m != 0; m &= m - 1 {
			at := i + bits.TrailingZeros64(m)>>3
			if k < len(cells) {
				cells[k] = buf[start:at]
				k++
			} else {
				k = s.put(k, buf[start:at])
			}
			start = at + 1
		}
	}
	return s.put(k, buf[start:n])
}

func (s *splitter) put(k int, cell []byte) int {
	if k < s.width {
		s.cells[k] = cell
		return k + 1
	}
	if len(cell) > 0 {
		return max(k, s.width) + 1
	}
	return k
}

// What is wrong with a quoted record.
type quoteFault uint8

const (
	wellQuoted quoteFault = iota
	unclosed
	textAfterQuote
)

// quoted cuts the record that b begins with, and says how many cells it has and
// where the next begins.
func (s *splitter) quoted(b []byte) (cells, next int, fault quoteFault) {
	s.scratch = s.scratch[:0]
	i, k := 0, 0
	for {
		var cell []byte
		if i < len(b) && b[i] == '"' {
			cell, i, fault = s.unquote(b, i)
			if fault != wellQuoted {
				return k, i, fault
			}
		} else {
			end := i
			for end < len(b) && b[end] != s.delim && b[end] != '\n' {
				end++
			}
			cell, i = b[i:end], end
			if (i == len(b) || b[i] == '\n') && len(cell) > 0 && cell[len(cell)-1] == '\r' {
				cell = cell[:len(cell)-1]
			}
		}
		k = s.put(k, cell)
		if i == len(b) || b[i] == '\n' {
			return k, min(i+1, len(b)), wellQuoted
		}
		i++ // the delimiter
	}
}

// unquote reads the quoted cell at b[i], and gives the place after it: a
// delimiter, a line end, or the end of b.
func (s *splitter) unquote(b []byte, i int) (cell []byte, next int, fault quoteFault) {
	from := len(s.scratch)
	i++
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return nil, len(b), unclosed
		}
		s.scratch = append(s.scratch, b[i:i+q]...)
		i += q + 1
		if i == len(b) || b[i] != '"' {
			break
		}
		s.scratch = append(s.scratch, '"')
		i++
	}
	if i < len(b) && b[i] == '\r' && (i+1 == len(b) || b[i+1] == '\n') {
		i++
	}
	if i < len(b) && b[i] != s.delim && b[i] != '\n' {
		end := bytes.IndexByte(b[i:], '\n')
		if end < 0 {
			return nil, len(b), textAfterQuote
		}
		return nil, i + end + 1, textAfterQuote
	}
	return s.scratch[from:len(s.scratch):len(s.scratch)], i, wellQuoted
}
