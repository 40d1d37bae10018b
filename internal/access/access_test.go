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

	"plumbline/internal/errs"
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
	for _, e := range Builtin().Entries() {
		have = append(have, string(e.Action))
	}
	if !slices.Equal(named, have) {
		t.Errorf("the program names\n%v\nthe table has\n%v", named, have)
	}
}

// What can't be meant is told where it stands, in both languages, and all at once.
func TestFaultsOfATable(t *testing.T) {
	const head = "action a.b: x | y\n"
	for text, want := range map[string]string{
		"action a.b\n  auditor: all":                "t:1:1: expected an action",
		"action a.b: x\n  auditor: all":             "t:1:1: expected an action",
		"  auditor: all":                            "t:1:3: a line before the first action",
		head + "  boss: all":                        "t:2:3: \"boss\" is no role",
		head + "  auditr: all":                      "did you mean \"auditor\"?",
		head + "  auditor: own al":                  "t:2:16: \"al\" can't stand here; one of: all, own, unit, subtree, subject",
		head + "  auditor: conflict":                "t:2:12: \"conflict\" can't",
		head + "  auditor: all unless unit":         "\"unit\" can't stand here; one of: conflict, subject, own",
		head + "  auditor: all unless":              "t:2:3: over what is missing",
		head + "  auditor:":                         "over what is missing",
		head + "  auditor: all\n  auditor: own":     "t:3:3: auditor stands here twice",
		head:                                        "t:1:8: nobody may a.b",
		head + "  auditor: all\n" + head + "  x: y": "t:3:8: a.b stands here twice",
		head + "  x: y\n  auditor: al":              "t:3:12: \"al\"",
	} {
		_, err := parse("t", text)
		if err == nil || !strings.Contains(err.Error(), want) || errs.In(err, errs.Zh) == err.Error() {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// An agency may give and take much, and some things nobody can.
func TestLimitsOfAnAgencysTable(t *testing.T) {
	for text, want := range map[string]string{
		"action finding.read: x | y\n  administrator: all\n  everyone: subject\n  auditor: all unless conflict": "t:2:3: administrator may not get this",
		"action pack.approve: x | y\n  people\n  administrator: all unless own\n  auditor: all unless own":      "t:3:3: administrator may not",
		"action account.change: x | y\n  people\n  administrator: all":                                          "t:3:3: administrator may not",
		"action event.send: x | y\n  source: all\n  supervisor: all":                                            "",
		"action finding.read: x | y\n  source: all\n  everyone: subject\n  auditor: all unless conflict":        "source may not",
		"action case.read: x | y\n  everyone: all\n  auditor: all unless conflict":                              "everyone may not",
		"action case.read: x | y\n  lay: own\n  auditor: all unless conflict":                                   "lay may not",
		"action finding.read: x | y\n  supervisor: all\n  everyone: subject\n  auditor: all unless conflict":    "t:2:3: the bar conflict can't be left out of finding.read; write `unless conflict`",
		"action item.verify: x | y\n  people\n  verifier: all unless conflict subject":                          "t:3:3: the bar own can't",
		"action item.verify: x | y\n  people\n  supervisor: all unless own":                                     "the bar subject can't",
		"action pack.approve: x | y\n  people\n  auditor: all":                                                  "the bar own",
		"action item.verify: x | y\n  verifier: all unless conflict subject own":                                "t:1:8: item.verify is kept for people",
		"action item.verify: x | y\n  people\n  verifier: unit unless conflict subject own":                     "nobody could item.verify",
		"action exemption.approve: x | y\n  people\n  supervisor: own\n  auditor: all unless own":               "t:3:3: own bars exemption.approve",
		"action item.verify: x | y\n  people\n  officer: own\n  verifier: all unless conflict subject own":      "t:3:3: own bars item.verify",
		"action account.change: x | y\n  people\n  supervisor: all":                                             "t:3:3: the bar own can't be left out of account.change",
		"action account.change: x | y\n  people\n  supervisor: all unless own":                                  "",
		"action pack.approve: x | y\n  people\n  head: own unless own":                                          "nobody could pack.approve",
		"action item.reply: x | y\n  people\n  officer: subject":                                                "can't be taken from everyone; keep the line `everyone: subject`",
		"action finding.read: x | y\n  everyone: subject\n  auditor: own unless conflict":                       "can't be taken from auditor",
		"action approval.read: x | y\n  supervisor: all":                                                        "can't be taken from auditor",
		"action finding.raed: x | y\n  auditor: all":                                                            "did you mean \"finding.read\"?",
		"action item.verify: x | y\n  people\n  supervisor: all unless conflict subject own\n":                  "",
		"action export.make: x | y\n  auditor: all unless conflict\n  head: subtree unless conflict\n":          "",
		"": "",
	} {
		p, err := Parse("t", text)
		switch {
		case want == "" && (err != nil || len(p.Entries()) != len(Builtin().Entries())):
			t.Errorf("%q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || errs.In(err, errs.Zh) == err.Error()):
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	if _, err := Parse("t", Builtin().Text()); err != nil {
		t.Errorf("the program's own: %v", err)
	}
}

// A table in force decides, and says what it changes; what it leaves out stays.
func TestAnAgencysTable(t *testing.T) {
	p, err := Parse("t", "action item.verify: look | 查\n  people\n  supervisor: all unless conflict subject own\naction pack.try: x | y\n  people\n  supervisor: all\n")
	if err != nil {
		t.Fatal(err)
	}
	const bars = "all unless conflict subject own"
	want := []Difference{{PackTry, "", "", "people"}, {PackTry, Verifier, "all", ""}, {PackTry, Auditor, "all", ""}}
	want = append([]Difference{{ItemVerify, Supervisor, "", bars}, {ItemVerify, Verifier, bars, ""}}, want...)
	if got := Builtin().Differences(p); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		role   Role
		before bool
	}{{Supervisor, false}, {Verifier, true}} {
		w := &Who{Account: "a", Session: "s", Roles: []Role{c.role}}
		if May(w, ItemVerify).Allowed != c.before {
			t.Errorf("%s by the program's table", c.role)
		}
		w.Policy = p
		list, _ := Where(w, ItemVerify, Columns{"owner %", "unit %", "subject %"})
		if May(w, ItemVerify).Allowed == c.before || (list == "1 = 0") == !c.before || !May(w, SealRead).Allowed {
			t.Errorf("%s by the agency's: %s", c.role, list)
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
		Unfit:     rapid.SampledFrom([]Unfit{Fit, Fit, Fit, Fit, OldPassword, NoSecond}).Draw(t, "unfit"), Policy: drawPolicy(t)}
}

// drawPolicy is a table, however hostile, or the program's own.
func drawPolicy(t *rapid.T) *Policy {
	if rapid.Bool().Draw(t, "the program's table") {
		return nil
	}
	relations := func(from ...Relation) *rapid.Generator[[]Relation] {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 3, rapid.ID[Relation])
	}
	list := slices.Clone(Builtin().entries)
	for i := range list {
		var lines []Line
		for _, r := range rapid.SliceOfNDistinct(rapid.SampledFrom(append(Roles(), everyone, Source)), 0, 3, rapid.ID[Role]).Draw(t, "roles of a line") {
			lines = append(lines, Line{Role: r, Over: relations(All, Own, Unit, Subtree, Subject).Draw(t, "over"), Unless: relations(Conflict, Subject, Own).Draw(t, "unless")})
		}
		list[i].Lines = lines
	}
	return policyOf("", list)
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
		for _, e := range Builtin().Entries() {
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
