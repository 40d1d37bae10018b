package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

type signInInput struct {
	requestOf
	Body signInBody
}

// requestOf gives an operation the request itself: whence it comes.
type requestOf struct{ r *http.Request }

// Resolve is huma.Resolver's.
func (x *requestOf) Resolve(ctx huma.Context) []error {
	x.r, _ = ctx.Context().Value(requestKey{}).(*http.Request)
	return nil
}

type requestKey struct{}

type signInBody struct {
	Name     string `json:"name" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"20" doc:"Of the second factor, where it is asked for (problem code)"`
}

type whoOutput struct {
	Cookie string `header:"Set-Cookie" doc:"The session's, where one began"`
	Body   whoBody
}

type whoBody struct {
	Account string   `json:"account"`
	Person  string   `json:"person,omitempty"`
	Roles   []string `json:"roles" nullable:"false"`
	Units   []string `json:"units" nullable:"false" doc:"In which they stand now"`
	Wanting string   `json:"wanting,omitempty" enum:"password,second factor" doc:"What is to be changed or set up before anything else can be done"`
}

func whoIs(w *access.Who) whoBody {
	return whoBody{Account: w.Account, Person: w.Person, Roles: roleNames(w.Roles), Units: append([]string{}, w.Units...), Wanting: string(w.Unfit)}
}

type nobodyOutput struct {
	Cookie string `header:"Set-Cookie"`
}

type sessionsOutput struct{ Body sessionsBody }

type sessionsBody struct {
	Sessions []sessionBody `json:"sessions" nullable:"false" doc:"The newest first"`
}

type sessionBody struct {
	ID      string `json:"id"`
	This    bool   `json:"this" doc:"The one that asks"`
	Began   string `json:"began"`
	Seen    string `json:"seen" doc:"To the minute"`
	Ends    string `json:"ends"`
	Address string `json:"address,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Second  bool   `json:"second_factor"`
}

type endSessionInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct{}
}

type passwordInput struct{ Body passwordBody }

type passwordBody struct {
	Old string `json:"old" maxLength:"1024"`
	New string `json:"new" maxLength:"1024" doc:"12 characters or more; the other sessions end"`
}

type secretOutput struct{ Body secretBody }

type secretBody struct {
	Secret string `json:"secret" doc:"For the phone; it counts once a code of it was given to confirm"`
	URL    string `json:"url" doc:"The same as a square code has it"`
}

type confirmInput struct{ Body confirmBody }

type confirmBody struct {
	Secret   string `json:"secret" maxLength:"100" doc:"That this session was given"`
	Code     string `json:"code" maxLength:"20"`
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Once more; an account that has none must have signed in within ten minutes"`
}

type recoveryOutput struct{ Body recoveryBody }

type recoveryBody struct {
	Recovery []string `json:"recovery" nullable:"false" doc:"Recovery codes, shown this once: each stands once for a code of the phone"`
}

type codeInput struct{ Body codeBody }

type codeBody struct {
	Code     string `json:"code" maxLength:"20"`
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Once more; an account that has none must have signed in within ten minutes"`
}

type againInput struct{ Body againBody }

type againBody struct {
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Once more; an account that has none must have signed in within ten minutes"`
}

type emptyInput struct{ Body struct{} }

// addSessions adds what somebody does to sign in, and to their own account then.
func (a *API) addSessions() {
	own := func(method, path, id, summary, text string) huma.Operation {
		return a.operation(method, path, id, summary, text, access.SessionOwn)
	}
	huma.Register(a.huma, a.public(http.MethodPost, "/api/v1/signin", "sign-in", "Sign in", "By name and password; the answer's cookie is the session."), a.signIn)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/signout", "sign-out", "Sign out", "Ends the session that asks."), a.signOut)
	huma.Register(a.huma, own(http.MethodGet, "/api/v1/session", "who-am-i", "Who is signed in", "With roles and units."), a.whoAmI)
	huma.Register(a.huma, own(http.MethodGet, "/api/v1/sessions", "list-sessions", "List one's sessions", "Those that still hold."), a.listSessions)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/sessions/{id}/end", "end-session", "End one of one's sessions", "One that isn't there is no fault."), a.endSession)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/password", "change-password", "Change one's password", "The other sessions end."), a.changePassword)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/second-factor", "new-second-factor", "Begin to set up a second factor", "Gives this session a secret for a phone (RFC 6238), for some minutes the same one."), a.newSecond)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/second-factor/confirm", "confirm-second-factor", "Set up a second factor", "With the password, and a code that shows that the phone has the secret; the other sessions end. The answer has recovery codes."), a.confirmSecond)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/second-factor/recovery", "new-recovery", "Get other recovery codes", "With the password and a code of the second factor; those before open nothing any more."), a.newRecovery)
	huma.Register(a.huma, own(http.MethodPost, "/api/v1/second-factor/drop", "drop-second-factor", "Take one's second factor away", "With the password and a code of it."), a.dropSecond)
}

