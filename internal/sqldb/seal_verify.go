package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// SealTally is what a record was found to have sealed.
type SealTally struct {
	Leaves, Segments, Events, Rows, Erased int64
	Back                                   []Dated // what is dated more than a day before what was sealed before it, the first few
	Backs                                  int64   // how many there are
	Keys                                   []string
	Head                                   *seal.Signed // the newest checkpoint; nil where none was signed yet
}

// Dated is a leaf and the instant that it gives itself.
type Dated struct {
	Leaf int64
	What string
	At   clock.Instant
}

// somewhat is by how much what people do, which is sealed by the wall's clock, may lie before
// what the judge sealed before it, by T.
const somewhat = 24 * 3600 * 1_000_000

// VerifySeal holds the whole record against its log: each leaf against its entry
// and the tree, each segment, finding, line of a history, pack, source and
// account against the last leaf of it, the numberings, the counts, and the tree
// against every checkpoint that was kept and those of trust. The error names the
// first thing that doesn't match.
func (s *Store) VerifySeal(ctx context.Context, trust seal.Trust) (t SealTally, err error) {
	err = s.atOnce(ctx, func(tx *sql.Tx) error { return s.verifySeal(ctx, tx, trust, &t) })
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Place == (errs.Place{}) {
		named := *e
		named.Place = errs.Place{File: s.name}
		return t, &named
	}
	return t, err
}

func (s *Store) verifySeal(ctx context.Context, tx *sql.Tx, trust seal.Trust, t *SealTally) error {
	v := &sealCheck{ctx: ctx, tx: tx, last: map[string]lastLeaf{}, kinds: map[string]int64{}}
	for _, part := range []func() error{v.erasedLeaves, v.leaves, v.acts, v.segments, v.rows, v.leftOver, v.counts} {
		if err := part(); err != nil {
			return err
		}
	}
	*t = v.tally
	return v.checkpoints(trust, t)
}

// sealCheck holds a record against its log.
type sealCheck struct {
	ctx   context.Context
	tx    *sql.Tx
	tally SealTally
	last  map[string]lastLeaf // of each thing that is sealed
	kinds map[string]int64    // how many leaves of each kind, and events of each source
	blank map[int64][]byte    // the entries of leaves that were made impossible to open
	head  *head
}

type lastLeaf struct {
	leaf int64
	body seal.Hash
}

