//go:build linux || darwin

package image

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// leastRoom is what a section that grows can grow by at least.
const leastRoom = 16 << 20

// mapping is where the sections of a file lie in this process's memory.
type mapping struct {
	base unsafe.Pointer
	size uintptr
	at   map[string]place
}

type place struct {
	from unsafe.Pointer
	room int // bytes, for what it may grow to
}

// mapFile reserves addresses for all sections and what they may grow to, and puts
// the file's pages there. What is written goes to copies of this process's own.
func (im *File) mapFile(f *os.File) error {
	page := int64(os.Getpagesize())
	up := func(n int64) int64 { return (n + page - 1) / page * page }
	rooms := make([]int64, len(im.list))
	size := page
	for i, e := range im.list {
		rooms[i] = up(e.Bytes)
		if e.Grows {
			rooms[i] += up(max(e.Bytes, leastRoom))
		}
		size += rooms[i]
	}
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return err
	}
	m := mapping{base: base, size: uintptr(size), at: map[string]place{}}
	at := base
	for i, e := range im.list {
		if e.Bytes > 0 {
			if _, err := unix.MmapPtr(int(f.Fd()), e.At, at, uintptr(e.Bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE); err != nil {
				_ = m.close() // the first error says it
				return err
			}
		}
		room := rooms[i]
		if !e.Grows { // an append is to copy it, not to run into the page's rest
			room = e.Bytes
		}
		m.at[e.Name] = place{at, int(room)}
		at = unsafe.Add(at, rooms[i])
	}
	im.mapped = m
	return nil
}

func (m *mapping) of(name string) (unsafe.Pointer, int) {
	p := m.at[name]
	return p.from, p.room
}

func (m *mapping) close() error {
	if m.base == nil {
		return nil
	}
	base := m.base
	m.base, m.at = nil, nil
	return unix.MunmapPtr(base, m.size)
}

// leave lets the system take back the pages of a section.
func (m *mapping) leave(name string) {
	if p := m.at[name]; p.room > 0 {
		_ = unix.Madvise(unsafe.Slice((*byte)(p.from), p.room), unix.MADV_DONTNEED) // it is only memory
	}
}

// Free is how many bytes a file of a folder can still take.
func Free(dir string) int64 {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return math.MaxInt64 // writing will tell
	}
	return int64(min(fs.Bavail, math.MaxInt64/uint64(fs.Bsize)) * uint64(fs.Bsize))
}
