package org

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
)

// record keeps revisions in memory.
type record struct {
	lines     [][]Line // by revision
	revisions []Revision
	touches   []Touch
	touched   map[int64][]int64 // by revision, the numbers of findings
	paths     int               // how often OrgNow was written
}

func (r *record) OrgVersion(context.Context) (int64, error) { return int64(len(r.lines)), nil }

func (r *record) OrgLines(_ context.Context, version int64) ([]Line, int64, error) {
	if version == 0 {
		version = int64(len(r.lines))
	}
	if version == 0 {
		return nil, 0, nil
	}
	return r.lines[version-1], version, nil
}

func (r *record) OrgRevisions(context.Context, int) ([]Revision, error) { return r.revisions, nil }

func (r *record) OrgTouching(_ context.Context, finding int64) (out []Revision, err error) {
	for _, v := range r.revisions {
		if slices.Contains(r.touched[v.Number], finding) {
			out = append(out, v)
		}
	}
	return out, nil
}

func (r *record) ReviseOrg(_ context.Context, v Revision, ended, added []Line, touched []int64) error {
	if v.Number != int64(len(r.lines))+1 {
		return fmt.Errorf("revision %d after %d", v.Number, len(r.lines))
	}
	gone := map[Line]bool{}
	for _, l := range ended {
		gone[l] = true
	}
	var now []Line
	if len(r.lines) > 0 {
		for _, l := range r.lines[len(r.lines)-1] {
			if !gone[l] {
				now = append(now, l)
			}
		}
	}
	r.lines, r.revisions = append(r.lines, append(now, added...)), append(r.revisions, v)
	if r.touched == nil {
		r.touched = map[int64][]int64{}
	}
	r.touched[v.Number] = touched
	return nil
}

func (r *record) OrgNow(context.Context, []Path, []Conflict) error { r.paths++; return nil }

func (r *record) OrgTouched(_ context.Context, people []PersonID, units []UnitID, visit func(Touch)) error {
	for _, t := range r.touches {
		visit(t)
	}
	return nil
}

func draftOf(t *testing.T, text string) *Draft {
	t.Helper()
	d, err := ParseDraft("change.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A change of days that have passed is marked, tells which findings it touches,
// needs a reason, and isn't entered by whom it favours.
func TestChangesOfThePast(t *testing.T) {
	now := at(t, "2026-03-10T09:00")
	r := &record{touches: []Touch{
		{Finding: "f1", Number: 1, Subject: "P2", Owner: "P9", Unit: "north", Time: at(t, "2026-02-15T10:00")},
		{Finding: "f2", Number: 2, Subject: "P2", Unit: "north", Time: at(t, "2026-01-15T10:00")}, // before the days that change
		{Finding: "f3", Number: 3, Subject: "P8", Unit: "lake", Time: at(t, "2026-02-15T10:00")},  // neither of them changes
	}}
	k, err := Keep(context.Background(), r, shanghai, func() clock.Instant { return now })
	if err != nil || k.Now() != nil {
		t.Fatalf("an empty record: %v", err)
	}
	first, err := k.Plan(context.Background(), Author{Account: "a"}, draftOf(t, city+"conflicts:\n  - {a: P1, b: P3, kind: kinship}\n"), 0, false)
	if err != nil || !first.First || first.Past || first.Bar != nil {
		t.Fatalf("the first: %+v, %v", first, err)
	}
	if _, err := k.Apply(context.Background(), Author{Account: "a"}, first, ""); err != nil || k.Now() == nil {
		t.Fatal(err)
	}
	const moved = "officers:\n  - {id: P1, unit: north, post: investigator, rank: 一级警司}\n  - {id: P2, unit: south, post: investigator, rank: 三级警督}\n  - {id: P3, unit: south, post: chief}\n"
	for _, c := range []struct {
		who, from, text, reason string
		past                    bool
		touched                 int64
		want                    string // "" where it is entered
	}{
		{"P7", "2026-04-01", moved, "", false, 0, ""},
		{"P2", "2026-04-01", moved, "", false, 0, ""}, // one's own transfer to come
		{"P7", "2026-02-01", moved, "", true, 1, "needs a reason"},
		{"P7", "2026-02-01", moved, "order 3", true, 1, ""},
		{"P2", "2026-02-01", moved, "order 3", true, 1, "concerns you"}, // one's own posts
		{"P9", "2026-02-01", moved, "order 3", true, 1, "concerns you"}, // has to answer for a finding
		{"P8", "2026-02-01", moved, "order 3", true, 1, ""},
		{"P7", "2026-04-01", "conflicts: []\n", "", false, 0, "needs a reason"},
		{"P7", "2026-04-01", "conflicts: []\n", "order 4", false, 0, ""},
		{"P1", "2026-04-01", "conflicts: []\n", "", false, 0, "concerns you"}, // nobody frees themself
		{"P7", "2026-04-01", "posts: {chief: {en: Chief, zh: 负责人}}\n", "", false, 0, "nothing differs"},
	} {
		over := &record{lines: r.lines[:1:1], touches: r.touches}
		k, err := Keep(context.Background(), over, shanghai, func() clock.Instant { return now })
		if err != nil {
			t.Fatal(err)
		}
		who := Author{Account: "account of " + c.who, Person: PersonID(c.who)}
		p, err := k.Plan(context.Background(), who, draftOf(t, c.text), day(t, c.from), true)
		if err != nil {
			t.Fatal(err)
		}
		if p.Past != c.past || len(p.Touched) != int(c.touched) {
			t.Errorf("%s from %s: past %t, touches %v", c.who, c.from, p.Past, p.Touched)
		}
		done, err := k.Apply(context.Background(), who, p, c.reason)
		if c.want == "" && (err != nil || done.Past != c.past || done.Touched != c.touched || done.Account != who.Account || over.revisions[0].Digest == "") {
			t.Errorf("%s from %s: %+v, %v", c.who, c.from, done, err)
		}
		touching, err2 := k.Touching(context.Background(), 1)
		if want := c.want == "" && c.touched == 1; err2 != nil || len(touching) == 1 != want {
			t.Errorf("%s from %s: the finding is touched by %v, %v", c.who, c.from, touching, err2)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(over.lines) != 1) {
			t.Errorf("%s from %s: %v, want %s", c.who, c.from, err, c.want)
		}
	}
}

// What others enter is seen at the next look, and what lists need of today is
// written when a day begins, though nobody entered anything.
func TestRefresh(t *testing.T) {
	now := at(t, "2026-03-10T23:00")
	r := &record{}
	tick := func() clock.Instant { return now }
	one, err := Keep(context.Background(), r, shanghai, tick)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Keep(context.Background(), r, shanghai, tick)
	if err != nil {
		t.Fatal(err)
	}
	p, err := one.Plan(context.Background(), Author{}, draftOf(t, city), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Apply(context.Background(), Author{Account: "a"}, p, ""); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := other.Refresh(context.Background()); err != nil || changed != want {
			t.Errorf("look %d: %t, %v", i, changed, err)
		}
	}
	written := r.paths
	now += 3600 * 1_000_000
	if changed, err := other.Refresh(context.Background()); err != nil || changed || r.paths != written+1 {
		t.Errorf("a new day: %t, %v, written %d times more", changed, err, r.paths-written)
	}
	if _, err := other.Apply(context.Background(), Author{Account: "b"}, p, ""); err == nil {
		t.Error("a plan over what isn't the last revision was entered")
	}
}
