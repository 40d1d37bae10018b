// Package pgtest starts a PostgreSQL for tests: Debian's, on a Unix socket in a
// folder of its own, which ends with the test. It runs as the account postgres
// where the tests run as root, since the server refuses root.
//
// In CI its absence fails. On a user's machine the test says what it left out,
// and how to put it in.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Server is a running PostgreSQL.
type Server struct {
	dir     string
	n       int
	bin     string
	account *syscall.Credential
	stop    func() // nil while it is stopped
}

// Start starts one; it ends with t.
func Start(t testing.TB) *Server {
	t.Helper()
	bin := programs(t)
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	account := owner(t, dir)
	data := filepath.Join(dir, "data")
	run(t, account, filepath.Join(bin, "initdb"), "--pgdata", data, "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C", "--no-sync")

	s := &Server{dir: dir, bin: bin, account: account}
	t.Cleanup(s.Stop)
	s.Go(t)
	return s
}

// Stop stops the server as an administrator would who is in a hurry; what was
// committed is there when it goes again.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Go lets a server go on that was stopped.
func (s *Server) Go(t testing.TB) {
	t.Helper()
	// The shell waits for its input to end, which also happens when the test is
	// killed, and ends the server then.
	server := exec.Command("sh", "-c", `"$@" & read -r _; kill -INT $!; wait $!`, "sh",
		filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60")
	server.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	server.Dir = s.dir
	said := &words{ready: make(chan struct{})}
	server.Stdout, server.Stderr = said, said
	end, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- server.Wait() }()
	s.stop = func() { end.Close(); <-over }
	select {
	case <-said.ready:
	case err := <-over:
		over <- err
		t.Fatalf("postgres ended: %v\n%s", err, said.text.Bytes())
	}
}

// words are what a server says, until it is ready.
type words struct {
	text  bytes.Buffer
	ready chan struct{}
	told  bool
}

// Write is io.Writer's.
func (w *words) Write(p []byte) (int, error) {
	if !w.told {
		w.text.Write(p)
		if w.told = bytes.Contains(w.text.Bytes(), []byte("ready to accept connections")); w.told {
			close(w.ready)
		}
	}
	return len(p), nil
}

func (s *Server) url(database string) string {
	return "postgres:///" + database + "?user=postgres&host=" + s.dir
}

func (s *Server) open(t testing.TB, database string) *sql.DB {
	db, err := sql.Open("pgx", s.url(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Database makes an empty database and gives its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	s.n++
	name := "test" + strconv.Itoa(s.n)
	if _, err := s.open(t, "postgres").ExecContext(context.Background(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

// programs is the folder of initdb and postgres.
func programs(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	const missing = "PostgreSQL isn't installed (Debian: apt-get install postgresql; scripts/tools.sh)"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip("left out: all that runs on PostgreSQL, as " + missing)
	return ""
}

// owner gives the folder to the account that the server runs as, nil for our
// own.
func owner(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func run(t testing.TB, account *syscall.Credential, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	cmd.Dir = "/"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w\n%s", program, err, out))
	}
}
