//go:build unix

package torture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/report"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// kills is how often the service is killed.
func kills(t *testing.T) int {
	s := os.Getenv("PLUMBLINE_KILLS")
	if s == "" {
		return 8
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("PLUMBLINE_KILLS is %q; expected how often to kill the service", s)
	}
	return n
}

// TestKilled kills the service while a request is under way, again and again,
// and sends again what was not acknowledged, as a source does. Afterwards every
// event is there once, and the verdicts and findings are those of `check` over
// the same events.
func TestKilled(t *testing.T) {
	n := kills(t)
	dir := t.TempDir()
	program := build(t)
	data := filepath.Join(dir, "data")
	tokens := setUp(t, data)
	events := agency(t, program, dir, 100+5*n)
	r := rand.New(rand.NewPCG(uint64(n), 1))
	s := start(t, program, data)
	acknowledged, killed := 0, 0
	for acknowledged < len(events) {
		size := min(1+r.IntN(2*len(events)/(3*n)+1), len(events)-acknowledged)
		batch := events[acknowledged : acknowledged+size]
		if killed < n && r.IntN(3) > 0 {
			if !s.postAndKill(t, tokens["desk"], batch, time.Duration(r.IntN(4000))*time.Microsecond) {
				killed++
				s = start(t, program, data)
				continue // nobody said that the batch was taken: it is sent again
			}
			killed++
			s = start(t, program, data)
			acknowledged += size
			// What was acknowledged is there.
			if got := s.post(t, tokens["desk"], batch); got["repeated"] != size {
				t.Fatalf("kill %d: of %d acknowledged events %v", killed, size, got)
			}
			continue
		}
		got := s.post(t, tokens["desk"], batch)
		if got["quarantined"]+got["refused"] > 0 {
			t.Fatalf("%v", got)
		}
		acknowledged += size
	}
	t.Logf("killed %d times over %d events", killed, len(events))
	s.compare(t, tokens["reader"], filepath.Join(dir, "log.jsonl"), events)
	s.stop(t)
	whole(t, data)
}

// whole looks at all of a record on which nothing runs any more.
func whole(t *testing.T, data string) {
	t.Helper()
	if tally, err := datadir.VerifySeal(t.Context(), datadir.Config{Data: data}, seal.Trust{}); err != nil || tally.Events == 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// TestMain builds the program once for all, where a test asks for it.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		panic(err)
	}
	built = sync.OnceValues(func() (string, error) {
		program := filepath.Join(dir, "plumbline")
		out, err := exec.Command("go", "build", "-o", program, "plumbline/cmd/plumbline").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return program, err
	})
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

var built func() (string, error)

// build is the program.
func build(t *testing.T) string {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// setUp makes a data directory with two sources and a reader, and gives their
// tokens.
func setUp(t *testing.T, data string) map[string]string {
	t.Helper()
	ctx := context.Background()
	config := datadir.Config{Data: data}
	now := clock.Instant(time.Now().UnixMicro())
	if err := datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: "admin", Password: "correct horse battery", Now: now,
		Settings: service.Settings{Agency: "Test", Zone: "Asia/Shanghai", Lang: "en", Packs: []string{"cn-criminal-procedure", "profit-and-power"}}}); err != nil {
		t.Fatal(err)
	}
	store, err := datadir.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	tokens := map[string]string{}
	for name, role := range map[string]service.Role{"desk": service.RoleSource, "history": service.RoleSource, "reader": service.RoleReader} {
		token, kept := datadir.NewToken()
		if _, err := store.AddSource(ctx, service.Source{Name: name, Role: role, Token: kept, Created: now, Skew: 60_000_000}); err != nil {
			t.Fatal(err)
		}
		tokens[name] = token
	}
	return tokens
}

// command is the program with nothing set by the environment, which has what these tests
// are told by.
func command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PLUMBLINE_") })
	return cmd
}

