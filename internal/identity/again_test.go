package identity_test

import (
	"errors"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

// changes are all ways to change how an account signs in, given a password.
func (d *desk) changes(w *access.Who) map[string]func(password string) error {
	ctx := d.t.Context()
	return map[string]func(string) error{
		"a phone": func(p string) error {
			_, err := d.ConfirmSecond(ctx, w, d.BeginSecond(w), d.code(w), p)
			return err
		},
		"a passkey":         func(p string) error { _, err := d.BeginPasskey(ctx, w, p); return err },
		"no passkey":        func(p string) error { return d.DropPasskey(ctx, w, "none", p) },
		"no phone":          func(p string) error { return d.DropSecond(ctx, w, "x", p) },
		"other spare codes": func(p string) error { _, err := d.NewRecovery(ctx, w, "x", p); return err },
	}
}

// Who came by a session alone changes nothing about how the account signs in: the
// password is asked for again, and counted like that of a sign-in.
func TestASessionAloneChangesNoSignIn(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	g, err := d.try("chen", password)
	must(t, err)
	for what, change := range d.changes(&g.Who) {
		for _, p := range []string{"", wrongPassword} {
			err := change(p)
			if !errors.Is(err, identity.ErrWrong) {
				t.Errorf("%s with %q: %v", what, p, err)
			}
			told(t, err)
			d.now += hour
		}
		must(t, d.store.EndSessions(ctx, "chen", ""))
		must(t, d.Reset(ctx, "chen", password, false))
		must(t, d.Change(ctx, "chen", func(a *identity.Account) { a.Change = false }))
		if g, err = d.try("chen", password); err != nil {
			t.Fatal(err)
		}
	}
	if _, codes, err := d.Second(ctx, "chen"); codes || err != nil {
		t.Errorf("a second factor was set up: %v", err)
	}
	change := d.changes(&g.Who)["a passkey"]
	for range 20 { // a right one is no guess
		must(t, change(password))
	}
	for i := range 6 {
		want := []error{identity.ErrWrong, identity.ErrWait}[i/5]
		if err := change(wrongPassword); !errors.Is(err, want) {
			t.Errorf("wrong try %d: %v", i, err)
		}
	}
	if err := change(password); !errors.Is(err, identity.ErrWait) {
		t.Errorf("the right one, right after: %v", err)
	}
}

// An account without a password must have signed in just now.
func TestWithoutAPasswordTheSignInMustBeRecent(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	g, err := d.try("chen", password)
	must(t, err)
	must(t, d.Change(ctx, "chen", func(a *identity.Account) { a.Hash, a.External = "", "chen@agency" }))
	change := d.changes(&g.Who)["a passkey"]
	must(t, change(""))
	d.now += 600 * second
	err = change("")
	if !errors.Is(err, identity.ErrWrong) {
		t.Errorf("ten minutes later: %v", err)
	}
	told(t, err)
	other := g.Who
	other.Session = "of nobody"
	d.now -= 600 * second
	if err := d.changes(&other)["a passkey"](""); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a session that ended: %v", err)
	}
}

// Only a secret that the service gave to the session becomes its second factor, and a
// passkey is finished in the session that began it.
func TestSecretsAreGivenToASession(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	g, err := d.try("chen", password)
	must(t, err)
	other, err := d.try("chen", password)
	must(t, err)
	w := &g.Who
	for what, secret := range map[string]string{"one of the sender's choice": secretOfAuthor, "another session's": d.BeginSecond(&other.Who), "none": ""} {
		given := secret
		if given == "" {
			given = secretOfAuthor
		}
		_, err := d.ConfirmSecond(ctx, w, secret, identity.CodeOf(given, d.now), password)
		if !errors.Is(err, identity.ErrWrong) {
			t.Errorf("%s: %v", what, err)
		}
		told(t, err)
	}
	late := d.BeginSecond(w)
	d.now += 900 * second
	if _, err := d.ConfirmSecond(ctx, w, late, identity.CodeOf(late, d.now), password); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("too late: %v", err)
	}
	if d.BeginSecond(w) == late {
		t.Error("the same one is given again")
	}
	begun, err := d.BeginPasskey(ctx, w, password)
	must(t, err)
	if err := d.FinishPasskey(ctx, &other.Who, begun.Ticket, "", newDevice(t).create(begun)); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a passkey that another session began: %v", err)
	}
	if _, err := d.ConfirmSecond(ctx, w, d.BeginSecond(w), d.code(w), password); err != nil {
		t.Error(err)
	}
}
