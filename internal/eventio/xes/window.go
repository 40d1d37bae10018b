package xes

import (
	"bytes"
	"io"
)

// more lets the window go on: what comes before the present tag, or before the
// hold, leaves it. It is false at the end of the file.
func (s *scanner) more() (bool, error) {
	if s.feed == nil {
		return false, nil
	}
	if len(s.w)-s.pos > s.most {
		return false, s.tooLong()
	}
	keep := s.pos
	if s.hold >= 0 {
		if s.pos-s.hold <= maxHold {
			keep = s.hold
		} else {
			s.from, s.hold = s.heldLine(), -1
		}
	}
	s.countLines(keep)
	w, err := s.feed.next(s.w[keep:])
	if err != nil {
		if err == io.EOF {
			return false, nil
		}
		return false, feedError(err, s.place(s.pos))
	}
	s.slid = s.slid || keep > 0
	s.pos, s.counted, s.w = s.pos-keep, s.counted-keep, w
	if s.hold >= 0 {
		s.hold = 0
	}
	return true, nil
}

// holdHere keeps what begins at the present tag in the window, so that it can
// be shown.
func (s *scanner) holdHere() { s.hold, s.from = s.at, 0 }

// held is the text since holdHere, "" where it grew too long.
func (s *scanner) held() string {
	if s.hold < 0 {
		return ""
	}
	return string(s.w[s.hold:s.pos])
}

// heldLine is the line on which the hold begins.
func (s *scanner) heldLine() int {
	if s.hold < 0 {
		return s.from
	}
	return s.lineAt(s.hold)
}

// lineAt is the line of a place in the window.
func (s *scanner) lineAt(at int) int {
	if at < s.counted {
		return s.line - bytes.Count(s.w[at:s.counted], []byte{'\n'}) + 1
	}
	return s.line + bytes.Count(s.w[s.counted:at], []byte{'\n'}) + 1
}

// countLines counts up to a place in the window, so that nobody counts what is
// before it again.
func (s *scanner) countLines(to int) {
	if to > s.counted {
		s.line += bytes.Count(s.w[s.counted:to], []byte{'\n'})
		s.counted = to
	}
}
