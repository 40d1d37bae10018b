package org

import (
	"context"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
)

// planned plans a change over an organisation on 10 March 2026.
func planned(t *testing.T, was, change, from string, author PersonID, touches ...Touch) (*Keeper, Author, *Plan) {
	t.Helper()
	now := at(t, "2026-03-10T09:00")
	r := &record{lines: [][]Line{parsed(t, was).Lines()}, touches: touches}
	k, err := Keep(context.Background(), r, shanghai, func() clock.Instant { return now })
	if err != nil {
		t.Fatal(err)
	}
	var first clock.Day
	if from != "" {
		first = day(t, from)
	}
	who := Author{Account: "account of " + string(author), Person: author}
	p, err := k.Plan(context.Background(), who, draftOf(t, change), first, from != "")
	if err != nil {
		t.Fatal(err)
	}
	return k, who, p
}

// A conflict counts by the first day on which two people are in one or aren't any more,
// a successor by the day on which the unit ended; what is taken away needs a reason,
// of whatever days.
func TestWhatCountsForThePast(t *testing.T) {
	const kin, ended = "  - {a: P1, b: P3, kind: kinship}\n", "  - {a: P1, b: P2, kind: interest, from: 2024-01-01, to: 2025-01-01}\n"
	const merged = "  - {id: brook, to: 2024-01-01, successor: pond}\n  - {id: pond, parent: north, to: 2025-06-01, successor: north}\n  - {id: quay, parent: north, to: 2026-05-01, successor: south}\n"
	units, rest, _ := strings.Cut(city, "posts:")
	was := units + merged + "posts:" + rest + "conflicts:\n" + kin + ended
	succeeds := func(old, new string) string { return units + strings.Replace(merged, old, new, 1) }
	for what, c := range map[string]struct {
		change, from string
		first        string // on which something differs
		past, weighs bool
	}{
		"one that always was":           {"conflicts:\n" + ended, "", "", true, true},
		"one that ended":                {"conflicts:\n" + kin, "", "2024-01-01", true, true},
		"ended yesterday":               {"conflicts:\n  - {a: P3, b: P1, to: 2026-03-09}\n" + ended, "", "2026-03-09", true, true},
		"ends today":                    {"conflicts:\n  - {a: P3, b: P1, to: 2026-03-10}\n" + ended, "", "2026-03-10", false, true},
		"ends in April":                 {"conflicts:\n  - {a: P1, b: P3, to: 2026-04-01}\n" + ended, "", "2026-04-01", false, true},
		"from April on":                 {"conflicts: []\n", "2026-04-01", "2026-04-01", false, true},
		"began later":                   {"conflicts:\n  - {a: P1, b: P3, from: 2020-01-01}\n" + ended, "", "", true, true},
		"of another kind":               {"conflicts:\n  - {a: P1, b: P3, kind: interest}\n" + ended, "", "none", false, false},
		"told in two lines":             {"conflicts:\n  - {a: P1, b: P3, to: 2020-01-01}\n  - {a: P1, b: P3, from: 2020-01-01}\n" + ended, "", "none", false, false},
		"declared of February":          {"conflicts:\n" + kin + ended + "  - {a: P1, b: P2, from: 2026-02-01}\n", "", "2026-02-01", true, false},
		"declared of today":             {"conflicts:\n" + kin + ended + "  - {a: P1, b: P2, from: 2026-03-10}\n", "", "2026-03-10", false, false},
		"one named where nothing ended": {succeeds("  - {id: pond, parent: north, to: 2025-06-01, successor: north}", "  - {id: pond, parent: north, to: 2020-01-01, successor: north}\n  - {id: pond, title: Pond, parent: north, from: 2020-01-01, to: 2025-06-01, successor: north}"), "", "none", false, false},
		"another took over":             {succeeds("successor: north", "successor: south"), "", "2025-06-01", true, false},
		"nobody took over":              {succeeds(", successor: north", ""), "", "2025-06-01", true, false},
		"another will take over":        {succeeds("successor: south", "successor: bureau"), "", "2026-05-01", false, false},
		"another, under another name":   {succeeds("quay, parent: north, to: 2026-05-01, successor: south", "quay, title: Quay, parent: north, to: 2026-05-01, successor: south"), "", "none", false, false},
	} {
		k, who, p := planned(t, was, c.change, c.from, "P8", Touch{Finding: "f1", Number: 1, Subject: "P6", Unit: "pond", Time: at(t, "2024-05-01T09:00")},
			Touch{Finding: "f2", Number: 2, Subject: "P6", Unit: "brook", Time: at(t, "2023-05-01T09:00")}, Touch{Finding: "f3", Number: 3, Unit: "quay", Time: at(t, "2024-05-01T09:00")})
		first, ok := p.Differs.From()
		got := "none"
		if ok {
			got = dayOrNone(first)
		}
		if p.Differs.Empty() || got != c.first || p.Past != c.past || p.Weighs() != (c.past || c.weighs) || p.Differs.Withdraws() != c.weighs {
			t.Errorf("%s: from %q, past %t, withdraws %t", what, got, p.Past, p.Differs.Withdraws())
		}
		if want := strings.Contains(c.change, "pond") && c.past; len(p.Touched) != map[bool]int{true: 2}[want] {
			t.Errorf("%s: touches %v", what, p.Touched)
		}
		if _, err := k.Apply(context.Background(), who, p, ""); (err != nil) != (c.past || c.weighs) || err != nil && !strings.Contains(err.Error(), "needs a reason") {
			t.Errorf("%s, without a reason: %v", what, err)
		}
		if c.past || c.weighs {
			if r, err := k.Apply(context.Background(), who, p, "order 5"); err != nil || r.Past != c.past {
				t.Errorf("%s, with a reason: %+v, %v", what, r, err)
			}
		}
	}
	if got := said(Compare(parsed(t, was), parsed(t, strings.Replace(was, "successor: north", "successor: south", 1)))); len(got) != 1 || got[0] != "succeeded pond 2025-06-01.." {
		t.Errorf("a successor: %q", got)
	}
}

