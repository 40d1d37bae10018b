package sqldb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// somewhere is an organisation with findings on its people: three levels of units,
// persons who hold nothing but their names.
func somewhere(t testing.TB, s *Store, r *rand.Rand, findings int) (units []string) {
	t.Helper()
	above := map[string][]string{}
	for i := range 12 {
		u := fmt.Sprintf("u%02d", i)
		above[u] = []string{u}
		if i > 0 {
			above[u] = append(above[u], above[units[r.IntN(i)]]...)
		}
		units = append(units, u)
		for d, a := range above[u] {
			must(t, s.do(ctx, `insert into unit_paths (unit, ancestor, depth) values ($1, $2, $3)`, u, a, d))
		}
	}
	c := &service.Commit{NextFinding: int64(findings)}
	for n := range findings {
		c.Findings = append(c.Findings, service.Finding{ID: fmt.Sprintf("f%05d", n), Number: int64(n + 1), Kind: "rule", Severity: severities[r.IntN(4)], State: []service.FindingState{service.Open, service.ClaimedMet}[r.IntN(2)],
			Unit: append(units, "")[r.IntN(13)], Actor: person(r), Raised: 1, Changed: 1})
	}
	must(t, s.Commit(ctx, c))
	return units
}

func person(r *rand.Rand) string { return []string{"", "P1", "P2", "P3", "P4", "P5"}[r.IntN(6)] }

func somebody(r *rand.Rand, units []string) *access.Who {
	w := &access.Who{Account: "a", Person: person(r), Session: "s", Roles: []access.Role{access.Roles()[r.IntN(8)]}}
	if r.IntN(3) == 0 {
		w.Roles = append(w.Roles, access.Roles()[r.IntN(8)])
	}
	for range r.IntN(3) {
		w.Units = append(w.Units, units[r.IntN(len(units))])
	}
	if r.IntN(2) == 0 {
		w.Conflicts = append(w.Conflicts, person(r))
	}
	return w
}

