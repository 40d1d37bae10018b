package access

import (
	"slices"
	"strings"
	"sync"

	"plumbline/internal/errs"
)

// Policy is a table in force: the program's own, or an agency's, which speaks of
// those actions that it changes and leaves the rest as they are. It goes with each
// [Who], so that decisions and conditions of lists follow a new one with the next
// request.
type Policy struct {
	text    string
	entries []Entry
	by      map[Action]*Entry
}

func policyOf(text string, entries []Entry) *Policy {
	p := &Policy{text: text, entries: entries, by: map[Action]*Entry{}}
	for i := range entries {
		p.by[entries[i].Action] = &entries[i]
	}
	return p
}

// builtin is the table of the program. A fault in it is one of the program, and the
// tests find it first.
var builtin = sync.OnceValue(func() *Policy {
	list, err := parse("table.txt", text)
	if err != nil {
		panic(err)
	}
	return policyOf(text, list)
})

// Builtin is the table of the program.
func Builtin() *Policy { return builtin() }

// Parse reads an agency's table. What it doesn't speak of is as the program has it;
// what no agency may change is refused, all of it at once. file names it in faults.
func Parse(file, text string) (*Policy, error) {
	list, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	var wrong errs.List
	own := policyOf(text, list)
	for i := range list {
		wrong = append(wrong, list[i].check()...)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	whole := slices.Clone(builtin().entries)
	for i := range whole {
		if e := own.by[whole[i].Action]; e != nil {
			e.Title = whole[i].Title
			whole[i] = *e
		}
	}
	return policyOf(text, whole), nil
}

// Text is the table as it was written; of an agency's, without what it leaves as it
// is.
func (p *Policy) Text() string { return p.text }

// Entries are all actions with who may do them, in the order of the program's table.
func (p *Policy) Entries() []Entry { return p.entries }

// table is what somebody's decisions go by.
func (w *Who) table() *Policy {
	if w.Policy != nil {
		return w.Policy
	}
	return builtin()
}

// Difference is a line that one table has and another hasn't, or otherwise; "" is
// none.
type Difference struct {
	Action Action `json:"action"`
	Role   Role   `json:"role,omitempty"` // "": that machines are kept out
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// Differences are what another table would change, in the order of the table.
func (p *Policy) Differences(next *Policy) (out []Difference) {
	roles := append(append([]Role{everyone}, Roles()...), Source)
	for i := range p.entries {
		was, is := &p.entries[i], next.by[p.entries[i].Action]
		if was.People != is.People {
			out = append(out, Difference{Action: was.Action, Was: peopleText(was), Is: peopleText(is)})
		}
		for _, r := range roles {
			a, b := was.line(r).over(), is.line(r).over()
			if a != b {
				out = append(out, Difference{was.Action, r, a, b})
			}
		}
	}
	return out
}

func peopleText(e *Entry) string {
	if e.People {
		return "people"
	}
	return ""
}

// over is a line without its role; "" for none.
func (l *Line) over() string {
	if l == nil {
		return ""
	}
	_, text, _ := strings.Cut(l.String(), ": ")
	return text
}
