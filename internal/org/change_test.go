package org

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
)

func day(t testing.TB, s string) clock.Day {
	t.Helper()
	d, err := clock.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// said is a difference in short: kind who from..to.
func said(d *Difference) []string {
	out := []string{}
	show := func(d clock.Day) string {
		if Beginning(d) || Unending(d) {
			return ""
		}
		return d.String()
	}
	for _, c := range append(slices.Clone(d.Units), d.People...) {
		out = append(out, fmt.Sprintf("%s %s%s %s..%s", c.Kind, c.Unit, c.Person, show(c.From), show(c.To)))
	}
	if d.Posts+d.Declared+d.Withdrawn > 0 {
		out = append(out, fmt.Sprintf("posts %d, declared %d, withdrawn %d", d.Posts, d.Declared, d.Withdrawn))
	}
	return out
}

// What a whole history changes, by unit and person, with the days.
func TestCompare(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{"nothing", ""},
		{"{id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: north, to: 2025-01-01}→{id: lake, title: {en: Lake police, zh: 湖滨派出所}, parent: north, to: 2025-01-01}", "renamed lake ..2025-01-01"},
		{"from: 2025-01-01}\nposts→from: 2025-01-01, territory: west}\nposts", "territory lake 2025-01-01.."},
		{"parent: south, from: 2025-01-01→parent: bureau, from: 2025-01-01", "moved lake 2025-01-01.."},
		{"rank: 一级警司→rank: 三级警督", "changed P1 2025-03-01.."},
		{"{id: P2, unit: north, post: investigator, rank: 三级警督}→{id: P2, unit: south, post: investigator, rank: 三级警督}", "transferred P2 .."},
		{"to: 2024-07-01→to: 2024-06-01", "ended P3 2024-06-01..2024-07-01"},
		{"{id: P3, unit: south, post: chief, from: 2024-08-01}→{id: P3, unit: south, post: chief, from: 2024-07-01}", "added P3 2024-07-01..2024-08-01"},
		{"chief: {en: Chief, zh: 负责人}→chief: {en: Head, zh: 负责人}", "posts 1, declared 0, withdrawn 0"},
	} {
		text := city
		if from, to, ok := strings.Cut(c.old, "→"); ok {
			if text = strings.Replace(city, from, to, 1); text == city {
				t.Fatalf("%q isn't there", from)
			}
		}
		got := strings.Join(said(Compare(parsed(t, city), parsed(t, text))), "; ")
		if got != c.new {
			t.Errorf("%s\n got %s\nwant %s", c.old, got, c.new)
		}
	}
	all := Compare(nil, parsed(t, city))
	if got := len(all.Units) + len(all.People); got != 7 {
		t.Errorf("all is new: %v", said(all))
	}
}

