package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strconv"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// ErrNotSealed is what can't be proven, since the log holds no leaf of it.
var ErrNotSealed = error(&errs.Error{Code: errs.Usage, What: errs.T("the log holds no leaf of this", "日志中没有该内容的存证"),
	Next: errs.T("check its name; what was erased can't be proven any more", "请核对名称；已销毁的内容无法再证明")})

// OpenFinding is the last leaf of a finding, with what opens it. It is
// ErrNotSealed where there is none.
func (s *Store) OpenFinding(ctx context.Context, id string) (leaf int64, o seal.Opening, err error) {
	return s.openRow(ctx, sealedFindings, id)
}

// OpenMove is the leaf of a move of an item, by the finding and the move's number.
func (s *Store) OpenMove(ctx context.Context, finding string, number int64) (leaf int64, o seal.Opening, err error) {
	return s.openRow(ctx, sealedMoves, finding, number)
}

// OpenFile is the leaf of a file: of its hash, size and type, and by whom it was
// attached first.
func (s *Store) OpenFile(ctx context.Context, hash string) (leaf int64, o seal.Opening, err error) {
	return s.openRow(ctx, sealedFiles, hash)
}

// openRow is the last leaf of a row, with what opens it. The table has a column that
// says when a row was written.
func (s *Store) openRow(ctx context.Context, t *sealedTable, key ...any) (leaf int64, o seal.Opening, err error) {
	err = s.atOnce(ctx, func(tx *sql.Tx) error {
		row, err := t.read(ctx, tx, key...)
		if err != nil {
			return err
		}
		if row.Body == nil { // there is none
			return ErrNotSealed
		}
		written, err := t.writtenAt(ctx, tx, key...)
		if err != nil {
			return err
		}
		var b block
		if leaf, b, err = lastLeafOf(ctx, tx, &row, written); err != nil {
			return err
		}
		o = b.open(leaf)
		o.Body = row.Body
		return nil
	})
	return leaf, o, err
}

// open is what opens a leaf of it, without its body.
func (b *block) open(leaf int64) seal.Opening {
	l := &b.leaves[leaf-b.first]
	return seal.Opening{Kind: l.Kind, Ref: l.Ref, At: b.at, Salt: l.Salt[:]}
}

// OpenEvent is the leaf of the segment that an event is in, with what opens that
// and the event. Received, where it isn't 0, says when the event was taken: then
// few segments are read, else all of its source.
func (s *Store) OpenEvent(ctx context.Context, source int64, id string, received clock.Instant) (leaf int64, o seal.Opening, err error) {
	number, place, err := s.findEvent(ctx, source, id, received)
	if err != nil {
		return 0, o, err
	}
	err = s.atOnce(ctx, func(tx *sql.Tx) error {
		b, err := readBatch(ctx, tx, number)
		if err != nil {
			return err
		}
		leaf = b.leaf
		in, err := blockOf(ctx, tx, leaf)
		if err != nil {
			return err
		}
		o = in.open(leaf)
		o.Body = b.Body()
		o.Event, err = b.open(place)
		return err
	})
	return leaf, o, err
}

// findEvent is the segment of an event, and its place among those that are still
// in it.
func (s *Store) findEvent(ctx context.Context, source int64, id string, received clock.Instant) (number int64, place int, err error) {
	from := int64(0)
	if received != 0 {
		if from, err = s.firstReceived(ctx, received); err != nil {
			return 0, 0, err
		}
	}
	err = s.Segments(ctx, from, func(g *service.Segment) error {
		if received != 0 && g.Received > received {
			return errFound
		}
		if g.Source != source {
			return nil
		}
		events, err := segment.Decode(g.Body)
		if err != nil {
			return fmt.Errorf("segment %d: %w", g.Number, err)
		}
		for i := range events {
			if events[i].ID == id {
				number, place = g.Number, i
				return errFound
			}
		}
		return nil
	})
	if err == nil || errors.Is(err, errFound) {
		if err = nil; number == 0 {
			err = ErrNotSealed
		}
	}
	return number, place, err
}

var errFound = errors.New("found")

