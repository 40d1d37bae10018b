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

// grow puts leaves behind the tree, which has a size, and gives how it ends then. Tiles that
// aren't full yet aren't kept, since every commit changes them: that of the lowest level is left to
// the head, and the others follow from it and from those that are.
func (s *Store) grow(ctx context.Context, tx *sql.Tx, size int64, leaves []seal.Hash) (*tail, error) {
	last := s.tail.Load()
	tiles, err := seal.Grow(size, leaves, func(level int, number int64) (hashes []byte, err error) {
		if hashes = last.of(size, level); hashes != nil {
			return hashes, nil
		}
		return readTile(ctx, tx, level, number)
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
		if len(t.Hashes) < fullTile {
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

// fullTile is how long a tile is that is full, in bytes.
const fullTile = seal.TileWidth * len(seal.Hash{})

// manyQuerier is a transaction, or the database between two.
type manyQuerier interface {
	querier
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readTile gives what there is of a tile; nothing where there is none.
func readTile(ctx context.Context, q manyQuerier, level int, number int64) ([]byte, error) {
	return readTileBeside(ctx, q, nil, level, number)
}

// readTileBeside is readTile where it may be known how the tree ended not long ago: no tree gets
// smaller, so what was the beginning of a tile is.
func readTileBeside(ctx context.Context, q manyQuerier, last *tail, level int, number int64) (hashes []byte, err error) {
	var size int64
	err = q.QueryRowContext(ctx, `select coalesce((select hashes from seal_tiles where level = $1 and number = $2),
		case when $1 = 0 and size / `+strconv.Itoa(seal.TileWidth)+` = $2 then tail end), size from seal_head`,
		int64(level), number).Scan(&hashes, &size)
	above := seal.TileHeight * (level + 1)
	if err != nil || len(hashes) > 0 || level < 1 || above > 62 || size>>above != number {
		return hashes, err
	}
	n := int(size >> (above - seal.TileHeight) % seal.TileWidth)
	if last != nil && last.size >= size && last.size>>above == number && level < len(last.levels) && len(last.levels[level]) >= n*len(seal.Hash{}) {
		return last.levels[level][:n*len(seal.Hash{})], nil
	}
	return tileFromBelow(ctx, q, level, number, n)
}

// tileFromBelow makes the first n hashes of a tile of those below it; fewer, where one of them
// isn't there.
func tileFromBelow(ctx context.Context, q manyQuerier, level int, number int64, n int) ([]byte, error) {
	first := number * seal.TileWidth
	rows, err := q.QueryContext(ctx, `select number, hashes from seal_tiles where level = $1 and number >= $2 and number < $3 order by number`, int64(level-1), first, first+int64(n))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]byte, 0, fullTile)
	for rows.Next() {
		var number int64
		var below []byte
		if err := rows.Scan(&number, &below); err != nil {
			return nil, err
		}
		if number != first+int64(len(out)/len(seal.Hash{})) || len(below) != fullTile {
			break
		}
		root := seal.TileRoot(below)
		out = append(out, root[:]...)
	}
	return out, rows.Err()
}
