package event

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What a log keeps is either in its image or follows without it: as in package
// monitor.
func TestAnImageForgetsNothing(t *testing.T) {
	for _, c := range []struct {
		of            any
		kept, follows string
	}{
		{Log{}, "Types Strings Objects Time Type Actor Unit Recorded Received Seq Source Origin OnDay RecordedOnDay Dead Attrs Lists Repeated Partial single offsets links idOff idBytes sets alias",
			"Zone attrs Waiting"}, // Waiting is of Finish
		{Dict{}, "names", "slots arena short"},
		{Objects{}, "Types typ name", "slots"},
		{Column{}, "Name Declared Mistyped blocks seen", ""},
		{block{}, "rows vals kinds has kind", ""},
		{Bitmap{}, "words", ""},
		{objectSets{}, "own first all", ""},
	} {
		typ := reflect.TypeOf(c.of)
		known := append(strings.Fields(c.kept), strings.Fields(c.follows)...)
		var have []string
		for i := range typ.NumField() {
			have = append(have, typ.Field(i).Name)
		}
		slices.Sort(known)
		slices.Sort(have)
		if !slices.Equal(have, known) {
			t.Errorf("%s has %v; the image knows of %v", typ, have, known)
		}
	}
}
