package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Recovery codes are for who lost the phone: ten, each of 80 random bits, each good
// for one sign-in in place of the phone's code. Their hashes are kept alone.
const recoveryCodes = 10

// newRecovery makes codes as they are shown, ABCD-EFGH-JKLM-NPQR, and their hashes.
func newRecovery() (codes, hashes []string) {
	for range recoveryCodes {
		var b [10]byte
		rand.Read(b[:]) // never fails: the program would end
		text := base32Text.EncodeToString(b[:])
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, recoveryHash(text))
	}
	return codes, hashes
}

func recoveryHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// recoveryText is a code as it is hashed, whatever its holder wrote between the
// letters; "" where it can be none.
func recoveryText(given string) string {
	text := strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I").Replace(strings.ToUpper(given))
	if raw, err := base32Text.DecodeString(text); err != nil || len(raw) != 10 {
		return ""
	}
	return text
}

// NewRecovery gives an account other recovery codes, for who has a code of its second
// factor and gives the password again. They are shown this once.
func (i *Identity) NewRecovery(ctx context.Context, w *access.Who, code, password string) ([]string, error) {
	now := i.opt.Now()
	if err := i.again(ctx, w, password); err != nil {
		return nil, err
	}
	if err := i.shown(ctx, w, code, now); err != nil {
		return nil, err
	}
	return i.giveRecovery(ctx, w.Account, now)
}

func (i *Identity) giveRecovery(ctx context.Context, account string, now clock.Instant) ([]string, error) {
	codes, hashes := newRecovery()
	return codes, i.opt.Store.SetRecovery(ctx, account, hashes, now)
}

// Second says whether codes of a phone are wanted of an account, and how many
// recovery codes it has left.
func (i *Identity) Second(ctx context.Context, account string) (recovery int, codes bool, err error) {
	a, err := i.opt.Store.Account(ctx, account)
	if err != nil || a == nil {
		return 0, false, err
	}
	list, err := i.opt.Store.Recovery(ctx, account)
	return len(list), a.Secret != "", err
}

// shown is nil where a code of the second factor of who asks was shown now.
func (i *Identity) shown(ctx context.Context, w *access.Who, code string, now clock.Instant) error {
	a, err := i.tried(ctx, w.Account, now)
	switch {
	case err != nil:
		return err
	case a == nil:
		return wrong()
	case a.Secret == "":
		return refused(nil, errs.T("the account has no second factor by codes", "该账户未启用动态验证码"), errs.T("set it up first", "请先启用"))
	}
	if _, err := i.second(ctx, a, code, now); err != nil {
		return err
	}
	return i.change(ctx, w.Account, func(a *Account) error { a.Failures, a.Until = 0, 0; return nil })
}
