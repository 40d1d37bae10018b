package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// marks is the row of the position: where each numbering has got to.
type marks struct {
	service.Position
	note, quarantine, holder int64
}

const markColumns = `segment, now, w, finding, note, quarantine, holder`

func scanMarks(row *sql.Row) (m marks, err error) {
	err = row.Scan(&m.Segment, &m.Now, &m.W, &m.NextFinding, &m.note, &m.quarantine, &m.holder)
	return m, err
}

// Position is where the record stands.
func (s *Store) Position(ctx context.Context) (service.Position, error) {
	m, err := scanMarks(s.read.QueryRowContext(ctx, `select `+markColumns+` from position`))
	return m.Position, s.fault(err)
}

// Commit writes all that the commits hold and returns once it is on disk, or writes
// nothing. Segments that don't follow the position are refused: another program
// has written. T and W never go back, whatever a commit says.
func (s *Store) Commit(ctx context.Context, list ...*service.Commit) error {
	roots := make([]func() ([]batchRoot, error), len(list))
	for i, c := range list {
		roots[i] = s.rootsOf(c.Segments)
	}
	var end *tail
	err := s.inTx(ctx, func(tx *sql.Tx) (err error) {
		writers := make([]*writer, len(list))
		for i, c := range list {
			w, err := s.commit(ctx, tx, c, roots[i])
			if err != nil {
				return err
			}
			writers[i] = w
		}
		end, err = s.sealWritten(ctx, tx, writers)
		return err
	})
	for _, c := range list {
		s.board.changed(findingIDs(c.Findings)...) // where it failed, too: the database may have taken it
	}
	if err != nil {
		end = nil // what the database has now is looked up
	}
	s.tail.Store(end)
	if err == nil {
		s.prepare(ctx)
	}
	return err
}

// commit writes all of one but its seal.
func (s *Store) commit(ctx context.Context, tx *sql.Tx, c *service.Commit, roots func() ([]batchRoot, error)) (*writer, error) {
	// Written at once, so that in PostgreSQL, too, a second writer waits here
	// and then reads what the first has made of it.
	read, err := s.statement(ctx, tx, `update position set segment = segment returning `+markColumns)
	if err != nil {
		return nil, err
	}
	was, err := scanMarks(read.QueryRowContext(ctx))
	if err != nil {
		return nil, err
	}
	if s.holder != 0 && s.holder != was.holder {
		return nil, s.followed()
	}
	w := &writer{ctx: ctx, tx: tx, store: s, policy: s.ledgerPolicy(), marks: was, roots: roots, moved: map[service.FindingState]int64{}}
	w.leaves = make([]seal.Sealed, len(c.Segments), len(c.Segments)+2*len(c.Findings)+len(c.Notes)) // an item with each finding that is new
	w.Now, w.W = max(was.Now, c.Now), max(was.W, c.W)
	w.NextFinding, w.fresh = max(was.NextFinding, c.NextFinding), was.NextFinding
	if err := s.follows(was.Segment, c.Segments); err != nil {
		return nil, err
	}
	w.Segment += int64(len(c.Segments))
	for _, part := range []func(*service.Commit) error{w.segments, w.findings, w.items, w.notes, w.states, w.quarantined, w.packs, w.counts, w.sealBatches} {
		if err := part(c); err != nil {
			return nil, err
		}
	}
	return w, s.exec(ctx, tx, `update position set segment = $1, now = $2, w = $3, finding = $4, note = $5, quarantine = $6`,
		w.Segment, int64(w.Now), int64(w.W), w.NextFinding, w.note, w.quarantine)
}

func findingIDs(list []service.Finding) []string {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// follows says whether segments come right after a number.
func (s *Store) follows(at int64, list []service.Segment) error {
	for i := range list {
		if want := at + int64(i) + 1; list[i].Number != want {
			return &errs.Error{Code: errs.Internal, Place: errs.Place{File: s.name},
				What: errs.Tf("segment %d can't be written: the next is %d, since another program has written to this record", "无法写入数据段 %d：下一段应为 %d，说明另有程序写入了此记录", list[i].Number, want),
				Next: errs.T("let one service alone write to it, and start it anew", "请只保留一个服务写入，并重新启动")}
		}
	}
	return nil
}

// followed is what a service is told that lost the record to another.
func (s *Store) followed() error {
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: s.name}, What: errs.T("another service has taken this record over; this one writes no more", "另一个服务已接管此记录；本服务不再写入"),
		Next: errs.T("stop one of the two, and start the other anew", "请停止其中一个，并重新启动另一个")}
}

