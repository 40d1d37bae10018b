package web

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// accountView is what the page of one's own account shows.
type accountView struct {
	Sessions []sessionView
	Passkeys []passkeyView
	CanKey   bool   // passkeys can be made here
	Codes    bool   // a phone's codes are wanted
	Recovery string // how many recovery codes are left
	Few      bool   // of them
	Password bool   // the account has one, which is asked for again
	Wrong    string // why the password wasn't changed
	Refused  string // why something else wasn't done
	Done     string
}

// sessionView is one of the sign-ins that still hold.
type sessionView struct {
	ID, From, Agent, Began, Seen string
	Whole                        string // what the browser says of itself
	Here                         bool   // the one that asks
	Second                       bool
}

// passkeyView is one of one's passkeys.
type passkeyView struct{ ID, Name, Made, Used string }

// fewCodes is how many recovery codes are few.
const fewCodes = 3

func (p *Pages) account(v *view) (templ.Component, error) {
	out := accountView{}
	for _, done := range []string{"changed", "passkey", "dropped", "codes"} {
		if v.r.URL.Query().Get("done") == done {
			out.Done = v.T("own.done_" + done)
		}
	}
	return p.accountWith(v, out)
}

func (p *Pages) accountWith(v *view, out accountView) (templ.Component, error) {
	v.title = v.T("account.title")
	ctx := v.r.Context()
	list, err := p.Identity.Sessions(ctx, v.who.Account)
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Sessions = append(out.Sessions, v.sessionView(&list[i]))
	}
	keys, err := p.Identity.Passkeys(ctx, v.who.Account)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		out.Passkeys = append(out.Passkeys, v.passkeyView(&k))
	}
	left, codes, err := p.Identity.Second(ctx, v.who.Account)
	if err != nil {
		return nil, err
	}
	if out.Password, err = p.Identity.HasPassword(ctx, v.who.Account); err != nil {
		return nil, err
	}
	out.CanKey, out.Codes, out.Recovery, out.Few = p.Identity.HasPasskeys(), codes, v.N("own.left", left), left <= fewCodes
	return account(v, out), nil
}

func (v *view) sessionView(s *identity.Session) sessionView {
	return sessionView{ID: s.ID, From: s.Address, Agent: v.device(s.Agent), Whole: s.Agent, Began: v.at(s.Created), Seen: v.at(s.Seen), Here: s.ID == v.who.Session, Second: s.Second}
}

func (v *view) passkeyView(k *identity.Passkey) passkeyView {
	out := passkeyView{ID: k.ID, Name: k.Name, Made: v.at(k.Created)}
	if out.Name == "" {
		out.Name = v.T("passkey.nameless")
	}
	if k.Used != 0 {
		out.Used = v.at(k.Used)
	}
	return out
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
	return nil, redirect("/account?done=changed")
}

func (p *Pages) endSession(v *view) (templ.Component, error) {
	if err := p.Identity.End(v.r.Context(), v.who.Account, v.r.PathValue("id")); err != nil {
		return nil, err
	}
	return nil, redirect("/account")
}

func (p *Pages) dropPasskey(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	err = p.Identity.DropPasskey(v.r.Context(), v.who, v.r.PathValue("id"), form.Get("password"))
	if err != nil && errs.CodeOf(err) == errs.Usage {
		v.status = http.StatusUnprocessableEntity
		return p.accountWith(v, accountView{Refused: errs.In(err, v.Lang)})
	}
	if err != nil {
		return nil, err
	}
	return nil, redirect("/account?done=dropped")
}

// secondView is what the page of a phone's codes shows.
type secondView struct {
	Secret, Grouped, Wrong string
	Square                 templ.Component
	Password               bool // the account has one, which is asked for again
}

// secondPage begins to set a phone's codes up: the secret is this session's for some
// minutes, and the account's once a code of it comes back.
func (p *Pages) secondPage(v *view) (templ.Component, error) { return p.secondWith(v, secondView{}) }

func (p *Pages) secondWith(v *view, out secondView) (templ.Component, error) {
	v.title = v.T("second.title")
	var err error
	if out.Password, err = p.Identity.HasPassword(v.r.Context(), v.who.Account); err != nil {
		return nil, err
	}
	out.Secret = p.Identity.BeginSecond(v.who)
	drawing, err := square(identity.SecretURL(p.Agency, v.who.Account, out.Secret), v.T("second.square"))
	if err != nil {
		return nil, err
	}
	out.Square, out.Grouped = drawn(drawing), grouped(out.Secret)
	return second(v, out), nil
}

// grouped is a secret in fours, to be typed.
func grouped(s string) string {
	var parts []string
	for ; len(s) > 4; s = s[4:] {
		parts = append(parts, s[:4])
	}
	return strings.Join(append(parts, s), " ")
}

func (p *Pages) confirmSecond(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	codes, err := p.Identity.ConfirmSecond(v.r.Context(), v.who, form.Get("secret"), form.Get("code"), form.Get("password"))
	if err != nil && errs.CodeOf(err) == errs.Usage {
		v.status = http.StatusUnprocessableEntity
		return p.secondWith(v, secondView{Wrong: errs.In(err, v.Lang)})
	}
	if err != nil {
		return nil, err
	}
	if v.who.Unfit == access.NoSecond {
		v.who.Unfit = access.Fit // from here on
	}
	return p.recoveryShown(v, codes), nil
}

// recoveryShown shows recovery codes, this once.
func (p *Pages) recoveryShown(v *view, codes []string) templ.Component {
	v.title = v.T("second.recovery")
	return recoveryCodes(v, codes)
}

// changeSecond takes the phone's codes away, or gives other recovery codes, for who
// has a code.
func (p *Pages) changeSecond(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	var codes []string
	if form.Get("act") == "recovery" {
		codes, err = p.Identity.NewRecovery(v.r.Context(), v.who, form.Get("code"), form.Get("password"))
	} else {
		err = p.Identity.DropSecond(v.r.Context(), v.who, form.Get("code"), form.Get("password"))
	}
	switch {
	case err != nil && errs.CodeOf(err) == errs.Usage:
		v.status = http.StatusUnprocessableEntity
		return p.accountWith(v, accountView{Refused: errs.In(err, v.Lang)})
	case err != nil:
		return nil, err
	case codes != nil:
		return p.recoveryShown(v, codes), nil
	}
	return nil, redirect("/account?done=codes")
}

// unfit says whether who asks must first put their account right.
func unfit(w *access.Who) bool { return w.Unfit != access.Fit }

// device is a browser and its system in words, of what a browser says of itself: it
// names its ancestors, too, so the first that is found counts. What is unknown stays.
func (v *view) device(agent string) string {
	pick := func(list [][2]string) string {
		for _, of := range list {
			if strings.Contains(agent, of[0]) {
				return of[1]
			}
		}
		return ""
	}
	browser := pick([][2]string{{"MicroMessenger", v.T("account.wechat")}, {"Edg", "Edge"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}})
	system := pick([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iPadOS"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}})
	if browser == "" || system == "" {
		return agent
	}
	return v.T("account.device", browser, system)
}
