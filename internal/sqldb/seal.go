package sqldb

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// sealing is what is sealed at one instant.
type sealing struct {
	at     clock.Instant
	leaves []seal.Sealed // without their salts
	first  int64         // the number of the first of them, once they are in the log
}

// hashed is a leaf of which the body needn't be kept.
func hashed(l *seal.Leaf) seal.Sealed {
	return seal.Sealed{Kind: plain(l.Kind), Ref: plain(l.Ref), Body: seal.BodyHash(l.Body)}
}

// seal puts leaves into the log, in the transaction of what they seal: either
// both are written or neither. Call it once and last in a transaction, since
// whoever else seals waits from here on until it ends.
func (s *Store) seal(ctx context.Context, tx *sql.Tx, at clock.Instant, leaves ...seal.Leaf) error {
	if len(leaves) == 0 {
		return nil
	}
	list := make([]seal.Sealed, len(leaves))
	for i := range leaves {
		list[i] = hashed(&leaves[i])
	}
	h, err := s.head(ctx, tx)
	if err != nil {
		return err
	}
	h.add(list)
	_, err = s.sealAll(ctx, tx, h, &sealing{at: at, leaves: list})
	return err
}

// sealAll puts leaves into the log that are counted in its head, and gives how the tree ends then.
func (s *Store) sealAll(ctx context.Context, tx *sql.Tx, h *head, list ...*sealing) (*tail, error) {
	var all int
	for _, one := range list {
		all += len(one.leaves)
	}
	if all == 0 {
		return nil, nil
	}
	first := h.size
	salts, hashes := seal.NewSalts(all), make([]seal.Hash, 0, all)
	for _, one := range list {
		one.first = first + int64(len(hashes))
		for leaves := range slices.Chunk(one.leaves, mostInBlock) {
			b := block{first: first + int64(len(hashes)), at: one.at, leaves: leaves}
			for i := range leaves {
				leaves[i].Salt = salts[len(hashes)]
				hashes = append(hashes, leaves[i].Hash(b.at))
			}
			if err := s.putBlock(ctx, tx, &b); err != nil {
				return nil, err
			}
		}
	}
	end, err := s.grow(ctx, tx, first, hashes)
	if err != nil {
		return nil, err
	}
	h.size = end.size
	return end, s.putHead(ctx, tx, h, end.open())
}

// tail is how the tree ends after a commit: the last tile of each level that the commits of
// late have changed. Each commit reads the lowest, and writes it anew.
type tail struct {
	size   int64 // of the tree
	levels [][]byte
}

// of is the last tile of a level of a tree of a size; nil where it isn't known. No tree gets
// smaller, so one of the same size is the same.
func (t *tail) of(size int64, level int) []byte {
	if t == nil || t.size != size || level >= len(t.levels) {
		return nil
	}
	return t.levels[level]
}

// open is the tile of the lowest level that isn't full yet; nil where there is none.
func (t *tail) open() []byte {
	if t.size%seal.TileWidth == 0 {
		return nil
	}
	return t.levels[0]
}

// grow puts leaves behind the tree, which has a size, and gives how it ends then. The tile that
// isn't full yet is left to the head: every commit changes it.
func (s *Store) grow(ctx context.Context, tx *sql.Tx, size int64, leaves []seal.Hash) (*tail, error) {
	last := s.tail.Load()
	tiles, err := seal.Grow(size, leaves, func(level int, number int64) (hashes []byte, err error) {
		if hashes = last.of(size, level); hashes != nil {
			return hashes, nil
		}
		return hashes, s.row(ctx, tx, selectTile, []any{int64(level), number}, &hashes)
	})
	if err != nil {
		return nil, err
	}
	end := &tail{size: size + int64(len(leaves))}
	for level := 0; last.of(size, level) != nil; level++ {
		end.levels = append(end.levels, last.of(size, level))
	}
	for _, t := range tiles {
		if t.Level < len(end.levels) {
			end.levels[t.Level] = t.Hashes
		} else if t.Level == len(end.levels) {
			end.levels = append(end.levels, t.Hashes)
		}
		if t.Level == 0 && len(t.Hashes) < seal.TileWidth*len(seal.Hash{}) {
			continue
		}
		if err := s.exec(ctx, tx, `insert into seal_tiles (level, number, hashes) values ($1, $2, $3)
			on conflict (level, number) do update set hashes = excluded.hashes`, int64(t.Level), t.Number, t.Hashes); err != nil {
			return nil, err
		}
	}
	return end, nil
}

// Seal seals what is kept elsewhere, or nowhere: an export that was made, a file
// that was read.
func (s *Store) Seal(ctx context.Context, at clock.Instant, leaves ...seal.Leaf) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return s.seal(ctx, tx, at, leaves...) })
}

var selectTile = `select coalesce((select hashes from seal_tiles where level = $1 and number = $2),
	(select tail from seal_head where $1 = 0 and size / ` + strconv.Itoa(seal.TileWidth) + ` = $2))`

// readTile gives what there is of a tile; nothing where there is none.
func readTile(ctx context.Context, q querier, level int, number int64) (hashes []byte, err error) {
	err = q.QueryRowContext(ctx, selectTile, int64(level), number).Scan(&hashes)
	return hashes, err
}