func (v *sealCheck) each(f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := v.tx.QueryContext(v.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (v *sealCheck) tile(level int, number int64) ([]byte, error) {
	return readTile(v.ctx, v.tx, level, number)
}

// leaves holds what is kept of each leaf against the tree.
func (v *sealCheck) leaves() (err error) {
	if v.head, err = readHead(v.ctx, v.tx); err != nil {
		return err
	}
	tree := seal.Tree{Compare: func(level int, number int64, want []byte) error {
		got, err := v.tile(level, number)
		if err != nil {
			return err
		}
		if len(got) > len(want) {
			return seal.Mismatch(errs.Tf("tile %d/%d of the tree holds more than there are leaves", "日志树的分块 %d/%d 多于日志条数", level, number))
		}
		return seal.TileDiffers(level, number, got, want)
	}}
	var latest clock.Instant
	err = allBlocks(v.ctx, v.tx, func(b *block) error {
		if b.first != tree.Size {
			return seal.Mismatch(errs.Tf("leaf %d of the log is missing", "缺少日志第 %d 条", tree.Size))
		}
		if latest = max(latest, b.at); b.at != 0 && b.at < latest-somewhat { // 0: a service that has taken nothing yet has no T
			v.dated(b)
		}
		hashes := make([]seal.Hash, len(b.leaves))
		for i := range b.leaves {
			l, leaf := &b.leaves[i], b.first+int64(i)
			v.kinds[l.Kind]++
			hashes[i] = seal.LeafHash(b.entry(i, v.blank))
			v.last[l.Kind+"\x00"+l.Ref] = lastLeaf{leaf, l.Body} // of one that can't be opened what came after it counts
		}
		return tree.Add(hashes)
	})
	if err == nil {
		err = tree.End()
	}
	if err != nil {
		return err
	}
	v.tally.Leaves = tree.Size
	if v.head.size != tree.Size {
		return seal.Mismatch(errs.Tf("the log has %d leaves, and its head says %d", "日志有 %d 条，其头部为 %d 条", tree.Size, v.head.size))
	}
	return nil
}

// dated notes leaves that are dated back. They may be: a clock that was set right leaves such,
// and an instant proves nothing; what has its place in the log was sealed no sooner.
func (v *sealCheck) dated(b *block) {
	t := &v.tally
	for i := range b.leaves {
		if len(t.Back) < 5 {
			t.Back = append(t.Back, Dated{b.first + int64(i), b.leaves[i].Kind + " " + b.leaves[i].Ref, b.at})
		}
	}
	t.Backs += int64(len(b.leaves))
}

// is holds something that is there against the last leaf of it.
func (v *sealCheck) is(l *seal.Leaf) error {
	key := l.Kind + "\x00" + l.Ref
	last, ok := v.last[key]
	if !ok {
		return seal.Mismatch(errs.Tf("%s %s is in the record, and the log holds no leaf of it: it was put in beside the program", "记录中有 %s %s，日志中没有：该内容系绕过程序写入", l.Kind, l.Ref))
	}
	if last.body != seal.BodyHash(l.Body) {
		return seal.Mismatch(errs.Tf("%s %s isn't what leaf %d of the log commits to: it was changed after it was sealed", "%s %s 与日志第 %d 条的存证不符：存证后被改动", l.Kind, l.Ref, last.leaf))
	}
	delete(v.last, key)
	return nil
}

// segments holds each segment with its events against its leaf, and the
// numbering of each source's events.
func (v *sealCheck) segments() error {
	var n int64
	if err := v.tx.QueryRowContext(v.ctx, `select segment from position`).Scan(&n); err != nil {
		return err
	}
	var received, now clock.Instant
	for number := int64(1); number <= n; number++ {
		b, err := readBatch(v.ctx, v.tx, number)
		if errors.Is(err, ErrNotSealed) {
			return seal.Mismatch(errs.Tf("segment %d of the record is missing, or what it was sealed with", "缺少数据段 %d 或其存证资料", number))
		}
		if err != nil {
			return fmt.Errorf("segment %d: %w", number, err)
		}
		if b.listed != len(b.events) {
			return seal.Mismatch(errs.Tf("segment %d holds %d events, and its row says %d", "数据段 %d 有事件 %d 条，登记为 %d 条", number, len(b.events), b.listed))
		}
		if b.Received < received || b.Now < now { // T never goes back
			return seal.Mismatch(errs.Tf("segment %d is dated before segment %d, which came before it", "数据段 %d 的时间早于在其之前的数据段 %d", number, number-1))
		}
		received, now = b.Received, b.Now
		name := countOfSource(b.Source)
		if b.Before != v.kinds[name] {
			return seal.Mismatch(errs.Tf("segment %d begins after event %d of source %d, and %d came before it", "数据段 %d 应接在来源 %[3]d 的第 %[2]d 条事件之后，实际此前有 %[4]d 条", number, b.Before, b.Source, v.kinds[name]))
		}
		v.kinds[name] += int64(b.Events)
		if last := v.last[kindSegment+"\x00"+fmt.Sprint(number)]; last.leaf != b.leaf {
			return seal.Mismatch(errs.Tf("segment %d is said to be sealed by leaf %d, and leaf %d does", "数据段 %d 所记存证为第 %d 条，实为第 %d 条", number, b.leaf, last.leaf))
		}
		if err := v.is(&seal.Leaf{Kind: kindSegment, Ref: fmt.Sprint(number), Body: b.Body()}); err != nil {
			return err
		}
		v.tally.Segments, v.tally.Events, v.tally.Erased = number, v.tally.Events+int64(len(b.events)), v.tally.Erased+int64(len(b.gone))
		if err := v.erasures(&b); err != nil {
			return err
		}
	}
	return nil
}

// erasures wants a leaf that says which events of the segment were erased.
func (v *sealCheck) erasures(b *openedBatch) error {
	if len(b.gone) == 0 {
		return nil
	}
	l := erasedOf(b.Segment, b.gone)
	return v.is(&l)
}

// rows holds the rows of the tables against their last leaves.
func (v *sealCheck) rows() error {
	is := func(l *seal.Leaf) error {
		v.tally.Rows++
		return v.is(l)
	}
	for _, t := range sealedTables {
		if err := t.each(v, is); err != nil {
			return err
		}
	}
	return eachAccount(v, is)
}

// leftOver is what has a leaf and isn't there.
func (v *sealCheck) leftOver() error {
	kinds := map[string]bool{kindSegment: true, kindErased: true, kindAccount: true}
	for _, t := range sealedTables {
		kinds[t.kind] = true
	}
	first, what := int64(-1), ""
	for key, last := range v.last {
		kind, ref, _ := bytes.Cut([]byte(key), []byte{0})
		if kinds[string(kind)] && last.body != seal.BodyHash(nil) && (first < 0 || last.leaf < first) {
			first, what = last.leaf, string(kind)+" "+string(ref)
		}
	}
	if first >= 0 {
		return seal.Mismatch(errs.Tf("leaf %d seals %s, and it isn't in the record: it was taken out", "日志第 %d 条存证了 %s，记录中却没有：已被删除", first, what))
	}
	return nil
}

// counts holds what checkpoints carry against what there is, and the numberings
// of the record's own registers.
func (v *sealCheck) counts() error {
	list, err := v.head.all(v.ctx, v.tx)
	if err != nil {
		return err
	}
	for table, name := range map[string]string{"findings": "number/finding", "notes": "number/note", "segments": "number/segment"} {
		var n int64
		if err := v.tx.QueryRowContext(v.ctx, `select count(*) from `+table).Scan(&n); err != nil {
			return err
		}
		v.kinds[name] = n
	}
	for _, c := range list {
		if v.kinds[c.Name] != c.Total {
			return seal.Mismatch(errs.Tf("there are %d of %s, and the kept count says %d", "%[2]s 有 %[1]d 条，计数却为 %[3]d", v.kinds[c.Name], c.Name, c.Total))
		}
		delete(v.kinds, c.Name)
	}
	for name, n := range v.kinds {
		if n > 0 {
			return seal.Mismatch(errs.Tf("there are %d of %s, and no count is kept of them", "%[2]s 有 %[1]d 条，却没有计数", n, name))
		}
	}
	return nil
}

// checkpoints holds the tree against what was signed.
func (v *sealCheck) checkpoints(trust seal.Trust, t *SealTally) error {
	keys, err := v.keys()
	if err != nil {
		return err
	}
	if t.Keys = keys; len(trust.Keys) == 0 {
		trust.Keys = keys
	}
	var all [][]byte
	if err := v.each(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		all = append(all, []byte(text))
		return err
	}, `select note from seal_checkpoints order by size, day`); err != nil {
		return err
	}
	for _, msg := range all {
		one, err := seal.Open(msg, trust.Keys, trust.Witnesses)
		if err != nil {
			return err
		}
		if one.Size > t.Leaves {
			return seal.Mismatch(errs.Tf("a checkpoint of %d leaves is kept, and the log has %d: leaves were taken out, or an old state was put back", "存有 %d 条的检查点，日志只有 %d 条：有内容被删除，或恢复了旧状态", one.Size, t.Leaves))
		}
		if err := seal.CheckRoot(&one.Checkpoint, v.tile); err != nil {
			return err
		}
		if t.Head == nil || one.Size >= t.Head.Size {
			t.Head = one
		}
	}
	if t.Head == nil && t.Segments > 0 { // a service signs within a second
		return seal.Mismatch(errs.T("events were taken, and nothing of the log is signed: the checkpoints were taken out, or no service has run on this record yet",
			"已接收事件，而日志从未签名：检查点已被删除，或此记录尚未由服务运行过"))
	}
	return seal.CheckOlder(&seal.Signed{Checkpoint: seal.Checkpoint{Size: t.Leaves}}, trust, v.tile)
}

// keys are the log's keys, each but the first vouched for by the one before it.
func (v *sealCheck) keys() (keys []string, err error) {
	err = v.each(func(scan func(...any) error) error {
		var k SealKey
		if err := scan(&k.Key, &k.Statement); err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := seal.CheckRotation(k.Statement, keys[len(keys)-1], k.Key); err != nil {
				return err
			}
		}
		keys = append(keys, k.Key)
		return nil
	}, `select vkey, statement from seal_keys order by number`)
	return keys, err
}
