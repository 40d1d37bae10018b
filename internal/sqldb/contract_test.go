package sqldb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/identity"
	"plumbline/internal/segment"
	"plumbline/internal/service"
	"plumbline/internal/sqldb/pgtest"
)

// The contract: what every store owes the service. Each part has a database of
// its own on one server.
func TestContract(t *testing.T) {
	parts := []struct {
		name string
		test func(t *testing.T, where string)
	}{
		{"setup", testSetup}, {"accounts", testAccounts}, {"access", testAccess}, {"board", testBoard}, {"approvals", testApprovals}, {"exemptions", testExemptions}, {"policies", testPolicies}, {"vault", testVault}, {"proofs", testProofs}, {"sources", testSources}, {"commit", testCommit}, {"hostile names", testHostileNames}, {"refused", testRefused},
		{"all or nothing", testAllOrNothing}, {"two openers", testTwoOpeners}, {"reopened", testReopened}, {"findings", testFindings},
		{"pages while writing", testPagesWhileWriting}, {"quarantine", testQuarantine}, {"packs", testPacks}, {"ledger", testLedger}, {"quality", testQuality}, {"links", testLinks}, {"desks", testDesk}, {"organisation", testOrganisation}, {"a ledger over old findings", testUpgradedLedger}, {"readers beside a writer", testReadersBesideWriter}, {"seal", testSeal},
		{"seal verified", testVerifySeal}, {"tampered", testTampered}, {"leaf tampered", testLeafTampered}, {"tiles tampered", testTilesTampered}, {"last leaf", testLastLeaf}, {"leaves of form 20", testUpgradedSeal}, {"layout of form 23", testUpgradedLayout}, {"rewritten", testRewritten}, {"histories", testHistories}, {"tail", testTail}, {"every column", testEveryColumn}, {"erased", testErase}, {"verify", testVerify},
	}
	t.Run("sqlite", func(t *testing.T) {
		forkOf = func(t *testing.T, _ string) string { return filepath.Join(t.TempDir(), "fork.db") }
		for _, p := range parts {
			t.Run(p.name, func(t *testing.T) { p.test(t, filepath.Join(t.TempDir(), "a b%20?#.db")) })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.Start(t)
		forkOf = func(t *testing.T, _ string) string { return server.Database(t) }
		for _, p := range parts {
			t.Run(p.name, func(t *testing.T) { p.test(t, server.Database(t)) })
		}
	})
}

// forkOf is another database beside one.
var forkOf func(t *testing.T, where string) string

var ctx = context.Background()

var _ service.Store = (*Store)(nil)

func open(t testing.TB, where string) *Store {
	t.Helper()
	s, err := Open(ctx, where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told wants an error that says this in English, and something in Chinese.
func told(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v; want %q in it", err, want)
		return
	}
	if zh := errs.In(err, errs.Zh); zh == err.Error() {
		t.Errorf("only in one language: %v", err)
	}
}

// equal wants two values to be the same.
func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

func testSetup(t *testing.T, where string) {
	s := open(t, where)
	_, err := s.Settings(ctx)
	told(t, err, "isn't set up yet; run plumbline setup")
	set := service.Settings{Agency: "某市公安局", Zone: "Asia/Shanghai", Lang: "zh", Packs: []string{"cn-criminal-procedure", "/etc/packs/own"}}
	must(t, s.SetUp(ctx, set, identity.Account{Name: "admin", Hash: "$argon2id$", Roles: []access.Role{access.Administrator}, Created: 7}))
	got, err := s.Settings(ctx)
	must(t, err)
	equal(t, "settings", got, set)
	told(t, s.SetUp(ctx, set, identity.Account{Name: "other"}), "already set up")
}

func source(name string, n int) service.Source {
	return service.Source{Name: name, Role: service.RoleSource, Unit: "交警支队", Types: []string{"立案", "拘留"}, Token: sha256.Sum256([]byte{byte(n)}),
		Skew: 1, Lateness: 2, Habit: 3, Created: 4}
}

func testSources(t *testing.T, where string) {
	s, beside := open(t, where), open(t, where)
	list, err := s.Sources(ctx)
	must(t, err)
	equal(t, "none yet", len(list), 0)

	a, b := source("a", 1), source("b", 2)
	b.Types, b.Unit, b.Role = nil, "", service.RoleReader
	if a.ID, err = beside.AddSource(ctx, a); err != nil {
		t.Fatal(err)
	}
	if b.ID, err = s.AddSource(ctx, b); err != nil {
		t.Fatal(err)
	}
	_, err = s.AddSource(ctx, a)
	told(t, err, `there is a source "a" already`)
	for range 2 { // the second time from what is known
		list, err = s.Sources(ctx)
		must(t, err)
		equal(t, "both", list, []service.Source{a, b})
		list[0].Name = "changed by whoever asked"
	}

	// Whatever another program does is seen at the next call.
	must(t, beside.Disable(ctx, "a"))
	must(t, beside.SetToken(ctx, "b", sha256.Sum256([]byte("new"))))
	a.Disabled, b.Token = true, sha256.Sum256([]byte("new"))
	list, err = s.Sources(ctx)
	must(t, err)
	equal(t, "changed beside", list, []service.Source{a, b})
	must(t, s.SetToken(ctx, "a", a.Token))
	list, err = beside.Sources(ctx)
	must(t, err)
	equal(t, "with a token it may send again", list[0].Disabled, false)
	told(t, s.Disable(ctx, "A"), `there is no source "A"; did you mean "a"?`)
	told(t, s.SetToken(ctx, "zzz", a.Token), "there are: a, b")
}

// batch is a commit of one segment and all else that a commit can hold.
func batch(number int64, findings ...service.Finding) *service.Commit {
	segment := body(number)
	segment.List = eventsOf(number)
	return &service.Commit{
		Segments: []service.Segment{segment},
		Findings: findings,
		States:   []service.SourceState{{Source: 1, Contact: clock.Instant(number), LastEvent: 5, Taken: number, Repeated: 1, Corrected: 2, Refused: 3, Quarantined: 4, Silent: true}},
		Now:      clock.Instant(number * 1000), W: clock.Instant(number * 900), NextFinding: number,
	}
}

func body(number int64) service.Segment {
	block, err := segment.Encode(nil, eventsOf(number))
	if err != nil {
		panic(err)
	}
	return service.Segment{Number: number, Source: 1, Received: clock.Instant(number), Now: clock.Instant(number * 1000), Events: 2, Body: block}
}

// eventsOf are the two events of a segment.
func eventsOf(number int64) []event.Event {
	out := make([]event.Event, 2)
	for i := range out {
		out[i] = event.Event{Source: "s", ID: fmt.Sprintf("e%d-%d", number, i), Type: "立案", Time: event.Stamp{At: clock.Instant(number), Kind: event.Time},
			Objects: []event.Object{{Type: "case", ID: fmt.Sprint("A", number)}}}
	}
	return out
}

func finding(number int64) service.Finding {
	return service.Finding{ID: fmt.Sprintf("%032x", number*7919), Number: number, Kind: "rule", Pack: "p", Version: "1.0.0", Rule: "r", Severity: "major", State: service.Open,
		Verdict: "breached", Key: []service.KeyPart{{Kind: "case", ID: "A1"}, {Kind: "actor", ID: "王"}}, Case: "A1", Unit: "u", Actor: "561", Event: "s/e1", EventType: "立案",
		EventTime: 11, Due: 12, Late: "P2D", By: "s/e2", Count: 3, Last: "s/e9", Raised: clock.Instant(number), Changed: clock.Instant(number), ReplacedBy: "x", Provisional: true}
}

func testCommit(t *testing.T, where string) {
	s := open(t, where)
	pos, err := s.Position(ctx)
	must(t, err)
	equal(t, "an empty record", pos, service.Position{})

	f := finding(1)
	c := batch(1, f)
	c.Notes = []service.Note{{Finding: f.ID, At: 1, Kind: "raised", Verdict: "breached", Due: 12, By: "s/e1", Entered: 3, Text: "first", TextZH: "首次"}}
	must(t, s.Commit(ctx, c))
	none := finding(2)
	none.Key, none.Due = nil, 0
	c2 := batch(2, none)
	f.State, f.Changed = service.ClaimedMet, 2
	c2.Findings = append(c2.Findings, f)
	c2.Notes = []service.Note{{Finding: f.ID, At: 2, Kind: "claimed_met"}, {Finding: none.ID, At: 2, Kind: "raised"}}
	f.State = service.Withdrawn // twice in one commit: the last counts
	again := f
	again.State = service.Open
	must(t, s.Commit(ctx, c2, &service.Commit{Findings: []service.Finding{again, f}, Notes: []service.Note{{Finding: f.ID, At: 3, Kind: "withdrawn"}}, Now: 5, W: 5}))

	pos, err = s.Position(ctx)
	must(t, err)
	equal(t, "the position; T and W never go back", pos, service.Position{Segment: 2, Now: 2000, W: 1800, NextFinding: 2})
	if err := s.Commit(ctx, batch(3), batch(5)); err == nil {
		t.Error("segment 5 was written after 3")
	}
	now, err := s.Position(ctx)
	must(t, err)
	equal(t, "the position, where one of two can't be written", now, pos)
	var got []service.Segment
	must(t, s.Segments(ctx, 0, func(g *service.Segment) error { got = append(got, *g); return nil }))
	equal(t, "segments", got, []service.Segment{body(1), body(2)})
	stop := errors.New("enough")
	if err := s.Segments(ctx, 1, func(g *service.Segment) error { equal(t, "after 1", g.Number, int64(2)); return stop }); !errors.Is(err, stop) {
		t.Errorf("the visitor's error: %v", err)
	}
	one, notes, err := s.Finding(ctx, f.ID)
	must(t, err)
	equal(t, "finding", *one, f)
	equal(t, "its history", notes, []service.Note{c.Notes[0], c2.Notes[0], {Finding: f.ID, At: 3, Kind: "withdrawn"}})
	one, _, err = s.Finding(ctx, none.ID)
	must(t, err)
	equal(t, "without key and due", *one, none)
	if one, _, err = s.Finding(ctx, "nothing"); one != nil || err != nil {
		t.Errorf("a finding that there isn't: %v, %v", one, err)
	}
	many, err := s.FindingsByID(ctx, []string{"nothing", f.ID, f.ID})
	must(t, err)
	equal(t, "by id", many, []service.Finding{f})
	many, err = s.FindingsByID(ctx, []string{"nothing", none.ID, f.ID, "\x00"})
	must(t, err)
	slices.SortFunc(many, func(a, b service.Finding) int { return int(a.Number - b.Number) })
	equal(t, "by ids", many, []service.Finding{f, none})
	states, err := s.SourceStates(ctx)
	must(t, err)
	equal(t, "states", states, c2.States)
	counts, err := s.FindingCounts(ctx)
	must(t, err)
	equal(t, "counts", counts, map[service.FindingState]int64{service.Open: 1, service.ClaimedMet: 0, service.Withdrawn: 1})
}

// A name with NUL or without sense must not keep the record from being written.
func testHostileNames(t *testing.T, where string) {
	s := open(t, where)
	f := finding(1)
	bad := "a\x00b\xffc'; drop table findings; --"
	f.Case, f.Unit, f.Actor, f.Event, f.EventType, f.By, f.Last, f.Key[0].ID = bad, bad, bad, bad, bad, bad, bad, bad
	c := batch(1, f)
	c.Notes = []service.Note{{Finding: f.ID, By: bad, Text: bad}}
	c.Quarantine = []service.Quarantined{{Source: 1, Raw: []byte(bad), Code: bad, Reason: bad, ReasonZH: bad, Outcome: bad}}
	must(t, s.Commit(ctx, c))
	got, notes, err := s.Finding(ctx, f.ID)
	must(t, err)
	want := "a␀b�c'; drop table findings; --"
	equal(t, "unit, note", []string{got.Unit, notes[0].Text}, []string{want, want})
	page, err := s.Findings(ctx, service.FindingQuery{Units: []string{bad}})
	must(t, err)
	equal(t, "found by it", len(page.Findings), 1)
	q, err := s.QuarantineItem(ctx, 1)
	must(t, err)
	equal(t, "as sent", string(q.Raw), bad)
}

func testRefused(t *testing.T, where string) {
	s := open(t, where)
	must(t, s.Commit(ctx, batch(1)))
	for _, number := range []int64{0, 1, 3} {
		told(t, s.Commit(ctx, batch(number, finding(9))), fmt.Sprintf("segment %d can't be written: the next is 2", number))
	}
	c := batch(2)
	c.Segments = append(c.Segments, body(4))
	told(t, s.Commit(ctx, c), "segment 4 can't be written: the next is 3")
	pos, err := s.Position(ctx)
	must(t, err)
	equal(t, "position", pos.Segment, int64(1))
	page, err := s.Findings(ctx, service.FindingQuery{})
	must(t, err)
	equal(t, "findings", len(page.Findings), 0)
}

// full is a commit that writes into every table.
func full(number int64) *service.Commit {
	c := batch(number, finding(number))
	c.Notes = []service.Note{{Finding: c.Findings[0].ID, Kind: "raised"}}
	c.Quarantine = []service.Quarantined{{Source: 1, Raw: []byte("{"), Code: "unreadable"}}
	c.Packs = []service.PackInForce{{Name: "p", Version: fmt.Sprint(number)}}
	return c
}

// A fault at any table leaves nothing of a commit behind.
func testAllOrNothing(t *testing.T, where string) {
	s := open(t, where)
	must(t, s.Commit(ctx, full(1)))
	before := content(t, s)
	for _, table := range []string{"segments", "findings", "notes", "source_states", "quarantine", "packs", "finding_counts", "position"} {
		mend := breakTable(t, s, table)
		if err := s.Commit(ctx, full(2)); err == nil {
			t.Errorf("%s refuses, and the commit goes well", table)
		}
		mend()
		equal(t, "after a fault at "+table, content(t, s), before)
	}
	broken, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Commit(broken, full(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	must(t, s.Commit(ctx, full(2)))
	if reflect.DeepEqual(content(t, s), before) {
		t.Error("the commit after all the faults has done nothing")
	}
}

// breakTable makes every write to a table fail.
func breakTable(t *testing.T, s *Store, table string) (mend func()) {
	do := func(query string) {
		_, err := s.write.ExecContext(ctx, query)
		must(t, err)
	}
	if s.postgres {
		do("alter table " + table + " add constraint boom check (false) not valid")
		return func() { do("alter table " + table + " drop constraint boom") }
	}
	for _, act := range []string{"insert", "update"} {
		do("create trigger boom_" + act + " before " + act + " on " + table + " begin select raise(abort, 'boom'); end")
	}
	return func() { do("drop trigger boom_insert"); do("drop trigger boom_update") }
}

// content is every row of every table, as text.
func content(t testing.TB, s *Store) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, table := range []string{"segments", "findings", "notes", "source_states", "quarantine", "packs", "finding_counts", "position", "sources", "settings", "users"} {
		rows, err := s.read.QueryContext(ctx, "select * from "+table+" order by 1")
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(t, rows.Scan(into...))
			out[table] = append(out[table], fmt.Sprint(values...))
		}
		must(t, rows.Err())
		rows.Close()
	}
	return out
}

// Two programs on one database: whichever commits first is right, and the other
// writes nothing.
func testTwoOpeners(t *testing.T, where string) {
	a, b := open(t, where), open(t, where)
	must(t, a.Commit(ctx, full(1)))
	told(t, b.Commit(ctx, full(1)), "the next is 2, since another program has written")
	must(t, b.Commit(ctx, full(2)))
	told(t, a.Commit(ctx, full(2)), "the next is 3")

	// At the same moment, too: of every number one gets it.
	var wg sync.WaitGroup
	won := make([]int, 2)
	for i, s := range []*Store{a, b} {
		wg.Go(func() {
			for number := int64(3); number < 40; number++ {
				if err := s.Commit(ctx, full(number)); err == nil {
					won[i]++
				} else if !strings.Contains(err.Error(), "another program has written") {
					t.Errorf("%d: %v", number, err)
				}
			}
		})
	}
	wg.Wait()
	pos, err := a.Position(ctx)
	must(t, err)
	equal(t, "position and commits that went well", pos.Segment, int64(2+won[0]+won[1]))
	tally, err := b.Verify(ctx)
	must(t, err)
	equal(t, "findings", tally.Findings, pos.Segment)

	// Whoever holds the record writes; where its lock was lost and another has
	// taken the record over, it can't, and doesn't win it back by trying again.
	must(t, a.Hold(ctx))
	next := pos.Segment + 1
	must(t, a.Commit(ctx, full(next)))
	if a.postgres {
		told(t, b.Hold(ctx), "another service already judges")
		_, err := b.write.ExecContext(ctx, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`)
		must(t, err)
		for b.Hold(ctx) != nil { // the server needs a moment to end the connection
		}
	} else {
		must(t, b.Hold(ctx)) // a directory's lock is package datadir's
	}
	for range 2 {
		told(t, a.Commit(ctx, full(next+1)), "another service has taken this record over")
		told(t, a.Commit(ctx, &service.Commit{Now: 1 << 40}), "another service has taken this record over")
	}
	must(t, b.Commit(ctx, full(next+1)))
	must(t, b.Close())
	c := open(t, where)
	must(t, c.Hold(ctx))
	must(t, c.Commit(ctx, full(next+2)))
}

func testReopened(t *testing.T, where string) {
	s := open(t, where)
	must(t, s.Commit(ctx, full(1)))
	_, err := s.AddSource(ctx, source("a", 1))
	must(t, err)
	before := content(t, s)
	must(t, s.Close())
	s = open(t, where)
	equal(t, "after opening again", content(t, s), before)
	must(t, s.Commit(ctx, full(2)))
	_, err = s.write.ExecContext(ctx, `update schema_version set version = 99`)
	must(t, err)
	must(t, s.Close())
	_, err = Open(ctx, where)
	told(t, err, "the database is of form 99; this program knows forms up to")
}

func testQuarantine(t *testing.T, where string) {
	s := open(t, where)
	c := &service.Commit{}
	for i := range 5 {
		c.Quarantine = append(c.Quarantine, service.Quarantined{Source: int64(1 + i%2), At: 3, Raw: []byte{0, byte(i), 0xff}, Code: "future", Reason: "r", ReasonZH: "原因", Hash: fmt.Sprint("h", i/2), Times: 1, Last: 3})
	}
	must(t, s.Commit(ctx, c))
	item, err := s.QuarantineItem(ctx, 3)
	must(t, err)
	want := c.Quarantine[2]
	want.ID = 3
	equal(t, "as it was put there", *item, want)
	item.Done, item.Outcome, item.Times, item.Last = 9, "taken", 4, 8
	must(t, s.Commit(ctx, &service.Commit{Quarantine: []service.Quarantined{*item, {Source: 1, Code: "later"}}}))
	ids := func(source int64, waiting bool, after int64, limit int) (out []int64) {
		list, err := s.Quarantine(ctx, source, waiting, after, limit)
		must(t, err)
		for _, q := range list {
			out = append(out, q.ID)
		}
		return out
	}
	equal(t, "all", ids(0, false, 0, 100), []int64{1, 2, 3, 4, 5, 6})
	equal(t, "of source 1", ids(1, false, 0, 100), []int64{1, 3, 5, 6})
	equal(t, "waiting", ids(1, true, 0, 100), []int64{1, 5, 6})
	equal(t, "a page", ids(1, true, 1, 1), []int64{5})
	item, err = s.QuarantineItem(ctx, 3)
	must(t, err)
	want.Done, want.Outcome, want.Times, want.Last = 9, "taken", 4, 8
	equal(t, "settled", *item, want)
	waiting, err := s.QuarantineWaiting(ctx)
	must(t, err)
	equal(t, "how much waits", waiting, map[int64]service.Waiting{1: {Things: 3, Bytes: 6}, 2: {Things: 2, Bytes: 6}})
	byHash := func(source int64, hashes ...string) int {
		list, err := s.QuarantineByHash(ctx, source, hashes)
		must(t, err)
		return len(list)
	}
	equal(t, "by hash", byHash(1, "h0", "h1", "h9"), 2)
	equal(t, "of the other source", byHash(2, "h2"), 0)
	if item, err := s.QuarantineItem(ctx, 99); item != nil || err != nil {
		t.Errorf("one that there isn't: %v, %v", item, err)
	}
}

func testPacks(t *testing.T, where string) {
	s := open(t, where)
	old := service.PackInForce{Name: "p", Version: "1.0.0", RulesFile: "pack.yaml", Files: map[string]string{"pack.yaml": "pack: p\n", "历法.yaml": ""}, To: 20000, HasTo: true, Activated: 5}
	now := service.PackInForce{Name: "p", Version: "2.0.0", RulesFile: "pack.yaml", Files: map[string]string{"pack.yaml": "pack: p"}, From: 20000, HasFrom: true, Activated: 6}
	must(t, s.Commit(ctx, &service.Commit{Packs: []service.PackInForce{old}}))
	must(t, s.Commit(ctx, &service.Commit{Packs: []service.PackInForce{old, now}}))
	must(t, s.Commit(ctx, &service.Commit{}))
	got, err := s.Packs(ctx)
	must(t, err)
	equal(t, "packs", got, []service.PackInForce{old, now})
}

// Readers see whole commits and wait for nobody.
func testReadersBesideWriter(t *testing.T, where string) {
	s := open(t, where)
	must(t, s.Commit(ctx, full(1)))
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for last := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				pos, err := s.Position(ctx)
				if err != nil || pos.Segment < last || int64(pos.Now) != pos.Segment*1000 {
					t.Errorf("position %+v after %d: %v", pos, last, err)
					return
				}
				last = pos.Segment
				page, err := s.Findings(ctx, service.FindingQuery{Sort: "-raised", Limit: 1})
				if err != nil || page.Findings[0].Number < last {
					t.Errorf("finding %d of commit %d isn't there: %v", page.Findings[0].Number, last, err)
					return
				}
			}
		})
	}
	for n := int64(2); n <= 60; n++ {
		if err := s.Commit(ctx, full(n)); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	wg.Wait()
}

func testVerify(t *testing.T, where string) {
	s := open(t, where)
	for n := int64(1); n <= 70; n++ { // more than a page
		must(t, s.Commit(ctx, full(n)))
	}
	tally, err := s.Verify(ctx)
	must(t, err)
	equal(t, "whole", tally, Tally{Segments: 70, Events: 140, Findings: 70})

	do := func(query string, args ...any) {
		_, err := s.write.ExecContext(ctx, query, args...)
		must(t, err)
	}
	do(`update segments set body = $1 where number = 40`, body(40).Body[:30])
	_, err = s.Verify(ctx)
	told(t, err, "segment 40 of the record: a segment of the record is damaged")
	do(`update segments set body = $1, events = 3 where number = 40`, body(40).Body)
	_, err = s.Verify(ctx)
	told(t, err, "segment 40 holds 2 events and should hold 3")
	do(`delete from segments where number = 40`)
	_, err = s.Verify(ctx)
	told(t, err, "segment 40 of the record is missing")
	do(`delete from segments where number >= 40`)
	err = s.Segments(ctx, 39, func(*service.Segment) error { return nil })
	told(t, err, "segment 40 of the record is missing")
	do(`update position set segment = 39`)
	do(`update finding_counts set findings = 3`)
	_, err = s.Verify(ctx)
	told(t, err, "70 findings are open, and the kept count says 3")
}
