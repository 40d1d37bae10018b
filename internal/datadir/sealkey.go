package datadir

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/sqldb"
)

// sealKeyFile has the key that signs the log, alone on its line; below it one that
// still signs beside it. It is in no backup: whoever had it could sign another
// log in this one's name.
const sealKeyFile = "seal.key"

// KeyStore is where the public keys of a log are kept; package sqldb implements
// it.
type KeyStore interface {
	SealKeys(ctx context.Context) ([]sqldb.SealKey, error)
	AddSealKey(ctx context.Context, k sqldb.SealKey) error
}

// Signing is what a log is signed with.
type Signing struct {
	Signers []note.Signer
	Keys    []string // all public keys of the log, oldest first
}

// Signing reads the key of the log, or makes the first one: from the environment
// (PLUMBLINE_SEAL_KEY), from a command that signs (seal_key_command), or from the
// file seal.key. A key that isn't the log's last is refused, since it would begin
// another log.
func (c Config) Signing(ctx context.Context, store KeyStore) (s Signing, err error) {
	kept, err := store.SealKeys(ctx)
	if err != nil {
		return s, err
	}
	for _, k := range kept {
		s.Keys = append(s.Keys, k.Key)
	}
	var here []string // public keys of those that sign
	switch {
	case c.SealKey != "":
		s.Signers, here, err = readKeys(c.SealKey)
	case c.SealKeyCommand != "":
		s.Signers, here, err = c.remote(ctx, s.Keys)
	default:
		s.Signers, here, err = c.fileKeys(len(kept) == 0)
	}
	if err != nil {
		return s, err
	}
	if len(kept) == 0 {
		s.Keys = here[:1]
		return s, store.AddSealKey(ctx, sqldb.SealKey{Key: here[0]})
	}
	if last := s.Keys[len(s.Keys)-1]; here[0] != last {
		return s, &errs.Error{Code: errs.Usage, Place: errs.Place{File: c.Data}, What: errs.Tf("the key that is here isn't the log's: %s; expected %s", "此处的密钥不是该日志的密钥：%s；应为 %s", here[0], last),
			Next: errs.T("put back the key that this log was signed with", "请放回该日志原来的密钥")}
	}
	return s, nil
}

func readKeys(text string) (signers []note.Signer, public []string, err error) {
	for line := range strings.FieldsSeq(text) {
		s, key, err := seal.ParseKey(line)
		if err != nil {
			return nil, nil, err
		}
		signers, public = append(signers, s), append(public, key)
	}
	if len(signers) == 0 {
		return nil, nil, &errs.Error{Code: errs.Usage, What: errs.T("there is no key of the log", "没有日志密钥"), Next: errs.T("put back the key that this log was signed with", "请放回该日志原来的密钥")}
	}
	return signers, public, nil
}

// fileKeys reads seal.key, or makes it where there may be none yet.
func (c Config) fileKeys(first bool) ([]note.Signer, []string, error) {
	name := filepath.Join(c.Data, sealKeyFile)
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && first:
		secret, _, err := seal.NewKey(c.origin())
		if err != nil {
			return nil, nil, err
		}
		if err := putFile(name, strings.NewReader(secret+"\n")); err != nil {
			return nil, nil, err
		}
		text = []byte(secret)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, What: errs.T("the key that signs this log isn't here; no backup has it", "签署日志的密钥不在此处；备份中不含密钥"),
			Next: errs.T("put the file back from where it was kept apart", "请从另行保管处放回该文件")}
	case err != nil:
		return nil, nil, errs.Unreadable(name, err)
	}
	return readKeys(string(text))
}

// origin is the name of a new log.
func (c Config) origin() string {
	if c.LogName != "" {
		return c.LogName
	}
	return seal.NewOrigin()
}

// remote is a key that a command signs with: of a KMS, or of a device behind
// PKCS #11. COMMAND public writes its 32 bytes in base64; COMMAND sign reads what
// is to be signed and writes 64 bytes of Ed25519 in base64.
func (c Config) remote(ctx context.Context, known []string) ([]note.Signer, []string, error) {
	raw, err := c.keyCommand(ctx, nil, "public")
	if err != nil {
		return nil, nil, err
	}
	origin := c.origin()
	if len(known) > 0 {
		origin, _, _ = strings.Cut(known[0], "+")
	}
	public, err := note.NewEd25519VerifierKey(origin, raw)
	if err != nil {
		return nil, nil, c.badCommand(fmt.Sprintf("%d bytes in place of 32", len(raw)))
	}
	s, err := seal.NewRemote(public, func(msg []byte) ([]byte, error) { return c.keyCommand(context.Background(), msg, "sign") })
	return []note.Signer{s}, []string{public}, err
}

