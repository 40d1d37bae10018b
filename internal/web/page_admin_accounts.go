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
	Name, Person, Unit, Roles, Since, Mark, Word, Link string
	Second, Own                                        bool
}

// accountsView is what the page of accounts shows.
type accountsView struct {
	told
	Accounts []accountRow
	Changes  bool // who asks may change accounts
	Form     accountForm
}

// accountForm is what is written of an account.
type accountForm struct {
	Name, Person, Unit, External string
	Roles                        []string
	All                          []access.Role
	Units                        []option
	OIDC                         bool // the agency has a sign-in of its own
}

// has says whether a role was ticked.
func (f accountForm) has(r access.Role) bool { return slices.Contains(f.Roles, string(r)) }

// accountsOne is what the page of one account shows.
type accountsOne struct {
	told
	accountRow
	Form     accountForm
	Changes  bool
	Disabled bool
	Passkeys int
	Sessions int
}

func (p *Pages) accounts(v *view) (templ.Component, error) {
	return p.accountsWith(v, accountsView{told: v.done("added", v.T("admin.done_added"))})
}

func (p *Pages) accountsWith(v *view, out accountsView) (templ.Component, error) {
	v.title = v.T("admin.accounts")
	list, err := p.Identity.Accounts(v.r.Context())
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Accounts = append(out.Accounts, v.accountRow(&list[i]))
	}
	out.Changes, out.Form = v.may(access.AccountChange), v.fill(out.Form)
	return accountsPage(v, out), nil
}

// fill gives a form what can be chosen.
func (v *view) fill(f accountForm) accountForm {
	f.All, f.Units, f.OIDC = access.Roles(), v.unitOptions([]string{f.Unit}), v.p.Identity.HasOIDC()
	return f
}

func (v *view) accountRow(a *identity.Account) accountRow {
	row := accountRow{Name: a.Name, Person: a.Person, Unit: v.unit(a.Unit), Since: v.at(a.Created), Second: a.Secret != "", Own: a.Name == v.who.Account,
		Mark: "met", Word: v.T("admin.active"), Link: "/admin/accounts/" + escapePath(a.Name)}
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

// writtenAccount is what a form says of an account.
func (v *view) writtenAccount() (accountForm, []access.Role) {
	text := func(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }
	f := accountForm{Name: text("name"), Person: text("person"), Unit: text("unit"), External: text("external"), Roles: v.r.PostForm["role"]}
	var roles []access.Role
	for _, r := range f.Roles {
		roles = append(roles, access.Role(r))
	}
	return f, roles
}

func (p *Pages) addAccount(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	f, roles := v.writtenAccount()
	err = p.Identity.Add(v.r.Context(), identity.Account{Name: f.Name, Person: f.Person, Unit: f.Unit, External: f.External, Roles: roles}, form.Get("password"))
	switch {
	case err == nil:
		return nil, redirect("/admin/accounts?done=added")
	case errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return p.accountsWith(v, accountsView{told: told{Wrong: errs.In(err, v.Lang)}, Form: f})
	}
	return nil, err
}

func (p *Pages) accountOf(v *view) (templ.Component, error) {
	return p.accountOfWith(v, v.done("changed", v.T("admins.done_changed"), "disabled", v.T("admin.done_disabled"), "reset", v.T("admin.done_reset")), nil)
}

// accountOfWith shows an account; written is what was to be changed of it.
func (p *Pages) accountOfWith(v *view, t told, written *accountForm) (templ.Component, error) {
	name := v.r.PathValue("name")
	v.title = name
	list, err := p.Identity.Accounts(v.r.Context())
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(a identity.Account) bool { return a.Name == name })
	if at < 0 {
		return nil, errNone
	}
	a := &list[at]
	keys, err := p.Identity.Passkeys(v.r.Context(), name)
	if err != nil {
		return nil, err
	}
	sessions, err := p.Identity.Sessions(v.r.Context(), name)
	if err != nil {
		return nil, err
	}
	f := accountForm{Name: name, Person: a.Person, Unit: a.Unit, External: a.External}
	for _, r := range a.Roles {
		f.Roles = append(f.Roles, string(r))
	}
	if written != nil {
		f = *written
	}
	return accountOfPage(v, accountsOne{told: t, accountRow: v.accountRow(a), Form: v.fill(f), Changes: v.may(access.AccountChange) && name != v.who.Account, Disabled: a.Disabled,
		Passkeys: len(keys), Sessions: len(sessions)}), nil
}

// changeAccount changes, disables or resets an account: anybody's but one's own.
func (p *Pages) changeAccount(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	name := v.r.PathValue("name")
	if err := v.must(access.AccountChange, access.Made(name)); err != nil {
		return nil, err
	}
	var written *accountForm
	done := "changed"
	switch form.Get("act") {
	case "disable":
		done, err = "disabled", p.Identity.Disable(v.r.Context(), name)
	case "reset":
		done, err = "reset", p.Identity.Reset(v.r.Context(), name, form.Get("password"), form.Get("second") != "")
	default:
		f, roles := v.writtenAccount()
		written = &f
		err = p.Identity.Change(v.r.Context(), name, func(a *identity.Account) {
			a.Person, a.Unit, a.Roles = f.Person, f.Unit, roles
			if p.Identity.HasOIDC() {
				a.External = f.External
			}
		})
	}
	switch {
	case err == nil:
		return nil, redirect("/admin/accounts/" + escapePath(name) + "?done=" + done)
	case errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return p.accountOfWith(v, told{Wrong: errs.In(err, v.Lang)}, written)
	}
	return nil, err
}
