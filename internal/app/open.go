package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/csvlog"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/eventio/ocel"
	"plumbline/internal/eventio/ocelsqlite"
	"plumbline/internal/eventio/parquetlog"
	"plumbline/internal/eventio/table"
	"plumbline/internal/eventio/xes"
	"plumbline/internal/eventio/xlsxlog"
	"plumbline/internal/logmap"
	"plumbline/internal/report"
)

// Source is what a log is read from, and how. Several files are one log, in
// the order given.
type Source struct {
	Files    []string
	Map      eventio.Mapping
	Mapping  *logmap.Mapping // names that the log's get; nil: they stay
	Wide     bool            // tables have a row a case
	Zone     *clock.Zone     // for times without offset; nil: UTC
	Schema   map[string]event.Kind
	Want     func(attr string) bool // which attributes to read; nil: all
	Origin   string                 // the source of events that name none
	SkipBad  int                    // how many bad rows may be set aside
	Hash     bool                   // the SHA-256 of the files is wanted, for whoever is shown what was read
	Progress func(file string, done, size int64)

	held bool // the mapping was held against the packs
}

// Read is a log that was read.
type Read struct {
	Log     *event.Log
	Files   []report.File
	Formats []Format         // of each file
	Bad     []eventio.BadRow // set aside, in the order of the files
	Lost    eventio.Lost     // what the files say that a log has no place for
	Noted   eventio.Lost     // what they say and may not mean
	Odd     []errs.Error     // what the mapping names and the log hasn't
}

// Open reads the files as one log. Errors have code errs.Input or errs.Limit
// and name the file and the place in it.
func Open(s Source) (*Read, error) {
	zone := s.Zone
	if zone == nil {
		utc, err := clock.LoadZone("UTC")
		if err != nil {
			return nil, fmt.Errorf("loading UTC: %w", err)
		}
		zone = utc
	}
	columns, err := s.columns()
	if err != nil {
		return nil, err
	}
	s.Map = columns
	o := event.Options{Zone: zone, Schema: s.Schema, Origin: s.Origin, Want: s.Want}
	if s.Mapping != nil {
		o.Rename = s.Mapping.Renaming
	}
	b := event.NewBuilder(o)
	bad := &eventio.Bad{Allowed: s.SkipBad}
	out := &Read{Lost: eventio.Lost{}, Noted: eventio.Lost{}}
	var sheet *table.Sheet
	for i, name := range s.Files {
		if i > 0 {
			b.NextFile()
		}
		file, format, err := s.read(name, b, bad, out, &sheet)
		if err != nil {
			return nil, err
		}
		out.Files, out.Formats = append(out.Files, file), append(out.Formats, format)
	}
	log, err := b.Finish()
	if err != nil {
		return nil, s.conflict(err)
	}
	out.Log, out.Bad = log, bad.Rows
	if s.Mapping != nil {
		if out.Odd, err = s.Mapping.Remarks(log); err != nil {
			return nil, err
		}
	}
	if log.Events() == 0 {
		return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: s.Files[0]}, What: errs.T("no event in the log", "日志中没有事件"),
			Next: errs.T("check that this is the file you mean", "请检查文件是否正确")}
	}
	return out, nil
}

// conflict puts an id that stands twice into words.
func (s Source) conflict(err error) error {
	c := (*event.ConflictError)(nil)
	if !errors.As(err, &c) {
		return err
	}
	place := errs.Place{File: strings.Join(s.Files, ", ")}
	if len(s.Files) == 1 {
		place.Row = int(c.Then) + 1
	}
	return &errs.Error{Code: errs.Input, Place: place, Err: err,
		What: errs.Tf("event id %[1]q stands twice with different content (events %[2]d and %[3]d of the log); expected one content for one id",
			"事件编号 %[1]q 出现两次且内容不同（日志中第 %[2]d 和第 %[3]d 个事件）；同一编号只应有一种内容", c.ID, c.First+1, c.Then+1),
		Next: errs.Tf("send a correction with \"corrects\": %q instead", "请改用更正事件（\"corrects\": %q）", c.ID)}
}

// read adds one file to the log.
func (s Source) read(name string, b *event.Builder, bad *eventio.Bad, out *Read, sheet **table.Sheet) (report.File, Format, error) {
	none := report.File{}
	info, err := os.Stat(name) // before it is opened: a pipe that nobody writes to would wait for ever
	if err != nil && name == "-" {
		return none, "", &errs.Error{Code: errs.Input, Place: errs.Place{File: name}, Err: err, What: errs.T("standard input isn't read; a log may be read more than once", "不从标准输入读取；日志可能需要读取多次"),
			Next: errs.T("write it to a file first", "请先写入文件")}
	}
	if err != nil {
		return none, "", cantRead(name, err)
	}
	if info.IsDir() {
		return none, "", &errs.Error{Code: errs.Input, Place: errs.Place{File: name}, What: errs.T("this is a folder; expected a log", "这是文件夹，应为日志文件"),
			Next: errs.T("name the files in it", "请列出其中的文件")}
	}
	if !info.Mode().IsRegular() {
		return none, "", &errs.Error{Code: errs.Input, Place: errs.Place{File: name}, What: errs.T("this is no file but a pipe or device; a log may be read more than once", "这不是文件而是管道或设备；日志可能需要读取多次"),
			Next: errs.T("write it to a file first", "请先写入文件")}
	}
	f, err := os.Open(name)
	if err != nil {
		return none, "", cantRead(name, err)
	}
	defer f.Close()
	format, gz, err := detect(name, f)
	if err != nil {
		return none, "", err
	}
	opt := eventio.Read{File: name, Map: s.Map, Bad: bad, Lost: out.Lost, Noted: out.Noted}
	if s.Progress != nil {
		opt.Progress = func(done int64) { s.Progress(name, done, info.Size()) }
	}
	before, err := f.Stat()
	if err != nil {
		return none, "", cantRead(name, err)
	}
	sum, err := s.readAs(format, gz, f, info.Size(), b, opt, sheet)
	if changed := unsteady(name, f, before); changed != nil && (err == nil || errs.CodeOf(err) == errs.Input) {
		return none, "", changed // which may be all that is wrong with it
	}
	if err != nil {
		return none, "", placed(name, err)
	}
	if s.Progress != nil {
		s.Progress(name, info.Size(), info.Size())
	}
	return report.File{Name: name, Size: info.Size(), SHA256: sum}, format, nil
}

