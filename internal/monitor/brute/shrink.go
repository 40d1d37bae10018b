package brute

import (
	"maps"
	"slices"
)

// Shrink makes a case on which failing holds as small as it finds: it drops events, what
// events say, and a rule's options, one at a time, as long as failing still holds.
func Shrink(c Case, failing func(Case) bool) Case {
	for {
		smaller, ok := shrinkOnce(c, failing)
		if !ok {
			return c
		}
		c = smaller
	}
}

func shrinkOnce(c Case, failing func(Case) bool) (Case, bool) {
	for _, candidates := range [](func(Case) []Case){withoutRules, withoutEvents, simplerRules, simplerPack, simplerEvents} {
		for _, smaller := range candidates(c) {
			if smaller.valid() && failing(smaller) {
				return smaller, true
			}
		}
	}
	return c, false
}

func withoutRules(c Case) []Case {
	var out []Case
	if len(c.Pack.Rules) < 2 {
		return nil
	}
	for i := range c.Pack.Rules {
		d := c
		d.Pack.Rules = []Rule{c.Pack.Rules[i]}
		out = append(out, d)
	}
	return out
}

func withoutEvents(c Case) []Case {
	var out []Case
	for i := range c.Events {
		d := c
		d.Events = slices.Delete(slices.Clone(c.Events), i, i+1)
		out = append(out, d)
	}
	return out
}

// simplerRules drops or simplifies one thing of one rule.
func simplerRules(c Case) []Case {
	var out []Case
	try := func(i int, change func(*Rule) bool) {
		d := c
		d.Pack.Rules = slices.Clone(c.Pack.Rules)
		d.Pack.Rules[i] = c.Pack.Rules[i].clone()
		if change(&d.Pack.Rules[i]) {
			out = append(out, d)
		}
	}
	for i := range c.Pack.Rules {
		for _, change := range ruleChanges {
			try(i, change)
		}
		r := c.Pack.Rules[i].clone()
		for n, where := range r.conditions() {
			if *where == nil {
				continue
			}
			for _, simpler := range append([]*Cond{nil}, (*where).Args...) {
				try(i, func(r *Rule) bool { *r.conditions()[n] = simpler; return true })
			}
		}
		for k := range r.Clock.Extended {
			try(i, func(r *Rule) bool { r.Clock.Extended = slices.Delete(r.Clock.Extended, k, k+1); return true })
			try(i, func(r *Rule) bool { return drop(&r.Clock.Extended[k].Times) })
		}
	}
	return out
}

// ruleChanges drop one option each, and say whether it was there.
var ruleChanges = []func(*Rule) bool{
	func(r *Rule) bool { return drop(&r.Unless) },
	func(r *Rule) bool { return drop(&r.Clock.Paused) },
	func(r *Rule) bool { return r.Clock.Paused != nil && drop(&r.Clock.Paused.Max) },
	func(r *Rule) bool { return drop(&r.Clock.From) },
	func(r *Rule) bool { return drop(&r.Immediately) },
	func(r *Rule) bool { return drop(&r.Oldest) },
	func(r *Rule) bool { return drop(&r.Over) },
	func(r *Rule) bool { per := r.Per; r.Per = nil; return per != nil },
	func(r *Rule) bool { return drop(&r.EffectiveFrom) },
	func(r *Rule) bool { return drop(&r.EffectiveTo) },
	func(r *Rule) bool { return drop(&r.Warn) },
	func(r *Rule) bool { return drop(&r.WhereOutside) },
	func(r *Rule) bool { return drop(&r.Clock.Start) },
	func(r *Rule) bool { return drop(&r.Clock.Roll) },
	func(r *Rule) bool { return drop(&r.Clock.Calendar) },
	func(r *Rule) bool { return drop(&r.Clock.Hours) },
	func(r *Rule) bool { return drop(&r.Clock.Months) },
	func(r *Rule) bool { r.Clock, r.Warn = Clock{}, Duration{}; return drop(&r.Within) },
	func(r *Rule) bool { return r.Count != nil && drop(&r.Count.Distinct) },
	func(r *Rule) bool { return r.Count != nil && drop(&r.Count.Sum) },
}

// drop sets a thing to its zero value, and says whether it had another.
func drop[T comparable](p *T) bool {
	var zero T
	had := *p != zero
	*p = zero
	return had
}

