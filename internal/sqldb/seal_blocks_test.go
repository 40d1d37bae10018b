package sqldb

import (
	"database/sql"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// edit changes what is kept of a leaf, as who writes into the database would.
func edit(t *testing.T, tx *sql.Tx, leaf int64, how func(*seal.Sealed)) {
	t.Helper()
	b, err := blockOf(ctx, tx, leaf)
	must(t, err)
	how(&b.leaves[leaf-b.first])
	_, err = tx.ExecContext(ctx, `update seal_blocks set body = $2 where first = $1`, b.first, seal.AppendBlock(nil, b.leaves))
	must(t, err)
}

// testLeafTampered: every part of what is kept of a leaf, changed by itself, is found;
// so is one of a leaf that can't be opened any more.
func testLeafTampered(t *testing.T, where string) {
	s := open(t, where)
	_, public := sealedRecord(t, s)
	f := finding(2)
	_, err := s.Erase(ctx, erasing(1, 3, service.ByOrder, map[int64]map[string]bool{2: ids("e2-0")}, f))
	must(t, err)
	var blank, whole []int64
	for _, b := range blocksOf(t, s) {
		for i := range b.leaves {
			if leaf := b.first + int64(i); b.leaves[i].Blank() {
				blank = append(blank, leaf)
			} else {
				whole = append(whole, leaf)
			}
		}
	}
	equal(t, "leaves that can't be opened", len(blank) > 0, true)
	for _, list := range [][]int64{whole, blank} {
		for what, how := range map[string]func(*seal.Sealed){
			"kind": func(l *seal.Sealed) { l.Kind = "key" }, "ref": func(l *seal.Sealed) { l.Ref += "x" },
			"salt": func(l *seal.Sealed) { l.Salt[15] ^= 1 }, "body": func(l *seal.Sealed) { l.Body[0] ^= 1 },
			"salt and body": func(l *seal.Sealed) {
				if l.Blank() {
					l.Salt = seal.NewSalt()
				}
				l.Salt, l.Body[3] = seal.Salt{}, l.Body[3]^1
			},
		} {
			tx, err := s.write.BeginTx(ctx, nil)
			must(t, err)
			edit(t, tx, list[len(list)/2], how)
			if err := s.verifySeal(ctx, tx, seal.Trust{Keys: []string{public}}, new(SealTally)); err == nil {
				t.Errorf("leaf %d: nobody noticed another %s", list[len(list)/2], what)
			}
			must(t, tx.Rollback())
		}
	}
}

// testTilesTampered: a tile that is full, one above it, and the one that isn't full yet are
// each held against the leaves; so is one that was put in.
func testTilesTampered(t *testing.T, where string) {
	s := open(t, where)
	key, public := sealedRecord(t, s)
	must(t, s.Seal(ctx, 9, make([]seal.Leaf, (seal.TileWidth+2)*seal.TileWidth)...)) // a tile of the second level is full, and one isn't
	signHead(t, s, key)
	_, err := s.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	must(t, err)
	for _, do := range []string{
		`update seal_tiles set hashes = (select hashes from seal_tiles where level = 0 and number = 1) where level = 0 and number = 0`,
		`update seal_tiles set hashes = substr(hashes, 1, 32) where level = 0 and number = 1`,
		`update seal_tiles set hashes = (select hashes from seal_tiles where level = 0 and number = 0) where level = 1`,
		`update seal_tiles set hashes = substr(hashes, 1, 32) where level = 1`,
		`delete from seal_tiles where level = 0 and number = 0`,
		`delete from seal_tiles where level = 1`,
		`update seal_head set tail = (select hashes from seal_tiles where level = 0 and number = 0)`,
		`update seal_head set tail = substr(tail, 33)`,
		`delete from seal_tiles where level = 0 and number = 257`, // of which the one above, that isn't full, is made
		`insert into seal_tiles (level, number, hashes) select 1, 1, hashes from seal_tiles where level = 1`,
		`insert into seal_tiles (level, number, hashes) select 0, 258, hashes from seal_tiles where level = 0 and number = 0`,
	} {
		tx, err := s.write.BeginTx(ctx, nil)
		must(t, err)
		done, err := tx.ExecContext(ctx, do)
		must(t, err)
		if n, _ := done.RowsAffected(); n != 1 {
			t.Errorf("%s: %d rows, want 1", do, n)
		}
		if err := s.verifySeal(ctx, tx, seal.Trust{Keys: []string{public}}, new(SealTally)); err == nil {
			t.Errorf("nobody noticed %s", do)
		}
		must(t, tx.Rollback())
	}
}

// testLastLeaf: the last leaf of a row is found, wherever the row says that it was
// written, and whatever was sealed at the same instant.
func testLastLeaf(t *testing.T, where string) {
	s := open(t, where)
	var want int64
	seals := func(body string) {
		t.Helper()
		head, err := s.SealHead(ctx)
		must(t, err)
		want = head.Size + 1
		must(t, s.Seal(ctx, 5, seal.Leaf{Kind: "other", Ref: "f"}, seal.Leaf{Kind: "finding", Ref: "f", Body: []byte(body)}, seal.Leaf{Kind: "finding", Ref: "beside"}))
	}
	find := func(written clock.Instant, body string) {
		t.Helper()
		must(t, s.atOnce(ctx, func(tx *sql.Tx) error {
			leaf, in, err := lastLeafOf(ctx, tx, &seal.Leaf{Kind: "finding", Ref: "f", Body: []byte(body)}, written)
			must(t, err)
			equal(t, "leaf", leaf, want)
			equal(t, "of", in.open(leaf).Ref, "f")
			return nil
		}))
	}
	seals("first")
	seals("second")
	find(5, "second") // two at one instant
	find(4, "second") // the row says another instant
	find(5, "none")   // it was changed since: the last there is, which won't open
	more := make([]seal.Leaf, 3*mostInBlock)
	for i := range more {
		more[i] = seal.Leaf{Kind: "note", Ref: "f"}
	}
	must(t, s.Seal(ctx, 6, more...))
	find(5, "second")
	must(t, s.atOnce(ctx, func(tx *sql.Tx) error {
		if _, _, err := lastLeafOf(ctx, tx, &seal.Leaf{Kind: "finding", Ref: "none"}, 5); err != ErrNotSealed {
			t.Errorf("what was never sealed: %v", err)
		}
		head, err := sealHead(ctx, tx, nil)
		must(t, err)
		if _, err := blockOf(ctx, tx, head.Size); err != ErrNotSealed {
			t.Errorf("a leaf behind the last: %v", err)
		}
		return nil
	}))
}

// testUpgradedSeal: leaves that lay a row each, as up to form 20, are the same log.
func testUpgradedSeal(t *testing.T, where string) {
	s := open(t, where)
	s.shape = seal.Binary
	key, _ := sealedRecord(t, s)
	_, err := s.Erase(ctx, erasing(1, 3, service.ByOrder, map[int64]map[string]bool{2: ids("e2-0")}, finding(2)))
	must(t, err)
	more := make([]seal.Leaf, 2*mostInBlock)
	must(t, s.Seal(ctx, 9, more...))
	older := signHead(t, s, key)
	entries, err := s.SealEntries(ctx, 0, 1<<20)
	must(t, err)

	exec := func(query string, args ...any) {
		t.Helper()
		_, err := s.write.ExecContext(ctx, query, args...)
		must(t, err)
	}
	exec(`create table seal_leaves (leaf bigint primary key, at bigint not null, kind text not null, ref text not null, salt bytea not null, body bytea not null, entry bytea not null)`)
	for _, b := range blocksOf(t, s) {
		for i := range b.leaves {
			l := &b.leaves[i]
			salt, body := l.Salt[:], l.Body[:]
			if l.Blank() {
				salt, body = []byte{}, []byte{}
			}
			exec(`insert into seal_leaves (leaf, at, kind, ref, salt, body, entry) values ($1, $2, $3, $4, $5, $6, $7)`,
				b.first+int64(i), int64(b.at), l.Kind, l.Ref, salt, body, entries[b.first+int64(i)])
		}
	}
	headOfForm24(t, s)
	exec(`drop table seal_blocks`)
	exec(`alter table erased_leaves drop column entry`)
	exec(`update schema_version set version = 20`)
	must(t, s.Close())

	s = open(t, where)
	_, err = s.VerifySeal(ctx, seal.Trust{Older: [][]byte{older}})
	must(t, err)
	again, err := s.SealEntries(ctx, 0, 1<<20)
	must(t, err)
	equal(t, "entries", again, entries)
	for _, span := range [][2]int{{0, 1}, {3, 4}, {mostInBlock - 1, 2}, {mostInBlock + 5, 300}} {
		some, err := s.SealEntries(ctx, int64(span[0]), span[1])
		must(t, err)
		equal(t, "some entries", some, entries[span[0]:span[0]+span[1]])
	}
	must(t, s.Commit(ctx, batch(4, finding(4))))
	sealedAsIs(t, s)
}
