package sqldb

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// A power cut. SQLite writes through a layer that records what it writes, cuts
// off and syncs, in order. At every sync the machine is then said to have lost
// its power, just before and just after: of each file stays what was synced; of
// what was written since, nothing, all of it, or whatever the disk had got to.
// Each time the record must be whole and hold all that was acknowledged.

// op is one thing done to a file, or an acknowledgement.
type op struct {
	file string
	kind string // write, truncate, sync; ack
	at   int64  // offset, or length; of an ack: which commit
	data []byte
}

// recorder is the layer. There is one, as SQLite knows its layers by name.
type recorder struct {
	sync.Mutex
	under   uintptr             // SQLite's own layer
	methods map[uintptr]uintptr // ours, by those they stand before
	files   map[uintptr]file    // open ones
	ops     []op
}

type file struct {
	name  string
	under uintptr // its methods
}

// to is what stands at an address that SQLite gave.
func to[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// copyOf is a copy of what stands at an address, in SQLite's own memory.
func copyOf[T any](tls *libc.TLS, address uintptr) (uintptr, *T) {
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*to[T](address))))
	*to[T](own) = *to[T](address)
	return own, to[T](own)
}

// fn is a function of SQLite's as it keeps them.
func fn[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

type (
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	writeFunc    = func(*libc.TLS, uintptr, uintptr, int32, lib.Tsqlite3_int64) int32
	truncateFunc = func(*libc.TLS, uintptr, lib.Tsqlite3_int64) int32
	syncFunc     = func(*libc.TLS, uintptr, int32) int32
	closeFunc    = func(*libc.TLS, uintptr) int32
)

const recording = "recording"

// theRecorder registers the layer at the first call.
var theRecorder = sync.OnceValue(func() *recorder {
	r := &recorder{methods: map[uintptr]uintptr{}, files: map[uintptr]file{}}
	tls := libc.NewTLS()
	r.under = lib.Xsqlite3_vfs_find(tls, 0)
	address, vfs := copyOf[lib.Tsqlite3_vfs](tls, r.under)
	name, err := libc.CString(recording)
	if err != nil {
		panic(err)
	}
	vfs.FzName, vfs.FpNext = name, 0
	set(&vfs.FxOpen, r.open)
	if rc := lib.Xsqlite3_vfs_register(tls, address, 0); rc != 0 {
		panic(fmt.Sprint("register: ", rc))
	}
	return r
})

// kept holds functions that only SQLite's tables name, out of the collector's
// sight.
var kept []any

func set[F any](slot *uintptr, f F) {
	kept = append(kept, f)
	*slot = *(*uintptr)(unsafe.Pointer(&f))
}

func (r *recorder) open(tls *libc.TLS, _, name, f uintptr, flags int32, out uintptr) int32 {
	rc := fn[openFunc](to[lib.Tsqlite3_vfs](r.under).FxOpen)(tls, r.under, name, f, flags, out)
	if rc != 0 || name == 0 {
		return rc
	}
	r.Lock()
	defer r.Unlock()
	own := to[lib.Tsqlite3_file](f).FpMethods
	if r.methods[own] == 0 {
		address, m := copyOf[lib.Tsqlite3_io_methods](tls, own)
		set(&m.FxWrite, r.write)
		set(&m.FxTruncate, r.truncate)
		set(&m.FxSync, r.sync)
		set(&m.FxClose, r.close)
		r.methods[own] = address
	}
	r.files[f] = file{filepath.Base(libc.GoString(name)), own}
	to[lib.Tsqlite3_file](f).FpMethods = r.methods[own]
	return rc
}

// did notes what is done to a file and gives its own methods.
func (r *recorder) did(f uintptr, kind string, at int64, data []byte) *lib.Tsqlite3_io_methods {
	r.Lock()
	defer r.Unlock()
	r.ops = append(r.ops, op{r.files[f].name, kind, at, slices.Clone(data)})
	return to[lib.Tsqlite3_io_methods](r.files[f].under)
}

func (r *recorder) write(tls *libc.TLS, f, from uintptr, n int32, at lib.Tsqlite3_int64) int32 {
	return fn[writeFunc](r.did(f, "write", at, unsafe.Slice(to[byte](from), n)).FxWrite)(tls, f, from, n, at)
}

func (r *recorder) truncate(tls *libc.TLS, f uintptr, n lib.Tsqlite3_int64) int32 {
	return fn[truncateFunc](r.did(f, "truncate", n, nil).FxTruncate)(tls, f, n)
}

func (r *recorder) sync(tls *libc.TLS, f uintptr, flags int32) int32 {
	return fn[syncFunc](r.did(f, "sync", 0, nil).FxSync)(tls, f, flags)
}

func (r *recorder) close(tls *libc.TLS, f uintptr) int32 {
	r.Lock()
	own := to[lib.Tsqlite3_io_methods](r.files[f].under)
	delete(r.files, f)
	r.Unlock()
	return fn[closeFunc](own.FxClose)(tls, f)
}

// apply does to content what an op did to its file.
func (o op) apply(content []byte) []byte {
	switch o.kind {
	case "write":
		if end := int(o.at) + len(o.data); end > len(content) {
			content = append(content, make([]byte, end-len(content))...)
		}
		copy(content[o.at:], o.data)
	case "truncate":
		if int(o.at) < len(content) {
			content = content[:o.at]
		}
	}
	return content
}

// disk is what files held and hold: what was synced, and what was done since.
type disk struct {
	synced map[string][]byte
	since  map[string][]op
}

func (d *disk) do(o op) {
	if o.kind != "sync" {
		d.since[o.file] = append(d.since[o.file], o)
		return
	}
	for _, s := range d.since[o.file] {
		d.synced[o.file] = s.apply(d.synced[o.file])
	}
	d.since[o.file] = nil
}

// left writes into a folder what a cut leaves, of unsynced things those that
// keep chooses.
func (d *disk) left(t *testing.T, dir string, keep func() bool) {
	t.Helper()
	names := map[string]bool{}
	for name := range d.synced {
		names[name] = true
	}
	for name := range d.since {
		names[name] = true
	}
	for name := range names {
		content := slices.Clone(d.synced[name])
		for _, o := range d.since[name] {
			if keep() {
				content = o.apply(content)
			}
		}
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
}

// record commits a number of times through the layer and gives what was done,
// from what to begin with.
func record(t *testing.T, commits int64, more ...string) (*disk, []op) {
	t.Helper()
	return recordWith(t, commits, func(*Store, *sql.DB, int64) {}, more...)
}

// recordWith is record, with something done after each commit, on another connection
// through the layer, say.
func recordWith(t *testing.T, commits int64, after func(s *Store, other *sql.DB, n int64), more ...string) (*disk, []op) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.db")
	must(t, open(t, path).Close())
	before, err := os.ReadFile(path)
	must(t, err)
	r := theRecorder()
	s := &Store{name: path}
	all := append(slices.Clone(pragmas), more...)
	s.write, err = sql.Open("sqlite", dsn(path, all...)+"&vfs="+recording)
	must(t, err)
	s.write.SetMaxOpenConns(1)
	s.read = s.write
	other, err := sql.Open("sqlite", dsn(path, pragmas...)+"&vfs="+recording)
	must(t, err)
	r.Lock()
	r.ops = nil
	r.Unlock()
	for n := int64(1); n <= commits; n++ {
		must(t, s.Commit(ctx, full(n)))
		r.Lock()
		r.ops = append(r.ops, op{kind: "ack", at: n})
		r.Unlock()
		after(s, other, n)
	}
	r.Lock()
	ops := slices.Clone(r.ops)
	r.Unlock()
	must(t, errors.Join(other.Close(), s.write.Close()))
	return &disk{map[string][]byte{"record.db": before}, map[string][]op{}}, ops
}

// cut plays what was done until each sync and gives what went wrong after a cut
// there: "" where nothing did.
func cut(t *testing.T, d *disk, ops []op) (faults []string, cuts int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 7))
	ways := map[string]func() bool{"nothing unsynced": func() bool { return false }, "all": func() bool { return true }, "some": func() bool { return rnd.IntN(2) == 0 }}
	acked := int64(0)
	look := func(i int, when string) {
		for how, keep := range ways {
			dir := t.TempDir()
			d.left(t, dir, keep)
			cuts++
			if fault := whole(filepath.Join(dir, "record.db"), acked); fault != "" {
				faults = append(faults, fmt.Sprintf("cut %s op %d (%s of %s), left %s: %s", when, i, ops[i].kind, ops[i].file, how, fault))
			}
			must(t, os.RemoveAll(dir))
		}
	}
	for i, o := range ops {
		if o.kind == "ack" {
			acked = o.at
			look(i, "after")
			continue
		}
		if o.kind == "sync" {
			look(i, "before")
		}
		d.do(o)
	}
	return faults, cuts
}

