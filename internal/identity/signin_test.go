package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/sqldb"
)

const (
	password       = "过桥须看潮水，莫问渡船几时"
	second         = clock.Instant(time.Second / time.Microsecond)
	hour           = 3600 * second
	now0           = 1_772_000_000 * second
	from           = "10.0.0.1"
	wrongPassword  = "过桥须看潮水，莫问渡船何时"
	secretOfAuthor = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// desk is an identity over a real store, with a clock of its own.
type desk struct {
	*identity.Identity
	t     *testing.T
	store *sqldb.Store
	now   clock.Instant
}

var hash = sync.OnceValue(func() string {
	h, err := identity.NewHash(password, "", "")
	if err != nil {
		panic(err)
	}
	return h
})

func newDesk(t *testing.T, options func(*identity.Options)) *desk {
	t.Helper()
	store, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	t.Cleanup(func() { store.Close() })
	d := &desk{t: t, store: store, now: now0}
	o := identity.Options{Store: store, Now: func() clock.Instant { return d.now }, Origin: "https://plumbline.example"}
	if options != nil {
		options(&o)
	}
	d.Identity = identity.New(o)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) add(a identity.Account) {
	d.t.Helper()
	if a.Hash == "" {
		a.Hash = hash()
	}
	a.Created = d.now
	must(d.t, d.store.AddAccount(d.t.Context(), a))
}

// try signs in with a password, a code and an address.
func (d *desk) try(name, password string, more ...string) (*identity.Granted, error) {
	t := identity.Try{Name: name, Password: password, From: identity.From{Address: from}}
	if len(more) > 0 {
		t.Code = more[0]
	}
	if len(more) > 1 {
		t.From.Address = more[1]
	}
	g, err := d.SignIn(context.Background(), t)
	if err != nil {
		told(d.t, err)
	}
	return g, err
}

// code is that of the secret that a session was given.
func (d *desk) code(w *access.Who) string { return identity.CodeOf(d.BeginSecond(w), d.now) }

// told wants a refusal to be in both languages.
func told(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Error("nothing was refused")
	} else if errs.In(err, errs.Zh) == err.Error() {
		t.Errorf("only in one language: %v", err)
	}
}

func TestSignIn(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) {
		o.Standing = func(_ context.Context, p string) ([]string, []string, error) {
			return []string{"lake"}, []string{"P9"}, nil
		}
	})
	d.add(identity.Account{Name: "chen", Person: "P1", Unit: "of no use", Roles: []access.Role{access.Head}})
	d.add(identity.Account{Name: "lay", Unit: "city", Roles: []access.Role{access.Lay}})
	g, err := d.try(" chen", password)
	must(t, err)
	if want := (access.Who{Account: "chen", Person: "P1", Roles: []access.Role{access.Head}, Units: []string{"lake"}, Conflicts: []string{"P9"}, Session: g.Who.Session}); fmt.Sprint(g.Who) != fmt.Sprint(want) {
		t.Errorf("%+v", g.Who)
	}
	who, err := d.Session(t.Context(), g.Cookie)
	must(t, err)
	if fmt.Sprint(*who) != fmt.Sprint(g.Who) {
		t.Errorf("%+v", who)
	}
	g2, err := d.try("lay", password)
	must(t, err)
	if fmt.Sprint(g2.Who.Units) != "[city]" {
		t.Errorf("%+v", g2.Who)
	}
	for _, cookie := range []string{"", "x", g.Cookie + "x"} {
		if who, err := d.Session(t.Context(), cookie); who != nil || err != nil {
			t.Errorf("%q: %v, %v", cookie, who, err)
		}
	}
	for _, bad := range [][2]string{{"chen", wrongPassword}, {"chen", ""}, {"nobody", password}, {"", ""}, {"chen\x00", password}} {
		if _, err := d.try(bad[0], bad[1]); !errors.Is(err, identity.ErrWrong) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	must(t, d.SignOut(t.Context(), g.Cookie))
	must(t, d.SignOut(t.Context(), g.Cookie))
	if who, _ := d.Session(t.Context(), g.Cookie); who != nil {
		t.Error("still there")
	}
}