// What a list of how things are from a day on makes of the history: a transfer, one
// who left, one who came, a new rank; what stays goes on as it was.
func TestFromADayOn(t *testing.T) {
	const now = `officers:
  - {id: P1, unit: north, post: investigator, rank: 一级警司}
  - {id: P2, unit: south, post: investigator, rank: 三级警督}
  - {id: P4, unit: lake, post: chief}
  - {id: P5, unit: lake, post: chief, from: 2026-06-01}
`
	f, err := ParseDraft("now.yaml", []byte(now))
	if err != nil {
		t.Fatal(err)
	}
	was := parsed(t, city)
	is, err := f.Over(was, day(t, "2026-04-01"), true, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"transferred P2 2026-04-01..", "ended P3 2026-04-01..", "added P4 2026-04-01..", "added P5 2026-06-01.."}
	if got := said(Compare(was, is)); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	// A merger: the lake station ends, the southern branch takes over.
	f, err = ParseDraft("now.yaml", []byte("units:\n  - {id: lake, parent: south, to: 2026-05-01, successor: south, title: {en: Lake station, zh: 湖滨派出所}}\n  - {id: bureau, territory: city, title: {en: City bureau, zh: 市公安局}}\n"+
		"  - {id: north, parent: bureau, territory: north, title: {en: Northern branch, zh: 北区分局}}\n  - {id: south, parent: bureau, territory: south, title: {en: Southern branch, zh: 南区分局}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if is, err = f.Over(was, day(t, "2026-05-01"), true, shanghai); err != nil {
		t.Fatal(err)
	}
	if got := said(Compare(was, is)); !reflect.DeepEqual(got, []string{"ended lake 2026-05-01.."}) {
		t.Errorf("a merger: %q", got)
	}
}

// A list in Chinese alone that calls units and posts as the record does renames none.
func TestAListInOneLanguage(t *testing.T) {
	was := parsed(t, city)
	f, err := SheetsDraft("units.csv", []Sheet{{Name: "单位", Rows: []Row{{1, []string{"编号", "名称", "上级", "辖区"}}, {2, []string{"bureau", "市公安局", "", "city"}},
		{3, []string{"north", "北区分局", "bureau", "north"}}, {4, []string{"south", "南区支队", "bureau", "south"}}, {5, []string{"lake", "湖滨派出所", "south", ""}}}},
		{Name: "岗位", Rows: []Row{{1, []string{"编号", "名称"}}, {2, []string{"chief", "负责人"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	is, err := f.Over(was, day(t, "2026-04-01"), true, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(Compare(was, is)); !reflect.DeepEqual(got, []string{"renamed south 2026-04-01.."}) {
		t.Errorf("%q", got)
	}
}

// A conflict can be declared, keeps its days, and whom it frees is known.
func TestConflicts(t *testing.T) {
	with := city + "conflicts:\n  - {a: P1, b: P2, kind: kinship, from: 2024-01-01}\n"
	o := parsed(t, with)
	for _, c := range []struct {
		a, b, on string
		want     bool
	}{{"P1", "P2", "2024-06-01T00:00", true}, {"P2", "P1", "2024-06-01T00:00", true}, {"P1", "P2", "2023-12-31T23:59", false}, {"P1", "P3", "2024-06-01T00:00", false}, {"P1", "P1", "2024-06-01T00:00", false}} {
		if got := o.Conflict(PersonID(c.a), PersonID(c.b), at(t, c.on)); got != c.want {
			t.Errorf("%s and %s on %s: %t", c.a, c.b, c.on, got)
		}
	}
	d := Compare(o, parsed(t, city))
	if d.Withdrawn != 1 || !d.Frees("P1") || !d.Frees("P2") || d.Frees("P3") {
		t.Errorf("withdrawn: %+v", d)
	}
	if d := Compare(parsed(t, city), o); d.Declared != 1 || d.Frees("P1") {
		t.Errorf("declared: %+v", d)
	}
	shorter := Compare(o, parsed(t, strings.Replace(with, "from: 2024-01-01}\n", "from: 2024-01-01, to: 2025-01-01}\n", 1)))
	if !shorter.Frees("P2") {
		t.Error("one that ends earlier frees, too")
	}
	for _, bad := range []string{"{a: P1, b: P1}", "{a: P1}", "{a: P1, b: P2, kind: love}"} {
		if _, err := Parse("org.yaml", []byte(city+"conflicts:\n  - "+bad+"\n"), shanghai); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// A unit that ended is stood for by whoever took it over.
func TestSuccessors(t *testing.T) {
	o := parsed(t, `units:
  - {id: a, to: 2025-01-01, successor: b}
  - {id: b, to: 2026-01-01, successor: c}
  - {id: c}
  - {id: d, to: 2025-01-01}
`)
	for _, c := range []struct{ unit, on, want string }{{"a", "2024-06-01", "a"}, {"a", "2025-06-01", "b"}, {"a", "2026-06-01", "c"}, {"d", "2025-06-01", ""}, {"x", "2025-06-01", ""}} {
		if got := o.Standing(UnitID(c.unit), at(t, c.on)); got != UnitID(c.want) {
			t.Errorf("%s on %s: %q, want %q", c.unit, c.on, got, c.want)
		}
	}
	for _, bad := range []string{"{id: a, successor: b}\n  - {id: b}", "{id: a, to: 2025-01-01, successor: a}", "{id: a, to: 2025-01-01, successor: x}", "{id: a, to: 2025-01-01, successor: b}\n  - {id: b, from: 2026-01-01}"} {
		if _, err := Parse("org.yaml", []byte("units:\n  - "+bad+"\n"), shanghai); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// drawn is a random organisation of three units and four people over a few days.
func drawn(t *rapid.T, name string) *Organisation {
	var b strings.Builder
	b.WriteString("units:\n  - {id: U0}\n  - {id: U1, parent: U0}\n  - {id: U2, parent: U1}\nposts: {p: post, q: post}\nofficers:\n")
	base, err := clock.ParseDay("2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	for p := range 4 {
		from := base
		for range rapid.IntRange(0, 3).Draw(t, name+" holdings") {
			from += clock.Day(rapid.IntRange(0, 5).Draw(t, "gap"))
			to := from + clock.Day(rapid.IntRange(1, 20).Draw(t, "length"))
			fmt.Fprintf(&b, "  - {id: P%d, unit: U%d, post: %s, from: %s, to: %s}\n", p, rapid.IntRange(0, 2).Draw(t, "unit"), rapid.SampledFrom([]string{"p", "q"}).Draw(t, "post"), from, to)
			from = to
		}
	}
	o, err := Parse("org.yaml", []byte(strings.TrimSuffix(b.String(), "officers:\n")), shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Whatever two organisations say: lines are all there is to one; what differs on any
// day is told with days around it; what holds from a day on changes no day before.
func TestChangesOfRandomOrganisations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "a"), drawn(t, "b")
		again, err := FromLines("lines", a.Lines(), shanghai)
		if err != nil || !reflect.DeepEqual(again.Lines(), a.Lines()) {
			t.Fatalf("lines: %v", err)
		}
		ended, added := LineChanges(a.Lines(), b.Lines())
		if got := len(a.Lines()) - len(ended) + len(added); got != len(b.Lines()) {
			t.Fatalf("%d lines, less %d, and %d more, are not %d", len(a.Lines()), len(ended), len(added), len(b.Lines()))
		}
		if !Compare(a, again).Empty() {
			t.Fatal("an organisation differs from itself")
		}
		f := &Draft{d: b.draft(), kinds: map[string]bool{UnitLine: true, HoldingLine: true}}
		cut, err := clock.ParseDay("2026-01-20")
		if err != nil {
			t.Fatal(err)
		}
		c, err := f.Over(a, cut, true, shanghai)
		if err != nil {
			t.Fatalf("from a day on: %v", err)
		}
		told := map[PersonID]Change{}
		for _, ch := range Compare(a, b).People {
			told[ch.Person] = ch
		}
		for p := range 4 {
			id := PersonID(fmt.Sprint("P", p))
			for d := cut - 30; d < cut+60; d++ {
				was, is, from := held(a, id, d), held(b, id, d), held(c, id, d)
				ch, ok := told[id]
				if !reflect.DeepEqual(was, is) && (!ok || !ch.on(d)) {
					t.Fatalf("%s differs on %s, and that isn't told: %+v", id, d, ch)
				}
				if d < cut && !reflect.DeepEqual(from, was) {
					t.Fatalf("%s on %s, before the day: %v, was %v", id, d, from, was)
				}
				if d >= cut && !reflect.DeepEqual(from, is) {
					t.Fatalf("%s on %s: %v, the file says %v", id, d, from, is)
				}
			}
		}
	})
}

// held is what somebody held on a day, in short.
func held(o *Organisation, p PersonID, d clock.Day) (out []string) {
	for _, h := range on(o.people[p], d) {
		out = append(out, fmt.Sprint(h.Unit, h.Post))
	}
	return out
}
