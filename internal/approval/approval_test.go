package approval_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
)

// office is a desk over a real store: the city with the stations lake and river, and
// the inspection beside them.
type office struct {
	*approval.Desk
	t     *testing.T
	tried approval.Tried
	done  []string
	fail  error
}

func newOffice(t *testing.T) *office {
	t.Helper()
	store, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	t.Cleanup(func() { store.Close() })
	o := &office{t: t, tried: approval.Tried{Pin: "v1", Trial: json.RawMessage(`{"x":1}`), Concerned: approval.Concerned{Units: []string{"lake"}, Officials: []string{"P1"}}}}
	o.Desk = &approval.Desk{Store: store, Now: func() clock.Instant { return 7 }, Kinds: map[string]approval.Kind{"packs": {Propose: access.PackPropose, Approve: access.PackApprove,
		Try: func(context.Context, json.RawMessage) (approval.Tried, error) { return o.tried, nil },
		Do: func(_ context.Context, a *approval.Approval) error {
			o.done = append(o.done, string(a.Body))
			return o.fail
		}}, "key": {Propose: access.KeyRotate, Approve: access.KeyApprove,
		Try: func(context.Context, json.RawMessage) (approval.Tried, error) { return approval.Tried{}, nil },
		Do:  func(context.Context, *approval.Approval) error { return nil }}}}
	return o
}

// tree is an organisation whose units stand below each other as their names say, in which
// people stand where they are said to.
type tree struct {
	units, conflicts map[string][]string
}

func (p tree) Units(person string) []string     { return p.units[person] }
func (p tree) Conflicts(person string) []string { return p.conflicts[person] }

func (tree) Chain(unit string) (out []string) {
	above := map[string]string{"lake": "north", "river": "north", "squad": "lake", "north": "city", "inspection": "city", "city": "", "outside": ""}
	for up, is := above[unit]; is; up, is = above[unit] {
		out, unit = append(out, unit), up
	}
	return out
}

