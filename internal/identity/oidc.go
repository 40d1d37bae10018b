package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"plumbline/internal/errs"
)

// OIDC is the agency's own sign-in. Accounts are found by a claim of its: what an
// account's External holds.
type OIDC struct {
	Issuer string
	Client string
	Secret string // of the client; "": none
	Claim  string // "": sub
}

// OIDCPath is where the agency's own sign-in sends browsers back to.
const OIDCPath = "/signin/oidc/done"

// provider is the agency's sign-in as it describes itself; it is asked when first
// needed, since it may be down when the service starts.
type provider struct {
	mu  sync.Mutex
	got *oidc.Provider
}

func (p *provider) get(ctx context.Context, issuer string) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.got != nil {
		return p.got, nil
	}
	// It outlives the request: keys are fetched with the context that it is made by.
	got, err := oidc.NewProvider(context.WithoutCancel(ctx), issuer)
	if err != nil {
		return nil, &errs.Error{Code: errs.Internal, Err: err, What: errs.T("the agency's own sign-in doesn't answer", "单位统一认证没有响应"),
			Next: errs.T("sign in with a password, or try again later", "请用密码登录，或稍后再试")}
	}
	p.got = got
	return got, nil
}

// HasOIDC says whether the agency's own sign-in can be used.
func (i *Identity) HasOIDC() bool { return i.opt.OIDC.Issuer != "" }

func (i *Identity) oauth(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	if !i.HasOIDC() {
		return nil, nil, &errs.Error{Code: errs.Usage, What: errs.T("the agency's own sign-in isn't set up", "未配置单位统一认证")}
	}
	p, err := i.provider.get(ctx, i.opt.OIDC.Issuer)
	if err != nil {
		return nil, nil, err
	}
	return p, &oauth2.Config{ClientID: i.opt.OIDC.Client, ClientSecret: i.opt.OIDC.Secret, Endpoint: p.Endpoint(), RedirectURL: i.opt.Origin + OIDCPath,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}, nil
}

const oidcCookie = "plumbline-oidc"

// BeginOIDC is where a browser goes to sign in at the agency's, with a cookie by
// which it is known again when it comes back: whoever has no such cookie didn't begin
// here.
func (i *Identity) BeginOIDC(ctx context.Context) (url string, cookie *http.Cookie, err error) {
	_, config, err := i.oauth(ctx)
	if err != nil {
		return "", nil, err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	cookie = &http.Cookie{Name: oidcCookie, Value: state + "." + nonce + "." + verifier, Path: OIDCPath, MaxAge: int(10 * time.Minute / time.Second), HttpOnly: true, Secure: i.secure, SameSite: http.SameSiteLaxMode}
	return config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), cookie, nil
}

// FinishOIDC begins a session for who comes back from the agency's sign-in.
func (i *Identity) FinishOIDC(ctx context.Context, r *http.Request) (*Granted, error) {
	p, config, err := i.oauth(ctx)
	if err != nil {
		return nil, err
	}
	again := errs.T("begin again on the page of signing in", "请回到登录页重新开始")
	c, err := r.Cookie(oidcCookie)
	parts := []string{}
	if err == nil {
		parts = strings.Split(c.Value, ".")
	}
	q := r.URL.Query()
	if len(parts) != 3 || q.Get("state") != parts[0] {
		return nil, refused(ErrWrong, errs.T("this browser didn't begin to sign in here", "登录不是由本浏览器在此发起"), again)
	}
	if why := q.Get("error"); why != "" {
		return nil, refused(ErrWrong, errs.Tf("the agency's own sign-in refused: %s", "单位统一认证拒绝登录：%s", why), again)
	}
	token, err := config.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return nil, refused(ErrWrong, errs.T("the agency's own sign-in doesn't confirm it", "单位统一认证未予确认"), again)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: i.opt.OIDC.Client}).Verify(ctx, raw)
	if err != nil || id.Nonce != parts[1] {
		return nil, refused(ErrWrong, errs.T("the agency's own sign-in doesn't confirm it", "单位统一认证未予确认"), again)
	}
	external, second, err := i.claimed(id)
	if err != nil {
		return nil, err
	}
	a, err := i.opt.Store.AccountBy(ctx, external)
	switch {
	case err != nil:
		return nil, err
	case a == nil || a.Disabled:
		return nil, refused(ErrWrong, errs.T("no account here is yours", "您在本系统没有账户"), errs.T("ask whoever keeps the accounts", "请联系账户管理员"))
	}
	return i.begin(ctx, a, second, i.From(r))
}

// claimed is what an account is called, and whether the agency saw two factors
// (RFC 8176: amr).
func (i *Identity) claimed(id *oidc.IDToken) (external string, second bool, err error) {
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return "", false, fmt.Errorf("claims of the agency's sign-in: %w", err)
	}
	name := cmp.Or(i.opt.OIDC.Claim, "sub")
	external, _ = all[name].(string)
	if name == "email" && all["email_verified"] != true { // anybody may write any address there
		external = ""
	}
	if external == "" {
		return "", false, &errs.Error{Code: errs.Usage, Err: errors.Join(ErrWrong), What: errs.Tf("the agency's own sign-in says no %s", "单位统一认证未提供 %s", name),
			Next: errs.T("whoever looks after the machine sets sign_in.oidc.claim", "请系统管理员核对 sign_in.oidc.claim")}
	}
	methods, _ := all["amr"].([]any)
	return external, slices.ContainsFunc(methods, func(m any) bool { return m == "mfa" || m == "otp" || m == "hwk" }), nil
}
