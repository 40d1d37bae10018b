package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"plumbline/internal/errs"
)

// Ref is what an identity is sealed for: an entry of a register.
type Ref struct {
	Register string // "finding", "report"
	Number   string // of the entry: a finding's id, a report's number
}

// String is the reference as it is bound into what is encrypted.
func (r Ref) String() string { return r.Register + "/" + r.Number }

// Sealed is an identity as the record has it: it opens with the shares of two.
type Sealed struct {
	Key    string // the public half of the fresh key
	Body   string // encrypted to it, armoured
	Shares []Share
}

// Share is a custodian's part of the private half, encrypted to the key that the
// custodian registered.
type Share struct {
	Custodian string // the account
	Recipient string // age1…
	Cipher    string // armoured
}

// Bounds of what is sealed, in bytes.
const (
	MaxIdentity = 64 << 10
	padded      = 2 << 10  // what is sealed is filled up to a multiple of it
	maxCipher   = 96 << 10 // armour adds a third
	maxShare    = 16 << 10
)

// MinCustodians is how many there must be; EnoughCustodians how many there should, so
// that one may be lost.
const (
	MinCustodians    = 2
	EnoughCustodians = 3
	maxCustodians    = 20
)

// content is what the fresh key opens. For is bound into it, so that nobody can put
// one entry's reporter into the place of another's.
type content struct {
	For      string `json:"for"`
	Identity string `json:"identity"`
}

// part is what a custodian's key opens. The hashes of all points of the set let either
// of two custodians say which of them is spoilt; the keys that it was split among say
// to whom a custodian's program hands it on, whatever a server names.
type part struct {
	For    string   `json:"for"`
	Key    string   `json:"key"`  // the public half of what they restore
	Body   string   `json:"body"` // SHA-256 of what that opens
	Set    string   `json:"set"`  // of this splitting
	X      byte     `json:"x"`
	Y      []byte   `json:"y"`
	Hashes []string `json:"hashes"` // of the set's points, by x from 1
	Keys   []string `json:"keys"`   // that they were encrypted to, likewise
}

func bad(what, next errs.Text) error {
	return &errs.Error{Code: errs.Input, What: what, Next: next}
}

func refused(what, next errs.Text) error {
	return &errs.Error{Code: errs.Usage, What: what, Next: next}
}

// ParseRecipient reads the public half of a custodian's key.
func ParseRecipient(text string) (*age.X25519Recipient, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") || strings.HasPrefix(strings.ToUpper(text), "AGE-PLUGIN-") {
		return nil, refused(errs.T("this is a private key, which must never leave its holder", "这是私钥，绝不能离开持有人"),
			errs.T("give the public one (age1…); since it was sent, make another pair: plumbline custodian keygen FILE", "请提供公钥（age1…）；该私钥既已发送，请重新生成：plumbline custodian keygen 文件"))
	}
	r, err := age.ParseX25519Recipient(text)
	if err != nil {
		return nil, refused(errs.T("this is no public key of age; expected age1 and 58 letters and figures", "这不是 age 公钥，应为 age1 加 58 位字母数字"),
			errs.T("plumbline custodian keygen FILE makes a pair and prints the public key", "可用 plumbline custodian keygen 文件 生成，公钥会显示出来"))
	}
	return r, nil
}

// Seal seals an identity for an entry, with a share for each custodian.
func Seal(ref Ref, identity string, custodians []Custodian) (*Sealed, error) {
	if strings.TrimSpace(identity) == "" || len(identity) > MaxIdentity {
		return nil, refused(errs.Tf("an identity has between 1 byte and %d KB; this has %d bytes", "身份信息长度应为 1 字节至 %d KB，此处为 %d 字节", MaxIdentity>>10, len(identity)), errs.Text{})
	}
	fresh, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(content{ref.String(), identity})
	if err != nil {
		return nil, err
	}
	// What is encrypted is as long as what is in it: a name and a name with an address
	// are not to be told apart by that.
	text = append(text, bytes.Repeat([]byte(" "), -len(text)&(padded-1))...)
	body, err := encrypt(text, fresh.Recipient())
	if err != nil {
		return nil, err
	}
	s := &Sealed{Key: fresh.Recipient().String(), Body: body}
	s.Shares, err = shares(ref, fresh, body, custodians)
	return s, err
}

