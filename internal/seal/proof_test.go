package seal

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/errs"
)

const testOrigin = "log.example.org/plumbline"

func testKey(t testing.TB, name string) (note.Signer, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

// told wants an error that says this in English, and something else in Chinese.
func told(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v; want %q in it", err, want)
	} else if errs.In(err, errs.Zh) == err.Error() {
		t.Errorf("only in one language: %v", err)
	}
}

// logOf is a log of leaves with the proof of one of its events.
func logOf(t *testing.T) (*Proof, note.Signer, string) {
	t.Helper()
	signer, public := testKey(t, testOrigin)
	events, seeds := someEvents(20), NewSeeds(Wide)
	hashes, _ := EventLeaves(seeds, events, nil)
	root := Wide.Root(hashes)
	body := Batch{Segment: 1, Source: 2, Events: 20, Shape: Wide, Root: root[:]}.Body()
	var tree []Hash
	p := &Proof{Index: 3, Opening: Opening{Keys: []string{public}, Kind: "segment", Ref: "1", At: 9, Body: body}}
	for i := range 7 {
		salt := NewSalt()
		if i == 3 {
			p.Opening.Salt = salt[:]
		}
		tree = append(tree, LeafHash(Entry(salt, 9, "segment", "1", BodyHash(body))))
	}
	salts, _ := seeds.Salts(20)
	p.Opening.Event = &EventOpening{Text: string(AppendEvent(nil, &events[4])), Salt: salts[4][:], Index: 4}
	for _, h := range Wide.Path(hashes, 4) {
		p.Opening.Event.Path = append(p.Opening.Event.Path, h[:])
	}
	p.Path = Binary.Path(tree, 3)
	var err error
	if p.Checkpoint, err = Sign(&Checkpoint{testOrigin, 7, Binary.Root(tree), []Count{{"segment", 7}}}, signer); err != nil {
		t.Fatal(err)
	}
	return p, signer, public
}

func TestProof(t *testing.T) {
	p, _, public := logOf(t)
	text := p.Format()
	q, err := ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(q.Format(), text) {
		t.Error("what was read isn't what was written")
	}
	for _, keys := range [][]string{nil, {public}} {
		s, err := q.Check(keys, nil)
		if err != nil || s.Size != 7 || s.Keys[0] != public || s.Counts[0] != (Count{"segment", 7}) {
			t.Errorf("%+v, %v", s, err)
		}
	}
	_, other := testKey(t, testOrigin)
	_, err = q.Check([]string{other}, nil)
	told(t, err, "none of the keys that you trust has signed this checkpoint")
}

