package seal

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// The tree lies in tiles of 256 hashes (C2SP tlog-tiles). A tile that isn't full
// yet is the beginning of what it will be.
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
	hashSize   = sha256.Size
)

// Tile is a tile with its hashes, one behind the other.
type Tile struct {
	Level  int
	Number int64
	Hashes []byte
}

// ReadTile gives the hashes of a tile as far as there are any.
type ReadTile func(level int, number int64) ([]byte, error)

// Grow puts leaves behind a tree of a size and gives the tiles that change.
func Grow(size int64, leaves []Hash, read ReadTile) ([]Tile, error) {
	var changed []Tile
	add := leaves
	for level := 0; len(add) > 0; level++ {
		at := size >> (TileHeight * level) // hashes at this level so far
		var full []Hash
		for len(add) > 0 {
			t := Tile{Level: level, Number: at / TileWidth}
			have := int(at % TileWidth)
			t.Hashes = make([]byte, 0, min(have+len(add), TileWidth)*hashSize)
			if have > 0 {
				old, err := read(level, t.Number)
				if err != nil {
					return nil, err
				}
				if len(old) < have*hashSize {
					return nil, fmt.Errorf("tile %d/%d has %d hashes and should have %d", level, t.Number, len(old)/hashSize, have)
				}
				t.Hashes = append(t.Hashes, old[:have*hashSize]...)
			}
			for len(add) > 0 && len(t.Hashes) < TileWidth*hashSize {
				t.Hashes = append(t.Hashes, add[0][:]...)
				add = add[1:]
				at++
			}
			if len(t.Hashes) == TileWidth*hashSize {
				full = append(full, TileRoot(t.Hashes))
			}
			changed = append(changed, t)
		}
		add = full
	}
	return changed, nil
}

// TileRoot is the root over a tile's hashes, of which there are a power of two: what stands for
// it in the tile above.
func TileRoot(hashes []byte) Hash {
	var level [TileWidth]Hash
	n := len(hashes) / hashSize
	for i := range n {
		copy(level[i][:], hashes[i*hashSize:])
	}
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			level[i] = nodeHash(&level[2*i], &level[2*i+1])
		}
	}
	return level[0]
}

// Hashes reads the hashes of a tree from its tiles, each tile once, for the
// functions of package tlog.
func Hashes(read ReadTile) tlog.HashReader {
	type key struct {
		level  int
		number int64
	}
	have := map[key][]byte{}
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(TileHeight, index)
			k := key{t.L, t.N}
			data, ok := have[k]
			if !ok || len(data) < t.W*hashSize {
				var err error
				if data, err = read(t.L, t.N); err != nil {
					return nil, err
				}
				have[k] = data
			}
			h, err := tlog.HashFromTile(t, data, index)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

// Root is the root of a tree of a size.
func Root(size int64, read ReadTile) (Hash, error) { return tlog.TreeHash(size, Hashes(read)) }

// TilePath is where C2SP tlog-tiles has a tile; level -1 are the entries.
func TilePath(level int, number int64, width int) string {
	p := strings.TrimPrefix(tlog.Tile{H: TileHeight, L: level, N: number, W: width}.Path(), fmt.Sprintf("tile/%d/", TileHeight))
	return "tile/" + strings.Replace(p, "data/", "entries/", 1)
}

// ParseTilePath reads such a path.
func ParseTilePath(path string) (level int, number int64, width int, ok bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return 0, 0, 0, false
	}
	if n, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + n
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", TileHeight, rest))
	if err != nil || t.L > 63 || t.N >= MaxSize>>TileHeight || TilePath(t.L, t.N, t.W) != path {
		return 0, 0, 0, false
	}
	return t.L, t.N, t.W, true
}

// Path is the way from a leaf to the root of a tree of a size: what stands
// beside it, from below.
func Path(size, leaf int64, read ReadTile) ([]Hash, error) {
	return tlog.ProveRecord(size, leaf, Hashes(read))
}
