package app

import "testing"

// What may wait to be collected is a share of what the machine has, and bounded.
func TestGarbage(t *testing.T) {
	for _, c := range []struct{ memory, want uint64 }{{0, 256}, {2 << 10, 256}, {8 << 10, 512}, {64 << 10, 1024}} { // MB
		if got := garbage(c.memory << 20); got != c.want<<20 {
			t.Errorf("%d MB of %d, want %d", got>>20, c.memory, c.want)
		}
	}
}
