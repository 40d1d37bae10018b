package table

import (
	"unicode"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/eventio"
)

// Space around a name is there by accident: columns of a fixed width are filled
// with it, and people type it. As "A1 " and "A1" would be two cases, it is taken
// off from ids, types, actors and units, and told. Texts of attributes keep it,
// since they may be anything, and that is told too.
type spaces struct{ off, kept []int } // how many, by column of the table

func newSpaces(columns int) spaces { return spaces{make([]int, columns), make([]int, columns)} }

// name is a cell of a name without the space around it.
func (s *spaces) name(col int, cell []byte) []byte {
	if !spaced(cell) {
		return cell
	}
	s.off[col]++
	return trim(cell)
}

// text looks at a cell that stays as it is.
func (s *spaces) text(col int, cell []byte) {
	if spaced(cell) {
		s.kept[col]++
	}
}

// tell counts what was seen since it told last.
func (s *spaces) tell(header []string, opt eventio.Read) {
	for i, h := range header {
		if opt.Lost != nil {
			opt.Lost.Add(errs.Tf("space around a name in column %q", "列 %q 中名称前后的空格", h), s.off[i])
		}
		if opt.Noted != nil {
			opt.Noted.Add(errs.Tf("text with space around it in column %q, kept: a rule compares it as it stands", "列 %q 中前后带空格的文字，按原样保留；规则按原样比较", h), s.kept[i])
		}
		s.off[i], s.kept[i] = 0, 0
	}
}

// Spaced says whether a name has space around it, which a reader of tables takes off.
func Spaced(name string) bool { return spaced(name) }

func spaced[T []byte | string](b T) bool {
	n := len(b)
	if n == 0 || b[0] > ' ' && b[0] < utf8.RuneSelf && b[n-1] > ' ' && b[n-1] < utf8.RuneSelf {
		return false
	}
	first, _ := utf8.DecodeRuneInString(string(b[:min(n, utf8.UTFMax)]))
	last, _ := utf8.DecodeLastRuneInString(string(b[max(0, n-utf8.UTFMax):]))
	return blank(first) || blank(last)
}

// blank is what a reader can't see at the edge of a cell: the spaces of Unicode
// (U+3000 among them) and what has no width at all.
func blank(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}

func trim(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !blank(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		if !blank(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}
