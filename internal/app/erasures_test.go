package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

const testPassword = "correct horse battery"

// peopled is a data directory with a source "send" and an account for each role.
func peopled(t *testing.T) (datadir.Config, string) {
	t.Helper()
	ctx, data := context.Background(), filepath.Join(t.TempDir(), "data")
	config := datadir.Config{Data: data}
	must(t, datadir.Setup(ctx, datadir.SetupOptions{Config: config, Settings: service.Settings{Agency: "a", Zone: "Europe/Rome", Lang: "en", Packs: []string{"it-traffic-fines"}},
		Admin: "head", Password: testPassword, Now: 1}))
	hash, err := identity.NewHash(testPassword, "", "")
	must(t, err)
	inRecord(t, config, func(s *sqldb.Store) {
		for token, role := range map[string]service.Role{"send": service.RoleSource, "read": service.RoleReader, "keep": service.RoleAdmin} {
			_, err := s.AddSource(ctx, service.Source{Name: token, Role: role, Token: sha256.Sum256([]byte(token))})
			must(t, err)
		}
		must(t, s.AddAccount(ctx, identity.Account{Name: "phone", Roles: []access.Role{access.Officer}, Hash: hash, Handle: "phone", Secret: "GEZDGNBVGY3TQOJQ", Created: 1})) // of before there was a key
		for i, role := range []access.Role{access.Supervisor, access.Auditor, access.Verifier} {
			must(t, s.AddAccount(ctx, identity.Account{Name: string(role), Roles: []access.Role{role}, Hash: hash, Handle: string(role), Created: clock.Instant(i + 2)}))
		}
	})
	return config, data
}

func inRecord(t *testing.T, c datadir.Config, f func(*sqldb.Store)) {
	t.Helper()
	s, err := datadir.Open(context.Background(), c)
	must(t, err)
	f(s)
	must(t, s.Close())
}

// signIn gives the cookie of somebody who signed in.
func (r *running) signIn(name string) string {
	r.t.Helper()
	a, err := http.Post(r.url+"/api/v1/signin", "application/json", strings.NewReader(`{"name":"`+name+`","password":"`+testPassword+`"}`))
	must(r.t, err)
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	if len(a.Cookies()) == 0 {
		r.t.Fatalf("signing in as %s: %s %s", name, a.Status, text)
	}
	return a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
}

// as asks as somebody: with a cookie, or the token of a machine.
func (r *running) as(who, method, path, body string) (int, string) {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	must(r.t, err)
	if q.Header.Set("Content-Type", "application/json"); strings.Contains(who, "=") {
		q.Header.Set("Cookie", who)
	} else {
		q.Header.Set("Authorization", "Bearer "+who)
	}
	a, err := http.DefaultClient.Do(q)
	must(r.t, err)
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	must(r.t, err)
	return a.StatusCode, string(text)
}

// agree lets one propose and another approve.
func (r *running) agree(proposer, second, path, body string) {
	r.t.Helper()
	status, text := r.as(proposer, "POST", path, body)
	var made struct{ ID string }
	if must(r.t, json.Unmarshal([]byte(text), &made)); status != http.StatusAccepted {
		r.t.Fatalf("proposing: %d %s", status, text)
	}
	if status, text := r.as(proposer, "POST", "/api/v1/approvals/"+made.ID+"/approve", `{"words":"mine"}`); status != http.StatusForbidden {
		r.t.Errorf("who proposed it approves it: %d %s", status, text)
	}
	if status, text := r.as(second, "POST", "/api/v1/approvals/"+made.ID+"/approve", `{"words":"agreed"}`); status != 200 || !strings.Contains(text, `"state":"done"`) {
		r.t.Fatalf("approving: %d %s", status, text)
	}
}

func fineOf(id, at string) string {
	return `[{"id":"` + id + `","type":"Create Fine","time":"` + at + `","actor":"某警官","objects":[{"type":"case","id":"案-` + id + `"}]}]`
}