// unsteady is the fault of a file that was written while it was read: what was read
// is then neither what it was nor what it is, and nobody may be judged by it.
func unsteady(name string, f *os.File, before os.FileInfo) error {
	after, err := f.Stat()
	if err != nil || after.Size() == before.Size() && after.ModTime().Equal(before.ModTime()) {
		return nil // whoever can't look has read it all the same
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: name}, What: errs.T("the file changed while it was read", "文件在读取过程中发生了变化"),
		Next: errs.T("wait until it is written, or copy it and read the copy", "请等它写完，或复制一份后读取副本")}
}

// readAs reads a file with the reader of its format; sum is the SHA-256 of its
// bytes, in hex, where that is wanted.
func (s Source) readAs(format Format, gz bool, f *os.File, size int64, b *event.Builder, opt eventio.Read, sheet **table.Sheet) (sum string, err error) {
	if err := s.checkMap(format, opt.File); err != nil {
		return "", err
	}
	if s.Wide && format != CSV && format != XLSX {
		return "", &errs.Error{Code: errs.Usage, Place: errs.Place{File: opt.File},
			What: errs.Tf("--wide is for tables (CSV, XLSX); this is %s", "--wide 只用于表格（CSV、XLSX），此文件是 %s", format)}
	}
	if binary(format) && gz {
		return "", mismatch(opt.File, format, "")
	}
	read := func() error {
		if binary(format) {
			return s.readBinary(format, f, size, b, opt, sheet)
		}
		return s.readText(format, gz, f, b, opt, sheet)
	}
	if !s.Hash {
		return "", read()
	}
	return eventio.Hashed(f, read)
}

// checkMap refuses a mapping that a format would read past: OCEL names
// its parts itself, and XES has no others than these. Tables, and JSON
// Lines as one, know their own.
func (s Source) checkMap(format Format, file string) error {
	parts := []string{"case", "type", "time", "actor", "unit", "recorded", "seq", "id"}
	for part := range s.Map {
		fault := &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}}
		switch format {
		case OCELJSON, OCELXML, OCELSQLite:
			fault.What = errs.Tf("--map says which column plays which part, and %s has none", "--map 指明各列的含义，而 %s 没有列", format)
			fault.Next = errs.T("leave it out", "请去掉它")
			return fault
		case XES:
			if !slices.Contains(parts, part) && !strings.HasPrefix(part, "object.") {
				fault.What = errs.Tf("--map: unknown part %q", "--map：未知的部分 %q", part)
				fault.Next = errs.DidYouMean(part, append(parts, "object.TYPE"))
				return fault
			}
		}
	}
	return nil
}

func (s Source) readText(format Format, gz bool, f *os.File, b *event.Builder, opt eventio.Read, sheet **table.Sheet) (err error) {
	var in io.Reader = f
	if gz && format != XES { // whose reader unpacks on a goroutine of its own
		z, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<20))
		if err != nil {
			return brokenGzip(opt.File, err)
		}
		in = unpacking{z, opt.File}
	}
	switch {
	case format == XES:
		return xes.Read(in, b, opt)
	case format == CSV && s.Wide:
		*sheet, err = csvlog.ReadWide(in, b, opt, *sheet)
		return err
	case format == CSV:
		return csvlog.Read(in, b, opt)
	case format == OCELJSON:
		return ocel.ReadJSON(in, b, opt)
	case format == OCELXML:
		return ocel.ReadXML(in, b, opt)
	}
	return jsonl.Read(in, b, opt)
}

func (s Source) readBinary(format Format, f *os.File, size int64, b *event.Builder, opt eventio.Read, sheet **table.Sheet) (err error) {
	switch {
	case format == XLSX && s.Wide:
		*sheet, err = xlsxlog.ReadWide(f, size, b, opt, *sheet)
		return err
	case format == XLSX:
		return xlsxlog.Read(f, size, b, opt)
	case format == OCELSQLite:
		return ocelsqlite.Read(opt.File, b, opt)
	}
	return parquetlog.Read(f, size, b, opt)
}

// unpacking gives what a gzip file holds, its faults in words.
type unpacking struct {
	z    *gzip.Reader
	file string
}

// Read is io.Reader's.
func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && err != io.EOF {
		err = brokenGzip(u.file, err)
	}
	return n, err
}

func brokenGzip(file string, err error) error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err,
		What: errs.T("the compressed file (gzip) ends early or is damaged", "压缩文件（gzip）不完整或已损坏"),
		Next: errs.T("copy it again from where it came, whole", "请从来源重新完整复制")}
}

// placed gives an error of the system the name of the file.
func placed(file string, err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	if list := (errs.List)(nil); errors.As(err, &list) {
		return err
	}
	return cantRead(file, err)
}
