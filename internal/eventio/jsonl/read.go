package jsonl

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

const (
	chunk = 1 << 20
	// maxEvent bounds what one event, or a file without line ends, can make us
	// keep.
	maxEvent = 16 << 20
)

// Read adds the events of a file to a log: an event a line, or one array.
// Events that can't be read go to opt.Bad. Errors are of package errs, with
// line and column.
func Read(r io.Reader, b *event.Builder, opt eventio.Read) error {
	rd := &reader{r: r, b: b, opt: opt, p: parser{zone: b.Zone(), wants: b.Wants}, line: 1}
	var err error
	if rd.m, err = newMapper(&rd.p, b, opt); err != nil {
		return err
	}
	if err := rd.more(); err != nil {
		return err
	}
	rd.skip(len(rd.buf) - len(bytes.TrimPrefix(rd.buf, []byte("\ufeff"))))
	if err := rd.blank(); err != nil {
		return err
	}
	if len(rd.buf) == 0 {
		return rd.fail(errs.T("the file is empty; expected events as JSON", "文件为空；应为 JSON 事件"), errs.T("check that it was written to its end", "请检查文件是否写完"))
	}
	switch rd.buf[0] {
	case '{':
		return rd.whole(rd.lines())
	case '[':
		return rd.whole(rd.array())
	}
	first := strings.ToValidUTF8(string(rd.buf[:min(len(rd.buf), 12)]), "\ufffd")
	return rd.fail(errs.Tf("not JSON: it begins with %q; expected { or [", "不是 JSON：开头是 %q；应为 { 或 [", first),
		errs.T("give the file the name that fits its format", "请使用与格式相符的文件名"))
}

// whole looks, where the file was read to its end, whether the mapping fitted.
func (rd *reader) whole(err error) error {
	if err != nil || rd.m == nil {
		return err
	}
	return rd.m.finish()
}

// reader keeps the part of the file that is being read.
type reader struct {
	r    io.Reader
	b    *event.Builder
	opt  eventio.Read
	p    parser
	m    *mapper // nil where events are in their own words
	room []byte
	buf  []byte // what is read and not yet used
	eof  bool
	done int64 // bytes used
	line int   // of the file, from 1, that buf begins on
	col  int   // bytes of that line before buf
}

func (rd *reader) fail(what, next errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: rd.opt.File, Line: rd.line}, What: what, Next: next}
}

