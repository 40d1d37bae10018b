package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"plumbline/internal/errs"
)

func htmlPage(t *testing.T, d *Doc, lang errs.Lang) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, d, lang); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("REPORT_OUT"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "report-"+string(lang)+".html"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestHTML(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		htmlPage(t, d, lang)
	}
}
