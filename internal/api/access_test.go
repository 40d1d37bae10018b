package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
)

// Somebody for each role, and how the finding f1 is to them: it concerns P1, in the
// lake station under the city, and lake-head answers for it.
var somebody = []string{
	"administrator|A1", "supervisor|S1", "supervisor|S1||P1", "supervisor|P1", "head|H1|city", "head|H1|lake", "head|H1|river", "head|H1", "head|H1|city|lake-head",
	"officer|P1", "officer|P2", "officer|lake-head", "verifier|V1", "verifier|P1", "verifier|lake-head", "verifier|V1||lake-head", "auditor|X1", "auditor", "custodian|C1", "custodian|P1", "custodian|C1||P1", "custodian|river-head", "auditor|P1", "lay", "lay|P1", "lay+officer|P1|lake",
	"source", "none|N1",
}

// f1 as package access has it, and the case A1, whose only event the fake gives
// without official and unit.
var (
	theFinding = &access.Thing{Owners: []string{"lake-head"}, Units: []string{"lake"}, Above: []string{"lake", "city"}, Subjects: []string{"P1"}}
	theCase    = &access.Thing{Above: []string{"city"}}
)

// overThings are the operations whose answer rests on a thing, with the actions
// that are asked of it; all others rest on the role alone.
var overThings = map[string]struct {
	thing   *access.Thing
	actions []access.Action
}{
	"get-finding": {theFinding, []access.Action{access.FindingRead}}, "get-item": {theFinding, []access.Action{access.FindingPersons}}, "get-file": {theFinding, []access.Action{access.FindingPersons}},
	"attach-file": {theFinding, []access.Action{access.FindingPersons, access.ItemAttach}}, "move-item": {theFinding, []access.Action{access.FindingRead, access.ItemComment}},
	"move-items": {theFinding, []access.Action{access.FindingRead, access.ItemComment}}, "get-timeline": {theCase, []access.Action{access.CaseRead}},
	"seal-identity": {theSealed, []access.Action{access.IdentitySeal}}, "get-identity": {theSealed, []access.Action{access.IdentityRead}}, "propose-opening": {theSealed, []access.Action{access.IdentityRead}},
	"fetch-identity": {theSealed, []access.Action{access.IdentityFetch}}, "resplit-identity": {theSealed, []access.Action{access.IdentityFetch}},
	"get-approval": {access.Made("token/boss"), []access.Action{access.ApprovalRead}}, "approve": {access.Made("token/boss"), []access.Action{access.PackApprove}}, "refuse": {access.Made("token/boss"), []access.Action{access.PackApprove}},
}

// bodies are what an operation takes, where it takes anything.
var bodies = map[string]string{
	"post-events": `[]`, "mend": `{"id":"x","type":"A","time":"2026-03-01","case":"A1"}`, "set-aside": `{"reason":"x"}`, "try-packs": `{"packs":["x"]}`, "propose-packs": `{"packs":["x"],"from":"2026-03-01"}`,
	"move-item": `{"kind":"comment","version":2,"text":"x"}`, "move-items": `{"kind":"comment","items":[{"finding":"f1","version":2}],"text":"x"}`, "review-rule": `{"text":"x"}`, "attach-file": "%PDF-1.7", "approve": `{"words":"x"}`, "propose-exemption": `{"unit":"lake","pack":"p","from":"2026-03-01","to":"2026-04-01","reason":"x"}`, "propose-access": `{"text":"","reason":"x"}`, "propose-key": `{"step":"rotate","reason":"x"}`, "propose-ending-exemption": `{"reason":"x"}`, "try-erasure": `{"event":"s/1"}`, "propose-erasure": `{"event":"s/1","reason":"x"}`, "propose-retiring": `{"packs":["x"],"from":"2026-03-01","reason":"x"}`,
	"add-source": `{"name":"x"}`, "rotate-token": `{}`, "disable-source": `{}`,
	"add-account": `{"name":"x","roles":["lay"]}`, "change-account": `{}`, "disable-account": `{}`, "reset-account": `{"password":"x"}`, "sign-out": `{}`, "end-session": `{}`, "change-password": `{"old":"x","new":"y"}`,
	"new-second-factor": `{}`, "confirm-second-factor": `{"secret":"x","code":"1"}`, "drop-second-factor": `{"code":"1"}`, "new-recovery": `{"code":"1"}`, "begin-passkey": `{}`, "make-passkey": `{"answer":{}}`, "drop-passkey": `{}`, "refuse": `{"words":"x"}`,
	"propose-custodian": `{"recipient":"` + aRecipient + `","reason":"x"}`, "seal-identity": `{"register":"finding","number":"f1","key":"x","body":"x","shares":[]}`, "propose-opening": `{"reason":"x"}`, "fetch-identity": `{}`, "resplit-identity": `{"shares":[]}`,
}

