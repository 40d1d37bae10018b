package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
)

// The program itself, run by the scripts under testdata: a file a command.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plumbline": func() {
		os.Exit(Run(os.Args[1:], Env{Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Start: time.Now()}))
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LC_ALL", "")
			e.Setenv("LANG", "C")
			e.Setenv("GOGC", "400") // short lives need not collect what they drop
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits N COMMAND… runs a command and wants its exit status to be N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// Whatever help shows is there in both languages.
func TestHelpIsCompleteInBothLanguages(t *testing.T) {
	var commands root
	parser, err := kong.New(&commands, kong.NoDefaultHelp())
	if err != nil {
		t.Fatal(err)
	}
	said := func(what, en string, tag *kong.Tag) {
		if en == "" || tag.Get("zh") == "" {
			t.Errorf("%s: help %q, zh %q", what, en, tag.Get("zh"))
		}
		if strings.ContainsFunc(en, func(r rune) bool { return r > 0x2e7f }) {
			t.Errorf("%s: Chinese in the English help", what)
		}
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Command:
			said(n.Path(), n.Help, n.Tag)
		case *kong.Positional:
			said(n.Name, n.Help, n.Tag)
		case *kong.Flag:
			said("--"+n.Name, n.Help, n.Tag)
			if !n.IsBool() && n.PlaceHolder == "" {
				t.Errorf("--%s has no placeholder", n.Name)
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every complaint of the parser that a user can cause is there in Chinese.
func TestUsageIsSaidInChinese(t *testing.T) {
	for _, args := range [][]string{
		{"chek"}, {"check"}, {"check", "--formt", "x", "a"}, {"check", "--zzzzzzzz", "a"}, {"check", "--format", "pdf", "a"},
		{"check", "--skip-bad", "many", "a"}, {"check", "--rules"}, {"rules"}, {"rules", "explain", "r"}, {"version", "more"},
		{"log", "variants", "--top", "x", "a"}, {"completion", "tcsh"}, {"check", "--complete=perhaps", "a"},
		{"check", "--workers", "-1", "a"}, {"check", "-x"},
	} {
		var out, bad strings.Builder
		status := Run(append([]string{"--lang=zh"}, args...), Env{Out: &out, Err: &bad, Getenv: func(string) string { return "" }})
		if status != 2 || out.Len() > 0 || !strings.Contains(bad.String(), "--help 显示全部用法") || strings.Contains(bad.String(), "用法有误") ||
			strings.Contains(bad.String(), "perhaps ") || strings.Contains(bad.String(), "one of") {
			t.Errorf("%v: status %d, %s%s", args, status, out.String(), bad.String())
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		args, lcAll, lang, want string
	}{
		{"check", "", "", "en"}, {"check", "zh_CN.UTF-8", "en_US.UTF-8", "zh"}, {"check", "C", "zh_CN.UTF-8", "en"},
		{"check", "", "zh_CN.UTF-8", "zh"}, {"--lang zh check", "C", "", "zh"}, {"check --lang=en", "zh_CN", "", "en"}, {"check -- --lang=zh", "", "", "en"},
		{"check", "ours=zh", "", "zh"}, {"check --lang en", "ours=zh", "", "en"},
	} {
		env := map[string]string{"LC_ALL": c.lcAll, "LANG": c.lang}
		if strings.HasPrefix(c.lcAll, "ours=") {
			env = map[string]string{"PLUMBLINE_LANG": c.lcAll[5:], "LC_ALL": "C"}
		}
		if got := language(strings.Fields(c.args), func(k string) string { return env[k] }); string(got) != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestMapping(t *testing.T) {
	m, err := mapping([]string{"case=Case, number,type=Activity", "delimiter=;"})
	if err != nil || len(m) != 3 || m["case"] != "Case, number" || m["type"] != "Activity" || m["delimiter"] != ";" {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range [][]string{{"case"}, {"case=a", "case=b"}} {
		if _, err := mapping(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

// A terminal gets a progress bar, colour and lines of its width; a pipe, JSON
// and whoever asks for NO_COLOR don't.
func TestTerminal(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "fines.csv")
	if err := os.WriteFile(log, []byte("case,activity,time\n1,Create Fine,2010-03-06\n1,Send Fine,2010-03-07\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args             string
		terminal         bool
		width            int
		noColor          string
		bar, color, wide bool
	}{
		{"check", true, 70, "", true, true, false},
		{"check", true, 120, "", true, true, true},
		{"check", true, 120, "1", true, false, true},
		{"check", false, 0, "", false, false, true},
		{"check --format json", true, 120, "", false, false, true},
		{"version", true, 70, "", false, false, false},
	} {
		var out, side strings.Builder
		args := strings.Fields(c.args)
		if args[0] == "check" {
			args = append(args, log)
		}
		env := map[string]string{"NO_COLOR": c.noColor}
		if status := Run(args, Env{Out: &out, Err: &side, OutTerminal: c.terminal, ErrTerminal: c.terminal, Width: c.width,
			Getenv: func(k string) string { return env[k] }}); status != 0 {
			t.Fatalf("%s: %s", c.args, side.String())
		}
		if got := strings.Contains(side.String(), "reading"); got != c.bar {
			t.Errorf("%+v: bar %v", c, got)
		}
		if got := strings.Contains(out.String(), "\x1b["); got != c.color {
			t.Errorf("%+v: colour %v", c, got)
		}
		widest := 0
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSpace(line); !strings.Contains(line, dir) { // the log's own name isn't broken
				widest = max(widest, lipgloss.Width(line))
			}
		}
		if widest > 70 != c.wide && !strings.Contains(c.args, "json") {
			t.Errorf("%+v: lines of %d cells", c, widest)
		}
	}
}

// What other programs understand is understood.
func TestAsOtherProgramsHaveIt(t *testing.T) {
	for ours, theirs := range map[string][]string{"version": {"--version"}, "--help": {"help"}, "log convert --help": {"help", "log", "convert"}} {
		show := func(args []string) string {
			var out, bad strings.Builder
			if status := Run(args, Env{Out: &out, Err: &bad, Getenv: func(string) string { return "" }}); status != 0 {
				t.Errorf("%v: status %d: %s", args, status, bad.String())
			}
			return out.String()
		}
		if a, b := show(strings.Fields(ours)), show(theirs); a != b || a == "" {
			t.Errorf("%v shows %q; %s shows %q", theirs, b, ours, a)
		}
	}
}
