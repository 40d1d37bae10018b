package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

const townOrganisation = `units:
  - {id: bureau, title: {en: City bureau, zh: 市公安局}}
  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: bureau, from: 2024-01-01}
posts: {p: {en: Officer, zh: 民警}}
officers: [{id: P1, unit: lake, post: p, from: 2024-01-01}]
`

// fakeOrganisation is at revision 3, and what a file changes touches one finding.
type fakeOrganisation struct{}

func (fakeOrganisation) Time() clock.Instant { return someTime }

func (fakeOrganisation) As(_ context.Context, revision int64) (*org.Organisation, int64, error) {
	if revision > 3 {
		return nil, 0, nil
	}
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		return nil, 0, err
	}
	o, err := org.Parse("town.yaml", []byte(townOrganisation), zone)
	return o, 3, err
}

func (fakeOrganisation) Revisions(context.Context, int) ([]org.Revision, error) {
	return []org.Revision{{Number: 3, At: someTime, Account: "hr", Past: true, Touched: 1, Digest: "ab"}}, nil
}

func (fakeOrganisation) Read(name string, body []byte) (*org.Draft, error) {
	if !strings.HasSuffix(name, ".yaml") { // what the tests send that send anything
		body = []byte("officers: [{id: P3, unit: bureau, post: p}]")
	}
	return org.ParseDraft(name, body)
}

func (f fakeOrganisation) Plan(ctx context.Context, who org.Author, d *org.Draft, from clock.Day, hasFrom bool) (*org.Plan, error) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	was, _, err := f.As(ctx, 0)
	if err != nil {
		return nil, err
	}
	is, err := d.Over(was, from, hasFrom, zone)
	if err != nil {
		return nil, err
	}
	p := &org.Plan{Seen: 3, Is: is, Differs: org.Compare(was, is), Past: true, Touched: 1, Sample: []org.Touch{{Finding: "f1", Number: 1}}}
	if who.Account == "token/root" && p.Differs.Concerns("P1") {
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this concerns you", "与您本人有关"), Next: errs.T("let another", "请由他人录入")}
	}
	return p, nil
}

func (fakeOrganisation) Apply(_ context.Context, who org.Author, p *org.Plan, reason string) (*org.Revision, error) {
	if p.Bar != nil {
		return nil, p.Bar
	}
	return &org.Revision{Number: 4, At: someTime, Account: who.Account, Reason: reason}, nil
}

// The organisation is read as of a day, and changed by a file after it was shown
// what that changes.
func TestOrganisationOverHTTP(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	const file = "Content-Type: application/octet-stream"
	moved := "officers: [{id: P1, unit: bureau, post: p}]\n"
	came := "officers: [{id: P1, unit: lake, post: p}, {id: P2, unit: lake, post: p}]\n"
	for _, c := range []struct {
		what, body, as string
		status         int
		has            string
	}{
		{"GET /api/v1/organisation?people=true", "", asReader, 200, `"title":"湖滨派出所","parent":"bureau","depth":1,"from":"2024-01-01"`},
		{"GET /api/v1/organisation?people=true", "", asReader, 200, `"person":"P1","unit":"lake","post":"p","title":"民警"`},
		{"GET /api/v1/organisation?as_of=2023-06-01", "", asReader, 200, `"units":[{"id":"bureau"`},
		{"GET /api/v1/organisation?revision=9", "", asReader, 200, `"revision":0,"units":[]`},
		{"GET /api/v1/organisation/revisions", "", asReader, 200, `"past":true,"touched":1`},
		{"GET /api/v1/organisation", "", asSender, 403, `role`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asAdmin, 200, `"kind":"transferred","id":"P1","from":"2026-04-01"`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asAdmin, 200, `"bar":{"detail":"与您本人有关"`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asReader, 403, `role`},
		{"POST /api/v1/organisation/preview?name=a.yaml", "officers: [{id: P1, unit: sea, post: p}]", asAdmin, 422, `sea`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=soon", moved, asAdmin, 422, `query.from`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3", moved, asAdmin, 422, `与您本人有关`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3&reason=order", came, asAdmin, 422, `机器令牌不代表任何人员`}, // whom does it favour?
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3&reason=order", came, as("supervisor"), 200, `"number":4`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=2", came, asAdmin, 409, `faster`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01", came, asAdmin, 422, `query.seen`},
	} {
		w := ask(a, c.what, c.body, c.as, file, inZh)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s: %d %s\nwant %d with %s", c.what, w.Code, w.Body, c.status, c.has)
		}
	}
	if w := ask(a, "GET /api/v1/organisation", "", "Authorization: Bearer nobody"); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", w.Code)
	}
}
