package ledger

import (
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// Scene is what a decision rests on beside the item: the organisation, the
// agency's policy, and the instant.
type Scene struct {
	Org    *org.Organisation // nil where none is known
	Policy *Policy
	Now    clock.Instant
	// Then is the organisation as it was known at an instant; it gives nil where none was.
	Then func(at clock.Instant) (*org.Organisation, error)
}

// Bar is a reason why somebody may not do something: a rule's name, and a
// sentence. Of a conflict nothing more is said than that it was declared.
type Bar struct {
	Rule string
	Why  errs.Text
}

// The rules by which somebody is barred.
const (
	BarUnknown  = "unknown"  // where the account stands isn't known
	BarOwner    = "owner"    // it is or was the item's owner
	BarSubject  = "subject"  // the finding concerns that person
	BarConflict = "conflict" // declared, with the subject or an owner
	BarCommand  = "command"  // in an owner's chain of command
	BarUnit     = "unit"     // in the chain of the unit that is concerned
	BarMaker    = "maker"    // the move belongs to somebody else
)

// Bar says why an account may not verify or close an item; nil where it may. It is
// asked as of now and, so that nobody transfers himself into being independent,
// as of each claim as well: by what is known now, and by what was known then, since
// a transfer can be dated back.
func (sc *Scene) Bar(it *Item, moves []Move, who Who) *Bar {
	if who.Account == "" {
		return &Bar{BarUnknown, errs.T("nobody is named", "未指明账户")}
	}
	if bar := sc.barSubject(it, who); bar != nil {
		return bar
	}
	owners := ownersOf(moves)
	for _, o := range owners {
		if o.is(who) {
			return &Bar{BarOwner, errs.T("owns the item, or owned it", "是或曾是该事项的承办人")}
		}
	}
	views, err := sc.views(moves)
	if err != nil {
		return &Bar{BarUnknown, errs.T("where people stood when it was claimed can't be read now", "暂时无法读取申请销号时的任职情况")}
	}
	for _, v := range views {
		if bar := v.barConflict(it, owners, who); bar != nil {
			return bar
		}
	}
	for i, v := range views {
		mine := v.units(who, v.Now)
		if len(mine) == 0 && i == 0 {
			return &Bar{BarUnknown, errs.T("holds no post in the organisation, so that nobody can say of whose chain of command it is outside", "在组织机构中没有任职，无法确定其是否在指挥链之外")}
		}
		for _, o := range owners {
			if v.oneCommand(mine, o.units(v, v.Now), v.Now) {
				return &Bar{BarCommand, errs.T("is in one chain of command with an owner of the item", "与承办人处于同一指挥链")}
			}
		}
		if it.Unit != "" && v.oneCommand(mine, []org.UnitID{it.Unit}, v.Now) {
			return &Bar{BarUnit, errs.T("is in the chain of command of the unit that the finding concerns", "处于被查单位的指挥链内")}
		}
	}
	return nil
}

// views are the scenes as of which independence is asked: now, and each claim, as is known
// now and as was known then.
func (sc *Scene) views(moves []Move) ([]*Scene, error) {
	list := []*Scene{sc}
	for i := range moves {
		if k := moves[i].Kind; k != Claim && k != Met {
			continue
		}
		at := moves[i].At
		list = append(list, &Scene{Org: sc.Org, Now: at})
		if sc.Then == nil {
			continue
		}
		was, err := sc.Then(at)
		if err != nil {
			return nil, err
		}
		if was != nil && was != sc.Org {
			list = append(list, &Scene{Org: was, Now: at})
		}
	}
	return list, nil
}

// barSubject bars whom the finding concerns.
func (sc *Scene) barSubject(it *Item, who Who) *Bar {
	if it.Subject != "" && who.Person == it.Subject {
		return &Bar{BarSubject, errs.T("is whom the finding concerns", "是该问题所涉人员")}
	}
	return nil
}

// barConflict bars who has declared a conflict with the subject or an owner. That
// is all that is said of it.
func (sc *Scene) barConflict(it *Item, owners []owner, who Who) *Bar {
	with := []org.PersonID{it.Subject}
	for _, o := range owners {
		with = append(with, o.person)
	}
	for _, p := range with {
		if sc.conflict(who.Person, p) {
			return &Bar{BarConflict, errs.T("a conflict was declared; what it is stays sealed", "已申报回避，具体情况保密")}
		}
	}
	return nil
}

func (sc *Scene) conflict(a, b org.PersonID) bool {
	return sc.Org != nil && a != "" && b != "" && sc.Org.Conflict(a, b, sc.Now)
}

// owner is somebody who had the item, or answered for it.
type owner struct {
	person  org.PersonID
	account string
	unit    org.UnitID // in which they had it
}

func (o owner) is(who Who) bool {
	return o.person != "" && o.person == who.Person || o.account != "" && o.account == who.Account
}

// units are where an owner stands: in all their posts, and where they had the item.
func (o owner) units(sc *Scene, t clock.Instant) []org.UnitID {
	out := sc.units(Who{Person: o.person}, t)
	if o.unit != "" {
		out = append(out, o.unit)
	}
	return out
}

// ownersOf are all who ever had an item or answered for it.
func ownersOf(moves []Move) []owner {
	var out []owner
	add := func(o owner) {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	for i := range moves {
		switch m := &moves[i]; m.Kind {
		case Assign:
			add(owner{person: m.Owner, unit: m.OwnerUnit})
		case Claim:
			add(owner{person: m.Person, account: m.Account, unit: m.Unit})
		}
	}
	return out
}

// units are those in which an account stands as of an instant: of a person those
// of all their posts, else the account's own, where it is one that stands.
func (sc *Scene) units(who Who, t clock.Instant) []org.UnitID {
	if sc.Org == nil {
		return nil
	}
	var out []org.UnitID
	if who.Person != "" {
		for _, p := range sc.Org.Posts(who.Person, t) {
			out = append(out, p.Unit)
		}
		return out
	}
	if who.Unit != "" && sc.Org.Unit(who.Unit, t) != nil {
		out = append(out, who.Unit)
	}
	return out
}

// oneCommand says whether a unit of one list is a unit of the other, or above or
// below one of them.
func (sc *Scene) oneCommand(a, b []org.UnitID, t clock.Instant) bool {
	for _, x := range a {
		for _, y := range b {
			if sc.Org != nil { // one that ended is stood for by whoever took it over
				x, y = sc.Org.Standing(x, t), sc.Org.Standing(y, t)
			}
			if x == "" || y == "" {
				continue
			}
			if x == y || sc.above(x, y, t) || sc.above(y, x, t) {
				return true
			}
		}
	}
	return false
}

func (sc *Scene) above(up, down org.UnitID, t clock.Instant) bool {
	return sc.Org != nil && slices.Contains(sc.Org.Command(down, t), up)
}
