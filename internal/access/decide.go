package access

import (
	"slices"

	"plumbline/internal/errs"
)

// Thing is what is asked about: whose it is and whom it concerns.
type Thing struct {
	Owners   []string // persons, or "@" and an account's name, who answer for it or made it
	Units    []string // that it concerns
	Above    []string // those units, and all above them as the organisation stands now
	Subjects []string // persons whom it concerns
}

// Made is a thing that is an account's own.
func Made(account string) *Thing { return &Thing{Owners: []string{"@" + account}} }

// Decision says whether somebody may do something; where not, by which rule of the
// table, for the log, and why, for who asked.
type Decision struct {
	Allowed bool
	Hidden  bool // not even that there is such a thing may be told
	Rule    string
	Why     errs.Text
}

// May says whether somebody may do something at all, to whatever it may be. A list
// is cut by [Where] besides, and one thing is decided by [Decide].
func May(w *Who, a Action) Decision {
	d := decide(w, a, func(l *Line) (bool, Relation) {
		return slices.ContainsFunc(l.Over, func(r Relation) bool { return could(w, r) }), ""
	})
	if d.Hidden {
		d.Hidden, d.Why = false, notByRole(a) // that there is such an action is no secret
	}
	return d
}

func notByRole(a Action) errs.Text {
	title := a.Title()
	return errs.T("your role may not "+title.En, "您的角色无权"+title.Zh)
}

// Decide says whether somebody may do something to a thing.
func Decide(w *Who, a Action, t *Thing) Decision {
	return decide(w, a, func(l *Line) (over bool, bar Relation) {
		for _, r := range l.Unless {
			if stands(w, r, t) {
				bar = r
			}
		}
		return slices.ContainsFunc(l.Over, func(r Relation) bool { return stands(w, r, t) }), bar
	})
}

// decide goes through the lines of somebody's roles; holds says whether one's
// relations do, and what bars it.
func decide(w *Who, a Action, holds func(*Line) (over bool, bar Relation)) Decision {
	e, no := ask(w, a)
	if no != nil {
		return *no
	}
	no = &Decision{Rule: string(a) + " has no line for " + rolesText(w),
		Why: notByRole(a)}
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.of(w) {
			continue
		}
		over, bar := holds(l)
		switch {
		case over && bar == "":
			return Decision{Allowed: true}
		case over:
			no = &Decision{Rule: string(a) + " " + l.String() + ": " + string(bar), Hidden: bar == Conflict, Why: barred[bar]}
		case l.Role != everyone && !over && !no.Hidden && no.Why != barred[Own]:
			// What isn't theirs isn't there for them: a refusal would tell.
			no = &Decision{Rule: string(a) + " " + l.String(), Hidden: true, Why: barred[Conflict]}
		}
	}
	return *no
}

// barred says why not. Of a conflict nothing is said.
var barred = map[Relation]errs.Text{
	Own:      errs.T("it is yours: somebody else has to", "此项由您提出或承办，须由他人办理"),
	Subject:  errs.T("it concerns you: somebody else has to", "此项涉及您本人，须由他人办理"),
	Conflict: errs.T("there is no such thing here for you", "此处没有您可以查看的该项内容"),
}

// of says whether a line speaks of somebody.
func (l *Line) of(w *Who) bool {
	if l.Role == everyone { // a machine that only sends is nobody
		return !w.Machine() || slices.ContainsFunc(w.Roles, func(r Role) bool { return r != Source })
	}
	return w.Has(l.Role)
}

// ask is what doesn't rest on a thing: the entry, or a decision against it.
func ask(w *Who, a Action) (*Entry, *Decision) {
	if w == nil {
		return nil, &Decision{Rule: string(a) + " wants somebody", Why: errs.T("nobody is signed in", "尚未登录")}
	}
	e := w.table().by[a]
	switch {
	case e == nil:
		return nil, &Decision{Rule: string(a) + " isn't in the table", Why: errs.T("nobody may do that", "任何人均无权进行此操作")}
	case w.Unfit == OldPassword && a != SessionOwn:
		return nil, &Decision{Rule: "the password is to be changed first", Why: errs.T("change your password first", "请先修改密码")}
	case w.Unfit == NoSecond && a != SessionOwn:
		return nil, &Decision{Rule: "a second factor is to be set up first", Why: errs.T("your role wants a second factor: set it up first", "您的角色须启用动态验证码或通行密钥，请先设置")}
	case e.People && w.Machine():
		return nil, &Decision{Rule: string(a) + " people", Why: errs.T("a machine's token may not do that: sign in", "机器令牌无权进行此操作，请登录账户")}
	}
	return e, nil
}

func rolesText(w *Who) string {
	out := ""
	for _, r := range w.Roles {
		out += string(r) + " "
	}
	if out == "" {
		return "no role"
	}
	return out[:len(out)-1]
}

// owners are the names by which somebody owns things.
func (w *Who) owners() []string {
	out := []string{"@" + w.Account}
	if w.Person != "" {
		out = append(out, w.Person)
	}
	return out
}

// Names are those by which things concern somebody, units aside: as whose they are, and
// as who has a conflict with them. To whoever has none of these as owner or subject
// their decisions are those on a thing without one.
func Names(w *Who) []string {
	if w == nil {
		return nil
	}
	return slices.Concat(w.owners(), w.persons(), w.Conflicts)
}

// persons is whom the organisation knows somebody as: one or none.
func (w *Who) persons() []string {
	if w.Person == "" {
		return nil
	}
	return []string{w.Person}
}

// stands says whether a relation holds. [condition] says the same in SQL.
func stands(w *Who, r Relation, t *Thing) bool {
	switch r {
	case All:
		return true
	case Own:
		return meet(w.owners(), t.Owners)
	case Unit:
		return meet(w.Units, t.Units)
	case Subtree:
		return meet(w.Units, t.Above)
	case Subject:
		return meet(w.persons(), t.Subjects)
	}
	return meet(w.Conflicts, t.Subjects) || meet(w.Conflicts, t.Owners) // Conflict
}

// could says whether a relation may hold with anything at all.
func could(w *Who, r Relation) bool {
	switch r {
	case Unit, Subtree:
		return len(w.Units) > 0
	case Subject:
		return w.Person != ""
	}
	return true
}

// meet says whether two lists have a name in common; "" is none.
func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return x != "" && slices.Contains(b, x) })
}
