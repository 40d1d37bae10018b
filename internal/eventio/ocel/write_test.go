package ocel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

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

var awkward = []string{"amount", "seq", "org:resource", "recorded", "time#day", "attribute:z", "a#time", "a#strings", "a", "%23", "罚款", ""}

// randomLog draws a log of every feature that OCEL has a place for: instants
// are distinct, since values of objects are dated by instant there, and ids of
// objects are of one type.
func randomLog(t *rapid.T, z *clock.Zone) *event.Log {
	b := event.NewBuilder(event.Options{Zone: z})
	types := map[string]string{"A1": "case", "A2": "case", "p7": "person", "罪": "证据"}
	names := []string{"A1", "A2", "p7", "罪"}
	at := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).Draw(t, "order")
	for i := range rapid.IntRange(0, 10).Draw(t, "events") {
		b.Begin()
		b.Type([]byte(rapid.SampledFrom([]string{"Create Fine", "Send Fine", `立"案`}).Draw(t, "type")))
		if rapid.IntRange(0, 3).Draw(t, "on a day") == 0 {
			b.Time(z.First(clock.Day(12000+at[i])), true)
		} else {
			b.Time(clock.Instant(1e15+int64(at[i])*1e9), false)
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
		if rapid.Bool().Draw(t, "id") {
			b.ID(fmt.Appendf(nil, "e%d", i))
		}
		for range rapid.IntRange(1, 3).Draw(t, "objects") {
			id := rapid.SampledFrom(names).Draw(t, "object")
			o := b.Object(types[id], []byte(id))
			b.Link(o, rapid.SampledFrom([]string{"", "", "suspect", "1/2"}).Draw(t, "qualifier"))
			if rapid.IntRange(0, 2).Draw(t, "object attribute") == 0 {
				col := b.Column(rapid.SampledFrom(awkward).Draw(t, "its name"))
				if rapid.Bool().Draw(t, "dated") {
					since := rapid.SampledFrom([]clock.Instant{event.NoTime, 1e15, 2e15}).Draw(t, "since")
					b.SetObjectAt(o, col, value(t, z), since)
				} else {
					b.SetObject(o, col, value(t, z))
				}
			}
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

// What is written is read back as it was, and fits the standard's schema.
func TestRoundTrip(t *testing.T) {
	z := berlin(t)
	rapid.Check(t, func(t *rapid.T) {
		l := randomLog(t, z)
		var file bytes.Buffer
		lost, err := WriteJSON(&file, l)
		if err != nil {
			t.Fatal(err)
		}
		if len(lost) > 0 {
			t.Fatalf("lost: %v", lost.Lines("en"))
		}
		if err := fitsSchema(file.Bytes(), true); err != nil {
			t.Fatalf("%v\n%s", err, file.Bytes())
		}
		b := event.NewBuilder(event.Options{Zone: z})
		if err := ReadJSON(bytes.NewReader(file.Bytes()), b, eventio.Read{File: "log.json"}); err != nil {
			t.Fatalf("%v\n%s", err, file.Bytes())
		}
		back, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		want, got := sorted(l), sorted(back)
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("events\nwere %+v\nare  %+v\n%s", want, got, file.Bytes())
		}
		if want, got := inForce(l), inForce(back); !reflect.DeepEqual(want, got) {
			t.Fatalf("objects' attributes\nwere %+v\nare  %+v\n%s", want, got, file.Bytes())
		}
	})
}

// fitsSchema holds a document against what the standard's JSON schema asks
// for; with strict also against its own words: values are strings.
func fitsSchema(doc []byte, strict bool) error {
	type attribute struct{ Name, Type, Time, Value *string }
	type relation struct{ ObjectID, Qualifier *string }
	type kind struct {
		Name       *string
		Attributes *[]attribute
	}
	type thing struct {
		ID, Type, Time *string
		Attributes     []attribute
		Relationships  []relation
	}
	var d struct {
		EventTypes, ObjectTypes *[]kind
		Events, Objects         *[]thing
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	if strict {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(&d); err != nil {
		return err
	}
	if d.EventTypes == nil || d.ObjectTypes == nil || d.Events == nil || d.Objects == nil {
		return fmt.Errorf("a part is missing")
	}
	for _, k := range slices.Concat(*d.EventTypes, *d.ObjectTypes) {
		if k.Name == nil || k.Attributes == nil {
			return fmt.Errorf("a type without name or attributes")
		}
		for _, a := range *k.Attributes {
			if a.Name == nil || a.Type == nil {
				return fmt.Errorf("an attribute of type %s without name or type", *k.Name)
			}
		}
	}
	for i, x := range slices.Concat(*d.Events, *d.Objects) {
		isEvent := i < len(*d.Events)
		if x.ID == nil || x.Type == nil || isEvent && x.Time == nil {
			return fmt.Errorf("thing %d without id, type or time", i)
		}
		for _, a := range x.Attributes {
			if a.Name == nil || a.Value == nil || !isEvent && a.Time == nil {
				return fmt.Errorf("an attribute of %s without name, value or time", *x.ID)
			}
		}
		for _, r := range x.Relationships {
			if r.ObjectID == nil || r.Qualifier == nil {
				return fmt.Errorf("a relation of %s without object or qualifier", *x.ID)
			}
		}
	}
	return nil
}

// The real logs come back from our JSON as they were.
func TestRealLogsRoundTrip(t *testing.T) {
	for _, name := range []string{"pm4py_ocel20_example.jsonocel", "pm4py_ocel20_example.xmlocel", "orders-ocel2.sqlite"} {
		path := realLog(t, name)
		if path == "" {
			return
		}
		l := readFile(t, path, nil)
		var file bytes.Buffer
		if lost, err := WriteJSON(&file, l); err != nil || len(lost) > 0 {
			t.Fatalf("%s: %v, lost %v", name, err, lost)
		}
		if err := fitsSchema(file.Bytes(), true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		out := t.TempDir() + "/log.jsonocel"
		if err := os.WriteFile(out, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		back := readFile(t, out, nil)
		if !reflect.DeepEqual(sorted(l), sorted(back)) || !reflect.DeepEqual(inForce(l), inForce(back)) || l.Objects.Len() != back.Objects.Len() {
			t.Errorf("%s: not the same after writing and reading", name)
		}
	}
}
