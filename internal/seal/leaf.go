package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/clock"
)

// Hash is a SHA-256: of a node of a tree, or of a commitment.
type Hash = tlog.Hash

// Salt makes a commitment one from which nobody can guess what it is of. Without
// it nobody can show it either: erasing it erases what the log says.
type Salt [16]byte

// NewSalt is a random one.
func NewSalt() (s Salt) {
	rand.Read(s[:]) // never fails: the program would end
	return s
}

// Leaf is one thing that is sealed. Kind says what it is (segment, finding,
// note, source …), Ref which one; both and Body are committed to, and none of
// them is in the log.
type Leaf struct {
	Kind string
	Ref  string
	Body []byte
}

// EntrySize is the length of an entry of the log: its form and a commitment.
const EntrySize = 1 + sha256.Size

const entryForm = 1

// Entry is what the log holds of a leaf: of the hash of its body, when it was
// sealed, and its salt.
func Entry(salt Salt, at clock.Instant, kind, ref string, body Hash) []byte {
	h := sha256.New()
	h.Write([]byte("plumbline leaf 1\n"))
	h.Write(salt[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
	text(h, kind)
	text(h, ref)
	h.Write(body[:])
	return h.Sum(append(make([]byte, 0, EntrySize), entryForm))
}

// text puts a text behind its length, so that no two pairs of texts are alike.
func text(h hash.Hash, s string) {
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
	h.Write([]byte(s))
}

// BodyHash is the hash of a body, which is kept beside the record so that a leaf
// can be checked whose row has changed since.
func BodyHash(body []byte) Hash { return sha256.Sum256(body) }

// LeafHash is the hash of an entry in the tree.
func LeafHash(entry []byte) Hash { return tlog.RecordHash(entry) }
