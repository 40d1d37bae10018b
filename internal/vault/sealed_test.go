package vault

import (
	"encoding/json"
	"strings"
	"testing"

	"filippo.io/age"

	"plumbline/internal/errs"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told wants an error that says this in English, and something else in Chinese.
func told(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || errs.In(err, errs.Zh) == err.Error() {
		t.Errorf("error %v; want %q in it, in both languages", err, want)
	}
}

// keyring are custodians with their private keys.
type keyring struct {
	list []Custodian
	keys map[string][]age.Identity
}

func newKeyring(t testing.TB, names ...string) *keyring {
	t.Helper()
	k := &keyring{keys: map[string][]age.Identity{}}
	for _, n := range names {
		id, err := age.GenerateX25519Identity()
		must(t, err)
		k.list = append(k.list, Custodian{Account: n, Recipient: id.Recipient().String(), InForce: true})
		k.keys[n] = []age.Identity{id}
	}
	return k
}

func (k *keyring) of(name string) Custodian {
	for _, c := range k.list {
		if c.Account == name {
			return c
		}
	}
	return Custodian{}
}

// fetched is what a server would give one custodian of an opening with another.
func (k *keyring) fetched(ref Ref, s *Sealed, me, other string) *Fetched {
	f := &Fetched{Ref: ref, Key: s.Key, Body: s.Body, Other: k.of(other)}
	for _, x := range s.Shares {
		if x.Custodian == me {
			f.Share = x
		}
	}
	return f
}

var aFinding = Ref{"finding", "f1"}

const someone = "王某某，电话 138…\nWang, of the lake station"

// Any two of three open it, whoever begins.
func TestAnyTwoCustodians(t *testing.T) {
	k := newKeyring(t, "an", "bo", "chen")
	s, err := Seal(aFinding, someone, k.list)
	must(t, err)
	for _, x := range append(s.Shares, Share{Cipher: s.Body}) {
		must(t, encrypted(x.Cipher, maxCipher))
		if strings.Contains(x.Cipher, "王") || strings.Contains(x.Cipher, "SECRET") {
			t.Error("something lies open")
		}
	}
	for _, pair := range [][2]string{{"an", "bo"}, {"bo", "an"}, {"chen", "an"}, {"bo", "chen"}} {
		handed, err := Hand(k.fetched(aFinding, s, pair[0], pair[1]), k.keys[pair[0]])
		must(t, err)
		got, err := Open(k.fetched(aFinding, s, pair[1], pair[0]), handed, k.keys[pair[1]])
		if err != nil || got != someone {
			t.Errorf("%v: %q, %v", pair, got, err)
		}
	}
}

// How long an identity is can't be told by what is encrypted.
func TestLengthsTellNothing(t *testing.T) {
	k := newKeyring(t, "an", "bo")
	long, err := Seal(aFinding, strings.Repeat("x", 1900), k.list)
	must(t, err)
	short, err := Seal(aFinding, "x", k.list)
	must(t, err)
	if len(long.Body) != len(short.Body) {
		t.Errorf("%d and %d bytes", len(long.Body), len(short.Body))
	}
}

// What is tried against it with everything that lies on the server, or by one alone.
func TestWhatDoesNotOpen(t *testing.T) {
	k := newKeyring(t, "an", "bo", "chen")
	thief := newKeyring(t, "an", "bo", "chen", "root")
	s, err := Seal(aFinding, someone, k.list)
	must(t, err)
	another := Ref{"finding", "f2"}
	other, err := Seal(another, "somebody else", k.list)
	must(t, err)
	handed, err := Hand(k.fetched(aFinding, s, "an", "bo"), k.keys["an"])
	must(t, err)
	bo := k.fetched(aFinding, s, "bo", "an")
	try := func(name, want string, f *Fetched, handed string, keys []age.Identity) {
		t.Helper()
		got, err := Open(f, handed, keys)
		if got != "" {
			t.Errorf("%s: opened", name)
		}
		t.Run(name, func(t *testing.T) { told(t, err, want) })
	}

	try("one custodian alone, with the own share twice", "one and the same", bo, mustHand(t, selfOther(k.fetched(aFinding, s, "bo", "bo")), k.keys["bo"]), k.keys["bo"])
	try("with another's share as it lies on the server", "none of your keys opens", bo, s.Shares[0].Cipher, k.keys["bo"])
	try("by who took what was handed on", "none of your keys opens", k.fetched(aFinding, s, "chen", "an"), handed, k.keys["chen"])
	try("by the administrator, with all that the server has", "none of your keys opens", bo, handed, thief.keys["root"])
	try("a share of another identity", "is of finding/f2, not of finding/f1", bo, mustHand(t, k.fetched(another, other, "an", "bo"), k.keys["an"]), k.keys["bo"])
	try("rubbish", "can't be read", bo, "rubbish", k.keys["bo"])

	swapped := *bo
	swapped.Body = other.Body
	try("another's cipher in its place", "made for another sealed identity", &swapped, handed, k.keys["bo"])
	swapped = *k.fetched(another, other, "bo", "an")
	swapped.Ref = aFinding
	try("another's identity as a whole in its place", "is of finding/f2", &swapped, handed, k.keys["bo"])
	swapped = *bo
	swapped.Share = other.Shares[1]
	try("the own share of another", "is of finding/f2", &swapped, handed, k.keys["bo"])

	// A whole identity for another entry under this one's key: what is bound into the
	// text itself tells.
	text, err := json.Marshal(content{another.String(), "a scapegoat"})
	must(t, err)
	to, err := ParseRecipient(s.Key)
	must(t, err)
	forged := *s
	forged.Body, err = encrypt(text, to)
	must(t, err)
	try("a scapegoat sealed to the same public key", "made for another sealed identity", k.fetched(aFinding, &forged, "bo", "an"), handed, k.keys["bo"])

	// A server that names somebody else as the other of the two.
	for _, f := range []*Fetched{k.fetched(aFinding, s, "an", "bo"), k.fetched(aFinding, s, "an", "root")} {
		f.Other.Recipient = thief.of("root").Recipient
		_, err = Hand(f, k.keys["an"])
		told(t, err, "has no share of this identity")
	}
}

func mustHand(t testing.TB, f *Fetched, keys []age.Identity) string {
	t.Helper()
	text, err := Hand(f, keys)
	must(t, err)
	return text
}

func selfOther(f *Fetched) *Fetched { f.Other.Recipient = f.Share.Recipient; return f }

// A share that was spoilt, by accident or by whoever hands it on, is told, and which.
func TestSpoiltShares(t *testing.T) {
	k := newKeyring(t, "an", "bo", "chen")
	s, err := Seal(aFinding, someone, k.list)
	must(t, err)
	bo := k.fetched(aFinding, s, "bo", "an")
	for name, c := range map[string]struct {
		spoil func(*part)
		want  string
	}{
		"a byte":              {func(p *part) { p.Y[7] ^= 1 }, "isn't the one that was made"},
		"as another's":        {func(p *part) { p.X = 3 }, "isn't the one that was made"},
		"at the secret":       {func(p *part) { p.X = 0 }, "isn't the one that was made"},
		"beyond the set":      {func(p *part) { p.X = 9 }, "isn't the one that was made"},
		"with its hash":       {func(p *part) { p.Y[7] ^= 1; p.Hashes[p.X-1] = point{p.X, p.Y}.hash() }, "handed on isn't the one"},
		"and its set":         {func(p *part) { p.Y[7] ^= 1; p.Hashes[p.X-1] = point{p.X, p.Y}.hash(); p.Set = "x" }, "different splittings"},
		"of another key":      {func(p *part) { p.Key = k.list[0].Recipient }, "another key"},
		"for another text":    {func(p *part) { p.Body = "x" }, "another sealed identity"},
		"for another finding": {func(p *part) { p.For = "finding/x" }, "is of finding/x"},
	} {
		p, err := readPart(s.Shares[0].Cipher, k.keys["an"])
		must(t, err)
		c.spoil(p)
		text, err := json.Marshal(p)
		must(t, err)
		to, err := ParseRecipient(k.of("bo").Recipient)
		must(t, err)
		handed, err := encrypt(text, to)
		must(t, err)
		_, err = Open(bo, handed, k.keys["bo"])
		t.Run(name, func(t *testing.T) { told(t, err, c.want) })
	}
}

// Two split it anew for other custodians; what a former one kept goes with no new share.
func TestResplit(t *testing.T) {
	k, later := newKeyring(t, "an", "bo", "chen"), newKeyring(t, "ding", "er")
	s, err := Seal(aFinding, someone, k.list)
	must(t, err)
	old := k.fetched(aFinding, s, "chen", "bo")
	handed := mustHand(t, k.fetched(aFinding, s, "an", "bo"), k.keys["an"])
	all := &keyring{append(k.list[:2:2], later.list...), later.keys}
	all.keys["an"], all.keys["bo"], all.keys["chen"] = k.keys["an"], k.keys["bo"], k.keys["chen"]
	next := *s
	next.Shares, err = Resplit(k.fetched(aFinding, s, "bo", "an"), handed, k.keys["bo"], all.list)
	must(t, err)
	if len(next.Shares) != 4 {
		t.Fatal(len(next.Shares))
	}
	got, err := Open(all.fetched(aFinding, &next, "er", "ding"), mustHand(t, all.fetched(aFinding, &next, "ding", "er"), all.keys["ding"]), all.keys["er"])
	if err != nil || got != someone {
		t.Errorf("%q, %v", got, err)
	}
	_, err = Open(all.fetched(aFinding, &next, "bo", "chen"), mustHand(t, old, k.keys["chen"]), k.keys["bo"])
	told(t, err, "different splittings")
	_, err = Hand(all.fetched(aFinding, &next, "an", "chen"), k.keys["an"])
	told(t, err, "has no share")
	_, err = Resplit(k.fetched(aFinding, s, "bo", "an"), handed, k.keys["bo"], k.list[:1])
	told(t, err, "there are 1 custodians")
}

// What can't be sealed, and for whom.
func TestWhatIsRefused(t *testing.T) {
	k := newKeyring(t, "an", "bo")
	private := k.keys["an"][0].(*age.X25519Identity).String()
	for text, want := range map[string]string{private: "this is a private key", strings.ToLower(private): "this is a private key", "age1abc": "no public key of age", "": "no public key",
		k.list[0].Recipient[:60] + "qq": "no public key"} {
		_, err := ParseRecipient(text)
		told(t, err, want)
		if strings.Contains(err.Error(), private[20:]) {
			t.Error("the private key is told")
		}
	}
	_, err := Seal(aFinding, " ", k.list)
	told(t, err, "between 1 byte")
	_, err = Seal(aFinding, strings.Repeat("x", MaxIdentity+1), k.list)
	told(t, err, "64 KB")
	_, err = Seal(aFinding, strings.Repeat("x", MaxIdentity), k.list)
	must(t, err)
	_, err = Seal(aFinding, "x", k.list[:1])
	told(t, err, "there are 1 custodians")
	k.list[1].Recipient = k.list[0].Recipient
	_, err = Seal(aFinding, "x", k.list)
	told(t, err, "the same key")
	for _, text := range []string{"", "Wang, of the lake station", "-----BEGIN AGE ENCRYPTED FILE-----\nYWJj\n-----END AGE ENCRYPTED FILE-----\n", strings.Repeat("x", maxCipher+1)} {
		if err := encrypted(text, maxCipher); err == nil {
			t.Errorf("%.40q passes for encrypted", text)
		}
	}
	_, err = ParseKeys("age1x")
	told(t, err, "no private keys")
}