// A session ends by itself, and with its account.
func TestSessionsEnd(t *testing.T) {
	d := newDesk(t, nil)
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	in := func() string {
		t.Helper()
		g, err := d.try("chen", password)
		must(t, err)
		return g.Cookie
	}
	holds := func(cookie string) bool {
		t.Helper()
		who, err := d.Session(t.Context(), cookie)
		must(t, err)
		return who != nil
	}
	quiet, busy := in(), in()
	for range 3 {
		d.now += 3 * hour
		if !holds(busy) {
			t.Fatal("a session in use ended")
		}
	}
	list, err := d.Sessions(t.Context(), "chen")
	must(t, err)
	if holds(quiet) || len(list) != 1 {
		t.Errorf("a session without a request lasts; %d are listed", len(list))
	}
	if d.now += 3 * hour; holds(busy) {
		t.Error("a session lasts longer than a day's work")
	}
	one, two := in(), in()
	list, err = d.Sessions(t.Context(), "chen")
	must(t, err)
	must(t, d.End(t.Context(), "chen", list[0].ID))
	if holds(one) == holds(two) {
		t.Error("not exactly one ended")
	}
	last := in()
	_, err = d.store.ChangeAccount(t.Context(), "chen", d.now, func(a *identity.Account) error { a.Disabled = true; return nil })
	must(t, err)
	if holds(last) {
		t.Error("the account is disabled, the session lasts")
	}
	if _, err := d.try("chen", password); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a disabled account: %v", err)
	}
}

// After some wrong passwords the right one has to wait, too; so has every name
// from an address that tries many; and a restart gives no more tries.
func TestTries(t *testing.T) {
	d := newDesk(t, nil)
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	for range 5 {
		_, err := d.try("chen", wrongPassword)
		if !errors.Is(err, identity.ErrWrong) {
			t.Fatal(err)
		}
	}
	if _, err := d.try("chen", password); !errors.Is(err, identity.ErrWait) {
		t.Errorf("the sixth: %v", err)
	}
	d.Identity = identity.New(identity.Options{Store: d.store, Now: func() clock.Instant { return d.now }})
	if _, err := d.try("chen", password, "", "10.9.9.9"); !errors.Is(err, identity.ErrWait) {
		t.Errorf("after a restart, from elsewhere: %v", err)
	}
	d.now += second
	if _, err := d.try("chen", password); err != nil {
		t.Errorf("after waiting: %v", err)
	}
	for i := range 31 {
		_, err := d.try(fmt.Sprint("name", i), "", "", "10.7.7.7")
		if want := []error{identity.ErrWrong, identity.ErrWait}[i/30]; !errors.Is(err, want) {
			t.Fatalf("name %d: %v", i, err)
		}
	}
}

// Who tries many names gets no more of them by signing in as themselves in between,
// with a code or without; and a station in which many sign in, and one in ten is
// wrong, never waits.
func TestAGoodSignInForgivesNoOther(t *testing.T) {
	d := newDesk(t, nil)
	d.now = 1111111111 * second
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	d.add(identity.Account{Name: "lin", Roles: []access.Role{access.Officer}, Secret: secretOfAuthor})
	wrong := 0
	for i := range 40 {
		if _, err := d.try(fmt.Sprint("name", i), "", "", "10.7.7.7"); errors.Is(err, identity.ErrWait) {
			break
		}
		wrong++
		if _, err := d.try("chen", password, "", "10.7.7.7"); err != nil && !errors.Is(err, identity.ErrWait) {
			t.Fatal(err)
		}
		if _, err := d.try("lin", password, "", "10.7.7.7"); !errors.Is(err, identity.ErrCode) && !errors.Is(err, identity.ErrWait) {
			t.Fatal(err)
		}
	}
	if wrong != 30 {
		t.Errorf("%d names could be tried, want 30", wrong)
	}
	d.now += second
	for i := range 3 { // the wait is over, and a good try leaves none behind
		if _, err := d.try("chen", password, "", "10.7.7.7"); err != nil {
			t.Fatalf("good try %d: %v", i, err)
		}
	}
	for i := range 1000 {
		d.now += 300 * second
		name := "chen"
		if i%10 == 0 {
			name = fmt.Sprint("slip", i)
		}
		if _, err := d.try(name, password, "", "10.8.8.8"); errors.Is(err, identity.ErrWait) {
			t.Fatalf("sign-in %d at the station: %v", i, err)
		}
	}
}

