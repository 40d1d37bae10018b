package sqldb

import (
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// testOrganisation: revisions follow one another, nothing that was believed is
// lost, lists have what they need of today, and altered lines are found.
func testOrganisation(t *testing.T, where string) {
	s := open(t, where)
	zone, err := clock.LoadZone("Asia/Shanghai")
	must(t, err)
	read := func(text string) *org.Organisation {
		t.Helper()
		o, err := org.Parse("organisation.yaml", []byte(text), zone)
		must(t, err)
		return o
	}
	revise := func(n int64, was, is []org.Line) error {
		ended, added := org.LineChanges(was, is)
		touched := []int64{}
		if n > 1 { // the first is as one of before the findings were kept
			touched = []int64{7, n}
		}
		return s.ReviseOrg(ctx, org.Revision{Number: n, At: someDay, Account: "王", Reason: "调动", From: -5, HasFrom: true, Past: true, Touched: 2, Units: 1, People: 3, Digest: org.Digest(ended, added)}, ended, added, touched)
	}
	none, at, err := s.OrgLines(ctx, 0)
	must(t, err)
	equal(t, "none yet", []any{len(none), at}, []any{0, int64(0)})

	first := read(ledgerBureau + "conflicts:\n  - {a: head, b: inspector, kind: kinship, from: 2024-01-01}\n").Lines()
	second := read(strings.Replace(ledgerBureau, "{id: head, unit: lake, post: p}", "{id: head, unit: lake, post: p, rank: 一级警司}", 1)).Lines()
	must(t, revise(1, nil, first))
	told(t, revise(1, first, second), "somebody was faster")
	must(t, revise(2, first, second))
	must(t, revise(3, second, first)) // and back
	for n, want := range [][]org.Line{first, first, second, first} {
		got, at, err := s.OrgLines(ctx, int64(n))
		must(t, err)
		equal(t, "lines", got, want)
		if n > 0 && at != int64(n) {
			t.Errorf("as of %d: %d", n, at)
		}
	}
	list, err := s.OrgRevisions(ctx, 2)
	must(t, err)
	equal(t, "newest first", []int64{list[0].Number, list[1].Number}, []int64{3, 2})
	equal(t, "as it was written", []any{list[0].Account, list[0].From, list[0].HasFrom, list[0].Past, list[0].Touched}, []any{"王", clock.Day(-5), true, true, int64(2)})

	for finding, want := range map[int64][]int64{7: {2, 3}, 3: {3}, 1: nil} {
		var numbers []int64
		revisions, err := s.OrgTouching(ctx, finding)
		must(t, err)
		for _, r := range revisions {
			numbers = append(numbers, r.Number)
		}
		equal(t, "what touches a finding", numbers, want)
	}

	o, err := org.FromLines("record", first, zone)
	must(t, err)
	for range 2 { // in the place of what was there
		must(t, s.OrgNow(ctx, o.Paths(someDay), o.Declared()))
	}
	above, err := s.Above(ctx, []string{"lake"})
	must(t, err)
	equal(t, "above lake", above, []string{"bureau", "lake"})
	var both int
	must(t, s.read.QueryRowContext(ctx, `select count(*) from conflicts where kind = 'kinship' and (a = 'head' and b = 'inspector' or a = 'inspector' and b = 'head')`).Scan(&both))
	equal(t, "conflicts both ways", both, 2)

	f, g, h := raisedAt(1, someDay), raisedAt(2, someDay), raisedAt(3, someDay)
	f.Actor, g.Actor, g.Unit, h.Unit = "head", "head", "lake", "elsewhere"
	must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{f, g, h}, Now: someDay, NextFinding: 3}))
	var numbers []int64
	must(t, s.OrgTouched(ctx, []org.PersonID{"head", "nobody"}, []org.UnitID{"lake"}, func(x org.Touch) { numbers = append(numbers, x.Number) }))
	slices.Sort(numbers)
	equal(t, "each once", numbers, []int64{1, 2})

	_, err = s.Verify(ctx)
	must(t, err)
	must(t, s.do(ctx, `delete from org_touched where number = 3`))
	_, err = s.Verify(ctx)
	told(t, err, "the findings named by revision 3 of the organisation")
	must(t, s.do(ctx, `insert into org_touched (number, revision) values (3, 3)`))
	if _, err := s.write.ExecContext(ctx, `update org_lines set id = 'another' where kind = 'conflict' and added = 1`); err != nil {
		t.Fatal(err)
	}
	_, err = s.Verify(ctx)
	told(t, err, "the organisation's lines aren't those of revision 2, 1")
	sealedAsIs(t, s)
}
