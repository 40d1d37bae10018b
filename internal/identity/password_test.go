package identity

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/errs"
)

func TestMain(m *testing.M) {
	argonMemory = 64
	os.Exit(m.Run())
}

// A hash tells passwords apart, and is as other programs write it.
func TestHash(t *testing.T) {
	one, err := NewHash("correct horse battery staple", "chen", "")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := NewHash("correct horse battery staple", "chen", "")
	if one == two || !isPassword(one, "correct horse battery staple") || isPassword(one, "correct horse battery stapl") {
		t.Errorf("%s %s", one, two)
	}
	// From the test suite of the reference program.
	const known = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if !isPassword(known, "password") || isPassword(known, "differentpassword") {
		t.Error("another program's hash")
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=64,t=0,p=4$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$!$!", "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$"} {
		if isPassword(bad, "") || isPassword(bad, "x") {
			t.Errorf("%q is a password's", bad)
		}
	}
}

// A breached password is found wherever it stands in either form of list, and no
// other is.
func TestBreached(t *testing.T) {
	var words, sums []string
	for i := range 300 {
		w := fmt.Sprintf("breached password %d", i)
		sum := sha1.Sum([]byte(w))
		words, sums = append(words, w), append(sums, strings.ToUpper(hex.EncodeToString(sum[:])))
	}
	slices.Sort(sums)
	counted := make([]string, len(sums))
	for i, s := range sums {
		counted[i] = fmt.Sprintf("%s:%d", s, i*i*i)
	}
	for name, text := range map[string]string{"plain": strings.Join(words, "\n"), "plain, Windows": strings.Join(words, "\r\n") + "\r\n", "sums": strings.Join(sums, "\n"),
		"counted": strings.Join(counted, "\n") + "\n", "counted, Windows": strings.Join(counted, "\r\n"), "small": strings.ToLower(strings.Join(sums, "\n"))} {
		file := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, w := range words {
			if _, err := NewHash(w, "", file); err == nil || !strings.Contains(err.Error(), "breached") {
				t.Fatalf("%s: word %d: %v", name, i, err)
			}
			if yes, err := isBreached(file, w+"x"); yes || err != nil {
				t.Fatalf("%s: no word %d: %v %v", name, i, yes, err)
			}
		}
	}
	if _, err := NewHash("correct horse battery staple", "", filepath.Join(t.TempDir(), "none")); err == nil || errs.CodeOf(err) != errs.Input {
		t.Errorf("a list that isn't there: %v", err)
	}
}

func TestReadPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p")
	for text, want := range map[string]string{"过桥须看潮水，莫问渡船几时\r\n": "", "correct horse\nbattery": "one line", "short\n": "fewer than", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": "UTF-8",
		strings.Repeat("x", 2000): "more than"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ReadPassword(file)
		if want == "" && (err != nil || p != strings.TrimSpace(text)) || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), file)) {
			t.Errorf("%q: %q, %v", text, p, err)
		}
	}
	if _, err := ReadPassword(file + "x"); err == nil {
		t.Error("a file that isn't there")
	}
}
