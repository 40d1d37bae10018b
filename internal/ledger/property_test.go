package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/org"
)

const day = clock.Instant(microsOfDay)

// made is a random organisation, and the same once more in plain maps, by which
// the invariants are asked without the code that keeps them.
type made struct {
	org    *org.Organisation
	units  []string
	people []string
	parent map[string]string // by unit
	posts  map[string][]tenure
	kin    map[[2]string]bool
}

type tenure struct {
	unit     string
	from, to clock.Instant
}

const start = "2026-03-02"

func drawOrganisation(t *rapid.T) *made {
	m := &made{parent: map[string]string{}, posts: map[string][]tenure{}, kin: map[[2]string]bool{}}
	zero, _, err := clock.ParseInstant(start, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("units:\n")
	for i := range rapid.IntRange(1, 9).Draw(t, "units") {
		u := fmt.Sprint("U", i)
		fmt.Fprintf(&text, "  - {id: %s", u)
		if i > 0 && rapid.IntRange(0, 9).Draw(t, "top") > 0 {
			m.parent[u] = rapid.SampledFrom(m.units).Draw(t, "parent")
			fmt.Fprintf(&text, ", parent: %s", m.parent[u])
		}
		text.WriteString("}\n")
		m.units = append(m.units, u)
	}
	text.WriteString("posts:\n  p: {en: post, zh: 岗位}\nofficers:\n")
	for i := range rapid.IntRange(2, 8).Draw(t, "people") {
		p := fmt.Sprint("P", i)
		m.people = append(m.people, p)
		switch unit := rapid.SampledFrom(m.units); rapid.IntRange(0, 3).Draw(t, "career") {
		case 0: // transferred after some days
			a, b, after := unit.Draw(t, "first"), unit.Draw(t, "then"), rapid.IntRange(1, 30).Draw(t, "after")
			on := zero + clock.Instant(after)*day
			fmt.Fprintf(&text, "  - {id: %s, unit: %s, post: p, to: %s}\n  - {id: %s, unit: %s, post: p, from: %s}\n", p, a, shanghai.Date(on), p, b, shanghai.Date(on))
			m.posts[p] = []tenure{{a, 0, on}, {b, on, 1 << 62}}
		case 1: // two posts
			a, b := unit.Draw(t, "first"), unit.Draw(t, "second")
			fmt.Fprintf(&text, "  - {id: %s, unit: %s, post: p}\n  - {id: %s, unit: %s, post: p, as: second}\n", p, a, p, b)
			m.posts[p] = []tenure{{a, 0, 1 << 62}, {b, 0, 1 << 62}}
		default:
			a := unit.Draw(t, "unit")
			fmt.Fprintf(&text, "  - {id: %s, unit: %s, post: p}\n", p, a)
			m.posts[p] = []tenure{{a, 0, 1 << 62}}
		}
	}
	text.WriteString("conflicts:\n")
	for range rapid.IntRange(0, 2).Draw(t, "conflicts") {
		a, b := rapid.SampledFrom(m.people).Draw(t, "a"), rapid.SampledFrom(m.people).Draw(t, "b")
		if a != b {
			fmt.Fprintf(&text, "  - {a: %s, b: %s, kind: kinship}\n", a, b)
			m.kin[[2]string{a, b}], m.kin[[2]string{b, a}] = true, true
		}
	}
	if m.org, err = org.Parse("organisation.yaml", []byte(strings.TrimSuffix(text.String(), "conflicts:\n")), shanghai); err != nil {
		t.Fatal(err)
	}
	return m
}

// under says whether a unit is another or below it.
func (m *made) under(down, up string) bool {
	for ; down != ""; down = m.parent[down] {
		if down == up {
			return true
		}
	}
	return false
}

// commands says whether two people were in one chain of command.
func (m *made) commands(a, b string, at clock.Instant) bool {
	for _, x := range m.posts[a] {
		for _, y := range m.posts[b] {
			if x.from <= at && at < x.to && y.from <= at && at < y.to && (m.under(x.unit, y.unit) || m.under(y.unit, x.unit)) {
				return true
			}
		}
	}
	return false
}

// Whatever people and the judge try, in whatever order, no course of moves breaks
// an invariant, and what is kept of an item is the fold of its moves.
func TestInvariants(t *testing.T) {
	verified := 0
	rapid.Check(t, func(t *rapid.T) {
		m := drawOrganisation(t)
		subject := rapid.SampledFrom(append([]string{""}, m.people...)).Draw(t, "subject")
		now, _, err := clock.ParseInstant(start+"T09:00", shanghai)
		if err != nil {
			t.Fatal(err)
		}
		p := DefaultPolicy(shanghai)
		about := About{Finding: "f1", Number: 1, Severity: rapid.SampledFrom(severities).Draw(t, "severity"), Subject: org.PersonID(subject), Opened: now}
		if rapid.Bool().Draw(t, "concerns a unit") {
			about.Unit = org.UnitID(rapid.SampledFrom(m.units).Draw(t, "unit"))
		}
		about.AssignBy, about.First = p.Open(about.Severity, now)
		store := &memory{item: Item{about, about.Begin()}}
		l := New(Options{Store: store, Org: func() *org.Organisation { return m.org }, Policy: p, Now: func() clock.Instant { return now }})
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += clock.Instant(rapid.IntRange(0, 3).Draw(t, "days")) * day
			was, before := store.item, len(store.moves)
			attempt(t, m, l, store, now)
			if len(store.moves) == before && store.item.Standing != was.Standing {
				t.Fatalf("changed without a move: %+v", store.item)
			}
			if len(store.moves) > before {
				m.invariants(t, store, &was)
			}
		}
		for i := range store.moves {
			if store.moves[i].Kind == Verify {
				verified++
			}
		}
	})
	if verified == 0 {
		t.Error("no course came to a verification: the test tries too little")
	}
}

