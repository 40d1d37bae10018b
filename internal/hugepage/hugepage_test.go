package hugepage

import (
	"slices"
	"testing"
)

// Tables of either kind, small and large, hold what is put into them and stay clear
// elsewhere.
func TestTables(t *testing.T) {
	for _, room := range []int{0, 1, 1000, least/8 - 1, least / 8, 3*least/8 + 77} {
		s := Make[uint64](room/2, room)
		if len(s) != room/2 || cap(s) < room || slices.ContainsFunc(s[:room], func(v uint64) bool { return v != 0 }) {
			t.Fatalf("a table of %d of %d has %d of %d, or isn't clear", room/2, room, len(s), cap(s))
		}
		for i := range s {
			s[i] = uint64(i) + 1
		}
		for _, n := range []int{0, room - room/2, room - room/2 + 1, least} {
			g := Grow(s, n)
			if len(g) != len(s) || cap(g)-len(g) < n || !slices.Equal(g, s) {
				t.Fatalf("grown by %d, a table of %d of %d has %d of %d", n, len(s), cap(s), len(g), cap(g))
			}
		}
	}
}
