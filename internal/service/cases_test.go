package service

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/event"
)

// cases are the numbers of the first page of cases, with what stands and is at risk
// in them.
func (w *world) cases(q CaseQuery) []string {
	w.t.Helper()
	page, err := w.Cases(context.Background(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, c := range page.Cases {
		out = append(out, strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%s %d %d", c.ID, c.Standing, c.AtRisk), " 0"), " 0"))
	}
	return out
}

// The newest activity comes first, whatever was at risk or found.
func TestCasesAreListed(t *testing.T) {
	w := newWorld(t)
	w.want("none", w.cases(CaseQuery{}))
	w.send("desk", "Detained A1 0", "Detained 立字2026-12 60", "Seen B7 30")
	w.want("the newest first", w.cases(CaseQuery{}), "A1", "B7", "立字2026-12")
	w.hand.pass(22*60 + 30)
	w.tick()
	w.send("desk", "Seen B7 0")
	w.want("activity", w.cases(CaseQuery{}), "B7", "A1 0 1", "立字2026-12 0 1")
	w.want("at risk", w.cases(CaseQuery{State: StateRisk}), "A1 0 1", "立字2026-12 0 1")
	w.hand.pass(45)
	w.tick()
	w.want("one is too late", w.cases(CaseQuery{State: StateStanding}), "立字2026-12 1")
	w.send("desk", "Told 立字2026-12 0 id=told")
	w.want("claimed met stands", w.cases(CaseQuery{State: StateStanding}), "立字2026-12 1")
	w.restart()
	w.want("after a restart", w.cases(CaseQuery{}), "立字2026-12 1", "B7", "A1 0 1")

	w.want("by a part of the number", w.cases(CaseQuery{Number: "字2"}), "立字2026-12 1")
	w.want("in whatever case", w.cases(CaseQuery{Number: "b"}), "B7")
	w.want("by nobody", w.cases(CaseQuery{Actors: []string{"nobody"}}))
	w.want("by an official", w.cases(CaseQuery{Actors: []string{"officer1"}, Limit: 1}), "立字2026-12 1")
	w.want("not of a unit", w.cases(CaseQuery{Unit: func(u string) bool { return u == "north" }}))
	w.want("by the last word", w.cases(CaseQuery{May: func(c *Case) bool { return c.ID != "B7" && slices.Equal(c.Actors, []string{"officer1"}) }}), "立字2026-12 1", "A1 0 1")
	w.send("desk", "Detained A1 0 voids=told")
	w.want("what was voided is no activity", w.cases(CaseQuery{}), "B7", "A1 0 1", "立字2026-12 1")
}

// A list that follows the log is the one that is made anew, page by page, and so is
// what a number finds.
func TestCasesFollowTheLog(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(7, 11))
	for range 12 {
		var lines []string
		for range 1 + r.IntN(400) {
			lines = append(lines, fmt.Sprintf("Seen A%d %d", r.IntN(300), r.IntN(5000)))
		}
		w.send("desk", lines...)
		if r.IntN(3) == 0 {
			w.cases(CaseQuery{})
			w.Service.cases.merge()
		}
		var paged []string
		for q := (CaseQuery{Limit: 7}); ; {
			page, err := w.Cases(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Cases {
				paged = append(paged, c.ID)
			}
			if q.After = page.Next; page.Next == "" {
				break
			}
		}
		anew := caseIndex{types: w.caseTypes(), live: w.live}
		anew.rebuild(w.Service)
		var want []string
		for _, at := range anew.sorted {
			want = append(want, w.live.Log().Objects.Name(at.object))
		}
		if !slices.Equal(paged, want) {
			t.Fatalf("pages are\n%q, anew they would be\n%q", paged, want)
		}
		part := fmt.Sprint(r.IntN(30))
		found := w.cases(CaseQuery{Number: part, Limit: 500})
		matching := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return !strings.Contains(id, part) })
		slices.Sort(found)
		slices.Sort(matching)
		if !slices.Equal(found, matching) {
			t.Fatalf("%q finds %q, not %q", part, found, matching)
		}
	}
}

// What a vocabulary marks as the public's has no page and is not found.
func TestThePublicIsNotFound(t *testing.T) {
	w := newWorld(t)
	src, _ := w.Authenticate(context.Background(), "desk")
	e := w.event("Seen A1 0")
	e.Objects = append(e.Objects, event.Object{Type: "person", ID: "P1"})
	if _, err := w.Take(context.Background(), src, []Arrival{{Event: e}}); err != nil {
		t.Fatal(err)
	}
	w.want("search", w.cases(CaseQuery{Number: "1"}), "A1")
	if c, err := w.CaseOf(context.Background(), "person", "P1"); c != nil || err != nil {
		t.Errorf("a person has a page: %v %v", c, err)
	}
	if c, err := w.CaseOf(context.Background(), "case", "A1"); c == nil || err != nil || c.Events != 1 {
		t.Errorf("a case has none: %v %v", c, err)
	}
}
