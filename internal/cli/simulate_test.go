package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A log of a hundred thousand lines isn't poured over a terminal unasked.
func TestSimulateSparesTheTerminal(t *testing.T) {
	terminal := func(args ...string) (status int, out, said string) {
		var o, e bytes.Buffer
		status = Run(append([]string{"simulate", "--cases", "2", "--days", "10"}, args...),
			Env{Out: &o, Err: &e, OutTerminal: true, Getenv: func(string) string { return "" }, Start: time.Now()})
		return status, o.String(), e.String()
	}
	if status, out, said := terminal(); status != 2 || out != "" || !strings.Contains(said, "--out DIR") {
		t.Errorf("status %d, %d bytes, %q", status, len(out), said)
	}
	if status, out, said := terminal("--out", "-"); status != 0 || !strings.HasPrefix(out, `{"id":`) {
		t.Errorf("status %d, %.40q, %q", status, out, said)
	}
}
