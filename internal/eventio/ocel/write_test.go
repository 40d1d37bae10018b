package ocel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

var awkward = []string{"amount", "seq", "org:resource", "recorded", "time#day", "attribute:z", "a#time", "a#strings", "a", "%23", "罚款", ""}

// standard is all that OCEL has a place for: values of objects are dated by
// instant there, and ids of objects are of one type.
var standard = logtest.Wilds{Names: awkward, Events: 10, Dated: true, Types: map[string]string{"A1": "case", "A2": "case", "p7": "person", "罪": "证据"}}

// What is written is read back as it was, and fits the standard's schema.
func TestRoundTrip(t *testing.T) {
	z := logtest.Zone(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		l := logtest.Wild(t, z, standard)
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
		want, got := logtest.Seen(l), logtest.Seen(back)
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("events\nwere %+v\nare  %+v\n%s", want, got, file.Bytes())
		}
		if want, got := logtest.InForce(l), logtest.InForce(back); !reflect.DeepEqual(want, got) {
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
