package web

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"plumbline/internal/i18n"
)

var verb = regexp.MustCompile(`%(\[(\d+)\])?([a-z0-9]*[a-z])`)

// verbs are the arguments that a text takes, by number.
func verbs(s string) string {
	next := 1
	var out []string
	for _, m := range verb.FindAllStringSubmatch(s, -1) {
		n := next
		if m[2] != "" {
			fmt.Sscan(m[2], &n)
		}
		next = n + 1
		out = append(out, fmt.Sprint(n, m[3]))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestWordsAreComplete(t *testing.T) {
	pageWords().Texts(func(key, en, one, zh string) {
		switch {
		case en == "" || zh == "":
			t.Errorf("%s has a text in one language only", key)
		case verbs(en) != verbs(zh) || one != "" && verbs(one) != verbs(en):
			t.Errorf("%s takes other arguments in one language: %q, %q, %q", key, en, one, zh)
		case strings.ContainsFunc(en+one, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
			t.Errorf("%s: Chinese in the English text %q", key, en)
		case regexp.MustCompile(`[A-Za-z]{2,}`).MatchString(latin.ReplaceAllString(verb.ReplaceAllString(zh, ""), "")):
			t.Errorf("%s: English in the Chinese text %q", key, zh)
		}
	})
}

// latin is what Chinese writes in Latin letters, too.
var latin = regexp.MustCompile(`Asia/Shanghai|SHA-256|XLSX|CSV|YAML|PDF|OIDC|SQLite|PostgreSQL|UTF-8|age-keygen|age|[a-z]+[_.][a-z_.]+`)

// Every key is used, and every key used is there. One that is put together from a
// beginning and a name ("place." + key) is used where a page has the beginning.
func TestWordsAreUsed(t *testing.T) {
	all := map[string]bool{}
	pageWords().Texts(func(key, _, _, _ string) { all[key] = true })
	i18n.Shared().Texts(func(key, _, _, _ string) { all[key] = true })
	used, begun := map[string]bool{}, map[string]bool{}
	called := regexp.MustCompile(`\.[TN]\("([a-z0-9_]+\.[a-z0-9_.]*)"(\s*\+)?`)
	for _, pattern := range []string{"*.go", "*.templ"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") {
				continue
			}
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range called.FindAllStringSubmatch(string(src), -1) {
				if m[2] != "" {
					begun[m[1]] = true
					continue
				}
				used[m[1]] = true
				if !all[m[1]] {
					t.Errorf("%s uses %s, which has no text", file, m[1])
				}
			}
		}
	}
	pageWords().Texts(func(key, _, _, _ string) {
		for b := range begun {
			if strings.HasPrefix(key, b) {
				return
			}
		}
		if !used[key] {
			t.Errorf("nothing uses %s", key)
		}
	})
}
