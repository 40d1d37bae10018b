package seal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/errs"
)

// What is read here was written by somebody who wants the reader to stop, to fill its
// memory or to say what isn't so.

// soon gives what f gives, where that comes at all.
func soon(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second): // a loop without an end; else it takes microseconds
		t.Fatal("no answer")
		return nil
	}
}

func TestLogTooLong(t *testing.T) {
	text := func(size int64) string { return fmt.Sprintf("a\n%d\n%s\n", size, tlog.Hash{}) }
	for _, size := range []int64{1<<48 + 1, 1<<62 + 1, 1<<63 - 1} {
		_, err := ParseCheckpoint(text(size))
		told(t, err, "is more leaves than a log can have")
	}
	if _, err := ParseCheckpoint(text(1 << 48)); err != nil {
		t.Error(err)
	}
}

func TestProofOfALogTooLong(t *testing.T) {
	p, signer, public := logOf(t)
	p.Index, p.Path = 0, make([]Hash, 63)
	var err error
	if p.Checkpoint, err = Sign(&Checkpoint{testOrigin, 1<<63 - 1, Hash{}, nil}, signer); err != nil {
		t.Fatal(err)
	}
	told(t, soon(t, func() error { _, err := p.Check([]string{public}, nil); return err }), "is more leaves than a log can have")
	_, err = ParseProof(fmt.Appendf(nil, "%s\nindex %d\n\n", ProofHead, int64(1<<48)))
	told(t, err, "its line index can't be read")
}

// sealedAs seals a body as the only leaf of a log, with an event of it.
func sealedAs(t *testing.T, kind string, body []byte, e *EventOpening) error {
	t.Helper()
	signer, public := testKey(t, testOrigin)
	salt := NewSalt()
	p := &Proof{Opening: Opening{Kind: kind, Ref: "1", At: 9, Salt: salt[:], Body: body, Event: e}}
	var err error
	if p.Checkpoint, err = Sign(&Checkpoint{testOrigin, 1, LeafHash(Entry(salt, 9, kind, "1", BodyHash(body))), nil}, signer); err != nil {
		t.Fatal(err)
	}
	return soon(t, func() error { _, err := p.Check([]string{public}, nil); return err })
}

// An event is shown by the leaf of a segment alone, and by one that could be.
func TestEventOfWhatHasNone(t *testing.T) {
	salt := NewSalt()
	batch := func(levels int) ([]byte, *EventOpening) {
		e := &EventOpening{Text: "{}", Salt: salt[:]}
		root := LeafHash(append(bytes.Clone(salt[:]), e.Text...))
		for range levels { // the first of 2^levels, the others being nothing
			root = nodeHash(&root, &Hash{})
			e.Path = append(e.Path, make([]byte, hashSize))
		}
		return Batch{Segment: 1, Events: 1 << levels, Root: root[:]}.Body(), e
	}
	body, e := batch(31)
	if err := sealedAs(t, "segment", body, e); err != nil {
		t.Error(err)
	}
	told(t, sealedAs(t, "note", body, e), "a note has no events")
	body, e = batch(32)
	told(t, sealedAs(t, "segment", body, e), "batch of the event can't be read")
	body = []byte(`{"events":9223372036854775807,"root":"` + strings.Repeat("A", 43) + `="}`)
	told(t, sealedAs(t, "segment", body, e), "batch of the event can't be read")
}

// However long a text is that is wrong, the error is for people to read.
func TestErrorsQuoteLittle(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	p, signer, public := logOf(t)
	other, _ := testKey(t, testOrigin)
	named := func(n int) (msg []byte) {
		msg, err := Sign(&Checkpoint{testOrigin, 1, Hash{}, nil}, other)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			msg = append(msg, fmt.Sprintf("— %s%d AAAAAAAAAAAA\n", long[:1000], i)...)
		}
		return msg
	}
	elsewhere, err := Sign(&Checkpoint{"y" + long, 1, Hash{}, nil}, signer)
	if err != nil {
		t.Fatal(err)
	}
	open := func(msg []byte, keys ...string) error { _, err := Open(msg, keys, nil); return err }
	wrong := func(spoil func(*Opening)) error {
		q := *p
		spoil(&q.Opening)
		_, err := q.Check([]string{public}, nil)
		return err
	}
	parse := func(text string) error { _, err := ParseCheckpoint(text); return err }
	proof := func(text string) error { _, err := ParseProof([]byte(text)); return err }
	_, witness := ParseWitness(long)
	_, _, key := NewKey(long + " ")
	_, cosigner := NewCosigner(long + " ")
	for name, err := range map[string]error{
		"size": parse("a\n" + long + "\nb\n"), "root": parse("a\n1\n" + long + "\n"), "count": parse("a\n1\n" + Hash{}.String() + "\ncount " + long + "\n"),
		"key": open(nil, long), "names": open(named(90), public), "origin": open(elsewhere, public), "witness": witness, "new key": key, "new witness": cosigner,
		"path": proof(ProofHead + "\nindex 1\n" + long + "\n\n"), "kind": wrong(func(o *Opening) { o.Kind = long }), "ref": wrong(func(o *Opening) { o.Ref = long }),
		"rotation": CheckRotation("", "", long),
	} {
		if err == nil || len(err.Error()) > 1200 || len(errs.In(err, errs.Zh)) > 1200 {
			t.Errorf("%s: %d bytes", name, len(fmt.Sprint(err)))
		}
	}
}

