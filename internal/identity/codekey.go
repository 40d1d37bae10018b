package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"plumbline/internal/errs"
)

// CodeKey encrypts the secrets of codes of a phone, which the record keeps: who has the
// record, or a backup of it, makes no codes without the key, which is in neither. Each
// is bound to its account (AES-256-GCM).
type CodeKey struct{ with cipher.AEAD }

// codeKeySize is how long a key is, in bytes.
const codeKeySize = 32

// hidden begins a secret that is encrypted.
const hidden = "e1:"

// NewCodeKey is a key of 32 bytes.
func NewCodeKey(key []byte) (*CodeKey, error) {
	if len(key) != codeKeySize {
		return nil, fmt.Errorf("a key of %d bytes; expected %d", len(key), codeKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	with, err := cipher.NewGCMWithRandomNonce(block)
	return &CodeKey{with}, err
}

// hide is a secret as the record keeps it. Without a key that is as it is.
func (k *CodeKey) hide(account, secret string) string {
	if k == nil {
		return secret
	}
	return hidden + base64.RawStdEncoding.EncodeToString(k.with.Seal(nil, nil, []byte(secret), []byte(account)))
}

// show is the secret that the record keeps.
func (k *CodeKey) show(account, kept string) (string, error) {
	text, is := strings.CutPrefix(kept, hidden)
	if !is {
		return kept, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err == nil && k == nil {
		err = errors.New("there is no key")
	}
	if err == nil {
		raw, err = k.with.Open(nil, nil, raw, []byte(account))
	}
	if err != nil {
		return "", &errs.Error{Code: errs.Internal, Err: err, What: errs.T("the codes of this account can't be checked: the key that they are kept with isn't the one that is here", "无法核对该账户的动态验证码：此处的密钥与保存时的密钥不符"),
			Next: errs.T("put codes.key back from where it was kept apart, sign in with a recovery code, or have the account reset", "请从另行保管处放回 codes.key，或使用恢复码登录，或重置该账户")}
	}
	return string(raw), nil
}

// NewCodeKeyText is a new key, in base64.
func NewCodeKeyText() string {
	key := make([]byte, codeKeySize)
	rand.Read(key) // never fails: the program would end
	return base64.StdEncoding.EncodeToString(key)
}

// HideSecrets encrypts what was kept as it is before there was a key.
func (i *Identity) HideSecrets(ctx context.Context) error {
	list, err := i.opt.Store.Accounts(ctx)
	if err != nil || i.opt.Codes == nil {
		return err
	}
	for _, a := range list {
		if a.Secret == "" || strings.HasPrefix(a.Secret, hidden) {
			continue
		}
		if _, err := i.opt.Store.ChangeAccount(ctx, a.Name, i.opt.Now(), func(a *Account) error {
			if a.Secret == "" || strings.HasPrefix(a.Secret, hidden) {
				return errNothing
			}
			a.Secret = i.opt.Codes.hide(a.Name, a.Secret)
			return nil
		}); err != nil && !errors.Is(err, errNothing) {
			return err
		}
	}
	return nil
}
