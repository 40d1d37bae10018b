package datadir

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"plumbline/internal/errs"
)

// keyFile makes a key as age-keygen does, of either kind.
func keyFile(t testing.TB, hybrid bool) (file, recipient string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "key.txt")
	if hybrid {
		key, err := age.GenerateHybridIdentity()
		must(t, err)
		write(t, file, "# created: today\n"+key.String()+"\n")
		return file, key.Recipient().String()
	}
	key, err := age.GenerateX25519Identity()
	must(t, err)
	write(t, file, "# created: today\n"+key.String()+"\n")
	return file, key.Recipient().String()
}

var made = time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)

// A record, its configuration and packs, there and back, while a service holds
// the directory and writes.
func TestBackupAndRestore(t *testing.T) {
	c := setUp(t)
	fill(t, c, 1, 40)
	write(t, filepath.Join(c.Data, "plumbline.yaml"), "lang: zh\n")
	write(t, filepath.Join(c.Data, "organisation.yaml"), "units: []\n")
	write(t, filepath.Join(c.Data, "packs", "own", "pack.yaml"), "pack: own\n")
	must(t, os.Symlink("/etc/passwd", filepath.Join(c.Data, "packs", "elsewhere")))
	serving, err := Serve(ctx, c)
	must(t, err)
	defer serving.Close()

	key, recipient := keyFile(t, false)
	key2, recipient2 := keyFile(t, true)
	other, _ := keyFile(t, false)
	for _, how := range []struct {
		name       string
		plain      bool
		recipients []string
		identity   string
	}{{"plain", true, nil, ""}, {"encrypted", false, []string{recipient}, key}, {"against quantum computers", false, []string{recipient2}, key2}} {
		t.Run(how.name, func(t *testing.T) {
			file, to := filepath.Join(t.TempDir(), "b.plb"), filepath.Join(t.TempDir(), "restored")
			o := BackupOptions{Config: c, File: file, Plain: how.plain, Recipients: how.recipients, Program: "test", Now: made}
			done := make(chan struct{})
			go func() { defer close(done); fill(t, c, lastSegment(t, c)+1, lastSegment(t, c)+20) }()
			m, err := Backup(ctx, o)
			<-done
			must(t, err)
			if m.Segments < 40 || m.Segments != m.Events || m.Segments != m.Findings || len(m.Files) != 4 || m.Agency != "某市公安局" {
				t.Errorf("%+v", m)
			}
			raw, err := os.ReadFile(file)
			must(t, err)
			if leaks := bytes.Contains(raw, []byte("某市公安局")); leaks != how.plain {
				t.Errorf("the agency's name is there to read: %v", leaks)
			}
			got, err := Restore(ctx, RestoreOptions{File: file, Dir: to, Identity: how.identity})
			must(t, err)
			if !reflect.DeepEqual(got, m) {
				t.Errorf("%+v, %+v", got, m)
			}
			if n := lastSegment(t, Config{Data: to}); n != m.Segments {
				t.Errorf("%d segments, and the manifest says %d", n, m.Segments)
			}
			text, err := os.ReadFile(filepath.Join(to, "packs", "own", "pack.yaml"))
			if err != nil || string(text) != "pack: own\n" {
				t.Errorf("the pack: %q, %v", text, err)
			}
			if again, err := Load(Config{Data: to}, nil); err != nil || again.Lang != "zh" {
				t.Errorf("the configuration: %+v, %v", again, err)
			}
			if list := names(t, to); !reflect.DeepEqual(list, []string{"organisation.yaml", "packs", "plumbline.db", "plumbline.yaml"}) {
				t.Errorf("left in the directory: %v", list)
			}

			_, err = Restore(ctx, RestoreOptions{File: file, Dir: to, Identity: how.identity})
			told(t, err, "the directory isn't empty")
			_, err = Backup(ctx, o)
			told(t, err, "this file is there already")
			none := filepath.Join(t.TempDir(), "none")
			if how.plain {
				_, err = Restore(ctx, RestoreOptions{File: file, Dir: none, Identity: key})
				told(t, err, "this isn't encrypted, and a key was given")
			} else {
				_, err = Restore(ctx, RestoreOptions{File: file, Dir: none})
				told(t, err, "the backup is encrypted; give the secret key")
				_, err = Restore(ctx, RestoreOptions{File: file, Dir: none, Identity: other})
				told(t, err, "none of the keys opens it")
			}
			if _, err := os.Stat(none); err == nil {
				t.Error("a directory is left behind")
			}
		})
	}
	if list := names(t, c.Data); !reflect.DeepEqual(list, []string{"backup-lock", "lock", "organisation.yaml", "packs", "plumbline.db", "plumbline.db-shm", "plumbline.db-wal", "plumbline.yaml", "seal.key"}) {
		t.Errorf("left in the data directory: %v", list)
	}
}

