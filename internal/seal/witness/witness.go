// Package witness is the word of somebody outside: it keeps the last checkpoint
// of each log that it knows, and cosigns the next one only where that follows
// from it (C2SP tlog-witness). Of a log that two witnesses cosign nobody can
// show two versions, and none can be shorter tomorrow.
//
// It learns nothing of what a log holds. Its state is one small file a log, put
// in its place before it answers, and a second one where a log did what it mustn't.
// Anybody can ask it, so nobody's request alone makes a log suspect: that takes two
// trees that the log's own key signed. Its tests are those of package keeper, which
// asks it.
package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/bits"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// Log is a log that is witnessed.
type Log struct {
	Key string // NAME+HASH+KEY
	URL string // where the log is served; "" where only the log asks
}

// Options are what a witness works with.
type Options struct {
	Dir    string // where the last checkpoints and the witness's key lie
	Name   string // of the witness, where it has no key yet
	Logs   []Log
	Now    func() time.Time
	Log    *slog.Logger
	Client *http.Client // nil: one of its own
}

// Witness cosigns. Its methods may be called from many goroutines.
type Witness struct {
	opt  Options
	key  *seal.Cosigner
	keys map[string][]string // of each log, by origin

	mu   sync.Mutex
	last map[string]*seal.Signed // the last checkpoint of each
	bad  map[string][]string     // what a log did that it mustn't
	odd  map[string]string       // what somebody asked last of a log that the log wouldn't
}

// Open reads the witness's key, or makes one, and the last checkpoints.
func Open(o Options) (*Witness, error) {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, broken(o.Dir, err)
	}
	w := &Witness{opt: o, keys: map[string][]string{}, last: map[string]*seal.Signed{}, bad: map[string][]string{}, odd: map[string]string{}}
	var err error
	if w.key, err = readKey(filepath.Join(o.Dir, "witness.key"), o.Name); err != nil {
		return nil, err
	}
	for _, l := range o.Logs {
		name, _, _ := strings.Cut(l.Key, "+")
		w.keys[name] = append(w.keys[name], l.Key)
	}
	for origin, keys := range w.keys {
		if _, err := seal.Open(nil, keys, nil); errs.CodeOf(err) == errs.Usage { // a key that is none; nothing is no checkpoint, either
			return nil, err
		}
		if w.bad[origin], err = readSuspicions(w.suspectFile(origin)); err != nil {
			return nil, err
		}
		msg, err := os.ReadFile(w.file(origin))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, broken(w.file(origin), err)
		}
		if w.last[origin], err = seal.Open(msg, keys, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", w.file(origin), err)
		}
	}
	return w, nil
}

// readKey reads the witness's key, or makes one of a name.
func readKey(file, name string) (*seal.Cosigner, error) {
	text, err := os.ReadFile(file)
	if err == nil {
		return seal.ParseCosigner(string(text))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, broken(file, err)
	}
	key, err := seal.NewCosigner(name)
	if err != nil {
		return nil, err
	}
	return key, put(file, []byte(key.Secret()+"\n"))
}

// Key is the witness's public key, for those who ask it and those who check.
func (w *Witness) Key() string { return w.key.Key() }

// file is where the last checkpoint of a log lies.
func (w *Witness) file(origin string) string {
	h := sha256.Sum256([]byte(origin))
	return filepath.Join(w.opt.Dir, hex.EncodeToString(h[:8])+".checkpoint")
}

// put writes a file whole or not at all.
func put(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return broken(name, err)
	}
	defer os.Remove(f.Name()) // gone already where all went well
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return broken(name, err)
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return broken(name, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func broken(file string, err error) error {
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: file}, Err: err, What: errs.Tf("can't be read or written: %v", "无法读写：%v", err),
		Next: errs.T("check the folder, its rights and the disk", "请检查文件夹、权限和磁盘")}
}

// Handler answers what C2SP tlog-witness asks, and tells in words at / how each
// log stands.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.add)
	mux.HandleFunc("GET /key", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprintln(out, w.Key()) })
	mux.HandleFunc("GET /{$}", w.show)
	return mux
}

// maxBody is more than the largest request that can be meant.
const maxBody = 128 << 10

func (w *Witness) add(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxBody))
	if err != nil {
		http.Error(out, "the request can't be read", http.StatusBadRequest)
		return
	}
	q, err := parse(body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	a := w.judge(q)
	if a.size {
		out.Header().Set("Content-Type", "text/x.tlog.size")
	} else {
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	out.WriteHeader(a.status)
	_, _ = io.WriteString(out, a.text) // a caller that is gone is no fault
}

// request is what a log asks.
type request struct {
	old   int64
	proof tlog.TreeProof
	msg   []byte
}

func parse(body []byte) (*request, error) {
	head, msg, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	digits, is := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !is || err != nil || old < 0 || old > seal.MaxSize || strconv.FormatInt(old, 10) != digits || len(lines) > 64 {
		return nil, errors.New("the request isn't an old size, a proof and a checkpoint")
	}
	q := &request{old: old, msg: msg}
	for _, l := range lines[1:] {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return nil, errors.New("the proof has a line that is no hash")
		}
		q.proof = append(q.proof, h)
	}
	return q, nil
}

// answer is what a log is told.
type answer struct {
	status int
	text   string
	size   bool // the text is the size that was seen last
}

