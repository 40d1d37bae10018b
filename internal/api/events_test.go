package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"plumbline/internal/service"
)

const (
	e1 = `{"id":"e1","type":"A","time":"2026-03-01T09:10:00+08:00","case":"A1"}`
	e2 = `{"id":"e2","type":"B","time":"2026-03-02","objects":[{"type":"case","id":"A1"}]}`
)

// said is an answer as one line: the status, the code of a problem, and what
// became of each event.
func said(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var b struct {
		Code     string
		Outcomes []outcomeBody
	}
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	line := fmt.Sprint(w.Code)
	if b.Code != "" {
		line += " " + b.Code
	}
	for _, o := range b.Outcomes {
		line += " " + o.ID + ":" + o.Outcome
	}
	return line
}

func TestPostEvents(t *testing.T) {
	cloud := func(id, data string) string {
		return `{"specversion":"1.0","id":"` + id + `","source":"/desk","type":"A","time":"2026-03-01T01:10:00Z","data":` + data + `}`
	}
	const isCloud, isBatch = "Content-Type: application/cloudevents+json", "Content-Type: application/cloudevents-batch+json; charset=utf-8"
	for _, c := range []struct {
		name, body string
		headers    []string
		want       string
	}{
		{"array", "[" + e1 + "," + e2 + "]", []string{asSender, isJSON}, "200 e1:taken e2:taken"},
		{"one", e1, []string{asSender, isJSON}, "200 e1:taken"},
		{"lines", e1 + "\n" + e2 + "\n", []string{asSender, isLines}, "200 e1:taken e2:taken"},
		{"none", "[]", []string{asSender, isJSON}, "200"},
		{"again", "[" + e1 + "," + e1 + "]", []string{asSender, isJSON}, "200 e1:taken e1:repeated"},
		{"other content", e1 + strings.Replace(e1, `"A"`, `"B"`, 1), []string{asSender, isJSON}, "200 e1:taken e1:refused"},
		{"a fault in one", "[" + e1 + `,{"tpye":"A"},` + e2 + "]", []string{asSender, isJSON}, "200 e1:taken :quarantined e2:taken"},
		{"a broken line", e1 + "\n{\"id\n" + e2, []string{asSender, isLines}, "200 e1:taken :quarantined e2:taken"},
		{"without an object", `{"type":"A","time":"2026-03-01"}`, []string{asSender, isJSON}, "200 :quarantined"},
		{"too long an event", "[" + strings.Replace(e1, "A1", strings.Repeat("A", 3000), 1) + "," + e2 + "]", []string{asSender, isJSON}, "200 :quarantined e2:taken"},
		{"cut off", "[" + e1 + "," + e2[:20], []string{asSender, isJSON}, "400 unreadable e1:taken"},
		{"no JSON", "case;type", []string{asSender, isJSON}, "400 unreadable"},
		{"empty", "", []string{asSender, isJSON}, "400 unreadable"},
		{"too many", "[" + strings.Repeat(e1+",", 6) + e2 + "]", []string{asSender, isJSON}, "413 too_many e1:taken e1:repeated e1:repeated e1:repeated e1:repeated"},
		{"too long a body", "[" + e1 + strings.Repeat(" ", 6000) + "]", []string{asSender, isJSON}, "413 too_long"},
		{"another type", e1, []string{asSender, "Content-Type: text/csv"}, "415 content_type"},
		{"no type", e1, []string{asSender}, "415 content_type"},
		{"another encoding", e1, []string{asSender, isJSON, "Content-Encoding: br"}, "415 encoding"},
		{"no gzip", e1, []string{asSender, isJSON, "Content-Encoding: gzip"}, "400 unreadable"},
		{"no token", e1, []string{isJSON}, "401 no_token"},
		{"another's token", e1, []string{isJSON, "Authorization: Bearer nobody"}, "401 bad_token"},
		{"a reader's token", e1, []string{isJSON, asReader}, "403 role"},
		{"an administrator's token", e1, []string{isJSON, asAdmin}, "403 role"},
		{"cloud event", cloud("c1", `{"case":"A1"}`), []string{asSender, isCloud}, "200 c1:taken"},
		{"cloud events", "[" + cloud("c1", `{"case":"A1"}`) + "," + cloud("c2", `{"id":"own","type":"B","case":"A1"}`) + "]", []string{asSender, isBatch}, "200 c1:taken own:taken"},
		{"cloud event without objects", cloud("c1", `{}`), []string{asSender, isCloud}, "200 :quarantined"},
		{"cloud event of another version", `{"specversion":"0.3","id":"c","source":"s","type":"A","data":{}}`, []string{asSender, isCloud}, "200 :quarantined"},
		{"cloud event in headers", e1, []string{asSender, isJSON, "Ce-Specversion: 1.0"}, "415 content_type"},
	} {
		a := testAPI(t, &fake{}, Limits{Event: 2000, Body: 5000, Events: 5})
		w := ask(a, "POST /api/v1/events", c.body, c.headers...)
		if got := said(t, w); got != c.want {
			t.Errorf("%s: %s, want %s\n%s", c.name, got, c.want, w.Body)
		}
		if held := a.memory.used.Load(); held != 0 {
			t.Errorf("%s: %d bytes are still held", c.name, held)
		}
	}
}

