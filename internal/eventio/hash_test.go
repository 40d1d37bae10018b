package eventio_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"plumbline/internal/eventio"
)

// A file is hashed whole while it is read in part, and an error of the reader
// is the error.
func TestHashed(t *testing.T) {
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, B.1
	f := strings.NewReader("abc")
	var first [1]byte
	sum, err := eventio.Hashed(f, func() error { _, err := io.ReadFull(f, first[:]); return err })
	if sum != abc || err != nil || first[0] != 'a' {
		t.Errorf("%s, %v, read %q", sum, err, first)
	}
	broken := errors.New("broken")
	if _, err := eventio.Hashed(f, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v, want the reader's error", err)
	}
}
