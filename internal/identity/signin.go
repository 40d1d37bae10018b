package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Try is what somebody gives to sign in.
type Try struct {
	Name, Password string
	Code           string // of the second factor, or a recovery code; "" where none was asked for yet
	Ticket         string // of who is halfway, in place of name and password
	From           From
}

// Granted is a session that was begun. Cookie is shown this once.
type Granted struct {
	Cookie string
	Ends   clock.Instant
	Who    access.Who
}

// SignIn begins a session for who gives the right name and password, and a code
// where the account has a second factor. Who lacks the code alone is refused with
// [Halfway].
func (i *Identity) SignIn(ctx context.Context, t Try) (*Granted, error) {
	now, name := i.opt.Now(), strings.TrimSpace(t.Name)
	if until := i.addresses.try(network(t.From.Address), now); until > now {
		return nil, wait(until, now)
	}
	var before half
	if t.Ticket != "" {
		var ok bool
		if before, ok = i.halves.of(t.Ticket, now); !ok {
			return nil, refused(ErrWrong, errs.T("this sign-in was begun too long ago", "本次登录已超时"), errs.T("begin again with name and password", "请重新输入用户名和密码"))
		}
		name = before.name
	}
	a, err := i.tried(ctx, name, now)
	if err != nil {
		return nil, err
	}
	right := t.Ticket != "" && a != nil && a.Hash == before.hash
	if t.Ticket == "" {
		if right, err = i.verify(ctx, a, t.Password); err != nil {
			return nil, err
		}
	}
	if !right {
		return nil, wrong()
	}
	if t.Code == "" { // the password was right: no guess
		i.addresses.takeBack(network(t.From.Address), now)
	}
	second, err := i.second(ctx, a, t.Code, now)
	if no := (*errs.Error)(nil); errors.As(err, &no) && errors.Is(err, ErrCode) {
		if t.Ticket == "" {
			t.Ticket = i.halves.keep(a.Name, a.Hash, now)
		}
		no.Err = Halfway{t.Ticket}
	}
	if err != nil {
		return nil, err
	}
	i.halves.end(t.Ticket)
	g, err := i.begin(ctx, a, second, t.From)
	if err == nil && t.Code != "" {
		i.addresses.takeBack(network(t.From.Address), now)
	}
	return g, err
}

// tried counts a try of an account before anything else is known of it. Where
// nobody has the name, the account is nil.
func (i *Identity) tried(ctx context.Context, name string, now clock.Instant) (*Account, error) {
	var until clock.Instant
	a, err := i.opt.Store.ChangeAccount(ctx, name, now, func(a *Account) error {
		if until = a.Until; until > now {
			return errNothing
		}
		a.Failures++
		a.Until = now + accountTries.wait(a.Failures)
		return nil
	})
	if err != nil && !errors.Is(err, errNothing) {
		return nil, err
	}
	if a == nil {
		until = i.strangers.try(name, now)
	}
	if until > now {
		return nil, wait(until, now)
	}
	if a != nil && a.Disabled {
		a = nil
	}
	return a, nil
}

// errNothing leaves an account as it is.
var errNothing = errors.New("nothing to change")

// second checks the code of an account's second factor, each of which counts once.
func (i *Identity) second(ctx context.Context, a *Account, code string, now clock.Instant) (bool, error) {
	if a.Secret == "" {
		return false, nil
	}
	if code == "" {
		// The password was right, so it is no guess: only codes are counted from here.
		return false, errors.Join(i.takeBack(ctx, a, now), refused(ErrCode, errs.T("the code of the second factor is wanted", "请输入动态验证码"),
			errs.T("read it from the app on your phone", "请查看手机验证器中的验证码")))
	}
	if text := recoveryText(code); text != "" {
		right, err := i.opt.Store.UseRecovery(ctx, a.Name, recoveryHash(text), now)
		if err == nil && !right {
			err = refused(ErrCode, errs.T("the recovery code is wrong, or was used already", "恢复码错误或已使用"), errs.T("take another, or a code of the phone", "请改用另一个恢复码或手机验证码"))
		}
		return right, err
	}
	right := false
	_, err := i.opt.Store.ChangeAccount(ctx, a.Name, now, func(a *Account) error {
		secret, err := i.opt.Codes.show(a.Name, a.Secret)
		if err != nil {
			return err
		}
		step, ok := checkCode(secret, code, now, a.Step)
		if right = ok; ok {
			a.Step = step
		}
		return nil
	})
	if err == nil && !right {
		err = refused(ErrCode, errs.T("the code is wrong, or was used already", "动态验证码错误或已使用"),
			errs.T("wait for the next one; the clock of the phone must be right", "请等待下一个验证码，并确认手机时间准确"))
	}
	return right, err
}

