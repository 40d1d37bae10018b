package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// What the READMEs under examples/ tell a reader to run, run on copies of the
// folders themselves: an example that no longer does what it says is worse than
// none.
func TestExamples(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/examples",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LC_ALL", "")
			e.Setenv("LANG", "C")
			return os.CopyFS(e.WorkDir, os.DirFS(filepath.Join("..", "..", "examples")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}
