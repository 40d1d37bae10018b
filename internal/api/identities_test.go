package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/sqldb"
	"plumbline/internal/vault"
)

// aRecipient is somebody's public key.
const aRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// theSealed is what an identity of the fake vault is of: river-head answers for it, and
// it concerns P1.
var theSealed = &access.Thing{Owners: []string{"river-head"}, Units: []string{"lake"}, Above: []string{"lake", "city"}, Subjects: []string{"P1"}}

// fakeVault has one identity, and asks the table alone.
type fakeVault struct{}

func (fakeVault) may(w *access.Who, a access.Action) error {
	if no := access.Decide(w, a, theSealed); !no.Allowed {
		return &vault.Refusal{Decision: no}
	}
	return nil
}

func (fakeVault) Custodians(context.Context) ([]vault.Custodian, error) {
	return []vault.Custodian{{Account: "an", Number: 1, Recipient: aRecipient, At: someTime, Approval: "a1", InForce: true}}, nil
}

func (v fakeVault) Add(_ context.Context, w *access.Who, ref vault.Ref, _ []string, s *vault.Sealed) (*vault.Identity, error) {
	return &vault.Identity{ID: "i1", Ref: ref, Key: s.Key}, v.may(w, access.IdentitySeal)
}

func (fakeVault) List(context.Context, *access.Who, vault.Ref, int) ([]vault.Identity, error) {
	return []vault.Identity{{ID: "i1", At: someTime}}, nil
}

func (v fakeVault) One(_ context.Context, w *access.Who, id string) (*vault.Detail, error) {
	if id == "none" {
		return nil, nil
	}
	return &vault.Detail{Identity: vault.Identity{ID: id, At: someTime}, Openings: []vault.Opening{{ID: "a2"}}, Readings: []vault.Reading{{At: someTime}}}, v.may(w, access.IdentityRead)
}

func (v fakeVault) Fetch(_ context.Context, w *access.Who, id string) (*vault.Fetched, error) {
	return &vault.Fetched{ID: id, Until: someTime}, v.may(w, access.IdentityFetch)
}

func (v fakeVault) Resplit(_ context.Context, w *access.Who, id string, _ []vault.Share) (*vault.Identity, error) {
	return &vault.Identity{ID: id}, v.may(w, access.IdentityFetch)
}

// office is the API over a real record with a real vault, and everybody's keys as they
// lie at their own machines.
type office struct {
	*testing.T
	a     *API
	store *sqldb.Store
	desk  *approval.Desk
	now   clock.Instant
	log   bytes.Buffer
	keys  map[string][]age.Identity
	all   bytes.Buffer // every answer that anybody got
}

// The people: three custodians of the inspection, one who keeps the machine as well, one
// who is kin of P1, one who is P1, and those who approve keys. Their accounts are called
// after their cookies.
var (
	an, bo, chen = "custodian|A1", "custodian|B1", "custodian|C1"
	keeps        = "custodian+administrator|K1"
	kin          = "custodian|D1||P1"
	himself      = "custodian|P1"
	auditor      = "auditor|X1"
	supervisor   = "supervisor|S1"
	root         = "administrator|R1"
)

func newSealedOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, now: someTime, keys: map[string][]age.Identity{}}
	var err error
	if o.store, err = sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	now := func() clock.Instant { return o.now }
	k := &vault.Keeper{Store: known{o.store}, Now: now}
	o.desk = &approval.Desk{Store: o.store, Now: now, Kinds: k.Kinds()}
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if o.a, err = New(&fake{}, Options{Zone: zone, Version: "test", Log: slog.New(slog.NewTextHandler(&o.log, nil)), People: people{}, Record: record{}, Approvals: o.desk, Agreed: agreed{}, Vault: k}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{an, bo, chen, keeps, kin, himself} {
		o.account(name)
	}
	return o
}

// known is a store in which every finding is of P1, and lake-head answers for it.
type known struct{ *sqldb.Store }

func (known) FindingThing(ctx context.Context, id string) (*access.Thing, error) {
	return record{}.FindingThing(ctx, id)
}

func (o *office) account(name string) {
	o.Helper()
	if err := o.store.AddAccount(o.Context(), identity.Account{Name: "of " + name, Hash: "h", Roles: []access.Role{access.Custodian}, Created: o.now}); err != nil {
		o.Fatal(err)
	}
}

