package cli

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/identity"
)

const aPassword = "correct horse battery staple"

func clockNow() clock.Instant { return clock.InstantOf(time.Now()) }

// desks is a folder with each person's own files, and a service that they all sign in
// to.
type desks struct {
	t   *testing.T
	dir string
	url string
}

func (d *desks) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// runs runs a command, wants its status, and gives what it printed.
func (d *desks) runs(status int, args ...string) (out, bad string) {
	d.t.Helper()
	var o, b strings.Builder
	if got := Run(args, Env{Out: &o, Err: &b, Getenv: func(string) string { return "" }}); got != status {
		d.t.Fatalf("%v: status %d, want %d\n%s%s", args, got, status, o.String(), b.String())
	}
	return strings.TrimSpace(o.String()), b.String()
}

// as runs a command of custodian as somebody who signs in.
func (d *desks) as(status int, who, command string, args ...string) (out, bad string) {
	d.t.Helper()
	return d.runs(status, append([]string{"custodian", command, "--url", d.url, "--user", who, "--password-file", filepath.Join(d.dir, "password")}, args...)...)
}

// newDesks serves a new record to some accounts.
func newDesks(t *testing.T, accounts map[string][]access.Role) *desks {
	t.Helper()
	d := &desks{t: t, dir: t.TempDir()}
	data := filepath.Join(d.dir, "data")
	d.runs(0, "setup", "--data", data, "--agency", "North", "--zone", "Asia/Shanghai", "--admin", "root", "--password-file", d.file("password", aPassword+"\n"), "--pack", "it-traffic-fines")
	ctx, cancel := context.WithCancel(context.Background())
	config := datadir.Config{Data: data, Listen: "127.0.0.1:0"}
	served, err := datadir.Serve(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	ids := identity.New(identity.Options{Store: served.Store, Now: clockNow})
	for name, roles := range accounts {
		err := ids.Add(ctx, identity.Account{Name: name, Roles: roles}, aPassword)
		if err == nil {
			_, err = served.Store.ChangeAccount(ctx, name, clockNow(), func(a *identity.Account) error { a.Change = false; return nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	started, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.ServeOptions{Store: served.Store, Config: config, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test", Started: func(a net.Addr) { started <- a }})
	}()
	select {
	case a := <-started:
		d.url = "http://" + a.String()
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := served.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Who reported something, sealed and opened by commands alone: three custodians with
// their own keys, one of them behind a passphrase.
func TestSealedIdentities(t *testing.T) {
	custodian := []access.Role{access.Custodian}
	d := newDesks(t, map[string][]access.Role{"an": custodian, "bo": custodian, "chen": custodian, "lu": {access.Supervisor}, "gu": {access.Auditor}})
	key := func(who string) string { return filepath.Join(d.dir, who+".key") }
	passphrase := d.file("passphrase", "four words for chen\n")
	for _, who := range []string{"an", "bo", "chen"} {
		more := []string{}
		if who == "chen" {
			more = []string{"--passphrase-file", passphrase}
		}
		public, _ := d.runs(0, append([]string{"custodian", "keygen", key(who)}, more...)...)
		proposal, _ := d.as(0, who, "register", "--reason", "I keep identities", public)
		d.as(0, "gu", "approve", "--words", "asked them", proposal)
	}
	_, bad := d.runs(2, "custodian", "keygen", key("an"))
	if !strings.Contains(bad, "isn't there yet") {
		t.Error(bad)
	}
	private, err := os.ReadFile(key("an"))
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Split(strings.TrimSpace(string(private)), "\n")[1]
	if _, bad := d.as(2, "an", "register", "--reason", "x", secret); !strings.Contains(bad, "private key") || strings.Contains(bad, secret) {
		t.Error(bad)
	}

	list, _ := d.as(0, "lu", "list", "--keys")
	known := d.file("custodians", "# as they told me\n"+list+"\n")
	who := d.file("who", "王某某，电话 138…\n")
	few := d.file("few", strings.Join(strings.Split(list, "\n")[:2], "\n"))
	if _, bad := d.as(3, "lu", "seal", "--custodians", few, "--for", "report/2026-7", who); !strings.Contains(bad, "names other custodians than this file") {
		t.Error(bad)
	}
	d.as(2, "lu", "seal", "--custodians", known, "--for", "2026-7", who)
	id, bad := d.as(0, "lu", "seal", "--custodians", known, "--for", "report/2026-7", "--concerns", "P1", who)
	if !strings.Contains(bad, "SHA-256") {
		t.Error(bad)
	}

	share, other := filepath.Join(d.dir, "share"), filepath.Join(d.dir, "other")
	d.as(2, "chen", "share", "--key", key("chen"), "--passphrase-file", passphrase, "--out", share, id)
	proposal, _ := d.as(0, "an", "ask", "--reason", "the witness is threatened", id)
	d.as(2, "an", "approve", "--words", "mine", proposal)
	d.as(0, "chen", "approve", "--words", "I agree", proposal)
	d.as(2, "bo", "share", "--key", key("bo"), "--out", share, id)
	d.as(0, "chen", "share", "--key", key("chen"), "--passphrase-file", passphrase, "--out", share, id)
	if got, _ := d.as(0, "an", "open", "--key", key("an"), "--share", share, id); got != "王某某，电话 138…" {
		t.Errorf("%q", got)
	}
	d.as(3, "an", "open", "--key", key("bo"), "--share", share, id)
	if err := os.Chmod(key("an"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, bad := d.as(2, "an", "open", "--key", key("an"), "--share", share, id); !strings.Contains(bad, "chmod 600") {
		t.Error(bad)
	}
	if err := os.Chmod(key("an"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := d.as(0, "an", "resplit", "--key", key("an"), "--share", share, "--custodians", known, id); !strings.Contains(out, "among 3") {
		t.Error(out)
	}
	d.as(3, "an", "open", "--key", key("an"), "--share", share, id) // a share of before
	d.as(0, "chen", "share", "--key", key("chen"), "--passphrase-file", passphrase, "--out", other, id)
	if got, _ := d.as(0, "an", "open", "--key", key("an"), "--share", other, id); got != "王某某，电话 138…" {
		t.Errorf("%q", got)
	}
}