// A case of long ago goes by two persons, with what was written about it; the record
// stays sound, says what is gone, and takes none of it again.
func TestErasedByTwoPersons(t *testing.T) {
	ctx := context.Background()
	config, data := peopled(t)
	r := serveDir(t, data)
	r.ask("POST", "/api/v1/events", "send", fineOf("1", "2012-01-02T10:00:00Z"))
	r.ask("POST", "/api/v1/events", "send", fineOf("2", "2025-01-02T10:00:00Z"))
	boss := r.signIn("supervisor")
	if status, text := r.as(boss, "POST", "/api/v1/erasures/try", `{"before":"2016-01-01"}`); status != 200 || !strings.Contains(text, `"cases":0`) || !strings.Contains(text, `"why":"open_finding"`) {
		t.Fatalf("while an item is open: %d %s", status, text)
	}
	if status, text := r.as(boss, "POST", "/api/v1/erasures", `{"before":"2016-01-01","reason":"x"}`); status/100 != 4 || !strings.Contains(text, "nothing to erase") {
		t.Errorf("nothing is proposed: %d %s", status, text)
	}
	r.stop()
	var found string
	files := ledger.OpenFiles(filepath.Join(data, filesDir))
	file, err := files.Keep("笔录.txt", strings.NewReader("某警官的笔录"))
	must(t, err)
	inRecord(t, config, func(s *sqldb.Store) {
		page, err := s.Findings(ctx, service.FindingQuery{})
		must(t, err)
		for _, f := range page.Findings {
			if f.Case != "案-1" {
				continue
			}
			found = f.ID
			for n, m := range []ledger.Move{{Kind: ledger.Attach, Content: ledger.Content{File: file}}, {Kind: ledger.Claim, Content: ledger.Content{Outcome: ledger.Fixed, Cause: "某原因"}}, {Kind: ledger.Verify}, {Kind: ledger.Close, Content: ledger.Content{Outcome: ledger.Fixed}}} {
				m.Finding, m.Number, m.At, m.Account = f.ID, int64(n+1), f.Raised, "verifier"
				_, err := s.ChangeItem(ctx, f.ID, func(*ledger.Item, []ledger.Move) (*ledger.Move, error) { return &m, nil })
				must(t, err)
			}
		}
	})

	text, err := os.ReadFile("../ledger/policy.yaml")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(data, policyFile), bytes.Replace(text, []byte("assign: 3wd"), []byte("assign: 6wd"), 1), 0o600))
	r = serveDir(t, data)
	boss, second := r.signIn("supervisor"), r.signIn("auditor")
	r.agree(boss, second, "/api/v1/erasures", `{"before":"2016-01-01","reason":"kept for ten years"}`)
	if _, text := r.as(second, "GET", "/api/v1/erasures", ""); !strings.Contains(text, `"cases":1,"events":1`) || !strings.Contains(text, `"by":"supervisor","second":"auditor"`) {
		t.Errorf("the act: %s", text)
	}
	if text := r.ask("GET", "/api/v1/findings/"+found, "read", ""); !strings.Contains(text, `"erased":1`) || strings.Contains(text, "某警官") || strings.Contains(text, "案-1") {
		t.Errorf("the finding: %s", text)
	}
	if status, text := r.as(boss, "GET", "/findings/"+found, ""); status != 200 || !strings.Contains(text, "Erased under retention") || !strings.Contains(text, "by order of supervisor, auditor") {
		t.Errorf("its page doesn't say so: %d", status)
	}
	if text := r.ask("POST", "/api/v1/events", "send", fineOf("1", "2012-01-02T10:00:00Z")); !strings.Contains(text, `"code":"erased"`) {
		t.Errorf("sent again: %s", text)
	}
	if text := r.ask("GET", "/api/v1/verdicts", "read", ""); !strings.Contains(text, `"erased":1`) {
		t.Errorf("verdicts count silently: %s", text)
	}
	r.stop()
	if _, err := files.Read(file); err == nil {
		t.Error("the file is still there")
	}
	for _, word := range []string{"案-1", "某原因", "GEZDGNBVGY3TQOJQ"} {
		inFiles(t, data, word)
	}
	v, err := Verify(ctx, VerifyOptions{What: data})
	must(t, err)
	if v.Tally.Erased != 1 || v.Tally.Events != 1 {
		t.Errorf("verified: %+v", v.Tally)
	}

	// The other one by order, at the console: what it did stands there without a second
	// person. A file that is left over from before goes at the start.
	left, err := files.Keep("y.txt", strings.NewReader("left over"))
	must(t, err)
	o := RetentionOptions{Config: config, Event: "send/2", Log: quietLog, Now: time.Now()}
	if _, _, err := Retention(ctx, o); err == nil {
		t.Error("nobody did it")
	}
	o.By, o.Reason = "head", "unlawful"
	trial, done, err := Retention(ctx, o)
	must(t, err)
	if trial.Events != 1 || trial.Changed == 0 || done == nil || done.Number != 2 || done.Second != "" {
		t.Errorf("%+v, %+v", trial, done)
	}
	if _, err := files.Read(left); err == nil {
		t.Error("the file that was left over is still there")
	}

	// Where the program ended before the file was written anew, or the disk was full, the
	// same command finishes; and nobody is told that nothing was erased.
	inRecord(t, config, func(s *sqldb.Store) {
		_, err := s.ChangeApproval(ctx, done.Approval, 9, func(a *approval.Approval) error { a.State = approval.Doing; return nil })
		must(t, err)
	})
	if _, again, _ := Retention(ctx, o); again != nil {
		t.Errorf("erased again: %+v", again)
	}
	if err := unfinished(done, errors.New("the disk is full")); !strings.Contains(err.Error(), "it is erased (act 2)") || errs.In(err, errs.Zh) == err.Error() {
		t.Error(err)
	}
	if _, err = Verify(ctx, VerifyOptions{What: data}); err != nil {
		t.Error(err)
	}
	inRecord(t, config, func(s *sqldb.Store) {
		list, err := s.Approvals(ctx, []string{"erase"}, "head", 9)
		must(t, err)
		if len(list) != 2 || list[0].State != approval.Done || list[1].State != approval.Done || list[0].Settler.Account != "" && list[1].Settler.Account != "" {
			t.Errorf("the proposals: %+v", list)
		}
		_, err = s.Verify(ctx)
		must(t, err)
		phone, err := s.Account(ctx, "phone")
		must(t, err)
		if !strings.HasPrefix(phone.Secret, "e1:") {
			t.Errorf("the secret of a phone is kept as %s", phone.Secret)
		}
		policies, err := s.Policies(ctx, policyFile) // the text of ledger.yaml, once for all starts
		must(t, err)
		if len(policies) != 1 || !strings.Contains(policies[0].Text, "assign: 6wd") {
			t.Errorf("the deadlines: %+v", policies)
		}
	})
}

