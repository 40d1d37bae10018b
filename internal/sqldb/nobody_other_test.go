//go:build !linux

package sqldb

import (
	"os"
	"testing"
)

// asNobody runs f; as root, who may write everywhere, only Linux lets a thread
// give that up.
func asNobody(t *testing.T, f func()) {
	if os.Getuid() == 0 {
		t.Skip("left out: a directory that root may not write into")
	}
	f()
}