// judge holds a checkpoint against the last one of its log, keeps it and cosigns.
func (w *Witness) judge(q *request) answer {
	origin := seal.Origin(q.msg)
	keys, known := w.keys[origin]
	if !known {
		return answer{http.StatusNotFound, "this log isn't known here\n", false}
	}
	c, err := seal.Open(q.msg, keys, nil)
	if err != nil {
		return answer{http.StatusForbidden, err.Error() + "\n", false}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var last seal.Checkpoint
	if l := w.last[origin]; l != nil {
		last = l.Checkpoint
	}
	switch {
	case q.old > c.Size:
		return answer{http.StatusBadRequest, "the old size is greater than the checkpoint's\n", false}
	case q.old != last.Size:
		if c.Size < last.Size {
			w.strange(origin, fmt.Sprintf("somebody showed its %d leaves after %d: an old checkpoint sent again, or an old state of its record put back", c.Size, last.Size))
		}
		return answer{http.StatusConflict, strconv.FormatInt(last.Size, 10) + "\n", true}
	case q.old == c.Size && q.old > 0:
		if c.Root != last.Root {
			w.suspect(origin, fmt.Sprintf("it signed two trees of %d leaves", c.Size), q.msg)
			return answer{http.StatusConflict, "another tree of the same size was cosigned before\n", false}
		}
		if len(q.proof) > 0 {
			return answer{http.StatusUnprocessableEntity, "the proof isn't empty\n", false}
		}
	case q.old == 0:
		if len(q.proof) > 0 {
			return answer{http.StatusUnprocessableEntity, "the proof isn't empty\n", false}
		}
	case len(q.proof) > bits.Len64(uint64(c.Size-1))+1 || tlog.CheckTree(q.proof, c.Size, c.Root, last.Size, last.Root) != nil:
		if other, of := beginning(q.proof, 0, c.Size, last.Size); of == c.Root && other != last.Root {
			w.suspect(origin, fmt.Sprintf("its %d leaves don't follow from the %d before", c.Size, last.Size), q.msg)
		} else {
			w.strange(origin, fmt.Sprintf("somebody showed its %d leaves with a proof that says nothing: a bad request, or a log with another beginning", c.Size))
		}
		return answer{http.StatusUnprocessableEntity, "the checkpoint doesn't follow from the last one\n", false}
	}
	if err := put(w.file(origin), q.msg); err != nil {
		w.opt.Log.Error("a checkpoint can't be kept", "error", err.Error())
		return answer{http.StatusInternalServerError, "the checkpoint can't be kept\n", false}
	}
	w.last[origin] = c
	return answer{http.StatusOK, w.key.Cosign(c.Text(), w.opt.Now()), false}
}

// show tells how each log stands.
func (w *Witness) show(out http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "witness %s\n", w.Key())
	for _, origin := range w.origins() {
		if c := w.last[origin]; c != nil {
			fmt.Fprintf(&b, "log %s %d %s\n", origin, c.Size, c.Root)
		} else {
			fmt.Fprintf(&b, "log %s 0\n", origin)
		}
		for _, bad := range w.bad[origin] {
			fmt.Fprintf(&b, "suspect %s %s\n", origin, bad)
		}
		if odd := w.odd[origin]; odd != "" {
			fmt.Fprintf(&b, "asked %s %s\n", origin, odd)
		}
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(out, b.String()) // a caller that is gone is no fault
}

func (w *Witness) origins() (list []string) {
	for origin := range w.keys {
		list = append(list, origin)
	}
	slices.Sort(list)
	return list
}

// lookEvery is how often logs that are served somewhere are looked at.
const lookEvery = time.Minute

// Run looks at the logs that are served somewhere until ctx ends: one that shows
// others another tree than it asks to cosign is found, and so is one that was
// rolled back and asks nobody any more.
func (w *Witness) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		w.Look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Look looks at them once.
func (w *Witness) Look(ctx context.Context) {
	for _, l := range w.opt.Logs {
		if l.URL == "" {
			continue
		}
		if err := w.lookAt(ctx, l); err != nil && ctx.Err() == nil {
			w.opt.Log.Warn("a log can't be looked at", "log", l.URL, "error", err.Error())
		}
	}
}

func (w *Witness) lookAt(ctx context.Context, l Log) error {
	get := seal.Over(w.opt.Client, l.URL)
	msg, err := get(ctx, "checkpoint")
	if err != nil {
		return err
	}
	origin, _, _ := strings.Cut(l.Key, "+")
	c, err := seal.Open(msg, w.keys[origin], nil)
	if err != nil {
		return err
	}
	w.mu.Lock()
	last := w.last[origin]
	w.mu.Unlock()
	if last == nil {
		return nil
	}
	big, small := c, last // what it shows may be older than what it asked to cosign
	if big.Size < small.Size {
		big, small = small, big
	}
	err = seal.CheckFollows(ctx, get, &big.Checkpoint, &small.Checkpoint)
	if errs.CodeOf(err) == errs.Input {
		w.mu.Lock()
		w.suspect(origin, fmt.Sprintf("what it shows (%d leaves) isn't what it asked to cosign (%d)", c.Size, last.Size), msg)
		w.mu.Unlock()
		return nil
	}
	return err
}
