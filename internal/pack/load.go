package pack

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/rule"
	"plumbline/packs"
)

// Pack is a pack as it was found, and what linting it said.
type Pack struct {
	*rule.Pack
	Lint    rule.Lint
	BuiltIn bool
	Files   map[string]string // what it was read from: rules, vocabulary, calendars, by name
}

const (
	rulesFile      = "pack.yaml"
	vocabularyFile = "vocabulary.yaml"
)

// BuiltIn are the names of the packs that the program carries, sorted.
func BuiltIn() []string {
	entries, err := packs.Files.ReadDir(".")
	if err != nil {
		panic("pack: " + err.Error()) // the folder is part of the program
	}
	var out []string
	for _, e := range entries {
		if _, err := fs.Stat(packs.Files, path.Join(e.Name(), rulesFile)); err == nil {
			out = append(out, e.Name())
		}
	}
	return out
}

// Load finds the packs that one argument of --rules names: a built-in pack, a
// file, or a folder. Errors have code errs.Rules where a pack is at fault and
// errs.Usage where nothing is found; every fault of a pack is told at once.
func Load(name string) ([]*Pack, error) {
	if slices.Contains(BuiltIn(), name) {
		sub, err := fs.Sub(packs.Files, name)
		if err != nil {
			return nil, err
		}
		p, err := read(sub, rulesFile, path.Join("packs", name, rulesFile))
		if err != nil {
			return nil, err
		}
		p.BuiltIn = true
		return []*Pack{p}, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: name},
			What: errs.T("no built-in pack, file or folder of this name", "没有这个名称的内置规则包、文件或文件夹"),
			Next: errs.DidYouMean(name, BuiltIn())}
	case err != nil:
		return nil, unreadable(name, err)
	case info.IsDir():
		return loadFolder(name)
	}
	p, err := read(os.DirFS(filepath.Dir(name)), filepath.Base(name), name)
	if err != nil {
		return nil, err
	}
	return []*Pack{p}, nil
}

// loadFolder reads a folder that is a pack, or that holds packs.
func loadFolder(dir string) ([]*Pack, error) {
	at := func(p string) string { return filepath.Join(dir, filepath.FromSlash(p)) }
	if _, err := os.Stat(at(rulesFile)); err == nil {
		p, err := read(os.DirFS(dir), rulesFile, at(rulesFile))
		if err != nil {
			return nil, err
		}
		return []*Pack{p}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	var out []*Pack
	var faults errs.List
	take := func(fsys fs.FS, name, shown string) {
		p, err := read(fsys, name, shown)
		if err == nil {
			out = append(out, p)
			return
		}
		faults = append(faults, asList(err)...)
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() {
			if _, err := os.Stat(at(path.Join(name, rulesFile))); err == nil {
				take(os.DirFS(at(name)), rulesFile, at(path.Join(name, rulesFile)))
			}
			continue
		}
		if isYAML(name) && saysPack(at(name)) {
			take(os.DirFS(dir), name, at(name))
		}
	}
	switch {
	case faults != nil:
		return nil, faults
	case out == nil:
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir},
			What: errs.T("no pack in this folder; expected a pack.yaml in it or in its folders, or YAML files that begin with pack:", "文件夹中没有规则包；应在其中或其子文件夹中有 pack.yaml，或有以 pack: 开头的 YAML 文件"),
			Next: errs.Tf("the built-in packs are: %s", "内置规则包有：%s", strings.Join(BuiltIn(), ", "))}
	}
	return out, nil
}

// FromFiles reads a pack again from its [Pack.Files]; rules is the name of the
// file with its rules.
func FromFiles(files map[string]string, rules string) (*Pack, error) {
	return read(kept(files), rules, rules)
}

// kept is files as a file system that can only be read from.
type kept map[string]string

// Open is never asked for: whole files are read.
func (k kept) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile gives a file whole (fs.ReadFileFS).
func (k kept) ReadFile(name string) ([]byte, error) {
	text, ok := k[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

// noting remembers what was read.
type noting struct {
	fs.FS
	files map[string]string
}

// ReadFile reads a file and remembers it (fs.ReadFileFS).
func (n noting) ReadFile(name string) ([]byte, error) {
	text, err := fs.ReadFile(n.FS, name)
	if err == nil {
		n.files[name] = string(text)
	}
	return text, err
}

// read reads one pack and what lies beside it; shown is its name in messages.
func read(dir fs.FS, name, shown string) (*Pack, error) {
	fsys := noting{dir, map[string]string{}}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, unreadable(shown, err)
	}
	beside := func(name string) string { return filepath.Join(filepath.Dir(shown), name) }
	var words *rule.Vocabulary
	if text, err := fs.ReadFile(fsys, vocabularyFile); err == nil {
		if words, err = rule.ParseVocabulary(beside(vocabularyFile), text); err != nil {
			return nil, err
		}
	}
	find := func(calendar string) (*clock.Calendar, error) {
		for _, ending := range []string{".yaml", ".yml"} {
			if calendar+ending == filepath.Base(name) {
				continue // the pack itself, which may be called as a calendar is
			}
			text, err := fs.ReadFile(fsys, calendar+ending)
			if err == nil {
				return clock.ParseCalendar(beside(calendar+ending), text)
			}
		}
		return nil, nil
	}
	p, lint, err := rule.ParseWith(shown, src, find, words)
	if err != nil {
		return nil, err
	}
	if named := p.NamedLiterals(); named != nil {
		return nil, named
	}
	return &Pack{Pack: p, Lint: lint, Files: fsys.files}, nil
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// saysPack says whether a YAML file is a pack, by a line that begins with
// pack: as only a pack has one; calendars and vocabularies lie beside packs.
func saysPack(file string) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return true // reading it again says what is wrong
	}
	return strings.HasPrefix(string(text), "pack:") || strings.Contains(string(text), "\npack:")
}

func unreadable(file string, err error) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, Err: err,
		What: errs.Tf("can't be read: %v", "无法读取：%v", reason(err)),
		Next: errs.T("check that the file is there and that you may read it", "请检查文件是否存在、是否有读取权限")}
}

// reason is what the system says of a file, without naming the file again.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

func asList(err error) errs.List {
	if list := (errs.List)(nil); errors.As(err, &list) {
		return list
	}
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return errs.List{e}
	}
	return errs.List{{Code: errs.Rules, What: errs.T(err.Error(), err.Error()), Err: err}}
}
