package seal

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// What was written as a block is read as it was; cut anywhere, it is fewer leaves or
// an error, and never another leaf.
func TestBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) (l Sealed) {
			copy(l.Salt[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt"))
			copy(l.Body[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "body"))
			l.Kind, l.Ref = rapid.String().Draw(t, "kind"), rapid.String().Draw(t, "ref")
			return l
		}), 0, 5).Draw(t, "leaves")
		b := AppendBlock(nil, leaves)
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		got, err := ParseBlock(b[:cut])
		if err != nil && cut == len(b) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(AppendBlock(nil, got), b[:cut]) {
			t.Fatalf("%v, of %v", got, leaves)
		}
		for i := range got {
			if got[i] != leaves[i] {
				t.Fatalf("leaf %d: %v, want %v", i, got[i], leaves[i])
			}
		}
	})
}

func FuzzParseBlock(f *testing.F) {
	f.Add(AppendBlock(nil, []Sealed{{Kind: "finding", Ref: "f1", Salt: NewSalt()}, {}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		leaves, err := ParseBlock(b)
		if err == nil && len(AppendBlock(nil, leaves)) > len(b) { // lengths may be written longer than need be
			t.Fatalf("%d leaves of %d bytes", len(leaves), len(b))
		}
	})
}
