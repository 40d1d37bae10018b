package access

import (
	_ "embed" // of table.txt
	"fmt"
	"slices"
	"strings"
	"sync"

	"plumbline/internal/errs"
)

//go:embed table.txt
var text string

// Action is something that can be done, by its name in table.txt.
type Action string

// Relation is how who asks stands to a thing.
type Relation string

// The relations. The last also bars.
const (
	All      Relation = "all"
	Own      Relation = "own"
	Unit     Relation = "unit"
	Subtree  Relation = "subtree"
	Subject  Relation = "subject"
	Conflict Relation = "conflict" // bars only
)

// everyone stands for all who are signed in.
const everyone Role = "everyone"

// Line is one line of the table: a role may do its action over what stands in any
// of the relations, unless one of the bars holds.
type Line struct {
	Role   Role
	Over   []Relation
	Unless []Relation
}

// String is the line as the table has it.
func (l *Line) String() string {
	words := []string{string(l.Role) + ":"}
	for _, r := range l.Over {
		words = append(words, string(r))
	}
	if len(l.Unless) > 0 {
		words = append(words, "unless")
	}
	for _, r := range l.Unless {
		words = append(words, string(r))
	}
	return strings.Join(words, " ")
}

// Entry is an action with who may do it.
type Entry struct {
	Action Action
	Title  errs.Text
	People bool // machines' tokens are kept out
	Lines  []Line
}

// table is the table of the program. A fault in it is one of the program, and the
// tests find it first.
var table = sync.OnceValue(func() map[Action]*Entry {
	list, err := parse(text)
	if err != nil {
		panic(err)
	}
	out := map[Action]*Entry{}
	for i := range list {
		out[list[i].Action] = &list[i]
	}
	return out
})

// Table is the whole table, in its order.
func Table() []Entry {
	list, err := parse(text)
	if err != nil {
		panic(err)
	}
	return list
}

// Known says whether the table has an action.
func Known(a Action) bool { return table()[a] != nil }

// Title is what people call an action.
func (a Action) Title() errs.Text {
	if e := table()[a]; e != nil {
		return e.Title
	}
	return errs.T(string(a), string(a))
}

// parse reads the table's text.
func parse(text string) ([]Entry, error) {
	var out []Entry
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		indented := strings.HasPrefix(line, " ")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var err error
		switch {
		case !indented:
			var e Entry
			if e, err = entry(line); err == nil && slices.ContainsFunc(out, func(o Entry) bool { return o.Action == e.Action }) {
				err = fmt.Errorf("%s stands here twice", e.Action)
			}
			out = append(out, e)
		case len(out) == 0:
			err = fmt.Errorf("a line before the first action")
		default:
			err = out[len(out)-1].add(line)
		}
		if err != nil {
			return nil, fmt.Errorf("table.txt:%d: %w", number, err)
		}
	}
	for _, e := range out {
		if len(e.Lines) == 0 {
			return nil, fmt.Errorf("table.txt: nobody may %s", e.Action)
		}
	}
	return out, nil
}

// entry reads `action NAME: in English | 中文`.
func entry(line string) (Entry, error) {
	head, title, _ := strings.Cut(line, ":")
	words := strings.Fields(head)
	en, zh, _ := strings.Cut(title, "|")
	e := Entry{Title: errs.T(strings.TrimSpace(en), strings.TrimSpace(zh))}
	if len(words) != 2 || words[0] != "action" || e.Title.En == "" || e.Title.Zh == "" {
		return e, fmt.Errorf("expected `action NAME: in English | 中文`")
	}
	e.Action = Action(words[1])
	return e, nil
}

// add reads a line under an action.
func (e *Entry) add(text string) error {
	if text == "people" {
		e.People = true
		return nil
	}
	role, rest, ok := strings.Cut(text, ":")
	l := Line{Role: Role(role)}
	if !ok || l.Role != everyone && l.Role != Source && !slices.Contains(Roles(), l.Role) {
		return fmt.Errorf("expected `role: over what`, and no %q", role)
	}
	if slices.ContainsFunc(e.Lines, func(o Line) bool { return o.Role == l.Role }) {
		return fmt.Errorf("%s stands here twice", l.Role)
	}
	to, may := &l.Over, []Relation{All, Own, Unit, Subtree, Subject}
	for word := range strings.FieldsSeq(rest) {
		if word == "unless" && to == &l.Over {
			to, may = &l.Unless, []Relation{Conflict, Subject, Own}
			continue
		}
		if !slices.Contains(may, Relation(word)) {
			return fmt.Errorf("%q isn't one of %v", word, may)
		}
		*to = append(*to, Relation(word))
	}
	if len(l.Over) == 0 || to == &l.Unless && len(l.Unless) == 0 {
		return fmt.Errorf("over what is missing")
	}
	e.Lines = append(e.Lines, l)
	return nil
}
