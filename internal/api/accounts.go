package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

// Accounts keeps accounts, and what their holders do to them; package identity
// implements it.
type Accounts interface {
	Accounts(ctx context.Context) ([]identity.Account, error)
	Add(ctx context.Context, a identity.Account, password string) error
	Change(ctx context.Context, name string, change func(*identity.Account)) error
	Disable(ctx context.Context, name string) error
	Reset(ctx context.Context, name, password string, second bool) error

	SignIn(ctx context.Context, t identity.Try) (*identity.Granted, error)
	SignOut(ctx context.Context, cookie string) error
	Cookie(g *identity.Granted) *http.Cookie
	NoCookie() *http.Cookie
	From(r *http.Request) identity.From
	Sessions(ctx context.Context, account string) ([]identity.Session, error)
	End(ctx context.Context, account, id string) error
	ChangePassword(ctx context.Context, w *access.Who, old, next string) error
	BeginSecond(w *access.Who) (secret string)
	ConfirmSecond(ctx context.Context, w *access.Who, secret, code, password string) (recovery []string, err error)
	NewRecovery(ctx context.Context, w *access.Who, code, password string) ([]string, error)
	DropSecond(ctx context.Context, w *access.Who, code, password string) error

	BeginPasskey(ctx context.Context, w *access.Who, password string) (*identity.Begun, error)
	FinishPasskey(ctx context.Context, w *access.Who, ticket, name string, answer []byte) error
	BeginSignIn(ctx context.Context) (*identity.Begun, error)
	FinishSignIn(ctx context.Context, ticket string, answer []byte, from identity.From) (*identity.Granted, error)
	Passkeys(ctx context.Context, account string) ([]identity.Passkey, error)
	DropPasskey(ctx context.Context, w *access.Who, id, password string) error
}

type accountsOutput struct{ Body accountsBody }

type accountsBody struct {
	Accounts []accountBody `json:"accounts" nullable:"false"`
}

type accountBody struct {
	Name         string   `json:"name"`
	Person       string   `json:"person,omitempty" doc:"Whom the organisation knows as this"`
	Unit         string   `json:"unit,omitempty" doc:"Of an account of no person"`
	Roles        []string `json:"roles" nullable:"false"`
	External     string   `json:"external,omitempty" doc:"How the agency's own sign-in calls them"`
	SecondFactor bool     `json:"second_factor" doc:"Codes of a phone are wanted"`
	ToChange     bool     `json:"password_to_change" doc:"The password was given by another and is changed on signing in"`
	Created      string   `json:"created,omitempty"`
	Disabled     bool     `json:"disabled"`
}

type addAccountInput struct{ Body addAccountBody }

type addAccountBody struct {
	Name     string   `json:"name" maxLength:"64"`
	Password string   `json:"password,omitempty" maxLength:"1024" doc:"The first one, to be changed on signing in; none where external is given"`
	Person   string   `json:"person,omitempty" maxLength:"200"`
	Unit     string   `json:"unit,omitempty" maxLength:"200"`
	Roles    []string `json:"roles" nullable:"false" minItems:"1" maxItems:"8"`
	External string   `json:"external,omitempty" maxLength:"200"`
}

type changeAccountInput struct {
	Name string `path:"name" maxLength:"64"`
	Body changeAccountBody
}

type changeAccountBody struct {
	Person   *string  `json:"person,omitempty" maxLength:"200"`
	Unit     *string  `json:"unit,omitempty" maxLength:"200"`
	Roles    []string `json:"roles,omitempty" nullable:"false" maxItems:"8" doc:"Missing: as they were"`
	External *string  `json:"external,omitempty" maxLength:"200"`
}

type accountNameInput struct {
	Name string `path:"name" maxLength:"64"`
	Body struct{}
}

type resetInput struct {
	Name string `path:"name" maxLength:"64"`
	Body resetBody
}

type resetBody struct {
	Password     string `json:"password" maxLength:"1024" doc:"The new first one"`
	SecondFactor bool   `json:"second_factor,omitempty" doc:"Take the second factor away, too"`
}

