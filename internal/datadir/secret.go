package datadir

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"plumbline/internal/errs"
)

// NewToken makes a source's token, and what is kept of it: its SHA-256. The
// prefix lets scanners for secrets find one that got away.
func NewToken() (token string, kept [32]byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program would end
	token = "plb_" + base64.RawURLEncoding.EncodeToString(b[:])
	return token, sha256.Sum256([]byte(token))
}

// shortest is how many characters a password has at least.
const shortest = 12

// ReadPassword reads a password from a file, without the line's end.
func ReadPassword(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", unreadable(file, err)
	}
	p := strings.TrimRight(string(b), "\r\n")
	what := errs.Text{}
	switch {
	case !utf8.ValidString(p) || strings.ContainsAny(p, "\r\n"):
		what = errs.T("the password isn't one line of text in UTF-8", "密码应为一行 UTF-8 文字")
	case utf8.RuneCountInString(p) < shortest:
		what = errs.Tf("the password has fewer than %d characters", "密码不足 %d 个字符", shortest)
	default:
		return p, nil
	}
	return "", &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: what, Next: errs.T("write a longer one alone into the file", "请在文件中只写一个更长的密码")}
}

// The cost of a password: RFC 9106's second choice, 64 MB and three passes.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KB
	argonThreads = 4
)

// hashPassword is argon2id in PHC's form, which carries its costs, so that they
// can be raised later.
func hashPassword(password string) (string, error) {
	if utf8.RuneCountInString(password) < shortest {
		return "", &errs.Error{Code: errs.Usage, What: errs.Tf("the password has fewer than %d characters", "密码不足 %d 个字符", shortest)}
	}
	var salt [16]byte
	rand.Read(salt[:])
	return phc(password, salt[:]), nil
}

func phc(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, 32)
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, text(salt), text(key))
}
