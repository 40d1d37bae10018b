package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// Who may do what: sources send, readers read, administrators read and change.
var (
	senders = []service.Role{service.RoleSource, ""}
	readers = []service.Role{service.RoleReader, service.RoleAdmin}
	admins  = []service.Role{service.RoleAdmin}
)

// mayKey is where an operation says who may call it, in the metadata that huma
// keeps beside it.
const mayKey = "may"

// heavyKey marks an operation that goes through the whole record; few of those
// run at once, and the others wait.
const heavyKey = "heavy"

// caller is who sent the request, if it is one of those who may.
func (a *API) caller(r *http.Request, may ...service.Role) (*service.Source, *problem) {
	token, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		return nil, &problem{status: http.StatusUnauthorized, code: "no_token", what: errs.T("the request has no token", "请求未带令牌"),
			next: errs.T("send the header Authorization: Bearer TOKEN", "请发送标头 Authorization: Bearer 令牌")}
	}
	src, ok := a.service.Authenticate(r.Context(), token)
	if !ok {
		return nil, &problem{status: http.StatusUnauthorized, code: "bad_token", what: errs.T("nobody has this token", "令牌无效"),
			next: errs.T("check that it is complete and that its source wasn't disabled; plumbline source add gives a new one", "请检查令牌是否完整、来源是否已停用；可用 plumbline source add 重新生成")}
	}
	if seen, ok := r.Context().Value(seenKey{}).(*seen); ok {
		seen.source = src.Name
	}
	if !slices.Contains(may, src.Role) {
		return nil, &problem{status: http.StatusForbidden, code: "role", what: errs.T("this token may not do that", "该令牌无权进行此操作"),
			next: errs.T("sources send, readers read, administrators read and change: use the token of one who may", "来源令牌只能报送，读取令牌只能读取，管理令牌可读取和更改：请使用有权限的令牌")}
	}
	return src, nil
}

func bearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "bearer") && token != ""
}

// admit lets through to an operation of huma who may call it.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	may, _ := ctx.Operation().Metadata[mayKey].([]service.Role)
	src, p := a.caller(r, may...)
	if p != nil {
		p.write(w, r)
		return
	}
	ctx = huma.WithValue(ctx, callerKey{}, src)
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
	source string
	events int
}

type seenKey struct{}

func withSeen(ctx context.Context) (context.Context, *seen) {
	s := &seen{}
	return context.WithValue(ctx, seenKey{}, s), s
}
