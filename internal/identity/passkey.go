package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Passkey is a key on somebody's device that signs them in. It counts as two
// factors: the device, and what unlocks it.
type Passkey struct {
	ID         string // base64url
	Account    string
	Name       string // as its holder calls it
	Public     string // its public key (COSE), base64url: sealed, and what counts
	Credential string // the same with counter and flags, as JSON
	Created    clock.Instant
	Used       clock.Instant // 0: never
}

// passkeys is what is under way between two requests: kept in memory, for some
// minutes, so much at most.
type passkeys struct {
	rp *webauthn.WebAuthn // nil: no origin is set

	mu    sync.Mutex
	begun map[string]begun
}

type begun struct {
	webauthn.SessionData
	session string // as sessionOf; "": a sign-in
	until   clock.Instant
}

const (
	mostBegun = 10_000
	begunFor  = clock.Instant(5 * time.Minute / time.Microsecond)
)

func newPasskeys(origin string) *passkeys {
	p := &passkeys{begun: map[string]begun{}}
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return p
	}
	p.rp, err = webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Plumbline 准绳", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		p.rp = nil // an address that no browser takes for one
	}
	return p
}

// keep keeps what was begun under a ticket.
func (p *passkeys) keep(session string, s *webauthn.SessionData, now clock.Instant) (ticket string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.begun) >= mostBegun {
		for k, b := range p.begun {
			if b.until <= now || len(p.begun) >= mostBegun {
				delete(p.begun, k)
			}
		}
	}
	ticket = rand.Text()
	p.begun[ticket] = begun{*s, session, now + begunFor}
	return ticket
}

// take gives it, once.
func (p *passkeys) take(ticket, session string, now clock.Instant) (*webauthn.SessionData, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.begun[ticket]
	delete(p.begun, ticket)
	if !ok || b.until <= now || b.session != session {
		return nil, refused(ErrWrong, errs.T("that took too long, or wasn't begun here", "操作超时，或不是在此发起"), errs.T("begin again", "请重新开始"))
	}
	return &b.SessionData, nil
}

// keyHolder is an account as the library asks of it.
type keyHolder struct {
	account *Account
	keys    []webauthn.Credential
}

// WebAuthnID is the handle by which keys name the account.
func (h keyHolder) WebAuthnID() []byte { return []byte(h.account.Handle) }

// WebAuthnName is the account's name.
func (h keyHolder) WebAuthnName() string { return h.account.Name }

// WebAuthnDisplayName is the same.
func (h keyHolder) WebAuthnDisplayName() string { return h.account.Name }

// WebAuthnCredentials are its keys.
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (i *Identity) holder(ctx context.Context, a *Account) (keyHolder, error) {
	list, err := i.opt.Store.Passkeys(ctx, a.Name)
	h := keyHolder{account: a}
	for _, k := range list {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &c); err != nil {
			return h, fmt.Errorf("a passkey of %s: %w", a.Name, err)
		}
		if keyID(c.ID) != k.ID || keyID(c.PublicKey) != k.Public {
			return h, fmt.Errorf("a passkey of %s: its key isn't the one that was sealed", a.Name)
		}
		h.keys = append(h.keys, c)
	}
	return h, err
}

// HasPasskeys says whether passkeys can be used: browsers bind them to an origin.
func (i *Identity) HasPasskeys() bool { return i.passkeys.rp != nil }

func (i *Identity) relying() (*webauthn.WebAuthn, error) {
	if i.passkeys.rp == nil {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("passkeys can't be used here: the service doesn't know how browsers reach it", "此处不能使用通行密钥：服务不知道浏览器访问地址"),
			Next: errs.T("whoever looks after the machine sets sign_in.origin", "请系统管理员设置 sign_in.origin")}
	}
	return i.passkeys.rp, nil
}

// Begun is what a page gives to the browser (navigator.credentials), and the ticket
// to be sent back with its answer.
type Begun struct {
	Ticket  string `json:"ticket"`
	Options any    `json:"options"`
}

// BeginPasskey begins to make a passkey for who is signed in and gives the password again.
func (i *Identity) BeginPasskey(ctx context.Context, w *access.Who, password string) (*Begun, error) {
	rp, err := i.relying()
	if err == nil {
		err = i.enrols(ctx, w)
	}
	if err == nil {
		err = i.again(ctx, w, password)
	}
	if err != nil {
		return nil, err
	}
	a, err := i.opt.Store.Account(ctx, w.Account)
	if err != nil {
		return nil, err
	}
	if a != nil && a.Handle == "" { // of an account from before there were any
		a, err = i.opt.Store.ChangeAccount(ctx, w.Account, i.opt.Now(), func(a *Account) error { a.Handle = newHandle(); return nil })
	}
	if err != nil || a == nil {
		return nil, errors.Join(err, wrong())
	}
	h, err := i.holder(ctx, a)
	if err != nil {
		return nil, err
	}
	options, session, err := rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("beginning a passkey: %w", err)
	}
	return &Begun{i.passkeys.keep(sessionOf(w), session, i.opt.Now()), options}, nil
}

