package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// accountRow is one account of the list.
type accountRow struct {
	Name, Person, Unit, Roles, Since, Mark, Word string
	Second, Disabled, Own                        bool
}

// adminView is what the page of administration shows.
type adminView struct {
	Accounts []accountRow
	Changes  bool // who asks may change accounts
	Roles    []access.Role
	Units    []option
	Wrong    string // why something wasn't done
	Form     accountForm
	Done     string
	Facts    [][2]string // of the system
}

// accountForm is what was written of a new account.
type accountForm struct {
	Name, Person, Unit string
	Roles              []string
}

func (p *Pages) admin(v *view) (templ.Component, error) {
	out := adminView{}
	for _, done := range []string{"added", "disabled", "reset"} {
		if v.r.URL.Query().Get("done") == done {
			out.Done = v.T("admin.done_" + done)
		}
	}
	return p.adminWith(v, out)
}

func (p *Pages) adminWith(v *view, out adminView) (templ.Component, error) {
	v.title = v.T("admin.title")
	list, err := p.Identity.Accounts(v.r.Context())
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Accounts = append(out.Accounts, v.accountRow(&list[i]))
	}
	out.Changes, out.Roles, out.Units = v.may(access.AccountChange), access.Roles(), v.unitOptions([]string{out.Form.Unit})
	sources, err := p.Service.Sources(v.r.Context())
	if err != nil {
		return nil, err
	}
	out.Facts = [][2]string{{v.T("admin.version"), p.Version}, {v.T("admin.zone"), p.Zone.Name()}, {v.T("admin.rules"), v.Int(len(p.Service.Rules()))},
		{v.T("admin.sources"), v.Int(len(sources))}, {v.T("admin.units"), v.Int(len(out.Units))}}
	return admin(v, out), nil
}

func (v *view) accountRow(a *identity.Account) accountRow {
	row := accountRow{Name: a.Name, Person: a.Person, Unit: v.unit(a.Unit), Since: v.at(a.Created), Second: a.Secret != "", Disabled: a.Disabled, Own: a.Name == v.who.Account,
		Mark: "met", Word: v.T("admin.active")}
	for i, r := range a.Roles {
		if i > 0 {
			row.Roles += v.T("list.comma")
		}
		row.Roles += r.Title().In(v.Lang)
	}
	switch {
	case a.Disabled:
		row.Mark, row.Word = "moot", v.T("admin.disabled")
	case a.Change:
		row.Mark, row.Word = "risk", v.T("admin.first_password")
	}
	return row
}

func (p *Pages) addAccount(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	f := accountForm{Name: strings.TrimSpace(form.Get("name")), Person: strings.TrimSpace(form.Get("person")), Unit: form.Get("unit"), Roles: v.r.PostForm["role"]}
	a := identity.Account{Name: f.Name, Person: f.Person, Unit: f.Unit}
	for _, r := range f.Roles {
		a.Roles = append(a.Roles, access.Role(r))
	}
	return p.changed(v, f, "added", p.Identity.Add(v.r.Context(), a, form.Get("password")))
}

// changeAccount disables an account, or gives it another first password: anybody's
// but one's own.
func (p *Pages) changeAccount(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	name := v.r.PathValue("name")
	if err := v.must(access.AccountChange, access.Made(name)); err != nil {
		return nil, err
	}
	if form.Get("act") == "disable" {
		return p.changed(v, accountForm{}, "disabled", p.Identity.Disable(v.r.Context(), name))
	}
	return p.changed(v, accountForm{}, "reset", p.Identity.Reset(v.r.Context(), name, form.Get("password"), form.Get("second") != ""))
}

// changed goes back to the page, or shows it with what is wrong.
func (p *Pages) changed(v *view, f accountForm, done string, err error) (templ.Component, error) {
	switch {
	case err == nil:
		return nil, redirect("/admin?done=" + done)
	case errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return p.adminWith(v, adminView{Wrong: errs.In(err, v.Lang), Form: f})
	}
	return nil, err
}

// has says whether a role was ticked.
func (f accountForm) has(r access.Role) bool { return slices.Contains(f.Roles, string(r)) }
