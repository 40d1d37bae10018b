package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// running is a service that is served, with a token of each kind.
type running struct {
	t    *testing.T
	url  string
	stop func()
}

var quietLog = slog.New(slog.NewTextHandler(io.Discard, nil))

func serveDir(t *testing.T, dir string) *running {
	t.Helper()
	config := datadir.Config{Data: dir, Listen: "127.0.0.1:0"}
	ctx, cancel := context.WithCancel(context.Background())
	d, err := datadir.Serve(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, ServeOptions{Store: d.Store, Config: config, Log: quietLog, Version: "test", Started: func(a net.Addr) { started <- a }})
	}()
	r := &running{t: t, stop: func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}}
	select {
	case a := <-started:
		r.url = "http://" + a.String()
	case err := <-ended:
		t.Fatal(err)
	}
	return r
}

func (r *running) ask(method, path, token, body string) string {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != 200 {
		r.t.Fatalf("%s %s: %s %s %v", method, path, a.Status, text, err)
	}
	return string(text)
}

// fine is the event that begins a case whose fine was never sent.
func fine(id string) string {
	return `[{"id":"` + id + `","type":"Create Fine","time":"2025-01-02T10:00:00Z","actor":"561","objects":[{"type":"case","id":"A-` + id + `"}]}]`
}

// What a service has taken is proven, verified as it is served, at rest and in a
// backup; an old state put back is found by what was kept elsewhere.
func TestSealedFromEndToEnd(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	data, backup := filepath.Join(dir, "data"), filepath.Join(dir, "b.plb")
	config := datadir.Config{Data: data}
	must(t, datadir.Setup(ctx, datadir.SetupOptions{Config: config, Settings: service.Settings{Agency: "a", Zone: "Europe/Rome", Lang: "en", Packs: []string{"it-traffic-fines"}},
		Admin: "head", Password: "correct horse battery", Now: 1}))
	store, err := datadir.Open(ctx, config)
	must(t, err)
	for token, role := range map[string]service.Role{"send": service.RoleSource, "read": service.RoleReader} {
		_, err := store.AddSource(ctx, service.Source{Name: token, Role: role, Token: sha256.Sum256([]byte(token))})
		must(t, err)
	}
	must(t, store.Close())

	r := serveDir(t, data)
	r.ask("POST", "/api/v1/events", "send", fine("1"))
	var found struct{ Findings []struct{ ID string } }
	must(t, json.Unmarshal([]byte(r.ask("GET", "/api/v1/findings", "read", "")), &found))
	if len(found.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	for path, want := range map[string]string{"/api/v1/events/send/1/proof": `"actor":"561"`, "/api/v1/findings/" + found.Findings[0].ID + "/proof": found.Findings[0].ID} {
		file := filepath.Join(dir, "one.tlog-proof")
		must(t, os.WriteFile(file, []byte(r.ask("GET", path, "read", "")), 0o600))
		v, err := Verify(ctx, VerifyOptions{What: file})
		must(t, err)
		text := string(v.Proof.Opening.Body)
		if e := v.Proof.Opening.Event; e != nil {
			text = e.Text
		}
		if !strings.Contains(text, want) {
			t.Errorf("%s proves %s", path, text)
		}
	}
	var stands struct {
		Size, Signed int64
		Fresh        bool
		Keys         []string
	}
	must(t, json.Unmarshal([]byte(r.ask("GET", "/api/v1/seal", "read", "")), &stands))
	if stands.Size == 0 || stands.Signed != stands.Size || stands.Fresh || len(stands.Keys) != 1 {
		t.Errorf("the seal stands at %+v", stands)
	}
	_, err = datadir.Backup(ctx, datadir.BackupOptions{Config: config, File: backup, Plain: true, Now: time.Unix(1, 0)})
	must(t, err)
	r.ask("POST", "/api/v1/events", "send", fine("2"))
	r.ask("GET", "/api/v1/events/send/2/proof", "read", "") // signs what is new
	older := filepath.Join(dir, "older")
	must(t, os.WriteFile(older, []byte(r.ask("GET", "/log/checkpoint", "", "")), 0o600))
	_, err = Verify(ctx, VerifyOptions{What: r.url, Keys: stands.Keys, Older: []string{older}})
	must(t, err)
	r.stop()

	_, err = Verify(ctx, VerifyOptions{What: data, Keys: stands.Keys, Older: []string{older}})
	must(t, err)
	planted := filepath.Join(data, "checkpoint") // the first file of a copy of an honest log
	must(t, os.WriteFile(planted, []byte("of another log"), 0o600))
	if v, err := Verify(ctx, VerifyOptions{What: data, Keys: stands.Keys}); err != nil || v.Tally == nil {
		t.Errorf("what lies beside the record was looked at in its place: %v", err)
	}
	must(t, os.Remove(planted))
	_, err = Verify(ctx, VerifyOptions{What: backup, Keys: stands.Keys})
	must(t, err)
	_, err = Verify(ctx, VerifyOptions{What: backup, Keys: stands.Keys, Older: []string{older}})
	if err == nil || !strings.Contains(err.Error(), "an old state was put back") || errs.CodeOf(err) != errs.Input {
		t.Errorf("an old state: %v", err)
	}
	spoilBackup(t, ctx, backup)

	// Settings that were spoilt or taken away are told as that, not as a record that
	// was never set up.
	for _, c := range []struct{ bend, want string }{{`update settings set packs = 'none'`, "settings 1"}, {`delete from settings`, "settings 1"}, {`delete from seal_head`, "every record has"}} {
		db, err := sql.Open("sqlite", filepath.Join(data, "plumbline.db"))
		must(t, err)
		_, err = db.Exec(c.bend)
		must(t, errors.Join(err, db.Close()))
		if _, err := Verify(ctx, VerifyOptions{What: data, Keys: stands.Keys}); errs.CodeOf(err) != errs.Input || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.bend, err)
		}
	}
}

// spoilBackup flips a byte in many places of a backup; each is found.
func spoilBackup(t *testing.T, ctx context.Context, backup string) {
	t.Helper()
	b, err := os.ReadFile(backup)
	must(t, err)
	spoilt := backup + ".spoilt"
	for at := 700; at < len(b); at += len(b)/12 + 1 {
		b[at] ^= 1
		must(t, os.WriteFile(spoilt, b, 0o600))
		if _, err := Verify(ctx, VerifyOptions{What: spoilt}); err == nil {
			t.Errorf("byte %d of %d was changed and nobody noticed", at, len(b))
		}
		b[at] ^= 1
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
