// Package hugepage makes large tables that the system may lay out in large pages.
//
// A table of a hundred megabytes that is looked into at random costs two waits for
// each look: one for the place's page to be found, one for what lies there. Pages of
// two megabytes in place of four kilobytes take most of the first away, and as many
// fewer pages have to be brought in when the table is filled. Linux does so by itself
// where it is set to; where it is set to "madvise", as it commonly is, it does so
// where it is asked, which is all that this package does. It is a hint: elsewhere,
// and where it is refused, the tables are the same and slower.
//
// It is for tables that will be full. A page of which little is used costs all of its
// two megabytes.
package hugepage

import "unsafe"

// least is how many bytes a table has at least for it to be worth asking.
const least = 4 << 20

// Make is make([]T, n, room).
func Make[T any](n, room int) []T {
	s := make([]T, n, room)
	if size := uintptr(room) * unsafe.Sizeof(*new(T)); size >= least {
		advise(unsafe.Pointer(unsafe.SliceData(s)), size)
	}
	return s
}

// Grow is slices.Grow, without the room that append would add.
func Grow[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	grown := Make[T](len(s), len(s)+n)
	copy(grown, s)
	return grown
}
