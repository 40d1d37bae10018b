package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Files beside the record of a measured service.
const (
	sourceToken = "source.token"
	singleToken = "single.token"
	readerToken = "reader.token"
)

// setUp makes a data directory with the built-in packs and the measured one, a
// source for what comes in bulk, one for single events, and a reader. The log is
// years old, so its source may be that late: absence is judged when W gets there, as
// it does in what is taken while it happens.
func (b *bench) setUp(dir string) error {
	pack, err := filepath.Abs(filepath.Join(dir, "..", filepath.Base(dir)+".yaml"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(pack, []byte(packOf(served())), 0o644); err != nil {
		return err
	}
	password := dir + ".password"
	if err := os.WriteFile(password, []byte("correct horse battery\n"), 0o600); err != nil {
		return err
	}
	defer os.Remove(password)
	if err := b.ours(nil, "setup", "--data", dir, "--agency", "Bench", "--zone", "UTC", "--admin", "admin", "--password-file", password,
		"--pack", "cn-criminal-procedure", "--pack", "profit-and-power", "--pack", pack); err != nil {
		return err
	}
	for file, args := range map[string][]string{
		sourceToken: {"bulk", "--lateness", "3000d", "--skew", "3000d"}, singleToken: {"single", "--lateness", "3000d", "--skew", "3000d"}, readerToken: {"reader", "--role", "reader"}} {
		var token bytes.Buffer
		if err := b.ours(&token, append([]string{"source", "add", "--data", dir}, args...)...); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), bytes.TrimSpace(token.Bytes()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ours runs a command of plumbline.
func (b *bench) ours(out io.Writer, args ...string) error {
	_, err := measure(out, b.plumbline, append([]string{"--lang", "en"}, args...)...)
	return err
}

// server is plumbline serve, running.
type server struct {
	cmd    *exec.Cmd
	dir    string
	url    string
	client *http.Client
	ready  time.Duration // from its start to its first answer that it takes events
}

// serve starts the service on a data directory and waits until it is ready.
func (b *bench) serve(dir string) (*server, error) {
	s := &server{dir: dir, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	s.cmd = exec.Command(b.plumbline, "--lang", "en", "serve", "--data", dir, "--listen", "127.0.0.1:0")
	if b.profile != "" {
		s.cmd.Env = append(os.Environ(), profileAt+"="+s.profileAt())
	}
	said, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var before strings.Builder
	lines := bufio.NewScanner(said)
	for s.url == "" && lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "answers on "); ok {
			s.url = at
		}
		before.WriteString(lines.Text() + "\n")
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // its log isn't read
	if s.url == "" {
		return nil, errors.Join(fmt.Errorf("the service on %s didn't start:\n%s", dir, before.String()), s.cmd.Wait())
	}
	for {
		if status, _, err := s.get("/readyz", ""); err == nil && status == http.StatusOK {
			s.ready = time.Since(began)
			return s, nil
		}
		if time.Since(began) > 30*time.Minute {
			return nil, errors.Join(errors.New("the service never became ready"), s.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

// stop ends the service as an administrator does.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

func (s *server) token(file string) (string, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	return string(b), err
}

// get asks for a path, with a token where one is given.
func (s *server) get(path, token string) (status int, body []byte, err error) {
	return s.do(http.MethodGet, path, token, nil)
}

func (s *server) do(method, path, token string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-ndjson")
	}
	answer, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// post sends events until they are taken: a busy service is asked again.
func (s *server) post(token string, lines []byte) error {
	for {
		status, text, err := s.do(http.MethodPost, "/api/v1/events", token, lines)
		switch {
		case err != nil:
			return err
		case status == http.StatusTooManyRequests:
			time.Sleep(100 * time.Millisecond)
			continue
		case status != http.StatusOK:
			return fmt.Errorf("the service answered %d: %.300s", status, text)
		case bytes.Contains(text, []byte(`"refused"`)), bytes.Contains(text, []byte(`"quarantined"`)):
			return fmt.Errorf("the service didn't take everything: %.300s", text)
		}
		return nil
	}
}

// findings is how many there are, as the service counts them.
func (s *server) findings() (int, error) {
	token, err := s.token(readerToken)
	if err != nil {
		return 0, err
	}
	_, text, err := s.get("/metrics", token)
	if err != nil {
		return 0, err
	}
	n := 0
	for l := range strings.Lines(string(text)) {
		if strings.HasPrefix(l, "plumbline_findings{") {
			v, err := strconv.ParseFloat(strings.TrimSpace(l[strings.LastIndexByte(strings.TrimSpace(l), ' '):]), 64)
			if err != nil {
				return 0, fmt.Errorf("%q: %w", l, err)
			}
			n += int(v)
		}
	}
	return n, nil
}

// cpu is how much processor time it has taken, in seconds; mb what memory it holds
// and most ever held, 10⁶ bytes. Where /proc doesn't tell, they are 0.
func (s *server) cpu() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100 // ticks of Linux, whatever its own are
}

func (s *server) mb() (held, most float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	of := func(name string) float64 {
		_, after, _ := strings.Cut(string(text), name)
		f := strings.Fields(after)
		if len(f) == 0 {
			return 0
		}
		kb, _ := strconv.ParseFloat(f[0], 64)
		return kb * 1024 / 1e6
	}
	return of("VmRSS:"), of("VmHWM:")
}
