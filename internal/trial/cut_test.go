package trial

import (
	"reflect"
	"testing"
)

// What somebody may not have is left out of a comparison, and the comparison stays.
func TestFor(t *testing.T) {
	p8, p9 := "P8", "P9"
	tally := func() Tally {
		return Tally{Counts: Counts{ViolationsVanished: 3}, Officers: []Group{{Name: &p8}, {Name: &p9}, {}}, Units: []Group{{Name: &p9}}, Concentrations: []Concentration{{Of: Officer, Name: p9}, {Of: Unit, Name: p9}}}
	}
	key := func(id string) []KeyPart { return []KeyPart{{Kind: "case", ID: id}} }
	d := func() *Diff {
		return &Diff{Totals: tally(), Rules: []Rule{{ID: "r", Tally: tally(), Examples: []Example{{Officer: &p9, Key: key("a")}, {Officer: &p8, Key: key("b")}, {Key: key("c")}}}}}
	}
	full := d()
	got := full.For(func(o string) bool { return o == p9 }, func(k []KeyPart) bool { return k[0].ID != "b" })
	if !reflect.DeepEqual(full, d()) {
		t.Error("the comparison itself was cut")
	}
	for name, x := range map[string]Tally{"totals": got.Totals, "a rule": got.Rules[0].Tally} {
		if len(x.Officers) != 2 || *x.Officers[0].Name != p8 || len(x.Concentrations) != 1 || x.Concentrations[0].Of != Unit || len(x.Units) != 1 || x.ViolationsVanished != 3 {
			t.Errorf("%s: %+v", name, x)
		}
	}
	if e := got.Rules[0].Examples; len(e) != 1 || e[0].Key[0].ID != "c" {
		t.Errorf("%+v", e)
	}
}
