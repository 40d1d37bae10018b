package ledger

import (
	"context"
	"encoding/json"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// memory keeps one item as the database does: the row beside the moves.
type memory struct {
	item  Item
	moves []Move
}

func (m *memory) Item(context.Context, string) (*Item, []Move, error) {
	it := m.item
	return &it, append([]Move(nil), m.moves...), nil
}

func (m *memory) ChangeItem(_ context.Context, _ string, decide func(*Item, []Move) (*Move, error)) (*Item, error) {
	it := m.item
	move, err := decide(&it, append([]Move(nil), m.moves...))
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(move)
	if err != nil {
		return nil, err
	}
	var kept Move // as it will be read again
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, err
	}
	m.moves = append(m.moves, kept)
	m.item.Standing = m.item.After(&kept)
	out := m.item
	return &out, nil
}

func (m *memory) Queue(context.Context, Query) (Page, error) {
	return Page{Items: []Item{m.item}}, nil
}

func (m *memory) ItemCounts(context.Context) (map[State]int64, error) {
	return map[State]int64{m.item.State: 1}, nil
}

func (m *memory) CountItems(context.Context, Query) (map[State]int64, error) {
	return map[State]int64{m.item.State: 1}, nil
}

func (m *memory) Outcomes(context.Context) ([]RuleOutcome, error) { return nil, nil }
func (m *memory) Review(context.Context, Review) error            { return nil }
func (m *memory) Spells(context.Context) ([]Spell, error)         { return nil, nil }
func (m *memory) Reviews(context.Context) ([]Review, error)       { return nil, nil }

func (m *memory) Links(_ context.Context, finding string) (out []Move, _ error) {
	for _, x := range m.moves {
		if x.Kind == Link || x.Kind == Unlink {
			out = append(out, x)
		}
	}
	return out, nil
}

func (m *memory) FileOf(_ context.Context, _, hash string) (*File, error) {
	for _, f := range files(m.moves) {
		if f.Hash == hash {
			return &f, nil
		}
	}
	return nil, nil
}

var shanghai = func() *clock.Zone {
	z, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return z
}()

func instant(t testing.TB, s string) clock.Instant {
	t.Helper()
	at, _, err := clock.ParseInstant(s, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// bureau has a lake station under a northern branch, an oversight office beside
// it, a transfer out of the chain of command, and a marriage.
const bureau = `units:
  - {id: bureau}
  - {id: north, parent: bureau}
  - {id: south, parent: bureau}
  - {id: lake, parent: north}
  - {id: hill, parent: north}
  - {id: oversight, parent: bureau}
posts:
  chief: {en: Chief, zh: 负责人}
  officer: {en: Officer, zh: 民警}
officers:
  - {id: director, unit: bureau, post: chief}
  - {id: north-head, unit: north, post: chief}
  - {id: south-head, unit: south, post: chief}
  - {id: lake-head, unit: lake, post: chief}
  - {id: lake-officer, unit: lake, post: officer}
  - {id: hill-officer, unit: hill, post: officer}
  - {id: inspector, unit: oversight, post: officer}
  - {id: second-inspector, unit: oversight, post: officer}
  - {id: lent, unit: oversight, post: officer}
  - {id: lent, unit: north, post: officer, as: second}
  - {id: mover, unit: lake, post: officer, to: 2026-03-10}
  - {id: mover, unit: oversight, post: officer, from: 2026-03-10}
  - {id: spouse, unit: south, post: officer}
conflicts:
  - {a: spouse, b: lake-head, kind: kinship}
`

func organisation(t testing.TB, text string) *org.Organisation {
	t.Helper()
	o, err := org.Parse("organisation.yaml", []byte(text), shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// person is the account of somebody.
func person(id string) Who { return Who{Account: "a-" + id, Person: org.PersonID(id)} }

// course is an item on its way.
type course struct {
	t   testing.TB
	l   *Ledger
	m   *memory
	now clock.Instant
}

func begin(t testing.TB, o *org.Organisation, subject string) *course {
	c := &course{t: t, now: instant(t, "2026-03-02T09:00")} // a Monday
	p := DefaultPolicy(shanghai)
	about := About{Finding: "f1", Number: 7, Pack: "p", Rule: "r", Severity: "major", Unit: "lake", Subject: org.PersonID(subject), Opened: c.now}
	about.AssignBy, about.First = p.Open(about.Severity, about.Opened)
	c.m = &memory{item: Item{about, about.Begin()}}
	c.l = New(Options{Store: c.m, Org: func() *org.Organisation { return o }, Policy: p, Now: func() clock.Instant { return c.now }, Files: OpenFiles(t.TempDir())})
	return c
}

func (c *course) move(who Who, kind Kind, say Content) error {
	_, err := c.l.Move(context.Background(), who, "f1", c.m.item.Version, kind, say)
	return err
}

func (c *course) must(who Who, kind Kind, say Content) {
	c.t.Helper()
	if err := c.move(who, kind, say); err != nil {
		c.t.Fatalf("%s by %s: %v", kind, who, errs.In(err, errs.En))
	}
}

var (
	answer = Content{Outcome: Fixed, Cause: "the register was kept on paper", Measure: "entered, and the desk was told", NoFiles: "seen on the spot"}
	why    = Content{Text: "as was seen on the spot"}
)