func names(t testing.TB, dir string) (out []string) {
	list, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func lastSegment(t testing.TB, c Config) int64 {
	t.Helper()
	store, err := Open(ctx, c)
	must(t, err)
	defer store.Close()
	pos, err := store.Position(ctx)
	must(t, err)
	return pos.Segment
}

// Each bit of a backup counts, and so does its end.
func TestDamagedBackup(t *testing.T) {
	c := setUp(t)
	fill(t, c, 1, 3)
	key, recipient := keyFile(t, false)
	for _, plain := range []bool{true, false} {
		dir := t.TempDir()
		file := filepath.Join(dir, "b")
		o, identity := BackupOptions{Config: c, File: file, Plain: plain, Now: made}, ""
		if !plain {
			o.Recipients, identity = []string{recipient}, key
		}
		_, err := Backup(ctx, o)
		must(t, err)
		whole, err := os.ReadFile(file)
		must(t, err)
		bad := filepath.Join(dir, "bad")
		refused := func(what string, b []byte) {
			write(t, bad, string(b))
			to := filepath.Join(dir, "to")
			_, err := Restore(ctx, RestoreOptions{File: bad, Dir: to, Identity: identity})
			if err == nil {
				t.Errorf("plain %v: %s is restored", plain, what)
				os.RemoveAll(to)
			}
			if _, err := os.Stat(to); err == nil {
				t.Errorf("plain %v: %s leaves something behind", plain, what)
			}
		}
		db := bytes.Index(whole, []byte("SQLite format 3"))
		if !plain {
			db = len(whole) / 2
		}
		for _, at := range []int{db + 20, db + 5000, db + 40000} {
			b := append([]byte(nil), whole...)
			b[at] ^= 1
			refused("a bit turned", b)
		}
		for _, n := range []int{0, 100, 600, len(whole) / 2, len(whole) - 2000} {
			refused("a part alone", whole[:n])
		}
		refused("more than there should be", append(append([]byte(nil), whole[:len(whole)-1024]...), whole...))
	}
}

// hostile is a backup made by somebody else.
func hostile(t testing.TB, m Manifest, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	text, err := json.Marshal(m)
	must(t, err)
	must(t, addFile(w, manifestName, int64(len(text)), made, bytes.NewReader(text)))
	for _, name := range files {
		must(t, addFile(w, name, 1, made, strings.NewReader("x")))
	}
	must(t, w.Close())
	file := filepath.Join(t.TempDir(), "b")
	write(t, file, b.String())
	return file
}

func TestHostileBackup(t *testing.T) {
	x := FileEntry{Size: 1, SHA256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
	named := func(names ...string) (m Manifest) {
		m.Format = 1
		for _, n := range names {
			x.Name = n
			m.Files = append(m.Files, x)
		}
		return m
	}
	for _, c := range []struct {
		m     Manifest
		files []string
		want  string
	}{
		{named("../evil"), []string{"../evil"}, "should come next in it, and doesn't"},
		{named("/etc/evil"), []string{"/etc/evil"}, "should come next"},
		{named("packs/../../evil"), []string{"packs/../../evil"}, "should come next"},
		{named("lock"), []string{"lock"}, "should come next"},
		{named("plumbline.yaml"), nil, "should come next"},
		{named("plumbline.yaml"), []string{"plumbline.yaml", "packs/more"}, "something follows"},
		{named("plumbline.yaml"), []string{"plumbline.yaml"}, "it holds no plumbline.db"},
		{named("plumbline.db"), []string{"plumbline.db"}, "this isn't set up yet"},
		{named("packs/a", "packs/a"), []string{"packs/a", "packs/a"}, "can't be written"},
		{Manifest{Format: 2, Program: "9.0"}, nil, "a backup of form 2; this program reads form 1; use the program that wrote it (9.0)"},
	} {
		dir := t.TempDir()
		to := filepath.Join(dir, "to")
		_, err := Restore(ctx, RestoreOptions{File: hostile(t, c.m, c.files...), Dir: to})
		told(t, err, c.want)
		if list := names(t, dir); len(list) > 0 {
			t.Errorf("%v: left behind: %v", c.files, list)
		}
	}
	file := filepath.Join(t.TempDir(), "text")
	write(t, file, strings.Repeat("no backup\n", 200))
	_, err := Restore(ctx, RestoreOptions{File: file, Dir: filepath.Join(t.TempDir(), "to")})
	told(t, err, "this is no backup of Plumbline")
}

func TestBackupRefused(t *testing.T) {
	c := setUp(t)
	file := filepath.Join(t.TempDir(), "b")
	_, recipient := keyFile(t, false)
	for _, r := range []struct {
		o    BackupOptions
		want string
	}{
		{BackupOptions{}, "nobody is named who may read the backup"},
		{BackupOptions{Plain: true, Recipients: []string{recipient}}, "a plain backup has no recipients"},
		{BackupOptions{Recipients: []string{"age1nobody"}}, `"age1nobody" is no recipient of age`},
	} {
		r.o.Config, r.o.File = c, file
		_, err := Backup(ctx, r.o)
		told(t, err, r.want)
	}
	pg := c
	pg.Postgres = "postgres://h/d"
	_, err := Backup(ctx, BackupOptions{Config: pg, File: file, Plain: true})
	told(t, err, "use pg_dump")
	_, err = Backup(ctx, BackupOptions{Config: c, File: filepath.Join(file, "no", "b"), Plain: true})
	told(t, err, "can't be written")
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, "AGE-SECRET-KEY-NONSENSE")
	_, err = Restore(ctx, RestoreOptions{File: file, Dir: t.TempDir(), Identity: key})
	told(t, err, "no file of secret keys of age")
	if strings.Contains(err.Error(), "NONSENSE") {
		t.Errorf("a key is shown: %v", err)
	}

	// One at a time; one that is given up, or was killed, leaves nothing behind.
	lock, err := hold(c.Data, backupLock, errs.Text{})
	must(t, err)
	_, err = Backup(ctx, BackupOptions{Config: c, File: file, Plain: true})
	told(t, err, "another backup of this directory is being made: process")
	must(t, lock.Close())
	write(t, filepath.Join(c.Data, ".backup", recordFile), "left by one that was killed")
	givenUp, cancel := context.WithCancel(ctx)
	cancel()
	if _, err = Backup(givenUp, BackupOptions{Config: c, File: file, Plain: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := pack(until{givenUp, io.Discard}, c.Data, Manifest{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("given up while packing: %v", err)
	}
	if list := names(t, c.Data); !reflect.DeepEqual(list, []string{"backup-lock", recordFile, sealKeyFile}) {
		t.Errorf("left in the data directory: %v", list)
	}

	// What a restore that was killed left behind is no directory in use.
	to := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(to, ".restore-1", "packs"), 0o700))
	write(t, filepath.Join(to, ".restore-1", recordFile), "half of it")
	good := filepath.Join(t.TempDir(), "good")
	_, err = Backup(ctx, BackupOptions{Config: c, File: good, Plain: true})
	must(t, err)
	other, err := hold(to, restoreLock, errs.Text{})
	must(t, err)
	_, err = Restore(ctx, RestoreOptions{File: good, Dir: to})
	told(t, err, "another backup is put into this directory")
	must(t, other.Close())
	_, err = Restore(ctx, RestoreOptions{File: good, Dir: to})
	must(t, err)
	if list := names(t, to); !reflect.DeepEqual(list, []string{recordFile}) {
		t.Errorf("left behind: %v", list)
	}

	// A record with a hole in it makes no backup.
	fill(t, c, 1, 3)
	store, err := Open(ctx, c)
	must(t, err)
	must(t, store.Close())
	raw, err := os.ReadFile(filepath.Join(c.Data, recordFile))
	must(t, err)
	at := bytes.LastIndex(raw, []byte("立案"))
	raw[at] ^= 1
	must(t, os.WriteFile(filepath.Join(c.Data, recordFile), raw, 0o600))
	_, err = Backup(ctx, BackupOptions{Config: c, File: file, Plain: true})
	told(t, err, "a segment of the record is damaged")
	if list := names(t, filepath.Dir(file)); len(list) > 0 {
		t.Errorf("left behind: %v", list)
	}
}
