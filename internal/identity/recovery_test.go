package identity_test

import (
	"errors"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

// Who gave the right password is asked for the code alone; a recovery code does in
// place of the phone's, once.
func TestHalfwayAndRecoveryCodes(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	d.now = 1111111109 * second
	d.add(identity.Account{Name: "root", Roles: []access.Role{access.Administrator}})
	g, err := d.try("root", password)
	must(t, err)
	if _, err := d.NewRecovery(ctx, &g.Who, "081804", password); err == nil {
		t.Error("recovery codes without a second factor")
	}
	spare, err := d.ConfirmSecond(ctx, &g.Who, d.BeginSecond(&g.Who), d.code(&g.Who), password)
	must(t, err)

	halfway := func() string {
		t.Helper()
		_, err := d.try("root", password)
		var h identity.Halfway
		if !errors.As(err, &h) || !errors.Is(err, identity.ErrCode) {
			t.Fatalf("%v", err)
		}
		return h.Ticket
	}
	with := func(ticket, code string) error {
		_, err := d.SignIn(ctx, identity.Try{Ticket: ticket, Code: code, From: identity.From{Address: from}})
		return err
	}
	ticket := halfway()
	var again identity.Halfway
	if err := with(ticket, "000000"); !errors.As(err, &again) || again.Ticket != ticket {
		t.Errorf("a wrong code: %v", err)
	}
	if err := with(ticket, strings.ToLower(strings.ReplaceAll(spare[0], "-", " "))); err != nil {
		t.Errorf("a recovery code as people write it: %v", err)
	}
	if err := with(ticket, spare[1]); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("the ticket once more: %v", err)
	}
	if err := with(halfway(), spare[0]); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a recovery code once more: %v", err)
	}
	if n, codes, err := d.Second(ctx, "root"); n != 9 || !codes || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}

	late := halfway()
	d.now += hour
	if err := with(late, spare[1]); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("an hour later: %v", err)
	}
	other := halfway()
	must(t, d.Reset(ctx, "root", "四海之内皆兄弟，何患乎无", false))
	if err := with(other, spare[1]); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("with the password of before: %v", err)
	}
	must(t, d.Reset(ctx, "root", "四海之内皆兄弟，何患乎無", true))
	if n, codes, err := d.Second(ctx, "root"); n != 0 || codes || err != nil {
		t.Errorf("%d are left of what was taken away, %v", n, err)
	}
	if _, err := d.try("root", "四海之内皆兄弟，何患乎無"); err != nil {
		t.Error(err)
	}
}
