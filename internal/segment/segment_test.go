package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// text draws strings that are empty, repeated, of several languages, and no
// text at all.
var text = rapid.OneOf(
	rapid.SampledFrom([]string{"", "case", "person", "立案", "拘留", "a/b", "\x00", "\xff\xfe", " "}),
	rapid.String(),
	rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
)

func value() *rapid.Generator[event.Value] {
	return rapid.Custom(func(t *rapid.T) event.Value {
		switch event.Kind(rapid.IntRange(0, int(event.Strings)).Draw(t, "kind")) {
		case event.Number:
			return event.Num(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1 << 53, -1 << 53, 1<<53 - 1, math.Inf(1), math.MaxFloat64, 0.1}),
				rapid.Map(rapid.Int32(), func(n int32) float64 { return float64(n) })).Draw(t, "number"))
		case event.String:
			return event.Str(text.Draw(t, "string"))
		case event.Bool:
			return event.Boolean(rapid.Bool().Draw(t, "bool"))
		case event.Time:
			return event.At(clock.Instant(rapid.Int64().Draw(t, "time")))
		case event.Day:
			return event.OnDay(clock.Instant(rapid.Int64().Draw(t, "day")))
		case event.Strings:
			if rapid.Bool().Draw(t, "nil") {
				return event.List(nil)
			}
			return event.List(rapid.SliceOfN(text, 0, 4).Draw(t, "list"))
		}
		return event.Value{}
	})
}

func attrs(most int) *rapid.Generator[[]event.Attr] {
	one := rapid.Custom(func(t *rapid.T) event.Attr {
		return event.Attr{Name: text.Draw(t, "name"), Value: value().Draw(t, "value")}
	})
	return rapid.Map(rapid.SliceOfN(one, 0, most), func(list []event.Attr) []event.Attr {
		if len(list) == 0 {
			return nil
		}
		return list
	})
}

func stamp() *rapid.Generator[event.Stamp] {
	return rapid.Custom(func(t *rapid.T) event.Stamp {
		k := rapid.SampledFrom([]event.Kind{event.Absent, event.Time, event.Day}).Draw(t, "kind")
		if k == event.Absent {
			return event.Stamp{}
		}
		return event.Stamp{Kind: k, At: clock.Instant(rapid.Int64().Draw(t, "at"))}
	})
}

func opt() *rapid.Generator[event.Opt] {
	return rapid.Custom(func(t *rapid.T) event.Opt {
		if rapid.Bool().Draw(t, "there") {
			return event.Some(text.Draw(t, "value"))
		}
		return event.Opt{}
	})
}

func anyEvent() *rapid.Generator[event.Event] {
	object := rapid.Custom(func(t *rapid.T) event.Object {
		return event.Object{Type: text.Draw(t, "type"), ID: text.Draw(t, "id"), Qualifier: text.Draw(t, "qualifier"), Attrs: attrs(2).Draw(t, "attrs")}
	})
	return rapid.Custom(func(t *rapid.T) event.Event {
		e := event.Event{
			Source: text.Draw(t, "source"), ID: text.Draw(t, "id"), Type: text.Draw(t, "type"),
			Time: stamp().Draw(t, "time"), Recorded: stamp().Draw(t, "recorded"), Received: stamp().Draw(t, "received"),
			Seq: rapid.Int64().Draw(t, "seq"), HasSeq: rapid.Bool().Draw(t, "hasSeq"),
			Actor: opt().Draw(t, "actor"), Unit: opt().Draw(t, "unit"), Corrects: text.Draw(t, "corrects"), Voids: text.Draw(t, "voids"),
			Attrs: attrs(4).Draw(t, "attrs"),
		}
		if list := rapid.SliceOfN(object, 0, 3).Draw(t, "objects"); len(list) > 0 {
			e.Objects = list
		}
		return e
	})
}

// What goes in comes out: every field, absent or empty, and each kind of value.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(anyEvent(), 0, 6).Draw(t, "events")
		before := rapid.SliceOf(rapid.Byte()).Draw(t, "before")
		body, err := Encode(before, events)
		if err != nil {
			t.Fatal(err)
		}
		if string(body[:len(before)]) != string(before) {
			t.Fatalf("what stood before the segment has changed")
		}
		got, err := Decode(body[len(before):])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(events) {
			t.Fatalf("%d events of %d", len(got), len(events))
		}
		for i := range events {
			if !reflect.DeepEqual(got[i], events[i]) {
				t.Fatalf("event %d\n%#v\nwas %#v", i, got[i], events[i])
			}
		}
	})
}

