package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // RFC 6238's default, and what apps on phones know
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"plumbline/internal/clock"
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret makes the secret of a second factor.
func newSecret() string {
	var b [20]byte
	rand.Read(b[:]) // never fails: the program would end
	return base32Text.EncodeToString(b[:])
}

// SecretURL is what a phone's app reads from a square code.
func SecretURL(agency, account, secret string) string {
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + agency + ":" + account,
		RawQuery: url.Values{"secret": {secret}, "issuer": {agency}}.Encode()}).String()
}

// code is RFC 4226's of a counter, six digits.
func code(secret []byte, counter int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, counter) // a hash takes everything
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%1_000_000)
}

// period is how long a code holds (RFC 6238); the one before and the one after
// hold too, since phones' clocks differ.
const period = int64(30 * time.Second / time.Microsecond)

// checkCode says whether a code is right now and later than the last that was used.
func checkCode(secret, given string, now clock.Instant, last int64) (step int64, ok bool) {
	key, err := base32Text.DecodeString(secret)
	given = strings.Join(strings.Fields(given), "")
	if err != nil || len(given) != 6 {
		return 0, false
	}
	for s := int64(now)/period - 1; s <= int64(now)/period+1; s++ {
		if s > last && subtle.ConstantTimeCompare([]byte(code(key, s)), []byte(given)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}
