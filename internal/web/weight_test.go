package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// What a browser may have to load, in bytes as they are moved.
const (
	firstVisit = 150_000 // a page with all that it needs
	nextPage   = 30_000
)

var (
	loaded = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
	inCSS  = regexp.MustCompile(`url\("([^"/:]+)"\)`)
)

// weigh asks for something as a browser does, and gives how much came and what it is.
func (s *site) weigh(t *testing.T, path, lang, encoding string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: lang})
	w := s.do(r)
	return w.Body.Len(), w.Body.String()
}

// A first visit moves at most 150 KB, whatever page it begins with, and each page after
// that 30 KB: with names that are as bad as they can be, lists being of one page.
func TestVisitsAreLight(t *testing.T) {
	s := newSite(t)
	for _, lang := range []string{"en", "zh"} {
		for _, path := range shown {
			all, _ := s.weigh(t, path, lang, "gzip, br")
			if all > nextPage {
				t.Errorf("%s in %s moves %d bytes", path, lang, all)
			}
			_, page := s.weigh(t, path, lang, "identity")
			files := map[string]bool{}
			for _, m := range loaded.FindAllStringSubmatch(page, -1) {
				files[m[1]] = true
			}
			for file := range files {
				if strings.HasSuffix(file, ".css") {
					_, css := s.weigh(t, file, lang, "identity")
					for _, m := range inCSS.FindAllStringSubmatch(css, -1) {
						files["/static/"+m[1]] = true
					}
				}
			}
			for file := range files {
				n, _ := s.weigh(t, file, lang, "gzip, br")
				all += n
			}
			if all > firstVisit || len(files) < 4 {
				t.Errorf("a first visit to %s in %s moves %d bytes in %d files", path, lang, all, len(files))
			}
		}
	}
}