// Many at once get no more tries than one after the other.
func TestTriesAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.add(identity.Account{Name: "chen", Roles: []access.Role{access.Officer}})
	var group sync.WaitGroup
	var wrong, waited atomic.Int64
	for range 20 {
		group.Go(func() {
			switch _, err := d.try("chen", wrongPassword); {
			case errors.Is(err, identity.ErrWrong):
				wrong.Add(1)
			case errors.Is(err, identity.ErrWait):
				waited.Add(1)
			}
		})
	}
	group.Wait()
	if wrong.Load() != 5 || waited.Load() != 15 {
		t.Errorf("%d were looked at, %d had to wait", wrong.Load(), waited.Load())
	}
}

func TestSecondFactor(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) { o.Second = []access.Role{access.Administrator} })
	d.now = 1111111111 * second
	d.add(identity.Account{Name: "root", Roles: []access.Role{access.Administrator}})
	g, err := d.try("root", password)
	must(t, err)
	if g.Who.Unfit != access.NoSecond {
		t.Errorf("without a second factor: %+v", g.Who)
	}
	d.add(identity.Account{Name: "chief", Roles: []access.Role{access.Administrator}, Secret: secretOfAuthor})
	if _, err := d.try("chief", password); !errors.Is(err, identity.ErrCode) {
		t.Errorf("without a code: %v", err)
	}
	if _, err := d.try("chief", wrongPassword, "050471"); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a right code with a wrong password: %v", err)
	}
	if _, err := d.try("chief", password, "050472"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a wrong code: %v", err)
	}
	g, err = d.try("chief", password, "050471")
	must(t, err)
	if g.Who.Unfit != access.Fit {
		t.Errorf("%+v", g.Who)
	}
	if _, err := d.try("chief", password, "050471"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("the same code again: %v", err)
	}
}

func TestChangePassword(t *testing.T) {
	d := newDesk(t, nil)
	d.add(identity.Account{Name: "chen", Change: true})
	g, err := d.try("chen", password)
	must(t, err)
	other, err := d.try("chen", password)
	must(t, err)
	if g.Who.Unfit != access.OldPassword {
		t.Errorf("%+v", g.Who)
	}
	const next = "correct horse battery staple"
	for _, bad := range [][2]string{{wrongPassword, next}, {password, "short"}, {password, password}, {password, "who is chen after all"}} {
		err := d.ChangePassword(t.Context(), &g.Who, bad[0], bad[1])
		if err == nil {
			t.Errorf("%q is taken", bad)
			continue
		}
		told(t, err)
	}
	must(t, d.ChangePassword(t.Context(), &g.Who, password, next))
	who, err := d.Session(t.Context(), g.Cookie)
	must(t, err)
	if who == nil || who.Unfit != access.Fit {
		t.Errorf("%+v", who)
	}
	if who, _ := d.Session(t.Context(), other.Cookie); who != nil {
		t.Error("another session goes on")
	}
	if _, err := d.try("chen", next); err != nil {
		t.Error(err)
	}
}

func TestCookie(t *testing.T) {
	d := newDesk(t, nil)
	c := d.Cookie(&identity.Granted{Cookie: "v", Ends: now0})
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Name != "__Host-plumbline" {
		t.Errorf("%v", c)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(c)
	if d.CookieOf(r) != "v" || d.NoCookie().MaxAge >= 0 {
		t.Error("not what was given")
	}
	if f := d.From(r); f.Address != "192.0.2.1" {
		t.Errorf("%+v", f)
	}
	behind := newDesk(t, func(o *identity.Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	for header, want := range map[string]string{"": "192.0.2.1", "10.1.1.1": "10.1.1.1", "6.6.6.6, 10.1.1.1": "10.1.1.1", "10.1.1.1, 192.0.2.7": "10.1.1.1", "x, 192.0.2.7": "192.0.2.7", "rubbish": "192.0.2.1"} {
		r.Header.Set("X-Forwarded-For", header)
		if f := behind.From(r); f.Address != want {
			t.Errorf("behind a proxy, %q: %s; want %s", header, f.Address, want)
		}
		if f := d.From(r); f.Address != "192.0.2.1" {
			t.Errorf("anybody's word counts: %s", f.Address)
		}
	}
}
