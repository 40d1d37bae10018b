package sqldb

import (
	"crypto/rand"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

const testOrigin = "log.example.org/plumbline"

func testKey(t testing.TB) (note.Signer, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, testOrigin)
	must(t, err)
	s, err := note.NewSigner(secret)
	must(t, err)
	return s, public
}

// signHead signs the log as it stands.
func signHead(t testing.TB, s *Store, key note.Signer) []byte {
	t.Helper()
	head, err := s.SealHead(ctx)
	must(t, err)
	head.Origin = testOrigin
	msg, err := seal.Sign(&head, key)
	must(t, err)
	must(t, s.SaveCheckpoint(ctx, false, 1, head.Size, msg))
	return msg
}

// sealedRecord fills a record with one of everything that is sealed, and signs.
func sealedRecord(t testing.TB, s *Store) (note.Signer, string) {
	t.Helper()
	key, public := testKey(t)
	must(t, s.AddSealKey(ctx, SealKey{Key: public}))
	must(t, s.AddAccount(ctx, identity.Account{Name: "李四", Roles: []access.Role{access.Auditor}, Hash: "h", Handle: "x", Created: 3}))
	_, err := s.AddSource(ctx, source("s", 1))
	must(t, err)
	for n := int64(1); n <= 3; n++ {
		f := finding(n)
		c := batch(n, f)
		c.Notes = []service.Note{{Finding: f.ID, At: 1, Kind: "raised", Verdict: "breached", Text: "first"}}
		c.Quarantine = []service.Quarantined{{Source: 1, At: 2, Raw: []byte{1, 0, 255}, Code: "future", Hash: "h"}}
		if n == 2 {
			c.Packs = []service.PackInForce{{Name: "p", Version: "1", Files: map[string]string{"rules.yaml": "x"}, From: 7, HasFrom: true}}
		}
		must(t, s.Commit(ctx, c))
	}
	signHead(t, s, key)
	return key, public
}

// sealedAsIs wants what was written in any way to be what was sealed.
func sealedAsIs(t *testing.T, s *Store) {
	t.Helper()
	var signed int
	must(t, s.read.QueryRowContext(ctx, `select count(*) from seal_checkpoints`).Scan(&signed))
	if signed == 0 {
		key, public := testKey(t)
		must(t, s.AddSealKey(ctx, SealKey{Key: public}))
		signHead(t, s, key)
	}
	_, err := s.VerifySeal(ctx, seal.Trust{})
	must(t, err)
}

func testVerifySeal(t *testing.T, where string) {
	s := open(t, where)
	key, public := sealedRecord(t, s)
	older := signHead(t, s, key)
	tally, err := s.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	must(t, err)
	equal(t, "segments, events", [2]int64{tally.Segments, tally.Events}, [2]int64{3, 6})
	equal(t, "signed", tally.Head.Size, tally.Leaves)
	must(t, s.Commit(ctx, batch(4, finding(4))))
	_, err = s.VerifySeal(ctx, seal.Trust{Older: [][]byte{older}})
	must(t, err)
}

