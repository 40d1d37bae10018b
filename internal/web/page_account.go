package web

import (
	"net/http"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// accountView is what the page of one's own account shows.
type accountView struct {
	Sessions []sessionView
	Wrong    string // why the password wasn't changed
	Changed  bool
}

// sessionView is one of the sign-ins that still hold.
type sessionView struct {
	ID, From, Agent, Began, Seen string
	Here                         bool // the one that asks
	Second                       bool
}

func (p *Pages) account(v *view) (templ.Component, error) {
	return p.accountWith(v, accountView{Changed: v.r.URL.Query().Has("changed")})
}

func (p *Pages) accountWith(v *view, out accountView) (templ.Component, error) {
	v.title = v.T("account.title")
	list, err := p.Identity.Sessions(v.r.Context(), v.who.Account)
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Sessions = append(out.Sessions, v.sessionView(&list[i]))
	}
	return account(v, out), nil
}

func (v *view) sessionView(s *identity.Session) sessionView {
	return sessionView{ID: s.ID, From: s.Address, Agent: s.Agent, Began: v.at(s.Created), Seen: v.at(s.Seen), Here: s.ID == v.who.Session, Second: s.Second}
}

func (p *Pages) changePassword(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	if form.Get("new") != form.Get("again") {
		v.status = http.StatusUnprocessableEntity
		return p.accountWith(v, accountView{Wrong: v.T("account.differ")})
	}
	err = p.Identity.ChangePassword(v.r.Context(), v.who, form.Get("old"), form.Get("new"))
	if err != nil && errs.CodeOf(err) == errs.Usage {
		v.status = http.StatusUnprocessableEntity
		return p.accountWith(v, accountView{Wrong: errs.In(err, v.Lang)})
	}
	if err != nil {
		return nil, err
	}
	return nil, redirect("/account?changed")
}

func (p *Pages) endSession(v *view) (templ.Component, error) {
	if err := p.Identity.End(v.r.Context(), v.who.Account, v.r.PathValue("id")); err != nil {
		return nil, err
	}
	return nil, redirect("/account")
}

// unfit says whether who asks must first put their account right.
func unfit(w *access.Who) bool { return w.Unfit != access.Fit }
