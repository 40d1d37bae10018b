package sqldb

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plumbline/internal/event"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// testUpgradedLedger: findings that were raised before there was a ledger stand on
// it as if it had always been there, and the whole is what its moves say.
func testUpgradedLedger(t *testing.T, where string) {
	s := &Store{name: where, postgres: IsPostgres(where)}
	connect := s.openSQLite
	if s.postgres {
		connect = s.openPostgres
	}
	must(t, connect(where))
	const before = 4 // the last form without a ledger
	must(t, s.migrate(ctx, upTo(later(t), before)))
	columns := namesOf(`id, number, kind, pack, version, rule, severity, weight, warning, state, verdict, key_parts, case_id, unit, actor,
		event, event_type, event_time, due, late, by_event, activations, last_event, raised, changed, replaced_by, provisional`)
	places := make([]string, len(columns))
	for i := range places {
		places[i] = "$" + strconv.Itoa(i+1)
	}
	want := map[string]ledger.State{}
	for n, state := range []service.FindingState{service.Open, service.ClaimedMet, service.Withdrawn} {
		f := raisedAt(int64(n+1), someDay)
		f.State, f.Changed = state, someDay+5
		args, err := findingArgs(&f)
		must(t, err)
		_, err = s.write.ExecContext(ctx, `insert into findings (`+strings.Join(columns, ", ")+`) values (`+strings.Join(places, ", ")+`)`, args[:len(columns)]...)
		must(t, err)
		_, err = s.write.ExecContext(ctx, `insert into finding_counts (state, findings) values ($1, 1)`, string(state))
		must(t, err)
		want[f.ID] = map[service.FindingState]ledger.State{service.Open: ledger.Open, service.ClaimedMet: ledger.Claimed, service.Withdrawn: ledger.Closed}[state]
	}
	must(t, s.Close())

	s = open(t, where)
	for id, state := range want {
		it, moves, err := s.Item(ctx, id)
		must(t, err)
		equal(t, "state", it.State, state)
		equal(t, "the fold", it.Fold(moves), it.Standing)
	}
	must(t, s.checkLedger(ctx))
}

// testUpgradedLayout: a record of form 23 is laid out anew, and everything in it is as it
// was sealed.
func testUpgradedLayout(t *testing.T, where string) {
	s := open(t, where)
	s.shape = seal.Binary
	key, public := sealedRecord(t, s)
	must(t, s.Commit(ctx, many(4, 40)))
	older := signHead(t, s, key)
	want := walk(t, s, service.FindingQuery{})
	named := func(of string) (list []string) {
		must(t, s.atOnce(ctx, func(tx *sql.Tx) (err error) {
			list, err = listOf[string](ctx, tx, `select name || ' ' || coalesce(sql, '') from sqlite_schema where type = '`+of+`' order by name`)
			return err
		}))
		return list
	}
	var tables, indexes []string
	if !s.postgres {
		tables, indexes = named("table"), named("index")
		must(t, s.inTx(ctx, func(tx *sql.Tx) error {
			for _, l := range laidByNumber {
				back := slices.Clone(l.made)
				for i := 0; i < len(back); i += 2 {
					back[i], back[i+1] = back[i+1], back[i]
				}
				if err := layAnew(ctx, tx, l.table, back); err != nil {
					return err
				}
			}
			return nil
		}))
		if before := named("table"); slices.Equal(before, tables) {
			t.Fatal("the record isn't of the form of before")
		}
	}
	headOfForm24(t, s)
	_, err := s.write.ExecContext(ctx, `update schema_version set version = 23`)
	must(t, err)
	must(t, s.Close())

	s = open(t, where)
	if !s.postgres {
		equal(t, "tables", named("table"), tables)
		equal(t, "indexes", named("index"), indexes)
	}
	equal(t, "findings", walk(t, s, service.FindingQuery{}), want)
	must(t, s.Commit(ctx, many(5, 40)))
	provenInBoth(t, s, signHead(t, s, key), public)
	_, err = s.Erase(ctx, erasing(1, 5, service.ByOrder, map[int64]map[string]bool{4: ids("e4-0", "e4-17"), 5: ids("e5-3", "e5-16", "e5-17", "e5-39")}))
	must(t, err)
	for _, id := range []string{"e4-17", "e5-16"} {
		if _, _, err := s.OpenEvent(ctx, 1, id, 0); !errors.Is(err, ErrNotSealed) {
			t.Errorf("%s, which is erased, is opened: %v", id, err)
		}
	}
	provenInBoth(t, s, signHead(t, s, key), public)
	_, err = s.VerifySeal(ctx, seal.Trust{Keys: []string{public}, Older: [][]byte{older}})
	must(t, err)
	must(t, s.checkLedger(ctx))
}

