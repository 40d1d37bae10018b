package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/csvlog"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/eventio/ocel"
	"plumbline/internal/eventio/parquetlog"
	"plumbline/internal/eventio/xes"
)

// logEndings are the endings of the files that a log can be written to; .gz
// may follow those of text.
var logEndings = []string{".xes", ".xes.gz", ".csv", ".parquet", ".jsonl", ".ocel.json", ".jsonocel"}

// WriteLog writes a log in the format that a file's name ends in; per is the
// object type that XES makes its traces of, "" for the usual one. Lost is what
// the format could not hold.
func WriteLog(w io.Writer, l *event.Log, file, per string) (lost eventio.Lost, err error) {
	format, gz, err := CanWrite(file)
	if err != nil {
		return nil, err
	}
	if gz {
		z := gzip.NewWriter(w)
		defer func() {
			if closing := z.Close(); err == nil {
				err = closing
			}
		}()
		w = z
	}
	switch format {
	case XES:
		if per != "" {
			return xes.WriteBy(w, l, per)
		}
		return xes.Write(w, l)
	case CSV:
		return csvlog.Write(w, l)
	case Parquet:
		return parquetlog.Write(w, l)
	case JSONLines:
		return jsonl.Write(w, l)
	case OCELJSON:
		return ocel.WriteJSON(w, l)
	}
	return nil, fmt.Errorf("no writer for %s", format)
}

// CanWrite is the format that a file of this name would be written in.
func CanWrite(file string) (format Format, gz bool, err error) {
	gz = strings.HasSuffix(strings.ToLower(file), ".gz")
	if formats := byName(file); formats != nil && !strings.HasSuffix(strings.ToLower(strings.TrimSuffix(file, ".gz")), ".tsv") {
		switch f := formats[0]; f {
		case XES, CSV, JSONLines, OCELJSON:
			return f, gz, nil
		case Parquet:
			if !gz {
				return f, false, nil
			}
		}
	}
	return "", false, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("no log can be written under this ending", "不能按此扩展名写日志"),
		Next: errs.Tf("end it in one of %s", "请用以下扩展名之一：%s", strings.Join(logEndings, ", "))}
}
