package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// signinForm is what the page of signing in shows again.
type signinForm struct {
	Name  string
	Next  string
	Code  bool   // the second factor is wanted
	Wrong string // why it didn't work
}

func (p *Pages) signinPage(v *view) (templ.Component, error) {
	v.title = v.T("signin.title")
	if v.who != nil {
		return nil, redirect(local(v.r.URL.Query().Get("next")))
	}
	return signin(v, signinForm{Next: v.r.URL.Query().Get("next")}), nil
}

func (p *Pages) signin(v *view) (templ.Component, error) {
	v.title = v.T("signin.title")
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("the form could not be read", "表单无法读取"), Err: err}
	}
	f := signinForm{Name: v.r.PostForm.Get("name"), Next: v.r.PostForm.Get("next")}
	granted, err := p.Identity.SignIn(v.r.Context(), identity.Try{Name: f.Name, Password: v.r.PostForm.Get("password"), Code: v.r.PostForm.Get("code"), From: p.Identity.From(v.r)})
	switch {
	case err == nil:
		http.SetCookie(v.w, p.Identity.Cookie(granted))
		return nil, redirect(local(f.Next))
	case errors.Is(err, identity.ErrCode), errors.Is(err, identity.ErrWrong), errors.Is(err, identity.ErrWait):
		f.Code, f.Wrong = errors.Is(err, identity.ErrCode), errs.In(err, v.Lang)
		v.status = http.StatusUnauthorized
		if errors.Is(err, identity.ErrWait) {
			v.status = http.StatusTooManyRequests
		}
		v.who = nil
		return signin(v, f), nil
	}
	return nil, err
}

func (p *Pages) signout(v *view) (templ.Component, error) {
	if err := p.Identity.SignOut(v.r.Context(), p.Identity.CookieOf(v.r)); err != nil {
		return nil, err
	}
	http.SetCookie(v.w, p.Identity.NoCookie())
	return nil, redirect("/signin")
}
