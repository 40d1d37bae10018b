package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file that somebody writes to, cuts off or touches while it is read is refused,
// whatever could be read of it.
func TestUnsteady(t *testing.T) {
	const text = "case,activity,time\nA1,Create Fine,2026-01-01\nA2,Create Fine,2026-01-02\n"
	for name, change := range map[string]func(path string) error{
		"written to": func(path string) error { return os.WriteFile(path, []byte(text+"A3,Create Fine,2026-01-03\n"), 0o600) },
		"cut off":    func(path string) error { return os.Truncate(path, 30) },
		"replaced in place": func(path string) error { // with as many bytes
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "A2", "A9")), 0o600); err != nil {
				return err
			}
			return os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0))
		},
		"left alone": nil,
	} {
		path := filepath.Join(t.TempDir(), "log.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		done := false
		_, err := Open(Source{Files: []string{path}, Progress: func(string, int64, int64) {
			if change == nil || done {
				return
			}
			done = true
			if err := change(path); err != nil {
				t.Error(err)
			}
		}})
		if got := err != nil && strings.Contains(err.Error(), "log.csv: the file changed while it was read"); got != (change != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
