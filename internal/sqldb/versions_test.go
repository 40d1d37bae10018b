package sqldb

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// modernc's SQLite is C translated against one version of its C library, and is
// only right with that one; nothing but this test notices another.
func TestSQLiteHasItsLibrary(t *testing.T) {
	path, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	must(t, err)
	theirs, err := os.ReadFile(strings.TrimSpace(string(path)))
	must(t, err)
	ours, err := os.ReadFile("../../go.mod")
	must(t, err)
	if want, got := libcOf(theirs), libcOf(ours); want == "" || got != want {
		t.Errorf("go.mod has modernc.org/libc %s; SQLite was made with %s: go get modernc.org/libc@%s", got, want, want)
	}
}

// libcOf is the version of modernc.org/libc in a go.mod.
func libcOf(mod []byte) string {
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(f) >= 2 && f[0] == "modernc.org/libc" {
			return f[1]
		}
	}
	return ""
}