// Numbers that are no number come back bit for bit as well.
func TestNotANumber(t *testing.T) {
	nan := math.Float64frombits(0x7ff8_0000_dead_beef)
	body, err := Encode(nil, []event.Event{{Attrs: []event.Attr{{Name: "x", Value: event.Num(nan)}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(body)
	if err != nil || math.Float64bits(got[0].Get("x").Num) != math.Float64bits(nan) {
		t.Errorf("%x, %v", math.Float64bits(got[0].Get("x").Num), err)
	}
}

// The same events make the same bytes, whatever was encoded before.
func TestSameEventsSameBytes(t *testing.T) {
	a, err := Encode(nil, ordinary(50))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Encode(nil, ordinary(77)[20:]); err != nil {
		t.Fatal(err)
	}
	b, err := Encode(nil, ordinary(50))
	if err != nil || string(a) != string(b) {
		t.Errorf("other bytes the second time: %v", err)
	}
}

// A bit anywhere, a byte missing or one too many is noticed.
func TestDamageIsNoticed(t *testing.T) {
	body, err := Encode(nil, ordinary(3))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(body) * 8 {
		bad := append([]byte(nil), body...)
		bad[bit/8] ^= 1 << (bit % 8)
		wantDamaged(t, fmt.Sprintf("bit %d", bit), bad)
	}
	for n := range body {
		wantDamaged(t, fmt.Sprintf("%d bytes", n), body[:n])
	}
	wantDamaged(t, "a byte more", append(body, 0))
}

func wantDamaged(t *testing.T, what string, body []byte) {
	t.Helper()
	_, err := Decode(body)
	e := (*errs.Error)(nil)
	if !errors.As(err, &e) || e.Code != errs.Input || e.What.Zh == "" || e.Next.En == "" {
		t.Errorf("%s: %v", what, err)
	}
}

func TestRefused(t *testing.T) {
	_, err := Encode(nil, []event.Event{{}, {Attrs: []event.Attr{{Name: "a", Value: event.Value{Kind: 9}}}}})
	if err == nil || !strings.Contains(err.Error(), "kind 9") || errs.In(err, errs.Zh) == err.Error() {
		t.Errorf("a kind that there isn't: %v", err)
	}
	if e := (*errs.Error)(nil); !errors.As(err, &e) || e.Place.Row != 2 {
		t.Errorf("not at its place: %v", err)
	}
	_, err = Encode(nil, []event.Event{{Time: event.Stamp{Kind: event.Number}}})
	if err == nil {
		t.Error("a time that is a number is taken")
	}
	_, err = Encode(nil, []event.Event{{ID: strings.Repeat("x", MaxMemory)}})
	if errs.CodeOf(err) != errs.Limit {
		t.Errorf("an event without end: %v", err)
	}
}

// Whatever stands behind a right checksum, reading it ends, within its memory,
// and what is read can be written again to the same.
func FuzzDecode(f *testing.F) {
	for _, events := range [][]event.Event{nil, ordinary(2)} {
		body, err := Encode(nil, events)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body[header:])
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		body := append([]byte{version, 0, 0, 0, 0}, block...)
		binary.LittleEndian.PutUint32(body[1:], crc32.Checksum(block, castagnoli))
		events, err := Decode(body)
		if err != nil {
			return
		}
		again, err := Encode(nil, events)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Decode(again)
		if err != nil || fmt.Sprint(second) != fmt.Sprint(events) { // as text, where no number equals itself
			t.Fatalf("%v\nsecond %v\nfirst  %v", err, second, events)
		}
	})
}

// ordinary are events as an agency's system sends them: ids of their own, a
// case, an official, a unit, some attributes.
func ordinary(n int) []event.Event {
	out := make([]event.Event, n)
	types := []string{"report_received", "report_accepted", "case_filed", "summons", "detained", "interrogated"}
	for i := range out {
		at := clock.Instant(1_790_000_000_000_000 + int64(i)*1_734_211)
		out[i] = event.Event{
			Source: "case-system", ID: fmt.Sprintf("%08x-%04d", i*2_654_435_761, i), Type: types[i*7%len(types)],
			Time: event.Stamp{At: at, Kind: event.Time}, Recorded: event.Stamp{At: at + 61_000_000, Kind: event.Time},
			Received: event.Stamp{At: 1_790_000_900_000_000, Kind: event.Time}, Seq: int64(i) + 1,
			Actor: event.Some(fmt.Sprintf("officer-%d", i*31%400)), Unit: event.Some(fmt.Sprintf("station-%d", i%23)),
			Objects: []event.Object{{Type: "case", ID: fmt.Sprintf("A4400-%06d", i*13%700)}, {Type: "person", ID: fmt.Sprintf("p%d", i*17%300), Qualifier: "suspect"}},
			Attrs: []event.Attr{{Name: "place", Value: event.Str("district-" + fmt.Sprint(i%9))}, {Name: "amount", Value: event.Num(float64(i % 2000))},
				{Name: "urgent", Value: event.Boolean(i%5 == 0)}},
		}
	}
	return out
}

func BenchmarkEncode(b *testing.B) {
	events, buf := ordinary(1000), []byte(nil)
	for b.Loop() {
		var err error
		if buf, err = Encode(buf[:0], events); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds()/1e6, "Mevents/s")
	b.ReportMetric(float64(len(buf))/1000, "B/event")
}

func BenchmarkDecode(b *testing.B) {
	body, err := Encode(nil, ordinary(1000))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Decode(body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
