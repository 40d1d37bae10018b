package sqldb

import (
	"fmt"
	"strconv"

	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// sealedBatch is what is kept of a segment beside its leaf.
type sealedBatch struct {
	seal.Batch
	seeds seal.Seeds
}

// batch makes the batches of segments from the bytes that are written, so that
// nothing else can be sealed than what is kept.
func (w *writer) batch(list []service.Segment) error {
	for i := range list {
		g := &list[i]
		events, err := segment.Decode(g.Body)
		if err != nil {
			return fmt.Errorf("segment %d: %w", g.Number, err)
		}
		one := sealedBatch{seal.Batch{Segment: g.Number, Source: g.Source, Received: g.Received, Now: g.Now, Events: len(events)}, seal.NewSeeds()}
		name := countOfSource(g.Source)
		if err := count(w.ctx, w.tx, map[string]int64{name: int64(len(events))}); err != nil {
			return err
		}
		if err := w.tx.QueryRowContext(w.ctx, `select total from seal_counts where name = $1`, name).Scan(&one.Before); err != nil {
			return err
		}
		one.Before -= int64(len(events))
		leaves, _ := seal.EventLeaves(one.seeds, events, nil)
		root := seal.BatchRoot(leaves)
		one.Root = root[:]
		w.batches = append(w.batches, one)
	}
	return nil
}

// countOfSource is the name under which a source's events are counted.
func countOfSource(source int64) string { return "events/" + strconv.FormatInt(source, 10) }

// seal seals all that a commit has written; the batches first, so that their
// leaves are known.
func (w *writer) seal(s *Store) error {
	leaves := make([]seal.Leaf, 0, len(w.batches)+len(w.leaves))
	for _, b := range w.batches {
		leaves = append(leaves, seal.Leaf{Kind: kindSegment, Ref: strconv.FormatInt(b.Segment, 10), Body: b.Body()})
	}
	leaves = append(leaves, w.leaves...)
	if err := s.seal(w.ctx, w.tx, w.Now, leaves...); err != nil {
		return err
	}
	if len(w.batches) == 0 {
		return nil
	}
	var size int64
	if err := w.tx.QueryRowContext(w.ctx, `select size from seal_head`).Scan(&size); err != nil {
		return err
	}
	first := size - int64(len(leaves))
	return w.rows(len(w.batches), `insert into seal_batches (segment, leaf, before, seeds) values ($1, $2, $3, $4)`, func(i int) []any {
		b := &w.batches[i]
		return []any{b.Segment, first + int64(i), b.Before, b.seeds.Bytes()}
	})
}

// kindSegment is the kind of a batch's leaf.
const kindSegment = "segment"
