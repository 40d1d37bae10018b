package monitor

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What a Live keeps is either in its image or follows without it. A field that is in
// neither list makes a start from an image forget something: put it into image.go,
// count ImageForm up, and name it here.
func TestAnImageForgetsNothing(t *testing.T) {
	for _, c := range []struct {
		of            any
		kept, follows string
	}{
		{Live{}, "l keyings shards lateness now w started ids corrections stands names waiting held unknown step types",
			"b results objects unknownMu sameSaid fresh busy seen known quiet figured asked plain crew"}, // from the rules and options, or empty between two calls
		{names{}, "id source voids ownID seq", ""},
		{eventIDs{}, "series table", "last"},
		{series{}, "seriesName first pages made events strays", ""},
		{idTable{}, "slots n key", ""},
		{liveKeying{}, "keyer shards", "v set keyBuf"},
		{keyer{}, "codes", "l parts types quals attrs direct lists link"},
		{keyTable{}, "vals slots key", "parts"},
		{liveSet{}, "index traces recs totals timers near figures union",
			"v set keyer x shards kept queue fallen step months keys keyBuf scratch want every renewed part spare was is changes gen isDays shard concerns placed steps calls usesCase responses waits"},
		{trace{}, "recs next key", "kept"},
		{recStore{}, "blocks", "used shared free spare"}, // places are given anew
		{timers{}, "buckets hours", "spare"},
		{nears{}, "told from", ""},
		{unionFind{}, "parent", ""},
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