// testAccess: a finding is in somebody's list, in whatever order and through all
// its pages, exactly where the decision on it allows it, and the counts are those
// of the list.
func testAccess(t *testing.T, where string) {
	s := open(t, where)
	r := rand.New(rand.NewPCG(5, 5))
	units := somewhere(t, s, r, 60)
	for n := range 60 { // somebody answers for some of them
		if owner := person(r); owner != "" && n%2 == 0 {
			_, err := s.ChangeItem(ctx, fmt.Sprintf("f%05d", n), func(it *ledger.Item, _ []ledger.Move) (*ledger.Move, error) {
				return &ledger.Move{Finding: it.Finding, Number: it.Version + 1, Kind: ledger.Assign, At: 2, Account: "x", Content: ledger.Content{Owner: org.PersonID(owner)}}, nil
			})
			must(t, err)
		}
	}
	sorts := []string{"", "-raised", "severity", "-changed"}
	for n := range 120 {
		w := somebody(r, units)
		f := access.For{Who: w, Action: access.FindingRead}
		var listed, allowed []string
		counts := map[service.FindingState]int64{}
		q := service.FindingQuery{For: f, Sort: sorts[n%len(sorts)], Limit: 1 + r.IntN(20)}
		for {
			page, err := s.Findings(ctx, q)
			must(t, err)
			for i := range page.Findings {
				listed = append(listed, page.Findings[i].ID)
				counts[page.Findings[i].State]++
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		for i := range 60 {
			id := fmt.Sprintf("f%05d", i)
			thing, err := s.FindingThing(ctx, id)
			must(t, err)
			if access.Decide(w, f.Action, thing).Allowed {
				allowed = append(allowed, id)
			}
		}
		slices.Sort(listed)
		if !slices.Equal(listed, allowed) {
			t.Fatalf("%+v\n  listed %v\nallowed %v", w, listed, allowed)
		}
		got, err := s.CountFindings(ctx, f)
		must(t, err)
		for state, n := range counts {
			if got[state] != n {
				t.Fatalf("%+v: %v counted, %v listed", w, got, counts)
			}
		}
	}
	itemsAgree(t, s, r, units)
	must(t, s.Hold(ctx)) // by the board
	itemsAgree(t, s, r, units)
	all, err := s.CountFindings(ctx, access.For{})
	must(t, err)
	if all[service.Open]+all[service.ClaimedMet] != 60 {
		t.Errorf("%v", all)
	}
	if thing, err := s.FindingThing(ctx, "none"); thing != nil || err != nil {
		t.Error(thing, err)
	}
}

// itemsAgree holds lists of items, and their counts, against the decisions.
func itemsAgree(t *testing.T, s *Store, r *rand.Rand, units []string) {
	for n := range 60 {
		f := access.For{Who: somebody(r, units), Action: access.FindingPersons}
		page, err := s.Queue(ctx, ledger.Query{For: f, Limit: 100, Newest: n%2 == 0})
		must(t, err)
		listed := map[string]bool{}
		for i := range page.Items {
			listed[page.Items[i].Finding] = true
		}
		counts, err := s.CountItems(ctx, ledger.Query{For: f})
		must(t, err)
		sum := int64(0)
		for _, n := range counts {
			sum += n
		}
		for i := range 60 {
			id := fmt.Sprintf("f%05d", i)
			thing, err := s.FindingThing(ctx, id)
			must(t, err)
			if d := access.Decide(f.Who, f.Action, thing); d.Allowed != listed[id] {
				t.Fatalf("%+v: %s %+v, listed %v", f.Who, id, d, listed[id])
			}
		}
		if sum != int64(len(listed)) {
			t.Fatalf("%+v: %d counted, %d listed", f.Who, sum, len(listed))
		}
	}
}

// inTime asks over and over, and tells how long 95 of 100 took at most.
func inTime(b *testing.B, ask func() error) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// BenchmarkAccess is a list of 50 of 100,000 findings, for the narrowest role and
// the widest, and those between.
func BenchmarkAccess(b *testing.B) {
	s := open(b, b.TempDir()+"/x.db")
	r := rand.New(rand.NewPCG(5, 5))
	units := somewhere(b, s, r, 0)
	var more []string
	for i := range 400 {
		u, a := fmt.Sprintf("s%03d", i), units[i%12]
		above, err := s.Above(ctx, []string{a})
		must(b, err)
		for d, x := range append([]string{u}, above...) {
			must(b, s.do(ctx, `insert into unit_paths (unit, ancestor, depth) values ($1, $2, $3)`, u, x, d))
		}
		more = append(more, u)
	}
	for from := range 100 {
		c := &service.Commit{NextFinding: int64(from+1) * 1000}
		for n := from * 1000; n < (from+1)*1000; n++ {
			c.Findings = append(c.Findings, service.Finding{ID: fmt.Sprintf("f%05d", n), Number: int64(n + 1), Kind: "rule", Severity: severities[r.IntN(4)], State: service.Open,
				Unit: more[r.IntN(400)], Actor: fmt.Sprintf("P%05d", r.IntN(8000)), Raised: 1, Changed: clock.Instant(r.Int64N(1e9))})
		}
		must(b, s.Commit(ctx, c))
	}
	must(b, s.Hold(ctx))
	for _, c := range []struct {
		name string
		who  access.Who
	}{
		{"officer", access.Who{Person: "P00007", Roles: []access.Role{access.Officer}}},
		{"head of a squad", access.Who{Person: "P00008", Units: more[:1], Roles: []access.Role{access.Head}}},
		{"head of a branch", access.Who{Person: "P00008", Units: units[5:6], Roles: []access.Role{access.Head}}},
		{"head of all", access.Who{Person: "P00008", Units: units[:1], Roles: []access.Role{access.Head}}},
		{"supervisor", access.Who{Person: "P00009", Roles: []access.Role{access.Supervisor}, Conflicts: []string{"P00001", "P00002"}}},
		{"auditor", access.Who{Roles: []access.Role{access.Auditor}}},
	} {
		c.who.Session, c.who.Account = "s", "a"
		b.Run(c.name+", items", func(b *testing.B) {
			inTime(b, func() error {
				_, err := s.Queue(ctx, ledger.Query{For: access.For{Who: &c.who, Action: access.FindingRead}})
				return err
			})
		})
		b.Run(c.name+", items counted that are due, after one changed", func(b *testing.B) {
			inTime(b, func() error {
				s.board.changed("f00007")
				_, err := s.CountItems(ctx, ledger.Query{For: access.For{Who: &c.who, Action: access.FindingRead}, Before: 1 << 60})
				return err
			})
		})
		for _, sort := range []string{"-raised", "-changed"} {
			b.Run(c.name+" by "+sort, func(b *testing.B) {
				inTime(b, func() error {
					_, err := s.Findings(ctx, service.FindingQuery{For: access.For{Who: &c.who, Action: access.FindingRead}, Sort: sort})
					return err
				})
			})
		}
	}
}
