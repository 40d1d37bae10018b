package sqldb

import (
	"errors"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/service"
)

var _ identity.Store = (*Store)(nil)

// testAccounts: accounts as they were added and changed, each change sealed, and
// tries not; one person has one account.
func testAccounts(t *testing.T, where string) {
	s := open(t, where)
	must(t, s.SetUp(ctx, service.Settings{Agency: "某市公安局", Zone: "Asia/Shanghai", Lang: "zh"}, identity.Account{Name: "admin", Hash: "h", Roles: []access.Role{access.Administrator}, Created: 1}))
	li := identity.Account{Name: "李\"四", Person: "P8", Roles: []access.Role{access.Officer, access.Head}, Hash: "$x", Handle: "h8", External: "li@x", Created: 2}
	must(t, s.AddAccount(ctx, li))
	got, err := s.Account(ctx, li.Name)
	must(t, err)
	equal(t, "account", *got, li)
	got, err = s.AccountBy(ctx, "li@x")
	must(t, err)
	equal(t, "by its name outside", got.Name, li.Name)
	for _, none := range []func() (*identity.Account, error){
		func() (*identity.Account, error) { return s.Account(ctx, "nobody\x00") },
		func() (*identity.Account, error) { return s.AccountBy(ctx, "") },
		func() (*identity.Account, error) {
			return s.ChangeAccount(ctx, "nobody", 3, func(*identity.Account) error { return errors.New("called") })
		},
	} {
		a, err := none()
		must(t, err)
		if a != nil {
			t.Errorf("somebody: %v", a)
		}
	}
	told(t, s.AddAccount(ctx, identity.Account{Name: li.Name}), "already")
	told(t, s.AddAccount(ctx, identity.Account{Name: "other", Person: "P8"}), "one person has one")
	told(t, s.AddAccount(ctx, identity.Account{Name: "other", External: "li@x"}), "another account signs in")

	sealed := func() int { return leavesOf(t, s, "account", "sign-in") }
	before := sealed()
	_, err = s.ChangeAccount(ctx, li.Name, 3, func(a *identity.Account) error { a.Failures, a.Until = 3, 9; return nil })
	must(t, err)
	_, err = s.ChangeAccount(ctx, li.Name, 3, func(a *identity.Account) error { a.Disabled = true; return errors.New("no") })
	if err == nil || sealed() != before {
		t.Errorf("%v, %d leaves", err, sealed()-before)
	}
	changed, err := s.ChangeAccount(ctx, li.Name, 3, func(a *identity.Account) error { a.Roles = []access.Role{access.Auditor}; return nil })
	must(t, err)
	li.Failures, li.Until, li.Roles = 3, 9, []access.Role{access.Auditor}
	equal(t, "changed", *changed, li)
	equal(t, "leaves", sealed(), before+1)
	list, err := s.Accounts(ctx)
	must(t, err)
	equal(t, "accounts", []string{list[0].Name, list[1].Name}, []string{"admin", li.Name})
	testSessions(t, s, li.Name, sealed)
	testPasskeys(t, s, li.Name)
	sealedAsIs(t, s)
}

// testPasskeys: they are their account's, and sealed as they come and go.
func testPasskeys(t *testing.T, s *Store, name string) {
	k := identity.Passkey{ID: "k1", Account: name, Name: "手机", Public: "p", Credential: "{}", Created: 12}
	must(t, s.AddPasskey(ctx, k))
	if s.AddPasskey(ctx, k) == nil {
		t.Error("one key twice")
	}
	must(t, s.UsedPasskey(ctx, "k1", `{"n":1}`, 15))
	k.Credential, k.Used = `{"n":1}`, 15
	list, err := s.Passkeys(ctx, name)
	must(t, err)
	equal(t, "passkeys", list, []identity.Passkey{k})
	must(t, s.DropPasskey(ctx, "admin", "k1", 16)) // not theirs
	must(t, s.DropPasskey(ctx, name, "k1", 16))
	list, err = s.Passkeys(ctx, name)
	must(t, err)
	equal(t, "passkeys left", len(list), 0)
	equal(t, "leaves", leavesOf(t, s, "passkey"), 2)
	a, err := s.AccountWith(ctx, "h8")
	must(t, err)
	equal(t, "by the handle", a.Name, name)
	must(t, s.SecondSession(ctx, "admin", "d"))
	sessions, err := s.Sessions(ctx, "admin")
	must(t, err)
	equal(t, "second", sessions[0].Second, true)
}

func testSessions(t *testing.T, s *Store, name string, sealed func() int) {
	before := sealed()
	key := func(n byte) [32]byte { return [32]byte{n} }
	one := identity.Session{Key: key(1), ID: "a", Account: name, Created: 10, Seen: 10, Ends: 20, Address: "::1", Agent: "x\x00y", Second: true}
	two := identity.Session{Key: key(2), ID: "b", Account: name, Created: 11, Seen: 11, Ends: 21}
	must(t, s.AddSession(ctx, one))
	must(t, s.AddSession(ctx, two))
	must(t, s.AddSession(ctx, identity.Session{Key: key(3), ID: "c", Account: "admin", Created: 11, Seen: 11, Ends: 30}))
	equal(t, "leaves", sealed(), before+1)
	must(t, s.SeenSession(ctx, key(1), 15))
	got, a, err := s.SessionOf(ctx, key(1))
	must(t, err)
	one.Seen, one.Agent = 15, "x␀y"
	equal(t, "session", *got, one)
	equal(t, "whose", a.Name, name)
	list := func(account string) (ids []string) {
		all, err := s.Sessions(ctx, account)
		must(t, err)
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		return ids
	}
	equal(t, "sessions", list(name), []string{"b", "a"})
	must(t, s.EndSession(ctx, "admin", "a")) // not theirs
	must(t, s.EndSessions(ctx, name, "a"))
	equal(t, "left", list(name), []string{"a"})
	must(t, s.AddSession(ctx, identity.Session{Key: key(4), ID: "d", Account: "admin", Created: clock.Instant(25), Ends: 40}))
	equal(t, "after one that ended", list(name), []string(nil))
	if got, _, err := s.SessionOf(ctx, key(1)); err != nil || got != nil {
		t.Error(got, err)
	}
}