func dayOrNone(d clock.Day) string {
	if Beginning(d) {
		return ""
	}
	return d.String()
}

// Whoever a conflict concerns declares it, of the past too; nobody takes theirs away.
func TestOwnConflicts(t *testing.T) {
	const kin = "conflicts:\n  - {a: P1, b: P3, kind: kinship, from: 2024-01-01}\n"
	for what, c := range map[string]struct {
		change, from, reason, want string
	}{
		"declared of the past":            {kin + "  - {a: P1, b: P2, from: 2026-02-01}\n", "", "it came to my mind", ""},
		"declared of the past, no reason": {kin + "  - {a: P1, b: P2, from: 2026-02-01}\n", "", "", "needs a reason"},
		"longer than was declared":        {"conflicts:\n  - {a: P1, b: P3}\n", "", "it was always so", ""},
		"taken away":                      {"conflicts: []\n", "", "x", "concerns you"},
		"taken away from April on":        {"conflicts: []\n", "2026-04-01", "x", "concerns you"},
		"shorter":                         {"conflicts:\n  - {a: P1, b: P3, from: 2024-02-01}\n", "", "x", "concerns you"},
	} {
		k, who, p := planned(t, city+kin, c.change, c.from, "P1", Touch{Finding: "f1", Number: 1, Subject: "P1", Owner: "P1", Unit: "north", Time: at(t, "2026-02-15T10:00")})
		if _, err := k.Apply(context.Background(), who, p, c.reason); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// A change of what was is entered neither by relatives of those whom it touches nor by
// whoever serves in a unit that changes, or over it.
func TestWhoIsTooNear(t *testing.T) {
	const posts = "  - {id: C1, unit: north, post: chief}\n  - {id: C2, unit: bureau, post: chief}\n  - {id: C3, unit: lake, post: chief, from: 2025-06-01}\n" +
		"  - {id: C4, unit: north, post: chief, to: 2026-02-05}\n  - {id: C4, unit: lake, post: investigator, from: 2026-02-05}\n" +
		"  - {id: C5, unit: north, post: chief, to: 2026-01-15}\n  - {id: C5, unit: lake, post: investigator, from: 2026-01-15}\n  - {id: C6, unit: south, post: chief}\n"
	const conflicts = "conflicts:\n  - {a: K1, b: P2}\n  - {a: P2, b: K2, to: 2026-02-10}\n  - {a: P2, b: K3, to: 2026-01-31}\n  - {a: K4, b: P9}\n  - {a: K6, b: P7}\n  - {a: P7, b: P6}\n"
	units, officers, _ := strings.Cut(city, "posts:")
	was := units + "  - {id: pond, parent: north, to: 2025-06-01, successor: north}\nposts:" + officers + posts + conflicts
	moved := "officers:\n" + strings.Replace(officers[strings.Index(officers, "officers:\n")+10:], "{id: P2, unit: north, post: investigator, rank: 三级警督}", "{id: P2, unit: north, post: investigator, rank: 三级警督, to: FROM}\n  - {id: P2, unit: south, post: investigator, rank: 三级警督, from: FROM}", 1) + posts
	of := func(change, from string) string { return strings.ReplaceAll(change, "FROM", from) }
	elsewhere := units[:strings.Index(units, "  - {id: lake")] + "  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: north, to: 2025-01-01}\n" +
		"  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: south, from: 2025-01-01, to: FROM}\n  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, territory: west, parent: south, from: FROM}\n  - {id: pond, parent: north, to: 2025-06-01, successor: north}\n"
	taken := units + "  - {id: pond, parent: north, to: 2025-06-01, successor: lake}\n"
	everybody := []string{"", "P2", "P8", "P9", "K1", "K2", "K3", "K4", "K5", "K6", "C1", "C2", "C3", "C4", "C5", "C6"}
	for what, c := range map[string]struct{ change, barred string }{
		"P2 moved in February":                 {of(moved, "2026-02-01"), "P2 P9 K1 K2 K4 C1 C2 C4 C6"},
		"with a conflict that is declared now": {of(moved, "2026-02-01") + conflicts + "  - {a: K5, b: P2, from: 2026-03-10}\n", "P2 P9 K1 K2 K4 K5 C1 C2 C4 C6"},
		"P2 moves in April":                    {of(moved, "2026-04-01"), ""},
		"lake's territory since February":      {of(elsewhere, "2026-02-01"), "C2 C3 C4 C5 C6"},
		"lake's territory from April on":       {of(elsewhere, "2026-04-01"), ""},
		"who took over":                        {taken, "C1 C2 C3 C4 C5 C6 P2"},
		"another's conflict":                   {strings.Replace(conflicts, "  - {a: P7, b: P6}\n", "", 1), "K6"},
	} {
		var barred []string
		for _, who := range everybody {
			_, _, p := planned(t, was, c.change, "", PersonID(who), Touch{Finding: "f1", Number: 1, Subject: "P2", Owner: "P9", Unit: "north", Time: at(t, "2026-02-15T10:00")})
			if p.Bar != nil {
				barred = append(barred, who)
				if !strings.Contains(p.Bar.Next.En, "let somebody enter it") || p.Bar.Next.Zh == "" {
					t.Errorf("%s: %v", what, p.Bar)
				}
			}
		}
		if got, want := words(barred), words(strings.Fields(c.barred)); got != want {
			t.Errorf("%s: barred are %s, want %s", what, got, want)
		}
	}
}

func words(list []string) string {
	return strings.Join(slices.Sorted(slices.Values(list)), " ")
}
