package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/errs"
)

// NewOrigin is a name for a log that no other has.
func NewOrigin() string {
	var b [8]byte
	rand.Read(b[:])
	return "plumbline.log/" + hex.EncodeToString(b[:])
}

// NewKey makes a key of a log: the secret as a file keeps it, and the public one
// that proofs are checked with.
func NewKey(origin string) (secret, public string, err error) {
	if !validName(origin) {
		return "", "", &errs.Error{Code: errs.Usage, What: errs.Tf("%.100q can't be the name of a log", "%.100q 不能作为日志名称", origin),
			Next: errs.T("write a URL without its scheme, as log.example.org/plumbline", "请写不带协议的网址，例如 log.example.org/plumbline")}
	}
	return note.GenerateKey(rand.Reader, origin)
}

// ParseKey reads a secret key. The fault never shows it.
func ParseKey(secret string) (s note.Signer, public string, err error) {
	secret = strings.TrimSpace(secret)
	s, err = note.NewSigner(secret)
	if err != nil {
		return nil, "", &errs.Error{Code: errs.Input, What: errs.T("this is no key of a log", "不是日志私钥"), Next: errs.T("give the line that plumbline setup wrote: PRIVATE+KEY+…", "请提供 plumbline setup 写入的一行：PRIVATE+KEY+…")}
	}
	parts := strings.SplitN(secret, "+", 5) // PRIVATE, KEY, name, hash, and bytes that may have a + themselves
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, "", fmt.Errorf("a key of %d bytes", len(raw))
	}
	public, err = note.NewEd25519VerifierKey(s.Name(), ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey))
	return s, public, err
}

// rotationHead is the first line of what both keys sign when one follows the
// other.
const rotationHead = "plumbline key rotation 1"

// Rotation is what both keys sign when one follows the other.
func Rotation(old, next note.Signer, public string) ([]byte, error) {
	return note.Sign(&note.Note{Text: rotationHead + "\n" + old.Name() + "\n" + public + "\n"}, old, next)
}

// CheckRotation says whether a key was followed by another with the word of
// both.
func CheckRotation(statement, old, next string) error {
	bad := &errs.Error{Code: errs.Input, What: errs.Tf("the key %.100s isn't vouched for by the one before it", "密钥 %.100s 未经前一密钥签署", next), Next: suspect}
	before, err := note.NewVerifier(old)
	if err != nil {
		return bad
	}
	after, err := note.NewVerifier(next)
	if err != nil {
		return bad
	}
	n, err := note.Open([]byte(statement), note.VerifierList(before, after))
	if err != nil || len(n.Sigs) != 2 || n.Text != rotationHead+"\n"+before.Name()+"\n"+next+"\n" || before.Name() != after.Name() {
		return bad
	}
	return nil
}

// Remote signs with a key that lies elsewhere; it is a note.Signer.
type Remote struct {
	name string
	hash uint32
	do   func(msg []byte) ([]byte, error)
}

// NewRemote makes a signer of a public key of which the secret one lies
// elsewhere: do is given what is to be signed and gives the 64 bytes of an
// Ed25519 signature.
func NewRemote(public string, do func(msg []byte) ([]byte, error)) (*Remote, error) {
	v, err := note.NewVerifier(public)
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%.100q is no key of a log", "%.100q 不是日志公钥", public), Next: keyShape}
	}
	return &Remote{v.Name(), v.KeyHash(), func(msg []byte) ([]byte, error) {
		sig, err := do(msg)
		if err == nil && !v.Verify(msg, sig) {
			err = &errs.Error{Code: errs.Internal, What: errs.T("the command that signs gave no signature of the log's key", "签名命令返回的不是该日志密钥的签名"),
				Next: errs.T("check seal_key_command: it reads what to sign and writes 64 bytes in base64", "请检查 seal_key_command：应从标准输入读取内容，并输出 base64 编码的 64 字节")}
		}
		return sig, err
	}}, nil
}

// Name is the log's name.
func (r *Remote) Name() string { return r.name }

// KeyHash is the key's id.
func (r *Remote) KeyHash() uint32 { return r.hash }

// Sign signs.
func (r *Remote) Sign(msg []byte) ([]byte, error) { return r.do(msg) }
