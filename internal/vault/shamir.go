package vault

import (
	"crypto/rand"

	"plumbline/internal/errs"
)

// Shamir's way of sharing a secret, with two of n: each byte of it is where a straight
// line over GF(2⁸) meets 0, and each share is another point of that line. Two points
// give the line; through one goes a line to every secret, and each is as likely.

// point is a share of a secret: for each of its bytes, where the line is at x.
type point struct {
	x byte // never 0, where the secret is
	y []byte
}

// split gives n points, at most 255, any two of which give the secret.
func split(secret []byte, n int) []point {
	slopes := make([]byte, len(secret))
	rand.Read(slopes) // never fails: the program would end
	return along(secret, slopes, n)
}

// along are the first n points of lines with these slopes.
func along(secret, slopes []byte, n int) []point {
	out := make([]point, n)
	for i := range out {
		x := byte(i + 1)
		y := make([]byte, len(secret))
		for j := range y {
			y[j] = secret[j] ^ times(slopes[j], x)
		}
		out[i] = point{x, y}
	}
	return out
}

// join is the secret that two points give. Whether they are of one secret it can't say.
func join(a, b point) ([]byte, error) {
	if a.x == b.x || a.x == 0 || b.x == 0 || len(a.y) != len(b.y) {
		return nil, bad(errs.T("the two shares can't be put together: they are one and the same, or of different secrets", "两份份额无法合并：属同一份额，或不属于同一密钥"),
			errs.T("give the shares of two custodians of the same identity", "请提供两名保管人对同一密封身份的份额"))
	}
	secret := make([]byte, len(a.y))
	over := inverse(a.x ^ b.x)
	for i := range secret {
		secret[i] = times(times(a.y[i], b.x)^times(b.y[i], a.x), over)
	}
	return secret, nil
}

// times multiplies in GF(2⁸) as AES has it (x⁸+x⁴+x³+x+1), with no table and no branch
// that would tell by its time what was multiplied.
func times(a, b byte) (product byte) {
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse is a to the power of 254, by which a times it is 1; of 0 it is 0.
func inverse(a byte) byte {
	out := byte(1)
	for range 7 { // 254 is 2+4+…+128
		a = times(a, a)
		out = times(out, a)
	}
	return out
}
