package event

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"plumbline/internal/clock"
)

func zone(t testing.TB) *clock.Zone {
	t.Helper()
	z, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// made is an event of a case, minute minutes after an arbitrary instant.
func made(id, typ, kase string, minute int64) Event {
	return Event{ID: id, Type: typ, Time: Stamp{At: clock.Instant(minute * 60_000_000), Kind: Time}, Objects: []Object{{Type: "case", ID: kase}}}
}

func build(t testing.TB, events ...Event) (*Log, error) {
	t.Helper()
	b := NewBuilder(Options{Zone: zone(t)})
	for i := range events {
		if _, err := b.Add(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Finish()
}

func ids(l *Log) (out []string) {
	rows, _ := l.InOrder()
	for _, r := range rows {
		out = append(out, l.ID(r)+" "+l.Types.Name(uint32(l.Type[r])))
	}
	return out
}

func TestIdentity(t *testing.T) {
	with := func(e Event, change func(*Event)) Event { change(&e); return e }
	a, b := made("a", "A", "c1", 1), made("b", "B", "c1", 2)
	corrects := func(id, original, typ string, seq, minute int64) Event {
		e := made(id, typ, "c1", minute)
		e.Corrects, e.Seq, e.HasSeq = original, seq, true
		return e
	}
	voids := func(id, original string, seq int64) Event {
		return Event{ID: id, Voids: original, Seq: seq, HasSeq: true, Type: "x", Time: a.Time, Objects: a.Objects}
	}
	for _, c := range []struct {
		name     string
		events   []Event
		want     string
		repeated int
		waiting  int
	}{
		{name: "the same id and content is one event", events: []Event{a, b, a}, want: "[a A b B]", repeated: 1},
		{name: "another source has ids of its own", events: []Event{a, with(a, func(e *Event) { e.Source = "other" })}, want: "[a A a A]"},
		{name: "a correction stands under the original's id", events: []Event{a, b, corrects("x", "a", "C", 9, 3)}, want: "[b B a C]"},
		{name: "whatever came first", events: []Event{corrects("x", "a", "C", 9, 3), b, a}, want: "[b B a C]"},
		{name: "of several the greatest in seq", events: []Event{corrects("y", "a", "D", 8, 3), a, corrects("x", "a", "C", 9, 3), corrects("z", "a", "E", 7, 3)}, want: "[a C]"},
		{name: "then in id", events: []Event{a, corrects("y", "a", "D", 9, 3), corrects("x", "a", "C", 9, 3)}, want: "[a D]"},
		{name: "a voiding removes", events: []Event{a, b, voids("v", "a", 9)}, want: "[b B]"},
		{name: "unless a later correction stands", events: []Event{a, voids("v", "a", 9), corrects("x", "a", "C", 10, 3)}, want: "[a C]"},
		{name: "one whose event isn't there waits", events: []Event{b, corrects("x", "a", "C", 9, 3)}, want: "[b B]", waiting: 1},
		{name: "a correction can't be corrected", events: []Event{a, corrects("x", "a", "C", 9, 3), corrects("y", "x", "D", 9, 3)}, want: "[a C]", waiting: 1},
		{name: "a correction sent twice is one", events: []Event{a, corrects("x", "a", "C", 9, 3), corrects("x", "a", "C", 9, 3)}, want: "[a C]", repeated: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := build(t, c.events...)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(ids(l)); got != c.want || l.Repeated != c.repeated || len(l.Waiting) != c.waiting {
				t.Errorf("%s, %d repeated, %d waiting; want %s, %d, %d", got, l.Repeated, len(l.Waiting), c.want, c.repeated, c.waiting)
			}
		})
	}
	_, err := build(t, a, made("a", "B", "c1", 1))
	if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) || conflict.ID != "a" {
		t.Errorf("an id with two contents: %v", err)
	}
}

// TestContentID: what has no id is the same event where content and place are
// the same, in two files at the same position or with the same seq given.
func TestContentID(t *testing.T) {
	a, b := made("", "A", "c1", 1), made("", "B", "c1", 1)
	b1 := NewBuilder(Options{Zone: zone(t)})
	for range 2 {
		b1.NextFile()
		for _, e := range []Event{a, a, b} {
			if _, err := b1.Add(&e); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, err := b1.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if l.Events() != 3 || l.Repeated != 3 {
		t.Errorf("one file read twice: %d events, %d repeated; want 3 and 3", l.Events(), l.Repeated)
	}
	if l.ID(0) == l.ID(1) || len(l.ID(0)) != 64 {
		t.Errorf("two events of one content at two places have one id %s", l.ID(0))
	}
}

func TestOrder(t *testing.T) {
	early := made("z", "A", "c1", 1)
	late := made("a", "B", "c1", 1)
	late.Seq, late.HasSeq = 7, true
	tie := made("m", "C", "c1", 1)
	tie.Seq, tie.HasSeq = 7, true
	l, err := build(t, late, tie, made("y", "D", "c1", 0), early)
	if err != nil {
		t.Fatal(err)
	}
	// positions fill the seqs that aren't given, in the same number space
	if got := fmt.Sprint(ids(l)); got != "[y D z A a B m C]" {
		t.Errorf("order by time, seq, id: %s", got)
	}
}

func TestObjectAttributesInForce(t *testing.T) {
	set := func(id string, minute int64, limit float64) Event {
		e := made(id, "Set", "c1", minute)
		e.Objects[0].Attrs = []Attr{{"limit", Num(limit)}}
		return e
	}
	l, err := build(t, made("before", "A", "c1", 0), set("one", 1, 10), made("between", "A", "c1", 2), set("two", 3, 20), made("after", "A", "c1", 4))
	if err != nil {
		t.Fatal(err)
	}
	c1 := l.Objects.Find("case", "c1")
	col := l.AttrIndex("limit")
	want := map[string]string{"before": "", "one": "10", "between": "10", "two": "20", "after": "20"}
	for r := range uint32(l.Rows()) {
		v, k := l.ObjectAttr(c1, col, r)
		if got := l.Value(v, k).Text(l.Zone); got != want[l.ID(r)] {
			t.Errorf("at %s the limit is %q, want %q", l.ID(r), got, want[l.ID(r)])
		}
	}
}

// TestColumn holds sparse and dense blocks and mixed kinds against a map.
func TestColumn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{0.001, 0.1, 0.9} {
		c := &Column{}
		want := map[uint32]Value{}
		for row := range uint32(3 * blockRows) {
			if rng.Float64() > share {
				continue
			}
			k := Number
			if rng.IntN(1000) == 0 {
				k = Bool
			}
			c.set(row, uint64(row)*3, k)
			want[row] = Value{Kind: k, Num: float64(row * 3)}
		}
		for row := range uint32(3*blockRows + 10) {
			v, k := c.Get(row)
			if w := want[row]; k != w.Kind || k != Absent && float64(v) != w.Num {
				t.Fatalf("share %g, row %d: %d of kind %v, want %v", share, row, v, k, w)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	b := NewBuilder(Options{Zone: zone(t)})
	for _, c := range []struct {
		e    Event
		want error
	}{
		{Event{Time: Stamp{Kind: Time}, Objects: []Object{{Type: "case", ID: "1"}}}, ErrNoType},
		{Event{Type: "A", Objects: []Object{{Type: "case", ID: "1"}}}, ErrNoTime},
		{Event{Type: "A", Time: Stamp{Kind: Time}}, ErrNoObject},
	} {
		if _, err := b.Add(&c.e); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if b.Log().Rows() != 0 {
		t.Errorf("%d rows after refusals", b.Log().Rows())
	}
}

// TestDeclaredTypes: a value that isn't of its declared type is absent and
// counted; text without a type of its own is read as declared.
func TestDeclaredTypes(t *testing.T) {
	b := NewBuilder(Options{Zone: zone(t), Schema: map[string]Kind{"n": Number, "at": Time}})
	e := made("a", "A", "c1", 1)
	e.Attrs = []Attr{{"n", Str("80")}, {"at", Str("2026-03-01")}, {"free", Num(1)}}
	if _, err := b.Add(&e); err != nil {
		t.Fatal(err)
	}
	l := b.Log()
	if _, k := l.Attr("n").Get(0); k != Absent || l.Attr("n").Mistyped != 1 {
		t.Errorf("a string where a number is declared: kind %v, %d counted", k, l.Attr("n").Mistyped)
	}
	if _, k := l.Attr("at").Get(0); k != Day {
		t.Errorf("a date in a string where a time is declared: kind %v, want a day", k)
	}
	if _, k := l.Attr("free").Get(0); k != Number {
		t.Errorf("an undeclared attribute keeps its kind: %v", k)
	}
}
