package csvlog

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"runtime"
	"sync"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// Read adds the rows of a table to a log, an event each. opt.Map names the
// columns (package table), and may give delimiter= (a character, or comma,
// semicolon, tab, pipe) and encoding= (utf-8, gb18030, utf-16, windows-1252).
// Rows that can't be read go to opt.Bad. Errors are of package errs, with the
// line of the file.
func Read(r io.Reader, b *event.Builder, opt eventio.Read) error {
	src, err := newSource(r, opt.File, opt.Map["encoding"])
	if err != nil {
		return err
	}
	header, err := src.header(opt)
	if err != nil {
		return err
	}
	plan, err := table.NewPlan(header, opt, b)
	if err != nil {
		return src.placed(err)
	}
	first := &block{}
	ok, err := src.next(first)
	if err != nil || !ok {
		return err
	}
	if err := plan.Learn(rows(first, src.delim, len(header))); err != nil {
		return err
	}
	rd := &reader{src: src, plan: plan, zone: b.Zone(), first: first, b: b, opt: opt, size: sizeOf(r)}
	return rd.run()
}

// placed is an error of package table about the header with the header's line.
func (s *source) placed(err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Place.Line == 1 {
		e.Place.Line = s.top
	}
	return err
}

// sizeOf is how many bytes r will give, 0 if it doesn't know.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Stat() (fs.FileInfo, error) }:
		if st, err := r.Stat(); err == nil && st.Mode().IsRegular() {
			return st.Size()
		}
	case interface{ Len() int }:
		return int64(r.Len())
	}
	return 0
}

// rows are the well-formed rows of a block.
func rows(b *block, delim byte, width int) iter.Seq[[][]byte] {
	return func(yield func([][]byte) bool) {
		sp := splitter{delim: delim, width: width, cells: make([][]byte, width)}
		sp.room(len(b.data))
		for pos := 0; pos < len(b.data); {
			n, next, fault := sp.quoted(b.data[pos:])
			if pos += next; fault == wellQuoted && n == width && !yield(sp.cells) {
				return
			}
		}
	}
}

// reader is one reading of a file by several workers.
type reader struct {
	src  *source
	plan *table.Plan
	zone *clock.Zone
	b    *event.Builder
	opt  eventio.Read
	size int64

	mu    sync.Mutex // guards src and all below
	first *block
	n     int // blocks handed out
	done  bool
}

// parsed is a block as a worker leaves it.
type parsed struct {
	n       int
	block   block
	fill    *table.Filler
	split   splitter
	faults  []fault
	read    int64
	end     bool  // the file has no more blocks
	failure error // with end: why
}

// fault is a row that can't be read.
type fault struct {
	err *errs.Error
	raw string
}

func (rd *reader) run() error {
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *parsed, workers+2)
	full := make(chan *parsed, workers+2)
	for range cap(free) {
		width := len(rd.plan.Header)
		free <- &parsed{fill: table.NewFiller(rd.plan, rd.zone), split: splitter{delim: rd.src.delim, width: width, cells: make([][]byte, width)}}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(free)
	defer rd.stop()
	for range workers {
		wg.Go(func() {
			for p := range free {
				rd.take(p)
				if !p.end {
					rd.parse(p)
				}
				full <- p
				if p.end {
					return
				}
			}
		})
	}
	return rd.merge(free, full)
}

// stop lets no worker take another block.
func (rd *reader) stop() {
	rd.mu.Lock()
	rd.done = true
	rd.mu.Unlock()
}

// take gives a worker the next block of the file.
func (rd *reader) take(p *parsed) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	p.n, p.end = rd.n, rd.done
	if p.end {
		return
	}
	rd.n++
	if rd.first != nil {
		p.block, rd.first = *rd.first, nil
	} else {
		ok, err := rd.src.next(&p.block)
		p.end, p.failure = !ok, err
		rd.done = p.end
	}
	p.read = rd.src.read
}

// merge takes the blocks in the order of the file.
func (rd *reader) merge(free, full chan *parsed) error {
	early := map[int]*parsed{}
	for n := 0; ; {
		p := early[n]
		if p == nil {
			p = <-full
			if p.n != n {
				early[p.n] = p
				continue
			}
		}
		delete(early, n)
		if p.end {
			return p.failure
		}
		if err := rd.add(p); err != nil {
			return err
		}
		n++
		free <- p
	}
}

// add merges one block into the log.
func (rd *reader) add(p *parsed) error {
	for _, f := range p.faults {
		if err := rd.opt.Bad.Add(f.err, f.raw); err != nil {
			return err
		}
	}
	w := p.fill.Done()
	if p.n == 0 && rd.size > 0 {
		rd.b.Reserve(int(float64(rd.size) / float64(len(p.block.data)) * float64(w.Rows) * 1.02))
	}
	if err := rd.b.AppendBatch(w); err != nil {
		return event.AtPlace(err, errs.Place{File: rd.opt.File})
	}
	p.fill.Tell(rd.opt)
	if rd.opt.Progress != nil {
		rd.opt.Progress(p.read)
	}
	return nil
}

