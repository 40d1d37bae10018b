package sqldb

import (
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

const strictPolicy = `{warn_above: 40%, warn_least: 2}`

// A rule of which too much is closed as no fault only warns from then on: what comes
// in is decided once, in its own commit, and stays as it came in, until somebody
// reviews the rule.
func testQuality(t *testing.T, where string) {
	s := open(t, where)
	zone, err := clock.LoadZone("Asia/Shanghai")
	must(t, err)
	policy, err := ledger.ParsePolicy("ledger.yaml", []byte(strictPolicy), zone, nil)
	must(t, err)
	s.LedgerBy(policy)
	now := someDay
	l := ledgerOf(t, s, &now)
	var last int64
	raise := func(rules ...string) (out []service.Finding) {
		t.Helper()
		for _, r := range rules {
			now++
			last++
			f := raisedAt(last, now)
			f.Rule = r
			out = append(out, f)
		}
		must(t, s.Commit(ctx, &service.Commit{Findings: out, Now: now}))
		return out
	}
	warns := func(list []service.Finding) (out []bool) {
		t.Helper()
		for _, f := range list {
			got, _, err := s.Finding(ctx, f.ID)
			must(t, err)
			out = append(out, got.Warning)
		}
		return out
	}
	closeAs := func(f service.Finding, as ledger.Outcome) {
		t.Helper()
		for _, m := range []struct {
			who  ledger.Who
			kind ledger.Kind
			say  ledger.Content
		}{{theInspector, ledger.Assign, ledger.Content{Owner: "head"}}, {theHead, ledger.Claim, ledger.Content{Outcome: as, Reason: "lawful", Cause: "原因", Measure: "措施", NoFiles: "无"}},
			{theInspector, ledger.Verify, ledger.Content{Text: "looked"}}, {theInspector, ledger.Close, ledger.Content{}}} {
			now++
			it, _, err := s.Item(ctx, f.ID)
			must(t, err)
			_, err = l.Move(ctx, m.who, f.ID, it.Version, m.kind, m.say)
			must(t, err)
		}
	}
	before := raise("r", "r", "r", "s")
	closeAs(before[0], ledger.NoFault)
	equal(t, "one is too few", warns(raise("r")), []bool{false})
	closeAs(before[1], ledger.Fixed)
	spells, err := s.Spells(ctx)
	must(t, err)
	equal(t, "half of two is too much", spells, []ledger.Spell{{Pack: "p", Rule: "r", Number: 1, From: now, After: 5, Closed: 2, NoFault: 1}})
	during := raise("r", "s", "r")
	equal(t, "what comes in", warns(during), []bool{true, false, true})
	equal(t, "what was there", warns(before), []bool{false, false, false, false})

	// The judge says something else of both; it knows nothing of spells.
	during[0].Warning, during[0].State, before[2].State = false, service.ClaimedMet, service.ClaimedMet
	must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{during[0], before[2]}, Now: now}))
	equal(t, "it stays as it came in", warns([]service.Finding{during[0], before[2]}), []bool{true, false})
	closeAs(during[2], ledger.NoFault)
	spells, err = s.Spells(ctx)
	must(t, err)
	equal(t, "a spell lasts", len(spells), 1)

	now++
	must(t, l.Review(ctx, theInspector, "p", "r", "the limit is right"))
	equal(t, "reviewed, it accuses again", warns(raise("r")), []bool{false})
	equal(t, "what came in meanwhile", warns(during), []bool{true, false, true})
	spells, err = s.Spells(ctx)
	must(t, err)
	equal(t, "the spell is over", [2]int64{spells[0].After, spells[0].Last}, [2]int64{5, 8})
	for n, in := range map[int64]bool{5: false, 6: true, 8: true, 9: false} {
		equal(t, "told by numbers", spells[0].Holds("p", "r", n), in)
	}

	// A reply to what is closed closes it no second time.
	now++
	_, err = s.ChangeItem(ctx, before[0].ID, func(it *ledger.Item, _ []ledger.Move) (*ledger.Move, error) {
		return &ledger.Move{Finding: it.Finding, Number: it.Version + 1, Kind: ledger.Reply, At: now, Account: "x", Content: ledger.Content{Text: "申辩"}}, nil
	})
	must(t, err)
	list, err := l.Quality(ctx)
	must(t, err)
	equal(t, "it begins anew", [3]any{list[0].Closed, list[0].OnlyWarns, list[0].Reviews[0].Text}, [3]any{int64(0), false, "the limit is right"})

	// Another policy weighs what was closed before.
	closeAs(during[1], ledger.NoFault)
	equal(t, "one is too few by this policy", warns(raise("s")), []bool{false})
	if policy, err = ledger.ParsePolicy("ledger.yaml", []byte(`{warn_above: 40%, warn_least: 1}`), zone, nil); err != nil {
		t.Fatal(err)
	}
	s.LedgerBy(policy)
	must(t, s.WeighRules(ctx, now))
	must(t, s.WeighRules(ctx, now))
	equal(t, "and enough by that", warns(raise("s")), []bool{true})
	_, err = s.Verify(ctx)
	must(t, err)
	sealedAsIs(t, s)
}
