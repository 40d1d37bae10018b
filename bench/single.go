package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// singleCommand makes this program a process that sends single events and nothing else.
// Who sends them isn't who loads a file: in one process its timer and its answer would
// wait for the other's work, which is none of the service's.
const singleCommand = "single"

// singleEnv is the variable that it finds its token in.
const singleEnv = "PLUMBLINE_BENCH_TOKEN"

// startSingles has a single event sent every 20 ms, each when its time has come whether
// or not those before were answered, until the function that it gives is called: that
// tells how long each took from its tick on.
func (b *bench) startSingles(s *server, token string) (end func() ([]time.Duration, error), err error) {
	cmd := exec.Command(b.self, singleCommand, s.url)
	cmd.Env, cmd.Stderr = append(os.Environ(), singleEnv+"="+token), os.Stderr
	until, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() (took []time.Duration, err error) {
		until.Close()
		err = json.NewDecoder(said).Decode(&took)
		if ended := cmd.Wait(); ended != nil {
			err = ended // it has said why
		}
		return took, err
	}, nil
}

// runSingle is that process: it sends until its input ends.
func runSingle(url, token string, until io.Reader, out io.Writer) error {
	s := &server{url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	over := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, until)
		close(over)
	}()
	took, err := openLoop(20*time.Millisecond, over, func(i int) error {
		return s.post(token, fmt.Appendf(nil, `{"id":"s%d","type":"Interview","time":"2025-12-30T00:00:00Z","actor":"u1","objects":[{"type":"case","id":"S%d"}]}`+"\n", i, i))
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(took)
}
