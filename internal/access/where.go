package access

import "strings"

// Columns are the expressions by which a list's SQL knows what a [Thing] is; none
// is ever null, and "" is none. A list without a column has nobody in that place.
type Columns struct {
	Owner   string // a person, or "@" and an account's name
	Unit    string
	Subject string
}

// Where is the condition in SQL under which a row of a list is something that
// somebody may do an action to, with a ? for each argument: exactly those of which
// [Decide] allows it. "" is no condition at all. Units below another are those of
// the table unit_paths (unit, ancestor), in which a unit is its own ancestor.
func Where(w *Who, a Action, c Columns) (sql string, args []any) {
	const nothing = "1 = 0"
	e, d := ask(w, a)
	if d != nil {
		return nothing, nil
	}
	var lines []string
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.of(w) {
			continue
		}
		line, more := l.condition(w, c)
		if line == "" {
			return "", nil
		}
		if line != nothing {
			lines, args = append(lines, line), append(args, more...)
		}
	}
	switch len(lines) {
	case 0:
		return nothing, nil
	case 1:
		return lines[0], args
	}
	return "(" + strings.Join(lines, " or ") + ")", args
}

// condition is that of one line.
func (l *Line) condition(w *Who, c Columns) (string, []any) {
	var over, unless []string
	var args []any
	all := false
	for _, r := range l.Over {
		if all = all || r == All; all {
			continue
		}
		if s, more := condition(w, r, c); s != "" {
			over, args = append(over, s), append(args, more...)
		}
	}
	if all {
		args = nil
	} else if len(over) == 0 {
		return "1 = 0", nil
	}
	for _, r := range l.Unless {
		if s, more := condition(w, r, c); s != "" {
			unless, args = append(unless, s), append(args, more...)
		}
	}
	out := ""
	if !all {
		out = "(" + strings.Join(over, " or ") + ")"
	}
	if len(unless) > 0 {
		if out != "" {
			out += " and "
		}
		out = "(" + out + "not (" + strings.Join(unless, " or ") + "))"
	}
	return out, args
}

// condition is a relation in SQL; "" is one that never holds. [stands] says the
// same of a thing.
func condition(w *Who, r Relation, c Columns) (string, []any) {
	switch r {
	case Own:
		return in(c.Owner, w.owners(), "%")
	case Unit:
		return in(c.Unit, w.Units, "%")
	case Subtree:
		return in(c.Unit, w.Units, "in (select unit from unit_paths where ancestor %)")
	case Subject:
		return in(c.Subject, w.persons(), "%")
	}
	subject, args := in(c.Subject, w.Conflicts, "%")
	owner, more := in(c.Owner, w.Conflicts, "%")
	switch {
	case subject == "":
		return owner, more
	case owner == "":
		return subject, args
	}
	return subject + " or " + owner, append(args, more...)
}

// in says that a column is one of some names, put into a form at its %.
func in(column string, names []string, form string) (string, []any) {
	var args []any
	for _, n := range names {
		if n != "" {
			args = append(args, n)
		}
	}
	if column == "" || len(args) == 0 {
		return "", nil
	}
	list := "in (?" + strings.Repeat(", ?", len(args)-1) + ")"
	return column + " " + strings.Replace(form, "%", list, 1), args
}