// asks sends a request and reads the answer; the status is wanted.
func (o *office) asks(status int, who, what, body string, into any) string {
	o.Helper()
	w := ask(o.a, what, body, as(who), isJSON)
	text := w.Body.String()
	o.all.WriteString(text)
	if w.Code != status {
		o.Fatalf("%s, %s: %d %s; want %d", who, what, w.Code, text, status)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			o.Fatal(err)
		}
	}
	return text
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// registers lets a custodian register a key, with the auditor's word.
func (o *office) registers(who string) {
	o.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		o.Fatal(err)
	}
	o.keys["of "+who] = append(o.keys["of "+who], id)
	var p approvalBody
	o.asks(202, who, "POST /api/v1/custodians", text(newCustodianBody{id.Recipient().String(), "I keep identities"}), &p)
	o.approves(auditor, p.ID)
}

func (o *office) approves(who, id string) {
	o.Helper()
	var p approvalBody
	if o.asks(200, who, "POST /api/v1/approvals/"+id+"/approve", `{"words":"yes"}`, &p); p.State != "done" {
		o.Fatalf("%+v", p)
	}
}

func (o *office) custodians() (out []vault.Custodian) {
	o.Helper()
	var list custodiansBody
	o.asks(200, supervisor, "GET /api/v1/custodians", "", &list)
	for _, c := range list.Custodians {
		out = append(out, vault.Custodian{Account: c.Account, Recipient: c.Recipient, InForce: c.InForce})
	}
	return vault.InForce(out)
}

// seals seals an identity at somebody's machine.
func (o *office) seals(number, identity string) sealedBody {
	o.Helper()
	s, err := vault.Seal(vault.Ref{Register: "finding", Number: number}, identity, o.custodians())
	if err != nil {
		o.Fatal(err)
	}
	b := sealedBody{Register: "finding", Number: number, Key: s.Key, Body: s.Body}
	for _, x := range s.Shares {
		b.Shares = append(b.Shares, shareBody(x))
	}
	return b
}

func (o *office) sealed(number, identity string) string {
	o.Helper()
	var got identityBody
	o.asks(200, supervisor, "POST /api/v1/identities", text(o.seals(number, identity)), &got)
	return got.ID
}

// opens lets one ask and another approve.
func (o *office) opens(id, asker, approver string) {
	o.Helper()
	o.now++
	o.approves(approver, o.asked(id, asker))
}

func (o *office) asked(id, asker string) string {
	o.Helper()
	var p approvalBody
	o.asks(202, asker, "POST /api/v1/identities/"+id+"/open", `{"reason":"the witness is threatened"}`, &p)
	return p.ID
}

func (o *office) fetches(id, who string) *vault.Fetched {
	o.Helper()
	var b fetchedBody
	o.asks(200, who, "POST /api/v1/identities/"+id+"/fetch", `{}`, &b)
	return &vault.Fetched{ID: b.ID, Ref: vault.Ref{Register: b.Register, Number: b.Number}, Key: b.Key, Body: b.Body, Share: vault.Share(b.Share), Other: vault.Custodian{Account: b.Other.Account, Recipient: b.Other.Recipient}}
}

// together puts both shares together at two's own machines.
func (o *office) together(id, one, other string) (string, error) {
	o.Helper()
	handed, err := vault.Hand(o.fetches(id, one), o.keys["of "+one])
	if err != nil {
		return "", err
	}
	return vault.Open(o.fetches(id, other), handed, o.keys["of "+other])
}

const aWitness = "王某某，湖区派出所协勤，电话 13800000000"

