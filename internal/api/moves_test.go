package api

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// fakeLedger has one item, f1 at version 2, that lake-head owns.
type fakeLedger struct{}

func fakeItem() *ledger.Item {
	return &ledger.Item{About: ledger.About{Finding: "f1", Number: 1, Severity: "major", Unit: "lake", Opened: someTime, First: someTime, AssignBy: someTime},
		Standing: ledger.Standing{Version: 2, State: ledger.Assigned, Owner: "lake-head", Due: someTime, Turn: someTime, Changed: someTime}}
}

func refusedBy(because ledger.Reason, rule string) error {
	return &ledger.Refused{Fault: errs.Error{Code: errs.Usage, What: errs.T("no", "不可")}, Because: because, Rule: rule, Lacks: []ledger.Need{ledger.NeedText}, Moves: []ledger.Move{{Kind: ledger.Accept, Account: "zhang", At: someTime}}}
}

func (fakeLedger) Item(_ context.Context, who ledger.Who, finding string) (*ledger.Detail, error) {
	if finding != "f1" {
		return nil, nil
	}
	bar := &ledger.Bar{Rule: ledger.BarCommand, Why: errs.T("is in the chain", "处于指挥链内")}
	move := ledger.Move{Finding: "f1", Number: 1, Kind: ledger.Extend, At: someTime, Account: who.Account, Content: ledger.Content{Text: "why"}, Due: someTime}
	linked := func(number int64, to string) ledger.Move {
		return ledger.Move{Finding: "f1", Number: number, Kind: ledger.Link, At: someTime, Account: "i", Content: ledger.Content{Link: to, LinkAs: "related"}}
	}
	return &ledger.Detail{Item: *fakeItem(), Moves: []ledger.Move{move, linked(2, "f2"), linked(3, "ofP9")}, Shifts: []ledger.Shift{{Move: &move, Days: 5}}, Files: []ledger.File{{Hash: "ab", Name: "回执.pdf", Type: "application/pdf", Size: 3}},
		Offers: []ledger.Offer{{Kind: ledger.Verify, Needs: []ledger.Need{ledger.NeedText}, Bar: bar}}, Verifiers: []ledger.Verifier{{Who: ledger.Who{Account: "v"}}, {Who: ledger.Who{Account: "h"}, Bar: bar}}}, nil
}

func (fakeLedger) Move(_ context.Context, _ ledger.Who, finding string, seen int64, kind ledger.Kind, say ledger.Content) (*ledger.Item, error) {
	switch {
	case finding != "f1":
		return nil, refusedBy(ledger.NoItem, "")
	case seen == 1:
		return nil, refusedBy(ledger.Faster, "version")
	case kind == ledger.Verify:
		return nil, refusedBy(ledger.Barred, ledger.BarCommand)
	case kind == ledger.Close:
		return nil, refusedBy(ledger.NotNow, "open")
	case kind == ledger.Comment && say.Text == "":
		return nil, refusedBy(ledger.Lacking, "text")
	}
	return fakeItem(), nil
}

func (f fakeLedger) MoveAll(ctx context.Context, who ledger.Who, items []ledger.Wanted, kind ledger.Kind, say ledger.Content) ([]ledger.Done, error) {
	out := make([]ledger.Done, len(items))
	for i, w := range items {
		out[i].Finding = w.Finding
		out[i].Item, out[i].Err = f.Move(ctx, who, w.Finding, w.Seen, kind, say)
	}
	return out, nil
}

func (fakeLedger) Queue(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{Items: []ledger.Item{*fakeItem()}, Next: "n"}, nil
}

func (fakeLedger) Count(context.Context, ledger.Query) (map[ledger.State]int64, error) {
	return map[ledger.State]int64{ledger.Assigned: 1}, nil
}

func (fakeLedger) Links(context.Context, string) ([]ledger.Linked, error) {
	return []ledger.Linked{{Finding: "f2", As: "same_cause", Here: true, Move: ledger.Move{Account: "i", Content: ledger.Content{Text: "one shift"}}}, {Finding: "ofP9", As: "related"}}, nil
}

