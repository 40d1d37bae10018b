package web

import (
	"errors"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// refusal is a page or a form that isn't for who asks.
type refusal struct{ access.Decision }

// Error is for the log.
func (r refusal) Error() string { return "refused by " + r.Rule }

// noted logs that who asks was refused, by which rule: the session, not the name.
func (v *view) noted(rule string) {
	v.p.Log.Warn("refused", "rule", rule, "by", "session "+v.who.Session)
}

// barred logs it where the ledger barred a move.
func (v *view) barred(kind ledger.Kind, err error) {
	if no := (*ledger.Refused)(nil); errors.As(err, &no) && no.Because == ledger.Barred {
		v.noted("ledger: " + string(kind) + ": " + no.Rule)
	}
}

// may says whether who asks may do something at all.
func (v *view) may(a access.Action) bool { return v.who != nil && access.May(v.who, a).Allowed }

// must is an error where who asks may not do something to a thing.
func (v *view) must(a access.Action, t *access.Thing) error {
	d := access.Decide(v.who, a, t)
	switch {
	case d.Allowed:
		return nil
	case d.Hidden:
		v.noted(d.Rule)
		return errNone
	}
	return refusal{d}
}

// mustAtAll is an error where who asks may not do something at all.
func (v *view) mustAtAll(a access.Action) error {
	if d := access.May(v.who, a); !d.Allowed {
		return refusal{d}
	}
	return nil
}

// readable is what access has to know of a finding; errNone where there is none, or
// none that who asks may read: one can't be told from the other.
func (v *view) readable(id string) (*access.Thing, error) {
	t, err := v.p.Record.FindingThing(v.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errNone
	}
	if d := access.Decide(v.who, access.FindingRead, t); !d.Allowed {
		v.noted(d.Rule)
		return nil, errNone
	}
	return t, nil
}

// reads says whether who asks may read a finding, where something else names it: to
// leave that out is no refusal.
func (v *view) reads(id string) (bool, error) {
	t, err := v.p.Record.FindingThing(v.r.Context(), id)
	return err == nil && t != nil && access.Decide(v.who, access.FindingRead, t).Allowed, err
}

// mine cuts a list of items to what who asks may read.
func (v *view) mine(q ledger.Query) ledger.Query {
	q.For = access.For{Who: v.who, Action: access.FindingRead}
	return q
}

// mover is who asks, as the ledger knows people.
func (v *view) mover() ledger.Who {
	w := ledger.Who{Account: v.who.Account, Person: org.PersonID(v.who.Person)}
	if w.Person == "" && len(v.who.Units) > 0 {
		w.Unit = org.UnitID(v.who.Units[0])
	}
	return w
}

// seer says of things in a list whether who asks may do something to them; the
// units above them are looked up once.
type seer struct {
	v     *view
	above map[string][]string
}

func (v *view) seer() *seer { return &seer{v, map[string][]string{}} }

// may says it of a thing that concerns one unit.
func (s *seer) may(a access.Action, owner, unit, subject string) (bool, error) {
	above, ok := s.above[unit]
	if !ok {
		var err error
		if above, err = s.v.p.Record.Above(s.v.r.Context(), []string{unit}); err != nil {
			return false, err
		}
		s.above[unit] = above
	}
	t := &access.Thing{Owners: []string{owner}, Units: []string{unit}, Above: above, Subjects: []string{subject}}
	return access.Decide(s.v.who, a, t).Allowed, nil
}

// entry is a finding with its place on the ledger.
type entry struct {
	service.Finding
	Item    ledger.Item
	Persons bool // who asks may read whom it concerns, and in which case
}

// entries are the findings of a page of items, in its order.
func (v *view) entries(items []ledger.Item) ([]entry, error) {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].Finding
	}
	list, err := v.p.Record.FindingsByID(v.r.Context(), ids)
	if err != nil {
		return nil, err
	}
	s := v.seer()
	out := make([]entry, 0, len(items))
	for i := range items {
		at := slices.IndexFunc(list, func(f service.Finding) bool { return f.ID == items[i].Finding })
		if at < 0 {
			continue
		}
		e := entry{Finding: list[at], Item: items[i]}
		if e.Persons, err = s.may(access.FindingPersons, string(items[i].Owner), e.Unit, e.Actor); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
