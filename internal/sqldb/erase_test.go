package sqldb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// erasing is an act that takes events, by segment, and clears a finding.
func erasing(number, last int64, kind string, segments map[int64]map[string]bool, cleared ...service.Finding) *service.EraseCommit {
	c := &service.EraseCommit{Erasure: service.Erasure{Number: number, Kind: kind, At: 9000, Before: 100, Cases: 1, Cleared: int64(len(cleared)), Reason: "保存期满", By: "李四", Second: "王五"},
		Segment: last, Segments: segments, Names: []service.ErasedName{{byte(number), 1}, {byte(number), 2}}, Lines: func(string) bool { return true }}
	for _, ids := range segments {
		c.Erasure.Events += int64(len(ids))
	}
	for _, f := range cleared {
		f.Key, f.Case, f.Actor, f.Event, f.By, f.Last, f.Erased = nil, "", "", "", "", "", number
		c.Findings, c.Frozen = append(c.Findings, f), append(c.Frozen, f.ID)
	}
	return c
}

func ids(list ...string) map[string]bool {
	out := map[string]bool{}
	for _, id := range list {
		out[id] = true
	}
	return out
}

// written makes a finding's item closed, with words, a file and moves.
func written(t *testing.T, s *Store, f string, file *ledger.File) {
	t.Helper()
	for n, m := range []ledger.Move{
		{Kind: ledger.Attach, Content: ledger.Content{File: file}},
		{Kind: ledger.Claim, Content: ledger.Content{Outcome: ledger.Unfixed, Reason: "人已离职", Cause: "漏登记", Measure: "补录", Evidence: []string{file.Hash}}},
		{Kind: ledger.Verify, Content: ledger.Content{Text: "已查阅张三案卷"}},
		{Kind: ledger.Close, Content: ledger.Content{Outcome: ledger.Unfixed, Reason: "人已离职"}},
	} {
		m.Finding, m.Number, m.At, m.Account = f, int64(n+1), clock.Instant(100+n), "李四"
		_, err := s.ChangeItem(ctx, f, func(*ledger.Item, []ledger.Move) (*ledger.Move, error) { return &m, nil })
		must(t, err)
	}
}

