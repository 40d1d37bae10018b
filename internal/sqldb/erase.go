package sqldb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// An erasure is one transaction. Of events, text and salts go; their hashes stay in the
// trees of their segments, so that all else is proven as before, and a leaf of the
// segment says which they are. Of what the register said of them the narrative goes,
// with salts and hashes of the leaves that sealed it: nobody can show any more, not by
// guessing either, what those committed to. The act itself is a sealed row, which holds
// the digests of all rows that say what is gone; so none can be added or taken away.
//
// SQLite writes over what is deleted (secure_delete), and its log is put into the file
// and cut to nothing as soon as no reader needs it (wal.go).

const erasureColumns = `number, kind, at, before_at, cases, events, cleared, reason, approval, account, second, names, findings, leaves`

var sealedErasures = tableOf("erasure", "erasures", "number", erasureColumns)

// kindErased is the kind of the leaf that says which events of a segment were erased.
const kindErased = "erased"

// erasedOf is that leaf: places in the segment with the hashes that stay, and nothing
// of what was said.
func erasedOf(number int64, gone map[int]seal.Hash) seal.Leaf {
	var body []byte
	for _, place := range sortedKeys(gone) {
		h := gone[place]
		body = append(binary.BigEndian.AppendUint32(body, uint32(place)), h[:]...)
	}
	return seal.Leaf{Kind: kindErased, Ref: strconv.FormatInt(number, 10), Body: body}
}

// eraser writes one erasure.
type eraser struct {
	ctx    context.Context
	tx     *sql.Tx
	store  *Store
	c      *service.EraseCommit
	leaves []seal.Leaf
	blank  map[string]bool // what was sealed before, by kind and ref, and is to be opened no more
	files  []string
	stmts  map[string]*sql.Stmt // of the transaction, which closes them
}

// Erase does it, and gives the hashes of files that nothing refers to any more.
func (s *Store) Erase(ctx context.Context, c *service.EraseCommit) ([]string, error) {
	var files []string
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var at, holder int64
		if err := tx.QueryRowContext(ctx, `update position set segment = segment returning segment, holder`).Scan(&at, &holder); err != nil {
			return err
		}
		if s.holder != 0 && s.holder != holder {
			return s.followed()
		}
		if at != c.Segment {
			return s.follows(at, []service.Segment{{Number: c.Segment + 1}})
		}
		e := &eraser{ctx: ctx, tx: tx, store: s, c: c, blank: map[string]bool{}, stmts: map[string]*sql.Stmt{}}
		for _, part := range []func() error{e.segments, e.names, e.findings, e.quarantine, e.act} {
			if err := part(); err != nil {
				return err
			}
		}
		files = e.files
		return nil
	})
	s.board.forget() // where it failed, too: the database may have taken it
	if err != nil {
		return nil, err
	}
	s.cutLog(ctx)
	return files, nil
}

