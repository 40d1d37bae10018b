package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// mayKey is where an operation says which action of the table it is, in the
// metadata that huma keeps beside it.
const mayKey = "may"

// publicKey marks an operation that anybody may call.
const publicKey = "public"

// heavyKey marks an operation that goes through the whole record; few of those
// run at once, and the others wait.
const heavyKey = "heavy"

// asker is who sent a request. source is that of a machine's token.
type asker struct {
	who    *access.Who
	source *service.Source
}

type askerKey struct{}

// whoAsks is who sent the request of an operation.
func whoAsks(ctx context.Context) *access.Who {
	a, _ := ctx.Value(askerKey{}).(*asker)
	if a == nil {
		return nil
	}
	return a.who
}

// withAsker is a request's context with who sent it, where no operation of huma did
// that.
func withAsker(r *http.Request, a *asker) context.Context {
	return context.WithValue(r.Context(), askerKey{}, a)
}

// tokenRoles are the roles that the tokens of machines have. They aren't people:
// what the table keeps for people, no token opens.
var tokenRoles = map[service.Role][]access.Role{
	"":                 {access.Source},
	service.RoleSource: {access.Source},
	service.RoleReader: {access.Auditor},
	service.RoleAdmin:  {access.Administrator, access.Supervisor},
}

// caller is who sent the request, if the table lets them do an action to anything
// at all: whoever has a token, or is signed in by a cookie.
func (a *API) caller(r *http.Request, may access.Action) (*asker, *problem) {
	asks, p := a.asker(r)
	if p != nil {
		return nil, p
	}
	if seen, ok := r.Context().Value(seenKey{}).(*seen); ok {
		seen.who = asks.who
	}
	if d := access.May(asks.who, may); !d.Allowed {
		return nil, a.refusal(asks.who, d)
	}
	return asks, nil
}

// asker is who sent a request, whatever they may.
func (a *API) asker(r *http.Request) (*asker, *problem) {
	token, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		return a.signedIn(r)
	}
	src, ok := a.service.Authenticate(r.Context(), token)
	if !ok {
		return nil, &problem{status: http.StatusUnauthorized, code: "bad_token", what: errs.T("nobody has this token", "令牌无效"),
			next: errs.T("check that it is complete and that its source wasn't disabled; plumbline source add gives a new one", "请检查令牌是否完整、来源是否已停用；可用 plumbline source add 重新生成")}
	}
	who := &access.Who{Account: "token/" + src.Name, Roles: tokenRoles[src.Role], Policy: a.policy()}
	if src.Unit != "" {
		who.Units = []string{src.Unit}
	}
	return &asker{who, src}, nil
}

// signedIn is who a request's cookie is of. What such a request changes must come
// from a page of ours: a browser sends the cookie whoever's page it shows.
func (a *API) signedIn(r *http.Request) (*asker, *problem) {
	none := &problem{status: http.StatusUnauthorized, code: "no_token", what: errs.T("the request has no token, and nobody is signed in", "请求未带令牌，也未登录"),
		next: errs.T("send the header Authorization: Bearer TOKEN, or sign in", "请发送标头 Authorization: Bearer 令牌，或先登录")}
	if a.people == nil {
		return nil, none
	}
	who, err := a.people.Session(r.Context(), a.people.CookieOf(r))
	switch {
	case err != nil:
		return nil, a.problemOf(err)
	case who == nil:
		return nil, none
	}
	if err := a.origins.Check(r); err != nil {
		return nil, a.elsewhere(r, who)
	}
	return &asker{who: who}, nil
}

// elsewhere refuses what another site's page sent, with a line in the log.
func (a *API) elsewhere(r *http.Request, w *access.Who) *problem {
	a.log.Warn("refused", "rule", "sent from another site's page", "by", nameInLog(w), "route", r.Pattern)
	return &problem{status: http.StatusForbidden, code: "cross_origin", what: errs.T("the request comes from another site's page", "请求来自其他网站的页面"),
		next: errs.T("sign in here, and send it from a page of this service, or with a token", "请在本系统页面中操作，或使用令牌")}
}

// refusal is a decision against somebody as an answer, with a line in the log that
// says by which rule. Whose it is, the session's number tells who keeps the accounts.
func (a *API) refusal(w *access.Who, d access.Decision) *problem {
	a.log.Warn("refused", "rule", d.Rule, "by", nameInLog(w))
	if d.Hidden {
		return nothing()
	}
	return &problem{status: http.StatusForbidden, code: "role", what: d.Why, next: errs.T("docs/access.md says who may; whoever keeps the accounts gives roles", "权限见 docs/access.md；角色由账户管理员分配")}
}

// nameInLog names a machine by its token, and a person by the session alone: the
// log holds no personal data.
func nameInLog(w *access.Who) string {
	switch {
	case w == nil:
		return ""
	case w.Machine():
		return strings.TrimPrefix(w.Account, "token/")
	}
	return "session " + w.Session
}

// decide says whether who asks may do an action to a thing; nil where they may. A
// thing that isn't there is one that nobody may touch.
func (a *API) decide(ctx context.Context, may access.Action, t *access.Thing) *problem {
	if t == nil {
		return nothing()
	}
	who := whoAsks(ctx)
	if d := access.Decide(who, may, t); !d.Allowed {
		return a.refusal(who, d)
	}
	return nil
}

// overFinding says the same of a finding.
func (a *API) overFinding(ctx context.Context, id string, actions ...access.Action) *problem {
	if a.record == nil {
		return nil
	}
	t, err := a.record.FindingThing(ctx, id)
	if err != nil {
		return a.problemOf(err)
	}
	for _, may := range actions {
		if p := a.decide(ctx, may, t); p != nil {
			return p
		}
	}
	return nil
}

// reads says whether who asks may read a finding, where something else names it: to
// leave it out is no refusal, and the log has none.
func (a *API) reads(ctx context.Context, id string) (bool, error) {
	if a.record == nil {
		return true, nil
	}
	t, err := a.record.FindingThing(ctx, id)
	return err == nil && t != nil && access.Decide(whoAsks(ctx), access.FindingRead, t).Allowed, err
}

func bearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "bearer") && token != ""
}

// admit lets through to an operation of huma who may call it.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	if ctx.Operation().Metadata[publicKey] == true {
		if err := a.origins.Check(r); err != nil { // nobody is signed in by another site's page
			a.elsewhere(r, nil).write(w, r)
			return
		}
		ctx = huma.WithValue(ctx, requestKey{}, r)
	} else {
		may, _ := ctx.Operation().Metadata[mayKey].(access.Action)
		asks, p := a.caller(r, may)
		if p != nil {
			p.write(w, r)
			return
		}
		ctx = huma.WithValue(ctx, askerKey{}, asks)
	}
	if r.Method == http.MethodPost {
		if p := a.readWhole(w, r); p != nil {
			p.write(w, r)
			return
		}
	}
	if ctx.Operation().Metadata[heavyKey] == true {
		select {
		case a.heavy <- struct{}{}:
			defer func() { <-a.heavy }()
		case <-r.Context().Done():
			return // nobody waits for the answer any more
		}
	}
	next(ctx)
}

// seen is what an answer tells the log of its request.
type seen struct {
	who    *access.Who
	events int
}

type seenKey struct{}

func withSeen(ctx context.Context) (context.Context, *seen) {
	s := &seen{}
	return context.WithValue(ctx, seenKey{}, s), s
}