// Erasing takes text, salts and what people wrote; all else is proven as before.
func testErase(t *testing.T, where string) {
	s := open(t, where)
	key, public := sealedRecord(t, s)
	only, both := &ledger.File{Hash: strings.Repeat("a", 64), Name: "张三.pdf", Type: "application/pdf", Size: 1}, &ledger.File{Hash: strings.Repeat("b", 64), Name: "x.pdf", Type: "application/pdf", Size: 1}
	f := finding(2)
	written(t, s, f.ID, only)
	written(t, s, finding(1).ID, both)
	written(t, s, finding(3).ID, both)
	older := signHead(t, s, key)

	c := erasing(1, 3, service.Retention, map[int64]map[string]bool{2: ids("e2-0")}, f, finding(3))
	c.Frozen = append(c.Frozen, strings.Repeat("e", 32))
	files, err := s.Erase(ctx, c)
	must(t, err)
	equal(t, "files", files, []string{only.Hash})

	_, _, err = s.OpenEvent(ctx, 1, "e2-0", 0)
	if err != ErrNotSealed {
		t.Errorf("it can still be proven: %v", err)
	}
	tally, err := s.VerifySeal(ctx, seal.Trust{Older: [][]byte{older}})
	must(t, err)
	equal(t, "events, erased", [2]int64{tally.Events, tally.Erased}, [2]int64{5, 1})
	_, err = s.Verify(ctx)
	must(t, err)

	got, _, err := s.Finding(ctx, f.ID)
	must(t, err)
	want := c.Findings[0]
	equal(t, "the finding", *got, want)
	it, moves, err := s.Item(ctx, f.ID)
	must(t, err)
	equal(t, "state and outcome", [3]string{string(it.State), string(it.Outcome), it.Reason}, [3]string{"closed", "unfixed", ""})
	equal(t, "moves", len(moves), 4)
	for _, m := range moves {
		if m.Silence() {
			t.Errorf("a move still tells: %+v", m)
		}
	}
	if _, moves, err = s.Item(ctx, finding(1).ID); err != nil || moves[1].Cause == "" {
		t.Errorf("another finding was silenced: %v", err)
	}

	list, err := s.Erasures(ctx)
	must(t, err)
	equal(t, "acts", list, []service.Erasure{c.Erasure})
	gone, err := s.Gone(ctx)
	must(t, err)
	equal(t, "names, findings, events", [3]int64{int64(len(gone.Names)), int64(len(gone.Findings)), gone.Events}, [3]int64{2, 3, 1})
	for at, want := range map[clock.Instant]int64{0: 1, 1: 0, 2: 1} {
		n, err := s.ErasedEvents(ctx, at)
		must(t, err)
		equal(t, "erased of what was received by then", n, want)
	}

	msg := signHead(t, s, key)
	for _, received := range []clock.Instant{0, 2} {
		p := proofOf(t, s, msg, func() (int64, seal.Opening, error) { return s.OpenEvent(ctx, 1, "e2-1", received) })
		_, err = p.Check([]string{public}, nil)
		must(t, err)
		equal(t, "place", p.Opening.Event.Index, int64(1))
	}
	p := proofOf(t, s, msg, func() (int64, seal.Opening, error) { return s.OpenFinding(ctx, f.ID) })
	_, err = p.Check([]string{public}, nil)
	must(t, err)
	if _, _, err = s.OpenFinding(ctx, "none"); err != ErrNotSealed {
		t.Errorf("a finding that there isn't: %v", err)
	}

	// The rest of the segment by order, with other segments: what people wrote stays.
	must(t, s.Commit(ctx, batch(4, finding(4))))
	written(t, s, finding(4).ID, only)
	_, err = s.Erase(ctx, erasing(2, 4, service.ByOrder, map[int64]map[string]bool{2: ids("e2-1"), 4: ids("e4-0", "e4-1")}, finding(4)))
	must(t, err)
	if _, moves, err = s.Item(ctx, finding(4).ID); err != nil || moves[1].Cause == "" {
		t.Errorf("what was written is gone: %v", err)
	}
	tally, err = s.VerifySeal(ctx, seal.Trust{Older: [][]byte{older, msg}})
	must(t, err)
	equal(t, "events, erased", [2]int64{tally.Events, tally.Erased}, [2]int64{4, 4})
	_, err = s.Verify(ctx)
	must(t, err)

	// What came meanwhile isn't erased by a plan that doesn't know it.
	_, err = s.Erase(ctx, erasing(3, 3, service.ByOrder, map[int64]map[string]bool{3: ids("e3-0")}))
	if err == nil {
		t.Error("a plan of before is carried out")
	}
	_, err = s.Erase(ctx, erasing(3, 4, service.ByOrder, map[int64]map[string]bool{3: ids("e3-0", "none")}))
	told(t, err, "segment 3 holds 1 of 2 events that are to be erased")
	testErasureTampered(t, s, public)
}

// testErasureTampered: nothing that is said to be erased can be put in, taken away or
// used to hide something else.
func testErasureTampered(t *testing.T, s *Store, public string) {
	for _, c := range []struct{ do, want string }{
		{`update erasures set reason = 'another' where number = 1`, "erasure 1 isn't what leaf"},
		{`delete from erasures where number = 2`, "belong to no act of erasure|isn't in the record"},
		{`delete from erased_names where erasure = 1`, "the names of what was erased in act of erasure 1"},
		{`insert into erased_names (hash, erasure) select hash, 1 from seal_erased where segment = 2 and place = 1`, "the names of what was erased in act of erasure 1"},
		{`insert into erased_findings (finding, erasure) values ('mute this', 2)`, "the findings that stay as they are in act of erasure 2"},
		{`insert into erased_findings (finding, erasure) values ('mute this', 9)`, "1 rows of erased_findings belong to no act"},
		{`delete from erased_findings where erasure = 1`, "the findings that stay as they are in act of erasure 1"},
		{`insert into erased_leaves (leaf, erasure) values (1, 1)`, "the leaves that can't be opened any more in act of erasure 1"},
		{`insert into erased_leaves (leaf, erasure) values (-1, 1)`, "the leaves that can't be opened any more in act of erasure 1"},
		{`insert into erased_leaves (leaf, erasure) values (1000000, 1)`, "the leaves that can't be opened any more in act of erasure 1"},
		{`delete from erased_leaves`, "isn't what the tree holds of it"},
		{`update seal_blocks set at = at + 1 where first = (select max(first) from seal_blocks where first <= (select min(leaf) from erased_leaves))`, "isn't what the tree holds of it"},
		{`update erased_leaves set entry = (select hash from seal_erased where segment = 2 and place = 1)`, "isn't what the tree holds of it"},
		{`delete from seal_erased where segment = 2 and place = 0`, "segment 2"},
		{`update seal_erased set hash = (select hash from seal_erased where segment = 2 and place = 1) where segment = 2 and place = 0`, "segment 2 isn't what leaf"},
		{`insert into seal_erased (segment, place, hash) select 3, 2, hash from seal_erased where segment = 2 and place = 1`, "segment"},
		{`update findings set erased = 0 where erased = 1`, "isn't what leaf"},
		{`update findings set erased = 1 where erased = 0`, "isn't what leaf"},
	} {
		t.Run(c.do[:min(len(c.do), 50)], func(t *testing.T) {
			tx, err := s.write.BeginTx(ctx, nil)
			must(t, err)
			defer tx.Rollback()
			done, err := tx.ExecContext(ctx, c.do)
			must(t, err)
			if n, _ := done.RowsAffected(); n == 0 {
				t.Fatal("it changes nothing")
			}
			err = s.verifySeal(ctx, tx, seal.Trust{Keys: []string{public}}, new(SealTally))
			if err == nil {
				t.Fatal("nobody noticed")
			}
			for _, want := range strings.Split(c.want, "|") {
				if strings.Contains(err.Error(), want) {
					return
				}
			}
			t.Errorf("%v", err)
		})
	}
}

