package errs

import "strings"

// Nearest is the name among candidates that word was most likely meant to be,
// "" if none is near: at most a third of its letters differ (a change, a
// letter more or less, or two neighbours swapped), case and separators aside.
func Nearest(word string, candidates []string) string {
	w := fold(word)
	best, bestD := "", len(w)/3+1
	for _, c := range candidates {
		f := fold(c)
		if string(f) == string(w) {
			return c
		}
		if d := distance(w, f, bestD); d < bestD {
			best, bestD = c, d
		}
	}
	return best
}

// DidYouMean is the sentence that offers the nearest candidate, or one that
// lists what there is.
func DidYouMean(word string, candidates []string) Text {
	if n := Nearest(word, candidates); n != "" {
		return Tf("did you mean %q?", "是否想写 %q？", n)
	}
	if len(candidates) == 0 {
		return Text{}
	}
	list := candidates
	more := ""
	if len(list) > 12 {
		list, more = list[:12], " …"
	}
	s := strings.Join(list, ", ") + more
	return Tf("there are: %s", "可用的有：%s", s)
}

func fold(s string) []rune {
	s = strings.ToLower(s)
	s = strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, s)
	return []rune(s)
}

// distance is the optimal string alignment distance, or limit if it is no less.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}
