package monitor

import (
	"testing"
	"unsafe"
)

// TestOpenActivationIsSmall: what an open activation costs where nothing moves
// its deadline, and what a short live trace costs an event.
func TestOpenActivationIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(act{}); n > 56 {
		t.Errorf("an open activation is %d bytes, at most 56 wanted", n)
	}
	if n := unsafe.Sizeof(rec{}); n > 16 {
		t.Errorf("an event in a live trace is %d bytes, at most 16 wanted", n)
	}
	if n := unsafe.Sizeof(trace{}); n > 64 {
		t.Errorf("a live trace is %d bytes beside its events, at most 64 wanted", n)
	}
}
