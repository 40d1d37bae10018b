package service

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/event"
)

// numbered are numbers as the index has them, the oldest first.
func numbered(names []string) *numbers {
	n := &numbers{}
	for i, name := range names {
		n.starts, n.of = append(n.starts, uint32(len(n.text))), append(n.of, event.ObjectID(i+1))
		n.text = append(n.text, "\n"+name...)
	}
	return n
}

// A search finds every number that contains a text once: those that begin with it
// before the others, the newest first, and no more than are wanted.
func TestNumbersAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	names := make([]string, 3*searchBlock+77)
	for i := range names {
		names[i] = fmt.Sprintf("%c%d案%d", 'a'+rune(r.IntN(3)), r.IntN(2000), i)
	}
	n := numbered(names)
	for _, part := range []string{"a", "1", "案1", "b77", "77", names[5], names[len(names)-1], "c1999案", "none", "案", "\n", ""} {
		var begin, contain, got []event.ObjectID
		for i, name := range slices.Backward(names) {
			if strings.HasPrefix(name, part) {
				begin = append(begin, event.ObjectID(i+1))
			} else if strings.Contains(name, part) {
				contain = append(contain, event.ObjectID(i+1))
			}
		}
		want := append(begin, contain...)
		for _, most := range []int{1, 50, len(names)} {
			got = nil
			n.search(part, func(o event.ObjectID) bool {
				got = append(got, o)
				return len(got) < most
			})
			if !slices.Equal(got, want[:min(most, len(want))]) {
				t.Errorf("%q, at most %d: %d found, want %d", part, most, len(got), min(most, len(want)))
			}
		}
	}
}

// BenchmarkNumbers is a search among the numbers of a million cases, of one of them and
// of what most of them contain.
func BenchmarkNumbers(b *testing.B) {
	names := make([]string, 1_000_000)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	n := numbered(names)
	for _, part := range []string{"c123456", "专案", "1"} {
		b.Run(part, func(b *testing.B) {
			for b.Loop() {
				found := 0
				n.search(part, func(event.ObjectID) bool { found++; return found < 50 })
			}
		})
	}
}