// begin makes a session of an account that is known to be who signs in.
func (i *Identity) begin(ctx context.Context, a *Account, second bool, from From) (*Granted, error) {
	now := i.opt.Now()
	a, err := i.opt.Store.ChangeAccount(ctx, a.Name, now, func(a *Account) error {
		if a.Disabled {
			return wrong()
		}
		a.Failures, a.Until = 0, 0
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, wrong()
	}
	var value [32]byte
	var id [8]byte
	rand.Read(value[:]) // never fails: the program would end
	rand.Read(id[:])
	cookie := base64.RawURLEncoding.EncodeToString(value[:])
	s := Session{Key: sha256.Sum256([]byte(cookie)), ID: hex.EncodeToString(id[:]), Account: a.Name, Created: now, Seen: now, Ends: now + longest,
		Address: from.Address, Agent: from.Agent, Second: second}
	if err := i.opt.Store.AddSession(ctx, s); err != nil {
		return nil, err
	}
	who, err := i.who(ctx, a, &s)
	if err != nil {
		return nil, err
	}
	return &Granted{Cookie: cookie, Ends: s.Ends, Who: *who}, nil
}

// Session is who the session of a cookie's value is of, as they stand now; nil
// where nobody is signed in by it.
func (i *Identity) Session(ctx context.Context, cookie string) (*access.Who, error) {
	if cookie == "" {
		return nil, nil
	}
	key := sha256.Sum256([]byte(cookie))
	s, a, err := i.opt.Store.SessionOf(ctx, key)
	if err != nil || s == nil {
		return nil, err
	}
	now := i.opt.Now()
	if a.Disabled || now >= s.Ends || now >= s.Seen+idle {
		return nil, nil
	}
	if now >= s.Seen+minute {
		if err := i.opt.Store.SeenSession(ctx, key, now); err != nil {
			return nil, err
		}
	}
	return i.who(ctx, a, s)
}

// SignOut ends the session of a cookie's value.
func (i *Identity) SignOut(ctx context.Context, cookie string) error {
	s, _, err := i.opt.Store.SessionOf(ctx, sha256.Sum256([]byte(cookie)))
	if err != nil || s == nil {
		return err
	}
	return i.opt.Store.EndSession(ctx, s.Account, s.ID)
}

// Sessions are those of an account that still hold, newest first.
func (i *Identity) Sessions(ctx context.Context, account string) ([]Session, error) {
	all, err := i.opt.Store.Sessions(ctx, account)
	now, out := i.opt.Now(), all[:0]
	for _, s := range all {
		if now < s.Ends && now < s.Seen+idle {
			out = append(out, s)
		}
	}
	return out, err
}

// End ends one of an account's sessions; one that isn't there is no fault.
func (i *Identity) End(ctx context.Context, account, id string) error {
	return i.opt.Store.EndSession(ctx, account, id)
}

// ChangePassword gives somebody who is signed in another password, and ends their
// other sessions.
func (i *Identity) ChangePassword(ctx context.Context, w *access.Who, old, next string) error {
	now := i.opt.Now()
	a, err := i.tried(ctx, w.Account, now)
	if err != nil {
		return err
	}
	right, err := i.verify(ctx, a, old)
	if err != nil {
		return err
	}
	if !right {
		return refused(ErrWrong, errs.T("the old password is wrong", "原密码错误"), errs.Text{})
	}
	if old == next {
		return refused(nil, errs.T("the new password is the old one", "新密码与原密码相同"), errs.T("choose another", "请另选一个"))
	}
	hash, err := NewHash(next, w.Account, i.opt.Breached)
	if err != nil {
		return err
	}
	if _, err := i.opt.Store.ChangeAccount(ctx, w.Account, now, func(a *Account) error {
		a.Hash, a.Change, a.Failures, a.Until = hash, false, 0, 0
		return nil
	}); err != nil {
		return err
	}
	return i.opt.Store.EndSessions(ctx, w.Account, w.Session)
}
