package rule

import (
	"flag"
	"os"
	"strings"
	"testing"

	"plumbline/internal/errs"
)

var update = flag.Bool("update", false, "write what is said into testdata/errors.txt")

// TestErrors reads testdata/errors.txt: what is wrong, and what a user sees of
// it in English and Chinese. A case begins with "=== what it is about"; then
// comes a whole pack ("pack: …" in it), the rules of one ("- …"), or what
// one rule says; after ">>>" stands what is said of it. Look at each message
// after go test -run TestErrors -update.
func TestErrors(t *testing.T) {
	const file = "testdata/errors.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	head, rest, _ := strings.Cut(string(text), "=== ")
	out.WriteString(head)
	for part := range strings.SplitSeq(rest, "\n=== ") {
		title, body, _ := strings.Cut(part, "\n")
		src, want, _ := strings.Cut(body+"\n", "\n>>>\n")
		got := said(src)
		if got != strings.TrimRight(want, "\n") && !*update {
			t.Errorf("%s:\n%s\nwant:\n%s", title, got, want)
		}
		out.WriteString("=== " + title + "\n" + src + "\n>>>\n" + got + "\n\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// said is everything that is said of a text of rules, in both languages.
func said(src string) string {
	src = strings.ReplaceAll(src, "<TAB>", "\t")
	switch {
	case strings.Contains(src, "pack:") || strings.HasPrefix(src, "{"):
	case strings.HasPrefix(src, "- "):
		src = header + "rules:\n" + src + "\n"
	default:
		src = packOf(src)
	}
	_, lint, err := Parse("r.yaml", []byte(src))
	var b strings.Builder
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		if err != nil {
			b.WriteString(errs.In(err, lang) + "\n")
		}
		for _, w := range lint {
			b.WriteString("warning: " + w.In(lang) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
