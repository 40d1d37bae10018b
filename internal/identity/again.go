package identity

import (
	"context"
	"sync"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// recent is how long after signing in an account without a password may change how it
// signs in.
const recent = clock.Instant(10 * time.Minute / time.Microsecond)

// again is nil where it is the holder who changes how the account signs in, and not
// somebody who came by their session: they give the password once more, which is counted
// like a sign-in. An account that has none – the agency's own sign-in opens it – must have
// signed in just now.
func (i *Identity) again(ctx context.Context, w *access.Who, password string) error {
	now := i.opt.Now()
	has, err := i.HasPassword(ctx, w.Account)
	if err != nil {
		return err
	}
	if !has {
		return i.justNow(ctx, w, now)
	}
	a, err := i.tried(ctx, w.Account, now)
	if err != nil {
		return err
	}
	right, err := i.verify(ctx, a, password)
	if err != nil {
		return err
	}
	if !right {
		return refused(ErrWrong, errs.T("the password is wrong", "密码错误"), errs.T("how an account signs in is changed with its password alone", "变更登录方式须输入本账户密码"))
	}
	return i.takeBack(ctx, a, now)
}

func (i *Identity) justNow(ctx context.Context, w *access.Who, now clock.Instant) error {
	list, err := i.opt.Store.Sessions(ctx, w.Account)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.ID == w.Session && now < s.Created+recent {
			return nil
		}
	}
	return refused(ErrWrong, errs.T("this sign-in is too old to change how the account signs in", "本次登录时间较久，不能变更登录方式"),
		errs.T("sign out, sign in again, and do it within ten minutes", "请退出后重新登录，并在十分钟内办理"))
}

// takeBack takes a try of an account back that was no wrong one. A wait that another try
// brought about meanwhile stays.
func (i *Identity) takeBack(ctx context.Context, tried *Account, now clock.Instant) error {
	_, err := i.opt.Store.ChangeAccount(ctx, tried.Name, now, func(a *Account) error {
		if a.Failures = max(0, a.Failures-1); a.Until == tried.Until {
			a.Until = 0
		}
		return nil
	})
	return err
}

// HasPassword says whether an account has a password, so that it is asked for again
// before anything is changed about how it signs in.
func (i *Identity) HasPassword(ctx context.Context, account string) (bool, error) {
	a, err := i.opt.Store.Account(ctx, account)
	return a != nil && a.Hash != "", err
}

// secrets are those of second factors that were given to sessions and not confirmed yet,
// in memory: so many at most.
type secrets struct {
	mu   sync.Mutex
	list map[string]given // by session
}

type given struct {
	secret string
	until  clock.Instant
}

// secretFor is how long a secret waits for its first code.
const secretFor = clock.Instant(15 * time.Minute / time.Microsecond)

// give is a session's secret: the one that it has, or another.
func (s *secrets) give(session string, now clock.Instant) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.list[session]; ok && now < g.until {
		return g.secret
	}
	if len(s.list) >= mostBegun {
		for k, g := range s.list {
			if g.until <= now || len(s.list) >= mostBegun {
				delete(s.list, k)
			}
		}
	}
	secret := newSecret()
	s.list[session] = given{secret, now + secretFor}
	return secret
}

// has says whether a secret is the one that was given to a session.
func (s *secrets) has(session, secret string, now clock.Instant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.list[session]
	return ok && now < g.until && g.secret == secret
}

func (s *secrets) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.list, session)
}

// sessionOf names a session among all accounts'.
func sessionOf(w *access.Who) string { return w.Account + "/" + w.Session }