// parse turns a block into a batch.
func (rd *reader) parse(p *parsed) {
	p.fill.Reset()
	p.faults = p.faults[:0]
	defer p.fill.Done() // here, where there are several at work
	b := &p.block
	if b.quoted || !b.valid() {
		rd.records(p, func(_ int, _ []byte, cells [][]byte) *table.Fault { return p.fill.Add(cells) })
		return
	}
	padded := b.room[:len(b.data)+padding]
	for pos, line := 0, b.line; pos < len(b.data); line++ {
		n := bytes.IndexByte(b.data[pos:], '\n')
		next := pos + n + 1
		if n < 0 {
			n = len(b.data) - pos
			next = len(b.data)
		}
		if n > 0 && b.data[pos+n-1] == '\r' {
			n--
		}
		if n > 0 {
			if cells := p.split.plain(padded[pos:], n); cells != p.split.width {
				rd.badWidth(p, line, b.data[pos:pos+n], cells)
			} else if f := p.fill.Add(p.split.cells); f != nil {
				rd.bad(p, line, b.data[pos:pos+n], f)
			}
		}
		pos = next
	}
}

// valid says whether the block is text without a bad byte.
func (b *block) valid() bool {
	if b.decoded {
		return !bytes.Contains(b.data, []byte("\ufffd"))
	}
	return b.ascii || utf8.Valid(b.data)
}

// records hands each record of a block to add, whatever quotes and bad bytes
// there are.
func (rd *reader) records(p *parsed, add func(line int, raw []byte, cells [][]byte) *table.Fault) {
	b := &p.block
	p.split.room(len(b.data))
	valid := b.valid()
	for pos, line := 0, b.line; pos < len(b.data); {
		cells, n, quotes := p.split.quoted(b.data[pos:])
		raw := b.data[pos : pos+n]
		blank := len(bytes.TrimRight(raw, "\r\n")) == 0
		switch {
		case blank:
		case !valid && (b.decoded && bytes.Contains(raw, []byte("\ufffd")) || !utf8.Valid(raw)):
			rd.bad(p, line, raw, &table.Fault{Column: -1, What: errs.T("bytes that are no text in the file's encoding", "含有不属于文件编码的字节"), Next: encodingHint})
		case quotes == unclosed:
			rd.bad(p, line, raw, &table.Fault{Column: -1, What: errs.T("a quote that never closes; expected a second one before the file ends", "引号未闭合；文件结束前应有另一个引号"),
				Next: errs.T("check that the file is complete; a quote inside a quoted cell is written twice", "请检查文件是否完整；引号单元格内的引号应写两次")})
		case quotes == textAfterQuote:
			rd.bad(p, line, raw, &table.Fault{Column: -1, What: errs.T("text after a closing quote; expected a delimiter or the end of the line", "闭引号之后还有文字；应为分隔符或换行"),
				Next: errs.T("a quote inside a quoted cell is written twice", "引号单元格内的引号应写两次")})
		case cells != p.split.width:
			rd.badWidth(p, line, raw, cells)
		default:
			if f := add(line, raw, p.split.cells); f != nil {
				rd.bad(p, line, raw, f)
			}
		}
		line += bytes.Count(raw, []byte{'\n'})
		pos += n
	}
}

func (rd *reader) badWidth(p *parsed, line int, raw []byte, cells int) {
	what := errs.Tf("a row of %[1]d cells; expected %[2]d, as the header has", "该行有 %[1]d 个单元格；应与标题行一样为 %[2]d 个", cells, p.split.width)
	if cells > p.split.width {
		what = errs.Tf("a row of more cells than the header's %d", "该行的单元格多于标题行的 %d 个", p.split.width)
	}
	rd.bad(p, line, raw, &table.Fault{Column: -1, What: what,
		Next: errs.T("if a cell holds the delimiter, put it in quotes; if this is the last row, the file may be cut off", "若单元格内含分隔符，请加引号；若这是最后一行，文件可能不完整")})
}

// bad keeps a fault for the merge: no more than end the reading anyway.
func (rd *reader) bad(p *parsed, line int, raw []byte, f *table.Fault) {
	if n := len(p.faults); rd.opt.Bad == nil && n > 0 || rd.opt.Bad != nil && n > rd.opt.Bad.Allowed {
		return
	}
	e := &errs.Error{Code: errs.Input, Place: errs.Place{File: rd.opt.File, Line: line}, What: f.What, Next: f.Next}
	p.faults = append(p.faults, fault{e, string(bytes.TrimRight(raw, "\r\n"))})
}
