package monitor_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory that is there be used: a quarter of the time of these tests
// went into collecting what they dropped. Benchmarks are left as they are.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
