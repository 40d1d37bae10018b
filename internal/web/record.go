package web

import (
	"context"
	_ "embed"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/service"
)

//go:embed words_record.yaml
var recordYAML []byte

// Judged is what the pages of cases, rules and units ask of the running service;
// package service implements it.
type Judged interface {
	Cases(ctx context.Context, q service.CaseQuery) (service.CasePage, error)
	CaseOf(ctx context.Context, objectType, id string) (*service.Case, error)                          // nil where there is none
	Course(ctx context.Context, objectType, id string, knownAt clock.Instant) (*service.Course, error) // nil where nothing was known of it
	Figures(ctx context.Context, may func(unit string) bool) []service.Figure
	InForce() []service.PackInForce
	RuleTests(pack, version, rule string) ([]service.RuleTest, error)
	TryPacks(ctx context.Context, names []string) (any, error)
	Erasures(ctx context.Context) ([]service.Erasure, error)
}

// addRecord adds the pages of cases, rules and units.
func (p *Pages) addRecord() {
	p.add("", place{"cases", "/cases", "folder", "", access.CaseRead}, p.cases)
	p.add("cases", place{path: "/cases/{type}/{id}", may: access.CaseRead}, p.caseOf)
	if p.Enter != nil {
		p.add("cases", place{path: "/cases/{type}/{id}/enter", may: access.EventEnter}, p.enterForm)
		p.form("cases", place{path: "/cases/{type}/{id}/enter", may: access.EventEnter}, p.enterStepOf)
	}
	if p.Seal != nil {
		p.add("cases", place{path: "/cases/{type}/{id}/events/{source}/{event}/proof", may: access.CaseRead}, p.eventProof)
	}
	p.add("cases", place{path: "/search", may: access.SessionOwn}, p.search)
	p.add("", place{"rules", "/rules", "rule", "overview", access.PackRead}, p.rules)
	p.add("rules", place{path: "/rules/{pack}/{rule}", may: access.PackRead}, p.rule)
	p.add("rules", place{path: "/rules/try", may: access.PackTry}, p.tryForm)
	p.form("rules", place{path: "/rules/try", may: access.PackTry}, p.tryPacks)
	p.add("rules", place{path: "/work/{ticket}", may: access.SessionOwn}, p.workPage)
	p.form("rules", place{path: "/rules/propose", may: access.PackPropose}, p.proposePacks)
	p.add("rules", place{path: "/quality", may: access.VerdictRead}, p.quality)
	p.form("rules", place{path: "/quality/{pack}/{rule}", may: access.RuleReview}, p.reviewRule)
	p.add("", place{"units", "/units", "tree", "overview", access.OrganisationRead}, p.units)
	p.add("units", place{path: "/units/{unit}", may: access.OrganisationRead}, p.unitPage)
}

// above are the units above each, and itself, as the organisation stands now.
func (v *view) above() map[string][]string {
	out := map[string][]string{}
	if v.p.Units == nil {
		return out
	}
	var chain []string
	for _, u := range v.p.Units(v.now) {
		chain = append(slices.Clone(chain[:min(u.Depth, len(chain))]), u.ID)
		out[u.ID] = chain
	}
	return out
}

// unitThing is what package access has to know of what concerns one unit.
func unitThing(unit string, above map[string][]string) *access.Thing {
	return &access.Thing{Units: []string{unit}, Above: append([]string{unit}, above[unit]...)}
}

// caseThing is what it has to know of a case: it concerns the unit that it lies with,
// and is everybody's who acted in it.
func caseThing(c *service.Case, above map[string][]string) *access.Thing {
	t := unitThing(c.Unit, above)
	t.Owners, t.Subjects = c.Actors, c.Actors
	return t
}

// readableCases cuts a list of cases to those that who asks may read.
func (v *view) readableCases(q service.CaseQuery) service.CaseQuery {
	above := v.above()
	all := access.Decide(v.who, access.CaseRead, &access.Thing{}).Allowed
	if all && len(v.who.Conflicts) == 0 {
		return q
	}
	if !all {
		q.Unit = func(unit string) bool { return access.Decide(v.who, access.CaseRead, unitThing(unit, above)).Allowed }
		if v.who.Person != "" {
			q.Actors = []string{v.who.Person}
		}
	}
	q.May = func(c *service.Case) bool { return access.Decide(v.who, access.CaseRead, caseThing(c, above)).Allowed }
	return q
}

// typeName is what a kind of object is called.
func (v *view) typeName(typ string) string {
	for _, r := range v.p.Service.Rules() {
		if voc := r.Pack.Vocabulary; voc != nil {
			if name := voc.Objects[typ].Text.In(v.Lang); name != "" {
				return name
			}
		}
	}
	return typ
}
