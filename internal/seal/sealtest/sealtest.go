// Package sealtest makes logs for tests of what is done with proofs: a key, checkpoints of
// any size, whether there is such a tree or not, and a log of one leaf with its proof.
package sealtest

import (
	"testing"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// Log signs checkpoints of a log.
type Log struct {
	Public string // its key
	t      testing.TB
	signer note.Signer
}

// New makes a log with a key of its own.
func New(t testing.TB) *Log {
	t.Helper()
	secret, public, err := seal.NewKey("agency.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, _, err := seal.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &Log{public, t, signer}
}

// Sign gives a checkpoint of so many leaves, whether there is such a tree or not.
func (l *Log) Sign(size int64, root seal.Hash) []byte {
	l.t.Helper()
	msg, err := seal.Sign(&seal.Checkpoint{Origin: l.signer.Name(), Size: size, Root: root}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return msg
}

// Finding is a proof of a finding that is the only leaf of the log, and its entry.
func (l *Log) Finding(ref string, at clock.Instant, body string) (p *seal.Proof, entry []byte) {
	l.t.Helper()
	salt := seal.NewSalt()
	entry = seal.Entry(salt, at, "finding", ref, seal.BodyHash([]byte(body)))
	return &seal.Proof{Checkpoint: l.Sign(1, seal.LeafHash(entry)),
		Opening: seal.Opening{Keys: []string{l.Public}, Kind: "finding", Ref: ref, At: at, Salt: salt[:], Body: []byte(body)}}, entry
}