// many is a commit of one segment of n events.
func many(number int64, n int) *service.Commit {
	c := batch(number)
	c.NextFinding = 0 // none is new
	list := make([]event.Event, n)
	for i := range list {
		list[i] = eventsOf(number)[0]
		list[i].ID = fmt.Sprintf("e%d-%d", number, i)
	}
	g := &c.Segments[0]
	var err error
	if g.Body, err = segment.Encode(nil, list); err != nil {
		panic(err)
	}
	g.List, g.Events = list, n
	return c
}

// provenInBoth wants events to be proven alone: of segment 4, which has one shape, and of 5.
func provenInBoth(t *testing.T, s *Store, msg []byte, public string) {
	t.Helper()
	for id, shape := range map[string]seal.Shape{"e4-1": seal.Binary, "e4-39": seal.Binary, "e5-1": seal.Wide, "e5-38": seal.Wide} {
		p := proofOf(t, s, msg, func() (int64, seal.Opening, error) { return s.OpenEvent(ctx, 1, id, 0) })
		_, err := p.Check([]string{public}, nil)
		must(t, err)
		var b seal.Batch
		must(t, json.Unmarshal(p.Opening.Body, &b))
		equal(t, "shape", b.Shape, shape)
		if !strings.Contains(p.Opening.Event.Text, id) {
			t.Errorf("%s: it proves %s", id, p.Opening.Event.Text)
		}
	}
}

// headOfForm24 makes of a record's head what it was up to form 24: a row for each count. A batch
// has one shape.
func headOfForm24(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.inTx(ctx, func(tx *sql.Tx) error {
		h, err := readHead(ctx, tx)
		must(t, err)
		exec := func(query string, args ...any) {
			_, err := tx.ExecContext(ctx, query, args...)
			must(t, err)
		}
		exec(`create table seal_counts (name text primary key, total bigint not null)`)
		for name, n := range h.counts {
			exec(`insert into seal_counts (name, total) values ($1, $2)`, name, n)
		}
		if open, err := readTile(ctx, tx, 0, h.size/seal.TileWidth); err != nil {
			return err
		} else if len(open) > 0 {
			exec(`insert into seal_tiles (level, number, hashes) values (0, $1, $2)`, h.size/seal.TileWidth, open)
		}
		if above, err := readTile(ctx, tx, 1, 0); err != nil {
			return err
		} else if len(above) > 0 {
			exec(`insert into seal_tiles (level, number, hashes) values (1, 0, $1)`, above)
		}
		exec(`alter table seal_head drop column counts`)
		exec(`alter table seal_head drop column tail`)
		exec(`alter table seal_batches drop column shape`)
		exec(`drop table org_touched`)
		return nil
	}))
}

