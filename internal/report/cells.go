package report

import (
	"strings"
	"unicode"

	"plumbline/internal/errs"
)

// cells is how many columns of a terminal a text takes: Chinese characters two.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case errs.Wide(r):
		return 2
	case unicode.Is(unicode.Mn, r) || unicode.IsControl(r):
		return 0
	}
	return 1
}

// pad fills a text up to n cells, on the left where right is true.
func pad(s string, n int, right bool) string {
	s = errs.Visible(s)
	fill := strings.Repeat(" ", max(0, n-cells(s)))
	if right {
		return fill + s
	}
	return s + fill
}

// nameCells is how much of a name a page or a terminal shows. A log may hold
// names of any length; JSON and tables have them whole.
const nameCells = 60

// brief is a name, cut with an ellipsis where it is longer than a name is.
func brief(s string) string {
	if len(s) <= nameCells || cells(s) <= nameCells {
		return s
	}
	return cut(s, nameCells-1) + "…"
}

// noLineStart are marks that never begin a line in Chinese.
const noLineStart = "，。；：、！？）》”’】"

// wrap breaks a text into lines of at most n cells: at spaces, between Chinese
// characters, and within a word that is longer than a line. Every name that the
// text shows comes through here or through pad, and so can't act on a terminal.
func wrap(s string, n int) []string {
	s = errs.Visible(s)
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, word := range words(s) {
		size := cells(strings.TrimRight(word, " "))
		if used > 0 && used+size > n {
			flush()
		}
		for size > n { // longer than any line: cut
			head := cut(word, n)
			line.WriteString(head)
			flush()
			word = word[len(head):]
			size = cells(strings.TrimRight(word, " "))
		}
		line.WriteString(word)
		used += cells(word)
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// words cuts a text where a line may break. A word keeps the spaces after it.
func words(s string) []string {
	var out []string
	start := 0
	var last rune
	for i, r := range s {
		if i > start && breakable(last, r) {
			out = append(out, s[start:i])
			start = i
		}
		last = r
	}
	return append(out, s[start:])
}

// breakable says whether a line may end between two characters.
func breakable(a, b rune) bool {
	switch {
	case b == ' ' || strings.ContainsRune(noLineStart, b) || strings.ContainsRune("“‘（《【", a):
		return false
	case a == ' ', a == '-' && unicode.IsLetter(b):
		return true
	}
	return errs.Wide(a) || errs.Wide(b)
}

// cut is the longest beginning of s within n cells, one character at least.
func cut(s string, n int) string {
	used := 0
	for i, r := range s {
		used += runeCells(r)
		if used > n && i > 0 {
			return s[:i]
		}
	}
	return s
}
