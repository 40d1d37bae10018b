package eventio

import (
	"strconv"
	"testing"
)

func TestRounded(t *testing.T) {
	for digits, want := range map[string]bool{
		"0": false, "-17": false, "9007199254740991": false, "9007199254740992": false, "9007199254740993": true, "-9007199254740993": true,
		"0009007199254740992": false, "+9007199254740993": true, "20260100000000000017": true, "1152921504606846976": false,
		"9007199254740993.0": false, "1e300": false, "1" + "000000000000000000000000000000": false,
	} {
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := Rounded(f, digits); got != want {
			t.Errorf("%s: %v, want %v", digits, got, want)
		}
	}
}
