package api

import (
	"context"
	"net/http"
	"slices"
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
conflicts: [{a: P1, b: P4}]
`

// fakeOrganisation is at revision 3, what a file changes touches two findings, and what is
// before May is past.
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

func (fakeOrganisation) Touching(_ context.Context, finding int64) ([]org.Revision, error) {
	if finding != 0 { // the number of f1
		return nil, nil
	}
	return []org.Revision{{Number: 2, At: someTime, From: clock.NewDay(2026, 2, 1), HasFrom: true}}, nil
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
	p := &org.Plan{Seen: 3, Is: is, Differs: org.Compare(was, is), Past: from < clock.NewDay(2026, 5, 1), Touched: []org.Touch{{Finding: "f1", Number: 1, Subject: "P1", Owner: "lake-head", Unit: "lake"}, {Finding: "f2", Number: 2, Subject: "P2", Owner: "lake-head", Unit: "lake"}}}
	if who.Account == "token/root" && slices.ContainsFunc(p.Differs.People, func(c org.Change) bool { return c.Person == "P1" }) {
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this concerns you", "与您本人有关"), Next: errs.T("let another", "请由他人录入")}
	}
	return p, nil
}

func (fakeOrganisation) Apply(_ context.Context, who org.Author, p *org.Plan, reason string) (*org.Revision, error) {
	if p.Bar != nil {
		return nil, p.Bar
	}
	return &org.Revision{Number: 4, At: someTime, Account: who.Account, Reason: reason, Touched: int64(len(p.Touched))}, nil
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
		{"GET /api/v1/organisation/revisions", "", asReader, 200, `"past":true,"touches":true,"touched":1`},
		{"GET /api/v1/organisation", "", asSender, 403, `role`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asAdmin, 200, `"kind":"transferred","id":"P1","from":"2026-04-01"`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asAdmin, 200, `"bar":{"detail":"与您本人有关"`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=2026-04-01", moved, asReader, 403, `role`},
		{"POST /api/v1/organisation/preview?name=a.yaml", "officers: [{id: P1, unit: sea, post: p}]", asAdmin, 422, `sea`},
		{"POST /api/v1/organisation/preview?name=a.yaml&from=soon", moved, asAdmin, 422, `query.from`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3", moved, asAdmin, 403, `"code":"barred_favour"`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3&reason=order", came, asAdmin, 403, `机器令牌不代表任何人员`}, // whom does it favour?
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3&reason=order", came, as("supervisor"), 200, `"number":4`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-06-01&seen=3&reason=order", "conflicts: []", asAdmin, 403, `"code":"barred_token"`}, // nor is it past
		{"POST /api/v1/organisation?name=a.yaml&from=2026-06-01&seen=3&reason=order", "conflicts: []", as("supervisor"), 200, `"number":4`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-06-01&seen=3", came, asAdmin, 200, `"number":4`},
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

// Of the findings that a change touches everybody is told what they may read, in the
// preview, in the answer and in the list; whose role reads none, only that there are any.
func TestWhoLearnsWhatAChangeTouches(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	const some, all, none = `"touches":true`, `"touched":2`, `"touches":false,"touched":0`
	for _, c := range []struct{ who, preview, answer, listed string }{
		{"supervisor|S1", some + `,` + all + `,"findings":[{"finding":"f1","number":1},{"finding":"f2","number":2}]`, some + `,` + all, some + `,"touched":1`},
		{"supervisor|S1||P1", some + `,"touched":1,"findings":[{"finding":"f2","number":2}]`, some + `,"touched":1`, some + `,"units"`},
		{"supervisor|S1||lake-head", none + `,"findings":[]`, none, some + `,"units"`},
		{"administrator|A1", some + `,"findings":[]`, some + `,"units"`, some + `,"units"`},
		{"administrator|P1", some + `,"findings":[]`, some + `,"units"`, some + `,"units"`},
		{"administrator+supervisor|S1", some + `,` + all, some + `,` + all, some + `,"touched":1`},
		{"administrator+officer|lake-head", some + `,` + all, some + `,` + all, some + `,"units"`},
		{"administrator+head|H1|lake", some + `,` + all, some + `,` + all, some + `,"units"`},
		{"administrator+head|H1|river", none + `,"findings":[]`, none, some + `,"units"`},
		{"head|H1|lake", "", "", some + `,"units"`},
		{"auditor|X1", "", "", some + `,"touched":1`},
	} {
		for _, q := range []struct{ what, want string }{{"POST /api/v1/organisation/preview?name=a.yaml", c.preview},
			{"POST /api/v1/organisation?name=a.yaml&seen=3&reason=order", c.answer}, {"GET /api/v1/organisation/revisions", c.listed}} {
			if q.want == "" {
				continue
			}
			w := ask(a, q.what, "officers: [{id: P3, unit: bureau, post: p}]", as(c.who), "Content-Type: application/octet-stream")
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), q.want) || strings.Count(w.Body.String(), `"finding":`) != strings.Count(q.want, `"finding":`) && strings.Contains(q.want, "findings") {
				t.Errorf("%s, %s: %d %s\nwant %s", c.who, q.what, w.Code, w.Body, q.want)
			}
		}
	}
}

// A finding tells which changes of the organisation touched it afterwards.
func TestAFindingTellsWhatTouchesIt(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, who := range []string{asReader, as("supervisor"), as("officer|P1")} {
		if w := ask(a, "GET /api/v1/findings/f1", "", who); !strings.Contains(w.Body.String(), `"revisions":[{"number":2,"at":"2026-02-25T14:13:20+08:00","from":"2026-02-01"}]`) {
			t.Errorf("%s: %s", who, w.Body)
		}
	}
}
