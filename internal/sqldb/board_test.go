package sqldb

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// testBoard: whatever is asked of items, the board and the tables give the same pages
// and the same counts, while items come and change and the organisation does.
func testBoard(t *testing.T, where string) {
	s := open(t, where)
	r := rand.New(rand.NewPCG(7, 7))
	units := somewhere(t, s, r, 80)
	must(t, s.Hold(ctx))
	for round := range 60 {
		change(t, s, r, units, round)
		q := someQuery(r, units)
		for range 3 { // the answers of before stand until time has gone on so far
			aboveAgree(t, s, units)
			agree(t, s, fmt.Sprintf("round %d: %+v for %+v", round, q, q.For.Who), q)
			if q.Before != 0 {
				q.Before += clock.Instant(r.IntN(2))
			}
		}
	}
}

// aboveAgree holds what is above units against the table.
func aboveAgree(t *testing.T, s *Store, units []string) {
	t.Helper()
	for _, some := range [][]string{units[:1], units[5:8], {"none"}, nil} {
		got, err := s.Above(ctx, some)
		must(t, err)
		holder := s.holder
		s.holder = 0
		want, err := s.Above(ctx, some)
		must(t, err)
		s.holder = holder
		equal(t, fmt.Sprint("what is above ", some), got, want)
	}
}

// agree holds what the board says against the tables.
func agree(t *testing.T, s *Store, what string, q ledger.Query) {
	t.Helper()
	ask := func() (map[ledger.State]int64, []ledger.Item, []ledger.Flow) {
		counts, err := s.CountItems(ctx, q)
		must(t, err)
		for state, n := range counts {
			if n == 0 {
				delete(counts, state)
			}
		}
		flows, err := s.Flows(ctx, 0, q.For)
		must(t, err)
		return counts, pages(t, s, q), flows
	}
	counts, list, flows := ask()
	holder := s.holder
	s.holder = 0 // by the tables
	wantCounts, wantList, wantFlows := ask()
	s.holder = holder
	equal(t, "the counts of "+what, counts, wantCounts)
	equal(t, "the list of "+what, list, wantList)
	if !reflect.DeepEqual(flows, wantFlows) {
		t.Fatalf("the flows of %s: %v, by the tables %v", what, flows, wantFlows)
	}
}

// change lets something happen to items.
func change(t *testing.T, s *Store, r *rand.Rand, units []string, round int) {
	t.Helper()
	id := fmt.Sprintf("f%05d", r.IntN(80))
	switch r.IntN(4) {
	case 0: // the judge raises one and says otherwise of another
		c := &service.Commit{}
		for _, n := range []int{r.IntN(80), 80 + round} {
			c.Findings = append(c.Findings, service.Finding{ID: fmt.Sprintf("f%05d", n), Number: int64(n + 1), Kind: "rule", Rule: []string{"a", "b"}[r.IntN(2)], Severity: severities[r.IntN(4)],
				Warning: r.IntN(2) == 0, State: []service.FindingState{service.Open, service.ClaimedMet, service.Withdrawn}[r.IntN(3)], Unit: append(units, "", "new")[r.IntN(14)], Actor: person(r),
				Raised: clock.Instant(r.Int64N(20 * anHour)), Changed: 1})
		}
		c.NextFinding = int64(81 + round)
		must(t, s.Commit(ctx, c))
	case 1, 2:
		_, err := s.ChangeItem(ctx, id, func(it *ledger.Item, _ []ledger.Move) (*ledger.Move, error) {
			return &ledger.Move{Finding: id, Number: it.Version + 1, Kind: ledger.Assign, At: clock.Instant(2 + round), Account: "x", Turn: clock.Instant(r.IntN(5)), Content: ledger.Content{Owner: org.PersonID(person(r))}}, nil
		})
		must(t, err)
	case 3:
		var paths []org.Path
		for i, u := range units {
			paths = append(paths, org.Path{Unit: org.UnitID(u), Above: org.UnitID(u)})
			if i > 0 {
				paths = append(paths, org.Path{Unit: org.UnitID(u), Above: org.UnitID(units[r.IntN(i)]), Depth: 1})
			}
		}
		must(t, s.OrgNow(ctx, paths, nil))
	}
}

func someQuery(r *rand.Rand, units []string) ledger.Query {
	q := ledger.Query{Newest: r.IntN(2) == 0, Limit: 1 + r.IntN(30), For: access.For{Who: somebody(r, units), Action: []access.Action{access.FindingRead, access.FindingPersons}[r.IntN(2)]}}
	some := func() bool { return r.IntN(4) == 0 }
	if some() {
		q.States = []ledger.State{ledger.Open, ledger.States[1+r.IntN(len(ledger.States)-1)]}
	}
	if some() {
		q.Owner = org.PersonID(append([]string{"who"}, "P1", "P2")[r.IntN(3)])
	}
	if some() {
		q.Units = []string{units[0], append(units, "none")[r.IntN(13)]}
	}
	if some() {
		q.Rules = []string{"a"}
	}
	if some() {
		q.Severity = []string{severities[r.IntN(4)], "none"}
	}
	if some() {
		only := r.IntN(2) == 0
		q.Warning = &only
	}
	if some() {
		q.Before = clock.Instant(1 + r.IntN(5))
	}
	if some() {
		q.For = access.For{}
	}
	return q
}

// pages are all items of a list, page by page.
func pages(t *testing.T, s *Store, q ledger.Query) (out []ledger.Item) {
	t.Helper()
	for range 200 {
		page, err := s.Queue(ctx, q)
		must(t, err)
		out = append(out, page.Items...)
		if q.After = page.Next; q.After == "" {
			return out
		}
	}
	t.Fatalf("%+v never ends", q)
	return nil
}
