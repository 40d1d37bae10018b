package hugepage

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// advise asks for large pages. What is within another's small page is left out.
func advise(from unsafe.Pointer, size uintptr) {
	const page = 4096
	skip := -uintptr(from) % page
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(from, skip)), (size-skip)&^(page-1)), unix.MADV_HUGEPAGE) // a hint
}