// Three custodians, and an identity that two of them open: each step over HTTP, all
// else at their own machines.
func TestAnIdentityOpenedByTwo(t *testing.T) {
	o := newSealedOffice(t)
	for _, c := range []string{an, bo} {
		o.registers(c)
	}
	o.registers(chen)
	id := o.sealed("f1", aWitness)
	var list identitiesBody
	for who, n := range map[string]int{supervisor: 1, auditor: 1, chen: 1, "supervisor|P1": 0, "supervisor|S2||P1": 0, "supervisor|lake-head": 0, kin: 0, himself: 0} {
		if o.asks(200, who, "GET /api/v1/identities?number=f1", "", &list); len(list.Identities) != n {
			t.Errorf("%s is told of %d identities; want %d", who, len(list.Identities), n)
		}
	}
	o.asks(403, an, "POST /api/v1/identities/"+id+"/fetch", `{}`, nil)
	o.opens(id, an, bo)
	got, err := o.together(id, an, bo)
	if err != nil || got != aWitness {
		t.Fatalf("%q, %v", got, err)
	}
	var d identityDetailBody
	o.asks(200, auditor, "GET /api/v1/identities/"+id, "", &d)
	if len(d.Openings) != 1 || d.Openings[0].Asker != "of "+an || d.Openings[0].Approver != "of "+bo || len(d.Readings) != 2 || d.Readings[0].Account != "of "+bo {
		t.Errorf("%+v", d)
	}
	if n := strings.Count(o.log.String(), "a share of a sealed identity was fetched"); n != 2 {
		t.Errorf("%d lines in the log", n)
	}
	for name, text := range map[string]string{"the log": o.log.String(), "an answer": o.all.String()} {
		if strings.Contains(text, "王") || strings.Contains(text, "SECRET") {
			t.Errorf("%s tells who it is", name)
		}
	}
}

