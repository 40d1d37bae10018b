//go:build unix

package app

import "golang.org/x/sys/unix"

// diskSpace is what is free on the disk of a folder, and how large it is; 0 where the
// system doesn't say.
func diskSpace(dir string) (free, all int64) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, 0
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize)
}
