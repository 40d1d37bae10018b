package seal

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// alike are the tiles of a tree of any size whose leaves are all alike, so that
// one of 10^8 needs no room.
func alike(leaf Hash) ReadTile {
	return func(level int, _ int64) ([]byte, error) {
		h := leaf
		for range level * TileHeight {
			h = tlog.NodeHash(h, h)
		}
		return bytes.Repeat(h[:], TileWidth), nil
	}
}

// A proof, made and checked, in a log of 10^8 leaves.
func BenchmarkProof(b *testing.B) {
	const size, index = 100_000_000, 31_415_926
	leaf := LeafHash(Entry(NewSalt(), 1, "note", "1", Hash{}))
	read := alike(leaf)
	root, err := Root(size, read)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		path, err := Path(size, index, read)
		if err != nil || tlog.CheckRecord(path, size, root, index, leaf) != nil {
			b.Fatal(err)
		}
	}
}

// A whole log read and held against its checkpoint.
func BenchmarkCheckLog(b *testing.B) {
	const size = 1 << 19
	files := map[string][]byte{}
	tiles := map[[2]int64][]byte{}
	var entries [][]byte
	hashes := make([]Hash, size)
	for i := range hashes {
		e := Entry(Salt{byte(i), byte(i >> 8)}, 1, "note", fmt.Sprint(i), Hash{})
		hashes[i] = LeafHash(e)
		if entries = append(entries, e); len(entries) == TileWidth {
			files[TilePath(-1, int64(i/TileWidth), TileWidth)] = Bundle(entries)
			entries = nil
		}
	}
	read := func(level int, number int64) ([]byte, error) { return tiles[[2]int64{int64(level), number}], nil }
	changed, err := Grow(0, hashes, read)
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range changed {
		tiles[[2]int64{int64(t.Level), t.Number}] = t.Hashes
		files[TilePath(t.Level, t.Number, len(t.Hashes)/hashSize)] = t.Hashes
	}
	signer, public := testKey(b, testOrigin)
	root, err := Root(size, read)
	if err != nil {
		b.Fatal(err)
	}
	if files["checkpoint"], err = Sign(&Checkpoint{Origin: testOrigin, Size: size, Root: root}, signer); err != nil {
		b.Fatal(err)
	}
	get := func(_ context.Context, path string) ([]byte, error) {
		if f, ok := files[path]; ok {
			return f, nil
		}
		return nil, ErrNoFile
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := CheckLog(context.Background(), get, Trust{Keys: []string{public}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds()/1e6, "Mleaves/s")
}
