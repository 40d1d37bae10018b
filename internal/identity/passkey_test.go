package identity_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

// device is an authenticator with one key, as the standard has it (WebAuthn 2, §6).
type device struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	origin  string
	seen    byte // flags: 1 present, 4 verified
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	id := make([]byte, 16)
	rand.Read(id)
	return &device{t: t, key: key, id: id, origin: "https://plumbline.example", seen: 1 | 4}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// options are those that a page gives to the browser.
type options struct {
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
		RP        struct{ ID string }
	}
}

func (d *device) read(b *identity.Begun) (o options) {
	d.t.Helper()
	text, err := json.Marshal(b.Options)
	must(d.t, err)
	must(d.t, json.Unmarshal(text, &o))
	return o
}

func (d *device) client(typ, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": typ, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	must(d.t, err)
	return text
}

// data is what the authenticator says of itself; with its key where that is new.
func (d *device) data(created bool) []byte {
	d.counter++
	rp := sha256.Sum256([]byte("plumbline.example"))
	out := bytes.NewBuffer(rp[:])
	flags := d.seen
	if created {
		flags |= 64
	}
	out.WriteByte(flags)
	_ = binary.Write(out, binary.BigEndian, d.counter)
	if created {
		out.Write(make([]byte, 16))
		_ = binary.Write(out, binary.BigEndian, uint16(len(d.id)))
		out.Write(d.id)
		public, err := d.key.PublicKey.Bytes()
		must(d.t, err)
		cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
		must(d.t, err)
		out.Write(cose)
	}
	return out.Bytes()
}

// create answers navigator.credentials.create.
func (d *device) create(b *identity.Begun) []byte {
	o := d.read(b)
	handle, err := base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	must(d.t, err)
	d.handle = handle
	attestation, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(true)})
	must(d.t, err)
	return d.answer(map[string]any{"clientDataJSON": b64(d.client("webauthn.create", o.PublicKey.Challenge)), "attestationObject": b64(attestation)})
}

// get answers navigator.credentials.get.
func (d *device) get(b *identity.Begun) []byte {
	client, data := d.client("webauthn.get", d.read(b).PublicKey.Challenge), d.data(false)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, signed[:])
	must(d.t, err)
	return d.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle)})
}

func (d *device) answer(response map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response})
	must(d.t, err)
	return text
}

// A passkey is made by who is signed in, signs them in where a second factor is
// wanted, and opens nothing once it is copied, taken away, or of another site.
func TestPasskeys(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) { o.Second = []access.Role{access.Administrator} })
	ctx := t.Context()
	must(t, d.Add(ctx, identity.Account{Name: "root", Roles: []access.Role{access.Administrator}}, password))
	must(t, d.Change(ctx, "root", func(a *identity.Account) { a.Change = false }))
	g, err := d.try("root", password)
	must(t, err)
	if g.Who.Unfit != access.NoSecond {
		t.Fatalf("%+v", g.Who)
	}
	phone := newDevice(t)
	begun, err := d.BeginPasskey(ctx, &g.Who, password)
	must(t, err)
	made := phone.create(begun)
	must(t, d.FinishPasskey(ctx, &g.Who, begun.Ticket, "我的手机", made))
	if err := d.FinishPasskey(ctx, &g.Who, begun.Ticket, "again", made); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("twice: %v", err)
	}
	if who, err := d.Session(ctx, g.Cookie); err != nil || who.Unfit != access.Fit {
		t.Errorf("the session that made it: %+v %v", who, err)
	}
	list, err := d.Passkeys(ctx, "root")
	must(t, err)
	if len(list) != 1 || list[0].Name != "我的手机" {
		t.Errorf("%+v", list)
	}
	in := func(d2 *device) (*identity.Granted, error) {
		t.Helper()
		begun, err := d.BeginSignIn(ctx)
		must(t, err)
		g, err := d.FinishSignIn(ctx, begun.Ticket, d2.get(begun), identity.From{Address: from})
		if err != nil {
			told(t, err)
		}
		return g, err
	}
	got, err := in(phone)
	must(t, err)
	if got.Who.Account != "root" || got.Who.Unfit != access.Fit {
		t.Errorf("%+v", got.Who)
	}
	for name, spoil := range map[string]func(*device){
		"of another site":           func(d *device) { d.origin = "https://plumbline.example.org" },
		"not unlocked":              func(d *device) { d.seen = 1 },
		"another key":               func(d *device) { d.key = newDevice(t).key },
		"of somebody else":          func(d *device) { d.handle = []byte("x") },
		"copied, with an old count": func(d *device) { d.counter = 0 },
	} {
		other := *phone
		spoil(&other)
		if _, err := in(&other); !errors.Is(err, identity.ErrWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	begun, err = d.BeginSignIn(ctx)
	must(t, err)
	answer := phone.get(begun)
	d.now += 400 * second
	if _, err := d.FinishSignIn(ctx, begun.Ticket, answer, identity.From{Address: from}); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("too late: %v", err)
	}
	must(t, d.DropPasskey(ctx, &g.Who, list[0].ID, password))
	must(t, d.DropPasskey(ctx, &g.Who, list[0].ID, password))
	if _, err := in(phone); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("taken away: %v", err)
	}
}

