package feed

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// Reader reads the events of a file, each with its line or row. What can't be read
// as an event is given as such (Arrival.Err); an error is of the whole file.
type Reader func(file string, each func(in service.Arrival, at errs.Place) error) error

// Watch is a folder into which a system of the agency puts files. Each new one is
// read and handed over as the named source, then moved to done/ beside a receipt,
// or to failed/ with the reason.
//
// A file is finished once neither its size nor its time of change have moved
// between two looks and it has lain unchanged for Settle. Whoever writes a name
// that begins with a dot, or ends in .tmp or .part, and renames it when it is
// whole, is never read too early, however slowly they write.
type Watch struct {
	Dir, Source string
	Settle      time.Duration // 0: five seconds
	Every       time.Duration // between two looks; 0: two seconds
	Read        Reader
	To          Taker
	Log         *slog.Logger
	Now         func() time.Time

	seen map[string]stamp // what lay there at the last look
	told map[string]bool  // what was complained of, until it changes
}

// stamp is what changes while a file is written.
type stamp struct {
	size int64
	mod  time.Time
}

func (s stamp) of(info fs.FileInfo) bool { return s.size == info.Size() && s.mod.Equal(info.ModTime()) }

// The folders for files that were read, and for those that couldn't be.
const (
	doneDir   = "done"
	failedDir = "failed"
)

// Run looks into the folder until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	if w.Settle == 0 {
		w.Settle = 5 * time.Second
	}
	if w.Every == 0 {
		w.Every = 2 * time.Second
	}
	w.seen, w.told = map[string]stamp{}, map[string]bool{}
	for {
		w.look(ctx)
		if pause(ctx, w.Every) != nil {
			return
		}
	}
}

// look reads what is finished. What the system or the service can't do now is told
// once and tried again at the next look.
func (w *Watch) look(ctx context.Context) {
	names, err := w.finished()
	if err != nil {
		w.complain(w.Dir, err)
		return
	}
	delete(w.told, w.Dir)
	for _, name := range names {
		if ctx.Err() != nil {
			return
		}
		if err := w.file(ctx, name); err != nil {
			if ctx.Err() == nil {
				w.complain(name, err)
			}
			return // in order: what comes later may rest on what came before
		}
		delete(w.told, name)
		delete(w.seen, name)
	}
}

func (w *Watch) complain(what string, err error) {
	if !w.told[what] {
		w.Log.Error("a watched folder can't be read on; it is tried again", "dir", w.Dir, "source", w.Source, "at", what, "error", err)
		w.told[what] = true
	}
}

// finished are the files that are whole, the oldest first.
func (w *Watch) finished() ([]string, error) {
	entries, err := os.ReadDir(w.Dir)
	if err != nil {
		return nil, err
	}
	now := w.Now()
	seen := map[string]stamp{}
	var names []string
	for _, e := range entries {
		if !candidate(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed meanwhile
		}
		if err != nil {
			return nil, err
		}
		seen[e.Name()] = stamp{info.Size(), info.ModTime()}
		if was, known := w.seen[e.Name()]; known && was.of(info) && now.Sub(info.ModTime()) >= w.Settle {
			names = append(names, e.Name())
		}
	}
	w.seen = seen
	slices.SortStableFunc(names, func(a, b string) int { return seen[a].mod.Compare(seen[b].mod) })
	return names, nil
}

func candidate(name string) bool {
	lower := strings.ToLower(name)
	return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "~") && !strings.HasSuffix(lower, ".tmp") && !strings.HasSuffix(lower, ".part")
}

// file hands a file over and moves it away. The error is of what can be otherwise
// at the next look: the file stays where it is then. What is wrong with the file
// itself moves it to failed.
func (w *Watch) file(ctx context.Context, name string) error {
	began, whole := w.Now(), w.seen[name]
	g, err := newGiver(w.To, w.Source)
	if err != nil {
		return err
	}
	err = w.Read(filepath.Join(w.Dir, name), func(in service.Arrival, at errs.Place) error { return g.add(ctx, in, at) })
	if err == nil || !isNotTaken(err) { // what came whole isn't lost with what didn't
		err = errors.Join(err, g.flush(ctx))
	}
	if isNotTaken(err) || ctx.Err() != nil || passing(err) {
		return err
	}
	if info, gone := os.Stat(filepath.Join(w.Dir, name)); gone != nil || !whole.of(info) {
		return nil // it was written anew meanwhile, and is read again
	}
	r := receipt{File: name, Source: w.Source, Began: began, Ended: w.Now(), Tally: g.tally}
	dir := doneDir
	if err != nil {
		dir = failedDir
		r.Error, r.ErrorZH = errs.In(err, errs.En), errs.In(err, errs.Zh)
	}
	moved, err := w.away(dir, name, &r)
	if err != nil {
		return err
	}
	w.Log.Info("a file was read", "dir", w.Dir, "source", w.Source, "to", moved, "events", g.tally.Events, "faults", len(g.tally.Faults)+g.tally.More)
	return nil
}

// passing says whether an error is of the disk, the network or the machine, and may
// be gone at the next look; all others are of the file.
func passing(err error) bool {
	return slices.ContainsFunc([]error{syscall.EIO, syscall.ESTALE, syscall.EMFILE, syscall.ENFILE, syscall.ETIMEDOUT, syscall.ENOMEM}, func(e error) bool { return errors.Is(err, e) })
}

func isNotTaken(err error) bool {
	e := (*notTaken)(nil)
	return errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
