package fence

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "plumbline/"

// folder is one package of the product: its files, tests aside.
type folder struct {
	imports map[string]bool // ours, without the module's name
	comment string
	inits   []string // files with a func init
	cgo     []string // files that import "C"
}

// packages reads every package of the module. Folders that are a module of
// their own (bench) are not the product.
func packages(t *testing.T) map[string]*folder {
	t.Helper()
	root := os.DirFS("../..")
	out := map[string]*folder{}
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			_, err := fs.Stat(root, path.Join(name, "go.mod"))
			if name != "." && (err == nil || strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		return read(root, name, out)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(root fs.FS, name string, out map[string]*folder) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
	if err != nil {
		return err
	}
	p := out[path.Dir(name)]
	if p == nil {
		p = &folder{imports: map[string]bool{}}
		out[path.Dir(name)] = p
	}
	if file.Doc != nil {
		p.comment = max(p.comment, file.Doc.Text())
	}
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		if ours, ok := strings.CutPrefix(imported, module); ok {
			p.imports[ours] = true
		}
		if imported == "C" {
			p.cgo = append(p.cgo, name)
		}
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			p.inits = append(p.inits, name)
		}
	}
	return nil
}

// allowed reads fences.txt.
func allowed(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("fences.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		from, to, ok := strings.Cut(line, ":")
		if _, twice := out[from]; !ok || twice {
			t.Fatalf("fences.txt:%d: expected PACKAGE: IMPORTS…, each package once", i+1)
		}
		out[from] = strings.Fields(to)
	}
	return out
}

func TestImportsAreThoseOfTheList(t *testing.T) {
	found, list := packages(t), allowed(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		may, ok := list[name]
		if !ok {
			t.Errorf("package %s is not in fences.txt; add it on its floor", name)
		}
		for _, i := range slices.Sorted(maps.Keys(found[name].imports)) {
			if !slices.Contains(may, i) {
				t.Errorf("%s imports %s, which fences.txt does not allow", name, i)
			}
		}
		for _, i := range may {
			if !found[name].imports[i] {
				t.Errorf("fences.txt lets %s import %s, which it does not; take it out", name, i)
			}
		}
	}
	for name := range list {
		if found[name] == nil {
			t.Errorf("fences.txt names %s, and there is no such package", name)
		}
	}
}

func TestEveryPackageTellsItsStory(t *testing.T) {
	for name, p := range packages(t) {
		if len(p.comment) < 60 {
			t.Errorf("package %s has no comment that says what it is for", name)
		}
	}
}

func TestNothingHappensBeforeMain(t *testing.T) {
	for name, p := range packages(t) {
		for _, f := range p.inits {
			t.Errorf("%s: func init; package %s should be told what it needs instead", f, name)
		}
		for _, f := range p.cgo {
			t.Errorf("%s imports C; the product is built without cgo", f)
		}
	}
}

func TestNothingIsReplaced(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(mod), "\n") {
		if f := strings.Fields(line); len(f) > 0 && f[0] == "replace" {
			t.Errorf("go.mod:%d: replace; a build must use what it names", i+1)
		}
	}
}
