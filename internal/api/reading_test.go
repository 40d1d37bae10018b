package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

func TestReading(t *testing.T) {
	for _, c := range []struct {
		what, header, body string
		status             int
		want               string // part of the answer
	}{
		{"GET /api/v1/findings", asReader, "", 200, `"next":"n1"`},
		{"GET /api/v1/findings?limit=501", asReader, "", 422, `"location":"query.limit"`},
		{"GET /api/v1/findings?state=shut", asReader, "", 422, `query.state`},
		{"GET /api/v1/findings?sate=open", asReader, "", 422, "query.sate"},
		{"GET /api/v1/findings?since=yesterday", asReader, "", 422, "query.since"},
		{"GET /api/v1/findings/f1", asReader, "", 200, `"received":"2026-02-`},
		{"GET /api/v1/findings/f2", asReader, "", 404, `"code":"not_found"`},
		{"GET /api/v1/at-risk", asReader, "", 200, `"all":3,"at_risk":[{"id":"f"`},
		{"GET /api/v1/at-risk?unit=u1&limit=1", asReader, "", 200, `{"all":2,`},
		{"GET /api/v1/at-risk?limit=0", asReader, "", 422, `"location":"query.limit"`},
		{"GET /api/v1/at-risk", asSender, "", 403, `"code":"role"`},
		{"GET /api/v1/verdicts", asReader, "", 200, `"rules":[]`},
		{"GET /api/v1/verdicts?as_of=2026-03-01", asReader, "", 200, ``},
		{"GET /api/v1/objects/case/A1/timeline", asReader, "", 200, `"verdict":"running"`},
		{"GET /api/v1/objects/case/A%2F1/timeline", asReader, "", 200, `"id":"A/1"`},
		{"GET /api/v1/objects/case/B1/timeline", asReader, "", 404, `"code":"not_found"`},
		{"GET /api/v1/sources", asReader, "", 200, `"lag_s":3`},
		{"GET /api/v1/quarantine", asReader, "", 200, `"raw":"{\ufffd"`},
		{"GET /api/v1/quarantine?limit=2", asReader, "", 200, `"next":2`},
		{"GET /api/v1/quarantine?source=nobody", asReader, "", 404, ``},
		{"POST /api/v1/quarantine/1/mend", asAdmin, e1, 200, `"outcome":"taken"`},
		{"POST /api/v1/quarantine/3/mend", asAdmin, e1, 409, `"code":"settled"`},
		{"POST /api/v1/quarantine/4/mend", asAdmin, e1, 404, ``},
		{"POST /api/v1/quarantine/x/mend", asAdmin, e1, 404, ``},
		{"POST /api/v1/quarantine/1/mend", asAdmin, `{"tpye":1}`, 422, `"event:1:2: unknown key`},
		{"POST /api/v1/quarantine/1/set-aside", asAdmin, `{"reason":"sent twice"}`, 204, ``},
		{"POST /api/v1/quarantine/1/set-aside", asAdmin, `{"reason":""}`, 422, `body.reason`},
		{"POST /api/v1/quarantine/1/set-aside", asAdmin, `{"reason"`, 400, `"code":"not_understood"`},
		{"POST /api/v1/quarantine/1/set-aside", asReader, `{"reason":"x"}`, 403, `"code":"role"`},
		{"POST /api/v1/packs/try", asAdmin, `{"packs":["cn-criminal-procedure"]}`, 200, `"changed":3`},
		{"POST /api/v1/packs/try", asAdmin, `{"packs":["../../etc"]}`, 422, `body.packs`},
		{"POST /api/v1/packs/try", asAdmin, `{"packs":["nosuch"]}`, 422, `no pack nosuch`},
		{"POST /api/v1/packs/activate", as("supervisor"), `{"packs":["a"],"from":"2026-03-01"}`, 202, `"state":"waiting","proposed"`},
		{"POST /api/v1/packs/activate", as("supervisor"), `{"packs":["a"],"from":"soon"}`, 422, `not a time`},
		{"POST /api/v1/packs/activate", asAdmin, `{"packs":["a"],"from":"2026-03-01"}`, 403, `"code":"role"`}, // whoever holds the token could approve
		{"POST /api/v1/packs/retire", as("supervisor"), `{"packs":["a"],"from":"2026-03-01","reason":"x"}`, 202, `"kind":"retire"`},
		{"POST /api/v1/packs/retire", as("supervisor"), `{"packs":["a"],"from":"soon","reason":"x"}`, 422, `not a time`},
		{"GET /api/v1/exemptions", asReader, "", 200, `"reason":"flood"`},
		{"POST /api/v1/exemptions/a1/end", as("supervisor"), `{"reason":"x"}`, 202, `"kind":"end_exempt"`},
		{"GET /api/v1/erasures", as("auditor"), "", 200, `"reason":"ten years"`},
		{"POST /api/v1/erasures/try", as("supervisor"), `{"before":"2016-01-01"}`, 200, `"events":30`},
		{"POST /api/v1/erasures/try", as("supervisor"), `{"event":"s/none"}`, 404, ``},
		{"POST /api/v1/erasures/try", as("supervisor"), `{"event":"s/1","before":"2016-01-01"}`, 422, `either before or event`},
		{"POST /api/v1/erasures", as("supervisor"), `{"event":"s/1","reason":"x"}`, 202, `"state":"waiting"`},
		{"POST /api/v1/erasures", as("supervisor"), `{"event":"s/1"}`, 422, `reason`},
		{"POST /api/v1/erasures", as("auditor"), `{"event":"s/1","reason":"x"}`, 403, ``},
		{"POST /api/v1/exemptions", as("supervisor"), `{"unit":"lake","pack":"p","from":"2026-03-01","to":"2026-04-01","reason":"x"}`, 202, `"state":"waiting"`},
		{"POST /api/v1/exemptions", as("supervisor"), `{"unit":"lake","pack":"p","from":"2026-03-01","to":"2026-03-01","reason":"x"}`, 422, `isn't after from`},
		{"POST /api/v1/exemptions", as("supervisor"), `{"unit":"lake","pack":"p","from":"2026-03-01","to":"2026-04-01"}`, 422, `reason`},
		{"GET /api/v1/access", as("lay"), "", 200, `{"action":"finding.read","title":"read findings","lines":[{"role":"everyone","over":["subject"]},{"role":"supervisor","over":["all"],"unless":["conflict"]}`},
		{"POST /api/v1/access", as("auditor"), `{"text":"","reason":"x"}`, 202, `"kind":"access"`},
		{"POST /api/v1/access", as("auditor"), `{"text":"action pack.try: x | y\n  heda: all","reason":"x"}`, 422, `"location":"body.text:2:3"`},
		{"GET /api/v1/findings", asSender, "", 403, `"code":"role"`},
		{"GET /api/v1/findings", "X: y", "", 401, `"code":"no_token"`},
		{"GET /api/v1/nothing", asReader, "", 404, `"code":"not_found"`},
		{"GET /api/v1/../v1/findings", asReader, "", 404, `"code":"not_found"`},
		{"DELETE /api/v1/findings", asReader, "", 405, `"code":"method"`},
		{"GET /openapi.json", "X: y", "", 200, `"openapi": "3.1.0"`},
		{"GET /healthz", "X: y", "", 200, "ok"},
		{"GET /readyz", "X: y", "", 200, "ready"},
		{"GET /metrics", "X: y", "", 401, ""},
		{"GET /metrics", asReader, "", 200, `plumbline_queue_events 7`},
	} {
		a := testAPI(t, &fake{}, Limits{})
		headers := []string{c.header}
		if c.body != "" {
			headers = append(headers, isJSON)
		}
		w := ask(a, c.what, c.body, headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d, want %d %s\n%s", c.what, c.body, w.Code, c.status, c.want, w.Body)
		}
		if w.Code >= 400 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: a problem as %s", c.what, w.Header().Get("Content-Type"))
		}
	}
}