// agency is the log of a simulated agency, an event a line, in the order in
// which they come in.
func agency(t *testing.T, program, dir string, cases int) [][]byte {
	t.Helper()
	out := filepath.Join(dir, "agency")
	said(t, program, "simulate", "--cases", strconv.Itoa(cases), "--out", out)
	text, err := os.ReadFile(filepath.Join(out, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var events [][]byte
	for line := range bytes.Lines(text) {
		events = append(events, bytes.TrimSpace(line))
	}
	return events
}

// running is a service that was started.
type running struct {
	cmd *exec.Cmd
	url string
	log *logged
}

// logged is what a service has said so far.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write is io.Writer's.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all of it.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts the service and waits until it answers.
func start(t *testing.T, program, data string) *running {
	t.Helper()
	s := tryStart(t, program, data)
	if s.url == "" {
		t.Fatalf("the service didn't start:\n%s", s.log)
	}
	return s
}

// tryStart starts the service and waits until it answers or has ended: then its url
// is empty.
func tryStart(t *testing.T, program, data string) *running {
	t.Helper()
	s := &running{cmd: command(program, "serve", "--data", data, "--listen", "127.0.0.1:0"), log: &logged{}}
	said, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		fmt.Fprintln(s.log, lines.Text())
		if _, address, ok := strings.Cut(lines.Text(), "http://"); ok {
			s.url = "http://" + strings.Fields(address)[0]
			go func() {
				for lines.Scan() {
					fmt.Fprintln(s.log, lines.Text())
				}
			}()
			return s
		}
	}
	_ = s.cmd.Wait()
	return s
}

// send posts events and gives how many had each outcome; ok is false where no
// whole answer came.
func (s *running) send(token string, batch [][]byte) (counts map[string]int, status int, ok bool) {
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/events", bytes.NewReader(bytes.Join(batch, []byte("\n"))))
	if err != nil {
		return nil, 0, false
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, false
	}
	defer res.Body.Close()
	var answer struct{ Counts map[string]int }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, res.StatusCode, false
	}
	return answer.Counts, res.StatusCode, res.StatusCode == http.StatusOK
}

func (s *running) post(t *testing.T, token string, batch [][]byte) map[string]int {
	t.Helper()
	counts, status, ok := s.send(token, batch)
	if !ok {
		t.Fatalf("status %d, %v", status, counts)
	}
	return counts
}

// postAndKill sends a batch and kills the service a moment later. It says
// whether the batch was acknowledged all the same.
func (s *running) postAndKill(t *testing.T, token string, batch [][]byte, moment time.Duration) bool {
	t.Helper()
	answered := make(chan bool, 1)
	go func() {
		_, _, ok := s.send(token, batch)
		answered <- ok
	}()
	timer := time.NewTimer(moment) // when it hits is what is tried
	defer timer.Stop()
	acknowledged := false
	select {
	case acknowledged = <-answered:
		answered <- acknowledged
	case <-timer.C:
	}
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()
	return <-answered
}

// stop asks the service to stop, which it does within five seconds.
func (s *running) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("stopping: %v\n%s", err, s.log)
		}
	case <-time.After(10 * time.Second): // twice what it promises, for a busy machine
		t.Error("the service didn't stop")
	}
}

func (s *running) get(t *testing.T, token, path string, into any) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", path, res.StatusCode, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// compare holds the service's verdicts against those of `check` over the events
// that were sent.
func (s *running) compare(t *testing.T, token, file string, events [][]byte) {
	t.Helper()
	var live report.Document
	s.get(t, token, "/api/v1/verdicts", &live)
	if err := os.WriteFile(file, append(bytes.Join(events, []byte("\n")), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	checked, err := app.Check(app.CheckOptions{Source: app.Source{Files: []string{file}, Zone: zone}, AsOf: live.AsOf,
		Rules: []string{"cn-criminal-procedure", "profit-and-power"}})
	if err != nil {
		t.Fatal(err)
	}
	batch := checked.Doc.Document()
	if live.Log.Events != batch.Log.Events {
		t.Errorf("%d events in the record, %d were sent", live.Log.Events, batch.Log.Events)
	}
	for i, want := range batch.Rules {
		if got := live.Rules[i]; got.Totals != want.Totals {
			t.Errorf("%s: the service says %+v, check %+v", want.ID, got.Totals, want.Totals)
		}
	}
}
