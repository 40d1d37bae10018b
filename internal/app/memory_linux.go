package app

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memory is how many bytes this machine, or what the program is held in, has; 0 where
// that can't be told.
func memory() uint64 {
	var all unix.Sysinfo_t
	if unix.Sysinfo(&all) != nil {
		return 0
	}
	has := uint64(all.Totalram) * uint64(all.Unit)
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if most, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil { // else "max"
			has = min(has, most)
		}
	}
	return has
}
