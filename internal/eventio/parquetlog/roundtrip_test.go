package parquetlog

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

func rome(t testing.TB) *clock.Zone {
	z, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// events are the events of a log in their order, each with its attributes and
// objects sorted, so that they can be compared.
func events(l *event.Log) []event.Event {
	rows, _ := l.InOrder()
	out := make([]event.Event, len(rows))
	byName := func(a, b event.Attr) int { return cmp.Compare(a.Name, b.Name) }
	for i, r := range rows {
		e := l.Event(r)
		slices.SortFunc(e.Attrs, byName)
		for _, o := range e.Objects {
			slices.SortFunc(o.Attrs, byName)
		}
		slices.SortFunc(e.Objects, func(a, b event.Object) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Qualifier, b.Qualifier))
		})
		out[i] = e
	}
	return out
}

func read(t testing.TB, file []byte, opt event.Options) (*event.Log, error) {
	t.Helper()
	if opt.Zone == nil {
		opt.Zone = rome(t)
	}
	b := event.NewBuilder(opt)
	if err := Read(bytes.NewReader(file), int64(len(file)), b, eventio.Read{File: "log.parquet"}); err != nil {
		return nil, err
	}
	return b.Finish()
}

// value draws a value of any kind.
func value(t *rapid.T, z *clock.Zone) event.Value {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		return event.Num(rapid.Float64Range(-1e12, 1e12).Draw(t, "number"))
	case 1:
		return event.Boolean(rapid.Bool().Draw(t, "bool"))
	case 2:
		return event.At(clock.Instant(rapid.Int64Range(-1e15, 2e15).Draw(t, "time")))
	case 3:
		return event.OnDay(z.First(clock.Day(rapid.IntRange(-5000, 25000).Draw(t, "day"))))
	case 4:
		return event.List(rapid.SliceOfN(rapid.StringN(0, 5, 20), 0, 3).Draw(t, "list"))
	}
	return event.Str(rapid.StringN(0, 8, 30).Draw(t, "string"))
}

var awkward = []string{"amount", "case", "type", "id", "Time", "object:x", "case:y", "attribute:z", "a#number", "a", "%2F", "罚款", "a.b", ""}