func (fakeLedger) Quality(context.Context) ([]ledger.Quality, error) {
	return []ledger.Quality{{Pack: "p", Rule: "r", Closed: 30, NoFault: 15, Share: .5, OnlyWarns: true, Reasons: map[string]int64{"lawful": 15}, Outcomes: map[ledger.Outcome]int64{ledger.NoFault: 15, ledger.Fixed: 15}}}, nil
}

func (fakeLedger) Review(context.Context, ledger.Who, string, string, string) error { return nil }

func (fakeLedger) Attach(_ context.Context, _ ledger.Who, _ string, _ int64, name, _ string, from io.Reader) (*ledger.Item, *ledger.File, error) {
	body, err := io.ReadAll(from)
	if string(body) == "barred" {
		return nil, nil, refusedBy(ledger.Barred, ledger.BarCommand)
	}
	return fakeItem(), &ledger.File{Hash: "ab", Name: name, Type: "application/pdf", Size: int64(len(body))}, err
}

func (fakeLedger) File(_ context.Context, finding, _ string) (*ledger.File, []byte, error) {
	if finding != "f1" {
		return nil, nil, nil
	}
	return &ledger.File{Hash: "ab", Name: "回执 1.pdf", Type: "application/pdf"}, []byte("%PDF-1.7"), nil
}

// Each way in which the ledger refuses has a status and a code of its own.
func TestMovesOverHTTP(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	for _, c := range []struct {
		path, body string
		status     int
		has        string
	}{
		{"f1/moves", `{"kind":"accept","version":2}`, 200, `"state":"assigned"`},
		{"f1/moves", `{"kind":"extend","version":2,"until":"2026-05-01","text":"why"}`, 200, `"version":2`},
		{"f1/moves", `{"kind":"extend","version":2,"until":"soon"}`, 422, `not a time`},
		{"f2/moves", `{"kind":"accept","version":2}`, 404, `"code":"not_found"`},
		{"f1/moves", `{"kind":"accept","version":1}`, 409, `accept by zhang`},
		{"f1/moves", `{"kind":"close","version":2}`, 409, `"code":"not_now"`},
		{"f1/moves", `{"kind":"verify","version":2}`, 403, `"code":"barred_command"`},
		{"f1/moves", `{"kind":"comment","version":2}`, 422, `"location":"body.text"`},
		{"f1/moves", `{"kind":"met","version":2}`, 422, `expected value to be one of`},
		{"f1/moves", `{"kind":"accept"}`, 422, `version`},
	} {
		who := asAll
		if strings.Contains(c.body, "extend") || strings.Contains(c.body, "close") || strings.Contains(c.body, "verify") {
			who = as("verifier|V1")
		}
		w := ask(a, "POST /api/v1/findings/"+c.path, c.body, who, isJSON)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %s\nwant %d with %s", c.path, c.body, w.Code, w.Body, c.status, c.has)
		}
	}
	if w := ask(a, "POST /api/v1/findings/f1/moves", `{"kind":"accept","version":2}`, asReader, isJSON); w.Code != http.StatusForbidden {
		t.Errorf("a reader moved an item: %d", w.Code)
	}
	w := ask(a, "POST /api/v1/moves", `{"kind":"accept","items":[{"finding":"f1","version":2},{"finding":"f2","version":0}]}`, asAll, isJSON, inZh)
	if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, `"state":"assigned"`) || !strings.Contains(got, `"title":"未找到"`) {
		t.Errorf("two at once: %d %s", w.Code, got)
	}
	w = ask(a, "GET /api/v1/findings/f1/item", "", asReader, inZh)
	for _, has := range []string{`"days":5`, `处于指挥链内`, `"account":"token/chief"`} {
		if !strings.Contains(w.Body.String(), has) {
			t.Errorf("the item lacks %s: %s", has, w.Body)
		}
	}
}

