package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/seal"
	"plumbline/internal/seal/sealtest"
)

// Of what was looked at alone something is said, and what a proof holds forges no line.
func TestVerifySaysWhatItChecked(t *testing.T) {
	l := sealtest.New(t)
	dir := t.TempDir()
	put := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	p, _ := l.Finding("f1\ncosigned\tby everybody\x1b[2J", 9, "{\n\"a\":1}")
	file := put("p.tlog-proof", p.Format())
	for name, c := range map[string]struct {
		older  []byte
		status int
		says   string
	}{"same": {p.Checkpoint, 0, "older\t1 checkpoints given before, of the same size, have the same root\n"}, "fork": {l.Sign(1, seal.Hash{}), 3, ""}, "longer": {l.Sign(2, seal.Hash{}), 2, ""}, "garbage": {[]byte("garbage"), 3, ""}} {
		var out, said bytes.Buffer
		status := Run([]string{"verify", file, "--older", put(name, c.older)}, Env{Out: &out, Err: &said, Getenv: func(string) string { return "" }, Start: time.Now()})
		if status != c.status || !strings.Contains(out.String(), c.says) || c.status != 0 && out.Len() > 0 {
			t.Errorf("%s: %d %s%s", name, status, &out, &said)
		}
		if strings.Contains(out.String(), "\ncosigned\tby everybody") || strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\n\"a\"") {
			t.Errorf("the proof forges a line: %s", &out)
		}
	}
}
