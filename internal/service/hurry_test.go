package service

import "testing"

// What waits for the collector in a hurry is bounded: the more is kept, the smaller its
// share; nobody's own choice is undone.
func TestHurriedPercent(t *testing.T) {
	for _, c := range []struct {
		before int
		kept   uint64 // MB
		room   uint64
		want   int
	}{
		{100, 0, 256, 250},
		{100, 40, 256, 250},
		{100, 102, 256, 250},
		{100, 128, 256, 200},
		{100, 150, 256, 150},
		{100, 256, 256, 100},
		{100, 4096, 256, 100},
		{50, 1024, 256, 50},
		{300, 40, 256, 300},
		{-1, 40, 256, -1},
		{100, 400, 1024, 250},
		{100, 600, 1024, 150},
	} {
		if got := hurriedPercent(c.before, c.kept<<20, c.room<<20); got != c.want {
			t.Errorf("%d %% before, %d MB kept and room for %d: %d %%, want %d", c.before, c.kept, c.room, got, c.want)
		}
	}
}
