package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// kindErasure is the kind of the leaf that says that an event was erased.
const kindErasure = "erasure"

// erasureOf is the leaf of an event's erasure: which it was, by its place and
// its hash, and nothing of what it said.
func erasureOf(number int64, place int, hash seal.Hash) seal.Leaf {
	return seal.Leaf{Kind: kindErasure, Ref: fmt.Sprintf("%d/%d", number, place), Body: hash[:]}
}

// EraseEvent takes an event out of the record: its text and its salt are gone,
// and with them everything that the log could be made to say of it. What remains
// is its hash in the tree of its segment, so that all else is proven as before,
// and a leaf that says that it was erased. One that others correct or void is
// refused as long as those stand. Older backups still have it; so has the file
// of the database until its free pages are written over or it is copied.
func (s *Store) EraseEvent(ctx context.Context, source int64, id string, at clock.Instant) error {
	number, n, err := s.findEvent(ctx, source, id, 0)
	if err != nil {
		return err
	}
	if err := s.named(ctx, source, id); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if !s.postgres { // what is deleted is written over
			if _, err := tx.ExecContext(ctx, `pragma secure_delete = on`); err != nil {
				return err
			}
		}
		b, err := readBatch(ctx, tx, number)
		if err != nil {
			return err
		}
		if n >= len(b.events) || b.events[n].ID != id {
			return fmt.Errorf("segment %d was changed meanwhile", number)
		}
		place := b.placeOf(n)
		body, err := segment.Encode(nil, slices.Delete(b.events, n, n+1))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update segments set body = $2, events = events - 1 where number = $1`, number, body); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update seal_batches set seeds = $2 where segment = $1`, number, bytesOf(b.seeds.Without(b.Events, place).Bytes())); err != nil {
			return err
		}
		hash := b.hashes[place]
		if _, err := tx.ExecContext(ctx, `insert into seal_erased (segment, place, hash) values ($1, $2, $3)`, number, int64(place), hash[:]); err != nil {
			return err
		}
		return s.seal(ctx, tx, at, erasureOf(number, place, hash))
	})
}

// named refuses to erase what another event corrects or voids.
func (s *Store) named(ctx context.Context, source int64, id string) error {
	return s.Segments(ctx, 0, func(g *service.Segment) error {
		if g.Source != source {
			return nil
		}
		events, err := segment.Decode(g.Body)
		for i := range events {
			if e := &events[i]; e.Corrects == id || e.Voids == id {
				return &errs.Error{Code: errs.Usage, What: errs.Tf("event %q is named by %q, which corrects or voids it", "事件 %q 被 %q 更正或作废", id, e.ID),
					Next: errs.T("erase that one first", "请先销毁后者")}
			}
		}
		return err
	})
}
