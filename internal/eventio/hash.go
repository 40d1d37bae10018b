package eventio

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
)

// Hashed hashes a file while read reads it, on a goroutine of its own, as a
// reader's own goroutine is what the others wait for. sum is the SHA-256 of all
// its bytes, in hex; err is that of read, else that of hashing.
func Hashed(f io.ReaderAt, read func() error) (sum string, err error) {
	type result struct {
		sum string
		err error
	}
	done := make(chan result, 1)
	go func() {
		h := sha256.New()
		_, err := io.Copy(h, io.NewSectionReader(f, 0, math.MaxInt64))
		done <- result{hex.EncodeToString(h.Sum(nil)), err}
	}()
	err = read()
	r := <-done
	if err == nil {
		err = r.err
	}
	return r.sum, err
}