// endless is a log that never ends what it serves at one path, and counts what is taken
// of it.
func endless(t *testing.T, at string, files map[string]string) (get Get, took *atomic.Int64) {
	t.Helper()
	took = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/log/")
		if text, is := files[path]; is && path != at {
			_, _ = io.WriteString(w, text)
			return
		}
		block := bytes.Repeat([]byte("x"), 32<<10)
		for path == at && took.Load() < 64<<20 {
			n, err := w.Write(block)
			if took.Add(int64(n)); err != nil {
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return Over(server.Client(), server.URL+"/log"), took
}

// served is a log of some leaves as it is served.
func served(t *testing.T, n int) (files map[string]string, public string) {
	t.Helper()
	signer, public := testKey(t, testOrigin)
	var entries [][]byte
	var leaves []Hash
	var tile []byte
	for i := range n {
		e := Entry(Salt{}, 1, "note", fmt.Sprint(i), Hash{})
		h := LeafHash(e)
		entries, leaves, tile = append(entries, e), append(leaves, h), append(tile, h[:]...)
	}
	head, err := Sign(&Checkpoint{testOrigin, int64(n), Binary.Root(leaves), nil}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"checkpoint": string(head), "key": public + "\n", TilePath(0, 0, n): string(tile), TilePath(-1, 0, n): string(Bundle(entries))}, public
}

// Of a file of a log no more is read than it can have.
func TestEndlessFiles(t *testing.T) {
	files, _ := served(t, 5)
	get, _ := endless(t, "", files)
	if _, err := CheckLog(context.Background(), get, Trust{}); err != nil {
		t.Fatal(err)
	}
	for path := range files {
		get, took := endless(t, path, files)
		_, err := CheckLog(context.Background(), get, Trust{})
		told(t, err, path+" is longer than")
		if errs.CodeOf(err) != errs.Input || took.Load() > 12<<20 { // what lies in the sockets' buffers is written, too
			t.Errorf("%s: %d bytes were taken; %v", path, took.Load(), err)
		}
	}
}

// A log has so many keys as can be, and no more are tried.
func TestKeysWithoutEnd(t *testing.T) {
	files, public := served(t, 5)
	files["key"] = strings.Repeat(public+"\n", 5000)
	get, _ := endless(t, "", files)
	_, err := CheckLog(context.Background(), get, Trust{})
	told(t, err, "5000 keys are given")
}

// What isn't a log's file says so, and isn't a fault of the program.
func TestUnreadableFiles(t *testing.T) {
	files, _ := served(t, 5)
	for path := range files {
		dir := t.TempDir()
		for name, text := range files {
			name = filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := CheckLog(context.Background(), In(dir), Trust{}); err != nil {
			t.Fatal(err)
		}
		bend := func(how string, f func(name string) error) {
			name := filepath.Join(dir, path)
			if err := os.RemoveAll(name); err != nil {
				t.Fatal(err)
			}
			if err := f(name); err != nil {
				t.Fatal(err)
			}
			if _, err := CheckLog(context.Background(), In(dir), Trust{}); err == nil || errs.CodeOf(err) == errs.Internal {
				t.Errorf("%s is %s: %v", path, how, err)
			}
		}
		bend("a folder", func(name string) error { return os.Mkdir(name, 0o700) })
		bend("long", func(name string) error { return os.WriteFile(name, make([]byte, 2<<20), 0o600) })
		bend("endless", func(name string) error { return os.Symlink("/dev/zero", name) })
		get := Over(http.DefaultClient, cutting(t, path, files)+"/log")
		if _, err := CheckLog(context.Background(), get, Trust{}); err == nil || errs.CodeOf(err) == errs.Internal {
			t.Errorf("%s is cut while it is sent: %v", path, err)
		}
	}
}

// cutting is a server that ends in the midst of one answer.
func cutting(t *testing.T, at string, files map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/log/")
		text := files[path]
		if path == at {
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			text = text[:len(text)/2]
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
