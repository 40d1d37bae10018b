//go:build unix

package torture

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// TestDamaged lets pages of the database go bad, one kind of page after the other,
// while the service runs and while it is stopped. It answers rightly or says that the
// record is damaged and what to do, never with a fault of its own; and a backup from
// before is whole.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	program := build(t)
	data := filepath.Join(dir, "data")
	tokens := setUp(t, data)
	events := agency(t, program, dir, 20)
	half := len(events) / 2
	s := start(t, program, data)
	s.post(t, tokens["desk"], events[:half])
	s.stop(t)
	said(t, program, "backup", "--plain", "--data", data, filepath.Join(dir, "backup"))

	for _, what := range []string{"sqlite_schema", "segments", "findings", "findings_state", "position"} {
		t.Run(what, func(t *testing.T) {
			pages := pagesOf(t, filepath.Join(data, "plumbline.db"), what)
			running, stopped := copied(t, data), copied(t, data)
			s := start(t, program, running)
			spoil(t, running, pages)
			s.use(t, tokens, events[half:half+50]) // what it holds in memory it may go on with
			s.stop(t)

			spoil(t, stopped, pages)
			s = tryStart(t, program, stopped)
			met := s.url == ""
			if !met {
				met = s.use(t, tokens, events[half:])
				s.stop(t)
			}
			told := s.log.String()
			if met && (!strings.Contains(told, "damaged") || !strings.Contains(told, "plumbline restore")) || strings.Contains(told, "panic") {
				t.Errorf("met: %v; the log says:\n%s", met, told)
			}
			if !met {
				t.Error("nobody met the damage")
			}
		})
	}

	restored := filepath.Join(dir, "restored")
	said(t, program, "restore", "--data", restored, filepath.Join(dir, "backup"))
	key, err := os.ReadFile(filepath.Join(data, "seal.key")) // no backup has it
	if err == nil {
		err = os.WriteFile(filepath.Join(restored, "seal.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, program, restored)
	s.post(t, tokens["desk"], events) // half of it again
	s.compare(t, tokens["reader"], filepath.Join(dir, "log.jsonl"), events)
	s.stop(t)
}

// copied is a copy of a data directory.
func copied(t *testing.T, data string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	return to
}

// said runs the program.
func said(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// pagesOf are the pages of a table or an index.
func pagesOf(t *testing.T, file, name string) (pages []int64) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`select pageno from dbstat where name = ?`, name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, n)
	}
	if err := rows.Err(); err != nil || len(pages) == 0 {
		t.Fatalf("%s has %d pages, %v", name, len(pages), err)
	}
	return pages
}

// spoil flips bytes in pages, where each says how it is laid out and in its middle.
func spoil(t *testing.T, data string, pages []int64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(data, "plumbline.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 4096
	for _, page := range pages {
		for _, at := range []int64{(page - 1) * size, (page-1)*size + size/2} {
			if page == 1 && at == 0 {
				at = 100 // behind the file's own header
			}
			b := make([]byte, 8)
			if _, err := f.ReadAt(b, at); err != nil {
				t.Fatal(err)
			}
			for i := range b {
				b[i] ^= 0x5a
			}
			if _, err := f.WriteAt(b, at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// use asks a service for all there is and gives it events. It says whether an answer
// was that the record is damaged; any other fault fails.
func (s *running) use(t *testing.T, tokens map[string]string, events [][]byte) (met bool) {
	t.Helper()
	ask := func(method, path, token, body string) {
		t.Helper()
		req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			req.Header.Set("Content-Type", "application/x-ndjson")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v\n%s", method, path, err, s.log)
			return
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK {
			return
		}
		var p struct{ Code, Next string }
		met = true
		if err := json.Unmarshal(text, &p); err != nil || res.StatusCode != http.StatusServiceUnavailable || p.Code != "damaged" || p.Next == "" {
			t.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
		}
	}
	for range 2 {
		for _, path := range []string{"/api/v1/findings?limit=500", "/api/v1/findings?sort=changed&limit=500", "/api/v1/sources", "/api/v1/quarantine", "/api/v1/verdicts", "/healthz"} {
			ask(http.MethodGet, path, tokens["reader"], "")
		}
		for _, line := range events[:min(5, len(events))] {
			ask(http.MethodPost, "/api/v1/events", tokens["desk"], string(line))
		}
		ask(http.MethodPost, "/api/v1/events", tokens["desk"], lines(events))
	}
	return met
}

// lines are events as a body.
func lines(events [][]byte) string {
	var b strings.Builder
	for _, e := range events {
		b.Write(e)
		b.WriteByte('\n')
	}
	return b.String()
}