// Who knows the password alone can't put a device of their own beside the one that
// the account has, and so get past its second factor.
func TestAPasswordAloneEnrolsNoSecondDevice(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) { o.Second = []access.Role{access.Administrator} })
	ctx := t.Context()
	d.add(identity.Account{Name: "root", Roles: []access.Role{access.Administrator}})
	first, err := d.try("root", password)
	must(t, err)
	early, err := d.try("root", password)
	must(t, err)
	open, err := d.BeginPasskey(ctx, &early.Who, password)
	must(t, err)
	begun, err := d.BeginPasskey(ctx, &first.Who, password)
	must(t, err)
	must(t, d.FinishPasskey(ctx, &first.Who, begun.Ticket, "", newDevice(t).create(begun)))

	thief, err := d.try("root", password)
	must(t, err)
	if thief.Who.Unfit != access.NoSecond {
		t.Fatalf("%+v", thief.Who)
	}
	_, err = d.BeginPasskey(ctx, &thief.Who, password)
	if !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a passkey of the thief's: %v", err)
	}
	told(t, err)
	if err := d.FinishPasskey(ctx, &early.Who, open.Ticket, "", newDevice(t).create(open)); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("one that was begun before: %v", err)
	}
	if _, err := d.ConfirmSecond(ctx, &thief.Who, d.BeginSecond(&thief.Who), d.code(&thief.Who), password); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("a phone of the thief's: %v", err)
	}
	who, err := d.Session(ctx, first.Cookie)
	must(t, err)
	if _, err := d.BeginPasskey(ctx, who, password); err != nil {
		t.Errorf("its holder, with another device: %v", err)
	}
}

// Without an origin no browser can make one.
func TestPasskeysWantAnOrigin(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) { o.Origin = "" })
	if d.HasPasskeys() {
		t.Error("it has")
	}
	_, err := d.BeginSignIn(t.Context())
	if err == nil {
		t.Fatal("it began")
	}
	told(t, err)
}

// A phone's codes become the second factor once one of them was shown, and are taken
// away by one.
func TestSettingUpASecondFactor(t *testing.T) {
	d := newDesk(t, func(o *identity.Options) { o.Second = []access.Role{access.Administrator} })
	d.now = 1111111109 * second
	ctx := t.Context()
	d.add(identity.Account{Name: "root", Roles: []access.Role{access.Administrator}})
	g, err := d.try("root", password)
	must(t, err)
	if _, err := d.ConfirmSecond(ctx, &g.Who, d.BeginSecond(&g.Who), "x", password); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a wrong code: %v", err)
	}
	secret, first := d.BeginSecond(&g.Who), d.code(&g.Who)
	spare, err := d.ConfirmSecond(ctx, &g.Who, secret, first, password)
	must(t, err)
	if len(spare) != 10 {
		t.Errorf("%d recovery codes", len(spare))
	}
	if who, err := d.Session(ctx, g.Cookie); err != nil || who.Unfit != access.Fit {
		t.Errorf("%+v %v", who, err)
	}
	if _, err := d.ConfirmSecond(ctx, &g.Who, d.BeginSecond(&g.Who), d.code(&g.Who), password); err == nil {
		t.Error("another in its place")
	}
	if _, err := d.try("root", password); !errors.Is(err, identity.ErrCode) {
		t.Errorf("%v", err)
	}
	if err := d.DropSecond(ctx, &g.Who, first, password); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a code that was used: %v", err)
	}
	d.now += 30 * second
	must(t, d.DropSecond(ctx, &g.Who, identity.CodeOf(secret, d.now), password))
	g, err = d.try("root", password)
	must(t, err)
	if g.Who.Unfit != access.NoSecond {
		t.Errorf("%+v", g.Who)
	}
	if u := identity.SecretURL("某市公安局", "root", "ABC"); u != "otpauth://totp/%E6%9F%90%E5%B8%82%E5%85%AC%E5%AE%89%E5%B1%80:root?issuer=%E6%9F%90%E5%B8%82%E5%85%AC%E5%AE%89%E5%B1%80&secret=ABC" {
		t.Error(u)
	}
	if a, b := d.BeginSecond(&g.Who), d.BeginSecond(&access.Who{Account: "root", Session: "other"}); len(a) != 32 || a == b || a == secret || a != d.BeginSecond(&g.Who) {
		t.Error(a, b)
	}
}