// more reads a chunk behind buf.
func (rd *reader) more() error {
	if len(rd.buf) >= maxEvent {
		e := rd.fail(errs.Tf("an event of more than %d MB; expected one a line, or an array of them", "一个事件超过 %d MB；应每行一个，或为数组", maxEvent>>20),
			errs.T("check that the file holds events as JSON", "请检查文件内容是否为 JSON 事件"))
		e.Code = errs.Limit
		return e
	}
	if cap(rd.room)-len(rd.buf) < chunk || cap(rd.buf)-len(rd.buf) < chunk {
		if need := len(rd.buf) + chunk; cap(rd.room) < need {
			rd.room = make([]byte, 2*need)
		}
		rd.buf = rd.room[:copy(rd.room[:cap(rd.room)], rd.buf)]
	}
	for range 100 {
		n, err := rd.r.Read(rd.buf[len(rd.buf) : len(rd.buf)+chunk])
		rd.buf = rd.buf[:len(rd.buf)+n]
		if errors.Is(err, io.EOF) {
			rd.eof = true
			return nil
		}
		if told := (*errs.Error)(nil); errors.As(err, &told) { // of what unpacks the file
			return told
		}
		if err != nil {
			why := errs.System(err)
			e := rd.fail(errs.T("the file can't be read to its end: "+why.En, "文件无法读完："+why.Zh), errs.T("check that it is complete", "请检查文件是否完整"))
			e.Err = err
			return e
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// skip passes over n bytes.
func (rd *reader) skip(n int) {
	used := rd.buf[:n]
	if nl := bytes.Count(used, []byte{'\n'}); nl > 0 {
		rd.line += nl
		rd.col = n - bytes.LastIndexByte(used, '\n') - 1
	} else {
		rd.col += n
	}
	rd.buf = rd.buf[n:]
	before := rd.done
	rd.done += int64(n)
	if rd.opt.Progress != nil && before/chunk != rd.done/chunk {
		rd.opt.Progress(rd.done)
	}
}

// blank passes over space.
func (rd *reader) blank() error {
	for {
		rest := bytes.TrimLeft(rd.buf, " \t\r\n")
		rd.skip(len(rd.buf) - len(rest))
		if len(rest) > 0 || rd.eof {
			return nil
		}
		if err := rd.more(); err != nil {
			return err
		}
	}
}

// lines reads an event a line.
func (rd *reader) lines() error {
	for from := 0; ; {
		n := bytes.IndexByte(rd.buf[from:], '\n')
		if n < 0 && !rd.eof {
			from = len(rd.buf)
			if err := rd.more(); err != nil {
				return err
			}
			continue
		}
		n += from
		last := n < from
		if last {
			n = len(rd.buf)
		}
		from = 0
		if len(bytes.TrimSpace(rd.buf[:n])) > 0 {
			if err := rd.add(rd.buf[:n]); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		rd.skip(n + 1)
	}
}

// array reads one list of events.
func (rd *reader) array() error {
	rd.skip(1)
	for first := true; ; first = false {
		if err := rd.blank(); err != nil {
			return err
		}
		if len(rd.buf) == 0 {
			return rd.fail(errs.T(`the file ends inside the array; expected "]"`, "文件在数组中途结束；应有“]”"), errs.T("check that it is complete", "请检查文件是否完整"))
		}
		if first && rd.buf[0] == ']' {
			return rd.end()
		}
		n, err := rd.element()
		if err != nil {
			return err
		}
		if err := rd.add(rd.buf[:n]); err != nil {
			return err
		}
		rd.skip(n)
		if err := rd.blank(); err != nil {
			return err
		}
		switch {
		case len(rd.buf) > 0 && rd.buf[0] == ']':
			return rd.end()
		case len(rd.buf) > 0 && rd.buf[0] != ',':
			return rd.fail(errs.T(`expected "," or "]" after an event of the array`, "数组中的事件之后应为“,”或“]”"), errs.Text{})
		case len(rd.buf) > 0:
			rd.skip(1)
		}
	}
}

// end sees that nothing follows the array.
func (rd *reader) end() error {
	rd.skip(1)
	if err := rd.blank(); err != nil || len(rd.buf) == 0 {
		return err
	}
	return rd.fail(errs.T("text after the array of events; expected the end of the file", "事件数组之后还有内容；文件应到此结束"), errs.Text{})
}

// element is the length of the element that buf begins with: to the bracket
// that closes it, or to where something that is no object ends.
func (rd *reader) element() (int, error) {
	i, depth, quoted := 0, 0, false
	for {
		for ; i < len(rd.buf); i++ {
			c := rd.buf[i]
			switch {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '{' || c == '[':
				depth++
			case (c == ',' || c == ']') && depth == 0:
				return i, nil
			case c == '}' || c == ']':
				if depth--; depth <= 0 {
					return i + 1, nil
				}
			}
		}
		if rd.eof {
			return 0, rd.fail(errs.T("the file ends inside an event", "文件在事件中途结束"), errs.T("check that it is complete", "请检查文件是否完整"))
		}
		if err := rd.more(); err != nil {
			return 0, err
		}
	}
}

// add makes an event of the text of one, or sets it aside.
func (rd *reader) add(text []byte) error {
	parse := rd.p.parse
	if rd.m != nil {
		parse = rd.m.parse
	}
	pr := parse(text)
	if pr == nil {
		_, err := rd.b.Add(&rd.p.e)
		if err == nil {
			return nil
		}
		if full := event.Full(err, errs.Place{File: rd.opt.File, Line: rd.line}); full != nil {
			return full
		}
		pr = refused(err)
	}
	return rd.opt.Bad.Add(rd.problem(pr, text), string(bytes.TrimRight(text, "\r\n")))
}

// problem is a problem with its place in the file.
func (rd *reader) problem(pr *problem, text []byte) *errs.Error {
	at := min(pr.at, len(text))
	before := text[:at]
	place := errs.Place{File: rd.opt.File, Line: rd.line}
	from := bytes.LastIndexByte(before, '\n') + 1
	place.Line += bytes.Count(before, []byte{'\n'})
	place.Column = utf8.RuneCount(before[from:]) + 1
	if from == 0 {
		place.Column += rd.col
	}
	line := text[from:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	const shown = 160
	if (from > 0 || rd.col == 0) && len(line) <= shown && utf8.Valid(line) {
		place.Snippet = string(bytes.TrimRight(line, "\r"))
	}
	e := &errs.Error{Code: errs.Input, Place: place, What: pr.what, Next: pr.next}
	if at == len(text) && e.Next == (errs.Text{}) {
		e.Next = errs.T("the line ends too early: is the file complete, and each event on one line?", "该行过早结束：文件是否完整？每个事件是否各占一行？")
	}
	return e
}
