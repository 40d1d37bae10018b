package service

import (
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every package that an engine is made of has a part in its digest, but for those that
// put into words and lay out memory: an image of another engine is never gone on from.
func TestTheEngineIsAllThatItIsMadeOf(t *testing.T) {
	const own = "plumbline/internal/"
	asked := map[string]bool{}
	next := []string{"monitor", "segment"}
	for len(next) > 0 {
		name := next[0]
		if next = next[1:]; asked[name] {
			continue
		}
		asked[name] = true
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(name), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", name, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if path := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(path, own) {
					next = append(next, strings.TrimPrefix(path, own))
				}
			}
		}
	}
	for _, wordsAndPages := range []string{"errs", "i18n", "hugepage"} {
		delete(asked, wordsAndPages)
	}
	asked["service"] = true
	var have []string
	for _, s := range sources {
		have = append(have, s.name)
		entries, err := s.text.ReadDir(".")
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s: %d files, %v", s.name, len(entries), err)
		}
		for _, e := range entries {
			if _, err := os.Stat(filepath.Join("..", s.name, e.Name())); err != nil {
				t.Error(err)
			}
		}
	}
	if want := slices.Sorted(maps.Keys(asked)); !slices.Equal(have, want) {
		t.Errorf("the digest is of %v, an engine is made of %v", have, want)
	}
	if engine() == ([32]byte{}) {
		t.Error("there is no digest")
	}
}
