package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/errs"
)

// desk is a service that fails as it is told, and keeps events by their ids.
type desk struct {
	mu    sync.Mutex
	fails []int // statuses of the next answers; 1: the connection breaks, 2: busy after the first event
	have  map[string]string
	lines []string
	token string
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fail := 0
	if len(d.fails) > 0 {
		fail, d.fails = d.fails[0], d.fails[1:]
	}
	if fail == 1 {
		panic(http.ErrAbortHandler)
	}
	d.token = r.Header.Get("Authorization")
	type outcome struct {
		ID      string `json:"id"`
		Outcome string `json:"outcome"`
		Why     string `json:"why,omitempty"`
	}
	answer := struct {
		Detail   string    `json:"detail,omitempty"`
		Outcomes []outcome `json:"outcomes"`
	}{}
	if fail > 2 {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(fail)
		answer.Detail = "no " + r.Header.Get("Accept-Language")
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		panic(err)
	}
	dec := json.NewDecoder(z)
	for dec.More() {
		var raw json.RawMessage
		var e struct{ ID, Type string }
		if err := dec.Decode(&raw); err != nil {
			panic(err)
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			panic(err)
		}
		o := outcome{ID: e.ID, Outcome: "taken"}
		switch was, ok := d.have[e.ID]; {
		case e.Type == "Forbidden":
			o.Outcome, o.Why = "refused", "this source may not send it"
		case ok && was == string(raw):
			o.Outcome = "repeated"
		}
		d.have[e.ID] = string(raw)
		d.lines = append(d.lines, string(raw))
		answer.Outcomes = append(answer.Outcomes, o)
		if fail == 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			break
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// pushed runs a push of files, by name and text, against a desk.
func pushed(t *testing.T, d *desk, files map[string]string, args ...string) (status int, out, bad string) {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Join(dir, name))
	}
	slices.Sort(names)
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d.have == nil {
		d.have = map[string]string{}
	}
	server := httptest.NewServer(d)
	defer server.Close()
	var o, b strings.Builder
	status = Run(slices.Concat([]string{"push", "--url", server.URL, "--token-file", token}, args, names), Env{Out: &o, Err: &b, Getenv: func(string) string { return "" }})
	return status, o.String(), b.String()
}

const deskLog = "case,type,time\nA1,Call,2026-03-01T09:00:00+01:00\nA1,Answer,2026-03-02T09:00:00+01:00\nA2,Call,2026-03-03T09:00:00+01:00\n"

func TestPush(t *testing.T) {
	d := &desk{}
	status, out, bad := pushed(t, d, map[string]string{"log.csv": deskLog}, "--batch", "2")
	if status != 0 || bad != "" || !strings.Contains(out, "3 events were answered in 2 requests\n  3  taken\n") || d.token != "Bearer secret" {
		t.Errorf("%d %s %s %s", status, out, bad, d.token)
	}
	if len(d.lines) != 3 || !strings.Contains(d.lines[1], `"type": "Answer", "time": "2026-03-02T08:00:00Z", "seq": 2, "objects": [{"type": "case", "id": "A1"}]`) {
		t.Errorf("%q", d.lines)
	}
	status, out, _ = pushed(t, d, map[string]string{"log.csv": deskLog}, "--lang", "zh")
	if status != 0 || !strings.Contains(out, "已答复事件 3 条，共 1 次请求\n  3  此前已接收\n") {
		t.Errorf("again: %d %s", status, out)
	}
}

// What is JSON already goes as it stands: with its ids, corrections and
// voidings, and with places of its own in each file.
func TestPushJSON(t *testing.T) {
	d := &desk{}
	status, out, bad := pushed(t, d, map[string]string{
		"a.jsonl": `{"id":"e1","type":"Call","time":"2026-03-01T09:00:00Z","case":"A1"}` + "\n" + `{"corrects":"e1","id":"e2","type":"Call","time":"2026-03-01T10:00:00Z","case":"A1"}` + "\n" + `{"id":"e3","voids":"e1"}`,
		"b.json":  `[{"type":"Call","time":"2026-03-01T09:00:00Z","case":"A2","seq":9}]`,
	})
	if status != 0 || bad != "" || len(d.lines) != 4 {
		t.Fatalf("%d %s %s %q", status, out, bad, d.lines)
	}
	for i, want := range []string{`"id": "e1", "type": "Call", "time": "2026-03-01T09:00:00Z", "seq": 1`, `"corrects": "e1"`, `"seq": 3, "voids": "e1"`, `"seq": 9`} {
		if !strings.Contains(d.lines[i], want) {
			t.Errorf("%s lacks %s", d.lines[i], want)
		}
	}
}

func TestPushRefused(t *testing.T) {
	status, out, bad := pushed(t, &desk{}, map[string]string{"a.jsonl": `{"id":"e1","type":"Forbidden","time":"2026-03-01T09:00:00Z","case":"A1"}`})
	if status != 1 || !strings.Contains(out, "1  refused") || bad != "plumbline: e1: this source may not send it\n" {
		t.Errorf("%d %s %s", status, out, bad)
	}
}

