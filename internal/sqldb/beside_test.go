package sqldb

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// What isn't sealed by itself, but follows from what is, is found where somebody changed it,
// though every leaf holds.
func TestBeside(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	now := someDay
	l := ledgerOf(t, s, &now)
	c := batch(1, raisedAt(1, now), raisedAt(2, now))
	c.Now, c.NextFinding = now, 2
	c.States[0].Taken = 2
	for i := range c.Findings {
		f := &c.Findings[i]
		c.Notes = append(c.Notes, service.Note{Finding: f.ID, At: f.Changed, Kind: "raised", Verdict: f.Verdict, Due: f.Due})
	}
	must(t, s.Commit(ctx, c))
	_, err := l.Move(ctx, theInspector, c.Findings[0].ID, 0, ledger.Assign, ledger.Content{Owner: "head"})
	must(t, err)
	zone, err := clock.LoadZone("Asia/Shanghai")
	must(t, err)
	o, err := org.Parse("organisation.yaml", []byte(ledgerBureau), zone)
	must(t, err)
	ended, added := org.LineChanges(nil, o.Lines())
	must(t, s.ReviseOrg(ctx, org.Revision{Number: 1, At: someDay, Account: "王", Digest: org.Digest(ended, added)}, ended, added, nil))
	_, err = s.Verify(ctx)
	must(t, err)
	must(t, s.VerifyMore(ctx))

	const notMoved, moved = "item 2 isn't what its moves say", "item 1 isn't what its moves say"
	const ofNone = "of no revision: they were put in, or ended, beside the program"
	for _, x := range []struct {
		do   []string
		want string
	}{
		{[]string{`update items set version = 0, state = 'open', owner = '', owner_unit = '', due = due_first, turn = assign_by, changed = (select changed from items where number = 2) where number = 1`,
			`update item_counts set items = items - 1 where state = 'assigned'`, `update item_counts set items = items + 1 where state = 'open'`}, moved},
		{[]string{`update items set verifier = 'somebody' where number = 2`}, notMoved},
		{[]string{`update items set outcome = 'fixed' where number = 2`}, notMoved},
		{[]string{`update items set reason = 'lawful' where number = 2`}, notMoved},
		{[]string{`update items set met = true where number = 2`}, notMoved},
		{[]string{`update items set claim = 7 where number = 2`}, notMoved},
		{[]string{`update items set shifts = 1 where number = 2`}, notMoved},
		{[]string{`update items set owner_unit = 'lake' where number = 2`}, notMoved},
		{[]string{`update items set changed = changed + 1 where number = 2`}, notMoved},
		{[]string{`update org_lines set ended = -1 where kind = 'holding' and id = 'head'`}, ofNone},
		{[]string{`update org_lines set ended = 77 where kind = 'holding' and id = 'head'`}, ofNone},
		{[]string{`update org_lines set ended = 1 where kind = 'holding' and id = 'head'`}, ofNone},
		{[]string{`update org_lines set ended = -1`}, ofNone},
		{[]string{`insert into org_lines (kind, id, body, added, ended) select kind, id, '{}', 0, 0 from org_lines where id = 'head'`}, ofNone},
		{[]string{`insert into org_lines (kind, id, body, added, ended) select kind, id, '{}', -5, 0 from org_lines where id = 'head'`}, ofNone},
		{[]string{`update finding_counts set findings = findings where state = 'open'`, `insert into finding_counts (state, findings) values ('withdrawn', 4)`}, "no finding is withdrawn, and the kept count says 4"},
		{[]string{`update source_states set taken = 1 where source = 1`, `insert into source_states (source, contact, last_event, taken, repeated, corrected, refused, quarantined, silent) select 9, contact, last_event, 1, 0, 0, 0, 0, silent from source_states where source = 1`},
			"of source 1 there are 2 events, and it is said to have sent 1"},
		{[]string{`alter table users rename to users_`, `create view users as select * from users_`}, "of the database isn't made as this program makes it"},
		{[]string{`create view more as select * from users`}, "the database has the view more, which"},
		{[]string{`create trigger beside after insert on findings begin update findings set severity = 'minor'; end`}, "the database has the trigger beside, which"},
		{[]string{`create table again (hash blob primary key, erasure)`, `drop table erased_names`, `alter table again rename to erased_names`}, "the table erased_names of the database isn't made as this program makes it"},
		{[]string{`drop index items_owner`}, "the database lacks the index items_owner"},
		{[]string{`update items set owner = cast(owner as blob) where number = 1`}, "1 rows of items have values of another type"},
		{[]string{`update items set met = 2 where number = 2`}, "1 rows of items have values of another type"},
		{[]string{`update source_states set taken = 2.5`}, "1 rows of source_states have values of another type"},
		{[]string{`insert into seal_batches (segment, leaf, before, seeds, shape) select 99, leaf, before, seeds, shape from seal_batches`}, "of roots of segments there should be 1, and there are 2"},
		{[]string{`insert into seal_erased (segment, place, hash) select 99, 0, seeds from seal_batches`, `update source_states set taken = 3`}, "segments that there aren't"},
		{[]string{`insert into seal_tiles (level, number, hashes) select 0, 77, tail from seal_head`}, "has tiles where it has none, on level 0"},
		{[]string{`insert into seal_tiles (level, number, hashes) select 9, 0, tail from seal_head`}, "on level 9"},
		{[]string{`insert into schema_version (version) select version from schema_version`}, "of rows of schema_version there should be 1"},
	} {
		t.Run(x.do[0][:min(len(x.do[0]), 70)], func(t *testing.T) {
			s := copied(t, s)
			for _, one := range x.do {
				done, err := s.write.ExecContext(ctx, one)
				must(t, err)
				if n, _ := done.RowsAffected(); n == 0 && strings.HasPrefix(one, "update") {
					t.Errorf("%s changes nothing", one)
				}
			}
			_, err := s.Verify(ctx)
			told(t, errors.Join(err, s.VerifyMore(ctx)), x.want)
		})
	}

	// Two lines in one have the digest of the two.
	lines, err := s.orgLines(ctx, `added = 1`)
	must(t, err)
	a, b := lines[0], lines[1]
	both := org.Line{Kind: a.Kind, ID: a.ID + "\x00" + a.Body + "\n+" + b.Kind + "\x00" + b.ID, Body: b.Body}
	if one, two := org.Digest(nil, []org.Line{both}), org.Digest(nil, []org.Line{a, b}); one != two {
		t.Fatal("the digests differ: this tries nothing")
	}
	must(t, s.do(ctx, `delete from org_lines where kind = $1 and id = $2 and body = $3`, b.Kind, b.ID, b.Body))
	must(t, s.do(ctx, `update org_lines set id = $4, body = $5 where kind = $1 and id = $2 and body = $3`, a.Kind, a.ID, a.Body, both.ID, both.Body))
	_, err = s.Verify(ctx)
	told(t, err, "is several in one")
	_, err = org.Parse("organisation.yaml", []byte("units:\n  - {id: \"a\\nb\"}\n"), zone)
	told(t, err, "has a line break in it")
}

// copied is a record of its own with what another holds.
func copied(t *testing.T, s *Store) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	must(t, s.CopyTo(ctx, path))
	return open(t, path)
}

// What is dated back isn't refused, but told; a segment can't be.
func TestDatedBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	key, public := sealedRecord(t, s)
	must(t, s.Seal(ctx, 3*somewhat, seal.Leaf{Kind: "export", Ref: "now"}))
	must(t, s.Seal(ctx, 2*somewhat+1, seal.Leaf{Kind: "export", Ref: "a little before"}))
	signHead(t, s, key)
	tally, err := s.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	must(t, err)
	equal(t, "by less than a day", tally.Backs, int64(0))
	must(t, s.Seal(ctx, 2*somewhat-1, seal.Leaf{Kind: "export", Ref: "long before"}))
	signHead(t, s, key)
	tally, err = s.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	must(t, err)
	equal(t, "dated back", tally.Back, []Dated{{tally.Leaves - 1, "export long before", 2*somewhat - 1}})

	c := batch(4)
	c.NextFinding = 0
	c.Segments[0].Received = 1
	must(t, s.Commit(ctx, c))
	_, err = s.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	told(t, err, "segment 4 is dated before segment 3")
}