// public is an operation that anybody may call.
func (a *API) public(method, path, id, summary, text string) huma.Operation {
	op := a.operation(method, path, id, summary, text, "")
	op.Metadata[publicKey] = true
	op.Security = []map[string][]string{{}}
	return op
}

func (a *API) granted(g *identity.Granted) *whoOutput {
	return &whoOutput{Cookie: a.accounts.Cookie(g).String(), Body: whoIs(&g.Who)}
}

func (a *API) signIn(ctx context.Context, in *signInInput) (*whoOutput, error) {
	g, err := a.accounts.SignIn(ctx, identity.Try{Name: in.Body.Name, Password: in.Body.Password, Code: in.Body.Code, From: a.accounts.From(in.r)})
	if err != nil {
		p := a.notSignedIn(err)
		switch {
		case errors.Is(err, identity.ErrCode):
			p.code = "code"
		case errors.Is(err, identity.ErrWait):
			p.status, p.code, p.wait = http.StatusTooManyRequests, "wait", 1
		}
		return nil, p
	}
	return a.granted(g), nil
}

func (a *API) signOut(ctx context.Context, _ *emptyInput) (*nobodyOutput, error) {
	w := whoAsks(ctx)
	if err := a.accounts.End(ctx, w.Account, w.Session); err != nil {
		return nil, a.problemOf(err)
	}
	return &nobodyOutput{a.accounts.NoCookie().String()}, nil
}

func (a *API) whoAmI(ctx context.Context, _ *struct{}) (*whoOutput, error) {
	return &whoOutput{Body: whoIs(whoAsks(ctx))}, nil
}

func (a *API) listSessions(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	w := whoAsks(ctx)
	list, err := a.accounts.Sessions(ctx, w.Account)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &sessionsOutput{sessionsBody{make([]sessionBody, len(list))}}
	for i, s := range list {
		out.Body.Sessions[i] = sessionBody{ID: s.ID, This: s.ID == w.Session, Began: a.instant(s.Created), Seen: a.instant(s.Seen), Ends: a.instant(s.Ends),
			Address: s.Address, Agent: s.Agent, Second: s.Second}
	}
	return out, nil
}

func (a *API) endSession(ctx context.Context, in *endSessionInput) (*struct{}, error) {
	return nil, a.said(a.accounts.End(ctx, whoAsks(ctx).Account, in.ID))
}

func (a *API) changePassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	return nil, a.said(a.accounts.ChangePassword(ctx, whoAsks(ctx), in.Body.Old, in.Body.New))
}

func (a *API) newSecond(ctx context.Context, _ *emptyInput) (*secretOutput, error) {
	secret := a.accounts.BeginSecond(whoAsks(ctx))
	return &secretOutput{secretBody{secret, identity.SecretURL("Plumbline 准绳", whoAsks(ctx).Account, secret)}}, nil
}

func (a *API) confirmSecond(ctx context.Context, in *confirmInput) (*recoveryOutput, error) {
	codes, err := a.accounts.ConfirmSecond(ctx, whoAsks(ctx), in.Body.Secret, in.Body.Code, in.Body.Password)
	if err != nil {
		return nil, a.said(err)
	}
	return &recoveryOutput{recoveryBody{codes}}, nil
}

func (a *API) newRecovery(ctx context.Context, in *codeInput) (*recoveryOutput, error) {
	codes, err := a.accounts.NewRecovery(ctx, whoAsks(ctx), in.Body.Code, in.Body.Password)
	if err != nil {
		return nil, a.said(err)
	}
	return &recoveryOutput{recoveryBody{codes}}, nil
}

