package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/xes"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// mostHTML is how large the report of thirteen years of fines under the whole
// pack may be, so that it can be mailed.
const mostHTML = 400_000

// The report of a real log of 561,470 events can be mailed, fits the terminal,
// and says the same in both languages.
func TestRealLog(t *testing.T) {
	dir := os.Getenv("PLUMBLINE_LOGS")
	if dir == "" {
		t.Log("left out: the report of the log of fines; set PLUMBLINE_LOGS to the folder of real logs (docs/real-logs.md says where to get them)")
		return
	}
	d := fines2000(t, filepath.Join(dir, "road-traffic-fines.xes.gz"))
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		src, root := htmlPage(t, d, lang)
		if len(src) > mostHTML {
			t.Errorf("%s: the report has %d bytes, more than %d", lang, len(src), mostHTML)
		}
		if n := len(root.find("section", "class", "panel rule")); n != len(d.Result.Rules) {
			t.Errorf("%s: %d sections for %d rules", lang, n, len(d.Result.Rules))
		}
		var b bytes.Buffer
		if err := Text(&b, d, TextOptions{Lang: lang, Width: 100}); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if cells(line) > 100 {
				t.Errorf("%s: a line of %d cells: %s", lang, cells(line), line)
			}
		}
		if !strings.Contains(b.String(), "561,470") || !strings.Contains(b.String(), "150,370") {
			t.Errorf("%s: the text doesn't say how many events and cases there are", lang)
		}
	}
}

func fines2000(t *testing.T, path string) *Doc {
	t.Helper()
	src, err := os.ReadFile("../../packs/it-traffic-fines/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pack, lint, err := rule.Parse("pack.yaml", src)
	if err != nil {
		t.Fatal(errs.In(err, errs.En))
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := event.NewBuilder(event.Options{Zone: pack.Log.Zone, Schema: pack.Log.Attributes})
	if err := xes.Read(f, b, eventio.Read{File: path}); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, pack.Rules, monitor.Options{Keep: monitor.KeepAll, Months: true})
	if err != nil {
		t.Fatal(err)
	}
	return &Doc{Result: res, Explain: Engine(res), Lints: lint, Version: "0.1.0", Files: []File{{Name: filepath.Base(path), SHA256: strings.Repeat("5f", 32)}}}
}
