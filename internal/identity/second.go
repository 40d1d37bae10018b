package identity

import (
	"context"
	"errors"

	"plumbline/internal/access"
	"plumbline/internal/errs"
)

// BeginSecond gives who is signed in a secret for a phone: to the same session the same
// one, for some minutes.
func (i *Identity) BeginSecond(w *access.Who) (secret string) {
	return i.secrets.give(sessionOf(w), i.opt.Now())
}

// ConfirmSecond makes the secret that [Identity.BeginSecond] gave to this session the
// account's second factor, once its holder has given the password again and shown by a
// code that the phone has it. The session counts as one with two factors from then on;
// the account's others end. What it gives are recovery codes, shown this once.
func (i *Identity) ConfirmSecond(ctx context.Context, w *access.Who, secret, code, password string) (recovery []string, err error) {
	now := i.opt.Now()
	if !i.secrets.has(sessionOf(w), secret, now) { // one of the sender's choice would lock the holder out
		return nil, refused(ErrWrong, errs.T("that took too long, or wasn't begun here", "操作超时，或不是在此发起"), errs.T("begin again", "请重新开始"))
	}
	step, ok := checkCode(secret, code, now, 0)
	if !ok {
		return nil, refused(ErrCode, errs.T("the code is wrong", "动态验证码错误"), errs.T("read the square code once more; the clock of the phone must be right", "请重新扫码，并确认手机时间准确"))
	}
	if err := i.enrols(ctx, w); err != nil {
		return nil, err
	}
	if err := i.again(ctx, w, password); err != nil {
		return nil, err
	}
	var had error
	a, err := i.opt.Store.ChangeAccount(ctx, w.Account, now, func(a *Account) error {
		if a.Secret != "" { // who holds a session alone can't put their own phone in its place
			had = refused(nil, errs.T("the account has a second factor already", "该账户已启用动态验证码"), errs.T("take that away first, with a code of its", "请先用现有验证码停用"))
			return errNothing
		}
		a.Secret, a.Step = i.opt.Codes.hide(a.Name, secret), step
		return nil
	})
	switch {
	case had != nil:
		return nil, had
	case err != nil:
		return nil, err
	case a == nil:
		return nil, wrong()
	}
	i.secrets.end(sessionOf(w))
	if err := errors.Join(i.opt.Store.SecondSession(ctx, w.Account, w.Session), i.opt.Store.EndSessions(ctx, w.Account, w.Session)); err != nil {
		return nil, err
	}
	return i.giveRecovery(ctx, w.Account, now)
}

// enrols refuses a session that still owes its second factor where the account has
// one: who knows the password alone would put their own device in its place.
func (i *Identity) enrols(ctx context.Context, w *access.Who) error {
	if w.Unfit != access.NoSecond {
		return nil
	}
	a, err := i.opt.Store.Account(ctx, w.Account)
	if err != nil {
		return err
	}
	keys, err := i.opt.Store.Passkeys(ctx, w.Account)
	if err != nil || a == nil || a.Secret == "" && len(keys) == 0 {
		return err
	}
	return refused(ErrWrong, errs.T("the account has a second factor already, and this session didn't show it", "该账户已启用第二验证方式，而本次登录未经其验证"),
		errs.T("sign in with it; whoever keeps the accounts takes a lost one away", "请用已有方式登录；如已遗失，请联系账户管理员解除"))
}

// DropSecond takes an account's second factor away with its recovery codes, for who
// has a code of it and gives the password again.
func (i *Identity) DropSecond(ctx context.Context, w *access.Who, code, password string) error {
	if err := i.again(ctx, w, password); err != nil {
		return err
	}
	a, err := i.tried(ctx, w.Account, i.opt.Now())
	if err != nil {
		return err
	}
	if a == nil {
		return wrong()
	}
	if a.Secret == "" {
		return nil
	}
	if _, err := i.second(ctx, a, code, i.opt.Now()); err != nil {
		return err
	}
	if err := i.change(ctx, w.Account, func(a *Account) error {
		a.Secret, a.Step, a.Failures, a.Until = "", 0, 0, 0
		return nil
	}); err != nil {
		return err
	}
	return i.opt.Store.SetRecovery(ctx, w.Account, nil, i.opt.Now())
}