// Nothing of what was erased stands in any file of the record afterwards: neither in
// its pages nor in its log, nor in what was written over before.
func TestErasedBytes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "a.db"))
	_, err := s.AddSource(ctx, source("s", 1))
	must(t, err)
	const secret = "某甲的绝密供述"
	for n := int64(1); n <= 20; n++ {
		f := finding(n)
		f.Actor = secret
		must(t, s.Commit(ctx, batch(n, f)))
		f.Changed = 99 // written over
		must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{f}, Now: clock.Instant(n * 1000), W: 1, NextFinding: n}))
		written(t, s, f.ID, &ledger.File{Hash: strings.Repeat("a", 64), Name: secret, Type: "text/plain", Size: 1})
	}
	all := map[int64]map[string]bool{}
	var cleared []service.Finding
	for n := int64(1); n <= 20; n++ {
		all[n], cleared = ids(fmt.Sprintf("e%d-0", n), fmt.Sprintf("e%d-1", n)), append(cleared, finding(n))
	}
	if len(leaked(t, dir, secret)) == 0 {
		t.Fatal("it was never there")
	}
	_, err = s.Erase(ctx, erasing(1, 20, service.Retention, all, cleared...))
	must(t, err)
	for _, word := range []string{secret, "e7-0", "已查阅"} {
		if list := leaked(t, dir, word); len(list) > 0 {
			t.Errorf("%q still stands in %v", word, list)
		}
	}
	sealedAsIs(t, s)
}

// leaked are the files in a folder that hold a word.
func leaked(t *testing.T, dir, word string) (out []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range list {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		if bytes.Contains(text, []byte(word)) {
			out = append(out, e.Name())
		}
	}
	return out
}

// An erasure that is broken off has not happened.
func TestErasureBrokenOff(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "a.db"))
	sealedRecord(t, s)
	f := finding(2)
	c := batch(4)
	c.NextFinding, c.Notes = 3, []service.Note{{Finding: f.ID, At: 2, Kind: "amended", By: "s/e2-0"}}
	must(t, s.Commit(ctx, c))
	act := erasing(1, 4, service.Retention, map[int64]map[string]bool{1: ids("e1-0", "e1-1"), 2: ids("e2-0")}, f)
	off, cancel := context.WithCancel(ctx)
	act.Lines = func(string) bool { cancel(); return true } // when segments are rewritten already
	if _, err := s.Erase(off, act); !errors.Is(err, context.Canceled) {
		t.Fatalf("it went on: %v", err)
	}
	list, err := s.Erasures(ctx)
	must(t, err)
	equal(t, "acts", len(list), 0)
	tally, err := s.VerifySeal(ctx, seal.Trust{})
	must(t, err)
	equal(t, "events, erased", [2]int64{tally.Events, tally.Erased}, [2]int64{8, 0})
	act.Lines = func(name string) bool { return name == "s/e2-0" }
	_, err = s.Erase(ctx, act)
	must(t, err)
	_, notes, err := s.Finding(ctx, f.ID)
	must(t, err)
	equal(t, "the line's event", notes[1].By, "")
}
