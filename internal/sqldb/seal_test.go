package sqldb

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

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
	must(t, s.each(ctx, func(scan func(...any) error) error {
		var salt, body, entry []byte
		var kind, ref string
		var at int64
		must(t, scan(&at, &kind, &ref, &salt, &body, &entry))
		equal(t, "entry", entry, seal.Entry(seal.Salt(salt), 7, kind, ref, seal.Hash(body)))
		equal(t, "body", seal.Hash(body), seal.BodyHash([]byte{byte(len(hashes))}))
		hashes = append(hashes, seal.LeafHash(entry))
		return nil
	}, `select at, kind, ref, salt, body, entry from seal_leaves order by leaf`))
	equal(t, "leaves", len(hashes), n)
	got, err := seal.Root(int64(n), func(level int, number int64) ([]byte, error) { return readTile(ctx, s.read, level, number) })
	must(t, err)
	equal(t, "root", got, treeOf(hashes))
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