func (a *API) dropSecond(ctx context.Context, in *codeInput) (*struct{}, error) {
	return nil, a.said(a.accounts.DropSecond(ctx, whoAsks(ctx), in.Body.Code, in.Body.Password))
}

type begunOutput struct{ Body *identity.Begun }

type ticketInput struct {
	requestOf
	Ticket string `path:"ticket" maxLength:"100"`
	Body   passkeyBody
}

type passkeyBody struct {
	Name   string         `json:"name,omitempty" maxLength:"200" doc:"What its holder calls a new one"`
	Answer map[string]any `json:"answer" doc:"What navigator.credentials gave, with its bytes as base64url"`
}

type passkeysOutput struct{ Body passkeysBody }

type passkeysBody struct {
	Passkeys []ownPasskeyBody `json:"passkeys" nullable:"false"`
}

type ownPasskeyBody struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Created string `json:"created"`
	Used    string `json:"used,omitempty"`
}

type passkeyIDInput struct {
	ID   string `path:"id" maxLength:"2000"`
	Body againBody
}

// addPasskeys adds passkeys.
func (a *API) addPasskeys() {
	huma.Register(a.huma, a.public(http.MethodPost, "/api/v1/signin/passkey", "begin-passkey-sign-in", "Begin to sign in with a passkey", "What a page gives to navigator.credentials.get."), a.beginSignIn)
	huma.Register(a.huma, a.public(http.MethodPost, "/api/v1/signin/passkey/{ticket}", "passkey-sign-in", "Sign in with a passkey", "The answer's cookie is the session."), a.finishSignIn)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/passkeys", "list-passkeys", "List one's passkeys", "In the order in which they were made.", access.SessionOwn), a.listPasskeys)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/passkeys", "begin-passkey", "Begin to make a passkey", "With the password: what a page gives to navigator.credentials.create.", access.SessionOwn), a.beginPasskey)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/passkeys/{ticket}", "make-passkey", "Make a passkey", "It counts as two factors.", access.SessionOwn), a.finishPasskey)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/passkeys/{id}/drop", "drop-passkey", "Take one of one's passkeys away", "With the password. One that isn't there is no fault.", access.SessionOwn), a.dropPasskey)
}

func (a *API) beginSignIn(ctx context.Context, _ *emptyInput) (*begunOutput, error) {
	b, err := a.accounts.BeginSignIn(ctx)
	return &begunOutput{b}, a.said(err)
}

func (a *API) finishSignIn(ctx context.Context, in *ticketInput) (*whoOutput, error) {
	answer, err := json.Marshal(in.Body.Answer)
	if err != nil {
		return nil, a.problemOf(err)
	}
	g, err := a.accounts.FinishSignIn(ctx, in.Ticket, answer, a.accounts.From(in.r))
	if err != nil {
		return nil, a.notSignedIn(err)
	}
	return a.granted(g), nil
}

func (a *API) listPasskeys(ctx context.Context, _ *struct{}) (*passkeysOutput, error) {
	list, err := a.accounts.Passkeys(ctx, whoAsks(ctx).Account)
	out := &passkeysOutput{passkeysBody{make([]ownPasskeyBody, len(list))}}
	for i, k := range list {
		out.Body.Passkeys[i] = ownPasskeyBody{k.ID, k.Name, a.instant(k.Created), a.instant(k.Used)}
	}
	return out, a.said(err)
}

func (a *API) beginPasskey(ctx context.Context, in *againInput) (*begunOutput, error) {
	b, err := a.accounts.BeginPasskey(ctx, whoAsks(ctx), in.Body.Password)
	return &begunOutput{b}, a.said(err)
}

func (a *API) finishPasskey(ctx context.Context, in *ticketInput) (*struct{}, error) {
	answer, err := json.Marshal(in.Body.Answer)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return nil, a.said(a.accounts.FinishPasskey(ctx, whoAsks(ctx), in.Ticket, in.Body.Name, answer))
}

func (a *API) dropPasskey(ctx context.Context, in *passkeyIDInput) (*struct{}, error) {
	return nil, a.said(a.accounts.DropPasskey(ctx, whoAsks(ctx), in.ID, in.Body.Password))
}
