package errs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var verb = regexp.MustCompile(`%(?:%|[-+# 0-9.*]*(\[\d+\])?[-+# 0-9.*]*[a-zA-Z])`)

// A sentence that takes fewer values than it is given, or more, shows fmt's
// complaint to the user, and vet sees only the second of the two. One that
// leaves a value out on purpose says so by numbering its verbs.
func TestBothSentencesTakeTheValuesGiven(t *testing.T) {
	calls := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !saysTwice(call) {
				return true
			}
			calls++
			for _, arg := range call.Args[:2] {
				if format, ok := literal(arg); ok && !takes(format, len(call.Args)-2) {
					t.Errorf("%s: %q is given %d values", fset.Position(arg.Pos()), format, len(call.Args)-2)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 100 {
		t.Errorf("only %d calls seen", calls)
	}
}

// saysTwice says whether a call makes a sentence in both languages of values:
// errs.Tf, or say of the command line, which without values formats nothing.
func saysTwice(call *ast.CallExpr) bool {
	if call.Ellipsis != token.NoPos {
		return false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	return name == "Tf" && len(call.Args) >= 2 || name == "say" && len(call.Args) > 2
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

func takes(format string, values int) bool {
	plain := 0
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		switch {
		case m[0] == "%%":
		case m[1] != "":
			return true // numbered: it chooses
		default:
			plain++
		}
	}
	return plain == values
}
