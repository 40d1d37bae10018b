package access

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"
	"pgregory.net/rapid"
)

// The names in the program are those of the table.
func TestActions(t *testing.T) {
	src, err := os.ReadFile("actions.go")
	if err != nil {
		t.Fatal(err)
	}
	var named, have []string
	for _, m := range regexp.MustCompile(`Action = "(.*)"`).FindAllStringSubmatch(string(src), -1) {
		named = append(named, m[1])
	}
	for _, e := range Table() {
		have = append(have, string(e.Action))
	}
	if !slices.Equal(named, have) {
		t.Errorf("the program names\n%v\nthe table has\n%v", named, have)
	}
}

// What can't be meant is found when the table is read.
func TestFaultsOfATable(t *testing.T) {
	const head = "action a.b: x | y\n"
	for text, want := range map[string]string{
		"action a.b\n auditor: all":               "table.txt:1: expected `action NAME",
		"action a.b: x\n auditor: all":            "table.txt:1: expected `action NAME",
		" auditor: all":                           "a line before the first action",
		head + " boss: all":                       `table.txt:2: expected ` + "`role: over what`, and no \"boss\"",
		head + " auditor: al":                     `table.txt:2: "al" isn't one of [all own unit subtree subject]`,
		head + " auditor: conflict":               `"conflict" isn't one of`,
		head + " auditor: all unless unit":        `"unit" isn't one of [conflict subject own]`,
		head + " auditor: all unless":             "over what is missing",
		head + " auditor:":                        "over what is missing",
		head + " auditor: all\n auditor: own":     "table.txt:3: auditor stands here twice",
		head:                                      "nobody may a.b",
		head + " auditor: all\n" + head + " x: y": "table.txt:3: a.b stands here twice",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// The cases that a jurist would ask about, one by one.
func TestDecide(t *testing.T) {
	finding := &Thing{Owners: []string{"P5"}, Units: []string{"lake"}, Above: []string{"lake", "north", "city"}, Subjects: []string{"P1"}}
	who := func(text string) *Who { // roles person units conflicts
		f := strings.Split(text+"|||", "|")
		w := &Who{Account: "a", Session: "s", Person: f[1], Units: strings.Fields(f[2]), Conflicts: strings.Fields(f[3])}
		for _, r := range strings.Fields(f[0]) {
			w.Roles = append(w.Roles, Role(r))
		}
		return w
	}
	for _, c := range []struct {
		who    string
		action Action
		want   string // "" for allowed, else a part of the rule
	}{
		{"administrator", FindingRead, "finding.read has no line for administrator"},
		{"administrator officer|P1", FindingRead, ""},
		{"supervisor", FindingRead, ""},
		{"supervisor|P9||P1", FindingRead, "finding.read supervisor: all unless conflict: conflict"},
		{"supervisor|P9||P5", FindingRead, "conflict"},
		{"head|P2|north", FindingRead, ""},
		{"head|P2|lake", FindingRead, ""},
		{"head|P2|south", FindingRead, "finding.read head: own subtree unless conflict"},
		{"head|P5|south", FindingRead, ""}, // who answers for it
		{"head|P2", FindingRead, "subtree"},
		{"officer|P1", FindingRead, ""},
		{"officer|P5", FindingRead, ""},
		{"officer|P7|lake", FindingRead, "finding.read officer: own"},
		{"officer", FindingRead, "own"},
		{"lay", FindingRead, ""},
		{"lay", FindingPersons, "no line for lay"},
		{"source", FindingRead, "no line for source"},
		{"verifier|P3", ItemVerify, ""},
		{"verifier|P5", ItemVerify, "item.verify verifier: all unless conflict subject own: own"},
		{"verifier|P1", ItemVerify, "subject"},
		{"supervisor|P3", ItemVerify, "no line for supervisor"},
		{"officer|P1", ItemReply, ""},
		{"auditor|P3", ItemReply, "no line for auditor"},
		{"", SealRead, ""},
		{"", FindingRead, "no line for no role"},
	} {
		d := Decide(who(c.who), c.action, finding)
		if d.Allowed != (c.want == "") || !strings.Contains(d.Rule, c.want) {
			t.Errorf("%s, %s: %+v; want %q", c.who, c.action, d, c.want)
		}
		if !d.Allowed && (d.Why.En == "" || d.Why.Zh == "" || d.Hidden && d.Why != barred[Conflict]) {
			t.Errorf("%s, %s: %+v", c.who, c.action, d)
		}
	}
	unfit := who("supervisor|P3")
	unfit.Unfit = OldPassword
	machine := &Who{Account: "token/m", Roles: []Role{Supervisor, Administrator}}
	sending := &Who{Account: "token/s", Roles: []Role{Source}}
	for _, c := range []struct {
		who    *Who
		action Action
		want   bool
	}{{unfit, FindingRead, false}, {unfit, SessionOwn, true}, {machine, FindingRead, true}, {machine, PackApprove, false}, {machine, SessionOwn, false}, {nil, SealRead, false},
		{sending, EventSend, true}, {sending, SealRead, false}, {sending, PackRead, false}, {machine, "no.such", false}, {who("head"), ItemAssign, false}, {who("head||x"), ItemAssign, true},
		{who("administrator"), FindingRead, false}, {who("administrator|P1"), FindingRead, true}} {
		if d := May(c.who, c.action); d.Allowed != c.want || d.Hidden || !c.want && d.Why.Zh == "" {
			t.Errorf("%+v, %s: %+v", c.who, c.action, d)
		}
	}
	if Decide(unfit, SessionOwn, Made("b")).Allowed || !Decide(unfit, SessionOwn, Made("a")).Allowed {
		t.Error("sessions are their account's own")
	}
}

// world is an organisation, people and items in a database.
type world struct {
	db    *sql.DB
	above map[string][]string
	items []item
}

type item struct{ owner, unit, subject string }

func (w *world) thing(i item) *Thing {
	t := &Thing{Owners: []string{i.owner}, Subjects: []string{i.subject}}
	if i.unit != "" {
		t.Units, t.Above = []string{i.unit}, w.above[i.unit]
	}
	return t
}

func makeWorld(t *rapid.T, db *sql.DB) *world {
	w := &world{db: db, above: map[string][]string{}}
	units := []string{}
	for i := range rapid.IntRange(1, 9).Draw(t, "units") {
		u := fmt.Sprint("u", i)
		w.above[u] = []string{u}
		if i > 0 && rapid.IntRange(0, 4).Draw(t, "top") > 0 {
			w.above[u] = append(w.above[u], w.above[units[rapid.IntRange(0, i-1).Draw(t, "parent")]]...)
		}
		units = append(units, u)
	}
	do := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	do(`delete from unit_paths`)
	do(`delete from things`)
	for u, above := range w.above {
		for d, a := range above {
			do(`insert into unit_paths values (?, ?, ?)`, u, a, d)
		}
	}
	unit, person := rapid.SampledFrom(append(units, "")), rapid.SampledFrom(people)
	for i := range rapid.IntRange(0, 12).Draw(t, "items") {
		it := item{rapid.OneOf(person, rapid.SampledFrom([]string{"@a", "@b"})).Draw(t, "owner"), unit.Draw(t, "unit"), person.Draw(t, "subject")}
		w.items = append(w.items, it)
		do(`insert into things values (?, ?, ?, ?)`, i, it.owner, it.unit, it.subject)
	}
	return w
}

var people = []string{"", "P0", "P1", "P2", "P3"}

func drawWho(t *rapid.T, w *world) *Who {
	units := slices.Sorted(maps.Keys(w.above))
	return &Who{Account: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "account"), Person: rapid.SampledFrom(people).Draw(t, "person"),
		Roles:     rapid.SliceOfNDistinct(rapid.SampledFrom(append(Roles(), Source)), 0, 3, rapid.ID[Role]).Draw(t, "roles"),
		Units:     rapid.SliceOfN(rapid.SampledFrom(append(units, "gone", "")), 0, 2).Draw(t, "of units"),
		Conflicts: rapid.SliceOfN(rapid.SampledFrom(people), 0, 2).Draw(t, "conflicts"),
		Session:   rapid.SampledFrom([]string{"s", "s", "s", ""}).Draw(t, "session"),
		Unfit:     rapid.SampledFrom([]Unfit{Fit, Fit, Fit, Fit, OldPassword, NoSecond}).Draw(t, "unfit")}
}

// In the list ⇔ it may be done to the item, and the count is that of the list: in
// random organisations, for random people, for every action. What may be done to no
// item at all, nobody is let near.
func TestListsAreDecisions(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`create table unit_paths (unit text, ancestor text, depth bigint); create table things (id bigint, owner text, unit text, subject text)`); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := makeWorld(t, db)
		who := drawWho(t, w)
		for _, e := range Table() {
			agree(t, w, who, e.Action, Columns{"owner %", "unit %", "subject %"}, func(i item) item { return i })
			agree(t, w, who, e.Action, Columns{"", "unit %", "subject %"}, func(i item) item { return item{"", i.unit, i.subject} })
			agree(t, w, who, e.Action, Columns{"owner %", "", ""}, func(i item) item { return item{i.owner, "", ""} })
		}
	})
}

// agree holds a list against the decisions. seen is what the list knows of an item.
func agree(t *rapid.T, w *world, who *Who, a Action, c Columns, seen func(item) item) {
	where, args := Where(who, a, c)
	query := `from things`
	if where != "" {
		query += ` where ` + where
	}
	var listed, allowed []int
	rows, err := w.db.Query(`select id `+query+` order by id`, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		listed = append(listed, id)
	}
	rows.Close()
	var count int
	if err := w.db.QueryRow(`select count(*) `+query, args...).Scan(&count); err != nil {
		t.Fatal(err)
	}
	for i, it := range w.items {
		d := Decide(who, a, w.thing(seen(it)))
		if d.Allowed {
			allowed = append(allowed, i)
		}
		if d.Allowed && !May(who, a).Allowed {
			t.Fatalf("%+v may %s on %+v and is kept away", who, a, it)
		}
	}
	if !slices.Equal(listed, allowed) || count != len(allowed) {
		t.Fatalf("%+v, %s: listed %v (%d), allowed %v\n%s %v", who, a, listed, count, allowed, where, args)
	}
}
