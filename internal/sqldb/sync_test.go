package sqldb

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file has one handle beside SQLite's, however many stores are of it, and that is
// closed with the last of them: closed sooner, SQLite's locks on it would be gone.
func TestOneHandleForAllStoresOfAFile(t *testing.T) {
	at := filepath.Join(t.TempDir(), "record.db")
	one, err := Open(ctx, at)
	must(t, err)
	two, err := Open(ctx, at)
	must(t, err)
	h := one.emptier.file
	if h == nil || two.emptier.file != h || h.stores != 2 {
		t.Fatalf("%+v and %+v", h, two.emptier.file)
	}
	must(t, two.Close())
	must(t, h.sync(ctx, 3*atOnce, true))
	must(t, one.Close())
	if err := h.sync(ctx, 0, false); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the last store the file is still open: %v", err)
	}
}
