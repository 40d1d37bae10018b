package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/datadir"
	"plumbline/internal/service"
)

// A history that comes event by event accuses nobody of what is still to come; once
// it is whole, what is missing is found, and a source that is in use isn't taken for
// one of history.
func TestPushHistory(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	run := func(status int, args ...string) string {
		t.Helper()
		var out, bad bytes.Buffer
		if got := Run(args, Env{Out: &out, Err: &bad, Getenv: func(string) string { return "" }}); got != status {
			t.Fatalf("%v: status %d\n%s%s", args, got, out.String(), bad.String())
		}
		return out.String() + bad.String()
	}
	run(0, "setup", "--data", data, "--agency", "Test", "--zone", "Europe/Rome", "--admin", "admin", "--password-file", file("password", "correct horse battery\n"), "--pack", "it-traffic-fines")
	desk := file("desk.token", run(0, "source", "add", "--data", data, "desk"))
	old := file("old.csv", "id,case,activity,time\n1,A,Create Fine,2010-03-06\n2,B,Create Fine,2010-03-06\n3,A,Send Fine,2010-03-10\n4,A,Insert Fine Notification,2010-03-20\n5,A,Payment,2010-03-21\n")
	now := file("now.csv", "id,case,activity,time\n9,C,Create Fine,2026-01-01\n")

	config := datadir.Config{Data: data, Listen: "127.0.0.1:0"}
	d, err := datadir.Serve(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.ServeOptions{Store: d.Store, Config: config, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test", Started: func(a net.Addr) { addr <- "http://" + a.String() }})
	}()
	url := <-addr
	counts := func() map[service.FindingState]int64 {
		t.Helper()
		c, err := d.Store.FindingCounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	said := run(0, "push", "--history", "archive", "--data", data, "--url", url, "--batch", "1", "--zone", "Europe/Rome", old)
	if !strings.Contains(said, "The history is there; its source is let go") || strings.Contains(said, "absence is judged up to") {
		t.Error(said)
	}
	run(0, "push", "--url", url, "--token-file", desk, "--zone", "Europe/Rome", now) // the judge sees that the source is let go
	if c := counts(); c[service.Open] == 0 || c[service.ClaimedMet] > 0 || c[service.Withdrawn] > 0 {
		t.Errorf("findings: %v", c)
	}
	if said := run(2, "push", "--history", "desk", "--data", data, "--url", url, old); !strings.Contains(said, `"desk" is there, and isn't for history`) {
		t.Error(said)
	}
	if said := run(0, "push", "--history", "archive", "--data", data, "--url", url, "--zone", "Europe/Rome", old); !strings.Contains(said, "absence is judged up to") || !strings.Contains(said, "there already") {
		t.Errorf("again: %s", said)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
