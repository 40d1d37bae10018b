//go:build linux && (amd64 || arm64)

package sqldb

import (
	"os"
	"syscall"
)

// writeOut has a stretch of a file written to the disk, as far as it is there and was
// changed. It promises nothing: what comes after it syncs the file.
func writeOut(f *os.File, from, length int64) {
	const waitBefore, write, waitAfter = 1, 2, 4
	_ = syscall.SyncFileRange(int(f.Fd()), from, length, waitBefore|write|waitAfter)
}