// writer writes the parts of one commit.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	store *Store
	marks
	fresh   int64                // findings with a greater number were never written
	stmts   map[string]*sql.Stmt // of the transaction, which closes them
	policy  *ledger.Policy
	moved   map[service.FindingState]int64 // how many findings came into a state, less those that left it
	roots   func() ([]batchRoot, error)    // of the segments, once they are made
	batches []sealedBatch                  // of the segments
	isNew   []bool                         // which of the commit's findings there were none of
	leaves  []seal.Sealed                  // of the segments, once they are numbered, and of what else was written; without salts
	row     []byte                         // the last of them as it is sealed

	askedExempt, noneExempt bool // whether there are exemptions was asked; there are none

	warning map[[2]string]bool // packs' rules that only warn; nil: not asked for yet
}

// prepared is a statement of the transaction, which runs the same few thousands of
// times.
func (w *writer) prepared(query string) (*sql.Stmt, error) {
	if st := w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := w.store.statement(w.ctx, w.tx, query)
	if err == nil {
		if w.stmts == nil {
			w.stmts = map[string]*sql.Stmt{}
		}
		w.stmts[query] = st
	}
	return st, err
}

// exec runs a statement that a commit runs often.
func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	st, err := w.prepared(query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(w.ctx, args...)
}

// rows runs one statement for each of n rows.
func (w *writer) rows(n int, query string, args func(i int) []any) error {
	if n == 0 {
		return nil
	}
	st, err := w.prepared(query)
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := st.ExecContext(w.ctx, args(i)...); err != nil {
			return err
		}
	}
	return nil
}

// sealedRows is rows, of a table whose rows are sealed.
func (w *writer) sealedRows(t *sealedTable, n int, query string, args func(i int) []any) error {
	var failed error
	err := w.rows(n, query, func(i int) []any {
		values := args(i)
		failed = errors.Join(failed, w.sealed(t, values))
		return values
	})
	return errors.Join(err, failed)
}

// sealed notes that a row was written, to be sealed with the rest.
func (w *writer) sealed(t *sealedTable, values []any) error {
	var err error
	if w.row, err = t.appendRow(w.row[:0], values); err == nil {
		w.leaves = append(w.leaves, seal.Sealed{Kind: t.kind, Ref: plain(t.refOf(values)), Body: seal.BodyHash(w.row)})
	}
	return err
}

func (w *writer) segments(c *service.Commit) error {
	return w.rows(len(c.Segments), `insert into segments (number, source, received, now, events, body) values ($1, $2, $3, $4, $5, $6)`, func(i int) []any {
		g := &c.Segments[i]
		return []any{g.Number, g.Source, int64(g.Received), int64(g.Now), int64(g.Events), bytesOf(g.Body)}
	})
}

// findings puts each in the place of the one of its id. Whether one only warns is
// decided as it comes in, and stays.
func (w *writer) findings(c *service.Commit) error {
	if len(c.Findings) == 0 {
		return nil
	}
	look, err := w.prepared(`select ` + stoodColumns + ` from findings where id = $1`)
	if err != nil {
		return err
	}
	put, err := w.prepared(putFinding)
	if err != nil {
		return err
	}
	written := map[string]bool{} // by this commit, which may change one twice
	w.isNew = make([]bool, len(c.Findings))
	for i := range c.Findings {
		f, fresh := &c.Findings[i], true
		var old stood
		if f.Number <= w.fresh || written[f.ID] { // else there is none: numbers are given once
			switch err := old.scan(look.QueryRowContext(w.ctx, f.ID)); err {
			case nil:
				w.moved[old.state]--
				fresh, f.Warning = false, f.Warning || old.warning
			case sql.ErrNoRows:
			default:
				return err
			}
		}
		if w.isNew[i] = fresh; fresh {
			if f.Warning, err = w.warns(f); err != nil {
				return err
			}
		}
		written[f.ID] = true
		w.moved[f.State]++
		w.NextFinding = max(w.NextFinding, f.Number)
		args, err := findingArgs(f)
		if err != nil {
			return err
		}
		if fresh {
			_, err = put.ExecContext(w.ctx, args...)
		} else {
			r := old.rewriting(f)
			_, err = w.exec(r.query, r.pick(args)...)
		}
		if err != nil {
			return err
		}
		if err := w.sealed(sealedFindings, args); err != nil {
			return err
		}
	}
	return nil
}

