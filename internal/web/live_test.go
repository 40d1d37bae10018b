package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnOpenPageIsTold(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ask := func(cookie string) *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "plumbline", Value: cookie})
		r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := ask("let-in")
	defer w.Body.Close()
	line, err := bufio.NewReader(w.Body).ReadString('\n')
	if err != nil || w.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v: %v", err, w.Header)
	}
	var n news
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &n); err != nil || n.AsOf != "11-18 09:20" || n.Findings != "3" || n.Count != 4 {
		t.Errorf("told %q (%v)", line, err)
	}
	nobody := ask("nobody's")
	defer nobody.Body.Close()
	if nobody.StatusCode != http.StatusNoContent {
		t.Errorf("nobody is told: %d", nobody.StatusCode)
	}
}