// Whatever is changed, taken out or put in behind the program's back is named.
func testTampered(t *testing.T, where string) {
	s := open(t, where)
	key, public := sealedRecord(t, s)
	f := finding(2).ID
	for _, c := range []struct{ do, want string }{
		{`update findings set actor = 'another' where number = 2`, "finding " + f + " isn't what leaf"},
		{`update findings set provisional = false where number = 2`, "finding " + f + " isn't what leaf"},
		{`delete from findings where number = 2`, "seals finding " + f + ", and it isn't in the record"},
		{`insert into findings select 'new', 99, kind, pack, version, rule, severity, weight, warning, state, verdict, key_parts, case_id, unit, actor, event, event_type, event_time, due, late, by_event,
			activations, last_event, raised, changed, replaced_by, provisional, 0 from findings where number = 1`, "finding new is in the record, and the log holds no leaf of it"},
		{`update items set assign_by = assign_by + 1, turn = turn + 1 where number = 2`, "item " + f + " isn't what leaf"},
		{`update items set due_first = due_first + 1, due = due + 1 where number = 2`, "item " + f + " isn't what leaf"},
		{`update notes set words = 'second' where number = 2`, "note " + f + "/2 isn't what leaf"},
		{`delete from notes where number = 3`, "it isn't in the record: it was taken out"},
		{`update packs set files = '{}'`, "pack 1 isn't what leaf"},
		{`update sources set skew = 99`, "source 1 isn't what leaf"},
		{`update users set role = 'administrator'`, "account 李四 isn't what leaf"},
		{`update users set disabled = true`, "account 李四 isn't what leaf"},
		{`update quarantine set raw = (select tail from seal_head) where id = 2`, "quarantine 2 isn't what leaf"},
		{`delete from quarantine where id = 2`, "seals quarantine 2, and it isn't in the record"},
		{`delete from segments where number = 2`, "segment 2 of the record is missing"},
		{`update segments set body = (select body from segments where number = 3) where number = 2`, "segment 2 isn't what leaf"},
		{`update segments set source = 2 where number = 2`, "segment 2 begins after event 2 of source 2, and 0 came before it"},
		{`update segments set received = received + 1 where number = 3`, "segment 3 isn't what leaf"},
		{`update segments set now = now + 1 where number = 3`, "segment 3 isn't what leaf"},
		{`update segments set events = 3 where number = 3`, "segment 3 holds 2 events, and its row says 3"},
		{`update position set segment = 2`, "seals segment 3, and it isn't in the record"},
		{`update position set finding = 9`, "there are 3 of number/finding, and the kept count says 9"},
		{`update seal_batches set seeds = (select seeds from seal_batches where segment = 1) where segment = 2`, "segment 2 isn't what leaf"},
		{`update seal_batches set seeds = (select substr(tail, 1, 16) from seal_head) where segment = 2`, "segment 2 can't be read as it was sealed"},
		{`update seal_batches set shape = 0 where segment = 2`, "segment 2 isn't what leaf"},
		{`update seal_batches set shape = 258 where segment = 2`, "segment 2 can't be read as it was sealed"},
		{`update seal_batches set before = 4 where segment = 2`, "segment 2 begins after event 4 of source 1, and 2 came before it"},
		{`update seal_batches set leaf = 0 where segment = 2`, "segment 2 is said to be sealed by leaf 0"},
		{`delete from seal_batches where segment = 2`, "segment 2 of the record is missing, or what it was sealed with"},
		{`update seal_blocks set at = at + 1 where first = 3`, "leaf 3 isn't what the tree holds of it"},
		{`update seal_blocks set leaves = leaves + 1 where first = 3`, "leaves from 3 on can't be read: it holds more or fewer"},
		{`update seal_blocks set body = (select body from seal_blocks where first = 0), leaves = 1 where first = 3`, "leaf 4 of the log is missing|leaf 3 isn't what the tree holds of it"},
		{`update seal_blocks set body = substr(body, 2) where first = 3`, "leaves from 3 on can't be read: it ends in the midst of a leaf"},
		{`update seal_blocks set first = 4 where first = 3`, "leaf 3 of the log is missing"},
		{`delete from seal_blocks where first = 3`, "leaf 3 of the log is missing"},
		{`delete from seal_blocks where first > 8`, "leaf 9 isn't what the tree holds of it|holds more than there are leaves|isn't what the tree"},
		{`update seal_head set size = size - 1`, "and its head says"},
		{`update seal_head set tail = (select seeds from seal_batches where segment = 1)`, "leaf 0 isn't what the tree holds of it"},
		{`update seal_head set tail = substr(tail, 1, 0)`, "leaf 0 isn't what the tree holds of it"},
		{`update seal_head set counts = replace(counts, 'finding 3', 'finding 4')`, "there are 3 of finding, and the kept count says 4"},
		{`update seal_head set counts = replace(counts, 'events/1 6', 'events/9 0')`, "there are 6 of events/1, and no count is kept of them"},
		{`update seal_head set counts = 'finding'`, "what is counted in the log can't be read"},
		{`update seal_head set counts = ''`, "and no count is kept of them"},
		{`update seal_checkpoints set note = replace(note, 'count finding 3', 'count finding 2')`, "the signature of " + testOrigin + " is false"},
		{`update seal_checkpoints set note = 'x'`, "this is no checkpoint"},
		{`delete from seal_checkpoints`, "nothing of the log is signed"},
		{`update seal_keys set vkey = ''`, "key 1 isn't what leaf"},
		{`insert into seal_erased (segment, place, hash) select 2, 5, tail from seal_head`, ""},
	} {
		t.Run(strings.ReplaceAll(c.do[:min(len(c.do), 60)], "/", " "), func(t *testing.T) {
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
					if c.want != "" && errs.In(err, errs.Zh) == err.Error() {
						t.Errorf("only in one language: %v", err)
					}
					return
				}
			}
			t.Errorf("it says %v; want %q", err, c.want)
		})
	}
	_, err := s.VerifySeal(ctx, seal.Trust{})
	must(t, err)

	// Somebody who has the key and rewrites everything is found by what others
	// have kept.
	older := signHead(t, s, key)
	fork := open(t, forkOf(t, where))
	must(t, fork.AddSealKey(ctx, SealKey{Key: public}))
	for n := int64(1); n <= 20; n++ {
		must(t, fork.Commit(ctx, batch(n, finding(n))))
	}
	signHead(t, fork, key)
	_, err = fork.VerifySeal(ctx, seal.Trust{Keys: []string{public}})
	must(t, err)
	_, err = fork.VerifySeal(ctx, seal.Trust{Keys: []string{public}, Older: [][]byte{older}})
	told(t, err, "there are two logs, or this one was changed")
}

// proofOf is a proof of what is opened, against a checkpoint.
func proofOf(t *testing.T, s *Store, msg []byte, open func() (int64, seal.Opening, error)) *seal.Proof {
	t.Helper()
	leaf, o, err := open()
	must(t, err)
	head, err := s.SealHead(ctx)
	must(t, err)
	path, err := seal.Path(head.Size, leaf, func(level int, number int64) ([]byte, error) { return s.SealTile(ctx, level, number) })
	must(t, err)
	return &seal.Proof{Index: leaf, Path: path, Checkpoint: msg, Opening: o}
}
