package access

import (
	_ "embed" // of table.txt
	"slices"
	"strings"
	"unicode/utf8"

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
	at     errs.Place
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
	at     errs.Place
}

// line is the entry's line of a role; nil for none.
func (e *Entry) line(r Role) *Line {
	for i := range e.Lines {
		if e.Lines[i].Role == r {
			return &e.Lines[i]
		}
	}
	return nil
}

// Known says whether the table has an action.
func Known(a Action) bool { return builtin().by[a] != nil }

// Title is what people call an action.
func (a Action) Title() errs.Text {
	if e := builtin().by[a]; e != nil {
		return e.Title
	}
	return errs.T(string(a), string(a))
}

// reader reads a table's text.
type reader struct {
	place errs.Place // of the line that is read
	out   []Entry
	seen  map[Action]bool
}

// parse reads a table's text. All faults of it are told at once.
func parse(file, text string) ([]Entry, error) {
	r := &reader{place: errs.Place{File: file}, seen: map[Action]bool{}}
	var wrong errs.List
	for line := range strings.Lines(text) {
		r.place.Line++
		r.place.Snippet = strings.TrimRight(line, "\r\n")
		line, _, _ = strings.Cut(r.place.Snippet, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		read := r.entry
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			read = r.add
		}
		if e := read(line); e != nil {
			wrong = append(wrong, e)
		}
	}
	for i := range r.out {
		if e := &r.out[i]; len(e.Lines) == 0 && len(wrong) == 0 {
			wrong = append(wrong, fault(e.at, errs.Tf("nobody may %s", "没有任何人可以 %s", e.Action), errs.T("give a role below it: `  supervisor: all`", "请在其下写明角色：`  supervisor: all`")))
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return r.out, nil
}

func fault(at errs.Place, what, next errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Usage, Place: at, What: what, Next: next}
}

// at is the place of a word in the line that is read: of its first, where it is "".
func (r *reader) at(line, word string) errs.Place {
	p := r.place
	if word == "" {
		word = strings.TrimSpace(line)
	}
	if i := strings.Index(line, word); i >= 0 && word != "" {
		p.Column, p.Width = utf8.RuneCountInString(line[:i])+1, utf8.RuneCountInString(word)
	}
	return p
}

// entry reads `action NAME: in English | 中文`.
func (r *reader) entry(line string) *errs.Error {
	head, title, _ := strings.Cut(line, ":")
	words := strings.Fields(head)
	en, zh, _ := strings.Cut(title, "|")
	e := Entry{Title: errs.T(strings.TrimSpace(en), strings.TrimSpace(zh)), at: r.at(line, "")}
	form := errs.T("write `action NAME: in English | 中文`", "请写 `action 名称: 英文 | 中文`")
	if len(words) != 2 || words[0] != "action" || e.Title.En == "" || e.Title.Zh == "" {
		r.out = append(r.out, e) // lines below belong to it
		return fault(e.at, errs.T("expected an action with its name in both languages", "此处应为操作及其中英文名称"), form)
	}
	e.Action, e.at = Action(words[1]), r.at(line, words[1])
	r.out = append(r.out, e)
	if r.seen[e.Action] {
		return fault(e.at, errs.Tf("%s stands here twice", "%s 重复出现", e.Action), errs.T("put its lines together", "请合并"))
	}
	r.seen[e.Action] = true
	return nil
}

// add reads a line under an action.
func (r *reader) add(line string) *errs.Error {
	if len(r.out) == 0 {
		return fault(r.at(line, ""), errs.T("a line before the first action", "第一个操作之前不能有内容行"), errs.T("begin with `action NAME: …`, not indented", "请以不缩进的 `action 名称: …` 开头"))
	}
	e, said := &r.out[len(r.out)-1], strings.TrimSpace(line)
	if said == "people" {
		e.People = true
		return nil
	}
	role, rest, ok := strings.Cut(said, ":")
	l := Line{Role: Role(role), at: r.at(line, role)}
	roles := append([]Role{everyone, Source}, Roles()...)
	if !ok || !slices.Contains(roles, l.Role) {
		next := errs.DidYouMean(role, namesOf(roles))
		if next.En == "" {
			next = errs.T("write `role: over what`", "请写 `角色: 范围`")
		}
		return fault(l.at, errs.Tf("%q is no role", "%q 不是角色", role), next)
	}
	if e.line(l.Role) != nil {
		return fault(l.at, errs.Tf("%s stands here twice", "%s 重复出现", l.Role), errs.T("put both into one line", "请合并为一行"))
	}
	to, may := &l.Over, []Relation{All, Own, Unit, Subtree, Subject}
	for word := range strings.FieldsSeq(rest) {
		if word == "unless" && to == &l.Over {
			to, may = &l.Unless, []Relation{Conflict, Subject, Own}
			continue
		}
		if !slices.Contains(may, Relation(word)) {
			return fault(r.at(line, word), errs.Tf("%q can't stand here", "%q 不能出现在此处", word), errs.Tf("one of: %s", "可用：%s", strings.Join(namesOf(may), ", ")))
		}
		*to = append(*to, Relation(word))
	}
	if len(l.Over) == 0 || to == &l.Unless && len(l.Unless) == 0 {
		return fault(l.at, errs.T("over what is missing, or unless what", "缺少范围，或 unless 之后缺少内容"), errs.T("write `role: all unless conflict`", "请写 `角色: all unless conflict`"))
	}
	e.Lines = append(e.Lines, l)
	return nil
}

func namesOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
