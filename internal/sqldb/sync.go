package sqldb

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"
)

// handle is a database's file, opened beside SQLite to have it synced. The system lets
// go of all the locks that a program has on a file as soon as the program closes any of
// its handles: SQLite's, too. So a file is opened once, however many stores are of it,
// and closed after the last of them.
type handle struct {
	file   *os.File
	info   os.FileInfo
	stores int
}

var handles struct {
	sync.Mutex
	open []*handle
}

// handleOf is the handle of a file that SQLite has open; nil where it can't be opened.
func handleOf(path string) *handle {
	handles.Lock()
	defer handles.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	for _, h := range handles.open {
		if os.SameFile(h.info, info) {
			h.stores++
			return h
		}
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	h := &handle{file, info, 1}
	handles.open = append(handles.open, h)
	return h
}

// atOnce is how many pages the disk is given to write at once, of what nobody waits for:
// whoever has the log synced meanwhile waits for no more than that.
const atOnce = 64

// sync has what was written to the file put on the disk, so many pages, some at a time;
// with rests, the disk is the commits' half of the time.
func (h *handle) sync(ctx context.Context, pages int64, rests bool) error {
	if h == nil {
		return nil
	}
	info, err := h.file.Stat()
	if err != nil {
		return err
	}
	parts := max(1, pages/atOnce)
	for part := info.Size()/parts + 1; parts > 1; parts-- {
		began := time.Now()
		writeOut(h.file, (parts-1)*part, part)
		rest := time.Duration(0)
		if rests {
			rest = time.Since(began)
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return h.file.Sync()
}

// release is called once, after SQLite's connections of the store are closed.
func (h *handle) release() error {
	if h == nil {
		return nil
	}
	handles.Lock()
	defer handles.Unlock()
	if h.stores--; h.stores > 0 {
		return nil
	}
	handles.open = slices.DeleteFunc(handles.open, func(o *handle) bool { return o == h })
	return h.file.Close()
}
