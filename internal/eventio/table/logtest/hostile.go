package logtest

import (
	"io"
	"strings"
	"testing"

	"plumbline/internal/errs"
)

// Refused holds a reader's answer to a bad file against what it must be: an
// error of this code whose English message has these parts, and which is said
// in Chinese too.
func Refused(t testing.TB, name string, err error, code errs.Code, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: read", name)
		return
	}
	if errs.CodeOf(err) != code {
		t.Errorf("%s: code %v, want %v: %v", name, errs.CodeOf(err), code, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q isn't in: %v", name, part, err)
		}
	}
	if zh := errs.In(err, errs.Zh); zh == err.Error() || strings.Contains(zh, "expected") {
		t.Errorf("%s: not in Chinese: %s", name, zh)
	}
}

// Endless is a file that begins with head and then gives the same again and
// again, without end.
func Endless(head, again string) io.Reader { return &endless{head, again} }

type endless struct{ head, again string }

func (f *endless) Read(p []byte) (int, error) {
	if f.head != "" {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n, nil
	}
	n := 0
	for n < len(p) {
		k := copy(p[n:], f.again)
		n += k
		f.again = f.again[k:] + f.again[:k]
	}
	return n, nil
}
