package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// seal puts leaves into the log, in the transaction of what they seal: either
// both are written or neither. Call it once and last in a transaction, since
// whoever else seals waits from here on until it ends.
func (s *Store) seal(ctx context.Context, tx *sql.Tx, at clock.Instant, leaves ...seal.Leaf) error {
	_, err := s.sealAt(ctx, tx, at, leaves)
	return err
}

// sealAt is seal, and gives the number of the first leaf.
func (s *Store) sealAt(ctx context.Context, tx *sql.Tx, at clock.Instant, leaves []seal.Leaf) (first int64, err error) {
	if len(leaves) == 0 {
		return 0, nil
	}
	if err := s.row(ctx, tx, `update seal_head set size = size + $1 returning size`, []any{int64(len(leaves))}, &first); err != nil {
		return 0, err
	}
	first -= int64(len(leaves))
	salts := seal.NewSalts(len(leaves))
	hashes, kinds := make([]seal.Hash, len(leaves)), map[string]int64{}
	args := make([]any, 0, len(leaves)*leafColumns)
	for i, l := range leaves {
		salt, body, kind, ref := salts[i], seal.BodyHash(l.Body), plain(l.Kind), plain(l.Ref)
		entry := seal.Entry(salt, at, kind, ref, body)
		hashes[i] = seal.LeafHash(entry)
		kinds[kind]++
		args = append(args, first+int64(i), int64(at), kind, ref, salt[:], body[:], entry)
	}
	if err := s.putLeaves(ctx, tx, args); err != nil {
		return 0, err
	}
	if err := s.count(ctx, tx, kinds); err != nil {
		return 0, err
	}
	tiles, err := seal.Grow(first, hashes, func(level int, number int64) (hashes []byte, err error) {
		return hashes, s.row(ctx, tx, selectTile, []any{int64(level), number}, &hashes)
	})
	if err != nil {
		return 0, err
	}
	for _, t := range tiles {
		if err := s.exec(ctx, tx, `insert into seal_tiles (level, number, hashes) values ($1, $2, $3)
			on conflict (level, number) do update set hashes = excluded.hashes`, int64(t.Level), t.Number, t.Hashes); err != nil {
			return 0, err
		}
	}
	return first, nil
}

// Leaves are written many at a time: by the row each would cost as much as what it
// seals.
const (
	leafColumns  = 7
	leavesAtOnce = 32
)

// putLeaves writes the rows of leaves, all columns of one after the other: as many at
// once as may, then half as many, so that the statements are few.
func (s *Store) putLeaves(ctx context.Context, tx *sql.Tx, args []any) error {
	for rows := leavesAtOnce; len(args) > 0; rows /= 2 {
		for n := rows * leafColumns; len(args) >= n; args = args[n:] {
			if err := s.exec(ctx, tx, insertLeaves(rows, s.postgres), args[:n]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// insertLeaves is the statement for so many rows. SQLite looks for the name of
// each value among all of them, which takes longer than writing the rows: it is
// given none.
func insertLeaves(rows int, numbered bool) string {
	var b strings.Builder
	b.WriteString(`insert into seal_leaves (leaf, at, kind, ref, salt, body, entry) values `)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		if !numbered {
			b.WriteString("(?, ?, ?, ?, ?, ?, ?)")
			continue
		}
		for c := range leafColumns {
			b.WriteString([]string{"($", ", $"}[min(c, 1)])
			b.WriteString(strconv.Itoa(i*leafColumns + c + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
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
