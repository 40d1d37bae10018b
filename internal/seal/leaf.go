package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/clock"
)

// Hash is a SHA-256: of a node of a tree, or of a commitment.
type Hash = tlog.Hash

// Salt makes a commitment one from which nobody can guess what it is of. Without
// it nobody can show it either: erasing it erases what the log says.
type Salt [16]byte

// NewSalts are n new ones.
func NewSalts(n int) []Salt {
	all := make([]byte, n*len(Salt{}))
	rand.Read(all) // never fails, as in NewSalt
	salts := make([]Salt, n)
	for i := range salts {
		salts[i] = Salt(all[i*len(Salt{}):])
	}
	return salts
}

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
	b := append(make([]byte, 0, 256), "plumbline leaf 1\n"...)
	b = append(b, salt[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = appendText(appendText(b, kind), ref)
	sum := sha256.Sum256(append(b, body[:]...))
	return append(append(make([]byte, 0, EntrySize), entryForm), sum[:]...)
}

// appendText puts a text behind its length, so that no two pairs of texts are alike.
func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// BodyHash is the hash of a body, which is kept beside the record so that a leaf
// can be checked whose row has changed since.
func BodyHash(body []byte) Hash { return sha256.Sum256(body) }

// LeafHash is the hash of an entry in the tree.
func LeafHash(entry []byte) Hash {
	return sha256.Sum256(append(append(make([]byte, 0, 1+EntrySize), 0), entry...)) // as RFC 6962 hashes a leaf
}

// nodeHash is the hash of a node over two others, as RFC 6962 has it. tlog.NodeHash,
// which is the same, makes a state of SHA-256 for each.
func nodeHash(left, right *Hash) Hash {
	var b [1 + 2*hashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+hashSize:], right[:])
	return sha256.Sum256(b[:])
}
