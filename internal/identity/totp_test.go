package identity

import (
	"encoding/base32"
	"testing"

	"plumbline/internal/clock"
)

// The vectors of RFC 6238, appendix B, of SHA-1, in their last six digits.
func TestCodes(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for _, v := range []struct {
		seconds int64
		code    string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}} {
		now := clock.Instant(v.seconds * 1_000_000)
		step, ok := checkCode(secret, v.code[:3]+" "+v.code[3:], now, 0)
		if !ok || step != v.seconds/30 {
			t.Errorf("%d: %s is wrong", v.seconds, v.code)
		}
		if _, ok := checkCode(secret, v.code, now, step); ok {
			t.Errorf("%d: %s counts twice", v.seconds, v.code)
		}
		if _, ok := checkCode(secret, v.code, now+30_000_000, 0); !ok {
			t.Errorf("%d: %s doesn't hold on a clock half a minute ahead", v.seconds, v.code)
		}
		if _, ok := checkCode(secret, v.code, now+90_000_000, 0); ok {
			t.Errorf("%d: %s holds for ever", v.seconds, v.code)
		}
	}
}

// A throttle lets some tries through, then makes each wait longer, and holds no
// more names than it may.
func TestThrottle(t *testing.T) {
	const second clock.Instant = 1_000_000
	th, now := newThrottle(accountTries), clock.Instant(0)
	var waits []clock.Instant
	for range 18 {
		if until := th.try("x", now); until != 0 {
			t.Fatalf("at %d it waits until %d", now, until)
		}
		e := th.at["x"].Value.(*counted)
		if until := e.until; until > now && th.try("x", until-1) != until {
			t.Error("a try counts before its time")
		}
		waits = append(waits, (e.until-now)/second)
		now = e.until
	}
	want := []clock.Instant{0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900}
	for i := range want {
		if waits[i] != want[i] {
			t.Fatalf("waits of %v s; want %v", waits, want)
		}
	}
	for i := range 3 * mostCounted {
		th.try(string(rune(i)), now)
	}
	if len(th.at) > mostCounted || th.order.Len() != len(th.at) {
		t.Errorf("%d names, %d in order", len(th.at), th.order.Len())
	}
	th.try("y", now)
	th.takeBack("y", 0)
	if th.at["y"] != nil {
		t.Error("it isn't forgotten")
	}
	for address, want := range map[string]string{"10.1.2.3": "10.1.2.3", "::ffff:10.1.2.3": "::ffff:10.1.2.3", "2001:db8::1:2:3": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "x": "x"} {
		if got := network(address); got != want {
			t.Errorf("%s is of %s; want %s", address, got, want)
		}
	}
}

// CodeOf is the code of a secret at an instant, as a phone shows it.
func CodeOf(secret string, at clock.Instant) string {
	key, err := base32Text.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	return code(key, int64(at)/period)
}