func TestFiltersReachTheService(t *testing.T) {
	f := &fake{}
	ask(testAPI(t, f, Limits{}), "GET /api/v1/findings?state=open&state=claimed_met&unit=a,b&severity=critical&warning=false&since=2026-03-01&sort=-due&after=x&limit=7", "", asReader)
	q := f.query
	if !slices.Equal(q.States, []service.FindingState{"open", "claimed_met"}) || !slices.Equal(q.Units, []string{"a,b"}) || !slices.Equal(q.Severity, []string{"critical"}) ||
		q.Warning == nil || *q.Warning || q.Since != 1_772_294_400_000_000 || q.Sort != "-due" || q.After != "x" || q.Limit != 7 {
		t.Errorf("%+v", q)
	}
}

// Whatever a caller can do wrong is said in Chinese, too.
func TestProblemsAreSaidInChinese(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, c := range []struct{ what, body string }{
		{"GET /api/v1/findings?limit=0", ""}, {"GET /api/v1/findings?limit=501", ""}, {"GET /api/v1/findings?limit=x", ""}, {"GET /api/v1/findings?x=1", ""},
		{"GET /api/v1/findings?kind=x", ""}, {"GET /api/v1/findings?state=x", ""}, {"GET /api/v1/findings?after=" + strings.Repeat("x", 501), ""},
		{"GET /api/v1/findings?since=x", ""}, {"GET /api/v1/nothing", ""}, {"PUT /api/v1/events", ""}, {"GET /api/v1/findings?state=open&state=open&state=open&state=open&state=open", ""},
		{"POST /api/v1/packs/try", `{}`}, {"POST /api/v1/packs/try", `{"packs":[],"x":1}`}, {"POST /api/v1/packs/try", `{"packs":["A b"]}`},
		{"POST /api/v1/packs/try", `{"packs":"x"}`}, {"POST /api/v1/packs/try", `{"packs":[1]}`}, {"POST /api/v1/packs/try", `[]`}, {"POST /api/v1/packs/try", `{`},
		{"POST /api/v1/packs/try", `nonsense`}, {"POST /api/v1/packs/try", ` `}, {"POST /api/v1/packs/try", ``},
		{"POST /api/v1/quarantine/x/set-aside", `{"reason":"x"}`}, {"POST /api/v1/quarantine/0/set-aside", `{"reason":"x"}`},
		{"POST /api/v1/quarantine/1/set-aside", `{"reason":""}`}, {"POST /api/v1/quarantine/1/set-aside", `{"reason":"` + strings.Repeat("x", 1001) + `"}`},
	} {
		w := ask(a, c.what, c.body, asAdmin, isJSON, inZh)
		var p problemBody
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s %s: %d %v %s", c.what, c.body, w.Code, err, w.Body)
			continue
		}
		texts := []string{p.Title, p.Detail, p.Next}
		for _, e := range p.Errors {
			texts = append(texts, e.Detail)
		}
		for _, s := range texts {
			if s != "" && (!strings.ContainsFunc(s, func(r rune) bool { return r > 0x2e7f }) || strings.Contains(s, "请求有误：")) {
				t.Errorf("%s %s: %q is not in Chinese", c.what, c.body, s)
			}
		}
	}
}