// segments takes the events out of their segments.
func (e *eraser) segments() error {
	for _, number := range sortedKeys(e.c.Segments) {
		if err := e.segment(number, e.c.Segments[number]); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) segment(number int64, ids map[string]bool) error {
	b, err := readBatch(e.ctx, e.tx, number)
	if err != nil {
		return err
	}
	var left []event.Event
	var places []int
	for n := range b.events {
		if ids[b.events[n].ID] {
			places = append(places, b.placeOf(n))
		} else {
			left = append(left, b.events[n])
		}
	}
	if len(places) != len(ids) {
		return fmt.Errorf("segment %d holds %d of %d events that are to be erased", number, len(places), len(ids))
	}
	body, err := segment.Encode(nil, left)
	if err != nil {
		return err
	}
	for _, place := range places {
		hash := b.hashes[place]
		b.gone[place], b.seeds = hash, b.seeds.Without(b.Events, place)
		if err := e.exec(`insert into seal_erased (segment, place, hash) values ($1, $2, $3)`, number, int64(place), hash[:]); err != nil {
			return err
		}
	}
	if err := e.exec(`update segments set body = $2, events = $3 where number = $1`, number, body, int64(len(left))); err != nil {
		return err
	}
	e.leaves = append(e.leaves, erasedOf(number, b.gone))
	return e.exec(`update seal_batches set seeds = $2 where segment = $1`, number, bytesOf(b.seeds.Bytes()))
}

// exec runs a statement that an erasure runs often.
func (e *eraser) exec(query string, args ...any) error {
	st := e.stmts[query]
	if st == nil {
		var err error
		if st, err = e.tx.PrepareContext(e.ctx, query); err != nil {
			return err
		}
		e.stmts[query] = st
	}
	_, err := st.ExecContext(e.ctx, args...)
	return err
}

// names keeps the hashes of what is refused from now on, and the findings that stay as
// they are.
func (e *eraser) names() error {
	for _, n := range e.c.Names {
		if err := e.exec(`insert into erased_names (hash, erasure) values ($1, $2) on conflict (hash) do nothing`, n[:], e.c.Number); err != nil {
			return err
		}
	}
	for _, id := range e.c.Frozen {
		if err := e.exec(`insert into erased_findings (finding, erasure) values ($1, $2)`, id, e.c.Number); err != nil {
			return err
		}
	}
	return nil
}

// rewritten seals a row as it stands now, in place of all that it was before.
func (e *eraser) rewritten(t *sealedTable, key ...any) error {
	leaf, err := t.read(e.ctx, e.tx, key...)
	if err != nil {
		return err
	}
	e.leaves = append(e.leaves, leaf)
	e.blank[leaf.Kind+"\x00"+leaf.Ref] = true
	return nil
}

// quarantine empties what was settled there before the time that is kept.
func (e *eraser) quarantine() error {
	if e.c.Before == 0 {
		return nil
	}
	ids, err := e.numbers(`select id from quarantine where done <> 0 and at < $1 and length(raw) > 0 order by id`, int64(e.c.Before))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := e.exec(`update quarantine set raw = $2, reason = '', reason_zh = '' where id = $1`, id, []byte{}); err != nil {
			return err
		}
		if err := e.rewritten(sealedQuarantine, id); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) numbers(query string, args ...any) ([]int64, error) {
	return listOf[int64](e.ctx, e.tx, query, args...)
}

// act makes leaves that sealed what is gone impossible to open, and seals the whole.
func (e *eraser) act() error {
	if err := e.blanked(); err != nil {
		return err
	}
	c := &e.c.Erasure
	sums := [3]string{}
	for i, digest := range erasureDigests {
		sum, err := digest(e.ctx, e.tx, c.Number)
		if err != nil {
			return err
		}
		sums[i] = sum
	}
	args := []any{c.Number, c.Kind, int64(c.At), int64(c.Before), c.Cases, c.Events, c.Cleared, plain(c.Reason), c.Approval, plain(c.By), plain(c.Second), sums[0], sums[1], sums[2]}
	if err := e.exec(`insert into erasures (`+erasureColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, args...); err != nil {
		return err
	}
	leaf, err := sealedErasures.rowLeaf(args)
	if err != nil {
		return err
	}
	return e.store.seal(e.ctx, e.tx, c.At, append(e.leaves, leaf)...)
}

// blanked takes salt and hash from leaves, and keeps their entries, which nobody can
// make any more.
func (e *eraser) blanked() error {
	if len(e.blank) == 0 {
		return nil
	}
	var changed []block
	entries := map[int64][]byte{}
	err := allBlocks(e.ctx, e.tx, func(b *block) error {
		before := len(entries)
		for i := range b.leaves {
			if l := &b.leaves[i]; blanking[l.Kind] && !l.Blank() && e.blank[l.Kind+"\x00"+l.Ref] {
				entries[b.first+int64(i)] = l.Entry(b.at)
				l.Salt, l.Body = seal.Salt{}, seal.Hash{}
			}
		}
		if len(entries) > before {
			changed = append(changed, *b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range changed {
		b := &changed[i]
		if err := e.exec(`update seal_blocks set body = $2 where first = $1`, b.first, seal.AppendBlock(nil, b.leaves)); err != nil {
			return err
		}
	}
	for _, leaf := range sortedKeys(entries) {
		if err := e.exec(`insert into erased_leaves (leaf, erasure, entry) values ($1, $2, $3)`, leaf, e.c.Number, entries[leaf]); err != nil {
			return err
		}
	}
	return nil
}

// blanking are the kinds of leaves that an erasure makes impossible to open.
var blanking = map[string]bool{"finding": true, "note": true, "move": true, "file": true, "quarantine": true}

// Erasures are all that there ever were, oldest first.
func (s *Store) Erasures(ctx context.Context) ([]service.Erasure, error) {
	var list []service.Erasure
	err := s.each(ctx, func(scan func(...any) error) error {
		var e service.Erasure
		err := scan(&e.Number, &e.Kind, &e.At, &e.Before, &e.Cases, &e.Events, &e.Cleared, &e.Reason, &e.Approval, &e.By, &e.Second)
		list = append(list, e)
		return err
	}, `select number, kind, at, before_at, cases, events, cleared, reason, approval, account, second from erasures order by number`)
	return list, err
}

// Gone is what is held of what was erased.
func (s *Store) Gone(ctx context.Context) (service.Gone, error) {
	g := service.Gone{Names: map[service.ErasedName]int64{}, Findings: map[string]int64{}, At: map[int64]clock.Instant{}}
	acts, err := s.Erasures(ctx)
	if err != nil || len(acts) == 0 {
		return g, err
	}
	for _, a := range acts {
		g.At[a.Number] = a.At
	}
	if err := s.each(ctx, func(scan func(...any) error) error {
		var hash []byte
		var number int64
		if err := scan(&hash, &number); err != nil {
			return err
		}
		if len(hash) != len(service.ErasedName{}) {
			return fmt.Errorf("a name that was erased has %d bytes", len(hash))
		}
		g.Names[service.ErasedName(hash)] = number
		return nil
	}, `select hash, erasure from erased_names`); err != nil {
		return g, err
	}
	if err := s.each(ctx, func(scan func(...any) error) error {
		var id string
		var number int64
		err := scan(&id, &number)
		g.Findings[id] = number
		return err
	}, `select finding, erasure from erased_findings`); err != nil {
		return g, err
	}
	g.Events, err = s.ErasedEvents(ctx, 0)
	return g, err
}

// ErasedEvents is how many events were erased of those received by an instant; 0: of
// all.
func (s *Store) ErasedEvents(ctx context.Context, received clock.Instant) (n int64, err error) {
	if received == 0 {
		received = never
	}
	err = s.read.QueryRowContext(ctx, `select count(*) from seal_erased e join segments g on g.number = e.segment where g.received <= $1`, int64(received)).Scan(&n)
	return n, s.fault(err)
}

// Settled visits the findings of rules, each with whether its item is closed.
func (s *Store) Settled(ctx context.Context, visit func(f *service.Finding, closed bool) error) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var closed bool
		f, err := scanFinding(func(places ...any) error { return scan(append(places, &closed)...) })
		if err != nil {
			return err
		}
		return visit(&f, closed)
	}, `select `+findingsOfItems+`, i.state = 'closed' from findings f join items i on i.number = f.number where f.kind = 'rule'`)
}

// findingsOfItems are the columns of findings where items stand beside them.
var findingsOfItems = "f." + strings.Join(namesOf(findingColumns), ", f.")

func sortedKeys[K int | int64, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
