package identity

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1" // of the lists of breached passwords
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"plumbline/internal/errs"
)

// shortest is how many characters a password has at least, and longest how many
// bytes at most.
const (
	shortestPassword = 12
	longestPassword  = 1024
)

// The cost of a password: RFC 9106's second choice, 64 MB and three passes. Only
// tests, which sign in often, have it cheaper.
const (
	argonTime    = 3
	argonThreads = 4
)

var argonMemory uint32 = 64 << 10 // KB

// NewHash is what is kept of a new password: argon2id in PHC's form, which carries
// its costs, so that they can be raised later. One that is short, is the account's
// name or stands in the list of breached ones is refused.
func NewHash(password, account, breached string) (string, error) {
	if err := fit(password, account, breached); err != nil {
		return "", err
	}
	var salt [16]byte
	rand.Read(salt[:]) // never fails: the program would end
	return phc(password, salt[:]), nil
}

func fit(password, account, breached string) error {
	no := func(what, next errs.Text) error { return &errs.Error{Code: errs.Usage, What: what, Next: next} }
	another := errs.T("choose another: several words that nobody would guess", "请另选一个：例如几个他人猜不到的词")
	switch {
	case !utf8.ValidString(password) || strings.ContainsAny(password, "\r\n\x00"):
		return no(errs.T("the password isn't one line of text in UTF-8", "密码应为一行 UTF-8 文字"), errs.Text{})
	case utf8.RuneCountInString(password) < shortestPassword:
		return no(errs.Tf("the password has fewer than %d characters", "密码不足 %d 个字符", shortestPassword), another)
	case len(password) > longestPassword:
		return no(errs.Tf("the password has more than %d bytes", "密码超过 %d 字节", longestPassword), another)
	case utf8.RuneCountInString(account) >= 4 && strings.Contains(strings.ToLower(password), strings.ToLower(account)):
		return no(errs.T("the password contains the account's name", "密码包含用户名"), another)
	}
	known, err := isBreached(breached, password)
	if err == nil && known {
		err = no(errs.T("the password stands in the list of breached ones", "该密码在已泄露密码清单中"), another)
	}
	return err
}

func phc(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, 32)
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, text(salt), text(key))
}

// isPassword says whether a hash is of a password. One that can't be read is of
// none.
func isPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time == 0 || threads == 0 || memory > 1<<20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 {
		return false
	}
	key := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(key, want) == 1
}

// noneHash is what the password of a name that nobody has is held against, so that
// it takes as long as any.
func noneHash() string {
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, text(make([]byte, 16)), text(make([]byte, 32)))
}

// verify says whether a password is an account's. Few are looked at at once: each
// takes 64 MB.
func (i *Identity) verify(ctx context.Context, a *Account, password string) (bool, error) {
	select {
	case i.hashing <- struct{}{}:
		defer func() { <-i.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if len(password) > longestPassword {
		password = ""
	}
	if a == nil || a.Hash == "" {
		isPassword(noneHash(), password)
		return false, nil
	}
	return isPassword(a.Hash, password), nil
}

var sha1Line = regexp.MustCompile(`^[0-9A-Fa-f]{40}(:\d+)?\r?$`)

// isBreached looks a password up in a file: SHA-1 sums in their order, each alone
// or before a colon and a count, as "have i been pwned" gives them (of any size:
// it is searched, not read), or plain passwords, one a line.
func isBreached(file, password string) (bool, error) {
	if file == "" {
		return false, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return false, errs.Unreadable(file, err)
	}
	defer f.Close()
	first, err := bufio.NewReader(f).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, errs.Unreadable(file, err)
	}
	if !sha1Line.MatchString(strings.TrimSuffix(first, "\n")) {
		return inLines(f, file, password)
	}
	info, err := f.Stat()
	if err != nil {
		return false, errs.Unreadable(file, err)
	}
	sum := sha1.Sum([]byte(password))
	want := strings.ToUpper(hex.EncodeToString(sum[:]))
	var fault error
	// The first offset from which on the next whole line is not before what is wanted.
	at := sort.Search(int(info.Size()), func(at int) bool {
		line, err := lineAfter(f, int64(at))
		if err != nil && !errors.Is(err, io.EOF) {
			fault = err
		}
		return line == "" || line >= want
	})
	line, err := lineAfter(f, int64(at))
	if err != nil && !errors.Is(err, io.EOF) {
		fault = err
	}
	if fault != nil {
		return false, errs.Unreadable(file, fault)
	}
	return line == want, nil
}

// lineAfter is the sum on the first line that begins at an offset or after it; ""
// at the end.
func lineAfter(f io.ReaderAt, at int64) (string, error) {
	var buf [160]byte
	from := max(0, at-1) // a line begins after a line's end
	n, err := f.ReadAt(buf[:], from)
	text := string(buf[:n])
	if at > 0 {
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			return "", err
		}
		text = text[end+1:]
	}
	if len(text) < 40 {
		return "", err
	}
	return strings.ToUpper(text[:40]), nil
}

func inLines(f io.ReadSeeker, file, password string) (bool, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, errs.Unreadable(file, err)
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.TrimSuffix(lines.Text(), "\r") == password {
			return true, nil
		}
	}
	if err := lines.Err(); err != nil {
		return false, errs.Unreadable(file, err)
	}
	return false, nil
}

// ReadPassword reads a password from a file, without the line's end.
func ReadPassword(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", errs.Unreadable(file, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 2*longestPassword)) // a device may have no end
	if err != nil {
		return "", errs.Unreadable(file, err)
	}
	p := strings.TrimRight(string(b), "\r\n")
	err = fit(p, "", "")
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		e.Place = errs.Place{File: file}
	}
	return p, err
}
