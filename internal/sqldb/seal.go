package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// sealing is what is sealed at one instant.
type sealing struct {
	at     clock.Instant
	leaves []seal.Leaf
	first  int64 // the number of the first of them, once they are in the log
}

// seal puts leaves into the log, in the transaction of what they seal: either
// both are written or neither. Call it once and last in a transaction, since
// whoever else seals waits from here on until it ends.
func (s *Store) seal(ctx context.Context, tx *sql.Tx, at clock.Instant, leaves ...seal.Leaf) error {
	return s.sealAll(ctx, tx, &sealing{at: at, leaves: leaves})
}

// sealAll is seal, of what was sealed at several instants.
func (s *Store) sealAll(ctx context.Context, tx *sql.Tx, list ...*sealing) error {
	var all int
	for _, one := range list {
		all += len(one.leaves)
	}
	if all == 0 {
		return nil
	}
	var first int64
	if err := s.row(ctx, tx, `update seal_head set size = size + $1 returning size`, []any{int64(all)}, &first); err != nil {
		return err
	}
	first -= int64(all)
	salts, hashes, kinds := seal.NewSalts(all), make([]seal.Hash, 0, all), map[string]int64{}
	for _, one := range list {
		one.first = first + int64(len(hashes))
		b := block{first: one.first, at: one.at, leaves: make([]seal.Sealed, 0, min(len(one.leaves), mostInBlock))}
		for i := range one.leaves {
			l := &one.leaves[i]
			b.leaves = append(b.leaves, seal.Sealed{Kind: plain(l.Kind), Ref: plain(l.Ref), Salt: salts[len(hashes)], Body: seal.BodyHash(l.Body)})
			put := &b.leaves[len(b.leaves)-1]
			hashes = append(hashes, seal.LeafHash(put.Entry(b.at)))
			kinds[put.Kind]++
			if len(b.leaves) == mostInBlock || i == len(one.leaves)-1 {
				if err := s.putBlock(ctx, tx, &b); err != nil {
					return err
				}
				b.first, b.leaves = first+int64(len(hashes)), b.leaves[:0]
			}
		}
	}
	if err := s.count(ctx, tx, kinds); err != nil {
		return err
	}
	return s.grow(ctx, tx, first, hashes)
}

// grow puts leaves behind the tree, which has a size.
func (s *Store) grow(ctx context.Context, tx *sql.Tx, size int64, leaves []seal.Hash) error {
	tiles, err := seal.Grow(size, leaves, func(level int, number int64) (hashes []byte, err error) {
		return hashes, s.row(ctx, tx, selectTile, []any{int64(level), number}, &hashes)
	})
	if err != nil {
		return err
	}
	for _, t := range tiles {
		if err := s.exec(ctx, tx, `insert into seal_tiles (level, number, hashes) values ($1, $2, $3)
			on conflict (level, number) do update set hashes = excluded.hashes`, int64(t.Level), t.Number, t.Hashes); err != nil {
			return err
		}
	}
	return nil
}

// Seal seals what is kept elsewhere, or nowhere: an export that was made, a file
// that was read.
func (s *Store) Seal(ctx context.Context, at clock.Instant, leaves ...seal.Leaf) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return s.seal(ctx, tx, at, leaves...) })
}

// count adds to what checkpoints carry.
func (s *Store) count(ctx context.Context, tx *sql.Tx, more map[string]int64) error {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if err := s.exec(ctx, tx, addCount, name, more[name]); err != nil {
			return err
		}
	}
	return nil
}

const addCount = `insert into seal_counts (name, total) values ($1, $2) on conflict (name) do update set total = seal_counts.total + excluded.total`

const selectTile = `select hashes from seal_tiles where level = $1 and number = $2`

// readTile gives what there is of a tile; nothing where there is none.
func readTile(ctx context.Context, q querier, level int, number int64) (hashes []byte, err error) {
	err = q.QueryRowContext(ctx, selectTile, int64(level), number).Scan(&hashes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return hashes, err
}
