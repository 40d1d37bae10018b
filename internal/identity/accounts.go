package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/internal/access"
	"plumbline/internal/errs"
)

// Add adds an account with a first password, which its holder changes on signing
// in. Without one, only the agency's own sign-in or a passkey opens it.
func (i *Identity) Add(ctx context.Context, a Account, password string) error {
	if err := accountName(a.Name); err != nil {
		return err
	}
	if err := rolesOf(a.Roles); err != nil {
		return err
	}
	if err := i.known(ctx, a.Person, a.Unit); err != nil {
		return err
	}
	if password == "" && a.External == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("the account has no way to sign in", "该账户没有登录方式"),
			Next: errs.T("give a first password, or its name in the agency's own sign-in", "请设置初始密码，或填写单位统一认证中的标识")}
	}
	if password != "" {
		var err error
		if a.Hash, err = NewHash(password, a.Name, i.opt.Breached); err != nil {
			return err
		}
	}
	a.Change, a.Created, a.Handle = password != "", i.opt.Now(), newHandle()
	return i.opt.Store.AddAccount(ctx, a)
}

func newHandle() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program would end
	return hex.EncodeToString(b[:])
}

// Accounts are all accounts, by name.
func (i *Identity) Accounts(ctx context.Context) ([]Account, error) { return i.opt.Store.Accounts(ctx) }

// Change says anew what an account may do, as whom. Its sessions go on, and see it
// with their next request.
func (i *Identity) Change(ctx context.Context, name string, change func(*Account)) error {
	accounts, err := i.opt.Store.Accounts(ctx)
	if err != nil {
		return err
	}
	if k := slices.IndexFunc(accounts, func(a Account) bool { return a.Name == name }); k >= 0 {
		was, is := accounts[k], accounts[k]
		change(&is)
		if was.Person == is.Person { // what stays may have been right
			is.Person = ""
		}
		if was.Unit == is.Unit {
			is.Unit = ""
		}
		if err := i.known(ctx, is.Person, is.Unit); err != nil {
			return err
		}
	}
	return i.change(ctx, name, func(a *Account) error {
		change(a)
		return rolesOf(a.Roles)
	})
}

func (i *Identity) known(ctx context.Context, person, unit string) error {
	if i.opt.Known == nil {
		return nil
	}
	return i.opt.Known(ctx, person, unit)
}

// Disable lets nobody sign in by an account any more, and ends its sessions.
func (i *Identity) Disable(ctx context.Context, name string) error {
	if err := i.change(ctx, name, func(a *Account) error { a.Disabled = true; return nil }); err != nil {
		return err
	}
	return i.opt.Store.EndSessions(ctx, name, "")
}

// Reset gives an account another first password, and lets it be used again where
// it was disabled; with second, its second factor, recovery codes and passkeys are
// taken away, too. Its sessions end.
func (i *Identity) Reset(ctx context.Context, name, password string, second bool) error {
	hash, err := NewHash(password, name, i.opt.Breached)
	if err != nil {
		return err
	}
	err = i.change(ctx, name, func(a *Account) error {
		a.Hash, a.Change, a.Disabled, a.Failures, a.Until = hash, true, false, 0, 0
		if second {
			a.Secret, a.Step = "", 0
		}
		return nil
	})
	if err == nil && second {
		err = i.dropFactors(ctx, name)
	}
	if err != nil {
		return err
	}
	return i.opt.Store.EndSessions(ctx, name, "")
}

// dropFactors takes away what opens an account beside its password.
func (i *Identity) dropFactors(ctx context.Context, name string) error {
	keys, err := i.opt.Store.Passkeys(ctx, name)
	for _, k := range keys {
		err = errors.Join(err, i.opt.Store.DropPasskey(ctx, name, k.ID, i.opt.Now()))
	}
	return errors.Join(err, i.opt.Store.SetRecovery(ctx, name, nil, i.opt.Now()))
}

func (i *Identity) change(ctx context.Context, name string, change func(*Account) error) error {
	a, err := i.opt.Store.ChangeAccount(ctx, name, i.opt.Now(), change)
	if err != nil || a != nil {
		return err
	}
	list, err := i.opt.Store.Accounts(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(list))
	for k := range list {
		names[k] = list[k].Name
	}
	return &errs.Error{Code: errs.Usage, What: errs.Tf("there is no account %q", "没有账户 %q", name), Next: errs.DidYouMean(name, names)}
}

// accountName refuses names that nobody could tell apart on a page, and those that
// tokens have.
func accountName(name string) error {
	odd := func(r rune) bool { return r == '/' || !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(name); n == 0 || n > 64 || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) || strings.TrimSpace(name) != name {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("%q can't be an account's name", "%q 不能用作用户名", name),
			Next: errs.T("write 1 to 64 letters, digits or signs, no slash, no space at either end", "请写 1 至 64 个字、字母、数字或符号，不含斜杠，首尾无空格")}
	}
	return nil
}

func rolesOf(list []access.Role) error {
	if len(list) == 0 {
		return &errs.Error{Code: errs.Usage, What: errs.T("the account has no role", "该账户没有角色"), Next: errs.T("give it one or more", "请至少指定一个角色")}
	}
	for k, r := range list {
		if _, err := access.ParseRole(string(r)); err != nil {
			return err
		}
		if slices.Contains(list[:k], r) {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("the role %s is given twice", "角色 %s 重复", r)}
		}
	}
	return nil
}
