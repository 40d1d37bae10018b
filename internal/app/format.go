package app

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"plumbline/internal/errs"
)

// Format is a kind of log file.
type Format string

// The formats there are, named as a person calls them.
const (
	XES        Format = "XES"
	CSV        Format = "CSV"
	XLSX       Format = "XLSX"
	Parquet    Format = "Parquet"
	JSONLines  Format = "JSON"
	OCELJSON   Format = "OCEL 2.0 JSON"
	OCELXML    Format = "OCEL 2.0 XML"
	OCELSQLite Format = "OCEL 2.0 SQLite"
)

// endings are the endings of file names, the longer before those that they end
// in. A kind that two formats share is told apart by content.
var endings = []struct {
	ending string
	format []Format
}{
	{".ocel.json", []Format{OCELJSON}}, {".jsonocel", []Format{OCELJSON}},
	{".ocel.xml", []Format{OCELXML}}, {".xmlocel", []Format{OCELXML}},
	{".xes", []Format{XES}}, {".xml", []Format{XES, OCELXML}},
	{".csv", []Format{CSV}}, {".tsv", []Format{CSV}}, {".txt", []Format{CSV}},
	{".xlsx", []Format{XLSX}}, {".xlsm", []Format{XLSX}},
	{".parquet", []Format{Parquet}}, {".pq", []Format{Parquet}},
	{".jsonl", []Format{JSONLines}}, {".ndjson", []Format{JSONLines}}, {".json", []Format{JSONLines, OCELJSON}},
	{".sqlite", []Format{OCELSQLite}}, {".sqlite3", []Format{OCELSQLite}}, {".db", []Format{OCELSQLite}},
}

// byName are the formats that a file's name allows, nil where it says nothing.
func byName(file string) []Format {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(file)), ".gz")
	for _, e := range endings {
		if strings.HasSuffix(name, e.ending) {
			return e.format
		}
	}
	return nil
}

// endingOf is the ending that a file of a format usually has.
func endingOf(f Format) string {
	for _, e := range endings {
		if e.format[0] == f {
			return e.ending
		}
	}
	return ""
}

// sniffed is how much of a file is looked at to find its format.
const sniffed = 1 << 16

// detect finds a file's format by its name and its first bytes, which must
// agree. gz says that it is compressed.
func detect(name string, f *os.File) (format Format, gz bool, err error) {
	head := make([]byte, sniffed)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, cantRead(name, err)
	}
	head = head[:n]
	if n == 0 {
		return "", false, &errs.Error{Code: errs.Input, Place: errs.Place{File: name}, What: errs.T("the file is empty; expected a log", "文件为空，应为日志"),
			Next: errs.T("check that it was written or copied to its end", "请检查它是否已完整写出或复制")}
	}
	if gz = bytes.HasPrefix(head, []byte("\x1f\x8b")); gz {
		head = unpacked(head)
	}
	named, found := byName(name), byContent(head)
	switch {
	case named == nil && found == "":
		return CSV, gz, nil // text without a mark of its own; the reader says what it misses
	case named == nil:
		return found, gz, nil
	case found == "":
		if binary(named[0]) && !gz {
			return "", gz, mismatch(name, named[0], "")
		}
		return named[0], gz, nil
	}
	for _, f := range named {
		// what tells OCEL from other XML or JSON may stand far behind
		if f == found || f == OCELXML && found == XES && len(named) == 1 || f == OCELJSON && found == JSONLines && len(named) == 1 {
			return f, gz, nil
		}
	}
	return "", gz, mismatch(name, named[0], found)
}

// unpacked is the beginning of what a gzip file holds; less if it is broken,
// which its reader will tell.
func unpacked(head []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	out := make([]byte, sniffed)
	n, _ := io.ReadFull(z, out)
	return out[:n]
}

// byContent is the format that a file's first bytes show, "" where they show
// none.
func byContent(head []byte) Format {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return XLSX
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return OCELSQLite
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		for _, mark := range []string{"<object-types", "<event-types", "<ocel"} {
			if bytes.Contains(text, []byte(mark)) {
				return OCELXML
			}
		}
		return XES
	case bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")):
		for _, mark := range []string{`"objectTypes"`, `"eventTypes"`, `"events"`} {
			if bytes.Contains(text, []byte(mark)) {
				return OCELJSON
			}
		}
		return JSONLines
	}
	return ""
}

func binary(f Format) bool { return f == XLSX || f == Parquet || f == OCELSQLite }

// mismatch is the error for a file that is not what its name says.
func mismatch(file string, named, found Format) error {
	e := &errs.Error{Code: errs.Input, Place: errs.Place{File: file},
		What: errs.Tf("the name says %s, but this is not how such a file begins", "文件名表示 %s，但内容开头并不是这种文件", named),
		Next: errs.T("check that it was copied whole, or give it the ending of what it is", "请检查文件是否完整，或改用与内容相符的扩展名")}
	if found != "" {
		e.What = errs.Tf("the name says %s, but the content is %s", "文件名表示 %s，但内容是 %s", named, found)
		e.Next = errs.Tf("rename it to end in %s", "请把扩展名改为 %s", endingOf(found))
	}
	return e
}

func cantRead(file string, err error) error {
	why := errs.System(err)
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err,
		What: errs.T("can't be read: "+why.En, "无法读取："+why.Zh),
		Next: errs.T("check that the file is there and that you may read it", "请检查文件是否存在、是否有读取权限")}
}
