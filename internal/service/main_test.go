package service

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory that is there be used: a quarter of the time of these tests
// went into collecting what they dropped.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
