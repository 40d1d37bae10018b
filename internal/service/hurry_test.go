package service

import "testing"

// What waits for the collector in a hurry is bounded: the more is kept, the smaller its
// share; nobody's own choice is undone.
func TestHurriedPercent(t *testing.T) {
	for _, c := range []struct {
		before int
		kept   uint64
		want   int
	}{
		{100, 0, 250},
		{100, 40 << 20, 250},
		{100, 102 << 20, 250},
		{100, 128 << 20, 200},
		{100, 150 << 20, 150},
		{100, 256 << 20, 100},
		{100, 4 << 30, 100},
		{50, 1 << 30, 50},
		{300, 40 << 20, 300},
		{-1, 40 << 20, -1},
	} {
		if got := hurriedPercent(c.before, c.kept); got != c.want {
			t.Errorf("%d %% before and %d MB kept: %d %%, want %d", c.before, c.kept>>20, got, c.want)
		}
	}
}
