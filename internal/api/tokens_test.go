package api

import (
	"context"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// mint makes tokens of names.
type mint struct{}

func (mint) Add(_ context.Context, src service.Source) (string, error) {
	if strings.Contains(src.Name, "/") {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("no name", "名称不可用")}
	}
	return "plb_" + string(src.Role) + src.Name, nil
}

func (mint) Rotate(_ context.Context, name string) (string, error) { return "plb_new_" + name, nil }
func (mint) Disable(context.Context, string) error                 { return nil }

// Tokens are told once, to administrators who are signed in.
func TestTokens(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	const root = "Cookie: plumbline=administrator"
	for _, c := range []struct {
		what, body, who string
		status          int
		says            string
	}{
		{"POST /api/v1/sources", `{"name": "desk", "role": "reader"}`, root, 200, `"plb_readerdesk"`},
		{"POST /api/v1/sources", `{"name": "desk"}`, root, 200, `"plb_desk"`},
		{"POST /api/v1/sources", `{"name": "a/b"}`, root, 422, "no name"},
		{"POST /api/v1/sources", `{"name": "desk"}`, "Cookie: plumbline=supervisor", 403, ""},
		{"POST /api/v1/sources/desk/token", `{}`, root, 200, `"plb_new_desk"`},
		{"POST /api/v1/sources/desk/disable", `{}`, root, 204, ""},
	} {
		if w := ask(a, c.what, c.body, c.who, "Content-Type: application/json"); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s by %s: %d %s", c.what, c.body, c.who, w.Code, w.Body)
		}
	}
}