// inFiles wants a word nowhere in a folder.
func inFiles(t *testing.T, dir, word string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("%s still stands in %s", word, path)
		}
		return err
	}))
}

// Another table of who may do what holds for whoever signed in before, for tokens of
// before, for lists, single things and pages, from the moment of its approval.
func TestAnotherTableHoldsAtOnce(t *testing.T) {
	_, data := peopled(t)
	r := serveDir(t, data)
	defer r.stop()
	r.ask("POST", "/api/v1/events", "send", fineOf("1", "2025-01-02T10:00:00Z"))
	boss, second, verifier := r.signIn("supervisor"), r.signIn("auditor"), r.signIn("verifier")
	var found struct{ Findings []struct{ ID string } }
	must(t, json.Unmarshal([]byte(r.ask("GET", "/api/v1/findings", "read", "")), &found))
	id := found.Findings[0].ID
	sees := func(who string, want bool) {
		t.Helper()
		paths := []string{"/api/v1/findings", "/api/v1/findings/" + id}
		if strings.Contains(who, "=") {
			paths = append(paths, "/findings", "/findings/"+id)
		}
		for _, path := range paths {
			if status, text := r.as(who, "GET", path, ""); (status == 200 && strings.Contains(text, id)) != want {
				t.Errorf("%s %s, want it seen: %v: %d %.200s", who, path, want, status, text)
			}
		}
	}
	sees(verifier, true)
	sees("keep", true)
	sees("read", true)
	table := func(text string) string {
		body, err := json.Marshal(map[string]string{"text": text, "reason": "x"})
		must(t, err)
		return string(body)
	}
	r.agree(boss, second, "/api/v1/access", table("action finding.read: read findings | 查看问题\n  everyone: subject\n  auditor: all unless conflict\n"))
	sees(verifier, false)
	sees(boss, false)
	sees("keep", false)
	sees("read", true)
	r.agree(boss, second, "/api/v1/access", table(""))
	sees(verifier, true)
	sees("keep", true)
	sees("read", true)
}
