package parquetlog

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func read(t testing.TB, file []byte, opt event.Options) (*event.Log, error) {
	t.Helper()
	if opt.Zone == nil {
		opt.Zone = logtest.Zone(t, "Europe/Rome")
	}
	b := event.NewBuilder(opt)
	if err := Read(bytes.NewReader(file), int64(len(file)), b, eventio.Read{File: "log.parquet"}); err != nil {
		return nil, err
	}
	return b.Finish()
}

var awkward = []string{"amount", "case", "type", "id", "Time", "object:x", "case:y", "attribute:z", "a#number", "a", "%2F", "罚款", "a.b", ""}

// What is written is read back as it was: order, ids, seq, recorded times,
// objects, their attributes, attributes of every kind and awkward name.
func TestRoundTrip(t *testing.T) {
	z := logtest.Zone(t, "Europe/Rome")
	rapid.Check(t, func(t *rapid.T) {
		l := logtest.Wild(t, z, logtest.Wilds{Names: awkward, Events: 30})
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
		if d := logtest.Difference(l, back); d != "" {
			t.Fatal(d)
		}
	})
}

// An attribute dated apart from the events is set by the object's next event:
// at every event of the object the same value is in force as before. What no
// event of it sees, and dates that moved, are told.
func TestDatedApart(t *testing.T) {
	z := logtest.Zone(t, "Europe/Rome")
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
	z := logtest.Zone(t, "Europe/Rome")
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
