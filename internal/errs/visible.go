package errs

import (
	"strings"
	"unicode"
)

// Visible is a name or a sentence made of names, as a terminal and a reader
// may safely be shown it. Logs come from people who may wish to hide: an escape
// sequence would colour, move or retitle the terminal, a line break would forge
// a line of ours, and a mark of writing direction would turn what follows it
// around. Each such character is shown as one that only stands there (␛, ␊,
// else �), one for one, so that columns stay what they were.
func Visible(s string) string { return visible(s, "") }

// VisibleLines is Visible for text of our own that holds several lines.
func VisibleLines(s string) string { return visible(s, "\n\t") }

func visible(s, kept string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x7f:
			return '␡'
		case r < 0x20 && !strings.ContainsRune(kept, r):
			return '␀' + r
		case r > 0x7f && turns(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// turns says whether a character beyond ASCII acts on a terminal (C1), breaks a
// line or turns the direction of writing. Joiners, which emoji and some scripts
// need, do none of it.
func turns(r rune) bool {
	switch {
	case r < 0xa0, r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r == 0x2028 || r == 0x2029
}

// Said is what a text says, without the space around it; "" where nothing of it
// can be seen. A reason of joiners or of Hangul fillers would be one on the record
// and none on any page.
func Said(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, seen) {
		return s
	}
	return ""
}

// seen says whether a character leaves something on paper: there are letters (fillers,
// CGJ) and a symbol (Braille without dots) that don't.
func seen(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0, unicode.ReplacementChar:
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}
