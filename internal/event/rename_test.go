package event

import (
	"slices"
	"testing"

	"plumbline/internal/clock"
)

// Names are new in everything that a reader asks and tells, and a swap of two
// stays a swap.
func TestRenaming(t *testing.T) {
	r := NewRenaming(map[string]string{"立案": "Filed", "never": "Call"}, map[string]string{"a": "b", "b": "a", "x": "y", "gone": "z"}, map[string]string{"枪支": "weapon"})
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(Options{Zone: zone, Schema: map[string]Kind{"b": Number}, Want: func(n string) bool { return n != "y" }, Rename: r})
	if b.Declared("a") != Number || b.Declared("b") != Absent || b.Wants("x") || !b.Wants("a") {
		t.Error("a reader asks by the log's name and is told of the new one")
	}
	e := Event{Type: "立案", Time: Stamp{At: 1, Kind: Time}, Objects: []Object{{Type: "枪支", ID: "w1"}}, Attrs: []Attr{{"a", Num(1)}, {"b", Str("s")}, {"x", Str("left out")}}}
	if _, err := b.Add(&e); err != nil {
		t.Fatal(err)
	}
	w := Batch{Rows: 1, Time: []clock.Instant{2}, Type: Coded{NewBatchDict(), nil}, Attrs: []BatchAttr{{Name: "a", Kind: Number, Nums: []float64{2}}}}
	w.Type.Codes = []uint32{w.Type.Dict.Code("立案")}
	of := Coded{Dict: NewBatchDict()}
	of.Codes = []uint32{of.Dict.Code("w1")}
	w.Objects = []BatchObjects{{Type: "枪支", Coded: of}}
	if err := b.AppendBatch(&w); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	for row, n := range []float64{1, 2} {
		got := l.Event(uint32(row))
		if got.Type != "Filed" || got.Objects[0].Type != "weapon" || got.Objects[0].ID != "w1" || got.Attrs[0].Name != "b" || got.Attrs[0].Value.Num != n {
			t.Errorf("row %d: %+v", row, got)
		}
	}
	types, attrs, objects := r.Unused()
	if !slices.Equal(types, []string{"never"}) || !slices.Equal(attrs, []string{"gone"}) || objects != nil {
		t.Errorf("unused: %v %v %v", types, attrs, objects)
	}
	if _, _, ok := r.Clash(); ok {
		t.Error("a swap is a clash")
	}
	b.Wants("y")
	if from, to, ok := r.Clash(); !ok || from != "x" || to != "y" {
		t.Errorf("clash: %q %q %v", from, to, ok)
	}
}