// attempt tries one move, mostly one that could be made.
func attempt(t *rapid.T, m *made, l *Ledger, store *memory, now clock.Instant) {
	if rapid.IntRange(0, 9).Draw(t, "judge") == 0 {
		told := rapid.SampledFrom([]Told{IsMet, IsStanding, IsWithdrawn}).Draw(t, "told")
		if move, ok := store.item.Judge(l.opt.Policy, "f1", told, now); ok {
			store.moves = append(store.moves, move)
			store.item.Standing = store.item.After(&move)
		}
		return
	}
	var likely []Kind
	for _, k := range Kinds {
		if Forms[k].from(store.item.State) && k != Attach {
			likely = append(likely, k)
		}
	}
	kind := rapid.SampledFrom(append(likely, likely...)).Draw(t, "kind")
	if rapid.IntRange(0, 19).Draw(t, "any kind") == 0 {
		kind = rapid.SampledFrom(Kinds).Draw(t, "kind of all")
	}
	who := rapid.SampledFrom(m.people).Draw(t, "who")
	if Forms[kind].Maker == TheOwner && store.item.Owner != "" && rapid.IntRange(0, 3).Draw(t, "owner") > 0 {
		who = string(store.item.Owner)
	}
	seen := store.item.Version
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		seen--
	}
	say := answer
	say.Text, say.Owner, say.Until = "why", org.PersonID(rapid.SampledFrom(m.people).Draw(t, "to")), now+clock.Instant(rapid.IntRange(-2, 40).Draw(t, "until"))*day
	say.Link, say.LinkAs = "f2", "related"
	_, err := l.Move(context.Background(), person(who), "f1", seen, kind, say)
	if r := (*Refused)(nil); err != nil && !errors.As(err, &r) {
		t.Fatal(err)
	}
	if err == nil && seen != store.item.Version-1 {
		t.Fatal("a move was made by somebody who looked at an older version")
	}
}

// invariants asks of the last move what may never be.
func (m *made) invariants(t *rapid.T, store *memory, was *Item) {
	moves, it := store.moves, store.item
	last := &moves[len(moves)-1]
	who := string(last.Person)
	fail := func(format string, args ...any) { t.Fatalf(format+"\n%+v\nin %+v", append(args, *last, moves)...) }
	if it.Standing != it.Fold(moves) {
		fail("the row isn't the fold: %+v", it.Standing)
	}
	if was.State == Closed && last.Kind != Reopen && last.Kind != Stands && last.Kind != Reply {
		fail("a closed item changed")
	}
	if it.First != was.First || it.First == 0 {
		fail("the first deadline is gone")
	}
	if n := int64(len(it.dueShifts(moves))); n != it.Shifts {
		fail("the deadline was moved %d times, and %d are told", it.Shifts, n)
	}
	if it.Owner != "" && it.Owner == it.Subject {
		fail("the subject owns it")
	}
	if string(it.Subject) == who && who != "" && !slices.Contains([]Kind{Reply, Comment}, last.Kind) {
		fail("the subject made a move")
	}
	if last.Kind != Verify && last.Kind != Close {
		return
	}
	for i := range moves[:len(moves)-1] {
		for _, owner := range []string{string(moves[i].Owner), map[bool]string{true: string(moves[i].Person)}[moves[i].Kind == Claim]} {
			switch {
			case owner == "":
			case owner == who:
				fail("verified by an owner")
			case m.commands(who, owner, last.At):
				fail("verified within the chain of command of %s", owner)
			case moves[i].Kind == Claim && m.commands(who, owner, moves[i].At):
				fail("verified by who was in the chain of command of %s at the claim", owner)
			case m.kin[[2]string{who, owner}]:
				fail("verified in conflict with %s", owner)
			}
		}
	}
	if m.kin[[2]string{who, string(it.Subject)}] {
		fail("verified in conflict with the subject")
	}
	for _, p := range m.posts[who] {
		if u := string(it.Unit); u != "" && p.from <= last.At && last.At < p.to && (m.under(p.unit, u) || m.under(u, p.unit)) {
			fail("verified from within the unit that it concerns")
		}
	}
}