var insideStatus = regexp.MustCompile(`"problem":{[^}]*"status":(\d+)`)

// operations are all that the description has, each of which says which action of
// the table it is.
func operations(t *testing.T, a *API) (out []*huma.Operation) {
	t.Helper()
	for _, path := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			if may, _ := op.Metadata[mayKey].(access.Action); !access.Known(may) && op.Metadata[publicKey] != true {
				t.Errorf("%s is no action of the table: %q", op.OperationID, may)
			}
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(x, y *huma.Operation) int { return strings.Compare(x.OperationID, y.OperationID) })
	return out
}

// Each role at each door: let in or kept out as the table says, and every refusal is
// in the log with the line of the table that refused.
func TestEachRoleAtEachDoor(t *testing.T) {
	var log bytes.Buffer
	a := logging(t, &fake{}, Limits{}, &log)
	for _, op := range operations(t, a) {
		if op.Metadata[publicKey] == true {
			continue
		}
		path := strings.NewReplacer("{id}", "f1", "{hash}", "ab", "{type}", "case", "{pack}", "p", "{rule}", "r", "{name}", "other", "{ticket}", "t").Replace(op.Path)
		kind := isJSON
		switch op.OperationID {
		case "get-timeline":
			path = "/api/v1/objects/case/A1/timeline"
		case "mend", "set-aside":
			path = strings.Replace(path, "f1", "1", 1)
		case "attach-file":
			path, kind = path+"?name=a.pdf&version=2", "Content-Type: application/octet-stream"
		case "preview-organisation", "change-organisation":
			path, kind = path+"?name=a&seen=3", "Content-Type: application/octet-stream"
		}
		if w := ask(a, op.Method+" "+path, bodies[op.OperationID], kind); w.Code != http.StatusUnauthorized {
			t.Errorf("%s without anybody: %d", op.OperationID, w.Code)
		}
		for _, name := range somebody {
			log.Reset()
			if op.OperationID == "approve" || op.OperationID == "refuse" { // each is settled once
				a.approvals = newProposals()
			}
			w := ask(a, op.Method+" "+path, bodies[op.OperationID], as(name), kind)
			want := wanted(op, name)
			got := fmt.Sprint(w.Code)
			if w.Code < 300 {
				got = "in"
			}
			if inside := insideStatus.FindStringSubmatch(w.Body.String()); inside != nil && got == "in" { // of several at once, each has its own
				got = inside[1]
			}
			if got != want {
				t.Errorf("%s, %s: %s; want %s\n%s", op.OperationID, name, got, want, w.Body)
			}
			if refused := strings.Contains(log.String(), "msg=refused rule="); refused != (want != "in") {
				t.Errorf("%s, %s: refused %v; the log:\n%s", op.OperationID, name, refused, log.String())
			}
		}
	}
}