func TestWhyIsSaidInTheCallersLanguage(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, c := range []struct{ header, want string }{
		{"Accept-Language: en", "unknown key \\\"tpye\\\"; did you mean \\\"type\\\"?"},
		{inZh, "未知的键"},
		{"Accept-Language: fr", "unknown key"},
		{"Accept-Language: en;q=0.2, zh;q=0.8", "未知的键"},
	} {
		if w := ask(a, "POST /api/v1/events", `[{"tpye":"A"}]`, asSender, isJSON, c.header); !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %s", c.header, w.Body)
		}
	}
	if w := ask(a, "POST /api/v1/events", "", isJSON, inZh); !strings.Contains(w.Body.String(), "请求未带令牌") || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}

// What the service took before it was busy is said, with when to come back.
func TestBusyInTheMiddle(t *testing.T) {
	a := testAPI(t, &fake{busyAt: 2}, Limits{})
	var body strings.Builder
	for i := range batchEvents * 3 / 2 {
		fmt.Fprintf(&body, `{"id":"e%d","type":"A","time":"2026-03-01","case":"A"}`+"\n", i)
	}
	w := ask(a, "POST /api/v1/events", body.String(), asSender, isLines)
	var p problemBody
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 429 || p.Code != "busy" || len(p.Outcomes) != batchEvents || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s, %d outcomes, %v", w.Code, p.Code, len(p.Outcomes), w.Header())
	}
}

func TestErrorsOfTheService(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{service.ErrBusy, "429 busy"}, {service.ErrClosing, "503 closing"}, {errors.New("disk on fire"), "500 internal"},
	} {
		var log bytes.Buffer
		a := logging(t, &fake{fail: c.err}, Limits{}, &log)
		w := ask(a, "POST /api/v1/events", e1, asSender, isJSON)
		if got := said(t, w); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
		if strings.Contains(w.Body.String(), "fire") || strings.Contains(c.want, "500") != strings.Contains(log.String(), "fire") {
			t.Errorf("%v: told to the caller or not to the log: %s\n%s", c.err, w.Body, log.String())
		}
	}
}

func TestGzip(t *testing.T) {
	packed := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.String()
	}
	a := testAPI(t, &fake{}, Limits{Body: 1 << 20})
	gz := []string{asSender, isLines, "Content-Encoding: gzip"}
	if got := said(t, ask(a, "POST /api/v1/events", packed(e1+"\n"+e2), gz...)); got != "200 e1:taken e2:taken" {
		t.Error(got)
	}
	if got := said(t, ask(a, "POST /api/v1/events", packed(e1 + "\n" + e2)[:60], gz...)); !strings.HasPrefix(got, "400 cut_off") {
		t.Error(got)
	}
	bomb := packed(strings.Repeat(" ", 64<<20))
	if got := said(t, ask(a, "POST /api/v1/events", bomb, gz...)); got != "413 too_long" {
		t.Errorf("a bomb of %d bytes: %s", len(bomb), got)
	}
}

