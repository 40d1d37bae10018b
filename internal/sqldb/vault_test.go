package sqldb

import (
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/identity"
	"plumbline/internal/vault"
)

// testVault: keys of custodians have a history, and those count whose account is a
// custodian's now; what is sealed, split anew, opened and read stays, each sealed.
func testVault(t *testing.T, where string) {
	s := open(t, where)
	for name, roles := range map[string][]access.Role{"an": {access.Auditor, access.Custodian}, "bo": {access.Custodian}, "chen": {access.Custodian}, "ding": {access.Supervisor}} {
		must(t, s.AddAccount(ctx, identity.Account{Name: name, Hash: "h", Roles: roles, Created: 1}))
	}
	key := func(account, recipient, approval string) vault.Custodian {
		return vault.Custodian{Account: account, Recipient: recipient, At: 5, Approval: approval}
	}
	for _, c := range []vault.Custodian{key("an", "age1a", "p1"), key("bo", "age1b", "p2"), key("bo", "age1b", "p2"), key("chen", "age1c", "p3"), key("ding", "age1d", "p4"), key("bo", "age1bb", "p5"), key("gone", "age1g", "p6")} {
		must(t, s.AddCustodian(ctx, c))
	}
	_, err := s.ChangeAccount(ctx, "chen", 6, func(a *identity.Account) error { a.Disabled = true; return nil })
	must(t, err)
	list, err := s.Custodians(ctx)
	must(t, err)
	of := func(account string, number int64, recipient, approval string, inForce bool) vault.Custodian {
		c := key(account, recipient, approval)
		c.Number, c.InForce = number, inForce
		return c
	}
	equal(t, "keys", list, []vault.Custodian{of("an", 1, "age1a", "p1", true), of("bo", 1, "age1b", "p2", false), of("bo", 2, "age1bb", "p5", true), of("chen", 1, "age1c", "p3", false),
		of("ding", 1, "age1d", "p4", false), of("gone", 1, "age1g", "p6", false)})

	shares := []vault.Share{{Custodian: "an", Recipient: "age1a", Cipher: "x"}, {Custodian: "bo", Recipient: "age1bb", Cipher: "y"}}
	one := vault.Identity{ID: "i1", Ref: vault.Ref{Register: "finding", Number: "f1"}, Concerns: []string{"P1", "王"}, Key: "age1k", Body: "c", At: 7, Account: "ding", Generation: 1}
	two := vault.Identity{ID: "i2", Ref: vault.Ref{Register: "report", Number: "2026-7"}, Concerns: []string{}, Key: "age1l", Body: "d", At: 8, Account: "an", Generation: 1}
	must(t, s.AddIdentity(ctx, one, shares))
	must(t, s.AddIdentity(ctx, two, shares[:1]))
	got, err := s.Identity(ctx, "i1")
	must(t, err)
	one.Custodians = []string{"an", "bo"}
	equal(t, "one", *got, one)
	if got, err := s.Identity(ctx, "none"); got != nil || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	one.Body, two.Body, one.Custodians = "", "", nil
	for ref, want := range map[vault.Ref][]vault.Identity{{}: {two, one}, one.Ref: {one}, {Register: "report", Number: "f1"}: nil} {
		list, err := s.Identities(ctx, ref)
		must(t, err)
		equal(t, ref.String(), list, want)
	}

	must(t, s.AddShares(ctx, "i1", 1, shares[1:], "an", 9))
	told(t, s.AddShares(ctx, "i1", 1, shares, "an", 9), "somebody else has split it anew")
	now, err := s.Shares(ctx, "i1")
	must(t, err)
	equal(t, "the newest splitting", now, shares[1:])
	got, err = s.Identity(ctx, "i1")
	must(t, err)
	equal(t, "generation", got.Generation, int64(2))

	head, err := s.SealHead(ctx)
	must(t, err)
	text := head.Text()
	for _, kind := range []string{"identity", "share", "opening", "reading", "custodian", "account"} {
		if strings.Contains(text, "count "+kind) {
			t.Errorf("what everybody reads tells how much there is of %s:\n%s", kind, text)
		}
	}
	if !strings.Contains(text, "\ncount office ") || strings.Count(text, "number/") != 3 {
		t.Errorf("a checkpoint says %s", text)
	}

	o := vault.Opening{ID: "p9", Identity: "i1", Asker: "an", Approver: "bo", From: 10, Until: 20}
	must(t, s.AddOpening(ctx, o))
	later := o
	later.Until = 99
	must(t, s.AddOpening(ctx, later))
	openings, err := s.Openings(ctx, "i1")
	must(t, err)
	equal(t, "an approval counts once", openings, []vault.Opening{o})
	for at := range 2 {
		must(t, s.AddReading(ctx, vault.Reading{Identity: "i1", Opening: "p9", Account: "an", At: 11}))
		must(t, s.AddReading(ctx, vault.Reading{Identity: "i2", Opening: "p9", Account: "bo", At: someDay + 1}))
		readings, err := s.Readings(ctx, "i1")
		must(t, err)
		equal(t, "readings", len(readings), at+1)
		equal(t, "the newest first", readings[0], vault.Reading{Identity: "i1", Opening: "p9", Account: "an", At: 11})
	}
	sealedAsIs(t, s)
}