// randomLog draws a log of every feature that an event has.
func randomLog(t *rapid.T, z *clock.Zone) *event.Log {
	b := event.NewBuilder(event.Options{Zone: z})
	ids := rapid.Bool().Draw(t, "ids")
	for i := range rapid.IntRange(0, 30).Draw(t, "events") {
		b.Begin()
		b.Type([]byte(rapid.SampledFrom([]string{"Create Fine", "Send Fine", "立案", "x"}).Draw(t, "type")))
		if rapid.IntRange(0, 3).Draw(t, "on a day") == 0 {
			b.Time(z.First(clock.Day(rapid.IntRange(10000, 10010).Draw(t, "day"))), true)
		} else {
			b.Time(clock.Instant(rapid.Int64Range(0, 3e6).Draw(t, "at")), false)
		}
		if rapid.Bool().Draw(t, "recorded") {
			b.Recorded(clock.Instant(rapid.Int64Range(0, 9e15).Draw(t, "recorded at")), false)
		} else if rapid.Bool().Draw(t, "recorded on a day") {
			b.Recorded(z.First(20000), true)
		}
		if rapid.Bool().Draw(t, "actor") {
			b.Actor([]byte(rapid.SampledFrom([]string{"", "561", "张"}).Draw(t, "who")))
		}
		if rapid.Bool().Draw(t, "unit") {
			b.Unit([]byte("traffic"))
		}
		if rapid.IntRange(0, 4).Draw(t, "seq") == 0 {
			b.Seq(rapid.Int64Range(-5, 50).Draw(t, "place"))
		}
		if ids && rapid.Bool().Draw(t, "id") {
			b.ID(fmt.Appendf(nil, "e%d", i))
		}
		var seen []event.ObjectID
		for range rapid.IntRange(1, 3).Draw(t, "objects") {
			typ := rapid.SampledFrom([]string{"case", "case", "case", "person", "a/b:c"}).Draw(t, "object type")
			o := b.Object(typ, []byte(rapid.SampledFrom([]string{"A1", "A2", "B"}).Draw(t, "object")))
			b.Link(o, rapid.SampledFrom([]string{"", "", "suspect", "1/2"}).Draw(t, "qualifier"))
			if !slices.Contains(seen, o) && rapid.IntRange(0, 2).Draw(t, "object attribute") == 0 {
				if v := value(t, z); v.Kind != event.Strings {
					b.SetObject(o, b.Column(rapid.SampledFrom(awkward).Draw(t, "its name")), v)
				}
			}
			seen = append(seen, o)
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(awkward), 0, 4, rapid.ID).Draw(t, "attributes") {
			b.Set(b.Column(name), value(t, z))
		}
		if _, err := b.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What is written is read back as it was: order, ids, seq, recorded times,
// objects, their attributes, attributes of every kind and awkward name.
func TestRoundTrip(t *testing.T) {
	z := rome(t)
	rapid.Check(t, func(t *rapid.T) {
		l := randomLog(t, z)
		var file bytes.Buffer
		lost, err := Write(&file, l)
		if err != nil {
			t.Fatal(err)
		}
		if len(lost) > 0 {
			t.Fatalf("lost: %v", lost.Lines("en"))
		}
		b := event.NewBuilder(event.Options{Zone: z})
		if err := Read(bytes.NewReader(file.Bytes()), int64(file.Len()), b, eventio.Read{File: "log.parquet"}); err != nil {
			t.Fatal(err)
		}
		back, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		want, got := events(l), events(back)
		if len(want) != len(got) {
			t.Fatalf("%d events became %d", len(want), len(got))
		}
		for i := range want {
			if !reflect.DeepEqual(want[i], got[i]) {
				t.Fatalf("event %d\nwas   %+v\nis    %+v", i, want[i], got[i])
			}
		}
	})
}

// An attribute dated apart from the events is set by the object's next event:
// at every event of the object the same value is in force as before. What no
// event of it sees, and dates that moved, are told.
func TestDatedApart(t *testing.T) {
	z := rome(t)
	b := event.NewBuilder(event.Options{Zone: z})
	col := b.Column("points")
	o := b.Object("case", []byte("A1"))
	for i := range 3 {
		b.Begin()
		b.Type([]byte("x"))
		b.Time(clock.Instant(1000*(i+1)), false)
		b.Link(o, "")
		if i == 1 {
			b.SetObject(o, col, event.Num(5))
		}
		if _, err := b.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	b.SetObjectAt(o, col, event.Num(1), event.NoTime)
	b.SetObjectAt(o, col, event.Num(2), 1500) // the event of 2000 says otherwise
	b.SetObjectAt(o, col, event.Num(3), 2500)
	b.SetObjectAt(o, col, event.Num(4), 9999)
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	lost, err := Write(&file, l)
	if err != nil {
		t.Fatal(err)
	}
	want := eventio.Lost{}
	want.Add(lostSetting, 2)
	want.Add(lostDate, 1)
	if !reflect.DeepEqual(lost, want) {
		t.Errorf("lost %v", lost.Lines("en"))
	}
	back, err := read(t, file.Bytes(), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r := range uint32(3) {
		was, _ := l.ObjectAttr(o, col, r)
		is, _ := back.ObjectAttr(back.Objects.Find("case", "A1"), back.AttrIndex("points"), r)
		if was != is {
			t.Errorf("at event %d %v was in force, now %v", r, l.Value(was, event.Number).Num, l.Value(is, event.Number).Num)
		}
	}
}

// Many row groups, decoded at once, give the log that one gives.
func TestRowGroups(t *testing.T) {
	z := rome(t)
	b := event.NewBuilder(event.Options{Zone: z})
	const perGroup = 1000
	const n = perGroup*20 + 100
	col := b.Column("amount")
	for i := range n {
		b.Begin()
		b.Type([]byte{byte('a' + i%12)})
		b.Time(clock.Instant(int64(i)*1e6), false)
		b.Link(b.Object("case", fmt.Appendf(nil, "C%d", i/5)), "")
		b.Actor(fmt.Appendf(nil, "u%d", i%700))
		b.Set(col, event.Num(float64(i)))
		if _, err := b.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := write(&file, l, perGroup); err != nil {
		t.Fatal(err)
	}
	back, err := read(t, file.Bytes(), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if back.Rows() != n || back.Objects.Len() != l.Objects.Len() || back.Seq != nil {
		t.Fatalf("%d rows, %d objects, seq %v", back.Rows(), back.Objects.Len(), back.Seq != nil)
	}
	for r := range uint32(n) {
		if l.Time[r] != back.Time[r] || l.Type[r] != back.Type[r] || l.Single()[r] != back.Single()[r] || l.Actor[r] != back.Actor[r] {
			t.Fatalf("row %d differs", r)
		}
		if v, _ := back.Attrs[0].Get(r); back.Value(v, event.Number).Num != float64(r) {
			t.Fatalf("row %d: amount differs", r)
		}
	}
}
