package sqldb

import (
	"fmt"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// testDesk: saved views are their maker's and, where they are shared, everybody's;
// a visit lasts until somebody was away; what changed since, and by the hour, is
// counted of what somebody may see.
func testDesk(t *testing.T, where string) {
	s := open(t, where)
	now := someDay
	for _, v := range []ledger.SavedView{{ID: "1", Account: "lu", Name: "本周", Query: "view=overdue", At: now}, {ID: "2", Account: "lu", Name: "all of the lake", Query: "unit=lake", Shared: true},
		{ID: "3", Account: "gu", Name: "本周", Query: "severity=major"}, {ID: "4", Account: "lu", Name: "本周", Query: "due=week"}} {
		must(t, s.SaveView(ctx, v))
	}
	names := func(account string) (out []string) {
		list, err := s.Views(ctx, account)
		must(t, err)
		for _, v := range list {
			out = append(out, v.ID+" "+v.Query)
		}
		return out
	}
	equal(t, "one's own and the shared; a name is taken once", names("lu"), []string{"2 unit=lake", "4 due=week"})
	equal(t, "another's", names("gu"), []string{"2 unit=lake", "3 severity=major"})
	must(t, s.DropView(ctx, "gu", "2"))
	must(t, s.DropView(ctx, "gu", "3"))
	equal(t, "nobody drops another's", names("gu"), []string{"2 unit=lake"})
	for i := range ledger.MaxViews {
		must(t, s.SaveView(ctx, ledger.SavedView{ID: fmt.Sprint("m", i), Account: "many", Name: fmt.Sprint(i)}))
	}
	told(t, s.SaveView(ctx, ledger.SavedView{ID: "x", Account: "many", Name: "x"}), "at most 50 views")
	must(t, s.SaveView(ctx, ledger.SavedView{ID: "x", Account: "many", Name: "7"}))

	const gap, minutes = 30 * 60_000_000, 60_000_000
	for _, c := range []struct{ at, since clock.Instant }{{now, 0}, {now + 10*minutes, 0}, {now + 60*minutes, now + 10*minutes}, {now + 60*minutes + 1, now + 10*minutes}, {now + 70*minutes, now + 10*minutes}, {now + 200*minutes, now + 70*minutes}} {
		since, err := s.Visited(ctx, "lu", c.at, gap)
		must(t, err)
		equal(t, fmt.Sprint("a visit at ", int64(c.at-now)/minutes), since, c.since)
	}

	l := ledgerOf(t, s, &now)
	hour := clock.Instant(anHour)
	c := batch(1, raisedAt(1, now), raisedAt(2, now+hour), raisedAt(3, now+hour+1))
	c.Findings[2].Unit = "river"
	c.Now = now + 2*hour
	must(t, s.Commit(ctx, c))
	must(t, s.do(ctx, `insert into unit_paths (unit, ancestor, depth) values ('lake', 'lake', 0), ('river', 'river', 0)`))
	now += 2 * hour
	_, err := l.Move(ctx, theInspector, c.Findings[0].ID, 0, ledger.Assign, ledger.Content{Owner: "head"})
	must(t, err)
	withdrawn := c.Findings[1]
	withdrawn.State = service.Withdrawn
	must(t, s.Commit(ctx, &service.Commit{Findings: []service.Finding{withdrawn}, Now: now + 1}))
	lake := access.For{Who: &access.Who{Account: "h", Roles: []access.Role{access.Head}, Units: []string{"lake"}}, Action: access.FindingRead}
	for _, c := range []struct {
		what   string
		since  clock.Instant
		who    access.For
		raised int64
		moves  map[ledger.Kind]int64
	}{
		{"all", 0, access.For{}, 3, map[ledger.Kind]int64{ledger.Assign: 1, ledger.Withdraw: 1}}, {"of the lake", 0, lake, 2, map[ledger.Kind]int64{ledger.Assign: 1, ledger.Withdraw: 1}},
		{"since the first", someDay, access.For{}, 2, map[ledger.Kind]int64{ledger.Assign: 1, ledger.Withdraw: 1}}, {"since now", now, access.For{}, 0, map[ledger.Kind]int64{ledger.Withdraw: 1}},
	} {
		got, err := s.Changed(ctx, c.since, c.who)
		must(t, err)
		equal(t, c.what, got, ledger.Changes{Raised: c.raised, Moves: c.moves})
	}
	first := someDay - someDay%hour
	flows, err := s.Flows(ctx, 0, access.For{})
	must(t, err)
	equal(t, "by the hour", flows, []ledger.Flow{{Hour: first, Raised: 1}, {Hour: first + hour, Raised: 2}, {Hour: first + 2*hour, Closed: 1}})
	flows, err = s.Flows(ctx, first+hour, lake)
	must(t, err)
	equal(t, "of the lake, by the hour", flows, []ledger.Flow{{Hour: first + hour, Raised: 1}, {Hour: first + 2*hour, Closed: 1}})
	for _, text := range []string{"pack: a", "pack: 规则"} {
		must(t, s.SaveMapping(ctx, "desk", text, "lu", now))
		got, err := s.Mapping(ctx, "desk")
		must(t, err)
		equal(t, "a mapping", got, text)
	}
	none, err := s.Mapping(ctx, "none")
	must(t, err)
	equal(t, "no mapping", none, "")
	sealedAsIs(t, s)
	page, err := s.Queue(ctx, ledger.Query{Verifier: "i"})
	must(t, err)
	equal(t, "verified by somebody", len(page.Items), 0)
}
