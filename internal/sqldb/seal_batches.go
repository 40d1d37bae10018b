package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// sealedBatch is what is kept of a segment beside its leaf.
type sealedBatch struct {
	seal.Batch
	seeds seal.Seeds
}

// batchRoot is the tree over a segment's events: how many, their salts, its root.
type batchRoot struct {
	events int
	seeds  seal.Seeds
	root   seal.Hash
}

// rootsOf makes the trees of segments beside what else a commit does, and gives them
// once they are made. They are made from the events of which the bytes were made that
// are written; reading those again would take as long as hashing them. Whoever verifies
// the record reads them.
func (s *Store) rootsOf(list []service.Segment) func() ([]batchRoot, error) {
	roots, ended := make([]batchRoot, len(list)), make(chan error, 1)
	go func() {
		for i := range list {
			events := list[i].List
			if len(events) != list[i].Events {
				ended <- fmt.Errorf("segment %d: %d events are given, %d are in it", list[i].Number, len(events), list[i].Events)
				return
			}
			seeds := seal.NewSeeds(s.shape)
			roots[i] = batchRoot{len(events), seeds, seal.EventRoot(seeds, events)}
		}
		ended <- nil
	}()
	return func() ([]batchRoot, error) { return roots, <-ended }
}

// sealBatches makes the batches of the segments; how many events came before each is
// known once they are counted.
func (w *writer) sealBatches(c *service.Commit) error {
	roots, err := w.roots()
	if err != nil {
		return err
	}
	for i := range roots {
		g, r := &c.Segments[i], &roots[i]
		w.batches = append(w.batches, sealedBatch{seal.Batch{Segment: g.Number, Source: g.Source, Received: g.Received, Now: g.Now, Events: r.events, Shape: r.seeds.Shape, Root: r.root[:]}, r.seeds})
	}
	return nil
}

// countOfSource is the name under which a source's events are counted.
func countOfSource(source int64) string { return "events/" + strconv.FormatInt(source, 10) }

// sealWritten puts into the log what commits of one transaction have written; the batches of
// each first, so that their leaves are known. It gives how the tree ends then.
func (s *Store) sealWritten(ctx context.Context, tx *sql.Tx, writers []*writer) (*tail, error) {
	if !slices.ContainsFunc(writers, func(w *writer) bool { return len(w.leaves) > 0 }) {
		return nil, nil // the clock alone moved, or what is counted
	}
	h, err := s.head(ctx, tx)
	if err != nil {
		return nil, err
	}
	list := make([]*sealing, len(writers))
	for i, w := range writers {
		for k := range w.batches {
			b := &w.batches[k]
			name := countOfSource(b.Source)
			b.Before = h.counts[name] // which numbers the source's events
			h.counts[name] += int64(b.Events)
			w.leaves[k] = seal.Sealed{Kind: kindSegment, Ref: strconv.FormatInt(b.Segment, 10), Body: seal.BodyHash(b.Body())}
		}
		list[i] = &sealing{at: w.Now, leaves: w.leaves}
		h.add(w.leaves)
	}
	end, err := s.sealAll(ctx, tx, h, list...)
	if err != nil {
		return nil, err
	}
	for i, w := range writers {
		if err := w.rows(len(w.batches), `insert into seal_batches (segment, leaf, before, seeds, shape) values ($1, $2, $3, $4, $5)`, func(k int) []any {
			b := &w.batches[k]
			return []any{b.Segment, list[i].first + int64(k), b.Before, b.seeds.Bytes(), int64(b.Shape)}
		}); err != nil {
			return nil, err
		}
	}
	return end, nil
}

// kindSegment is the kind of a batch's leaf.
const kindSegment = "segment"
