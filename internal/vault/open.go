package vault

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"filippo.io/age"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Fetched is what a custodian gets of an opening: what is encrypted, the own share, and
// who the other of the two is.
type Fetched struct {
	ID      string
	Ref     Ref
	Key     string
	Body    string
	Share   Share
	Other   Custodian // to whom the own share can be handed
	Opening string
	Until   clock.Instant // when it is over
}

var spoilt = errs.T("what was sealed was changed or damaged: `plumbline verify` of the record or a backup says what it was", "密封内容已被改动或损坏：可用 plumbline verify 核对记录或备份")

// own opens the share that a custodian fetched, and holds it against what else was.
func (f *Fetched) own(keys []age.Identity) (*part, error) {
	p, err := readPart(f.Share.Cipher, keys)
	if err != nil {
		return nil, err
	}
	return p, p.of(f)
}

// of says whether a part is of what was fetched.
func (p *part) of(f *Fetched) error {
	switch {
	case p.For != f.Ref.String():
		return bad(errs.Tf("the share is of %s, not of %s", "该份额属于 %s，而非 %s", p.For, f.Ref), spoilt)
	case p.Key != f.Key:
		return bad(errs.T("the share is of another key than the identity is sealed with", "份额与密封所用密钥不符"), spoilt)
	case p.Body != Digest(f.Body):
		return bad(errs.T("the share was made for another sealed identity than this", "份额对应的密封身份与此不同"), spoilt)
	}
	return nil
}

func readPart(cipher string, keys []age.Identity) (*part, error) {
	text, err := decrypt(cipher, keys...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, bad(errs.T("none of your keys opens this share", "您的密钥均无法打开该份额"), errs.T("give the file of the key that was registered when it was sealed; keep old ones", "请使用密封时已登记密钥的文件；旧密钥须保留"))
	}
	p := &part{}
	if err == nil {
		err = json.Unmarshal(text, p)
	}
	if err != nil {
		return nil, bad(errs.T("the share can't be read", "份额无法读取"), spoilt)
	}
	if !p.sound() {
		return nil, bad(errs.T("the share isn't the one that was made", "该份额与生成时不符"), errs.T("ask for it once more", "请重新获取"))
	}
	return p, nil
}

// sound says whether a part is the one of its set that it says.
func (p *part) sound() bool {
	return p.X > 0 && int(p.X) <= len(p.Hashes) && p.Hashes[p.X-1] == point{p.X, p.Y}.hash()
}

// Hand opens the own share and encrypts it to the other of the two custodians: to a key
// among which this one was split, so that a server that lies about who the other is
// gets nothing by it.
func Hand(f *Fetched, keys []age.Identity) (string, error) {
	p, err := f.own(keys)
	if err != nil {
		return "", err
	}
	if !slices.Contains(p.Keys, f.Other.Recipient) {
		return "", bad(errs.Tf("%s has no share of this identity: their key isn't among those that it was split for", "%s 不持有该身份的份额：其公钥不在拆分时的公钥之列", f.Other.Account),
			errs.T("open it with a custodian who has one; custodians who came later get theirs by plumbline custodian resplit", "请与持有份额的保管人共同开启；新任保管人须经 plumbline custodian resplit 取得份额"))
	}
	to, err := ParseRecipient(f.Other.Recipient)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return encrypt(text, to)
}

// Open puts the own share and the one that was handed on together, and opens the
// identity.
func Open(f *Fetched, handed string, keys []age.Identity) (string, error) {
	fresh, err := restore(f, handed, keys)
	if err != nil {
		return "", err
	}
	return open(f, fresh)
}

// open opens the identity with the whole key.
func open(f *Fetched, fresh *age.X25519Identity) (string, error) {
	text, err := decrypt(f.Body, fresh)
	var c content
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return "", bad(errs.T("the sealed identity can't be read", "密封身份无法读取"), spoilt)
	}
	if c.For != f.Ref.String() {
		return "", bad(errs.Tf("the identity was sealed for %s, not for %s", "该身份是为 %s 密封的，而非 %s", c.For, f.Ref), spoilt)
	}
	return c.Identity, nil
}

// Resplit opens the identity, to see that it does, and splits its key anew among other
// custodians. Old shares go with no new one.
func Resplit(f *Fetched, handed string, keys []age.Identity, custodians []Custodian) ([]Share, error) {
	fresh, err := restore(f, handed, keys)
	if err != nil {
		return nil, err
	}
	if _, err := open(f, fresh); err != nil {
		return nil, err
	}
	return shares(f.Ref, fresh, f.Body, custodians)
}

// restore is the whole key from two shares.
func restore(f *Fetched, handed string, keys []age.Identity) (*age.X25519Identity, error) {
	mine, err := f.own(keys)
	if err != nil {
		return nil, err
	}
	theirs, err := readPart(handed, keys)
	if err != nil {
		return nil, err
	}
	if err := theirs.of(f); err != nil {
		return nil, err
	}
	switch {
	case mine.Set == theirs.Set && !slices.Equal(mine.Hashes, theirs.Hashes):
		return nil, bad(errs.T("the share that was handed on isn't the one that was made", "对方提供的份额与生成时不符"), errs.T("ask for it once more", "请重新获取"))
	case mine.Set != theirs.Set:
		return nil, bad(errs.T("the two shares are of different splittings of the key", "两份份额不属于同一次拆分"), errs.T("both fetch the newest anew: plumbline custodian share", "请双方重新获取最新份额：plumbline custodian share"))
	}
	secret, err := join(point{mine.X, mine.Y}, point{theirs.X, theirs.Y})
	if err != nil {
		return nil, err
	}
	fresh, err := age.ParseX25519Identity(string(secret))
	if err != nil || fresh.Recipient().String() != f.Key {
		return nil, bad(errs.T("the two shares don't give the key back", "两份份额未能还原密钥"), spoilt)
	}
	return fresh, nil
}

// ParseKeys reads a custodian's file of private keys of age, one a line.
func ParseKeys(text string) ([]age.Identity, error) {
	keys, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, bad(errs.T("the file has no private keys of age", "文件中没有 age 私钥"), errs.T("give the file that plumbline custodian keygen wrote", "请使用 plumbline custodian keygen 生成的文件"))
	}
	return keys, nil
}
