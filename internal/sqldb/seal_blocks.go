package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// block is leaves that were sealed together.
type block struct {
	first  int64 // the number of the first
	at     clock.Instant
	leaves []seal.Sealed
}

// has says whether a leaf is in it.
func (b *block) has(leaf int64) bool {
	return leaf >= b.first && leaf < b.first+int64(len(b.leaves))
}

// entry is what the log holds of the nth leaf. Of one that can't be opened any more it
// is kept, by number in blank.
func (b *block) entry(n int, blank map[int64][]byte) []byte {
	l := &b.leaves[n]
	if kept := blank[b.first+int64(n)]; kept != nil && l.Blank() {
		return kept
	}
	return l.Entry(b.at)
}

// mostInBlock is how many leaves are one row at most: to open one, all are read.
const mostInBlock = 512

const blockColumns = `first, leaves, at, body`

func scanBlock(scan func(...any) error) (b block, err error) {
	var n int
	var body []byte
	if err := scan(&b.first, &n, &b.at, &body); err != nil {
		return b, err
	}
	if b.leaves, err = seal.ParseBlock(body); err == nil && len(b.leaves) != n {
		err = errors.New("it holds more or fewer")
	}
	if err != nil {
		err = seal.Mismatch(errs.Tf("the %d leaves from %d on can't be read: %v", "从第 %[2]d 条起的 %[1]d 条日志无法读取：%[3]v", n, b.first, err))
	}
	return b, err
}

// putBlock writes leaves as one row.
func (s *Store) putBlock(ctx context.Context, tx *sql.Tx, b *block) error {
	return s.exec(ctx, tx, `insert into seal_blocks (`+blockColumns+`) values ($1, $2, $3, $4)`,
		b.first, int64(len(b.leaves)), int64(b.at), seal.AppendBlock(make([]byte, 0, 128*len(b.leaves)), b.leaves))
}

// eachBlock visits blocks that a query gives, until the visit says that it is enough.
func eachBlock(ctx context.Context, tx *sql.Tx, visit func(*block) (enough bool, err error), which string, args ...any) error {
	rows, err := tx.QueryContext(ctx, `select `+blockColumns+` from seal_blocks `+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		b, err := scanBlock(rows.Scan)
		if err != nil {
			return err
		}
		if enough, err := visit(&b); err != nil || enough {
			return err
		}
	}
	return rows.Err()
}

// allBlocks visits all blocks in their order. Between visits nothing is being read, so
// that a visit may read in the same transaction: PostgreSQL does one thing at a time.
func allBlocks(ctx context.Context, tx *sql.Tx, visit func(*block) error) error {
	const atOnce = 64
	for from := int64(math.MinInt64); ; {
		var some []block
		if err := eachBlock(ctx, tx, func(b *block) (bool, error) {
			some = append(some, *b)
			return false, nil
		}, `where first >= $1 order by first limit $2`, from, int64(atOnce)); err != nil {
			return err
		}
		for i := range some {
			if err := visit(&some[i]); err != nil {
				return err
			}
			from = some[i].first + 1
		}
		if len(some) < atOnce {
			return nil
		}
	}
}

// blockOf is the block that a leaf is in. It is ErrNotSealed where there is none.
func blockOf(ctx context.Context, tx *sql.Tx, leaf int64) (b block, err error) {
	b, err = scanBlock(tx.QueryRowContext(ctx, `select `+blockColumns+` from seal_blocks where first <= $1 order by first desc limit 1`, leaf).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !b.has(leaf) {
		err = ErrNotSealed
	}
	return b, err
}

// lastLeafOf finds the last leaf of a kind and a ref. It is among those that were sealed
// when the row says that it was written, or when something was erased; only where
// somebody changed the row is the whole log gone through. It is ErrNotSealed where
// there is none.
func lastLeafOf(ctx context.Context, tx *sql.Tx, l *seal.Leaf, written clock.Instant) (leaf int64, in block, err error) {
	body, found := seal.BodyHash(l.Body), false
	look := func(as func(*seal.Sealed) bool) func(*block) (bool, error) {
		return func(b *block) (bool, error) {
			for i := len(b.leaves) - 1; i >= 0 && !found; i-- {
				if one := &b.leaves[i]; one.Ref == l.Ref && one.Kind == l.Kind && as(one) {
					leaf, in, found = b.first+int64(i), *b, true
				}
			}
			return found, nil
		}
	}
	asIs := func(one *seal.Sealed) bool { return one.Body == body }
	err = eachBlock(ctx, tx, look(asIs), `where at = $1 order by first desc`, int64(written))
	if err == nil && !found {
		err = eachBlock(ctx, tx, look(asIs), `where at in (select at from erasures) order by first desc`)
	}
	if err != nil || found {
		return leaf, in, err
	}
	err = eachBlock(ctx, tx, look(func(*seal.Sealed) bool { return true }), `order by first desc`)
	if err == nil && !found {
		err = ErrNotSealed
	}
	return leaf, in, err
}

// blocksFromLeaves puts the leaves of older forms, a row each, into blocks.
func blocksFromLeaves(ctx context.Context, s *Store, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `update erased_leaves set entry = (select l.entry from seal_leaves l where l.leaf = erased_leaves.leaf)`); err != nil {
		return err
	}
	for from := int64(0); ; {
		list, err := leavesFrom(ctx, tx, from)
		if err != nil {
			return err
		}
		for i := range list {
			if err := s.putBlock(ctx, tx, &list[i]); err != nil {
				return err
			}
			from = list[i].first + int64(len(list[i].leaves))
		}
		if len(list) == 0 {
			_, err := tx.ExecContext(ctx, `drop table seal_leaves`)
			return err
		}
	}
}

// leavesFrom is some thousands of leaves of older forms, those of one instant together.
func leavesFrom(ctx context.Context, tx *sql.Tx, from int64) (list []block, err error) {
	rows, err := tx.QueryContext(ctx, `select leaf, at, kind, ref, salt, body from seal_leaves where leaf >= $1 order by leaf limit 10000`, from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var leaf int64
		var at clock.Instant
		var one seal.Sealed
		var salt, body []byte
		if err := rows.Scan(&leaf, &at, &one.Kind, &one.Ref, &salt, &body); err != nil {
			return nil, err
		}
		copy(one.Salt[:], salt) // both are empty where it was made impossible to open
		copy(one.Body[:], body)
		if last := len(list) - 1; last < 0 || list[last].at != at || list[last].first+int64(len(list[last].leaves)) != leaf || len(list[last].leaves) == mostInBlock {
			list = append(list, block{first: leaf, at: at})
		}
		b := &list[len(list)-1]
		b.leaves = append(b.leaves, one)
	}
	return list, rows.Err()
}