// A line that breaks in the middle loses nothing that came whole.
func TestALineThatBreaks(t *testing.T) {
	f := &fake{}
	a := testAPI(t, f, Limits{})
	r := httptest.NewRequest("POST", "/api/v1/events", io.MultiReader(strings.NewReader("["+e1+","+e2[:9]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Authorization", "Bearer send")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	if got := said(t, w); got != "400 cut_off e1:taken" || len(f.events) != 1 {
		t.Errorf("%s, %d kept", got, len(f.events))
	}
}

// All bodies together hold no more than they may, whatever each may.
func TestBodiesShareABudget(t *testing.T) {
	f := &fake{hold: make(chan struct{})}
	a := testAPI(t, f, Limits{Memory: 10_000})
	first := make(chan string)
	held := make(chan struct{})
	go func() {
		r := httptest.NewRequest("POST", "/api/v1/events", io.MultiReader(strings.NewReader(strings.Repeat(e1+"\n", 120)), closer(held)))
		r.Header.Set("Authorization", "Bearer send")
		r.Header.Set("Content-Type", "application/x-ndjson")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		first <- w.Result().Status
	}()
	<-held
	if got := said(t, ask(a, "POST /api/v1/events", strings.Repeat(e2+"\n", 90), asSender, isLines)); !strings.HasPrefix(got, "429 busy e2:taken") {
		t.Errorf("beside another: %s", got)
	}
	close(f.hold)
	if got := <-first; got != "200 OK" {
		t.Errorf("the first: %s", got)
	}
	if held := a.memory.used.Load(); held != 0 {
		t.Errorf("%d bytes are still held", held)
	}
}

// closer is a reader that is at its end, and says when it is asked.
func closer(asked chan struct{}) io.Reader {
	return readerFunc(func([]byte) (int, error) {
		close(asked)
		return 0, io.EOF
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Of a long body as much is handed over at once as is judged in batchTime, and never
// so little that a commit doesn't pay.
func TestABatchIsAsLongAsItsTime(t *testing.T) {
	most := batchEvents
	for _, c := range []struct {
		each  time.Duration // event
		brief bool
		want  int
	}{
		{5 * time.Microsecond, true, 250}, {14 * time.Microsecond, true, 250}, {20 * time.Microsecond, true, 212}, {20 * time.Microsecond, true, 193},
		{time.Millisecond, true, 129}, {time.Second, true, 97}, {0, true, 173}, {0, true, 211},
		{5 * time.Microsecond, false, 1105}, {5 * time.Microsecond, false, 1552}, {20 * time.Microsecond, false, 1476}, {time.Second, false, 770}, {5 * time.Microsecond, false, 1385},
		{5 * time.Microsecond, true, 250},
	} {
		if most = nextBatch(most, most, time.Duration(most)*c.each, c.brief); most != c.want {
			t.Errorf("after one of %v an event, brief %v: %d, want %d", c.each, c.brief, most, c.want)
		}
	}
}

// Of a long body more is handed over at once while nobody sends single events, and no more
// than before from the next request on once somebody does.
func TestMoreAtOnceWhileItIsQuiet(t *testing.T) {
	const events = 20 * batchEvents
	var body strings.Builder
	for i := range events {
		fmt.Fprintf(&body, `{"id":"%d","type":"A","time":"2025-01-02T03:04:05Z","objects":[{"type":"case","id":"%0100d"}]}`+"\n", i, i)
	}
	synctest.Test(t, func(t *testing.T) { // in which no batch takes any time
		f := &fake{}
		a := testAPI(t, f, Limits{})
		for _, c := range []struct {
			quiet       bool
			least, most int // batches; the first eight of a request are under way before one is judged
		}{{false, 20, 20}, {true, 10, 14}, {true, 3, 5}, {false, 20, 20}} {
			f.quiet, f.calls = c.quiet, 0
			r := httptest.NewRequest("POST", "/api/v1/events", strings.NewReader(body.String()))
			r.Header.Set("Authorization", "Bearer send")
			r.Header.Set("Content-Type", "application/x-ndjson")
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if w.Code != 200 || f.calls < c.least || f.calls > c.most {
				t.Errorf("quiet %v: %d, %d batches, want %d to %d: %.200s", c.quiet, w.Code, f.calls, c.least, c.most, w.Body)
			}
		}
	})
}
