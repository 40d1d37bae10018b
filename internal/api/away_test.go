package api

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"plumbline/internal/sqldb/pgtest"
)

// A PostgreSQL that is stopped under a running service: whoever calls is told to come
// back, nothing acknowledged is lost, and with the database the service comes back by
// itself.
func TestTheDatabaseGoesAway(t *testing.T) {
	server := pgtest.Start(t)
	a := realOn(t, server.Database(t), io.Discard)
	event := func(n int) string {
		return fmt.Sprintf(`{"id":"c%d","type":"Create Fine","time":"2025-01-01T09:00:00+01:00","case":"A%d"}`, n, n)
	}
	if got := said(t, ask(a, "POST /api/v1/events", event(1), asSender, isJSON)); got != "200 c1:taken" {
		t.Fatal(got)
	}
	for n := 2; n <= 3; n++ { // twice: what came back once goes away again
		server.Stop()
		for range 3 {
			for _, what := range []string{"POST /api/v1/events", "GET /api/v1/findings"} {
				token := asReader
				if what[0] == 'P' {
					token = asSender
				}
				w := ask(a, what, event(n), token, isJSON)
				if w.Code != 503 || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), `"code":"away"`) {
					t.Errorf("%s: %d %v %s", what, w.Code, w.Header(), w.Body)
				}
			}
		}
		if w := ask(a, "GET /readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "can't reach its database") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		server.Go(t)
		for ask(a, "GET /readyz", "").Code != 200 { // the service looks every second, by itself
			time.Sleep(20 * time.Millisecond)
		}
		want := fmt.Sprintf("200 c%d:repeated c%d:taken", n-1, n)
		if got := said(t, ask(a, "POST /api/v1/events", "["+event(n-1)+","+event(n)+"]", asSender, isJSON)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	var doc struct{ Log struct{ Events int } }
	into(t, a, "GET /api/v1/verdicts", &doc)
	if doc.Log.Events != 3 {
		t.Errorf("%d events", doc.Log.Events)
	}
}
