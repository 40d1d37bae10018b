package org

import (
	"context"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// newestFirst gives revisions as the record does.
type newestFirst struct{ *record }

func (r newestFirst) OrgRevisions(ctx context.Context, _ int) ([]Revision, error) {
	list := slices.Clone(r.revisions)
	slices.Reverse(list)
	return list, nil
}

// What was known at an instant stays so, whatever is entered later for the days before.
func TestBelieved(t *testing.T) {
	ctx := context.Background()
	now := at(t, "2026-03-10T09:00")
	k, err := Keep(ctx, newestFirst{&record{}}, shanghai, func() clock.Instant { return now })
	if err != nil {
		t.Fatal(err)
	}
	enter := func(day, text string) {
		t.Helper()
		now = at(t, day)
		p, err := k.Plan(ctx, Author{Account: "a"}, draftOf(t, text), 0, false)
		if err == nil {
			_, err = k.Apply(ctx, Author{Account: "a"}, p, "order")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const units = "units:\n  - {id: lake}\n  - {id: river}\nposts: {p: post}\nofficers:\n"
	enter("2026-03-01T09:00", units+"  - {id: P1, unit: lake, post: p}\n")
	enter("2026-03-05T09:00", units+"  - {id: P1, unit: river, post: p}\n") // always was, they say
	for range 2 * mostBelieved {
		for _, c := range []struct{ at, unit string }{{"2026-03-02T09:00", "lake"}, {"2026-03-05T09:00", "river"}, {"2026-03-06T09:00", "river"}} {
			o, err := k.Believed(ctx, at(t, c.at))
			if err != nil {
				t.Fatal(err)
			}
			if posts := o.Posts("P1", at(t, "2026-03-02T09:00")); len(posts) != 1 || posts[0].Unit != UnitID(c.unit) {
				t.Errorf("as was known on %s, P1 stood in %+v", c.at, posts)
			}
		}
	}
	if o, err := k.Believed(ctx, at(t, "2026-02-01T09:00")); o != nil || err != nil {
		t.Errorf("before anything was known: %v, %v", o, err)
	}
}

// Who answers for a unit that has ended: itself first, then up from who took it over, or from
// what was above it.
func TestChainOfAnEndedUnit(t *testing.T) {
	o := parsed(t, `units:
  - {id: city}
  - {id: north, parent: city}
  - {id: south, parent: city}
  - {id: squad, parent: north, to: 2026-01-01, successor: team}
  - {id: team, parent: south, from: 2026-01-01}
  - {id: post, parent: squad, to: 2025-01-01}
  - {id: later, parent: city, from: 2030-01-01}
`)
	for _, c := range []struct {
		unit, on string
		want     []UnitID
	}{
		{"squad", "2025-06-01", []UnitID{"squad", "north", "city"}},
		{"squad", "2026-06-01", []UnitID{"squad", "team", "south", "city"}},
		{"post", "2025-06-01", []UnitID{"post", "squad", "north", "city"}},
		{"post", "2026-06-01", []UnitID{"post", "team", "south", "city"}},
		{"later", "2026-06-01", []UnitID{"later"}},
		{"nowhere", "2026-06-01", nil},
	} {
		if got := o.Chain(UnitID(c.unit), at(t, c.on)); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %v, want %v", c.unit, c.on, got, c.want)
		}
	}
	if !slices.Contains(o.Paths(at(t, "2026-06-01")), Path{"squad", "south", 2}) {
		t.Error("the ended squad isn't below south")
	}
}

// An account is of somebody whom the organisation knows, in a unit that it knows.
func TestKnows(t *testing.T) {
	o := parsed(t, "units:\n  - {id: city}\n  - {id: squad, parent: city, to: 2020-01-01}\nposts: {p: post}\nofficers:\n  - {id: P117, unit: city, post: p}\n")
	for _, c := range []struct{ person, unit, want string }{
		{"", "", ""}, {"P117", "", ""}, {"P117", "squad", ""},
		{"P118", "", `nobody of the number "P118"; did you mean "P117"?`}, {"", "citty", `no unit "citty"; did you mean "city"?`}, {"", "elsewhere", "enter them into the organisation first"},
	} {
		err := o.Knows(PersonID(c.person), UnitID(c.unit))
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || errs.In(err, errs.Zh) == err.Error()) {
			t.Errorf("%q in %q: %v; want %q", c.person, c.unit, err, c.want)
		}
	}
}