// shares splits a fresh key among custodians.
func shares(ref Ref, fresh *age.X25519Identity, body string, custodians []Custodian) ([]Share, error) {
	if err := enough(custodians); err != nil {
		return nil, err
	}
	points := split([]byte(fresh.String()), len(custodians))
	var set [16]byte
	rand.Read(set[:]) // never fails: the program would end
	p := part{For: ref.String(), Key: fresh.Recipient().String(), Body: Digest(body), Set: hex.EncodeToString(set[:])}
	for i := range points {
		p.Hashes, p.Keys = append(p.Hashes, points[i].hash()), append(p.Keys, custodians[i].Recipient)
	}
	out := make([]Share, len(custodians))
	for i, c := range custodians {
		to, err := ParseRecipient(c.Recipient)
		if err != nil {
			return nil, err
		}
		p.X, p.Y = points[i].x, points[i].y
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		cipher, err := encrypt(text, to)
		if err != nil {
			return nil, err
		}
		out[i] = Share{Custodian: c.Account, Recipient: c.Recipient, Cipher: cipher}
	}
	return out, nil
}

// enough wants two custodians at least, each once.
func enough(list []Custodian) error {
	var keys []string
	for _, c := range list {
		keys = append(keys, c.Recipient)
	}
	slices.Sort(keys)
	switch {
	case len(list) < MinCustodians:
		return refused(errs.Tf("there are %d custodians; nothing is sealed for fewer than %d", "现有保管人 %d 名，少于 %d 名时不能密封", len(list), MinCustodians),
			errs.T("let others register a key: plumbline custodian register", "请其他保管人登记公钥：plumbline custodian register"))
	case len(list) > maxCustodians:
		return refused(errs.Tf("there are %d custodians; at most %d have a share", "保管人 %d 名，最多 %d 名可持有份额", len(list), maxCustodians), errs.Text{})
	case len(slices.Compact(keys)) < len(list):
		return refused(errs.T("two custodians have the same key, so one could open alone", "两名保管人登记了同一公钥，一人即可开启"), errs.T("let each make their own", "请各自生成密钥"))
	}
	return nil
}

// Digest is the SHA-256 of what is encrypted: by it a custodian sees that it is what
// was sealed, and nobody else's.
func Digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func (p point) hash() string {
	sum := sha256.Sum256(append([]byte{p.x}, p.y...))
	return hex.EncodeToString(sum[:])
}

func encrypt(text []byte, to age.Recipient) (string, error) {
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, to)
	if err != nil {
		return "", err
	}
	if _, err = w.Write(text); err == nil {
		err = w.Close()
	}
	if err == nil {
		err = a.Close()
	}
	return out.String(), err
}

func decrypt(text string, keys ...age.Identity) ([]byte, error) {
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), keys...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// encrypted refuses what isn't encrypted to the holder of one X25519 key: the plain
// text, above all.
func encrypted(text string, most int) error {
	no := refused(errs.T("this isn't encrypted as a sealed identity is", "内容未按密封身份的方式加密"), errs.T("seal it with plumbline custodian seal: the plain text never goes to the server", "请用 plumbline custodian seal 密封：明文不得发送到服务器"))
	if len(text) > most {
		return refused(errs.Tf("%d bytes; at most %d", "共 %d 字节，最多 %d 字节", len(text), most), errs.Text{})
	}
	raw, err := io.ReadAll(armor.NewReader(strings.NewReader(text)))
	if err != nil {
		return no
	}
	header, err := age.ExtractHeader(bytes.NewReader(raw))
	if err != nil || bytes.Count(header, []byte("\n-> ")) != 1 || !bytes.Contains(header, []byte("\n-> X25519 ")) {
		return no
	}
	return nil
}
