package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPage is what writing a page takes, packed as a browser gets it, and how long it
// is then: lists have fifty rows. What the record takes to answer is measured in bench/.
func BenchmarkPage(b *testing.B) {
	s := newSite(b)
	for n := len(s.findings); n < pageSize; n++ {
		f := s.findings[n%4]
		f.ID, f.Number = fmt.Sprintf("f%d", n+1), int64(n+1)
		it := s.items[s.findings[n%4].ID]
		it.Finding, it.Number = f.ID, f.Number
		s.findings = append(s.findings, f)
		s.items[f.ID] = it
	}
	for _, path := range []string{"/", "/findings", "/findings/f1", "/cases", "/cases/case/A1", "/rules", "/units"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
				r.AddCookie(&http.Cookie{Name: langCookie, Value: "zh"})
				w := s.do(r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size)/1000, "KB")
		})
	}
}
