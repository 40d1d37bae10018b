package identity

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Account is who may sign in.
type Account struct {
	Name     string
	Person   string // whom the organisation knows as this; "" for none
	Unit     string // of an account of no person
	Roles    []access.Role
	Hash     string // of the password: argon2id in PHC's form; "": none
	Change   bool   // the password was given by another and is to be changed
	External string // how the agency's own sign-in (OIDC) calls it; "" for not at all
	Secret   string // of the second factor, base32; "": none
	Step     int64  // the last of its codes that was used
	Handle   string // by which passkeys name the account; made by the store
	Failures int64  // tries since the last that succeeded
	Until    clock.Instant
	Created  clock.Instant
	Disabled bool
}

// Session is a sign-in that still holds.
type Session struct {
	Key     [32]byte // SHA-256 of the cookie's value
	ID      string   // by which it is listed and ended
	Account string
	Created clock.Instant
	Seen    clock.Instant // to the minute
	Ends    clock.Instant
	Address string
	Agent   string
	Second  bool // signed in with two factors
}

// Store keeps accounts and sessions. It is implemented by package sqldb.
type Store interface {
	Account(ctx context.Context, name string) (*Account, error) // nil where there is none
	Accounts(ctx context.Context) ([]Account, error)            // by name
	AddAccount(ctx context.Context, a Account) error
	AccountBy(ctx context.Context, external string) (*Account, error)
	// ChangeAccount reads, changes and writes an account in one transaction, unless
	// change fails; nil where there is none.
	ChangeAccount(ctx context.Context, name string, at clock.Instant, change func(*Account) error) (*Account, error)
	AddSession(ctx context.Context, s Session) error
	// SessionOf is a session with its account; nil where there is none.
	SessionOf(ctx context.Context, key [32]byte) (*Session, *Account, error)
	Sessions(ctx context.Context, account string) ([]Session, error) // newest first
	SeenSession(ctx context.Context, key [32]byte, at clock.Instant) error
	EndSession(ctx context.Context, account, id string) error
	// EndSessions ends all of an account's but one; "" for all.
	EndSessions(ctx context.Context, account, but string) error
	// SecondSession notes that a session has shown two factors.
	SecondSession(ctx context.Context, account, id string) error
	AccountWith(ctx context.Context, handle string) (*Account, error) // nil where there is none
	Passkeys(ctx context.Context, account string) ([]Passkey, error)
	AddPasskey(ctx context.Context, k Passkey) error
	UsedPasskey(ctx context.Context, id, credential string, at clock.Instant) error
	DropPasskey(ctx context.Context, account, id string, at clock.Instant) error
	// Recovery are the hashes of the recovery codes that are left.
	Recovery(ctx context.Context, account string) ([]string, error)
	SetRecovery(ctx context.Context, account string, hashes []string, at clock.Instant) error // none: takes them away
	// UseRecovery takes one away, and says whether it was there.
	UseRecovery(ctx context.Context, account, hash string, at clock.Instant) (bool, error)
}

// Options configure an Identity.
type Options struct {
	Store Store
	Now   func() clock.Instant
	// Origin is how browsers reach the service: https://plumbline.example. Cookies
	// are Secure where it begins with https; "" is http on this machine.
	Origin string
	// Standing says where a person holds posts now, and with whom they have a declared
	// conflict or kinship. Units are nil where no organisation is known, and only then:
	// a person then stands in the unit of their account, and otherwise never.
	Standing func(ctx context.Context, person string) (units, conflicts []string, err error)
	// Known refuses a person and a unit that aren't of the organisation; nil: none is known.
	Known func(ctx context.Context, person, unit string) error
	// Policy is the table in force of who may do what; nil: the program's own.
	Policy func() *access.Policy
	// Second are the roles that want a second factor.
	Second   []access.Role
	Codes    *CodeKey // with which secrets of second factors are kept; nil: as they are
	Breached string   // a file of breached passwords; "" for none
	OIDC     OIDC     // the agency's own sign-in; the zero one is none
	// Proxies are networks whose word on where a request comes from counts
	// (X-Forwarded-For): of the agency's own proxies.
	Proxies []netip.Prefix
}

// Identity signs people in. Make one with [New].
type Identity struct {
	opt       Options
	secure    bool
	hashing   chan struct{} // holds one for each password that is being hashed: 64 MB
	addresses *throttle
	strangers *throttle // names that nobody has
	provider  provider
	passkeys  *passkeys
	halves    halves
	secrets   secrets
}