func (a *API) addAccounts() {
	op := func(path, id, summary, text string, may access.Action) huma.Operation {
		return a.operation(http.MethodPost, path, id, summary, text, may)
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/accounts", "list-accounts", "List accounts", "Who may sign in, as whom, with which roles.", access.AccountRead), a.listAccounts)
	huma.Register(a.huma, op("/api/v1/accounts", "add-account", "Add an account", "With a first password, which its holder changes.", access.AccountChange), a.addAccount)
	huma.Register(a.huma, op("/api/v1/accounts/{name}/change", "change-account", "Change an account", "Other roles, another person or unit; not one's own.", access.AccountChange), a.changeAccount)
	huma.Register(a.huma, op("/api/v1/accounts/{name}/disable", "disable-account", "Disable an account", "Its sessions end at once; not one's own.", access.AccountChange), a.disableAccount)
	huma.Register(a.huma, op("/api/v1/accounts/{name}/reset", "reset-account", "Give an account another first password", "Its sessions end; a disabled one may be used again; not one's own.", access.AccountChange), a.resetAccount)
}

func (a *API) listAccounts(ctx context.Context, _ *struct{}) (*accountsOutput, error) {
	list, err := a.accounts.Accounts(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &accountsOutput{accountsBody{make([]accountBody, len(list))}}
	for i := range list {
		x := &list[i]
		out.Body.Accounts[i] = accountBody{Name: x.Name, Person: x.Person, Unit: x.Unit, Roles: roleNames(x.Roles), External: x.External, SecondFactor: x.Secret != "", ToChange: x.Change,
			Created: a.instant(x.Created), Disabled: x.Disabled}
	}
	return out, nil
}

func roleNames(roles []access.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}

// rolesNamed reads names of roles; what can't be a role, package identity refuses.
func rolesNamed(names []string) []access.Role {
	out := make([]access.Role, len(names))
	for i, n := range names {
		out[i] = access.Role(n)
	}
	return out
}

func (a *API) addAccount(ctx context.Context, in *addAccountInput) (*struct{}, error) {
	b := &in.Body
	return nil, a.said(a.accounts.Add(ctx, identity.Account{Name: b.Name, Person: b.Person, Unit: b.Unit, Roles: rolesNamed(b.Roles), External: b.External}, b.Password))
}

// said is what came of something as an answer: nothing, or a problem.
func (a *API) said(err error) error {
	if err == nil {
		return nil
	}
	p := a.problemOf(err)
	if errors.Is(err, identity.ErrWait) {
		p.status, p.code, p.wait = http.StatusTooManyRequests, "wait", 1
	}
	return p
}

// overAccount refuses who would change what is their own.
func (a *API) overAccount(ctx context.Context, name string) *problem {
	return a.decide(ctx, access.AccountChange, access.Made(name))
}

func (a *API) changeAccount(ctx context.Context, in *changeAccountInput) (*struct{}, error) {
	if p := a.overAccount(ctx, in.Name); p != nil {
		return nil, p
	}
	b := &in.Body
	return nil, a.said(a.accounts.Change(ctx, in.Name, func(x *identity.Account) {
		if b.Roles != nil {
			x.Roles = rolesNamed(b.Roles)
		}
		for _, f := range []struct{ to, from *string }{{&x.Person, b.Person}, {&x.Unit, b.Unit}, {&x.External, b.External}} {
			if f.from != nil {
				*f.to = *f.from
			}
		}
	}))
}

func (a *API) disableAccount(ctx context.Context, in *accountNameInput) (*struct{}, error) {
	if p := a.overAccount(ctx, in.Name); p != nil {
		return nil, p
	}
	return nil, a.said(a.accounts.Disable(ctx, in.Name))
}

func (a *API) resetAccount(ctx context.Context, in *resetInput) (*struct{}, error) {
	if p := a.overAccount(ctx, in.Name); p != nil {
		return nil, p
	}
	return nil, a.said(a.accounts.Reset(ctx, in.Name, in.Body.Password, in.Body.SecondFactor))
}

// notSignedIn is a refusal to sign in as an answer.
func (a *API) notSignedIn(err error) *problem {
	p := a.problemOf(err)
	if p.status == http.StatusUnprocessableEntity {
		p.status, p.code = http.StatusForbidden, "signin"
	}
	return p
}