// Which finding a move links, only who may read that one is told: neither by the item,
// nor by the proof of the move. What is left out of a list is no refusal.
func TestLinksOfMovesAreCut(t *testing.T) {
	var log bytes.Buffer
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(&fake{}, Options{Zone: zone, Version: "test", Log: slog.New(slog.NewTextHandler(&log, nil)), Ledger: fakeLedger{}, People: people{}, Record: record{}, Seal: fakeSeal{}})
	if err != nil {
		t.Fatal(err)
	}
	for who, status := range map[string]int{"supervisor|S1": 200, "supervisor|S1||P9": 404} {
		log.Reset()
		got := ask(a, "GET /api/v1/findings/f1/item", "", as(who)).Body.String()
		if n := strings.Count(got, `"ofP9"`); n != map[int]int{200: 2}[status] || strings.Count(got, `"f2"`) != 2 {
			t.Errorf("%s: ofP9 is named %d times: %s", who, n, got)
		}
		if strings.Contains(log.String(), "msg=refused") {
			t.Errorf("%s: %s", who, log.String())
		}
		if w := ask(a, "GET /api/v1/findings/f1/moves/3/proof", "", as(who)); w.Code != status {
			t.Errorf("%s, a proof: %d; want %d", who, w.Code, status)
		}
		if w := ask(a, "GET /api/v1/findings/f1/moves/2/proof", "", as(who)); w.Code != 200 {
			t.Errorf("%s, a proof of another: %d", who, w.Code)
		}
	}
}

// fakeSeal proves every move.
type fakeSeal struct{ Seal }

func (fakeSeal) Handler() http.Handler { return http.NotFoundHandler() }
func (fakeSeal) ProveMove(context.Context, string, int64) ([]byte, error) {
	return []byte("proof"), nil
}

// What is refused by a rule is in the log, by that rule.
func TestRefusalsAreLogged(t *testing.T) {
	const file = "POST /api/v1/findings/f1/files?name=a.pdf&version=2"
	for _, c := range []struct {
		what, body, header string
		status             int
		rule               string
	}{
		{"POST /api/v1/findings/f1/moves", `{"kind":"verify","version":2}`, isJSON, 403, `rule="ledger: verify: command" by="session s"`},
		{"POST /api/v1/moves", `{"kind":"verify","items":[{"finding":"f1","version":2}]}`, isJSON, 200, `rule="ledger: verify: command" by="session s"`},
		{file, "barred", "Content-Type: application/octet-stream", 403, `rule="ledger: attach: command" by="session s"`},
		{"POST /api/v1/findings/f1/moves", `{"kind":"verify","version":2}`, "Sec-Fetch-Site: cross-site", 403, `rule="sent from another site's page" by="session s" route="POST /api/v1/findings/{id}/moves"`},
		{"POST /api/v1/signin", `{"name":"x","password":"y"}`, "Sec-Fetch-Site: cross-site", 403, `rule="sent from another site's page" by="" route="POST /api/v1/signin"`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-04-01&seen=3", "officers: [{id: P1, unit: bureau, post: p}]", asAdmin, 403, `rule="organisation: favour" by=root`},
		{"POST /api/v1/organisation?name=a.yaml&from=2026-06-01&seen=3&reason=x", "conflicts: []", asAdmin, 403, `rule="organisation: token" by=root`},
	} {
		var log bytes.Buffer
		w := ask(logging(t, &fake{}, Limits{}, &log), c.what, c.body, as("verifier|V1"), c.header)
		if w.Code != c.status || !strings.Contains(log.String(), "msg=refused "+c.rule) {
			t.Errorf("%s: %d, want %d; want %s in\n%s", c.what, w.Code, c.status, c.rule, log.String())
		}
	}
}

// A file goes out as it came in, for keeping and not for running.
func TestFilesOverHTTP(t *testing.T) {
	a := testAPI(t, &fake{}, Limits{})
	w := ask(a, "POST /api/v1/findings/f1/files?name=a.pdf&version=2", "%PDF-1.7", asAll, "Content-Type: application/octet-stream")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"size":8`) {
		t.Errorf("attached: %d %s", w.Code, w.Body)
	}
	if w := ask(a, "POST /api/v1/findings/f1/files?name=a.pdf", "%PDF-1.7", asAll); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the version: %d", w.Code)
	}
	w = ask(a, "GET /api/v1/findings/f1/files/ab", "", asReader)
	for name, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=utf-8''%E5%9B%9E%E6%89%A7%201.pdf",
		"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Etag": `"ab"`} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if w := ask(a, "GET /api/v1/findings/f2/files/ab", "", asReader); w.Code != http.StatusNotFound {
		t.Errorf("a file of another finding: %d", w.Code)
	}
}
