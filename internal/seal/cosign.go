package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/errs"
)

// cosignKind is the kind of key that C2SP tlog-cosignature gives to cosignature/v1.
const cosignKind = 4

// Cosigned says who cosigned, and when.
type Cosigned struct {
	Key string
	At  time.Time
}

// Witness verifies cosignatures (C2SP tlog-cosignature, cosignature/v1); it is a
// note.Verifier.
type Witness struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

// ParseWitness reads the key of a witness, NAME+HASH+KEY.
func ParseWitness(key string) (*Witness, error) {
	no := func(what errs.Text) (*Witness, error) {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T(fmt.Sprintf("%.100q is no key of a witness: %s", key, what.En), fmt.Sprintf("%.100q 不是见证方公钥：%s", key, what.Zh)), Next: keyShape}
	}
	name, rest, _ := strings.Cut(key, "+")
	hash, public, _ := strings.Cut(rest, "+")
	raw, err := strict64.DecodeString(public)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || name == "" {
		return no(errs.T("it isn't name, hash and 33 bytes in base64", "应为名称、哈希和 33 字节的 base64"))
	}
	if raw[0] != cosignKind {
		return no(errs.Tf("it is of kind %d and should be of kind 4", "类型为 %d，应为 4", raw[0]))
	}
	w := &Witness{name: name, public: raw[1:]}
	w.hash = keyHash(name, raw)
	if fmt.Sprintf("%08x", w.hash) != hash {
		return no(errs.T("its hash isn't that of its key", "哈希与公钥不符"))
	}
	return w, nil
}

func keyHash(name string, key []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(h[:])
}

// Name is the witness's name.
func (w *Witness) Name() string { return w.name }

// KeyHash is the witness's key id.
func (w *Witness) KeyHash() uint32 { return w.hash }

// Key is the witness's key as it is written.
func (w *Witness) Key() string {
	return fmt.Sprintf("%s+%08x+%s", w.name, w.hash, base64.StdEncoding.EncodeToString(append([]byte{cosignKind}, w.public...)))
}

// Verify says whether sig is a cosignature of msg, the text of a checkpoint.
func (w *Witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(w.public, cosigned(msg, binary.BigEndian.Uint64(sig)), sig[8:])
}

// cosigned is what a witness signs.
func cosigned(msg []byte, at uint64) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// timeOf is when a cosignature was made.
func timeOf(sig note.Signature) time.Time {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(raw) < 12 {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC()
}

// Cosigner is the key of a witness.
type Cosigner struct {
	Witness
	key ed25519.PrivateKey
}

// NewCosigner makes a witness of a name.
func NewCosigner(name string) (*Cosigner, error) {
	var seed [ed25519.SeedSize]byte
	rand.Read(seed[:])
	return cosigner(name, seed[:])
}

func cosigner(name string, seed []byte) (*Cosigner, error) {
	if !validName(name) {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("%.100q can't be a name of a key", "%.100q 不能作为密钥名称", name),
			Next: errs.T("write one without spaces and without +, as witness.example.org", "名称不得含空格和加号，例如 witness.example.org")}
	}
	c := &Cosigner{key: ed25519.NewKeyFromSeed(seed)}
	c.name, c.public = name, c.key.Public().(ed25519.PublicKey)
	c.hash = keyHash(name, append([]byte{cosignKind}, c.public...))
	return c, nil
}

// validName says whether a key can have a name, as package note has it.
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r == 0xfffd || r == 0x3000 || r == 0xa0 })
}

const secretPrefix = "PLUMBLINE+WITNESS+"

// Secret is the key as a file keeps it.
func (c *Cosigner) Secret() string {
	return secretPrefix + c.name + "+" + base64.StdEncoding.EncodeToString(c.key.Seed())
}

// ParseCosigner reads what Secret wrote. The fault never shows the key.
func ParseCosigner(text string) (*Cosigner, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	name, key, _ := strings.Cut(rest, "+")
	seed, err := base64.StdEncoding.DecodeString(key)
	if !ok || err != nil || len(seed) != ed25519.SeedSize {
		return nil, &errs.Error{Code: errs.Input, What: errs.T("this is no key of a witness", "不是见证方私钥"), Next: errs.T("give the file that plumbline witness wrote", "请提供 plumbline witness 生成的文件")}
	}
	return cosigner(name, seed)
}

// Cosign is the line that a witness puts under the text of a checkpoint.
func (c *Cosigner) Cosign(text string, at time.Time) string {
	stamp := uint64(at.Unix())
	raw := binary.BigEndian.AppendUint32(nil, c.hash)
	raw = binary.BigEndian.AppendUint64(raw, stamp)
	raw = append(raw, ed25519.Sign(c.key, cosigned([]byte(text), stamp))...)
	return "— " + c.name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
}