// stands lets somebody stand where their sign-in says, at all times.
func (o *office) stands(w *access.Who) {
	o.Stood = func(context.Context, clock.Instant) ([]approval.Standing, error) {
		return []approval.Standing{&tree{units: map[string][]string{w.Person: w.Units}}}, nil
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func who(account, person string, role access.Role, units ...string) *access.Who {
	return &access.Who{Account: account, Person: person, Roles: []access.Role{role}, Units: units, Session: "s"}
}

var boss = who("boss", "B1", access.Supervisor, "inspection")

func (o *office) proposed() string {
	o.t.Helper()
	a, err := o.Propose(o.t.Context(), boss, "packs", json.RawMessage(`{"packs":["p"]}`), "new law")
	must(o.t, err)
	if a.State != approval.Waiting || string(a.Trial) != `{"x":1}` {
		o.t.Errorf("%+v", a)
	}
	return a.ID
}

// Who may be the second person, and who not, with the rule that says so.
func TestTheSecondPerson(t *testing.T) {
	kin := who("kin", "K1", access.Auditor, "inspection")
	kin.Conflicts = []string{"P1"}
	spouse := who("spouse", "S1", access.Auditor, "river")
	spouse.Conflicts = []string{"B1"}
	machine := who("token/x", "", access.Supervisor, "inspection")
	machine.Session = ""
	for _, c := range []struct {
		name string
		who  *access.Who
		rule string // "": may
	}{
		{"an auditor from elsewhere", who("audit", "A1", access.Auditor, "river"), ""},
		{"an auditor who belongs to no unit of the agency", who("audit", "", access.Auditor, "outside"), ""},
		{"the proposer", boss, "own"},
		{"the proposer by another account", who("other", "B1", access.Auditor, "inspection"), "approval: proposer"},
		{"somebody without the role", who("h", "H1", access.Head, "river"), "pack.approve has no line for head"},
		{"an administrator", who("root", "", access.Administrator, "inspection"), "no line for administrator"},
		{"a machine", machine, "pack.approve people"},
		{"of the unit", who("a", "A2", access.Auditor, "lake"), "approval: unit"},
		{"of a squad below it", who("a", "A2", access.Auditor, "squad"), "approval: unit"},
		{"of the branch above it", who("a", "A2", access.Auditor, "river", "north"), "approval: unit"},
		{"of the city's top", who("a", "A2", access.Auditor, "city"), "approval: unit"},
		{"whom it concerns", who("a", "P1", access.Auditor, "river"), "approval: concerned"},
		{"kin of whom it concerns", kin, "approval: conflict"},
		{"kin of the proposer", spouse, "approval: each other"},
		{"nobody knows where", who("a", "A2", access.Auditor), "approval: unknown"},
		{"of a unit that nobody knows", who("audit", "", access.Auditor, "nowhere"), "approval: unknown"},
	} {
		o := newOffice(t)
		o.stands(c.who)
		if !strings.HasPrefix(c.name, "the proposer") { // who takes back what was proposed
			_, err := o.Refuse(t.Context(), c.who, o.proposed(), "no")
			if (err == nil) != (c.rule == "") {
				t.Errorf("%s may refuse: %v", c.name, err)
			}
		}
		id := o.proposed()
		a, err := o.Approve(t.Context(), c.who, id, "looked at it")
		no := (*approval.Refusal)(nil)
		switch {
		case c.rule == "" && (err != nil || a.State != approval.Done || len(o.done) != 1 || a.Settler.Account != c.who.Account || a.Words != "looked at it"):
			t.Errorf("%s: %+v, %v", c.name, a, err)
		case c.rule != "" && (!errors.As(err, &no) || !strings.Contains(no.Rule, c.rule) || no.Why.En == "" || no.Why.Zh == "" || len(o.done) != 0):
			t.Errorf("%s: %+v, %v; want %q", c.name, a, err, c.rule)
		}
	}
}

// Who stood in a unit whose verdicts change, or had declared a conflict, as it was proposed
// may not approve it once they were moved; nor where the move was dated back, so that it only
// shows in what was known then; nor where the unit was.
func TestMovedSinceItWasProposed(t *testing.T) {
	river := &tree{units: map[string][]string{"A1": {"river"}}}
	lake := &tree{units: map[string][]string{"A1": {"lake"}}}
	with := func(person string) *tree {
		return &tree{units: map[string][]string{"A1": {"river"}}, conflicts: map[string][]string{"A1": {person}}}
	}
	for _, c := range []struct {
		name      string
		now, then approval.Standing
		rule      string
	}{
		{"from elsewhere", river, river, ""},
		{"from the unit", river, lake, "approval: unit"},
		{"into the unit", lake, river, "approval: unit"},
		{"a conflict ended", river, with("P1"), "approval: conflict"},
		{"a conflict with the proposer ended", river, with("B1"), "approval: each other"},
		{"the unit was below theirs", river, below{river}, "approval: unit"},
		{"nobody knew where they stood then", river, &tree{}, ""},
		{"nobody knows where they stand now", &tree{}, river, "approval: unknown"},
	} {
		o := newOffice(t)
		o.Stood = func(_ context.Context, at clock.Instant) ([]approval.Standing, error) {
			if at != 7 {
				t.Errorf("asked who stood where at %d", at)
			}
			return []approval.Standing{c.now, c.then}, nil
		}
		_, err := o.Approve(t.Context(), who("audit", "A1", access.Auditor, "river"), o.proposed(), "looked at it")
		no := (*approval.Refusal)(nil)
		if (c.rule == "") != (err == nil) || err != nil && (!errors.As(err, &no) || no.Rule != c.rule) {
			t.Errorf("%s: %v, want %q", c.name, err, c.rule)
		}
	}
	o := newOffice(t)
	o.Stood = func(context.Context, clock.Instant) ([]approval.Standing, error) { return nil, errors.New("broken") }
	if _, err := o.Approve(t.Context(), who("audit", "A1", access.Auditor, "river"), o.proposed(), "x"); err == nil {
		t.Error("approved where nobody knows who stood where")
	}
}

// below is a tree in which the lake's unit is the river's.
type below struct{ *tree }

func (b below) Chain(unit string) []string {
	if unit == "lake" {
		return []string{"lake", "river", "north", "city"}
	}
	return b.tree.Chain(unit)
}

// No table makes anybody their own second person.
func TestNeverAlone(t *testing.T) {
	table, err := access.Parse("access.txt", "action pack.approve: approve | 批准\n  people\n  supervisor: all unless own\n")
	must(t, err)
	o := newOffice(t)
	o.stands(boss)
	for _, e := range table.Entries() { // as no table that is read can have it
		for i := range e.Lines {
			if e.Action == access.PackApprove {
				e.Lines[i].Unless = nil
			}
		}
	}
	w := *boss
	w.Policy = table
	no := (*approval.Refusal)(nil)
	if a, err := o.Approve(t.Context(), &w, o.proposed(), "mine"); !errors.As(err, &no) || no.Rule != "approval: proposer" || len(o.done) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

// What changed since is looked at anew; what lies there must be what was proposed.
func TestLooksAgain(t *testing.T) {
	o := newOffice(t)
	o.tried.Concerned = approval.Concerned{}
	id := o.proposed()
	nowhere := who("audit", "", access.Auditor)
	o.tried.Concerned.Units = []string{"lake"}
	if _, err := o.Approve(t.Context(), nowhere, id, "x"); err == nil {
		t.Error("the units that it concerns by now were not looked at")
	}
	o.tried.Concerned.Units, o.tried.Pin = nil, "v2"
	if _, err := o.Approve(t.Context(), nowhere, id, "x"); err == nil || !strings.Contains(err.Error(), "isn't what lies there") || errs.In(err, errs.Zh) == err.Error() {
		t.Errorf("other files: %v", err)
	}
	o.tried.Pin = "v1"
	if a, err := o.Approve(t.Context(), nowhere, id, "x"); err != nil || a.State != approval.Done {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := o.Approve(t.Context(), nowhere, id, "x"); !errors.Is(err, approval.ErrSettled) {
		t.Errorf("twice: %v", err)
	}
	if _, err := o.Refuse(t.Context(), boss, id, "x"); !errors.Is(err, approval.ErrSettled) {
		t.Errorf("refused afterwards: %v", err)
	}
}

// A proposal can be refused, or taken back; what failed says why; all of it stays.
func TestRefusedFailedListed(t *testing.T) {
	o := newOffice(t)
	audit := who("audit", "A1", access.Auditor, "river")
	back, no, bad := o.proposed(), o.proposed(), o.proposed()
	if a, err := o.Refuse(t.Context(), boss, back, "a mistake"); err != nil || a.State != approval.Refused {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := o.Refuse(t.Context(), who("o", "O1", access.Officer), no, "x"); err == nil {
		t.Error("an officer refused")
	}
	if a, err := o.Refuse(t.Context(), audit, no, "it spares the lake station"); err != nil || a.State != approval.Refused {
		t.Errorf("%+v %v", a, err)
	}
	o.fail = errors.New("the disk is full")
	if a, err := o.Approve(t.Context(), audit, bad, "fine"); err != nil || a.State != approval.Failed || a.Words != "fine\nthe disk is full" {
		t.Errorf("%+v %v", a, err)
	}
	list, err := o.List(t.Context(), audit, 10)
	must(t, err)
	if len(list) != 3 {
		t.Errorf("%d", len(list))
	}
	for _, id := range []string{"none"} {
		a, err := o.One(t.Context(), audit, id)
		b, err2 := o.Approve(t.Context(), audit, id, "x")
		c, err3 := o.Refuse(t.Context(), boss, id, "x")
		if a != nil || b != nil || c != nil || errors.Join(err, err2, err3) != nil {
			t.Error(a, b, c, err, err2, err3)
		}
	}
	if _, err := o.Propose(t.Context(), who("h", "H1", access.Head, "lake"), "packs", nil, ""); err == nil {
		t.Error("a head proposed")
	}
	if _, err := o.Propose(t.Context(), boss, "war", nil, ""); err == nil {
		t.Error("anything can be proposed")
	}
}

// Who keeps the system running sees what they themselves may propose, and nothing of
// what changes verdicts.
func TestWhoSeesAProposal(t *testing.T) {
	o := newOffice(t)
	root := who("root", "", access.Administrator)
	packs := o.proposed()
	key, err := o.Propose(t.Context(), root, "key", json.RawMessage(`{}`), "the old one was lost")
	must(t, err)
	for _, c := range []struct {
		who  *access.Who
		sees string
	}{{root, "key"}, {boss, "key packs"}, {who("other", "", access.Administrator), "key"}, {who("v", "V1", access.Verifier), "key packs"}, {who("h", "H1", access.Head, "lake"), ""}} {
		list, err := o.List(t.Context(), c.who, 10)
		must(t, err)
		got := map[string]bool{}
		for _, a := range list {
			got[a.Kind] = true
		}
		for id, kind := range map[string]string{packs: "packs", key.ID: "key"} {
			a, err := o.One(t.Context(), c.who, id)
			want := strings.Contains(c.sees, kind)
			if got[kind] != want || (a != nil) != want || (err == nil) != want {
				t.Errorf("%s and %s: listed %v, %+v, %v", c.who.Account, kind, got[kind], a, err)
			}
		}
	}
	a, err := o.One(t.Context(), root, key.ID)
	must(t, err)
	if o.May(root, a) || o.May(who("other", "", access.Administrator), a) || !o.May(boss, a) {
		t.Error("who may approve it isn't who it was asked of")
	}
}

// Who came to answer for what a discreet proposal is about learns nothing of it any more,
// though it concerned others when it was made; nor does their kin.
func TestWhoeverItConcernsByNow(t *testing.T) {
	o := newOffice(t)
	k := o.Kinds["packs"]
	k.Discreet = true
	o.Kinds["packs"] = k
	owner, kin := who("owner", "P2", access.Auditor, "river"), who("kin", "K1", access.Auditor, "river")
	kin.Conflicts = []string{"P2"}
	id := o.proposed()
	for _, now := range []bool{false, true} {
		if now {
			o.tried.Concerned = approval.Concerned{Officials: []string{"P2"}}
		}
		for _, w := range []*access.Who{owner, kin, who("first", "P1", access.Auditor, "river")} {
			hidden := now || w.Person == "P1"
			list, err := o.List(t.Context(), w, 10)
			must(t, err)
			_, one := o.One(t.Context(), w, id)
			if (len(list) == 0) != hidden || (one != nil) != hidden {
				t.Errorf("%s, now %v: %d listed, %v", w.Account, now, len(list), one)
			}
			if !hidden {
				continue
			}
			_, yes := o.Approve(t.Context(), w, id, "x")
			_, no := o.Refuse(t.Context(), w, id, "x")
			for _, err := range []error{yes, no} {
				if r := (*approval.Refusal)(nil); !errors.As(err, &r) || !r.Hidden {
					t.Errorf("%s, now %v: %v", w.Account, now, err)
				}
			}
		}
	}
}

// What is being done isn't done twice because two approve it at once.
func TestDoneOnce(t *testing.T) {
	o := newOffice(t)
	id := o.proposed()
	k := o.Kinds["packs"]
	do := k.Do
	k.Do = func(ctx context.Context, a *approval.Approval) error {
		if _, err := o.Approve(ctx, who("audit2", "A2", access.Auditor, "river"), id, "me too"); !errors.Is(err, approval.ErrSettled) {
			t.Errorf("a second person while it is being done: %v", err)
		}
		return do(ctx, a)
	}
	o.Kinds["packs"] = k
	if a, err := o.Approve(t.Context(), who("audit", "A1", access.Auditor, "river"), id, "x"); err != nil || a.State != approval.Done || len(o.done) != 1 || a.Settler.Account != "audit" {
		t.Errorf("%+v, %v, done %d times", a, err, len(o.done))
	}
}

// A reason that nobody can see is none.
func TestReasonsThatNobodySees(t *testing.T) {
	o := newOffice(t)
	id := o.proposed()
	auditor := who("audit", "A1", access.Auditor, "river")
	for _, words := range []string{"\u200b", " \u3164", "\u202e"} {
		_, approved := o.Approve(t.Context(), auditor, id, words)
		_, refused := o.Refuse(t.Context(), auditor, id, words)
		if approved == nil || refused == nil || len(o.done) != 0 {
			t.Errorf("%q: %v, %v", words, approved, refused)
		}
	}
}