// An older checkpoint is held against that of a proof as far as that goes; none is passed
// over.
func TestProofAgainstOlder(t *testing.T) {
	p, signer, public := logOf(t)
	sign := func(origin string, size int64, root Hash, by note.Signer) []byte {
		msg, err := Sign(&Checkpoint{origin, size, root, nil}, by)
		if err != nil {
			t.Fatal(err)
		}
		return msg
	}
	head, err := p.Check(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := testKey(t, testOrigin)
	for name, c := range map[string]struct {
		older []byte
		code  errs.Code
		want  string
	}{
		"the same":       {p.Checkpoint, 0, ""},
		"without counts": {sign(testOrigin, 7, head.Root, signer), 0, ""},
		"another root":   {sign(testOrigin, 7, Hash{1}, signer), errs.Input, "there are two logs"},
		"smaller":        {sign(testOrigin, 3, head.Root, signer), errs.Usage, "verify the log, a copy of it or the record with --older"},
		"greater":        {sign(testOrigin, 9, head.Root, signer), errs.Usage, "verify the log, a copy of it or the record with --older"},
		"another key":    {sign(testOrigin, 7, head.Root, other), errs.Input, "older checkpoint: none of the keys"},
		"another log":    {sign("log.example.org/b", 7, head.Root, signer), errs.Input, "older checkpoint: this is a checkpoint of log.example.org/b"},
		"garbage":        {[]byte("garbage"), errs.Input, "older checkpoint: this is no checkpoint"},
		"nothing":        {nil, errs.Input, "older checkpoint: this is no checkpoint"},
		"a proof":        {p.Format(), errs.Input, "older checkpoint: "},
	} {
		for _, keys := range [][]string{nil, {public}} {
			err := p.CheckOlder(head, Trust{Keys: keys, Older: [][]byte{p.Checkpoint, c.older}})
			if c.want == "" && err == nil {
				continue
			}
			if told(t, err, c.want); errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Whatever is changed in a proof, it proves nothing any more.
func TestProofChanged(t *testing.T) {
	p, _, public := logOf(t)
	for name, spoil := range map[string]func(p *Proof){
		"index":       func(p *Proof) { p.Index++ },
		"path":        func(p *Proof) { p.Path[0][3] ^= 1 },
		"longer":      func(p *Proof) { p.Path = append(p.Path, Hash{}) },
		"shorter":     func(p *Proof) { p.Path = p.Path[1:] },
		"kind":        func(p *Proof) { p.Opening.Kind = "note" },
		"ref":         func(p *Proof) { p.Opening.Ref = "11" },
		"at":          func(p *Proof) { p.Opening.At++ },
		"salt":        func(p *Proof) { p.Opening.Salt[0] ^= 1 },
		"no salt":     func(p *Proof) { p.Opening.Salt = nil },
		"body":        func(p *Proof) { p.Opening.Body[5] ^= 1 },
		"event":       func(p *Proof) { p.Opening.Event.Text += " " },
		"event salt":  func(p *Proof) { p.Opening.Event.Salt[0] ^= 1 },
		"event index": func(p *Proof) { p.Opening.Event.Index-- },
		"event path":  func(p *Proof) { p.Opening.Event.Path[0][0] ^= 1 },
		"event hash":  func(p *Proof) { p.Opening.Event.Path[0] = nil },
		"checkpoint":  func(p *Proof) { p.Checkpoint[len(testOrigin)+1] = '9' },
		"signature":   func(p *Proof) { p.Checkpoint[len(p.Checkpoint)-9] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			q, err := ParseProof(p.Format())
			if err != nil {
				t.Fatal(err)
			}
			spoil(q)
			if _, err := q.Check([]string{public}, nil); err == nil {
				t.Error("it still proves something")
			}
		})
	}
}

func TestProofRefused(t *testing.T) {
	for _, text := range []string{"", "x\n\n", ProofHead + "\n\n", ProofHead + "\nextra !\nindex 1\n\n", ProofHead + "\nindex 01\n\n", ProofHead + "\nindex 1\nxyz\n\n"} {
		_, err := ParseProof([]byte(text))
		told(t, err, "this is no proof")
	}
}

func TestCheckpointRefused(t *testing.T) {
	root := tlog.Hash{}.String()
	for _, text := range []string{"", "a\n1\n", "\n1\n" + root + "\n", "a\n-1\n" + root + "\n", "a\n01\n" + root + "\n", "a\n1\nxx\n", "a\n1\n" + root + "\n\n", "a\n1\n" + root + "\ncount x\n"} {
		_, err := ParseCheckpoint(text)
		told(t, err, "this is no checkpoint")
	}
	if c, err := ParseCheckpoint("a\n1\n" + root + "\nsomething else\ncount note 3\n"); err != nil || len(c.Counts) != 1 {
		t.Error(c, err)
	}
}

// A cosignature is told with its time, beside the log's own; a false one in the
// name of a witness is an error.
func TestCosign(t *testing.T) {
	p, _, public := logOf(t)
	w, err := NewCosigner("witness.example.org/w1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCosigner(w.Secret() + "\n")
	if err != nil || again.Key() != w.Key() {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(p.Checkpoint), "\n\n")
	line := w.Cosign(text+"\n", time.Unix(1679315147, 0))
	s, err := Open(append(bytes.Clone(p.Checkpoint), line...), []string{public}, []string{w.Key()})
	if err != nil || len(s.Cosigned) != 1 || s.Cosigned[0].Key != w.Key() || s.Cosigned[0].At.Unix() != 1679315147 {
		t.Errorf("%+v, %v", s, err)
	}
	_, err = Open(append(bytes.Clone(p.Checkpoint), w.Cosign(text+"x\n", time.Now())...), []string{public}, []string{w.Key()})
	told(t, err, "the signature of witness.example.org/w1 is false")
	for _, key := range []string{"", "a+b+c", public, strings.Replace(w.Key(), "w1", "w2", 1)} {
		_, err := ParseWitness(key)
		told(t, err, "is no key of a witness")
	}
	_, err = ParseCosigner("x")
	told(t, err, "this is no key of a witness")
	_, err = NewCosigner("a b")
	told(t, err, "can't be a name of a key")
}

// The line of C2SP tlog-cosignature's example is read as its text says.
func TestCosignatureForm(t *testing.T) {
	const line = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
	if at := timeOf(note.Signature{Base64: line}); at.Unix() != 1679315147 {
		t.Errorf("its time is read as %v", at)
	}
}
