package rule

import "slices"

// TypeUse is a place where a rule names an event type.
type TypeUse struct {
	Name string
	Pos  Pos
}

// patterns are the patterns of a rule, in the order in which it is read.
func (r *Rule) patterns() []*Pattern {
	out := []*Pattern{&r.When, &r.Other}
	if r.Unless != nil {
		out = append(out, r.Unless)
	}
	if r.Paused != nil {
		out = append(out, &r.Paused.From, &r.Paused.To)
	}
	for i := range r.Extended {
		out = append(out, &r.Extended[i].By)
	}
	return out
}

// Types are the event types that the rule names, in patterns and in conditions
// on .type, each as often as it is named, with its place.
func (r *Rule) Types() []TypeUse {
	var out []TypeUse
	for _, p := range r.patterns() {
		for i, t := range p.Types {
			out = append(out, TypeUse{t, p.typePos[i]})
		}
		if p.Where != nil {
			out = append(out, p.Where.types...)
		}
	}
	if r.Hold != nil {
		out = append(out, r.Hold.types...)
	}
	return out
}

// Attributes are the attributes that the rule reads, each as often as it reads
// it, with its place: in conditions, in from, distinct and sum, in per.
func (r *Rule) Attributes() []Attribute {
	var out []Attribute
	for _, k := range r.Per {
		if k.Kind == KeyAttr {
			out = append(out, Attribute{Name: k.Name, Pos: r.Pos})
		}
	}
	for _, p := range r.patterns() {
		if p.Where != nil {
			out = append(out, p.Where.reads...)
		}
	}
	if r.Hold != nil {
		out = append(out, r.Hold.reads...)
	}
	if r.From != nil {
		out = append(out, r.From.reads...)
	}
	if r.Window != nil && r.Window.Expr != nil {
		out = append(out, r.Window.Expr.reads...)
	}
	return out
}

// Matches says whether the pattern names an event type, its condition aside.
func (p *Pattern) Matches(eventType string) bool {
	return p.Any || slices.Contains(p.Types, eventType)
}