func TestNotReady(t *testing.T) {
	a := testAPI(t, &fake{fail: errors.New("/secret/path: the disk is full")}, Limits{})
	if w := ask(a, "GET /readyz", ""); w.Code != 503 || w.Body.String() != "not ready\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(a, "GET /healthz", ""); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(a, "GET /metrics", "", asReader); w.Code != 200 || strings.Contains(w.Body.String(), "plumbline_queue") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What keeps the record from being used is told in a word of its own, with what to
// do; names of this machine stay in its log.
func TestARecordThatCantBeUsed(t *testing.T) {
	for _, c := range []struct {
		err              error
		code, wait, word string
	}{
		{service.ErrDamaged, "damaged", "300", "damaged"}, {service.ErrNoRoom, "no_room", "30", "disk of the service is full"},
		{service.ErrReadOnly, "read_only", "30", "may not write"}, {service.ErrAway, "away", "5", "can't reach its database"},
		{errors.New("else"), "unwritten", "30", "can't be written"},
	} {
		err := fmt.Errorf("%w: /secret/path: %w", service.ErrUnwritten, c.err)
		a := testAPI(t, &fake{fail: &errs.Error{Code: errs.Input, Err: err, What: errs.T("/secret/path", "/secret/path")}}, Limits{})
		for _, what := range []string{"POST /api/v1/events", "GET /api/v1/findings", "GET /api/v1/sources", "GET /api/v1/verdicts"} {
			token := asReader
			if strings.HasPrefix(what, "POST") {
				token = asSender
			}
			w := ask(a, what, "["+e1+"]", token, isJSON)
			var p problemBody
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 503 || p.Code != c.code || p.Next == "" || w.Header().Get("Retry-After") != c.wait ||
				!strings.Contains(p.Detail, c.word) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s, %v: %d %v %s", what, c.err, w.Code, err, w.Body)
			}
		}
		if w := ask(a, "GET /readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), c.word) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
	}
}

// Nothing that names a case, an object or a person gets into the log.
func TestTheLogNamesNoCase(t *testing.T) {
	var log bytes.Buffer
	a := logging(t, &fake{}, Limits{}, &log)
	ask(a, "GET /api/v1/objects/case/A-secret/timeline?secret=1", "", asReader)
	ask(a, "GET /secret", "", asReader)
	ask(a, "POST /api/v1/events", `{"id":"secret","type":"secret","time":"2026-03-01","case":"secret"}`, asSender, isJSON)
	ask(a, "POST /api/v1/events", `{"secret":"secret"}`, asSender, isJSON)
	if text := log.String(); strings.Contains(text, "secret") || !strings.Contains(text, `route="POST /api/v1/events" status=200`) ||
		!strings.Contains(text, "by=desk events=1") || !strings.Contains(text, "route=none status=404") {
		t.Error(text)
	}
}

func TestEventsAreCounted(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	ask(a, "POST /api/v1/events", "["+e1+","+e1+","+e2+"]", asSender, isJSON)
	text := ask(a, "GET /metrics", "", asAdmin).Body.String()
	for _, want := range []string{
		`plumbline_events_total{outcome="taken",source="desk"} 2`, `plumbline_events_total{outcome="repeated",source="desk"} 1`,
		`plumbline_batch_events_sum 3`, `plumbline_commit_seconds_count 1`, `plumbline_findings{state="open"} 5`,
		`plumbline_source_lag_seconds{source="desk"} 3`, `plumbline_build_info{`, `plumbline_requests_total{route="POST /api/v1/events",status="200"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing from\n%s", want, text)
		}
	}
}
