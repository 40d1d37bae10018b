package sqldb

import (
	"database/sql"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// testSeal: what is sealed is in the log as it was committed to, in any number
// of transactions, and a transaction that fails leaves nothing there.
func testSeal(t *testing.T, where string) {
	s := open(t, where)
	n := 0
	for _, batch := range []int{1, 254, 1, 1, 700, 1} {
		leaves := make([]seal.Leaf, batch)
		for i := range leaves {
			leaves[i] = seal.Leaf{Kind: "export", Ref: "某人\x00", Body: []byte{byte(n)}}
			n++
		}
		must(t, s.Seal(ctx, 7, leaves...))
	}
	var hashes []seal.Hash
	for _, b := range blocksOf(t, s) {
		equal(t, "instant", b.at, clock.Instant(7))
		for i := range b.leaves {
			l := &b.leaves[i]
			equal(t, "kind and ref", l.Kind+" "+l.Ref, "export 某人␀")
			equal(t, "body", l.Body, seal.BodyHash([]byte{byte(len(hashes))}))
			hashes = append(hashes, seal.LeafHash(l.Entry(b.at)))
		}
	}
	equal(t, "leaves", len(hashes), n)
	got, err := seal.Root(int64(n), func(level int, number int64) ([]byte, error) { return readTile(ctx, s.read, level, number) })
	must(t, err)
	equal(t, "root", got, treeOf(hashes))
}

// blocksOf are all leaves as they are kept.
func blocksOf(t testing.TB, s *Store) (list []block) {
	t.Helper()
	must(t, s.atOnce(ctx, func(tx *sql.Tx) error {
		return eachBlock(ctx, tx, func(b *block) (bool, error) {
			list = append(list, *b)
			return false, nil
		}, `order by first`)
	}))
	return list
}

// leavesOf is how many leaves there are of kinds.
func leavesOf(t testing.TB, s *Store, kinds ...string) (n int) {
	t.Helper()
	for _, b := range blocksOf(t, s) {
		for i := range b.leaves {
			if slices.Contains(kinds, b.leaves[i].Kind) {
				n++
			}
		}
	}
	return n
}

// treeOf is the root of RFC 6962, as it says it.
func treeOf(hashes []seal.Hash) seal.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	k := 1
	for 2*k < len(hashes) {
		k *= 2
	}
	return tlog.NodeHash(treeOf(hashes[:k]), treeOf(hashes[k:]))
}
