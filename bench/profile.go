package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

// profiler is a file that is laid over the program where a profile is wanted: the
// product itself has nothing that tells how it spends its time.
const profiler = `package main

import (
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
)

func init() {
	at := os.Getenv("` + profileAt + `")
	if at == "" {
		return
	}
	l, err := net.Listen("unix", at)
	if err != nil {
		panic(err)
	}
	go http.Serve(l, nil)
}
`

// profileAt is the variable that names the socket of the profiler.
const profileAt = "BENCH_PROFILE"

// overlay is what the go tool is told so that it builds the program with the profiler.
func (b *bench) overlay() ([]string, error) {
	if b.profile == "" {
		return nil, nil
	}
	repo, err := filepath.Abs(b.repo)
	if err != nil {
		return nil, err
	}
	file, told := filepath.Join(b.dir, "profiler.go"), filepath.Join(b.dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(repo, "cmd", "plumbline", "profiler.go"): file}})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(profiler), 0o644); err != nil {
		return nil, err
	}
	return []string{"-overlay", told}, os.WriteFile(told, text, 0o644)
}

// profiling takes a profile of the service for some seconds; call what it gives once
// that time is over.
func (b *bench) profiling(s *server) func() error {
	if b.profile == "" {
		return func() error { return nil }
	}
	took := make(chan error, 1)
	go func() { took <- b.takeProfile(s) }()
	return func() error { return <-took }
}

func (b *bench) takeProfile(s *server) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.profileAt())
	}}}
	answer, err := client.Get(fmt.Sprintf("http://service/debug/pprof/profile?seconds=%d", b.seconds))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the profiler answered %s: %.300s", answer.Status, text)
	}
	return os.WriteFile(b.profile, text, 0o644)
}

// profileAt is the socket of its profiler.
func (s *server) profileAt() string { return filepath.Join(filepath.Dir(s.dir), "profile") }
