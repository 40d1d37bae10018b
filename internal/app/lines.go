package app

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/pack"
)

// Lines gives the events of files as JSON, a line an event, to visit, which
// mustn't keep it. Each has an id and a place, so that sending it again is a
// repetition: what had none gets the one from its content, and its position.
//
// What is JSON already is read an event at a time and keeps its corrections and
// voidings; other formats, and JSON under a mapping, are read as a log first. In
// a log without packs, which say the zone, a time without offset is an error
// where s.Zone isn't given: a service would take it for something that happened
// at another time.
func Lines(s Source, packs []*pack.Pack, visit func(line []byte) error) (*Read, error) {
	local := func() bool { return false }
	zone := s.Zone
	switch {
	case zone == nil && len(packs) > 0 && len(zonesOf(packs)) == 1:
		zone = zonesOf(packs)[0]
	case zone == nil:
		utc, err := clock.LoadZone("UTC")
		if err != nil {
			return nil, err
		}
		zone, local = utc.Watched()
	}
	l := &lines{zone: zone, local: local, visit: visit, origin: s.Origin, bad: &eventio.Bad{Allowed: s.SkipBad}, lost: eventio.Lost{}}
	if s.Mapping == nil && len(s.Map) == 0 {
		if all, err := allJSON(s.Files); err != nil || all {
			if err == nil {
				err = l.files(s)
			}
			return &Read{Bad: l.bad.Rows, Lost: l.lost}, err
		}
	}
	if len(packs) == 0 {
		s.Zone = zone
	}
	read, err := OpenTyped(s, packs)
	if err != nil {
		return nil, err
	}
	if local() {
		return nil, noZone(s.Files[0])
	}
	l.lost = read.Lost
	return read, l.log(read.Log)
}

func noZone(file string) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("the log has times without offset", "日志的时间没有时差"),
		Next: errs.T("say where its clock stood, as --zone Asia/Shanghai, or name the packs that say it: --rules PACK", "请说明日志所用时区，如 --zone Asia/Shanghai，或用 --rules 指定规则包")}
}

// allJSON says whether all files are events as JSON.
func allJSON(files []string) (bool, error) {
	for _, name := range files {
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			return false, nil // Open says what it is
		}
		f, err := os.Open(name)
		if err != nil {
			return false, cantRead(name, err)
		}
		format, _, err := detect(name, f)
		if closing := f.Close(); err == nil {
			err = closing
		}
		if err != nil || format != JSONLines {
			return false, err
		}
	}
	return true, nil
}

// lines turns what a Splitter gives into whole events.
type lines struct {
	zone   *clock.Zone
	local  func() bool // a time without offset was read in a zone that nobody said
	visit  func([]byte) error
	origin string
	bad    *eventio.Bad
	lost   eventio.Lost
	out    []byte
}

// files reads files of JSON, each with positions of its own.
func (l *lines) files(s Source) error {
	for _, name := range s.Files {
		if err := l.file(s, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *lines) file(s Source, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return cantRead(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return cantRead(name, err)
	}
	counted := &progressReader{f: f, name: name, size: info.Size(), show: s.Progress}
	var in io.Reader = bufio.NewReaderSize(counted, 1<<18)
	if _, gz, err := detect(name, f); err != nil {
		return err
	} else if gz {
		z, err := gzip.NewReader(in)
		if err != nil {
			return brokenGzip(name, err)
		}
		in = unpacking{z, name}
	}
	return l.stream(in, name)
}

// progressReader tells how far a file is read.
type progressReader struct {
	f          *os.File
	name       string
	done, size int64
	show       func(file string, done, size int64)
}

// Read is io.Reader's.
func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.f.Read(b)
	p.done += int64(n)
	if p.show != nil {
		p.show(p.name, p.done, p.size)
	}
	return n, err
}

// log gives the events of a log, in their order.
func (l *lines) log(log *event.Log) error {
	r, w := io.Pipe()
	wrote := make(chan eventio.Lost, 1)
	go func() {
		lost, err := jsonl.Write(w, log)
		wrote <- lost
		w.CloseWithError(err)
	}()
	l.zone = log.Zone
	err := l.stream(r, "")
	_ = r.CloseWithError(err) // ends the writer where visit failed
	for what, n := range <-wrote {
		l.lost[what] += n
	}
	return err
}

// maxLine bounds one event, as the readers of logs do.
const maxLine = 16 << 20

func (l *lines) stream(r io.Reader, file string) error {
	split, parse := jsonl.NewSplitter(r, maxLine, strings.Contains(file, "jsonl") || strings.Contains(file, "ndjson") || file == ""), jsonl.NewParser(l.zone)
	for n := 1; ; n++ {
		text, fault, err := split.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		place := errs.Place{File: file, Row: n}
		if err != nil {
			if told := (*errs.Error)(nil); errors.As(err, &told) {
				told.Place = place
				return told
			}
			return placed(file, err)
		}
		var e event.Event
		if fault == nil {
			if e, fault = parse.Parse(text); fault == nil {
				fault = jsonl.Missing(&e)
			}
		}
		if fault != nil {
			fault.Place = place
			if err := l.bad.Add(fault, string(text)); err != nil {
				return err
			}
			continue
		}
		if l.local() {
			return noZone(file)
		}
		if err := l.give(&e, n); err != nil {
			return err
		}
	}
}

// give makes an event whole and hands it over.
func (l *lines) give(e *event.Event, n int) error {
	if !e.HasSeq {
		e.Seq, e.HasSeq = int64(n), true
	}
	if e.ID == "" {
		if e.Source == "" {
			e.Source = l.origin
		}
		e.ID = event.ContentID(e)
	}
	e.Source = "" // who sends says who it is by its token
	var lost eventio.Lost
	l.out, lost = jsonl.Append(l.out[:0], e, l.zone, true)
	for what, n := range lost {
		l.lost[what] += n
	}
	return l.visit(l.out)
}