// testRewritten: whatever changes of a finding, alone or with others, it reads as it was
// last written, in lists too, and as it is sealed.
func testRewritten(t *testing.T, where string) {
	s := open(t, where)
	f := finding(1)
	must(t, s.Commit(ctx, batch(1, f)))
	for n, change := range []func(){
		func() { f.Verdict, f.By, f.Late = "met_late", "s/e7", "P3D" },
		func() { f.Changed, f.Count, f.Last = 9, 4, "s/e8" },
		func() { f.State = service.ClaimedMet },
		func() { f.Due = 0 },
		func() { f.Due, f.State = 77, service.Open },
		func() { f.Severity = "critical" },
		func() { f.Unit = "another" },
		func() { f.Actor = "562" },
		func() { f.Rule = "r2" },
		func() { f.Raised = 3 },
		func() { f.Case, f.Key, f.Event, f.EventType = "A2", nil, "s/e0", "受案" },
		func() { f.Warning = true },
		func() { f.ReplacedBy, f.Provisional, f.Version = "", false, "1.1.0" },
	} {
		change()
		c := batch(int64(n+2), f)
		c.NextFinding = 1
		must(t, s.Commit(ctx, c))
		got, _, err := s.Finding(ctx, f.ID)
		must(t, err)
		equal(t, fmt.Sprintf("after change %d", n+1), *got, f)
		for _, q := range []service.FindingQuery{{States: []service.FindingState{f.State}, Sort: "due"}, {Units: []string{f.Unit}}, {Rules: []string{f.Rule}}, {Severity: []string{f.Severity}, Sort: "severity"}} {
			if list := walk(t, s, q); len(list) != 1 || list[0].Number != 1 {
				t.Errorf("after change %d, %+v gives %d findings", n+1, q, len(list))
			}
		}
	}
	sealedAsIs(t, s)
}

// testTail: whoever else seals between two commits, and whatever is sealed and taken back,
// the tree is over the leaves that there are. Each commit leaves how the tree ended for the
// next one.
func testTail(t *testing.T, where string) {
	s := open(t, where)
	for n := int64(1); n <= 4; n++ {
		must(t, s.Commit(ctx, batch(n, finding(n))))
		if s.tail.Load() == nil {
			t.Fatal("a commit leaves nothing for the next one")
		}
		undone := errors.New("undone")
		err := s.inTx(ctx, func(tx *sql.Tx) error {
			if err := s.seal(ctx, tx, 1, seal.Leaf{Kind: "export", Ref: "undone"}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if n%2 == 0 {
			must(t, s.Seal(ctx, 1, seal.Leaf{Kind: "export", Ref: "beside"}))
		}
		must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{finding(n)}})) // no failure between
		if err := s.Commit(ctx, batch(n+5, finding(n+5))); err == nil {                  // it doesn't follow
			t.Fatal("a segment that doesn't follow is written")
		}
		if s.tail.Load() != nil {
			t.Fatal("a commit that failed leaves something for the next one")
		}
	}
	levels := 0
	for n := int64(5); n <= 9; n++ { // over several tiles of the lowest level
		c := batch(n, finding(n))
		for range 300 {
			c.Notes = append(c.Notes, service.Note{Finding: c.Findings[0].ID, Kind: "amended"})
		}
		must(t, s.Commit(ctx, c))
		levels = len(s.tail.Load().levels)
	}
	equal(t, "levels of which the end is known", levels, 2)
	must(t, s.atOnce(ctx, func(tx *sql.Tx) error { // a tree that was smaller is read beside one that has grown
		was, err := sealHead(ctx, tx, nil)
		must(t, err)
		c := batch(10, finding(10))
		for range 600 {
			c.Notes = append(c.Notes, service.Note{Finding: c.Findings[0].ID, Kind: "amended"})
		}
		must(t, s.Commit(ctx, c))
		made, err := readTile(ctx, tx, 1, 0)
		must(t, err)
		known, err := readTileBeside(ctx, tx, s.tail.Load(), 1, 0)
		must(t, err)
		equal(t, "a tile that isn't full, as long as it then was", len(made), int(was.Size/seal.TileWidth)*len(seal.Hash{}))
		equal(t, "what is known of it", known, made)
		if now, err := s.SealTile(ctx, 1, 0); err != nil || len(now) <= len(made) || !bytes.HasPrefix(now, made) {
			t.Errorf("now it has %d bytes, and had %d: %v", len(now), len(made), err)
		}
		is, err := sealHead(ctx, tx, s.tail.Load())
		must(t, err)
		equal(t, "root", is.Root, was.Root)
		return nil
	}))
	sealedAsIs(t, s)
}
