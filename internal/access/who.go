package access

import (
	"slices"
	"strings"

	"plumbline/internal/errs"
)

// Role is a part that somebody plays. One account may have several; each allows
// what it allows alone.
type Role string

// The roles. What each may do stands in table.txt and nowhere else.
const (
	Administrator Role = "administrator" // keeps the system running, reads no content
	Supervisor    Role = "supervisor"    // the oversight office
	Head          Role = "head"          // of a unit, over it and those below
	Officer       Role = "officer"
	Verifier      Role = "verifier"
	Auditor       Role = "auditor"
	Custodian     Role = "custodian" // of sealed identities
	Lay           Role = "lay"       // sees no persons
	Source        Role = "source"    // a machine that sends events
)

// Who is who asks: an account that is signed in, or the token of a machine, as
// they stand at this moment.
type Who struct {
	Account   string   // the account's name; of a machine's token: "token/" and its name
	Person    string   // whom the organisation knows as this; "" for none
	Roles     []Role   // none: may do nothing but what everybody signed in may
	Units     []string // where the person holds posts now; of an account of no person, its own unit
	Conflicts []string // persons with whom this one has a declared conflict or kinship now
	Session   string   // by which the session is listed; "" for a token
	Unfit     Unfit    // why the session may do nothing yet
	Policy    *Policy  // the table in force as they asked; nil: the program's own
}

// Unfit says why somebody who gave the right password may do nothing yet.
type Unfit string

// What may be wanting.
const (
	Fit         Unfit = ""
	NoSecond    Unfit = "second factor" // one of the roles wants one, and the account has none
	OldPassword Unfit = "password"      // an administrator gave it, or it is known to be breached: to be changed first
)

// Has says whether the account has a role.
func (w *Who) Has(r Role) bool { return slices.Contains(w.Roles, r) }

// Machine says whether it is a token and no person's account.
func (w *Who) Machine() bool { return w.Session == "" }

// Roles are all that a person's account may have, in the order of the table.
func Roles() []Role {
	return []Role{Administrator, Supervisor, Head, Officer, Verifier, Auditor, Custodian, Lay}
}

var titles = map[Role]errs.Text{
	Administrator: errs.T("administrator", "系统管理员"),
	Supervisor:    errs.T("supervisor", "执法监督员"),
	Head:          errs.T("head of a unit", "单位负责人"),
	Officer:       errs.T("officer", "民警"),
	Verifier:      errs.T("verifier", "核查员"),
	Auditor:       errs.T("auditor", "审计员"),
	Custodian:     errs.T("custodian of sealed identities", "密封身份保管人"),
	Lay:           errs.T("lay supervisor", "特邀监督员"),
	Source:        errs.T("source", "数据来源"),
	everyone:      errs.T("everyone who is signed in", "所有登录人员"),
}

// Title is what people call a role.
func (r Role) Title() errs.Text { return titles[r] }

// ParseRole reads the name of a role that a person may have.
func ParseRole(text string) (Role, error) {
	var names []string
	for _, r := range Roles() {
		if string(r) == text {
			return r, nil
		}
		names = append(names, string(r))
	}
	next := errs.DidYouMean(text, names)
	if next.En == "" {
		list := strings.Join(names, ", ")
		next = errs.T("there are: "+list, "角色有："+list)
	}
	return "", &errs.Error{Code: errs.Usage, What: errs.Tf("there is no role %q", "没有角色 %q", text), Next: next}
}
