package sqldb

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/service"
)

// testFindings holds lists against the same done by hand.
func testFindings(t *testing.T, where string) {
	s := open(t, where)
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	var all []service.Finding
	for n := int64(1); n <= 240; n++ {
		f := finding(n)
		f.State = service.FindingState(pick("open", "open", "claimed_met", "withdrawn"))
		f.Pack, f.Rule, f.Unit, f.Severity, f.Kind = pick("p", "q"), pick("r1", "r2", "r3"), pick("u1", "u2", "单位"), pick(severities...), pick("rule", "source")
		f.Warning, f.Changed, f.Due = rnd.IntN(2) == 0, clock.Instant(rnd.IntN(40)+1), clock.Instant(rnd.IntN(30))
		all = append(all, f)
	}
	none, err := s.Findings(ctx, service.FindingQuery{})
	if err != nil || len(none.Findings) != 0 || none.Next != "" {
		t.Errorf("where there are none: %+v, %v", none, err)
	}
	must(t, s.Commit(ctx, &service.Commit{Findings: all}))

	yes, no := true, false
	for _, q := range []service.FindingQuery{
		{}, {States: []service.FindingState{service.Open}}, {States: []service.FindingState{service.Open, service.ClaimedMet}, Rules: []string{"r1", "r3"}},
		{Units: []string{"单位"}, Warning: &yes}, {Packs: []string{"q"}, Warning: &no, Since: 20}, {Kind: "source", Severity: []string{"critical", "info"}},
		{Units: []string{"nobody"}}, {States: []service.FindingState{"closed"}}, {Units: []string{"a", "b", "u1", "c", "d"}, States: []service.FindingState{service.Withdrawn, service.Open}},
	} {
		for _, sort := range []string{"", "raised", "-raised", "changed", "-changed", "due", "-due", "severity", "-severity"} {
			for _, limit := range []int{0, 7, 500} {
				q.Sort, q.Limit = sort, limit
				equal(t, fmt.Sprintf("%+v", q), numbers(walk(t, s, q)), numbers(byHand(all, q)))
			}
		}
	}
	_, err = s.Findings(ctx, service.FindingQuery{Sort: "changd"})
	told(t, err, `can't be sorted by "changd"; did you mean "changed"?`)
	_, err = s.Findings(ctx, service.FindingQuery{Limit: 501})
	told(t, err, "a page has 1 to 500")
	for _, cursor := range []string{"x", "due:1:2", "changed:1", "changed:a:2", "changed:1:b", ":::"} {
		_, err = s.Findings(ctx, service.FindingQuery{Sort: "changed", After: cursor})
		told(t, err, "isn't where a page of this list ends")
	}
}

// walk reads all pages.
func walk(t testing.TB, s *Store, q service.FindingQuery) []service.Finding {
	t.Helper()
	var out []service.Finding
	for {
		page, err := s.Findings(ctx, q)
		must(t, err)
		out = append(out, page.Findings...)
		if page.Next == "" {
			return out
		}
		if q.After = page.Next; len(page.Findings) == 0 {
			t.Fatal("an empty page that isn't the last")
		}
	}
}

func byHand(all []service.Finding, q service.FindingQuery) []service.Finding {
	name, back := strings.CutPrefix(q.Sort, "-")
	var out []service.Finding
	in := func(v string, list []string) bool { return len(list) == 0 || slices.Contains(list, v) }
	for _, f := range all {
		if in(f.Pack, q.Packs) && in(f.Rule, q.Rules) && in(f.Unit, q.Units) && in(f.Severity, q.Severity) && (q.Kind == "" || q.Kind == f.Kind) &&
			(q.Warning == nil || *q.Warning == f.Warning) && f.Changed >= q.Since && (len(q.States) == 0 || slices.Contains(q.States, f.State)) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b service.Finding) int { // by number already
		switch name {
		case "changed":
			return int(a.Changed - b.Changed)
		case "due":
			if a.Due == 0 || b.Due == 0 {
				return int(b.Due - a.Due)
			}
			return int(a.Due - b.Due)
		case "severity":
			return slices.Index(severities, a.Severity) - slices.Index(severities, b.Severity)
		}
		return 0
	})
	if back {
		slices.Reverse(out)
	}
	return out
}

func numbers(list []service.Finding) []int64 {
	out := make([]int64, len(list))
	for i, f := range list {
		out[i] = f.Number
	}
	return out
}

// Findings raised between two pages move nothing on the pages that follow.
func testPagesWhileWriting(t *testing.T, where string) {
	s := open(t, where)
	for n := int64(1); n <= 10; n++ {
		must(t, s.Commit(ctx, batch(n, finding(n))))
	}
	first, err := s.Findings(ctx, service.FindingQuery{Sort: "-raised", Limit: 4})
	must(t, err)
	must(t, s.Commit(ctx, batch(11, finding(11))))
	rest := walk(t, s, service.FindingQuery{Sort: "-raised", Limit: 4, After: first.Next})
	equal(t, "the rest", numbers(rest), []int64{6, 5, 4, 3, 2, 1})
}

// testHistories: a finding that stands otherwise than its history ends is found, whatever of
// it is otherwise, and by whom it was written.
func testHistories(t *testing.T, where string) {
	s := open(t, where)
	open, without := finding(1), finding(2)
	without.Due = 0
	note := func(f service.Finding, kind string) service.Note {
		return service.Note{Finding: f.ID, At: f.Changed, Kind: kind, Verdict: f.Verdict, Due: f.Due}
	}
	c := batch(1, open, without)
	c.Notes = []service.Note{note(open, "raised"), note(without, "raised")}
	c.States[0].Taken = 2
	must(t, s.Commit(ctx, c))
	must(t, s.VerifyMore(ctx))

	met := open
	met.State, met.Changed = service.ClaimedMet, 7
	c = batch(2, met)
	c.Notes, c.States[0].Taken = []service.Note{note(met, "claimed_met")}, 4
	must(t, s.Commit(ctx, c))
	met.Changed, met.Verdict, met.Due = 8, "met_late", 9
	c = batch(3, met)
	c.Notes, c.States[0].Taken = []service.Note{note(met, "amended")}, 6
	must(t, s.Commit(ctx, c))
	must(t, s.VerifyMore(ctx))

	for n, c := range []struct {
		stale func(f *service.Finding)
		want  string
	}{
		{func(f *service.Finding) { f.State = service.Open }, "is open, and its history ends with claimed_met"},
		{func(f *service.Finding) { f.Due = 0 }, "isn't as its history leaves it"},
		{func(f *service.Finding) { f.Verdict = "breached" }, "isn't as its history leaves it"},
		{func(f *service.Finding) { f.Changed = 7 }, "isn't as its history leaves it"},
	} {
		f := met
		c.stale(&f)
		write := func(f service.Finding, segment int) {
			c := batch(int64(segment), f)
			c.States[0].Taken = 2 * int64(segment)
			must(t, s.Commit(ctx, c))
		}
		write(f, 2*n+4)
		told(t, s.VerifyMore(ctx), "finding "+met.ID+" "+c.want)
		write(met, 2*n+5)
		must(t, s.VerifyMore(ctx))
	}
	must(t, s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `delete from notes where finding = $1`, without.ID)
		return err
	}))
	told(t, s.VerifyMore(ctx), "finding "+without.ID+" is open, and its history ends with –")
}
