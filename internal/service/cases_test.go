package service

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/pack"
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
		text := strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%s %d %d", c.ID, c.Standing, c.AtRisk), " 0"), " 0")
		if c.Warning > 0 {
			text += fmt.Sprintf(" warns %d", c.Warning)
		}
		out = append(out, text)
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
	w.send("desk", "Frozen B7 0", "Frozen 立字2026-12 0")
	w.want("what only warns is told apart", w.cases(CaseQuery{State: StateStanding}), "B7 1 warns 1", "立字2026-12 2 warns 1")
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
		anew := caseIndex{}
		anew.follow(w.Service)
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
	if tl, err := w.Timeline(context.Background(), "person", "P1"); tl != nil || err != nil {
		t.Errorf("a timeline of one of the public, from case to case: %+v %v", tl, err)
	}
	if tl, err := w.Timeline(context.Background(), "case", "A1"); tl == nil || err != nil {
		t.Errorf("that of the case: %+v %v", tl, err)
	}
	if c, err := w.CaseOf(context.Background(), "person", "P1"); c != nil || err != nil {
		t.Errorf("a person has a page: %v %v", c, err)
	}
	if c, err := w.CaseOf(context.Background(), "case", "A1"); c == nil || err != nil || c.Events != 1 {
		t.Errorf("a case has none: %v %v", c, err)
	}
}

// course is "rule verdict" of each duty of a case, with its finding's state.
func (w *world) course(id string, knownAt clock.Instant) []string {
	w.t.Helper()
	c, err := w.Course(context.Background(), "case", id, knownAt)
	if err != nil {
		w.t.Fatal(err)
	}
	if c == nil {
		return nil
	}
	out := []string{fmt.Sprint(len(c.Events), " events")}
	for _, d := range c.Duties {
		out = append(out, strings.TrimSpace(fmt.Sprint(d.Rule.ID, " ", d.Verdict, " ", c.Findings[d.Finding].State)))
		if d.Why == nil != (d.Verdict == "met" || d.Verdict == "running") {
			w.t.Errorf("%s %s explains %v", d.Rule.ID, d.Verdict, d.Why)
		}
	}
	return out
}

// A case is told as it is known now, or as it was known on a day: before a late
// entry, before a correction, before a voiding.
func TestACaseAsItWasKnown(t *testing.T) {
	w := newWorld(t)
	at := func() clock.Instant { return clock.Instant(w.hand.at.Load()) }
	w.want("before anything", w.course("A1", 0))
	w.send("desk", "Detained A1 0 id=1", "Frozen A1 0 id=2")
	first := at()
	w.hand.pass(60)
	w.send("desk", "Approved A1 70 id=3 corrects=2", "Seen A2 0")
	corrected := at()
	w.hand.pass(26 * 60)
	w.tick()
	missed := at()
	w.hand.pass(60)
	w.send("desk", "Told A1 1500 id=4", "Seen A1 0 voids=2")
	w.want("now", w.course("A1", 0), "2 events", "told-in-a-day met")
	w.want("before the late entry", w.course("A1", missed), "2 events", "told-in-a-day breached claimed_met")
	w.want("after the correction", w.course("A1", corrected), "2 events", "told-in-a-day running")
	w.want("at first", w.course("A1", first), "2 events", "told-in-a-day running", "asked-first breached claimed_met")
	w.want("before that", w.course("A1", first-1))
	c, _ := w.Course(context.Background(), "case", "A1", missed)
	if bar := c.Duties[0].Bar; bar == nil || bar.Start != begin || bar.HasDone || !bar.Crossed || bar.Until != int64(missed) {
		t.Errorf("the bar is %+v", bar)
	}
}

// What belongs to a case alone is told with it, and what several share is not.
func TestACaseHasParts(t *testing.T) {
	w := newWorld(t)
	p, err := pack.FromFiles(map[string]string{
		"pack.yaml":       strings.ReplaceAll(testPack, "when: Detained", "per: [custody]\n  when: Detained"),
		"vocabulary.yaml": "objects: {custody: {en: Custody, zh: 羁押}, weapon: {en: Weapon, zh: 枪支}, person: {en: Person, zh: 人员, public: true}}"}, "pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w.packs, w.store.packs = []*pack.Pack{p}, nil
	w.restart()
	var in []Arrival
	for i, line := range []string{"Detained A1 0 id=1", "Told - 0 id=2", "Seen A1 0 id=3", "Seen A2 0 id=4"} {
		e := w.event(line)
		e.Objects = append(e.Objects, event.Object{Type: []string{"custody", "custody", "weapon", "weapon"}[i], ID: "X"})
		if i == 1 {
			e.Objects = e.Objects[1:]
		}
		in = append(in, Arrival{Event: e})
	}
	src, _ := w.Authenticate(context.Background(), "desk")
	if _, err := w.Take(context.Background(), src, in); err != nil {
		t.Fatal(err)
	}
	w.want("the case", w.course("A1", 0), "3 events", "told-in-a-day met")
	w.want("cases alone are listed", w.cases(CaseQuery{}), "A2", "A1")
	w.want("parts are found, too", w.cases(CaseQuery{Number: "x"}), "X", "X")
}
