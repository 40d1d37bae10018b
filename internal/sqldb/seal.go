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
	if len(leaves) == 0 {
		return nil
	}
	var size int64
	if err := tx.QueryRowContext(ctx, `update seal_head set size = size + $1 returning size`, int64(len(leaves))).Scan(&size); err != nil {
		return err
	}
	size -= int64(len(leaves))
	hashes, kinds := make([]seal.Hash, len(leaves)), map[string]int64{}
	args := make([]any, 0, len(leaves)*leafColumns)
	for i, l := range leaves {
		salt, body, kind, ref := seal.NewSalt(), seal.BodyHash(l.Body), plain(l.Kind), plain(l.Ref)
		entry := seal.Entry(salt, at, kind, ref, body)
		hashes[i] = seal.LeafHash(entry)
		kinds[kind]++
		args = append(args, size+int64(i), int64(at), kind, ref, salt[:], body[:], entry)
	}
	if err := s.putLeaves(ctx, tx, args); err != nil {
		return err
	}
	if err := count(ctx, tx, kinds); err != nil {
		return err
	}
	tiles, err := seal.Grow(size, hashes, func(level int, number int64) ([]byte, error) { return readTile(ctx, tx, level, number) })
	if err != nil {
		return err
	}
	for _, t := range tiles {
		if _, err := tx.ExecContext(ctx, `insert into seal_tiles (level, number, hashes) values ($1, $2, $3)
			on conflict (level, number) do update set hashes = excluded.hashes`, int64(t.Level), t.Number, t.Hashes); err != nil {
			return err
		}
	}
	return nil
}

// Leaves are written many at a time: by the row each would cost as much as what it
// seals.
const (
	leafColumns  = 7
	leavesAtOnce = 32
)

// putLeaves writes the rows of leaves, all columns of one after the other.
func (s *Store) putLeaves(ctx context.Context, tx *sql.Tx, args []any) error {
	var put *sql.Stmt
	for n := 0; len(args) > 0; args = args[n*leafColumns:] {
		rows := min(len(args)/leafColumns, leavesAtOnce)
		if rows != n { // the last ones are fewer
			var err error
			if put, err = tx.PrepareContext(ctx, insertLeaves(rows, s.postgres)); err != nil {
				return err
			}
			defer put.Close()
			n = rows
		}
		if _, err := put.ExecContext(ctx, args[:n*leafColumns]...); err != nil {
			return err
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
func count(ctx context.Context, tx *sql.Tx, more map[string]int64) error {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if _, err := tx.ExecContext(ctx, `insert into seal_counts (name, total) values ($1, $2)
			on conflict (name) do update set total = seal_counts.total + excluded.total`, name, more[name]); err != nil {
			return err
		}
	}
	return nil
}

// readTile gives what there is of a tile; nothing where there is none.
func readTile(ctx context.Context, q querier, level int, number int64) (hashes []byte, err error) {
	err = q.QueryRowContext(ctx, `select hashes from seal_tiles where level = $1 and number = $2`, int64(level), number).Scan(&hashes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return hashes, err
}
