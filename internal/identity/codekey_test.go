package identity

import (
	"encoding/base64"
	"strings"
	"testing"
)

// A secret is kept encrypted, for its account alone; another key says so in words.
func TestSecretsAreKeptEncrypted(t *testing.T) {
	key := func() *CodeKey {
		raw, err := base64.StdEncoding.DecodeString(NewCodeKeyText())
		if err != nil {
			t.Fatal(err)
		}
		k, err := NewCodeKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k, secret := key(), newSecret()
	kept := k.hide("chen", secret)
	if strings.Contains(kept, secret) || kept == k.hide("chen", secret) {
		t.Errorf("kept as %s", kept)
	}
	for _, c := range []struct {
		key           *CodeKey
		account, kept string
		want          string
	}{{k, "chen", kept, secret}, {k, "chen", secret, secret}, {nil, "chen", secret, secret}, {k, "li", kept, ""}, {key(), "chen", kept, ""}, {nil, "chen", kept, ""}, {k, "chen", "e1:?", ""}} {
		got, err := c.key.show(c.account, c.kept)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %s: %q, %v", c.account, c.kept, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "codes.key") {
			t.Errorf("it doesn't say what to do: %v", err)
		}
	}
	if _, err := NewCodeKey(make([]byte, 16)); err == nil {
		t.Error("a short key is taken")
	}
}
