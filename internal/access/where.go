package access

import (
	"slices"
	"strings"
)

// Columns are the conditions by which a list's SQL knows what a [Thing] is, each
// with a % where a set of names comes ("unit %"); what they look at is never null, and
// "" is none. A list without one has nobody in that place.
type Columns struct {
	Owner   string // a person, or "@" and an account's name
	Unit    string
	Subject string
}

// For is for whom a list is, and what they want with it. The zero one is the
// program itself, which sees all.
type For struct {
	Who    *Who
	Action Action
}

// Where is the condition in SQL under which a row of a list is something that
// somebody may do an action to, with a ? for each argument: exactly those of which
// [Decide] allows it. "" is no condition at all. Units below another are those of
// the table unit_paths (unit, ancestor), in which a unit is its own ancestor.
func Where(w *Who, a Action, c Columns) (sql string, args []any) {
	ways, all := Ways(w, a, c)
	if all {
		return "", nil
	}
	if len(ways) == 0 {
		return "1 = 0", nil
	}
	parts := make([]string, len(ways))
	for i, way := range ways {
		parts[i], args = way.SQL, append(args, way.Args...)
	}
	return "(" + strings.Join(parts, " or ") + ")", args
}

// Way is one of the conditions under which somebody may do something, with a ? for
// each argument.
type Way struct {
	SQL  string
	Args []any
}

// Ways are the conditions of [Where] one by one, each resting on one relation, so
// that a database finds by its index what little there may be of it. all is where
// nothing is asked.
func Ways(w *Who, a Action, c Columns) (ways []Way, all bool) {
	e, d := ask(w, a)
	if d != nil {
		return nil, false
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.of(w) {
			continue
		}
		bar := l.bar(w, c)
		for _, r := range l.Over {
			way := condition(w, r, c)
			switch {
			case r == All && bar.SQL == "":
				return nil, true
			case r == All:
				ways = append(ways, bar)
			case way.SQL != "" && bar.SQL == "":
				ways = append(ways, way)
			case way.SQL != "":
				ways = append(ways, Way{"(" + way.SQL + " and " + bar.SQL + ")", append(way.Args, bar.Args...)})
			}
		}
	}
	return ways, false
}

// bar is that nothing bars a line; "" where nothing can.
func (l *Line) bar(w *Who, c Columns) Way {
	var parts []string
	var args []any
	for _, r := range l.Unless {
		if way := condition(w, r, c); way.SQL != "" {
			parts, args = append(parts, way.SQL), append(args, way.Args...)
		}
	}
	if len(parts) == 0 {
		return Way{}
	}
	return Way{"not (" + strings.Join(parts, " or ") + ")", args}
}

// condition is a relation in SQL; "" is one that never holds. [stands] says the
// same of a thing.
func condition(w *Who, r Relation, c Columns) Way {
	switch r {
	case Own:
		return in(c.Owner, w.owners())
	case Unit:
		return in(c.Unit, w.Units)
	case Subtree:
		return in(strings.Replace(c.Unit, "%", "in (select unit from unit_paths where ancestor %)", 1), w.Units)
	case Subject:
		return in(c.Subject, w.persons())
	}
	subject, owner := in(c.Subject, w.Conflicts), in(c.Owner, w.Conflicts)
	switch {
	case subject.SQL == "":
		return owner
	case owner.SQL == "":
		return subject
	}
	return Way{subject.SQL + " or " + owner.SQL, append(subject.Args, owner.Args...)}
}

// in puts a set of names into a condition.
func in(column string, names []string) Way {
	var args []any
	for _, n := range names {
		if n != "" {
			args = append(args, n)
		}
	}
	if column == "" || len(args) == 0 {
		return Way{}
	}
	return Way{strings.Replace(column, "%", "in (?"+strings.Repeat(", ?", len(args)-1)+")", 1), args}
}

// Wide says whether somebody may do an action to anything, bars aside: their lists
// are long, and best read in order.
func Wide(w *Who, a Action) bool {
	e, d := ask(w, a)
	if d != nil {
		return false
	}
	for i := range e.Lines {
		if l := &e.Lines[i]; l.of(w) && slices.Contains(l.Over, All) {
			return true
		}
	}
	return false
}