// clone copies what simplerRules changes in place.
func (r Rule) clone() Rule {
	r.Clock.Extended = slices.Clone(r.Clock.Extended)
	if r.Unless != nil {
		p := *r.Unless
		r.Unless = &p
	}
	if r.Clock.Paused != nil {
		p := *r.Clock.Paused
		r.Clock.Paused = &p
	}
	if r.Count != nil {
		c := *r.Count
		r.Count = &c
	}
	return r
}

// conditions are the places of a rule's conditions, in a fixed order.
func (r *Rule) conditions() []**Cond {
	places := []**Cond{&r.When.Where, &r.Other.Where, &r.Hold}
	if r.Unless != nil {
		places = append(places, &r.Unless.Where)
	}
	if p := r.Clock.Paused; p != nil {
		places = append(places, &p.From.Where, &p.To.Where)
	}
	for i := range r.Clock.Extended {
		places = append(places, &r.Clock.Extended[i].By.Where)
	}
	if r.Count != nil {
		places = append(places, &r.Count.Of.Where)
	}
	return places
}

func simplerPack(c Case) []Case {
	var out []Case
	try := func(changed bool, d Case) {
		if changed {
			out = append(out, d)
		}
	}
	d := c
	d.Pack.Closes = nil
	try(c.Pack.Closes != nil, d)
	d = c
	d.Pack.Calendar = nil
	try(c.Pack.Calendar != nil, d)
	d = c
	try(drop(&d.Complete), d)
	d = c
	d.W = c.T
	try(c.W != c.T, d)
	for _, option := range []func(*Clock) *string{
		func(k *Clock) *string { return &k.Start }, func(k *Clock) *string { return &k.Roll },
		func(k *Clock) *string { return &k.Calendar }, func(k *Clock) *string { return &k.Hours },
		func(k *Clock) *string { return &k.Months },
	} {
		d = c
		try(drop(option(&d.Pack.Clock)), d)
	}
	return out
}

// simplerEvents drops one thing that one event says.
func simplerEvents(c Case) []Case {
	var out []Case
	try := func(i int, change func(*Event) bool) {
		d := c
		d.Events = slices.Clone(c.Events)
		if change(&d.Events[i]) {
			out = append(out, d)
		}
	}
	for i, e := range c.Events {
		try(i, func(e *Event) bool { return drop(&e.Day) })
		try(i, func(e *Event) bool { return drop(&e.Recorded) })
		try(i, func(e *Event) bool { return drop(&e.Actor) })
		try(i, func(e *Event) bool { return drop(&e.Unit) })
		for name := range e.Attributes {
			try(i, func(e *Event) bool {
				e.Attributes = maps.Clone(e.Attributes)
				delete(e.Attributes, name)
				return true
			})
		}
		for k, o := range e.Objects {
			if len(e.Objects) > 1 {
				try(i, func(e *Event) bool { e.Objects = slices.Delete(slices.Clone(e.Objects), k, k+1); return true })
			}
			if o.Qualifier != "" || len(o.Attributes) > 0 {
				try(i, func(e *Event) bool {
					e.Objects = slices.Clone(e.Objects)
					e.Objects[k] = Object{Type: o.Type, ID: o.ID}
					return true
				})
			}
		}
	}
	return out
}

// valid says whether the language takes the case's rules.
func (c *Case) valid() bool {
	for i := range c.Pack.Rules {
		r := &c.Pack.Rules[i]
		clock := c.Pack.clock(r)
		if clock.Calendar != weekends.Name && c.Pack.Calendar == nil || r.Form == "hold" && r.Hold == nil {
			return false
		}
		if r.Within.none() && (r.Clock.From != nil || r.Clock.Paused != nil || r.Clock.Extended != nil || !r.Warn.none()) {
			return false
		}
		if r.usesCase() && !slices.Equal(c.Pack.per(r), []string{c.Pack.Per}) {
			return false
		}
	}
	return len(c.Events) > 0
}

// usesCase says whether a condition of the rule speaks of `case`, which has a meaning only
// where the rule is keyed by the pack's per.
func (r *Rule) usesCase() bool {
	return slices.ContainsFunc(r.conditions(), func(c **Cond) bool { return (*c).usesCase() })
}

func (c *Cond) usesCase() bool {
	return c != nil && (c.Left.Var == "case" || c.Right.Var == "case" || slices.ContainsFunc(c.Args, (*Cond).usesCase))
}
