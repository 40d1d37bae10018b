package logtest

import (
	"os"
	"path/filepath"
	"testing"

	"plumbline/internal/clock"
)

// Real is the path of a real log, in the folder that PLUMBLINE_LOGS names; ""
// where it names none, and what is left out is said. In CI it must be there.
func Real(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("PLUMBLINE_LOGS")
	if dir == "" {
		const why = "left out: %s; PLUMBLINE_LOGS names no folder with the real logs (docs/real-logs.md says where to get them)"
		if os.Getenv("CI") == "true" {
			t.Fatalf(why, name)
		}
		t.Logf(why, name)
		return ""
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; docs/real-logs.md says where to get it", err)
	}
	return path
}

// Zone is a time zone that there is.
func Zone(t testing.TB, name string) *clock.Zone {
	t.Helper()
	z, err := clock.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
