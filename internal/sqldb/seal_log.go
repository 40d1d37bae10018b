package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// SealHead is the log's head as it stands: size, root and counts, not signed.
func (s *Store) SealHead(ctx context.Context) (c seal.Checkpoint, err error) {
	err = s.atOnce(ctx, func(tx *sql.Tx) error {
		c, err = sealHead(ctx, tx, s.tail.Load())
		return err
	})
	return c, err
}

// atOnce reads in one transaction, which sees one state of the record.
func (s *Store) atOnce(ctx context.Context, f func(tx *sql.Tx) error) error {
	opt := &sql.TxOptions{ReadOnly: true}
	if s.postgres {
		opt.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTx(ctx, opt)
	if err != nil {
		return s.fault(err)
	}
	defer tx.Rollback()
	return s.fault(f(tx))
}

func sealHead(ctx context.Context, tx *sql.Tx, last *tail) (c seal.Checkpoint, err error) {
	h, err := readHead(ctx, tx)
	if err != nil {
		return c, err
	}
	counts, err := h.all(ctx, tx)
	if err != nil {
		return c, err
	}
	c.Size = h.size
	c.Counts = published(counts)
	c.Root, err = seal.Root(c.Size, func(level int, number int64) ([]byte, error) { return readTileBeside(ctx, tx, last, level, number) })
	return c, err
}

// countedApart are the kinds of leaves that a checkpoint counts one by one, beside events by
// source and numberings.
var countedApart = map[string]bool{kindSegment: true, kindErased: true, "finding": true, "note": true, "item": true, "move": true, "file": true}

// published is what a checkpoint says of the counts. Everybody may read it, those too
// whom a report is about; so what the office does for itself is one figure: that an
// identity was sealed, or opened just now, is nobody's to learn by it.
func published(counts []seal.Count) (out []seal.Count) {
	office := seal.Count{Name: "office"}
	for _, c := range counts {
		if countedApart[c.Name] || strings.Contains(c.Name, "/") {
			out = append(out, c)
		} else {
			office.Total += c.Total
		}
	}
	return append(out, office)
}

// SealTile gives what there is of a tile; nothing where there is none.
func (s *Store) SealTile(ctx context.Context, level int, number int64) ([]byte, error) {
	hashes, err := readTileBeside(ctx, s.read, s.tail.Load(), level, number)
	return hashes, s.fault(err)
}

// SealEntries gives up to n entries of the log from a number on.
func (s *Store) SealEntries(ctx context.Context, from int64, n int) (out [][]byte, err error) {
	to := from + int64(n)
	err = s.atOnce(ctx, func(tx *sql.Tx) error {
		blank, err := blankEntries(ctx, tx, `where leaf >= $1 and leaf < $2`, from, to)
		if err != nil {
			return err
		}
		return eachBlock(ctx, tx, func(b *block) (bool, error) {
			for i := range b.leaves {
				if leaf := b.first + int64(i); leaf >= from && leaf < to {
					out = append(out, b.entry(i, blank))
				}
			}
			return false, nil
		}, `where first > $1 - `+strconv.Itoa(mostInBlock)+` and first < $2 order by first`, from, to)
	})
	return out, err
}

// blankEntries are the entries of leaves that can't be opened any more.
func blankEntries(ctx context.Context, tx *sql.Tx, which string, args ...any) (map[int64][]byte, error) {
	rows, err := tx.QueryContext(ctx, `select leaf, entry from erased_leaves `+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	blank := map[int64][]byte{}
	for rows.Next() {
		var leaf int64
		var entry []byte
		if err := rows.Scan(&leaf, &entry); err != nil {
			return nil, err
		}
		blank[leaf] = entry
	}
	return blank, rows.Err()
}

// SaveCheckpoint keeps the last signed checkpoint of a day, or the last that was
// cosigned. One of a smaller log than what is kept is refused: nothing that was
// signed is taken back.
func (s *Store) SaveCheckpoint(ctx context.Context, cosigned bool, at clock.Instant, size int64, note []byte) error {
	const day = 24 * 3600 * 1_000_000
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var last, most int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(day), 0), coalesce(max(size), 0) from seal_checkpoints where cosigned = $1`, cosigned).Scan(&last, &most); err != nil {
			return err
		}
		if size < most {
			return fmt.Errorf("a checkpoint of %d leaves, after one of %d", size, most)
		}
		_, err := tx.ExecContext(ctx, `insert into seal_checkpoints (cosigned, day, at, size, note) values ($1, $2, $3, $4, $5)
			on conflict (cosigned, day) do update set at = excluded.at, size = excluded.size, note = excluded.note`,
			cosigned, max(last, int64(at)/day), int64(at), size, string(note))
		return err
	})
}

// Checkpoints are the last that was signed and the last that was cosigned; nil
// where there is none.
func (s *Store) Checkpoints(ctx context.Context) (signed, cosigned []byte, err error) {
	for want, to := range map[bool]*[]byte{false: &signed, true: &cosigned} {
		var text string
		err := s.read.QueryRowContext(ctx, `select note from seal_checkpoints where cosigned = $1 order by day desc limit 1`, want).Scan(&text)
		if err == nil {
			*to = []byte(text)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return nil, nil, s.fault(err)
		}
	}
	return signed, cosigned, nil
}

// AllCheckpoints are all that were kept, oldest first.
func (s *Store) AllCheckpoints(ctx context.Context) (notes [][]byte, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		notes = append(notes, []byte(text))
		return err
	}, `select note from seal_checkpoints order by size, day`)
	return notes, err
}

// SealKey is one key of the log.
type SealKey struct {
	Key       string // as a verifier takes it
	Statement string // signed by the key before it, and by it; "" of the first
}

// SealKeys are the keys of the log, in their order.
func (s *Store) SealKeys(ctx context.Context) (out []SealKey, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var k SealKey
		err := scan(&k.Key, &k.Statement)
		out = append(out, k)
		return err
	}, `select vkey, statement from seal_keys order by number`)
	return out, err
}

// AddSealKey puts a key behind the others, and seals it.
func (s *Store) AddSealKey(ctx context.Context, k SealKey) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var number int64
		if err := tx.QueryRowContext(ctx, `insert into seal_keys (number, vkey, statement) select coalesce(max(number), 0) + 1, $1, $2 from seal_keys returning number`,
			k.Key, k.Statement).Scan(&number); err != nil {
			return err
		}
		at, err := asOf(ctx, tx)
		if err != nil {
			return err
		}
		return s.sealRow(ctx, tx, at, sealedKeys, number)
	})
}

// FileHashes are the hashes of all files that belong to the record.
func (s *Store) FileHashes(ctx context.Context) (hashes []string, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var h string
		err := scan(&h)
		hashes = append(hashes, h)
		return err
	}, `select hash from files order by hash`)
	return hashes, err
}
