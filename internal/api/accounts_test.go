package api

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/sqldb"
)

// fakeAccounts does whatever it is asked; nobody signs in without "right".
type fakeAccounts struct{ *identity.Identity }

func newFakeAccounts() fakeAccounts { return fakeAccounts{identity.New(identity.Options{})} }

func (fakeAccounts) Accounts(context.Context) ([]identity.Account, error) {
	return []identity.Account{{Name: "chen", Roles: []access.Role{access.Head}, Secret: "x", Created: someTime}}, nil
}
func (fakeAccounts) Add(context.Context, identity.Account, string) error { return nil }
func (fakeAccounts) Change(_ context.Context, _ string, change func(*identity.Account)) error {
	change(&identity.Account{})
	return nil
}
func (fakeAccounts) Disable(context.Context, string) error             { return nil }
func (fakeAccounts) Reset(context.Context, string, string, bool) error { return nil }
func (fakeAccounts) SignIn(_ context.Context, t identity.Try) (*identity.Granted, error) {
	if t.Password == "wrong" {
		return nil, &errs.Error{Code: errs.Usage, Err: identity.ErrWrong, What: errs.T("wrong", "错误")}
	}
	return &identity.Granted{Cookie: "c", Ends: someTime, Who: access.Who{Account: t.Name}}, nil
}
func (fakeAccounts) Sessions(context.Context, string) ([]identity.Session, error) {
	return []identity.Session{{ID: "s", Created: someTime, Seen: someTime, Ends: someTime}}, nil
}
func (fakeAccounts) End(context.Context, string, string) error { return nil }
func (fakeAccounts) ChangePassword(context.Context, *access.Who, string, string) error {
	return nil
}
func (fakeAccounts) BeginSecond(*access.Who) string { return "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }
func (fakeAccounts) ConfirmSecond(context.Context, *access.Who, string, string, string) ([]string, error) {
	return []string{"abcde-fghij"}, nil
}
func (fakeAccounts) NewRecovery(context.Context, *access.Who, string, string) ([]string, error) {
	return []string{"abcde-fghij"}, nil
}
func (fakeAccounts) DropSecond(context.Context, *access.Who, string, string) error { return nil }
func (fakeAccounts) BeginPasskey(context.Context, *access.Who, string) (*identity.Begun, error) {
	return &identity.Begun{Ticket: "t", Options: map[string]any{}}, nil
}
func (fakeAccounts) FinishPasskey(context.Context, *access.Who, string, string, []byte) error {
	return nil
}
func (fakeAccounts) BeginSignIn(context.Context) (*identity.Begun, error) {
	return &identity.Begun{Ticket: "t", Options: map[string]any{}}, nil
}
func (fakeAccounts) FinishSignIn(context.Context, string, []byte, identity.From) (*identity.Granted, error) {
	return &identity.Granted{Cookie: "c", Ends: someTime, Who: access.Who{Account: "chen"}}, nil
}
func (fakeAccounts) Passkeys(context.Context, string) ([]identity.Passkey, error) {
	return []identity.Passkey{{ID: "k", Name: "phone", Created: someTime}}, nil
}
func (fakeAccounts) DropPasskey(context.Context, *access.Who, string, string) error { return nil }

// From the first password to the end of the session, as a browser goes, with what an
// administrator does meanwhile; over a real store.
func TestAnAccountsCourse(t *testing.T) {
	store, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := someTime
	ids := identity.New(identity.Options{Store: store, Now: func() clock.Instant { return now }})
	if err := ids.Add(t.Context(), identity.Account{Name: "root", Roles: []access.Role{access.Administrator}}, "correct horse battery staple"); err != nil {
		t.Fatal(err)
	}
	a := testAPI(t, &fake{}, Limits{})
	a.people, a.accounts = ids, ids
	cookies := map[string]string{}
	do := func(who, what, body string, status int, has string) {
		t.Helper()
		headers := []string{isJSON}
		if cookies[who] != "" {
			headers = append(headers, "Cookie: "+cookies[who])
		}
		w := ask(a, what, body, headers...)
		if w.Code != status || !strings.Contains(w.Body.String(), has) {
			t.Errorf("%s, %s %s: %d %s; want %d with %s", who, what, body, w.Code, w.Body, status, has)
		}
		for _, c := range w.Result().Cookies() {
			if cookies[who] = c.Name + "=" + c.Value; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%v", c)
			}
		}
	}
	do("root", "POST /api/v1/signin", `{"name":"root","password":"wrong"}`, 403, `"code":"signin"`)
	do("root", "POST /api/v1/signin", `{"name":"root","password":"correct horse battery staple"}`, 200, `"wanting":"password"`)
	do("root", "GET /api/v1/accounts", "", 403, "change your password first")
	do("root", "GET /api/v1/session", "", 200, `"account":"root"`)
	do("root", "POST /api/v1/password", `{"old":"correct horse battery staple","new":"short"}`, 422, "fewer than 12")
	do("root", "POST /api/v1/password", `{"old":"correct horse battery staple","new":"another horse battery staple"}`, 204, "")
	do("root", "POST /api/v1/accounts", `{"name":"chen","roles":["officer"],"person":"P1","password":"a first word for chan"}`, 204, "")
	do("root", "POST /api/v1/accounts", `{"name":"chen","roles":["officer"],"password":"a first word for chan"}`, 422, "already")
	do("root", "POST /api/v1/accounts", `{"name":"li","roles":["boss"],"password":"a first word for li"}`, 422, "there is no role")
	do("root", "POST /api/v1/accounts/root/change", `{"roles":["administrator","auditor"]}`, 403, "it is yours")
	do("root", "POST /api/v1/accounts/chen/change", `{"roles":["auditor"]}`, 204, "")
	do("root", "POST /api/v1/accounts/nobody/disable", `{}`, 422, "there is no account")
	do("root", "GET /api/v1/accounts", "", 200, `"name":"chen","person":"P1","roles":["auditor"]`)
	do("chen", "POST /api/v1/signin", `{"name":"chen","password":"a first word for chan"}`, 200, `"person":"P1"`)
	do("chen", "GET /api/v1/sessions", "", 200, `"this":true`)
	do("root", "POST /api/v1/accounts/chen/reset", `{"password":"a second word for chan"}`, 204, "")
	do("chen", "GET /api/v1/session", "", 401, "nobody is signed in")
	do("chen", "POST /api/v1/signin", `{"name":"chen","password":"a second word for chan"}`, 200, ``)
	do("root", "POST /api/v1/accounts/chen/disable", `{}`, 204, "")
	do("chen", "POST /api/v1/signin", `{"name":"chen","password":"a second word for chan"}`, 403, ``)
	do("root", "POST /api/v1/signout", `{}`, 204, "")
	do("root", "GET /api/v1/session", "", 401, "")
	if w := ask(a, "POST /api/v1/signin", `{"name":"x","password":"y"}`, isJSON, "Sec-Fetch-Site: cross-site"); w.Code != 403 || !strings.Contains(w.Body.String(), "cross_origin") {
		t.Errorf("another site signs people in: %d %s", w.Code, w.Body)
	}
}
