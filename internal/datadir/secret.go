package datadir

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken makes a source's token, and what is kept of it: its SHA-256. The
// prefix lets scanners for secrets find one that got away.
func NewToken() (token string, kept [32]byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program would end
	token = "plb_" + base64.RawURLEncoding.EncodeToString(b[:])
	return token, sha256.Sum256([]byte(token))
}