const noteColumns = `finding, number, at, kind, verdict, due, by_event, entered, words, words_zh`

// notes adds lines to findings' histories, after the findings that they are of.
func (w *writer) notes(c *service.Commit) error {
	if len(c.Notes) == 0 {
		return nil
	}
	numbers := make(map[string]int64, len(c.Findings))
	for i := range c.Findings {
		numbers[c.Findings[i].ID] = c.Findings[i].Number
	}
	put, err := w.prepared(`insert into notes (` + noteColumns + `, of_number) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	if err != nil {
		return err
	}
	for i := range c.Notes {
		n := &c.Notes[i]
		of, here := numbers[n.Finding]
		if !here {
			if of, err = w.numberOf(n.Finding); err != nil {
				return err
			}
		}
		w.note++
		values := []any{n.Finding, w.note, int64(n.At), n.Kind, n.Verdict, int64(n.Due), plain(n.By), int64(n.Entered), plain(n.Text), plain(n.TextZH)}
		if err := w.sealed(sealedNotes, values); err != nil {
			return err
		}
		if _, err := put.ExecContext(w.ctx, append(values, of)...); err != nil {
			return err
		}
	}
	return nil
}

// numberOf is the number of a finding that was written before.
func (w *writer) numberOf(finding string) (number int64, err error) {
	look, err := w.prepared(`select number from findings where id = $1`)
	if err != nil {
		return 0, err
	}
	if err = look.QueryRowContext(w.ctx, finding).Scan(&number); err != nil {
		err = fmt.Errorf("a line of finding %s: %w", finding, err)
	}
	return number, err
}

func (w *writer) states(c *service.Commit) error {
	return w.rows(len(c.States), `insert into source_states (source, contact, last_event, taken, repeated, corrected, refused, quarantined, silent)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (source) do update set contact = excluded.contact, last_event = excluded.last_event, taken = excluded.taken, repeated = excluded.repeated,
		corrected = excluded.corrected, refused = excluded.refused, quarantined = excluded.quarantined, silent = excluded.silent`, func(i int) []any {
		t := &c.States[i]
		return []any{t.Source, int64(t.Contact), int64(t.LastEvent), t.Taken, t.Repeated, t.Corrected, t.Refused, t.Quarantined, t.Silent}
	})
}

// quarantined adds what has no id yet, and changes what has one.
func (w *writer) quarantined(c *service.Commit) error {
	var ids []int64
	err := w.rows(len(c.Quarantine), `insert into quarantine (id, source, at, raw, code, reason, reason_zh, done, outcome, hash, times, last_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (id) do update set done = excluded.done, outcome = excluded.outcome, code = excluded.code, reason = excluded.reason, reason_zh = excluded.reason_zh,
		times = excluded.times, last_at = excluded.last_at`, func(i int) []any {
		q := &c.Quarantine[i]
		id := q.ID
		if id == 0 {
			w.quarantine++
			id = w.quarantine
		}
		ids = append(ids, id)
		return []any{id, q.Source, int64(q.At), bytesOf(q.Raw), plain(q.Code), plain(q.Reason), plain(q.ReasonZH), int64(q.Done), plain(q.Outcome), q.Hash, q.Times, int64(q.Last)}
	})
	for _, id := range ids { // read back: some of what was there stays
		if err != nil {
			return err
		}
		var leaf seal.Leaf
		leaf, err = sealedQuarantine.read(w.ctx, w.tx, id)
		w.leaves = append(w.leaves, hashed(&leaf))
	}
	return err
}

// counts keeps how many findings are in each state.
func (w *writer) counts(*service.Commit) error {
	for _, state := range slices.Sorted(maps.Keys(w.moved)) {
		if n := w.moved[state]; n != 0 {
			if _, err := w.exec(`insert into finding_counts (state, findings) values ($1, $2)
				on conflict (state) do update set findings = finding_counts.findings + excluded.findings`, string(state), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// bytesOf keeps no bytes from becoming NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// never is the due of what has none, so that it is last in the order of dues.
const never = math.MaxInt64

func dueOf(t clock.Instant) int64 {
	if t == 0 {
		return never
	}
	return int64(t)
}

// asJSON is a list as the text that is stored; an empty one is [].
func asJSON[T any](list []T) (string, error) {
	if list == nil {
		list = []T{}
	}
	b, err := json.Marshal(list)
	return string(b), err
}
