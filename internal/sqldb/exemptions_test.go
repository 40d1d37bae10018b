package sqldb

import (
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// What begins in an exempt unit, or below it, while it is exempt, is found like
// anything else, and nobody has to answer for it; all else is as ever.
func testExemptions(t *testing.T, where string) {
	s := open(t, where)
	now := someDay
	l := ledgerOf(t, s, &now)
	_, err := s.write.ExecContext(ctx, `insert into unit_paths (unit, ancestor, depth) values ('bureau', 'bureau', 0), ('lake', 'lake', 0), ('lake', 'bureau', 1), ('river', 'river', 0)`)
	must(t, err)
	const day = 24 * 3600 * 1_000_000
	e := ledger.Exemption{ID: "a1", Unit: "bureau", Pack: "p", Rule: "r", From: now, To: now + 2*day, Reason: "洪水", At: now}
	all := ledger.Exemption{ID: "a2", Unit: "river", Pack: "p", From: now, To: now + day, Reason: "moved", At: now + 1}
	for range 2 {
		must(t, s.AddExemption(ctx, e))
		must(t, s.AddExemption(ctx, all))
	}
	of := func(unit, rule string, at clock.Instant) service.Finding {
		now++
		f := raisedAt(int64(now-someDay), now)
		f.Unit, f.Rule, f.EventTime = unit, rule, at
		return f
	}
	ended := ledger.Exemption{ID: "a3", Unit: "river", Pack: "p", Rule: "r", From: now, To: now + 9*day, Reason: "thought better of", At: now}
	ahead := ledger.Exemption{ID: "a4", Unit: "river", Pack: "p", Rule: "q", From: now + 5*day, To: now + 9*day, At: now}
	for _, e := range []ledger.Exemption{ended, ahead} {
		must(t, s.AddExemption(ctx, e))
		for range 2 {
			must(t, s.EndExemption(ctx, e.ID, now+2))
		}
	}
	list, err := s.Exemptions(ctx)
	must(t, err)
	for _, e := range list {
		if want := map[string]clock.Instant{"a3": now + 2, "a4": now + 5*day}[e.ID]; want != 0 {
			equal(t, "the end of "+e.ID, e.To, want)
		}
	}
	cases := []struct {
		name string
		f    service.Finding
		by   string
	}{
		{"of the unit", of("bureau", "r", someDay), "a1"}, {"below it", of("lake", "r", someDay+day), "a1"}, {"beside it", of("river", "r", someDay+day), ""},
		{"before", of("lake", "r", someDay-1), ""}, {"after", of("lake", "r", someDay+2*day), ""}, {"another rule", of("lake", "s", someDay), ""},
		{"all rules of the pack", of("river", "s", someDay), "a2"}, {"of no unit", of("", "r", someDay), ""},
	}
	other := of("lake", "r", someDay)
	other.Kind = "silence"
	var findings []service.Finding
	for _, c := range cases {
		findings = append(findings, c.f)
	}
	c := batch(1, append(findings, other)...)
	c.Now = now
	must(t, s.Commit(ctx, c))
	for _, c := range cases {
		it, moves, err := s.Item(ctx, c.f.ID)
		must(t, err)
		want := [3]string{"open", "", ""}
		if c.by != "" {
			want = [3]string{"closed", "exempt", c.by}
		}
		equal(t, c.name, [3]string{string(it.State), string(it.Outcome), it.Reason}, want)
		equal(t, c.name+": its moves", len(moves), map[bool]int{true: 1}[c.by != ""])
	}
	list, err = s.Exemptions(ctx)
	must(t, err)
	list = slices.DeleteFunc(list, func(e ledger.Exemption) bool { return e.ID == ended.ID || e.ID == ahead.ID })
	e.Findings, all.Findings = 2, 1
	equal(t, "exemptions", list, []ledger.Exemption{all, e})
	found, open, err := s.RuleFound(ctx, "bureau", "p", "r")
	must(t, err)
	equal(t, "found by the rule, still open", [2]int64{found, open}, [2]int64{4, 2})
	// It counts for no rule's quality, and may be reopened.
	quality, err := l.Quality(ctx)
	must(t, err)
	equal(t, "quality", len(quality), 0)
	_, err = l.Move(ctx, ledger.Who{Account: "i", Person: org.PersonID("inspector")}, findings[1].ID, 1, ledger.Reopen, ledger.Content{Text: "it was no flood"})
	must(t, err)
	_, err = s.Verify(ctx)
	must(t, err)
	sealedAsIs(t, s)
}
