package app

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"plumbline/internal/errs"
	"plumbline/internal/export/xlsx"
	"plumbline/internal/report"
)

// BreachEndings are the endings of the files that violations can be written to.
var BreachEndings = []string{".jsonl", ".csv", ".xlsx", ".parquet"}

// WriteBreaches writes every violation, explained, in the format that a file's
// name ends in.
func WriteBreaches(w io.Writer, d *report.Doc, file string, lang errs.Lang) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".jsonl":
		return report.BreachesJSONL(w, d, lang)
	case ".csv":
		return report.CSV(w, d.BreachTable(lang))
	case ".xlsx":
		return xlsx.Breaches(w, d, lang)
	case ".parquet":
		return breachesParquet(w, d, lang)
	}
	return fmt.Errorf("no writer of violations for %s", file)
}

// breachesParquet writes a row a violation, in row groups that bound memory.
func breachesParquet(w io.Writer, d *report.Doc, lang errs.Lang) error {
	const group = 1 << 14
	out := parquet.NewGenericWriter[report.Breach](w, parquet.Compression(&zstd.Codec{}))
	rows := make([]report.Breach, 0, 256)
	written := 0
	flush := func() error {
		if _, err := out.Write(rows); err != nil {
			return err
		}
		written += len(rows)
		rows = rows[:0]
		if written >= group {
			written = 0
			return out.Flush()
		}
		return nil
	}
	for b := range d.Breaches(lang) {
		if rows = append(rows, b); len(rows) == cap(rows) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return out.Close()
}

// WriteWorkbook writes the workbook of a check.
func WriteWorkbook(w io.Writer, d *report.Doc, lang errs.Lang) error { return xlsx.Check(w, d, lang) }
