package web

import (
	"context"
	"errors"
	"net/http"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// What a fake knows of second factors: one code is right, one visitor comes back from
// the agency's own sign-in.

func (gate) HasPasskeys() bool { return true }
func (gate) HasOIDC() bool     { return true }

func (gate) Passkeys(context.Context, string) ([]identity.Passkey, error) {
	return []identity.Passkey{{ID: "k1", Name: hostile, Created: now, Used: now}, {ID: "k2", Created: now}}, nil
}

func (gate) DropPasskey(context.Context, string, string) error { return nil }

func (g gate) Second(context.Context, string) (int, bool, error) {
	return 2, len(g.who.Units) == 0, nil
}

func (gate) ConfirmSecond(_ context.Context, _ *access.Who, _, code string) ([]string, error) {
	return spare(code)
}

func (gate) NewRecovery(_ context.Context, _ *access.Who, code string) ([]string, error) {
	return spare(code)
}

func (gate) DropSecond(_ context.Context, _ *access.Who, code string) error {
	_, err := spare(code)
	return err
}

func spare(code string) ([]string, error) {
	if code != "123456" {
		return nil, &errs.Error{Code: errs.Usage, Err: identity.ErrCode, What: errs.T("the code is wrong", "动态验证码错误")}
	}
	return []string{"AAAA-BBBB-CCCC-DDDD"}, nil
}

func (gate) BeginOIDC(context.Context) (string, *http.Cookie, error) {
	return "https://id.example/authorize?state=x", &http.Cookie{Name: "plumbline-oidc", Value: "x", MaxAge: 600, Secure: true}, nil
}

func (gate) FinishOIDC(_ context.Context, r *http.Request) (*identity.Granted, error) {
	switch r.URL.Query().Get("code") {
	case "right":
		return &identity.Granted{Cookie: "let-in"}, nil
	case "fault":
		return nil, errors.New("secret of the machine")
	}
	return nil, &errs.Error{Code: errs.Usage, Err: identity.ErrWrong, What: errs.T("no account here is yours", "您在本系统没有账户")}
}