// FinishPasskey keeps a passkey that a browser made, under a name of its holder's.
func (i *Identity) FinishPasskey(ctx context.Context, w *access.Who, ticket, name string, answer []byte) error {
	rp, err := i.relying()
	if err != nil {
		return err
	}
	if err := i.enrols(ctx, w); err != nil { // another may have been made since this one was begun
		return err
	}
	now := i.opt.Now()
	session, err := i.passkeys.take(ticket, sessionOf(w), now)
	if err != nil {
		return err
	}
	a, err := i.opt.Store.Account(ctx, w.Account)
	if err != nil || a == nil {
		return errors.Join(err, wrong())
	}
	h, err := i.holder(ctx, a)
	if err != nil {
		return err
	}
	made, err := rp.FinishRegistration(h, *session, asRequest(answer))
	if err != nil {
		return notConfirmed(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	if err := i.opt.Store.AddPasskey(ctx, Passkey{ID: keyID(made.ID), Account: a.Name, Name: name, Public: keyID(made.PublicKey), Credential: string(text), Created: now}); err != nil {
		return err
	}
	return i.opt.Store.SecondSession(ctx, w.Account, w.Session)
}

// BeginSignIn begins a sign-in with whatever passkey the browser has.
func (i *Identity) BeginSignIn(context.Context) (*Begun, error) {
	rp, err := i.relying()
	if err != nil {
		return nil, err
	}
	options, session, err := rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("beginning a sign-in: %w", err)
	}
	return &Begun{i.passkeys.keep("", session, i.opt.Now()), options}, nil
}

// FinishSignIn begins a session for the holder of a passkey.
func (i *Identity) FinishSignIn(ctx context.Context, ticket string, answer []byte, from From) (*Granted, error) {
	rp, err := i.relying()
	if err != nil {
		return nil, err
	}
	now := i.opt.Now()
	if until := i.addresses.try(network(from.Address), now); until > now {
		return nil, wait(until, now)
	}
	session, err := i.passkeys.take(ticket, "", now)
	if err != nil {
		return nil, err
	}
	var whose *Account
	_, used, err := rp.FinishPasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		a, err := i.opt.Store.AccountWith(ctx, string(handle))
		if err != nil || a == nil || a.Disabled {
			return nil, errors.Join(err, ErrWrong)
		}
		whose = a
		return i.holder(ctx, a)
	}, *session, asRequest(answer))
	if err != nil {
		return nil, notConfirmed(err)
	}
	if used.Authenticator.CloneWarning { // two devices have one key
		return nil, refused(ErrWrong, errs.T("this passkey was copied: it opens nothing any more", "该通行密钥疑似被复制，已拒绝登录"), errs.T("remove it, and make another", "请删除后重新创建"))
	}
	text, err := json.Marshal(used)
	if err != nil {
		return nil, err
	}
	if err := i.opt.Store.UsedPasskey(ctx, keyID(used.ID), string(text), now); err != nil {
		return nil, err
	}
	g, err := i.begin(ctx, whose, true, from)
	if err == nil {
		i.addresses.takeBack(network(from.Address), now)
	}
	return g, err
}

// Passkeys are those of an account.
func (i *Identity) Passkeys(ctx context.Context, account string) ([]Passkey, error) {
	return i.opt.Store.Passkeys(ctx, account)
}

// DropPasskey takes one away of who is signed in and gives the password again; one that
// isn't there is no fault.
func (i *Identity) DropPasskey(ctx context.Context, w *access.Who, id, password string) error {
	if err := i.again(ctx, w, password); err != nil {
		return err
	}
	return i.opt.Store.DropPasskey(ctx, w.Account, id, i.opt.Now())
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// asRequest is a browser's answer as the library reads it.
func asRequest(answer []byte) *http.Request {
	return &http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(answer))}
}

func notConfirmed(err error) error {
	return &errs.Error{Code: errs.Usage, Err: errors.Join(ErrWrong, err), What: errs.T("the passkey isn't confirmed", "通行密钥未通过验证"), Next: errs.T("try again, or sign in with the password", "请重试，或用密码登录")}
}