// wanted is what the table says: in, 403, or 404 for what isn't there for them.
func wanted(op *huma.Operation, name string) string {
	who, _ := people{}.Session(context.Background(), name)
	decisions := []access.Decision{access.May(who, op.Metadata[mayKey].(access.Action))}
	over := overThings[op.OperationID]
	for _, may := range over.actions {
		decisions = append(decisions, access.Decide(who, may, over.thing))
	}
	for _, d := range decisions {
		switch {
		case d.Hidden:
			return "404"
		case !d.Allowed:
			return "403"
		}
	}
	return "in"
}

// A machine's token has roles; what is kept for people, it doesn't open.
func TestTokensHaveRoles(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, c := range []struct {
		what, body, who string
		status          int
	}{
		{"GET /api/v1/findings", "", asReader, 200}, {"GET /api/v1/findings", "", asAdmin, 200}, {"GET /api/v1/findings", "", asSender, 403},
		{"POST /api/v1/packs/try", `{"packs":["x"]}`, asReader, 200}, {"POST /api/v1/quarantine/1/set-aside", `{"reason":"x"}`, asReader, 403},
		{"POST /api/v1/quarantine/1/set-aside", `{"reason":"x"}`, asAdmin, 204}, {"GET /metrics", "", asReader, 200}, {"GET /metrics", "", asSender, 403}, {"GET /metrics", "", as("officer|P1"), 403},
		{"POST /api/v1/findings/f1/moves", `{"kind":"comment","version":2,"text":"x"}`, asAdmin, 403},
	} {
		if w := ask(a, c.what, c.body, c.who, isJSON); w.Code != c.status {
			t.Errorf("%s %s: %d %s; want %d", c.what, c.who, w.Code, w.Body, c.status)
		}
	}
}

// Lists ask the record for what somebody may see, and for nothing else.
func TestListsAreForWhoAsks(t *testing.T) {
	f := &fake{}
	a := testAPI(t, f, Limits{})
	ask(a, "GET /api/v1/findings", "", as("head|H1|lake"))
	if w := f.query.For.Who; w == nil || w.Person != "H1" || f.query.For.Action != access.FindingRead {
		t.Errorf("%+v", f.query.For)
	}
}

// Who sees no persons is shown a finding without them.
func TestALayViewHasNoPersons(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, what := range []string{"GET /api/v1/findings", "GET /api/v1/findings/f1"} {
		for who, shown := range map[string]bool{"lay": false, "lay|P1": true, "auditor": true, "lay+officer|P2": false,
			"lay+supervisor|P2||P1": false, "lay+supervisor|P2||P9": true} {
			body := ask(a, what, "", as(who)).Body.String()
			if !strings.Contains(body, `"id":"f1"`) || strings.Contains(body, `"actor":"P1"`) != shown || strings.Contains(body, "A1") && !shown || strings.Contains(body, "because") && !shown {
				t.Errorf("%s, %s: %s", what, who, body)
			}
		}
	}
}

// A page of another site can't use the cookie of who is signed in here.
func TestOtherSitesPages(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	const what, body = "POST /api/v1/quarantine/1/set-aside", `{"reason":"x"}`
	for header, status := range map[string]int{"Sec-Fetch-Site: cross-site": 403, "Origin: https://elsewhere.example": 403, "Sec-Fetch-Site: same-origin": 204, "X-Y: z": 204} {
		if w := ask(a, what, body, as("supervisor|S1"), isJSON, header); w.Code != status {
			t.Errorf("%s: %d %s", header, w.Code, w.Body)
		}
	}
	if w := ask(a, what, body, asAdmin, isJSON, "Sec-Fetch-Site: cross-site"); w.Code != 204 {
		t.Errorf("a token is no cookie: %d", w.Code)
	}
	if w := ask(a, "GET /api/v1/sources", "", as("supervisor|S1"), "Sec-Fetch-Site: cross-site"); w.Code != 200 {
		t.Errorf("a link from elsewhere: %d", w.Code)
	}
}
