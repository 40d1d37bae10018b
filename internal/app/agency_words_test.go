package app

import (
	"slices"
	"testing"

	"plumbline/internal/pack"
	"plumbline/internal/rule"
	"plumbline/internal/sim/agency"
)

// A simulated agency speaks the packs' language: types, objects, attributes and
// values are those of their vocabularies.
func TestAgencySpeaksTheVocabularies(t *testing.T) {
	packs, err := Packs(AgencyPacks)
	if err != nil {
		t.Fatal(err)
	}
	// A post too low to approve, and a ground that the article doesn't know, are
	// values that an agency writes where it breaks the rule.
	unlawful := map[string]bool{"approver investigator": true, "ground workload": true}
	wrong := map[string]bool{}
	s := agency.New(agency.Options{Units: 2, Cases: 1500, Days: 700, Seed: 1, Rates: agency.UsualRates()})
	if _, err := s.Run(func(e *agency.Entry) error {
		name := e.Event.Type.String()
		if !anyOf(packs, func(v *rule.Vocabulary) bool { _, ok := v.Events[name]; return ok }) {
			wrong["type "+name] = true
		}
		for _, o := range e.Event.Objects {
			if !anyOf(packs, func(v *rule.Vocabulary) bool { _, ok := v.Objects[o.Kind]; return ok }) {
				wrong["object "+o.Kind] = true
			}
		}
		for _, a := range e.Event.Attrs {
			if !unlawful[a.Name+" "+a.Text] && !anyOf(packs, func(v *rule.Vocabulary) bool {
				term, ok := v.Attributes[a.Name]
				listed := slices.ContainsFunc(term.Values, func(v rule.Value) bool { return v.Code == a.Text })
				return ok && (len(term.Values) == 0 || listed || a.Kind != agency.Text)
			}) {
				wrong[name+": "+a.Name+" "+a.Text] = true
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for w := range wrong {
		t.Errorf("no vocabulary has %s", w)
	}
}

func anyOf(packs []*pack.Pack, is func(*rule.Vocabulary) bool) bool {
	for _, p := range packs {
		if is(p.Vocabulary) {
			return true
		}
	}
	return false
}