// whole opens what a cut left and says what is wrong with it.
func whole(path string, acked int64) string {
	s, err := Open(ctx, path)
	if err != nil {
		return err.Error()
	}
	defer s.Close()
	tally, err := s.Verify(ctx)
	switch {
	case err != nil:
		return err.Error()
	case tally.Segments < acked:
		return fmt.Sprintf("lost: %d acknowledged, %d there", acked, tally.Segments)
	case tally.Segments > acked+1 || tally.Findings != tally.Segments:
		return fmt.Sprintf("%+v, and %d acknowledged", tally, acked)
	}
	return ""
}

func TestPowerCut(t *testing.T) {
	// A checkpoint every few commits, so that cuts fall into some.
	const commits = 16
	d, ops := record(t, commits, "wal_autocheckpoint(80)")
	checkpoints := 0
	for _, o := range ops {
		if o.kind == "sync" && o.file == "record.db" {
			checkpoints++
		}
	}
	if checkpoints < 2 || checkpoints > commits/2 { // one at every commit would sync what the commit doesn't
		t.Fatalf("%d checkpoints; the test is meant to see some", checkpoints)
	}
	faults, cuts := cut(t, d, ops)
	t.Logf("%d writes, cuts and syncs, %d checkpoints, %d cuts", len(ops), checkpoints, cuts)
	if len(faults) > 0 {
		t.Errorf("%d of %d cuts did harm:\n%s", len(faults), cuts, strings.Join(faults, "\n"))
	}
}

// The same while the log is put into the file beside the commits, and begun anew.
func TestPowerCutWhileTheLogIsEmptied(t *testing.T) {
	d, ops := recordWith(t, 8, func(s *Store, other *sql.DB, n int64) {
		if n%3 != 0 {
			return
		}
		at, err := s.logAt(ctx, other, "passive")
		must(t, err)
		equal(t, "pages left in the log", at.left, int64(0))
	}, "wal_autocheckpoint(0)")
	faults, cuts := cut(t, d, ops)
	t.Logf("%d writes, cuts and syncs, %d cuts", len(ops), cuts)
	if len(faults) > 0 {
		t.Errorf("%d of %d cuts did harm:\n%s", len(faults), cuts, strings.Join(faults, "\n"))
	}
}

// The same must notice what a lower synchronous would lose.
func TestPowerCutIsNoticed(t *testing.T) {
	for _, less := range []string{"synchronous(normal)", "synchronous(off)"} {
		d, ops := record(t, 4, less)
		if faults, _ := cut(t, d, ops); len(faults) == 0 {
			t.Errorf("%s loses nothing; the cuts are none", less)
		}
	}
}