// What is tried against it.
func TestAttacksOnTheVault(t *testing.T) {
	o := newSealedOffice(t)
	fetch := func(id string) string { return "POST /api/v1/identities/" + id + "/fetch" }
	o.asks(422, supervisor, "POST /api/v1/identities", `{"register":"finding","number":"f1","key":"`+aRecipient+`","body":"`+aWitness+`","shares":[]}`, nil)
	o.registers(an)
	if _, err := vault.Seal(vault.Ref{Register: "finding", Number: "f1"}, aWitness, o.custodians()); err == nil || !strings.Contains(err.Error(), "fewer than 2") {
		t.Errorf("sealed for one custodian: %v", err)
	}
	for _, c := range []string{bo, chen, kin, himself} {
		o.registers(c)
	}
	id, other := o.sealed("f1", aWitness), o.sealed("f2", "somebody else")

	t.Run("a key of one's own", func(t *testing.T) {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		said := o.asks(422, an, "POST /api/v1/custodians", text(newCustodianBody{id.String(), "x"}), nil)
		if !strings.Contains(said, "private key") || strings.Contains(o.log.String(), id.String()) {
			t.Error(said)
		}
		o.asks(403, root, "POST /api/v1/custodians", text(newCustodianBody{aRecipient, "x"}), nil)
		o.asks(403, keeps, "POST /api/v1/custodians", text(newCustodianBody{aRecipient, "x"}), nil)
		var p approvalBody
		o.asks(202, an, "POST /api/v1/custodians", text(newCustodianBody{aRecipient, "x"}), &p)
		for _, who := range []string{an, bo, root, "auditor+administrator|X9", "auditor|A1"} { // the last is an by another account
			o.asks(403, who, "POST /api/v1/approvals/"+p.ID+"/approve", `{"words":"x"}`, nil)
		}
		o.asks(200, an, "POST /api/v1/approvals/"+p.ID+"/refuse", `{"words":"x"}`, nil)
	})
	t.Run("the administrator", func(t *testing.T) {
		for _, what := range []string{"GET /api/v1/identities", "GET /api/v1/identities/" + id} {
			o.asks(403, root, what, "", nil)
		}
		o.asks(403, root, "POST /api/v1/identities/"+id+"/open", `{"reason":"x"}`, nil)
		o.asks(403, root, fetch(id), `{}`, nil)
		o.asks(403, keeps, "POST /api/v1/identities/"+id+"/open", `{"reason":"x"}`, nil)
	})
	t.Run("without a share, in conflict, or concerned", func(t *testing.T) {
		for who, status := range map[string]int{kin: 404, himself: 404, supervisor: 403, "custodian|new": 403, "custodian|lake-head": 404} {
			o.asks(status, who, "POST /api/v1/identities/"+id+"/open", `{"reason":"x"}`, nil)
		}
	})
	t.Run("whether there is one", func(t *testing.T) {
		shares := text(resplitBody{Shares: []shareBody{}})
		for _, who := range []string{kin, himself, "custodian|lake-head", "auditor|P1", "supervisor|lake-head"} {
			for what, body := range map[string]string{"GET /api/v1/identities/ID": "", "POST /api/v1/identities/ID/open": `{"reason":"x"}`, "POST /api/v1/identities/ID/fetch": `{}`, "POST /api/v1/identities/ID/shares": shares} {
				answer := func(id string) (int, string) {
					w := ask(o.a, strings.Replace(what, "ID", id, 1), body, as(who), isJSON)
					return w.Code, w.Body.String()
				}
				o.log.Reset()
				is, says := answer(id)
				if no, none := answer("0123456789abcdef"); is != no || says != none {
					t.Errorf("%s, %s: %d %s; of none %d %s", who, what, is, says, no, none)
				}
				if !strings.Contains(o.log.String(), "msg=refused rule=") {
					t.Errorf("%s, %s: no line in the log", who, what)
				}
			}
		}
		seal := func(number string) string {
			return strings.ReplaceAll(o.asks(404, kin, "POST /api/v1/identities", text(sealedBody{Register: "finding", Number: number, Key: aRecipient, Body: "x", Shares: []shareBody{}}), nil), number, "ID")
		}
		if is, none := seal("f1"), seal("none"); is != none {
			t.Errorf("sealing for one that a conflict hides: %s; for none: %s", is, none)
		}
	})
	t.Run("approved by oneself or by whom it concerns", func(t *testing.T) {
		p := o.asked(id, an)
		for who, status := range map[string]int{an: 403, "custodian|A1|": 403, kin: 404, himself: 404, keeps: 403, root: 403, supervisor: 403, auditor: 403, "custodian|new": 403} {
			o.asks(status, who, "POST /api/v1/approvals/"+p+"/approve", `{"words":"x"}`, nil)
		}
		for _, who := range []string{kin, himself, "supervisor|P1", "auditor|X2||P1", "supervisor|lake-head"} {
			o.asks(404, who, "GET /api/v1/approvals/"+p, "", nil)
			o.asks(404, who, "POST /api/v1/approvals/"+p+"/refuse", `{"words":"x"}`, nil)
			if strings.Contains(o.asks(200, who, "GET /api/v1/approvals", "", nil), p) {
				t.Errorf("%s is told of the opening", who)
			}
		}
		o.asks(403, an, fetch(id), `{}`, nil)
		o.asks(200, an, "POST /api/v1/approvals/"+p+"/refuse", `{"words":"x"}`, nil)
		o.asks(409, bo, "POST /api/v1/approvals/"+p+"/approve", `{"words":"x"}`, nil)
		o.asks(403, an, fetch(id), `{}`, nil)
	})
	t.Run("an opening of another, and by a third", func(t *testing.T) {
		o.opens(other, an, bo)
		o.asks(403, an, fetch(id), `{}`, nil)
		o.asks(403, chen, fetch(other), `{}`, nil)
	})
	t.Run("one alone, or the administrator, with all that the server has", func(t *testing.T) {
		o.opens(id, an, bo)
		f := o.fetches(id, an)
		shares, err := o.store.Shares(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range shares {
			if got, err := vault.Open(f, s.Cipher, o.keys["of "+an]); err == nil || got != "" {
				t.Errorf("an opened alone: %q", got)
			}
		}
		thief, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		f.Other.Recipient = thief.Recipient().String() // what a server that lies would say
		if _, err := vault.Hand(f, o.keys["of "+an]); err == nil {
			t.Error("an's share was handed to the server")
		}
	})
	t.Run("swapped in the database", func(t *testing.T) {
		f, g := o.fetches(id, an), o.fetches(other, an)
		handed, err := vault.Hand(o.fetches(id, bo), o.keys["of "+bo])
		if err != nil {
			t.Fatal(err)
		}
		f.Body = g.Body
		if _, err := vault.Open(f, handed, o.keys["of "+an]); err == nil || !strings.Contains(err.Error(), "another sealed identity") {
			t.Errorf("another's cipher: %v", err)
		}
		g.Ref = f.Ref
		if _, err := vault.Open(g, handed, o.keys["of "+an]); err == nil || !strings.Contains(err.Error(), "finding/f2") {
			t.Errorf("another's row: %v", err)
		}
	})
	t.Run("when it is over", func(t *testing.T) {
		o.now += 24*3600*1_000_000 - 1
		o.fetches(id, bo)
		o.now++
		if said := o.asks(403, bo, fetch(id), `{}`, nil); !strings.Contains(said, "is over") {
			t.Error(said)
		}
		var settled approvalsBody
		o.asks(200, auditor, "GET /api/v1/approvals", "", &settled)
		for _, p := range settled.Approvals { // each old approval, once more
			o.asks(map[bool]int{true: 409, false: 403}[p.Kind == "opening" && p.Proposer != "of "+bo], bo, "POST /api/v1/approvals/"+p.ID+"/approve", `{"words":"again"}`, nil)
		}
		o.asks(403, bo, fetch(id), `{}`, nil)
		p := o.asked(id, chen)
		o.now += 7*24*3600*1_000_000 + 1
		var failed approvalBody
		if o.asks(200, bo, "POST /api/v1/approvals/"+p+"/approve", `{"words":"late"}`, &failed); failed.State != "failed" || !strings.Contains(failed.Words, "seven days") {
			t.Errorf("%+v", failed)
		}
		o.asks(403, bo, fetch(id), `{}`, nil)
	})
	t.Run("a former custodian", func(t *testing.T) {
		o.opens(id, chen, bo)
		if _, err := o.store.ChangeAccount(t.Context(), "of "+chen, o.now, func(a *identity.Account) error { a.Roles = []access.Role{access.Officer}; return nil }); err != nil {
			t.Fatal(err)
		}
		o.asks(403, "officer|C1", fetch(id), `{}`, nil)
		if n := len(o.custodians()); n != 4 {
			t.Errorf("%d custodians", n)
		}
		old := o.seals("f3", "x")
		o.registers(an) // another key: what was sealed for the old one just before doesn't count
		o.asks(422, supervisor, "POST /api/v1/identities", text(old), nil)
		o.sealed("f3", "x")
		o.opens(id, an, bo)
		if got, err := o.together(id, bo, an); err != nil || got != aWitness { // by the key of then
			t.Errorf("%q, %v", got, err)
		}
	})
}

// Where custodians have changed, two split the key anew.
func TestSplitAnewOverHTTP(t *testing.T) {
	o := newSealedOffice(t)
	for _, c := range []string{an, bo, chen} {
		o.registers(c)
	}
	id := o.sealed("f1", aWitness)
	o.opens(id, an, chen)
	before := o.fetches(id, chen)
	ding := "custodian|E1"
	o.account(ding)
	o.registers(ding)
	if _, err := o.store.ChangeAccount(t.Context(), "of "+chen, o.now, func(a *identity.Account) error { a.Disabled = true; return nil }); err != nil {
		t.Fatal(err)
	}
	o.asks(403, ding, "POST /api/v1/identities/"+id+"/open", `{"reason":"x"}`, nil)
	o.opens(id, an, bo)
	handed, err := vault.Hand(o.fetches(id, an), o.keys["of "+an])
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := vault.Resplit(o.fetches(id, bo), handed, o.keys["of "+bo], o.custodians())
	if err != nil {
		t.Fatal(err)
	}
	var b resplitBody
	for _, s := range fresh {
		b.Shares = append(b.Shares, shareBody(s))
	}
	o.asks(403, ding, "POST /api/v1/identities/"+id+"/shares", text(b), nil)
	o.asks(422, bo, "POST /api/v1/identities/"+id+"/shares", text(resplitBody{b.Shares[1:]}), nil)
	var got identityBody
	if o.asks(200, bo, "POST /api/v1/identities/"+id+"/shares", text(b), &got); got.Generation != 2 || fmt.Sprint(got.Custodians) != fmt.Sprint([]string{"of " + an, "of " + bo, "of " + ding}) {
		t.Errorf("%+v", got)
	}
	o.opens(id, ding, bo)
	if got, err := o.together(id, ding, bo); err != nil || got != aWitness {
		t.Errorf("%q, %v", got, err)
	}
	handed, err = vault.Hand(before, o.keys["of "+chen])
	if err == nil {
		_, err = vault.Open(o.fetches(id, bo), handed, o.keys["of "+bo])
	}
	if err == nil || !strings.Contains(err.Error(), "none of your keys") && !strings.Contains(err.Error(), "splitting") {
		t.Errorf("with a former custodian's share: %v", err)
	}
}