func TestPushDryRun(t *testing.T) {
	d := &desk{}
	status, out, _ := pushed(t, d, map[string]string{"log.csv": deskLog}, "--dry-run", "--batch", "2")
	if status != 0 || out != "3 events in 2 requests would be sent; nothing was\n" || len(d.lines) > 0 {
		t.Errorf("%d %s %q", status, out, d.lines)
	}
}

func TestPushSaysWhatIsWrong(t *testing.T) {
	local := strings.ReplaceAll(deskLog, "+01:00", "")
	for _, c := range []struct {
		name, file, text string
		fails            []int
		args             []string
		status           int
		want             string
	}{
		{"local times", "log.csv", local, nil, nil, 2, "the log has times without offset; say where its clock stood, as --zone"},
		{"local times in JSON", "log.jsonl", `{"type":"A","time":"2026-03-01","case":"c"}`, nil, nil, 2, "the log has times without offset"},
		{"local times and a zone", "log.csv", local, nil, []string{"--zone", "Europe/Rome"}, 0, ""},
		{"no log", "log.xes", "nonsense", nil, nil, 3, "log.xes"},
		{"a bad line", "log.jsonl", `{"tpye":"A"}`, nil, nil, 3, `log.jsonl: row 1: unknown key "tpye"; did you mean "type"?`},
		{"a bad line set aside", "log.jsonl", "{\"tpye\":\"A\"}\n" + `{"type":"A","time":"2026-03-01T00:00:00Z","case":"c"}`, nil, []string{"--skip-bad", "1"}, 0, "1 row of"},
		{"cut off", "log.json", `[{"type":"A","time":"2026-03-01T00:00:00Z","case":"c"},`, nil, nil, 3, "ends inside the array"},
		{"nobody's token", "log.csv", deskLog, []int{401}, nil, 2, "no en"},
		{"not the service", "log.csv", deskLog, []int{404}, nil, 2, "check --url: is this the service?"},
		{"batch", "log.csv", deskLog, nil, []string{"--batch", "0"}, 2, "--batch 0; expected 1 to 10,000"},
		{"patience", "log.csv", deskLog, nil, []string{"--patience", "3d"}, 2, `--patience "3d" is not a length of time`},
		{"url", "log.csv", deskLog, nil, []string{"--url", "desk"}, 2, `--url "desk" is no address`},
		{"no token file", "log.csv", deskLog, nil, []string{"--token-file", "/nosuch"}, 2, "/nosuch: the token can't be read"},
	} {
		status, out, bad := pushed(t, &desk{fails: c.fails}, map[string]string{c.file: c.text}, c.args...)
		if status != c.status || !strings.Contains(bad, c.want) {
			t.Errorf("%s: %d, want %d %s\n%s%s", c.name, status, c.status, c.want, out, bad)
		}
	}
	if status := Run([]string{"push", "--lang=zh", "a.csv"}, Env{Out: &strings.Builder{}, Err: &strings.Builder{}, Getenv: func(string) string { return "" }}); status != 2 {
		t.Errorf("without a service: %d", status)
	}
}

// A service that is busy, restarts or breaks off gets everything in the end,
// each event once, and is not asked faster than it wants.
func TestPushTriesAgain(t *testing.T) {
	d := &desk{fails: []int{503, 1, 2, 429, 413}, have: map[string]string{}}
	server := httptest.NewServer(d)
	defer server.Close()
	var pauses []time.Duration
	var out, bad strings.Builder
	c := &call{Env: Env{Out: &out, Err: &bad}, lang: errs.En}
	s := &sender{c: c, url: server.URL, most: 100, patience: time.Hour, pause: func(p time.Duration) { pauses = append(pauses, p) }, counts: map[string]int{}}
	for i := range 10 {
		if err := s.add(fmt.Appendf(nil, `{"id":"e%d","type":"A"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	if s.counts["taken"] != 10 || len(s.counts) != 1 || s.events != 10 || len(d.have) != 10 || s.requests != 7 {
		t.Errorf("%v in %d requests, %d kept", s.counts, s.requests, len(d.have))
	}
	if len(pauses) != 4 || pauses[0] != 7*time.Second || pauses[3] != 7*time.Second {
		t.Errorf("waited %v", pauses)
	}
}

func TestPushGivesUp(t *testing.T) {
	d := &desk{fails: slices.Repeat([]int{503}, 1000), have: map[string]string{}}
	server := httptest.NewServer(d)
	defer server.Close()
	tries := 0
	s := &sender{c: &call{lang: errs.Zh}, url: server.URL, most: 1, patience: time.Minute, pause: func(time.Duration) { tries++ }, counts: map[string]int{}}
	err := s.add([]byte(`{"id":"e1"}`))
	if err == nil || errs.CodeOf(err).Exit() != 4 || !strings.Contains(errs.In(err, errs.Zh), "请稍后重新发送相同内容") || tries < 2 || tries > 9 {
		t.Errorf("%v after %d tries", err, tries)
	}
}
