package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// signinForm is what the page of signing in shows again.
type signinForm struct {
	Name     string
	Next     string
	Ticket   string // of who gave the right password, and is asked for the code alone
	Wrong    string // why it didn't work
	Passkeys bool   // they can be used
	OIDC     bool   // the agency has a sign-in of its own
}

// signinShown is the page of signing in.
func (p *Pages) signinShown(v *view, f signinForm) (templ.Component, error) {
	v.title = v.T("signin.title")
	v.who = nil
	f.Next, f.Passkeys, f.OIDC = local(f.Next), p.Identity.HasPasskeys(), p.Identity.HasOIDC()
	return signin(v, f), nil
}

func (p *Pages) signinPage(v *view) (templ.Component, error) {
	next := v.r.URL.Query().Get("next")
	if v.who != nil {
		return nil, redirect(local(next))
	}
	return p.signinShown(v, signinForm{Next: next})
}

func (p *Pages) signin(v *view) (templ.Component, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("the form could not be read", "表单无法读取"), Err: err}
	}
	form := v.r.PostForm
	f := signinForm{Name: form.Get("name"), Next: form.Get("next"), Ticket: form.Get("ticket")}
	granted, err := p.Identity.SignIn(v.r.Context(), identity.Try{Name: f.Name, Password: form.Get("password"), Code: form.Get("code"), Ticket: f.Ticket, From: p.Identity.From(v.r)})
	var halfway identity.Halfway
	switch {
	case err == nil:
		http.SetCookie(v.w, p.Identity.Cookie(granted))
		return nil, redirect(local(f.Next))
	case errors.As(err, &halfway):
		if f.Ticket != "" { // a code was given, and was wrong
			f.Wrong = errs.In(err, v.Lang)
		}
		f.Ticket, v.status = halfway.Ticket, http.StatusUnauthorized
	case errors.Is(err, identity.ErrWrong):
		f.Ticket, f.Wrong, v.status = "", errs.In(err, v.Lang), http.StatusUnauthorized
	case errors.Is(err, identity.ErrWait):
		f.Wrong, v.status = errs.In(err, v.Lang), http.StatusTooManyRequests
	default:
		return nil, err
	}
	return p.signinShown(v, f)
}

// nextCookie keeps where somebody wanted to go while they are at the agency's own
// sign-in.
const nextCookie = "plumbline-next"

func (p *Pages) toOIDC(v *view) (templ.Component, error) {
	next := local(v.r.URL.Query().Get("next"))
	to, cookie, err := p.Identity.BeginOIDC(v.r.Context())
	if err != nil {
		return p.oidcFailed(v, next, err)
	}
	http.SetCookie(v.w, cookie)
	http.SetCookie(v.w, &http.Cookie{Name: nextCookie, Value: escapeQuery(next), Path: identity.OIDCPath, MaxAge: cookie.MaxAge, HttpOnly: true, Secure: cookie.Secure, SameSite: http.SameSiteLaxMode})
	return nil, redirect(to)
}

// fromOIDC is where the agency's own sign-in sends browsers back to.
func (p *Pages) fromOIDC(v *view) (templ.Component, error) {
	next := "/"
	if c, err := v.r.Cookie(nextCookie); err == nil {
		next = local(unescapeQuery(c.Value))
	}
	granted, err := p.Identity.FinishOIDC(v.r.Context(), v.r)
	if err != nil {
		return p.oidcFailed(v, next, err)
	}
	http.SetCookie(v.w, p.Identity.Cookie(granted))
	return nil, redirect(next)
}

// oidcFailed says on the page of signing in why the agency's own didn't do.
func (p *Pages) oidcFailed(v *view, next string, err error) (templ.Component, error) {
	var told *errs.Error
	if !errors.As(err, &told) {
		return nil, err
	}
	v.status = http.StatusUnauthorized
	if told.Code == errs.Internal {
		p.Log.Warn("the agency's own sign-in can't be used", "error", err.Error())
		v.status = http.StatusServiceUnavailable
	}
	return p.signinShown(v, signinForm{Next: next, Wrong: told.In(v.Lang)})
}

func (p *Pages) signout(v *view) (templ.Component, error) {
	if err := p.Identity.SignOut(v.r.Context(), p.Identity.CookieOf(v.r)); err != nil {
		return nil, err
	}
	http.SetCookie(v.w, p.Identity.NoCookie())
	return nil, redirect("/signin")
}

// demoRole is the role of one of the demonstration's accounts, which are called by it.
func (v *view) demoRole(account string) string {
	role := access.Role(account)
	if strings.HasPrefix(string(access.Administrator), account) {
		role = access.Administrator
	}
	return role.Title().In(v.Lang)
}
