package rule

import "testing"

// A pack's own name of an event type counts first, then those of the packs beside it;
// what nobody names keeps the log's name.
func TestBeside(t *testing.T) {
	read := func(src string) *Vocabulary {
		v, err := ParseVocabulary("vocabulary.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a := read("events: {A: {en: A, zh: 甲}}\n")
	b := read("events: {A: {en: A, zh: 子}, B: {en: B, zh: 乙}}\n")
	if got := a.Event("B").Zh; got != "B" {
		t.Errorf("alone: %s", got)
	}
	Beside([]*Vocabulary{a, nil, b})
	for typ, want := range map[string]string{"A": "甲", "B": "乙", "C": "C"} {
		if got := a.Event(typ).Zh; got != want {
			t.Errorf("%s: %s, want %s", typ, got, want)
		}
	}
}
