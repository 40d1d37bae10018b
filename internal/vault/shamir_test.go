package vault

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// The field: what AES's own examples say, and that everything but 0 has an inverse.
func TestTheField(t *testing.T) {
	for _, c := range []struct{ a, b, is byte }{{0x57, 0x83, 0xc1}, {0x57, 0x13, 0xfe}, {0x53, 0xca, 1}, {0, 7, 0}, {1, 200, 200}} { // FIPS 197, §4.2
		if times(c.a, c.b) != c.is || times(c.b, c.a) != c.is {
			t.Errorf("%x · %x = %x; want %x", c.a, c.b, times(c.a, c.b), c.is)
		}
	}
	for a := 1; a < 256; a++ {
		if times(byte(a), inverse(byte(a))) != 1 {
			t.Errorf("%x has no inverse", a)
		}
	}
}

// Any two of n give the secret back, in whatever order.
func TestAnyTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "secret")
		n := rapid.IntRange(2, 255).Draw(t, "n")
		points := split(secret, n)
		i := rapid.IntRange(0, n-1).Draw(t, "one")
		j := rapid.IntRange(0, n-2).Draw(t, "other")
		if j >= i {
			j++
		}
		got, err := join(points[i], points[j])
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("%x and %x give %x, %v; want %x", points[i], points[j], got, err, secret)
		}
		if _, err := join(points[i], points[i]); err == nil {
			t.Fatal("one share opened with itself")
		}
	})
}

// One share says nothing: for each x, whatever the share's byte and whatever the
// secret's, exactly one of the 256 slopes leads from one to the other; so, slopes
// being equally likely, are all secrets.
func TestOneTellsNothing(t *testing.T) {
	for _, x := range []int{1, 2, 3, 100, 255} {
		for secret := range 256 {
			seen := [256]int{}
			for slope := range 256 {
				seen[along([]byte{byte(secret)}, []byte{byte(slope)}, x)[x-1].y[0]]++
			}
			for y, n := range seen {
				if n != 1 {
					t.Fatalf("share %d at %d comes from the secret %d by %d slopes", y, x, secret, n)
				}
			}
		}
	}
}