func (c Config) keyCommand(ctx context.Context, in []byte, verb string) ([]byte, error) {
	words := append(strings.Fields(c.SealKeyCommand), verb)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, c.badCommand(strings.TrimSpace(err.Error() + " " + said.String()))
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(out)))
	if err != nil {
		return nil, c.badCommand("no base64")
	}
	return raw, nil
}

func (c Config) badCommand(why string) error {
	return &errs.Error{Code: errs.Usage, What: errs.Tf("seal_key_command %q failed: %s", "seal_key_command %q 执行失败：%s", c.SealKeyCommand, why),
		Next: errs.T("with the word public it writes 32 bytes in base64, with the word sign it reads what to sign and writes 64", "参数 public 时应输出 32 字节的 base64；参数 sign 时读取待签内容并输出 64 字节的 base64")}
}

// RotateKey lets a new key follow the one in seal.key, with the word of both
// sealed. Both sign from then on, so that who trusts either can go on, until
// [Config.LayDownKey]. It gives the new public key.
func (c Config) RotateKey(ctx context.Context, store KeyStore) (public string, err error) {
	if c.SealKey != "" || c.SealKeyCommand != "" {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("the key of this log isn't in seal.key", "该日志的密钥不在 seal.key 中"), Next: errs.T("unset PLUMBLINE_SEAL_KEY and seal_key_command, with both keys in seal.key", "请取消 PLUMBLINE_SEAL_KEY 和 seal_key_command，并把密钥放入 seal.key")}
	}
	s, err := c.Signing(ctx, store)
	if err != nil {
		return "", err
	}
	if len(s.Signers) > 1 {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("an older key still signs beside the last one", "旧密钥仍在与当前密钥共同签署"), Next: errs.T("lay it down first: plumbline seal retire", "请先停用旧密钥：plumbline seal retire")}
	}
	secret, public, err := seal.NewKey(s.Signers[0].Name())
	if err != nil {
		return "", err
	}
	next, _, err := seal.ParseKey(secret)
	if err != nil {
		return "", err
	}
	statement, err := seal.Rotation(s.Signers[0], next, public)
	if err != nil {
		return "", err
	}
	name := filepath.Join(c.Data, sealKeyFile)
	old, err := os.ReadFile(name)
	if err != nil {
		return "", errs.Unreadable(name, err)
	}
	// The file comes first under another name: a key that is in the record and
	// nowhere else could sign no more.
	part := name + ".new"
	if err := os.RemoveAll(part); err != nil {
		return "", unwritable(part, err)
	}
	if err := putFile(part, strings.NewReader(secret+"\n"+string(old))); err != nil {
		return "", err
	}
	if err := store.AddSealKey(ctx, sqldb.SealKey{Key: public, Statement: string(statement)}); err != nil {
		return "", err
	}
	if err := os.Rename(part, name); err != nil {
		return "", unwritable(name, err)
	}
	return public, syncDir(c.Data)
}

// LayDownKey lets the last key alone sign from the next start on.
func (c Config) LayDownKey() error {
	name := filepath.Join(c.Data, sealKeyFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return errs.Unreadable(name, err)
	}
	lines := strings.Fields(string(text))
	if len(lines) < 2 {
		return &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, What: errs.T("one key alone signs already", "已只有一个密钥签署"), Next: errs.T("nothing is to be done", "无需操作")}
	}
	part := name + ".new"
	if err := os.RemoveAll(part); err != nil {
		return unwritable(part, err)
	}
	if err := putFile(part, strings.NewReader(lines[0]+"\n")); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return unwritable(name, err)
	}
	return syncDir(c.Data)
}

// Witnessed is a witness who is asked to cosign the log.
type Witnessed struct{ Key, URL string }

// ParseWitness reads KEY@URL, as a flag, the environment and plumbline.yaml write
// it.
func ParseWitness(text string) (Witnessed, error) {
	key, url, ok := strings.Cut(text, "@http")
	if !ok {
		return Witnessed{}, &errs.Error{Code: errs.Usage, What: errs.Tf("%q is no witness with its address", "%q 不是见证方及其地址", text), Next: errs.T("write KEY@URL, with the key that the witness shows: NAME+HASH+KEY@https://witness.example.org", "请写 公钥@网址，公钥由见证方提供：名称+哈希+公钥@https://witness.example.org")}
	}
	_, err := seal.ParseWitness(key)
	return Witnessed{key, "http" + url}, err
}
