package sqldb

import (
	"errors"
	"sync"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

const ledgerBureau = `units:
  - {id: bureau}
  - {id: lake, parent: bureau}
  - {id: oversight, parent: bureau}
posts:
  p: {en: post, zh: 岗位}
officers:
  - {id: head, unit: lake, post: p}
  - {id: inspector, unit: oversight, post: p}
`

func ledgerOf(t *testing.T, s *Store, now *clock.Instant) *ledger.Ledger {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	must(t, err)
	o, err := org.Parse("organisation.yaml", []byte(ledgerBureau), zone)
	must(t, err)
	return ledger.New(ledger.Options{Store: s, Org: func() *org.Organisation { return o }, Policy: ledger.DefaultPolicy(zone), Now: func() clock.Instant { return *now },
		Files: ledger.OpenFiles(t.TempDir())})
}

var (
	theHead      = ledger.Who{Account: "h", Person: "head"}
	theInspector = ledger.Who{Account: "i", Person: "inspector"}
)

const someDay clock.Instant = 1_772_000_000_000_000

// raisedAt is a finding of a unit, as the judge raises it.
func raisedAt(number int64, at clock.Instant) service.Finding {
	f := finding(number)
	f.Unit, f.Actor, f.Raised, f.Changed, f.ReplacedBy = "lake", "", at, at, ""
	return f
}

// testLedger: a finding becomes an item in the judge's own commit; moves are made
// by version, with their seal; the judge moves what it says otherwise of; lists,
// counts and the whole are what the moves say.
func testLedger(t *testing.T, where string) {
	s := open(t, where)
	now := someDay
	l := ledgerOf(t, s, &now)
	findings := []service.Finding{raisedAt(1, now), raisedAt(2, now+1), raisedAt(3, now+2)}
	c := batch(1, findings...)
	c.Now = now
	c.Notes = append(c.Notes, service.Note{Finding: findings[0].ID, Kind: "raised"})
	must(t, s.Commit(ctx, c))
	it, moves, err := s.Item(ctx, findings[0].ID)
	must(t, err)
	equal(t, "no moves yet", len(moves), 0)
	for _, c := range []struct{ do, undo, want string }{
		{`update notes set of_number = 2 where number = 1`, `update notes set of_number = 1 where number = 1`, "line 1 of the findings' histories isn't with finding " + findings[0].ID},
		{`update items set finding = finding || 'x' where number = 2`, `update items set finding = (select id from findings where number = 2) where number = 2`, "the ledger's row of finding " + findings[1].ID},
	} {
		_, err := s.write.ExecContext(ctx, c.do)
		must(t, err)
		_, err = s.Verify(ctx)
		told(t, err, c.want)
		_, err = s.write.ExecContext(ctx, c.undo)
		must(t, err)
	}
	equal(t, "state", it.State, ledger.Open)
	equal(t, "unit", it.Unit, org.UnitID("lake"))
	equal(t, "what nobody moved is its own fold", it.Fold(nil), it.Standing)
	if none, _, err := s.Item(ctx, "no such"); none != nil || err != nil {
		t.Errorf("no such item: %v, %v", none, err)
	}

	now += 60_000_000
	move := func(who ledger.Who, number int, kind ledger.Kind, say ledger.Content) {
		t.Helper()
		at, _, err := s.Item(ctx, findings[number].ID)
		must(t, err)
		_, err = l.Move(ctx, who, findings[number].ID, at.Version, kind, say)
		must(t, err)
	}
	move(theInspector, 2, ledger.Comment, ledger.Content{Text: "stays where it is"})
	move(theInspector, 0, ledger.Assign, ledger.Content{Owner: "head"})
	move(theHead, 0, ledger.Claim, ledger.Content{Outcome: ledger.Fixed, Cause: "原因", Measure: "措施", NoFiles: "现场已核"})
	_, err = l.Move(ctx, theInspector, findings[0].ID, 1, ledger.Verify, ledger.Content{Text: "looked"})
	var r *ledger.Refused
	if !errors.As(err, &r) || r.Because != ledger.Faster || len(r.Moves) != 1 || r.Moves[0].Kind != ledger.Claim {
		t.Errorf("a move of what was looked at earlier: %v", err)
	}
	move(theInspector, 0, ledger.Verify, ledger.Content{Text: "looked"})
	move(theInspector, 0, ledger.Close, ledger.Content{Outcome: ledger.NoFault, Reason: "lawful"})

	// The judge says something else of the second, twice.
	late := findings[1]
	late.State = service.ClaimedMet
	must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{late}, Now: now}))
	must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{late}, Now: now}))
	it, moves, err = s.Item(ctx, late.ID)
	must(t, err)
	equal(t, "entered late, it waits for a verifier", it.State, ledger.Claimed)
	equal(t, "said once", len(moves), 1)

	counts, err := s.ItemCounts(ctx)
	must(t, err)
	delete(counts, ledger.Assigned)
	delete(counts, ledger.Verified)
	equal(t, "counts", counts, map[ledger.State]int64{ledger.Open: 1, ledger.Claimed: 1, ledger.Closed: 1})
	_, err = s.Verify(ctx)
	must(t, err)
	equal(t, "every move is sealed", leavesOf(t, s, "move"), 6)

	t.Run("lists", func(t *testing.T) { ledgerLists(t, s, findings, now) })
	t.Run("quality", func(t *testing.T) { ledgerQuality(t, s, l, &now) })
	t.Run("two at once", func(t *testing.T) { ledgerRace(t, s, l, findings[2].ID) })
	if _, err := s.write.ExecContext(ctx, `update items set owner = 'somebody' where finding = $1`, findings[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Verify(ctx)
	told(t, err, "item 1 isn't what its moves say")
	sealedAsIs(t, s)
	if _, err := s.write.ExecContext(ctx, `update moves set body = 'Z' where finding = $1 and number = 1`, findings[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Verify(ctx)
	told(t, err, "a row isn't as it was written")
	_, _, err = s.Item(ctx, findings[0].ID)
	told(t, err, "a row isn't as it was written")
}

func ledgerLists(t *testing.T, s *Store, findings []service.Finding, now clock.Instant) {
	ids := func(q ledger.Query) (out []string) {
		t.Helper()
		for {
			page, err := s.Queue(ctx, q)
			must(t, err)
			for _, it := range page.Items {
				out = append(out, it.Finding)
			}
			if q.After = page.Next; q.After == "" {
				return out
			}
		}
	}
	open, claimed, closed := findings[2].ID, findings[1].ID, findings[0].ID
	equal(t, "soonest first, at rest last", ids(ledger.Query{Limit: 1}), []string{open, claimed, closed})
	equal(t, "of one state", ids(ledger.Query{States: []ledger.State{ledger.Claimed}}), []string{claimed})
	equal(t, "of an owner", ids(ledger.Query{Owner: "head"}), []string{closed})
	equal(t, "due by now", ids(ledger.Query{Before: now}), []string(nil))
	equal(t, "under a filter", ids(ledger.Query{Filter: "f.unit = ? and i.owner = ?", Args: []any{"lake", ""}}), []string{open, claimed})
	warns := true
	equal(t, "the newest first", ids(ledger.Query{Limit: 1, Newest: true}), []string{open, claimed, closed})
	equal(t, "of a severity and a rule", ids(ledger.Query{Severity: []string{findings[1].Severity}, Rules: []string{findings[1].Rule}, Units: []string{"lake"}, Findings: []string{claimed}}), []string{claimed})
	equal(t, "that only warn", ids(ledger.Query{Warning: &warns}), []string(nil))
	for what, c := range map[string]struct {
		q    ledger.Query
		want map[ledger.State]int64
	}{
		"kept":     {ledger.Query{States: []ledger.State{ledger.Open, ledger.Closed}}, map[ledger.State]int64{ledger.Open: 1, ledger.Closed: 1}},
		"counted":  {ledger.Query{Findings: []string{open, claimed}, States: []ledger.State{ledger.Open}}, map[ledger.State]int64{ledger.Open: 1}},
		"filtered": {ledger.Query{Filter: "f.unit = ? and i.owner = ?", Args: []any{"lake", ""}}, map[ledger.State]int64{ledger.Open: 1, ledger.Claimed: 1}},
	} {
		got, err := s.CountItems(ctx, c.q)
		must(t, err)
		equal(t, what, got, c.want)
	}
	_, err := s.Queue(ctx, ledger.Query{After: "x"})
	told(t, err, "isn't where a page of this list ends")
}

func ledgerQuality(t *testing.T, s *Store, l *ledger.Ledger, now *clock.Instant) {
	list, err := l.Quality(ctx)
	must(t, err)
	equal(t, "of one rule", len(list), 1)
	equal(t, "share", list[0].Share, 1.0)
	equal(t, "reasons", list[0].Reasons, map[string]int64{"lawful": 1})
	equal(t, "too few to say", list[0].OnlyWarns, false)
	*now += 1
	must(t, l.Review(ctx, theInspector, "p", "r", "the limit is right"))
	list, err = l.Quality(ctx)
	must(t, err)
	equal(t, "reviewed: it begins anew", list[0].Closed, int64(0))
}

// ledgerRace: of two who move one version, one is told that the other was faster.
func ledgerRace(t *testing.T, s *Store, l *ledger.Ledger, id string) {
	var all sync.WaitGroup
	errsOf := make([]error, 2)
	for i := range errsOf {
		all.Go(func() {
			_, errsOf[i] = l.Move(ctx, theInspector, id, 1, ledger.Comment, ledger.Content{Text: "seen"})
		})
	}
	all.Wait()
	var r *ledger.Refused
	if (errsOf[0] == nil) == (errsOf[1] == nil) || !errors.As(errors.Join(errsOf...), &r) || r.Because != ledger.Faster {
		t.Errorf("both: %v", errsOf)
	}
}
