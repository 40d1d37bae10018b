package sqldb

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/service"
)

// A disk without room: the commit fails with a clear word, what was there is
// whole, and with room it goes on.
func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "record.db"))
	must(t, s.Commit(ctx, full(1)))
	if _, err := s.write.ExecContext(ctx, `pragma max_page_count = 40`); err != nil {
		t.Fatal(err)
	}
	before := content(t, s)
	big := full(2)
	big.Quarantine[0].Raw = bytes.Repeat([]byte("x"), 1<<20)
	told(t, s.Commit(ctx, big), "the disk is full")
	equal(t, "after the disk was full", content(t, s), before)
	_, err := s.Verify(ctx)
	must(t, err)
	if _, err := s.write.ExecContext(ctx, `pragma max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	must(t, s.Commit(ctx, big))
	_, err = s.Verify(ctx)
	must(t, err)
}

// A directory that the program may not write into.
func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "record.db")
	s := open(t, path)
	must(t, s.Commit(ctx, full(1)))
	must(t, s.Close())
	must(t, os.Chmod(path, 0o444))
	must(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	asNobody(t, func() {
		if s, err := Open(ctx, path); err == nil {
			err = s.Commit(ctx, full(2))
			told(t, err, "read-only")
			s.Close()
		} else {
			told(t, err, "read-only")
		}
		_, err := Open(ctx, filepath.Join(dir, "new.db"))
		told(t, err, "read-only")
	})
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(path, 0o644))
	s = open(t, path)
	_, err := s.Verify(ctx)
	must(t, err)
	must(t, s.Commit(ctx, full(2)))
}

// A page gone bad is told, by a look at all pages and by whoever meets it.
func TestDamagedPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.db")
	s := open(t, path)
	for n := int64(1); n <= 300; n++ {
		must(t, s.Commit(ctx, full(n)))
	}
	must(t, s.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	at := strings.LastIndex(string(whole), finding(150).ID) &^ 4095 // a leaf of the findings, or of their index
	bad := append([]byte(nil), whole...)
	for i := range 16 {
		bad[at+i] ^= 0xff
	}
	must(t, os.WriteFile(path, bad, 0o600))
	s = open(t, path)
	_, err = s.Verify(ctx)
	told(t, err, "damaged")
	_, err = s.Findings(ctx, service.FindingQuery{Limit: 500})
	if err != nil {
		told(t, err, "damaged")
	}
	must(t, s.Close())

	must(t, os.WriteFile(path, append([]byte("SQLite format 3\x00"), bytes.Repeat([]byte{7}, 8000)...), 0o600))
	_, err = Open(ctx, path)
	told(t, err, "damaged")
	must(t, os.WriteFile(path, bytes.Repeat([]byte("no database at all. "), 500), 0o600))
	_, err = Open(ctx, path)
	told(t, err, "isn't a database of SQLite")
}

func TestRefusedToOpen(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(ctx, filepath.Join(dir, "no", "record.db"))
	told(t, err, "its folder isn't there")

	path := filepath.Join(dir, "other.db")
	s := &Store{name: path}
	must(t, s.openSQLite(path))
	_, err = s.write.ExecContext(ctx, `create table songs (name text)`)
	must(t, err)
	must(t, s.Close())
	_, err = Open(ctx, path)
	told(t, err, "a database of some other program")

	_, err = Open(ctx, "postgres://u:secret@[::1/x")
	told(t, err, "the URL of the PostgreSQL database can't be read")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is shown: %v", err)
	}
	_, err = Open(ctx, "postgres://u:secret@/x?host="+dir)
	told(t, err, "the database can't be reached")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is shown: %v", err)
	}
}

// What is acknowledged must survive a power cut: each connection syncs fully.
func TestEveryConnectionIsDurable(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "record.db"))
	for _, want := range []struct{ pragma, value string }{{"journal_mode", "wal"}, {"synchronous", "2"}, {"busy_timeout", "20000"}} {
		var got string
		must(t, s.write.QueryRowContext(ctx, `pragma `+want.pragma).Scan(&got))
		equal(t, want.pragma, got, want.value)
	}
	if _, err := s.read.ExecContext(ctx, `delete from position`); err == nil {
		t.Error("a connection for reading writes")
	}
}

// A copy made while others write is a record of its own, whole.
func TestCopyWhileWriting(t *testing.T) {
	dir := t.TempDir()
	s, beside := open(t, filepath.Join(dir, "record.db")), open(t, filepath.Join(dir, "record.db"))
	must(t, s.Commit(ctx, full(1)))
	done := make(chan error)
	go func() {
		for n := int64(2); n <= 40; n++ {
			if err := s.Commit(ctx, full(n)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	copied := filepath.Join(dir, "it's a copy.db")
	must(t, beside.CopyTo(ctx, copied))
	must(t, <-done)
	tally, err := open(t, copied).Verify(ctx)
	must(t, err)
	if tally.Segments < 1 || tally.Segments > 40 || tally.Findings != tally.Segments {
		t.Errorf("%+v", tally)
	}
}
