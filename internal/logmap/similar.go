package logmap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words are the words of a name: at separators, at capitals within it, and
// Chinese as pairs of characters.
func words(name string) []string {
	var out []string
	var cur []rune
	end := func() {
		if len(cur) > 0 {
			out = append(out, strings.ToLower(string(cur)))
			cur = cur[:0]
		}
	}
	var han []rune
	endHan := func() {
		for i := 0; i+1 < len(han); i++ {
			out = append(out, string(han[i:i+2]))
		}
		if len(han) == 1 {
			out = append(out, string(han))
		}
		han = han[:0]
	}
	before := rune(0)
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Han, r):
			end()
			han = append(han, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			endHan()
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				end()
			}
			cur = append(cur, r)
		default:
			end()
			endHan()
		}
		before = r
	}
	end()
	endHan()
	return out
}

// folded is a name without what people write differently: case, separators,
// full-width forms.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e {
			r -= 0xfee0
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// similar is how alike two names are, from 0 to 1: by their letters or by their
// words, whichever says more.
func similar(a, b string) float64 {
	x, y := []rune(folded(a)), []rune(folded(b))
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	letters := 1 - float64(distance(x, y))/float64(max(len(x), len(y)))
	v, w := words(a), words(b)
	common := 0
	left := map[string]int{}
	for _, s := range w {
		left[s]++
	}
	for _, s := range v {
		if left[s] > 0 && !(utf8.RuneCountInString(s) == 1 && s[0] < utf8.RuneSelf) {
			left[s]--
			common++
		}
	}
	within := 0.0
	if strings.Contains(string(x), string(y)) || strings.Contains(string(y), string(x)) {
		if utf8.RuneCountInString(string(x)) >= 2 && utf8.RuneCountInString(string(y)) >= 2 && unicode.Is(unicode.Han, x[0]) {
			within = contained
		}
	}
	return max(letters, within, 2*float64(common)/float64(len(v)+len(w)))
}

// contained is how alike two Chinese names are of which one has the other in
// it, as 接警登记 has 接警: likely, and for a person to say.
const contained = 0.7

// distance is Levenshtein's.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(diagonal+cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