// New makes an Identity.
func New(o Options) *Identity {
	return &Identity{opt: o, secure: strings.HasPrefix(o.Origin, "https://"), hashing: make(chan struct{}, 2),
		addresses: newThrottle(addressTries), strangers: newThrottle(accountTries), passkeys: newPasskeys(o.Origin), halves: halves{list: map[string]half{}}, secrets: secrets{list: map[string]given{}}}
}

// From is whence somebody signs in, for the list of sessions.
type From struct{ Address, Agent string }

// From is whence a request comes: the address of its connection or, where that is a
// proxy's, the last one before it that isn't.
func (i *Identity) From(r *http.Request) From {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for k := len(chain) - 1; k >= 0 && i.isProxy(host); k-- {
		before, err := netip.ParseAddr(strings.TrimSpace(chain[k]))
		if err != nil {
			break
		}
		host = before.String()
	}
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	return From{Address: host, Agent: agent[:min(len(agent), 200)]}
}

func (i *Identity) isProxy(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(i.opt.Proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// What a refusal to sign in is about.
var (
	ErrWrong = errors.New("name or password are wrong")
	ErrCode  = errors.New("a code of the second factor is wanted")
	ErrWait  = errors.New("too many tries")
)

func refused(why error, what, next errs.Text) error {
	return &errs.Error{Code: errs.Usage, Err: why, What: what, Next: next}
}

// wrong doesn't say which of the two is.
func wrong() error {
	return refused(ErrWrong, errs.T("name or password are wrong", "用户名或密码错误"),
		errs.T("check both; whoever keeps the accounts can give a new password", "请核对后重试；忘记密码请联系账户管理员重置"))
}

func wait(until, now clock.Instant) error {
	left := time.Duration(until-now) * time.Microsecond
	s := int64((left + time.Second - 1) / time.Second)
	return refused(ErrWait, errs.Tf("too many wrong tries; the next counts in %d s", "尝试次数过多；%d 秒后可再试", s), errs.Text{})
}

// How long a session lasts: this long without a request, and a working day at most.
const (
	idle    = clock.Instant(4 * time.Hour / time.Microsecond)
	longest = clock.Instant(12 * time.Hour / time.Microsecond)
	minute  = clock.Instant(time.Minute / time.Microsecond)
)

// who is what an account is for access.
func (i *Identity) who(ctx context.Context, a *Account, s *Session) (*access.Who, error) {
	w := &access.Who{Account: a.Name, Person: a.Person, Roles: a.Roles, Session: s.ID}
	if i.opt.Policy != nil {
		w.Policy = i.opt.Policy()
	}
	switch {
	case a.Change:
		w.Unfit = access.OldPassword
	case !s.Second && i.wantsSecond(a):
		w.Unfit = access.NoSecond
	}
	if a.Person != "" && i.opt.Standing != nil {
		var err error
		if w.Units, w.Conflicts, err = i.opt.Standing(ctx, a.Person); err != nil {
			return nil, err
		}
	}
	if w.Units == nil && a.Unit != "" {
		w.Units = []string{a.Unit}
	}
	return w, nil
}

func (i *Identity) wantsSecond(a *Account) bool {
	for _, r := range i.opt.Second {
		for _, has := range a.Roles {
			if r == has {
				return true
			}
		}
	}
	return false
}

// The names of the cookie. The prefix makes browsers keep it to this host, and
// take it over https alone.
const (
	plainName  = "plumbline"
	secureName = "__Host-plumbline"
)

func (i *Identity) cookieName() string {
	if i.secure {
		return secureName
	}
	return plainName
}

// Cookie is the cookie of a session that was granted.
func (i *Identity) Cookie(g *Granted) *http.Cookie {
	return &http.Cookie{Name: i.cookieName(), Value: g.Cookie, Path: "/", Expires: time.UnixMicro(int64(g.Ends)), HttpOnly: true, Secure: i.secure, SameSite: http.SameSiteLaxMode}
}

// NoCookie takes the cookie away.
func (i *Identity) NoCookie() *http.Cookie {
	return &http.Cookie{Name: i.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: i.secure, SameSite: http.SameSiteLaxMode}
}

// CookieOf is the value of a request's cookie; "" where it has none.
func (i *Identity) CookieOf(r *http.Request) string {
	c, err := r.Cookie(i.cookieName())
	if err != nil {
		return ""
	}
	return cmp.Or(c.Value, "")
}
