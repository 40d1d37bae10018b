package event

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A batch's dictionary says the same as a log's, whatever the lengths of names,
// and merging it gives the same codes as looking each name up.
func TestBatchDict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[ab\x00]{0,20}`), 0, 300).Draw(t, "names")
		batch, late, plain := NewBatchDict(), NewBatchDict(), NewDict()
		for range 2 { // the second time after a Reset
			var codes []uint32
			for _, n := range names {
				codes = late.AppendCode(codes, []byte(n))
				if batch.Name(batch.CodeBytes([]byte(n))) != n {
					t.Fatalf("%q stands under another name", n)
				}
			}
			late.Settle(codes)
			log, objects := NewDict(), newObjects()
			for _, n := range rapid.SliceOfN(rapid.SampledFrom(append(names, "x")), 0, 50).Draw(t, "before") {
				log.Code(n)
				objects.ID(1, []byte(n))
				objects.ID(2, []byte(n))
			}
			merged, ids := log.merge(late), objects.merge(2, late)
			for i, n := range names {
				if n == "" {
					if codes[i] != 0 {
						t.Fatal("an empty name has a code")
					}
					continue
				}
				if late.Name(codes[i]) != n || log.Name(merged[codes[i]]) != n || objects.Name(ids[codes[i]]) != n || objects.Type(ids[codes[i]]) != 2 {
					t.Fatalf("%q: %q, %q, %q", n, late.Name(codes[i]), log.Name(merged[codes[i]]), objects.Name(ids[codes[i]]))
				}
				if log.Find(n) != merged[codes[i]] || objects.ID(2, []byte(n)) != ids[codes[i]] {
					t.Fatalf("%q has two codes", n)
				}
			}
			for _, n := range names {
				plain.Code(n)
			}
			if batch.Len() != plain.Len() {
				t.Fatalf("%d names, want %d", batch.Len(), plain.Len())
			}
			batch.Reset()
			late.Reset()
		}
	})
}

func TestPack(t *testing.T) {
	for n := range maxShort + 1 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('a' + i)
		}
		lo, hi := pack(b)
		if got := unpack(new([maxShort]byte), lo, hi, uint32(n)); !slices.Equal(got, b) {
			t.Errorf("%d bytes: %q, want %q", n, got, b)
		}
	}
}

// Many names of one batch keep their codes while its table grows.
func TestBatchDictGrows(t *testing.T) {
	d := NewBatchDict()
	var codes []uint32
	for i := range 200_000 {
		codes = d.AppendCode(codes, fmt.Appendf(nil, "C%d", i%50_000))
	}
	d.Settle(codes)
	for i, c := range codes {
		if int(c) != i%50_000+1 {
			t.Fatalf("row %d has code %d", i, c)
		}
	}
}
