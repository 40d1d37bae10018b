package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

// Tokens keeps who may send and read without being a person. A token is told once.
type Tokens interface {
	Add(ctx context.Context, src service.Source) (token string, err error)
	Rotate(ctx context.Context, name string) (token string, err error)
	Disable(ctx context.Context, name string) error
}

type addTokenInput struct{ Body addTokenBody }

type addTokenBody struct {
	Name     string   `json:"name" minLength:"1" maxLength:"64" doc:"Stands before the ids of its events; no slash"`
	Role     string   `json:"role,omitempty" enum:"source,reader,admin" doc:"Missing: source"`
	Unit     string   `json:"unit,omitempty" maxLength:"200" doc:"Stamped on events that name none"`
	Types    []string `json:"types,omitempty" nullable:"false" maxItems:"1000" doc:"Event types that it may send; none: any"`
	Skew     int64    `json:"skew_s,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds that an event may be dated ahead of its receipt"`
	Lateness int64    `json:"lateness_s,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds that its events may come late"`
	Habit    int64    `json:"habit_s,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds without contact after which it counts as silent; 0: never"`
}

type tokenOutput struct{ Body tokenBody }

type tokenBody struct {
	Token string `json:"token" doc:"Told this once; what is kept can't be turned back into it"`
}

// addTokens adds what changes who may send and read without being a person.
func (a *API) addTokens() {
	if a.tokens == nil {
		return
	}
	add := func(path, id, summary, says string) huma.Operation {
		return a.operation(http.MethodPost, path, id, summary, says, access.SourceChange)
	}
	huma.Register(a.huma, add("/api/v1/sources", "add-source", "Add a source or a reader", "Its token is told this once."), a.addToken)
	huma.Register(a.huma, add("/api/v1/sources/{name}/token", "rotate-token", "Give a source another token", "The one before opens nothing any more; one that was disabled may be used again."), a.rotateToken)
	huma.Register(a.huma, add("/api/v1/sources/{name}/disable", "disable-source", "Disable a source", "Its token opens nothing any more; what it sent stays."), a.disableToken)
}

func (a *API) addToken(ctx context.Context, in *addTokenInput) (*tokenOutput, error) {
	b := &in.Body
	const second = 1_000_000
	src := service.Source{Name: b.Name, Unit: b.Unit, Types: b.Types, Skew: b.Skew * second, Lateness: b.Lateness * second, Habit: b.Habit * second}
	if b.Role != string(service.RoleSource) {
		src.Role = service.Role(b.Role)
	}
	token, err := a.tokens.Add(ctx, src)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &tokenOutput{tokenBody{token}}, nil
}

func (a *API) rotateToken(ctx context.Context, in *accountNameInput) (*tokenOutput, error) {
	token, err := a.tokens.Rotate(ctx, in.Name)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &tokenOutput{tokenBody{token}}, nil
}

func (a *API) disableToken(ctx context.Context, in *accountNameInput) (*struct{}, error) {
	return nil, a.said(a.tokens.Disable(ctx, in.Name))
}