// firstReceived is the number before the first segment that was received at an
// instant or later. What is received never goes back.
func (s *Store) firstReceived(ctx context.Context, at clock.Instant) (int64, error) {
	pos, err := s.Position(ctx)
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(pos.Segment), func(i int) bool {
		var received clock.Instant
		if err == nil {
			err = s.read.QueryRowContext(ctx, `select received from segments where number = $1`, int64(i+1)).Scan(&received)
		}
		return err != nil || received >= at
	})
	return int64(n), s.fault(err)
}

// openedBatch is a segment with what its leaf commits to.
type openedBatch struct {
	sealedBatch
	leaf   int64
	events []event.Event
	hashes []seal.Hash // of all events in the tree, erased ones too
	gone   map[int]seal.Hash
	listed int // how many events the segment's row says that it holds
}

// readBatch reads a segment as it was sealed. That its root is the sealed one is
// for the caller to say.
func readBatch(ctx context.Context, tx *sql.Tx, number int64) (b openedBatch, err error) {
	var body, seeds []byte
	err = tx.QueryRowContext(ctx, `select g.number, g.source, g.received, g.now, g.events, g.body, b.leaf, b.before, b.seeds, b.shape from segments g join seal_batches b on b.segment = g.number where g.number = $1`,
		number).Scan(&b.Segment, &b.Source, &b.Received, &b.Now, &b.listed, &body, &b.leaf, &b.Before, &seeds, &b.Shape)
	if errors.Is(err, sql.ErrNoRows) {
		return b, ErrNotSealed
	}
	if err != nil {
		return b, err
	}
	if b.gone, err = readErased(ctx, tx, number); err != nil {
		return b, err
	}
	return b, b.fill(body, seeds)
}

// fill makes a batch from what is kept of it.
func (b *openedBatch) fill(body, seeds []byte) (err error) {
	defer func() {
		if err != nil {
			err = seal.Mismatch(errs.Tf("segment %d can't be read as it was sealed: %v", "数据段 %d 已无法按存证读取：%v", b.Segment, err))
		}
	}()
	if b.seeds, err = seal.ParseSeeds(b.Shape, seeds); err != nil {
		return err
	}
	if b.events, err = segment.Decode(body); err != nil {
		return err
	}
	b.Events = len(b.events) + len(b.gone)
	var whole bool
	if b.hashes, whole = seal.EventLeaves(b.seeds, b.events, b.gone); !whole {
		return fmt.Errorf("the salts of segment %d aren't whole", b.Segment)
	}
	root := b.Shape.Root(b.hashes)
	b.Root = root[:]
	return nil
}

func readErased(ctx context.Context, tx *sql.Tx, number int64) (map[int]seal.Hash, error) {
	rows, err := tx.QueryContext(ctx, `select place, hash from seal_erased where segment = $1`, number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	gone := map[int]seal.Hash{}
	for rows.Next() {
		var place int
		var hash []byte
		if err := rows.Scan(&place, &hash); err != nil {
			return nil, err
		}
		if len(hash) != len(seal.Hash{}) {
			return nil, fmt.Errorf("the hash of an erased event of segment %d has %d bytes", number, len(hash))
		}
		gone[place] = seal.Hash(hash)
	}
	return gone, rows.Err()
}

// placeOf is where the nth of the events that are left was.
func (b *openedBatch) placeOf(n int) int {
	for place := 0; ; place++ {
		if _, erased := b.gone[place]; erased {
			continue
		}
		if n == 0 {
			return place
		}
		n--
	}
}

// open is what opens the nth of the events that are left.
func (b *openedBatch) open(n int) (*seal.EventOpening, error) {
	place := b.placeOf(n)
	salts, have := b.seeds.Salts(b.Events)
	if !have[place] {
		return nil, errors.New("the salt of event " + strconv.Itoa(place) + " is erased")
	}
	o := &seal.EventOpening{Text: string(seal.AppendEvent(nil, &b.events[n])), Salt: salts[place][:], Index: int64(place)}
	for _, h := range b.Shape.Path(b.hashes, place) {
		o.Path = append(o.Path, h[:])
	}
	return o, nil
}
