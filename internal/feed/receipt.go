package feed

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// receipt is what is left beside a file that was read.
type receipt struct {
	File   string    `json:"file"` // as it was called when it came
	Source string    `json:"source"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	Tally
	Error   string `json:"error,omitempty"` // why it is in failed
	ErrorZH string `json:"error_zh,omitempty"`
}

// receiptEnd is the ending of a receipt.
const receiptEnd = ".receipt.json"

// away writes the receipt, then moves the file beside it. A crash between the two
// leaves a receipt without a file; the file is read again and gets another.
func (w *Watch) away(dir, name string, r *receipt) (string, error) {
	if err := os.MkdirAll(filepath.Join(w.Dir, dir), 0o750); err != nil {
		return "", err
	}
	free, err := freeName(filepath.Join(w.Dir, dir), name, r.Ended)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	if err := writeWhole(filepath.Join(w.Dir, dir, free+receiptEnd), append(text, '\n')); err != nil {
		return "", err
	}
	to := filepath.Join(w.Dir, dir, free)
	if err := os.Rename(filepath.Join(w.Dir, name), to); err != nil {
		return "", err
	}
	return to, errors.Join(syncDir(filepath.Join(w.Dir, dir)), syncDir(w.Dir))
}

// freeName is a name that neither a file nor a receipt has yet: systems write the
// same name every day.
func freeName(dir, name string, now time.Time) (string, error) {
	base, ends := name, ""
	if i := strings.IndexByte(name, '.'); i > 0 {
		base, ends = name[:i], name[i:]
	}
	free, at := name, now.UTC()
	for {
		taken := false
		for _, n := range []string{free, free + receiptEnd} {
			_, err := os.Lstat(filepath.Join(dir, n))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
			taken = taken || err == nil
		}
		if !taken {
			return free, nil
		}
		free = base + "-" + at.Format("20060102T150405.000000Z") + ends
		at = at.Add(time.Microsecond)
	}
}

// writeWhole makes a file that is there whole or not at all, also after a power
// cut.
func writeWhole(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it comes to that, it was renamed
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// syncDir makes what a folder lists durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
